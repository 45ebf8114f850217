"""The cyclic collector of a process whose answers must not wait for it.

It walks over all that is remembered, which takes as long as hundreds of checks, and by itself begins whenever enough
was made since. What checks and states leave behind goes without it; it is only for what errors and libraries tie up.
"""

from __future__ import annotations

import gc
from types import TracebackType
from typing import Final, Self

from feeds.clock import SECOND, Clock

QUIET: Final = SECOND
"""How long nobody may have asked before it walks."""
BETWEEN: Final = 60 * SECOND
"""From one walk to the next."""
LATEST: Final = 60 * BETWEEN
"""How much later at most, where somebody asks all the time: what errors tie up must not grow for ever."""


class QuietCollector:
    """Has the collector walk while nobody asks, or very late. What is there as it begins is never walked over.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due = 0
        self._walked = True
        """Whether the collector walked by itself before."""

    def __enter__(self) -> Self:
        self._walked = gc.isenabled()
        gc.collect()
        gc.freeze()
        gc.disable()
        self._due = self._clock.monotonic_ns() + BETWEEN
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._walked:
            gc.enable()

    def tend(self, last_asked: int) -> bool:
        """Walk where it is time; whether it did.

        Args:
            last_asked: When somebody asked last, monotonic nanoseconds.
        """
        now = self._clock.monotonic_ns()
        if now < self._due or (now - last_asked < QUIET and now < self._due + LATEST):
            return False
        gc.collect()
        self._due = now + BETWEEN
        return True
