"""The wire schema of the authority on one page: how terminals propose, sign and watch, and what they are told.

Like `feeds.messages`: every message is one msgpack array whose first element names its type. A terminal talks from a
DEALER socket, one frame a message. Each question carries 16 random bytes that its answer repeats; asking again with the
same bytes is safe at any time: the answer is the same and nothing is done twice.

- ``authority-watch`` every second subscribes: the whole state comes first, ended by a beat that says so, then every
  change, and a beat every 100 ms. Without a watch for 3 s the authority forgets the terminal. A beat whose sequence is
  not that of the last change that arrived means that something was lost: watch again with sequence 0.
- What is signed travels as the bytes that were signed, never as fields; the receiver reads and judges the bytes.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from feeds.messages import Identity, Message, Nanoseconds, Sequence, Session, Version
from feeds.sentences import Sentence

LARGEST_INPUTS: Final = 2**19
"""Bytes of the engine's input snapshot; it is compressed."""
MOST_CHANGES: Final = 2_000

RequestNumber = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
InstructionBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=2**18)]
ApprovalBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=4_096)]
ChangeBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=2**17)]
SignatureBytes = Annotated[bytes, msgspec.Meta(min_length=3_373, max_length=3_373)]
Fingerprint = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
ShortText = Annotated[str, msgspec.Meta(max_length=64)]


class Words(msgspec.Struct, array_like=True, frozen=True):
    """What a person signed, and both signatures joined."""

    content: ApprovalBytes
    signature: SignatureBytes


class Propose(Message, tag="authority-propose", frozen=True):
    """Put an instruction before the approvers, with what it was computed from and what is expected of it."""

    version: Version
    request: RequestNumber
    content: InstructionBytes
    words: Words
    expected: Annotated[bytes, msgspec.Meta(max_length=2**16)]
    inputs: Annotated[bytes, msgspec.Meta(max_length=LARGEST_INPUTS)]


class Sign(Message, tag="authority-sign", frozen=True):
    """Approve, veto or withdraw: the words say what, of which instruction."""

    version: Version
    request: RequestNumber
    words: Words


class Saw(Message, tag="authority-saw", frozen=True):
    """A person was shown an instruction: for the record alone."""

    version: Version
    request: RequestNumber
    fingerprint: Fingerprint
    person: Identity
    role: Identity
    workstation: Identity
    language: ShortText
    shown: Annotated[str, msgspec.Meta(max_length=2**16)]


class ChangePeople(Message, tag="authority-people", frozen=True):
    """Change people, roles or keys: the bytes, and (administrator, fingerprint of the key, signatures) of each."""

    version: Version
    request: RequestNumber
    content: ChangeBytes
    signatures: Annotated[tuple[tuple[Identity, Fingerprint, SignatureBytes], ...], msgspec.Meta(max_length=8)]


class BreakTheGlass(Message, tag="authority-break-glass", frozen=True):
    """One risk officer alone cancels all orders or blocks opens, for ten minutes."""

    version: Version
    request: RequestNumber
    content: ApprovalBytes
    signature: SignatureBytes


class ReviewGlass(Message, tag="authority-review-glass", frozen=True):
    """Somebody else has looked at a break-glass and says so."""

    version: Version
    request: RequestNumber
    identity: RequestNumber
    person: Identity
    key: Fingerprint
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    signature: SignatureBytes


class Watch(Message, tag="authority-watch", frozen=True):
    """The terminal is there and has everything up to ``sequence`` of ``session``; 0 for nothing."""

    version: Version
    session: Session
    sequence: Sequence


class Answer(Message, tag="authority-answer", frozen=True):
    """What came of a question; ``reason`` says why where it was refused."""

    version: Version
    request: RequestNumber
    accepted: bool
    reason: Sentence | None


class When(msgspec.Struct, array_like=True, frozen=True):
    """A moment by both clocks of the authority's machine."""

    wall: Nanoseconds
    monotonic: int
    boot: ShortText


class Counted(msgspec.Struct, array_like=True, frozen=True):
    """A signature that counts, and when it was accepted."""

    words: Words
    at: When


class OrderLine(msgspec.Struct, array_like=True, frozen=True):
    """What the other side last said of an order."""

    identity: Identity
    state: ShortText
    filled: int
    average: int
    reason: str
    time: Nanoseconds


class Standing(msgspec.Struct, array_like=True, frozen=True):
    """Everything about a proposal; this is also how it is stored."""

    content: InstructionBytes
    state: ShortText
    proposed: Counted
    approvals: tuple[Counted, ...]
    ending: Counted | None
    reason: Sentence | None
    filled: tuple[int, ...]
    changed: When
    expected: bytes
    orders: tuple[OrderLine, ...]


class ProposalUpdate(Message, tag="authority-proposal", frozen=True):
    """Where a proposal stands now."""

    version: Version
    session: Session
    sequence: Sequence
    standing: Standing


class SignedChangeRow(msgspec.Struct, array_like=True, frozen=True):
    """A change of people as it is kept."""

    content: ChangeBytes
    signatures: tuple[tuple[Identity, Fingerprint, SignatureBytes], ...]


class StaffUpdate(Message, tag="authority-staff", frozen=True):
    """Some changes of people from the ``first`` on, in several messages where there are many.

    A receiver skips those that it has, and starts again with sequence 0 where some are missing between.
    """

    version: Version
    session: Session
    sequence: Sequence
    first: Sequence
    changes: Annotated[tuple[SignedChangeRow, ...], msgspec.Meta(max_length=MOST_CHANGES)]


class GlassUpdate(Message, tag="authority-glass", frozen=True):
    """A break-glass, to terminals and to the gate; ``reviewer`` is empty until somebody else has looked at it."""

    version: Version
    session: Session
    sequence: Sequence
    content: ApprovalBytes
    signature: SignatureBytes
    reviewer: ShortText


class AuthorityBeat(Message, tag="authority-beat", frozen=True):
    """The authority is alive; its last sequence, and whether an executor gate is.

    ``whole`` ends an answer to a watch that told everything.
    """

    version: Version
    session: Session
    sequence: Sequence
    time: Nanoseconds
    executor: bool
    whole: bool


class ExecutorHello(Message, tag="executor-hello", frozen=True):
    """An executor gate is there; ``session`` is new at each of its starts. Every 100 ms."""

    version: Version
    session: Session


class Release(Message, tag="executor-release", frozen=True):
    """To the gate: signed twice; or under way already, as ``state`` says, and only to be looked after."""

    version: Version
    state: ShortText
    content: InstructionBytes
    proposed: Words
    approvals: tuple[Words, ...]


class Reserve(Message, tag="executor-reserve", frozen=True):
    """From the gate: everything holds; may it be sent? Only one gate is ever told yes, once."""

    version: Version
    session: Session
    identity: RequestNumber


class Waits(Message, tag="executor-waits", frozen=True):
    """From the gate: what keeps back something that is signed twice. Not repeated: it is for people to read."""

    version: Version
    session: Session
    identity: RequestNumber
    reason: Sentence


class Reserved(Message, tag="executor-reserved", frozen=True):
    """The answer; where refused, why. ``staff`` is how many changes of people it rests on."""

    version: Version
    identity: RequestNumber
    granted: bool
    staff: Sequence
    reason: Sentence | None


class Report(Message, tag="executor-report", frozen=True):
    """From the gate: REQUOTE or REVOKED instead of sending, or what has become of orders. Repeated until noted."""

    version: Version
    session: Session
    number: Sequence
    identity: RequestNumber
    state: ShortText
    filled: tuple[int, ...]
    reason: Sentence | None
    orders: tuple[OrderLine, ...]


class Noted(Message, tag="executor-noted", frozen=True):
    """A report is on record."""

    version: Version
    identity: RequestNumber
    number: Sequence


TerminalMessage = Propose | Sign | Saw | ChangePeople | BreakTheGlass | ReviewGlass | Watch
TerminalAnswer = Answer | ProposalUpdate | StaffUpdate | GlassUpdate | AuthorityBeat
ExecutorMessage = ExecutorHello | Reserve | Waits | Report
ToExecutor = Release | Reserved | Noted | StaffUpdate | GlassUpdate | AuthorityBeat

TERMINAL_MESSAGES: msgspec.msgpack.Decoder[TerminalMessage] = msgspec.msgpack.Decoder(TerminalMessage)
TERMINAL_ANSWERS: msgspec.msgpack.Decoder[TerminalAnswer] = msgspec.msgpack.Decoder(TerminalAnswer)
EXECUTOR_MESSAGES: msgspec.msgpack.Decoder[ExecutorMessage] = msgspec.msgpack.Decoder(ExecutorMessage)
TO_EXECUTOR: msgspec.msgpack.Decoder[ToExecutor] = msgspec.msgpack.Decoder(ToExecutor)
STANDING = msgspec.msgpack.Decoder(Standing)
SIGNED_CHANGE = msgspec.msgpack.Decoder(SignedChangeRow)
