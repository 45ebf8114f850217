"""The stream of the sample exchange: the same seed gives the same bytes, and books and prices hang together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import zmq

from engine.book import PositionBook
from engine.instruments import Universe
from engine.snapshot import FeedState
from engine.span.conventions import named_convention
from engine.span.parameters import ParameterSet
from feeds.clock import SystemClock
from feeds.messages import TOPICS
from feeds.positions import PositionsFeed
from feeds.publisher import Endpoints, Publisher
from feeds.sample_exchange import SampleExchange, Size
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import ManualClock, content, turn, until

SMALL = Size(accounts=20, groups=4, positions=8, quotes=3000, fills=200, seed=7)


class Recorder:
    """Every body that arrives on both streams, heartbeats aside."""

    def __init__(self, context: Context, endpoints: Endpoints) -> None:
        self.bodies: list[bytes] = []
        self.heartbeats = 0
        self._sockets = [context.socket(zmq.SUB) for _ in TOPICS]
        for socket, endpoint in zip(self._sockets, (endpoints.positions, endpoints.quotes), strict=True):
            socket.setsockopt(zmq.RCVHWM, 0)
            socket.setsockopt(zmq.SUBSCRIBE, b"")
            socket.connect(endpoint)

    def poll_sockets(self) -> list[zmq.Socket[bytes]]:
        return self._sockets

    def service(self) -> None:
        for socket in self._sockets:
            while socket.poll(0):
                body = socket.recv_multipart()[1]
                if b"heartbeat" in body[:12]:
                    self.heartbeats += 1
                else:
                    self.bodies.append(body)

    def close(self) -> None:
        for socket in self._sockets:
            socket.close(linger=0)


@pytest.fixture
def stream(zmq_context: Context, sample_parameters: ParameterSet) -> Callable[[int], list[bytes]]:
    """What an exchange sends in its first half second, by seed; session and times are the same in every run."""

    def run(seed: int) -> list[bytes]:
        clock = ManualClock()
        publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), clock, b"same in each run")
        size = Size(SMALL.accounts, SMALL.groups, SMALL.positions, SMALL.quotes, SMALL.fills, seed)
        exchange = SampleExchange(sample_parameters, named_convention("CME"), size, publisher, clock)
        recorder = Recorder(zmq_context, publisher.endpoints)

        def joined() -> bool:
            clock.advance(10**8)
            return recorder.heartbeats >= 8

        until(joined, publisher, recorder)
        clock.now = 2 * 10**18
        exchange.open()
        for _ in range(25):
            exchange.step()
        quotes = publisher.quotes_sequence
        until(lambda: len(recorder.bodies) == publisher.sequence + quotes, recorder)
        recorder.close()
        publisher.close()
        return sorted(recorder.bodies)

    return run


def test_the_same_seed_gives_the_same_stream(stream: Callable[[int], list[bytes]]) -> None:
    assert stream(7) == stream(7)


def test_another_seed_gives_another_stream(stream: Callable[[int], list[bytes]]) -> None:
    assert stream(7) != stream(8)


def test_a_subscriber_follows_thousands_of_fills(zmq_context: Context, sample_parameters: ParameterSet) -> None:
    """Every heartbeat compares the digests of both sides."""
    clock = SystemClock()
    publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), clock)
    exchange = SampleExchange(sample_parameters, named_convention("CME"), SMALL, publisher, clock)
    exchange.open()
    book = PositionBook(Universe(sample_parameters))
    feed = PositionsFeed(zmq_context, publisher.endpoints.positions, publisher.endpoints.snapshots, book, clock)
    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    for _ in range(500):
        exchange.step()
        turn(publisher, feed, wait=0)
    until(lambda: feed.status().sequence == publisher.sequence, publisher, feed)
    assert feed.state is FeedState.LIVE
    assert set(feed.faults.counts) == {"snapshots"}
    _, positions, money = content(book)
    held = {
        (account.name, str(sample_parameters.contract(row))): (holding.long, holding.short)
        for account in exchange.accounts
        for row, holding in account.holdings.items()
        if holding.long or holding.short
    }
    assert {key: figures[:2] for key, figures in positions.items()} == held
    assert money == {
        (account.name, currency): figures
        for account in exchange.accounts
        for currency, figures in account.money.items()
    }
    feed.close()
    publisher.close()
