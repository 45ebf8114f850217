"""The margin of many variations of one account, each by one trade, a few milliseconds of them at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.numbers import Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades

SLICE = 400
"""Variations margined in one go."""


class Variations:
    """Margins of one net-margined account after single trades.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
        rows: Contract rows that trades may be in, beside those held.

    Attributes:
        requirement: int64 [currencies], money scale: what the account needs as it is.
    """

    def __init__(self, table: SpanTable, batch: Batch, rows: Sequence[int] = ()) -> None:
        self._rows = np.union1d(batch.rows, np.array(rows, dtype=np.int64)).astype(np.int64)
        held = np.zeros(len(self._rows), dtype=np.int64)
        np.add.at(held, np.searchsorted(self._rows, batch.rows), batch.quantities)
        self._after = AfterTrades(table, Batch(np.array([0, len(held)], dtype=np.int64), self._rows, held))
        self.requirement: Integers = requirements(table, batch).requirement[0]

    def after(self, rows: Integers, changes: Integers) -> Iterator[Integers]:
        """Requirement after each trade, in slices: int64 [trades of the slice, currencies], money scale.

        Args:
            rows: int64 [trades], contract rows, all held or announced.
            changes: int64 [trades], contracts bought, negative where sold.
        """
        places = np.searchsorted(self._rows, rows)
        for first in range(0, len(rows), SLICE):
            chosen = slice(first, first + SLICE)
            yield self._after.totals(places[chosen, np.newaxis], changes[chosen, np.newaxis]).requirement
