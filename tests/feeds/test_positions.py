"""The lossless subscriber against a real publisher and against one written by hand with pyzmq and msgpack."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgpack
import pytest
import zmq

from engine.book import PositionBook
from engine.decision import Order
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from engine.text import BadInputError
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.publisher import Endpoints, Publisher
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import content, until
from tests.feeds.hand_publisher import HandPublisher

GOLD = "X:GOLD:FUT:202612"
CALL = "X:GOLD:OOF:202612:C:1850.5"


@pytest.fixture
def hand(zmq_context: Context) -> Iterator[HandPublisher]:
    hand = HandPublisher(zmq_context)
    hand.update(["account", "acme", "Acme group", "USD"])
    hand.update(["position", "acme", GOLD, 3, 0, 100, None])
    hand.update(["money", "acme", "USD", 5_000_000, -7])
    yield hand
    hand.close()


@pytest.fixture
def follower(zmq_context: Context, hand: HandPublisher, book: PositionBook) -> Iterator[PositionsFeed]:
    feed = PositionsFeed(zmq_context, hand.endpoint, hand.snapshot_endpoint, book, SystemClock(), Random(1))
    until(lambda: feed.state is FeedState.LIVE, hand, feed)
    yield feed
    feed.close()


def live(feed: PositionsFeed) -> bool:
    return feed.state is FeedState.LIVE


def today(book: PositionBook, contract: str) -> tuple[int, int] | None:
    return book.snapshot().today_of(book.account("acme"), book.universe.column_of(contract))


def test_a_late_joiner_gets_the_whole_book(publisher: Publisher, feed: PositionsFeed, book: PositionBook) -> None:
    for number in range(3000):
        publisher.set_account(f"account {number}", f"group {number % 7}", "EUR")
        publisher.set_position(f"account {number}", GOLD, number + 1, 2, 100, None)
        publisher.set_position(f"account {number}", CALL, 0, number + 1, None, -5)
        publisher.set_money(f"account {number}", "EUR", number, -number)
    until(lambda: live(feed) and feed.status().sequence == publisher.sequence, publisher, feed)
    accounts, positions, money = content(book)
    assert accounts["account 8"] == ("group 1", "EUR")
    assert positions["account 8", GOLD] == (9, 2, 100, NOT_COMPUTABLE)
    assert len(positions) == 6000
    assert money["account 2999", "EUR"] == (2999, -2999)


def test_updates_after_the_snapshot_are_applied(publisher: Publisher, feed: PositionsFeed, book: PositionBook) -> None:
    publisher.set_account("acme", "Acme group", "EUR")
    until(lambda: live(feed), publisher, feed)
    publisher.set_position("acme", GOLD, 5, 0, 100, None)
    publisher.set_position("acme", GOLD, 0, 0, None, None)
    publisher.set_position("acme", CALL, 0, 2, None, 7)
    publisher.set_account("acme", "Other group", "EUR")
    until(lambda: feed.status().sequence == publisher.sequence, publisher, feed)
    accounts, positions, _ = content(book)
    assert live(feed)
    assert feed.faults.counts["snapshots"] == 1
    assert accounts == {"acme": ("Other group", "EUR")}
    assert positions == {("acme", CALL): (0, 2, NOT_COMPUTABLE, 7)}


def test_what_was_opened_today_comes_with_the_snapshot_and_with_updates(
    publisher: Publisher, feed: PositionsFeed, book: PositionBook
) -> None:
    publisher.set_account("acme", "Acme group", "EUR")
    publisher.set_position("acme", GOLD, 5, 2, 100, 100, (3, 0))
    publisher.set_position("acme", CALL, 0, 2, None, 7)
    until(lambda: live(feed), publisher, feed)
    assert (today(book, GOLD), today(book, CALL)) == ((3, 0), None)
    publisher.set_position("acme", GOLD, 4, 4, 100, 100, (2, 2))
    until(lambda: feed.status().sequence == publisher.sequence, publisher, feed)
    assert (live(feed), today(book, GOLD)) == (True, (2, 2))


def test_a_publisher_that_stops_telling_makes_it_unknown_and_never_zero(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    assert today(book, GOLD) is None
    hand.update(["position", "acme", GOLD, 5, 0, 100, None, 2, 0])
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    assert today(book, GOLD) == (2, 0)
    hand.update(["position", "acme", GOLD, 5, 0, 100, None])
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    assert (live(follower), today(book, GOLD)) == (True, None)


@pytest.mark.expects_log("today|shape")
@pytest.mark.parametrize(
    ("version", "fields"),
    [(2, [6, 0]), (2, [1, 1]), (2, [-1, 0]), (1, [1, 0]), (2, [1, None]), (2, [1]), (2, []), (2, [None, None])],
    ids=str,
)
def test_more_opened_today_than_held_or_in_the_wrong_form_is_refused(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook, version: int, fields: list[object]
) -> None:
    hand.beats = False
    message = hand.message(["position", "acme", GOLD, 5, 0, 100, None, *fields], hand.sequence + 1)
    hand.sequence += 1
    hand.send([message[0], version, *message[2:]])
    until(lambda: follower.state is FeedState.SYNCING, follower)
    assert content(book)[1] == {("acme", GOLD): (3, 0, 100, NOT_COMPUTABLE)}
    hand.beats = True
    until(lambda: live(follower), hand, follower)


def test_an_empty_book_is_a_book_too(publisher: Publisher, feed: PositionsFeed, book: PositionBook) -> None:
    until(lambda: live(feed), publisher, feed)
    assert len(book) == 0


def test_before_the_first_message_the_feed_is_init(feed: PositionsFeed) -> None:
    assert feed.state is FeedState.INIT


def test_a_publisher_without_our_code_is_understood(follower: PositionsFeed, book: PositionBook) -> None:
    assert content(book) == (
        {"acme": ("Acme group", "USD")},
        {("acme", GOLD): (3, 0, 100, NOT_COMPUTABLE)},
        {("acme", "USD"): (5_000_000, -7)},
    )


@pytest.mark.expects_log("gap")
def test_a_gap_leads_to_a_fresh_snapshot(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    hand.beats = False
    hand.update(["position", "acme", GOLD, 4, 0, 100, None], send=False)
    hand.update(["money", "acme", "USD", 1, 1])
    until(lambda: follower.state is FeedState.SYNCING, follower)
    hand.beats = True
    until(lambda: live(follower), hand, follower)
    assert content(book)[1] == {("acme", GOLD): (4, 0, 100, NOT_COMPUTABLE)}
    assert follower.status().sequence == hand.sequence


@pytest.mark.expects_log("lost tail")
def test_a_heartbeat_reveals_a_lost_tail(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    hand.update(["money", "acme", "USD", 9, 9], send=False)
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    until(lambda: live(follower), hand, follower)
    assert content(book)[2] == {("acme", "USD"): (9, 9)}


@pytest.mark.expects_log("lost tail")
def test_a_resync_removes_what_has_vanished(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    hand.rows = [["account", "other", "Other group", "EUR"], ["money", "other", "EUR", 1, 2]]
    hand.sequence += 5
    until(lambda: live(follower) and follower.status().sequence == hand.sequence, hand, follower)
    _, positions, money = content(book)
    assert positions == {}
    assert money == {("other", "EUR"): (1, 2)}


@pytest.mark.expects_log("gap")
def test_a_resync_touches_only_accounts_that_changed(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    hand.update(["account", "other", "Other group", "EUR"])
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    book.take_touched()
    hand.update(["money", "other", "EUR", 1, 1], send=False)
    hand.update(["money", "other", "EUR", 2, 2])
    until(lambda: follower.faults.counts["snapshots"] == 2 and live(follower), hand, follower)
    assert book.take_touched() == [book.account("other")]


def test_a_repeated_message_is_dropped(hand: HandPublisher, follower: PositionsFeed) -> None:
    body = hand.update(["money", "acme", "USD", 1, 1])
    hand.send_bytes(body)
    hand.update(["money", "acme", "USD", 2, 2])
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    assert live(follower)
    assert follower.faults.counts["repetition"] == 1
    assert follower.faults.counts["snapshots"] == 1


@pytest.mark.expects_log("security alert")
def test_a_repeated_number_with_other_content_makes_the_feed_suspect_until_the_next_snapshot(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    hand.update(["money", "acme", "USD", 1, 1])
    hand.send(hand.message(["money", "acme", "USD", 999, 1], hand.sequence))
    until(lambda: follower.state is FeedState.SUSPECT, follower)
    assert content(book)[2] == {("acme", "USD"): (1, 1)}
    until(lambda: live(follower), hand, follower)
    assert follower.faults.counts["conflict"] == 1


@pytest.mark.expects_log("security alert.*differs")
def test_a_digest_that_differs_makes_the_feed_suspect(hand: HandPublisher, follower: PositionsFeed) -> None:
    hand.beats = False
    hand.beat(digest=bytes(8))
    until(lambda: follower.state is FeedState.SUSPECT, follower)
    hand.beats = True
    until(lambda: live(follower), hand, follower)


@pytest.mark.expects_log("security alert.*after")
def test_a_stream_that_goes_back_makes_the_feed_suspect(hand: HandPublisher, follower: PositionsFeed) -> None:
    hand.beat()
    hand.beat(sequence=hand.sequence - 1)
    until(lambda: follower.faults.counts["order"] == 1, follower)
    until(lambda: live(follower), hand, follower)


def test_a_new_publisher_session_resyncs(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    hand.session = b"t" * 16
    hand.sequence = 0
    hand.rows = []
    hand.update(["account", "new", "New group", "EUR"])
    until(lambda: follower.session == hand.session and live(follower), hand, follower)
    assert "new" in content(book)[0]
    assert content(book)[1] == {}


@pytest.mark.expects_log("snapshot", "gap|lost tail")
@pytest.mark.parametrize(
    ("place", "value"),
    [(2, b"x" * 16), (8, bytes(32)), (9, bytes(8)), (6, 7), (3, b"y" * 16)],
    ids=["session", "sha256", "digest", "piece", "request"],
)
def test_a_spoiled_snapshot_changes_nothing(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook, place: int, value: object
) -> None:
    before = content(book)
    hand.spoil = lambda chunk: [*chunk[:place], value, *chunk[place + 1 :]]
    # Sequence 10 without 4 to 9: the subscriber needs a snapshot.
    hand.sequence = 9
    hand.update(["money", "acme", "USD", 8, 8])
    until(lambda: follower.faults.counts["snapshot"] >= 2, hand, follower)
    assert follower.state is FeedState.SYNCING
    assert content(book) == before
    hand.spoil = lambda chunk: chunk
    until(lambda: live(follower), hand, follower)
    assert content(book)[2] == {("acme", "USD"): (8, 8)}


@pytest.mark.expects_log("shape|contract|account|currency|encoding")
@pytest.mark.parametrize(
    "fields",
    [
        ["position", "acme", GOLD, -1, 0, None, None],
        ["position", "acme", "X:GOLD:FUT", 1, 0, None, None],
        ["position", "acme", "X:GOLD:OOF:202612:C:1850.50", 1, 0, None, None],
        ["position", "nobody", GOLD, 1, 0, None, None],
        ["position", "acme", GOLD, 1.5, 0, None, None],
        ["position", "acme", GOLD, 2**70, 0, None, None],
        ["position", b"acme\xff", GOLD, 1, 0, None, None],
        ["money", "acme", "US\u202e", 1, 1],
        ["account", "ac\nme", "group", "USD"],
        ["invented", "acme"],
    ],
    ids=lambda fields: str(fields[1:4]),
)
def test_a_bad_message_on_the_numbered_stream_is_a_gap(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook, fields: list[object]
) -> None:
    before = content(book)
    hand.beats = False
    try:
        body = msgpack.packb(hand.message(fields, hand.sequence + 1))
    except OverflowError:
        body = msgpack.packb(hand.message([*fields[:3], 2**63, *fields[4:]], hand.sequence + 1))
    hand.sequence += 1
    hand.send_bytes(body)
    until(lambda: follower.state is FeedState.SYNCING, follower)
    hand.beats = True
    until(lambda: live(follower) and follower.status().sequence == hand.sequence, hand, follower)
    assert content(book) == before


@pytest.mark.expects_log("encoding|shape|topic|version")
@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (b"\xc1", b"positions"),
        (b"", b"positions"),
        (b"\x91" * 5000, b"positions"),
        (b"\x97\xa7account\x01", b"positions"),
        (msgpack.packb(["heartbeat", 2, b"s" * 16, 1, 1, bytes(8)]), b"positions"),
        (msgpack.packb(["heartbeat", 1, b"s" * 16, 1, 1, bytes(8)]), b"positions and more"),
    ],
    ids=["not msgpack", "empty", "nested", "cut off", "other version", "other topic"],
)
def test_a_frame_that_is_no_message_is_a_gap(
    hand: HandPublisher, follower: PositionsFeed, body: bytes, topic: bytes
) -> None:
    hand.send_bytes(body, topic)
    until(lambda: follower.state is FeedState.SYNCING, follower)
    until(lambda: live(follower), hand, follower)


@pytest.mark.expects_log("no answer", "gap|lost tail")
def test_a_request_without_an_answer_is_repeated(hand: HandPublisher, follower: PositionsFeed) -> None:
    hand.answers = False
    hand.update(["money", "acme", "USD", 8, 8], send=False)
    until(lambda: follower.faults.counts["no answer"] == 2, hand, follower)
    hand.answers = True
    until(lambda: live(follower), hand, follower)


@pytest.mark.expects_log("lost tail", "no answer")
def test_updates_that_arrive_during_a_resync_are_not_lost(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    hand.answers = False
    hand.update(["money", "acme", "USD", 1, 1], send=False)
    requests = hand.requests
    until(lambda: hand.requests > requests, hand, follower)
    for amount in range(50):
        hand.update(["money", "acme", "USD", amount, amount])
    hand.answers = True
    until(lambda: live(follower) and follower.status().sequence == hand.sequence, hand, follower)
    assert content(book)[2] == {("acme", "USD"): (49, 49)}


@pytest.mark.parametrize(
    "endpoint", ["tcp://192.168.1.4:5555", "tcp://*:5555", "tcp://127.0.0.1.example.com:1", "udp://127.0.0.1:1"]
)
def test_an_endpoint_that_leaves_the_machine_is_refused(
    zmq_context: Context, book: PositionBook, endpoint: str
) -> None:
    for pair in ((endpoint, "inproc://here"), ("inproc://here", endpoint)):
        with pytest.raises(BadInputError, match="encrypted transport is required"):
            PositionsFeed(zmq_context, *pair, book, SystemClock())


def test_a_publisher_that_cannot_bind_leaves_nothing_open(zmq_context: Context, publisher: Publisher) -> None:
    with pytest.raises(BadInputError, match="cannot be used"):
        Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, publisher.endpoints.quotes), SystemClock())


def test_a_silent_start_rebuilds_without_logging_faults(zmq_context: Context, book: PositionBook) -> None:
    nobody = zmq_context.socket(zmq.PUB)
    port = nobody.bind_to_random_port("tcp://127.0.0.1")
    feed = PositionsFeed(zmq_context, f"tcp://127.0.0.1:{port}", "inproc://nobody", book, SystemClock(), Random(2))
    until(lambda: feed.rebuilds >= 2, feed)
    assert feed.state is FeedState.INIT
    feed.close()
    nobody.close(linger=0)


def test_a_large_book_is_checked_a_few_thousand_rows_a_turn(
    publisher: Publisher, feed: PositionsFeed, book: PositionBook
) -> None:
    """So the owner of the thread, which has quotes to drain, is never kept for long; the book changes at the end."""
    for number in range(12_000):
        publisher.set_account(f"account {number}", "group", "EUR")
    rows_seen = set()

    def live_at_last() -> bool:
        rows_seen.add(len(book))
        return live(feed)

    until(live_at_last, publisher, feed)
    assert rows_seen == {0, 12_000}


def test_working_orders_come_change_and_go(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    contract = Contract.parse(GOLD)

    def working() -> dict[str, Order]:
        return dict(book.snapshot().working.of("acme"))

    hand.update(["working", "acme", "first", GOLD, -5, True])
    hand.update(["working", "acme", "second", GOLD, 2, False])
    until(lambda: len(working()) == 2, hand, follower)
    assert working() == {"first": Order(contract, -5, True), "second": Order(contract, 2)}
    hand.update(["working", "acme", "first", GOLD, -1, True])
    hand.update(["working", "acme", "second", GOLD, 0, False])
    until(lambda: working() == {"first": Order(contract, -1, True)}, hand, follower)
    assert follower.state is FeedState.LIVE


def test_a_late_joiner_gets_the_working_orders(publisher: Publisher, feed: PositionsFeed, book: PositionBook) -> None:
    publisher.set_account("acme", "Acme group", "USD")
    for number in range(1, 4):
        publisher.set_working("acme", f"order {number}", GOLD, number)
    publisher.set_working("acme", "order 2", GOLD, 0)
    until(lambda: live(feed) and feed.status().sequence == publisher.sequence, publisher, feed)
    assert set(book.snapshot().working.of("acme")) == {"order 1", "order 3"}


@pytest.mark.expects_log("unprintable order name")
def test_a_working_order_with_an_unprintable_name_is_not_taken(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    hand.update(["working", "acme", "\x07", GOLD, 1, False])
    until(lambda: follower.faults.counts["order"], hand, follower)
    assert book.snapshot().working.of("acme") == {}
