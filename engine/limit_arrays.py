"""A question to the limits as arrays, for the kernel that finds what simply passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import numpy as np

from engine.compiled import Held
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_question import Leg, Subject
from engine.limit_trades import Place, Sum
from engine.limits import Level
from engine.numbers import Integers
from engine.passing import LEVELS, Bounded, Situations, market_of, passing
from engine.waiting import ways_of


class Arrays:
    """What is ordered, and its owners before and after: see `engine.limit_question.Question`.

    Args:
        legs: Contracts of the order.
        new: Where they are, and how many; all classified, as are those that work.
        waiting: Likewise of working orders.
        together: Whether the order fills all or none.
        holdings: What the owners hold.
        subjects: The owners before and after the order, in the same order.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        new: Sequence[tuple[Place, int]],
        waiting: Sequence[tuple[Place, int]],
        together: bool,
        holdings: Sequence[tuple[Level, OwnerHoldings]],
        subjects: Sequence[Subject],
    ) -> None:
        self._legs, self._new, self._waiting, self._together = legs, new, waiting, together
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
        for leg, (place, _) in zip(self._legs, self._new, strict=True):
            market = np.array(market_of(leg.names, known), dtype=np.int64)
            found.append(passing(bounds, place.column, market, account, group, firm, coding, situations).tolist())
        return found

    def _situations(self, levels: Collection[Level]) -> Situations:
        ways = np.zeros((len(LEVELS), 2), dtype=np.int64)
        each: list[Integers] = []
        changes: list[Integers] = []
        requirements = [np.zeros(len(self._holdings[0][1].state.figures.currencies), dtype=np.int64)]
        rows = _rows(self._new), _rows(self._waiting)
        start = used = 0
        for (level, owner), subject in zip(self._holdings, self._subjects, strict=True):
            if self._waiting and level not in levels:
                desk = self._holdings[-1][1].priced
                runs, moved = ways_of(desk, owner.mask, rows[1], rows[0], self._together, owner.equity)
                found = np.full((len(runs), 4), -1, dtype=np.int64)
                found[:, :2], found[:, 3] = runs[:, :2], runs[:, 2]
            else:
                found, moved = _one_by_one(subject, level in levels, requirements)
            found[:, :2] += used
            ways[LEVELS[level]] = start, len(found) // 2
            start, used = start + len(found), used + len(moved)
            each.append(found)
            changes.append(moved)
        return Situations(ways, np.concatenate(each), np.concatenate(changes), np.array(requirements, dtype=np.int64))


def _rows(trades: Sequence[tuple[Place, int]]) -> Integers:
    """int64 [trades, 4], as `engine.waiting.ways_of` takes them."""
    return np.array([(*place, quantity) for place, quantity in trades], dtype=np.int64).reshape(-1, 4)


def _one_by_one(subject: Subject, with_margin: bool, requirements: list[Integers]) -> tuple[Integers, Integers]:
    """The situations of one owner and their changes, from its figures; what trades require is added at the end."""
    each: list[tuple[int, ...]] = []
    changes: list[tuple[int, ...]] = []
    for figures in cast("tuple[OwnerFigures, ...]", (*subject.before, *subject.after)):
        trades, first, row = figures.trades, len(changes), -1
        needed = requirements[0] if trades is None else trades.requirement() if with_margin else None
        if needed is not None:
            row = 0 if trades is None else len(requirements)
            requirements += [] if trades is None else [needed]
        changes += [(column, *sums) for column, sums in figures.changes.items()]
        each.append((first, len(changes), row, figures.equity))
    moved = np.array(changes, dtype=np.int64).reshape(-1, 1 + len(Sum._fields))
    return np.array(each, dtype=np.int64), moved
