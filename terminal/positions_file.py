"""Reads a positions file: one position a line, UTF-8 CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.instruments import KINDS, Contract, Kind
from engine.numbers import PRICE_DECIMALS, parse_scaled
from engine.text import BadInputError, Text, text

COLUMNS = ("account", "exchange", "product", "kind", "expiry", "right", "strike", "quantity")
LARGEST_QUANTITY = 1_000_000_000
QUANTITY = re.compile(r"[+-]?[0-9]{1,12}")


class PositionLine(NamedTuple):
    """One line of the file: what an account holds of a contract, short if negative."""

    line: int
    account: str
    contract: Contract
    quantity: int


def read_positions(path: Path) -> list[PositionLine]:
    """Read all positions of a file.

    Args:
        path: The file; its header is exactly ``account,exchange,product,kind,expiry,right,strike,quantity``.

    Returns:
        The lines in the order of the file; a contract may come more than once.

    Raises:
        BadInputError: The file cannot be read, or a line is wrong; names file, line and field.
    """
    content = _decoded(_bytes_of(path), path.name)
    rows = _rows(content, path.name)
    number, header = next(rows, (0, []))
    if not header:
        raise BadInputError(path.name, text("the file is empty"), _header_remedy())
    if tuple(header) != COLUMNS:
        raise BadInputError(f"{path.name}: line {number}: header", _header_problem(header), _header_remedy())
    lines = [_line(f"{path.name}: line {number}", number, row) for number, row in rows]
    if not lines:
        raise BadInputError(path.name, text("the file has no positions"), text("write one position a line"))
    return lines


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        what = text("the file does not exist")
    except IsADirectoryError:
        what = text("this is a directory")
    except PermissionError:
        what = text("the file may not be read")
    except OSError as error:
        what = text("the file cannot be read: {reason}", reason=error.strerror or error)
    raise BadInputError(str(path), what, text("check the name of the positions file and your rights to it"))


def _decoded(content: bytes, file: str) -> str:
    """The text of the file; a byte order mark, as spreadsheets write it, is passed over."""
    line = content.count(b"\n", 0, max(content.find(b"\0"), 0)) + 1
    if b"\0" in content:
        raise BadInputError(f"{file}: line {line}", text("this is a binary file"), text("save it as CSV in UTF-8"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputError(
            f"{file}: line {line}", text("the text is not UTF-8"), text("save it as CSV in UTF-8")
        ) from None


def _rows(content: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line each ends on."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        what = text("this is not CSV: {reason}", reason=error)
        raise BadInputError(f"{file}: line {reader.line_num}", what, text("close every quotation mark")) from None


def _header_problem(header: list[str]) -> Text:
    for name in COLUMNS:
        if header.count(name) > 1:
            return text("column {name} is given twice", name=ascii(name))
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        return text("columns are missing: {names}", names=", ".join(missing))
    return text("the columns are not the expected ones, or not in order")


def _header_remedy() -> Text:
    return text("write the header {header}", header=",".join(COLUMNS))


def _line(where: str, number: int, row: list[str]) -> PositionLine:
    if len(row) != len(COLUMNS):
        what = text("the line has {count} fields, not {wanted}", count=len(row), wanted=len(COLUMNS))
        raise BadInputError(where, what, text("write {header}", header=",".join(COLUMNS)))
    fields = dict(zip(COLUMNS, (field.strip() for field in row), strict=True))
    for name in ("account", "exchange", "product", "kind", "expiry", "quantity"):
        if not fields[name]:
            raise BadInputError(f"{where}: {name}", text("the field is empty"), text("fill it in"))
    for name, value in fields.items():
        if not value.isprintable():
            raise BadInputError(
                f"{where}: {name}", text("the field holds control characters"), text("write plain text")
            )
    right, strike = _option_fields(where, fields)
    contract = Contract(fields["exchange"], fields["product"], fields["kind"], fields["expiry"], right, strike)
    return PositionLine(number, fields["account"], contract, _quantity(f"{where}: quantity", fields["quantity"]))


def _option_fields(where: str, fields: dict[str, str]) -> tuple[str, int]:
    """Right and strike, which options have and nothing else."""
    kind, right, strike = fields["kind"], fields["right"], fields["strike"]
    if kind not in KINDS:
        raise BadInputError(
            f"{where}: kind",
            text("unknown kind {kind}", kind=ascii(kind)),
            text("write one of {kinds}", kinds=", ".join(sorted(KINDS))),
        )
    if not Kind(kind).is_option:
        for name, value in (("right", right), ("strike", strike)):
            if value:
                what = text("only options have a right and a strike")
                raise BadInputError(f"{where}: {name}", what, text("leave it empty for kind {kind}", kind=kind))
        return "", 0
    if right not in ("C", "P"):
        what = text("the right is {right}", right=ascii(right)) if right else text("the right is missing")
        raise BadInputError(f"{where}: right", what, text("write C or P"))
    try:
        return right, parse_scaled(strike, PRICE_DECIMALS)
    except ValueError:
        what = (
            text("the strike {strike} is not a number", strike=ascii(strike))
            if strike
            else text("the strike is missing")
        )
        raise BadInputError(f"{where}: strike", what, text("write the strike as a decimal number")) from None


def _quantity(where: str, value: str) -> int:
    if QUANTITY.fullmatch(value) is None:
        raise BadInputError(
            where,
            text("the quantity {quantity} is not a whole number", quantity=ascii(value[:40])),
            text("write contracts as a whole number, short ones negative"),
        )
    if abs(int(value)) > LARGEST_QUANTITY:
        raise BadInputError(
            where,
            text("the quantity {quantity} is out of range", quantity=value),
            text("write at most {largest} contracts", largest=LARGEST_QUANTITY),
        )
    return int(value)
