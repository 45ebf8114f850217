"""Reads CSV files that a person wrote: UTF-8, a header that is exactly the expected one, whole lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.text import BadInputError, Text, text


def read_csv(path: Path, columns: Sequence[str], remedy: Text) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a file line by line.

    Args:
        path: The file.
        columns: Its header, exactly.
        remedy: What to do where the file cannot be opened.

    Yields:
        The number of each line that is not blank, and its fields by column, without blanks around them.

    Raises:
        BadInputError: The file cannot be read, or a line is wrong; names file, line and field.
    """
    content = _decoded(_bytes_of(path, remedy), path.name)
    rows = _rows(content, path.name)
    number, header = next(rows, (0, []))
    if not header:
        raise BadInputError(path.name, text("the file is empty"), _header_remedy(columns))
    if tuple(header) != tuple(columns):
        where = f"{path.name}: line {number}: header"
        raise BadInputError(where, _header_problem(header, columns), _header_remedy(columns))
    for line, row in rows:
        yield line, _fields(f"{path.name}: line {line}", row, columns)


def _fields(where: str, row: list[str], columns: Sequence[str]) -> dict[str, str]:
    if len(row) != len(columns):
        what = text("the line has {count} fields, not {wanted}", count=len(row), wanted=len(columns))
        raise BadInputError(where, what, text("write {header}", header=",".join(columns)))
    fields = dict(zip(columns, (field.strip() for field in row), strict=True))
    for name, value in fields.items():
        if not value.isprintable():
            raise BadInputError(
                f"{where}: {name}", text("the field holds control characters"), text("write plain text")
            )
    return fields


def require(where: str, fields: dict[str, str], names: Sequence[str]) -> None:
    """See that fields are not empty.

    Raises:
        BadInputError: One is.
    """
    for name in names:
        if not fields[name]:
            raise BadInputError(f"{where}: {name}", text("the field is empty"), text("fill it in"))


def _bytes_of(path: Path, remedy: Text) -> bytes:
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
    raise BadInputError(str(path), what, remedy)


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


def _header_problem(header: list[str], columns: Sequence[str]) -> Text:
    for name in columns:
        if header.count(name) > 1:
            return text("column {name} is given twice", name=ascii(name))
    missing = [name for name in columns if name not in header]
    if missing:
        return text("columns are missing: {names}", names=", ".join(missing))
    return text("the columns are not the expected ones, or not in order")


def _header_remedy(columns: Sequence[str]) -> Text:
    return text("write the header {header}", header=",".join(columns))
