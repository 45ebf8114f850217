"""What a log and its witness say to each other: msgpack arrays, DEALER to ROUTER, one answer to each question."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.messages import VERSION, Message, Nanoseconds, Sequence, Version

Request = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
CheckpointText = Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]
Key = Annotated[bytes, msgspec.Meta(min_length=1984, max_length=1984)]
SignatureBytes = Annotated[bytes, msgspec.Meta(min_length=3373, max_length=3373)]
Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Hashes = Annotated[tuple[Hash, ...], msgspec.Meta(max_length=128)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]


class WitnessQuestion(Message, tag="witness", frozen=True):
    """Counter-sign this checkpoint.

    Attributes:
        content: The checkpoint's text.
        key: The log's public key.
        signature: The log's signature.
        old: Size of the last checkpoint that the log knows the witness has seen; 0 where it knows none.
        proof: That the records of ``content`` begin with those of ``old``.
    """

    version: Version
    request: Request
    content: CheckpointText
    key: Key
    signature: SignatureBytes
    old: Sequence
    proof: Hashes


class WitnessSigned(Message, tag="witnessed", frozen=True):
    """It follows on from all the witness has seen, is on the witness's disk, and is signed."""

    version: Version
    request: Request
    key: Key
    wall: Nanoseconds
    signature: SignatureBytes


class WitnessElsewhere(Message, tag="witness-elsewhere", frozen=True):
    """The witness has seen another size last than the question takes for granted: prove from this one."""

    version: Version
    request: Request
    size: Sequence
    root: Hash


class WitnessRefusal(Message, tag="witness-refusal", frozen=True):
    """The witness does not sign: the log was rolled back or rewritten, or is not the log it watches."""

    version: Version
    request: Request
    kind: Reason
    detail: Reason


WitnessAnswer = WitnessSigned | WitnessElsewhere | WitnessRefusal

_QUESTION = msgspec.msgpack.Decoder(WitnessQuestion)
_ANSWER: msgspec.msgpack.Decoder[WitnessAnswer] = msgspec.msgpack.Decoder(WitnessAnswer)


def decode_question(frame: bytes) -> WitnessQuestion:
    """The question in a frame. Raises BadMessageError where there is none."""
    return _of_our_version(decode(_QUESTION, frame))


def decode_witness_answer(frame: bytes) -> WitnessAnswer:
    """The answer in a frame. Raises BadMessageError where there is none."""
    return _of_our_version(decode(_ANSWER, frame))


Versioned = TypeVar("Versioned", WitnessQuestion, WitnessAnswer)


def _of_our_version(message: Versioned) -> Versioned:
    if message.version != VERSION:
        raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
    return message
