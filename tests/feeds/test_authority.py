"""Proposals through real sockets and stores: signed, refused, vetoed, sent once, followed to their end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audit_events import Event, OrderReported, Refused, StateChanged, event_of
from engine.authorisation.approval import Act
from engine.authorisation.people import ChangeKind, PeopleChange
from engine.authorisation.proposal import State
from engine.snapshot import FeedState
from feeds import authority, authority_client, lanes
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from tests.engine.authorisation.cast import secret, signed_by
from tests.feeds.authority_stage import Context, Stage


@pytest.fixture
def stage(zmq_context: Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(zmq_context, tmp_path, SystemClock())
    yield stage
    stage.close()


def test_two_signatures_send_the_orders_once_and_the_fills_come_back(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    assert [(order.account, order.quantity, order.limit) for order in stage.exchange.arrived] == [
        (made.account, 10, made.orders[0].limit)
    ]
    view = stage.view(made)
    assert view is not None
    assert view.proposal.filled == (10,)
    assert [report.filled for report in view.orders] == [10]


def test_what_is_signed_once_is_not_sent(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    assert stage.sign(made, Act.APPROVE, "officer").accepted
    stage.until_state(made, State.SIGNED1)
    view = stage.view(made)
    assert view is not None
    assert [(each.role.name, [person.identity for person in each.persons]) for each in view.missing(stage.people)] == [
        ("TRADING_DIRECTOR", ["director", "director 2"])
    ]
    assert stage.exchange.arrived == []


def test_the_same_instruction_is_not_proposed_twice(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    again = stage.propose(made)
    assert not again.accepted
    assert "proposed before" in str(again.reason)


def test_an_instruction_that_was_sent_is_not_proposed_again_after_a_restart(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    stage.close_authority()
    stage.open_authority()
    stage.ready()
    assert "proposed before" in str(stage.propose(made).reason)
    assert len(stage.exchange.arrived) == 1


def test_the_same_signature_counts_once(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    approval = stage.words(made, Act.APPROVE, "officer")
    assert stage.answer(stage.client.sign(approval)).accepted
    assert not stage.answer(stage.client.sign(approval)).accepted


def test_the_same_question_gets_the_same_answer_and_is_done_once(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    approval = stage.words(made, Act.APPROVE, "officer")
    request = stage.client.sign(approval)
    body = stage.client._asked[request]
    stage.answer(request)
    for _ in range(3):
        stage.client._asked[request] = body
        stage.client._put(body)
        del stage.answers[request]
        assert stage.answer(request).accepted
    stage.until_state(made, State.SIGNED1)


def test_a_veto_after_the_second_signature_and_before_the_gate_ends_it(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    assert stage.sign(made, Act.VETO, "officer 2").accepted
    stage.open_executor()
    stage.ready()
    stage.until_state(made, State.VETOED)
    stage.turn()
    assert stage.exchange.arrived == []


def test_a_veto_while_the_gate_waits_is_final(stage: Stage) -> None:
    stage.seen.price = None
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    assert stage.sign(made, Act.VETO, "director 2").accepted
    stage.seen.price = 72 * 10**8
    for _ in range(50):
        stage.turn()
    assert stage.state(made) is State.VETOED
    assert stage.exchange.arrived == []


def test_a_veto_after_it_was_given_to_the_gate_is_too_late(stage: Stage) -> None:
    stage.exchange.fills_at_once = False
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.SENT)
    answer = stage.sign(made, Act.VETO, "officer 2")
    assert not answer.accepted
    assert "too late" in str(answer.reason)


def test_the_maker_withdraws_and_a_stranger_does_not(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    assert "only its maker" in str(stage.sign(made, Act.REVOKE, "officer").reason)
    assert stage.sign(made, Act.REVOKE, "maker").accepted
    stage.until_state(made, State.REVOKED)


def test_a_terminal_that_trusts_other_founders_says_so(stage: Stage, zmq_context: Context) -> None:
    stage.client.close()
    stage.client = AuthorityClient(zmq_context, stage.endpoints[0], stage.clock, bytes(32))
    stage.until(lambda: stage.client.picture().state is FeedState.SUSPECT, "the doubt")
    assert "founded by another change" in str(stage.client.picture().fault)


def test_a_terminal_catches_up_after_the_authority_was_away(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    stage.close_authority()
    stage.until(lambda: stage.client.picture().state is FeedState.STALE, "the silence")
    stage.open_authority()
    stage.ready()
    assert stage.state(made) is State.PROPOSED


def test_a_revoked_key_keeps_back_what_it_signed(stage: Stage) -> None:
    stage.seen.price = None
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    people = stage.people
    key = secret("officer").public.fingerprint
    change = PeopleChange(people.sequence, people.digest, 1, ChangeKind.REVOKE_KEY, "officer", key=key)
    assert stage.answer(stage.client.change_people(signed_by(change, "admin 1", "admin 2"))).accepted
    stage.seen.price = 72 * 10**8
    stage.until_state(made, State.REVOKED)
    assert stage.exchange.arrived == []


def test_every_step_is_on_record(stage: Stage) -> None:
    stage.open_executor()
    stage.ready()
    made = stage.instruction()
    stage.sign_twice(made)
    stage.until_state(made, State.DONE)
    kinds = [record.kind for record in stage.store.records.records()]
    assert kinds.count("instruction proposed") == 1
    assert kinds.count("instruction signed") == 3
    states = [event.after for event in events_of(stage) if isinstance(event, StateChanged)]
    assert states[:4] == ["proposed", "signed once", "signed twice", "reserved"]
    assert states[-1] == "done"
    (reported, *_) = [event for event in events_of(stage) if isinstance(event, OrderReported)]
    assert (reported.state, reported.filled) == ("filled", 10)


def test_refusals_are_on_record(stage: Stage) -> None:
    stage.ready()
    made = stage.instruction()
    assert stage.propose(made).accepted
    assert not stage.sign(made, Act.APPROVE, "maker").accepted
    (refused,) = [event for event in events_of(stage) if isinstance(event, Refused)]
    assert (refused.person, refused.attempt) == ("maker", "approve")
    assert "may not do this" in refused.reason


def events_of(stage: Stage) -> list[Event]:
    found = (event_of(record) for record in stage.store.records.records())
    return [event for event in found if event is not None]


def test_what_has_ended_long_ago_is_let_go_and_still_on_the_disk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (authority, authority_client, lanes):
        monkeypatch.setattr(module, "RECENT", 2)
    executor = stage.open_executor()
    stage.ready()
    waiting = stage.instruction(100)
    assert stage.propose(waiting).accepted
    ended = [stage.instruction(number) for number in range(1, 8)]
    for made in ended:
        stage.sign_twice(made)
        stage.until_state(made, State.DONE)
        stage.until(lambda made=made: made.identity not in executor._store.open, "the note")  # type: ignore[misc]
    for known in (stage.store.kept, stage.client._views, stage.authority._by_fingerprint):
        assert len(known) <= 4
    assert len(executor.executions.lanes) == len(executor.executions.lanes._owners) == 2
    assert stage.state(waiting) is State.PROPOSED
    assert stage.state(ended[-1]) is State.DONE
    assert "proposed before" in str(stage.propose(ended[0]).reason)
    stage.close_authority()
    stage.open_authority()
    assert len(stage.store.records.query("SELECT 1 FROM proposals")) == 8
