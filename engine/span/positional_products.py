"""Products of a positional file (records P): families of the model, and how their prices are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.instruments import KINDS, Kind
from engine.numbers import NOT_COMPUTABLE, PRICE, PRICE_DECIMALS, Integers, scale_decimal
from engine.span.parameters import PREMIUM_STYLE, Family
from engine.span.positional_digits import times_power
from engine.span.positional_schema import Alignment, Record, schema
from engine.text import text

EIGHTHS = 8
FUTURES_STYLE = "FUT"
UNDERLYING_KINDS = {
    Kind.OPTION_ON_FUTURE: Kind.FUTURE,
    Kind.OPTION_ON_PHYSICAL: Kind.PHYSICAL,
    Kind.OPTION_ON_EQUITY: Kind.PHYSICAL,
    Kind.OPTION_ON_COMBINATION: Kind.COMBINATION,
    Kind.FUTURE: Kind.PHYSICAL,
    Kind.FORWARD: Kind.PHYSICAL,
}
STANDARD_QUOTATION = "STD"
USUAL_EXERCISE = "AMER"

Product = tuple[str, str, str]
"""Exchange, product code and kind."""


class PriceFormat(NamedTuple):
    """How prices are written: with so many decimals, or by an alignment code."""

    decimals: int
    alignment: Alignment | None


class Products:
    """All products of a file.

    Args:
        records: The P records.
        offsets: The X records, which say what was added to prices and strikes so that none is below 0.

    Attributes:
        rows: Row of each product.
        price_formats: How the prices of each product are written.
        strike_formats: How its strikes are written.
        offsets: What was added to the prices and strikes of each, as written.
        multipliers: Contract value factor of each, price scale, 0 where there is none.

    Raises:
        BadInputError: A product is given twice, or a value of it is not known.
    """

    def __init__(self, records: Sequence[Record], offsets: Sequence[Record]) -> None:
        self.rows: dict[Product, int] = {}
        self.price_formats: list[PriceFormat] = []
        self.strike_formats: list[PriceFormat] = []
        self.multipliers: list[int] = []
        self._records = records
        by_code = {record.string("product"): record.integer("price offset") for record in offsets}
        for record in records:
            product = product_of(record)
            if product in self.rows:
                raise record.error("product", text("product family {number} is given twice", number=product[1]))
            self.rows[product] = len(self.rows)
            self.price_formats.append(_price_format(record, "price"))
            self.strike_formats.append(_price_format(record, "strike"))
            self.multipliers.append(_multiplier(record))
        self.offsets = [by_code.get(code, 0) for _, code, _ in self.rows]

    def families(
        self, futures_style: set[Product], pricing_models: Mapping[Product, str], underlyings: Mapping[Product, str]
    ) -> list[Family]:
        """The products as families of the model.

        Args:
            futures_style: Options that their combined commodity margins like futures.
            pricing_models: Pricing model of each product that has one.
            underlyings: Code of each product's underlying product.
        """
        families = []
        for product, record in zip(self.rows, self._records, strict=True):
            exchange, code, kind = product
            is_option = Kind(kind).is_option
            style = PREMIUM_STYLE if is_option and product not in futures_style else FUTURES_STYLE
            families.append(
                Family(
                    exchange=exchange,
                    identifier=identifier_of(product),
                    code=code,
                    kind=kind,
                    name=record.string("long name") or record.string("name"),
                    currency=record.string("currency"),
                    price_decimals=max(0, record.integer("price decimals")),
                    strike_decimals=max(0, record.integer("strike decimals")),
                    valuation=record.string("valuation") or style,
                    settlement=record.string("settlement"),
                    price_quotation=record.string("price quotation") or STANDARD_QUOTATION,
                    exercise=record.string("exercise") or (USUAL_EXERCISE if is_option else ""),
                    pricing_model=pricing_models.get(product, ""),
                    underlying=self.underlying_row(product, underlyings.get(product, "")),
                )
            )
        return families

    def underlying_row(self, product: Product, code: str) -> int:
        """Row of the product under ``product``, or -1 where the file has none."""
        exchange, _, kind = product
        under = UNDERLYING_KINDS.get(Kind(kind))
        return self.rows.get((exchange, code, under), -1) if under else -1


def product_of(record: Record, product: str = "product", kind: str = "product type") -> Product:
    """Exchange, product and kind of a record.

    Raises:
        BadInputError: The kind is not known.
    """
    if record.string(kind) not in KINDS:
        raise record.refused(kind, text("one of {choices}", choices=", ".join(sorted(KINDS))))
    return record.string("exchange"), record.string(product), record.string(kind)


def identifier_of(product: Product) -> str:
    """Identifier of a family: its code alone would stand for the future and for the options on it."""
    return f"{product[1]}/{product[2]}"


def decoded(raw: Integers, family: Integers, formats: Sequence[PriceFormat]) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Prices or strikes as the model has them.

    Args:
        raw: int64 [contracts], digits as written with their sign; `NOT_COMPUTABLE` stays.
        family: int64 [contracts], product of each.
        formats: How each product writes.

    Returns:
        int64 [contracts], price scale; bool [contracts], whether the digits are no price in that format.
    """
    values = raw.copy()
    wrong = np.zeros(len(raw), dtype=np.bool_)
    known = {one: number for number, one in enumerate(dict.fromkeys(formats))}
    number_of = np.array([known[one] for one in formats], dtype=np.int64)[family]
    given = (raw != NOT_COMPUTABLE) & (raw != 0)
    for one, number in known.items():
        rows = np.flatnonzero(given & (number_of == number))
        if one.alignment is None:
            _scale(values, wrong, rows, PRICE_DECIMALS - one.decimals)
        else:
            _align(values, wrong, rows, one.alignment)
    return values, wrong


def _scale(values: Integers, wrong: npt.NDArray[np.bool_], rows: Integers, power: int) -> None:
    exact = times_power(values[rows], power)
    if exact is not None:
        values[rows] = exact
        return
    for row in rows.tolist():
        exact = times_power(values[row : row + 1], power)
        if exact is None:
            wrong[row] = True
        else:
            values[row] = exact[0]


def _align(values: Integers, wrong: npt.NDArray[np.bool_], rows: Integers, alignment: Alignment) -> None:
    written = np.abs(values[rows])
    rest, last = np.divmod(written, 10)
    whole, parts = np.divmod(rest, 10**alignment.digits)
    eighths = np.array([alignment.eighths.find(digit) for digit in "0123456789"], dtype=np.int64)[last]
    part = PRICE // alignment.parts
    price = whole * PRICE + parts * part + eighths * (part // EIGHTHS)
    values[rows] = np.where(values[rows] < 0, -price, price)
    wrong[rows] = (eighths < 0) | (parts >= alignment.parts)


def _price_format(record: Record, kind: str) -> PriceFormat:
    code = record.string(f"{kind} alignment")
    alignments = schema().alignments
    if code and code not in alignments:
        raise record.refused(f"{kind} alignment", text("one of {choices}", choices=", ".join(alignments)))
    return PriceFormat(record.integer(f"{kind} decimals"), alignments.get(code))


def _multiplier(record: Record) -> int:
    factor = record.decimal("contract value factor")
    exponent = record.integer("contract value factor exponent")
    try:
        return scale_decimal(factor.scaleb(exponent), PRICE_DECIMALS) if factor else 0
    except ValueError:
        raise record.refused("contract value factor", text("a number that can be kept exactly")) from None
