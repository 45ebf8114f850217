"""Combined commodities of a positional file: records 2, 3, 4, S, C and E."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from engine.numbers import RATIO_DECIMALS, scale_decimal
from engine.span.parameters import (
    Adjustment,
    ChargeMethod,
    Commodity,
    DeliveryCharge,
    Family,
    FamilyLink,
    Leg,
    ShortOptionMinimumMethod,
    Spread,
    Tier,
    WeightedPriceRiskMethod,
)
from engine.span.positional_contracts import RATE_SET
from engine.span.positional_products import Product, product_of
from engine.span.positional_schema import Record
from engine.text import Text, text

Chosen = TypeVar("Chosen")

PRODUCTS_A_RECORD, INTRA_TIERS, SCAN_TIERS, MONTHS, TIER_LEGS, SERIES_LEGS = 6, 4, 5, 2, 8, 4
CENTURY = "20"
ALL_MONTHS = (Tier(0),)
NO_COMBINATION, USUAL = "NONE", "NORMAL"
COMBINATION_METHODS = {"": NO_COMBINATION, "S": "SPLIT", "D": "DELTA_SPLIT", "M": "MODIFIED_SPLIT"}
RISK_METHODS = {
    "": WeightedPriceRiskMethod.NORMAL,
    "1": WeightedPriceRiskMethod.NORMAL,
    "2": WeightedPriceRiskMethod.SCANRANGE_CAP,
    "3": WeightedPriceRiskMethod.SCANRANGE,
}
MINIMUM_METHODS = {
    "": ShortOptionMinimumMethod.GROSS,
    "2": ShortOptionMinimumMethod.GROSS,
    "1": ShortOptionMinimumMethod.MAX,
}
FLAGS = {"": False, "N": False, "Y": True}
UNTIERED_CHARGES, TIERED_CHARGES = ("", "00", "01"), "10"
NO_DELIVERY, TABLE_OF_MONTHS, BASIS_RISK = ("", "00", "01"), "10", "11"
WHOLE, BY_MONTH, MINIMUM_BY_TIER = ("", "00", "01"), "02", "30"
SCAN_BY_TIER = ("10", "21", "22")
CREDITS_BY_TIER = ("20", "21", "23")


@dataclass(slots=True)
class CommodityRecords:
    """The records of one combined commodity, of each kind in the order of the file."""

    definitions: list[Record] = field(default_factory=list)
    intra: list[Record] = field(default_factory=list)
    delivery: list[Record] = field(default_factory=list)
    scanning: list[Record] = field(default_factory=list)
    tier_spreads: list[Record] = field(default_factory=list)
    series_spreads: list[Record] = field(default_factory=list)

    @property
    def first(self) -> Record:
        """The record that defines it."""
        return self.definitions[0]

    @property
    def exponent(self) -> int:
        """Amounts of money of this commodity are written in units of 10**exponent."""
        return self.first.integer("risk exponent")

    def products(self) -> Iterator[tuple[Record, str, Product]]:
        """Each product of it: the record, the name of the field with its code, and who it is."""
        for record in self.definitions:
            for number in range(1, PRODUCTS_A_RECORD + 1):
                name = f"product {number}"
                if record.string(name):
                    yield record, name, product_of(record, name, f"product type {number}")


KINDS_OF_RECORD = {
    "2": "definitions",
    "3": "intra",
    "4": "delivery",
    "S": "scanning",
    "C": "tier_spreads",
    "E": "series_spreads",
}


def by_commodity(records: Mapping[str, Sequence[Record]]) -> dict[str, CommodityRecords]:
    """The records of each combined commodity, in the order in which they are defined.

    Raises:
        BadInputError: A record is about one that no record 2 defines, or definitions contradict each other.
    """
    found: dict[str, CommodityRecords] = {}
    for identifier, kind in KINDS_OF_RECORD.items():
        for record in records.get(identifier, ()):
            code = record.string("combined commodity")
            if identifier == "2":
                found.setdefault(code, CommodityRecords())
            elif code not in found:
                raise record.error("combined commodity", text("combined commodity {code} has no record 2", code=code))
            getattr(found[code], kind).append(record)
    for commodity in found.values():
        for record in commodity.definitions[1:]:
            for name in ("currency", "risk exponent"):
                if record.values[name] != commodity.first.values[name]:
                    raise record.error(name, text("the combined commodity is given twice, with different values"))
    return found


def read_commodity(
    records: CommodityRecords,
    rows: Mapping[Product, int],
    families: Sequence[Family],
    months: Sequence[str],
    adjustments: Sequence[Adjustment],
    combinations: Mapping[str, str],
) -> Commodity:
    """A combined commodity of the model.

    Args:
        records: Its records.
        rows: Row of each product.
        families: All families.
        months: Contract periods its deltas can count in, ascending.
        adjustments: Factors of its other rate sets.
        combinations: Combination margining method of each product code that has one.

    Raises:
        BadInputError: A method is not known, or a record names a product or tier that is not there.
    """
    first = records.first
    links = _links(records, rows, combinations)
    scanning = _scan_tiers(records, months)
    intra_tiers = _intra_tiers(records)
    return Commodity(
        code=first.string("combined commodity"),
        # The file has no names of combined commodities.
        name=families[links[0].family].name if links else "",
        currency=first.string("currency"),
        # Amounts are scaled as they are read: what is kept is money.
        risk_exponent=0,
        cap_net_option_value=any(choice(one, "cap net option value", FLAGS) for one in records.definitions),
        processing_method=USUAL,
        weighted_price_risk=_risk_method(records),
        delivery_method=BASIS_RISK if _basis_risk(records) else USUAL,
        short_option_minimum=_minimum_method(records),
        combination_method=choice(first, "combination method", COMBINATION_METHODS),
        links=links,
        adjustments=tuple(adjustments),
        scan_tiers=scanning["scan"],
        intra_tiers=intra_tiers,
        inter_tiers=scanning["inter"] or ALL_MONTHS,
        short_option_tiers=scanning["minimum"] or _short_option_minimum(records),
        intra_spreads=tuple(_intra_spreads(records, {tier.number for tier in intra_tiers})),
        delivery_charges=tuple(_delivery_charges(records)),
    )


def choice(record: Record, name: str, choices: Mapping[str, Chosen]) -> Chosen:
    """What a code stands for.

    Raises:
        BadInputError: It is not known.
    """
    code = record.string(name)
    if code not in choices:
        raise record.refused(name, text("one of {choices}", choices=", ".join(key for key in choices if key)))
    return choices[code]


def unknown_method(record: Record, name: str) -> Text:
    """What is said of a method that is not known."""
    return text("method {method} is not known", method=record.written(name))


def _links(
    records: CommodityRecords, rows: Mapping[Product, int], combinations: Mapping[str, str]
) -> tuple[FamilyLink, ...]:
    basis = _basis_risk(records)
    spot = basis.string("spot product") if basis else None
    if basis and spot not in {product[1] for _, _, product in records.products()}:
        raise basis.error("spot product", text("the product is not in the combined commodity"))
    links = []
    for record, name, product in records.products():
        if product not in rows:
            what = text("product {product} has no P record", product=f"{product[1]} {product[2]}")
            raise record.error(name, what)
        number = name.removeprefix("product ")
        decimals = record.integer(f"array decimals {number}")
        combination = combinations.get(product[1], NO_COMBINATION)
        links.append(FamilyLink(rows[product], Decimal(1), decimals, combination, basis_risk=product[1] == spot))
    return tuple(links)


def _money(record: Record, name: str, exponent: int) -> Decimal:
    """An amount of money, 0 where it is blank."""
    return Decimal(record.integer(name)).scaleb(exponent)


def _tiers(records: Sequence[Record], count: int) -> Iterator[tuple[Record, int, Tier]]:
    """The tiers of records 3 or S: where each stands, and its bounds."""
    numbers = set()
    for record in records:
        for place in range(1, count + 1):
            number = record.integer(f"tier {place}")
            if not number:
                continue
            if number in numbers:
                raise record.error(f"tier {place}", text("tier {number} is given twice", number=number))
            numbers.add(number)
            yield record, place, Tier(number, _bound(record, "start", place), _bound(record, "end", place))


def _bound(record: Record, bound: str, place: int) -> str:
    month = record.digits(f"tier {bound} {place}")
    return month + record.string(f"tier {bound} day {place}") if month else ""


def _intra_tiers(records: CommodityRecords) -> tuple[Tier, ...]:
    for record in records.intra:
        if record.string("spread charge method") not in (*UNTIERED_CHARGES, TIERED_CHARGES):
            raise record.error("spread charge method", unknown_method(record, "spread charge method"))
    return tuple(tier for _, _, tier in _tiers(records.intra, INTRA_TIERS)) or ALL_MONTHS


def _scan_tiers(records: CommodityRecords, months: Sequence[str]) -> dict[str, tuple[Tier, ...]]:
    """Tiers of the S records: for scanning, for inter-commodity credits, for the short option minimum."""
    found: dict[str, tuple[Tier, ...]] = {"scan": (), "inter": (), "minimum": ()}
    for record in records.scanning:
        method = record.string("method")
        if method == MINIMUM_BY_TIER:
            found["minimum"] += tuple(
                Tier(
                    tier.number,
                    tier.start,
                    tier.end,
                    {RATE_SET: _money(record, f"short option minimum {place}", records.exponent)},
                )
                for _, place, tier in _tiers([record], SCAN_TIERS)
            )
        elif method == BY_MONTH:
            each = tuple(Tier(number, month, month) for number, month in enumerate(months, start=1))
            found |= {"scan": each, "inter": each}
        elif method in (*SCAN_BY_TIER, *CREDITS_BY_TIER):
            tiers = tuple(tier for _, _, tier in _tiers([record], SCAN_TIERS))
            found["scan"] += tiers if method in SCAN_BY_TIER else ()
            found["inter"] += tiers if method in CREDITS_BY_TIER else ()
        elif method not in WHOLE:
            raise record.error("method", unknown_method(record, "method"))
    return found


def _risk_method(records: CommodityRecords) -> WeightedPriceRiskMethod:
    for record in records.scanning:
        if record.string("weighted price risk method"):
            return choice(record, "weighted price risk method", RISK_METHODS)
    return WeightedPriceRiskMethod.NORMAL


def _minimum_method(records: CommodityRecords) -> ShortOptionMinimumMethod:
    for record in records.delivery:
        return choice(record, "short option minimum method", MINIMUM_METHODS)
    return ShortOptionMinimumMethod.GROSS


def _short_option_minimum(records: CommodityRecords) -> tuple[Tier, ...]:
    for record in records.delivery:
        rate = _money(record, "short option minimum", records.exponent)
        return (Tier(0, rates={RATE_SET: rate}),)
    return ()


def _basis_risk(records: CommodityRecords) -> Record | None:
    return next((one for one in records.delivery if one.string("delivery method") == BASIS_RISK), None)


def _delivery_charges(records: CommodityRecords) -> Iterator[DeliveryCharge]:
    for record in records.delivery:
        method = record.string("delivery method")
        if method == BASIS_RISK or method in NO_DELIVERY:
            continue
        if method != TABLE_OF_MONTHS:
            raise record.error("delivery method", unknown_method(record, "delivery method"))
        for number in range(1, MONTHS + 1):
            month = record.digits(f"month {number}")
            if month:
                yield DeliveryCharge(
                    RATE_SET,
                    month + record.string(f"day {number}"),
                    _money(record, f"spread rate {number}", records.exponent),
                    _money(record, f"outright rate {number}", records.exponent),
                )


def _intra_spreads(records: CommodityRecords, tiers: set[int]) -> Iterator[Spread]:
    for record in records.series_spreads:
        legs = [
            _leg(record, place, period=CENTURY + record.digits(f"month {place}") + record.string(f"day {place}"))
            for place in range(1, SERIES_LEGS + 1)
            if record.digits(f"month {place}")
        ]
        yield _flat_spread(record, legs, records.exponent)
    for record in records.tier_spreads:
        legs = []
        for place in range(1, TIER_LEGS + 1):
            if record.string(f"side {place}"):
                number = record.integer(f"tier {place}")
                if number and number not in tiers:
                    what = text("a leg is of tier {number}, which is not defined", number=number)
                    raise record.error(f"tier {place}", what)
                legs.append(_leg(record, place, tier=number))
        if len(legs) != record.integer("number of legs"):
            raise record.error("number of legs", text("the spread has {count} legs", count=len(legs)))
        yield _flat_spread(record, legs, records.exponent)


def _flat_spread(record: Record, legs: Sequence[Leg], exponent: int) -> Spread:
    if len(legs) < 2:
        raise record.error("", text("a spread has two legs or more, this has {count}", count=len(legs)))
    rate = _money(record, "rate", exponent)
    return Spread(record.integer("priority"), ChargeMethod.FLAT, {RATE_SET: rate}, tuple(legs))


def _leg(record: Record, place: int, tier: int = 0, period: str = "") -> Leg:
    return Leg(
        record.string("combined commodity"),
        tier,
        period,
        side(record, f"side {place}"),
        ratio(record, f"ratio {place}"),
    )


def side(record: Record, name: str) -> str:
    """The market side of a leg.

    Raises:
        BadInputError: It is neither A nor B.
    """
    if record.string(name) not in ("A", "B"):
        raise record.refused(name, text("A or B"))
    return record.string(name)


def ratio(record: Record, name: str) -> Decimal:
    """The deltas of a leg in one spread.

    Raises:
        BadInputError: They are not above 0.
    """
    value = record.decimal(name)
    if value is None or scale_decimal(value, RATIO_DECIMALS) <= 0:
        raise record.refused(name, text("a number above 0"))
    return value
