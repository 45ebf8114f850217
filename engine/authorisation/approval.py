"""What a person signs of an instruction: that they propose, approve, veto or withdraw exactly this, in this role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from engine.authorisation.encoding import Fields, decoded, encoded, refusal
from engine.authorisation.instruction import LARGEST_TIME, LONGEST_NAME, LONGEST_REASON
from engine.authorisation.keys import Signature
from engine.authorisation.people import Role
from engine.text import text

FORMAT: Final = 1
LANGUAGES: Final = ("en", "zh_Hans")


class Act(IntEnum):
    """What is signed."""

    PROPOSE = 1
    APPROVE = 2
    VETO = 3
    REVOKE = 4
    """Its maker, or who approved it, takes it back."""


@dataclass(frozen=True)
class Approval:
    """The words of one signature.

    Attributes:
        fingerprint: Of the instruction.
        act: What is signed.
        role: In which role.
        person: Who signs.
        key: Fingerprint of the key.
        workstation: Where.
        expiry: Wall nanoseconds; from then on it counts for nothing.
        nonce: 16 random bytes.
        shown_at: Wall nanoseconds at which the instruction was first shown to the person.
        signed_at: Wall nanoseconds at which the passphrase was accepted.
        language: In which the instruction was shown.
        shown: SHA-256 of the text that was shown (`engine.authorisation.statement`).
        reason: In the person's words; may be empty.
    """

    fingerprint: bytes
    act: Act
    role: Role
    person: str
    key: bytes
    workstation: str
    expiry: int
    nonce: bytes
    shown_at: int
    signed_at: int
    language: str
    shown: bytes
    reason: str = ""

    @property
    def context(self) -> bytes:
        """What the signature is for: a signature for one purpose and role is worth nothing for another."""
        return context_of(self.act, self.role)

    @property
    def content(self) -> bytes:
        """The canonical bytes: what is signed."""
        who = (int(self.act), int(self.role), self.person, self.key, self.workstation)
        times = (self.expiry, self.nonce, self.shown_at, self.signed_at)
        return encoded((FORMAT, self.fingerprint, *who, *times, self.language, self.shown, self.reason))

    @classmethod
    def read(cls, content: bytes) -> Approval:
        """The approval whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, or a field out of range.
        """
        where = "approval"
        fields = Fields(decoded(content, where), where, 14)
        if fields.integer(0, 2**16) != FORMAT:
            raise refusal(where, text("it is of another format"))
        fingerprint, act, role = fields.raw(32), Act(fields.integer(1, 4)), Role(fields.integer(1, 4))
        person, key, station = fields.words(LONGEST_NAME), fields.raw(32), fields.words(LONGEST_NAME)
        expiry, nonce = fields.integer(0, LARGEST_TIME), fields.raw(16)
        shown_at, signed_at = fields.integer(0, LARGEST_TIME), fields.integer(0, LARGEST_TIME)
        language, shown, reason = fields.words(16), fields.raw(32), fields.words(LONGEST_REASON, 0)
        if language not in LANGUAGES:
            raise refusal(where, text("it was shown in an unknown language"))
        times = (expiry, nonce, shown_at, signed_at)
        return cls(fingerprint, act, role, person, key, station, *times, language, shown, reason)


@dataclass(frozen=True, slots=True)
class SignedApproval:
    """An approval and its signature."""

    approval: Approval
    signature: Signature


def context_of(act: Act, role: Role) -> bytes:
    """Purpose and role, as both signatures are bound to them."""
    return f"palisade/{act.name.lower()}/{role.name.lower()}".encode()
