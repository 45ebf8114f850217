"""Compares rates, credits, charges and conversions of two parameter versions: every rate by what it is a rate of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from engine.span.findings import NAMED, Finding, Severity, Topic, change_text, first_named, percent_of
from engine.span.parameters import Commodity, Leg, ParameterSet, ScanningSpread, Spread
from engine.text import text

NAMES = {
    Topic.INTRA_SPREAD: text("intra-commodity spread rates"),
    Topic.INTER_SPREAD: text("inter-commodity spread credits"),
    Topic.SUPER_SPREAD: text("super spread rates"),
    Topic.INTER_CLEARING_SPREAD: text("inter-clearing spread credits"),
    Topic.SHORT_OPTION_MINIMUM: text("short option minimum rates"),
    Topic.DELIVERY_CHARGE: text("delivery charge rates"),
    Topic.SCAN_TIER: text("scan tier rates"),
    Topic.ADJUSTMENT: text("requirement factors"),
    Topic.CONVERSION: text("conversion rates"),
}


@dataclass(frozen=True, slots=True)
class _Rate:
    """A rate, how a sentence calls it, and whether it ends with a contract month."""

    name: str
    value: Decimal
    dated: bool = False


Group = tuple[Topic, str]
Rates = dict[Group, dict[tuple[object, ...], _Rate]]


def compare_rates(old: ParameterSet, new: ParameterSet, threshold: Fraction) -> Iterator[Finding]:
    """Rates that changed, are gone or new; by combined commodity, by the commodities of a spread, by currency pair.

    Args:
        old: The version in force.
        new: The version to come.
        threshold: Percentage beyond which a changed rate is a warning.
    """
    common = {one.code for one in old.commodities} & {one.code for one in new.commodities}
    before, after = _rates(old, common), _rates(new, common)
    for group in dict.fromkeys((*before, *after)):
        yield from _compared(group, before.get(group, {}), after.get(group, {}), threshold)


def leg_text(leg: Leg) -> str:
    """``A 1 ES 202612``: side, ratio, commodity, and its month or tier."""
    part = f" {leg.period}" if leg.period else f" T{leg.tier}" if leg.tier else ""
    return f"{leg.side} {leg.ratio.normalize():f} {leg.commodity}{part}"


def spread_text(spread: Spread | ScanningSpread) -> str:
    """The legs of a spread."""
    return ", ".join(leg_text(leg) for leg in spread.legs)


def _compared(
    group: Group,
    before: Mapping[tuple[object, ...], _Rate],
    after: Mapping[tuple[object, ...], _Rate],
    threshold: Fraction,
) -> Iterator[Finding]:
    topic, place = group
    changed = [(before[key], after[key]) for key in before if key in after and before[key].value != after[key].value]
    if changed:
        yield _changed(group, changed, len(after), threshold)
    for dated in (False, True):
        gone = [rate.name for key, rate in before.items() if key not in after and rate.dated == dated]
        if gone:
            sentence = text(
                "{rates}: {count} gone ({names})", rates=NAMES[topic], count=len(gone), names=_first_different(gone)
            )
            yield Finding(Severity.INFORMATION if dated else Severity.WARNING, topic, place, sentence)
    added = [rate.name for key, rate in after.items() if key not in before]
    if added:
        sentence = text(
            "{rates}: {count} new ({names})", rates=NAMES[topic], count=len(added), names=_first_different(added)
        )
        yield Finding(Severity.INFORMATION, topic, place, sentence)


def _first_different(names: list[str]) -> str:
    different = list(dict.fromkeys(names))
    return first_named(different[:NAMED], len(different))


def _changed(group: Group, changed: list[tuple[_Rate, _Rate]], total: int, threshold: Fraction) -> Finding:
    """One finding for the group; a rate that was 0 counts as the largest move."""
    topic, place = group
    moves = [percent_of(old.value, new.value) for old, new in changed]
    unbounded = None in moves
    most = moves.index(None) if unbounded else max(range(len(moves)), key=lambda one: abs(moves[one] or Fraction(0)))
    move, (old, new) = moves[most], changed[most]
    sentence = text(
        "{rates}: {count} of {total} changed, most {name}: {change}",
        rates=NAMES[topic],
        count=len(changed),
        total=total,
        name=new.name,
        change=change_text(_plain(old.value), _plain(new.value), move),
    )
    severe = move is None or abs(move) > threshold
    severity = Severity.WARNING if severe else Severity.INFORMATION
    return Finding(severity, topic, place, sentence, None if move is None else abs(move), unbounded)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _rates(parameters: ParameterSet, codes: set[str]) -> Rates:
    """Every rate of the commodities ``codes``, of spreads between commodities, and the conversions."""
    rates: Rates = {}
    for commodity in parameters.commodities:
        if commodity.code in codes:
            _spread_rates(rates, Topic.INTRA_SPREAD, commodity.intra_spreads, commodity.code)
            _commodity_rates(rates, commodity)
    for topic, spreads in (
        (Topic.SUPER_SPREAD, parameters.super_spreads),
        (Topic.INTER_SPREAD, parameters.inter_spreads),
        (Topic.INTER_CLEARING_SPREAD, parameters.inter_clearing_spreads),
    ):
        _spread_rates(rates, topic, spreads)
    for one in parameters.conversions:
        name = f"{one.source}/{one.target}"
        rates[Topic.CONVERSION, name] = {(one.source, one.target): _Rate(name, one.factor)}
    return rates


def _spread_rates(rates: Rates, topic: Topic, spreads: Iterable[Spread | ScanningSpread], place: str = "") -> None:
    """A spread is the same where method and legs are; its priority may differ."""
    met: dict[tuple[object, ...], int] = {}
    for spread in spreads:
        legs = tuple((leg.commodity, leg.tier, leg.period, leg.side, leg.ratio, leg.required) for leg in spread.legs)
        method = spread.method if isinstance(spread, Spread) else "scanning"
        # Two spreads may have the same legs: the first of one version stands against the first of the other.
        met[method, legs] = met.get((method, legs), -1) + 1
        key = (method, legs, met[method, legs])
        group = rates.setdefault((topic, place or " / ".join(dict.fromkeys(leg.commodity for leg in spread.legs))), {})
        dated = any(leg.period for leg in spread.legs)
        for number, value in spread.rates.items():
            group[(*key, number)] = _Rate(spread_text(spread), value, dated)
        for number, value in spread.month_rates.items() if isinstance(spread, Spread) else ():
            group[(*key, "month", number)] = _Rate(f"{spread_text(spread)} +1M", value, dated)
        for place_of_leg, leg in enumerate(spread.legs):
            if leg.rate is not None:
                group[(*key, "leg", place_of_leg)] = _Rate(leg_text(leg), leg.rate, dated)


def _commodity_rates(rates: Rates, commodity: Commodity) -> None:
    def put(topic: Topic, key: tuple[object, ...], rate: _Rate) -> None:
        rates.setdefault((topic, commodity.code), {})[key] = rate

    for topic, tiers in (
        (Topic.SHORT_OPTION_MINIMUM, commodity.short_option_tiers),
        (Topic.SCAN_TIER, commodity.scan_tiers),
    ):
        for tier in tiers:
            bounds = f" {tier.start}-{tier.end}" if tier.start or tier.end else ""
            for number, value in tier.rates.items():
                put(topic, (tier.number, number), _Rate(f"T{tier.number}{bounds}", value))
    for charge in commodity.delivery_charges:
        for name, value in (("spread", charge.spread), ("outright", charge.outright)):
            key = (charge.rate_set, charge.period, name)
            put(Topic.DELIVERY_CHARGE, key, _Rate(f"{charge.period} {name}", value, dated=True))
    for one in commodity.adjustments:
        put(Topic.ADJUSTMENT, (one.number, one.base), _Rate(f"r{one.number}/r{one.base}", one.factor))
