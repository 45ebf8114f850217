"""Everything a picture of concentration rests on at one moment, and the same with orders in the positions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.book import Positions
from engine.classification import Classification
from engine.covariance import Covariance
from engine.decision import Order, Request
from engine.exposures import Exposures, difference
from engine.limit_use import LimitUse
from engine.limits import PARTICIPATION
from engine.liquidity import Closing
from engine.market import Depth
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers
from engine.owner_tree import OwnerTree
from engine.state import DeskState
from engine.traded import in_short_side


@dataclass(frozen=True, slots=True)
class ConcentrationBasis:
    """The desk at one moment, valued and sorted out.

    Attributes:
        state: The desk.
        depth: Bids and offers.
        exposures: Of the state.
        closing: What it takes to close each position.
        tree: Who there is.
        covariance: How products move together.
        limits: In force; None where there are none.
        participation: Share of a day's volume that may be traded, ratio scale.
    """

    state: DeskState
    depth: Depth
    exposures: Exposures
    closing: Closing
    tree: OwnerTree
    covariance: Covariance
    limits: LimitUse | None = None
    participation: int = PARTICIPATION

    @classmethod
    def of(
        cls,
        state: DeskState,
        depth: Depth,
        classification: Classification,
        currency: str,
        tree: OwnerTree,
        covariance: Covariance,
        limits: LimitUse | None = None,
        participation: int = PARTICIPATION,
    ) -> ConcentrationBasis:
        """Value ``state`` in ``currency``; the rest as the attributes."""
        exposures = Exposures.of(state, classification, currency)
        closing = Closing.of(state, depth, exposures)
        limits = replace(limits, closing=closing) if limits is not None else None
        return cls(state, depth, exposures, closing, tree, covariance, limits, participation)

    def after(self, request: Request) -> ConcentrationBasis | None:
        """The same with all orders of ``request`` filled; None where its account or a contract is not known.

        What is bought at a premium is paid for out of equity.
        """
        account = self.state.book.row(request.account)
        columns = [self.exposures.classification.universe.find(order.contract) for order in request.orders]
        if account < 0 or not columns or min(columns) < 0:
            return None
        book = self.state.book
        positions = book.positions
        for order, column in zip(request.orders, columns, strict=True):
            long, short = _filled(positions, account, column, order, book.accounts[account].terms.gross)
            positions = _with_position(positions, account, column, long, short)
        state = replace(self.state, book=replace(book, positions=positions))
        found = ConcentrationBasis.of(
            state,
            self.depth,
            self.exposures.classification,
            self.exposures.units.currency,
            self.tree,
            self.covariance,
            None if self.limits is None else replace(self.limits, book=state.book),
            self.participation,
        )
        amounts = np.pad(self.exposures.amounts, ((0, 0), (0, 1)))
        amounts[account] = 0
        amounts[account, -1] = self._after_premium(int(self.exposures.equity[account]), request.orders, columns)
        return replace(found, exposures=replace(found.exposures, amounts=amounts))

    def _after_premium(self, equity: int, orders: tuple[Order, ...], columns: list[int]) -> int:
        marked, units = self.state.calculation.values.marked, self.exposures.units
        for order, column in zip(orders, columns, strict=True):
            if column < len(marked) and marked[column]:
                continue
            value = int(units.value[column]) if column < len(units.value) else NOT_COMPUTABLE
            if NOT_COMPUTABLE in (equity, value) or abs(equity - value * order.quantity) > LARGEST:
                return NOT_COMPUTABLE
            equity -= value * order.quantity
        return equity


def changes(before: Integers, after: Integers) -> Integers:
    """int64: after less before, `NOT_COMPUTABLE` where either is."""
    return difference(after, before)


def _filled(positions: Positions, account: int, column: int, order: Order, gross: bool) -> tuple[int, int]:
    """Contracts held long and short once ``order`` is filled."""
    long, short = positions.sides_of(account, column)
    quantity = order.quantity
    if gross:
        in_short = in_short_side(order)
        long, short = (long, max(short - quantity, 0)) if in_short else (max(long + quantity, 0), short)
        return long, short
    closed = min(quantity, short) if quantity > 0 else min(-quantity, long)
    if quantity > 0:
        return long + quantity - closed, short - closed
    return long - closed, short - quantity - closed


def _with_position(positions: Positions, account: int, column: int, long: int, short: int) -> Positions:
    """Positions with one of them replaced, or put in where there was none."""
    start, stop = int(positions.starts[account]), int(positions.starts[account + 1])
    slot = start + int(np.searchsorted(positions.columns[start:stop], column))
    if slot < stop and positions.columns[slot] == column:
        longs, shorts = positions.long.copy(), positions.short.copy()
        longs[slot], shorts[slot] = long, short
        return replace(positions, long=longs, short=shorts)
    starts = positions.starts.copy()
    starts[account + 1 :] += 1
    return Positions(
        starts,
        np.insert(positions.columns, slot, column),
        np.insert(positions.long, slot, long),
        np.insert(positions.short, slot, short),
        np.insert(positions.long_price, slot, NOT_COMPUTABLE),
        np.insert(positions.short_price, slot, NOT_COMPUTABLE),
    )
