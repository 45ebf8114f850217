"""Writes a report as a spreadsheet: a sheet a table, numbers as numbers, headings that stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from engine.numbers import NOT_COMPUTABLE
from engine.text import Text, Translate, text
from terminal.report_table import Kind, Report, Table, Value, begun, cannot_write, figure_of

WIDTHS: Final = {
    Kind.NAME: 22,
    Kind.COUNT: 12,
    Kind.MONEY: 17,
    Kind.PERCENT: 11,
    Kind.NUMBER: 11,
    Kind.INDEX: 9,
    Kind.OWN: 17,
}
"""Widths of columns in characters."""
LONGEST_NAME: Final = 31
FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def write_xlsx(report: Report, path: Path, translate: Translate) -> None:
    """Write ``report``; a file of that name is replaced once the new one is whole.

    Raises:
        UserFacingError: The file cannot be written.
    """
    part = begun(path)
    try:
        book = xlsxwriter.Workbook(str(part), {"strings_to_formulas": False, "strings_to_urls": False})
        _Writer(book, translate).write(report)
        book.close()
        part.replace(path)
    except (OSError, XlsxWriterException) as error:
        part.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


class _Writer:
    """Fills one workbook."""

    def __init__(self, book: Any, translate: Translate) -> None:
        self._book, self._translate = book, translate
        base = {"font_name": "Arial", "font_size": 10}
        self._plain = book.add_format(base)
        self._title = book.add_format({**base, "bold": True, "font_size": 14})
        self._strong = book.add_format({**base, "bold": True})
        self._wrapped = book.add_format({**base, "text_wrap": True, "valign": "top"})
        self._dim = book.add_format({**base, "font_color": "#7A7A7A", "align": "right", "italic": True})
        head = {**base, "bold": True, "bottom": 1, "bg_color": "#E8EDF2", "text_wrap": True, "valign": "top"}
        self._heads = {True: book.add_format({**head, "align": "right"}), False: book.add_format(head)}
        self._figures = {
            (kind, strong): book.add_format({**base, "num_format": kind.spreadsheet, "bold": strong})
            for kind in Kind
            for strong in (False, True)
        }
        self._names: set[str] = set()

    def write(self, report: Report) -> None:
        """The facts on the first sheet, then a sheet a table."""
        sheet = self._sheet(text("About"))
        sheet.set_column(0, 0, 30, self._plain)
        sheet.set_column(1, 1, 90, self._plain)
        sheet.write_string(0, 0, self._said(report.title), self._title)
        row = 2
        for name, value in report.facts:
            sheet.write_string(row, 0, self._said(name), self._strong)
            sheet.write_string(row, 1, self._said(value), self._wrapped)
            row += 1
        row += 1
        sheet.write_string(row, 0, self._said(text("Left out")), self._strong)
        for sentence in report.excluded or (text("nothing"),):
            sheet.write_string(row, 1, self._said(sentence), self._wrapped)
            row += 1
        for table in report.tables:
            self._write_table(table)

    def _sheet(self, title: Text) -> Any:
        name = self._said(title).translate(FORBIDDEN)[:LONGEST_NAME].strip()
        number = 2
        while name.lower() in self._names:
            name = f"{name[: LONGEST_NAME - 4]} {number}"
            number += 1
        self._names.add(name.lower())
        return self._book.add_worksheet(name)

    def _write_table(self, table: Table) -> None:
        sheet, top = self._sheet(table.title), 0
        if table.note is not None:
            sheet.write_string(0, 0, self._said(table.note), self._plain)
            top = 2
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, WIDTHS[column.kind])
            sheet.write_string(top, place, self._said(column.title), self._heads[column.kind is not Kind.NAME])
        for number, row in enumerate(table.rows):
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._write_value(sheet, top + 1 + number, place, value, column.kind, number in table.strong)
        sheet.freeze_panes(top + 1, 1)
        if table.rows:
            sheet.autofilter(top, 0, top + len(table.rows), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)

    def _write_value(self, sheet: Any, row: int, place: int, value: Value, kind: Kind, strong: bool) -> None:
        if value is None:
            return
        if isinstance(value, str | Text):
            sheet.write_string(row, place, self._said(value), self._strong if strong else self._plain)
            return
        figure = figure_of(value, kind)
        if figure.number == NOT_COMPUTABLE:
            sheet.write_string(row, place, self._said(text("not computable")), self._dim)
        else:
            sheet.write_number(row, place, figure.kind.number(figure.number), self._figures[figure.kind, strong])

    def _said(self, words: str | Text) -> str:
        return words if isinstance(words, str) else words.translated(self._translate)
