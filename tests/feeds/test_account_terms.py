"""How an account is margined, said on the wire by our publisher, and by ones that say it or do not know of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from engine.book import PositionBook
from engine.margin_terms import USUAL, MarginTerms
from engine.snapshot import FeedState
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.publisher import Publisher
from tests.feeds.conftest import Context
from tests.feeds.driving import until
from tests.feeds.hand_publisher import HandPublisher

OMNIBUS = MarginTerms(True, "M", False, False, "CORE")


@pytest.fixture
def hand(zmq_context: Context) -> Iterator[HandPublisher]:
    hand = HandPublisher(zmq_context)
    hand.update(["account", "old", "Acme group", "USD"])
    hand.update(["account", "omnibus", "Acme group", "USD", "gross", "house member", "core initial"])
    yield hand
    hand.close()


@pytest.fixture
def follower(zmq_context: Context, hand: HandPublisher, book: PositionBook) -> Iterator[PositionsFeed]:
    feed = PositionsFeed(zmq_context, hand.endpoint, hand.snapshot_endpoint, book, SystemClock(), Random(1))
    until(lambda: feed.state is FeedState.LIVE, hand, feed)
    yield feed
    feed.close()


def terms(book: PositionBook) -> dict[str, MarginTerms]:
    snapshot = book.snapshot()
    return {account.name: snapshot.kinds.terms[snapshot.kinds.of[row]] for row, account in enumerate(snapshot.accounts)}


@pytest.mark.usefixtures("follower")
def test_a_publisher_that_says_nothing_of_margining_is_understood_beside_one_that_does(book: PositionBook) -> None:
    assert terms(book) == {"old": USUAL, "omnibus": OMNIBUS}


def test_other_terms_touch_the_account(hand: HandPublisher, follower: PositionsFeed, book: PositionBook) -> None:
    book.take_touched()
    hand.update(["account", "omnibus", "Acme group", "USD", "gross", "speculator", ""])
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    assert terms(book)["omnibus"] == MarginTerms(True, "S")
    assert book.take_touched() == [book.account("omnibus")]


def test_our_publisher_and_subscriber_agree_on_terms(
    publisher: Publisher, feed: PositionsFeed, book: PositionBook
) -> None:
    publisher.set_account("plain", "Acme group", "EUR")
    publisher.set_account("omnibus", "Acme group", "EUR", OMNIBUS)
    until(lambda: feed.state is FeedState.LIVE and feed.status().sequence == publisher.sequence, publisher, feed)
    publisher.set_account("late", "Acme group", "EUR", MarginTerms(maintenance=True))
    until(lambda: feed.status().sequence == publisher.sequence, publisher, feed)
    assert terms(book) == {"plain": USUAL, "omnibus": OMNIBUS, "late": MarginTerms(maintenance=True)}
    assert feed.state is FeedState.LIVE


@pytest.mark.parametrize(
    "words", [["nett", "", ""], ["net", "trader", ""], ["net", "member hedger", ""], ["gross", "", "high"]]
)
@pytest.mark.expects_log("account")
def test_words_that_are_not_known_are_refused(hand: HandPublisher, follower: PositionsFeed, words: list[str]) -> None:
    hand.send(hand.message(["account", "new", "Acme group", "USD", *words], hand.sequence + 1))
    until(lambda: follower.faults.counts["account"] == 1, hand, follower)


def test_an_account_is_named_again_with_the_digest_of_its_short_row(
    hand: HandPublisher, follower: PositionsFeed, book: PositionBook
) -> None:
    row = ["account", "old", "Other group", "USD"]
    hand.update(row)
    message = hand.message([*row, "net", "", ""], hand.sequence + 1)
    hand.sequence += 1
    hand.send(message)
    until(lambda: follower.status().sequence == hand.sequence, hand, follower)
    hand.beat()
    until(lambda: follower.state is FeedState.LIVE, hand, follower)
    assert "digest" not in follower.faults.counts
    assert terms(book)["old"] == USUAL
