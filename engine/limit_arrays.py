"""A question to the limits as arrays, for the kernel that finds what simply passes."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final, cast

import numpy as np

from engine.compiled import Held
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_question import Leg, Subject
from engine.limit_trades import Sum
from engine.limits import Level
from engine.numbers import Integers
from engine.passing import LEVELS, Bounded, Situations, market_of, passing, passing_beside
from engine.waiting import ACCOUNT, COLUMN

ONLY_ACCOUNT: Final = frozenset({Level.ACCOUNT})


class Arrays:
    """What is ordered, and its owners before and after: see `engine.limit_question.Question`.

    Args:
        legs: Contracts of the order.
        new: int64 [legs, 4], where they are and how many, see `engine.waiting`; all classified, as are those that work.
        waiting: int64 [orders, 4], likewise of working orders.
        together: Whether the order fills all or none.
        holdings: What the owners hold.
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
        holdings: Sequence[tuple[Level, OwnerHoldings]],
        subjects: Sequence[Subject],
        requirement: Integers | None,
    ) -> None:
        self._legs, self._new, self._waiting, self._together = legs, new, waiting, together
        self._holdings, self._subjects, self._requirement = holdings, subjects, requirement
        self._found: tuple[Integers, Integers] | None = None

    def figures(self, bounds: Integers, levels: AbstractSet[Level]) -> Integers:
        """int64 [legs, limits, 5]: whether a limit simply passes, and figures, as `engine.passing.passing` has them.

        Args:
            bounds: Of the limits.
            levels: Those that a limit bounds the margin ratio of.
        """
        if self._found is None or self._found[0] is not bounds:
            # Whoever reads the results in full asks for the same figures again.
            self._found = bounds, self._find(bounds, levels)
        return self._found[1]

    def _find(self, bounds: Integers, levels: AbstractSet[Level]) -> Integers:
        _, first = self._holdings[0]
        state, account = first.state, int(self._new[0, ACCOUNT])
        prepared, alone = state.prepare(account), not len(self._waiting)
        if prepared is None or not (alone or levels <= ONLY_ACCOUNT):
            return self._one_after_the_other(bounds, levels)
        asked = {level for level, _ in self._holdings}
        known = self._requirement if alone and (self._together or len(self._new) == 1) else None
        own, group, firm = self._owners
        found: Integers = passing_beside(
            bounds,
            self._markets,
            own,
            group,
            firm,
            np.array([level in asked for level in LEVELS]),
            np.array([level in levels for level in LEVELS]),
            first.exposures.classification.coding,
            self._holdings[-1][1].priced,
            self._waiting,
            self._new,
            self._together,
            state.figures.requirement[:0] if known is None else known[np.newaxis],
            prepared.after.layout,
            prepared.after.account,
            state.money,
            prepared.table.usable,
            state.figures.currencies.index(state.book.accounts[account].currency),
        )
        return found

    def _one_after_the_other(self, bounds: Integers, levels: AbstractSet[Level]) -> Integers:
        """Likewise where the margin of a group or the firm is a matter of several accounts, or of none at all."""
        ways = np.zeros((len(LEVELS), 2), dtype=np.int64)
        each: list[tuple[int, ...]] = []
        changes: list[tuple[int, ...]] = []
        requirements = [np.zeros(len(self._holdings[0][1].state.figures.currencies), dtype=np.int64)]
        for (level, _), subject in zip(self._holdings, self._subjects, strict=True):
            ways[LEVELS[level]] = len(each), len(subject.after)
            _one_by_one(subject, level in levels, each, changes, requirements)
        situations = Situations(
            ways,
            np.array(each, dtype=np.int64).reshape(-1, 4),
            np.array(changes, dtype=np.int64).reshape(-1, 1 + len(Sum._fields)),
            np.array(requirements, dtype=np.int64),
        )
        account, group, firm = self._owners
        coding = self._holdings[0][1].exposures.classification.coding
        columns = self._new[:, COLUMN].tolist()
        found = (
            passing(bounds, column, market, account, group, firm, coding, situations)
            for column, market in zip(columns, self._markets, strict=True)
        )
        return np.array(list(found), dtype=np.int64)

    @property
    def _owners(self) -> list[Held[Bounded]]:
        """By level; the account in the place of who is not asked about."""
        owners: list[Held[Bounded]] = [self._holdings[0][1].for_kernels] * len(LEVELS)
        for level, each in self._holdings:
            owners[LEVELS[level]] = each.for_kernels
        return owners

    @property
    def _markets(self) -> Integers:
        """int64 [legs, 2, dimensions], as `engine.passing.market_of` has them."""
        known = tuple(self._holdings[0][1].statistics.values())
        return np.array([market_of(leg.names, known) for leg in self._legs], dtype=np.int64)


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
