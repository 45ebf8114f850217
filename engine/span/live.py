"""Risk arrays from live prices and volatilities (SPAN algorithm, last section).

Between two parameter files prices move, and the exchange's arrays grow old. Here they are computed again from the
newest prices by the exchange's own rule: same scenarios, ranges, rates and times, another price of the underlying and,
where an option's own quote tells it, another volatility. What cannot be computed so keeps the exchange's array, and
says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.instruments import Kind
from engine.numbers import LARGEST, MONEY, NOT_COMPUTABLE, PRICE, RATIO, Integers, divide_half_away
from engine.span.parameters import Family, ParameterSet, RiskArrays, ScanPoint
from engine.span.pricing import (
    Floats,
    Moves,
    Options,
    Ranges,
    composite_deltas,
    implied_volatility,
    losses,
    values,
)

Rows = npt.NDArray[np.intp]

LOOK_AHEAD: Final = 0.004
"""Years that pass until the scenario: one trading day of 250, as Takasbank and the sample market have it."""
LINEAR: Final = (Kind.FUTURE, Kind.PHYSICAL, Kind.FORWARD)
"""Kinds that lose what their price loses."""
DOUBT: Final = 0.1
"""Share of a volatility that an error of the quote may be worth; beyond it the quote does not tell the volatility."""
CARRY_OF_MODEL: Final = {"BS": "interest", "B": "none", "M": "kind", "W": "kind", "WS": "interest", "WB": "none"}
"""What carries the underlying under each pricing model that SPAN names and is covered here (CME, SPAN Risk Manager:
option pricing models); ``kind``: interest less dividend for a physical, nothing for a future. W: American."""
UNDERLYING_KIND: Final = {Kind.OPTION_ON_PHYSICAL: Kind.PHYSICAL, Kind.OPTION_ON_FUTURE: Kind.FUTURE}


class ArraySource(IntEnum):
    """Where a contract's array comes from: LIVE, or else why the exchange's is kept."""

    LIVE = 0
    NO_PRICE = 1
    """The underlying has no live price."""
    NO_VOLATILITY = 2
    """Neither a quote nor the file gives a volatility."""
    NO_MODEL = 3
    """Its pricing model, quotation, currency or range is not covered."""
    ABSENT = 4
    """The file gives no array at all, and none is made up."""


class LiveArrays(NamedTuple):
    """Arrays of every contract and where each comes from.

    Attributes:
        arrays: As the parameter set has them: scenarios in money scale, composite deltas in ratio scale.
        source: int8 [contracts], an `ArraySource`.
        volatility: int64 [contracts], ratio scale: what each option was priced with; 0 where it was not.
    """

    arrays: RiskArrays
    source: npt.NDArray[np.int8]
    volatility: Integers

    @property
    def kept(self) -> int:
        """How many contracts keep the exchange's array."""
        return int(np.count_nonzero((self.source != ArraySource.LIVE) & (self.source != ArraySource.ABSENT)))


@dataclass(frozen=True, slots=True)
class PricedOptions:
    """The options that a model covers, and what they are priced from besides price and volatility.

    Attributes:
        rows: Their rows.
        underlying: Row of each one's underlying.
        options: Terms.
        ranges: Scan ranges, price units.
        multiplier: float64, money a price unit.
        volatility: int64, ratio scale: the file's.
        error: float64, price units: how far a quote may be from the model for reasons other than volatility, which is
            a tick, or what the file's own price and volatility differ by; infinite where they contradict each other.
    """

    rows: Rows
    underlying: Rows
    options: Options
    ranges: Ranges
    multiplier: Floats
    volatility: Integers
    error: Floats

    def take(self, places: Rows) -> PricedOptions:
        """Some of them."""
        return PricedOptions(
            self.rows[places],
            self.underlying[places],
            self.options.take(places),
            self.ranges.take(places),
            self.multiplier[places],
            self.volatility[places],
            self.error[places],
        )

    def told(self, prices: Integers) -> Integers:
        """Volatility of each, int64, ratio scale: implied by its own price where that tells it, else the file's.

        Args:
            prices: int64 [contracts or more], price scale; `NOT_COMPUTABLE` where there is none.
        """
        result = self.volatility.copy()
        quoted = np.flatnonzero((prices[self.rows] > 0) & (prices[self.underlying] != NOT_COMPUTABLE))
        options = self.options.take(quoted)
        underlying = prices[self.underlying[quoted]] / PRICE
        implied = implied_volatility(options, underlying, prices[self.rows[quoted]] / PRICE)
        known = ~np.isnan(implied)
        implied[~known] = 0.0
        told = known & (_doubtful(options, underlying, implied) >= self.error[quoted])
        result[quoted[told]] = np.rint(implied[told] * RATIO).astype(np.int64)
        return result


class LivePricing:
    """Everything of a parameter set that arrays are computed from. Made once a version; never changes.

    Args:
        parameters: A parameter set.
        rate_set: Number of the rate set; the parameters' own first one by default.
        look_ahead: Years that pass until the scenario.

    Attributes:
        moves: Price and volatility moves of the scenarios.
        delta_moves: Of the points that the composite delta is made of.
        priced: The options that a model covers.
    """

    def __init__(self, parameters: ParameterSet, rate_set: int | None = None, look_ahead: float = LOOK_AHEAD) -> None:
        self.rate_set = parameters.rate_set if rate_set is None else rate_set
        self._parameters = parameters
        self._exchange = parameters.contracts.arrays[self.rate_set]
        self.look_ahead = look_ahead
        self.moves = _moves_of_scenarios(parameters.scan_points)
        prices = [float(point.price_numerator / point.price_denominator) for point in parameters.delta_points]
        weights = [float(point.weight) for point in parameters.delta_points]
        level = np.zeros(len(prices), dtype=np.int64)
        self.delta_moves = Moves(np.array(prices), np.zeros(1), level, np.array(weights))
        self._source = np.full(len(parameters), ArraySource.NO_MODEL, dtype=np.int8)
        self._source[~self._exchange.present] = ArraySource.ABSENT
        self._linear = self._lay_out_linear()
        self.priced = self._lay_out_options()

    def volatilities(self, prices: Integers) -> Integers:
        """Volatility of every option, int64 [contracts], ratio scale; 0 where there is none.

        Implied by the option's own price where that tells it, else the file's.

        Args:
            prices: int64 [contracts or more], price scale; `NOT_COMPUTABLE` where there is none.
        """
        priced, table = self.priced, self._parameters.contracts
        result = np.where(table.right > 0, table.volatility, 0)
        told = priced.told(prices)
        result[priced.rows[told > 0]] = told[told > 0]
        return result

    def arrays(self, prices: Integers, volatilities: Integers | None = None) -> LiveArrays:
        """The arrays at ``prices``.

        Args:
            prices: int64 [contracts or more], price scale; `NOT_COMPUTABLE` where there is none.
            volatilities: int64 [contracts], ratio scale; 0 or `NOT_COMPUTABLE` where the file's is to be taken, as it
                is everywhere by default.
        """
        priced, exchange, source = self.priced, self._exchange, self._source.copy()
        scenario, delta = exchange.scenario.copy(), exchange.delta.copy()
        rows, losses_of = self._linear
        scenario[rows] = losses_of
        chosen = priced.volatility
        if volatilities is not None:
            chosen = np.where(volatilities[priced.rows] > 0, volatilities[priced.rows], chosen)
        source[priced.rows[chosen <= 0]] = ArraySource.NO_VOLATILITY
        source[priced.rows[prices[priced.underlying] == NOT_COMPUTABLE]] = ArraySource.NO_PRICE
        able = np.flatnonzero(source[priced.rows] == ArraySource.LIVE)
        array, composite = self._price(able, prices[priced.underlying[able]] / PRICE, chosen[able] / RATIO)
        # A figure that would leave the integers is none: the exchange's stays.
        sound = np.isfinite(composite) & (np.abs(array).max(axis=1, initial=0.0) < float(LARGEST))
        rows = priced.rows[able[sound]]
        scenario[rows], delta[rows] = _rounded(array[sound]), _rounded(composite[sound])
        source[priced.rows[able[~sound]]] = ArraySource.NO_MODEL
        used = np.zeros(len(source), dtype=np.int64)
        used[rows] = chosen[able[sound]]
        return LiveArrays(replace(exchange, scenario=scenario, delta=delta), source, used)

    def _price(self, chosen: Rows, underlying: Floats, volatility: Floats) -> tuple[Floats, Floats]:
        """Arrays (money scale) and composite deltas (ratio scale) of some of the priced options."""
        priced = self.priced
        options, ranges = priced.options.take(chosen), priced.ranges.take(chosen)
        array = losses(options, underlying, volatility, ranges, self.moves, self.look_ahead)
        composite = composite_deltas(options, underlying, volatility, ranges, self.delta_moves, self.look_ahead)
        return array * (priced.multiplier[chosen] * MONEY)[:, None], composite * RATIO

    def _lay_out_linear(self) -> tuple[Rows, Integers]:
        """Rows and arrays of what loses as its price does; where the file does otherwise, its arrays stay."""
        kinds = np.array([family.kind in LINEAR for family in self._parameters.families], dtype=np.bool_)
        rows = np.flatnonzero(kinds[self._parameters.contracts.family] & self._exchange.present)
        rows = rows[(self._exchange.price_scan[rows] >= 0) & (self._exchange.price_down[rows] >= 0)]
        up, down = self._exchange.price_scan[rows], self._exchange.price_down[rows]
        array = _linear_arrays(self._parameters.scan_points, up, down)
        # A file may round its arrays to whole money units, and writes thirds as decimals.
        allowed = MONEY + np.maximum(up, down) // 500
        follows = np.abs(array - self._exchange.scenario[rows]).max(axis=1, initial=0) <= allowed
        self._source[rows[follows]] = ArraySource.LIVE
        return rows[follows], array[follows]

    def _lay_out_options(self) -> PricedOptions:
        parameters, table, exchange = self._parameters, self._parameters.contracts, self._exchange
        known = np.array([_carry(family) != "" for family in parameters.families], dtype=np.bool_)
        rows = np.flatnonzero((table.right > 0) & known[table.family] & exchange.present & (table.underlying >= 0))
        fits = np.array([self._fits(row) for row in rows.tolist()], dtype=np.bool_)
        ranges_of = (exchange.price_scan, exchange.volatility_scan, exchange.price_down, exchange.volatility_down)
        ranged = (np.stack([column[rows] for column in ranges_of]) >= 0).all(axis=0)
        rows = rows[fits & ranged & (table.multiplier[rows] > 0)]
        self._source[rows] = ArraySource.LIVE
        underlying = table.underlying[rows].astype(np.intp)
        multiplier = table.multiplier[rows] / PRICE
        ranges = Ranges(
            exchange.price_scan[rows] / MONEY / multiplier,
            exchange.volatility_scan[rows] / RATIO,
            exchange.price_down[rows] / MONEY / multiplier,
            exchange.volatility_down[rows] / RATIO,
            exchange.volatility_relative[rows],
        )
        options = self._terms(rows)
        volatility = np.maximum(table.volatility[rows], 0)
        error = self._error(rows, underlying, options, volatility / RATIO)
        return PricedOptions(rows, underlying, options, ranges, multiplier, volatility, error)

    def _fits(self, row: int) -> bool:
        """Whether an option's underlying is of the kind its model wants, and its money that of its margin."""
        parameters, table = self._parameters, self._parameters.contracts
        family = parameters.families[table.family[row]]
        below = parameters.families[table.family[table.underlying[row]]]
        commodity = int(table.commodity[row])
        margined = parameters.commodities[commodity].currency if commodity >= 0 else family.currency
        one_money = family.currency == below.currency == margined
        return one_money and bool(below.kind == UNDERLYING_KIND[Kind(family.kind)])

    def _terms(self, rows: Rows) -> Options:
        table, families = self._parameters.contracts, self._parameters.families
        interest, dividend = table.interest[rows] / RATIO, table.dividend[rows] / RATIO
        carries = np.array([_carry(family) for family in families])[table.family[rows]]
        american = np.array([_is_american(family) for family in families], dtype=np.bool_)[table.family[rows]]
        return Options(
            np.where(table.right[rows] == 1, 1.0, -1.0),
            table.strike[rows] / PRICE,
            table.years[rows] / RATIO,
            interest,
            np.select([carries == "interest", carries == "dividend"], [interest, interest - dividend], 0.0),
            american,
        )

    def _error(self, rows: Rows, underlying: Rows, options: Options, volatility: Floats) -> Floats:
        table = self._parameters.contracts
        ticks = np.array([10.0**-family.price_decimals for family in self._parameters.families])[table.family[rows]]
        known = (table.price[rows] != NOT_COMPUTABLE) & (table.price[underlying] != NOT_COMPUTABLE)
        price = np.where(known, table.price[underlying], 0) / PRICE
        apart = np.abs(values(options, price, volatility) - table.price[rows] / PRICE)
        # Where the file's own price and volatility contradict each other, a quote tells nothing in its model.
        contradictory = apart > np.maximum(ticks, _doubtful(options, price, volatility))
        return np.where(known & ~contradictory, np.maximum(ticks, apart), np.inf)


def live_arrays(
    parameters: ParameterSet, rate_set: int, prices: Integers, volatilities: Integers | None = None
) -> LiveArrays:
    """The arrays of one rate set at ``prices``; arguments as of `LivePricing`, which is made anew here."""
    return LivePricing(parameters, rate_set).arrays(prices, volatilities)


def with_live_arrays(parameters: ParameterSet, arrays: RiskArrays, rate_set: int | None = None) -> ParameterSet:
    """The same parameters with ``arrays`` under ``rate_set``, the parameters' own first one by default."""
    number = parameters.rate_set if rate_set is None else rate_set
    contracts = replace(parameters.contracts, arrays={**parameters.contracts.arrays, number: arrays})
    return replace(parameters, contracts=contracts)


def _doubtful(options: Options, underlying: Floats, volatility: Floats) -> Floats:
    """What `DOUBT` of each volatility is worth, price units."""
    return values(options, underlying, volatility) - values(options, underlying, (1 - DOUBT) * volatility)


def _carry(family: Family) -> str:
    """What carries an option family's underlying: interest, dividend (interest less it), none; empty: not covered."""
    if family.kind not in UNDERLYING_KIND or family.price_quotation not in ("", "STD"):
        return ""
    carry = CARRY_OF_MODEL.get(family.pricing_model or "M", "")
    return carry if carry != "kind" else "dividend" if family.kind == Kind.OPTION_ON_PHYSICAL else "none"


def _is_american(family: Family) -> bool:
    """By its model, for a file may price American options as European; by its exercise where it names no model."""
    return family.pricing_model.startswith("W") if family.pricing_model else family.exercise == "AMER"


def _moves_of_scenarios(points: tuple[ScanPoint, ...]) -> Moves:
    shifts, level = np.unique([float(point.volatility_multiple) for point in points], return_inverse=True)
    prices = [float(point.price_numerator / point.price_denominator) for point in points]
    return Moves(np.array(prices), shifts, level.astype(np.int64), np.array([float(point.weight) for point in points]))


def _linear_arrays(points: tuple[ScanPoint, ...], price_scan: Integers, price_down: Integers) -> Integers:
    """int64 [contracts, points], money scale: move x range x weight against the long side, exact until rounded."""
    up, down = price_scan.astype(object), price_down.astype(object)
    columns = []
    for point in points:
        share = -Fraction(point.price_numerator) / Fraction(point.price_denominator) * Fraction(point.weight)
        exact = up if share <= 0 else down
        columns.append(divide_half_away(exact * share.numerator, share.denominator).astype(np.int64))
    return np.stack(columns, axis=1)


def _rounded(figures: Floats) -> Integers:
    """To whole units, half away from zero."""
    result: Integers = np.copysign(np.floor(np.abs(figures) + 0.5), figures).astype(np.int64)
    return result
