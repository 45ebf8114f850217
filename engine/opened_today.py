"""What of each position was opened today, beside the positions: some exchanges have it closed apart, at other fees.

Today is the trading day as the exchange counts it; a night session belongs to the day that follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.numbers import Integers

Counts = npt.NDArray[np.int32]
Today: TypeAlias = "tuple[int, int] | None"
"""Contracts of the long and of the short side that were opened today; None where nobody tells."""
ASKING: Final = frozenset({"SHFE", "INE", "XSGE", "XINE"})
"""Exchanges that want today's and earlier positions closed by orders of different effect, by their own codes and by
those of ISO 10383."""
PAGE: Final = 4_096
"""Positions whose counts are copied together when one of them changes."""
UNKNOWN: Final = -1
NOTHING: Final = (UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class TodaySnapshot:
    """The counts at one moment; never changes.

    Attributes:
        pages: int32 [2, `PAGE` or fewer] each, `UNKNOWN` where nobody tells; none at all where nobody ever told.
    """

    pages: tuple[Counts, ...] = ()

    def of(self, slot: int) -> Today:
        """The counts of a position; None where they are not told."""
        page, place = divmod(slot, PAGE)
        if not 0 <= page < len(self.pages) or self.pages[page][0, place] == UNKNOWN:
            return None
        long, short = self.pages[page][:, place].tolist()
        return long, short


class OpenedToday:
    """A long and a short count of each position, in the positions' order. Kept by one thread.

    A snapshot costs next to nothing, however large the book: it shares all pages, and a page is copied when a count in
    it changes for the first time afterwards.

    Args:
        counts: int32 [2, positions].
        tells: Whether anybody has told anything.
    """

    def __init__(self, counts: Counts | None = None, *, tells: bool = False) -> None:
        self._tells = tells
        self._cut(np.zeros((2, 0), dtype=np.int32) if counts is None else counts)

    def put(self, slot: int, today: Today) -> None:
        """Replace the counts of a position."""
        if today is None and not self._tells:
            return
        self._tells = True
        page, place = divmod(slot, PAGE)
        if page in self._shared:
            self._pages[page] = self._pages[page].copy()
            self._shared.discard(page)
        self._pages[page][:, place] = NOTHING if today is None else today

    def merge(self, added: Iterable[tuple[int, int]], count: int, order: Integers) -> None:
        """Append the counts of ``count`` new positions, `NOTHING` where not told, then bring all into ``order``."""
        fresh = np.fromiter((each for pair in added for each in pair), dtype=np.int32, count=2 * count)
        self._tells |= bool((fresh != UNKNOWN).any())
        self._cut(np.concatenate((*self._pages, fresh.reshape(-1, 2).T), axis=1)[:, order])

    def taken(self, order: Integers) -> OpenedToday:
        """Those of some positions, as a thing of its own."""
        return OpenedToday(np.concatenate(self._pages, axis=1)[:, order], tells=self._tells)

    def snapshot(self) -> TodaySnapshot:
        """The counts as of now."""
        if not self._tells:
            return TodaySnapshot()
        self._shared.update(range(len(self._pages)))
        return TodaySnapshot(tuple(self._pages))

    def _cut(self, counts: Counts) -> None:
        starts = range(0, max(1, counts.shape[1]), PAGE)
        self._pages = [np.ascontiguousarray(counts[:, start : start + PAGE]) for start in starts]
        self._shared: set[int] = set()
