"""Figures of several accounts together, node by node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.figures import AccountFigures, ratios
from engine.scenarios.results import Gap
from engine.valuation import Booleans


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over accounts, int64 [nodes] each; the names as `engine.scenarios.results.Measure` has them."""

    profit: Integers
    margin: Integers
    equity: Integers
    worth: Integers
    shortfall: Integers
    gaps: Integers

    @property
    def ratio(self) -> Integers:
        """int64 [nodes], ratio scale: margin / equity."""
        result: Integers = ratios(self.margin[None], self.equity[None])[0]
        return result

    @classmethod
    def nothing(cls, nodes: int) -> Total:
        """The sums over no accounts."""
        return cls(*(np.zeros(nodes, dtype=np.int64) for _ in range(6)))

    @classmethod
    def missing(cls, nodes: int, gaps: int) -> Total:
        """What cannot be computed at any node."""
        unknown = np.full(nodes, NOT_COMPUTABLE, dtype=np.int64)
        return cls(unknown, unknown, unknown, unknown, unknown, np.full(nodes, gaps, dtype=np.int64))

    @classmethod
    def of_one(cls, figures: AccountFigures) -> Total:
        """The figures of one account."""
        return cls(
            figures.profit[0],
            figures.margin[0],
            figures.equity[0],
            figures.worth[0],
            figures.shortfall[0],
            figures.gaps[0],
        )

    def plus(self, figures: AccountFigures, chosen: Booleans) -> Total:
        """With some accounts more, all of whose figures are computable."""
        gaps = self.gaps.copy()

        def added(total: Integers, part: Integers) -> Integers:
            # The size of a sum is looked at in floating point, where nothing overflows.
            size = np.abs(total.astype(np.float64)) + np.abs(part[chosen].astype(np.float64)).sum(axis=0)
            too_large = (size > 4.0e18) | (total == NOT_COMPUTABLE)
            gaps[too_large] |= int(Gap.TOO_LARGE)
            return np.where(too_large, NOT_COMPUTABLE, total + part[chosen].sum(axis=0))

        return Total(
            added(self.profit, figures.profit),
            added(self.margin, figures.margin),
            added(self.equity, figures.equity),
            added(self.worth, figures.worth),
            added(self.shortfall, figures.shortfall),
            gaps,
        )
