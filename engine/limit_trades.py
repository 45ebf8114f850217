"""What trades change, whoever owns the accounts: exposures by contract, premium paid, and the requirement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.decision import Order
from engine.exposures import UnitExposures
from engine.hypothetical import Hypothetical
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers
from engine.state import DeskState
from engine.traded import in_short_side

Sides = tuple[int, int]
"""Contracts long and short."""


class Place(NamedTuple):
    """A position that trades change.

    Attributes:
        account: Row of the account.
        column: Column in the universe.
        side: 1 for the longs and -1 for the shorts of a gross-margined account; 0 in any other.
    """

    account: int
    column: int
    side: int = 0

    @classmethod
    def of(cls, state: DeskState, account: int, column: int, order: Order) -> Place:
        """Where ``order`` goes."""
        if not state.book.accounts[account].terms.gross:
            return cls(account, column)
        return cls(account, column, -1 if in_short_side(order) else 1)


class Sum(NamedTuple):
    """What is held of a name, or of all names; money scale but for the contracts, as `engine.owned.Owned` has them."""

    gross: int
    net: int
    delta: int
    contracts: int
    to_trade: int

    def plus(self, changes: Iterable[Sum]) -> Sum:
        """With changes added."""
        total = self
        for change in changes:
            total = Sum(
                exact(total.gross, change.gross),
                exact(total.net, change.net),
                exact(total.delta, change.delta),
                total.contracts + change.contracts,
                total.to_trade + change.to_trade,
            )
        return total


class Trades:
    """Trades on the desk, and what they change.

    Args:
        state: The desk.
        units: What one contract is worth.
        trades: Contracts added at each place, positive bought.
        requirement: int64 [currencies of the desk], money scale: how much more is required, where that is known.
    """

    def __init__(
        self,
        state: DeskState,
        units: UnitExposures,
        trades: Mapping[Place, int],
        requirement: Integers | None = None,
    ) -> None:
        self._state = state
        self._units = units
        self._trades = trades
        self._requirement = requirement

    @cached_property
    def positions(self) -> dict[tuple[int, int], tuple[Sides, Sides, bool]]:
        """By account and column: contracts held long and short before and after, and whether these are kept apart."""
        found: dict[tuple[int, int], tuple[Sides, Sides, bool]] = {}
        for place, quantity in self._trades.items():
            key = (place.account, place.column)
            held = self._state.book.positions.sides_of(*key)
            before, after, _ = found.get(key, (held, held, False))
            found[key] = before, _traded(*after, quantity, place.side), bool(place.side)
        return found

    @cached_property
    def changes(self) -> dict[int, Sum]:
        """What they add, by column."""
        found: dict[int, Sum] = {}
        for (_, column), ((had_long, had_short), (long, short), apart) in self.positions.items():
            # What is held in all, net, net by delta, and in contracts: contracts times what one of them is worth.
            value, delta = self._worth(column)
            net = long - short - had_long + had_short
            added = abs(long) + abs(short) - had_long - had_short
            worth = value if value == NOT_COMPUTABLE else abs(value)
            trading = added if apart else abs(long - short) - abs(had_long - had_short)
            change = Sum(_times(added, worth), _times(net, value), _times(net, delta), net, trading)
            found[column] = change.plus((found[column],)) if column in found else change
        return found

    @cached_property
    def paid(self) -> int:
        """Premium that is paid, money scale; what is settled daily costs nothing."""
        total, marked = 0, self._state.calculation.values.marked
        for place, quantity in self._trades.items():
            if place.column >= len(marked) or not marked[place.column]:
                total = exact(total, _times(quantity, self._worth(place.column)[0]))
        return total

    def requirement(self) -> Integers | None:
        """int64 [currencies of the desk], money scale: how much more is required; None where not computable."""
        if self._requirement is None:
            total = np.zeros(len(self._state.figures.currencies), dtype=np.int64)
            for account in {place.account for place in self._trades}:
                change = self._requirement_of(account)
                if change is None:
                    return None
                total += change
            self._requirement = total
        return self._requirement

    def _requirement_of(self, account: int) -> Integers | None:
        places = [place for place in self._trades if place.account == account]
        return requirement_changes(self._state, places, [[self._trades[place] for place in places]])[0]

    def _worth(self, column: int) -> tuple[int, int]:
        """Value and delta of one contract; of one that came in after the exposures were made nothing is known."""
        known = column < len(self._units.value)
        if not known:
            return NOT_COMPUTABLE, NOT_COMPUTABLE
        return int(self._units.value[column]), int(self._units.delta[column])


def requirement_changes(state: DeskState, places: Sequence[Place], changes: npt.ArrayLike) -> list[Integers | None]:
    """How much more an account requires after each row of ``changes`` [rows, places]; None where not computable."""
    rows = np.ascontiguousarray(changes, dtype=np.int64)
    nothing: list[Integers | None] = [None] * len(rows)
    prepared = state.prepare(places[0].account)
    if prepared is None:
        return nothing
    usable = prepared.table.usable
    if not all(place.column < len(usable) and usable[place.column] for place in places):
        return nothing
    columns, shorts = [place.column for place in places], [place.side < 0 for place in places]
    costs = Hypothetical(state, places[0].account, prepared, columns, shorts)
    needed, *needs = costs.outcomes(rows)[:, 1, :-1]
    if NOT_COMPUTABLE in needed:
        return nothing
    return [None if NOT_COMPUTABLE in each else each - needed for each in needs]


def exact(one: int, other: int) -> int:
    """The sum; `NOT_COMPUTABLE` where either is or it is too large."""
    if NOT_COMPUTABLE in (one, other):
        return NOT_COMPUTABLE
    return one + other if abs(one + other) <= LARGEST else NOT_COMPUTABLE


def _times(quantity: int, unit: int) -> int:
    if not quantity:
        return 0
    return NOT_COMPUTABLE if unit == NOT_COMPUTABLE or abs(quantity * unit) > LARGEST else quantity * unit


def _traded(long: int, short: int, quantity: int, side: int) -> tuple[int, int]:
    """Contracts held long and short after a trade; in a net account it closes before it opens."""
    if side:
        return (long + quantity, short) if side > 0 else (long, short - quantity)
    if quantity > 0:
        closed = min(quantity, short)
        return long + quantity - closed, short - closed
    closed = min(-quantity, long)
    return long - closed, short - quantity - closed
