"""Where all working orders of a desk go, and what they may change, on one state; kept up with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from engine.beside import PLACES, Beside, enlarged, move, put, summed_up, take_over
from engine.book import BookSnapshot
from engine.bounded import Valued
from engine.compiled import Held
from engine.limit_request import Placement
from engine.reservations import Change, Changes
from engine.working_book import AllWorking, WorkingSnapshot

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
    """All that works, for compiled code. Kept by one thread at a time.

    Args:
        book: The accounts.
        valued: Their positions, and what contracts are worth.
        placement: Tells where orders go.
    """

    def __init__(self, book: BookSnapshot, valued: Held[Valued], placement: Placement) -> None:
        self._book, self._valued, self._placement = book, valued, placement
        self._last: WorkingPlaces | None = None
        self._touched = False
        """Whether anything may have been taken in."""
        self._source: Changes | None = None
        """Whose changes are followed."""
        self._seen = 0
        self._known: WorkingSnapshot | None = None
        self._room = ROOM
        self._beside, self._taken = summed_up(valued, ROOM)

    def go_on_from(self, last: WorkingPlaces | None) -> None:
        """Take from the same on an earlier state what has not changed since; columns mean the same there."""
        self._last = last

    def follow(self, everywhere: AllWorking) -> Held[Beside]:
        """All that works now; valid until the next call."""
        # Should it fail half way, all is taken in anew.
        last, self._last = self._last, None
        news = self._since(everywhere)
        if news is None and last is not None:
            news = self._take_over(last, everywhere)
        if news is None:
            if self._touched:
                self._room = ROOM
                self._beside, self._taken = summed_up(self._valued, ROOM)
            news = _News([name for name, _ in everywhere.everything()], ())
        self._known, self._touched = None, True
        if news.changes:
            self._move(news.changes)
        if news.accounts:
            self._renew(everywhere, news.accounts)
        changes = everywhere.changes
        self._source, self._known = changes, everywhere.known
        self._seen = changes.count if changes is not None else 0
        return self._beside

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
            self._touched = True
            self._make_room(len(places))
            take_over(self._beside, self._valued, places)
        return news

    def _move(self, changes: Iterable[Change]) -> None:
        """Take in what begins and ceases to work."""
        moved: list[int] = []
        for name, strategy, times in changes:
            row = self._book.row(name)
            if row >= 0:
                for order in strategy:
                    moved += self._placement.of_order(row, order)
                    more = order.quantity * times
                    moved += (more, 0) if order.quantity > 0 else (0, more)
        if moved:
            places = np.array(moved, dtype=np.int64).reshape(-1, 5)
            self._make_room(len(places))
            move(self._beside, self._valued, places)

    def _renew(self, everywhere: AllWorking, names: Iterable[str]) -> None:
        """Take in what works in some accounts, in the place of what worked there."""
        accounts, found = [], []
        for name in names:
            row = self._book.row(name)
            if row >= 0:
                accounts.append(row)
                found.append(self._placement.of(name, row, everywhere.working(name)))
        if accounts:
            orders = found[0] if len(found) == 1 else np.concatenate(found)
            self._make_room(len(orders))
            put(self._beside, self._valued, np.array(accounts, dtype=np.int64), orders)

    def _make_room(self, more: int) -> None:
        needed = int(self._taken.state[PLACES]) + more
        if needed > self._room:
            self._room = 2 * needed
            self._beside, self._taken = enlarged(self._beside, self._room)
