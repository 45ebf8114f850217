"""Room in the sums over positions for targets of scanning spreads: months that legs bring, and targets not held."""

from __future__ import annotations

import numpy as np

from engine.compiled import compiled
from engine.numbers import Integers
from engine.span.scanning_table import ScanningTable
from engine.span.summing import Sums

POINTS = 16
HELD, KINDS_OF_OPTION_FIGURES = 3, 5


@compiled
def targets(table: ScanningTable, sums: Sums, width: int) -> Integers:
    """Ascending account x ``width`` + commodity of every target of a spread that the legs held might form."""
    found = np.empty(len(sums.account_starts) * width, dtype=np.int64)
    count = 0
    held, wanted = np.zeros(width, dtype=np.bool_), np.zeros(width, dtype=np.bool_)
    for account in range(len(sums.account_starts) - 1):
        if len(sums.gross) and sums.gross[account]:
            continue
        held[:], wanted[:] = False, False
        for pair in range(sums.account_starts[account], sums.account_starts[account + 1]):
            held[sums.commodity[pair]] = sums.options[pair, HELD] > 0
        for spread in range(len(table.target)):
            begin, end = table.leg_starts[spread], table.leg_starts[spread + 1]
            target, present, possible = begin + table.target[spread], 0, True
            for leg in range(begin, end):
                present += held[table.commodity[leg]]
                possible = possible and (held[table.commodity[leg]] or not table.required[leg])
            if possible and present >= table.minimum[spread]:
                held[table.commodity[target]] = wanted[table.commodity[target]] = True
        for commodity in range(width):
            if wanted[commodity]:
                found[count] = account * width + commodity
                count += 1
    return found[:count].copy()


@compiled
def _most(table: ScanningTable, sums: Sums, keys: Integers, width: int) -> tuple[int, int, int]:
    """How many pairs, scan groups and runs there can be with room for ``keys``."""
    pairs, groups, runs = len(sums.commodity), len(sums.scenario), len(sums.slot)
    for key in keys:
        first, last = table.slot_starts[key % width], table.slot_starts[key % width + 1]
        pairs, runs = pairs + 1, runs + last - first
        groups += table.slot_group[last - 1] - table.slot_group[first] + 1 if last > first else 0
    return pairs, groups, runs


@compiled
def with_room(table: ScanningTable, sums: Sums, keys: Integers, width: int) -> Sums:
    """The sums with a pair for each of ``keys``, of every period and scan group that its commodity has."""
    pairs, groups, runs = _most(table, sums, keys, width)
    starts = np.zeros(pairs + 1, np.int64)
    account_of, commodity_of = np.empty(pairs, np.int64), np.empty(pairs, np.int64)
    group_starts, group_positions = np.zeros(pairs + 1, np.int64), np.empty(groups + 1, np.int64)
    scenario, run_starts = np.zeros((groups, POINTS), np.int64), np.zeros(pairs + 1, np.int64)
    slots, deltas = np.empty(runs, np.int64), np.zeros(runs, np.int64)
    options = np.zeros((pairs, KINDS_OF_OPTION_FIGURES), np.int64)
    account_starts = np.zeros_like(sums.account_starts)
    pair = group = run = key = 0
    for account in range(len(account_starts) - 1):
        old, stop = sums.account_starts[account], sums.account_starts[account + 1]
        while old < stop or (key < len(keys) and keys[key] // width == account):
            wanted = keys[key] % width if key < len(keys) and keys[key] // width == account else width
            held = sums.commodity[old] if old < stop else width
            commodity = min(wanted, held)
            position = sums.starts[old]
            starts[pair], account_of[pair], commodity_of[pair] = position, account, commodity
            first, last = sums.run_starts[old], sums.run_starts[old]
            place = sums.group_starts[old]
            if held == commodity:
                last = sums.run_starts[old + 1]
                options[pair] = sums.options[old]
            if wanted == commodity:
                begin, end = table.slot_starts[commodity], table.slot_starts[commodity + 1]
                here = first
                for slot in range(begin, end):
                    if slot == begin or table.slot_group[slot] != table.slot_group[slot - 1]:
                        group_positions[group] = position
                        group += 1
                    slots[run], deltas[run] = slot, 0
                    if here < last and sums.slot[here] == slot:
                        deltas[run] = sums.delta[here]
                        if here == first or table.slot_group[sums.slot[here - 1]] != table.slot_group[slot]:
                            scenario[group - 1] = sums.scenario[place]
                            place += 1
                            position = sums.group_positions[place]
                        here += 1
                    run += 1
                key += 1
            else:
                for each in range(place, sums.group_starts[old + 1]):
                    group_positions[group], scenario[group] = sums.group_positions[each], sums.scenario[each]
                    group += 1
                for each in range(first, last):
                    slots[run], deltas[run] = sums.slot[each], sums.delta[each]
                    run += 1
            old += held == commodity
            pair += 1
            group_starts[pair], run_starts[pair] = group, run
        account_starts[account + 1] = pair
    starts[pair] = group_positions[group] = sums.starts[len(sums.commodity)]
    return Sums(
        starts[: pair + 1],
        account_of[:pair],
        commodity_of[:pair],
        account_starts,
        sums.gross,
        group_starts[: pair + 1],
        group_positions[: group + 1],
        scenario[:group],
        run_starts[: pair + 1],
        slots[:run],
        deltas[:run],
        options[:pair],
    )
