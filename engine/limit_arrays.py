"""A question to the limits as arrays, for the kernel that finds what simply passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from engine.beside import FIGURES, Beside, listed
from engine.bounded import Limited
from engine.compiled import Held
from engine.limit_figures import OwnerFigures
from engine.limit_owners import Owners
from engine.limit_question import Leg, Subject
from engine.limit_trades import Sum
from engine.numbers import Integers
from engine.passing import LEVELS, Bounds, Situations, passing
from engine.passing_beside import Variations, passing_beside
from engine.waiting import COLUMN, NONE, QUANTITY, SIDE, WAYS


class Arrays:
    """What is ordered, and its owners before and after: see `engine.limit_question.Question`.

    Args:
        legs: Contracts of the order.
        new: int64 [legs, 4], where they are and how many, see `engine.waiting`; all classified, as are those that work.
        waiting: int64 [orders, 4], likewise of working orders.
        together: Whether the order fills all or none.
        owners: Whose limits it may touch.
        subjects: The owners before and after the order, in the same order.
        requirement: int64 [currencies of the desk], money scale: how much more is required for all of the order and
            nothing else, where that is known.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        new: Integers,
        waiting: Integers,
        together: bool,
        owners: Owners,
        subjects: Sequence[Subject],
        requirement: Integers | None,
    ) -> None:
        self._legs, self._new, self._waiting, self._together = legs, new, waiting, together
        self._owners, self._subjects, self._requirement = owners, subjects, requirement
        self._found: tuple[Bounds, Integers] | None = None

    def figures(self, bounds: Bounds) -> Integers:
        """int64 [legs, limits, 5]: whether a limit simply passes, and figures, as `engine.passing.passing` has them."""
        if self._found is None or self._found[0] is not bounds:
            # Whoever reads the results in full asks for the same figures again.
            self._found = bounds, self._find(bounds)
        return self._found[1]

    def _find(self, bounds: Bounds) -> Integers:
        owners, alone = self._owners, not len(self._waiting)
        limited, summed = owners.limited(bounds), owners.summed
        if summed is None or not (alone or not bounds.margins[1:].any()):
            return self._one_after_the_other(limited, bounds)
        known = owners.nothing_known
        if self._requirement is not None and alone:
            required = np.array((np.zeros_like(self._requirement), self._requirement))
            columns, quantities = (np.ascontiguousarray(self._new[:, each]) for each in (COLUMN, QUANTITY))
            known = Variations(columns, self._new[:, SIDE] < 0, quantities[np.newaxis], required)
        found: Integers = passing_beside(
            limited,
            summed,
            owners.account,
            owners.home,
            self._markets,
            self._beside,
            self._new,
            self._together,
            known,
            briefly=False,
        )
        return found

    def _one_after_the_other(self, limited: Held[Limited], bounds: Bounds) -> Integers:
        """Likewise where the margin of a group or the firm is a matter of several accounts, or of none at all."""
        ways = np.zeros((len(LEVELS), 2), dtype=np.int64)
        each: list[tuple[int, ...]] = []
        changes: list[tuple[int, ...]] = []
        requirements = [np.zeros(self._owners.nothing_known.requirement.shape[1], dtype=np.int64)]
        for subject in self._subjects:
            level = LEVELS[subject.level]
            ways[level] = len(each), len(subject.after)
            _one_by_one(subject, bool(bounds.margins[level]), each, changes, requirements)
        situations = Situations(
            ways,
            np.array(each, dtype=np.int64).reshape(-1, 5),
            np.array(changes, dtype=np.int64).reshape(-1, 1 + len(Sum._fields)),
            np.array(requirements, dtype=np.int64),
        )
        columns = self._new[:, COLUMN].tolist()
        beside, in_column = self._beside, np.zeros((WAYS, FIGURES), dtype=np.int64)
        found = np.empty((len(columns), len(bounds.each), 5), dtype=np.int64)
        for column, market, result in zip(columns, self._markets, found, strict=True):
            passing(limited, column, market, situations, beside, in_column, result)
        return found

    @property
    def _beside(self) -> Held[Beside]:
        """The working orders, one after the other."""
        return listed(self._waiting, self._owners.desk.exposures.classification.coding)

    @property
    def _markets(self) -> Integers:
        """int64 [legs, 2, dimensions], open interest and average daily volume."""
        known = self._owners.desk.statistics
        if len(self._legs) == 1:
            return known.rows(self._legs[0].names)[np.newaxis]
        return np.array([known.rows(leg.names) for leg in self._legs], dtype=np.int64)


def _one_by_one(
    subject: Subject,
    with_margin: bool,
    each: list[tuple[int, ...]],
    changes: list[tuple[int, ...]],
    requirements: list[Integers],
) -> None:
    """Add the situations of one owner, their changes and what these require, from its figures."""
    every = cast("tuple[OwnerFigures, ...]", (*subject.before, *subject.after))
    for figures in every:
        trades, first, row = figures.trades, len(changes), -1
        needed = requirements[0] if trades is None else trades.requirement() if with_margin else None
        if needed is not None:
            row = 0 if trades is None else len(requirements)
            requirements += [] if trades is None else [needed]
        changes += [(column, *sums) for column, sums in figures.changes.items()]
        each.append((first, len(changes), row, figures.equity, NONE))
