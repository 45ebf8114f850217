"""The executor gate: alone holds the order line, believes nobody, and sends an instruction once or never.

What is signed twice arrives with all its evidence and is judged from the bytes, on the gate's own feeds and clocks.
Then the authority is asked to give it away (from there on nobody can veto), it is judged once more, written down
durably, and sent. One thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial

from engine.authorisation.approval import Approval
from engine.authorisation.break_glass import BreakGlass, Measure, check_break_glass
from engine.authorisation.execution import (
    Circumstances,
    Evidence,
    HardLimits,
    Judgement,
    Verdict,
    judged,
    proven,
    still_permitted,
)
from engine.authorisation.instruction import Effect, Instruction
from engine.authorisation.keys import decode_signature
from engine.authorisation.moments import EXECUTION_TIME, Lapse, Moment
from engine.authorisation.people import RefusedError
from engine.authorisation.proposal import State
from engine.authorisation.rules import Jury, Languages
from engine.routing import packages
from engine.text import BadInputError, Text, text
from feeds.authority_messages import (
    GlassUpdate,
    Noted,
    Release,
    Reserve,
    Reserved,
    StaffUpdate,
    ToExecutor,
    Waits,
)
from feeds.clock import Clock
from feeds.executions import Executions, ExecutorDesk
from feeds.executor_link import ExecutorLink
from feeds.executor_store import ExecutorStore
from feeds.faults import FaultLog
from feeds.gateway import LineState, OrderGateway
from feeds.messages import VERSION
from feeds.sentences import optional_text, sentence_of
from feeds.signing import verify
from feeds.sockets import Socket
from feeds.staff_replica import StaffReplica

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pending:
    """Something signed twice that has not been taken in hand."""

    evidence: Evidence
    instruction: Instruction
    received: Moment
    asked: bool = False
    granted: bool = False
    staff: int = 0
    waits_for: Text | None = None
    told: list[Text] = field(default_factory=list)
    """Reasons to wait that people have been told."""
    seen: Circumstances | None = None
    """What held when it was last judged."""
    withdrawn: Text | None = None
    """Why it is not sent any more, though the authority may have given it away."""


class Executor:
    """The gate.

    Args:
        store: Its own.
        link: To the authority.
        gateway: The order line.
        desk: What it sees.
        languages: Makes the texts that people were shown.
        clock: Time.
        limits: What no signature lifts.
        founding: Digest of the founding change of people that it trusts; None trusts the first that it sees.
    """

    def __init__(
        self,
        store: ExecutorStore,
        link: ExecutorLink,
        gateway: OrderGateway,
        desk: ExecutorDesk,
        languages: Languages,
        clock: Clock,
        limits: HardLimits,
        founding: bytes | None = None,
    ) -> None:
        self._store = store
        self._link = link
        self._gateway = gateway
        self._desk = desk
        self._languages = languages
        self._limits = limits
        self._staff = StaffReplica(founding)
        self._pending: dict[bytes, _Pending] = {}
        self._broken: dict[bytes, BreakGlass] = {}
        self.executions = Executions(store, link, gateway, desk, clock, limits)
        self.faults = FaultLog(_logger, "executor", clock)

    @property
    def failure(self) -> Text | None:
        """Why the gate cannot go on; None while it can."""
        return self._store.records.failure

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; ask again after each `service`."""
        return [*self._link.poll_sockets(), *self._gateway.poll_sockets()]

    def service(self) -> None:
        """Take in what has arrived and do what is due. Call at least every 25 ms, and at once on input."""
        for message in self._link.receive():
            self._take(message)
        self.executions.service()
        for identity in list(self._pending):
            self._consider(identity)

    def close(self) -> None:
        """Close everything; orders that work go on working."""
        self._link.close()
        self._gateway.close()
        self._store.close()

    def _take(self, message: ToExecutor) -> None:
        if isinstance(message, StaffUpdate):
            self._staff.take(message)
        elif isinstance(message, Release):
            self._take_release(message)
        elif isinstance(message, Reserved):
            self._take_reserved(message)
        elif isinstance(message, Noted):
            self.executions.noted(message)
        elif isinstance(message, GlassUpdate):
            self._take_glass(message)
        elif message.whole:
            # The authority has told everything anew: so does the gate.
            self.executions.lanes.tell_again()

    def _take_release(self, message: Release) -> None:
        proposed, *approvals = (
            (words.content, decode_signature(words.signature)) for words in (message.proposed, *message.approvals)
        )
        try:
            instruction = Instruction.read(message.content)
        except BadInputError as bad:
            self.faults.alert("content", str(bad))
            return
        identity = instruction.identity
        if message.state != State.SIGNED2.value:
            self._pending.pop(identity, None)
            self.executions.follow(instruction)
        elif not self.executions.is_known(identity):
            evidence = Evidence(message.content, proposed, tuple(approvals))
            earlier = self._pending.get(identity)
            is_same = earlier is not None and earlier.evidence == evidence
            received = earlier.received if earlier is not None and is_same else self._store.now()
            self._pending[identity] = _Pending(evidence, instruction, received)

    def _take_glass(self, message: GlassUpdate) -> None:
        """One officer's word, which only ever holds orders back: judged here as well, and done once."""
        try:
            said = BreakGlass.read(message.content)
            if said.identity in self._broken:
                return
            signature = decode_signature(message.signature)
            check_break_glass(said, signature, self._staff.people, verify, self._store.now().wall)
        except (BadInputError, RefusedError) as refused:
            _logger.info("break-glass: %s", refused)
            return
        self._broken[said.identity] = said
        # What was sent since then was signed by two who knew: a gate that starts again does not cancel that too.
        if said.measure is Measure.CANCEL_ALL and not self._store.has_cancelled(said.identity):
            reason = _cancelled_by(said)
            for identity, pending in list(self._pending.items()):
                if said.account in ("", pending.instruction.account):
                    self._withdraw(identity, pending, reason)
            self.executions.cancel_all(said.account, reason)
            self._store.note_cancelled(said.identity)

    def _withdraw(self, identity: bytes, pending: _Pending, reason: Text) -> None:
        """What is signed and has not left does not leave."""
        if pending.asked and not pending.granted:
            # Whether it was given away is told by the answer, which is on its way.
            pending.withdrawn = reason
            return
        del self._pending[identity]
        if pending.granted:
            self.executions.refuse(pending.instruction, reason)
        else:
            self.executions.reports.decline(pending.instruction, State.REVOKED, reason)

    def _cancelled(self, pending: _Pending) -> Text | None:
        """Who cancelled it after it was signed; a gate that was away meanwhile is told of that first."""
        signed = max(Approval.read(content).signed_at for content, _ in pending.evidence.approvals)
        for said in self._broken.values():
            concerns = said.account in ("", pending.instruction.account)
            if said.measure is Measure.CANCEL_ALL and concerns and said.begins > signed:
                return _cancelled_by(said)
        return pending.withdrawn

    def _blocked(self, instruction: Instruction) -> Text | None:
        """Why nothing that opens may be sent for an account."""
        if all(order.effect is not Effect.LOCK for order in instruction.orders):
            return None
        wall = self._store.now().wall
        for said in self._broken.values():
            if said.measure is Measure.BLOCK_OPENS and said.holds_for(instruction.account, wall):
                return text("opening orders are blocked by {person}", person=said.person)
        return None

    def _consider(self, identity: bytes) -> None:
        """Whether something signed twice may be sent now."""
        pending, now = self._pending[identity], self._store.now()
        if pending.received.lapse(now, EXECUTION_TIME) is not Lapse.WITHIN:
            # The authority lets it expire by its own clocks.
            del self._pending[identity]
            if pending.granted:
                self.executions.refuse(pending.instruction, pending.waits_for or text("not sent in time"))
        elif pending.granted:
            if len(self._staff) >= pending.staff:
                self._execute(identity, pending)
        elif not pending.asked and now.wall >= pending.instruction.not_before:
            judgement = self._judged(pending, now)
            if judgement.verdict is Verdict.SEND:
                pending.asked = True
                self._link.send(Reserve(VERSION, self._link.session, identity))
            elif judgement.verdict is Verdict.WAIT:
                self._say(pending, judgement.reason)
            else:
                del self._pending[identity]
                state = State.REQUOTE if judgement.verdict is Verdict.REQUOTE else State.REVOKED
                self.executions.reports.decline(pending.instruction, state, judgement.reason)

    def _execute(self, identity: bytes, pending: _Pending) -> None:
        """It is the gate's alone now: judge once more, then send, wait within the time, or say why not."""
        judgement = self._judged(pending, self._store.now())
        if judgement.verdict is Verdict.WAIT:
            self._say(pending, judgement.reason)
            return
        del self._pending[identity]
        if judgement.verdict is Verdict.SEND and pending.seen is not None:
            self.executions.send(pending.instruction, partial(self._against_part, pending), pending.seen)
        else:
            self.executions.refuse(pending.instruction, judgement.reason)

    def _judged(self, pending: _Pending, now: Moment) -> Judgement:
        """Everything, from the bytes, on what holds now."""
        if self._staff.fault is not None:
            return Judgement(Verdict.WAIT, self._staff.fault)
        try:
            instruction = proven(pending.evidence, self._jury, pending.received, now)
        except (RefusedError, BadInputError) as refused:
            return Judgement(Verdict.REFUSE, refused.message)
        blocked = self._cancelled(pending) or self._blocked(instruction)
        if blocked is not None:
            return Judgement(Verdict.REFUSE, blocked)
        line = self._against_line(instruction)
        if line is not None:
            return line
        pending.seen = self._desk.circumstances(instruction, self.executions.working)
        return judged(instruction, pending.seen, self._limits)

    def _against_part(self, pending: _Pending, part: Instruction) -> Text | None:
        """What is against a later part of something that was sent, beside what is seen of the desk."""
        if self._staff.fault is not None:
            return self._staff.fault
        try:
            still_permitted(pending.evidence, self._jury, pending.received, self._store.now())
        except RefusedError as refused:
            return refused.message
        return self._blocked(part)

    @property
    def _jury(self) -> Jury:
        return Jury(self._staff.people, verify, self._languages)

    def _against_line(self, instruction: Instruction) -> Judgement | None:
        """What is against sending anything now, or these orders ever."""
        if self._store.records.failure is not None:
            return Judgement(Verdict.WAIT, self._store.records.failure)
        if self._gateway.state is not LineState.LIVE:
            return Judgement(Verdict.WAIT, text("the order line is down"))
        # All of it or nothing: what the line cannot carry keeps back what it could.
        problems = (self._gateway.problem(package) for package in packages(instruction))
        problem = next((each for each in problems if each is not None), None)
        return Judgement(Verdict.REFUSE, problem) if problem is not None else None

    def _take_reserved(self, message: Reserved) -> None:
        pending = self._pending.get(message.identity)
        if pending is None or not pending.asked:
            return
        if not message.granted:
            _logger.info("not given: %s", optional_text(message.reason))
            del self._pending[message.identity]
            return
        pending.granted, pending.staff = True, message.staff
        self._consider(message.identity)

    def _say(self, pending: _Pending, reason: Text | None) -> None:
        """Say why something waits, each reason once: in the log, and to people by way of the authority."""
        pending.waits_for = reason
        if reason is not None and reason not in pending.told:
            identity = pending.instruction.identity
            pending.told.append(reason)
            _logger.info("%s waits: %s", identity.hex(), reason)
            self._link.send(Waits(VERSION, self._link.session, identity, sentence_of(reason)))


def _cancelled_by(said: BreakGlass) -> Text:
    return text("all orders were cancelled by {person}", person=said.person)
