"""Orders to a real sample exchange process: filled, refused, and never sent twice though the exchange freezes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.book import PositionBook
from engine.instruments import Universe
from engine.routing import OrderReport, OrderState, RoutedOrder
from engine.snapshot import FeedState
from engine.span.parameters import ParameterSet
from feeds.clock import SECOND, SystemClock
from feeds.gateway import LineState, NotSentError
from feeds.positions import PositionsFeed
from feeds.sample_gateway import SampleGateway
from tests.feeds.conftest import Context
from tests.feeds.driving import until
from tests.feeds.routed import routed

COMMAND = [sys.executable, "-m", "feeds.simulator", "--accounts", "20", "--positions", "8", "--fills", "0"]


class Exchange:
    """The process, its gateway, and a subscriber of its book."""

    def __init__(self, context: Context, parameters: ParameterSet, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--filled-a-step", "4", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.ends: dict[str, str] = json.loads(self.process.stdout.readline())
        self.universe = Universe(parameters)
        self.book = PositionBook(self.universe)
        self.feed = PositionsFeed(context, self.ends["positions"], self.ends["snapshots"], self.book, SystemClock())
        self.gateway = SampleGateway(context, self.ends["orders"], SystemClock())
        self.reports: list[OrderReport] = []

    def poll_sockets(self) -> list[object]:
        return list(self.gateway.poll_sockets())

    def service(self) -> None:
        self.reports += self.gateway.service()

    def until(self, condition: Callable[[], bool]) -> None:
        until(condition, self, self.feed)

    def go_live(self) -> None:
        self.until(lambda: self.gateway.state is LineState.LIVE and self.feed.state is FeedState.LIVE)

    def long_position(self) -> tuple[str, str, int]:
        """Account, contract and size of a position that is held long and not short."""
        held = self.book.snapshot()
        for row, account in enumerate(held.accounts):
            own = held.positions.of(row)
            for column, long, short in zip(own.columns.tolist(), own.long.tolist(), own.short.tolist(), strict=True):
                if long > 12 and not short:
                    return account.name, str(self.universe.contract(column)), long
        raise AssertionError("nobody holds anything")

    def held(self, account: str, contract: str) -> int:
        snapshot = self.book.snapshot()
        return snapshot.positions.sides_of(snapshot.row(account), self.universe.column_of(contract))[0]

    def close(self) -> None:
        self.gateway.close()
        self.feed.close()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


@pytest.fixture
def exchange(zmq_context: Context, sample_parameters: ParameterSet) -> Iterator[Exchange]:
    exchange = Exchange(zmq_context, sample_parameters)
    exchange.go_live()
    yield exchange
    exchange.close()


def market_order(account: str, contract: str, quantity: int, identity: str = "one") -> RoutedOrder:
    return routed(identity, account, quantity, contract=contract, side=Side.SELL, price_type=PriceType.MARKET, limit=0)


def test_an_order_is_filled_in_parts_and_the_position_feed_shows_it(exchange: Exchange) -> None:
    account, contract, size = exchange.long_position()
    exchange.gateway.send(market_order(account, contract, 10))
    exchange.until(lambda: bool(exchange.reports) and exchange.reports[-1].state is OrderState.FILLED)
    assert [report.filled for report in exchange.reports] == [0, 4, 8, 10]
    exchange.until(lambda: exchange.held(account, contract) == size - 10)


def test_a_refusal_says_why(exchange: Exchange) -> None:
    account, contract, size = exchange.long_position()
    exchange.gateway.send(market_order(account, contract, size + 1))
    exchange.until(lambda: bool(exchange.reports))
    assert exchange.reports[0].state is OrderState.REJECTED
    assert exchange.reports[0].reason == f"closes {size + 1}, {size} held and not yet being closed"


def test_an_order_sent_again_is_not_a_second_order(exchange: Exchange) -> None:
    account, contract, size = exchange.long_position()
    for _ in range(3):
        exchange.gateway.send(market_order(account, contract, 4))
    exchange.until(lambda: len([each for each in exchange.reports if each.filled == 4]) >= 1)
    exchange.gateway.ask(market_order(account, contract, 4))
    exchange.until(lambda: exchange.reports[-1].state is OrderState.FILLED)
    exchange.until(lambda: exchange.held(account, contract) == size - 4)


def test_an_opening_order_is_a_lock(exchange: Exchange) -> None:
    account, contract, size = exchange.long_position()
    lock = replace(market_order(account, contract, 4), side=Side.BUY, effect=Effect.LOCK)
    exchange.gateway.send(lock)
    exchange.until(lambda: exchange.held(account, contract) == size + 4)


def test_a_working_order_is_withdrawn(exchange: Exchange) -> None:
    account, contract, _ = exchange.long_position()
    order = replace(market_order(account, contract, 5), price_type=PriceType.LIMIT, limit=10**16)
    exchange.gateway.send(order)
    exchange.gateway.cancel(order)
    exchange.until(lambda: bool(exchange.reports) and exchange.reports[-1].state is OrderState.CANCELLED)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot freeze a process by a signal")
def test_while_the_exchange_is_frozen_nothing_is_sent_and_afterwards_what_was_asked_is_answered(
    exchange: Exchange,
) -> None:
    account, contract, _ = exchange.long_position()
    order = market_order(account, contract, 4)
    exchange.gateway.send(order)
    exchange.until(lambda: bool(exchange.reports))
    os.kill(exchange.process.pid, signal.SIGSTOP)
    exchange.until(lambda: exchange.gateway.state is not LineState.LIVE)
    with pytest.raises(NotSentError, match="the line to the exchange is down; nothing was sent"):
        exchange.gateway.send(market_order(account, contract, 4, "two"))
    exchange.reports.clear()
    exchange.gateway.ask(order)
    exchange.gateway.ask(market_order(account, contract, 4, "two"))
    os.kill(exchange.process.pid, signal.SIGCONT)
    exchange.until(lambda: {"one", "two"} <= {report.identity for report in exchange.reports})
    states = {report.identity: report.state for report in exchange.reports}
    assert states == {"one": OrderState.FILLED, "two": OrderState.NOT_KNOWN}


def test_a_gate_that_was_late_does_not_blame_the_exchange(exchange: Exchange, zmq_context: Context) -> None:
    account, contract, _ = exchange.long_position()
    clock = LateClock()
    gateway = SampleGateway(zmq_context, exchange.ends["orders"], clock)
    until(lambda: gateway.state is LineState.LIVE, gateway)
    gateway.ask(market_order(account, contract, 4, "late"))
    assert gateway.poll_sockets()[0].poll(5_000)
    clock.late += 10 * SECOND
    assert gateway.state is LineState.LIVE
    gateway.send(market_order(account, contract, 4, "late"))
    reports: list[OrderReport] = []

    def is_filled() -> bool:
        reports.extend(gateway.service())
        return any(each.filled == 4 for each in reports)

    until(is_filled, exchange)
    while gateway.poll_sockets()[0].poll(200):
        gateway.service()
    clock.late += 10 * SECOND
    assert gateway.state is not LineState.LIVE
    gateway.close()


class LateClock(SystemClock):
    """The system's, for somebody who was away meanwhile."""

    late = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.late


def test_a_line_to_nobody_never_says_that_it_is_live(zmq_context: Context) -> None:
    gateway = SampleGateway(zmq_context, "tcp://127.0.0.1:1", SystemClock())
    for _ in range(50):
        assert gateway.service() == []
        assert gateway.state is LineState.CONNECTING
    gateway.close()
