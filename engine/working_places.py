"""Where all working orders of a desk go, and what they may change, on one state; kept up with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from engine.beside import PLACES, Beside, enlarged, put, summed_up, take_over
from engine.book import BookSnapshot
from engine.classification import Coding
from engine.compiled import Held
from engine.numbers import Integers
from engine.reservations import ChangedAccounts, Strategy
from engine.waiting import Priced
from engine.working_book import AllWorking, WorkingSnapshot

Placing = Callable[[str, int, Sequence[Strategy]], Integers]
"""Where the orders of an account go, by its name and row, see `engine.waiting`."""
ROOM = 64


class WorkingPlaces:
    """All that works, for compiled code. Kept by one thread.

    Args:
        book: The accounts.
        desk: Their positions, and what one contract is worth.
        coding: Codes of the columns.
        placing: Tells where orders go.
        last: The same on an earlier state, with columns that mean the same: what has not changed since is taken from
            it.
    """

    def __init__(
        self,
        book: BookSnapshot,
        desk: Held[Priced],
        coding: Held[Coding],
        placing: Placing,
        last: WorkingPlaces | None = None,
    ) -> None:
        self._book, self._desk, self._coding, self._placing = book, desk, coding, placing
        self._last = last
        self._source: ChangedAccounts | None = None
        """Whose changes are followed."""
        self._seen = 0
        self._known: WorkingSnapshot | None = None
        self._clear()

    def follow(self, everywhere: AllWorking) -> Held[Beside]:
        """All that works now; valid until the next call."""
        names = self._changed(everywhere)
        if names is None and self._last is not None:
            names = self._take_over(self._last, everywhere)
        self._last = None
        if names is None:
            self._clear()
            names = [name for name, _ in everywhere.everything()]
        if names:
            self._renew(everywhere, names)
        changes = everywhere.changes
        self._source, self._known = changes, everywhere.known
        self._seen = changes.count if changes is not None else 0
        return self._beside

    def _clear(self) -> None:
        self._room = ROOM
        self._beside, self._taken = summed_up(self._coding, ROOM)

    def _changed(self, everywhere: AllWorking) -> Iterable[str] | None:
        """Names of the accounts in which something else works than when it was looked last; None if all may have."""
        known, changes = self._known, everywhere.changes
        if known is None or changes is not self._source:
            return None
        names = changes.since(self._seen) if changes is not None else []
        if names is None or known is everywhere.known:
            return dict.fromkeys(names) if names else names
        now, then = everywhere.known.orders, known.orders
        told = (name for name in now.keys() | then.keys() if now.get(name) is not then.get(name))
        return dict.fromkeys((*names, *told))

    def _take_over(self, last: WorkingPlaces, everywhere: AllWorking) -> Iterable[str] | None:
        """Take in what worked on the last state; names of the accounts in which something else works now."""
        # Accounts of a book are the same while this object is.
        same = last._book.kinds is self._book.kinds and last._book.gone == self._book.gone
        names = last._changed(everywhere) if same else None
        if names is not None:
            places = last._taken.places[: int(last._taken.state[PLACES])]
            self._make_room(len(places))
            take_over(self._beside, self._desk, self._coding, places)
        return names

    def _renew(self, everywhere: AllWorking, names: Iterable[str]) -> None:
        """Take in what works in some accounts, in the place of what worked there."""
        accounts, found = [], []
        for name in names:
            row = self._book.row(name)
            if row >= 0:
                accounts.append(row)
                found.append(self._placing(name, row, everywhere.working(name)))
        if accounts:
            orders = found[0] if len(found) == 1 else np.concatenate(found)
            self._make_room(len(orders))
            put(self._beside, self._desk, self._coding, np.array(accounts, dtype=np.int64), orders)

    def _make_room(self, more: int) -> None:
        needed = int(self._taken.state[PLACES]) + more
        if needed > self._room:
            self._room = 2 * needed
            self._beside, self._taken = enlarged(self._beside, self._room)
