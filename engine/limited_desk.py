"""A state of the desk, as limits look at it: what all owners on it are valued by."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from engine.bounded import Valued, valued
from engine.closing_costs import ClosingCosts
from engine.compiled import Held
from engine.exposures import Exposures
from engine.market_statistics import MarketStatistics
from engine.owned import Worth
from engine.state import DeskState
from engine.waiting import Priced

NO_STATISTICS: Final = MarketStatistics({}, {})


class LimitedDesk:
    """A state of the desk, and what limits take from it.

    Args:
        state: The desk.
        exposures: Of that state.
        statistics: What is known of the whole market.
        closing: What closing positions costs; None where that is not known.
    """

    def __init__(
        self,
        state: DeskState,
        exposures: Exposures,
        statistics: MarketStatistics = NO_STATISTICS,
        closing: ClosingCosts | None = None,
    ) -> None:
        self.state = state
        self.exposures = exposures
        self.statistics = statistics
        self.closing = closing

    @cached_property
    def worth(self) -> Worth:
        """What contracts and accounts are worth in the currency of the exposures."""
        exposures = self.exposures
        units, rates = exposures.units, exposures.rates
        return Worth(units.value, units.delta, exposures.amounts, rates.numerator, rates.denominator)

    @cached_property
    def valued(self) -> Held[Valued]:
        """All of it that compiled code reads."""
        state, positions, worth = self.state, self.exposures.held, self.worth
        marked = state.calculation.values.marked
        priced = Priced(
            positions.starts, positions.columns, positions.long, positions.short, worth.value, worth.delta, marked
        )
        coding = self.exposures.classification.coding
        return valued(worth, coding, priced, state.money, state.figures.flags)
