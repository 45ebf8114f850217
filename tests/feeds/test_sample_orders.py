"""Orders on the sample exchange: taken once, filled in parts, refused with a reason, never beyond what is held."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
import zmq

from engine.span.conventions import named_convention
from engine.span.parameters import ParameterSet
from feeds.messages import VERSION
from feeds.order_messages import OrderAnswer, OrderBeat, OrderCancel, OrderNew, OrderQuery, decode_order_reply
from feeds.order_server import OrderServer
from feeds.publisher import Endpoints, Publisher
from feeds.sample_exchange import SampleExchange, Size
from feeds.sample_orders import Rules
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import ManualClock, until

STILL = Size(accounts=20, groups=4, positions=8, quotes=100, fills=0, seed=7)


class Stage:
    """An exchange without trading of its own, its order entry, and a client that speaks plain messages."""

    def __init__(self, context: Context, parameters: ParameterSet, rules: Rules) -> None:
        clock = ManualClock()
        self.publisher = Publisher(context, Endpoints(ANYWHERE, ANYWHERE, ANYWHERE), clock)
        self.exchange = SampleExchange(parameters, named_convention("CME"), STILL, self.publisher, clock, rules)
        self.exchange.open()
        self.server = OrderServer(context, ANYWHERE, self.exchange.orders, self.publisher.session, clock)
        self.client = context.socket(zmq.DEALER)
        self.client.connect(self.server.endpoint)
        self.parameters = parameters
        self.account, self.row = next(
            (account, row)
            for account in self.exchange.accounts
            for row, holding in account.holdings.items()
            if holding.long > 30 and not holding.short
        )
        self.contract = str(parameters.contract(self.row))
        self.answers: list[OrderAnswer | OrderBeat] = []

    def poll_sockets(self) -> list[zmq.Socket[bytes]]:
        return [self.client]

    def service(self) -> None:
        while self.client.poll(0):
            self.answers.append(decode_order_reply(self.client.recv()))

    def say(self, message: OrderNew | OrderCancel | OrderQuery | OrderBeat) -> OrderAnswer | OrderBeat:
        """Send a message; its answer."""
        before = len(self.answers)
        self.client.send(msgspec.msgpack.encode(message))
        until(lambda: len(self.answers) > before, self, self.server)
        return self.answers[-1]

    def steps(self, count: int) -> None:
        """Let the exchange fill orders; all reports of it are in ``answers`` then."""
        for _ in range(count):
            self.server.step()
        self.client.send(msgspec.msgpack.encode(OrderBeat(VERSION)))
        until(lambda: any(isinstance(answer, OrderBeat) for answer in self.answers), self, self.server)
        self.answers = [answer for answer in self.answers if isinstance(answer, OrderAnswer)]

    def order(self, quantity: int, identity: str = "one", effect: str = "close", **changes: object) -> OrderNew:
        fields = {"account": self.account.name, "contract": self.contract, "side": "sell", "limit": None, **changes}
        return OrderNew(VERSION, identity, quantity=quantity, effect=effect, **fields)  # type: ignore[arg-type]

    @property
    def held(self) -> int:
        return self.account.holdings[self.row].long

    def close(self) -> None:
        self.client.close(linger=0)
        self.server.close()
        self.publisher.close()


@pytest.fixture
def stage(zmq_context: Context, sample_parameters: ParameterSet) -> Iterator[Stage]:
    stage = Stage(zmq_context, sample_parameters, Rules(filled_a_step=10))
    yield stage
    stage.close()


def state(answer: OrderAnswer | OrderBeat) -> tuple[str, int]:
    assert isinstance(answer, OrderAnswer)
    return answer.state, answer.filled


def test_an_order_fills_in_parts_and_reports_each(stage: Stage) -> None:
    before = stage.held
    assert state(stage.say(stage.order(25))) == ("working", 0)
    stage.answers.clear()
    stage.steps(3)
    assert [state(answer) for answer in stage.answers] == [("working", 10), ("working", 20), ("filled", 25)]
    assert stage.held == before - 25


def test_the_same_order_sent_again_is_taken_once(stage: Stage) -> None:
    before = stage.held
    stage.say(stage.order(5))
    stage.steps(1)
    assert state(stage.say(stage.order(5))) == ("filled", 5)
    stage.steps(3)
    assert stage.held == before - 5


def test_another_order_under_a_used_name_is_refused_and_the_first_stands(stage: Stage) -> None:
    stage.say(stage.order(5))
    answer = stage.say(stage.order(6))
    assert isinstance(answer, OrderAnswer)
    assert (answer.state, answer.reason) == ("rejected", "the order number was used for another order")
    assert state(stage.say(OrderQuery(VERSION, "one"))) == ("working", 0)


def test_no_order_closes_more_than_is_held_and_not_yet_being_closed(stage: Stage) -> None:
    held = stage.held
    stage.say(stage.order(held - 1))
    answer = stage.say(stage.order(2, "two"))
    assert isinstance(answer, OrderAnswer)
    assert answer.reason == "closes 2, 1 held and not yet being closed"


def test_an_order_that_closes_never_opens_whatever_else_has_traded(stage: Stage) -> None:
    stage.say(stage.order(stage.held))
    stage.account.holdings[stage.row].long = 4
    stage.steps(2)
    assert [state(answer) for answer in stage.answers[-2:]] == [("working", 4), ("cancelled", 4)]
    assert (stage.held, stage.account.holdings[stage.row].short) == (0, 0)


def test_an_order_that_opens_may_open(stage: Stage) -> None:
    before = stage.held
    stage.say(stage.order(5, effect="open", side="buy"))
    stage.steps(1)
    assert stage.held == before + 5


def test_a_limit_that_the_market_does_not_reach_waits(stage: Stage) -> None:
    stage.say(stage.order(5, limit=10**16))
    stage.answers.clear()
    stage.steps(3)
    assert stage.answers == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account": "Nobody"}, "no account is called Nobody"),
        ({"contract": "SIM:ZZ:FUT:203001"}, "no contract is called SIM:ZZ:FUT:203001"),
    ],
)
def test_what_is_not_there_is_refused_by_name(stage: Stage, changes: dict[str, str], reason: str) -> None:
    answer = stage.say(stage.order(1, **changes))
    assert isinstance(answer, OrderAnswer)
    assert (answer.state, answer.reason) == ("rejected", reason)


def test_a_withdrawn_order_keeps_what_was_filled(stage: Stage) -> None:
    stage.say(stage.order(25))
    stage.steps(1)
    assert state(stage.say(OrderCancel(VERSION, "one"))) == ("cancelled", 10)
    before = stage.held
    stage.steps(2)
    assert stage.held == before


def test_an_order_that_never_arrived_is_not_known(stage: Stage) -> None:
    assert state(stage.say(OrderQuery(VERSION, "ghost"))) == ("not known", 0)


def test_a_beat_is_answered_with_the_session(stage: Stage) -> None:
    assert stage.say(OrderBeat(VERSION)) == OrderBeat(VERSION, stage.publisher.session, together=True)


@pytest.mark.expects_log("orders feed: ")
def test_what_cannot_be_read_is_counted_and_the_next_order_is_taken(stage: Stage) -> None:
    for frame in (b"", b"\xff" * 20, b"x" * 5_000, msgspec.msgpack.encode(["order-new", 1])):
        stage.client.send(frame)
    assert state(stage.say(stage.order(1))) == ("working", 0)
    assert sum(stage.server.faults.counts.values()) == 4


def test_an_order_in_a_contract_at_its_price_limit_is_taken_and_not_filled(stage: Stage) -> None:
    stage.exchange.orders.rules = Rules(locked=frozenset({stage.contract}))
    assert state(stage.say(stage.order(5))) == ("working", 0)
    stage.answers.clear()
    stage.steps(5)
    assert stage.answers == []


def test_a_contract_that_is_not_traded_takes_no_order(stage: Stage) -> None:
    stage.exchange.orders.rules = Rules(refused=frozenset({stage.contract}))
    answer = stage.say(stage.order(5))
    assert isinstance(answer, OrderAnswer)
    assert answer.reason == f"{stage.contract} is not traded now"


def test_fills_come_back_through_the_position_feed(stage: Stage, zmq_context: Context) -> None:
    sequence = stage.publisher.sequence
    stage.say(stage.order(10))
    stage.steps(1)
    # The order as it begins, the position and the money of the account, and the order with less left, or over.
    assert stage.publisher.sequence == sequence + 4


def test_what_stands_at_its_lower_limit_has_no_bid_and_is_bought_there_alone(
    zmq_context: Context, sample_parameters: ParameterSet
) -> None:
    plain = Stage(zmq_context, sample_parameters, Rules())
    contract, price = plain.contract, 5 * 10**8
    plain.close()
    stage = Stage(zmq_context, sample_parameters, Rules(limit_down={contract: price}))
    assert stage.contract == contract
    before = stage.held
    quote = stage.publisher._latest[contract]
    assert (quote.price, quote.bid, quote.ask, quote.bid_quantity) == (price, None, price, 0)
    stage.say(stage.order(5, "sold"))
    stage.say(stage.order(4, "bought", effect="open", side="buy"))
    stage.steps(2)
    assert stage.held == before + 4
    bought = stage.say(OrderQuery(VERSION, "bought"))
    assert isinstance(bought, OrderAnswer)
    assert (bought.state, bought.average) == ("filled", price)
    assert state(stage.say(OrderQuery(VERSION, "sold"))) == ("working", 0)
    stage.close()
