"""Collects the array records of a positional file, 81 with 82 and 83 with 84, thousands at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, RATIO_DECIMALS, Integers
from engine.span.parameters import RIGHTS, SCENARIOS
from engine.span.positional_digits import MINUS, Rows, integers, repeated_integers, scaled
from engine.span.positional_lines import BLANK, Block, Bytes
from engine.span.positional_schema import Record, RecordLayout, schema
from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, text

EIGHT = ord("8")
HALVES = {(ord("1"), ord("2")): ("81", "82"), (ord("3"), ord("4")): ("83", "84")}
FIRST_HALF_SCENARIOS = 9
DELTA_DECIMALS_IN_FILE = 4
# What tells one series of a product from another; with right and strike it tells contracts apart.
SERIES_FIELDS = (
    "exchange",
    "product",
    "underlying product",
    "product type",
    "futures month",
    "futures day",
    "option month",
    "option day",
)
UNKNOWN_RIGHT = -1
RIGHT_OF = np.full(256, UNKNOWN_RIGHT, dtype=np.int64)
RIGHT_OF[[ord(right or " ") for right in RIGHTS]] = range(len(RIGHTS))
YES, NO = ord("Y"), ord("N")


class ArrayColumns(NamedTuple):
    """All array records of a file, in columns of equal length; figures as written where products scale them.

    Attributes:
        scenario: int32 [contracts, 16], as written.
        delta: int32, composite delta with four decimals.
        series: int32, index in ``keys``.
        right: int8, index in `RIGHTS`.
        strike: int32, as written; 0 where it is blank.
        price: int64, as written; `NOT_COMPUTABLE` where it is blank.
        volatility: int64, ratio scale; `NOT_COMPUTABLE` where it is blank.
        multiplier: int64, price scale; 0 where it is blank.
        line: int32, number of the line of the first half.
        wide: bool, whether the values have eight digits.
        keys: A record of each series, of the fields that tell series apart.
    """

    scenario: npt.NDArray[np.int32]
    delta: npt.NDArray[np.int32]
    series: npt.NDArray[np.int32]
    right: npt.NDArray[np.int8]
    strike: npt.NDArray[np.int32]
    price: Integers
    volatility: Integers
    multiplier: Integers
    line: npt.NDArray[np.int32]
    wide: npt.NDArray[np.bool_]
    keys: list[Record]

    def where(self, row: int, name: str) -> str:
        """File, line, record and columns of a field that stands in the second half."""
        identifier = "84" if self.wide[row] else "82"
        file = self.keys[int(self.series[row])].file
        columns = schema().layouts[identifier].fields[name].columns
        return f"{file}: line {int(self.line[row]) + 1}: record {identifier}: {columns}"


class ArrayCollector:
    """Array records in the order of the file.

    Args:
        file: Name of the file, for errors.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._chunks: list[tuple[npt.NDArray[np.generic], ...]] = []
        self._series: dict[bytes, int] = {}
        self._keys: list[Record] = []

    def take(self, block: Block, lines: Integers) -> None:
        """Take in the array records of a block.

        Args:
            block: Lines of the file.
            lines: Ascending indices of the array records in it.

        Raises:
            BadInputError: A half is missing, or a value cannot be read.
        """
        identifiers = block.content[block.starts[lines] + 1]
        self._refuse_single_halves(block, lines, identifiers)
        for halves, names in HALVES.items():
            first, second = (lines[identifiers == half] for half in halves)
            if len(first):
                layouts = [schema().layouts[name] for name in names]
                self._take_halves(self._rows(block, first, layouts[0]), self._rows(block, second, layouts[1]))

    def columns(self) -> ArrayColumns:
        """Everything taken in; the collector is empty afterwards."""
        joined: list[Any] = []
        for place in range(len(ArrayColumns._fields) - 1):
            joined.append(np.concatenate([chunk[place] for chunk in self._chunks]) if self._chunks else np.zeros(0))
            # The parts of a column go as soon as the column is whole: half a million contracts are large.
            self._chunks = [(*chunk[:place], np.zeros(0), *chunk[place + 1 :]) for chunk in self._chunks]
        return ArrayColumns._make([*joined, self._keys])

    def _rows(self, block: Block, lines: Integers, layout: RecordLayout) -> Rows:
        return Rows(self._file, layout, block.rows(lines, layout.width), lines + block.first)

    def _refuse_single_halves(self, block: Block, lines: Integers, identifiers: Bytes) -> None:
        """Each first half must be followed at once by its second one."""
        is_first = np.isin(identifiers, [first for first, _ in HALVES])
        whole = len(lines) // 2 * 2
        pairs = np.reshape(is_first[:whole], (-1, 2)) == (True, False)
        follow = (np.diff(lines)[:whole:2] == 1) & (np.diff(identifiers)[:whole:2] == 1)
        wrong = np.flatnonzero(~(pairs.all(axis=1) & follow))
        if not len(wrong) and whole == len(lines):
            return
        place = 2 * int(wrong[0]) if len(wrong) else whole
        line = int(lines[place])
        where = f"{self._file}: line {block.first + line}: record {block.line(line)[:2].decode('latin-1')}"
        raise BadInputError(where, text("the other half of the risk array does not stand beside it"), FETCH_AGAIN)

    def _take_halves(self, first: Rows, second: Rows) -> None:
        strike = first.layout.fields["strike"]
        identity = slice(first.layout.fields["exchange"].first - 1, strike.last)
        other = (first.content[:, identity] != second.content[:, identity]).any(axis=1)
        if other.any():
            what = text("the two halves of the risk array are of different contracts")
            raise BadInputError(second.where(int(other.argmax()), "columns 3-54"), what, FETCH_AGAIN)
        count = len(first.lines)
        scenario = np.empty((count, SCENARIOS), dtype=np.int32)
        numbers = range(1, SCENARIOS + 1)
        names = [f"array value {number}" for number in numbers]
        scenario[:, :FIRST_HALF_SCENARIOS] = repeated_integers(first, names[:FIRST_HALF_SCENARIOS])
        scenario[:, FIRST_HALF_SCENARIOS:] = repeated_integers(second, names[FIRST_HALF_SCENARIOS:])
        volatility = scaled(second, "implied volatility", RATIO_DECIMALS, "implied volatility exponent")
        multiplier = scaled(second, "contract value factor", PRICE_DECIMALS, "contract value factor exponent")
        for name in ("current delta", "start of day price", "strike value factor", "strike value factor exponent"):
            integers(second, name)
        strikes = integers(second, "strike")
        self._chunks.append(
            (
                scenario,
                integers(second, "composite delta").astype(np.int32),
                self._series_of(first),
                self._rights(first),
                np.where(strikes == NOT_COMPUTABLE, 0, strikes).astype(np.int32),
                _prices(first, second),
                volatility,
                np.where(multiplier == NOT_COMPUTABLE, 0, multiplier),
                first.lines.astype(np.int32),
                np.full(count, first.layout.identifier == "83"),
            )
        )

    def _rights(self, rows: Rows) -> npt.NDArray[np.int8]:
        rights = RIGHT_OF[rows.columns(rows.layout.fields["right"])[:, 0]]
        if (rights == UNKNOWN_RIGHT).any():
            raise rows.refused(int((rights == UNKNOWN_RIGHT).argmax()), "right", text("C or P"))
        return rights.astype(np.int8)

    def _series_of(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Series of each record: looked up where it changes, as neighbours are mostly of one series."""
        fields = {name: rows.layout.fields[name] for name in SERIES_FIELDS}
        columns = np.concatenate([np.arange(field.first - 1, field.last) for field in fields.values()])
        keys = rows.content[:, columns]
        starts = np.flatnonzero(np.concatenate(([True], (keys[1:] != keys[:-1]).any(axis=1))))
        found = np.empty(len(starts), dtype=np.int32)
        layout = RecordLayout(rows.layout.identifier, fields, rows.layout.width)
        for place, row in enumerate(starts.tolist()):
            key = keys[row].tobytes()
            if key not in self._series:
                self._series[key] = len(self._keys)
                line = rows.content[row].tobytes()
                self._keys.append(Record(self._file, int(rows.lines[row]), layout, line))
            found[place] = self._series[key]
        return np.repeat(found, np.diff(starts, append=len(keys)))


def _prices(first: Rows, second: Rows) -> Integers:
    """Settlement prices as written; where only the field of fourteen digits holds the price, from there."""
    field = second.layout.fields["settlement price"]
    prices = integers(second, "settlement price")
    flags = first.columns(first.layout.fields["high-precision flag"])[:, 0]
    wrong = ~np.isin(flags, (YES, NO, BLANK))
    if wrong.any():
        raise first.refused(int(wrong.argmax()), "high-precision flag", text("Y or N"))
    chosen = np.flatnonzero((flags == YES) | ((flags == NO) & (prices == NOT_COMPUTABLE)))
    if len(chosen):
        few = first._replace(content=first.content[chosen], lines=first.lines[chosen])
        precise = integers(few, "high-precision price")
        negative = (second.content[chosen, field.sign - 1] == MINUS) & (precise != NOT_COMPUTABLE)
        prices[chosen] = np.where(negative, -precise, precise)
    return prices
