"""The conflating subscriber against a real publisher and against one written by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgpack
import pytest
import zmq

from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from feeds.clock import MILLISECOND, SystemClock
from feeds.messages import Quote
from feeds.publisher import Endpoints, Publisher
from feeds.quotes import QuotesFeed
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import ManualClock, empty_universe, until

GOLD = "X:GOLD:FUT:202612"


@pytest.fixture
def market() -> MarketBook:
    return MarketBook(empty_universe())


@pytest.fixture
def quotes(zmq_context: Context, publisher: Publisher, market: MarketBook) -> Iterator[QuotesFeed]:
    feed = QuotesFeed(zmq_context, publisher.endpoints.quotes, market, SystemClock())
    yield feed
    feed.close()


@pytest.fixture
def by_hand(zmq_context: Context, market: MarketBook) -> Iterator[tuple[zmq.Socket[bytes], QuotesFeed]]:
    """A bare socket to send from, and a feed that has heard from it."""
    socket = zmq_context.socket(zmq.PUB)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    feed = QuotesFeed(zmq_context, f"tcp://127.0.0.1:{port}", market, SystemClock())

    def heard() -> bool:
        send(socket, ["heartbeat", 1, b"s" * 16, 0, 1, bytes(8)])
        return feed.state is FeedState.LIVE

    until(heard, feed)
    yield socket, feed
    feed.close()
    socket.close(linger=0)


def quote(price: int, contract: str = GOLD, ahead: int = 0) -> Quote:
    return Quote(contract, price, None, None, 0, 0, time.time_ns() + ahead)


def price(market: MarketBook, contract: str = GOLD) -> int:
    column = market.universe.column_of(contract)
    return int(market.snapshot().price[column])


def test_heartbeats_alone_make_and_keep_the_feed_live(zmq_context: Context, market: MarketBook) -> None:
    clock = ManualClock()
    publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), clock)
    feed = QuotesFeed(zmq_context, publisher.endpoints.quotes, market, clock)
    assert feed.state is FeedState.SYNCING

    def live() -> bool:
        clock.advance(MILLISECOND)
        return feed.state is FeedState.LIVE

    until(live, publisher, feed)
    for _ in range(20):
        clock.advance(100 * MILLISECOND)
        publisher.service()
        assert feed.poll_sockets()[0].poll(5000)
        feed.drain(10)
        feed.tick()
        assert feed.state is FeedState.LIVE
    feed.close()
    publisher.close()


def test_a_joiner_gets_every_quote_at_once(publisher: Publisher, quotes: QuotesFeed, market: MarketBook) -> None:
    contracts = [f"X:GOLD:OOF:202612:C:{strike}" for strike in range(1, 1500)]
    publisher.publish_quotes(quote(place, contract) for place, contract in enumerate(contracts))
    until(lambda: len(market.universe) == len(contracts), publisher, quotes)
    assert [price(market, contract) for contract in contracts] == list(range(len(contracts)))


def test_of_many_quotes_of_an_instrument_the_newest_stays(
    publisher: Publisher, quotes: QuotesFeed, market: MarketBook
) -> None:
    until(lambda: quotes.state is FeedState.LIVE, publisher, quotes)
    for bundle in range(50):
        publisher.publish_quotes([quote(bundle * 10 + place) for place in range(10)])
    version = market.version
    until(lambda: market.version > version and price(market) == 499, publisher, quotes)
    # Conflated before they reach the book: far fewer changes than quotes.
    assert market.version - version <= 50


def test_an_older_quote_never_replaces_a_newer_one(
    publisher: Publisher, quotes: QuotesFeed, market: MarketBook
) -> None:
    until(lambda: quotes.state is FeedState.LIVE, publisher, quotes)
    publisher.publish_quotes([quote(7)])
    until(lambda: price(market) == 7, publisher, quotes)
    publisher.publish_quotes([quote(6, ahead=-(10**9)), quote(1, "X:GOLD:FUT:202703")])
    until(lambda: price(market, "X:GOLD:FUT:202703") == 1, publisher, quotes)
    assert price(market) == 7


def test_lost_bundles_are_counted_and_do_no_harm(
    by_hand: tuple[zmq.Socket[bytes], QuotesFeed], market: MarketBook
) -> None:
    socket, feed = by_hand
    for sequence in (1, 2, 6):
        send(socket, ["quotes", 1, b"s" * 16, sequence, 1, [[GOLD, sequence, None, None, 0, 0, sequence]]])
    until(lambda: price(market) == 6, feed)
    assert feed.faults.counts["lost"] == 3
    assert feed.state is FeedState.LIVE


@pytest.mark.expects_log("contract|shape|time|encoding|version|topic")
@pytest.mark.parametrize(
    "message",
    [
        ["quotes", 1, b"s" * 16, 1, 1, [["GOLD", 1, None, None, 0, 0, 1]]],
        ["quotes", 1, b"s" * 16, 1, 1, [[GOLD, 10**18, None, None, 0, 0, 1]]],
        ["quotes", 1, b"s" * 16, 1, 1, [[GOLD, float("nan"), None, None, 0, 0, 1]]],
        ["quotes", 1, b"s" * 16, 1, 1, [[GOLD, 1, None, None, 0, 0, 2**62]]],
        ["quotes", 1, b"s" * 16, 1, 1, [[GOLD, 1, None, None, -1, 0, 1]]],
        ["quotes", 3, b"s" * 16, 1, 1, []],
        ["quotes", 1, b"short", 1, 1, []],
        {"type": "quotes"},
        None,
    ],
    ids=str,
)
def test_a_bad_message_is_counted_and_the_feed_goes_on(
    by_hand: tuple[zmq.Socket[bytes], QuotesFeed], market: MarketBook, message: object
) -> None:
    socket, feed = by_hand
    send(socket, message)
    send(socket, ["quotes", 1, b"s" * 16, 2, 1, [["X:OTHER:FUT:202612", 5, None, None, 0, 0, 1]]])
    until(lambda: price(market, "X:OTHER:FUT:202612") == 5, feed)
    assert price(market) == NOT_COMPUTABLE
    assert sum(feed.faults.counts.values()) == 1 + feed.faults.counts["lost"]


def send(socket: zmq.Socket[bytes], message: object) -> None:
    socket.send_multipart((b"quotes", msgpack.packb(message)))
