"""What the gate's record says was decided, followed line by line to what the gate knew in the end.

Times of one run of the machine are told by the clock that never goes back. Between two runs there is only the wall
clock, and where it has gone back no time has passed: what is held is rather held too long.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import msgspec

from engine.reservations import Hold, Reservations
from engine.text import BadInputError, text
from feeds.gate_course import Asked, Course
from feeds.gate_messages import LONGEST_LIFE, GateCancel, GateCheck, GateFilled
from feeds.gate_records import FORMAT, Carried, Opened, is_sound

MICROSECOND: Final = 1_000
BUSY: Final = "busy"
"""The verdict of a check that was not looked at, and may be asked again."""
_BYTES: Final = frozenset({"request", "reservation", "parameters"})
_EARLIER: Final = b'{"received":'
"""How lines of the first format begin."""

AnswerKey = tuple[str, bytes]
"""Client and request."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that was answered for good."""

    digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a gate knew when it ended, as of now.

    Attributes:
        reservations: What is held, and what has ended lately.
        answers: What was answered lately.
        closed_until: Monotonic nanoseconds until when nothing new may pass, as it is not known all that is held; or 0.
    """

    reservations: Reservations
    answers: OrderedDict[AnswerKey, Answered]
    closed_until: int = 0

    @classmethod
    def nothing(cls, settling: int) -> Earlier:
        """There was no gate before."""
        return cls(Reservations(settling), OrderedDict())


class _Answer(msgspec.Struct, frozen=True):
    type: str
    verdict: str = ""
    reservation: str = ""
    reason: str = ""


class _Line(msgspec.Struct, frozen=True):
    answered: int = 0
    monotonic: int = 0
    sha256: str = ""
    message: Asked | None = None
    answer: msgspec.Raw = msgspec.Raw(b"{}")
    opened: Opened | None = None
    carried: Carried | None = None


_LINES: Final = msgspec.json.Decoder(_Line)
_ANSWERS: Final = msgspec.json.Decoder(_Answer)


class History:
    """Follows a record from an opening on.

    Args:
        settling: As of `engine.reservations.Reservations`.
        remembered: Answers to keep.

    Attributes:
        damaged: The first place that cannot be read and is not made up for by a later file; empty where there is none.
    """

    def __init__(self, settling: int, remembered: int) -> None:
        self.damaged = ""
        self._course = Course(settling)
        self._answers: OrderedDict[AnswerKey, tuple[bytes, msgspec.Raw]] = OrderedDict()
        self._remembered = remembered
        self._boot = ""
        self._now = self._wall = self._shift = self._closed_until = 0
        self._in_doubt = False

    def take(self, line: bytes, where: str, first: bool = False) -> None:
        """Follow one line, without its end.

        Args:
            line: As it is in the file.
            where: What errors call it.
            first: Whether a file begins with it.

        Raises:
            BadInputError: It is of another version of Palisade.
        """
        if not is_sound(line):
            if first and line.startswith(_EARLIER) and line.endswith(b"}}"):
                raise _foreign(where)
            self._in_doubt = True
            self.damaged = self.damaged or where
            return
        try:
            self._follow(_LINES.decode(line))
        except (ValueError, BadInputError):
            # It is as it was written, so whoever wrote it meant something by it.
            raise _foreign(where) from None

    def finish(self, boot: str, wall: int, monotonic: int) -> Earlier:
        """All of it, as of a moment on the clocks of this run of the machine."""
        self._go_to(boot, wall, monotonic)
        reservations = self._course.reservations(self._now)
        reservations.move(-self._shift)
        answers = ((key, Answered(digest, _body(answer))) for key, (digest, answer) in self._answers.items())
        closed_until = self._closed_until - self._shift
        return Earlier(reservations, OrderedDict(answers), closed_until if closed_until > monotonic else 0)

    def _follow(self, line: _Line) -> None:
        if line.opened is not None:
            self._begin(line.opened)
        elif line.carried is not None:
            self._carry(line.carried)
        elif line.message is not None:
            self._go_on(line.monotonic, line.answered * MICROSECOND)
            answer = _ANSWERS.decode(line.answer)
            self._decided(line.message, answer)
            if answer.verdict != BUSY:
                self._remember(line.message, bytes.fromhex(line.sha256), line.answer)
        else:
            raise ValueError(line)

    def _begin(self, opened: Opened) -> None:
        if opened.format != FORMAT:
            raise ValueError(opened.format)
        self._go_to(opened.boot, opened.wall, opened.monotonic)
        if opened.carried is not None:
            # Whoever wrote this knew all that was held, whatever has become of the files before.
            self._closed_until = opened.closed_until + self._shift if opened.closed_until else 0
            self.damaged = self.damaged if opened.closed_until else ""

    def _go_to(self, boot: str, wall: int, monotonic: int) -> None:
        """Go on with a run of the machine, at a moment on its clocks."""
        if boot != self._boot or monotonic + self._shift < self._now:
            self._shift = self._now + max(0, wall - self._wall) - monotonic if self._wall else 0
            self._boot = boot
        self._go_on(monotonic, wall)

    def _go_on(self, monotonic: int, wall: int) -> None:
        self._now, self._wall = monotonic + self._shift, wall
        if self._in_doubt:
            # What could not be read was written before now, and may be held as long as anything can be.
            self._in_doubt, self._closed_until = False, self._now + LONGEST_LIFE

    def _carry(self, carried: Carried) -> None:
        """A reservation as it stood when a file began."""
        identity = bytes.fromhex(carried.reservation)
        self._course.add(self._now, identity, carried, carried.expiry + self._shift)
        if any(carried.filled):
            self._course.add(self._now, identity, carried.filled)
        if carried.state == Hold.CANCELLED:
            self._course.add(self._now, identity, None)

    def _decided(self, message: Asked, answer: _Answer) -> None:
        """Note what the gate did, but for what it refused to do."""
        if message.type == GateCheck.__struct_config__.tag:
            if answer.reservation:
                identity = bytes.fromhex(answer.reservation)
                self._course.add(self._now, identity, message, self._now + message.time_to_live)
        elif not answer.reason and message.type == GateCancel.__struct_config__.tag:
            self._course.add(self._now, bytes.fromhex(message.reservation), None)
        elif not answer.reason and message.type == GateFilled.__struct_config__.tag:
            self._course.add(self._now, bytes.fromhex(message.reservation), message.filled)

    def _remember(self, message: Asked, digest: bytes, answer: msgspec.Raw) -> None:
        key = message.client, bytes.fromhex(message.request)
        if self._answers.setdefault(key, (digest, answer))[0] != digest:
            # The request was used for something else, and the first answer stands.
            return
        self._answers[key] = digest, answer
        if len(self._answers) > self._remembered:
            self._answers.popitem(last=False)


def _body(answer: msgspec.Raw) -> bytes:
    """The bytes of an answer that is on record, as they were sent."""
    fields: dict[str, object] = msgspec.json.decode(answer)
    return msgspec.msgpack.encode([fields.pop("type"), *(_sent(name, value) for name, value in fields.items())])


def _sent(name: str, value: object) -> object:
    if isinstance(value, dict):
        return list(value.values())
    return bytes.fromhex(value) if name in _BYTES and isinstance(value, str) else value


def _foreign(where: str) -> BadInputError:
    what = text("it is a record of another version of Palisade, which does not say here what its orders hold")
    remedy = text("see that none of the orders it let pass works any more, move it to another folder and start again")
    return BadInputError(where, what, remedy)
