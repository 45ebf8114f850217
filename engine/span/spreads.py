"""Steps 7 and 9: spreads formed inside a commodity and between commodities, leg by leg.

Spreads are allocated one after the other, each consuming deltas the next one no longer finds, so these kernels walk
every account in turn. With a trace they also write down each leg they form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled, inlined
from engine.numbers import (
    DELTA_DECIMALS,
    LARGEST,
    MONEY,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO,
    Integers,
    multiply_divide,
)
from engine.span.arrays import SLOT_BITS, SpanTable
from engine.span.scan import SAFE, Deltas, Pairs

TRACE_COLUMNS = 6


class Trace(NamedTuple):
    """What a spread step formed, one row a leg: int64 [rows, 6].

    Columns: pair (intra) or account (inter), spread, leg, spreads formed (delta scale), delta consumed (delta scale,
    with its sign), and charge of the spread so far or credit of the leg (at the step's own scale).
    """

    rows: Integers

    @classmethod
    def of(cls, capacity: int) -> Trace:
        """An empty trace; capacity 0 records nothing. Unused rows have spread -1."""
        rows = np.zeros((capacity, TRACE_COLUMNS), dtype=np.int64)
        rows[:, 1] = -1
        return cls(rows)

    def formed(self) -> Integers:
        """The rows that were written."""
        return self.rows[self.rows[:, 1] >= 0]


class Intra(NamedTuple):
    """Step 7: charge int64 [pairs], money scale; remaining int64 [runs] as `Deltas.delta`."""

    charge: Integers
    remaining: Integers


def intra_commodity(
    table: SpanTable, groups: Pairs, deltas: Deltas, weighted_price_risk: Integers, trace: Trace
) -> Intra:
    """Step 7: intra-commodity spread charge, and the deltas it leaves.

    A weighted spread (method W) charges rate x weighted price risk for each spread formed (our reading).
    """
    charge, remaining = _intra(
        deltas.starts,
        deltas.slot,
        deltas.delta,
        groups.commodity,
        weighted_price_risk,
        *table.intra,
        10 ** (table.rate_decimals + DELTA_DECIMALS),
        table.money_unit,
        trace.rows,
    )
    return Intra(charge, remaining)


def inter_commodity(
    table: SpanTable, groups: Pairs, deltas: Deltas, intra: Intra, weighted_price_risk: Integers, trace: Trace
) -> Integers:
    """Step 9: inter-commodity spread credit of each pair, int64 [pairs], money scale."""
    convention = table.convention
    weighted_scale = convention.weighted_price_risk + DELTA_DECIMALS + table.credit_decimals - convention.leg_credit
    flat_scale = DELTA_DECIMALS + table.credit_decimals - convention.leg_credit
    credit: Integers = _inter(
        groups.account_starts,
        groups.commodity,
        deltas.starts,
        intra.remaining,
        weighted_price_risk,
        10 ** (MONEY_DECIMALS - convention.weighted_price_risk),
        *table.inter,
        (10 ** max(0, -weighted_scale), 10 ** max(0, weighted_scale)),
        (10 ** max(0, -flat_scale), 10 ** max(0, flat_scale)),
        10 ** (convention.leg_credit - convention.money),
        table.money_unit,
        len(table.parameters.commodities),
        trace.rows,
    )
    return credit


@inlined
def _times(figure: int, numerator: int, denominator: int) -> int:
    """figure x numerator / denominator; most legs are 1 : 1, which needs no division."""
    return figure if numerator == denominator else multiply_divide(figure, numerator, denominator)


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
def _consume(
    slot: Integers, remaining: Integers, start: int, stop: int, first: int, last: int, side: int, wanted: int
) -> int:
    """Take up to ``wanted`` from the deltas of one sign in a run of slots, nearest month first; what was taken."""
    left = wanted
    for run in range(start, stop):
        if left > 0 and first <= slot[run] < last and remaining[run] * side > 0:
            part = min(left, abs(remaining[run]))
            remaining[run] -= part * side
            left -= part
    return wanted - left


@compiled
def _write(trace: Integers, used: int, owner: int, spread: int, leg: int, count: int, delta: int, money: int) -> int:
    if used < len(trace):
        trace[used, 0], trace[used, 1], trace[used, 2] = owner, spread, leg
        trace[used, 3], trace[used, 4], trace[used, 5] = count, delta, money
        return used + 1
    return used


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
        count = min(count, _times(there, RATIO, leg_ratio[leg]))
    return count


@inlined
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
def _may_form(longs: int, shorts: int, leg_mask: Integers, leg_side: Integers, begin: int, end: int, side: int) -> bool:
    """Whether every leg has a slot with deltas of its sign; tells most spreads that cannot form, at little cost."""
    possible = True
    for leg in range(begin, end):
        possible = possible and (longs if side * leg_side[leg] > 0 else shorts) & leg_mask[leg] != 0
    return possible


@compiled
def _intra(
    run_starts: Integers,
    slot: Integers,
    delta: Integers,
    commodity: Integers,
    weighted_price_risk: Integers,
    spread_starts: Integers,
    weighted: npt.NDArray[np.bool_],
    rate: Integers,
    leg_starts: Integers,
    leg_slots: Integers,
    leg_mask: Integers,
    leg_side: Integers,
    leg_ratio: Integers,
    one: int,
    unit: int,
    trace: Integers,
) -> tuple[Integers, Integers]:
    charge, remaining = np.zeros(len(commodity), dtype=np.int64), delta.copy()
    used = 0
    for pair in range(len(commodity)):
        start, stop = run_starts[pair], run_starts[pair + 1]
        longs, shorts = _sides(slot, remaining, start, stop)
        if longs == 0 or shorts == 0:
            continue
        flat, by_risk, bound = 0, 0, 0.0
        for spread in range(spread_starts[commodity[pair]], spread_starts[commodity[pair] + 1]):
            begin, end = leg_starts[spread], leg_starts[spread + 1]
            for side in (1, -1):
                if not _may_form(longs, shorts, leg_mask, leg_side, begin, end, side):
                    continue
                count = _intra_count(slot, remaining, start, stop, leg_slots, leg_side, leg_ratio, begin, end, side)
                if count == NOT_COMPUTABLE:
                    bound = np.inf
                if count <= 0:
                    continue
                bound += float(count) * float(rate[spread])
                if weighted[spread]:
                    by_risk += count * rate[spread]
                else:
                    flat += count * rate[spread]
                for leg in range(begin, end):
                    first, last, sign = leg_slots[leg, 0], leg_slots[leg, 1], side * leg_side[leg]
                    wanted = _times(count, leg_ratio[leg], RATIO)
                    taken = _consume(slot, remaining, start, stop, first, last, sign, wanted)
                    used = _write(trace, used, pair, spread, leg, count, taken * sign, count * rate[spread])
        charge[pair] = NOT_COMPUTABLE
        if bound < SAFE:
            charge[pair] = _intra_charge(flat, by_risk, weighted_price_risk[pair], one, unit)
    return charge, remaining


@compiled
def _intra_charge(flat: int, by_risk: int, weighted_price_risk: int, one: int, unit: int) -> int:
    """round_money(flat + by_risk x weighted price risk), the two sums being scaled by ``one``; money scale."""
    if by_risk == 0:
        units = multiply_divide(flat, MONEY, one * unit)
    elif (
        weighted_price_risk == NOT_COMPUTABLE
        or float(by_risk) * float(weighted_price_risk) + float(flat) * MONEY > SAFE
    ):
        return NOT_COMPUTABLE
    else:
        units = multiply_divide(flat * MONEY + by_risk * weighted_price_risk, 1, one * unit)
    return units * unit if 0 <= units < SAFE / unit else NOT_COMPUTABLE


@compiled
def _inter_count(
    remaining: Integers, leg_commodity: Integers, leg_side: Integers, leg_ratio: Integers, begin: int, end: int
) -> tuple[int, int]:
    """How many spreads can form (delta scale; 0 where a leg is missing) and the side of their A legs."""
    side = 1 if remaining[leg_commodity[begin]] * leg_side[begin] > 0 else -1
    count = LARGEST
    for leg in range(begin, end):
        there = remaining[leg_commodity[leg]] * leg_side[leg] * side
        if there <= 0:
            return 0, side
        count = min(count, _times(there, RATIO, leg_ratio[leg]))
    return count, side


@compiled
def _leg_credit(count: int, weight: int, credit: int, up: int, down: int) -> int:
    """round_credit(weight x count x credit x up / down), at the leg credit's scale."""
    if count < 0 or weight == NOT_COMPUTABLE or float(weight) * float(credit) * float(up) > SAFE:
        return NOT_COMPUTABLE
    return multiply_divide(weight * credit * up, count, down)


@compiled
def _load_remaining(
    first: int,
    last: int,
    commodity: Integers,
    run_starts: Integers,
    remaining_runs: Integers,
    pair_of: Integers,
    remaining: Integers,
    credit: Integers,
) -> None:
    """Spread an account's pairs out by commodity: which pair it is, and its remaining net delta."""
    for pair in range(first, last):
        total = 0
        for run in range(run_starts[pair], run_starts[pair + 1]):
            if remaining_runs[run] == NOT_COMPUTABLE:
                credit[pair] = NOT_COMPUTABLE
            total += remaining_runs[run]
        pair_of[commodity[pair]] = pair
        remaining[commodity[pair]] = 0 if credit[pair] == NOT_COMPUTABLE else total


@compiled
def _inter(
    account_starts: Integers,
    commodity: Integers,
    run_starts: Integers,
    remaining_runs: Integers,
    weighted_price_risk: Integers,
    risk_unit: int,
    flat: npt.NDArray[np.bool_],
    leg_starts: Integers,
    leg_commodity: Integers,
    leg_side: Integers,
    leg_ratio: Integers,
    leg_credit: Integers,
    weighted_scale: tuple[int, int],
    flat_scale: tuple[int, int],
    credit_unit: int,
    unit: int,
    commodities: int,
    trace: Integers,
) -> Integers:
    credit = np.zeros(len(commodity), dtype=np.int64)
    pair_of = np.full(commodities, -1, dtype=np.int64)
    remaining = np.zeros(commodities, dtype=np.int64)
    used = 0
    for account in range(len(account_starts) - 1):
        first, last = account_starts[account], account_starts[account + 1]
        if last - first < 2:
            continue
        _load_remaining(first, last, commodity, run_starts, remaining_runs, pair_of, remaining, credit)
        for spread in range(len(leg_starts) - 1):
            begin, end = leg_starts[spread], leg_starts[spread + 1]
            count, side = _inter_count(remaining, leg_commodity, leg_side, leg_ratio, begin, end)
            if count == 0:
                continue
            for leg in range(begin, end):
                here = leg_commodity[leg]
                pair = pair_of[here]
                if flat[spread]:
                    part = _leg_credit(count, 1, leg_credit[leg], flat_scale[0], (end - begin) * flat_scale[1])
                else:
                    weight = weighted_price_risk[pair]
                    weight = weight // risk_unit if weight != NOT_COMPUTABLE else weight
                    part = _leg_credit(count, weight, leg_credit[leg], weighted_scale[0], weighted_scale[1])
                if part == NOT_COMPUTABLE or credit[pair] == NOT_COMPUTABLE or credit[pair] + part > SAFE:
                    credit[pair] = NOT_COMPUTABLE
                else:
                    credit[pair] += part
                wanted = _times(max(0, count), leg_ratio[leg], RATIO)
                taken = min(abs(remaining[here]), wanted) * side * leg_side[leg]
                remaining[here] -= taken
                used = _write(trace, used, account, spread, leg, count, taken, part)
        for pair in range(first, last):
            pair_of[commodity[pair]], remaining[commodity[pair]] = -1, 0
            if credit[pair] != NOT_COMPUTABLE:
                units = multiply_divide(credit[pair], 1, credit_unit)
                credit[pair] = units * unit if units < SAFE / unit else NOT_COMPUTABLE
    return credit
