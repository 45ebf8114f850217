"""Audit records and checkpoints as bytes: one encoding each, so that a hash or a signature means one thing only.

A record is, big-endian: format (1 byte, 1), number (8), wall time (8), monotonic time (8), boot (16), clock error (4),
lengths of actor (1), kind (1) and payload (4), and these three. Its bytes are a leaf of the tree of `engine.merkle`.
The payload is JSON in UTF-8 with sorted keys, no spaces, integers only. A checkpoint is a text of four lines, the first
three as in a C2SP tlog-checkpoint: origin, size, root in base64, and ``time`` with nanoseconds since 1970 UTC.
"""

from __future__ import annotations

import binascii
import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.merkle import leaf_hash

Value: TypeAlias = "str | int | Sequence[Value] | Mapping[str, Value] | None"
Payload: TypeAlias = Mapping[str, Value]

FORMAT = 1
LONGEST_NAME = 255
LONGEST_PAYLOAD = 2**20
UNSYNCHRONISED = 2**32 - 1
"""Clock error of a clock that is not known to follow a reference."""
REFERENCE = "sha256:"
"""What a text of a payload begins with that refers to content kept beside the records, followed by 64 hex digits."""

_HEAD = struct.Struct(">BQqq16sIBBI")


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the audit.

    Attributes:
        number: From 0, without gaps.
        wall: Nanoseconds since 1970 UTC.
        monotonic: Nanoseconds of the clock that never goes back, comparable within one ``boot``.
        boot: 16 bytes that name this run of the machine.
        clock_error: Largest error of the wall clock in microseconds; `UNSYNCHRONISED` where nothing is known.
        actor: Who or what did it.
        kind: What happened.
        payload: `encode_payload`.
    """

    number: int
    wall: int
    monotonic: int
    boot: bytes
    clock_error: int
    actor: str
    kind: str
    payload: bytes

    def encode(self) -> bytes:
        """The record's bytes.

        Raises:
            ValueError: A name is empty or too long, the payload is too long, or a number out of range.
        """
        actor, kind = self.actor.encode(), self.kind.encode()
        if not (1 <= len(actor) <= LONGEST_NAME and 1 <= len(kind) <= LONGEST_NAME) or len(self.boot) != 16:
            raise ValueError("actor and kind have 1 to 255 bytes, boot has 16")
        if len(self.payload) > LONGEST_PAYLOAD:
            raise ValueError(f"a payload of {len(self.payload)} bytes, {LONGEST_PAYLOAD} are possible")
        lengths = len(actor), len(kind), len(self.payload)
        try:
            head = _HEAD.pack(
                FORMAT,
                self.number,
                self.wall,
                self.monotonic,
                self.boot,
                min(self.clock_error, UNSYNCHRONISED),
                *lengths,
            )
        except struct.error as error:
            raise ValueError(str(error)) from None
        return head + actor + kind + self.payload

    @property
    def leaf(self) -> bytes:
        """Its hash as a leaf."""
        return leaf_hash(self.encode())

    def content(self) -> dict[str, Value]:
        """The payload decoded. Raises ValueError where it is not canonical."""
        return decode_payload(self.payload)


def decode_record(data: bytes) -> Record:
    """The record that was encoded as ``data``.

    Raises:
        ValueError: No record can have been.
    """
    if len(data) < _HEAD.size:
        raise ValueError(f"{len(data)} bytes are no record")
    form, number, wall, monotonic, boot, error, actor, kind, payload = _HEAD.unpack_from(data)
    if form != FORMAT:
        raise ValueError(f"record format {form} is not known")
    second = _HEAD.size + actor
    third = second + kind
    if len(data) != third + payload or not actor or not kind or payload > LONGEST_PAYLOAD:
        raise ValueError("the lengths in the record do not add up")
    names = data[_HEAD.size : second].decode(), data[second:third].decode()
    return Record(number, wall, monotonic, boot, error, *names, data[third:])


def encode_payload(payload: Payload) -> bytes:
    """The one encoding of ``payload``.

    Raises:
        ValueError: It holds something else than texts, integers, truth values, None, lists and mappings by text.
    """
    _check(payload)
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_payload(data: bytes) -> dict[str, Value]:
    """What was encoded as ``data``.

    Raises:
        ValueError: Nothing was: it is not JSON, or not in its one encoding.
    """
    payload = json.loads(data)
    if not isinstance(payload, dict) or encode_payload(payload) != data:
        raise ValueError("the payload is not in its canonical encoding")
    return payload


def _check(value: object) -> None:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is no text")
        for each in value.values():
            _check(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check(each)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"{type(value).__name__} cannot be part of a payload")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at a moment: what is signed.

    Attributes:
        origin: The log's name, one line of printable text.
        size: Number of records.
        root: Root of their tree, 32 bytes.
        wall: Nanoseconds since 1970 UTC.
    """

    origin: str
    size: int
    root: bytes
    wall: int

    def encode(self) -> bytes:
        """The text that is signed. Raises ValueError where it would not be four lines."""
        if not self.origin or not self.origin.isprintable() or len(self.root) != 32 or min(self.size, self.wall) < 0:
            raise ValueError("an origin of one line, a root of 32 bytes, a size and a time are needed")
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\ntime {self.wall}\n".encode()


def decode_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint that was encoded as ``data``.

    Raises:
        ValueError: No checkpoint can have been.
    """
    try:
        origin, size, root, time, rest = data.decode().split("\n")
        checkpoint = Checkpoint(origin, int(size), b64decode(root, validate=True), int(time.removeprefix("time ")))
        if rest or checkpoint.encode() != data:
            raise ValueError("not in its one encoding")
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"no checkpoint: {error}") from None
    return checkpoint
