"""A terminal's line to the authority: watches, asks, and keeps a frozen picture. One thread, never waits.

What arrives is judged here as well: people by their chain of signed changes, proposals by their bytes. A line that is
silent is replaced; what was asked and not answered is asked again there, and of an authority that was started again,
with the same bytes, which does nothing twice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec
import zmq

from engine.authorisation.approval import SignedApproval
from engine.authorisation.break_glass import BreakGlass
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import Signature
from engine.authorisation.people import People, SignedChange
from engine.authorisation.picture import AuthorityAnswer, AuthorityPicture, GlassView, ProposalView
from engine.snapshot import FeedState
from engine.text import BadInputError
from feeds.authority_messages import (
    TERMINAL_ANSWERS,
    Answer,
    AuthorityBeat,
    BreakTheGlass,
    ChangePeople,
    GlassUpdate,
    ProposalUpdate,
    Propose,
    ReviewGlass,
    Saw,
    Sign,
    StaffUpdate,
    TerminalAnswer,
    Watch,
)
from feeds.authority_rows import RECENT, change_row, ended_first, expected_of, proposal_of, report_of, words_of
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.curve import CurveClient
from feeds.decoding import decode
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION
from feeds.sentences import optional_text
from feeds.sockets import Context, Socket, open_socket
from feeds.staff_replica import StaffReplica

QUEUE: Final = 10_000
SILENCE: Final = 500 * MILLISECOND
WATCH: Final = SECOND
NO_SESSION: Final = bytes(16)
MESSAGES_A_TURN: Final = 500

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode

Opener = Callable[[], Socket]
Question = Propose | Sign | Saw | ChangePeople | BreakTheGlass | ReviewGlass


class AuthorityClient:
    """Keeps a picture of an authority. Every method runs in the one thread that owns it.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where the authority takes terminals.
        clock: Time.
        founding: Digest of the founding change of people that is trusted; None to trust the first that is seen.
        curve: How the line is encrypted; needed where it leaves the machine.

    Raises:
        BadInputError: An endpoint that may not be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        clock: Clock,
        founding: bytes | None = None,
        curve: CurveClient | None = None,
    ) -> None:
        self._open: Opener = lambda: open_socket(context, zmq.DEALER, endpoint, QUEUE, curve=curve)
        self._clock = clock
        self._staff = StaffReplica(founding)
        self._session = NO_SESSION
        self._sequence = 0
        self._views: dict[bytes, ProposalView] = {}
        self._broken: dict[bytes, GlassView] = {}
        self._asked: dict[bytes, bytes] = {}
        self._answers: list[AuthorityAnswer] = []
        self.faults = FaultLog(_logger, "authority", clock)
        empty = AuthorityPicture(FeedState.INIT, 0, 0, False, People(), ())
        self._picture, self._changed = empty, False
        self._silent = self._complete = False
        self._socket = self._open()
        self._heard = self._next_watch = clock.monotonic_ns()

    @property
    def state(self) -> FeedState:
        """Whether the picture may be relied on."""
        if self._session == NO_SESSION:
            return FeedState.INIT
        if self._silent:
            return FeedState.STALE
        if self._staff.fault is not None:
            return FeedState.SUSPECT
        return FeedState.LIVE if self._complete else FeedState.SYNCING

    def picture(self) -> AuthorityPicture:
        """The newest picture; the same object until something changes."""
        state = self.state
        if self._changed or self._picture.state is not state:
            self._changed = False
            views = tuple(reversed(self._views.values()))
            self._picture = replace(
                self._picture,
                state=state,
                sequence=self._sequence,
                people=self._staff.people,
                proposals=views,
                fault=self._staff.fault,
                broken=tuple(reversed(self._broken.values())),
            )
        return self._picture

    @property
    def changes(self) -> tuple[SignedChange, ...]:
        """The chain of people, each change checked by this station itself."""
        return tuple(self._staff.changes)

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; ask again after each `service`."""
        return [self._socket]

    def service(self) -> None:
        """Take in what has arrived and do what is due. Call at least every 50 ms."""
        self._drain()
        now = self._clock.monotonic_ns()
        if now - self._heard >= SILENCE:
            self._rebuild(now)
        if now >= self._next_watch:
            self._watch(now)

    def propose(self, instruction: Instruction, signed: SignedApproval, expected: Expected, inputs: bytes) -> bytes:
        """Put an instruction before the approvers; 16 bytes that its answer names."""
        request = secrets.token_bytes(16)
        words = words_of(signed)
        return self._ask(request, Propose(VERSION, request, instruction.content, words, expected.content, inputs))

    def sign(self, signed: SignedApproval) -> bytes:
        """Approve, veto or withdraw, as the signed words say; 16 bytes that the answer names."""
        request = secrets.token_bytes(16)
        return self._ask(request, Sign(VERSION, request, words_of(signed)))

    def saw(self, fingerprint: bytes, person: str, role: str, workstation: str, language: str, shown: str) -> bytes:
        """Say for the record that a person is being shown an instruction."""
        request = secrets.token_bytes(16)
        return self._ask(request, Saw(VERSION, request, fingerprint, person, role, workstation, language, shown))

    def change_people(self, signed: SignedChange) -> bytes:
        """Change people, roles or keys; 16 bytes that the answer names."""
        request, row = secrets.token_bytes(16), change_row(signed)
        return self._ask(request, ChangePeople(VERSION, request, row.content, row.signatures))

    def break_glass(self, said: BreakGlass, signature: Signature) -> bytes:
        """Cancel all orders or block opens at once; 16 bytes that the answer names."""
        request = secrets.token_bytes(16)
        return self._ask(request, BreakTheGlass(VERSION, request, said.content, signature.encode()))

    def review_glass(self, identity: bytes, person: str, key: bytes, words: str, signature: Signature) -> bytes:
        """Say that a break-glass was looked at; 16 bytes that the answer names."""
        request = secrets.token_bytes(16)
        return self._ask(request, ReviewGlass(VERSION, request, identity, person, key, words, signature.encode()))

    def take_answers(self) -> list[AuthorityAnswer]:
        """Answers since the last call."""
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _ask(self, request: bytes, question: Question) -> bytes:
        body = _encode(question)
        self._asked[request] = body
        self._put(body)
        return request

    def _put(self, body: bytes) -> None:
        try:
            self._socket.send(body, zmq.NOBLOCK)
        except zmq.Again:
            self.faults.note("full", "the line to the authority is full", logging.INFO)

    def _watch(self, now: int) -> None:
        self._next_watch = now + WATCH
        sequence = self._sequence if self._complete else 0
        self._put(_encode(Watch(VERSION, self._session if self._complete else NO_SESSION, sequence)))

    def _rebuild(self, now: int) -> None:
        """Nothing has come for too long: libzmq does not come back by itself."""
        self._socket.close(linger=0)
        self._socket = self._open()
        self._heard, self._silent, self._complete = now, True, False
        self._watch(now)
        self._repeat()

    def _repeat(self) -> None:
        """Ask again, with the same bytes, what has not been answered."""
        for body in self._asked.values():
            self._put(body)

    def _drain(self) -> None:
        for _ in range(MESSAGES_A_TURN):
            try:
                frame = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                message = decode(TERMINAL_ANSWERS, frame)
                if message.version != VERSION:
                    raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
                self._take(message)
            except (BadMessageError, BadInputError) as bad:
                self.faults.note(getattr(bad, "kind", "content"), str(bad))
                self._again()

    def _again(self) -> None:
        """Something is missing: have everything told once more."""
        self._complete = False
        self._next_watch = min(self._next_watch, self._clock.monotonic_ns() + SILENCE)

    def _take(self, message: TerminalAnswer) -> None:
        self._heard, self._silent = self._clock.monotonic_ns(), False
        if isinstance(message, Answer):
            if self._asked.pop(message.request, None) is not None:
                reason = optional_text(message.reason)
                self._answers.append(AuthorityAnswer(message.request, message.accepted, reason))
            return
        if message.session != self._session:
            if self._session != NO_SESSION:
                # What was asked of the authority before it may have died with it.
                self._repeat()
            self._session, self._sequence, self._complete = message.session, 0, False
            self._views.clear()
            self._broken.clear()
            if isinstance(message, AuthorityBeat):
                self._watch(self._heard)
        if isinstance(message, AuthorityBeat):
            self._take_beat(message)
            return
        self._changed = True
        if isinstance(message, StaffUpdate):
            if not self._staff.take(message):
                self._again()
        elif isinstance(message, GlassUpdate):
            said = BreakGlass.read(message.content)
            self._broken[said.identity] = GlassView(said, message.reviewer)
        else:
            self._take_proposal(message)
        if message.sequence > self._sequence + 1 and self._complete:
            self._again()
        self._sequence = max(self._sequence, message.sequence)

    def _take_beat(self, beat: AuthorityBeat) -> None:
        if beat.sequence != self._sequence:
            self._again()
        elif beat.whole:
            self._complete = True
        self._picture = replace(self._picture, as_of=beat.time, executor=beat.executor)

    def _take_proposal(self, update: ProposalUpdate) -> None:
        proposal = proposal_of(update.standing, self._staff.people)
        orders = tuple(map(report_of, update.standing.orders))
        view = ProposalView(proposal, expected_of(update.standing), orders)
        self._views[proposal.instruction.identity] = view
        if len(self._views) > 2 * RECENT:
            for ended in ended_first((each.proposal for each in self._views.values()), RECENT):
                del self._views[ended.instruction.identity]
