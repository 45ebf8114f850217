"""Puts orders on the desk to the limits: from what is held and what works to the question that is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.classification import Classification
from engine.decision import Order
from engine.limit_arrays import Arrays, are_classified
from engine.limit_figures import OwnerFigures, OwnerHoldings
from engine.limit_question import Leg, Question, Subject
from engine.limit_trades import Place, Trades
from engine.limits import Level
from engine.numbers import Integers
from engine.state import DeskState
from engine.working_orders import Order as Trade
from engine.working_orders import fills

_Way = tuple[tuple[Place, int], ...]
"""Contracts added at each place."""


class Working(NamedTuple):
    """What is left of a working order, and the row of its account."""

    account: int
    order: Order


def question_of(
    account: int,
    orders: Sequence[Order],
    working: Iterable[Working],
    holdings: Sequence[tuple[Level, OwnerHoldings]],
    time: int,
    together: bool = False,
    requirement: Integers | None = None,
) -> Question:
    """The question whether ``account`` may send ``orders``.

    Args:
        account: Its row.
        orders: One, a basket, or the legs of a strategy; their contracts are in the universe.
        working: Working orders of all accounts; those of others than the owners are left out.
        holdings: The account's own, its group's and the firm's, all of one state of the desk; at least one.
        time: Wall nanoseconds since 1970 UTC.
        together: Whether the orders fill all or none.
        requirement: int64 [currencies of the desk], money scale: how much more is required for all orders filled and
            nothing else, where that is known.
    """
    exposures, state = holdings[0][1].exposures, holdings[0][1].state
    classification = exposures.classification
    new = [(_place(state, classification, account, order), order.quantity) for order in orders]
    waiting = [(_place(state, classification, *each), each.order.quantity) for each in working]
    met: dict[_Way, Trades] = {}
    if requirement is not None:
        way = _added(new)
        met[way] = Trades(state, exposures.units, dict(way), requirement)
    subjects = tuple(_subject(level, owner, new, waiting, together, met) for level, owner in holdings)
    legs = tuple(
        _leg(state, classification, order, place, waiting) for order, (place, _) in zip(orders, new, strict=True)
    )
    who, columns = state.book.accounts[account], [place.column for place, _ in new]
    known = are_classified(columns, subjects, len(classification))
    quick = Arrays(legs, columns, holdings, subjects) if known else None
    return Question(who.name, who.group, exposures.units.currency, legs, subjects, time, quick)


def _place(state: DeskState, classification: Classification, account: int, order: Order) -> Place:
    return Place.of(state, account, classification.universe.column(order.contract), order)


def _leg(
    state: DeskState,
    classification: Classification,
    order: Order,
    place: Place,
    waiting: Iterable[tuple[Place, int]],
) -> Leg:
    # A contract met after the exposures were made has no names yet, which no limit lets pass.
    known = place.column < len(classification)
    names = classification.names_of(place.column) if known else {}
    held = _held(state, place)
    closing = held if not place.side or order.closes else 0
    beside = sum(abs(count) for other, count in waiting if other == place and count * order.quantity > 0)
    return Leg(names, order.quantity, closing, beside)


def _held(state: DeskState, place: Place) -> int:
    """Contracts at a place, shorts below 0."""
    long, short = state.book.positions.sides_of(place.account, place.column)
    if place.side:
        return long if place.side > 0 else -short
    return long - short


def _subject(
    level: Level,
    owner: OwnerHoldings,
    new: Sequence[tuple[Place, int]],
    waiting: Sequence[tuple[Place, int]],
    together: bool,
    met: dict[_Way, Trades],
) -> Subject:
    """The owner before and after, for each way in which its working orders may fill."""
    own = [(place, quantity) for place, quantity in waiting if place.account in owner.members]
    if not own and (together or len(new) == 1):
        # Which way is worse is a question only where there is more than one.
        return Subject(level, owner.name, (owner.after(None),), (_after(owner, _added(new), met),))
    places = list(dict.fromkeys(place for place, _ in (*own, *new)))
    numbers = {place: number for number, place in enumerate(places)}
    held = {number: _held(owner.state, place) for place, number in numbers.items()}
    units = owner.exposures.units.delta
    deltas = {number: int(units[place.column]) for place, number in numbers.items() if place.column < len(units)}
    working, orders = ([Trade(numbers[place], quantity) for place, quantity in trades] for trades in (own, new))
    ways = fills(working, orders, held, deltas, together)
    before, after = (
        tuple(_after(owner, tuple((places[at], count) for at, count in sorted(trades.items())), met) for trades in side)
        for side in zip(*ways, strict=True)
    )
    return Subject(level, owner.name, before, after)


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
        trades = met[way] = Trades(owner.state, owner.exposures.units, dict(way))
    return owner.after(trades)
