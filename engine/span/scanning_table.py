"""Scanning spreads laid out for the kernels, and the order in which they and the delta spreads are formed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import RATIO_DECIMALS, Integers, decimals_needed, scale_decimal
from engine.span.parameters import Buckets, Leg, ParameterSet, ScanningSpread, Spread

if TYPE_CHECKING:
    from engine.span.arrays import SpanTable


class Step(NamedTuple):
    """Spreads between commodities that are formed in one go.

    Attributes:
        first: First delta spread, a place in `SpanTable.inter_order`.
        last: The one after the last; ``first`` where there are none.
        scanning: The scanning spread formed after them, a place in `SpanTable.scanning_order`, or -1.
        bucketed: The delta spread formed after them tier by tier or month by month, a place in `SpanTable.bucketed`,
            or -1.
    """

    first: int
    last: int
    scanning: int = -1
    bucketed: int = -1


class ScanningTable(NamedTuple):
    """Scanning spreads in the order they are formed. The target is one of the legs.

    Attributes:
        leg_starts: int64 [spreads + 1], run of legs of each spread.
        target: int64 [spreads], which of its legs is the target.
        minimum: int64 [spreads], how many legs must be held.
        commodity: int64 [legs].
        required: bool [legs], whether it must be held, with deltas left.
        ratio: int64 [legs], ratio scale: deltas of the leg in one spread.
        rate: int64 [legs], which share of its gains counts, scaled by ``rate_one``.
        rate_one: A rate of 1.
        map_starts: int64 [legs], where the slots of the leg's commodity start in ``slot_map``.
        slot_map: int64, period slot of the target that each slot of the leg's commodity goes into.
    """

    leg_starts: Integers
    target: Integers
    minimum: Integers
    commodity: Integers
    required: npt.NDArray[np.bool_]
    ratio: Integers
    rate: Integers
    rate_one: int
    map_starts: Integers
    slot_map: Integers


def order(
    groups: Iterable[Sequence[Spread | ScanningSpread]],
) -> tuple[list[Spread], list[ScanningSpread], list[list[Step]]]:
    """Delta spreads and scanning spreads of several lists, one list after the other, each by priority.

    In one list both kinds are formed by one priority. The steps, list by list, say how they follow one another.
    """
    delta: list[Spread] = []
    scanning: list[ScanningSpread] = []
    steps: list[list[Step]] = []
    bucketed = 0
    for spreads in groups:
        first, steps = len(delta), [*steps, []]
        for spread in sorted(spreads, key=lambda spread: spread.priority):
            if isinstance(spread, ScanningSpread):
                steps[-1].append(Step(first, len(delta), len(scanning)))
                scanning.append(spread)
                first = len(delta)
                continue
            if spread.buckets is not Buckets.WHOLE:
                steps[-1].append(Step(first, len(delta), bucketed=bucketed))
                first, bucketed = len(delta) + 1, bucketed + 1
            delta.append(spread)
        steps[-1].append(Step(first, len(delta)))
    return delta, scanning, steps


def legs_of(spread: ScanningSpread) -> tuple[Leg, ...]:
    """The legs, the target among them with the ratio and the duty to be held that it has as the target."""
    code = spread.target.commodity
    others = tuple(spread.target if leg.commodity == code else leg for leg in spread.legs)
    return others if any(leg.commodity == code for leg in others) else (*others, spread.target)


def months_of_targets(parameters: ParameterSet, keys: Integers) -> Integers:
    """What to add to ``keys`` so that targets of scanning spreads have every month that their legs bring along.

    Args:
        parameters: The parameters.
        keys: int64, commodity x (number of periods + 1) + period, of each contract.
    """
    spreads = [spread for spread in _all(parameters) if isinstance(spread, ScanningSpread)]
    if not spreads:
        return np.zeros(0, dtype=np.int64)
    width = len(parameters.periods) + 1
    index = {commodity.code: row for row, commodity in enumerate(parameters.commodities)}
    months: dict[int, set[int]] = {}
    for key in np.unique(keys).tolist():
        months.setdefault(key // width, set()).add(key % width)
    found: set[int] = set()
    # A target can be a leg of the next spread: as often as there are spreads, months go one further.
    for _ in spreads:
        for spread in spreads:
            target = index[spread.target.commodity]
            for leg in spread.legs:
                months.setdefault(target, set()).update(months.get(index[leg.commodity], ()))
            found |= {target * width + month for month in months.get(target, ())}
    return np.array(sorted(found), dtype=np.int64)


def scanning_table(table: SpanTable, spreads: Sequence[ScanningSpread]) -> ScanningTable:
    """Lay out ``spreads``, which are in the order they are formed."""
    index = {commodity.code: row for row, commodity in enumerate(table.parameters.commodities)}
    legs = [(spread, leg) for spread in spreads for leg in legs_of(spread)]
    rates = [_rate(spread, leg, table.rate_set) for spread, leg in legs]
    decimals = max((decimals_needed(rate) for rate in rates), default=0)
    maps = [_slot_map(table, index[leg.commodity], index[spread.target.commodity]) for spread, leg in legs]
    sizes = [len(each) for each in maps]
    return ScanningTable(
        _integers(np.cumsum([0, *(len(legs_of(spread)) for spread in spreads)])),
        _integers([[leg.commodity for leg in legs_of(one)].index(one.target.commodity) for one in spreads]),
        _integers([spread.minimum_legs for spread in spreads]),
        _integers([index[leg.commodity] for _, leg in legs]),
        np.array([leg.required for _, leg in legs], dtype=np.bool_),
        _integers([scale_decimal(leg.ratio, RATIO_DECIMALS) for _, leg in legs]),
        _integers([scale_decimal(rate, decimals) for rate in rates]),
        10**decimals,
        _integers(np.cumsum([0, *sizes])[:-1]),
        _integers(np.concatenate([np.zeros(0, dtype=np.int64), *maps])),
    )


def _all(parameters: ParameterSet) -> Iterable[Spread | ScanningSpread]:
    return (*parameters.super_spreads, *parameters.inter_spreads, *parameters.inter_clearing_spreads)


def _rate(spread: ScanningSpread, leg: Leg, rate_set: int) -> Decimal:
    return leg.rate if leg.rate is not None else spread.rates.get(rate_set, Decimal(0))


def _slot_map(table: SpanTable, leg: int, target: int) -> Integers:
    """Slot of the same period in the target, for each slot of the leg's commodity."""
    here, there = (slice(*table.slot_starts[one : one + 2].tolist()) for one in (leg, target))
    return _integers(np.searchsorted(table.slot_period[there], table.slot_period[here]) + table.slot_starts[target])


def _integers(values: npt.ArrayLike) -> Integers:
    return np.asarray(values, dtype=np.int64)
