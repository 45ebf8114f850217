"""Looks for what frees margin of the selected account, a few milliseconds at a time, so that the desk never waits."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from engine.freeing import Worth, search
from engine.snapshot import Freeing
from engine.span.arrays import Batch, SpanTable
from engine.state import DeskState
from feeds.clock import SECOND

PERIOD: Final = 2 * SECOND
"""Least time between two searches for one account, whose book may change with every fill."""


class FreeingSearch:
    """One search under way and the last result. Lives in the desk thread."""

    def __init__(self) -> None:
        self._steps: Generator[None, None, Freeing] | None = None
        self._result: Freeing | None = None
        self._account = ""
        self._table: SpanTable | None = None
        self._batch: Batch | None = None
        self._due = 0

    def advance(self, state: DeskState, account: int, batch: Batch) -> Freeing | None:
        """Take one step of the search, beginning anew where book or parameters changed.

        Args:
            state: The desk.
            account: Row of the selected account.
            batch: Its margined positions.

        Returns:
            The last result for this account, the same object until there is a newer one; None before the first.
        """
        name = state.book.accounts[account].name
        if name != self._account:
            self._account, self._result, self._steps, self._batch, self._due = name, None, None, None, 0
        table = state.table_of(account)
        if table is None:
            return None
        if state.now >= self._due and not self._holds_for(table, batch):
            self._table, self._batch, self._due = table, batch, state.now + PERIOD
            self._steps = search(name, table, batch, Worth.on_desk(state, account))
        if self._steps is not None:
            try:
                next(self._steps)
            except StopIteration as end:
                self._result, self._steps = end.value, None
        return self._result

    def _holds_for(self, table: SpanTable, batch: Batch) -> bool:
        return self._batch is not None and table is self._table and self._batch.is_same(batch)
