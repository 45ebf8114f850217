"""Streams a positional parameter file (.pa2, format "U2") into a `ParameterSet`.

Array records, the bulk of a file, are read thousands at a time; all other records line by line, by the layouts of
resources/positional-records.toml. Only digits stay in memory until the products that scale them are known.
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import numpy as np

from engine.span.parameters import ParameterSet
from engine.span.positional_arrays import EIGHT, HALVES, ArrayCollector
from engine.span.positional_assembly import assemble
from engine.span.positional_lines import Block, blocks
from engine.span.positional_schema import Record, schema
from engine.span.positional_series import SeriesKey, SeriesParameters, read_series, series_key
from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, text

HEADER, SERIES = "0", "B"
LARGEST_COUNT = 500_000
"""Records, arrays apart, beyond which a file is taken for a trap: each takes a kilobyte or two."""
DIGITS_OF_HALVES = [digit for halves in HALVES for digit in halves]


def read_positional(stream: BinaryIO, file_name: str) -> ParameterSet:
    """Read a parameter file.

    Args:
        stream: Bytes of the file, read once from here to the end.
        file_name: Name of the file, for errors and for the origin of the parameters.

    Returns:
        The parameters; contracts ordered by commodity, delta period, family, period, right and strike.

    Raises:
        BadInputError: Anything is wrong with the file; names file, line, record, columns and field.
    """
    parts = StreamedRecords(file_name)
    digest = hashlib.sha256()
    for block in blocks(stream, file_name, digest):
        parts.take(block)
    if not parts.records:
        raise BadInputError(file_name, text("the file is empty"), FETCH_AGAIN)
    return assemble(file_name, parts.records, parts.series, parts.arrays.columns(), digest.hexdigest())


class StreamedRecords:
    """Everything met so far.

    Args:
        file: Name of the file, for errors.

    Attributes:
        records: Records by identifier, in the order of the file; arrays and series apart.
        series: Parameters of each series.
        arrays: The array records.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self.records: dict[str, list[Record]] = {}
        self.series: dict[SeriesKey, SeriesParameters] = {}
        self.arrays = ArrayCollector(file)
        self._left = LARGEST_COUNT

    def take(self, block: Block) -> None:
        """Take in the lines of a block.

        Raises:
            BadInputError: A line is no record, or a value of it cannot be read.
        """
        content, starts = block.content, block.starts
        is_array = (block.lengths > 1) & (content[starts] == EIGHT) & np.isin(content[starts + 1], DIGITS_OF_HALVES)
        for index in np.flatnonzero(~is_array & (block.lengths > 0)).tolist():
            self._take_line(block.first + index, block.line(index))
        if is_array.any():
            self._after_header(block.first + int(is_array.argmax()))
            self.arrays.take(block, np.flatnonzero(is_array))

    def _take_line(self, number: int, line: bytes) -> None:
        if not line.strip():
            return
        self._left -= 1
        if self._left < 0:
            what = text("the file has more than {count} records besides risk arrays", count=LARGEST_COUNT)
            raise BadInputError(
                f"{self._file}: line {number}", what, text("take the file from the clearing house itself")
            )
        layout = schema().layout(line)
        if layout is None:
            where = f"{self._file}: line {number}"
            shown = ascii(line[:2].decode("latin-1"))
            raise BadInputError(where, text("there is no record {identifier}", identifier=shown), FETCH_AGAIN)
        if layout.identifier != HEADER:
            self._after_header(number)
        record = Record(self._file, number, layout, line)
        if layout.identifier == SERIES:
            key = series_key(record)
            if key in self.series:
                raise record.error("product", text("the parameters of the series are given twice"))
            self.series[key] = read_series(record)
            return
        if layout.identifier == HEADER and HEADER in self.records:
            raise record.error("", text("the file has a second header"))
        self.records.setdefault(layout.identifier, []).append(record)

    def _after_header(self, number: int) -> None:
        headers = self.records.get(HEADER)
        if not headers or headers[0].number > number:
            where = f"{self._file}: line {number}"
            raise BadInputError(where, text("the file does not begin with its header, record 0"), FETCH_AGAIN)
