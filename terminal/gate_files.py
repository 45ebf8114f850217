"""The files of the gate's record, and what they say that the gate before knew.

A file begins with all that is held at that moment, so the newest one says what is held. Those before it are read for
the answers that are still remembered, as far as they are there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from engine.text import UserFacingError, text
from feeds.boot import boot_id
from feeds.clock import SECOND, Clock, SystemClock
from feeds.gate_history import Earlier, History
from feeds.gate_records import FORMAT, Opened, is_opening, opening
from feeds.gate_safety import GateLimits
from feeds.owner_lock import OwnerLock

NAME: Final = "gate.jsonl"
LOCK: Final = "gate.lock"
_ENDED: Final = re.compile(r"gate-(\d+)\.jsonl", re.ASCII)
_BYTES_AN_ANSWER: Final = 1_500
"""More than a record takes, as a rule."""
_SHOWN: Final = 4_096
"""Bytes of a line that was cut off which the record keeps."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What a gate goes on from.

    Attributes:
        earlier: What the gate before it knew; the gate keeps it up to date.
        torn: The end of `NAME` that is no whole line: whoever wrote it was ended meanwhile.
        clock: Time.
        boot: Of this run of the machine.
    """

    earlier: Earlier
    torn: bytes = b""
    clock: Clock = field(default_factory=SystemClock)
    boot: str = field(default_factory=lambda: boot_id().hex())

    def opening(self, *, whole: bool, torn: bytes = b"") -> bytes:
        """The lines with which the gate begins to write.

        Args:
            whole: With all that is held: at the start of a file.
            torn: What is set aside of the file it goes on with.
        """
        now, reservations = self.clock.monotonic_ns(), self.earlier.reservations
        counting = list(reservations.counting()) if whole else []
        closed_until = self.earlier.closed_until if whole and self.earlier.closed_until > now else 0
        aside = torn[:_SHOWN].decode("utf-8", "replace")
        carried = len(counting) if whole else None
        return opening(Opened(FORMAT, self.boot, self.clock.wall_ns(), now, carried, closed_until, aside), counting)


def claim(folder: Path) -> OwnerLock:
    """Keep other gates from writing to ``folder``, which is made where it is missing.

    Raises:
        UserFacingError: Another gate has it, or it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    return OwnerLock(folder / LOCK, "palisade gate")


def unwritable(folder: Path, error: OSError) -> UserFacingError:
    """What is said of a folder that cannot be written to."""
    reason = error.strerror or error
    return UserFacingError(text("{file}: decisions cannot be recorded: {reason}", file=folder, reason=reason))


def ended_files(folder: Path) -> list[tuple[int, Path]]:
    """Ended files of a record, the oldest first."""
    matches = ((_ENDED.fullmatch(file.name), file) for file in folder.iterdir())
    return sorted((int(match[1]), file) for match, file in matches if match is not None)


def take_up(folder: Path, clock: Clock, limits: GateLimits, boot: str | None = None) -> TakenUp:
    """What the record in ``folder`` says the last gate knew, as of now.

    Raises:
        UserFacingError: It cannot be read, or is of another version of Palisade.
    """
    boot = boot if boot is not None else boot_id().hex()
    history = History(limits.settling, limits.remembered)
    try:
        torn = b""
        for file in _needed(folder, limits.remembered * _BYTES_AN_ANSWER):
            torn = _follow(file, history)
            if torn and file.name != NAME:
                history.take(torn, str(file))
                torn = b""
    except OSError as error:
        reason = error.strerror or error
        raise UserFacingError(
            text("{file}: the record is not readable: {reason}", file=folder, reason=reason)
        ) from None
    earlier = history.finish(boot, clock.wall_ns(), clock.monotonic_ns())
    if torn:
        _logger.warning("%s: half a line at its end, at which the last gate was ended, is set aside", folder / NAME)
    if earlier.closed_until:
        _warn_of_damage(history.damaged or str(folder), earlier.closed_until - clock.monotonic_ns(), clock)
    return TakenUp(earlier, torn, clock, boot)


def _warn_of_damage(where: str, left: int, clock: Clock) -> None:
    until = datetime.fromtimestamp((clock.wall_ns() + left) // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _logger.warning(
        "%s is damaged: what orders passed earlier hold is not known, so nothing passes until %s but what reduces "
        "risk. To open earlier, see that none of those orders works any more, move gate*.jsonl to another folder and "
        "start again",
        where,
        until,
    )


def _needed(folder: Path, enough: int) -> Iterable[Path]:
    """The files to read, the oldest first: the newest, and those before it until there are ``enough`` bytes."""
    needed: list[Path] = []
    files = [folder / NAME, *(file for _, file in reversed(ended_files(folder)))]
    size, headed = 0, False
    for file in files:
        if not file.exists():
            continue
        begins = _begins(file)
        if headed and (size >= enough or not begins):
            break
        needed.append(file)
        size += file.stat().st_size
        headed = headed or begins
    return reversed(needed)


def _begins(file: Path) -> bool:
    """Whether a file says at its start what was held then."""
    with file.open("rb") as lines:
        return is_opening(lines.readline())


def _follow(file: Path, history: History) -> bytes:
    """Follow the lines of a file; what is behind the last whole one."""
    name, number = str(file), 0
    with file.open("rb") as lines:
        for line in lines:
            number += 1
            if not line.endswith(b"\n"):
                return line
            history.take(line[:-1], f"{name}:{number}", first=number == 1)
    return b""
