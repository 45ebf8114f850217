"""Steps 1 to 5: scenario sums, scan, time, volatility and price risk, deltas, weighted price risk.

Every function takes and gives arrays over (account, commodity) pairs; `pairs` makes these from a batch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.numbers import (
    DELTA_DECIMALS,
    LARGEST,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    Integers,
    divide_rounded,
    multiply_divide,
    round_units,
)
from engine.span.arrays import Batch, SpanTable

Floats = npt.NDArray[np.float64]

SAFE = 4.0e18
"""Bound on a sum of magnitudes, taken in floating point: below it no partial sum can have left `LARGEST`."""


class Pairs(NamedTuple):
    """Runs of positions of one account in one combined commodity.

    Attributes:
        starts: int64 [pairs + 1], run of positions of each pair.
        account: int64 [pairs], ascending.
        commodity: int64 [pairs], ascending within an account.
        account_starts: int64 [accounts + 1], run of pairs of each account.
    """

    starts: Integers
    account: Integers
    commodity: Integers
    account_starts: Integers


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


class Groups(NamedTuple):
    """Runs of positions that are scanned together: a pair, or the part of it in one scan tier.

    Attributes:
        starts: int64 [groups + 1], run of positions of each group.
        pair_starts: int64 [pairs + 1], run of groups of each pair.
    """

    starts: Integers
    pair_starts: Integers


def pairs(table: SpanTable, batch: Batch) -> Pairs:
    """Group the positions of ``batch`` by account and commodity."""
    return Pairs(*_pairs(batch.starts, batch.rows, table.commodity))


def scan_groups(table: SpanTable, batch: Batch, groups: Pairs) -> Groups:
    """The pairs again, split by scan tier where a commodity has tiers."""
    if not table.grouped:
        return Groups(groups.starts, np.arange(len(groups.starts)))
    return Groups(*_scan_groups(groups.starts, batch.rows, table.group))


def fold(scanned: Scan, tiers: Groups) -> Scan:
    """Scan of each pair from the scans of its tiers: risks add up, the active scenario is the largest tier's."""
    if len(tiers.starts) == len(tiers.pair_starts):
        return scanned
    return Scan(*_fold(tiers.pair_starts, *scanned[:4]))


def scenario_sums(table: SpanTable, batch: Batch, tiers: Groups) -> Integers:
    """Step 1: int64 [groups, 16], money scale; a whole row is `NOT_COMPUTABLE` where it would overflow."""
    sums: Integers = _scenario_sums(tiers.starts, batch.rows, batch.quantities, table.scenario, table.peak)
    return sums


def scan(table: SpanTable, sums: Integers) -> Scan:
    """Steps 2 and 3: scan risk and its active scenario; time, volatility and price risk."""
    return Scan(*_scan(sums, table.scenario_pairs, table.money_unit))


def deltas(table: SpanTable, batch: Batch, groups: Pairs) -> Deltas:
    """Step 4: deltas a period and net."""
    unit = 10 ** (table.delta_decimals - DELTA_DECIMALS)
    return Deltas(*_deltas(groups.starts, batch.rows, batch.quantities, table.slot, table.delta, unit))


def weighted_price_risk(table: SpanTable, groups: Pairs, price_risk: Integers, net_delta: Integers) -> Integers:
    """Step 5: price risk of one delta, int64 [pairs], money scale."""
    decimals = table.convention.weighted_price_risk
    result: Integers = _weighted_price_risk(
        price_risk,
        net_delta,
        groups.commodity,
        table.weighted_method,
        table.range_per_delta,
        10 ** max(0, DELTA_DECIMALS + decimals - MONEY_DECIMALS),
        10 ** max(0, MONEY_DECIMALS - decimals - DELTA_DECIMALS),
        10 ** (MONEY_DECIMALS - decimals),
    )
    return result


@compiled
def _pairs(starts: Integers, rows: Integers, commodity: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    accounts = len(starts) - 1
    account_starts = np.zeros(accounts + 1, dtype=np.int64)
    count = 0
    for account in range(accounts):
        last = -1
        for position in range(starts[account], starts[account + 1]):
            here = commodity[rows[position]]
            if here != last:
                count += 1
                last = here
        account_starts[account + 1] = count
    pair_starts = np.empty(count + 1, dtype=np.int64)
    pair_account = np.empty(count, dtype=np.int64)
    pair_commodity = np.empty(count, dtype=np.int64)
    pair = 0
    for account in range(accounts):
        last = -1
        for position in range(starts[account], starts[account + 1]):
            here = commodity[rows[position]]
            if here != last:
                pair_starts[pair], pair_account[pair], pair_commodity[pair] = position, account, here
                pair += 1
                last = here
    pair_starts[count] = len(rows)
    return pair_starts, pair_account, pair_commodity, account_starts


@compiled
def _scan_groups(starts: Integers, rows: Integers, group: Integers) -> tuple[Integers, Integers]:
    group_starts = np.empty(len(rows) + 1, dtype=np.int64)
    pair_starts = np.zeros(len(starts), dtype=np.int64)
    count = 0
    for pair in range(len(starts) - 1):
        last = -1
        for position in range(starts[pair], starts[pair + 1]):
            if group[rows[position]] != last:
                last = group[rows[position]]
                group_starts[count] = position
                count += 1
        pair_starts[pair + 1] = count
    group_starts[count] = len(rows)
    return group_starts[: count + 1], pair_starts


@compiled
def _fold(
    pair_starts: Integers, risks: Integers, actives: Integers, times: Integers, volatilities: Integers
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    count = len(pair_starts) - 1
    risk, active = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    time, volatility = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    price = np.zeros(count, dtype=np.int64)
    for pair in range(count):
        largest = -1
        for group in range(pair_starts[pair], pair_starts[pair + 1]):
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
def _scenario_sums(
    starts: Integers, rows: Integers, quantities: Integers, scenario: Integers, peak: Integers
) -> Integers:
    sums = np.zeros((len(starts) - 1, 16), dtype=np.int64)
    for pair in range(len(starts) - 1):
        bound = 0.0
        for position in range(starts[pair], starts[pair + 1]):
            row, quantity = rows[position], quantities[position]
            bound += abs(quantity) * peak[row]
            for point in range(16):
                sums[pair, point] += quantity * scenario[row, point]
        if bound > SAFE:
            sums[pair, :] = NOT_COMPUTABLE
    return sums


@compiled
def _scan(sums: Integers, paired: Integers, unit: int) -> tuple[Integers, Integers, Integers, Integers, Integers]:
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
def _deltas(
    starts: Integers, rows: Integers, quantities: Integers, slots: Integers, delta: Integers, unit: int
) -> tuple[Integers, Integers, Integers, Integers]:
    count = len(starts) - 1
    run_starts = np.zeros(count + 1, dtype=np.int64)
    run_slot, run_delta = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.int64)
    net = np.zeros(count, dtype=np.int64)
    runs = 0
    for pair in range(count):
        position, stop = starts[pair], starts[pair + 1]
        while position < stop:
            slot, total, bound = slots[rows[position]], 0, 0.0
            while position < stop and slots[rows[position]] == slot:
                row, quantity = rows[position], quantities[position]
                total += quantity * delta[row]
                bound += float(abs(quantity)) * float(abs(delta[row]))
                position += 1
            rounded = divide_rounded(total, unit) if bound < SAFE else NOT_COMPUTABLE
            run_slot[runs], run_delta[runs] = slot, rounded
            runs += 1
            if rounded == NOT_COMPUTABLE or net[pair] == NOT_COMPUTABLE or abs(net[pair] + rounded) > LARGEST:
                net[pair] = NOT_COMPUTABLE
            else:
                net[pair] += rounded
        run_starts[pair + 1] = runs
    return run_starts, run_slot[:runs], run_delta[:runs], net


@compiled
def _weighted_price_risk(
    price_risk: Integers,
    net_delta: Integers,
    commodity: Integers,
    method: Integers,
    range_per_delta: Integers,
    up: int,
    down: int,
    unit: int,
) -> Integers:
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
