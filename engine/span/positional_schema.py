"""The layout of the positional parameter file, read from resources/positional-records.toml, and one line read by it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from engine.span.xml_elements import FETCH_AGAIN
from engine.text import BadInputError, Text, text

Value = str | int | Decimal | None
PICTURE = re.compile(r"(X)(?:\(([0-9]+)\))?|(9(?:\([0-9]+\))?)?(?:(V)9\(([0-9]+)\))?")
LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Field:
    """The columns of one value.

    Attributes:
        name: What it holds, in the words of the layout.
        first: First column, 1-based.
        last: Last column, inclusive.
        decimals: Digits after the implied decimal point; None for text.
        sign: Column of the sign, 0 where there is none.
        signed: Whether the sign must be given.
        any_sign: Whether every sign but "-" means "+".
        leading_minus: Whether "-" may stand before the digits.
        required: Whether blanks are refused.
        may_be_cut: Whether a line may end within its decimals.
    """

    name: str
    first: int
    last: int
    decimals: int | None
    sign: int = 0
    signed: bool = False
    any_sign: bool = False
    leading_minus: bool = False
    required: bool = False
    may_be_cut: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.last - self.first + 1

    @property
    def columns(self) -> str:
        """Place and name, for errors."""
        place = f"column {self.first}" if self.first == self.last else f"columns {self.first}-{self.last}"
        return f"{place} ({self.name})"


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """The fields of one kind of record, by name, and the columns it uses."""

    identifier: str
    fields: Mapping[str, Field]
    width: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a price with an alignment code is written: whole, ``digits`` digits of parts, one digit of eighths of one."""

    code: str
    digits: int
    parts: int
    eighths: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A layout that holds where certain columns hold a certain text."""

    first: int
    last: int
    text: bytes
    layout: RecordLayout


@dataclass(frozen=True)
class Schema:
    """Everything that resources/positional-records.toml says.

    Attributes:
        layouts: Layout of each record, by its identifier.
        variants: Other layouts of a record, by its identifier.
        alignments: Alignment codes of prices.
        scenarios: The moves of all scenarios.
        currency_decimals: Decimals of the currencies that do not have two.
    """

    layouts: Mapping[str, RecordLayout]
    variants: Mapping[str, Sequence[Variant]]
    alignments: Mapping[str, Alignment]
    scenarios: Mapping[str, Any]
    currency_decimals: Mapping[str, int]

    def layout(self, line: bytes) -> RecordLayout | None:
        """The layout of a line, or None where its identifier is not known."""
        identifier = line[:2].decode("latin-1").rstrip()
        for variant in self.variants.get(identifier, ()):
            if line[variant.first - 1 : variant.last] == variant.text:
                return variant.layout
        return self.layouts.get(identifier)


@cache
def schema() -> Schema:
    """The layout of the format, read once."""
    with resources.files("resources").joinpath("positional-records.toml").open("rb") as file:
        table = tomllib.load(file)
    layouts: dict[str, RecordLayout] = {}
    variants: dict[str, list[Variant]] = {}
    for row in table["record"]:
        fields = {field.name: field for entry in row["fields"] for field in _fields(entry)}
        width = max(max(field.last, field.sign) for field in fields.values())
        layout = RecordLayout(row["id"], fields, width)
        if "variant" in row:
            first, last = _columns(row["variant"]["columns"])
            variants.setdefault(row["id"], []).append(Variant(first, last, row["variant"]["text"].encode(), layout))
        else:
            layouts[row["id"]] = layout
    alignments = {row["code"]: Alignment(**row) for row in table["alignment"]}
    return Schema(layouts, variants, alignments, table["scenarios"], table["currency_decimals"])


def _columns(columns: str) -> tuple[int, int]:
    first, _, last = columns.partition("-")
    return int(first), int(last or first)


def _fields(entry: Mapping[str, Any]) -> Iterator[Field]:
    """The field of an entry, or each repetition of it, numbered."""
    values = dict(entry)
    first, last = _columns(values.pop("columns"))
    decimals = _decimals(values.pop("picture"), last - first + 1)
    repeat, step, number = values.pop("repeat", 0), values.pop("step", 0), values.pop("from", 1)
    name, sign = values.pop("name"), values.pop("sign", 0)
    for index in range(repeat or 1):
        shift = index * step
        label = f"{name} {number + index}" if repeat else name
        yield Field(label, first + shift, last + shift, decimals, sign + shift if sign else 0, **values)


def _decimals(picture: str, width: int) -> int | None:
    """Decimals of a picture, None for text; the picture must fill its columns."""
    match = PICTURE.fullmatch(picture)
    if match is None:
        raise ValueError(f"positional-records.toml: {picture} is no picture")
    is_text, length, whole, point, fraction = match.groups()
    if is_text:
        digits = int(length or 1)
    else:
        decimals = int(fraction) if point else 0
        digits = (int(whole[2:-1]) if whole and len(whole) > 1 else len(whole or "")) + decimals
    if digits != width:
        raise ValueError(f"positional-records.toml: {picture} does not fill {width} columns")
    return None if is_text else decimals


class Record:
    """One line, read.

    Args:
        file: Name of the file, for errors.
        number: Number of the line.
        layout: What the line is read by.
        line: Bytes of the line without its end; missing columns at its end count as blank.

    Raises:
        BadInputError: A value cannot be read, or is required and missing.
    """

    __slots__ = ("file", "layout", "line", "number", "values")

    def __init__(self, file: str, number: int, layout: RecordLayout, line: bytes) -> None:
        self.file = file
        self.number = number
        self.layout = layout
        self.line = line
        self.values: dict[str, Value] = {name: self._read(field) for name, field in layout.fields.items()}

    def string(self, name: str) -> str:
        """A text, without blanks around it."""
        value = self.values[name]
        return value if isinstance(value, str) else ""

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; ``default`` where it is blank."""
        value = self.values[name]
        return value if isinstance(value, int) else default

    def decimal(self, name: str) -> Decimal | None:
        """A number, or None where it is blank."""
        value = self.values[name]
        return value if isinstance(value, Decimal) else None if value is None else Decimal(value)

    def digits(self, name: str) -> str:
        """Digits as written, blanks and zeros alone as nothing: months and dates."""
        written = self.written(name)
        return written if written.strip("0") else ""

    def written(self, name: str) -> str:
        """Any value as it is written, without blanks around it."""
        field = self.layout.fields[name]
        return self.line[field.first - 1 : field.last].decode("latin-1").strip()

    def where(self, name: str = "") -> str:
        """File, line and record, and the columns of ``name``."""
        columns = f": {self.layout.fields[name].columns}" if name else ""
        return f"{self.file}: line {self.number}: record {self.layout.identifier}{columns}"

    def error(self, name: str, what: Text) -> BadInputError:
        """The error that says ``what`` is wrong with a value, or with the whole record."""
        return BadInputError(self.where(name), what, FETCH_AGAIN)

    def refused(self, name: str, expected: Text) -> BadInputError:
        """The error that shows a value and says what it must be."""
        field = self.layout.fields[name]
        return refused(self.where(name), self.line[field.first - 1 : field.last], expected)

    def _read(self, field: Field) -> Value:
        content = self.line[field.first - 1 : field.last]
        if not content.strip(b" "):
            if field.required:
                raise self.error(field.name, text("the field is missing"))
            return None if field.decimals is not None else ""
        if field.decimals is None:
            value = content.decode("latin-1").strip()
            if not value.isprintable():
                raise self.refused(field.name, text("printable text"))
            return value
        return self._number(field, content, field.decimals)

    def _number(self, field: Field, content: bytes, decimals: int) -> int | Decimal:
        negative = self._is_negative(field)
        if field.leading_minus and content.startswith(b"-"):
            content, negative = b"0" + content[1:], True
        if field.may_be_cut and field.width - decimals <= len(content) < field.width:
            # "010000000" in twelve columns with ten decimals is 1.
            content = content.ljust(field.width, b"0")
        if len(content) != field.width or not content.isdigit():
            raise self.refused(field.name, digits_expected(field))
        number = -int(content) if negative else int(content)
        return Decimal(number).scaleb(-decimals) if decimals else number

    def _is_negative(self, field: Field) -> bool:
        if not field.sign:
            return False
        sign = self.line[field.sign - 1 : field.sign]
        if sign not in (b"", b" ", b"+", b"-") and not field.any_sign:
            where = f"{self.where()}: column {field.sign} (sign of {field.name})"
            raise refused(where, sign, text("+ or -"))
        return sign == b"-"


def digits_expected(field: Field) -> Text:
    """What a number must be."""
    return text("digits only, {count} in all", count=field.width)


def refused(where: str, content: bytes, expected: Text) -> BadInputError:
    """The error that shows what stands at ``where`` and says what it must be."""
    shown = content.decode("latin-1")
    shown = shown if len(shown) <= LONGEST_SHOWN else shown[:LONGEST_SHOWN] + "…"
    return BadInputError(
        where,
        text("the value {value} cannot be used", value=ascii(shown)),
        text("it must be {expected}", expected=expected),
    )
