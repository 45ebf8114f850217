"""Finds names by parts of them, a hundred thousand between two keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PARTING = str.maketrans("-:/_.", "     ")
"""Signs that words begin after, as after a space."""
MOST_FUZZY = 20_000
"""Names looked at letter by letter: beyond that too little is typed to mean one of them."""

EXACT, BEGINS, WORD, INSIDE, INITIALS, SCATTERED = range(6)
"""How well a name fits, best first: it is what is typed, begins with it, has words that begin with the typed ones, has
them inside, has words whose initials are the typed letters, has the typed letters in their order."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name that fits: its row, and how well."""

    fit: int
    row: int


class NameSearch:
    """Which of many names a person means while typing. Immutable once made; any thread may search.

    Args:
        names: Where to look; kept as `names`.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._folded = [name.casefold() for name in names]
        self._spaced = [f" {name}".translate(PARTING) for name in self._folded]
        self._letters = _letters(self._folded)

    def __len__(self) -> int:
        return len(self.names)

    def find(self, typed: str, limit: int) -> list[Found]:
        """The names that fit best, best first, and of equal fit in the order given; none where nothing is typed.

        Every typed word must be in the name, wherever; where fewer than ``limit`` names are so, those follow that have
        all typed letters in their order (``mm2`` is Meridian Macro 2).
        """
        words = typed.casefold().split()
        if not words or limit < 1:
            return []
        rows = self._with_letters("".join(words))
        for word in words:
            folded = self._folded
            rows = [row for row in rows if word in folded[row]]
        found = self._begin_or_contain(rows, words, limit)
        if len(found) < limit:
            found += self._scattered("".join(words), set(rows), limit - len(found))
        return found

    def _with_letters(self, letters: str) -> list[int]:
        wanted = _letters([letters])[0]
        rows: list[int] = np.flatnonzero((self._letters & wanted) == wanted).tolist()
        return rows

    def _begin_or_contain(self, rows: list[int], words: list[str], limit: int) -> list[Found]:
        """Tier by tier, and no further than is needed: a single letter fits nearly every name."""
        folded, spaced, whole = self._folded, self._spaced, " ".join(words)
        found = [Found(EXACT, row) for row in rows if folded[row] == whole][:limit]
        taken = {one.row for one in found}
        starts = [f" {word}" for word in words]
        tiers: tuple[tuple[int, Callable[[int], bool]], ...] = (
            (BEGINS, lambda row: folded[row].startswith(whole)),
            (WORD, lambda row: all(start in spaced[row] for start in starts)),
            (INSIDE, lambda _row: True),
        )
        for fit, fits in tiers:
            for row in rows:
                if len(found) == limit:
                    return found
                if row not in taken and fits(row):
                    taken.add(row)
                    found.append(Found(fit, row))
        return found

    def _scattered(self, letters: str, found: set[int], limit: int) -> list[Found]:
        initials: list[Found] = []
        scattered: list[Found] = []
        for row in self._with_letters(letters)[:MOST_FUZZY]:
            if row in found or not _has_in_order(self._folded[row], letters):
                continue
            if letters in "".join(word[0] for word in self._spaced[row].split()):
                initials.append(Found(INITIALS, row))
                if len(initials) == limit:
                    break
            elif len(scattered) < limit:
                scattered.append(Found(SCATTERED, row))
        return (initials + scattered)[:limit]


def _letters(names: Sequence[str]) -> npt.NDArray[np.uint64]:
    """uint64, one bit a letter (its code modulo 64): what a name lacks is told without reading it."""
    if not any(names):
        return np.zeros(len(names), dtype=np.uint64)
    codes = np.array(names).view(np.uint32).reshape(len(names), -1)
    # Spaces and the zeros that fill up short names share bit 0 with what is hardly ever typed.
    bits = np.where((codes == 0) | (codes == 32), np.uint64(0), np.uint64(1) << (codes % 64).astype(np.uint64))
    letters: npt.NDArray[np.uint64] = np.bitwise_or.reduce(bits, axis=1)
    return letters


def _has_in_order(name: str, letters: str) -> bool:
    place = 0
    for letter in letters:
        place = name.find(letter, place) + 1
        if not place:
            return False
    return True
