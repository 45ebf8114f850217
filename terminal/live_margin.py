"""The calculation that figures rest on: on the exchange's arrays, or on live ones made anew about once a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from engine.market import Prices
from engine.snapshot import Arrays, ParametersInForce
from engine.span.arrays import SpanTable
from engine.span.live import LiveArrays, LivePricing, with_live_arrays
from engine.state import Calculation
from feeds.clock import SECOND, Clock

PERIOD: Final = SECOND
"""Time between two sets of live arrays."""
SHARE: Final = 10
"""The desk spends at most one part in this many of its time on live arrays: a large file has them less often."""


class LiveMargin:
    """Chooses between the exchange's arrays and live ones. Lives in the desk thread.

    Args:
        calculation: The parameters in force, laid out.
        in_force: What the screens are told of them.
        clock: Times the work.
        quote_limit: Nanoseconds after which a quote is stale.
    """

    def __init__(self, calculation: Calculation, in_force: ParametersInForce, clock: Clock, quote_limit: int) -> None:
        arrays = calculation.parameters.contracts.arrays[calculation.table.rate_set]
        self._exchange = calculation
        self._as_published = replace(in_force, contracts=int(np.count_nonzero(arrays.present)))
        self._clock = clock
        self._quote_limit = quote_limit
        self._pricing: dict[int, LivePricing] = {}
        self._due = 0
        self.calculation = calculation
        self.in_force = self._as_published

    def update(self, arrays: Arrays, prices: Prices) -> bool:
        """Bring `calculation` and `in_force` up to date; whether every account has to be margined anew.

        Args:
            arrays: Which arrays are wanted.
            prices: The newest prices.
        """
        if arrays is Arrays.EXCHANGE:
            changed = self.in_force.arrays is not Arrays.EXCHANGE
            self.calculation, self.in_force, self._due = self._exchange, self._as_published, 0
            return changed
        started = self._clock.monotonic_ns()
        if started < self._due:
            return False
        self._compute(prices, started)
        self._due = started + max(PERIOD, SHARE * (self._clock.monotonic_ns() - started))
        return True

    def _compute(self, prices: Prices, now: int) -> None:
        table, parameters = self._exchange.table, self._exchange.parameters
        used = {*self._exchange.tables.arrays_in_use, *self.calculation.tables.arrays_in_use}
        for number in sorted(used - {table.rate_set}):
            parameters = with_live_arrays(parameters, self._arrays(number, prices).arrays, number)
        found = self._arrays(table.rate_set, prices)
        parameters = with_live_arrays(parameters, found.arrays, table.rate_set)
        self.calculation = self._exchange.on(SpanTable(parameters, table.convention, table.rate_set))
        self.in_force = replace(
            self._as_published, arrays=Arrays.LIVE, kept=found.kept, stale=self._stale(found, prices, now)
        )

    def _arrays(self, rate_set: int, prices: Prices) -> LiveArrays:
        pricing = self._pricing.get(rate_set)
        if pricing is None:
            pricing = self._pricing[rate_set] = LivePricing(self._exchange.parameters, rate_set)
        return pricing.arrays(prices.price, pricing.volatilities(prices.price))

    def _stale(self, found: LiveArrays, prices: Prices, now: int) -> int:
        """How many options are priced from an underlying whose quote is old."""
        fresh = prices.fresh(now, self._clock.wall_ns(), self._quote_limit)
        priced = np.flatnonzero(found.volatility)
        return int(np.count_nonzero(~fresh[self._exchange.parameters.contracts.underlying[priced]]))
