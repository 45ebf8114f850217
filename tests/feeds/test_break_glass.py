"""Break-glass: one risk officer cancels all orders or blocks opens; everybody else is refused; reviewed after."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.authorisation.break_glass import CONTEXT, DURATION, REVIEW, BreakGlass, Measure, review_message
from engine.authorisation.instruction import Effect, Side
from engine.authorisation.moments import SECOND
from engine.authorisation.picture import AuthorityAnswer
from engine.authorisation.proposal import State
from engine.text import BadInputError
from feeds.clock import SystemClock
from tests.engine.authorisation.cast import order, secret
from tests.feeds.authority_stage import Context, Stage


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    yield stage
    stage.close()


def said_by(stage: Stage, person: str, measure: Measure, **changes: object) -> BreakGlass:
    key = secret(person).public.fingerprint
    words = ("", person, key, "station", "the venue does not answer")
    said = BreakGlass(secrets.token_bytes(16), measure, *words, stage.clock.wall_ns())
    return replace(said, **changes)  # type: ignore[arg-type]


def broken(stage: Stage, said: BreakGlass, by: str | None = None) -> AuthorityAnswer:
    signature = secret(by or said.person).sign(CONTEXT, said.content)
    return stage.answer(stage.client.break_glass(said, signature))


def reviewed(stage: Stage, said: BreakGlass, person: str) -> AuthorityAnswer:
    key = secret(person).public.fingerprint
    signature = secret(person).sign(REVIEW, review_message(said.identity, person, key, "seen"))
    return stage.answer(stage.client.review_glass(said.identity, person, key, "seen", signature))


def test_one_risk_officer_withdraws_every_working_order(stage: Stage) -> None:
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until_state(made, State.PARTIAL)
    (working,) = stage.exchange.orders.values()
    assert working.state == "cancelled"


def test_what_is_signed_and_waits_is_not_sent_any_more(stage: Stage) -> None:
    stage.seen.price = None
    made = stage.instruction()
    stage.sign_twice(made)
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until_state(made, State.REVOKED)
    assert stage.exchange.arrived == []


def test_slices_whose_turn_has_not_come_are_not_sent_any_more(stage: Stage) -> None:
    made = stage.instruction(orders=(replace(order(), after=3600 * SECOND),))
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert broken(stage, said_by(stage, "officer 2", Measure.CANCEL_ALL)).accepted
    stage.until_state(made, State.PARTIAL)
    assert stage.exchange.arrived == []


def test_another_account_goes_on(stage: Stage) -> None:
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    assert broken(stage, said_by(stage, "officer", Measure.CANCEL_ALL, account="another")).accepted
    stage.until(lambda: stage.client.picture().broken, "the break-glass")
    for _ in range(10):
        stage.turn()
    assert stage.state(made) is State.SENT


def test_what_two_people_sign_afterwards_is_not_cancelled_by_a_gate_that_starts_again(stage: Stage) -> None:
    assert broken(stage, said_by(stage, "officer", Measure.CANCEL_ALL)).accepted
    stage.until(lambda: stage.executor is not None and stage.executor._broken, "the gate")
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    stage.close_executor()
    stage.until(lambda: not stage.client.picture().executor, "the gate's silence")
    executor = stage.open_executor()
    stage.until(lambda: executor._broken, "the gate")
    for _ in range(10):
        stage.turn()
    assert [each.state for each in stage.exchange.orders.values()] == ["working"]


def test_opens_are_blocked_and_closes_are_not(stage: Stage) -> None:
    assert broken(stage, said_by(stage, "officer", Measure.BLOCK_OPENS)).accepted
    stage.until(lambda: stage.executor is not None and stage.executor._broken, "the gate")
    lock, close = stage.instruction(1, orders=(order(5, Side.SELL, Effect.LOCK),)), stage.instruction(2)
    stage.sign_twice(lock)
    stage.until_state(lock, State.REVOKED)
    view = stage.view(lock)
    assert view is not None
    assert "blocked by officer" in str(view.proposal.reason)
    stage.sign_twice(close)
    stage.until_state(close, State.SENT)


@pytest.mark.parametrize(
    ("person", "changes", "by", "reason"),
    [
        ("director", {}, None, "no risk officer"),
        ("maker", {}, None, "no risk officer"),
        ("admin 1", {}, None, "no risk officer"),
        ("officer", {}, "officer 2", "does not fit"),
        ("officer", {"reason": "because"}, None, "fewer than 10"),
        ("officer", {"begins": 1}, None, "it is over"),
    ],
)
def test_nobody_else_breaks_the_glass(
    stage: Stage, person: str, changes: dict[str, object], by: str | None, reason: str
) -> None:
    answer = broken(stage, said_by(stage, person, Measure.CANCEL_ALL, **changes), by)
    assert not answer.accepted
    assert reason in str(answer.reason)
    assert stage.client.picture().broken == ()


def test_the_same_word_is_not_taken_twice(stage: Stage) -> None:
    said = said_by(stage, "officer", Measure.BLOCK_OPENS)
    assert broken(stage, said).accepted
    assert "used before" in str(broken(stage, said).reason)


def test_it_lasts_ten_minutes(stage: Stage) -> None:
    said = said_by(stage, "officer", Measure.BLOCK_OPENS)
    assert said.holds_for("any", said.begins + 600 * SECOND - 1)
    assert not said.holds_for("any", said.begins + 600 * SECOND)
    assert DURATION == 600 * SECOND


def test_somebody_else_reviews_it_once_and_all_see_by_whom(stage: Stage) -> None:
    said = said_by(stage, "officer", Measure.BLOCK_OPENS)
    assert broken(stage, said).accepted
    assert "does not review it" in str(reviewed(stage, said, "officer").reason)
    assert "may not review" in str(reviewed(stage, said, "maker").reason)
    assert reviewed(stage, said, "director").accepted
    stage.until(lambda: [each.reviewer for each in stage.client.picture().broken] == ["director"], "the review")
    assert "nothing of that name" in str(reviewed(stage, said, "officer 2").reason)
    stage.close_authority()
    stage.open_authority()
    assert [each.reviewer for each in stage.store.broken.values()] == ["director"]


def test_its_bytes_are_read_back_and_no_bit_can_be_flipped(stage: Stage) -> None:
    said = said_by(stage, "officer", Measure.CANCEL_ALL)
    assert BreakGlass.read(said.content) == said
    for place in range(len(said.content)):
        flipped = bytearray(said.content)
        flipped[place] ^= 1 << place % 8
        try:
            assert BreakGlass.read(bytes(flipped)) != said
        except BadInputError:
            continue
