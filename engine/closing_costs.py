"""What closing what owners hold costs against the quoted depth, with trades in their positions."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.classification import Dimension
from engine.concentration_kernels import sums_by_code
from engine.exposures import Exposures
from engine.limit_trades import Trades, exact
from engine.liquidity import Closing, Quoted
from engine.market import Depth
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.state import DeskState


class ClosingCosts:
    """The costs on one state of the desk; found when they are first asked for.

    Args:
        state: The desk.
        exposures: Of that state; their currency is that of the costs.
        depth: Bids and offers at that moment.
    """

    def __init__(self, state: DeskState, exposures: Exposures, depth: Depth) -> None:
        self._state, self._exposures, self._depth = state, exposures, depth

    @cached_property
    def _closing(self) -> Closing:
        return Closing.of(self._state, self._depth, self._exposures)

    @cached_property
    def _quoted(self) -> Quoted:
        return Quoted.of(self._state, self._depth, self._exposures)

    def _codes(self, by: Dimension | None) -> tuple[Integers, int]:
        """int64 [columns], and how many codes there are; along no dimension all columns have the same."""
        classification = self._exposures.classification
        if by is None:
            return np.zeros(len(classification), dtype=np.int64), 1
        if by is Dimension.CONTRACT:
            return np.arange(len(classification)), len(classification)
        return classification.codes(by), classification.count(by)

    def of_owner(self, rows: Integers, by: Dimension | None) -> dict[int, tuple[int, int]]:
        """By code what accounts (rows) hold costs to close, money scale, and `engine.liquidity.Shortage` bits.

        Along no dimension everything has the code -1.
        """
        closing, (codes, count) = self._closing, self._codes(by)
        nothing = np.zeros(len(closing.columns), dtype=np.int64)
        _, (found, _, _, cost, _, why) = sums_by_code(
            np.array([0, len(rows)]),
            rows,
            closing.starts,
            codes[closing.columns],
            closing.contracts,
            nothing,
            closing.cost,
            nothing,
            closing.shortages,
            count,
        )
        if by is None:
            found = found - 1
        return dict(zip(found.tolist(), zip(cost.tolist(), why.tolist(), strict=True), strict=True))

    def with_trades(
        self, held: tuple[int, int], by: Dimension | None, code: int, trades: Trades | None
    ) -> tuple[int, int]:
        """What `of_owner` has of a code, with the trades in it; all of them are of the owner's accounts."""
        cost, why = held
        codes, _ = self._codes(by)
        for (_, column), (before, after, apart) in trades.positions.items() if trades is not None else ():
            if by is not None and not (column < len(codes) and codes[column] == code):
                continue
            had, _ = self._quoted.cost(column, *before, apart)
            has, gaps = self._quoted.cost(column, *after, apart)
            less = had if had == NOT_COMPUTABLE else -had
            cost, why = exact(exact(cost, less), has), why | gaps
        return cost, why
