"""What a check of limits is asked: an order, and the figures of those it concerns before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from engine.classification import Dimension
from engine.limits import Basis, Level, Measure
from engine.numbers import Integers
from engine.passing import Bounds
from engine.text import Text


class Measured(Protocol):
    """The figures of one owner at one moment, with one set of trades in its positions."""

    def figure(self, of: Measure | Basis, by: Dimension | None, name: str) -> int:
        """A figure in the scale of its measure, signed where it has a sign; `NOT_COMPUTABLE` where a reason says so.

        Args:
            of: What is measured.
            by: Dimension of ``name``; None for the owner as a whole.
            name: Name along ``by``; empty for the owner as a whole and for `Measure.HHI`, which compares all names.
        """
        ...

    def days(self, by: Dimension | None, name: str, participation: int) -> int:
        """Days to trade all that is held of ``name`` at a share (ratio scale) of the daily volume, ratio scale.

        `NOT_COMPUTABLE` where `reason` says why of `Measure.DAYS`.
        """
        ...

    def reason(self, of: Measure | Basis, by: Dimension | None, name: str) -> Text:
        """Why that figure is not computable."""
        ...


class Quick(Protocol):
    """All limits at once, for those that simply pass."""

    def figures(self, bounds: Bounds) -> Integers:
        """See `engine.limit_arrays.Arrays.figures`."""
        ...


class Subject(NamedTuple):
    """An account, group or firm before and after the order.

    Attributes:
        level: Which of the three.
        name: Its name.
        before: Its figures without the order, one for each way in which working orders may fill
            (`engine.working_orders`).
        after: Likewise with the order, in the same order of ways.
    """

    level: Level
    name: str
    before: Sequence[Measured]
    after: Sequence[Measured]


class Leg(NamedTuple):
    """One contract of an order.

    Attributes:
        names: The contract's name along each dimension.
        quantity: Positive buys, negative sells that many contracts.
        held: Contracts the account holds that the leg can close, signed: what it holds net; in a gross-margined account
            what it holds on the other side for an order that closes, and 0 for one that opens.
        working: Contracts of the account's working orders on the leg's side, 0 or more.
    """

    names: Mapping[Dimension, str]
    quantity: int
    held: int = 0
    working: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """An order, a basket or a multi-leg strategy, and the figures it is checked on.

    Attributes:
        account: Whose order.
        group: The account's group; empty where it has none.
        currency: Of figures in money.
        legs: What is ordered.
        subjects: The account, its group and the firm.
        time: Wall nanoseconds since 1970 UTC.
        quick: The same for all limits at once; None where they have to be looked at one by one.
    """

    account: str
    group: str
    currency: str
    legs: tuple[Leg, ...]
    subjects: Sequence[Subject]
    time: int
    quick: Quick | None = None

    @property
    def reduces(self) -> bool:
        """Whether the legs, together with working orders on their side, only bring positions closer to flat."""
        total: dict[tuple[str | None, int], int] = {}
        for leg in self.legs:
            if leg.quantity * leg.held > 0 or (leg.quantity and not leg.held):
                return False
            key = (leg.names.get(Dimension.CONTRACT), leg.held)
            total[key] = total.get(key, leg.working) + abs(leg.quantity)
        return all(quantity <= abs(held) for (_, held), quantity in total.items())
