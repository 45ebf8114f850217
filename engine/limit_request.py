"""Puts orders on the desk to the limits: from what is held and what works to the question that is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Final, overload

import numpy as np

from engine.classification import Classification
from engine.decision import Order
from engine.limit_arrays import Arrays
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_owners import Owners
from engine.limit_question import Leg, Question, Subject
from engine.limit_trades import Place, Trades
from engine.limits import Level
from engine.numbers import Integers
from engine.reservations import Strategy
from engine.state import DeskState
from engine.waiting import ACCOUNT, COLUMN
from engine.working_orders import Order as Trade
from engine.working_orders import fills

MOST_PLACED: Final = 100_000
"""Accounts whose orders' places are remembered."""
Placed = dict[str, tuple[Sequence[Strategy], object, Integers]]
_NOTHING: Final = np.empty((0, 4), dtype=np.int64)
_Way = tuple[tuple[Place, int], ...]
"""Contracts added at each place."""
_Pair = tuple[tuple[OwnerFigures, ...], tuple[OwnerFigures, ...]]


def place_of(state: DeskState, classification: Classification, account: int, order: Order) -> Place:
    """Where an order of an account (its row) goes."""
    return Place.of(state, account, classification.universe.column(order.contract), order)


def placed(state: DeskState, classification: Classification, account: int, strategies: Iterable[Strategy]) -> Integers:
    """int64 [orders, 4]: where working orders of an account (its row) go, and contracts, see `engine.waiting`."""
    orders = chain.from_iterable(strategies)
    return _rows([(*place_of(state, classification, account, order), order.quantity) for order in orders])


def _rows(trades: list[tuple[int, ...]]) -> Integers:
    return np.array(trades, dtype=np.int64) if trades else _NOTHING


class Placement:
    """Where working orders go on one state of the desk. Kept by one thread at a time.

    Args:
        state: The desk.
        classification: Of its columns.
        known: What was found on earlier states: rows of each account, with the strategies and the accounts they are of.
    """

    def __init__(self, state: DeskState, classification: Classification, known: Placed) -> None:
        self._state, self._classification, self._known = state, classification, known

    def of(self, name: str, account: int, strategies: Sequence[Strategy]) -> Integers:
        """`placed` of an account by name and row; found once while the strategies are the same object."""
        if not strategies:
            return _NOTHING
        accounts = self._state.book.kinds
        known = self._known.get(name)
        if known is not None and known[0] is strategies and known[1] is accounts:
            return known[2]
        where = placed(self._state, self._classification, account, strategies)
        if len(self._known) > MOST_PLACED:
            self._known.clear()
        self._known[name] = strategies, accounts, where
        return where

    def of_order(self, account: int, order: Order) -> Place:
        """Where one order of an account (its row) goes."""
        return place_of(self._state, self._classification, account, order)


def question_of(
    owners: Owners,
    orders: Sequence[Order],
    waiting: Integers,
    time: int,
    together: bool = False,
    requirement: Integers | None = None,
) -> Question:
    """The question whether an account may send ``orders``.

    Args:
        owners: The account, and whom it belongs to.
        orders: One, a basket, or the legs of a strategy; their contracts are in the universe.
        waiting: Working orders of all accounts, as `placed` has them; those of others than the owners are left out.
        time: Wall nanoseconds since 1970 UTC.
        together: Whether the orders fill all or none.
        requirement: int64 [currencies of the desk], money scale: how much more is required for all orders filled and
            nothing else, where that is known.
    """
    exposures, state, account = owners.desk.exposures, owners.desk.state, owners.account
    classification = exposures.classification
    new = [(place_of(state, classification, account, order), order.quantity) for order in orders]
    rows = _rows([(*place, quantity) for place, quantity in new])
    subjects = _Subjects(lambda: _subjects(new, waiting, owners.holdings, together, requirement))
    own = waiting[waiting[:, ACCOUNT] == account].tolist() if len(waiting) else []
    legs = tuple(_leg(state, classification, order, place, own) for order, (place, _) in zip(orders, new, strict=True))
    last = max(place.column for place, _ in new)
    known = last < len(classification) and (not len(waiting) or waiting[:, COLUMN].max() < len(classification))
    quick = Arrays(legs, rows, waiting, together, owners, subjects, requirement) if known else None
    who = state.book.accounts[account]
    return Question(who.name, who.group, exposures.units.currency, legs, subjects, time, quick)


def _leg(
    state: DeskState,
    classification: Classification,
    order: Order,
    place: Place,
    own: Iterable[list[int]],
) -> Leg:
    """One contract of an order; ``own`` are the account's working orders, as `placed` has them."""
    # A contract met after the exposures were made has no names yet, which no limit lets pass.
    known = place.column < len(classification)
    names = classification.names_of(place.column) if known else {}
    held = _held(state, place)
    closing = held if not place.side or order.closes else 0
    where, buys = [*place], order.quantity > 0
    beside = sum(abs(count) for *other, count in own if other == where and (count > 0) is buys)
    return Leg(names, order.quantity, closing, beside)


def _held(state: DeskState, place: Place) -> int:
    """Contracts at a place, shorts below 0."""
    long, short = state.book.positions.sides_of(place.account, place.column)
    if place.side:
        return long if place.side > 0 else -short
    return long - short


class _Subjects(Sequence[Subject]):
    """The owners before and after an order, made when they are asked for: what simply passes needs none of them."""

    def __init__(self, make: Callable[[], tuple[Subject, ...]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> tuple[Subject, ...]:
        return self._make()

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, place: int) -> Subject: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Subject]: ...

    def __getitem__(self, place: int | slice) -> Subject | Sequence[Subject]:
        return self._made[place]


def _subjects(
    new: Sequence[tuple[Place, int]],
    waiting: Integers,
    holdings: Sequence[tuple[Level, OwnerHoldings]],
    together: bool,
    requirement: Integers | None,
) -> tuple[Subject, ...]:
    """The owners, for each way in which their working orders may fill; the ways are found when they are asked for."""
    met: dict[_Way, Trades] = {}
    if requirement is not None:
        way, desk = _added(new), holdings[0][1].desk
        met[way] = Trades(desk.state, desk.exposures.units, dict(way), requirement)

    def subject(level: Level, owner: OwnerHoldings) -> Subject:
        ways = _Ways(lambda: _pair(owner, new, waiting, together, met))
        return Subject(level, owner.name, _Side(ways, 0), _Side(ways, 1))

    return tuple(subject(level, owner) for level, owner in holdings)


class _Ways:
    """The figures of an owner before and after an order, a pair for each way."""

    def __init__(self, find: Callable[[], _Pair]) -> None:
        self._find = find

    @cached_property
    def pair(self) -> _Pair:
        """Those before, and those after."""
        return self._find()


class _Side(Sequence[OwnerFigures]):
    """One half of it."""

    def __init__(self, ways: _Ways, half: int) -> None:
        self._ways = ways
        self._half = half

    def __len__(self) -> int:
        return len(self._ways.pair[self._half])

    @overload
    def __getitem__(self, way: int) -> OwnerFigures: ...

    @overload
    def __getitem__(self, way: slice) -> Sequence[OwnerFigures]: ...

    def __getitem__(self, way: int | slice) -> OwnerFigures | Sequence[OwnerFigures]:
        return self._ways.pair[self._half][way]


def _pair(
    owner: OwnerHoldings,
    new: Sequence[tuple[Place, int]],
    waiting: Integers,
    together: bool,
    met: dict[_Way, Trades],
) -> _Pair:
    trades = waiting.tolist() if len(waiting) else []
    own = [(Place(*place), quantity) for *place, quantity in trades if owner.members.pooled.mask[place[0]]]
    if not own and (together or len(new) == 1):
        # Which way is worse is a question only where there is more than one.
        return (owner.after(None),), (_after(owner, _added(new), met),)
    places = list(dict.fromkeys(place for place, _ in (*own, *new)))
    numbers = {place: number for number, place in enumerate(places)}
    held = {number: _held(owner.desk.state, place) for place, number in numbers.items()}
    units = owner.desk.exposures.units.delta
    deltas = {number: int(units[place.column]) for place, number in numbers.items() if place.column < len(units)}
    working, orders = ([Trade(numbers[place], quantity) for place, quantity in each] for each in (own, new))
    ways = fills(working, orders, held, deltas, together)
    before, after = (
        tuple(_after(owner, tuple((places[at], count) for at, count in sorted(each.items())), met) for each in side)
        for side in zip(*ways, strict=True)
    )
    return before, after


def _added(new: Sequence[tuple[Place, int]]) -> _Way:
    """Trades in the same place added up."""
    total: dict[Place, int] = {}
    for place, quantity in new:
        total[place] = total.get(place, 0) + quantity
    return tuple((place, quantity) for place, quantity in total.items() if quantity)


def _after(owner: OwnerHoldings, way: _Way, met: dict[_Way, Trades]) -> OwnerFigures:
    """The owner with trades in its positions; what the same trades change is found once for all owners."""
    if not way:
        return owner.after(None)
    trades = met.get(way)
    if trades is None:
        trades = met[way] = Trades(owner.desk.state, owner.desk.exposures.units, dict(way))
    return owner.after(trades)
