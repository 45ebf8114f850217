"""The gate: a ROUTER that order routers and algorithms ask before they send an order.

It decides nothing itself: the check is the engine's, on the newest state of the desk. It sees to it that a question is
answered once, that what passed holds its headroom, that every decision is recorded, and that in doubt nothing passes
but what reduces risk. Owned by one thread, which calls `service` often; what is done in a turn is bounded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec
import zmq

from engine.decision import Figures, Order, Request, Verdict
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.order_case import PreTrade
from engine.pre_trade import Basis, DeskCheck
from engine.reservations import Reserve, Strategy
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import Clock
from feeds.faults import BadMessageError, FaultLog
from feeds.gate_history import BUSY, Answered, AnswerKey, Earlier
from feeds.gate_messages import (
    GateAnswer,
    GateCancel,
    GateCheck,
    GateFault,
    GateFigures,
    GateFilled,
    GateMessage,
    GateQuery,
    GateReply,
    GateReservation,
    decode_gate,
    readable_request,
)
from feeds.gate_records import GateRecord
from feeds.gate_safety import Circuit, GateLimits, RateLimit
from feeds.messages import VERSION
from feeds.sockets import Context, Socket, bound_endpoint, open_socket

QUEUE: Final = 10_000
"""Messages waiting in each direction for one client."""
WAIT: Final = 10
"""Longest wait for questions, milliseconds, so that whoever serves looks up now and then."""
UNKNOWN: Final = "unknown"
MICROSECOND: Final = 1_000
# As plain numbers: combining the library's own takes longer than sending a message.
_NO_WAIT, _MORE, _INPUT = int(zmq.NOBLOCK), int(zmq.NOBLOCK | zmq.SNDMORE), int(zmq.POLLIN)
CHECK_FAILURES: Final = (UserFacingError, ArithmeticError, LookupError, ValueError)
"""What a check may die of without taking the gate along: it fails closed."""

# More contracts than a market lists: reading one again takes longer than most steps of a check.
_contract = lru_cache(65_536)(Contract.parse)

Report = GateCancel | GateFilled | GateQuery

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Due:
    """An answer that is sent once all of its turn is on record; ``record`` is None where there is nothing to record."""

    body: bytes
    key: AnswerKey | None = None
    record: GateRecord | None = None


class GateServer:
    """The gate.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where to listen.
        desk: The check on the newest state; None while there is none.
        clock: Time.
        record: Is told every decision before its answer is sent. Where it or ``commit`` raises OSError or
            UserFacingError the decision does not count: what is not on record does not pass.
        limits: How much the gate puts up with.
        commit: Makes durable what ``record`` was told, once a turn, before the answers are sent.
        earlier: What the last gate on the same record knew.

    Attributes:
        faults: What was wrong with messages.
        reservations: What is held.
        last_asked: When the last turn with a message began, monotonic nanoseconds; 0 before the first.

    Raises:
        BadInputError: An endpoint that leaves the machine or cannot be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        desk: Callable[[], DeskCheck | None],
        clock: Clock,
        record: Callable[[GateRecord], None],
        limits: GateLimits | None = None,
        commit: Callable[[], None] = lambda: None,
        earlier: Earlier | None = None,
    ) -> None:
        self._limits = limits or GateLimits()
        earlier = earlier or Earlier.nothing(self._limits.settling)
        self._socket: Socket = open_socket(context, zmq.ROUTER, endpoint, QUEUE, bind=True)
        # Without it a full queue silently swallows answers.
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._socket.setsockopt(zmq.RCVTIMEO, WAIT)
        self._desk = desk
        self._clock = clock
        self._record = record
        self._commit = commit
        self._circuit = Circuit(self._limits, clock, earlier.closed_until)
        self._rate = RateLimit(self._limits, clock)
        self._answered = earlier.answers
        self.faults = FaultLog(_logger, "gate", clock)
        self.reservations = earlier.reservations
        self.last_asked = 0
        self._left = False
        """Whether the last turn left messages."""

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return bound_endpoint(self._socket)

    @property
    def closed_because(self) -> Text | None:
        """Why nothing but reducing orders passes now; None while all is well."""
        desk = self._desk()
        return self._circuit.reason(desk.basis if desk is not None else None)

    def poll_sockets(self) -> list[Socket]:
        """What to poll for input."""
        return [self._socket]

    def service(self, *, wait: bool = False) -> bool:
        """Answer waiting messages, a bounded number; whether more may be waiting.

        Args:
            wait: Whether to wait a while for the first of them, and to use the time.
        """
        due: list[tuple[bytes, _Due]] = []
        # The last turn has looked already.
        more, self._left = self._left, False
        while wait and not more and self._made_ready():
            more = self._is_asked()
        try:
            frames = self._received(0 if wait else _NO_WAIT)
        except zmq.Again:
            return False
        self.last_asked = self._clock.monotonic_ns()
        ends = self.last_asked + self._limits.turn
        while True:
            due.append((frames[0], self._reply(frames)))
            more = self._is_asked()
            if not more or len(due) == self._limits.messages or self._clock.monotonic_ns() >= ends:
                break
            frames = self._received(_NO_WAIT)
        self._make_durable([each for _, each in due])
        for peer, answer in due:
            self._send(peer, answer.body)
        self._left = more
        return more

    def _is_asked(self) -> bool:
        """Whether a message is waiting."""
        return bool(self._socket.getsockopt(zmq.EVENTS) & _INPUT)  # type: ignore[operator]  # an integer option

    def _received(self, flags: int) -> list[bytes]:
        """The frames of the next message: as a rule who sent it, and one more.

        Raises:
            zmq.Again: There is none.
        """
        frames = [self._socket.recv(flags), self._socket.recv(_NO_WAIT)]
        while self._socket.getsockopt(zmq.RCVMORE):
            frames.append(self._socket.recv(_NO_WAIT))
        return frames

    def _made_ready(self) -> bool:
        """Do a little of what the next orders would have to wait for; False where nothing is left to do."""
        desk = self._desk()
        self.reservations.advance(self._clock.monotonic_ns())
        try:
            return desk is not None and desk.make_ready(self.reservations)
        except CHECK_FAILURES as error:
            # The check of its next order will fail in the same way, and close the gate.
            _logger.error("gate: an account cannot be made ready", exc_info=error)
            return False

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _send(self, peer: bytes, body: bytes) -> None:
        """A client that left or does not read may ask again: its answer is remembered."""
        try:
            self._socket.send(peer, _MORE)
            self._socket.send(body, _NO_WAIT)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                raise
            self.faults.note("unread", "a client has gone or does not read its answers", logging.INFO)

    def _reply(self, frames: list[bytes]) -> _Due:
        received = self._clock.wall_ns()
        try:
            if len(frames) != 2:
                raise BadMessageError("frames", f"{len(frames)} frames instead of peer and message")
            message = decode_gate(frames[1])
        except BadMessageError as bad:
            self.faults.note(bad.kind, bad.detail)
            fault = GateFault(VERSION, readable_request(frames), bad.kind, bad.detail[:300])
            return _Due(msgspec.msgpack.encode(fault))
        key, digest = (message.client, message.request), sha256(frames[1]).digest()
        earlier = self._answered.get(key)
        if earlier is not None and earlier.digest == digest:
            return _Due(earlier.body, key)
        if earlier is not None:
            return self._recorded(message, digest, received, self._conflict(message))
        self.reservations.advance(self._clock.monotonic_ns())
        decided = self._checked(message) if isinstance(message, GateCheck) else self._told(message)
        due = self._recorded(message, digest, received, decided)
        if not isinstance(decided, GateReply) or decided.verdict != BUSY:
            due.key = key
            self._remember(key, Answered(digest, due.body))
        return due

    def _remember(self, key: AnswerKey, answered: Answered) -> None:
        self._answered[key] = answered
        if len(self._answered) > self._limits.remembered:
            self._answered.popitem(last=False)

    def _conflict(self, message: GateMessage) -> GateAnswer:
        self.faults.note("conflict", f"{message.client} used request {message.request.hex()} for something else")
        return self._refusal(message, text("the request number was used for something else"))

    def _refusal(self, message: GateMessage, reason: Text) -> GateAnswer:
        """Nothing was done."""
        if isinstance(message, GateCheck):
            return self._verdict(message, self._basis(), PreTrade(Verdict.REFUSED, (reason,), ()))
        return self._standing(message, str(reason))

    def _recorded(self, message: GateMessage, digest: bytes, received: int, answer: GateAnswer) -> _Due:
        """The answer, once it is taken for the record; another one where it cannot be."""
        microseconds = received // MICROSECOND, self._clock.wall_ns() // MICROSECOND
        record = GateRecord(*microseconds, message, digest, answer, self._clock.monotonic_ns())
        try:
            self._record(record)
        except (OSError, UserFacingError) as error:
            return _Due(msgspec.msgpack.encode(self._unrecorded(message, answer, error)))
        return _Due(msgspec.msgpack.encode(answer), record=record)

    def _make_durable(self, due: list[_Due]) -> None:
        """Have a turn's records on the disk; where that fails, its decisions do not count."""
        try:
            self._commit()
        except (OSError, UserFacingError) as error:
            changed: dict[AnswerKey, bytes] = {}
            for each in due:
                if each.record is not None:
                    answer = self._unrecorded(each.record.message, each.record.answer, error)
                    each.body = msgspec.msgpack.encode(answer)
                    if each.key is not None:
                        changed[each.key] = each.body
                        self._remember(each.key, Answered(each.record.sha256, each.body))
                elif each.key in changed:
                    # Asked twice in one turn.
                    each.body = changed[each.key]

    def _unrecorded(self, message: GateMessage, answer: GateAnswer, error: OSError | UserFacingError) -> GateAnswer:
        self.faults.note("record", str(error))
        reason = text("the gate is closed: decisions cannot be recorded")
        self._circuit.trip(reason)
        if isinstance(answer, GateReply) and answer.reservation:
            self.reservations.forget(answer.reservation)
        # What a client reports has happened: it stays done, recorded or not.
        return self._refusal(message, reason) if isinstance(message, GateCheck) else answer

    def _checked(self, message: GateCheck) -> GateReply:
        if not self._rate.take(message.client):
            return self._busy(message, text("more questions a second than this client may ask"))
        if self.reservations.full:
            return self._busy(message, text("too many orders are working"))
        desk = self._desk()
        if desk is None:
            return self._verdict(message, None, _refused(self._circuit.reason(None)))
        try:
            orders = tuple([Order(_contract(each.contract), each.quantity, each.closes) for each in message.orders])
        except BadInputError as error:
            return self._verdict(message, desk.basis, _refused(error.message))
        return self._considered(message, desk, orders)

    def _considered(self, message: GateCheck, desk: DeskCheck, orders: Strategy) -> GateReply:
        """Check orders that can be read, and hold what passes."""
        identity = reservation_of(message)
        if self.reservations.find(identity):
            # Its answer has been forgotten since, and nothing is held twice.
            return self._verdict(message, desk.basis, _refused(text("the request number was used before")))
        decision = self._decide(desk, Request(0, message.account, orders, False, message.together))
        if decision.verdict is not Verdict.PASSES:
            return self._verdict(message, desk.basis, decision)
        expiry = self._clock.monotonic_ns() + message.time_to_live
        together = message.together
        self.reservations.hold(Reserve(identity, message.client, message.account, orders, together, expiry))
        return self._verdict(message, desk.basis, decision, identity, self._clock.wall_ns() + message.time_to_live)

    def _decide(self, desk: DeskCheck, request: Request) -> PreTrade:
        """The check, or while the circuit is open whether the orders reduce risk."""
        everywhere = desk.beside(self.reservations)
        problem = self._circuit.reason(desk.basis)
        if problem is None:
            before = self._clock.monotonic_ns()
            try:
                decision = desk.check(request, None, everywhere, briefly=True)
            except CHECK_FAILURES as error:
                _logger.error("gate: the check of %s failed", request.account, exc_info=error)
                problem = text("the gate is closed: a check has failed")
            else:
                if self._clock.monotonic_ns() - before <= self._limits.slowest:
                    return decision
                problem = text("the gate is closed: a check took too long")
            self._circuit.trip(problem)
        try:
            reduces = desk.reduces(request, everywhere.working(request.account))
        except CHECK_FAILURES as error:
            _logger.error("gate: whether orders of %s reduce cannot be told", request.account, exc_info=error)
            reduces = False
        return PreTrade(Verdict.PASSES if reduces else Verdict.REFUSED, (problem,), ())

    def _told(self, message: Report) -> GateReservation:
        """What a client says or asks of one of its reservations."""
        found = self.reservations.find(message.reservation)
        if found is None or found.reserve.client != message.client:
            return self._standing(message, str(text("no such reservation of this client")))
        if isinstance(message, GateCancel):
            self.reservations.cancel(message.reservation)
        elif isinstance(message, GateFilled):
            now = self._clock.monotonic_ns()
            if not self.reservations.fill(message.reservation, message.filled, now):
                return self._standing(message, str(text("more or other contracts than were reserved")))
        return self._standing(message, "")

    def _standing(self, message: Report, reason: str) -> GateReservation:
        """What has become of a reservation, for its own client."""
        identity = message.reservation
        found = self.reservations.find(identity)
        if found is not None and found.reserve.client != message.client:
            found = None
        now = self._clock.wall_ns()
        if found is None:
            return GateReservation(VERSION, message.request, identity, UNKNOWN, (), (), 0, now, reason)
        expiry = now + found.reserve.expiry - self._clock.monotonic_ns()
        figures = (found.state.value, found.filled, found.remaining, max(0, expiry))
        return GateReservation(VERSION, message.request, identity, *figures, now, reason)

    def _basis(self) -> Basis | None:
        desk = self._desk()
        return desk.basis if desk is not None else None

    def _busy(self, message: GateCheck, reason: Text) -> GateReply:
        return self._verdict(message, self._basis(), PreTrade(Verdict.REFUSED, (reason,), ()), verdict=BUSY)

    def _verdict(
        self,
        message: GateCheck,
        basis: Basis | None,
        decision: PreTrade,
        reservation: bytes = b"",
        expiry: int = 0,
        verdict: str | None = None,
    ) -> GateReply:
        effect = decision.effects[0] if decision.effects else None
        return GateReply(
            VERSION,
            message.request,
            verdict or decision.verdict.value,
            tuple(map(str, decision.reasons)),
            decision.largest,
            effect.currency if effect else None,
            _figures(effect.before) if effect else None,
            _figures(effect.after) if effect else None,
            basis.sequence if basis else 0,
            basis.book if basis else 0,
            basis.parameters if basis else b"",
            reservation,
            expiry,
            self._clock.wall_ns(),
            basis.limits if basis else "",
            tuple(map(str, decision.warnings)),
        )


def reservation_of(message: GateCheck) -> bytes:
    """The 16 bytes that name the reservation of a check: the same question can never hold twice."""
    return sha256(b"palisade reservation\0" + message.request + message.client.encode()).digest()[:16]


def _refused(reason: Text | None) -> PreTrade:
    return PreTrade(Verdict.REFUSED, (reason,) if reason is not None else (), ())


def _figures(figures: Figures) -> GateFigures:
    if NOT_COMPUTABLE not in figures:
        return GateFigures(*figures)
    return GateFigures(*[None if figure == NOT_COMPUTABLE else figure for figure in figures])
