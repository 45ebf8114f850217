"""The margin of many variations of one account, each by one trade, computed in few batches.

A trade changes the margin of its own commodity and, through spreads between commodities, of those linked with it. Each
variation is therefore margined with those alone, by the same kernels as the whole desk; what the rest of the account
needs is added unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from engine.compiled import compiled
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.requirement import Margins, margin

SLICE = 40_000
"""Positions margined in one go: a few milliseconds."""


class Variations:
    """Margins of one account after single trades.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
        rows: Contract rows that trades may be in, beside those held.
    """

    def __init__(self, table: SpanTable, batch: Batch, rows: Sequence[int] = ()) -> None:
        self._table = table
        self._rows, held = _with_rows(batch, rows)
        self.base: Margins = margin(table, _batch_of_one(self._rows, held))
        self._groups = linked_commodities(table)
        group = self._groups[table.commodity[self._rows]]
        # Positions of linked commodities side by side, in the order of rows within: a variation is one run of them.
        order = np.argsort(group, kind="stable")
        self._place = np.empty_like(order)
        self._place[order] = np.arange(len(order))
        self._group = group[order]
        self._sorted_rows, self._sorted_held = self._rows[order], held[order]
        self._others = self._owed_by_others()

    @property
    def requirement(self) -> Integers:
        """int64 [currencies], money scale: what the account needs as it is."""
        result: Integers = self.base.totals.requirement[0]
        return result

    def after(self, rows: Integers, changes: Integers) -> Iterator[Integers]:
        """Requirement after each trade, in slices: int64 [trades of the slice, currencies], money scale.

        Args:
            rows: int64 [trades], contract rows, all held or announced.
            changes: int64 [trades], contracts bought, negative where sold.
        """
        places = self._place[np.searchsorted(self._rows, rows)]
        starts = np.searchsorted(self._group, self._group[places], side="left")
        sizes = np.searchsorted(self._group, self._group[places], side="right") - starts
        work, first = np.cumsum(sizes), 0
        while first < len(rows):
            done = int(work[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(work, done + SLICE, side="right")))
            chosen = slice(first, last)
            yield self._slice(places[chosen], starts[chosen], sizes[chosen], changes[chosen])
            first = last

    def _slice(self, places: Integers, starts: Integers, sizes: Integers, changes: Integers) -> Integers:
        batch = Batch(*_copies(self._sorted_rows, self._sorted_held, starts, sizes, places, changes))
        return self._requirements(owed(self._table, margin(self._table, batch)), self._group[places])

    def _requirements(self, linked: Integers, groups: Integers) -> Integers:
        """Step 14 for each variation: what its linked commodities owe now, and the others as before."""
        others = self._others[groups]
        unknown = (linked == NOT_COMPUTABLE) | (others == NOT_COMPUTABLE)
        return np.where(unknown, NOT_COMPUTABLE, np.maximum(0, np.where(unknown, 0, linked + others)))

    def _owed_by_others(self) -> Integers:
        """int64 [commodities, currencies]: by number of a group, what all commodities outside it owe."""
        shape = (len(self._groups), len(self._table.currencies))
        mine, unknown = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        pairs, amounts = self.base.commodities, _owed_by_pair(self._table, self.base)
        at = (self._groups[pairs.commodity], self._table.currency[pairs.commodity])
        np.add.at(mine, at, np.where(amounts == NOT_COMPUTABLE, 0, amounts))
        np.add.at(unknown, at, amounts == NOT_COMPUTABLE)
        return np.where(unknown.sum(axis=0) > unknown, NOT_COMPUTABLE, mine.sum(axis=0) - mine)


def owed(table: SpanTable, result: Margins) -> Integers:
    """Risk less the option value that counts, before the floor at zero: int64 [accounts, currencies], money scale."""
    amounts, pairs = _owed_by_pair(table, result), result.commodities
    total = np.zeros(result.totals.requirement.shape, dtype=np.int64)
    known = amounts != NOT_COMPUTABLE
    at = (pairs.account, table.currency[pairs.commodity])
    np.add.at(total, (at[0][known], at[1][known]), amounts[known])
    total[at[0][~known], at[1][~known]] = NOT_COMPUTABLE
    return np.where(result.totals.requirement == NOT_COMPUTABLE, NOT_COMPUTABLE, total)


def _owed_by_pair(table: SpanTable, result: Margins) -> Integers:
    risk, value = result.commodities.risk, result.commodities.net_option_value
    used = np.where(table.capped[result.commodities.commodity], np.minimum(value, risk), value)
    return np.where(risk == NOT_COMPUTABLE, NOT_COMPUTABLE, risk - used)


def linked_commodities(table: SpanTable) -> Integers:
    """int64 [commodities]: the same number for commodities that any chain of spreads between commodities links."""
    parameters = table.parameters
    rows = {commodity.code: row for row, commodity in enumerate(parameters.commodities)}
    group = list(range(len(rows)))
    for spread in chain(parameters.super_spreads, parameters.inter_spreads, parameters.inter_clearing_spreads):
        linked = {group[rows[leg.commodity]] for leg in spread.legs if leg.commodity in rows}
        if len(linked) > 1:
            group = [min(linked) if each in linked else each for each in group]
    return np.array(group, dtype=np.int64)


def _with_rows(batch: Batch, more: Sequence[int]) -> tuple[Integers, Integers]:
    """Rows and quantities of the account with ``more`` rows among them, 0 where not held."""
    rows = np.union1d(batch.rows, np.array(more, dtype=np.int64)).astype(np.int64)
    held = np.zeros(len(rows), dtype=np.int64)
    np.add.at(held, np.searchsorted(rows, batch.rows), batch.quantities)
    return rows, held


def _batch_of_one(rows: Integers, quantities: Integers) -> Batch:
    return Batch(np.array([0, len(rows)], dtype=np.int64), rows, quantities)


@compiled
def _copies(
    rows: Integers, held: Integers, starts: Integers, sizes: Integers, places: Integers, changes: Integers
) -> tuple[Integers, Integers, Integers]:
    """A batch of one copy of a run of positions for each trade, the trade in it."""
    ends = np.zeros(len(starts) + 1, dtype=np.int64)
    for trade in range(len(starts)):
        ends[trade + 1] = ends[trade] + sizes[trade]
    copied_rows, quantities = np.empty(ends[-1], dtype=np.int64), np.empty(ends[-1], dtype=np.int64)
    for trade in range(len(starts)):
        for position in range(sizes[trade]):
            copied_rows[ends[trade] + position] = rows[starts[trade] + position]
            quantities[ends[trade] + position] = held[starts[trade] + position]
        quantities[ends[trade] + places[trade] - starts[trade]] += changes[trade]
    return ends, copied_rows, quantities
