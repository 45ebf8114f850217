"""Joins the array records of a positional file with its products and series, ready to be put in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.instruments import Kind
from engine.numbers import LARGEST, MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, Integers, scale_decimal
from engine.span.parameters import SCENARIOS, Family
from engine.span.positional_arrays import DELTA_DECIMALS_IN_FILE, ArrayColumns
from engine.span.positional_digits import times_power
from engine.span.positional_products import PriceFormat, Products, decoded, identifier_of
from engine.span.positional_schema import Record, refused, schema
from engine.span.positional_series import SeriesKey, SeriesParameters, own_period, series_key
from engine.span.xml_contracts import ScanRange, Series
from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, text

RATE_SET = 1
"""A positional file has one set of arrays."""
PERIOD = re.compile("[0-9A-Za-z]{6,9}")
PERCENT_DECIMALS = 2


class PositionalContracts:
    """All contracts in the order of the file, in columns; what `ContractOrder` takes.

    Args:
        arrays: The array records.
        series: Parameters of each series, from the B records.
        products: The products.
        families: The same as families of the model.
        array_powers: int64 [products], array values x 10**power are money units.
        range_powers: int64 [products], likewise for price scan ranges.

    Raises:
        BadInputError: A product is missing, or a figure cannot be kept exactly.
    """

    def __init__(
        self,
        arrays: ArrayColumns,
        series: Mapping[SeriesKey, SeriesParameters],
        products: Products,
        families: Sequence[Family],
        array_powers: Integers,
        range_powers: Integers,
    ) -> None:
        self._arrays = arrays
        self._families = families
        self._range_powers = range_powers
        self.series: list[Series] = []
        self.identifiers: dict[tuple[int, str], int] = {}
        parameters = []
        for record in arrays.keys:
            key = series_key(record)
            found = series.get(key, SeriesParameters())
            parameters.append(found)
            self.series.append(self._series(record, key, found, products))
        self.series_of = arrays.series.astype(np.int64)
        self.family = np.array([one.family for one in self.series], dtype=np.int64)[self.series_of]
        self.line = arrays.line
        self._refuse_wrong_rights()
        self.right = arrays.right.astype(np.int64)
        strike = np.where(self.right > 0, arrays.strike, 0).astype(np.int64)
        self.strike = self._prices(strike, "strike", products.strike_formats, products.offsets)
        # Only options have strikes, whatever was added to them.
        self.strike[self.right == 0] = 0
        self.price = self._prices(arrays.price, "settlement price", products.price_formats, products.offsets)
        self.multiplier = _unless(arrays.multiplier, 0, [one.multiplier for one in parameters], self.series_of)
        volatilities = [one.volatility for one in parameters]
        self.volatility = _unless(arrays.volatility, NOT_COMPUTABLE, volatilities, self.series_of)
        self._identify()
        self.array_rows: Mapping[int, Integers] = {RATE_SET: np.arange(len(self), dtype=np.int64)}
        self.array_values: Mapping[int, Integers] = {RATE_SET: self._array_values(array_powers)}
        # Half a million arrays are large: what is written goes before what it means is put in order.
        del self._arrays

    def __len__(self) -> int:
        return len(self.series_of)

    def _series(self, record: Record, key: SeriesKey, parameters: SeriesParameters, products: Products) -> Series:
        product, future, _ = key
        row = products.rows.get(product)
        if row is None:
            what = text("product {product} has no P record", product=f"{product[1]} {product[2]}")
            raise record.error("product", what)
        if not PERIOD.fullmatch(own_period(key)):
            kind = "option" if Kind(product[2]).is_option else "futures"
            raise record.refused(f"{kind} month", text("a contract period, CCYYMM and up to three more signs"))
        underlying = None
        under = products.underlying_row(product, record.string("underlying product") or parameters.underlying)
        if under >= 0:
            identifier = identifier_of((product[0], self._families[under].code, self._families[under].kind))
            has_months = self._families[under].kind != Kind.PHYSICAL
            underlying = (product[0], identifier, future if has_months else "")
        values: Mapping[str, Any] = {
            "delta_scale": parameters.delta_scale,
            "settlement": parameters.settlement,
            "years": parameters.years,
            "interest": parameters.interest,
            "dividend": parameters.dividend,
        }
        ranges = {RATE_SET: self._scan_range(record, row, parameters)}
        return Series(row, own_period(key), values, underlying, ranges, record.where())

    def _scan_range(self, record: Record, family: int, parameters: SeriesParameters) -> ScanRange:
        price = NOT_COMPUTABLE
        if parameters.price_scan is not None:
            power = -PERCENT_DECIMALS if parameters.price_relative else int(self._range_powers[family])
            decimals = RATIO_DECIMALS if parameters.price_relative else MONEY_DECIMALS
            try:
                price = scale_decimal(parameters.price_scan.scaleb(power), decimals)
            except ValueError:
                what = text("the price scan range {value} cannot be kept exactly", value=parameters.price_scan)
                raise record.error("product", what) from None
        return ScanRange(price, parameters.price_relative, parameters.volatility_scan, parameters.volatility_relative)

    def _identify(self) -> None:
        """Names the contracts that others can stand on: by period, and a physical by its product alone."""
        kinds = [family.kind for family in self._families]
        outright = np.array([not Kind(kind).is_option for kind in kinds], dtype=np.bool_)
        for place in np.flatnonzero(outright[self.family]).tolist():
            family = int(self.family[place])
            period = self.series[int(self.series_of[place])].period
            names = [period, ""] if kinds[family] == Kind.PHYSICAL else [period]
            for name in names:
                self.identifiers.setdefault((family, name), place)

    def _refuse_wrong_rights(self) -> None:
        """Options have a right, all else has none."""
        is_option = np.array([Kind(family.kind).is_option for family in self._families], dtype=np.bool_)[self.family]
        wrong = np.flatnonzero((self._arrays.right > 0) != is_option)
        if len(wrong):
            row = int(wrong[0])
            record = self._arrays.keys[int(self._arrays.series[row])]
            columns = schema().layouts[record.layout.identifier].fields["right"].columns
            where = f"{record.file}: line {self._arrays.line[row]}: record {record.layout.identifier}: {columns}"
            raise BadInputError(where, text("an option has a right, C or P, and nothing else has one"), FETCH_AGAIN)

    def _prices(self, raw: Integers, name: str, formats: Sequence[PriceFormat], offsets: Sequence[int]) -> Integers:
        values, wrong = decoded(raw, self.family, formats)
        if wrong.any():
            row = int(wrong.argmax())
            where = self._arrays.where(row, name)
            raise refused(where, str(raw[row]).encode(), text("a price as the product's P record describes it"))
        if not any(offsets):
            return values
        added, wrong = decoded(np.array(offsets, dtype=np.int64), np.arange(len(offsets)), formats)
        if wrong.any():
            code = self._families[int(wrong.argmax())].code
            what = text("the price offset of product {product} is no price of it", product=code)
            raise BadInputError(self._arrays.keys[0].file, what, FETCH_AGAIN)
        return np.where(values == NOT_COMPUTABLE, values, values - added[self.family])

    def _array_values(self, powers: Integers) -> Integers:
        """int64 [contracts x 17], scenarios at the money scale and the composite delta at the ratio scale."""
        values = np.empty((len(self), SCENARIOS + 1), dtype=np.int64)
        values[:, :SCENARIOS] = self._arrays.scenario
        values[:, SCENARIOS] = self._arrays.delta
        values[:, SCENARIOS] *= 10 ** (RATIO_DECIMALS - DELTA_DECIMALS_IN_FILE)
        power_of = powers[self.family] + MONEY_DECIMALS
        for power in np.unique(power_of).tolist():
            rows = np.flatnonzero(power_of == power)
            whole = len(rows) == len(self)
            figures = values[:, :SCENARIOS] if whole else values[rows, :SCENARIOS]
            # In place where all are alike, as they mostly are: the arrays are the bulk of a large file.
            peak = max(int(figures.max(initial=0)), -int(figures.min(initial=0)))
            if power >= 0 and peak * 10**power <= LARGEST:
                figures *= 10**power
            else:
                figures = self._exact(figures, power, rows)
            if not whole:
                values[rows, :SCENARIOS] = figures
        return values.reshape(-1)

    def _exact(self, figures: Integers, power: int, rows: Integers) -> Integers:
        exact = times_power(figures, power)
        if exact is None:
            wrong = next(row for row, figure in enumerate(figures) if times_power(figure, power) is None)
            line = self._arrays.line[rows[wrong]]
            file = self._arrays.keys[0].file
            raise BadInputError(
                f"{file}: line {line}", text("the risk array cannot be kept exactly in money units"), FETCH_AGAIN
            )
        return exact


def _unless(own: Integers, nothing: int, others: Sequence[int], series: Integers) -> Integers:
    """Each contract's own figure, its series' one where it has ``nothing``."""
    return np.where(own != nothing, own, np.array(others, dtype=np.int64)[series])
