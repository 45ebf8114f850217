"""Spreads between combined commodities of a positional file (records 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from engine.span.parameters import Buckets, ChargeMethod, Leg, ScanningSpread, Spread
from engine.span.positional_commodities import FLAGS, choice, ratio, side, unknown_method
from engine.span.positional_contracts import RATE_SET
from engine.span.positional_schema import Record
from engine.span.xml_commodities import SpreadLegs
from engine.text import text

LEGS = 4
PERCENT_PLACES = -2
FLAT_PLACES = 2
SCANNING = 4
REGULAR, DELTA_TIERED = (0, 1), 20
BUCKETS = {2: Buckets.TIERS, 3: Buckets.MONTHS}
METHODS = {"": ChargeMethod.WEIGHTED, "W": ChargeMethod.WEIGHTED, "F": ChargeMethod.FLAT}
SUPER = "S"
NOT_FOR_CUSTOMERS = ("N", "H")
LEAST_LEGS = 2


def read_spreads(records: Sequence[Record], for_customers: bool) -> Mapping[str, list[SpreadLegs]]:
    """The spreads of a file.

    Args:
        records: The records 6.
        for_customers: Whether the file is for customers' accounts: some credits are for others only.

    Returns:
        Super spreads and inter-commodity spreads by field of the parameter set, in the order of the file.

    Raises:
        BadInputError: A method is not known, or a value is missing.
    """
    spreads: dict[str, list[SpreadLegs]] = {"super_spreads": [], "inter_spreads": []}
    for record in records:
        if for_customers and record.string("regulatory status") in NOT_FOR_CUSTOMERS:
            continue
        group = choice(record, "spread group", {"": "inter_spreads", "N": "inter_spreads", SUPER: "super_spreads"})
        spreads[group].append(SpreadLegs(_spread(record), record.where()))
    return spreads


def _spread(record: Record) -> Spread | ScanningSpread:
    method = record.integer("method")
    if method not in (*REGULAR, *BUCKETS, SCANNING, DELTA_TIERED):
        raise record.error("method", unknown_method(record, "method"))
    credit = choice(record, "credit method", METHODS)
    by_leg = choice(record, "rates by leg", FLAGS)
    legs = tuple(_legs(record, method == DELTA_TIERED, credit if by_leg else None))
    if len(legs) < LEAST_LEGS:
        raise record.error("", text("a spread has two legs or more, this has {count}", count=len(legs)))
    rate = record.decimal("rate")
    if rate is None and not by_leg:
        raise record.error("rate", text("the spread has no rate"))
    rates = {} if rate is None else {RATE_SET: _rate(rate, credit)}
    if method == SCANNING:
        return _scanning_spread(record, rates, legs)
    return Spread(record.integer("priority"), credit, rates, legs, buckets=BUCKETS.get(method, Buckets.WHOLE))


def _rate(written: Decimal, credit: ChargeMethod) -> Decimal:
    """A percentage as a fraction; money has its decimal point two places further right than a percentage."""
    return written.scaleb(FLAT_PLACES if credit is ChargeMethod.FLAT else PERCENT_PLACES)


def _legs(record: Record, tiered: bool, leg_rates: ChargeMethod | None) -> Iterator[Leg]:
    for place in range(1, LEGS + 1):
        code = record.string(f"combined commodity {place}")
        if not code:
            continue
        rate = record.decimal(f"leg rate {place}") if leg_rates else None
        if leg_rates and rate is None:
            raise record.error(f"leg rate {place}", text("the field is missing"))
        yield Leg(
            code,
            record.integer(f"tier {place}") if tiered else 0,
            "",
            side(record, f"side {place}"),
            ratio(record, f"ratio {place}"),
            record.string(f"required {place}") != "N",
            _rate(rate, leg_rates) if leg_rates and rate is not None else None,
        )


def _scanning_spread(record: Record, rates: Mapping[int, Decimal], legs: tuple[Leg, ...]) -> ScanningSpread:
    """A scanning spread; its target is mostly one of its legs, with a ratio of its own."""
    code = record.string("target commodity")
    if not code:
        raise record.error("target commodity", text("a scanning spread has one target, this has {count}", count=0))
    listed = next((leg for leg in legs if leg.commodity == code), None)
    written = record.decimal("target ratio")
    target = Leg(
        code,
        0,
        "",
        listed.side if listed else "A",
        ratio(record, "target ratio") if written or listed is None else listed.ratio,
        record.string("target required") != "N",
    )
    return ScanningSpread(
        record.integer("priority"),
        rates,
        legs if listed else (*legs, target),
        target,
        record.integer("minimum number of legs") or LEAST_LEGS,
    )
