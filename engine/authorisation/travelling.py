"""A proposal as a file, for a workstation that the network does not reach; and a signature as a file, on its way back.

The file is self-contained: the instruction's bytes, who has signed, and the chain of people. Whoever opens it believes
none of it: everything is checked anew from the founding change that the station trusts, and the instruction is shown
from its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from engine.authorisation.approval import Approval, SignedApproval
from engine.authorisation.encoding import Fields, Value, decoded, encoded, refusal
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import Signature, Verify
from engine.authorisation.moments import SIGNATURE_TIME
from engine.authorisation.people import People, PeopleChange, RefusedError, SignedChange
from engine.authorisation.rules import Counted, Jury, Languages, check_independent, check_proposal
from engine.text import text

PROPOSAL: Final = b"palisade proposal 1\n"
SIGNATURE: Final = b"palisade signature 1\n"
MOST_SIGNATURES: Final = 3
MOST_CHANGES: Final = 2_000
MOST_SIGNERS: Final = 8
LARGEST_FILE: Final = 2**26
_SUM: Final = 32
_LENGTH: Final = 4


@dataclass(frozen=True)
class TravellingProposal:
    """What a file holds.

    Attributes:
        content: Bytes of the instruction.
        words: The maker's signature, then approvals, in sequence.
        changes: The chain of people, from the founding on.
    """

    content: bytes
    words: tuple[SignedApproval, ...]
    changes: tuple[SignedChange, ...]

    @property
    def file(self) -> bytes:
        """The bytes of the file."""
        head: Value = (self.content, tuple(map(_words_row, self.words)), len(self.changes))
        return _sealed(PROPOSAL, [encoded(head), *(encoded(_change_row(change)) for change in self.changes)])

    @classmethod
    def read(cls, file: bytes) -> TravellingProposal:
        """What is in a file; nothing of it is checked yet.

        Raises:
            BadInputError: It is damaged, cut off, or another kind of file.
        """
        where = "proposal"
        parts = _parts(PROPOSAL, file, where)
        fields = Fields(decoded(next(parts, b""), where), where, 3)
        content = fields.raw(1, 2**18)
        words = tuple(_words(row, where) for row in fields.rows(MOST_SIGNATURES, 1))
        count = fields.integer(1, MOST_CHANGES)
        changes = tuple(_change(decoded(part, where), where) for part in parts)
        if len(changes) != count:
            raise refusal(where, text("it is damaged or cut off"))
        return cls(content, words, changes)


@dataclass(frozen=True)
class Opened:
    """A proposal whose every signature has been checked.

    Attributes:
        instruction: What is proposed.
        people: Everybody, as of the file.
        approvals: Those given so far.
    """

    instruction: Instruction
    people: People
    approvals: tuple[SignedApproval, ...]


def opened(travelling: TravellingProposal, founding: bytes, verify: Verify, languages: Languages, wall: int) -> Opened:
    """A proposal as this station may show it.

    Args:
        travelling: From a file.
        founding: Digest of the founding change of people that is trusted.
        verify: Checks a signature.
        languages: Makes the texts that people were shown.
        wall: Nanoseconds now.

    Raises:
        BadInputError: Bytes that are not canonical.
        RefusedError: People of other founders, or a signature that does not count, or not any more.
    """
    if travelling.changes[0].change.digest != founding:
        raise RefusedError(text("the people were founded by another change than the one that is trusted"))
    people = People()
    for change in travelling.changes:
        people = people.applied(change, verify)
    instruction, jury = Instruction.read(travelling.content), Jury(people, verify, languages)
    proposed, *approvals = ((words, jury.check(instruction, words, wall, SIGNATURE_TIME)) for words in travelling.words)
    check_proposal(instruction, proposed[0])
    counted: list[Counted] = []
    for approval in approvals:
        check_independent(proposed, counted, approval)
        counted.append(approval)
    return Opened(instruction, people, tuple(words for words, _ in counted))


def signature_file(signed: SignedApproval) -> bytes:
    """A signature as a file, to be handed in where the network is."""
    return _sealed(SIGNATURE, [encoded(_words_row(signed))])


def read_signature_file(file: bytes) -> SignedApproval:
    """The signature in a file.

    Raises:
        BadInputError: It is damaged, cut off, or another kind of file.
    """
    where = "signature"
    first, *more = _parts(SIGNATURE, file, where)
    if more:
        raise refusal(where, text("it is not in its canonical form"))
    return _words(decoded(first, where), where)


def _sealed(kind: bytes, parts: list[bytes]) -> bytes:
    content = kind + b"".join(len(part).to_bytes(_LENGTH, "big") + part for part in parts)
    return content + sha256(content).digest()


def _parts(kind: bytes, file: bytes, where: str) -> Iterator[bytes]:
    """The parts of a file whose sum is right; at least one."""
    content = file[:-_SUM]
    if len(file) > LARGEST_FILE or not file.startswith(kind):
        raise refusal(where, text("it is of another format"))
    if sha256(content).digest() != file[-_SUM:] or len(content) == len(kind):
        raise refusal(where, text("it is damaged or cut off"))
    place = len(kind)
    while place < len(content):
        end = place + _LENGTH + int.from_bytes(content[place : place + _LENGTH], "big")
        if end > len(content):
            raise refusal(where, text("it is damaged or cut off"))
        yield content[place + _LENGTH : end]
        place = end


def _words_row(signed: SignedApproval) -> Value:
    return (signed.approval.content, signed.signature.row)


def _words(row: Value, where: str) -> SignedApproval:
    fields = Fields(row, where, 2)
    return SignedApproval(Approval.read(fields.raw(1, 4_096)), Signature.of(fields.rows(2, 2), where))


def _change_row(signed: SignedChange) -> Value:
    return (signed.change.content, tuple((person, key, each.row) for person, key, each in signed.signatures))


def _change(row: Value, where: str) -> SignedChange:
    fields = Fields(row, where, 2)
    change = PeopleChange.read(fields.raw(1, 2**17))
    return SignedChange(change, tuple(_signer(each, where) for each in fields.rows(MOST_SIGNERS, 1)))


def _signer(row: Value, where: str) -> tuple[str, bytes, Signature]:
    fields = Fields(row, where, 3)
    return fields.words(64), fields.raw(32), Signature.of(fields.rows(2, 2), where)
