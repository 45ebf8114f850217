"""Puts the contracts that a reader collected into the order of the parameter model, and their figures into columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from engine.instruments import Kind
from engine.numbers import (
    LARGEST,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    PRICE_DECIMALS,
    RATIO_DECIMALS,
    Integers,
    divide_half_away,
)
from engine.span.parameters import SCENARIOS, ContractTable, Family, RiskArrays
from engine.span.xml_contracts import ScanRange, Series
from engine.span.xml_elements import FETCH_AGAIN
from engine.span.xml_regular import ARRAY_WIDTH
from engine.text import BadInputError, text

NO_RANGE = ScanRange()
FRACTION_OF_VALUE = 10 ** (RATIO_DECIMALS + 2 * PRICE_DECIMALS - MONEY_DECIMALS)


class CollectedContracts(Protocol):
    """What a reader collects: contracts in the order of the file. Columns are buffers of 64-bit integers.

    Attributes:
        series: What the contracts of one family and period share.
        identifiers: Place of a contract by its family and by what others call it.
        series_of: Series of each contract.
        right: Index in `RIGHTS`.
        strike: Price scale.
        price: Price scale.
        multiplier: Price scale, 0 where the family's holds.
        volatility: Ratio scale.
        line: Line of the file, any integers.
        array_rows: Contracts that have a risk array, by rate set.
        array_values: Their arrays: 16 scenarios and the composite delta each, one after the other.
    """

    series: list[Series]
    identifiers: dict[tuple[int, str], int]
    series_of: Any
    right: Any
    strike: Any
    price: Any
    multiplier: Any
    volatility: Any
    line: Any
    array_rows: Any
    array_values: Any


class ContractOrder:
    """The contracts of a file in the order of the model.

    Args:
        collected: Contracts in the order of the file.
        families: All families of the file.
        commodity_of: int64 [families], combined commodity of each family, or -1.
        family_multiplier: int64 [families], price scale, 0 where the file has none.
        file: Name of the file, for errors.

    Raises:
        BadInputError: Two contracts are the same, an option's future is missing, a multiplier is missing.
    """

    def __init__(
        self,
        collected: CollectedContracts,
        families: Sequence[Family],
        commodity_of: Integers,
        family_multiplier: Integers,
        file: str,
    ) -> None:
        self._collected = collected
        self._families = families
        self._file = file
        self._keys = {(family.exchange, family.identifier): row for row, family in enumerate(families)}
        series = collected.series
        self.periods = tuple(sorted({one.period for one in series}))
        place = {period: row for row, period in enumerate(self.periods)}
        self._series = _column(collected.series_of)
        self._family = self._spread(lambda one: one.family)
        self._commodity = commodity_of[self._family]
        self._period = self._spread(lambda one: place[one.period])
        underlying = _of_integers([self._underlying(one) for one in series])
        self._underlying_of = underlying[self._series]
        self._delta_period = self._delta_periods(underlying)[self._series]
        self._multiplier = self._multipliers(family_multiplier)
        self._order = np.lexsort(
            (
                _column(collected.strike),
                _column(collected.right),
                self._period,
                self._family,
                self._delta_period,
                self._commodity,
            )
        )
        self._refuse_duplicates()

    def table(self) -> ContractTable:
        """All columns, in order."""
        collected, order = self._collected, self._order
        row_of = np.empty(len(order), dtype=np.int64)
        row_of[order] = np.arange(len(order))
        underlying = self._underlying_of[order]
        return ContractTable(
            family=self._family[order].astype(np.int32),
            commodity=self._commodity[order].astype(np.int32),
            period=self._period[order].astype(np.int32),
            delta_period=self._delta_period[order].astype(np.int32),
            right=_column(collected.right)[order].astype(np.int8),
            strike=_column(collected.strike)[order],
            price=_column(collected.price)[order],
            multiplier=self._multiplier[order],
            delta_scale=self._value("delta_scale")[order],
            volatility=_column(collected.volatility)[order],
            settlement=self._value("settlement")[order].astype(np.int32),
            years=self._value("years")[order],
            interest=self._value("interest")[order],
            dividend=self._value("dividend")[order],
            underlying=np.where(underlying < 0, -1, row_of[underlying]).astype(np.int32),
            arrays=self._arrays(),
        )

    def _spread(self, figure: Callable[[Series], int]) -> Integers:
        """A figure of the series, for every contract of it."""
        return _of_integers([figure(one) for one in self._collected.series])[self._series]

    def _value(self, name: str) -> Integers:
        return self._spread(lambda one: one.values[name])

    def _underlying(self, series: Series) -> int:
        """Place, in the order of the file, of the contract underlying ``series``, or -1 where the file has none."""
        if series.underlying is not None:
            exchange, identifier, contract = series.underlying
            family = self._keys.get((exchange, identifier), -1)
            place = self._collected.identifiers.get((family, contract), -1)
            if place >= 0:
                return place
        if self._families[series.family].kind == Kind.OPTION_ON_FUTURE:
            # Its delta counts in the future's month: without the future it would be scanned in the wrong one.
            raise BadInputError(
                series.where, text("the future under this option series is not in the file"), FETCH_AGAIN
            )
        return -1

    def _delta_periods(self, underlying: Integers) -> Integers:
        """int64 [series]: an option on a future counts in the future's period, all else in its own."""
        series = self._collected.series
        found: dict[tuple[int, str], int] = {}
        place = {period: row for row, period in enumerate(self.periods)}
        periods = []
        for one, future in zip(series, underlying.tolist(), strict=True):
            own = place[one.period]
            on_future = self._families[one.family].kind == Kind.OPTION_ON_FUTURE
            period = int(self._period[future]) if on_future else own
            if found.setdefault((one.family, one.period), period) != period:
                raise BadInputError(one.where, text("the series is given twice, on different futures"), FETCH_AGAIN)
            periods.append(period)
        return _of_integers(periods)

    def _multipliers(self, family_multiplier: Integers) -> Integers:
        """The contract's own multiplier, else the family's; files write 0 where the other one holds."""
        own = _column(self._collected.multiplier)
        multiplier = np.where(own != 0, own, family_multiplier[self._family])
        wrong = np.flatnonzero(multiplier <= 0)
        if len(wrong):
            raise BadInputError(
                self._where(int(wrong[0])), text("neither contract nor family has a multiplier above 0"), FETCH_AGAIN
            )
        return multiplier

    def _refuse_duplicates(self) -> None:
        """Equal contracts are neighbours, as a family and period have one delta period."""
        order = self._order
        columns = (self._family, self._period, _column(self._collected.right), _column(self._collected.strike))
        same = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
        for column in columns:
            same &= np.diff(column[order]) == 0
        places = np.flatnonzero(same)
        if len(places):
            second = max(int(order[places[0]]), int(order[places[0] + 1]))
            raise BadInputError(self._where(second, "pe"), text("the contract is given twice"), FETCH_AGAIN)

    def _where(self, place: int, tag: str = "cvf") -> str:
        family = self._families[int(self._family[place])]
        period = self.periods[int(self._period[place])]
        line = self._collected.line[place]
        return f"{self._file}: line {line}: {family.kind}/{family.code}/{period}/{tag}"

    def _arrays(self) -> Mapping[int, RiskArrays]:
        """Risk arrays by rate set; where the file has none at all, one empty set stands for them."""
        collected = self._collected
        ranges = {number for one in collected.series for number in one.scan_ranges}
        numbers = sorted(collected.array_rows) or sorted(ranges)[:1] or [1]
        return {number: self._rate_set(number) for number in numbers}

    def _rate_set(self, number: int) -> RiskArrays:
        collected, order = self._collected, self._order
        figures = np.zeros((len(order), ARRAY_WIDTH), dtype=np.int64)
        present = np.zeros(len(order), dtype=np.bool_)
        if number in collected.array_rows:
            rows = _column(collected.array_rows[number])
            figures[rows] = _column(collected.array_values[number]).reshape(-1, ARRAY_WIDTH)
            present[rows] = True
        figures = figures[order]
        ranges = [one.scan_ranges.get(number, NO_RANGE) for one in collected.series]
        series = self._series[order]
        down = [one.down for one in ranges] if any(one.is_asymmetric for one in ranges) else None
        return RiskArrays(
            scenario=np.ascontiguousarray(figures[:, :SCENARIOS]),
            delta=figures[:, SCENARIOS].copy(),
            price_scan=self._price_scans(ranges)[order],
            volatility_scan=_of_integers([one.volatility for one in ranges])[series],
            volatility_relative=np.array([one.volatility_is_fraction for one in ranges], dtype=np.bool_)[series],
            present=present[order],
            price_scan_down=None if down is None else self._price_scans(down)[order],
            volatility_scan_down=None if down is None else _of_integers([one.volatility for one in down])[series],
        )

    def _price_scans(self, ranges: Sequence[ScanRange]) -> Integers:
        """Price scan range of one contract; a fraction is of the underlying's value (a future's own)."""
        scans = _of_integers([one.price for one in ranges])[self._series]
        is_fraction = np.array([one.price_is_fraction for one in ranges], dtype=np.bool_)[self._series]
        for place in np.flatnonzero(is_fraction).tolist():
            future = self._collected.right[place] == 0
            source = place if future else int(self._underlying_of[place])
            price = int(self._collected.price[source]) if source >= 0 else NOT_COMPUTABLE
            value = price * int(self._multiplier[place])
            scan = divide_half_away(int(scans[place]) * value, FRACTION_OF_VALUE)
            scans[place] = NOT_COMPUTABLE if price == NOT_COMPUTABLE or abs(scan) > LARGEST else scan
        return scans


def _of_integers(values: Sequence[int]) -> Integers:
    return np.array(values, dtype=np.int64)


def _column(values: Sequence[int]) -> Integers:
    """An array of the collector as a column, without copying it."""
    return np.frombuffer(values, dtype=np.int64) if len(values) else np.zeros(0, dtype=np.int64)  # type: ignore[call-overload]
