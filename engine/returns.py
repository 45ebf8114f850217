"""Returns of products: given as data, or collected from the prices of a running desk. Statistics, and so floats."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DAY: Final = 86_400 * 10**9
"""Nanoseconds: prices that are collected move around the clock."""
STEP: Final = 10 * 10**9
"""Nanoseconds between two prices of a product that are collected."""
KEPT: Final = 2_160
"""Returns kept of each product: six hours of them."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns of products over periods of one length.

    Attributes:
        products: Names, as `Classification` has them.
        values: float64 [periods, products], the oldest first; NaN where one is missing.
        days: Length of a period.
    """

    products: tuple[str, ...]
    values: Floats
    days: float

    @classmethod
    def none(cls) -> Returns:
        """Where nothing is known."""
        return cls((), np.zeros((0, 0)), 1.0)


class ReturnHistory:
    """Returns of every product collected from prices, one each `STEP`. Kept by one thread."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._returns: deque[dict[str, float]] = deque(maxlen=KEPT)
        self._due = 0

    def is_due(self, now: int) -> bool:
        """Whether it is time to take prices in; ``now`` in monotonic nanoseconds."""
        return now >= self._due

    def observe(self, now: int, prices: Mapping[str, float]) -> bool:
        """Take prices in where it is time; whether it was.

        Args:
            now: Monotonic nanoseconds.
            prices: Of products whose price is fresh and above 0.
        """
        if now < self._due:
            return False
        # After a pause the move since the last price is not one of a step.
        if self._last and now - self._due < STEP:
            last = self._last
            self._returns.append({name: price / last[name] - 1 for name, price in prices.items() if name in last})
        self._last, self._due = dict(prices), now + STEP
        return True

    def returns(self) -> Returns:
        """All that is kept."""
        names = tuple(dict.fromkeys(name for each in self._returns for name in each))
        values = np.array([[each.get(name, np.nan) for name in names] for each in self._returns], dtype=np.float64)
        return Returns(names, values.reshape(len(self._returns), len(names)), STEP / DAY)
