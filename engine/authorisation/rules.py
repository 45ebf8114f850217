"""Whose signature counts: the rules of dual authorisation, the same for authority, executor gate and verifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.authorisation.approval import Act, SignedApproval
from engine.authorisation.instruction import POLICY, Instruction
from engine.authorisation.keys import PublicKey, Verify
from engine.authorisation.moments import APPROVAL_TIME, TOLERANCE
from engine.authorisation.people import People, Person, RefusedError, Role
from engine.authorisation.statement import shown_digest
from engine.text import Translate, text

APPROVERS: Final = (Role.RISK_OFFICER, Role.TRADING_DIRECTOR)
PROPOSERS: Final = (Role.MAKER, Role.RISK_OFFICER, Role.TRADING_DIRECTOR)
ROLES_OF: Final = {Act.PROPOSE: PROPOSERS, Act.APPROVE: APPROVERS, Act.VETO: APPROVERS, Act.REVOKE: PROPOSERS}

Languages = Callable[[str], Translate]
"""The translation of a language, the same on every station of one version."""


@dataclass(frozen=True, slots=True)
class Jury:
    """What signatures are judged by.

    Attributes:
        people: Everybody, as of now.
        verify: Checks a signature.
        languages: Makes the text that a person was shown.
    """

    people: People
    verify: Verify
    languages: Languages

    def check(
        self, instruction: Instruction, signed: SignedApproval, wall: int, oldest: int = APPROVAL_TIME
    ) -> PublicKey:
        """The key behind a signature that is genuine, of this instruction, by somebody who may, and in time.

        Args:
            instruction: What it has to be of.
            signed: What was signed, by whom.
            wall: Nanoseconds now.
            oldest: Nanoseconds that may have passed since it was signed.

        Raises:
            RefusedError: Why it does not count.
        """
        approval = signed.approval
        if approval.fingerprint != instruction.fingerprint:
            raise RefusedError(text("the signature is of another instruction"))
        if instruction.policy != POLICY:
            raise RefusedError(text("the instruction follows rules of another version"))
        key = self.key_in_force(signed)
        if not self.verify(key, approval.context, approval.content, signed.signature):
            raise RefusedError(text("the signature of {person} does not fit", person=approval.person))
        if approval.expiry <= wall or wall - approval.signed_at > oldest:
            raise RefusedError(text("the signature of {person} is too old", person=approval.person))
        if approval.signed_at - wall > TOLERANCE or approval.shown_at > approval.signed_at:
            raise RefusedError(text("the clock of workstation {station} is wrong", station=approval.workstation))
        if approval.shown != shown_digest(instruction, self.languages(approval.language)):
            raise RefusedError(text("{person} was shown something else than the instruction", person=approval.person))
        return key

    def key_in_force(self, signed: SignedApproval) -> PublicKey:
        """The signer's key, as long as person, role and key are in force.

        Raises:
            RefusedError: One of them is not, or not any more.
        """
        approval = signed.approval
        person = self.people.persons.get(approval.person)
        if person is None:
            raise RefusedError(text("{person} is not known", person=approval.person))
        if approval.role not in person.roles or approval.role not in ROLES_OF[approval.act]:
            role = approval.role.label
            raise RefusedError(text("{person} may not do this as {role}", person=approval.person, role=role))
        key = person.key(approval.key)
        if key is None:
            raise RefusedError(text("the key of {person} is unknown or revoked", person=approval.person))
        return key


def check_proposal(instruction: Instruction, signed: SignedApproval) -> None:
    """See that a proposal is signed by the maker it names.

    Raises:
        RefusedError: By another person, or for another purpose.
    """
    if signed.approval.act is not Act.PROPOSE or signed.approval.person != instruction.maker:
        raise RefusedError(text("a proposal is signed by its maker"))


Counted = tuple[SignedApproval, PublicKey]
"""A signature that is genuine, and its key."""


def check_independent(maker: Counted, approvals: Sequence[Counted], fresh: Counted) -> None:
    """See that an approval counts beside others: another person, another key and another role, and not the maker.

    Raises:
        RefusedError: It does not.
    """
    signed, key = fresh
    if signed.approval.act is not Act.APPROVE:
        raise RefusedError(text("it is not an approval"))
    if signed.approval.person == maker[0].approval.person or key.shares_with(maker[1]):
        raise RefusedError(text("the maker does not approve"))
    for earlier, earlier_key in approvals:
        if signed.approval.nonce == earlier.approval.nonce:
            raise RefusedError(text("the approval was given before"))
        if signed.approval.person == earlier.approval.person:
            raise RefusedError(text("{person} has approved already", person=signed.approval.person))
        if key.shares_with(earlier_key):
            raise RefusedError(text("this key has approved already"))
        if signed.approval.role is earlier.approval.role:
            raise RefusedError(text("a {role} has approved already", role=signed.approval.role.label))


@dataclass(frozen=True, slots=True)
class Missing:
    """An approval that is not there yet, and who could give it."""

    role: Role
    persons: tuple[Person, ...]


def missing(people: People, maker: str, approvals: Sequence[SignedApproval]) -> tuple[Missing, ...]:
    """What has still to be approved, and by whom it can be."""
    done = {signed.approval.role for signed in approvals}
    busy = {maker, *(signed.approval.person for signed in approvals)}
    return tuple(
        Missing(role, tuple(person for person in people.with_role(role) if person.identity not in busy))
        for role in APPROVERS
        if role not in done
    )
