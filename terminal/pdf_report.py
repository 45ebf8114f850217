"""Writes a report as PDF: A4 across, headings of tables on every page, page numbers, bars with their bounds.

It needs Qt's fonts and so an application, but no display: `gui_application` makes one where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextDocument,
)

from engine.numbers import NOT_COMPUTABLE
from engine.text import Text, Translate, UserFacingError, text
from terminal.pdf_pages import keep_headings
from terminal.report_table import Column, Kind, Report, Table, Value

FAMILIES: Final = ("Inter", "Noto Sans CJK SC", "Segoe UI", "Microsoft YaHei UI", "Helvetica Neue", "PingFang SC")
RESOLUTION: Final = 96
"""Dots an inch of the layout; the file itself has no pixels but those of bars."""
MARGIN: Final = 12.0
"""Millimetres."""
FOOT: Final = 22
"""Dots below the text for the foot of a page."""
BAR: Final = (150, 10)
BAR_WEIGHT: Final = 26
"""Room of a bar, in characters."""
LONGEST: Final = 26
"""Characters of a name from which on it breaks into lines."""
MOST_ROWS: Final = 120
UNKNOWN: Final = "n/c"
SHARPER: Final = 3
"""Pixels of a bar's image to a dot."""
STYLE: Final = """
body { color: #1b2430; font-size: 8.5pt; }
h1 { font-size: 17pt; font-weight: 600; margin-bottom: 2px; }
h2 { font-size: 11.5pt; font-weight: 600; margin-top: 16px; margin-bottom: 3px; }
p.note { color: #5c6a78; margin-top: 0px; margin-bottom: 4px; }
td, th { padding: 1.5px 3px; }
th { color: #3c4a58; background-color: #e8edf2; font-weight: 600; }
.name { color: #5c6a78; }
"""


def gui_application() -> QCoreApplication:
    """The process's application; one that needs no display where there is none yet."""
    running = QCoreApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["palisade"])


def write_pdf(report: Report, path: Path, translate: Translate) -> None:
    """Write ``report``; a file of that name is replaced once the new one is whole. Needs an application.

    Raises:
        UserFacingError: The file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    writer = QPdfWriter(str(part))
    writer.setTitle(report.title.translated(translate))
    writer.setCreator("Palisade")
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    page = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, margins)
    writer.setPageLayout(page)
    writer.setResolution(RESOLUTION)
    painter = QPainter()
    if not painter.begin(writer):
        raise UserFacingError(text("{file} cannot be written", file=path.name))
    _Pages(report, translate, painter, writer).paint()
    painter.end()
    del writer
    try:
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserFacingError(text("{file} cannot be written: {reason}", file=path.name, reason=error)) from None


class _Pages:
    """Lays a report out on pages and paints them."""

    def __init__(self, report: Report, translate: Translate, painter: QPainter, writer: QPdfWriter) -> None:
        self._report, self._translate = report, translate
        self._painter, self._writer = painter, writer
        self._size = QSizeF(writer.width(), writer.height() - FOOT)
        self._document = QTextDocument()
        self._document.documentLayout().setPaintDevice(writer)
        self._document.setDocumentMargin(0)
        self._font = QFont(list(FAMILIES))
        self._font.setPointSizeF(8.5)
        self._font.setFeature(QFont.Tag("tnum"), 1)
        self._document.setDefaultFont(self._font)
        self._document.setDefaultStyleSheet(STYLE)
        self._images = 0

    def paint(self) -> None:
        """All pages."""
        self._document.setHtml(self._html())
        self._document.setPageSize(self._size)
        keep_headings(self._document)
        pages = self._document.pageCount()
        context = QAbstractTextDocumentLayout.PaintContext()
        for page in range(pages):
            if page:
                self._writer.newPage()
            self._painter.save()
            self._painter.translate(0, -page * self._size.height())
            view = QRectF(0, page * self._size.height(), self._size.width(), self._size.height())
            self._painter.setClipRect(view)
            context.clip = view
            self._document.documentLayout().draw(self._painter, context)
            self._painter.restore()
            self._paint_foot(page + 1, pages)

    def _paint_foot(self, page: int, pages: int) -> None:
        font = QFont(self._font)
        font.setPointSizeF(7.5)
        self._painter.setFont(font)
        self._painter.setPen(QPen(QColor("#5c6a78")))
        room = QRectF(0, self._size.height() + 6, self._size.width(), FOOT - 6)
        self._painter.drawText(room, Qt.AlignmentFlag.AlignLeft, self._report.signs)
        number = self._said(text("page {page} of {pages}", page=page, pages=pages))
        self._painter.drawText(room, Qt.AlignmentFlag.AlignRight, number)

    def _html(self) -> str:
        report = self._report
        facts = "".join(
            f'<tr><td class="name">{self._safe(name)}</td><td>{self._safe(value)}</td></tr>'
            for name, value in report.facts
        )
        left_out = "".join(f"<li>{self._safe(each)}</li>" for each in report.excluded)
        left_out = left_out or f"<li>{self._safe(text('nothing'))}</li>"
        parts = [f"<h1>{self._safe(report.title)}</h1><table cellspacing='0'>{facts}</table>"]
        parts.append(f"<h2>{self._safe(text('Left out'))}</h2><ul>{left_out}</ul>")
        meaning = text("{mark}: not computable, for one of the reasons above", mark=UNKNOWN)
        parts.append(f'<p class="note">{self._safe(meaning)}</p>')
        return "<body>" + "".join([*parts, *map(self._table, report.tables)]) + "</body>"

    def _table(self, table: Table) -> str:
        note = f'<p class="note">{self._safe(table.note)}</p>' if table.note is not None else ""
        shown = table.rows[:MOST_ROWS]
        full = _largest(table, shown) if table.bars >= 0 else 0
        cells = [[self._value(value, column.kind) for column, value in zip(table.columns, row)] for row in shown]  # noqa: B905
        widths = self._widths(table, cells, BAR_WEIGHT if full else 0)
        heads = "".join(
            f'<th style="font-size: 7pt" align="{_side(column)}" width="{width}%">{self._safe(column.title)}</th>'
            for column, width in zip(table.columns, widths, strict=False)
        )
        heads += f'<th width="{100 - sum(widths)}%"></th>' if full else ""
        rows = "".join(self._row(table, number, row, cells[number], full) for number, row in enumerate(shown))
        head = f"<thead><tr>{heads}</tr></thead>"
        rest = len(table.rows) - len(shown)
        more = text("and {count} more, in the spreadsheet", count=rest) if rest else text("nothing")
        below = f'<p class="note">{self._safe(more)}</p>' if rest or not shown else ""
        body = f'<table width="100%" cellspacing="0">{head}{rows}</table>' if shown else ""
        return f"<h2>{self._safe(table.title)}</h2>{note}{body}{below}"

    def _widths(self, table: Table, cells: list[list[str]], bar: int) -> list[int]:
        """Percent of the width for each column, by the longest of what it holds."""
        weights = []
        for place, column in enumerate(table.columns):
            # What is bold takes more room.
            longest = max(
                (_room(row[place]) + 2 * (number in table.strong) for number, row in enumerate(cells)), default=0
            )
            words = self._said(column.title).split()
            # Headings are bold and break at blanks only.
            weights.append(min(max(longest, *(_room(word) + 2 for word in words), 3), LONGEST) + 1)
        total = sum(weights) + bar
        return [max(weight * 100 // total, 1) for weight in weights]

    def _row(self, table: Table, number: int, row: tuple[Value, ...], words: list[str], full: int) -> str:
        cells = "".join(
            f'<td{_style(column)} align="{_side(column)}">{_marked(value, each, number in table.strong)}</td>'
            for column, value, each in zip(table.columns, row, words, strict=True)
        )
        shade = ' bgcolor="#f5f7f9"' if number % 2 else ""
        bar = f"<td>{self._bar(table, row, full)}</td>" if full else ""
        return f"<tr{shade}>{cells}{bar}</tr>"

    def _value(self, value: Value, kind: Kind) -> str:
        """What a cell says; a narrow column has no room for more than a mark where a figure is missing."""
        if value is None:
            return ""
        if not isinstance(value, int):
            return self._said(value)
        return UNKNOWN if value == NOT_COMPUTABLE else kind.shown(value)

    def _bar(self, table: Table, row: tuple[Value, ...], full: int) -> str:
        """A bar as long as the figure, its bounds as lines, and in red what lies beyond the hard one."""
        value = row[table.bars]
        width, height = BAR
        image = QImage(width * SHARPER, height * SHARPER, QImage.Format.Format_RGB32)
        image.fill(QColor("#e8edf2"))
        painter = QPainter(image)
        painter.scale(SHARPER, SHARPER)
        if isinstance(value, int) and value != NOT_COMPUTABLE:
            length = width * abs(value) / full
            painter.fillRect(QRectF(0, 2, length, height - 4), QColor("#3b7fb8"))
            hard = row[table.hard] if table.hard >= 0 else None
            if isinstance(hard, int) and 0 <= hard < abs(value):
                start = width * hard / full
                painter.fillRect(QRectF(start, 2, length - start, height - 4), QColor("#c8332f"))
        for place, style in ((table.soft, Qt.PenStyle.DotLine), (table.hard, Qt.PenStyle.SolidLine)):
            bound = row[place] if place >= 0 else None
            if isinstance(bound, int) and bound >= 0:
                painter.setPen(QPen(QColor("#1b2430"), 1.4, style))
                painter.drawLine(int(width * bound / full), 0, int(width * bound / full), height)
        painter.end()
        self._images += 1
        name = f"bar-{self._images}"
        self._document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
        return f'<img src="{name}" width="{width}" height="{height}">'

    def _safe(self, words: str | Text) -> str:
        return escape(self._said(words))

    def _said(self, words: str | Text) -> str:
        return words if isinstance(words, str) else words.translated(self._translate)


def _marked(value: Value, words: str, strong: bool) -> str:
    """A cell's words as HTML: figures do not break, and say by more than colour what they are."""
    safe = escape(words) if isinstance(value, str | Text) else escape(words).replace(" ", "&nbsp;")
    colour = ""
    if isinstance(value, int) and (value == NOT_COMPUTABLE or value < 0):
        colour = "color: #8a5a00;" if value == NOT_COMPUTABLE else "color: #b3261e;"
    # The size does not reach what stands within a cell by itself.
    return f'<span style="font-size: 7pt; {colour} {"font-weight: 600" if strong else ""}">{safe}</span>'


def _room(words: str) -> int:
    """Characters of usual width that words are as wide as; ideographs are as wide as two."""
    return sum(2 if sign >= "\u2e80" else 1 for sign in words)


def _style(column: Column) -> str:
    return ' style="font-size: 7pt"' if column.kind is Kind.NAME else ' style="font-size: 7pt; white-space: nowrap"'


def _side(column: Column) -> str:
    return "left" if column.kind is Kind.NAME else "right"


def _largest(table: Table, rows: Sequence[tuple[Value, ...]]) -> int:
    """The longest of the bars and their bounds."""
    places = [place for place in (table.bars, table.soft, table.hard) if place >= 0]
    known = (row[place] for row in rows for place in places)
    return max((abs(value) for value in known if isinstance(value, int) and value != NOT_COMPUTABLE), default=0)
