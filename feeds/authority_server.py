"""The sockets of the authority: terminals ask and watch on one, the executor gate works on the other. One thread."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import msgspec
import zmq

from engine.audit_events import Refused
from engine.authorisation.moments import EXECUTION_TIME, Lapse
from engine.authorisation.people import RefusedError
from engine.authorisation.proposal import State
from engine.text import Text, UserFacingError
from feeds.authority import Authority
from feeds.authority_messages import (
    EXECUTOR_MESSAGES,
    TERMINAL_MESSAGES,
    AuthorityBeat,
    ExecutorHello,
    ExecutorMessage,
    GlassUpdate,
    Noted,
    ProposalUpdate,
    Release,
    Report,
    Reserve,
    Reserved,
    StaffUpdate,
    TerminalMessage,
    Waits,
    Watch,
)
from feeds.authority_rows import change_row, words_of
from feeds.authority_store import Kept
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.curve import CurveServer
from feeds.decoding import decode
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION, Message
from feeds.sentences import optional_sentence, text_of
from feeds.sockets import Context, Socket, bound_endpoint, open_socket

QUEUE: Final = 10_000
BEAT: Final = 100 * MILLISECOND
TICK: Final = 50 * MILLISECOND
FORGOTTEN: Final = 3 * SECOND
"""How long a terminal is told things without saying that it is there."""
EXECUTOR_SILENCE: Final = SECOND
LONGEST_SILENT: Final = EXECUTION_TIME + 5 * SECOND
"""After so long the gate has sent what it was given, or never will; it is asked what it knows of it."""
REMINDER: Final = SECOND
MESSAGES_A_TURN: Final = 200
CHANGES_A_MESSAGE: Final = 32
"""Changes of people in one message: a change is about 12 KB, a message at most 1 MiB."""
MOST_WATCHERS: Final = 1_000
_FOR_EXECUTOR: Final = (State.SIGNED2, State.RESERVED, State.SENT, State.UNKNOWN)

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class _Executor:
    peer: bytes
    session: bytes
    heard: int


class AuthorityServer:
    """Serves an authority.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where terminals come in.
        executor_endpoint: Where the executor gate does.
        authority: What is served.
        clock: Time.
        curves: How the two endpoints are encrypted, in this sequence; None for what does not leave the machine.

    Raises:
        BadInputError: An endpoint that may not or cannot be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        executor_endpoint: str,
        authority: Authority,
        clock: Clock,
        curves: tuple[CurveServer | None, CurveServer | None] = (None, None),
    ) -> None:
        self._authority = authority
        self._clock = clock
        self.session = secrets.token_bytes(16)
        self.sequence = 0
        self._watchers: dict[bytes, int] = {}
        self._executor: _Executor | None = None
        self._next_beat = self._next_tick = self._next_reminder = clock.monotonic_ns()
        self.faults = FaultLog(_logger, "authority", clock)
        with ExitStack() as opened:
            self._terminals = self._bound(context, endpoint, curves[0])
            opened.callback(self._terminals.close, linger=0)
            self._gate = self._bound(context, executor_endpoint, curves[1])
            opened.callback(self._gate.close, linger=0)
            self._opened = opened.pop_all()

    @property
    def endpoint(self) -> str:
        """Where terminals come in."""
        return bound_endpoint(self._terminals)

    @property
    def executor_endpoint(self) -> str:
        """Where the executor gate comes in."""
        return bound_endpoint(self._gate)

    @property
    def has_executor(self) -> bool:
        """Whether an executor gate has been heard of lately."""
        executor = self._executor
        return executor is not None and self._clock.monotonic_ns() - executor.heard < EXECUTOR_SILENCE

    def poll_sockets(self) -> list[Socket]:
        """Sockets whose input `service` takes."""
        return [self._terminals, self._gate]

    def service(self) -> None:
        """Answer what waits, a bounded number; say what has changed. Call at least every 25 ms, and on input."""
        # The gate first: what is signed twice shall not wait behind questions.
        self._drain(self._gate)
        self._drain(self._terminals)
        now = self._clock.monotonic_ns()
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._authority.tick()
        if now >= self._next_reminder:
            self._next_reminder = now + REMINDER
            self._remind()
        self._push()
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            self._beat(now)

    def close(self) -> None:
        """Close the sockets."""
        self._opened.close()

    @staticmethod
    def _bound(context: Context, endpoint: str, curve: CurveServer | None) -> Socket:
        socket = open_socket(context, zmq.ROUTER, endpoint, QUEUE, bind=True, curve=curve)
        # Without it a full queue silently swallows messages.
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        return socket

    def _drain(self, socket: Socket) -> None:
        for _ in range(MESSAGES_A_TURN):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                self._take(socket, frames)
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)

    def _take(self, socket: Socket, frames: list[bytes]) -> None:
        if len(frames) != 2:
            raise BadMessageError("frames", f"{len(frames)} frames instead of peer and message")
        peer, body = frames
        message: TerminalMessage | ExecutorMessage = (
            decode(TERMINAL_MESSAGES, body) if socket is self._terminals else decode(EXECUTOR_MESSAGES, body)
        )
        if message.version != VERSION:
            raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
        if isinstance(message, Watch):
            self._watch(peer, message)
        elif isinstance(message, ExecutorHello | Reserve | Waits | Report):
            self._hear_executor(peer, message)
        else:
            self._send(self._terminals, peer, self._authority.answer(message, body))

    def _watch(self, peer: bytes, message: Watch) -> None:
        """Remember the terminal; tell it everything where it does not have it."""
        if peer not in self._watchers and len(self._watchers) >= MOST_WATCHERS:
            raise BadMessageError("watchers", f"more than {MOST_WATCHERS} terminals")
        self._push()
        self._watchers[peer] = self._clock.monotonic_ns()
        if message.session != self.session or message.sequence != self.sequence:
            known = [self._update(kept) for kept in self._authority.store.kept.values()]
            for each in (*self._staff(), *self._glass(), *known, self._beat_message(whole=True)):
                if not self._send(self._terminals, peer, each):
                    self._watchers.pop(peer, None)
                    return

    def _push(self) -> None:
        """Say what has changed since the last time, to the gate first."""
        authority = self._authority
        touched, authority.touched = list(dict.fromkeys(authority.touched)), []
        if authority.staff_touched:
            authority.staff_touched = False
            self.sequence += 1
            for staff in self._staff():
                self._tell_executor(staff)
                self._tell_watchers(staff)
        broken, authority.glass_touched = authority.glass_touched, []
        for identity in broken:
            self.sequence += 1
            for glass in self._glass(identity):
                self._tell_executor(glass)
                self._tell_watchers(glass)
        for identity in touched:
            kept = authority.store.kept[identity]
            # With a reason it is the gate itself that has said why it waits.
            if kept.proposal.state is State.SIGNED2 and kept.proposal.reason is None:
                self._tell_executor(_release(kept))
            self.sequence += 1
            self._tell_watchers(self._update(kept))

    def _beat(self, now: int) -> None:
        for peer in [peer for peer, heard in self._watchers.items() if now - heard > FORGOTTEN]:
            del self._watchers[peer]
        beat = self._beat_message()
        self._tell_watchers(beat)
        self._tell_executor(beat)

    def _beat_message(self, *, whole: bool = False) -> AuthorityBeat:
        return AuthorityBeat(VERSION, self.session, self.sequence, self._clock.wall_ns(), self.has_executor, whole)

    def _update(self, kept: Kept) -> ProposalUpdate:
        return ProposalUpdate(VERSION, self.session, self.sequence, kept.standing)

    def _staff(self) -> Iterator[StaffUpdate]:
        changes = tuple(map(change_row, self._authority.store.changes))
        for first in range(0, max(1, len(changes)), CHANGES_A_MESSAGE):
            some = changes[first : first + CHANGES_A_MESSAGE]
            yield StaffUpdate(VERSION, self.session, self.sequence, first, some)

    def _glass(self, only: bytes | None = None) -> Iterator[GlassUpdate]:
        for identity, broken in self._authority.store.broken.items():
            if only in (None, identity):
                said = (broken.said.content, broken.signature, broken.reviewer)
                yield GlassUpdate(VERSION, self.session, self.sequence, *said)

    def _hear_executor(self, peer: bytes, message: ExecutorMessage) -> None:
        """A gate speaks; only one is listened to, until it has been silent."""
        executor, now = self._executor, self._clock.monotonic_ns()
        if executor is None or executor.session != message.session:
            if self.has_executor:
                raise BadMessageError("second gate", "another executor gate is at work; this one is not listened to")
            # Anything else is repeated after the hello.
            if isinstance(message, ExecutorHello):
                self._adopt(_Executor(peer, message.session, now))
            return
        executor.heard = now
        if executor.peer != peer:
            executor.peer = peer
            self._brief()
        if isinstance(message, Reserve):
            self._tell_executor(self._reserved(message))
        elif isinstance(message, Waits):
            self._wait(message)
        elif isinstance(message, Report):
            self._tell_executor(self._noted(message))

    def _adopt(self, executor: _Executor) -> None:
        self._authority.lose_executor()
        self._executor = executor
        _logger.info("executor gate %s", executor.session.hex())
        self._brief()

    def _brief(self) -> None:
        """Tell a gate everything that concerns it."""
        kept = [each for each in self._authority.store.kept.values() if each.proposal.state in _FOR_EXECUTOR]
        for message in (*self._staff(), *self._glass(), *map(_release, kept), self._beat_message(whole=True)):
            self._tell_executor(message)

    def _remind(self) -> None:
        """Ask the gate of what it was given and has said nothing of: the answer that gave it may have been lost."""
        now = self._authority.store.now()
        for kept in self._authority.store.kept.values():
            state, changed = kept.proposal.state, kept.proposal.changed
            if state is not State.RESERVED or changed is None or changed.lapse(now, LONGEST_SILENT) is Lapse.WITHIN:
                continue
            self._tell_executor(_release(kept))

    def _reserved(self, message: Reserve) -> Reserved:
        reason: Text | None = None
        try:
            self._authority.reserve(message.identity)
        except UserFacingError as refused:
            reason = refused.message
        staff = len(self._authority.store.changes)
        return Reserved(VERSION, message.identity, reason is None, staff, optional_sentence(reason))

    def _wait(self, message: Waits) -> None:
        """For people to read: where it is too late for that, nothing follows from it."""
        try:
            self._authority.wait(message.identity, text_of(message.reason))
        except UserFacingError as refused:
            _logger.info("%s waits: %s", message.identity.hex(), refused)

    def _noted(self, message: Report) -> Noted:
        try:
            self._authority.report(message)
        except RefusedError as refused:
            # It would be repeated for ever: it is put on record and left at that.
            self.faults.alert("report", f"of {message.identity.hex()}: {refused}")
            store = self._authority.store
            with store.change() as change:
                store.tell(change, [Refused(message.identity.hex(), "executor", "report", str(refused))])
        return Noted(VERSION, message.identity, message.number)

    def _tell_executor(self, message: Message) -> None:
        if self._executor is not None:
            self._send(self._gate, self._executor.peer, message)

    def _tell_watchers(self, message: Message) -> None:
        self._drop(peer for peer in list(self._watchers) if not self._send(self._terminals, peer, message))

    def _drop(self, peers: Iterable[bytes]) -> None:
        for peer in peers:
            self._watchers.pop(peer, None)

    def _send(self, socket: Socket, peer: bytes, message: Message) -> bool:
        """Whether it could be handed over: who has gone or does not read is not waited for."""
        try:
            socket.send_multipart((peer, _encode(message)), zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                raise
            return False
        return True


def _release(kept: Kept) -> Release:
    """What the gate judges for itself."""
    proposal = kept.proposal
    if proposal.proposed is None:
        raise ValueError("a draft stays at its maker's station")
    approvals = tuple(words_of(each.signed) for each in proposal.approvals)
    content = proposal.instruction.content
    return Release(VERSION, proposal.state.value, content, words_of(proposal.proposed.signed), approvals)
