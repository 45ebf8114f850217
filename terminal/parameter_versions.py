"""Which parameters are in force, and how others come to be: read beside them, shown, confirmed by a person.

Nothing is ever put in force by itself. Where the configured file is missing or broken, at start or later, the last
good version stays in force, and a warning lasts until that has been resolved.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from engine.span.findings import Finding, Severity, Topic
from engine.span.progress import Report
from engine.text import BadInputError, Text, text
from engine.versions import Offer, ParameterNews
from feeds.clock import SECOND, Clock
from terminal.parameter_cache import cache_folder
from terminal.parameter_loading import Loaded, Order, ParameterLoader
from terminal.parameter_record import last_in_force, remember
from terminal.parameter_version import ParameterVersion
from terminal.parameter_watch import ParameterWatch

LOOK: Final = 2 * SECOND
"""Time between two looks at the configured file."""
PATIENCE: Final = 3.0
"""Seconds that a reader which has been told to end is waited for."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ParameterSource:
    """Where parameters come from.

    Attributes:
        place: The configured file, or a folder whose file written last counts.
        convention: Name of a convention, or None for the clearing organisation's own.
        max_age_days: Age of the business date from which on a warning lasts; None for never.
        folder: Where read parameters are kept, by default the user's cache.
    """

    place: Path
    convention: str | None = None
    max_age_days: int | None = None
    folder: Path | None = None


class ParameterVersions:
    """The version in force, the one before it, and the one that waits to be confirmed.

    Args:
        source: Where parameters come from.
        clock: Time.
    """

    in_force: ParameterVersion
    """There from `start` on; a version stays the same by its ``origin``."""

    def __init__(self, source: ParameterSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._folder = source.folder or cache_folder()
        self._watch = ParameterWatch(source.place)
        self._loader = ParameterLoader(self._folder)
        self._asked: deque[Callable[[], None]] = deque()
        self._news: ParameterNews | None = None
        self._told: tuple[object, ...] = (None,) * len(fields(ParameterNews))
        self._other: ParameterVersion | None = None
        self._offered: tuple[ParameterVersion, Order, Offer] | None = None
        self._offers = 0
        self._made_way = self._is_back = self._has_switched = False
        self._fault: Text | None = None
        self._problem: Text | None = None
        self._due = 0

    # Called by the window's thread -----------------------------------------------------------------------------

    def news(self) -> ParameterNews | None:
        """What there is besides the version in force, the same object until it changes; None before the start."""
        return self._news

    def load(self, path: Path) -> None:
        """Read a file; an offer, or a problem, follows."""
        self._asked.append(lambda: self._load(path))

    def cancel(self) -> None:
        """End the reading of a file."""
        self._asked.append(self._loader.cancel)

    def accept(self, number: int) -> None:
        """Put the version of this offer in force; nothing happens where there is another offer by now."""
        self._asked.append(lambda: self._accept(number))

    def decline(self, number: int) -> None:
        """Keep the version in force; a file that a person asked for is let go, the configured one waits."""
        self._asked.append(lambda: self._decline(number))

    def switch_back(self, sha256: str) -> None:
        """Put the version that was in force before, the file with this digest, in force again."""
        self._asked.append(lambda: self._switch_back(sha256))

    # Runs in the desk thread -----------------------------------------------------------------------------------

    def start(self, progress: Report) -> None:
        """Put the configured file in force; where it cannot be used, what was in force for it last.

        Args:
            progress: Is told how far reading has come, and may end it.

        Raises:
            BadInputError: The file cannot be used and nothing was in force before.
            CancelledError: ``progress`` ended the reading.
        """
        self._watch.take_note()
        try:
            self.in_force = ParameterVersion.load(
                self._configured_file(), self._source.convention, progress, self._folder
            )
        except BadInputError as error:
            kept = self._last_in_force()
            if kept is None:
                raise
            _logger.warning("%s; falling back on %s", error, kept.origin.version)
            self.in_force, self._fault = kept, error.message
        self._record()
        self._fetch_the_one_before()
        self._tell()

    def tick(self) -> bool:
        """Do what was asked for, look at the configured file; whether another version has come into force."""
        while self._asked:
            self._asked.popleft()()
        loaded = self._loader.take()
        if loaded is not None:
            self._take(loaded)
        now = self._clock.monotonic_ns()
        if now >= self._due and self._loader.order is None and not self._is_deciding:
            self._due = now + LOOK
            self._look()
        self._tell()
        switched, self._has_switched = self._has_switched, False
        return switched

    def warnings(self) -> tuple[Text, ...]:
        """Why the version in force is not the one that ought to be, as of now."""
        version = self.in_force.origin.version
        found = []
        if self._fault is not None:
            found.append(text("{problem}; {version} stays in force", problem=self._fault, version=version))
        if self._offered is not None:
            new = self._offered[2].new
            found.append(text("{new} ({file}) is there and not in force: review it", new=new.version, file=new.file))
        if self._is_back and self._other is not None:
            other = self._other.origin.version
            found.append(text("{version} is in force again, {other} is set aside", version=version, other=other))
        if self._source.max_age_days is not None:
            found += self._age_warnings(self._source.max_age_days)
        return tuple(found)

    def close(self) -> None:
        """End all reading."""
        self._loader.close(PATIENCE)

    @property
    def _is_deciding(self) -> bool:
        """Whether a person looks at the file they asked for: nothing may take its place."""
        return self._offered is not None and self._offered[2].asked_for

    def _load(self, path: Path) -> None:
        if self._loader.order is not None and not self._loader.order.asked_for:
            # The configured file has its turn again later.
            self._watch.forget()
        self._problem = None
        self._loader.start(Order(path, self._source.convention, self.in_force, asked_for=True))

    def _look(self) -> None:
        if not self._watch.has_changed():
            return
        if self._watch.is_missing:
            self._fault = text("{file} is missing", file=self._source.place)
            return
        self._loader.start(Order(self._watch.file, self._source.convention, self.in_force, asked_for=False))

    def _take(self, loaded: Loaded) -> None:
        order, version = loaded.order, loaded.version
        if order.kept:
            self._know_the_one_before(loaded)
            return
        if version is None:
            if not order.asked_for:
                self._fault = loaded.problem
            elif not loaded.cancelled:
                self._problem = loaded.problem
            return
        if not order.asked_for:
            self._fault = None
        if version.origin.sha256 == self.in_force.origin.sha256:
            if order.asked_for:
                self._problem = text(
                    "{file} is in force already: {version}", file=order.path.name, version=version.origin.version
                )
            elif self._offered is not None and not self._offered[2].asked_for:
                # What was newer has been taken away again.
                self._offered = None
        elif order.in_force.origin is not self.in_force.origin:
            self._compare_again(order)
        else:
            self._offer(order, version)

    def _configured_file(self) -> Path:
        file = self._watch.file
        if file.is_dir():
            what = text("there is no parameter file in this folder")
            raise BadInputError(str(file), what, text("put the clearing house's file there"))
        return file

    def _fetch_the_one_before(self) -> None:
        """Have the version in force before this one at hand, as far as it is still known."""
        record = last_in_force(self._folder, self._source.place)
        if record is not None and record.before:
            place, convention = self._source.place, self._source.convention
            self._loader.start(Order(place, convention, self.in_force, asked_for=False, kept=record.before))

    def _know_the_one_before(self, loaded: Loaded) -> None:
        if loaded.version is not None and self._other is None and loaded.order.in_force is self.in_force:
            self._other = loaded.version
            self.in_force = replace(self.in_force, comparison=loaded.since)

    def _offer(self, order: Order, version: ParameterVersion) -> None:
        self._offers += 1
        if self._offered is not None and not self._offered[2].asked_for and order.asked_for:
            self._made_way = True
        findings = self._findings(version)
        offer = Offer(self._offers, self.in_force.origin, version.origin, findings, order.asked_for)
        self._offered = (version, order, offer)

    def _findings(self, version: ParameterVersion) -> tuple[Finding, ...]:
        """What its comparison found that counts: a convention chosen by name does not hang on what the file says."""
        findings = version.comparison.findings if version.comparison is not None else ()
        if self._source.convention is None:
            return findings
        return tuple(
            finding
            for finding in findings
            if (finding.topic, finding.place) != (Topic.METHOD, "clearingOrg") or finding.severity is not Severity.ERROR
        )

    def _accept(self, number: int) -> None:
        if self._offered is None or self._offered[2].number != number or self._offered[2].blocked:
            return
        version = self._offered[0]
        self._let_go()
        self._fault = None
        self._other, self._is_back = self.in_force, False
        self._put_in_force(version)

    def _decline(self, number: int) -> None:
        if self._offered is not None and self._offered[2].number == number and self._offered[2].asked_for:
            self._let_go()

    def _let_go(self) -> None:
        """The offer is done with; the configured file, where it had to make way for it, has its turn again."""
        self._offered = None
        if self._made_way:
            self._made_way = False
            self._watch.forget()

    def _switch_back(self, sha256: str) -> None:
        if self._other is None or self._other.origin.sha256 != sha256:
            return
        version, self._other, self._is_back = self._other, self.in_force, not self._is_back
        self._put_in_force(version)
        if self._offered is not None:
            self._compare_again(self._offered[1])

    def _compare_again(self, order: Order) -> None:
        """What was compared with another version than the one now in force is compared anew."""
        self._offered = None
        self._loader.start(Order(order.path, order.convention, self.in_force, order.asked_for))

    def _put_in_force(self, version: ParameterVersion) -> None:
        self.in_force, self._has_switched, self._problem = version, True, None
        _logger.info("parameters in force: %s, %s", version.origin.version, version.origin.sha256)
        self._record()

    def _record(self) -> None:
        remember(self._folder, self._source.place, self.in_force.origin.version, self.in_force.origin.sha256)

    def _last_in_force(self) -> ParameterVersion | None:
        record = last_in_force(self._folder, self._source.place)
        return ParameterVersion.kept(record.sha256, self._source.convention, self._folder) if record else None

    def _age_warnings(self, limit: int) -> list[Text]:
        """What is to be said of the age of the version in force, by this machine's calendar."""
        today = datetime.fromtimestamp(self._clock.wall_ns() // SECOND)
        try:
            days = (today - datetime.strptime(self.in_force.origin.business_date, "%Y%m%d")).days
        except ValueError:
            return [text("the parameters in force name no business date: their age is not known")]
        return [text("the parameters in force are {days} days old", days=days)] if days > limit else []

    def _tell(self) -> None:
        order = self._loader.order
        told = (
            self.in_force.origin,
            self._other.origin if self._other is not None else None,
            self._loader.loading if order is not None and not order.kept else None,
            self._offered[2] if self._offered is not None else None,
            self._problem,
            self.in_force.comparison,
        )
        if any(one is not last for one, last in zip(told, self._told, strict=True)):
            self._told, self._news = told, ParameterNews(*told)
