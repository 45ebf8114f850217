"""Spreads between commodities that are formed tier by tier (method 02) or month by month (method 03, crush).

A spread is formed in one tier or month after the other, the nearest first, of the deltas that each leg has there. In
all of them together no more are formed than of the legs' whole remaining net deltas (our reading follows a production
engine). A month is one contract period: legs whose months differ form nothing there.

In most markets there is none of this; all that follows is only called where there is.
"""

from __future__ import annotations

import numpy as np

from engine.compiled import borrowing, compiled
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers
from engine.span.allocation import consume, credit_of_leg, times, write
from engine.span.bucket_table import BucketTable
from engine.span.spread_tables import InterSpreads
from engine.span.summing import SAFE, Sums


@compiled
def form_in_buckets(
    buckets: BucketTable,
    number: int,
    sums: Sums,
    remaining: Integers,
    weighted_price_risk: Integers,
    risk_unit: int,
    table: InterSpreads,
    scales: tuple[tuple[int, int], tuple[int, int]],
    credit: Integers,
    trace: Integers,
    used: int,
) -> int:
    """Form one spread in every account, adding to ``credit``; how many rows of ``trace`` are used then."""
    spread = buckets.spread[number]
    begin, end = table.leg_starts[spread], table.leg_starts[spread + 1]
    pairs, there = np.empty(end - begin, dtype=np.int64), np.empty(end - begin, dtype=np.int64)
    whole = np.empty((end - begin, 2), dtype=np.int64)
    whole[:, 0], whole[:, 1] = 0, LARGEST
    for account in range(len(sums.account_starts) - 1):
        if len(sums.middles) and sums.middles[account] >= 0:
            continue
        for leg in range(begin, end):
            pairs[leg - begin] = -1
            for pair in range(sums.account_starts[account], sums.account_starts[account + 1]):
                if sums.commodity[pair] == table.leg_commodity[leg]:
                    pairs[leg - begin] = pair
        left = _count(pairs, whole, sums, remaining, table, begin, there, credit)
        for bucket in range(buckets.starts[number], buckets.starts[number + 1]):
            if left <= 0:
                break
            first = buckets.slot_starts[bucket]
            slots = buckets.slots[first : first + end - begin]
            count = min(left, _count(pairs, slots, sums, remaining, table, begin, there, credit))
            if count <= 0:
                continue
            left -= count
            for leg in range(begin, end):
                pair = pairs[leg - begin]
                weight = weighted_price_risk[pair]
                part = _credit(count, weight, table.leg_credit[leg], table.flat[spread], end - begin, risk_unit, scales)
                if min(part, credit[pair]) == NOT_COMPUTABLE or float(credit[pair]) + float(part) > SAFE:
                    credit[pair] = NOT_COMPUTABLE
                else:
                    credit[pair] += part
                sign = 1 if there[leg - begin] > 0 else -1
                wanted = min(abs(there[leg - begin]), times(count, table.leg_ratio[leg], RATIO))
                start, stop = sums.run_starts[pair], sums.run_starts[pair + 1]
                low, high = slots[leg - begin, 0], slots[leg - begin, 1]
                taken = consume(sums.slot, remaining, start, stop, low, high, sign, wanted)
                used = write(trace, used, account, spread, leg, count, sign * taken, part)
    return used


@borrowing
def _count(
    pairs: Integers,
    slots: Integers,
    sums: Sums,
    remaining: Integers,
    table: InterSpreads,
    begin: int,
    there: Integers,
    credit: Integers,
) -> int:
    """How many spreads the legs can form of their deltas in ``slots``, which ``there`` receives; delta scale."""
    count, side = LARGEST, 0
    for place in range(len(pairs)):
        pair, leg = pairs[place], begin + place
        if pair < 0:
            return 0
        there[place] = 0
        for run in range(sums.run_starts[pair], sums.run_starts[pair + 1]):
            if remaining[run] == NOT_COMPUTABLE:
                credit[pair] = NOT_COMPUTABLE
                return 0
            if slots[place, 0] <= sums.slot[run] < slots[place, 1]:
                there[place] += remaining[run]
        signed = there[place] * table.leg_side[leg]
        side = side if side else (1 if signed > 0 else -1)
        if signed * side <= 0:
            return 0
        count = min(count, times(abs(there[place]), RATIO, table.leg_ratio[leg]))
    return count


@compiled
def _credit(
    count: int,
    weight: int,
    credit: int,
    flat: bool,
    legs: int,
    risk_unit: int,
    scales: tuple[tuple[int, int], tuple[int, int]],
) -> int:
    """Credit of a leg: a share of its weighted price risk, or of money a spread."""
    if flat:
        return credit_of_leg(count, 1, credit, scales[1][0], legs * scales[1][1])
    if weight == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    return credit_of_leg(count, weight // risk_unit, credit, scales[0][0], scales[0][1])
