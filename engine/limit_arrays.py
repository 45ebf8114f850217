"""A question to the limits as arrays, for the kernel that finds what simply passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import numpy as np

from engine.compiled import Held
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_question import Leg, Subject
from engine.limit_trades import Sum, Trades
from engine.limits import Level
from engine.numbers import Integers
from engine.passing import LEVELS, Bounded, Situations, market_of, passing


class Arrays:
    """What is ordered, and its owners before and after: see `engine.limit_question.Question`.

    Args:
        legs: Contracts of the order, all of them classified.
        columns: Theirs.
        holdings: What the owners hold.
        subjects: The owners before and after the order, in the same order.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        columns: Sequence[int],
        holdings: Sequence[tuple[Level, OwnerHoldings]],
        subjects: Sequence[Subject],
    ) -> None:
        self._legs, self._columns = legs, columns
        self._holdings, self._subjects = holdings, subjects

    def figures(self, bounds: Integers, levels: Collection[Level]) -> list[list[list[int]]]:
        """For each leg and limit whether it simply passes, and the figures, as `engine.passing.passing` has them.

        Args:
            bounds: Of the limits.
            levels: Those that a limit bounds the margin ratio of.
        """
        (_, first), *_ = self._holdings
        owners: list[Held[Bounded]] = [first.for_kernels] * len(LEVELS)
        for level, each in self._holdings:
            owners[LEVELS[level]] = each.for_kernels
        account, group, firm = owners
        coding = first.exposures.classification.coding
        known, situations = tuple(first.statistics.values()), self._situations(levels)
        found = []
        for leg, column in zip(self._legs, self._columns, strict=True):
            market = np.array(market_of(leg.names, known), dtype=np.int64)
            found.append(passing(bounds, column, market, account, group, firm, coding, situations).tolist())
        return found

    def _situations(self, levels: Collection[Level]) -> Situations:
        ways = [[0, 0] for _ in LEVELS]
        each: list[tuple[int, ...]] = []
        changes: list[tuple[int, ...]] = []
        requirements = [np.zeros(len(self._holdings[0][1].state.figures.currencies), dtype=np.int64)]
        # The same trades are the same object for all owners.
        runs: dict[Trades | None, tuple[int, int]] = {None: (0, 0)}
        required: dict[Trades | None, int] = {None: 0}
        for subject in self._subjects:
            ways[LEVELS[subject.level]] = [len(each), len(subject.after)]
            for figures in cast("tuple[OwnerFigures, ...]", (*subject.before, *subject.after)):
                trades = figures.trades
                if trades is not None and trades not in runs:
                    first = len(changes)
                    changes += [(column, *sums) for column, sums in trades.changes.items()]
                    runs[trades] = first, len(changes)
                if trades is not None and trades not in required and subject.level in levels:
                    needed = trades.requirement()
                    required[trades] = -1 if needed is None else len(requirements)
                    requirements += [] if needed is None else [needed]
                each.append((*runs[trades], required.get(trades, -1), figures.equity))
        return Situations(
            np.array(ways, dtype=np.int64),
            np.array(each, dtype=np.int64).reshape(-1, 4),
            np.array(changes, dtype=np.int64).reshape(-1, 1 + len(Sum._fields)),
            np.array(requirements, dtype=np.int64),
        )


def are_classified(columns: Sequence[int], subjects: Sequence[Subject], width: int) -> bool:
    """Whether everything that is traded has codes: ``width`` columns have."""
    traded = (
        column
        for subject in subjects
        for figures in cast("tuple[OwnerFigures, ...]", subject.after)
        for column in figures.changes
    )
    return max((*columns, *traded), default=0) < width
