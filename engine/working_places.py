"""Where all working orders of a desk go, and what they may change, on one state; kept up with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from engine.beside import PLACES, Beside, enlarged, move, put, summed_up, take_over
from engine.book import BookSnapshot
from engine.classification import Coding
from engine.compiled import Held
from engine.limit_trades import Place
from engine.numbers import Integers
from engine.order import Order
from engine.reservations import Change, Changes, Strategy
from engine.waiting import Priced
from engine.working_book import AllWorking, WorkingSnapshot

Placing = Callable[[str, int, Sequence[Strategy]], Integers]
"""Where the orders of an account go, by its name and row, see `engine.waiting`."""
PlaceOf = Callable[[int, Order], Place]
"""Likewise of one order, by the account's row."""
ROOM = 64


class _News(NamedTuple):
    """What has changed since it was looked last.

    Attributes:
        accounts: Names of those in which anything may work now.
        changes: What begins and ceases to work in others.
    """

    accounts: Iterable[str]
    changes: Sequence[Change]


class WorkingPlaces:
    """All that works, for compiled code. Kept by one thread.

    Args:
        book: The accounts.
        desk: Their positions, and what one contract is worth.
        coding: Codes of the columns.
        placing: Tells where orders go.
        place_of: Likewise of one order.
        last: The same on an earlier state, with columns that mean the same: what has not changed since is taken from
            it.
    """

    def __init__(
        self,
        book: BookSnapshot,
        desk: Held[Priced],
        coding: Held[Coding],
        placing: Placing,
        place_of: PlaceOf,
        last: WorkingPlaces | None = None,
    ) -> None:
        self._book, self._desk, self._coding = book, desk, coding
        self._placing, self._place_of = placing, place_of
        self._last = last
        self._source: Changes | None = None
        """Whose changes are followed."""
        self._seen = 0
        self._known: WorkingSnapshot | None = None
        self._clear()

    def follow(self, everywhere: AllWorking) -> Held[Beside]:
        """All that works now; valid until the next call."""
        news = self._since(everywhere)
        if news is None and self._last is not None:
            news = self._take_over(self._last, everywhere)
        self._last = None
        if news is None:
            self._clear()
            news = _News([name for name, _ in everywhere.everything()], ())
        if news.changes:
            self._move(news.changes)
        if news.accounts:
            self._renew(everywhere, news.accounts)
        changes = everywhere.changes
        self._source, self._known = changes, everywhere.known
        self._seen = changes.count if changes is not None else 0
        return self._beside

    def _clear(self) -> None:
        self._room = ROOM
        self._beside, self._taken = summed_up(self._coding, ROOM)

    def _since(self, everywhere: AllWorking) -> _News | None:
        """What has changed since it was looked last; None if all may have."""
        known, changes = self._known, everywhere.changes
        if known is None or changes is not self._source:
            return None
        told = changes.since(self._seen) if changes is not None else []
        if told is None:
            return None
        now, then = everywhere.known.orders, known.orders
        if not now and not then:
            return _News((), told)
        # Where the publisher tells of orders too, each counts once: what is held does not simply come on top.
        other = (
            () if now is then else [name for name in now.keys() | then.keys() if now.get(name) is not then.get(name)]
        )
        names = dict.fromkeys((*other, *(name for name, _, _ in told if name in now)))
        return _News(names, [change for change in told if change[0] not in names])

    def _take_over(self, last: WorkingPlaces, everywhere: AllWorking) -> _News | None:
        """Take in what worked on the last state; what has changed since."""
        # Accounts of a book are the same while this object is.
        same = last._book.kinds is self._book.kinds and last._book.gone == self._book.gone
        news = last._since(everywhere) if same else None
        if news is not None:
            places = last._taken.places[: int(last._taken.state[PLACES])]
            self._make_room(len(places))
            take_over(self._beside, self._desk, self._coding, places)
        return news

    def _move(self, changes: Iterable[Change]) -> None:
        """Take in what begins and ceases to work."""
        moved: list[int] = []
        for name, strategy, times in changes:
            row = self._book.row(name)
            if row >= 0:
                for order in strategy:
                    moved += self._place_of(row, order)
                    more = order.quantity * times
                    moved += (more, 0) if order.quantity > 0 else (0, more)
        if moved:
            places = np.array(moved, dtype=np.int64).reshape(-1, 5)
            self._make_room(len(places))
            move(self._beside, self._desk, self._coding, places)

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
