"""Orders that are one over FIX 4.4: NewOrderMultileg to an acceptor in a process of its own, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fixcore.message.message import Message
from hypothesis import given
from hypothesis import strategies as st

from engine.authorisation.instruction import Effect, PriceType
from engine.authorisation.proposal import State
from engine.numbers import PRICE
from engine.routing import OrderState, RoutedGroup, packages, reports_of
from feeds.clock import SystemClock
from feeds.fix_gateway import FixGateway, FixLine
from feeds.fix_messages import cancel_request, new_multileg, problem_of, refusal_of, report_of, status_request
from feeds.gateway import LineState, NotSentError
from tests.engine.authorisation.cast import order
from tests.feeds.authority_stage import Context, Stage
from tests.feeds.groups import pair_of, routed_pair
from tests.feeds.routed import routed
from tests.feeds.test_fix_gateway import Broker, broker, ended, wait_for

WALL = 1_795_000_000_123_456_789
__all__ = ["broker"]


def fields(message: Message) -> dict[int, str]:
    return {**dict(message.header.items()), **message.body}


def test_a_group_is_one_order_of_so_many_units_all_or_none() -> None:
    found = fields(new_multileg(routed_pair(), WALL))
    assert (found[35], found[11], found[18], found[38], found[40]) == ("AB", "whole", "G", "2", "2")
    assert (found[54], found[55], found[167], found[563]) == ("B", "[N/A]", "MLEG", "0")
    # A unit buys two at 70 and sells three at 71.
    assert found[44] == "-73"


def test_each_leg_says_what_it_trades_and_does_to_positions() -> None:
    legs = [dict(leg.items()) for leg in new_multileg(routed_pair(), WALL).get_groups(555)]
    assert [leg[654] for leg in legs] == ["whole 1", "whole 2"]
    assert [(leg[600], leg[609], leg[610], leg[616]) for leg in legs] == [
        ("CL", "FUT", "202701", "SIM"),
        ("CL", "FUT", "202706", "SIM"),
    ]
    assert [(leg[624], leg[623], leg[687], leg[566], leg[564]) for leg in legs] == [
        ("1", "2", "4", "70", "C"),
        ("2", "3", "6", "71", "O"),
    ]


def test_an_option_leg_says_put_or_call_by_its_class() -> None:
    pair = routed_pair()
    put = replace(pair.legs[0], contract="SIM:ES:OOF:202703:P:6000")
    leg = dict(new_multileg(RoutedGroup("whole", (put, pair.legs[1])), WALL).get_groups(555)[0].items())
    assert (leg[608], leg[609], leg[612]) == ("OPXXXX", "OPT", "6000")


def test_a_leg_that_closes_todays_positions_has_the_brokers_value() -> None:
    pair = routed_pair(effect=Effect.CLOSE_TODAY)
    assert new_multileg(pair, WALL, "T").get_groups(555)[0].get_field(564) == "T"
    assert "no value to close today's" in str(problem_of(pair, ""))
    with pytest.raises(NotSentError, match="no value to close today's"):
        new_multileg(pair, WALL)


def test_a_group_at_market_has_no_prices() -> None:
    pair = routed_pair()
    legs = tuple(replace(leg, price_type=PriceType.MARKET, limit=0) for leg in pair.legs)
    message = new_multileg(RoutedGroup("whole", legs), WALL)
    assert fields(message)[40] == "1"
    assert 44 not in fields(message)
    assert all(not leg.has_field(566) for leg in message.get_groups(555))


def test_a_group_is_withdrawn_and_asked_for_as_a_whole() -> None:
    withdrawn, asked = fields(cancel_request(routed_pair(), WALL)), fields(status_request(routed_pair(), WALL))
    assert (withdrawn[35], withdrawn[41], withdrawn[38], withdrawn[54]) == ("F", "whole", "2", "B")
    assert (asked[35], asked[11], asked[167]) == ("H", "whole", "MLEG")


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**9), st.integers(1, 10**9))
def test_units_and_ratios_make_the_quantities_again(one: int, other: int, bought: int, sold: int) -> None:
    legs = (routed("1", quantity=one, limit=bought), routed("2", quantity=other, limit=sold))
    message = new_multileg(RoutedGroup("whole", legs), WALL)
    units = int(fields(message)[38])
    assert [int(leg.get_field(623)) * units for leg in message.get_groups(555)] == [one, other]


def test_a_refusal_of_the_kind_of_message_is_one_of_the_order() -> None:
    message = Message()
    for tag, value in {35: "j", 372: "AB", 379: "whole", 58: "unsupported"}.items():
        message[tag] = value
    report = refusal_of(message)
    assert report is not None
    assert (report.identity, report.state, report.reason) == ("whole", OrderState.REJECTED, "unsupported")
    message[372] = "H"
    assert refusal_of(message) is None


def test_a_report_without_legs_has_no_prices_of_legs() -> None:
    message = Message()
    for tag, value in {11: "whole", 39: "0"}.items():
        message[tag] = value
    assert report_of(message).legs == ()


# To a process that answers -------------------------------------------------------------------------------------------


@pytest.fixture
def open_gateway(broker: Broker, tmp_path: Path) -> Iterator[Callable[[], FixGateway]]:
    opened: list[FixGateway] = []

    def open_one() -> FixGateway:
        line = FixLine("127.0.0.1", broker.port, "PALISADE", "BROKER", tmp_path / "ours", multileg=True)
        opened.append(FixGateway(line, SystemClock()))
        wait_for(opened[-1], lambda _: opened[-1].state is LineState.LIVE)
        return opened[-1]

    yield open_one
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(open_gateway: Callable[[], FixGateway]) -> FixGateway:
    return open_gateway()


def test_a_group_is_filled_whole_each_leg_at_its_own_price(gateway: FixGateway, broker: Broker) -> None:
    pair = routed_pair()
    gateway.send(pair)
    reports = wait_for(gateway, ended)
    assert [(report.identity, report.state, report.filled) for report in reports] == [
        ("whole", OrderState.WORKING, 0),
        ("whole", OrderState.FILLED, 2),
    ]
    assert [(each.identity, each.filled, each.average) for each in reports_of(pair, reports[-1])] == [
        ("whole 1", 4, 70 * PRICE),
        ("whole 2", 6, 71 * PRICE),
    ]
    taken = json.loads((broker.folder / "orders.json").read_text())
    assert list(taken) == ["whole"]
    assert (taken["whole"]["18"], len(taken["whole"]["legs"])) == ("G", 2)


def test_a_refused_group_has_traded_nothing(gateway: FixGateway) -> None:
    gateway.send(routed_pair(account="REFUSED"))
    (report,) = wait_for(gateway, ended)
    assert (report.state, report.filled, report.reason) == (OrderState.REJECTED, 0, "no credit")


def test_a_broker_that_does_not_understand_the_message_has_taken_nothing(gateway: FixGateway) -> None:
    gateway.send(routed_pair(account="UNABLE"))
    (report,) = wait_for(gateway, ended)
    assert (report.identity, report.state, report.reason) == ("whole", OrderState.REJECTED, "no such orders here")


def test_a_working_group_is_withdrawn_whole(gateway: FixGateway) -> None:
    pair = routed_pair(account="HOLD")
    gateway.send(pair)
    wait_for(gateway, bool)
    gateway.cancel(pair)
    (report,) = wait_for(gateway, ended)
    assert (report.identity, report.state, report.filled) == ("whole", OrderState.CANCELLED, 0)


def test_a_group_that_the_other_side_has_never_seen_is_not_known(gateway: FixGateway) -> None:
    gateway.ask(routed_pair("ghost"))
    (report,) = wait_for(gateway, ended)
    assert (report.identity, report.state) == ("ghost", OrderState.NOT_KNOWN)


def test_what_became_of_a_group_is_told_after_our_own_restart(
    gateway: FixGateway, open_gateway: Callable[[], FixGateway]
) -> None:
    pair = routed_pair()
    gateway.send(pair)
    wait_for(gateway, ended)
    gateway.close()
    second = open_gateway()
    second.ask(pair)
    (report,) = wait_for(second, ended)
    assert [(each.filled, each.average) for each in reports_of(pair, report)] == [(4, 70 * PRICE), (6, 71 * PRICE)]


def test_a_line_that_takes_no_groups_says_so_and_sends_nothing(broker: Broker, tmp_path: Path) -> None:
    gateway = FixGateway(FixLine("127.0.0.1", broker.port, "PALISADE", "BROKER", tmp_path / "ours"), SystemClock())
    wait_for(gateway, lambda _: gateway.state is LineState.LIVE)
    assert "takes no orders of several legs" in str(gateway.problem(routed_pair()))
    assert gateway.problem(routed()) is None
    with pytest.raises(NotSentError, match="takes no orders of several legs"):
        gateway.send(routed_pair())
    gateway.close()
    assert not (broker.folder / "orders.json").exists()


# From the second signature on ----------------------------------------------------------------------------------------


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path / "stage", SystemClock())
    yield stage
    stage.close()


def line_of(broker: Broker, folder: Path, *, multileg: bool) -> FixGateway:
    return FixGateway(FixLine("127.0.0.1", broker.port, "PALISADE", "BROKER", folder, multileg=multileg), SystemClock())


def test_two_signatures_send_a_group_and_an_order_to_a_broker(stage: Stage, broker: Broker, tmp_path: Path) -> None:
    stage.open_executor(line_of(broker, tmp_path / "ours", multileg=True))
    stage.ready()
    made = pair_of(stage, 1, order(2))
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    view = stage.view(made)
    assert view is not None
    assert (view.proposal.filled, [report.average for report in view.orders]) == ((2, 4, 6), [70 * PRICE] * 3)
    taken = json.loads((broker.folder / "orders.json").read_text())
    assert list(taken) == [package.identity for package in packages(made)]


def test_a_broker_without_groups_is_sent_nothing_of_the_instruction(
    stage: Stage, broker: Broker, tmp_path: Path
) -> None:
    stage.open_executor(line_of(broker, tmp_path / "ours", multileg=False))
    stage.ready()
    made = pair_of(stage, 1, order(2))
    stage.sign_twice(made)
    stage.until_state(made, State.REVOKED)
    view = stage.view(made)
    assert view is not None
    assert "takes no orders of several legs" in str(view.proposal.reason)
    assert not (broker.folder / "orders.json").exists()
