"""Parameters of each future and option series of a positional file (records B)."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from engine.instruments import Kind
from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, RATIO_DECIMALS, scale_decimal
from engine.span.positional_products import Product, product_of
from engine.span.positional_schema import Record
from engine.text import text

ABSOLUTE, PERCENT = "A", "P"
NO_PERIOD = "000000"

SeriesKey = tuple[Product, str, str]
"""Product, futures period, option period; a period without a month is empty."""


class SeriesParameters(NamedTuple):
    """What a B record says, at the scales of the model.

    Attributes:
        delta_scale: Ratio scale.
        settlement: CCYYMMDD or 0.
        years: Ratio scale, as the next three; `NOT_COMPUTABLE` where not given.
        interest: A year.
        dividend: A year, 0 where not given.
        volatility: Of the series.
        volatility_scan: Volatility scan range, ratio scale.
        volatility_relative: Whether it is a fraction of the volatility.
        price_scan: Price scan range as written, before the combined commodity's risk exponent; None where not given.
        price_relative: Whether it is a percentage of the contract value.
        multiplier: Contract value factor, price scale, 0 where the product's holds.
        extreme: Extreme move multiplier and covered fraction.
        underlying: Code of the underlying product.
        pricing_model: Code of the model.
    """

    delta_scale: int = RATIO
    settlement: int = 0
    years: int = NOT_COMPUTABLE
    interest: int = NOT_COMPUTABLE
    dividend: int = 0
    volatility: int = NOT_COMPUTABLE
    volatility_scan: int = NOT_COMPUTABLE
    volatility_relative: bool = False
    price_scan: Decimal | None = None
    price_relative: bool = False
    multiplier: int = 0
    extreme: tuple[Decimal, Decimal] | None = None
    underlying: str = ""
    pricing_model: str = ""


def series_key(record: Record) -> SeriesKey:
    """Which future or option series a record is about."""
    return product_of(record), period(record, "futures"), period(record, "option")


def period(record: Record, kind: str) -> str:
    """A contract period: month, and day or week code; empty where there is no month."""
    month = record.digits(f"{kind} month")
    return month + record.string(f"{kind} day") if month else ""


def own_period(key: SeriesKey) -> str:
    """The period that names a contract: an option's own one, a future's."""
    product, future, option = key
    return (option if Kind(product[2]).is_option else future) or NO_PERIOD


def read_series(record: Record) -> SeriesParameters:
    """The parameters of a B record.

    Raises:
        BadInputError: A value cannot be kept exactly, or a method is not known.
    """
    multiplier = record.decimal("extreme move multiplier")
    fraction = record.decimal("extreme move covered fraction")
    scan = record.decimal("price scan range")
    return SeriesParameters(
        delta_scale=_scaled(record, "delta scaling factor", RATIO),
        settlement=record.integer("expiration date"),
        years=_scaled(record, "time to expiration"),
        interest=_scaled(record, "interest rate"),
        dividend=_scaled(record, "dividend yield", 0),
        volatility=_scaled(record, "base volatility", exponent="base volatility exponent"),
        volatility_scan=_scaled(record, "volatility scan range", exponent="volatility scan range exponent"),
        volatility_relative=_is_relative(record, "volatility scan range method"),
        price_scan=None if scan is None else scan.scaleb(record.integer("price scan range exponent")),
        price_relative=_is_relative(record, "price scan range method"),
        multiplier=_scaled(
            record, "contract value factor", 0, "contract value factor exponent", decimals=PRICE_DECIMALS
        ),
        extreme=(multiplier, fraction) if multiplier and fraction else None,
        underlying=record.string("underlying product"),
        pricing_model=record.string("pricing model"),
    )


def _scaled(
    record: Record, name: str, default: int = NOT_COMPUTABLE, exponent: str = "", *, decimals: int = RATIO_DECIMALS
) -> int:
    """A number with its exponent at a scale of ``decimals``; ``default`` where it is blank."""
    value = record.decimal(name)
    if value is None:
        return default
    try:
        return scale_decimal(value.scaleb(record.integer(exponent)) if exponent else value, decimals)
    except ValueError:
        raise record.refused(name, text("a number that can be kept exactly")) from None


def _is_relative(record: Record, name: str) -> bool:
    method = record.string(name)
    if method not in ("", ABSOLUTE, PERCENT):
        raise record.refused(name, text("one of {choices}", choices=f"{ABSOLUTE}, {PERCENT}"))
    return method == PERCENT
