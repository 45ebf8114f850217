"""The one clock object that every feed is given, so that tests own time."""

from __future__ import annotations

import time
from typing import Final, Protocol

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


class Clock(Protocol):
    """Wall time for stamps, monotonic time for durations and time-outs; never one for the other."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since an arbitrary moment; never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    # Not methods that call these: the gate alone asks for the time a dozen times an order.
    wall_ns = staticmethod(time.time_ns)
    monotonic_ns = staticmethod(time.monotonic_ns)
