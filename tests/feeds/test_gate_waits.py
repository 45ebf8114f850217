"""What keeps the executor gate from sending what is signed twice, and what it sends on: told at once, and on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.audit_events import OrderSent, OrdersJudged, Refused, SeenContract, event_of
from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from engine.numbers import NOT_COMPUTABLE
from engine.text import text
from feeds.clock import SECOND, SystemClock
from feeds.gateway import LineState
from tests.engine.authorisation.cast import OIL, PRICE, order
from tests.feeds.authority_stage import GROUNDS, Context, Stage
from tests.feeds.groups import path_of

UNKNOWN = "the risk ratio of A-100 is unknown: a figure is missing"


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    stage.open_executor()
    stage.ready()
    yield stage
    stage.close()


def reason_of(stage: Stage, made: Instruction) -> str:
    view = stage.view(made)
    return str(view.proposal.reason) if view is not None else ""


def refusals(stage: Stage) -> list[str]:
    events = map(event_of, stage.store.records.records())
    return [event.reason for event in events if isinstance(event, Refused) and event.attempt == "send"]


def test_a_ratio_that_is_not_computable_keeps_it_back_and_says_so_at_once(stage: Stage) -> None:
    ratio, stage.seen.ratio = stage.seen.ratio, NOT_COMPUTABLE
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until(lambda: reason_of(stage, made) == UNKNOWN, "the reason")
    for _ in range(20):
        stage.turn()
    assert (stage.state(made), refusals(stage)) == (State.SIGNED2, [UNKNOWN])
    assert stage.exchange.arrived == []
    stage.seen.ratio = ratio
    stage.until_state(made, State.DONE)
    view = stage.view(made)
    assert view is not None
    assert view.proposal.reason is None
    assert len(stage.exchange.arrived) == 1


def test_reasons_that_come_and_go_are_told_once_each(stage: Stage) -> None:
    stage.seen.price = None
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until(lambda: "no fresh price" in reason_of(stage, made), "the first reason")
    for obstacle in (text("a feed is not LIVE"), None) * 10:
        stage.seen.obstacle = obstacle
        stage.turn()
        stage.turn()
    stage.until(lambda: len(refusals(stage)) > 1, "the second reason")
    assert len(refusals(stage)) == 2


def test_what_waits_after_it_was_given_to_the_gate_says_so_too(stage: Stage) -> None:
    executor = stage.executor
    assert executor is not None
    gateway, made = executor._gateway, stage.instruction()
    reserved = executor._take_reserved

    class Down:
        """The line as it is once the order is the gate's."""

        state = LineState.DOWN

        def __getattr__(self, name: str) -> object:
            return getattr(gateway, name)

    def given(message: object) -> None:
        executor._gateway = Down()  # type: ignore[assignment]
        reserved(message)  # type: ignore[arg-type]

    executor._take_reserved = given  # type: ignore[assignment,method-assign]
    stage.sign_twice(made)
    stage.until(lambda: "the order line is down" in reason_of(stage, made), "the reason")
    assert stage.state(made) is State.RESERVED
    executor._gateway = gateway
    stage.until_state(made, State.DONE)
    assert len(stage.exchange.arrived) == 1


def test_what_orders_were_sent_on_is_on_record_before_they_are(stage: Stage) -> None:
    later = replace(order(6), after=SECOND // 10)
    made = stage.instruction(orders=(order(4), later), path=path_of(2))
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    executor = stage.executor
    assert executor is not None
    events = list(map(event_of, executor._store.records.records()))
    kept = [event for event in events if isinstance(event, OrdersJudged | OrderSent)]
    assert [type(event) for event in kept] == [OrdersJudged, OrderSent] * 2
    first, second = (event for event in kept if isinstance(event, OrdersJudged))
    assert [first.orders, second.orders] == [(event.order,) for event in kept if isinstance(event, OrderSent)]
    assert (first.session, first.sequence, first.positions) == (GROUNDS.session.hex(), 7, GROUNDS.positions.hex())
    assert (first.ratio, first.used_up) == (stage.seen.ratio, False)
    assert first.contracts == (SeenContract(OIL, 100, 0, 0, 0, 72 * PRICE),)
    assert second.contracts == (SeenContract(OIL, 100, 0, 4, 0, 72 * PRICE),)
