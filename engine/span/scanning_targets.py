"""Targets of scanning spreads, which need room in the sums: legs may bring months along, or it may not be held."""

from __future__ import annotations

import numpy as np

from engine.compiled import compiled
from engine.numbers import Integers
from engine.span.room import place_of
from engine.span.scanning_table import ScanningTable
from engine.span.summing import Sums

HELD = 3
"""Column of `Sums.options`: contracts held."""


@compiled
def targets(table: ScanningTable, sums: Sums, width: int) -> Integers:
    """Every target of a spread that the legs held might form, as `place_of` has it, ascending."""
    found = np.empty(len(sums.account_starts) * width, dtype=np.int64)
    count = 0
    held, wanted = np.zeros(width, dtype=np.bool_), np.zeros(width, dtype=np.bool_)
    for account in range(len(sums.account_starts) - 1):
        if len(sums.middles) and sums.middles[account] >= 0:
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
                found[count] = place_of(account, 0, commodity, width)
                count += 1
    return found[:count].copy()


@compiled
def formed_into(sums: Sums, into: Integers, width: int) -> Integers:
    """Every target that something went into, likewise; ``into`` as `engine.span.scanning_spreads.Merged` has it."""
    used = np.zeros(len(into), dtype=np.bool_)
    for pair in into:
        if pair >= 0:
            used[pair] = True
    return np.array(
        [place_of(sums.account[pair], 0, sums.commodity[pair], width) for pair in np.flatnonzero(used)], dtype=np.int64
    )
