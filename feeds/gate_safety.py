"""What keeps the gate from saying yes when it should not: a circuit breaker that fails closed, and rate limits."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from engine.pre_trade import Basis
from engine.text import Text, text
from feeds.clock import MILLISECOND, SECOND, Clock

MOST_CLIENTS: Final = 1_024

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How much the gate puts up with. Times in nanoseconds.

    Attributes:
        rate: Checks a second that a client may ask for on average; what it reports is never turned away.
        burst: How many of them at once.
        oldest: Age of the desk's state from which on it is too old to decide on.
        slowest: How long a check may take.
        cooling: How long the circuit stays open after a check failed or was too slow.
        settling: How long contracts reported filled still count as working, until the positions show them.
        turn: Time after which a turn takes no more messages in.
        messages: Messages of a turn.
        remembered: Answers kept, so that the same question gets the same one.
    """

    rate: int = 5_000
    burst: int = 1_000
    oldest: int = SECOND
    slowest: int = 100 * MILLISECOND
    cooling: int = SECOND
    settling: int = 2 * SECOND
    turn: int = MILLISECOND // 4
    messages: int = 32
    remembered: int = 50_000


class Circuit:
    """Open, it lets nothing pass but what reduces risk, and says why.

    Args:
        limits: How much the gate puts up with.
        clock: Time.
        closed_until: Monotonic nanoseconds until when it is not known what orders passed earlier hold; or 0.
    """

    def __init__(self, limits: GateLimits, clock: Clock, closed_until: int = 0) -> None:
        self._limits = limits
        self._closed_until = closed_until
        self._clock = clock
        self._tripped: Text | None = None
        self._until = 0
        self._said: Text | None = None

    def reason(self, basis: Basis | None) -> Text | None:
        """Why nothing but reducing orders passes now; None while all is well."""
        found = self._find(basis)
        self._say(found)
        return found

    def trip(self, reason: Text) -> None:
        """Open the circuit for a while: a check has failed."""
        self._tripped = reason
        self._until = self._clock.monotonic_ns() + self._limits.cooling
        self._say(reason)

    def _say(self, reason: Text | None) -> None:
        """Log a change, once."""
        if reason != self._said:
            level = logging.WARNING if reason is not None else logging.INFO
            _logger.log(level, "gate: %s", reason if reason is not None else "orders are checked again")
            self._said = reason

    def _find(self, basis: Basis | None) -> Text | None:
        now = self._clock.monotonic_ns()
        if basis is None:
            return text("the gate is closed: the desk has no figures yet")
        if not basis.authoritative:
            return text("the gate is closed: a feed is not LIVE")
        if now - basis.now > self._limits.oldest:
            return text("the gate is closed: the desk's figures are too old")
        if now < self._closed_until:
            return text("the gate is closed: its record is damaged, and what orders passed earlier hold is not known")
        if self._tripped is not None and now < self._until:
            return self._tripped
        self._tripped = None
        return None


@dataclass(slots=True)
class _Bucket:
    level: int
    when: int


class RateLimit:
    """A token bucket for each client; a client's first message finds it full.

    Levels are in billionths of a token, so that nothing is rounded: rate x nanoseconds.
    """

    def __init__(self, limits: GateLimits, clock: Clock) -> None:
        self._rate, self._full = limits.rate, limits.burst * SECOND
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, client: str) -> bool:
        """Whether ``client`` may ask once more now."""
        now = self._clock.monotonic_ns()
        bucket = self._buckets.get(client)
        if bucket is None:
            if len(self._buckets) >= MOST_CLIENTS:
                self._forget_idle(now)
            if len(self._buckets) >= MOST_CLIENTS:
                return False
            bucket = self._buckets[client] = _Bucket(self._full, now)
        level = self._level(bucket, now)
        allowed = level >= SECOND
        bucket.level, bucket.when = level - SECOND * allowed, now
        return allowed

    def _level(self, bucket: _Bucket, now: int) -> int:
        return min(self._full, bucket.level + (now - bucket.when) * self._rate)

    def _forget_idle(self, now: int) -> None:
        """A full bucket is as good as none."""
        self._buckets = {
            name: bucket for name, bucket in self._buckets.items() if self._level(bucket, now) < self._full
        }
