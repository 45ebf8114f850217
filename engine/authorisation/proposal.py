"""The life of a proposal: a state machine whose every step says what it needs, and refuses the rest.

    DRAFT → PROPOSED → SIGNED1 → SIGNED2 → RESERVED → SENT → DONE | PARTIAL | UNKNOWN
    and from any state before RESERVED: VETOED | REVOKED | EXPIRED | REQUOTE

A step returns the proposal as it is after it; the one before never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from operator import gt
from typing import Final

from engine.authorisation.approval import Act, SignedApproval
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import PublicKey
from engine.authorisation.moments import APPROVAL_TIME, EXECUTION_TIME, SIGNATURE_TIME, Lapse, Moment
from engine.authorisation.people import RefusedError
from engine.authorisation.rules import Jury, check_independent, check_proposal
from engine.text import Text, text


class State(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SIGNED1 = "signed once"
    SIGNED2 = "signed twice"
    RESERVED = "reserved"
    SENT = "sent"
    DONE = "done"
    """Every order has been filled in full."""
    PARTIAL = "partial"
    """It has ended with less than that; perhaps nothing."""
    UNKNOWN = "unknown"
    """It may have been sent: the exchange is asked, and nothing is sent again."""
    VETOED = "vetoed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REQUOTE = "requote"
    """The market or the account has left what was signed: propose anew."""

    @property
    def open_to_signatures(self) -> bool:
        """Whether people may still approve, veto or withdraw."""
        return self in _BEFORE

    @property
    def is_final(self) -> bool:
        """Whether nothing happens to it any more."""
        return self in _FINAL


_BEFORE: Final = frozenset((State.PROPOSED, State.SIGNED1, State.SIGNED2))
_FINAL: Final = frozenset(
    (State.DONE, State.PARTIAL, State.VETOED, State.REVOKED, State.EXPIRED, State.REQUOTE),
)
_UNDER_WAY: Final = frozenset((State.RESERVED, State.SENT, State.UNKNOWN))


@dataclass(frozen=True)
class Accepted:
    """A signature that counts, its key, and when it was accepted."""

    signed: SignedApproval
    key: PublicKey
    at: Moment


@dataclass(frozen=True)
class Proposal:
    """An instruction and what has become of it.

    Attributes:
        instruction: What is proposed.
        state: Where it stands.
        proposed: The maker's signature; None as a draft.
        approvals: Those that count, in sequence.
        ending: The veto or withdrawal that ended it, if one did.
        reason: Why it is where it is, where that needs saying.
        filled: Contracts of each order that are filled, as far as is known.
        changed: When it came into its state; None as a draft.
    """

    instruction: Instruction
    state: State = State.DRAFT
    proposed: Accepted | None = None
    approvals: tuple[Accepted, ...] = ()
    ending: Accepted | None = None
    reason: Text | None = None
    filled: tuple[int, ...] = ()
    changed: Moment | None = None

    def propose(self, signed: SignedApproval, jury: Jury, now: Moment) -> Proposal:
        """Put a draft before the approvers.

        Raises:
            RefusedError: It is no draft, is not signed by its maker, or its time is over.
        """
        if self.state is not State.DRAFT:
            raise RefusedError(text("it has been proposed before; make a new one"))
        check_proposal(self.instruction, signed)
        key = jury.check(self.instruction, signed, now.wall)
        if now.wall >= self.instruction.expiry:
            raise RefusedError(text("its time is over; make a new one"))
        filled = (0,) * len(self.instruction.orders)
        accepted = Accepted(signed, key, now)
        return replace(self, state=State.PROPOSED, proposed=accepted, filled=filled, changed=now)

    def sign(self, signed: SignedApproval, jury: Jury, now: Moment) -> Proposal:
        """Take an approval, a veto or a withdrawal in.

        Raises:
            RefusedError: It does not count, comes twice or too late; nothing has changed.
        """
        if self.proposed is None or not self.state.open_to_signatures or self.overdue(now) is not None:
            raise RefusedError(text("it is too late: the proposal is {state}", state=self.at(now).label))
        key = jury.check(self.instruction, signed, now.wall)
        accepted, act = Accepted(signed, key, now), signed.approval.act
        if act is Act.VETO:
            reason = text("vetoed by {person}", person=signed.approval.person)
            return replace(self, state=State.VETOED, ending=accepted, reason=reason, changed=now)
        if act is Act.REVOKE:
            involved = {each.signed.approval.person for each in (self.proposed, *self.approvals)}
            if signed.approval.person not in involved:
                raise RefusedError(text("only its maker or who approved it may withdraw it"))
            reason = text("withdrawn by {person}", person=signed.approval.person)
            return replace(self, state=State.REVOKED, ending=accepted, reason=reason, changed=now)
        if self.state is State.SIGNED2:
            raise RefusedError(text("both approvals are there already"))
        counted = [(each.signed, each.key) for each in self.approvals]
        check_independent((self.proposed.signed, self.proposed.key), counted, (signed, key))
        state = State.SIGNED2 if self.approvals else State.SIGNED1
        return replace(self, state=state, approvals=(*self.approvals, accepted), changed=now)

    def overdue(self, now: Moment) -> Text | None:
        """Why its time is over; None while it is not, or where time no longer matters."""
        if self.proposed is None or not self.state.open_to_signatures:
            return None
        signed_twice = self.state is State.SIGNED2
        since, limit = (self.approvals[-1].at, EXECUTION_TIME) if signed_twice else (self.proposed.at, APPROVAL_TIME)
        lapse = since.lapse(now, limit)
        if lapse is Lapse.JUMPED:
            return text("a clock has jumped, or the machine was started again")
        if now.wall >= self.instruction.expiry:
            return text("the instruction's own time is over")
        if lapse is Lapse.WITHIN:
            return None
        if not signed_twice:
            return text("not approved in time")
        waited = self.reason
        return text("not sent in time") if waited is None else text("not sent in time: {reason}", reason=waited)

    def at(self, now: Moment) -> Proposal:
        """The proposal as time has left it: EXPIRED where it is overdue."""
        reason = self.overdue(now)
        return self if reason is None else replace(self, state=State.EXPIRED, reason=reason, changed=now)

    def reserve(self, jury: Jury, now: Moment) -> Proposal:
        """Give it to the executor gate, once: from here on it may have been sent, and nobody can take it back.

        Raises:
            RefusedError: It is not signed twice, is overdue or early, or a signature does not count any more.
        """
        if self.state is not State.SIGNED2 or self.proposed is None or self.overdue(now) is not None:
            raise RefusedError(text("it cannot be sent: the proposal is {state}", state=self.at(now).label))
        if now.wall < self.instruction.not_before:
            raise RefusedError(text("it may not be sent yet"))
        for accepted in (self.proposed, *self.approvals):
            jury.check(self.instruction, accepted.signed, now.wall, SIGNATURE_TIME)
        return replace(self, state=State.RESERVED, reason=None, changed=now)

    def waits(self, reason: Text) -> Proposal:
        """The executor gate would send it, and something keeps it back that may be over within the time.

        Raises:
            RefusedError: It is not with the gate.
        """
        if self.state not in (State.SIGNED2, State.RESERVED):
            raise RefusedError(text("it is too late: the proposal is {state}", state=self.label))
        return self if reason == self.reason else replace(self, reason=reason)

    def decline(self, state: State, reason: Text, now: Moment) -> Proposal:
        """The executor gate will not send it: REQUOTE, or REVOKED for anything a new quote does not heal.

        Raises:
            RefusedError: It is too late for that.
        """
        if not self.state.open_to_signatures or state not in (State.REQUOTE, State.REVOKED):
            raise RefusedError(text("it is too late: the proposal is {state}", state=self.at(now).label))
        return replace(self, state=state, reason=reason, changed=now)

    def report(self, state: State, filled: tuple[int, ...], reason: Text | None, now: Moment) -> Proposal:
        """What the executor gate says of orders that may have been sent. A report may come twice or late.

        Args:
            state: SENT, DONE, PARTIAL or UNKNOWN.
            filled: Contracts of each order that are filled.
            reason: Why, where that needs saying.
            now: When it is told.

        Raises:
            RefusedError: It contradicts what is known.
        """
        if (state, filled) == (self.state, self.filled) and state.is_final:
            return self
        if state not in (State.SENT, State.DONE, State.PARTIAL, State.UNKNOWN):
            raise RefusedError(text("that is no report"))
        quantities = tuple(order.quantity for order in self.instruction.orders)
        if len(filled) != len(quantities) or not all(
            0 <= done <= whole for done, whole in zip(filled, quantities, strict=True)
        ):
            raise RefusedError(text("the report does not fit the orders"))
        # What was thought to be over may have traded after all.
        is_late = self.state is State.PARTIAL and state.is_final and any(map(gt, filled, self.filled))
        if not (is_late or self.state in _UNDER_WAY) or (state is State.DONE) != (filled == quantities):
            raise RefusedError(text("the report contradicts what is known"))
        # Fills do not go back, whatever order reports come in.
        most = tuple(map(max, self.filled, filled))
        if (state, most, reason) == (self.state, self.filled, self.reason):
            return self
        return replace(self, state=state, filled=most, reason=reason, changed=now)

    @property
    def label(self) -> Text:
        """Where it stands, for a person."""
        return _LABELS[self.state]


_LABELS: Final = {
    State.DRAFT: text("draft"),
    State.PROPOSED: text("proposed"),
    State.SIGNED1: text("signed once"),
    State.SIGNED2: text("signed twice"),
    State.RESERVED: text("reserved"),
    State.SENT: text("sent"),
    State.DONE: text("done"),
    State.PARTIAL: text("partly done"),
    State.UNKNOWN: text("unknown"),
    State.VETOED: text("vetoed"),
    State.REVOKED: text("revoked"),
    State.EXPIRED: text("expired"),
    State.REQUOTE: text("to be quoted again"),
}
