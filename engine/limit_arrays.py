"""A question to the limits as arrays, for the kernel that finds what simply passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, cast

import numpy as np

from engine.compiled import Held
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_question import Leg, Subject
from engine.limit_trades import Place, Sum, exact, requirement_changes
from engine.limits import Level
from engine.numbers import Integers
from engine.passing import LEVELS, Bounded, Situations, market_of, passing
from engine.waiting import ways_of

NO_TRADES: Final[Integers] = np.zeros((0, 4), dtype=np.int64)


class Arrays:
    """What is ordered, and its owners before and after: see `engine.limit_question.Question`.

    Args:
        legs: Contracts of the order.
        new: Where they are, and how many; all classified, as are those that work.
        waiting: Likewise of working orders.
        together: Whether the order fills all or none.
        holdings: What the owners hold.
        subjects: The owners before and after the order, in the same order.
        requirement: int64 [currencies of the desk], money scale: how much more is required for all of the order and
            nothing else, where that is known.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        new: Sequence[tuple[Place, int]],
        waiting: Sequence[tuple[Place, int]],
        together: bool,
        holdings: Sequence[tuple[Level, OwnerHoldings]],
        subjects: Sequence[Subject],
        requirement: Integers | None,
    ) -> None:
        self._legs, self._new, self._waiting, self._together = legs, new, waiting, together
        self._holdings, self._subjects, self._requirement = holdings, subjects, requirement

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
        if not self._waiting and (self._together or len(self._new) == 1):
            return self._alone(levels)
        ways = [[0, 0] for _ in LEVELS]
        each: list[tuple[int, ...]] = []
        changes: list[tuple[int, ...]] = []
        requirements = [np.zeros(len(self._holdings[0][1].state.figures.currencies), dtype=np.int64)]
        at_once: list[tuple[Level, OwnerHoldings]] = []
        for (level, owner), subject in zip(self._holdings, self._subjects, strict=True):
            if self._waiting and (level not in levels or level is Level.ACCOUNT):
                at_once.append((level, owner))
                continue
            ways[LEVELS[level]] = [len(each), len(subject.after)]
            _one_by_one(subject, level in levels, each, changes, requirements)
        found = Situations(
            np.array(ways, dtype=np.int64),
            np.array(each, dtype=np.int64).reshape(-1, 4),
            np.array(changes, dtype=np.int64).reshape(-1, 1 + len(Sum._fields)),
            np.array(requirements, dtype=np.int64),
        )
        return self._with_ways(found, at_once, levels) if at_once else found

    def _alone(self, levels: Collection[Level]) -> Situations:
        """Situations where nothing works, so that there is one way, and it changes the same for all owners."""
        desk, mask = self._holdings[-1][1].priced, self._holdings[0][1].mask
        (_, (_, last, left)), moved, _, _ = ways_of(desk, mask, NO_TRADES, _rows(self._new), True, 0)
        ways = [[0, 0] for _ in LEVELS]
        each: list[tuple[int, int, int, int]] = []
        required = self._requirement
        if required is None and levels:
            trades = cast("OwnerFigures", self._subjects[0].after[0]).trades
            required = trades.requirement() if trades is not None else None
        for level, owner in self._holdings:
            ways[LEVELS[level]] = [len(each), 1]
            equity, row = owner.equity, -1 if required is None else 1
            each += [(0, 0, 0, equity), (0, last, row, exact(equity, left))]
        nothing = np.zeros(len(self._holdings[0][1].state.figures.currencies), dtype=np.int64)
        requirements = np.array([nothing] if required is None else [nothing, required], dtype=np.int64)
        return Situations(np.array(ways, dtype=np.int64), np.array(each, dtype=np.int64), moved, requirements)

    def _with_ways(
        self, found: Situations, owners: Sequence[tuple[Level, OwnerHoldings]], levels: Collection[Level]
    ) -> Situations:
        """With those of single accounts, and of owners whose margin nobody asks for: ways need no look one by one."""
        new, waiting, each, changes = _rows(self._new), _rows(self._waiting), [found.each], [found.changes]
        requirements = list(found.requirements)
        start, used = len(found.each), len(found.changes)
        for level, owner in owners:
            desk = owners[-1][1].priced
            runs, moved, traded, each_way = ways_of(desk, owner.mask, waiting, new, self._together, owner.equity)
            situations = np.full((len(runs), 4), -1, dtype=np.int64)
            if level in levels:
                places = [Place(*place) for place in traded.tolist()]
                for number, needed in enumerate(requirement_changes(owner.state, places, each_way)):
                    if needed is not None:
                        situations[number, 2] = len(requirements)
                        requirements.append(needed)
            situations[:, :2], situations[:, 3] = runs[:, :2] + used, runs[:, 2]
            found.ways[LEVELS[level]] = start, len(runs) // 2
            start, used = start + len(runs), used + len(moved)
            each.append(situations)
            changes.append(moved)
        return Situations(found.ways, np.concatenate(each), np.concatenate(changes), np.array(requirements))


def _rows(trades: Sequence[tuple[Place, int]]) -> Integers:
    """int64 [trades, 4], as `engine.waiting.ways_of` takes them."""
    return np.array([(*place, quantity) for place, quantity in trades], dtype=np.int64).reshape(-1, 4)


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
        each.append((first, len(changes), row, figures.equity))
