"""The life of a proposal: its states in order, both timers by both clocks, one veto, nothing after the end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.authorisation.approval import Act
from engine.authorisation.instruction import LONGEST_LIFE
from engine.authorisation.moments import SECOND, Lapse, Moment
from engine.authorisation.people import RefusedError
from engine.authorisation.proposal import Proposal, State
from engine.text import text
from tests.engine.authorisation.cast import (
    ROLES,
    START,
    WALL,
    approved_by,
    instruction,
    jury,
    later,
    order,
    proposed,
    signed,
    signed_twice,
    words,
)

MADE = instruction(orders=(order(10), order(5)))
NAMES = ("maker", "officer", "officer 2", "director", "director 2")


def test_an_approval_in_time_counts_and_one_too_late_does_not() -> None:
    assert approved_by(proposed(MADE), "officer", later(119)).state is State.SIGNED1
    with pytest.raises(RefusedError, match="too late"):
        approved_by(proposed(MADE), "officer", later(121))


def test_a_proposal_that_is_not_approved_in_time_expires() -> None:
    assert proposed(MADE).at(later(120)).state is State.PROPOSED
    ended = proposed(MADE).at(later(120.001))
    assert (ended.state, str(ended.reason)) == (State.EXPIRED, "not approved in time")


def test_the_second_signature_begins_another_15_seconds() -> None:
    twice = signed_twice(MADE, later(0))
    assert twice.reserve(jury(), later(15)).state is State.RESERVED
    ended = twice.at(later(15.001))
    assert (ended.state, str(ended.reason)) == (State.EXPIRED, "not sent in time")
    with pytest.raises(RefusedError, match="expired"):
        twice.reserve(jury(), later(15.001))


def test_what_the_gate_waits_for_is_told_and_is_why_it_expires() -> None:
    twice, reason = signed_twice(MADE, later(0)), text("a feed is not LIVE")
    waiting = twice.waits(reason)
    assert (waiting.state, waiting.reason, waiting.changed) == (State.SIGNED2, reason, twice.changed)
    assert waiting.waits(reason) is waiting
    assert str(waiting.at(later(15.001)).reason) == "not sent in time: a feed is not LIVE"
    assert waiting.reserve(jury(), later(1)).reason is None


def test_what_is_not_with_the_gate_does_not_wait_for_it() -> None:
    ended = signed_twice(MADE, later(0)).at(later(16))
    for proposal in (proposed(MADE), ended):
        with pytest.raises(RefusedError, match="too late"):
            proposal.waits(text("a feed is not LIVE"))


def test_the_second_signature_may_come_at_the_end_of_the_first_time() -> None:
    once = approved_by(proposed(MADE), "officer", later(100))
    twice = approved_by(once, "director", later(119))
    assert twice.reserve(jury(), later(133)).state is State.RESERVED


@pytest.mark.parametrize(
    "now",
    [
        replace(later(5), wall=WALL + 7 * SECOND),
        replace(later(5), wall=WALL + 3 * SECOND),
        replace(later(5), wall=WALL - 3600 * SECOND),
        replace(later(5), monotonic=START.monotonic - 1),
        replace(later(5), boot="another"),
    ],
)
def test_a_clock_that_jumped_ends_what_is_not_sent(now: Moment) -> None:
    for proposal in (proposed(MADE), signed_twice(MADE)):
        ended = proposal.at(now)
        assert (ended.state, "clock has jumped" in str(ended.reason)) == (State.EXPIRED, True)
        with pytest.raises(RefusedError):
            proposal.reserve(jury(), now)


def test_clocks_may_drift_a_little() -> None:
    assert START.lapse(replace(later(10), wall=WALL + 11 * SECOND), 15 * SECOND) is Lapse.WITHIN
    assert START.lapse(replace(later(15), wall=WALL + 15 * SECOND + 1), 15 * SECOND) is Lapse.OVER


def test_nothing_is_sent_before_its_time_or_after_it() -> None:
    early = signed_twice(instruction(not_before=WALL + 10 * SECOND))
    with pytest.raises(RefusedError, match="not be sent yet"):
        early.reserve(jury(), later(9))
    assert early.reserve(jury(), later(10)).state is State.RESERVED
    short = instruction(expiry=WALL + 5 * SECOND)
    assert signed_twice(short).at(later(5)).state is State.EXPIRED
    with pytest.raises(RefusedError):
        proposed(short, later(5))


def test_instructions_last_a_day_at_most() -> None:
    assert LONGEST_LIFE == 24 * 3600 * SECOND


def test_it_is_given_to_the_gate_once() -> None:
    reserved = signed_twice(MADE).reserve(jury(), later(1))
    with pytest.raises(RefusedError, match="cannot be sent"):
        reserved.reserve(jury(), later(1))


@pytest.mark.parametrize("filled", [(10,), (11, 0), (-1, 0), (10, 5)])
def test_reports_that_do_not_fit_the_orders_are_refused(filled: tuple[int, ...]) -> None:
    sent = signed_twice(MADE).reserve(jury(), later(1)).report(State.SENT, (0, 0), None, later(1))
    with pytest.raises(RefusedError):
        sent.report(State.PARTIAL if filled != (10, 5) else State.SENT, filled, None, later(2))


def test_a_last_report_may_come_again() -> None:
    sent = signed_twice(MADE).reserve(jury(), later(1))
    ended = sent.report(State.DONE, (10, 5), None, later(2))
    assert ended.report(State.DONE, (10, 5), None, later(3)) is ended
    with pytest.raises(RefusedError, match="contradicts"):
        ended.report(State.SENT, (10, 4), None, later(3))


def test_what_was_filled_after_all_is_told_however_late() -> None:
    over = signed_twice(MADE).reserve(jury(), later(1)).report(State.PARTIAL, (4, 0), None, later(2))
    more = over.report(State.PARTIAL, (10, 0), None, later(3))
    assert (more.state, more.filled) == (State.PARTIAL, (10, 0))
    assert more.report(State.DONE, (10, 5), None, later(4)).state is State.DONE
    with pytest.raises(RefusedError, match="contradicts"):
        over.report(State.PARTIAL, (3, 0), None, later(3))


def test_what_is_not_given_to_the_gate_has_no_reports() -> None:
    with pytest.raises(RefusedError, match="contradicts"):
        signed_twice(MADE).report(State.DONE, (10, 5), None, later(1))


def test_fills_never_go_back() -> None:
    sent = signed_twice(MADE).reserve(jury(), later(1)).report(State.SENT, (7, 0), None, later(1))
    assert sent.report(State.SENT, (6, 1), None, later(2)).filled == (7, 1)


def test_a_draft_is_not_signed() -> None:
    with pytest.raises(RefusedError):
        Proposal(MADE).sign(signed(words(MADE, Act.APPROVE, "officer")), jury(), START)


class Life(RuleBasedStateMachine):
    """Whatever people, gate and time do: sent is only what two approved, once, before any end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.proposal = proposed(MADE)
        self.sent = 0
        self.seen = [self.proposal]
        self.nonce = 0

    def go_to(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.seen.append(proposal)

    @rule(seconds=st.sampled_from([0.01, 1, 14, 16, 60, 119, 121]))
    def time_passes(self, seconds: float) -> None:
        self.now = later(seconds, self.now)
        self.go_to(self.proposal.at(self.now))

    @rule(seconds=st.sampled_from([-3600, -2, 2, 3600]))
    def the_wall_clock_jumps(self, seconds: int) -> None:
        self.now = replace(self.now, wall=self.now.wall + seconds * SECOND)
        self.go_to(self.proposal.at(self.now))

    @rule(person=st.sampled_from(NAMES), act=st.sampled_from([Act.APPROVE, Act.APPROVE, Act.VETO, Act.REVOKE]))
    def somebody_signs(self, person: str, act: Act) -> None:
        self.nonce += 1
        said = words(MADE, act, person, self.now, nonce=self.nonce.to_bytes(16, "big"))
        before = self.proposal
        try:
            self.go_to(before.sign(signed(said), jury(), self.now))
        except RefusedError:
            assert self.proposal is before

    @rule()
    def the_gate_asks(self) -> None:
        try:
            self.go_to(self.proposal.reserve(jury(), self.now))
        except RefusedError:
            return
        self.sent += 1

    @precondition(lambda self: self.proposal.state in (State.RESERVED, State.SENT, State.UNKNOWN))
    @rule(filled=st.tuples(st.integers(0, 10), st.integers(0, 5)), is_over=st.booleans(), is_lost=st.booleans())
    def the_gate_reports(self, filled: tuple[int, int], is_over: bool, is_lost: bool) -> None:
        over = State.DONE if filled == (10, 5) else State.PARTIAL
        state = over if is_over or filled == (10, 5) else State.UNKNOWN if is_lost else State.SENT
        self.go_to(self.proposal.report(state, filled, None, self.now))

    @rule(state=st.sampled_from([State.REQUOTE, State.REVOKED]))
    def the_gate_declines(self, state: State) -> None:
        try:
            self.go_to(self.proposal.decline(state, text("refused by the executor gate"), self.now))
        except RefusedError:
            assert not self.proposal.state.open_to_signatures

    @invariant()
    def at_most_one_execution_of_two_peoples_will(self) -> None:
        assert self.sent <= 1
        if self.sent:
            approvers = [each.signed.approval for each in self.proposal.approvals]
            assert {each.role for each in approvers} == {ROLES["officer"], ROLES["director"]}
            assert len({each.person for each in approvers} | {"maker"}) == 3
            assert self.proposal.ending is None

    @invariant()
    def an_end_is_an_end(self) -> None:
        ends = [proposal.state for proposal in self.seen if proposal.state.is_final]
        assert len(set(ends)) <= 1

    @invariant()
    def fills_only_grow(self) -> None:
        fills = [proposal.filled for proposal in self.seen]
        assert all(old <= new for before, after in pairwise(fills) for old, new in zip(before, after, strict=True))


TestLife = Life.TestCase
