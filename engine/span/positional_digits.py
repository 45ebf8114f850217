"""Reads columns of many records at once: bytes to integers, with errors found afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers
from engine.span.positional_lines import BLANK, Bytes
from engine.span.positional_schema import Field, RecordLayout, digits_expected, refused
from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, Text, text

PLUS, MINUS, ZERO = ord("+"), ord("-"), ord("0")
LARGEST_EXPONENT = 18


class Rows(NamedTuple):
    """Records of one kind.

    Attributes:
        file: Name of the file, for errors.
        layout: Their layout.
        content: uint8 [records, width].
        lines: int64 [records], number of each line.
    """

    file: str
    layout: RecordLayout
    content: Bytes
    lines: Integers

    def columns(self, field: Field) -> Bytes:
        """uint8 [records, width of the field]."""
        return self.content[:, field.first - 1 : field.last]

    def where(self, row: int, place: str) -> str:
        """File, line, record and columns."""
        return f"{self.file}: line {self.lines[row]}: record {self.layout.identifier}: {place}"

    def refused(self, row: int, name: str, expected: Text) -> BadInputError:
        """The error that shows the value of a field."""
        field = self.layout.fields[name]
        return refused(self.where(row, field.columns), self.columns(field)[row].tobytes(), expected)

    def error(self, row: int, name: str, what: Text) -> BadInputError:
        """The error that says what is wrong with the value of a field."""
        return BadInputError(self.where(row, self.layout.fields[name].columns), what, FETCH_AGAIN)


def integers(rows: Rows, name: str) -> Integers:
    """int64 [records], the digits of a field with its sign, `NOT_COMPUTABLE` where it is blank.

    Raises:
        BadInputError: A value is no number, or is required and blank.
    """
    field = rows.layout.fields[name]
    digits = rows.columns(field)
    # Most fields are given in all records or in none: only where some begin with a blank is each looked at.
    begins_blank = digits[:, 0] == BLANK
    blank = (digits == BLANK).all(axis=1) if begins_blank.any() else begins_blank
    if blank.any() and field.required:
        raise rows.error(int(blank.argmax()), name, text("the field is missing"))
    if blank.all():
        return np.full(len(digits), NOT_COMPUTABLE, dtype=np.int64)
    is_wrong = (digits - np.uint8(ZERO)) > 9
    if blank.any():
        is_wrong &= ~blank[:, np.newaxis]
    if is_wrong.any():
        raise rows.refused(int(is_wrong.any(axis=1).argmax()), name, digits_expected(field))
    values = _digits_to_integers(digits)
    if field.sign:
        negative = _negative(rows, rows.content[:, field.sign - 1 : field.sign], [field])[:, 0]
        np.negative(values, out=values, where=negative)
    values[blank] = NOT_COMPUTABLE
    return values


def repeated_integers(rows: Rows, names: Sequence[str]) -> npt.NDArray[np.int32]:
    """int32 [records, fields], required fields of eight digits at most, each followed by its sign.

    Raises:
        BadInputError: A value is no number or is blank.
    """
    fields = [rows.layout.fields[name] for name in names]
    width = fields[0].width
    block = rows.content[:, fields[0].first - 1 : fields[-1].sign].reshape(len(rows.content), len(fields), width + 1)
    digits = block[:, :, :width] - np.uint8(ZERO)
    if (digits > 9).any():
        row, place = np.argwhere((digits > 9).any(axis=2))[0].tolist()
        raise rows.refused(row, names[place], digits_expected(fields[place]))
    values = digits[:, :, 0].astype(np.int32)
    for place in range(1, width):
        values *= 10
        values += digits[:, :, place]
    np.negative(values, out=values, where=_negative(rows, block[:, :, width], fields))
    return values


def scaled(rows: Rows, name: str, decimals: int, exponent: str = "", largest: int = LARGEST) -> Integers:
    """int64 [records], a field x 10**exponent at a scale of ``decimals``; `NOT_COMPUTABLE` where it is blank.

    Args:
        rows: The records.
        name: The field.
        decimals: Scale of the result.
        exponent: The field that holds the exponent, blank for 0; none by default.
        largest: What the result must not exceed.

    Raises:
        BadInputError: A value is no number, has more decimals, or is too large.
    """
    field = rows.layout.fields[name]
    values = integers(rows, name)
    powers = np.full(len(values), decimals - (field.decimals or 0), dtype=np.int64)
    if exponent:
        exponents = integers(rows, exponent)
        powers += np.where(exponents == NOT_COMPUTABLE, 0, exponents)
    for power in np.unique(powers).tolist():
        chosen = (powers == power) & (values != NOT_COMPUTABLE) & (values != 0)
        exact = times_power(values[chosen], power, largest)
        if exact is None:
            row = next(int(r) for r in np.flatnonzero(chosen) if times_power(values[r : r + 1], power, largest) is None)
            raise rows.refused(row, name, text("a number that can be kept exactly"))
        values[chosen] = exact
    return values


def times_power(values: Integers, power: int, largest: int = LARGEST) -> Integers | None:
    """values x 10**power, or None where one of them is not a whole number or leaves ``largest``."""
    if not len(values):
        return values
    if power < 0:
        unit = 10 ** min(-power, LARGEST_EXPONENT)
        return values // unit if not np.any(values % unit) else None
    peak = max(int(values.max()), -int(values.min()))
    if peak * 10**power > largest:
        return None
    return values * 10**power if peak else values


def _digits_to_integers(digits: Bytes) -> Integers:
    values = (digits[:, 0] & 15).astype(np.int64)
    for place in range(1, digits.shape[1]):
        values *= 10
        values += digits[:, place] & 15
    return values


def _negative(rows: Rows, signs: Bytes, fields: Sequence[Field]) -> npt.NDArray[np.bool_]:
    """bool [records, fields], whether the sign is "-"."""
    negative: npt.NDArray[np.bool_] = signs == MINUS
    right = negative | (signs == PLUS)
    if not fields[0].signed:
        right |= signs == BLANK
    if not right.all():
        row, place = np.argwhere(~right)[0].tolist()
        field = fields[place]
        where = rows.where(row, f"column {field.sign} (sign of {field.name})")
        raise refused(where, signs[row, place : place + 1].tobytes(), text("+ or -"))
    return negative
