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
        average: Price scale: their average price; 0 where there are none.
        ended: Wall nanoseconds of the last report; None where there was none.
    """

    planned: PlannedOrder
    sent: int | None
    state: str
    filled: int
    average: int
    ended: int | None

    @property
    def slippage(self) -> int | None:
        """Price scale: how much worse a contract was filled than expected, negative where better; None unfilled."""
        return self.worse_than(self.planned.expected)

    def worse_than(self, price: int | None) -> int | None:
        """Price scale: how much worse than ``price`` a contract was filled; None unfilled, or without a price."""
        if not self.filled or price is None:
            return None
        return self.average - price if self.planned.side == "buy" else price - self.average
