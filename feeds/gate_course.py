"""What became of reservations, as a record tells it in the order of time: what still stands is done again."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.instruments import Contract
from engine.order import Order
from engine.reservations import MOST_ENDED, Reservations, Reserve
from feeds.gate_records import Carried, CarriedOrder

MOST_EVENTS: Final = 100_000
"""What is kept of a record's course before it is looked through for what is over."""


class Asked(msgspec.Struct, frozen=True):
    """What is read of a message: a check, or a report on a reservation."""

    type: str
    client: str
    request: str
    account: str = ""
    orders: tuple[CarriedOrder, ...] = ()
    together: bool = False
    time_to_live: int = 0
    reservation: str = ""
    filled: tuple[int, ...] = ()


Told = Asked | Carried | tuple[int, ...] | None
"""That an order passed, or was carried into a file; what was filled; None: that it was withdrawn."""


class Course:
    """What was said of reservations, in the order of time, without those that were over long ago.

    Most of what a record has is over, and only the rest is worth doing again.
    """

    def __init__(self, settling: int) -> None:
        self._settling = settling
        self._events: list[tuple[int, bytes, int, Told]] = []
        self._most = MOST_EVENTS

    def add(self, now: int, identity: bytes, told: Told, expiry: int = 0) -> None:
        """Add what was said at a moment, with the reservation's expiry where it begins."""
        self._events.append((now, identity, expiry, told))
        if len(self._events) > self._most:
            self._prune(now)
            self._most = MOST_EVENTS + 2 * len(self._events)

    def reservations(self, now: int) -> Reservations:
        """What stands at a moment: all that was said done again."""
        self._prune(now)
        reservations = Reservations(self._settling)
        for moment, identity, expiry, told in self._events:
            reservations.advance(moment)
            if isinstance(told, tuple):
                reservations.fill(identity, told, moment)
            elif told is None:
                reservations.cancel(identity)
            elif reservations.find(identity) is None:
                reservations.restore(_reserve(identity, told, expiry))
        reservations.advance(now)
        return reservations

    def _prune(self, now: int) -> None:
        """Forget what counts for nothing any more, but for what ended last."""
        ends: dict[bytes, int] = {}
        settled: dict[bytes, int] = {}
        ordered: dict[bytes, tuple[int, ...]] = {}
        for moment, identity, expiry, told in self._events:
            if isinstance(told, tuple):
                settled[identity] = moment + self._settling
                whole = told == ordered.get(identity)
                ends[identity] = settled[identity] if whole else max(ends.get(identity, 0), settled[identity])
            elif told is None:
                ends[identity] = max(settled.get(identity, 0), moment)
            elif identity not in ends:
                ends[identity] = expiry
                ordered[identity] = tuple(abs(order.quantity) for order in told.orders)
        over = [identity for identity, end in ends.items() if end <= now]
        gone = frozenset(over[: max(0, len(over) - MOST_ENDED)])
        self._events = [event for event in self._events if event[1] not in gone]


def _reserve(identity: bytes, asked: Asked | Carried, expiry: int) -> Reserve:
    orders = tuple(Order(Contract.parse(each.contract), each.quantity, each.closes) for each in asked.orders)
    return Reserve(identity, asked.client, asked.account, orders, asked.together, expiry)
