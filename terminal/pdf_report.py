"""Writes a report as PDF: A4 across, headings of tables on every page, page numbers, bars with their bounds.

It needs Qt's fonts and so an application, but no display: `gui_application` makes one where there is none.
"""

from __future__ import annotations

import math
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
    QFontMetricsF,
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
from terminal.pdf_pages import break_pages
from terminal.report_table import Column, Figure, Kind, Report, Table, Value, begun, cannot_write, figure_of

FAMILIES: Final = ("Inter", "Noto Sans CJK SC", "Segoe UI", "Microsoft YaHei UI", "Helvetica Neue", "PingFang SC")
RESOLUTION: Final = 96
"""Dots an inch of the layout; the file itself has no pixels but those of bars."""
MARGIN: Final = 12.0
"""Millimetres."""
FOOT: Final = 22
"""Dots below the text for the foot of a page."""
BAR_HEIGHT: Final = 9
BARS: Final = (120, 260)
"""Shortest and longest bar."""
GAP: Final = 7
"""Dots of a column beyond what it holds."""
APART: Final = 12
"""Dots between a figure and a name beside it."""
WIDEST_GAP: Final = 34
NARROWEST: Final = 90
"""Dots of a name's column from which on it is not made narrower; the name breaks into lines there."""
SIZE: Final = 7.0
"""Points of what stands in a table."""
MOST_ROWS: Final = 120
UNKNOWN: Final = "n/c"
SHARPER: Final = 3
"""Pixels of a bar's image to a dot."""
STYLE: Final = """
body { color: #1b2430; font-size: 8.5pt; }
h1 { font-size: 17pt; font-weight: 600; margin-bottom: 2px; }
h2 { font-size: 11.5pt; font-weight: 600; margin-top: 16px; margin-bottom: 3px; }
p.note { color: #5c6a78; margin-top: 0px; margin-bottom: 4px; }
td, th { padding: 1.5px 3px; vertical-align: middle; }
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
    part = begun(path)
    writer = QPdfWriter(str(part))
    writer.setTitle(report.title.translated(translate))
    writer.setCreator("Palisade")
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    page = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, margins)
    writer.setPageLayout(page)
    writer.setResolution(RESOLUTION)
    painter = QPainter()
    if not painter.begin(writer):
        part.unlink(missing_ok=True)
        raise UserFacingError(text("{file} cannot be written", file=path))
    _Pages(report, translate, painter, writer).paint()
    painter.end()
    del writer
    try:
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


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
        self._metrics = tuple(self._measuring(weight) for weight in (QFont.Weight.Normal, QFont.Weight.DemiBold))
        self._images = 0

    def _measuring(self, weight: QFont.Weight) -> QFontMetricsF:
        font = QFont(self._font)
        font.setPointSizeF(SIZE)
        font.setWeight(weight)
        return QFontMetricsF(font, self._writer)

    def paint(self) -> None:
        """All pages."""
        self._document.setHtml(self._html())
        self._document.setPageSize(self._size)
        break_pages(self._document)
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
        widths, bar = self._widths(table, cells, bool(full))
        heads = "".join(
            f'<th style="{style}" align="{_side(column)}" width="{width}">{self._safe(column.title)}</th>'
            for column, width, style in zip(table.columns, widths, _styles(table.columns, ""), strict=True)
        )
        if bar:
            heads += f'<th style="font-size: 7pt" width="{bar}">{self._safe(table.columns[table.bars].title)}</th>'
        rows = "".join(self._row(table, number, row, cells[number], (full, bar)) for number, row in enumerate(shown))
        head = f"<thead><tr>{heads}</tr></thead>"
        rest = len(table.rows) - len(shown)
        more = text("and {count} more, in the spreadsheet", count=rest) if rest else text("nothing")
        below = f'<p class="note">{self._safe(more)}</p>' if rest or not shown else ""
        body = f'<table width="{sum(widths) + bar}" cellspacing="0">{head}{rows}</table>' if shown else ""
        return f"<h2>{self._safe(table.title)}</h2>{note}{body}{below}"

    def _widths(self, table: Table, cells: list[list[str]], with_bar: bool) -> tuple[list[int], int]:
        """Dots of each column by what it holds, and of the bars; together as wide as the page."""
        plain, bold = self._metrics
        needed = []
        for place, column in enumerate(table.columns):
            held = (
                (bold if number in table.strong else plain).horizontalAdvance(row[place])
                for number, row in enumerate(cells)
            )
            # Headings break at blanks only.
            words = (bold.horizontalAdvance(word) for word in self._said(column.title).split())
            needed.append(math.ceil(max(*held, *words, 0)) + GAP + (APART if _apart(table.columns, place) else 0))
        room, least = int(self._size.width()), BARS[0] if with_bar else 0
        _squeeze(needed, [column.kind is Kind.NAME for column in table.columns], room - least)
        spare = max(room - least - sum(needed), 0)
        if not with_bar:
            return _shared(needed, spare), 0
        gaps = min(spare, WIDEST_GAP * len(needed))
        return _shared(needed, gaps), min(room - sum(needed) - gaps, BARS[1])

    def _row(self, table: Table, number: int, row: tuple[Value, ...], words: list[str], scale: tuple[int, int]) -> str:
        styles = _styles(table.columns, "white-space: nowrap;")
        cells = "".join(
            f'<td style="{style}" align="{_side(column)}">{_marked(value, each, number in table.strong)}</td>'
            for column, style, value, each in zip(table.columns, styles, row, words, strict=True)
        )
        shade = ' bgcolor="#f5f7f9"' if number % 2 else ""
        bar = f'<td style="font-size: 7pt">{self._bar(table, row, *scale)}</td>' if scale[1] else ""
        return f"<tr{shade}>{cells}{bar}</tr>"

    def _value(self, value: Value, kind: Kind) -> str:
        """What a cell says; a narrow column has no room for more than a mark where a figure is missing."""
        if value is None:
            return ""
        if isinstance(value, str | Text):
            return self._said(value)
        figure = figure_of(value, kind)
        return UNKNOWN if figure.number == NOT_COMPUTABLE else figure.kind.shown(figure.number)

    def _bar(self, table: Table, row: tuple[Value, ...], full: int, room: int) -> str:
        """A bar as long as the figure, its bounds as lines, and in red what lies beyond the hard one."""
        value = row[table.bars]
        width, height = room - GAP, BAR_HEIGHT
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
    if isinstance(value, Figure):
        value = value.number
    if isinstance(value, int) and (value == NOT_COMPUTABLE or value < 0):
        colour = "color: #8a5a00;" if value == NOT_COMPUTABLE else "color: #b3261e;"
    # The size does not reach what stands within a cell by itself.
    return f'<span style="font-size: 7pt; {colour} {"font-weight: 600" if strong else ""}">{safe}</span>'


def _squeeze(needed: list[int], is_name: list[bool], room: int) -> None:
    """Make the widest columns of names narrower, in which words may break, until all have room."""
    while sum(needed) > room:
        names = [place for place, name in enumerate(is_name) if name and needed[place] > NARROWEST]
        if not names:
            return
        widest = max(names, key=lambda place: needed[place])
        needed[widest] = max(needed[widest] - (sum(needed) - room), needed[widest] * 9 // 10, NARROWEST)


def _shared(needed: list[int], spare: int) -> list[int]:
    """What columns need, and as much more for each."""
    each, rest = divmod(spare, len(needed))
    return [width + each + (place < rest) for place, width in enumerate(needed)]


def _styles(columns: Sequence[Column], figures: str) -> list[str]:
    """Style of a cell in each column, ``figures`` beside it in those of figures."""
    return [
        f"font-size: 7pt; {'' if column.kind is Kind.NAME else figures}"
        f"{f'padding-left: {APART}px' if _apart(columns, place) else ''}"
        for place, column in enumerate(columns)
    ]


def _apart(columns: Sequence[Column], place: int) -> bool:
    """Whether a column of names begins where one of figures ends."""
    return place > 0 and columns[place].kind is Kind.NAME and columns[place - 1].kind is not Kind.NAME


def _side(column: Column) -> str:
    return "left" if column.kind is Kind.NAME else "right"


def _largest(table: Table, rows: Sequence[tuple[Value, ...]]) -> int:
    """The longest of the bars and their bounds."""
    places = [place for place in (table.bars, table.soft, table.hard) if place >= 0]
    known = (row[place] for row in rows for place in places)
    return max((abs(value) for value in known if isinstance(value, int) and value != NOT_COMPUTABLE), default=0)
