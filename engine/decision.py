"""What-if: orders on a snapshot -> margin, available funds and risk ratio before, change and after, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from engine.limit_result import LimitCheck
from engine.numbers import NOT_COMPUTABLE
from engine.order import Order
from engine.snapshot import BreakdownNode
from engine.text import Text

__all__ = ["Curve", "Decision", "Effect", "Figures", "Order", "Request", "Verdict"]


class Verdict(StrEnum):
    """What the check says of the orders."""

    PASSES = "passes"
    REFUSED = "refused"
    NOT_COMPUTABLE = "not computable"


class Request(NamedTuple):
    """A what-if as asked.

    Attributes:
        number: Tells one what-if from another.
        account: Whose orders.
        orders: One, a basket, or the legs of a strategy.
        with_curve: Whether to trace margin over the first leg's quantity.
        together: Whether the orders fill in proportion or not at all, as an exchange's combination does. Otherwise
            limits count each as one that may fill alone; margin is that of all of them filled.
    """

    number: int
    account: str
    orders: tuple[Order, ...]
    with_curve: bool = True
    together: bool = False


class Figures(NamedTuple):
    """An account in one currency. Money scale; the ratio in ratio scale. `NOT_COMPUTABLE` where a reason says so."""

    equity: int
    margin: int
    available: int
    ratio: int


class Effect(NamedTuple):
    """What the orders do in one currency."""

    currency: str
    before: Figures
    after: Figures

    @property
    def change(self) -> Figures:
        """After less before."""
        return Figures(*map(_less, self.after, self.before))


def _less(one: int, other: int) -> int:
    return NOT_COMPUTABLE if NOT_COMPUTABLE in (one, other) else one - other


@dataclass(frozen=True, slots=True)
class Curve:
    """Margin and available funds over the quantity of the first leg, in that leg's currency.

    Attributes:
        currency: Currency of the amounts.
        quantities: Signed quantities of the first leg, ascending in magnitude from 0.
        margin: Money scale, one a quantity.
        available: Money scale, one a quantity.
        largest: Largest magnitude that still passes, with the leg's sign; None where not even 0 passes.
        call: Margin at which the call line is reached, money scale.
    """

    currency: str
    quantities: tuple[int, ...]
    margin: tuple[int, ...]
    available: tuple[int, ...]
    largest: int | None
    call: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a `Request`, and what it rests on."""

    request: Request
    sequence: int
    """Of the snapshot it was computed on."""
    parameters: str
    """Version of the parameters."""
    authoritative: bool
    """False where a feed it relies on is not LIVE."""
    verdict: Verdict
    reasons: tuple[Text, ...]
    effects: tuple[Effect, ...]
    curve: Curve | None
    breakdown: tuple[BreakdownNode, ...]
    elapsed: int
    """Nanoseconds the computation took; filled in by whoever owns a clock."""
    limits: LimitCheck | None = None
    """What each limit says; None where no limits are in force."""
    working: int = 0
    """Working orders of the account that were counted."""
