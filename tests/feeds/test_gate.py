"""The gate on real sockets: what passes is held, what is doubtful is refused, and nothing is done twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
import zmq

from engine.instruments import Contract
from engine.span.parameters import ParameterSet
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND
from feeds.gate_messages import (
    LARGEST_MESSAGE,
    GateCancel,
    GateFault,
    GateOrder,
    GateQuery,
    GateReply,
    GateReservation,
)
from feeds.gate_safety import GateLimits
from feeds.sample_books import SampleMarket
from tests.feeds.driving import ManualClock
from tests.feeds.gate_stage import GOOD, Context, SampleDesk, Stage

LIMITS = GateLimits(rate=100, burst=50)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(sample_parameters: ParameterSet, sample_market: SampleMarket, clock: ManualClock) -> SampleDesk:
    return SampleDesk(sample_parameters, sample_market, clock)


@pytest.fixture
def stage(zmq_context: Context, desk: SampleDesk, clock: ManualClock) -> Iterator[Stage]:
    stage = Stage(zmq_context, desk, clock, LIMITS)
    yield stage
    stage.close()


def test_an_order_that_fits_passes_bound_to_what_it_was_computed_on(stage: Stage, clock: ManualClock) -> None:
    reply = stage.check(1)
    state = stage.desk.state
    assert (reply.verdict, reply.reasons) == ("passes", ())
    assert (reply.sequence, reply.book) == (7, state.book.version)
    assert reply.parameters.hex() == state.calculation.parameters.origin.sha256
    assert reply.expiry == clock.wall_ns() + 60 * SECOND
    row = state.book.row(stage.desk.account)
    assert reply.before is not None
    assert reply.after is not None
    assert reply.before.margin == state.accounts.margin[row]
    assert reply.after.margin is not None
    assert reply.after.margin > reply.before.margin


def test_an_order_that_does_not_fit_is_refused_with_the_largest_that_would(stage: Stage) -> None:
    most = stage.desk.most()
    reply = stage.check(most + 1)
    assert (reply.verdict, reply.reasons, reply.largest) == ("refused", ("margin would exceed equity",), most)
    assert reply.reservation == b""


def test_a_passed_order_holds_its_headroom(stage: Stage) -> None:
    most = stage.desk.most()
    assert stage.check(most - 1).verdict == "passes"
    assert stage.check(2).verdict == "refused"
    assert stage.check(1).verdict == "passes"


def test_a_cancelled_order_gives_its_headroom_back(stage: Stage) -> None:
    most = stage.desk.most()
    assert stage.tell(GateCancel, stage.check(most).reservation).state == "cancelled"
    assert stage.check(most).verdict == "passes"


def test_an_expired_reservation_gives_its_headroom_back(stage: Stage, clock: ManualClock) -> None:
    most = stage.desk.most()
    held = stage.check(most, time_to_live=SECOND).reservation
    clock.advance(SECOND)
    stage.desk.renew()
    assert stage.tell(GateQuery, held).state == "expired"
    assert stage.check(most).verdict == "passes"


def test_a_fill_goes_over_from_the_reservation_to_the_positions(stage: Stage, clock: ManualClock) -> None:
    most = stage.desk.most()
    answer = stage.filled(stage.check(most).reservation, most - 5)
    assert (answer.state, answer.filled, answer.remaining) == ("held", (most - 5,), (5,))
    stage.desk.hold(most - 5)
    clock.advance(LIMITS.settling)
    stage.desk.renew()
    assert stage.check(1).verdict == "refused"
    assert stage.tell(GateCancel, answer.reservation).state == "cancelled"
    assert stage.check(5).verdict == "passes"


def test_more_than_was_reserved_cannot_be_filled(stage: Stage) -> None:
    answer = stage.filled(stage.check(5).reservation, 6)
    assert (answer.state, answer.remaining) == ("held", (5,))
    assert answer.reason == "more or other contracts than were reserved"


def test_only_the_client_that_reserved_may_cancel(stage: Stage) -> None:
    held = stage.check(5).reservation
    assert stage.tell(GateCancel, held, client="other").state == "unknown"
    assert stage.tell(GateQuery, held).state == "held"


def test_the_same_question_has_the_same_answer_and_holds_once(stage: Stage) -> None:
    asking = stage.asking(stage.desk.most())
    first = stage.ask(asking)
    assert isinstance(first, GateReply)
    assert first.verdict == "passes"
    assert stage.ask(asking) == first
    assert len(stage.gate.reservations) == 1
    assert len(stage.records) == 1


@pytest.mark.expects_log("conflict")
def test_another_question_under_the_same_number_is_refused(stage: Stage) -> None:
    asking = stage.asking(1)
    stage.ask(asking)
    reply = stage.check(2, request=asking.request)
    assert (reply.verdict, reply.reservation) == ("refused", b"")
    assert reply.reasons == ("the request number was used for something else",)
    assert len(stage.gate.reservations) == 1


def test_a_number_whose_answer_was_forgotten_holds_nothing_twice(
    zmq_context: Context, desk: SampleDesk, clock: ManualClock
) -> None:
    stage = Stage(zmq_context, desk, clock, replace(LIMITS, remembered=1))
    asking = stage.asking(1)
    stage.ask(asking)
    stage.check(1)
    reply = stage.ask(asking)
    stage.close()
    assert isinstance(reply, GateReply)
    assert (reply.verdict, reply.reasons) == ("refused", ("the request number was used before",))
    assert len(stage.gate.reservations) == 2


def test_a_client_that_asks_too_much_is_told_to_wait_and_nobody_else(stage: Stage, clock: ManualClock) -> None:
    verdicts = [stage.check(1).verdict for _ in range(LIMITS.burst + 1)]
    assert verdicts == ["passes"] * LIMITS.burst + ["busy"]
    assert stage.check(1, client="other").verdict == "passes"
    clock.advance(10 * MILLISECOND)
    assert stage.check(1).verdict == "passes"


def test_a_busy_question_may_be_asked_again(stage: Stage, clock: ManualClock) -> None:
    for _ in range(LIMITS.burst):
        stage.check(1)
    asking = stage.asking(1)
    busy = stage.ask(asking)
    clock.advance(SECOND // 2)
    again = stage.ask(asking)
    assert isinstance(busy, GateReply)
    assert isinstance(again, GateReply)
    assert (busy.verdict, again.verdict) == ("busy", "passes")


def close_feed(desk: SampleDesk, clock: ManualClock) -> None:
    desk.renew(authoritative=False)


def let_age(desk: SampleDesk, clock: ManualClock) -> None:
    clock.advance(LIMITS.oldest + 1)


def fail(desk: SampleDesk, clock: ManualClock) -> None:
    desk.fails.append(BadInputError("file", text("is gone"), text("fetch it")))


def overflow(desk: SampleDesk, clock: ManualClock) -> None:
    desk.fails.append(OverflowError("too large"))


def be_slow(desk: SampleDesk, clock: ManualClock) -> None:
    desk.takes = LIMITS.slowest + 1


TROUBLES = {
    "the gate is closed: a feed is not LIVE": close_feed,
    "the gate is closed: the desk's figures are too old": let_age,
    "the gate is closed: a check took too long": be_slow,
    "the gate is closed: a check has failed": fail,
}


@pytest.mark.expects_log("gate")
@pytest.mark.parametrize("reason", TROUBLES)
def test_in_doubt_new_risk_is_refused_with_the_reason(stage: Stage, clock: ManualClock, reason: str) -> None:
    TROUBLES[reason](stage.desk, clock)
    reply = stage.check(1)
    assert (reply.verdict, reply.reasons, reply.reservation) == ("refused", (reason,), b"")
    assert str(stage.gate.closed_because) == reason


@pytest.mark.expects_log("gate")
@pytest.mark.parametrize("reason", TROUBLES)
def test_in_doubt_orders_that_reduce_pass_and_no_others(stage: Stage, clock: ManualClock, reason: str) -> None:
    stage.desk.hold(10)
    TROUBLES[reason](stage.desk, clock)
    assert stage.check(-6).verdict == "passes"
    assert stage.check(-5).verdict == "refused"
    assert stage.check(-4).verdict == "passes"


@pytest.mark.expects_log("gate")
@pytest.mark.parametrize("reason", TROUBLES)
def test_the_gate_opens_again_when_all_is_well(stage: Stage, clock: ManualClock, reason: str) -> None:
    TROUBLES[reason](stage.desk, clock)
    stage.check(1)
    stage.desk.takes = 0
    clock.advance(LIMITS.cooling)
    stage.desk.renew()
    assert stage.check(1).verdict == "passes"
    assert stage.gate.closed_because is None


@pytest.mark.expects_log("gate")
def test_a_failed_check_keeps_the_gate_closed_for_a_while(stage: Stage, clock: ManualClock) -> None:
    overflow(stage.desk, clock)
    stage.check(1)
    assert stage.check(1).verdict == "refused"


@pytest.mark.expects_log("gate")
def test_before_the_desk_has_figures_nothing_passes(stage: Stage) -> None:
    stage.desk.checks = None
    reply = stage.check(1)
    assert (reply.verdict, reply.parameters) == ("refused", b"")
    assert reply.reasons == ("the gate is closed: the desk has no figures yet",)


def test_an_account_or_contract_nobody_knows_is_not_computable(stage: Stage) -> None:
    assert stage.check(1, account="nobody").verdict == "not computable"
    unknown = stage.check(1, orders=(GateOrder("SIM:NONE:FUT:203001", 1),))
    assert (unknown.verdict, unknown.reasons) == ("not computable", ("no parameters for NONE 2030-01",))


def test_a_contract_that_is_none_is_refused_and_closes_nothing(stage: Stage) -> None:
    assert stage.check(1, orders=(GateOrder("SIM:CL:XXX:203001", 1),)).verdict == "refused"
    assert stage.check(1).verdict == "passes"


def test_every_decision_is_recorded_with_its_time(stage: Stage, clock: ManualClock) -> None:
    reply = stage.check(1)
    stage.tell(GateCancel, reply.reservation)
    first, second = stage.records
    assert first.answer == reply
    assert first.received == first.answered == clock.wall_ns() // 1_000
    assert isinstance(second.message, GateCancel)
    assert isinstance(second.answer, GateReservation)


@pytest.mark.expects_log("record", "recorded")
def test_what_cannot_be_recorded_does_not_pass(stage: Stage) -> None:
    stage.refuses_record.append(OSError("the disk is full"))
    reply = stage.check(1)
    assert (reply.verdict, reply.reservation) == ("refused", b"")
    assert len(stage.gate.reservations) == 0
    stage.refuses_record.clear()
    assert stage.check(1).reasons == ("the gate is closed: decisions cannot be recorded",)


@pytest.mark.expects_log("gate feed")
@pytest.mark.parametrize(
    ("frames", "kind", "number"),
    [
        ([b""], "encoding", b""),
        ([b"\xc1"], "encoding", b""),
        ([b"", b"x"], "frames", b""),
        ([msgspec.msgpack.encode({"type": "gate-check"})], "shape", b""),
        ([msgspec.msgpack.encode([*GOOD[:5], [["SIM:CL:FUT:202701", 0]], *GOOD[6:]])], "shape", b"r" * 16),
        ([msgspec.msgpack.encode([*GOOD[:5], [["SIM:CL:FUT:202701", 1.5]], *GOOD[6:]])], "shape", b"r" * 16),
        ([msgspec.msgpack.encode([*GOOD[:5], [], *GOOD[6:]])], "shape", b"r" * 16),
        ([msgspec.msgpack.encode([*GOOD[:7], 0])], "shape", b"r" * 16),
        ([msgspec.msgpack.encode([GOOD[0], 2, *GOOD[2:]])], "version", b"r" * 16),
        ([bytes(LARGEST_MESSAGE + 1)], "size", b""),
    ],
)
def test_what_cannot_be_used_is_counted_and_answered(
    stage: Stage, frames: list[bytes], kind: str, number: bytes
) -> None:
    fault = stage.send(*frames)
    assert isinstance(fault, GateFault)
    assert (fault.kind, fault.request) == (kind, number)
    assert stage.gate.faults.counts[kind] == 1
    assert stage.check(1).verdict == "passes"


def test_a_client_that_has_gone_harms_nobody(stage: Stage) -> None:
    gone = stage.connect()
    gone.send(msgspec.msgpack.encode(stage.asking(1)))
    assert stage.gate.poll_sockets()[0].poll(5_000)
    gone.close(linger=0)
    assert stage.check(1).verdict == "passes"


def test_a_turn_takes_a_bounded_number_of_messages(stage: Stage) -> None:
    for _ in range(LIMITS.messages + 1):
        stage.socket.send(msgspec.msgpack.encode(stage.asking(1)))
    poller = zmq.Poller()
    poller.register(stage.gate.poll_sockets()[0], zmq.POLLIN)
    while not stage.records:
        poller.poll(1_000)
        stage.gate.service()
    assert len(stage.records) <= LIMITS.messages
    while len(stage.records) < LIMITS.messages + 1:
        stage.answer()


def test_reservations_are_named_by_client_and_request(stage: Stage) -> None:
    number = uuid.uuid4().bytes
    first = stage.check(1, request=number)
    second = stage.check(1, request=number, client="other")
    assert first.verdict == second.verdict == "passes"
    assert first.reservation != second.reservation


def position_limit(hard: int, of: str = "account") -> str:
    return f'[[limit]]\nid = "{of} size"\nmeasure = "position"\nof = "{of}"\nby = "contract"\nhard = {hard}\n'


def test_a_limit_refuses_at_the_gate_and_the_reply_names_the_limits(stage: Stage) -> None:
    version = stage.desk.limit(position_limit(3))
    passed, refused = stage.check(3), stage.check(1)
    assert (passed.verdict, passed.limits) == ("passes", version)
    assert (refused.verdict, refused.largest, refused.limits) == ("refused", 0, version)
    contract, account = Contract.parse(stage.desk.contract).title, stage.desk.account
    assert refused.reasons == (f"account size: position in {contract} of {account} would be 4, at most 3",)


def test_a_reservation_of_a_related_account_takes_the_headroom_of_the_group(stage: Stage) -> None:
    stage.desk.limit(position_limit(10, "group"))
    _, relative, *_ = stage.desk.relatives
    held = stage.check(8)
    assert stage.check(3, account=relative).verdict == "refused"
    stage.tell(GateCancel, held.reservation)
    assert "group size" not in "".join(stage.check(3, account=relative).reasons)


@pytest.mark.expects_log("record", "recorded")
def test_where_a_turn_cannot_be_made_durable_none_of_its_decisions_count(stage: Stage) -> None:
    stage.refuses_commit.append(OSError("the disk is full"))
    asking = stage.asking(1)
    first = stage.ask(asking)
    assert (first.verdict, first.reservation) == ("refused", b"")
    assert len(stage.gate.reservations) == 0
    stage.refuses_commit.clear()
    assert stage.ask(asking) == first


def test_an_order_on_the_market_counts_once_with_its_reservation_and_after_it(stage: Stage) -> None:
    stage.desk.limit(position_limit(10))
    reservation = stage.check(6).reservation
    stage.desk.work(reservation.hex(), 6)
    assert stage.check(5).verdict == "refused"
    assert stage.check(4).verdict == "passes"


def test_an_order_that_never_asked_takes_headroom_too(stage: Stage) -> None:
    stage.desk.limit(position_limit(10))
    stage.desk.work("by telephone", 6)
    assert stage.check(5).verdict == "refused"
    assert stage.check(4).verdict == "passes"
