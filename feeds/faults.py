"""Faults of a feed: counted always, logged sparingly, so that a flood of bad messages cannot flood the log."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from feeds.clock import SECOND, Clock

QUIET: Final = 60 * SECOND
LONGEST: Final = 300


class BadMessageError(Exception):
    """A message that cannot be used.

    Args:
        kind: What sort of fault, from a small fixed set: faults are counted and logged by it.
        detail: What was wrong, for the log.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class FaultLog:
    """Counts faults by kind; each kind is logged at once and then at most once a minute.

    Attributes:
        counts: How many of each kind there have been.
    """

    def __init__(self, logger: logging.Logger, feed: str, clock: Clock) -> None:
        self.counts: Counter[str] = Counter()
        self._logger = logger
        self._feed = feed
        self._clock = clock
        self._quiet_until: dict[str, int] = {}
        self._unsaid: Counter[str] = Counter()

    def note(self, kind: str, detail: str, level: int = logging.WARNING) -> None:
        """Count a fault, and log it unless one of its kind has been logged within the last minute."""
        self.counts[kind] += 1
        now = self._clock.monotonic_ns()
        if now < self._quiet_until.get(kind, now):
            self._unsaid[kind] += 1
            return
        self._quiet_until[kind] = now + QUIET
        unsaid = self._unsaid.pop(kind, 0)
        # Parts of the detail come from the peer: cut and escaped before they reach a log file.
        safe = detail[:LONGEST].encode("unicode_escape").decode("ascii")
        more = f" ({unsaid} more since it was last logged)" if unsaid else ""
        self._logger.log(level, "%s feed: %s: %s%s", self._feed, kind, safe, more)

    def alert(self, kind: str, detail: str) -> None:
        """Count and log a fault that may be an attack."""
        self.note(kind, f"security alert: {detail}", logging.ERROR)
