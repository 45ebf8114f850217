"""Locks positions that cannot be traded: an order in another month of the commodity that takes their risk away.

A lock opens a position, which nothing else in a forced close may. It is sent together with the orders that close, and
undone by hand once the position can be traded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.liquidation.closing import Closing
from engine.liquidation.plan import Draft
from engine.numbers import NOT_COMPUTABLE
from engine.span.arrays import SpanTable

MONTHS = 4
"""Other months that are looked at, the nearest to the locked one first."""
BUNDLE = 1


def locks(closing: Closing, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """A lock for each untradable position that some other month covers, after ``drafts``; all in one bundle."""
    table = closing.table
    if table is None:
        return
    net = {held.contract: held.quantity for held in closing.held}
    for draft in drafts:
        net[draft.contract] = net.get(draft.contract, 0) + draft.quantity
    for position in closing.untradable:
        row = closing.universe.find(position.contract)
        if not 0 <= row < len(table.usable) or not table.usable[row]:
            continue
        delta = int(table.delta[row]) * position.held
        for other in _others(closing, table, row, delta < 0):
            quantity = -(abs(delta) // max(1, abs(int(table.delta[other])))) * (1 if delta > 0 else -1)
            contract = table.parameters.contract(other)
            # Against what is held there the lock would close, not open: that leg has its own order.
            if quantity and net.get(contract, 0) * quantity >= 0:
                yield Draft(contract, quantity, BUNDLE, position.contract)
                break


def _others(closing: Closing, table: SpanTable, row: int, buys: bool) -> list[int]:
    """Futures of the same commodity that can be traded on that side now."""
    start, stop = np.searchsorted(table.commodity, (table.commodity[row], table.commodity[row] + 1))
    rows = np.arange(start, stop)
    rows = rows[table.usable[rows] & (table.right[rows] == 0) & (table.delta[rows] > 0) & (rows != row)]
    rows = rows[closing.trading.reference[rows] != NOT_COMPUTABLE]
    rows = rows[closing.trading.is_tradable(rows, np.full(len(rows), buys))]
    nearest: list[int] = rows[np.argsort(np.abs(table.slot[rows] - table.slot[row]), kind="stable")][:MONTHS].tolist()
    return nearest
