"""Columns of one universe in the next: what carries books over when other parameters come into force."""

from __future__ import annotations

import numpy as np

from engine.instruments import Universe
from engine.numbers import Integers


class ColumnMap:
    """Column of a contract in one universe -> column of the same contract in the universe after it.

    A contract that the parameters after do not list gets a column beyond them once somebody holds it: what nobody
    holds is left behind.

    Args:
        before: The universe whose columns are known.
        after: The universe whose columns are wanted.
        rows: int64 [contracts listed before], row of the same contract in the parameters after, -1 where they do not
            list it.
    """

    def __init__(self, before: Universe, after: Universe, rows: Integers) -> None:
        if len(rows) != before.listed:
            raise ValueError(f"{len(rows)} rows for {before.listed} contracts")
        self._before = before
        self.after = after
        # What only feeds knew may be listed by now.
        met = [after.find(before.contract(column)) for column in range(before.listed, len(before))]
        self._columns = np.concatenate((rows, np.array(met, dtype=np.int64)))

    def held(self, columns: Integers) -> Integers:
        """Columns after, int64 like ``columns``, of contracts that are held: each has one from now on."""
        for column in np.unique(columns[self._columns[columns] < 0]).tolist():
            self._columns[column] = self.after.column(self._before.contract(column))
        return self.known(columns)

    def known(self, columns: Integers) -> Integers:
        """Columns after, int64 like ``columns``; -1 for a contract neither listed nor held."""
        result: Integers = self._columns[columns]
        return result
