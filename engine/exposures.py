"""What a desk's positions are worth and how they move with their underlying, in one currency.

The worth of one contract is rounded to money scale; all that is held of it is a whole number of times that. So
sides, accounts, groups and any division of a desk add up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from engine.book import Positions
from engine.classification import Classification
from engine.compiled import compiled, inlined
from engine.conversion import Rates, converted
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, multiply_divide
from engine.state import DeskState
from engine.text import Text, text


class Gap(IntFlag):
    """Why a figure of an exposure is not computable."""

    NO_PARAMETERS = 1
    NO_PRICE = 2
    NO_DELTA = 4
    NO_CONVERSION = 8
    TOO_LARGE = 16
    NO_EQUITY = 32
    USED_UP = 64
    NOTHING_HELD = 128


@cache
def gap_sentences(gaps: int) -> tuple[Text, ...]:
    """One sentence for each bit."""
    meaning = {
        Gap.NO_PARAMETERS: text("not computable: no parameters for a contract"),
        Gap.NO_PRICE: text("not computable: a position has no price"),
        Gap.NO_DELTA: text("not computable: an underlying has no price, or a contract no delta"),
        Gap.NO_CONVERSION: text("not computable: no exchange rate in the parameters"),
        Gap.TOO_LARGE: text("not computable: a figure is too large"),
        Gap.NO_EQUITY: text("not computable: equity is not known"),
        Gap.USED_UP: text("equity is used up"),
        Gap.NOTHING_HELD: text("nothing of value is held"),
    }
    return tuple(sentence for gap, sentence in meaning.items() if gaps & gap)


@dataclass(frozen=True, slots=True)
class UnitExposures:
    """What one contract long is worth, by column, in one currency.

    Attributes:
        currency: Of all figures.
        value: int64 [columns], money scale: price x multiplier; `NOT_COMPUTABLE` where a gap says why.
        delta: int64 [columns], money scale: composite delta x price of the underlying x multiplier; the underlying of
            what is no option being itself.
        gaps: int64 [columns], `Gap` bits of either.
    """

    currency: str
    value: Integers
    delta: Integers
    gaps: Integers

    @classmethod
    def of(cls, state: DeskState, columns: int, currency: str) -> UnitExposures:
        """Value one contract of each of the first ``columns``, at the newest price, else the settlement price.

        Each is rounded to money scale in the contract's currency, and again when converted into ``currency``.
        """
        contracts, values = state.calculation.parameters.contracts, state.calculation.values
        arrays = contracts.arrays[state.calculation.parameters.rate_set]
        rates = Rates.of(state.calculation.parameters, (*values.currencies, currency))
        value, delta, gaps = _units(
            columns,
            state.price[: len(contracts)],
            values.settlement,
            values.numerator,
            values.denominator,
            arrays.present,
            arrays.delta,
            contracts.right,
            contracts.underlying,
            rates.numerator[values.currency, -1],
            rates.denominator[values.currency, -1],
        )
        return cls(currency, value, delta, gaps)


@dataclass(frozen=True)
class Exposures:
    """The positions of a desk valued, row by row as `Positions` has them (CSR), when they are first asked for.

    Attributes:
        classification: Of the columns, all those held among them.
        units: What one contract is worth.
        held: The positions.
        amounts: int64 [accounts, currencies of the desk], money scale: equity; there may be a last column, of that in
            the currency of the exposures.
        rates: Conversions between the currencies of the desk and, the last of them, that of the exposures.
    """

    classification: Classification
    units: UnitExposures
    held: Positions
    amounts: Integers
    rates: Rates

    @classmethod
    def of(cls, state: DeskState, classification: Classification, currency: str) -> Exposures:
        """The positions of ``state`` in ``currency``; columns new to the classification are added to it."""
        classification = classification.extended()
        units = UnitExposures.of(state, len(classification), currency)
        rates = rates_into(state, currency)
        return cls(classification, units, state.book.positions, state.figures.equity, rates)

    @classmethod
    def of_listed(cls, state: DeskState, classification: Classification, units: UnitExposures) -> Exposures:
        """The positions in the contracts of ``units`` only, as any thread may: no universe is looked at."""
        held = state.book.positions
        listed = held.columns < len(units.value)
        owner = np.repeat(np.arange(len(held)), np.diff(held.starts))[listed]
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(owner, minlength=len(held)))))
        rows = (held.columns, held.long, held.short, held.long_price, held.short_price)
        positions = Positions(starts, *(each[listed] for each in rows))
        rates = rates_into(state, units.currency)
        return cls(classification, units, positions, state.figures.equity, rates)

    @cached_property
    def equity(self) -> Integers:
        """int64 [accounts], money scale, or `NOT_COMPUTABLE`."""
        return _equity(self.amounts, self.rates)

    @cached_property
    def _figures(self) -> tuple[Integers, Integers, Integers, Integers, Integers]:
        held, units = self.held, self.units
        return _positions(held.columns, held.long, held.short, units.value, units.delta, units.gaps)

    @property
    def starts(self) -> Integers:
        """int64 [accounts + 1]; positions of account a are starts[a] to starts[a + 1]."""
        return self.held.starts

    @property
    def columns(self) -> Integers:
        """int64 [positions], column in the universe."""
        return self.held.columns

    @property
    def long(self) -> Integers:
        """int64 [positions], money scale: value of the long side, below 0 only where the price is."""
        return self._figures[0]

    @property
    def short(self) -> Integers:
        """int64 [positions], money scale: likewise of the short side, counted as if it were long."""
        return self._figures[1]

    @property
    def gross(self) -> Integers:
        """int64 [positions], money scale: magnitudes of both sides together."""
        return self._figures[2]

    @property
    def delta(self) -> Integers:
        """int64 [positions], money scale: delta-equivalent of long less short."""
        return self._figures[3]

    @property
    def gaps(self) -> Integers:
        """int64 [positions], `Gap` bits; 0 where all is computable."""
        return self._figures[4]

    @property
    def net(self) -> Integers:
        """int64 [positions], money scale: long less short."""
        return difference(self.long, self.short)


def equity_in(state: DeskState, currency: str) -> Integers:
    """int64 [accounts], money scale: equity of every account in ``currency``, or `NOT_COMPUTABLE`."""
    return _equity(state.figures.equity, rates_into(state, currency))


def rates_into(state: DeskState, currency: str) -> Rates:
    """Conversions between the currencies of the desk, and to ``currency``, the last of them."""
    return Rates.of(state.calculation.parameters, (*state.figures.currencies, currency))


def _equity(amounts: Integers, rates: Rates) -> Integers:
    return converted(amounts, len(rates.currencies) - 1, rates.numerator, rates.denominator)


@compiled
def difference(first: Integers, second: Integers) -> Integers:
    """first - second; `NOT_COMPUTABLE` where either is, or the result is too large."""
    result = np.empty(len(first), dtype=np.int64)
    for row in range(len(first)):
        # The negative of `NOT_COMPUTABLE` is itself.
        result[row] = plus(first[row], -second[row])
    return result


@inlined
def plus(total: int, part: int) -> int:
    """total + part; `NOT_COMPUTABLE` where either is or the sum leaves `LARGEST`."""
    if min(total, part) == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    both = total + part
    return both if -LARGEST <= both <= LARGEST else NOT_COMPUTABLE


@inlined
def times(quantity: int, unit: int) -> int:
    """quantity x unit, exact; `NOT_COMPUTABLE` where the unit is or the product is too large, 0 of nothing."""
    if quantity == 0:
        return 0
    if unit == NOT_COMPUTABLE or float(abs(quantity)) * float(abs(unit)) > 4.0e18:
        return NOT_COMPUTABLE
    return quantity * unit


@compiled
def _converted(amount: int, numerator: int, denominator: int) -> int:
    return amount if numerator == denominator else multiply_divide(amount, numerator, denominator)


@compiled
def _units(
    columns: int,
    quoted: Integers,
    settlement: Integers,
    numerator: Integers,
    denominator: Integers,
    present: npt.NDArray[np.bool_],
    deltas: Integers,
    right: npt.NDArray[np.int8],
    underlying: npt.NDArray[np.int32],
    rate: Integers,
    per: Integers,
) -> tuple[Integers, Integers, Integers]:
    value, delta = np.full(columns, NOT_COMPUTABLE), np.full(columns, NOT_COMPUTABLE)
    gaps = np.ones(columns, dtype=np.int64)
    price = np.empty(len(quoted), dtype=np.int64)
    for column in range(len(price)):
        price[column] = settlement[column] if quoted[column] == NOT_COMPUTABLE else quoted[column]
    for column in range(len(price)):
        gap = 2 if price[column] == NOT_COMPUTABLE else 0
        below = underlying[column] if right[column] > 0 else column
        moves = present[column] and deltas[column] != NOT_COMPUTABLE and below >= 0 and price[below] != NOT_COMPUTABLE
        gap |= 0 if moves else 4
        if rate[column] == 0:
            gaps[column] = gap | 8
            continue
        if not gap & 2:
            own = multiply_divide(price[column], numerator[column], denominator[column])
            value[column] = _converted(own, rate[column], per[column])
            gap |= 16 if value[column] == NOT_COMPUTABLE else 0
        if moves:
            whole = multiply_divide(price[below], numerator[column], denominator[column])
            part = multiply_divide(whole, deltas[column], RATIO)
            delta[column] = _converted(part, rate[column], per[column])
            gap |= 16 if delta[column] == NOT_COMPUTABLE else 0
        gaps[column] = gap
    return value, delta, gaps


@compiled
def _positions(
    columns: Integers, longs: Integers, shorts: Integers, value: Integers, delta: Integers, unit_gaps: Integers
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    count = len(columns)
    long, short, gross = (
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
    )
    moved, gaps = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for position in range(count):
        long[position] = short[position] = gross[position] = moved[position] = gaps[position] = 0
        if longs[position] == 0 and shorts[position] == 0:
            continue
        column = columns[position]
        long[position] = times(longs[position], value[column])
        short[position] = times(shorts[position], value[column])
        gross[position] = plus(abs(long[position]), abs(short[position]))
        moved[position] = times(longs[position] - shorts[position], delta[column])
        if min(gross[position], moved[position]) == NOT_COMPUTABLE:
            gaps[position] = unit_gaps[column] if unit_gaps[column] else 16
    return long, short, gross, moved, gaps
