"""Steps 7 and 8: spreads formed inside a combined commodity, and the delivery charge on what they leave and use."""

from __future__ import annotations

import numpy as np

from engine.compiled import borrowing, compiled, inlined
from engine.numbers import (
    DELTA_DECIMALS,
    LARGEST,
    MONEY,
    NOT_COMPUTABLE,
    RATIO,
    Integers,
    divide_rounded,
    multiply_divide,
)
from engine.span.allocation import Trace, consume, times, write
from engine.span.arrays import SpanTable
from engine.span.scan import Deltas
from engine.span.spread_tables import NO_MONTH, SLOT_BITS, IntraSpreads
from engine.span.summing import SAFE, Sums

COMMON = 10**4
"""Money units in a hundredth, and delta units in a delta."""


def intra_commodity(
    table: SpanTable, sums: Sums, deltas: Deltas, remaining: Integers, weighted_price_risk: Integers, trace: Trace
) -> Integers:
    """Step 7: intra-commodity spread charge, int64 [pairs], money scale.

    A weighted spread (method W) charges rate x weighted price risk for each spread formed (our reading). One by month
    (method P) charges for each spread formed its rate and, for each month from its first to its last leg, the rate of a
    month (our reading): spreads are formed of the nearest months first, and a period that is no month is left out.

    Args:
        table: The parameters, laid out.
        sums: The pairs.
        deltas: Their deltas.
        remaining: int64 [runs], what super spreads left of the deltas; what these spreads consume is taken off it.
        weighted_price_risk: int64 [pairs], money scale.
        trace: Where to write down what is formed.
    """
    charge: Integers = intra_charges(
        deltas.starts,
        deltas.slot,
        remaining,
        sums.account,
        sums.middles,
        sums.commodity,
        weighted_price_risk,
        table.intra,
        table.rate_one * 10**DELTA_DECIMALS,
        table.money_unit,
        trace.rows,
        0,
    )
    return charge


def delivery_charge(table: SpanTable, deltas: Deltas, remaining: Integers) -> Integers:
    """Step 8, method 10: int64 [pairs], money scale; what spreads consumed is what they left of ``deltas``."""
    charge: Integers = delivery_charges(
        deltas.starts,
        deltas.slot,
        deltas.delta,
        remaining,
        table.delivery_outright,
        table.delivery_spread,
        10**DELTA_DECIMALS * table.money_unit,
        table.money_unit,
    )
    return charge


@inlined
def _available(slot: Integers, remaining: Integers, start: int, stop: int, first: int, last: int, side: int) -> int:
    """Sum of the remaining deltas of one sign in a run of slots; `NOT_COMPUTABLE` spreads."""
    total = 0
    for run in range(start, stop):
        if first <= slot[run] < last:
            if remaining[run] == NOT_COMPUTABLE:
                return NOT_COMPUTABLE
            if remaining[run] * side > 0:
                total += abs(remaining[run])
    return total


@inlined
def _intra_count(
    slot: Integers,
    remaining: Integers,
    start: int,
    stop: int,
    leg_slots: Integers,
    leg_side: Integers,
    leg_ratio: Integers,
    begin: int,
    end: int,
    side: int,
) -> int:
    """How many spreads the legs ``begin`` to ``end`` can form with A legs on ``side``; delta scale."""
    count = LARGEST
    for leg in range(begin, end):
        there = _available(slot, remaining, start, stop, leg_slots[leg, 0], leg_slots[leg, 1], side * leg_side[leg])
        if there == 0:
            return 0
        count = min(count, times(there, RATIO, leg_ratio[leg]))
    return count


@borrowing
def _sides(slot: Integers, remaining: Integers, start: int, stop: int) -> tuple[int, int]:
    """Which slots have long and which have short deltas, one bit a slot (two slots may share one)."""
    longs, shorts = 0, 0
    for run in range(start, stop):
        if remaining[run] > 0:
            longs |= 1 << (slot[run] % SLOT_BITS)
        elif remaining[run] < 0:
            shorts |= 1 << (slot[run] % SLOT_BITS)
    return longs, shorts


@inlined
def _may_form(longs: int, shorts: int, masks: Integers, spread: int) -> bool:
    """Whether both sides have slots with deltas of their signs; spares most calls of `_intra_count`, which decides."""
    first, second = longs & masks[spread, 0], shorts & masks[spread, 1]
    return bool(first != 0 and second != 0)


@borrowing
def _months_apart(
    slot: Integers,
    remaining: Integers,
    start: int,
    stop: int,
    spreads: IntraSpreads,
    spread: int,
    side: int,
    count: int,
) -> int:
    """Months from the first to the last leg of each spread to be formed, added up over all of them; delta scale."""
    total, done = 0, 0
    while done < count:
        until, earliest, latest = count, LARGEST, NO_MONTH
        for leg in range(spreads.leg_starts[spread], spreads.leg_starts[spread + 1]):
            there, sign = 0, side * spreads.leg_side[leg]
            for run in range(start, stop):
                inside = spreads.leg_slots[leg, 0] <= slot[run] < spreads.leg_slots[leg, 1]
                if inside and remaining[run] * sign > 0:
                    there += abs(remaining[run])
                    reached = times(there, RATIO, spreads.leg_ratio[leg])
                    if reached > done:
                        month, until = spreads.slot_month[slot[run]], min(until, reached)
                        if month != NO_MONTH:
                            earliest, latest = min(earliest, month), max(latest, month)
                        break
        if latest != NO_MONTH:
            total += (until - done) * (latest - earliest)
        done = until
    return total


@inlined
def _is_repeated(
    pair: int, earlier: int, run_starts: Integers, before: Integers, remaining: Integers, weighted_price_risk: Integers
) -> bool:
    """Whether a pair begins with what one of the same periods did; what that one was left with is then left of it."""
    start, stop, shift = run_starts[pair], run_starts[pair + 1], run_starts[earlier] - run_starts[pair]
    if weighted_price_risk[pair] != weighted_price_risk[earlier]:
        return False
    for run in range(start, stop):
        if before[run] != before[run + shift]:
            return False
    for run in range(start, stop):
        remaining[run] = remaining[run + shift]
    return True


@compiled
def intra_charges(
    run_starts: Integers,
    slot: Integers,
    remaining: Integers,
    account: Integers,
    middles: Integers,
    commodity: Integers,
    weighted_price_risk: Integers,
    spreads: IntraSpreads,
    one: int,
    unit: int,
    trace: Integers,
    alike: int,
) -> Integers:
    """Step 7 for each pair; ``one`` is a rate x delta of 1 at their scales. Other arguments as `intra_commodity`.

    ``alike`` is the number of pairs of each account where all are one account with other quantities, else 0: a pair
    that stands as it did in the account before is charged as it was there. Then nothing is written to ``trace``.
    """
    spread_starts, weighted, rate, leg_starts = spreads.starts, spreads.weighted, spreads.rate, spreads.leg_starts
    masks, leg_slots, leg_side, leg_ratio = spreads.masks, spreads.leg_slots, spreads.leg_side, spreads.leg_ratio
    charge = np.zeros(len(commodity), dtype=np.int64)
    used, before = 0, remaining.copy() if alike else remaining
    for pair in range(len(commodity)):
        start, stop = run_starts[pair], run_starts[pair + 1]
        if 0 < alike <= pair and _is_repeated(pair, pair - alike, run_starts, before, remaining, weighted_price_risk):
            charge[pair] = charge[pair - alike]
            continue
        longs, shorts = _sides(slot, remaining, start, stop)
        if longs == 0 or shorts == 0 or (len(middles) and middles[account[pair]] >= 0):
            continue
        flat, by_risk, bound = 0, 0, 0.0
        for spread in range(spread_starts[commodity[pair]], spread_starts[commodity[pair] + 1]):
            begin, end = leg_starts[spread], leg_starts[spread + 1]
            for side in (1, -1):
                if not _may_form(longs if side > 0 else shorts, shorts if side > 0 else longs, masks, spread):
                    continue
                count = _intra_count(slot, remaining, start, stop, leg_slots, leg_side, leg_ratio, begin, end, side)
                if count == NOT_COMPUTABLE:
                    bound = np.inf
                if count <= 0:
                    continue
                by_month = spreads.month_rate[spread]
                months = _months_apart(slot, remaining, start, stop, spreads, spread, side, count) if by_month else 0
                bound += float(count) * float(rate[spread]) + float(months) * float(by_month)
                money = count * rate[spread] + months * by_month
                if weighted[spread]:
                    by_risk += money
                else:
                    flat += money
                for leg in range(begin, end):
                    first, last, sign = leg_slots[leg, 0], leg_slots[leg, 1], side * leg_side[leg]
                    wanted = times(count, leg_ratio[leg], RATIO)
                    taken = consume(slot, remaining, start, stop, first, last, sign, wanted)
                    used = write(trace, used, pair, spread, leg, count, taken * sign, money)
                longs, shorts = _sides(slot, remaining, start, stop)
            if longs == 0 or shorts == 0:
                break
        money = _intra_charge(flat, by_risk, weighted_price_risk[pair], one, unit) if bound < SAFE else NOT_COMPUTABLE
        charge[pair] = money
    return charge


@compiled
def _intra_charge(flat: int, by_risk: int, weighted_price_risk: int, one: int, unit: int) -> int:
    """round_money(flat + by_risk x weighted price risk), the two sums being scaled by ``one``; money scale."""
    # Most weighted price risks are whole hundredths: what all figures have in common leaves room for larger ones.
    shared = COMMON if weighted_price_risk % COMMON == 0 and (one * unit) % COMMON == 0 else 1
    risk, money = weighted_price_risk // shared, MONEY // shared
    if by_risk == 0:
        units = multiply_divide(flat, MONEY, one * unit)
    elif weighted_price_risk == NOT_COMPUTABLE or float(by_risk) * float(risk) + float(flat) * float(money) > SAFE:
        return NOT_COMPUTABLE
    else:
        units = multiply_divide(flat * money + by_risk * risk, 1, one * unit // shared)
    return units * unit if 0 <= units < SAFE / unit else NOT_COMPUTABLE


@compiled
def delivery_charges(
    run_starts: Integers,
    slot: Integers,
    delta: Integers,
    remaining: Integers,
    outright: Integers,
    spread: Integers,
    one: int,
    unit: int,
) -> Integers:
    """Step 8 for each pair; ``one`` is a delta of 1 at its scale."""
    charge = np.zeros(len(run_starts) - 1, dtype=np.int64)
    for pair in range(len(charge)):
        total, bound = 0, 0.0
        for run in range(run_starts[pair], run_starts[pair + 1]):
            if outright[slot[run]] == 0 and spread[slot[run]] == 0:
                continue
            if delta[run] == NOT_COMPUTABLE:
                bound = np.inf
                continue
            left, consumed = abs(remaining[run]), abs(delta[run] - remaining[run])
            total += left * outright[slot[run]] + consumed * spread[slot[run]]
            bound += float(left) * float(outright[slot[run]]) + float(consumed) * float(spread[slot[run]])
        if bound:
            charge[pair] = divide_rounded(total, one) * unit if bound < SAFE else NOT_COMPUTABLE
    return charge
