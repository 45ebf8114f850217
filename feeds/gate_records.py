"""What the gate records of a message and its answer, and how that is written down.

A line is one JSON object and ends with a check sum of what stands before it. Most lines are a message and its answer;
where a gate opens a file, or goes on with one, it says so, and a new file says first what is held at that moment, so
that nothing before it is needed to know that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec
import msgspec.inspect

from engine.reservations import Reservation
from feeds.gate_messages import GateAnswer, GateCheck, GateMessage, GateReply

FORMAT: Final = 2
"""Of the lines; 1 had neither check sums nor a clock that never goes back."""
_SEAL: Final = b',"check":"%08x"}'
_OPENED: Final = b'{"opened":'
_SEALED: Final = len(_SEAL % 0)


class GateRecord(NamedTuple):
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
    received, answered, message, digest, answer, monotonic = record
    line = _Line(
        received,
        answered,
        monotonic,
        digest.hex(),
        _form(message.__class__).of(message),
        _form(answer.__class__).of(answer),
    )
    return sealed(msgspec.json.encode(line))


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


class _Line(msgspec.Struct):
    """A record as it is written; bytes in hexadecimal digits."""

    received: int
    answered: int
    monotonic: int
    sha256: str
    message: object
    answer: object


class _Form:
    """How structs of a type are written: as an object of their fields, with the type's name where it has one.

    What that takes is found once for each type: a record has forty fields, and most of them stay as they are.
    """

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        tag = kind.__struct_config__.tag
        fields = msgspec.inspect.type_info(kind).fields  # type: ignore[attr-defined]  # it is that of a struct
        named = "type" if tag is not None else None
        self._written = msgspec.defstruct(kind.__name__, kind.__struct_fields__, tag=tag, tag_field=named)
        writers = ((place, _writer(field.type)) for place, field in enumerate(fields))
        self._writers = [(place, writer) for place, writer in writers if writer is not None]

    def of(self, message: msgspec.Struct) -> msgspec.Struct:
        """The message as it is written."""
        values = [*msgspec.structs.astuple(message)]
        for place, writer in self._writers:
            values[place] = writer(values[place])
        return self._written(*values)


def _writer(kind: msgspec.inspect.Type) -> Callable[[Any], object] | None:
    """What writes values of a type; None for those that are written as they are."""
    if isinstance(kind, msgspec.inspect.UnionType):
        writers = [writer for writer in map(_writer, kind.types) if writer is not None]
        # None is the other type of every union there is.
        return (lambda value: None if value is None else writers[0](value)) if writers else None
    if isinstance(kind, msgspec.inspect.BytesType):
        return bytes.hex
    if isinstance(kind, msgspec.inspect.StructType):
        return _form(kind.cls).of
    if isinstance(kind, msgspec.inspect.VarTupleType) and (writer := _writer(kind.item_type)) is not None:
        return lambda values: [writer(value) for value in values]
    return None


_form = cache(_Form)


def fate(record: GateRecord) -> str:
    """What became of a message, in a word: the verdict of a check, the type of anything else."""
    if isinstance(record.message, GateCheck) and isinstance(record.answer, GateReply):
        return record.answer.verdict
    return str(record.message.__struct_config__.tag)
