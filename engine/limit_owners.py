"""Whose limits an order may touch: the account, its group and the firm, made ready once for all orders on a state."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from engine.bounded import Bounded, Limited, limited
from engine.compiled import Held
from engine.decision import Figures
from engine.limit_check import AtOnce
from engine.limit_figures import OwnerHoldings
from engine.limits import Level
from engine.numbers import Integers
from engine.passing import LEVELS, Bounds
from engine.passing_beside import Variations
from engine.span.trades import Summed
from engine.what_if import figures_of


class Owners:
    """An account and whom it belongs to, on one state of the desk.

    Args:
        account: Row of the account.
        holdings: Its own, its group's and the firm's, as far as they are asked about; at least one.

    Attributes:
        desk: The state.
        home: Which of the desk's currencies is the account's own.
        plain: What `engine.desk_limits.StateLimits.at_once` says of an order of one contract, where it says the same of
            any; None until it was asked.
    """

    def __init__(self, account: int, holdings: Sequence[tuple[Level, OwnerHoldings]]) -> None:
        self.account = account
        self.holdings = holdings
        self.desk = holdings[0][1].desk
        state = self.desk.state
        self.home = state.figures.currencies.index(state.book.accounts[account].currency)
        self.plain: tuple[AtOnce, Integers] | None = None
        self._limited: tuple[Bounds, Held[Limited]] | None = None

    def limited(self, bounds: Bounds) -> Held[Limited]:
        """They and the limits on them, for compiled code."""
        if self._limited is None or self._limited[0] is not bounds:
            present = np.zeros(len(LEVELS), dtype=np.bool_)
            who: list[Held[Bounded] | None] = [None] * len(LEVELS)
            for level, each in self.holdings:
                who[LEVELS[level]], present[LEVELS[level]] = each.for_kernels(level, bounds), True
            # The first stands in the place of who is not asked about.
            first = next(each for each in who if each is not None)
            account, group, firm = (each or first for each in who)
            limits = limited(bounds.each, bounds.margins, present, account, group, firm, self.desk.valued)
            self._limited = bounds, limits
        return self._limited[1]

    @property
    def are_several(self) -> bool:
        """Whether anybody but the account itself is asked about."""
        return len(self.holdings) > 1

    @cached_property
    def summed(self) -> Held[Summed] | None:
        """The account's positions, as its margin is computed from them; None where there is no table."""
        prepared = self.desk.state.prepare(self.account)
        return prepared.after.account if prepared is not None else None

    @cached_property
    def figures(self) -> Figures:
        """Of the account in its own currency."""
        accounts, row = self.desk.state.accounts, self.account
        return figures_of(int(accounts.equity[row]), int(accounts.margin[row]))

    @property
    def nothing_known(self) -> Variations:
        """No variations of the account."""
        nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), np.zeros((0, 0), dtype=np.int64)
        return Variations(*nothing, np.zeros((0, len(self.desk.state.figures.currencies)), dtype=np.int64))
