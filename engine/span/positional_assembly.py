"""Puts the records of a positional file together once it has been read to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from engine.instruments import Kind
from engine.numbers import Integers
from engine.span.contract_order import ContractOrder
from engine.span.parameters import (
    Commodity,
    Conversion,
    Currency,
    DeltaPoint,
    Family,
    Origin,
    ParameterSet,
    ScanPoint,
)
from engine.span.positional_accounts import AccountFactors
from engine.span.positional_arrays import ArrayColumns
from engine.span.positional_commodities import (
    COMBINATION_METHODS,
    FLAGS,
    CommodityRecords,
    by_commodity,
    choice,
    read_commodity,
)
from engine.span.positional_contracts import PositionalContracts
from engine.span.positional_products import Product, Products
from engine.span.positional_schema import Record, schema
from engine.span.positional_series import SeriesKey, SeriesParameters, series_key
from engine.span.positional_spreads import read_spreads
from engine.span.xml_commodities import check_legs
from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, text

FILE_FORMAT = "U2"
SETTLEMENTS = {"E": "early", "F": "final", "C": "complete"}
INTRADAY = "I"
FUTURES_STYLE = "F"
PERIOD_DELTA = "PERIOD"
DECIMALS_OF_MULTIPLES = Decimal("0.000001")

Records = Mapping[str, Sequence[Record]]


def assemble(
    file: str, records: Records, series: Mapping[SeriesKey, SeriesParameters], arrays: ArrayColumns, sha256: str
) -> ParameterSet:
    """Join the records of a file.

    Args:
        file: Name of the file.
        records: Records by identifier.
        series: Parameters of each series.
        arrays: The array records.
        sha256: Digest of the bytes of the file.

    Raises:
        BadInputError: A part is missing, given twice, or names one that is not there.
    """
    header = records["0"][0]
    if header.string("file format") != FILE_FORMAT:
        raise header.refused("file format", text("file format {format}", format=FILE_FORMAT))
    if not len(arrays.line):
        raise BadInputError(file, text("the file has no contract"), FETCH_AGAIN)
    by_code = by_commodity(records)
    products = Products(records.get("P", ()), records.get("X", ()))
    families = products.families(*_of_products(by_code, series, arrays))
    accounts = AccountFactors(header, by_code)
    months = _months(arrays)
    combinations = {
        record.string("product"): choice(record, "method", COMBINATION_METHODS) for record in records.get("X", ())
    }
    commodities = []
    for code, found in by_code.items():
        own = set[str]().union(*(months.get(product, ()) for _, _, product in found.products()))
        commodities.append(
            read_commodity(found, products.rows, families, sorted(own), accounts.adjustments(code), combinations)
        )
    owner = _commodity_of(by_code, commodities, len(families))
    contracts = PositionalContracts(arrays, series, products, families, *_powers(by_code, commodities, len(families)))
    del arrays
    order = ContractOrder(contracts, families, owner, np.array(products.multipliers, dtype=np.int64), file)
    spreads = read_spreads(records.get("6", ()), accounts.for_customers)
    for listed in spreads.values():
        check_legs(listed, {commodity.code: commodity for commodity in commodities})
    named: dict[str, Any] = {name: tuple(one.spread for one in listed) for name, listed in spreads.items()}
    conversions = _conversions(records)
    return ParameterSet(
        origin=_origin(file, header, sha256),
        cap_net_option_value=choice(header, "cap net option value", FLAGS),
        net_margined=choice(header, "net margining", {**FLAGS, "G": False}),
        option_on_physical_delta=PERIOD_DELTA,
        finalize_method="",
        currencies=_currencies(conversions, commodities, families),
        conversions=conversions,
        rate_sets=accounts.rate_sets(),
        scan_points=_scan_points(series),
        delta_points=_delta_points(),
        families=tuple(families),
        periods=order.periods,
        contracts=order.table(),
        commodities=tuple(commodities),
        **named,
    )


def _origin(file: str, header: Record, sha256: str) -> Origin:
    settlement = SETTLEMENTS.get(header.string("file identifier"), header.string("file identifier")) or "final"
    return Origin(
        file=file,
        sha256=sha256,
        clearing_organisation=header.string("exchange complex"),
        name="",
        business_date=header.digits("business date"),
        settlement="intraday" if header.string("settlement or intraday") == INTRADAY else settlement,
        created=header.digits("creation date") + f"{header.integer('creation time'):04d}",
        format=f"positional {FILE_FORMAT}",
    )


def _of_products(
    commodities: Mapping[str, CommodityRecords],
    series: Mapping[SeriesKey, SeriesParameters],
    arrays: ArrayColumns,
) -> tuple[set[Product], dict[Product, str], dict[Product, str]]:
    """What other records say of products: options margined like futures, pricing models, underlying products."""
    futures_style = {
        product
        for found in commodities.values()
        for record, _, product in found.products()
        if record.string("option margin style") == FUTURES_STYLE
    }
    models: dict[Product, str] = {}
    underlyings: dict[Product, str] = {}
    for (product, _, _), parameters in series.items():
        if parameters.pricing_model:
            models.setdefault(product, parameters.pricing_model)
        if parameters.underlying:
            underlyings.setdefault(product, parameters.underlying)
    for record in arrays.keys:
        if record.string("underlying product"):
            underlyings.setdefault(series_key(record)[0], record.string("underlying product"))
    return futures_style, models, underlyings


def _months(arrays: ArrayColumns) -> dict[Product, set[str]]:
    """Contract periods that the deltas of each product count in."""
    months: dict[Product, set[str]] = {}
    for record in arrays.keys:
        product, future, option = series_key(record)
        month = option if product[2] == Kind.OPTION_ON_PHYSICAL else future
        if month:
            months.setdefault(product, set()).add(month)
    return months


def _commodity_of(records: Mapping[str, CommodityRecords], commodities: Sequence[Commodity], families: int) -> Integers:
    """int64 [families], the commodity that takes each family, or -1."""
    owner = np.full(families, -1, dtype=np.int64)
    for row, (commodity, found) in enumerate(zip(commodities, records.values(), strict=True)):
        for link, (record, name, _) in zip(commodity.links, found.products(), strict=True):
            if owner[link.family] >= 0:
                other = commodities[int(owner[link.family])].code
                raise record.error(name, text("the product family is in combined commodity {code} already", code=other))
            owner[link.family] = row
    return owner


def _powers(
    records: Mapping[str, CommodityRecords], commodities: Sequence[Commodity], families: int
) -> tuple[Integers, Integers]:
    """int64 [families] twice: array values and price scan ranges are written in units of 10**power."""
    arrays, ranges = np.zeros(families, dtype=np.int64), np.zeros(families, dtype=np.int64)
    for commodity, found in zip(commodities, records.values(), strict=True):
        for link in commodity.links:
            arrays[link.family] = found.exponent - link.array_decimals
            ranges[link.family] = found.exponent
    return arrays, ranges


def _conversions(records: Records) -> tuple[Conversion, ...]:
    return tuple(
        Conversion(record.string("source"), record.string("target"), factor)
        for record in records.get("T", ())
        if (factor := record.decimal("factor")) is not None
    )


def _currencies(
    conversions: Sequence[Conversion], commodities: Sequence[Commodity], families: Sequence[Family]
) -> tuple[Currency, ...]:
    codes = [one.currency for one in commodities] + [one.currency for one in families]
    codes += [code for one in conversions for code in (one.source, one.target)]
    decimals = schema().currency_decimals
    return tuple(Currency(code, "", decimals.get(code, 2)) for code in dict.fromkeys(codes))


def _scan_points(series: Mapping[SeriesKey, SeriesParameters]) -> tuple[ScanPoint, ...]:
    """The 16 scenarios; the extreme ones as most series have them, for a set of points holds for the whole file."""
    table = schema().scenarios
    usual = (Decimal(table["extreme_multiplier"]), Decimal(table["extreme_covered_fraction"]))
    counted = Counter(one.extreme for one in series.values() if one.extreme)
    multiplier, fraction = counted.most_common(1)[0][0] if counted else usual
    moves = [(Decimal(third), 3, Decimal(shift), Decimal(1)) for third, shift in _moves(table)]
    moves += [(sign * multiplier, 1, Decimal(0), fraction) for sign in table["extreme"]]
    return tuple(
        ScanPoint(
            number=number,
            price_numerator=numerator,
            price_denominator=Decimal(denominator),
            price_multiple=(numerator / denominator).quantize(DECIMALS_OF_MULTIPLES),
            volatility_multiple=shift,
            weight=weight,
            paired=table["paired"][number - 1],
        )
        for number, (numerator, denominator, shift, weight) in enumerate(moves, start=1)
    )


def _moves(table: Mapping[str, Any]) -> list[tuple[int, int]]:
    return list(zip(table["thirds"], table["volatility"], strict=True))


def _delta_points() -> tuple[DeltaPoint, ...]:
    table = schema().scenarios
    return tuple(
        DeltaPoint(number, Decimal(third), Decimal(3), Decimal(weight))
        for number, (third, weight) in enumerate(
            zip(table["delta_thirds"], table["delta_weights"], strict=True), start=1
        )
    )
