"""Steps 2 to 5: scan, time, volatility and price risk, deltas, weighted price risk.

Every function takes and gives arrays over (account, commodity) pairs, from the sums over their positions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.compiled import compiled
from engine.numbers import (
    DELTA_DECIMALS,
    LARGEST,
    NOT_COMPUTABLE,
    Integers,
    divide_rounded,
    multiply_divide,
    round_units,
)
from engine.span.arrays import SpanTable
from engine.span.layout import weighted_scales
from engine.span.summing import SAFE, Sums


class Scan(NamedTuple):
    """Step 2 and 3 of each pair: int64 [pairs], money scale; ``active`` counts scenarios from 0."""

    risk: Integers
    active: Integers
    time: Integers
    volatility: Integers
    price: Integers


class Deltas(NamedTuple):
    """Step 4: deltas a period, in runs a pair.

    Attributes:
        starts: int64 [pairs + 1], run of period slots of each pair.
        slot: int64 [runs], period slot of the `SpanTable`, ascending within a pair.
        delta: int64 [runs], delta scale, rounded a period.
        net: int64 [pairs], delta scale, sum of the periods.
    """

    starts: Integers
    slot: Integers
    delta: Integers
    net: Integers


def fold(scanned: Scan, group_starts: Integers) -> Scan:
    """Scan of each pair from the scans of its scan tiers: risks add up, the active scenario is the largest tier's."""
    if len(group_starts) == len(scanned.risk) + 1:
        return scanned
    return Scan(*folded(group_starts, scanned.risk, scanned.active, scanned.time, scanned.volatility))


def scan(table: SpanTable, sums: Sums) -> Scan:
    """Steps 2 and 3 of each scan group: scan risk and its active scenario; time, volatility and price risk."""
    return Scan(*scanned(sums.scenario, table.scenario_pairs, table.money_unit))


def deltas(table: SpanTable, sums: Sums) -> Deltas:
    """Step 4: deltas a period, rounded, and net."""
    unit = 10 ** (table.delta_decimals - DELTA_DECIMALS)
    return Deltas(sums.run_starts, sums.slot, *rounded_deltas(sums.run_starts, sums.delta, unit))


def weighted_price_risk(table: SpanTable, sums: Sums, price_risk: Integers, net_delta: Integers) -> Integers:
    """Step 5: price risk of one delta, int64 [pairs], money scale."""
    up, down, unit = weighted_scales(table.convention)
    result: Integers = weighted_risks(
        price_risk, net_delta, sums.commodity, table.weighted_method, table.range_per_delta, up, down, unit
    )
    return result


@compiled
def folded(
    group_starts: Integers, risks: Integers, actives: Integers, times: Integers, volatilities: Integers
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """The fields of `Scan` for each pair, from those for each scan group."""
    count = len(group_starts) - 1
    risk, active = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    time, volatility = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    price = np.zeros(count, dtype=np.int64)
    for pair in range(count):
        largest = -1
        for group in range(group_starts[pair], group_starts[pair + 1]):
            if risks[group] == NOT_COMPUTABLE or abs(float(risk[pair])) + abs(float(risks[group])) > SAFE:
                risk[pair] = time[pair] = volatility[pair] = NOT_COMPUTABLE
                break
            risk[pair] += risks[group]
            time[pair] += times[group]
            volatility[pair] += volatilities[group]
            if risks[group] > largest:
                largest, active[pair] = risks[group], actives[group]
        broken = risk[pair] == NOT_COMPUTABLE
        price[pair] = NOT_COMPUTABLE if broken else max(0, risk[pair] - volatility[pair] - time[pair])
    return risk, active, time, volatility, price


@compiled
def scanned(sums: Integers, paired: Integers, unit: int) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """The fields of `Scan` for each scan group."""
    count = len(sums)
    risk, active = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    time, volatility = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    price = np.empty(count, dtype=np.int64)
    for pair in range(count):
        best = 0
        for point in range(1, 16):
            if sums[pair, point] > sums[pair, best]:
                best = point
        worst = sums[pair, best]
        active[pair] = best
        if worst == NOT_COMPUTABLE:
            risk[pair] = time[pair] = volatility[pair] = price[pair] = NOT_COMPUTABLE
            continue
        risk[pair] = round_units(max(0, worst), unit)
        time[pair] = divide_rounded(sums[pair, 0] + sums[pair, 1], 2 * unit) * unit
        first, second = (best, paired[best]) if worst >= 0 else (0, 1)
        volatility[pair] = divide_rounded(sums[pair, first] - sums[pair, second], 2 * unit) * unit
        price[pair] = max(0, risk[pair] - volatility[pair] - time[pair])
    return risk, active, time, volatility, price


@compiled
def rounded_deltas(run_starts: Integers, exact: Integers, unit: int) -> tuple[Integers, Integers]:
    """Delta of each run in delta scale, and their sum a pair."""
    delta, net = np.empty(len(exact), dtype=np.int64), np.zeros(len(run_starts) - 1, dtype=np.int64)
    for pair in range(len(net)):
        for run in range(run_starts[pair], run_starts[pair + 1]):
            rounded = exact[run]
            if rounded != NOT_COMPUTABLE:
                rounded = divide_rounded(rounded, unit)
            delta[run] = rounded
            if rounded == NOT_COMPUTABLE or net[pair] == NOT_COMPUTABLE or abs(net[pair] + rounded) > LARGEST:
                net[pair] = NOT_COMPUTABLE
            else:
                net[pair] += rounded
    return delta, net


@compiled
def weighted_risks(
    price_risk: Integers,
    net_delta: Integers,
    commodity: Integers,
    method: Integers,
    range_per_delta: Integers,
    up: int,
    down: int,
    unit: int,
) -> Integers:
    """Step 5 for each pair; scales as `weighted_scales` gives them."""
    result = np.zeros(len(price_risk), dtype=np.int64)
    for pair in range(len(price_risk)):
        if price_risk[pair] == NOT_COMPUTABLE or net_delta[pair] == NOT_COMPUTABLE:
            result[pair] = NOT_COMPUTABLE
            continue
        chosen, limit = method[commodity[pair]], range_per_delta[commodity[pair]]
        if chosen > 0 and limit == NOT_COMPUTABLE:
            result[pair] = NOT_COMPUTABLE
            continue
        if chosen == 2:
            result[pair] = limit
            continue
        if price_risk[pair] and net_delta[pair]:
            units = multiply_divide(price_risk[pair], up, abs(net_delta[pair]) * down)
            result[pair] = round_units(units * unit, unit) if abs(units) < LARGEST // unit else NOT_COMPUTABLE
        if chosen == 1 and result[pair] != NOT_COMPUTABLE:
            result[pair] = min(result[pair], limit)
    return result
