"""Orders that are one on the sample exchange: taken whole, filled whole in one step, withdrawn whole, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.instruction import PriceType, Side
from engine.routing import OrderReport, OrderState, RoutedGroup, reports_of
from engine.span.parameters import ParameterSet
from feeds.gateway import LineState, NotSentError
from feeds.messages import VERSION
from feeds.order_messages import EffectWord, OrderCancel, OrderLeg, OrderQuery, OrderTogether, SideWord
from feeds.sample_gateway import SampleGateway
from feeds.sample_orders import Rules, SampleGroup, Touch
from tests.feeds.conftest import Context
from tests.feeds.driving import ManualClock, until
from tests.feeds.groups import routed_pair
from tests.feeds.test_opened_today import APART, ROWS, TOGETHER, Exchange, new, settle
from tests.feeds.test_sample_orders import Stage

legs = st.tuples(
    st.sampled_from([APART, TOGETHER]),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["open", "close", "close today", "close yesterday"]),
    st.integers(1, 9),
    st.sampled_from([None, 10, 9, 11]),
)
Leg = tuple[str, SideWord, EffectWord, int, int | None]


def group_of(name: str, several: list[Leg]) -> OrderTogether:
    made = [OrderLeg(f"{name} {place}", *leg) for place, leg in enumerate(several)]
    return OrderTogether(VERSION, name, "A", tuple(made))


@given(st.lists(st.lists(legs, min_size=2, max_size=4), max_size=8), st.data())
def test_a_group_trades_every_contract_of_every_leg_or_none(groups: list[list[Leg]], data: st.DataObject) -> None:
    exchange = Exchange()
    taken: list[SampleGroup] = []
    for number, several in enumerate(groups):
        taken.append(exchange.orders.take_together(group_of(f"g{number}", several)))
        if data.draw(st.booleans()):
            # Somebody else's order may take what a waiting group meant to close.
            exchange.orders.take(new(f"s{number}", TOGETHER, "sell", "close", 3))
        if data.draw(st.booleans()):
            exchange.orders.cancel(data.draw(st.sampled_from(taken)).identity)
        before = {contract: exchange.told(contract) for contract in ROWS}
        changed = exchange.orders.step()
        if not changed:
            assert {contract: exchange.told(contract) for contract in ROWS} == before
        for group in taken:
            states = {leg.state for leg in group.legs}
            filled = {leg.filled == leg.order.quantity for leg in group.legs}
            assert len(states) == 1
            assert filled == {states == {"filled"}}
            assert states == {"filled"} or not any(leg.filled for leg in group.legs)
        for contract in ROWS:
            long, short, long_today, short_today = exchange.told(contract)
            assert 0 <= long_today <= long
            assert 0 <= short_today <= short


@given(st.lists(legs, min_size=2, max_size=4))
def test_a_group_that_was_taken_changes_positions_as_its_legs_alone_would(several: list[Leg]) -> None:
    together, apart = Exchange(), Exchange(100)
    free: list[Leg] = [(contract, side, effect, quantity, None) for contract, side, effect, quantity, _ in several]
    if together.orders.take_together(group_of("g", free)).state == "rejected":
        return
    together.orders.step()
    for place, (contract, side, effect, quantity, _) in enumerate(free):
        apart.orders.take(new(str(place), contract, side, effect, quantity))
    settle(apart, len(free))
    if together.orders.find("g").state == "filled":  # type: ignore[union-attr]
        assert [together.told(contract)[:2] for contract in ROWS] == [apart.told(contract)[:2] for contract in ROWS]


def test_legs_close_no_more_together_than_there_is() -> None:
    exchange = Exchange()
    refused = exchange.orders.take_together(
        group_of("g", [(APART, "sell", "close yesterday", 5, None), (APART, "sell", "close yesterday", 4, None)])
    )
    assert (refused.state, refused.reason) == (
        "rejected", "closes 4 of earlier days, 3 held and not yet being closed",
    )  # fmt: skip
    assert exchange.orders.take(new("one", APART, "sell", "close yesterday", 8))[0].state == "working"


def test_a_group_whose_position_has_gone_meanwhile_is_withdrawn_whole() -> None:
    exchange = Exchange()
    group = exchange.orders.take_together(
        group_of("g", [(TOGETHER, "sell", "close", 8, None), (APART, "buy", "open", 2, 9)])
    )
    assert exchange.orders.step() == []
    exchange.account.holdings[ROWS[TOGETHER]].long = 7
    # The other leg's limit is reached by now.
    exchange.orders.touch = lambda row: Touch(9, 9)
    assert exchange.orders.step() == [group]
    assert (group.state, group.reason) == ("cancelled", "nothing is held any more that it could close")
    assert exchange.told(APART) == (8, 5, 0, 0)


def test_names_of_groups_and_legs_are_used_once() -> None:
    exchange = Exchange()
    several: list[Leg] = [(APART, "buy", "open", 1, 9), (APART, "buy", "open", 2, 9)]
    first = exchange.orders.take_together(group_of("g", several))
    assert exchange.orders.take_together(group_of("g", several)) is first
    for other in (
        exchange.orders.take_together(group_of("g", several[::-1])),
        exchange.orders.take_together(OrderTogether(VERSION, "h", "A", group_of("g", several).legs)),
        exchange.orders.take(new("g", APART, "buy", "open", 1))[0],
        exchange.orders.take(new("g 0", APART, "buy", "open", 7))[0],
    ):
        assert (other.state, other.reason) == ("rejected", "the order number was used for another order")
    assert first.state == "working"


# Over ZeroMQ ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def stage(zmq_context: Context, sample_parameters: ParameterSet) -> Iterator[Stage]:
    stage = Stage(zmq_context, sample_parameters, Rules(filled_a_step=2))
    yield stage
    stage.close()


@pytest.fixture
def gateway(zmq_context: Context, stage: Stage) -> Iterator[SampleGateway]:
    gateway = SampleGateway(zmq_context, stage.server.endpoint, ManualClock())
    until(lambda: gateway.state is LineState.LIVE, gateway, stage.server)
    yield gateway
    gateway.close()


def pair_of(stage: Stage, identity: str = "whole") -> RoutedGroup:
    """Closes ten contracts of what the stage's account holds, and opens fifteen elsewhere, at market."""
    close, lock = routed_pair(identity, stage.account.name).legs
    other = next(str(stage.parameters.contract(row)) for row in stage.exchange.quoted.tolist() if row != stage.row)
    market = {"price_type": PriceType.MARKET, "limit": 0}
    return RoutedGroup(
        identity,
        (
            replace(close, contract=stage.contract, side=Side.SELL, quantity=10, **market),  # type: ignore[arg-type]
            replace(lock, contract=other, quantity=15, **market),  # type: ignore[arg-type]
        ),
    )


def report(gateway: SampleGateway, stage: Stage) -> OrderReport:
    """The next thing that is said."""
    reports: list[OrderReport] = []

    def came() -> bool:
        reports.extend(gateway.service())
        return bool(reports)

    until(came, stage.server)
    return reports[-1]


def test_all_legs_are_filled_in_one_step_and_told_by_one_report(gateway: SampleGateway, stage: Stage) -> None:
    held, pair = stage.held, pair_of(stage)
    gateway.send(pair)
    assert (report(gateway, stage).state, stage.held) == (OrderState.WORKING, held)
    stage.server.step()
    done = report(gateway, stage)
    assert (done.identity, done.state, done.filled, stage.held) == ("whole", OrderState.FILLED, 5, held - 10)
    first, second = reports_of(pair, done)
    assert (first.filled, second.filled) == (10, 15)
    assert min(first.average, second.average) > 0


def test_one_leg_at_its_price_limit_holds_all_of_them_back(gateway: SampleGateway, stage: Stage) -> None:
    held, pair = stage.held, pair_of(stage)
    stage.exchange.orders.rules = Rules(locked=frozenset({pair.legs[1].contract}))
    gateway.send(pair)
    assert report(gateway, stage).state is OrderState.WORKING
    for _ in range(5):
        stage.server.step()
    assert stage.held == held
    gateway.cancel(pair)
    assert (report(gateway, stage).state, stage.held) == (OrderState.CANCELLED, held)


def test_one_bad_leg_is_one_refusal_of_the_whole(gateway: SampleGateway, stage: Stage) -> None:
    pair, sequence = pair_of(stage), stage.publisher.sequence
    stage.exchange.orders.rules = Rules(refused=frozenset({pair.legs[1].contract}))
    gateway.send(pair)
    refused = report(gateway, stage)
    assert refused.state is OrderState.REJECTED
    assert [(each.state, each.filled) for each in reports_of(pair, refused)] == [(OrderState.REJECTED, 0)] * 2
    # Not even for a moment has either of them worked.
    assert stage.publisher.sequence == sequence


def test_an_exchange_without_groups_says_so_in_its_beat(zmq_context: Context, stage: Stage) -> None:
    stage.exchange.orders.rules = Rules(together=False)
    gateway = SampleGateway(zmq_context, stage.server.endpoint, ManualClock())
    until(lambda: gateway.state is LineState.LIVE, gateway, stage.server)
    assert "takes no orders of several legs" in str(gateway.problem(pair_of(stage)))
    with pytest.raises(NotSentError, match="takes no orders of several legs"):
        gateway.send(pair_of(stage))
    refused = stage.exchange.orders.take_together(
        OrderTogether(VERSION, "forced", "A", group_of("forced", [(APART, "buy", "open", 1, None)] * 2).legs)
    )
    assert refused.reason == "this exchange takes no orders of several legs"
    gateway.close()


def test_a_leg_is_asked_for_and_withdrawn_with_its_whole(stage: Stage, gateway: SampleGateway) -> None:
    pair = pair_of(stage)
    gateway.send(pair)
    report(gateway, stage)
    for message, state in ((OrderQuery(VERSION, "whole 2"), "working"), (OrderCancel(VERSION, "whole 1"), "cancelled")):
        answer = stage.say(message)
        assert (answer.identity, answer.state) == ("whole", state)  # type: ignore[union-attr]
