"""What trading costs: prices to be expected for a quantity, limit prices, and how an order is spread over time.

Impact follows the square root of the share of a day's volume that a slice takes, in units of a day's standard deviation
of the price: the usual rule of thumb for orders that work for minutes to a day. What stands at the touch trades there.
A limit goes further by what the market may move against the order while people read and sign: the same deviation by the
square root of that share of a day's trading. No money is expected to be lost by it; the worst cost has it all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.instruments import Contract
from engine.liquidation.fees import FEE_COLUMNS, fees_of
from engine.liquidation.plan import Execution, Slice
from engine.market import Depth
from engine.numbers import LARGEST, MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, Integers
from engine.reference import Reference
from engine.span.parameters import ParameterSet
from engine.state import DeskState

SCAN_DEVIATIONS: Final = 2.326
"""Standard deviations that a price scan range stands for where no volatility is known: a clearing house's 99 %."""
MOST_SLICES: Final = 1_000

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of orders; int64 [orders] each, price scale, whole ticks.

    Attributes:
        touch: What is bid or offered now; a tick beyond the reference where nobody quotes.
        allowance: How far the limit goes beyond that for the time until the orders are sent; 0 or more.
        expected: Average price that is expected.
        limit: Never better than that.
    """

    touch: Integers
    allowance: Integers
    expected: Integers
    limit: Integers


@dataclass(frozen=True, slots=True)
class TradingCost:
    """The market in each contract; int64 [columns] each, `NOT_COMPUTABLE` where unknown.

    Attributes:
        reference: Price scale: what equity is marked at.
        bid, ask: Price scale: the touch.
        bid_quantity, ask_quantity: Contracts at the touch; 0 where unknown.
        daily_volume: Average contracts a day.
        deviation: Price scale: standard deviation of a day's price change.
        tick: Price scale: smallest price step.
        lower, upper: Price scale: the exchange's price limits of the day.
        fee_each, fee_share: Money a contract and share of turnover, see `engine.liquidation.fees`.
        today_each, today_share: The same for closing what was opened today.
        least: Price scale: what nothing trades below, `NOT_COMPUTABLE` where prices may fall below 0: an option's tick.
    """

    reference: Integers
    bid: Integers
    ask: Integers
    bid_quantity: Integers
    ask_quantity: Integers
    daily_volume: Integers
    deviation: Integers
    tick: Integers
    lower: Integers
    upper: Integers
    least: Integers
    fee_each: Integers
    fee_share: Integers
    today_each: Integers
    today_share: Integers

    @classmethod
    def of(cls, state: DeskState, depth: Depth | None = None, **known: Integers) -> TradingCost:
        """What the state of a desk and its parameters tell.

        Args:
            state: The desk.
            depth: Best bids and offers, where there are any.
            known: Columns, named as the attributes, that take the place of what is found here: deviations come from
                the scan ranges, ticks from the decimals that a product is quoted in, see `known_of`.
        """
        parameters = state.calculation.parameters
        count = max(len(state.price), len(parameters))
        unknown = np.full(count, NOT_COMPUTABLE, dtype=np.int64)
        depth = depth or Depth.unknown(count)
        quoted = _longer(state.price, count)
        settlement = _longer(state.calculation.values.settlement, count)
        ticks = _longer(known.get("tick", _ticks(parameters)), count)
        ticks = np.where(ticks == NOT_COMPUTABLE, 1, ticks)
        is_option = _longer(parameters.contracts.right.astype(np.int64), count) > 0
        columns = {
            "reference": np.where(quoted == NOT_COMPUTABLE, settlement, quoted),
            "bid": depth.bid,
            "ask": depth.ask,
            "bid_quantity": depth.bid_quantity,
            "ask_quantity": depth.ask_quantity,
            "daily_volume": unknown,
            "deviation": _longer(_deviations(parameters), count),
            "lower": unknown,
            "upper": unknown,
            "least": np.where(is_option, ticks, NOT_COMPUTABLE),
            **dict.fromkeys(FEE_COLUMNS, unknown),
        }
        found = {name: _longer(known.get(name, column), count) for name, column in columns.items()}
        return cls(**{**found, "tick": ticks})

    def is_tradable(self, columns: Integers, buys: Booleans) -> Booleans:
        """Whether orders in contracts can trade at all: there is a price, and no price limit keeps them out.

        At its upper limit with nothing offered a contract cannot be bought, at its lower one with nothing bid not sold.
        """
        reference = self.reference[columns]
        bid, ask = self.bid[columns], self.ask[columns]
        upper, lower = self.upper[columns], self.lower[columns]
        at_upper = (upper != NOT_COMPUTABLE) & (np.maximum(bid, reference) >= upper) & (ask == NOT_COMPUTABLE)
        known_low = np.where(bid == NOT_COMPUTABLE, np.where(ask == NOT_COMPUTABLE, reference, ask), bid)
        at_lower = (lower != NOT_COMPUTABLE) & (known_low <= lower) & (bid == NOT_COMPUTABLE)
        tradable: Booleans = (reference != NOT_COMPUTABLE) & ~np.where(buys, at_upper, at_lower)
        return tradable

    def prices(
        self, columns: Integers, quantities: Integers, execution: Execution, whole: Booleans | None = None
    ) -> Prices:
        """Expected and limit prices of orders that `is_tradable` lets pass.

        Args:
            columns: int64 [orders].
            quantities: int64 [orders], positive bought.
            execution: How orders may trade.
            whole: bool [orders], those that are sent at once and not in slices; none by default.
        """
        buys = quantities > 0
        side = np.where(buys, 1, -1)
        reference, tick = self.reference[columns], self.tick[columns]
        touch = np.where(buys, self.ask[columns], self.bid[columns])
        touch = np.where(touch == NOT_COMPUTABLE, reference + side * tick, touch)
        at_touch = np.where(buys, self.ask_quantity[columns], self.bid_quantity[columns])
        largest = self.largest_slice(columns, execution)
        if whole is not None:
            largest = np.where(whole, LARGEST, largest)
        impact = self._impact(columns, np.minimum(np.abs(quantities), largest), at_touch, execution)
        slipped, allowance = _up_to_ticks(impact, tick), self._allowance(columns, execution)
        compensated = np.maximum(_up_to_ticks(impact * (execution.compensation / RATIO), tick), slipped)
        # A last price may lie between two prices that can be sent.
        expected, limit = (
            self._within_limits(columns, side * _up_to_ticks_of(side * (touch + side * beyond), tick))
            for beyond in (slipped, compensated + allowance)
        )
        return Prices(touch, allowance, expected, limit)

    def _allowance(self, columns: Integers, execution: Execution) -> Integers:
        """Price scale, whole ticks: int64 [orders], how far the market may move while people decide.

        A tick at least, unless there is no time in which it could move or nothing is allowed for.
        """
        share = math.sqrt(execution.deciding / execution.day_length) * execution.deviations / RATIO
        if not share:
            return np.zeros(len(columns), dtype=np.int64)
        tick = self.tick[columns]
        moves = np.maximum(self.deviation[columns], 0) * share
        return np.maximum(_up_to_ticks(moves, tick), tick)

    def _impact(
        self, columns: Integers, slices: Integers, at_touch: Integers, execution: Execution
    ) -> npt.NDArray[np.float64]:
        """Price scale, not negative: how far one slice of so many contracts moves the price on average."""
        volume = self.daily_volume[columns]
        beyond = np.maximum(slices - at_touch, 0).astype(np.float64)
        share = beyond / np.maximum(volume, 1)
        # With no volume known an order is taken to be as large a share of it as any order may be.
        share = np.where(volume > 0, share, np.where(beyond > 0, execution.participation / RATIO, 0.0))
        deviation = np.maximum(self.deviation[columns], 0).astype(np.float64)
        impact: npt.NDArray[np.float64] = deviation * np.sqrt(share)
        return impact

    def _within_limits(self, columns: Integers, prices: Integers) -> Integers:
        upper, lower = self.upper[columns], np.maximum(self.lower[columns], self.least[columns])
        prices = np.where(upper == NOT_COMPUTABLE, prices, np.minimum(prices, upper))
        result: Integers = np.where(lower == NOT_COMPUTABLE, prices, np.maximum(prices, lower))
        return result

    def largest_slice(self, columns: Integers, execution: Execution) -> Integers:
        """int64 [orders]: contracts a slice may take; `LARGEST` where the daily volume is not known."""
        volume = self.daily_volume[columns]
        share = execution.participation / RATIO / slices_a_day(execution)
        allowed = np.maximum((np.maximum(volume, 0) * share).astype(np.int64), 1)
        result: Integers = np.where(volume == NOT_COMPUTABLE, LARGEST, allowed)
        return result

    def duration(self, columns: Integers, quantities: Integers, execution: Execution) -> Integers:
        """int64 [orders]: nanoseconds until the last slice is sent."""
        most = self.largest_slice(columns, execution)
        slices: Integers = (np.maximum(np.abs(quantities), 1) - 1) // most
        return slices * execution.slice_length


def volumes_of(parameters: ParameterSet, reference: Reference) -> Integers:
    """int64 [contracts]: average contracts a day, `NOT_COMPUTABLE` where unknown.

    Of a product whose contracts are not known one by one, each contract is taken to have an equal part: the liquid
    months have more, so an order in them takes longer here than it has to.
    """
    contracts = parameters.contracts
    count = np.bincount(contracts.family, minlength=len(parameters.families))
    known = [reference.product(family.exchange, family.code).average_daily_volume for family in parameters.families]
    each = [
        NOT_COMPUTABLE if volume is None else max(1, volume // int(size or 1))
        for volume, size in zip(known, count, strict=True)
    ]
    volumes = np.array(each, dtype=np.int64)[contracts.family]
    for identity, one in reference.contracts.items():
        row = parameters.find(Contract.parse(identity))
        if row >= 0 and one.average_daily_volume is not None:
            volumes[row] = one.average_daily_volume
    return volumes


def known_of(parameters: ParameterSet, reference: Reference) -> dict[str, Integers]:
    """What a reference file tells `TradingCost.of`: average daily volumes, price steps, price limits and fees."""
    lower, upper = price_limits_of(parameters, reference)
    volumes, fees = volumes_of(parameters, reference), fees_of(parameters, reference)
    ticks = ticks_of(parameters, reference)
    return {"daily_volume": volumes, "tick": ticks, "lower": lower, "upper": upper, **fees}


def ticks_of(parameters: ParameterSet, reference: Reference) -> Integers:
    """int64 [contracts], price scale: smallest price steps; where one is not known, of the decimals it is quoted in."""
    products = [reference.product(family.exchange, family.code) for family in parameters.families]
    known = np.array([(each.tick or 0, each.option_tick or 0) for each in products], dtype=np.int64).reshape(-1, 2)
    contracts = parameters.contracts
    own = known[contracts.family, (contracts.right > 0).astype(np.int64)]
    ticks: Integers = np.where(own > 0, own, _ticks(parameters))
    for identity, one in reference.contracts.items():
        row = parameters.find(Contract.parse(identity))
        if row >= 0 and one.tick is not None:
            ticks[row] = one.tick
    return ticks


def price_limits_of(parameters: ParameterSet, reference: Reference) -> tuple[Integers, Integers]:
    """int64 [contracts] each, price scale: lowest and highest price of the day, `NOT_COMPUTABLE` where unknown.

    A product's limit is that of its futures. Whole ticks, within the limit as exchanges round it.
    """
    contracts = parameters.contracts
    each = [reference.product(family.exchange, family.code).price_limit or 0 for family in parameters.families]
    shares = np.where(contracts.right == 0, np.array(each, dtype=np.int64)[contracts.family], 0)
    for identity, one in reference.contracts.items():
        row = parameters.find(Contract.parse(identity))
        if row >= 0 and one.price_limit is not None:
            shares[row] = one.price_limit
    lower, upper = (np.full(len(shares), NOT_COMPUTABLE, dtype=np.int64) for _ in range(2))
    ticks = ticks_of(parameters, reference)
    for row in np.flatnonzero((shares > 0) & (contracts.price != NOT_COMPUTABLE)).tolist():
        price, tick, share = int(contracts.price[row]), int(ticks[row]), int(shares[row])
        room = abs(price) * share
        lower[row] = -((room - price * RATIO) // (RATIO * tick)) * tick
        upper[row] = (price * RATIO + room) // (RATIO * tick) * tick
    return lower, upper


def _up_to_ticks(distances: npt.NDArray[np.float64], tick: Integers) -> Integers:
    """int64, price scale: distances in whole ticks, rounded away from the touch."""
    rounded: Integers = np.ceil(distances / tick).astype(np.int64) * tick
    return rounded


def _up_to_ticks_of(prices: Integers, tick: Integers) -> Integers:
    """int64, price scale: the next whole ticks that are no less."""
    return -(-prices // tick) * tick


def slices_of(quantity: int, most: int, execution: Execution) -> tuple[Slice, ...]:
    """An order spread over time so that no slice has more contracts than ``most``: what the participation allows."""
    total, side = abs(quantity), 1 if quantity > 0 else -1
    # Beyond that many the last one takes what is left: the plan shows that it lasts for days.
    most = max(most, -(-total // MOST_SLICES))
    if total <= most:
        return (Slice(0, quantity),)
    count = -(-total // most)
    return tuple(
        Slice(number * execution.slice_length, side * min(most, total - number * most)) for number in range(count)
    )


def slices_a_day(execution: Execution) -> int:
    """How many slices fit into a day of trading, 1 at least."""
    return max(1, execution.day_length // execution.slice_length)


def _longer(column: Integers, count: int) -> Integers:
    if len(column) >= count:
        return column[:count]
    return np.concatenate((column, np.full(count - len(column), NOT_COMPUTABLE, dtype=np.int64)))


def _deviations(parameters: ParameterSet) -> Integers:
    """int64 [contracts], price scale: a day's standard deviation, from the price scan range and delta."""
    contracts, arrays = parameters.contracts, parameters.contracts.arrays[parameters.rate_set]
    per_price = 10.0 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS) / np.maximum(contracts.multiplier, 1)
    moves = np.maximum(arrays.price_scan, 0) * per_price / SCAN_DEVIATIONS
    delta = np.where(contracts.right > 0, np.minimum(np.abs(arrays.delta) / RATIO, 1.0), 1.0)
    deviations: Integers = np.rint(np.where(arrays.present, moves * delta, 0.0)).astype(np.int64)
    return deviations


def _ticks(parameters: ParameterSet) -> Integers:
    by_family = [10 ** (PRICE_DECIMALS - min(family.price_decimals, PRICE_DECIMALS)) for family in parameters.families]
    return np.array(by_family, dtype=np.int64)[parameters.contracts.family]
