"""What became of each order of a forced close, as its records tell."""

from __future__ import annotations

from dataclasses import dataclass

from engine.audit_events import PlannedOrder


@dataclass(frozen=True, slots=True)
class Fill:
    """What became of one order.

    Attributes:
        planned: As it was signed.
        sent: Wall nanoseconds; None where it was not sent.
        state: As the other side said last; empty where it said nothing.
        filled: Contracts.
        average: Price scale: their average price; 0 where there are none, and where nobody told it.
        ended: Wall nanoseconds of the last report; None where there was none.
    """

    planned: PlannedOrder
    sent: int | None
    state: str
    filled: int
    average: int
    ended: int | None

    @property
    def is_priced(self) -> bool:
        """Whether there are fills whose price is known; of a group some lines do not tell the prices of its legs."""
        return bool(self.filled and self.average)

    @property
    def slippage(self) -> int | None:
        """Price scale: how much worse a contract was filled than expected, negative where better; None if unknown."""
        return self.worse_than(self.planned.expected)

    def worse_than(self, price: int | None) -> int | None:
        """Price scale: how much worse than ``price`` a contract was filled; None where either price is not known."""
        if not self.is_priced or price is None:
            return None
        return self.average - price if self.planned.side == "buy" else price - self.average
