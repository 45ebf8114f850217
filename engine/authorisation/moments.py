"""Time as two clocks tell it: how long ago something was, or that a clock has jumped meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECOND: Final = 10**9
APPROVAL_TIME: Final = 120 * SECOND
"""From the proposal to the second signature."""
EXECUTION_TIME: Final = 15 * SECOND
"""From the second signature to the orders."""
SIGNATURE_TIME: Final = APPROVAL_TIME + EXECUTION_TIME
"""How long a signature is of use: a station writes an expiry so long after it into what is signed."""
TOLERANCE: Final = SECOND
"""How far the two clocks may drift apart within one of these times."""


class Lapse(StrEnum):
    """What has become of a time limit."""

    WITHIN = "within"
    OVER = "over"
    JUMPED = "jumped"


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, by both clocks.

    Attributes:
        wall: Nanoseconds since 1970 UTC.
        monotonic: Nanoseconds of the clock that never goes back; means something only within one start of the machine.
        boot: Names that start.
    """

    wall: int
    monotonic: int
    boot: str

    def lapse(self, now: Moment, limit: int) -> Lapse:
        """Whether ``limit`` nanoseconds have passed until ``now``; in doubt (a jump, another start) not within."""
        wall, monotonic = now.wall - self.wall, now.monotonic - self.monotonic
        if now.boot != self.boot or monotonic < 0 or abs(wall - monotonic) > TOLERANCE:
            return Lapse.JUMPED
        return Lapse.OVER if max(wall, monotonic) > limit else Lapse.WITHIN
