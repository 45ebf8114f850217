"""How long and how dear it is to close what owners hold: against open interest, daily volume and quoted depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.classification import Classification, Dimension
from engine.concentration import Owners
from engine.concentration_kernels import sums_by_code
from engine.conversion import Rates
from engine.exposures import Exposures
from engine.limits import PARTICIPATION
from engine.liquidity_kernels import close_positions, closing_cost, shares_of_market, slowest, spread_values, totals
from engine.market import Depth
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.state import DeskState
from engine.text import Text, text

OF_MARKET: Final = (Dimension.CONTRACT, Dimension.PRODUCT)
"""Dimensions along which open interest and volume are known."""


class Shortage(IntFlag):
    """Why a figure of liquidity is not computable."""

    NO_DEPTH = 1
    STALE_DEPTH = 2
    NO_PARAMETERS = 4
    NO_CONVERSION = 8
    TOO_LARGE = 16
    NO_VOLUME = 32
    NO_INTEREST = 64


@cache
def shortage_sentences(shortages: int) -> tuple[Text, ...]:
    """One sentence for each bit."""
    meaning = {
        Shortage.NO_DEPTH: text("not computable: a position has no bid and offer"),
        Shortage.STALE_DEPTH: text("not computable: a bid and offer is stale"),
        Shortage.NO_PARAMETERS: text("not computable: no parameters for a contract"),
        Shortage.NO_CONVERSION: text("not computable: no exchange rate in the parameters"),
        Shortage.TOO_LARGE: text("not computable: a figure is too large"),
        Shortage.NO_VOLUME: text("not computable: the average daily volume is not known"),
        Shortage.NO_INTEREST: text("not computable: the open interest is not known"),
    }
    return tuple(sentence for shortage, sentence in meaning.items() if shortages & shortage)


@dataclass(frozen=True, slots=True)
class Quoted:
    """What closing one position rests on, by column.

    Attributes:
        spread: int64 [columns], money scale: what the spread of one contract is worth.
        why: int64 [columns], `Shortage` bits where it is not computable.
        bids: int64 [columns], contracts wanted at the bid.
        offers: int64 [columns], contracts offered at the ask.
    """

    spread: Integers
    why: Integers
    bids: Integers
    offers: Integers

    @classmethod
    def of(cls, state: DeskState, depth: Depth, exposures: Exposures) -> Quoted:
        """``depth`` in the currency of ``exposures``."""
        values, currency = state.calculation.values, exposures.units.currency
        columns = len(exposures.classification)
        rates = Rates.of(state.calculation.parameters, (*values.currencies, currency))
        fresh = np.zeros(columns, dtype=np.bool_)
        fresh[: len(state.fresh)] = state.fresh[:columns]
        spread, why = spread_values(
            _padded(depth.bid, columns),
            _padded(depth.ask, columns),
            fresh,
            values.numerator,
            values.denominator,
            rates.numerator[values.currency, -1],
            rates.denominator[values.currency, -1],
        )
        return cls(spread, why, _padded(depth.bid_quantity, columns, 0), _padded(depth.ask_quantity, columns, 0))

    def cost(self, column: int, long: int, short: int, gross: bool) -> tuple[int, int]:
        """What closing one position costs, money scale, and `Shortage` bits."""
        if column >= len(self.spread):
            return (NOT_COMPUTABLE, int(Shortage.NO_PARAMETERS)) if long or short else (0, 0)
        quoted = (int(each[column]) for each in (self.spread, self.why, self.bids, self.offers))
        _, cost, why = closing_cost(long, short, gross, *quoted)
        return int(cost), int(why)


@dataclass(frozen=True, slots=True)
class Closing:
    """What it takes to close every position, row by row as `Positions` has them (CSR).

    Attributes:
        starts: int64 [accounts + 1].
        columns: int64 [positions].
        contracts: int64 [positions], contracts to trade: both sides of a gross-margined account, the net of any other.
        net: int64 [positions], contracts held net.
        cost: int64 [positions], money scale: what trading them gives away against the middle of bid and offer.
        shortages: int64 [positions], `Shortage` bits of the cost.
    """

    starts: Integers
    columns: Integers
    contracts: Integers
    net: Integers
    cost: Integers
    shortages: Integers

    @classmethod
    def of(cls, state: DeskState, depth: Depth, exposures: Exposures) -> Closing:
        """Of all positions of ``state`` at ``depth``, in the currency of ``exposures``.

        The book is taken to hold as many contracts as are quoted at each further distance of one spread: the first of
        them cost half the spread each, the next one and a half, and so on. That is a model, and steeper than most
        books; within the quoted quantity it is exact.
        """
        quoted, held = Quoted.of(state, depth, exposures), state.book.positions
        positions = held.starts, held.columns, held.long, held.short
        figures = close_positions(
            *positions, state.book.kinds.gross, quoted.spread, quoted.why, quoted.bids, quoted.offers
        )
        return cls(held.starts, held.columns, *figures)


@dataclass(frozen=True, slots=True)
class Liquidity:
    """What it takes owners to close along one dimension: one cell for each owner and code it holds anything of (CSR).

    Attributes:
        dimension: Whose codes they are.
        count: How many codes there are.
        owners: Who holds it.
        starts: int64 [owners + 1].
        codes: int64 [cells].
        contracts: int64 [cells], contracts to trade, contract by contract and account by account.
        net: int64 [cells], contracts held net.
        cost: int64 [cells], money scale.
        share_of_interest: int64 [cells], ratio scale: net in magnitude over open interest.
        share_of_volume: int64 [cells], ratio scale: contracts to trade over average daily volume.
        days: int64 [cells], ratio scale: days to trade them at the rate of participation; along a dimension without
            volumes of its own those of the slowest product.
        shortages: int64 [cells], `Shortage` bits.
        total_cost: int64 [owners], money scale.
        total_days: int64 [owners], ratio scale: days of the slowest cell, for all are traded at once.
        owner_shortages: int64 [owners], `Shortage` bits.
    """

    dimension: Dimension
    count: int
    owners: Owners
    starts: Integers
    codes: Integers
    contracts: Integers
    net: Integers
    cost: Integers
    share_of_interest: Integers
    share_of_volume: Integers
    days: Integers
    shortages: Integers
    total_cost: Integers
    total_days: Integers
    owner_shortages: Integers

    @classmethod
    def of(
        cls,
        closing: Closing,
        classification: Classification,
        owners: Owners,
        dimension: Dimension,
        participation: int = PARTICIPATION,
    ) -> Liquidity:
        """Sum ``closing`` by owner and code.

        Args:
            closing: What it takes to close each position.
            classification: Names, open interest and volume.
            owners: Who is asked about.
            dimension: `Dimension.CONTRACT` or `Dimension.PRODUCT`, for which markets have volumes.
            participation: Share of a day's volume that may be traded, ratio scale, above 0.
        """
        count = classification.count(dimension)
        is_contract = dimension is Dimension.CONTRACT
        codes = closing.columns if is_contract else classification.codes(dimension)[closing.columns]
        starts, cells = _summed(closing, codes, count, owners)
        return cls._with_market(classification, owners, dimension, participation, starts, cells)

    @classmethod
    def _with_market(
        cls,
        classification: Classification,
        owners: Owners,
        dimension: Dimension,
        participation: int,
        starts: Integers,
        cells: tuple[Integers, ...],
    ) -> Liquidity:
        codes, contracts, _, cost, net, why = cells
        interest, volume = classification.market(dimension)
        figures = shares_of_market(codes, contracts, net, why, interest, volume, participation)
        whole = totals(starts, cost, figures[2], figures[3])
        count = classification.count(dimension)
        return cls(dimension, count, owners, starts, codes, contracts, net, cost, *figures, *whole)

    def by(self, owners: Owners, classification: Classification, participation: int = PARTICIPATION) -> Liquidity:
        """The same summed by other owners, where this is of accounts by themselves; arguments as of `of`."""
        cost_only = int(Shortage.NO_VOLUME | Shortage.NO_INTEREST)
        nothing = np.zeros(len(self.codes), dtype=np.int64)
        starts, cells = sums_by_code(
            owners.starts,
            owners.members,
            self.starts,
            self.codes,
            self.contracts,
            nothing,
            self.cost,
            self.net,
            self.shortages & ~cost_only,
            self.count,
        )
        return self._with_market(classification, owners, self.dimension, participation, starts, cells)

    def along(self, dimension: Dimension, classification: Classification) -> Liquidity:
        """The same by sector or asset class, where this is by product: costs add up, the slowest product decides."""
        codes = classification.codes_of_products(dimension)[self.codes]
        count = classification.count(dimension)
        numbers = np.arange(len(self.owners) + 1)
        alone = Owners(self.owners.names, numbers, numbers[:-1])
        nothing = np.zeros(len(codes), dtype=np.int64)
        starts, cells = sums_by_code(
            alone.starts,
            alone.members,
            self.starts,
            codes,
            self.contracts,
            nothing,
            self.cost,
            self.net,
            self.shortages,
            count,
        )
        found, contracts, _, cost, net, why = cells
        days = slowest(self.starts, codes, self.days, starts, found, count)
        unknown = np.full(len(found), NOT_COMPUTABLE)
        return replace(
            self,
            dimension=dimension,
            count=count,
            starts=starts,
            codes=found,
            contracts=contracts,
            net=net,
            cost=cost,
            share_of_interest=unknown,
            share_of_volume=unknown,
            days=days,
            shortages=why,
        )

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.codes)


def _summed(closing: Closing, codes: Integers, count: int, owners: Owners) -> tuple[Integers, tuple[Integers, ...]]:
    """Starts, codes, contracts, nothing, cost, net and `Shortage` bits of the owners' cells."""
    nothing = np.zeros(len(codes), dtype=np.int64)
    accounts = np.arange(len(closing.starts))
    alone = np.array_equal(owners.starts, accounts) and np.array_equal(owners.members, accounts[:-1])
    if alone and codes is closing.columns and bool((closing.contracts | closing.shortages).all()):
        # No account is gone and no position flat: positions are their own sums.
        return closing.starts, (codes, closing.contracts, nothing, closing.cost, closing.net, closing.shortages)
    return sums_by_code(
        owners.starts,
        owners.members,
        closing.starts,
        codes,
        closing.contracts,
        nothing,
        closing.cost,
        closing.net,
        closing.shortages,
        count,
    )


def _padded(figures: Integers, columns: int, rest: int = NOT_COMPUTABLE) -> npt.NDArray[np.int64]:
    """The first ``columns`` of some figures, ``rest`` where there are fewer."""
    padded = np.full(columns, rest, dtype=np.int64)
    padded[: len(figures)] = figures[:columns]
    return padded
