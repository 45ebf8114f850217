"""What the gate records of a message and its answer, and how that is written down.

A line is one JSON object and ends with a check sum of what stands before it. Most lines are a message and its answer;
where a gate opens a file, or goes on with one, it says so, and a new file says first what is held at that moment, so
that nothing before it is needed to know that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import msgspec

from engine.reservations import Reservation
from feeds.gate_messages import GateAnswer, GateCheck, GateMessage, GateReply

FORMAT: Final = 2
"""Of the lines; 1 had neither check sums nor a clock that never goes back."""
_PLAIN: Final = frozenset({int, str, bool, type(None)})
_SEAL: Final = b',"check":"%08x"}'
_OPENED: Final = b'{"opened":'
_SEALED: Final = len(_SEAL % 0)


@dataclass(frozen=True, slots=True)
class GateRecord:
    """What was asked and answered, for the record. Times in microseconds since 1970 UTC.

    Attributes:
        received: When the message was taken up.
        answered: When the answer was ready.
        message: As it was understood.
        sha256: Of the message's bytes.
        answer: As it is sent.
        monotonic: When it was decided, nanoseconds on the clock that never goes back; what passed is held from then
            on.
    """

    received: int
    answered: int
    message: GateMessage
    sha256: bytes
    answer: GateAnswer
    monotonic: int


class Opened(msgspec.Struct, frozen=True):
    """A gate begins to write here.

    Attributes:
        format: `FORMAT`.
        boot: Of the run of the machine, hexadecimal digits; the monotonic times of one run compare.
        wall: Nanoseconds since 1970 UTC.
        monotonic: The same moment, nanoseconds on the clock that never goes back.
        carried: How many reservations the lines behind it restate: all that counted. None where the file goes on.
        closed_until: Monotonic time until when nothing new passes, because what is held is not known; or 0.
        set_aside: A last line that was cut off, and is not in the file any more.
    """

    format: int
    boot: str
    wall: int
    monotonic: int
    carried: int | None = None
    closed_until: int = 0
    set_aside: str = ""


class CarriedOrder(msgspec.Struct, frozen=True):
    """An order of a reservation that is carried into another file, or of a check."""

    contract: str
    quantity: int
    closes: bool = False


class Carried(msgspec.Struct, frozen=True):
    """A reservation that counts as a file begins; ``expiry`` in monotonic nanoseconds."""

    reservation: str
    client: str
    account: str
    orders: tuple[CarriedOrder, ...]
    together: bool
    expiry: int
    state: str
    filled: tuple[int, ...]


def line_of(record: GateRecord) -> bytes:
    """A record as its line."""
    return sealed(msgspec.json.encode(as_written(record)))


def opening(opened: Opened, reservations: Iterable[Reservation] = ()) -> bytes:
    """The lines with which a gate begins to write: that it does, and what counts."""
    lines = [{"opened": opened}, *({"carried": _carried(each)} for each in reservations)]
    return b"".join(sealed(msgspec.json.encode(line)) for line in lines)


def _carried(reservation: Reservation) -> Carried:
    reserve = reservation.reserve
    orders = tuple(CarriedOrder(str(each.contract), each.quantity, each.closes) for each in reserve.orders)
    names = reserve.identity.hex(), reserve.client, reserve.account
    return Carried(*names, orders, reserve.together, reserve.expiry, reservation.state.value, reservation.filled)


def sealed(entry: bytes) -> bytes:
    """The line of a JSON object, with its check sum."""
    body = entry[:-1]
    return body + _SEAL % crc32(body) + b"\n"


def is_sound(line: bytes) -> bool:
    """Whether a line, without its end, is as it was written."""
    return line[-_SEALED:] == _SEAL % crc32(line[:-_SEALED])


def is_opening(line: bytes) -> bool:
    """Whether a line, with its end, is sound and the first of a file that says what is held."""
    return line.startswith(_OPENED) and line.endswith(b"\n") and is_sound(line[:-1])


def as_written(record: GateRecord) -> dict[str, object]:
    """A record in plain words and numbers; bytes in hexadecimal digits."""
    return {
        "received": record.received,
        "answered": record.answered,
        "monotonic": record.monotonic,
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
