"""Whose limits an order may touch: the account, its group and the firm, made ready once for all orders on a state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.compiled import Held
from engine.limit_figures import OwnerHoldings
from engine.limits import Level
from engine.passing import LEVELS, Bounded
from engine.passing_beside import Variations


class Owners:
    """An account and whom it belongs to, on one state of the desk.

    Args:
        account: Row of the account.
        holdings: Its own, its group's and the firm's, as far as they are asked about; at least one.

    Attributes:
        state: The desk.
        exposures: Of that state.
        bounded: The three by level, for compiled code; the first in the place of who is not asked about.
        present: bool [levels], who is.
        coding: Codes of the columns.
        desk: Positions and prices.
        nothing_known: No variations of the account.
        home: Column of the account's own currency.
    """

    def __init__(self, account: int, holdings: Sequence[tuple[Level, OwnerHoldings]]) -> None:
        self.account = account
        self.holdings = holdings
        first = holdings[0][1]
        self.state, self.exposures = first.state, first.exposures
        self.bounded: list[Held[Bounded]] = [first.for_kernels] * len(LEVELS)
        self.present = np.zeros(len(LEVELS), dtype=np.bool_)
        for level, each in holdings:
            self.bounded[LEVELS[level]], self.present[LEVELS[level]] = each.for_kernels, True
        self.coding = first.exposures.classification.coding
        self.desk = holdings[-1][1].priced
        figures = first.state.figures
        no_trades = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_), np.zeros((0, 0), dtype=np.int64)
        self.nothing_known = Variations(*no_trades, np.zeros((0, len(figures.currencies)), dtype=np.int64))
        self.home = figures.currencies.index(first.state.book.accounts[account].currency)
