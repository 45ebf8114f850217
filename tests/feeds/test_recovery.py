"""The watchdog against a line that is cut, swallows everything, or carries garbage, and against a frozen owner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random

import pytest

from engine.book import PositionBook
from engine.market import MarketBook
from engine.snapshot import FeedState
from engine.text import BadInputError
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.publisher import Endpoints, Publisher
from feeds.quotes import QuotesFeed
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import PATIENCE, ManualClock, content, empty_universe, turn, until
from tests.feeds.fault_proxy import FaultProxy, Mode


class Desk:
    """Both feeds of a publisher through a proxy each."""

    def __init__(self, context: Context, publisher: Publisher, opened: ExitStack) -> None:
        ends = publisher.endpoints
        self.proxies = [opened.enter_context(FaultProxy(end)) for end in (ends.positions, ends.snapshots, ends.quotes)]
        positions, snapshots, quotes = (proxy.endpoint for proxy in self.proxies)
        self.book = PositionBook(empty_universe())
        self.positions = PositionsFeed(context, positions, snapshots, self.book, SystemClock(), Random(1))
        self.quotes = QuotesFeed(context, quotes, MarketBook(empty_universe()), SystemClock(), Random(2))
        opened.callback(self.positions.close)
        opened.callback(self.quotes.close)
        self.parties = (publisher, self.positions, self.quotes)

    def states(self) -> set[FeedState]:
        return {self.positions.state, self.quotes.state}

    def become(self, mode: Mode) -> None:
        for proxy in self.proxies:
            proxy.become(mode)


@pytest.fixture
def desk(zmq_context: Context, publisher: Publisher) -> Iterator[Desk]:
    with ExitStack() as opened:
        desk = Desk(zmq_context, publisher, opened)
        publisher.set_account("acme", "Acme group", "EUR")
        until(lambda: desk.states() == {FeedState.LIVE}, *desk.parties)
        yield desk


@pytest.mark.parametrize("mode", [Mode.CUT, Mode.BLACK_HOLE])
def test_a_lost_line_makes_both_feeds_stale_and_they_come_back(desk: Desk, publisher: Publisher, mode: Mode) -> None:
    desk.become(mode)
    lost = time.monotonic()
    until(lambda: desk.states() == {FeedState.STALE}, *desk.parties)
    assert time.monotonic() - lost < 2
    publisher.set_money("acme", "EUR", 5, 5)
    rebuilds = desk.positions.rebuilds
    until(lambda: desk.positions.rebuilds >= rebuilds + 2, *desk.parties)
    desk.become(Mode.PASS)
    returned = time.monotonic()
    until(lambda: desk.states() == {FeedState.LIVE}, *desk.parties)
    assert time.monotonic() - returned < 5
    assert content(desk.book)[2] == {("acme", "EUR"): (5, 5)}


def test_garbage_on_the_line_never_ends_the_feeds(desk: Desk) -> None:
    desk.become(Mode.GARBAGE)
    until(lambda: desk.states() == {FeedState.STALE}, *desk.parties)
    desk.become(Mode.CUT)
    desk.become(Mode.PASS)
    until(lambda: desk.states() == {FeedState.LIVE}, *desk.parties)


def test_the_line_works_again_after_an_oversize_frame(desk: Desk, publisher: Publisher) -> None:
    """libzmq drops the connection for good, without a word."""
    publisher._positions.send_multipart((b"positions", bytes(2**20 + 1)))
    until(lambda: desk.positions.rebuilds >= 1, *desk.parties)
    until(lambda: desk.states() == {FeedState.LIVE}, *desk.parties)


def test_an_owner_that_was_late_does_not_blame_the_publisher(zmq_context: Context, publisher: Publisher) -> None:
    clock = ManualClock(time.time_ns())
    book = PositionBook(empty_universe())
    feed = PositionsFeed(
        zmq_context, publisher.endpoints.positions, publisher.endpoints.snapshots, book, clock, Random(3)
    )
    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    # A heartbeat waits in the socket while the owner is away for ten seconds.
    while not feed.poll_sockets()[0].poll(10):
        turn(publisher)
    clock.advance(10**10)
    feed.tick()
    assert feed.state is FeedState.LIVE
    assert feed.rebuilds == 0
    feed.close()


def test_silence_is_250_milliseconds_on_the_given_clock(zmq_context: Context, publisher: Publisher) -> None:
    clock = ManualClock(time.time_ns())
    book = PositionBook(empty_universe())
    feed = PositionsFeed(
        zmq_context, publisher.endpoints.positions, publisher.endpoints.snapshots, book, clock, Random(3)
    )
    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    # Nothing is on its way any more.
    while feed.poll_sockets()[0].poll(200):
        feed.drain(10)
    clock.advance(249_999_999)
    feed.tick()
    assert feed.state is FeedState.LIVE
    clock.advance(1)
    feed.tick()
    assert feed.state is FeedState.STALE
    assert feed.status().age == 250_000_000
    feed.close()


def bound_again(context: Context, endpoints: Endpoints) -> Publisher:
    """A publisher on ports that a closed one may still hold for a moment."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return Publisher(context, endpoints, SystemClock())
        except BadInputError:
            assert time.monotonic() < deadline


def test_a_restarted_publisher_is_followed(zmq_context: Context) -> None:
    first = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), SystemClock())
    first.set_account("old", "group", "EUR")
    first.set_money("old", "EUR", 1, 1)
    book = PositionBook(empty_universe())
    feed = PositionsFeed(
        zmq_context, first.endpoints.positions, first.endpoints.snapshots, book, SystemClock(), Random(4)
    )
    until(lambda: feed.state is FeedState.LIVE, first, feed)
    first.close()
    until(lambda: feed.state is FeedState.STALE, feed)
    second = bound_again(zmq_context, first.endpoints)
    second.set_account("new", "group", "EUR")
    until(lambda: feed.state is FeedState.LIVE, second, feed)
    assert feed.session == second.session
    assert content(book)[2] == {}
    second.close()
    feed.close()
