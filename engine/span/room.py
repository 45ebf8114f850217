"""Room in the sums over positions for what an account does not hold: targets of scanning spreads, trades."""

from __future__ import annotations

import numpy as np

from engine.compiled import borrowing, compiled, inlined
from engine.numbers import Integers
from engine.span.slots import Slots
from engine.span.summing import Sums

POINTS = 16
KINDS_OF_OPTION_FIGURES = 5


@inlined
def place_of(account: int, short: int, commodity: int, width: int) -> int:
    """Where a pair is among all there can be: accounts, the long and the short side of each, ``width`` commodities."""
    return (2 * account + short) * width + commodity


@inlined
def middle_of(sums: Sums, account: int) -> int:
    """The pair that an account's short side starts with; the one after its last where it is net-margined."""
    if len(sums.middles) and sums.middles[account] >= 0:
        return int(sums.middles[account])
    return int(sums.account_starts[account + 1])


@borrowing
def _most(slots: Slots, sums: Sums, wanted: Integers, width: int) -> tuple[int, int, int]:
    """How many pairs, scan groups and runs there can be with room for what is wanted."""
    pairs, groups, runs = len(sums.commodity), len(sums.group), len(sums.slot)
    for place in wanted:
        first, last = slots.starts[place % width], slots.starts[place % width + 1]
        pairs, runs = pairs + 1, runs + last - first
        groups += slots.group[last - 1] - slots.group[first] + 1 if last > first else 0
    return pairs, groups, runs


@borrowing
def _fill_pair(
    slots: Slots,
    sums: Sums,
    pair: int,
    held: bool,
    commodity: int,
    asked: bool,
    group_of: Integers,
    scenario: Integers,
    group: int,
    slot_of: Integers,
    deltas: Integers,
    run: int,
) -> tuple[int, int]:
    """Write a pair: what ``pair`` has where it is held, all periods where room is asked for; groups and runs so far."""
    place, here = sums.group_starts[pair], sums.run_starts[pair]
    last = sums.run_starts[pair + 1] if held else here
    first = slots.starts[commodity]
    for each in range(slots.starts[commodity + 1] - first if asked else last - here):
        slot = first + each if asked else sums.slot[here]
        if each == 0 or slots.group[slot] != group_of[group - 1]:
            group_of[group] = slots.group[slot]
            group += 1
        slot_of[run] = slot
        if here < last and sums.slot[here] == slot:
            deltas[run], here = sums.delta[here], here + 1
            if place < sums.group_starts[pair + 1] and sums.group[place] == slots.group[slot]:
                for point in range(POINTS):
                    scenario[group - 1, point] = sums.scenario[place, point]
                place += 1
        run += 1
    return group, run


@compiled
def with_room(slots: Slots, sums: Sums, wanted: Integers, width: int) -> Sums:
    """The sums with a pair of every period and scan group that there is for each place in ``wanted``.

    Args:
        slots: Periods and scan groups of the commodities.
        sums: Sums of some accounts.
        wanted: int64, ascending, as `place_of` has it.
        width: How many commodities there are.
    """
    pairs, groups, runs = _most(slots, sums, wanted, width)
    starts = np.empty(pairs + 1, np.int64)
    account_of, commodity_of = np.empty(pairs, np.int64), np.empty(pairs, np.int64)
    group_starts, group_of = np.zeros(pairs + 1, np.int64), np.empty(groups, np.int64)
    scenario, run_starts = np.zeros((groups, POINTS), np.int64), np.zeros(pairs + 1, np.int64)
    slot_of, deltas = np.empty(runs, np.int64), np.zeros(runs, np.int64)
    options = np.zeros((pairs, KINDS_OF_OPTION_FIGURES), np.int64)
    account_starts, middles = np.zeros_like(sums.account_starts), sums.middles.copy()
    pair = group = run = number = old = 0
    for account in range(len(account_starts) - 1):
        for short in range(2):
            stop = sums.account_starts[account + 1] if short else middle_of(sums, account)
            base = place_of(account, short, 0, width)
            if short and len(middles) and middles[account] >= 0:
                middles[account] = pair
            while old < stop or (number < len(wanted) and wanted[number] < base + width):
                held = sums.commodity[old] if old < stop else width
                asked = wanted[number] - base if number < len(wanted) and wanted[number] < base + width else width
                commodity = min(held, asked)
                starts[pair], account_of[pair], commodity_of[pair] = sums.starts[old], account, commodity
                if held == commodity:
                    for figure in range(KINDS_OF_OPTION_FIGURES):
                        options[pair, figure] = sums.options[old, figure]
                group, run = _fill_pair(
                    slots,
                    sums,
                    old,
                    held == commodity,
                    commodity,
                    asked == commodity,
                    group_of,
                    scenario,
                    group,
                    slot_of,
                    deltas,
                    run,
                )
                number += asked == commodity
                old += held == commodity
                pair += 1
                group_starts[pair], run_starts[pair] = group, run
        account_starts[account + 1] = pair
    starts[pair] = sums.starts[old]
    return Sums(
        starts[: pair + 1],
        account_of[:pair],
        commodity_of[:pair],
        account_starts,
        middles,
        group_starts[: pair + 1],
        group_of[:group],
        scenario[:group],
        run_starts[: pair + 1],
        slot_of[:run],
        deltas[:run],
        options[:pair],
    )
