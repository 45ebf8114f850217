"""What the gate does while nobody asks, and that no question waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from engine.span.parameters import ParameterSet
from feeds.clock import SECOND
from feeds.gate_safety import GateLimits
from feeds.sample_books import SampleMarket
from tests.feeds.driving import ManualClock
from tests.feeds.gate_stage import LIFE, Context, SampleDesk, Stage

LIMITS = GateLimits(rate=100, burst=50)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stage(
    zmq_context: Context, sample_parameters: ParameterSet, sample_market: SampleMarket, clock: ManualClock
) -> Iterator[Stage]:
    stage = Stage(zmq_context, SampleDesk(sample_parameters, sample_market, clock), clock, LIMITS)
    yield stage
    stage.close()


def test_while_nothing_is_asked_accounts_are_made_ready_one_after_the_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [True, True, False]
    monkeypatch.setattr(type(stage.desk.checks), "make_ready", lambda *_: left.pop(0), raising=False)
    assert not stage.gate.service(wait=True)
    assert left == []


def test_what_can_be_made_ready_without_end_keeps_no_question_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(stage.desk.checks), "make_ready", lambda *_: True, raising=False)
    stage.socket.send(msgspec.msgpack.encode(stage.asking(1)))
    assert not stage.gate.service(wait=True)
    assert len(stage.records) == 1


def test_nothing_is_made_ready_where_the_last_turn_left_questions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(LIMITS.messages + 1):
        stage.socket.send(msgspec.msgpack.encode(stage.asking(1)))
    while not stage.gate.service():
        stage.gate.poll_sockets()[0].poll(1_000)
    monkeypatch.setattr(type(stage.desk.checks), "make_ready", lambda *_: pytest.fail("questions wait"), raising=False)
    stage.gate.service(wait=True)
    assert stage.records


def test_time_passes_for_reservations_while_nothing_is_asked(stage: Stage, clock: ManualClock) -> None:
    assert stage.check(1).verdict == "passes"
    assert len(stage.gate.reservations) == 1
    clock.advance(LIFE + 1)
    assert not stage.gate.service(wait=True)
    assert len(stage.gate.reservations) == 0


def test_it_knows_when_it_was_asked_last(stage: Stage, clock: ManualClock) -> None:
    assert stage.gate.last_asked == 0
    assert stage.check(1).verdict == "passes"
    asked = clock.now
    clock.advance(SECOND)
    assert not stage.gate.service(wait=True)
    assert stage.gate.last_asked == asked


@pytest.mark.expects_log("cannot be made ready")
def test_an_account_that_cannot_be_made_ready_does_not_end_the_gate(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bool:
        raise ArithmeticError("too large")

    monkeypatch.setattr(type(stage.desk.checks), "make_ready", fails, raising=False)
    assert not stage.gate.service(wait=True)
    assert stage.check(1).verdict == "passes"
