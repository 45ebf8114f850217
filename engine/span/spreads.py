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
    divide_rounded,
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


def intra_commodity(
    table: SpanTable, groups: Pairs, deltas: Deltas, remaining: Integers, weighted_price_risk: Integers, trace: Trace
) -> Integers:
    """Step 7: intra-commodity spread charge, int64 [pairs], money scale.

    A weighted spread (method W) charges rate x weighted price risk for each spread formed (our reading).

    Args:
        table: The parameters, laid out.
        groups: The pairs.
        deltas: Their deltas.
        remaining: int64 [runs], what super spreads left of the deltas; what these spreads consume is taken off it.
        weighted_price_risk: int64 [pairs], money scale.
        trace: Where to write down what is formed.
    """
    charge: Integers = _intra(
        deltas.starts,
        deltas.slot,
        remaining,
        groups.commodity,
        weighted_price_risk,
        *table.intra,
        10 ** (table.rate_decimals + DELTA_DECIMALS),
        table.money_unit,
        trace.rows,
    )
    return charge


def delivery_charge(table: SpanTable, deltas: Deltas, remaining: Integers) -> Integers:
    """Step 8, method 10: int64 [pairs], money scale; what spreads consumed is what they left of ``deltas``."""
    charge: Integers = _delivery(
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


class Credits:
    """Credits of spreads between commodities (steps 6 and 9): legs add up pair by pair, and are rounded once.

    Args:
        table: The parameters, laid out.
        groups: The pairs.
        deltas: Their deltas.
        remaining: int64 [runs], deltas not consumed yet; each call of `form` takes off it.
        weighted_price_risk: int64 [pairs], money scale.
        trace: Where to write down what is formed.
    """

    def __init__(
        self,
        table: SpanTable,
        groups: Pairs,
        deltas: Deltas,
        remaining: Integers,
        weighted_price_risk: Integers,
        trace: Trace,
    ) -> None:
        self._table = table
        self._groups = groups
        self._deltas = deltas
        self._remaining = remaining
        self._weighted_price_risk = weighted_price_risk
        self._trace = trace
        self._written = 0
        self._legs = np.zeros(len(groups.commodity), dtype=np.int64)

    def form(self, first: int, last: int) -> None:
        """Form the spreads ``first`` to ``last`` (not included) of `SpanTable.inter_order`, one after the other."""
        if first == last:
            return
        table, convention = self._table, self._table.convention
        weighted = convention.weighted_price_risk + DELTA_DECIMALS + table.credit_decimals - convention.leg_credit
        flat = DELTA_DECIMALS + table.credit_decimals - convention.leg_credit
        self._written = _inter(
            self._groups.account_starts,
            self._groups.commodity,
            self._deltas.starts,
            self._deltas.slot,
            self._remaining,
            self._weighted_price_risk,
            10 ** (MONEY_DECIMALS - convention.weighted_price_risk),
            *table.inter,
            (10 ** max(0, -weighted), 10 ** max(0, weighted)),
            (10 ** max(0, -flat), 10 ** max(0, flat)),
            (first, last),
            len(table.parameters.commodities),
            self._legs,
            self._trace.rows,
            self._written,
        )

    def rounded(self) -> Integers:
        """int64 [pairs], money scale."""
        decimals = self._table.convention.leg_credit - self._table.convention.money
        credit: Integers = _round_credits(self._legs, 10**decimals, self._table.money_unit)
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
    remaining: Integers,
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
) -> Integers:
    charge = np.zeros(len(commodity), dtype=np.int64)
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
    return charge


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
def _delivery(
    run_starts: Integers,
    slot: Integers,
    delta: Integers,
    remaining: Integers,
    outright: Integers,
    spread: Integers,
    one: int,
    unit: int,
) -> Integers:
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


@inlined
def _net(slot: Integers, remaining: Integers, start: int, stop: int, first: int, last: int) -> int:
    """Remaining net delta in a run of slots."""
    total = 0
    for run in range(start, stop):
        if first <= slot[run] < last:
            total += remaining[run]
    return total


@compiled
def _leg_credit(count: int, weight: int, credit: int, up: int, down: int) -> int:
    """round_credit(weight x count x credit x up / down), at the leg credit's scale."""
    if count < 0 or weight == NOT_COMPUTABLE or float(weight) * float(credit) * float(up) > SAFE:
        return NOT_COMPUTABLE
    return multiply_divide(weight * credit * up, count, down)


@compiled
def _load_account(
    first: int,
    last: int,
    commodity: Integers,
    run_starts: Integers,
    remaining: Integers,
    pair_of: Integers,
    net: Integers,
    credit: Integers,
) -> None:
    """Spread an account's pairs out by commodity: which pair it is, and its remaining net delta."""
    for pair in range(first, last):
        total = 0
        for run in range(run_starts[pair], run_starts[pair + 1]):
            if remaining[run] == NOT_COMPUTABLE:
                credit[pair] = NOT_COMPUTABLE
            total += remaining[run]
        pair_of[commodity[pair]] = pair
        net[commodity[pair]] = 0 if credit[pair] == NOT_COMPUTABLE else total


@compiled
def _inter(
    account_starts: Integers,
    commodity: Integers,
    run_starts: Integers,
    slot: Integers,
    remaining: Integers,
    weighted_price_risk: Integers,
    risk_unit: int,
    flat: npt.NDArray[np.bool_],
    leg_starts: Integers,
    leg_commodity: Integers,
    leg_whole: npt.NDArray[np.bool_],
    leg_slots: Integers,
    leg_side: Integers,
    leg_ratio: Integers,
    leg_credit: Integers,
    weighted_scale: tuple[int, int],
    flat_scale: tuple[int, int],
    spreads: tuple[int, int],
    commodities: int,
    credit: Integers,
    trace: Integers,
    used: int,
) -> int:
    pair_of, net = np.full(commodities, -1, dtype=np.int64), np.zeros(commodities, dtype=np.int64)
    available = np.zeros(64, dtype=np.int64)
    for account in range(len(account_starts) - 1):
        start, stop = account_starts[account], account_starts[account + 1]
        _load_account(start, stop, commodity, run_starts, remaining, pair_of, net, credit)
        for spread in range(spreads[0], spreads[1]):
            begin, end = leg_starts[spread], leg_starts[spread + 1]
            count, side = LARGEST, 0
            for leg in range(begin, end):
                here = leg_commodity[leg]
                there = net[here]
                if there and not leg_whole[leg]:
                    pair = pair_of[here]
                    first, last = leg_slots[leg, 0], leg_slots[leg, 1]
                    there = _net(slot, remaining, run_starts[pair], run_starts[pair + 1], first, last)
                signed = there * leg_side[leg]
                side = side if side else (1 if signed > 0 else -1)
                if signed * side <= 0:
                    count = 0
                    break
                available[leg - begin] = there
                count = min(count, _times(abs(there), RATIO, leg_ratio[leg]))
            if count == 0:
                continue
            for leg in range(begin, end):
                here, there = leg_commodity[leg], available[leg - begin]
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
                wanted = min(abs(there), _times(max(0, count), leg_ratio[leg], RATIO))
                sign = 1 if there > 0 else -1
                first, last = leg_slots[leg, 0], leg_slots[leg, 1]
                taken = sign * _consume(
                    slot, remaining, run_starts[pair], run_starts[pair + 1], first, last, sign, wanted
                )
                net[here] -= taken
                used = _write(trace, used, account, spread, leg, count, taken, part)
        for pair in range(start, stop):
            pair_of[commodity[pair]], net[commodity[pair]] = -1, 0
    return used


@compiled
def _round_credits(credit: Integers, one: int, unit: int) -> Integers:
    rounded = np.empty_like(credit)
    for pair in range(len(credit)):
        rounded[pair] = NOT_COMPUTABLE
        if credit[pair] != NOT_COMPUTABLE:
            units = divide_rounded(credit[pair], one)
            rounded[pair] = units * unit if units < SAFE / unit else NOT_COMPUTABLE
    return rounded
