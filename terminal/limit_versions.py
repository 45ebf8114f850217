"""Which limits are in force: the configured file, looked at while the desk runs, taken whole or not at all.

A change comes into force by itself, for whoever may write the file decides on limits; it is recorded before it does. A
file that is missing or wrong, at the start or later, leaves the last good one in force, and a warning lasts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.limit_file import read_limits, replacement
from engine.limits import LimitSet
from engine.limits_in_force import LimitsInForce
from engine.reference import Reference, read_reference
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import SECOND, Clock
from terminal.limit_record import LimitRecord, data_folder, user_name
from terminal.parameter_watch import ParameterWatch

LOOK: Final = SECOND
"""Time between two looks at the files."""
MOST_NAMED: Final = 3
"""Unknown names that are told; the rest are counted."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LimitSource:
    """Where limits come from.

    Attributes:
        file: TOML (example: resources/limits-example.toml); None where orders are checked for margin alone.
        reference: Sectors, open interest and volume (example: resources/reference.toml); None where there is none.
        process: What uses them, for the record.
        folder: Where records are kept.
    """

    file: Path | None = None
    reference: Path | None = None
    process: str = "terminal"
    folder: Path = field(default_factory=data_folder)


class LimitVersions:
    """The limits in force and the reference beside them. Lives in the desk's thread.

    Args:
        source: Where they come from.
        clock: Time.

    Attributes:
        limits: In force; None where there are none.
        reference: Likewise.
    """

    def __init__(self, source: LimitSource, clock: Clock) -> None:
        self.limits: LimitSet | None = None
        self.reference = Reference()
        self._source = source
        self._clock = clock
        self._record = LimitRecord(source.folder, source.file, source.process) if source.file is not None else None
        places = (source.file, source.reference)
        self._watches = [ParameterWatch(place) if place is not None else None for place in places]
        self._fault: Text | None = None
        self._reference_fault: Text | None = None
        self._unknown: tuple[Text, ...] = ()
        self._told: LimitsInForce | None = None
        self._due = 0

    @property
    def has_file(self) -> bool:
        """Whether orders are checked against limits at all."""
        return self._source.file is not None

    @property
    def in_force(self) -> LimitsInForce:
        """What a person is told; the same object until something changes."""
        now = LimitsInForce(self._source.file.name if self._source.file else "", self.limits, self._warnings())
        if now != self._told:
            self._told = now
        return self._told if self._told is not None else now

    def start(self, *, strict: bool = False) -> None:
        """Put the configured files in force.

        Args:
            strict: Whether a file that cannot be used is an error; otherwise what was in force for it last stays, or
                without that new risk is refused.

        Raises:
            BadInputError: A file cannot be used, and ``strict``.
            UserFacingError: The change cannot be recorded, and ``strict``.
        """
        for watch in self._watches:
            if watch is not None:
                watch.take_note()
        for read in (self._read_reference, self._read_limits):
            if strict:
                read()
            else:
                self._tried(read)
        self._due = self._clock.monotonic_ns() + LOOK

    def tick(self) -> bool:
        """Look at the files now and then; whether limits or reference are other ones since."""
        now = self._clock.monotonic_ns()
        if now < self._due:
            return False
        self._due = now + LOOK
        limits, reference = self._watches
        changed = False
        if limits is not None and limits.has_changed():
            changed = self._tried(self._read_limits)
        if reference is not None and reference.has_changed():
            changed = self._tried(self._read_reference) or changed
        return changed

    def know(self, unknown: tuple[Text, ...]) -> None:
        """Take note of what the limits name that nobody knows."""
        self._unknown = unknown

    @staticmethod
    def _tried(read: Callable[[], None]) -> bool:
        try:
            read()
        except UserFacingError as error:
            _logger.warning("%s", error)
            return False
        return True

    def _read_limits(self) -> None:
        """Put the file's content in force, once that is on record."""
        if self._source.file is None or self._record is None:
            return
        try:
            content = _content(self._source.file)
            self._put_in_force(content)
        except UserFacingError as error:
            self._fault = error.message
            if self.limits is None:
                self._fall_back()
            raise
        self._fault = None

    def _put_in_force(self, content: str) -> None:
        source, record = self._source, self._record
        if source.file is None or record is None:
            return
        before = self.limits or self._last_in_force()
        limits, change = replacement(before, content, source.file.name, user_name(), self._clock.wall_ns())
        if before is None or before.version != limits.version:
            record.add(change, content)
        self.limits, self._unknown = limits, ()
        _logger.info("limits in force: %s, %s", source.file, limits.version)

    def _last_in_force(self) -> LimitSet | None:
        """What was in force for this file when it was used last."""
        kept = self._record.kept() if self._record is not None else None
        try:
            return read_limits(kept, str(self._source.file)) if kept is not None else None
        except BadInputError as error:
            # Written by another version of Palisade, or damaged.
            _logger.warning("the limits last in force cannot be used: %s", error)
            return None

    def _fall_back(self) -> None:
        self.limits = self._last_in_force()
        if self.limits is not None:
            _logger.warning("falling back on limits %s", self.limits.version)

    def _read_reference(self) -> None:
        if self._source.reference is None:
            return
        try:
            self.reference = read_reference(self._source.reference)
        except BadInputError as error:
            self._reference_fault = error.message
            raise
        self._reference_fault = None

    def _warnings(self) -> tuple[Text, ...]:
        found: list[Text] = []
        if self._fault is not None and self.limits is not None:
            found.append(
                text("{problem}; limits {version} stay in force", problem=self._fault, version=self.limits.version)
            )
        elif self._fault is not None:
            found.append(text("{problem}; no limits are in force: new risk is refused", problem=self._fault))
        if self._reference_fault is not None:
            found.append(text("{problem}; what was known before stays", problem=self._reference_fault))
        found += self._unknown[:MOST_NAMED]
        if len(self._unknown) > MOST_NAMED:
            found.append(text("{count} more names in the limits are unknown", count=len(self._unknown) - MOST_NAMED))
        return tuple(found)


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        what, remedy = text("not readable: {error}", error=reason), text("give the path of a file of limits")
        raise BadInputError(str(file), what, remedy) from None
