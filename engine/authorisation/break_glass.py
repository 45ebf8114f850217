"""Break-glass: one risk officer alone, for ten minutes, only ever to reduce risk; reviewed by somebody else after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from engine.authorisation.encoding import Fields, decoded, encoded, refusal
from engine.authorisation.instruction import LARGEST_TIME, LONGEST_NAME, LONGEST_REASON
from engine.authorisation.keys import Signature, Verify
from engine.authorisation.moments import SECOND, TOLERANCE
from engine.authorisation.people import People, Person, RefusedError, Role
from engine.text import Text, text

FORMAT: Final = 1
DURATION: Final = 600 * SECOND
SHORTEST_REASON: Final = 10
CONTEXT: Final = b"palisade/break-glass/risk_officer"
REVIEW: Final = b"palisade/break-glass review"
REVIEWERS: Final = frozenset((Role.TRADING_DIRECTOR, Role.RISK_OFFICER, Role.ADMINISTRATOR))


class Measure(IntEnum):
    """What it does."""

    CANCEL_ALL = 1
    """Withdraws every working order of the executor gate; what is signed and not sent is not sent."""
    BLOCK_OPENS = 2
    """The executor gate sends nothing that opens a position, not even a lock."""

    @property
    def label(self) -> Text:
        """Its name for a person."""
        return text("cancel all orders") if self is Measure.CANCEL_ALL else text("block opening orders")


@dataclass(frozen=True)
class BreakGlass:
    """The words of it.

    Attributes:
        identity: 16 random bytes.
        measure: What it does.
        account: Where; everywhere if empty.
        person: The risk officer.
        key: Fingerprint of the key.
        workstation: Where it was signed.
        reason: Typed, in full.
        begins: Wall nanoseconds.
    """

    identity: bytes
    measure: Measure
    account: str
    person: str
    key: bytes
    workstation: str
    reason: str
    begins: int

    @property
    def ends(self) -> int:
        """Wall nanoseconds from which on it does nothing any more."""
        return self.begins + DURATION

    @property
    def content(self) -> bytes:
        """The canonical bytes: what is signed."""
        who = (self.account, self.person, self.key, self.workstation, self.reason)
        return encoded((FORMAT, self.identity, int(self.measure), *who, self.begins))

    def holds_for(self, account: str, wall: int) -> bool:
        """Whether it is in force for an account."""
        return self.begins - TOLERANCE <= wall < self.ends and self.account in ("", account)

    def is_in_force(self, wall: int) -> bool:
        """Whether it is in force for anybody."""
        return self.holds_for(self.account, wall)

    def may_be_reviewed_by(self, person: Person | None) -> bool:
        """Whether this person may look at it after: somebody else, in one of the roles for it."""
        return person is not None and person.identity != self.person and bool(person.roles & REVIEWERS)

    @classmethod
    def read(cls, content: bytes) -> BreakGlass:
        """The words whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, or a field out of range.
        """
        where = "break-glass"
        fields = Fields(decoded(content, where), where, 9)
        if fields.integer(0, 2**16) != FORMAT:
            raise refusal(where, text("it is of another format"))
        identity, measure = fields.raw(16), Measure(fields.integer(1, 2))
        account, person = fields.words(LONGEST_NAME, 0), fields.words(LONGEST_NAME)
        key, station, reason = fields.raw(32), fields.words(LONGEST_NAME), fields.words(LONGEST_REASON)
        return cls(identity, measure, account, person, key, station, reason, fields.integer(0, LARGEST_TIME))


def check_break_glass(said: BreakGlass, signature: Signature, people: People, verify: Verify, wall: int) -> None:
    """See that it is signed by a risk officer, says why, and is in force.

    Raises:
        RefusedError: It does not count.
    """
    person = people.persons.get(said.person)
    key = person.key(said.key) if person is not None else None
    if person is None or key is None or Role.RISK_OFFICER not in person.roles:
        raise RefusedError(text("{person} is no risk officer with this key", person=said.person))
    if not verify(key, CONTEXT, said.content, signature):
        raise RefusedError(text("the signature of {person} does not fit", person=said.person))
    if len(said.reason) < SHORTEST_REASON:
        raise RefusedError(text("the reason has fewer than {count} characters", count=SHORTEST_REASON))
    if not said.begins - TOLERANCE <= wall < said.ends:
        raise RefusedError(text("it is over, or of a workstation whose clock is wrong"))


def review_message(identity: bytes, person: str, key: bytes, words: str) -> bytes:
    """What a reviewer signs, in the context `REVIEW`."""
    return encoded((identity, person, key, words))


def check_review(
    said: BreakGlass,
    person: str,
    key_fingerprint: bytes,
    words: str,
    signature: Signature,
    people: People,
    verify: Verify,
) -> None:
    """See that somebody else who may has looked at it.

    Raises:
        RefusedError: It does not count.
    """
    reviewer = people.persons.get(person)
    key = reviewer.key(key_fingerprint) if reviewer is not None else None
    if reviewer is None or key is None or not reviewer.roles & REVIEWERS:
        raise RefusedError(text("{person} may not review it with this key", person=person))
    if person == said.person:
        raise RefusedError(text("who broke the glass does not review it"))
    if not verify(key, REVIEW, review_message(said.identity, person, key_fingerprint, words), signature):
        raise RefusedError(text("the signature of {person} does not fit", person=person))
