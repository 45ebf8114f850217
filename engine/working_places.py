"""Where all working orders of a desk go, and what they may change, on one state; kept up with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from engine.beside import PLACES, Beside, enlarged, put, summed_up
from engine.book import BookSnapshot
from engine.classification import Coding
from engine.compiled import Held
from engine.numbers import Integers
from engine.reservations import Strategy
from engine.waiting import Priced
from engine.working_book import AllWorking, Named, WorkingSnapshot

Placing = Callable[[str, int, Sequence[Strategy]], Integers]
"""Where the orders of an account go, by its name and row, see `engine.waiting`."""
ROOM = 64
_NOTHING = np.empty((0, 4), dtype=np.int64)


class KnownOrders:
    """Where the orders go that the publisher tells of: found once while those of an account are the same."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Named, object, Integers]] = {}

    def rows(self, known: WorkingSnapshot, book: BookSnapshot, placing: Placing) -> list[Integers]:
        """int64 [orders, 4] of each account."""
        found: dict[str, tuple[Named, object, Integers]] = {}
        every = AllWorking(known)
        for name, orders in known.orders.items():
            earlier = self._found.get(name)
            if earlier is not None and earlier[0] is orders and earlier[1] is book.kinds:
                found[name] = earlier
            elif (row := book.row(name)) >= 0:
                found[name] = orders, book.kinds, placing(name, row, every.working(name))
        self._found = found
        return [rows for name, (*_, rows) in found.items() if book.row(name) >= 0]


class WorkingPlaces:
    """All that works, for compiled code. Kept by one thread at a time.

    Args:
        book: The accounts.
        desk: Their positions, and what one contract is worth.
        coding: Codes of the columns.
        placing: Tells where orders go.
    """

    def __init__(self, book: BookSnapshot, desk: Held[Priced], coding: Held[Coding], placing: Placing) -> None:
        self._book, self._desk, self._coding, self._placing = book, desk, coding, placing
        self._source: object = None
        """Whose changes are followed."""
        self._seen = 0
        self._known: WorkingSnapshot | None = None
        """What is in already, before anything is followed."""
        self._room = ROOM
        self._beside, self._taken = summed_up(coding, ROOM)

    def prepare(self, known: WorkingSnapshot, orders: KnownOrders) -> None:
        """Take in what the publisher tells of, so that what is held alone is left to be added."""
        self._put((), orders.rows(known, self._book, self._placing))
        self._known = known

    def follow(self, everywhere: AllWorking) -> Held[Beside]:
        """All that works now; valid until the next call."""
        changes = everywhere.changes
        source = everywhere if changes is None else changes
        names = changes.since(self._seen) if changes is not None and source is self._source else None
        if source is not self._source or (names is None and changes is not None):
            self._start(everywhere)
        elif names:
            self._renew(everywhere, dict.fromkeys(names))
        self._source, self._seen = source, changes.count if changes is not None else 0
        return self._beside

    def _start(self, everywhere: AllWorking) -> None:
        """Take everything in anew, but what was prepared."""
        if self._known is not None and self._known is everywhere.known:
            self._known = None
            self._renew(everywhere, [name for name, _ in everywhere.held()])
            return
        self._known = None
        self._room = ROOM
        self._beside, self._taken = summed_up(self._coding, ROOM)
        self._renew(everywhere, [name for name, _ in everywhere.everything()])

    def _renew(self, everywhere: AllWorking, names: Iterable[str]) -> None:
        """Take in what works in some accounts, in the place of what worked there."""
        accounts, found, book = [], [], self._book
        for name in names:
            row = book.row(name)
            if row >= 0:
                accounts.append(row)
                found.append(self._placing(name, row, everywhere.working(name)))
        if accounts:
            self._put(accounts, found)

    def _put(self, accounts: Sequence[int], found: Sequence[Integers]) -> None:
        orders = found[0] if len(found) == 1 else np.concatenate(found) if found else _NOTHING
        needed = int(self._taken.state[PLACES]) + len(orders)
        if needed > self._room:
            self._room = 2 * needed
            self._beside = enlarged(self._beside, self._room)
        put(self._beside, self._desk, self._coding, np.array(accounts, dtype=np.int64), orders)
