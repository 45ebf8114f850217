"""What goes wrong between the second signature and the end: never sent in spite of somebody, never left hanging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.authorisation.approval import Act
from engine.authorisation.break_glass import Measure
from engine.authorisation.execution import Judgement, Verdict
from engine.authorisation.instruction import Effect, Instruction, Side
from engine.authorisation.moments import SECOND
from engine.authorisation.people import ChangeKind, PeopleChange
from engine.authorisation.proposal import State
from engine.routing import packages
from engine.text import text
from feeds import authority_server
from feeds.authority_messages import Release, Reserved
from feeds.authority_rows import words_of
from feeds.clock import SystemClock
from feeds.gateway import LineState
from feeds.messages import VERSION
from feeds.order_messages import OrderNew
from feeds.order_server import OrderServer
from tests.engine.authorisation.cast import order, secret, signed_by
from tests.feeds.authority_stage import Context, Stage
from tests.feeds.groups import NEAR, OTHER, path_of
from tests.feeds.test_break_glass import broken, said_by


class ShiftedClock(SystemClock):
    """The system's, whose wall time somebody sets forward."""

    shift = 0

    def wall_ns(self) -> int:
        return super().wall_ns() + self.shift


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path, clock: ShiftedClock) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, clock)
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    yield stage
    stage.close()


def sliced(stage: Stage, **changes: object) -> Instruction:
    """Four now, and six in half a second."""
    later = replace(order(6), after=SECOND // 2, **changes)  # type: ignore[arg-type]
    return stage.instruction(orders=(order(4), later), path=path_of(2))


def fill_first(stage: Stage) -> None:
    stage.exchange.fills_at_once = True
    for identity, each in stage.exchange.orders.items():
        stage.exchange.fill(identity, each.order.quantity)


def refused_part(stage: Stage, made: Instruction) -> str:
    """Why the second part did not leave, once that is known."""

    def told() -> str:
        view = stage.view(made)
        lines = [line for line in view.orders if line.identity.endswith("-001")] if view is not None else []
        return lines[0].reason if lines else ""

    stage.until(told, "the end of the second part")
    assert [each.quantity for each in stage.exchange.arrived] == [4]
    return told()


def test_a_part_whose_instruction_is_over_meanwhile_does_not_leave(stage: Stage, clock: ShiftedClock) -> None:
    made = sliced(stage)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    clock.shift = 601 * SECOND
    assert "its time is over" in refused_part(stage, made)


def test_a_part_does_not_leave_once_the_key_of_who_approved_is_revoked(stage: Stage) -> None:
    made = sliced(stage)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    people, key = stage.people, secret("director").public.fingerprint
    change = PeopleChange(people.sequence, people.digest, 1, ChangeKind.REVOKE_KEY, "director", key=key)
    assert stage.answer(stage.client.change_people(signed_by(change, "admin 1", "admin 2"))).accepted
    assert "revoked" in refused_part(stage, made)


def test_a_later_lock_does_not_leave_while_opens_are_blocked(stage: Stage) -> None:
    made = sliced(stage, contract=OTHER, effect=Effect.LOCK, covers=NEAR, covered=8)
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert broken(stage, said_by(stage, "officer 2", Measure.BLOCK_OPENS)).accepted
    assert "blocked by officer 2" in refused_part(stage, made)


def test_what_was_given_to_the_gate_and_waits_is_cancelled_as_well(stage: Stage) -> None:
    executor = stage.executor
    assert executor is not None
    judged, looks = executor._judged, []

    def judge(*arguments: object) -> Judgement:
        looks.append(1)
        return Judgement(Verdict.WAIT, text("the order line is down")) if len(looks) > 1 else judged(*arguments)

    executor._judged = judge  # type: ignore[assignment,method-assign]
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.RESERVED)
    stage.until(lambda: len(looks) > 1, "the second look")
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until_state(made, State.PARTIAL)
    executor._judged = judged  # type: ignore[method-assign]
    for _ in range(20):
        stage.turn()
    view = stage.view(made)
    assert view is not None
    assert "cancelled by officer 2" in str(view.proposal.reason)
    assert stage.exchange.arrived == []


def test_what_was_asked_for_when_all_was_cancelled_does_not_leave(stage: Stage) -> None:
    """The question and the cancellation pass each other."""
    executor, said = stage.executor, said_by(stage, "officer 2", Measure.CANCEL_ALL)
    assert executor is not None
    take = executor._take_reserved

    def late(message: Reserved) -> None:
        assert broken(stage, said).accepted
        stage.until(lambda: executor._broken, "the break-glass at the gate")
        take(message)

    executor._take_reserved = late  # type: ignore[method-assign]
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.PARTIAL)
    assert stage.exchange.arrived == []


def test_what_was_signed_before_all_was_cancelled_is_not_sent_by_a_gate_that_was_away(stage: Stage) -> None:
    stage.close_executor()
    made = stage.instruction()
    stage.sign_twice(made)
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    stage.open_executor()
    stage.until_state(made, State.REVOKED)
    assert stage.exchange.arrived == []


@pytest.mark.parametrize("restarted", [False, True])
def test_a_cancellation_that_the_line_swallows_is_said_again(
    stage: Stage, zmq_context: Context, *, restarted: bool
) -> None:
    executor = stage.executor
    assert executor is not None
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    endpoint = stage.orders.endpoint
    stage.orders.close()
    stage.orders = _Nobody(endpoint)  # type: ignore[assignment]
    stage.until(lambda: executor._gateway.state is not LineState.LIVE, "the silence of the exchange")
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until(lambda: executor._broken, "the gate")
    socket = executor._gateway.poll_sockets()
    stage.until(lambda: executor._gateway.poll_sockets() != socket, "another socket")
    if restarted:
        stage.close_executor()
        stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
        stage.open_executor()
    stage.orders = OrderServer(zmq_context, endpoint, stage.exchange, bytes(16), stage.clock)  # type: ignore[arg-type]
    stage.until_state(made, State.PARTIAL)
    assert [each.state for each in stage.exchange.orders.values()] == ["cancelled"]


class _Nobody:
    """An exchange that is not there."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def poll_sockets(self) -> list[object]:
        return []

    def service(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def test_a_gate_on_another_store_asks_what_the_last_one_sent(stage: Stage, tmp_path: Path) -> None:
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.close_executor()
    (tmp_path / "executor").rename(tmp_path / "lost")
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    executor = stage.open_executor()
    stage.until_state(made, State.UNKNOWN)
    stage.until(lambda: executor.executions.working.of(made.account, made.orders[0].contract, Side.SELL) == 10, "it")
    fill_first(stage)
    stage.until_state(made, State.DONE)
    assert len(stage.exchange.arrived) == 1


def test_a_gate_that_never_heard_that_it_was_given_something_is_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority_server, "LONGEST_SILENT", SECOND // 2)
    server = stage.server
    assert server is not None
    send = server._send
    monkeypatch.setattr(server, "_send", lambda *sent: isinstance(sent[2], Reserved) or send(*sent))
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.RESERVED)
    stage.until_state(made, State.PARTIAL)
    assert stage.exchange.arrived == []


def test_an_order_that_the_line_swallowed_does_not_hang(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = stage.executor
    assert executor is not None
    gateway = executor._gateway
    put = gateway._put  # type: ignore[attr-defined]
    monkeypatch.setattr(gateway, "_put", lambda message: isinstance(message, OrderNew) or put(message))
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.PARTIAL)
    assert stage.exchange.arrived == []


def test_a_fill_after_the_end_is_told(stage: Stage) -> None:
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    executor = stage.executor
    assert executor is not None
    (package,) = packages(made)
    executor._gateway.cancel(package)
    stage.until_state(made, State.PARTIAL)
    stage.until(lambda: not executor._store.open, "the authority's note")
    fill_first(stage)
    executor._gateway.ask(package)
    stage.until_state(made, State.DONE)


def test_a_part_that_waits_is_not_asked_for_and_leaves_after_the_line_was_lost(
    stage: Stage, zmq_context: Context
) -> None:
    made = stage.instruction(orders=(order(4), replace(order(6), after=3 * SECOND)), path=path_of(2))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    executor, endpoint = stage.executor, stage.orders.endpoint
    assert executor is not None
    stage.orders.close()
    stage.orders = _Nobody(endpoint)  # type: ignore[assignment]
    stage.until(lambda: executor._gateway.state is not LineState.LIVE, "the silence of the exchange")
    fill_first(stage)
    stage.orders = OrderServer(zmq_context, endpoint, stage.exchange, bytes(16), stage.clock)  # type: ignore[arg-type]
    stage.until_state(made, State.DONE)
    assert [each.quantity for each in stage.exchange.arrived] == [4, 6]


def test_what_was_done_is_not_done_again_though_its_evidence_comes_again(stage: Stage) -> None:
    stage.exchange.fills_at_once = True
    executor = stage.executor
    assert executor is not None
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    proposed = words_of(stage.words(made, Act.PROPOSE, made.maker))
    approvals = tuple(words_of(stage.words(made, Act.APPROVE, person)) for person in ("officer", "director"))
    executor._take(Release(VERSION, State.SIGNED2.value, made.content, proposed, approvals))
    assert executor._pending == {}
    for _ in range(10):
        stage.turn()
    assert len(stage.exchange.arrived) == 1
