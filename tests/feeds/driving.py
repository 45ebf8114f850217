"""Runs publishers and feeds in the test's own thread, as their owners' loops do, until something holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import zmq

from engine.book import PositionBook
from engine.instruments import Contract, Universe
from feeds.sockets import Socket

PATIENCE = 20.0


class ManualClock:
    """Time as the test sets it; wall and monotonic time move together."""

    def __init__(self, now: int = 10**18) -> None:
        self.now = now

    def wall_ns(self) -> int:
        return self.now

    def monotonic_ns(self) -> int:
        return self.now

    def advance(self, nanoseconds: int) -> None:
        self.now += nanoseconds


class NoContracts:
    """A parameter file that lists nothing: every contract is met on the feeds."""

    def __len__(self) -> int:
        return 0

    def find(self, contract: Contract) -> int:
        return -1

    def contract(self, row: int) -> Contract:
        raise IndexError(row)


def empty_universe() -> Universe:
    return Universe(NoContracts())


class Serving(Protocol):
    def poll_sockets(self) -> list[Socket]: ...

    def service(self) -> None: ...


class Following(Protocol):
    def poll_sockets(self) -> list[Socket]: ...

    def drain(self, limit: int) -> int: ...

    def tick(self) -> None: ...


def turn(*parties: Serving | Following, wait: int = 5) -> None:
    """Wait a little for input and let every party work once."""
    poller = zmq.Poller()
    for party in parties:
        for socket in party.poll_sockets():
            poller.register(socket, zmq.POLLIN)
    poller.poll(wait)
    for party in parties:
        if hasattr(party, "service"):
            party.service()
        else:
            party.drain(1000)
            party.tick()


def until(condition: Callable[[], bool], *parties: Serving | Following) -> None:
    """Let the parties work until ``condition`` holds; fail when it does not within the deadline."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        turn(*parties)


Content = tuple[
    dict[str, tuple[str, str]], dict[tuple[str, str], tuple[int, ...]], dict[tuple[str, str], tuple[int, int]]
]


def content(book: PositionBook) -> Content:
    """Accounts, positions that are not flat, and money, by name: what two books are compared by."""
    snapshot = book.snapshot()
    names = [account.name for account in snapshot.accounts]
    positions = {}
    held = snapshot.positions
    for row, name in enumerate(names):
        for place in range(held.starts[row], held.starts[row + 1]):
            figures = (held.long, held.short, held.long_price, held.short_price)
            if held.long[place] or held.short[place]:
                contract = str(book.universe.contract(int(held.columns[place])))
                positions[name, contract] = tuple(int(figure[place]) for figure in figures)
    money = {
        (name, currency): (int(snapshot.money.balance[row, column]), int(snapshot.money.profit[row, column]))
        for row, name in enumerate(names)
        for column, currency in enumerate(snapshot.money.currencies)
        if snapshot.money.present[row, column]
    }
    return {account.name: (account.group, account.currency) for account in snapshot.accounts}, positions, money
