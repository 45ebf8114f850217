"""Authority and executor gate: what is sent, what waits, what is refused at the last look, and what fills it brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.authorisation.execution import Judgement, Verdict
from engine.authorisation.instruction import GenerationPath
from engine.authorisation.moments import SECOND
from engine.authorisation.proposal import State
from engine.text import text
from feeds.clock import SystemClock
from feeds.executor_link import ExecutorLink
from tests.engine.authorisation.cast import EXPECTED, order, path
from tests.feeds.authority_stage import Context, Stage


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


@pytest.mark.parametrize(
    ("seen", "state", "reason"),
    [
        ({"price": 76 * 10**8}, State.REQUOTE, "outside the collar"),
        ({"price": 68 * 10**8}, State.REQUOTE, "outside the collar"),
        ({"long": 9}, State.REVOKED, "does not cover"),
        ({"long": 0}, State.REVOKED, "does not cover"),
        ({"long": 0, "short": 50}, State.REVOKED, "does not cover"),
        ({"ratio": 1_199_999}, State.REVOKED, "breach is cured"),
    ],
)
def test_the_gate_refuses_what_no_longer_holds(stage: Stage, seen: dict[str, int], state: State, reason: str) -> None:
    for name, value in seen.items():
        setattr(stage.seen, name, value)
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, state)
    view = stage.view(made)
    assert view is not None
    assert reason in str(view.proposal.reason)
    assert stage.exchange.arrived == []


def test_a_cured_breach_is_closed_where_that_was_signed(stage: Stage) -> None:
    stage.seen.ratio = 500_000
    stage.open_executor()
    stage.ready()
    made = stage.instruction(even_if_cured=True)
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)


def test_a_drill_is_not_traded(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction(drill=True)
    stage.sign_twice(made)
    stage.until_state(made, State.REVOKED)
    assert stage.exchange.arrived == []


def test_what_waits_for_a_feed_is_sent_when_that_is_back(stage: Stage) -> None:
    stage.seen.price = None
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    for _ in range(20):
        stage.turn()
    assert stage.state(made) is State.SIGNED2
    stage.seen.price = 72 * 10**8
    stage.until_state(made, State.DONE)


def test_partial_fills_and_a_rejected_rest_end_as_partial(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    (identity,) = stage.exchange.orders
    stage.exchange.fill(identity, 4)
    stage.exchange.cancel(identity)
    assert stage.executor is not None
    stage.executor.executions._ask(next(iter(stage.executor._store.open.values())))
    stage.until_state(made, State.PARTIAL)
    view = stage.view(made)
    assert view is not None
    assert view.proposal.filled == (4,)
    assert str(view.proposal.reason) == "withdrawn"


def test_two_instructions_for_one_position_do_not_flip_it(stage: Stage) -> None:
    stage.seen.long = 15
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    first, second = stage.instruction(1), stage.instruction(2)
    stage.sign_twice(first)
    stage.until_state(first, State.SENT)
    stage.sign_twice(second)
    for _ in range(30):
        stage.turn()
    assert stage.state(second) is State.SIGNED2
    assert len(stage.exchange.arrived) == 1


def test_an_executor_that_starts_again_asks_and_does_not_send_again(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.close_executor()
    (identity,) = stage.exchange.orders
    stage.exchange.fill(identity, 10)
    # The authority listens to another gate once the last one has been silent.
    stage.until(lambda: not stage.client.picture().executor, "the executor's silence")
    stage.open_executor()
    stage.until_state(made, State.DONE)
    assert len(stage.exchange.arrived) == 1


@pytest.mark.expects_log("second gate")
def test_a_second_gate_is_not_listened_to_while_the_first_is_at_work(stage: Stage, zmq_context: Context) -> None:
    stage.open_executor()
    stage.ready()
    other = ExecutorLink(zmq_context, stage.endpoints[1], stage.clock)
    other.receive()
    assert stage.server is not None
    server = stage.server
    stage.until(lambda: server.faults.counts["second gate"], "the second gate's refusal")
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    other.close()


def test_what_was_given_to_the_gate_waits_for_its_line_within_its_time(stage: Stage) -> None:
    executor = stage.open_executor()
    stage.ready()
    made = stage.instruction()
    judged, looks = executor._judged, []

    def judge(*arguments: object) -> Judgement:
        looks.append(1)
        return Judgement(Verdict.WAIT, text("the order line is down")) if 2 <= len(looks) < 8 else judged(*arguments)

    executor._judged = judge  # type: ignore[assignment,method-assign]
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    assert len(looks) == 8


def test_a_slice_leaves_when_its_turn_has_come(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction(orders=(order(4), replace(order(6), after=SECOND // 2)), path=path_of(2))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert [each.quantity for each in stage.exchange.arrived] == [4]
    stage.until_state(made, State.DONE)
    assert [each.quantity for each in stage.exchange.arrived] == [4, 6]


def test_a_slice_whose_market_has_left_the_collar_is_not_sent(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction(orders=(order(4), replace(order(6), after=SECOND // 2)), path=path_of(2))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.seen.price = 76 * 10**8
    stage.until_state(made, State.PARTIAL)
    view = stage.view(made)
    assert view is not None
    assert view.proposal.filled == (4, 0)
    assert "outside the collar" in view.orders[1].reason


def test_a_gate_that_trusts_other_founders_sends_nothing(stage: Stage) -> None:
    stage.founding = bytes(32)
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    for _ in range(30):
        stage.turn()
    assert stage.state(made) is State.SIGNED2
    assert stage.exchange.arrived == []


def path_of(orders: int) -> GenerationPath:
    """The path of an instruction of so many orders."""
    return replace(path(), outputs=replace(EXPECTED, prices=EXPECTED.prices * orders).digest)
