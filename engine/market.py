"""Latest price of every contract and its age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.column_map import ColumnMap
from engine.instruments import Universe
from engine.numbers import NOT_COMPUTABLE, Integers


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by column at one moment.

    Attributes:
        price: int64 [columns], price scale; `NOT_COMPUTABLE` where no quote has arrived.
        received: int64 [columns], monotonic nanoseconds of arrival, 0 where none.
        source: int64 [columns], wall nanoseconds the source gave it, 0 where none.
    """

    price: Integers
    received: Integers
    source: Integers

    def fresh(self, monotonic: int, wall: int, limit: int) -> npt.NDArray[np.bool_]:
        """Which prices are no older than ``limit`` nanoseconds, both since arrival and by the source's own time."""
        fresh: npt.NDArray[np.bool_] = self.price != NOT_COMPUTABLE
        fresh &= (monotonic - self.received <= limit) & (wall - self.source <= limit)
        return fresh


@dataclass(frozen=True, slots=True)
class Depth:
    """Best bids and offers by column at one moment.

    Attributes:
        bid: int64 [columns], price scale; `NOT_COMPUTABLE` where there is none.
        ask: int64 [columns], likewise.
        bid_quantity: int64 [columns], contracts wanted at the bid.
        ask_quantity: int64 [columns], contracts offered at the ask.
    """

    bid: Integers
    ask: Integers
    bid_quantity: Integers
    ask_quantity: Integers

    @classmethod
    def unknown(cls, columns: int) -> Depth:
        """Of a market nobody has quoted."""
        nothing, none = np.full(columns, NOT_COMPUTABLE, dtype=np.int64), np.zeros(columns, dtype=np.int64)
        return cls(nothing, nothing, none, none)


class MarketBook:
    """The newest quote of each contract; an older source time never replaces a newer one. Kept by one thread."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.version = 0
        size = len(universe)
        self._price = np.full(size, NOT_COMPUTABLE, dtype=np.int64)
        self._received = np.zeros(size, dtype=np.int64)
        self._source = np.zeros(size, dtype=np.int64)
        self._depth = _no_depth(size)

    def apply(
        self,
        column: int,
        price: int,
        source: int,
        received: int,
        depth: tuple[int, int, int, int] = (NOT_COMPUTABLE, NOT_COMPUTABLE, 0, 0),
    ) -> bool:
        """Take a quote in; False where a newer one is already here.

        Args:
            column: Column of the contract.
            price: Price scale.
            source: Wall nanoseconds at the source.
            received: Monotonic nanoseconds of arrival.
            depth: Best bid and offer, and the contracts at each, as `Depth` has them.
        """
        if column >= len(self._price):
            self._grow()
        if source < self._source[column]:
            return False
        self._price[column] = price
        self._source[column] = source
        self._received[column] = received
        self._depth[column] = depth
        self.version += 1
        return True

    def snapshot(self) -> Prices:
        """A frozen copy of all prices."""
        if len(self._price) < len(self.universe):
            self._grow()
        return Prices(self._price.copy(), self._received.copy(), self._source.copy())

    def depth(self) -> Depth:
        """A frozen copy of best bids and offers; made when asked for, as few figures need them."""
        if len(self._price) < len(self.universe):
            self._grow()
        return Depth(*np.ascontiguousarray(self._depth.T))

    def remapped(self, columns: ColumnMap) -> MarketBook:
        """The same quotes by the columns of another universe; this book stays as it is.

        Call it after `PositionBook.remapped`: a quote of what is neither listed nor held by then is left behind.
        """
        book = MarketBook(columns.after)
        places = columns.known(np.arange(len(self._price)))
        kept = np.flatnonzero((self._price != NOT_COMPUTABLE) & (places >= 0))
        for mine, theirs in (
            (self._price, book._price),
            (self._source, book._source),
            (self._received, book._received),
            (self._depth, book._depth),
        ):
            theirs[places[kept]] = mine[kept]
        book.version = self.version + 1
        return book

    def _grow(self) -> None:
        missing = len(self.universe) - len(self._price)
        self._price = np.concatenate((self._price, np.full(missing, NOT_COMPUTABLE, dtype=np.int64)))
        self._received = np.concatenate((self._received, np.zeros(missing, dtype=np.int64)))
        self._source = np.concatenate((self._source, np.zeros(missing, dtype=np.int64)))
        self._depth = np.concatenate((self._depth, _no_depth(missing)))


def _no_depth(columns: int) -> Integers:
    """int64 [columns, 4], as `Depth` has the figures of one contract."""
    depth = np.zeros((columns, 4), dtype=np.int64)
    depth[:, :2] = NOT_COMPUTABLE
    return depth
