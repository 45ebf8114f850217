"""What the gate records of a message and its answer, and how that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from feeds.gate_messages import GateAnswer, GateCheck, GateMessage, GateReply

_PLAIN: Final = frozenset({int, str, bool, type(None)})


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
    return {"type": message.__struct_config__.tag, **_named(message)}


def _named(message: msgspec.Struct) -> dict[str, object]:
    return dict(zip(message.__struct_fields__, _all_plain(msgspec.structs.astuple(message)), strict=True))


def _all_plain(values: tuple[object, ...]) -> list[object]:
    # Most fields are plain already: only the others are worth a call, and there are forty fields in a record.
    return [each if each.__class__ in _PLAIN else _plain(each) for each in values]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return _all_plain(value)
    return _named(value) if isinstance(value, msgspec.Struct) else value


def fate(record: GateRecord) -> str:
    """What became of a message, in a word: the verdict of a check, the type of anything else."""
    if isinstance(record.message, GateCheck) and isinstance(record.answer, GateReply):
        return record.answer.verdict
    return str(record.message.__struct_config__.tag)
