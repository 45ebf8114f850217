"""The margin of many variations of one account, each by one trade, a few milliseconds of them at a time."""

from __future__ import annotations

from collections.abc import Iterator

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

    Attributes:
        requirement: int64 [currencies], money scale: what the account needs as it is.
    """

    def __init__(self, table: SpanTable, batch: Batch) -> None:
        self._after = AfterTrades(table, batch)
        self.requirement: Integers = requirements(table, batch).requirement[0]

    def after(self, rows: Integers, changes: Integers) -> Iterator[Integers]:
        """Requirement after each trade, in slices: int64 [trades of the slice, currencies], money scale.

        Args:
            rows: int64 [trades], contract rows.
            changes: int64 [trades], contracts bought, negative where sold.
        """
        rows, changes = rows[:, np.newaxis], changes[:, np.newaxis]
        shorts = np.zeros(rows.shape, dtype=np.bool_)
        for first in range(0, len(rows), SLICE):
            chosen = slice(first, first + SLICE)
            yield self._after.requirement(rows[chosen], shorts[chosen], changes[chosen])
