"""What limits say of an order, one by one and all together."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from engine.limits import Level, Limit
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO
from engine.text import Text, text


class Outcome(StrEnum):
    """What a limit says of an order, from the best to the worst."""

    PASS = "pass"
    SHADOW = "shadow"
    SOFT = "soft"
    NOT_COMPUTABLE = "not computable"
    REFUSED = "refused"


# Looking a member up costs more than comparing it, and a decision does both a hundred times.
PASS: Final = Outcome.PASS
REFUSED: Final = Outcome.REFUSED
UNKNOWN: Final = Outcome.NOT_COMPUTABLE
SEVERITY: Final = {outcome: place for place, outcome in enumerate(Outcome)}


class LimitResult(NamedTuple):
    """What one limit says of one figure.

    Attributes:
        limit: The limit; None where what is wrong is that there is none.
        level: Whose figure.
        owner: Name of the account, group or firm.
        name: Name along the limit's dimension; empty for the owner as a whole.
        before: Figure without the order, at the worst case of working orders.
        after: Figure with it.
        hard: Hard bound in the figure's scale; None where there is none.
        soft: Likewise.
        outcome: What the limit says.
        reason: Why it does not simply pass.
    """

    limit: Limit | None
    level: Level
    owner: str
    name: str
    before: int
    after: int
    hard: int | None
    soft: int | None
    outcome: Outcome
    reason: Text | None = None

    @property
    def bound(self) -> int:
        """The hard bound, or the soft one where there is no hard one; `NOT_COMPUTABLE` where neither is known."""
        bound = self.soft if self.hard is None else self.hard
        return NOT_COMPUTABLE if bound is None else bound

    @property
    def headroom(self) -> int:
        """How much further the figure may go after the order; negative where it is over its bound."""
        return NOT_COMPUTABLE if NOT_COMPUTABLE in (self.bound, self.after) else self.bound - abs(self.after)

    @property
    def use(self) -> int:
        """Figure after the order over its bound, ratio scale; `NOT_COMPUTABLE` where the bound is 0 or unknown."""
        if NOT_COMPUTABLE in (self.bound, self.after) or self.bound <= 0:
            return NOT_COMPUTABLE
        return min(abs(self.after) * RATIO // self.bound, LARGEST)

    @property
    def refuses(self) -> bool:
        """Whether the order may not be sent because of it."""
        return self.outcome is Outcome.REFUSED or self.outcome is Outcome.NOT_COMPUTABLE


class LimitCheck:
    """What all limits say of an order.

    Args:
        version: Of the limits.
        reduces: Whether the order only reduces risk and therefore passes whatever the limits.
        results: What each limit says.
    """

    __slots__ = ("_closer", "_reduces", "_results", "version")

    def __init__(self, version: str, reduces: bool, results: tuple[LimitResult, ...]) -> None:
        self.version = version
        self._reduces, self._results = reduces, results
        self._closer: Callable[[], LimitCheck] | None = None

    @classmethod
    def passed(cls, version: str, closer: Callable[[], LimitCheck]) -> LimitCheck:
        """That of an order that every limit simply lets pass.

        What each limit says of it is written by ``closer`` once somebody reads it: who sends orders asks for the
        verdict alone.
        """
        check = cls(version, False, ())
        check._closer = closer
        return check

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LimitCheck):
            return NotImplemented
        return (self.version, self.reduces, self.results) == (other.version, other.reduces, other.results)

    __hash__ = None  # type: ignore[assignment]  # as of anything that is compared by what it holds

    def _look(self) -> None:
        closer = self._closer
        if closer is not None:
            found = closer()
            self._reduces, self._results = found.reduces, found.results
            self._closer = None

    def written(self) -> LimitCheck:
        """Itself with everything written down, for whoever reads it elsewhere or later."""
        self._look()
        return self

    @property
    def reduces(self) -> bool:
        """Whether the order only reduces risk and therefore passes whatever the limits."""
        self._look()
        return self._reduces

    @property
    def results(self) -> tuple[LimitResult, ...]:
        """What each limit says."""
        self._look()
        return self._results

    @property
    def refuses(self) -> bool:
        """Whether the order may not be sent."""
        return bool(self.refusing)

    @property
    def refusing(self) -> tuple[LimitResult, ...]:
        """The results because of which it may not."""
        if self._closer is not None:
            return ()
        return tuple(
            result
            for result in self.results
            if result.outcome is not PASS and (result.outcome is REFUSED or result.outcome is UNKNOWN)
        )

    @property
    def outcome(self) -> Outcome:
        """The worst of the results."""
        return max((result.outcome for result in self.results), key=SEVERITY.__getitem__, default=Outcome.PASS)

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What limits say that do not refuse: over a soft bound, or in shadow."""
        if self._closer is not None:
            return ()
        return tuple(warning for result in self.results if (warning := _warning(result)) is not None)

    @property
    def reasons(self) -> tuple[Text, ...]:
        """Why the order is refused."""
        return tuple(result.reason for result in self.refusing if result.reason is not None)


def _warning(result: LimitResult) -> Text | None:
    if result.outcome is Outcome.SHADOW and result.reason is not None:
        return text("in shadow: {reason}", reason=result.reason)
    return result.reason if result.outcome is Outcome.SOFT else None
