"""Reads daily returns of products from CSV: ``date,PRODUCT,...``, one row a day; an empty field is a missing return."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import numpy as np

from engine.returns import Returns
from engine.text import BadInputError, text

DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
NUMBER: Final = re.compile(r"[+-]?\d{1,3}(\.\d{1,12})?", re.ASCII)
LARGEST: Final = 10.0
"""A return of a thousand per cent is a mistake in the file."""
MOST_BYTES: Final = 50_000_000


def read_returns(path: Path) -> Returns:
    """All returns of a file, each over one trading day: 0.0125 is a rise of 1.25 %.

    Raises:
        BadInputError: It cannot be read, or a field is wrong; names file, line and column.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError(path.name, text("the file is too large"), text("leave out the oldest days"))
        content = path.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        remedy = text("check the name of the file of returns and your rights to it")
        raise BadInputError(path.name, text("not readable: {error}", error=error), remedy) from error
    header, remedy = (rows[0] if rows else []), text("write date and then one product a column")
    names = [name.strip() for name in header[1:]]
    if not header or header[0] != "date" or not all(names) or not names or len(set(names)) < len(names):
        raise BadInputError(f"{path.name}: line 1", text("not a header of products"), remedy)
    values, last = np.full((max(len(rows) - 1, 0), len(names)), np.nan), ""
    for number, row in enumerate(rows[1:], 2):
        where = f"{path.name}: line {number}"
        if len(row) != len(header):
            what = text("{count} fields where the header has {expected}", count=len(row), expected=len(header))
            raise BadInputError(where, what, remedy)
        if DATE.fullmatch(row[0]) is None or row[0] <= last:
            what = text("{date} is no later date than the one above", date=ascii(row[0][:20]))
            raise BadInputError(f"{where}: date", what, text("write days as 2026-11-20, the oldest first"))
        last = row[0]
        for place, (name, field) in enumerate(zip(names, row[1:], strict=True)):
            if field.strip():
                values[number - 2, place] = _return(f"{where}: {name}", field.strip())
    return Returns(tuple(names), values, 1.0)


def _return(where: str, field: str) -> float:
    if NUMBER.fullmatch(field) is None or abs(float(field)) > LARGEST:
        what = text("{field} is not a return", field=ascii(field[:20]))
        raise BadInputError(where, what, text("write 0.0125 for a rise of 1.25 %"))
    return float(field)
