"""What is known of a whole market: open interest and average daily volume, by dimension and name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.classification import Dimension
from engine.limits import Basis
from engine.numbers import NOT_COMPUTABLE, Integers

Statistics = Mapping[tuple[Dimension, str], int]
"""Contracts by dimension and name."""


class MarketStatistics:
    """Both, for whoever bounds positions by them.

    Args:
        open_interest: What is known of it.
        daily_volume: What is known of the average daily volume.
    """

    def __init__(self, open_interest: Statistics, daily_volume: Statistics) -> None:
        self._known = {Basis.OPEN_INTEREST: open_interest, Basis.DAILY_VOLUME: daily_volume}
        self._rows: dict[str, Integers] = {}

    def get(self, of: Basis, by: Dimension | None, name: str) -> int:
        """One figure, or `NOT_COMPUTABLE`."""
        return NOT_COMPUTABLE if by is None else self._known[of].get((by, name), NOT_COMPUTABLE)

    def rows(self, names: Mapping[Dimension, str]) -> Integers:
        """int64 [2, dimensions], open interest and then volume behind the names of a contract; found once for each."""
        contract = names[Dimension.CONTRACT]
        found = self._rows.get(contract)
        if found is None:
            each = [[self.get(of, by, names[by]) for by in Dimension] for of in self._known]
            found = self._rows[contract] = np.array(each, dtype=np.int64)
        return found
