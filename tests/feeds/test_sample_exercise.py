"""What an exercise brings to the sample exchange: a copied book that is quoted and stands still, and losses."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import PositionBook
from engine.instruments import Universe
from engine.snapshot import FeedState
from engine.span.conventions import named_convention
from engine.span.parameters import ParameterSet
from engine.text import BadInputError
from feeds.clock import SystemClock
from feeds.positions import PositionsFeed
from feeds.publisher import Endpoints, Publisher
from feeds.sample_exchange import SampleExchange, Size
from feeds.sample_exercise import Event, HeardEvents, Jump, Loss, Walk, read_book
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import until

EVENTS = st.lists(
    st.one_of(
        st.builds(
            Loss, st.text("ab 7亏", min_size=1, max_size=9), st.sampled_from(("USD", "JPY")), st.integers(0, 10**18)
        ),
        st.builds(Walk, st.integers(0, 1_000)),
        st.builds(Jump, st.just("SIM:CL:FUT:202701"), st.integers(-(10**17), 10**17)),
    ),
    max_size=5,
)


@given(EVENTS, st.integers(1, 40))
def test_events_arrive_whole_however_they_are_cut(events: list[Event], size: int) -> None:
    heard, said = HeardEvents(), b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    for start in range(0, len(said), size):
        heard.hear(said[start : start + size])
    assert heard.take() == events


@pytest.mark.expects_log("what was said is no event: Expected `int` >= 0")
def test_a_line_that_is_no_event_is_logged_and_left_out() -> None:
    heard = HeardEvents()
    heard.hear(b'{"event": "walk", "pace": -1}\n{"event": "walk", "pace": 1}\n')
    assert heard.take() == [Walk(1)]


def future(parameters: ParameterSet) -> int:
    """Row of a future with a price."""
    return int(np.flatnonzero(parameters.contracts.right == 0)[0])


def written(folder: Path, *accounts: dict[str, object]) -> Path:
    file = folder / "book.json"
    file.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        ([], "length >= 1"),
        ([{"name": "a", "group": "g", "positions": {"SIM:XX:FUT:209901": [1, 0]}}], "has no price in the parameters"),
        ([{"name": "a", "group": "g", "positions": {"SIM:XX:FUT:209901": [-1, 0]}}], "Expected `int` >= 0"),
    ],
)
def test_a_book_that_cannot_be_opened_with_is_refused(
    tmp_path: Path, sample_parameters: ParameterSet, accounts: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        read_book(written(tmp_path, *accounts), sample_parameters)


def test_two_accounts_of_one_name_are_refused(tmp_path: Path, sample_parameters: ParameterSet) -> None:
    held = {str(sample_parameters.contract(future(sample_parameters))): [1, 0]}
    account = {"name": "a", "group": "g", "positions": held}
    with pytest.raises(BadInputError, match="two accounts have the same name"):
        read_book(written(tmp_path, account, account), sample_parameters)


def test_a_copied_book_is_all_there_is_and_a_loss_takes_money_from_one_account(
    zmq_context: Context, tmp_path: Path, sample_parameters: ParameterSet
) -> None:
    row, clock = future(sample_parameters), SystemClock()
    held = {str(sample_parameters.contract(row)): [3, 1]}
    copied = read_book(
        written(tmp_path, *({"name": name, "group": "DRILL", "positions": held} for name in ("a", "b"))),
        sample_parameters,
    )
    publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), clock)
    size = Size(fills=0, still=True)
    exchange = SampleExchange(sample_parameters, named_convention("CME"), size, publisher, clock, book=copied)
    assert exchange.quoted.tolist() == [row]
    book = PositionBook(Universe(sample_parameters))
    feed = PositionsFeed(zmq_context, publisher.endpoints.positions, publisher.endpoints.snapshots, book, clock)
    exchange.open()

    until(lambda: feed.state is FeedState.LIVE, publisher, feed)
    assert [account.name for account in book.snapshot().accounts] == ["a", "b"]
    assert book.snapshot().positions.sides_of(0, row) == (3, 1)
    (currency,) = exchange.accounts[0].money
    before = [account.money[currency] for account in exchange.accounts]
    exchange.lose("a", currency, 1_000)
    exchange.lose("nobody", currency, 1_000)
    after = [account.money[currency] for account in exchange.accounts]
    assert after == [(before[0][0] - 1_000, before[0][1]), before[1]]
    feed.close()
    publisher.close()


def test_prices_stand_still_until_they_are_told_to_walk_and_jump_where_they_are_told_to(
    zmq_context: Context, sample_parameters: ParameterSet
) -> None:
    publisher = Publisher(zmq_context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), SystemClock())
    size = Size(accounts=10, groups=2, positions=3, fills=0, still=True)
    exchange = SampleExchange(sample_parameters, named_convention("CME"), size, publisher, SystemClock())

    def prices() -> list[int]:
        for _ in range(50):
            exchange.step()
        return exchange._walk.prices(exchange.quoted).tolist()

    still = prices()
    assert prices() == still
    exchange.happen(Walk(60))
    walked = prices()
    assert walked != still
    exchange.happen(Walk(0))
    assert prices() == walked
    row = future(sample_parameters)
    aim = walked[exchange.quoted.tolist().index(row)] * 9 // 10
    exchange.happen(Jump(str(sample_parameters.contract(row)), aim))
    exchange.happen(Jump("SIM:XX:FUT:209901", aim))
    jumped = prices()
    tick = int(exchange._walk.ticks(np.array([row]))[0])
    assert abs(jumped[exchange.quoted.tolist().index(row)] - aim) <= tick
    moved = exchange.quoted[np.array(jumped) != np.array(walked)]
    assert set(sample_parameters.contracts.commodity[moved]) == {sample_parameters.contracts.commodity[row]}
    publisher.close()
