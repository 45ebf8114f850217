"""Rows and columns on their way out of a table or plot: as CSV, as a spreadsheet, as text for the clipboard."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.numbers import NOT_COMPUTABLE, format_scaled

Value = str | int | tuple[int, int]
"""A text, a whole number, or a scaled integer and its decimals."""

MOST_DIGITS = 15
"""Digits that a spreadsheet's numbers keep; longer ones go in as text, or their last digits would change."""
MOST_ROWS, WIDEST = 1_048_575, 60
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a table or plot shows, as exact raw values.

    Attributes:
        name: What it is, for the file's name and the spreadsheet's tab.
        titles: Of the columns.
        rows: Values by row, as many as there are titles. What is not computable is empty.
        levels: Depth of each row in a tree; empty where there is none.
    """

    name: str
    titles: tuple[str, ...]
    rows: Sequence[Sequence[Value]]
    levels: tuple[int, ...] = ()


def plain(value: Value) -> str:
    """A value without separators or unit, every digit of it; empty where it is not computable."""
    if isinstance(value, tuple):
        return "" if value[0] == NOT_COMPUTABLE else format_scaled(*value)
    return "" if value == NOT_COMPUTABLE else str(value)


def tabbed(sheet: Sheet) -> str:
    """For the clipboard: titles and rows, columns parted by tabs."""
    lines = [sheet.titles, *([plain(value) for value in row] for row in sheet.rows)]
    return "\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line) for line in lines)


def csv_bytes(sheet: Sheet) -> bytes:
    """CSV as RFC 4180 has it, in UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow([_harmless(title) for title in sheet.titles])
    rows.writerows([_harmless(plain(value)) for value in row] for row in sheet.rows)
    return written.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheet: Sheet) -> bytes:
    """A spreadsheet: numbers as numbers with their own decimals, texts as texts, a tree's rows outlined."""
    import xlsxwriter  # noqa: PLC0415 - start-up does not wait for what is seldom wanted

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", sheet.name)[:31] or None)
        strong = book.add_format({"bold": True, "bottom": 1})
        formats = {places: book.add_format({"num_format": _number_format(places)}) for places in range(9)}
        for column, title in enumerate(sheet.titles):
            page.write_string(0, column, title, strong)
        for row, values in enumerate(sheet.rows[:MOST_ROWS], 1):
            for column, value in enumerate(values):
                text = plain(value)
                number = _number(value, text)
                if number is None:
                    page.write_string(row, column, text)
                else:
                    page.write_number(row, column, number, formats[min(max(-_exponent(number), 0), 8)])
        for column, width in enumerate(_widths(sheet)):
            page.set_column(column, column, width)
        for row, level in enumerate(sheet.levels, 1):
            page.set_row(row, None, None, {"level": min(level, 7)})
        page.freeze_panes(1, 1)
        page.outline_settings(True, False, True, False)
    return target.getvalue()


def _number(value: Value, text: str) -> Decimal | None:
    """What is a number and may be written as one without losing a digit."""
    is_number = not isinstance(value, str) and bool(_NUMBER.match(text))
    return Decimal(text) if is_number and sum(map(str.isdigit, text)) <= MOST_DIGITS else None


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _number_format(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _widths(sheet: Sheet) -> list[int]:
    """Characters each column needs, by its first thousand rows."""
    lengths = [len(title) for title in sheet.titles]
    for row in sheet.rows[:1000]:
        lengths = [max(length, len(plain(value))) for length, value in zip(lengths, row, strict=True)]
    return [min(length + 3, WIDEST) for length in lengths]


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) and not _NUMBER.match(cell) else cell
