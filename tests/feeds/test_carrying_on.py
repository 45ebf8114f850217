"""Feeds carry on in books of another universe: nothing is lost, whatever is on its way at that moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine.book import PositionBook
from engine.column_map import ColumnMap
from engine.instruments import Contract, Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from feeds.clock import SystemClock
from feeds.columns import MOST_UNLISTED, Columns
from feeds.messages import Quote
from feeds.positions import PositionsFeed
from feeds.publisher import Publisher
from feeds.quotes import QuotesFeed
from tests.feeds.conftest import Context
from tests.feeds.driving import NoContracts, content, turn, until

NAMES = [f"X:P{number}:FUT:202612" for number in range(40)]


class Listing(NoContracts):
    """A parameter file that lists these contracts."""

    def __init__(self, names: list[str]) -> None:
        self._contracts = [Contract.parse(name) for name in names]

    def __len__(self) -> int:
        return len(self._contracts)

    def find(self, contract: Contract) -> int:
        return self._contracts.index(contract) if contract in self._contracts else -1

    def contract(self, row: int) -> Contract:
        return self._contracts[row]


def step(before: Universe, names: list[str]) -> ColumnMap:
    after = Universe(Listing(names))
    rows = [after.find(before.contract(column)) for column in range(before.listed)]
    return ColumnMap(before, after, np.array(rows, dtype=np.int64))


def fill(publisher: Publisher, accounts: range) -> None:
    for number in accounts:
        publisher.set_account(f"account {number}", "group", "EUR")
        for name in NAMES:
            publisher.set_position(f"account {number}", name, number + 1, 0, 100, None)


@pytest.fixture
def quotes(zmq_context: Context, publisher: Publisher) -> Iterator[QuotesFeed]:
    feed = QuotesFeed(zmq_context, publisher.endpoints.quotes, MarketBook(Universe(Listing(NAMES))), SystemClock())
    yield feed
    feed.close()


def test_updates_before_and_after_are_all_there(publisher: Publisher, feed: PositionsFeed, book: PositionBook) -> None:
    fill(publisher, range(20))
    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    after = book.remapped(step(book.universe, NAMES[5:25]))
    feed.carry_on_in(after)
    fill(publisher, range(10, 30))
    publisher.set_position("account 3", NAMES[0], 0, 0, None, None)
    until(lambda: feed.status().sequence == publisher.sequence, publisher, feed)
    accounts, positions, _ = content(after)
    assert (len(accounts), len(positions)) == (30, 30 * len(NAMES) - 1)
    assert feed.state is FeedState.LIVE
    assert feed.faults.counts["snapshots"] == 1


def test_a_snapshot_on_its_way_ends_in_the_new_book(
    publisher: Publisher, feed: PositionsFeed, book: PositionBook
) -> None:
    fill(publisher, range(500))
    until(lambda: feed._replacement is not None, publisher, feed)
    after = book.remapped(step(book.universe, NAMES[:10]))
    feed.carry_on_in(after)
    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    assert len(content(after)[1]) == 500 * len(NAMES)
    assert content(book)[1] == {}


def test_quotes_arrive_under_the_new_columns(publisher: Publisher, quotes: QuotesFeed) -> None:
    universe = Universe(Listing(NAMES))
    columns = step(universe, NAMES[::-1])
    market = MarketBook(universe).remapped(columns)
    quotes.carry_on_in(market)

    def priced() -> bool:
        publisher.publish_quotes([Quote(NAMES[0], 500, None, None, 0, 0, SystemClock().wall_ns())])
        turn(publisher, quotes)
        return bool(market.snapshot().price[len(NAMES) - 1] == 500)

    until(priced, publisher, quotes)
    assert (market.snapshot().price != NOT_COMPUTABLE).sum() == 1


def test_a_contract_that_is_held_is_known_however_many_are_unlisted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.columns.MOST_UNLISTED", 3)
    assert MOST_UNLISTED > 3
    universe = Universe(NoContracts())
    for name in NAMES[:3]:
        universe.column(Contract.parse(name))
    assert Columns(universe).of(NAMES[2]) == 2
