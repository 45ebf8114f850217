"""What the gate records of a message and its answer, and how that is written down."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from feeds.gate_messages import GateAnswer, GateCheck, GateMessage, GateReply


@dataclass(frozen=True, slots=True)
class GateRecord:
    """What was asked and answered, for the record. Times in microseconds since 1970 UTC.

    Attributes:
        received: When the message was taken up.
        answered: When the answer was ready.
        message: As it was understood.
        sha256: Of the message's bytes.
        answer: As it is sent.
    """

    received: int
    answered: int
    message: GateMessage
    sha256: bytes
    answer: GateAnswer


def as_written(record: GateRecord) -> dict[str, object]:
    """A record in plain words and numbers; bytes in hexadecimal digits."""
    return {
        "received": record.received,
        "answered": record.answered,
        "sha256": record.sha256.hex(),
        "message": _fields(record.message),
        "answer": _fields(record.answer),
    }


def _fields(message: msgspec.Struct) -> dict[str, object]:
    """The type's name and the fields of a message; bytes in hexadecimal digits."""
    named = {name: _plain(getattr(message, name)) for name in message.__struct_fields__}
    return {"type": message.__struct_config__.tag, **named}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value


def fate(record: GateRecord) -> str:
    """What became of a message, in a word: the verdict of a check, the type of anything else."""
    if isinstance(record.message, GateCheck) and isinstance(record.answer, GateReply):
        return record.answer.verdict
    return str(record.message.__struct_config__.tag)
