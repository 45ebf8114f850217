"""Collects contracts while an XML parameter file streams by, in compact columns in the order of the file."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
from lxml import etree

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from engine.span.parameters import RIGHTS, SCENARIOS
from engine.span.xml_elements import FETCH_AGAIN, ElementReader
from engine.span.xml_regular import ARRAY_WIDTH, MARK, Options
from engine.span.xml_schema import ARRAY, OPTION, OUTRIGHT, SCAN_RATE, SERIES, UNDERLYING
from engine.span.xml_values import MONEY_VALUE
from engine.text import BadInputError, text

# Nearly every array is written like this, in exactly the decimals we keep of money and ratios alike: without the
# points, its texts are the scaled integers.
PLAIN_TAGS = ["r", *["a"] * SCENARIOS, "d"]
PLAIN_NUMBER = rf" -?[0-9]{{1,11}}\.[0-9]{{{MONEY_DECIMALS}}}"
PLAIN_ARRAY = re.compile(f"[1-9][0-9]{{0,8}}(?:{PLAIN_NUMBER}){{{ARRAY_WIDTH}}}")


class ScanRange(NamedTuple):
    """How far price and volatility are moved: amounts of the model's scales, `NOT_COMPUTABLE` where not given.

    A range down that is not given is the range up. Files write 0 as well for one that they do not give.
    """

    price: int = NOT_COMPUTABLE
    price_is_fraction: bool = False
    volatility: int = NOT_COMPUTABLE
    volatility_is_fraction: bool = False
    price_down: int = NOT_COMPUTABLE
    price_down_is_fraction: bool = False
    volatility_down: int = NOT_COMPUTABLE

    @property
    def is_asymmetric(self) -> bool:
        """Whether a range down is given."""
        return self.price_down != NOT_COMPUTABLE or self.volatility_down != NOT_COMPUTABLE

    @property
    def down(self) -> ScanRange:
        """The ranges down as ranges of their own."""
        price, is_fraction = self.price_down, self.price_down_is_fraction
        if price == NOT_COMPUTABLE:
            price, is_fraction = self.price, self.price_is_fraction
        volatility = self.volatility if self.volatility_down == NOT_COMPUTABLE else self.volatility_down
        return ScanRange(price, is_fraction, volatility, self.volatility_is_fraction)


class Series(NamedTuple):
    """What all contracts of one family and period share. A future is alone in its series."""

    family: int
    period: str
    values: Mapping[str, Any]
    underlying: tuple[str, str, str] | None
    scan_ranges: Mapping[int, ScanRange]
    where: str


class ContractCollector:
    """Contracts in the order of the file, in columns, until the whole file is known.

    Args:
        reader: Reads elements of the file.
        regular: Options that were read in bulk, by the mark of their series.
    """

    def __init__(self, reader: ElementReader, regular: dict[str, Options]) -> None:
        self._reader = reader
        self._regular = regular
        self.series: list[Series] = []
        self.identifiers: dict[tuple[int, str], int] = {}
        self.series_of = array("q")
        self.right = array("q")
        self.strike = array("q")
        self.price = array("q")
        self.multiplier = array("q")
        self.volatility = array("q")
        self.line = array("q")
        self.array_rows: dict[int, array[int]] = {}
        self.array_values: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return len(self.series_of)

    def add_outright(self, element: etree._Element, family: int) -> None:
        """Take in a future, physical, forward, combination or debt."""
        values = self._reader.values(element, OUTRIGHT)
        self._add_series(element, family, values)
        identifier = values["contract"]
        if identifier and self.identifiers.setdefault((family, identifier), len(self)) != len(self):
            raise self._reader.error(element, text("contract number {number} is given twice", number=identifier))
        self._add(element, 0, 0, values["price"], values["multiplier"], values["volatility"])

    def add_options(self, element: etree._Element, family: int) -> None:
        """Take in a series and its options."""
        series = self._reader.values(element, SERIES)
        self._add_series(element, family, series)
        regular = self._regular.pop(element.get(MARK, ""), None)
        if regular is not None:
            self._add_regular(element, series, regular)
        for option in element.iterchildren("opt"):
            values = self._reader.values(option, OPTION)
            volatility = values["volatility"]
            self._add(
                option,
                RIGHTS.index(values["right"]),
                values["strike"],
                values["price"],
                values["multiplier"] or series["multiplier"],
                series["volatility"] if volatility is None else volatility,
            )

    def _add_series(self, element: etree._Element, family: int, values: Mapping[str, Any]) -> None:
        underlyings = [self._reader.values(child, UNDERLYING) for child in element.iterchildren("undC")]
        # A combination has several underlyings and moves with its own arrays alone.
        one = underlyings[0] if len(underlyings) == 1 else None
        underlying = (one["exchange"], one["identifier"], one["contract"]) if one else None
        ranges = self._scan_ranges(element)
        self.series.append(Series(family, values["period"], values, underlying, ranges, self._reader.where(element)))

    def _scan_ranges(self, element: etree._Element) -> dict[int, ScanRange]:
        ranges: dict[int, ScanRange] = {}
        for child in element.iterchildren("scanRate"):
            values = self._reader.values(child, SCAN_RATE)
            price, fraction = values["price_scan"], values["price_scan_fraction"]
            volatility, relative = values["volatility_scan"], values["volatility_scan_fraction"]
            if values["rate_set"] in ranges:
                raise self._reader.error(child, text("rate set {number} is given twice", number=values["rate_set"]))
            ranges[values["rate_set"]] = ScanRange(
                _first(price, fraction),
                price is None and fraction is not None,
                _first(volatility, relative),
                volatility is None and relative is not None,
                *self._ranges_down(child, values, volatility is None and relative is not None),
            )
        return ranges

    def _ranges_down(self, element: etree._Element, values: Mapping[str, Any], relative: bool) -> tuple[int, bool, int]:
        """Price, whether it is a fraction, and volatility of the ranges down, where the file gives these."""
        price, fraction = values["price_scan_down"] or None, values["price_scan_down_fraction"] or None
        amount, share = values["volatility_scan_down"] or None, values["volatility_scan_down_fraction"] or None
        mine, other = (share, amount) if relative else (amount, share)
        if mine is None and other is not None:
            what = text("one volatility scan range is a fraction of the volatility, the other is not")
            raise self._reader.error(element, what)
        return _first(price, fraction), price is None and fraction is not None, _first(mine)

    def _add(
        self, element: etree._Element, right: int, strike: int, price: int, multiplier: int, volatility: int
    ) -> None:
        for child in element.iterchildren("ra"):
            self._add_array(child)
        self.series_of.append(len(self.series) - 1)
        self.right.append(right)
        self.strike.append(strike)
        self.price.append(price)
        self.multiplier.append(multiplier)
        self.volatility.append(volatility)
        line: Any = element.sourceline
        self.line.append(line or 0)

    def _add_regular(self, element: etree._Element, series: Mapping[str, Any], options: Options) -> None:
        """Take in what was read in bulk, as `add_options` would one by one."""
        count, first = len(options.right), len(self)
        own, line = options.multiplier, cast("int", element.sourceline)
        volatility = options.volatility
        for column, figures in (
            (self.series_of, np.full(count, len(self.series) - 1)),
            (self.right, options.right),
            (self.strike, options.strike),
            (self.price, options.price),
            (self.multiplier, np.where(own == 0, series["multiplier"], own)),
            (self.volatility, np.full(count, series["volatility"]) if volatility is None else volatility),
            (self.line, options.lines + line),
            (self.array_rows.setdefault(options.rate_set, array("q")), np.arange(first, first + count)),
            (self.array_values.setdefault(options.rate_set, array("q")), options.arrays),
        ):
            column.frombytes(figures.tobytes())

    def _add_array(self, element: etree._Element) -> None:
        """Take in ``ra``: the rate set, 16 scenarios, the composite delta. An empty one is as good as none."""
        plain = _plain_array(element)
        rate_set, *values = plain or self._careful_array(element)
        if not values:
            return
        rows = self.array_rows.setdefault(rate_set, array("q"))
        if rows and rows[-1] == len(self):
            raise self._reader.error(element, text("rate set {number} is given twice", number=rate_set))
        rows.append(len(self))
        self.array_values.setdefault(rate_set, array("q")).extend(values)

    def _careful_array(self, element: etree._Element) -> list[int]:
        """An array in any order and number of decimals: rate set, scenarios, delta; the rate set alone if empty."""
        fields = self._reader.values(element, ARRAY)
        cells = [(child, (child.text or "").strip()) for child in element.iterchildren("a")]
        if not any(content for _, content in cells):
            return [0]
        if len(cells) != SCENARIOS:
            raise self._reader.error(
                element, text("the risk array has {count} values, not {wanted}", count=len(cells), wanted=SCENARIOS)
            )
        for name, tag in (("rate_set", "r"), ("delta", "d")):
            if fields[name] is None:
                raise BadInputError(self._reader.where(element, tag), text("the field is missing"), FETCH_AGAIN)
        values = [fields["rate_set"]]
        for number, (child, content) in enumerate(cells, start=1):
            try:
                values.append(MONEY_VALUE.read(content))
            except ValueError:
                where = f"{self._reader.where(child)}[{number}]"
                raise self._reader.refused(where, content, MONEY_VALUE) from None
        return [*values, fields["delta"]]


def _plain_array(element: etree._Element) -> list[int] | None:
    """An array of the usual form, or None."""
    children = list(element)
    if [child.tag for child in children] != PLAIN_TAGS:
        return None
    joined = " ".join([child.text or "" for child in children])
    return list(map(int, joined.replace(".", "").split(" "))) if PLAIN_ARRAY.fullmatch(joined) else None


def _first(*candidates: int | None) -> int:
    """The first that is given, else `NOT_COMPUTABLE`."""
    return next((value for value in candidates if value is not None), NOT_COMPUTABLE)
