"""Steps 6 and 9: spreads formed between combined commodities, and the credits they earn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.compiled import borrowing, compiled, inlined
from engine.numbers import (
    LARGEST,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO,
    Integers,
    divide_rounded,
)
from engine.span.allocation import Trace, consume, credit_of_leg, times, write
from engine.span.arrays import SpanTable
from engine.span.bucket_spreads import form_in_buckets
from engine.span.layout import credit_scales
from engine.span.scan import Deltas
from engine.span.scanning_spreads import Merging
from engine.span.spread_tables import SLOT_BITS, InterSpreads
from engine.span.summing import SAFE, Sums

MOST_LEGS = 64
"""More legs than any spread has; the parameter readers refuse longer ones."""


class Credits:
    """Credits of spreads between commodities (steps 6 and 9): legs add up pair by pair, and are rounded once.

    Args:
        table: The parameters, laid out.
        sums: The pairs.
        deltas: Their deltas.
        remaining: int64 [runs], deltas not consumed yet; each call of `form` takes off it.
        weighted_price_risk: int64 [pairs], money scale.
        trace: Where to write down what is formed.

    Attributes:
        written: How many of its rows are used.
    """

    def __init__(
        self,
        table: SpanTable,
        sums: Sums,
        deltas: Deltas,
        remaining: Integers,
        weighted_price_risk: Integers,
        trace: Trace,
    ) -> None:
        self._table = table
        self._sums = sums
        self._deltas = deltas
        self._remaining = remaining
        self._weighted_price_risk = weighted_price_risk
        self._trace = trace
        self.written = 0
        self._legs = np.zeros(len(sums.commodity), dtype=np.int64)

    def form(self, first: int, last: int) -> None:
        """Form the spreads ``first`` to ``last`` (not included) of `SpanTable.inter_order`, one after the other."""
        if first == last:
            return
        table = self._table
        weighted, flat = credit_scales(table.convention, table.credit_decimals)
        self.written = form_spreads(
            self._sums.account_starts,
            self._sums.middles,
            self._sums.commodity,
            self._deltas.starts,
            self._deltas.slot,
            self._remaining,
            self._weighted_price_risk,
            10 ** (MONEY_DECIMALS - table.convention.weighted_price_risk),
            table.inter,
            weighted,
            flat,
            (first, last),
            len(table.parameters.commodities),
            self._legs,
            self._trace.rows,
            self.written,
        )

    def form_in_buckets(self, number: int) -> None:
        """Form a spread tier by tier or month by month; ``number`` is its place in `SpanTable.bucketed`."""
        table = self._table
        self.written = form_in_buckets(
            table.bucketed,
            number,
            self._sums,
            self._remaining,
            self._weighted_price_risk,
            10 ** (MONEY_DECIMALS - table.convention.weighted_price_risk),
            table.inter,
            credit_scales(table.convention, table.credit_decimals),
            self._legs,
            self._trace.rows,
            self.written,
        )

    def gather(self, merging: Merging) -> None:
        """Give the credits of commodities that are margined together to the one that they went into."""
        self._legs = merging.gathered(self._legs)

    def rounded(self) -> Integers:
        """int64 [pairs], money scale."""
        decimals = self._table.convention.leg_credit - self._table.convention.money
        credit: Integers = rounded_credits(self._legs, 10**decimals, self._table.money_unit)
        return credit


@inlined
def _net(slot: Integers, remaining: Integers, start: int, stop: int, first: int, last: int) -> int:
    """Remaining net delta in a run of slots."""
    total = 0
    for run in range(start, stop):
        if first <= slot[run] < last:
            total += remaining[run]
    return total


@borrowing
def _load_account(
    first: int,
    last: int,
    commodity: Integers,
    run_starts: Integers,
    remaining: Integers,
    pair_of: Integers,
    net: Integers,
    credit: Integers,
) -> tuple[int, int]:
    """Spread an account's pairs out by commodity: which pair it is, and its remaining net delta.

    Returns the commodities that are long and those that are short, as bits.
    """
    longs, shorts = 0, 0
    for pair in range(first, last):
        total = 0
        for run in range(run_starts[pair], run_starts[pair + 1]):
            if remaining[run] == NOT_COMPUTABLE:
                credit[pair] = NOT_COMPUTABLE
            total += remaining[run]
        pair_of[commodity[pair]] = pair
        net[commodity[pair]] = 0 if credit[pair] == NOT_COMPUTABLE else total
        longs |= (net[commodity[pair]] > 0) << (commodity[pair] % SLOT_BITS)
        shorts |= (net[commodity[pair]] < 0) << (commodity[pair] % SLOT_BITS)
    return longs, shorts


@inlined
def _may_form(masks: Integers, spread: int, longs: int, shorts: int) -> bool:
    """Whether every leg's commodity has deltas, and on its side where the leg draws on all of them.

    Commodities are bits, and two may share one: `_count` decides, this only spares most of its calls.
    """
    if masks[spread, 0] & ~(longs | shorts):
        return False
    straight = masks[spread, 1] & ~longs | masks[spread, 2] & ~shorts
    reverse = masks[spread, 1] & ~shorts | masks[spread, 2] & ~longs
    return bool(straight == 0 or reverse == 0)


@borrowing
def _count(
    begin: int,
    end: int,
    slot: Integers,
    remaining: Integers,
    run_starts: Integers,
    pair_of: Integers,
    net: Integers,
    leg_commodity: Integers,
    leg_whole: npt.NDArray[np.bool_],
    leg_slots: Integers,
    leg_side: Integers,
    leg_ratio: Integers,
    available: Integers,
) -> int:
    """How many spreads the legs can form, delta scale; 0 where one is missing or on the wrong side.

    ``available`` receives each leg's remaining net delta.
    """
    count, side = LARGEST, 0
    for leg in range(begin, end):
        here = leg_commodity[leg]
        there = net[here]
        if there and not leg_whole[leg]:
            first, last = leg_slots[leg, 0], leg_slots[leg, 1]
            start, stop = run_starts[pair_of[here]], run_starts[pair_of[here] + 1]
            there = _net(slot, remaining, start, stop, first, last)
        signed = there * leg_side[leg]
        side = side if side else (1 if signed > 0 else -1)
        if signed * side <= 0:
            count = 0
            break
        available[leg - begin] = there
        count = min(count, times(abs(there), RATIO, leg_ratio[leg]))
    return count


@compiled
def form_spreads(
    account_starts: Integers,
    middles: Integers,
    commodity: Integers,
    run_starts: Integers,
    slot: Integers,
    remaining: Integers,
    weighted_price_risk: Integers,
    risk_unit: int,
    table: InterSpreads,
    weighted_scale: tuple[int, int],
    flat_scale: tuple[int, int],
    spreads: tuple[int, int],
    commodities: int,
    credit: Integers,
    trace: Integers,
    used: int,
) -> int:
    """Form a run of ``spreads`` of the ``table``, adding to ``credit``; how many rows of ``trace`` are used then."""
    flat, leg_starts, leg_commodity = table.flat, table.leg_starts, table.leg_commodity
    leg_whole, leg_slots, leg_side = table.leg_whole, table.leg_slots, table.leg_side
    leg_ratio, leg_credit = table.leg_ratio, table.leg_credit
    pair_of, net = np.full(commodities, -1, dtype=np.int64), np.zeros(commodities, dtype=np.int64)
    available = np.zeros(MOST_LEGS, dtype=np.int64)
    for account in range(len(account_starts) - 1):
        if len(middles) and middles[account] >= 0:
            continue
        first, last = account_starts[account], account_starts[account + 1]
        longs, shorts = _load_account(first, last, commodity, run_starts, remaining, pair_of, net, credit)
        for spread in range(spreads[0], spreads[1]):
            if not _may_form(table.masks, spread, longs, shorts):
                continue
            begin, end = leg_starts[spread], leg_starts[spread + 1]
            count = _count(
                begin,
                end,
                slot,
                remaining,
                run_starts,
                pair_of,
                net,
                leg_commodity,
                leg_whole,
                leg_slots,
                leg_side,
                leg_ratio,
                available,
            )
            if count == 0:
                continue
            for leg in range(begin, end):
                here, there = leg_commodity[leg], available[leg - begin]
                pair = pair_of[here]
                if flat[spread]:
                    part = credit_of_leg(count, 1, leg_credit[leg], flat_scale[0], (end - begin) * flat_scale[1])
                else:
                    weight = weighted_price_risk[pair]
                    weight = weight // risk_unit if weight != NOT_COMPUTABLE else weight
                    part = credit_of_leg(count, weight, leg_credit[leg], weighted_scale[0], weighted_scale[1])
                if min(part, credit[pair]) == NOT_COMPUTABLE or credit[pair] + part > SAFE:
                    credit[pair] = NOT_COMPUTABLE
                else:
                    credit[pair] += part
                wanted = min(abs(there), times(max(0, count), leg_ratio[leg], RATIO))
                sign = 1 if there > 0 else -1
                start, stop = run_starts[pair], run_starts[pair + 1]
                taken = consume(slot, remaining, start, stop, leg_slots[leg, 0], leg_slots[leg, 1], sign, wanted)
                net[here] -= sign * taken
                if net[here] == 0 and commodities <= SLOT_BITS:
                    longs, shorts = longs & ~(1 << here), shorts & ~(1 << here)
                used = write(trace, used, account, spread, leg, count, sign * taken, part)
        for pair in range(first, last):
            pair_of[commodity[pair]], net[commodity[pair]] = -1, 0
    return used


@compiled
def rounded_credits(credit: Integers, one: int, unit: int) -> Integers:
    """Credit of each pair, rounded once; ``one`` leg credit units are a unit of money."""
    rounded = np.empty_like(credit)
    for pair in range(len(credit)):
        rounded[pair] = NOT_COMPUTABLE
        if credit[pair] != NOT_COMPUTABLE:
            units = divide_rounded(credit[pair], one)
            rounded[pair] = units * unit if units < SAFE / unit else NOT_COMPUTABLE
    return rounded
