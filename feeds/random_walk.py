"""Prices of the sample exchange: correlated random walks, scaled so that one unit is a contract's price scan range.

Each combined commodity has a factor that a common, a sector's and its own chance move; commodities that the file
links by spreads are one sector. Futures follow their commodity's factor, later periods a little less; options follow
by their composite delta. Figures are invented and may be floats; prices come out as whole ticks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE, PRICE_DECIMALS, RATIO, Integers
from engine.span.parameters import ParameterSet

Floats = npt.NDArray[np.float64]

MOVE: Final = 0.02
"""Typical move of a factor in a second, in scan ranges."""
RETURN: Final = 600.0
"""Seconds in which a factor forgets where it was: prices stay plausible however long the exchange runs."""
COMMON, SECTOR, OWN = 0.35, 0.65, 0.67
DAMPING: Final = 0.97


class RandomWalk:
    """Prices of all contracts of a parameter set, as of the last `step`."""

    def __init__(self, parameters: ParameterSet, random: np.random.Generator) -> None:
        contracts = parameters.contracts
        self._random = random
        self._sector = _sectors(parameters)
        self._factor = np.zeros(len(parameters.commodities))
        self._commodity = np.maximum(contracts.commodity, 0)
        self._start = contracts.price
        self._tick = _ticks(parameters)
        self._is_option = contracts.right != 0
        self._exposure = _exposures(parameters) * (contracts.commodity >= 0)

    def step(self, seconds: float) -> None:
        """Let ``seconds`` of simulated time pass."""
        count = len(self._factor)
        common, sectors, own = (self._random.standard_normal(size) for size in (1, count, count))
        chance = COMMON * common + SECTOR * sectors[self._sector] + OWN * own
        self._factor += MOVE * np.sqrt(seconds) * chance - self._factor * seconds / RETURN

    def jump(self, row: int, price: int) -> None:
        """Move a contract's commodity until the contract is at ``price``, or within a tick of it."""
        exposure = float(self._exposure[row])
        if exposure:
            self._factor[self._commodity[row]] = (price - int(self._start[row])) / exposure

    def prices(self, rows: Integers) -> Integers:
        """int64 [rows], price scale: prices of contracts, whole ticks; no option is worth less than nothing."""
        move = self._exposure[rows] * self._factor[self._commodity[rows]]
        tick, start = self._tick[rows], self._start[rows]
        moved: Integers = np.rint((start + move) / tick).astype(np.int64) * tick
        lowest = np.where(self._is_option[rows], 0, np.where(start > 0, tick, np.iinfo(np.int64).min))
        return np.maximum(moved, lowest)

    def ticks(self, rows: Integers) -> Integers:
        """int64 [rows], price scale: the smallest price step."""
        return self._tick[rows]


def _ticks(parameters: ParameterSet) -> Integers:
    """One unit of the last decimal a product is quoted in."""
    by_family = [10 ** (PRICE_DECIMALS - min(family.price_decimals, PRICE_DECIMALS)) for family in parameters.families]
    return np.array(by_family, dtype=np.int64)[parameters.contracts.family]


def _exposures(parameters: ParameterSet) -> Floats:
    """Price move of every contract, price scale, when its commodity's factor moves by one scan range."""
    contracts, arrays = parameters.contracts, parameters.contracts.arrays[parameters.rate_set]
    ranges = arrays.price_scan * (10.0 ** (PRICE_DECIMALS - MONEY_DECIMALS) * PRICE) / contracts.multiplier
    priced = (contracts.price > 0) & (contracts.right == 0)
    for commodity in range(len(parameters.commodities)):
        of_commodity = contracts.commodity == commodity
        scanned = of_commodity & priced & (ranges > 0)
        if scanned.any():
            # What is priced but not scanned, such as the physical under an option, moves in proportion.
            share = np.median(ranges[scanned] / contracts.price[scanned])
            still = of_commodity & priced & (ranges == 0)
            ranges[still] = share * contracts.price[still]
    damping = DAMPING ** _period_ranks(parameters)
    delta = np.where(contracts.right == 0, 1.0, arrays.delta / RATIO)
    exposures: Floats = np.where(contracts.price == NOT_COMPUTABLE, 0.0, ranges * damping * delta)
    return exposures


def _period_ranks(parameters: ParameterSet) -> Integers:
    """How many periods of the same commodity come before the one a contract's delta counts in."""
    contracts = parameters.contracts
    ranks = np.zeros(len(contracts), dtype=np.int64)
    for commodity in range(len(parameters.commodities)):
        of_commodity = np.flatnonzero(contracts.commodity == commodity)
        _, ranks[of_commodity] = np.unique(contracts.delta_period[of_commodity], return_inverse=True)
    return ranks


def _sectors(parameters: ParameterSet) -> Integers:
    """Sector of each commodity: those linked by inter-commodity spreads share one."""
    place = {commodity.code: number for number, commodity in enumerate(parameters.commodities)}
    sector = np.arange(len(place))
    for spread in parameters.inter_spreads:
        linked = [sector[place[leg.commodity]] for leg in spread.legs if leg.commodity in place]
        sector[np.isin(sector, linked)] = min(linked, default=0)
    return sector
