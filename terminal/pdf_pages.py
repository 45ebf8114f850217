"""Where pages of a report break: a heading stays with the table below it, and a row is on one page."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtGui import (
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
    QTextTableCell,
)

LEVEL: Final = 2
"""Of headings that stand above a table."""


def break_pages(document: QTextDocument) -> None:
    """Let the document, which has its page size, break where a person would: from its start, so that all stays."""
    block, seen = document.begin(), -1
    while block.isValid():
        if block.blockFormat().headingLevel() == LEVEL:
            _keep_heading(document, block)
        table = _table(block)
        if table is not None and table.firstPosition() != seen:
            seen = table.firstPosition()
            _keep_rows(document, table)
        block = block.next()


def page_of(document: QTextDocument, block: QTextBlock) -> int:
    """The page on which a block begins, from 0."""
    return int(document.documentLayout().blockBoundingRect(block).top() // document.pageSize().height())


def _keep_heading(document: QTextDocument, heading: QTextBlock) -> None:
    """Begin a new page with a heading whose table would begin on the next one."""
    first = _first_row(heading)
    if first is not None and page_of(document, heading) != page_of(document, first):
        style = heading.blockFormat()
        style.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
        QTextCursor(heading).setBlockFormat(style)
        _lay_out(document)


def _keep_rows(document: QTextDocument, table: QTextTable) -> None:
    """Put a row on the next page of which some is there: the row above it is made so high that no first line fits."""
    height = document.pageSize().height()
    for row in range(table.format().headerRowCount() + 1, table.rows()):
        above, this = _Reach(document, table, row - 1), _Reach(document, table, row)
        page = above.begins // height
        if this.ends // height == page:
            continue
        more = (page + 1) * height - above.ends - this.line + 1 if this.begins // height == page else 0
        # Together, so that it is laid out once.
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        for column in range(table.columns()):
            cell = table.cellAt(row - 1, column)
            style = cell.format().toTableCellFormat()
            style.setBottomPadding(style.bottomPadding() + more)
            style.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignTop)
            cell.setFormat(style)
        cursor.endEditBlock()
        _lay_out(document)


class _Reach:
    """Where the first line of a row begins and its last line ends, and how high the lowest of its first lines is."""

    def __init__(self, document: QTextDocument, table: QTextTable, row: int) -> None:
        layout, cells = document.documentLayout(), [table.cellAt(row, column) for column in range(table.columns())]
        self.begins = min(layout.blockBoundingRect(_first(cell)).top() for cell in cells)
        self.ends = max(layout.blockBoundingRect(cell.lastCursorPosition().block()).bottom() for cell in cells)
        self.line = min(_first(cell).layout().lineAt(0).height() for cell in cells)


def _lay_out(document: QTextDocument) -> None:
    """Lay all out anew: left to itself, the layout takes what is below for unchanged, and leaves it without lines."""
    document.markContentsDirty(0, document.characterCount())


def _table(block: QTextBlock) -> QTextTable | None:
    return cast("QTextTable | None", QTextCursor(block).currentTable())


def _first(cell: QTextTableCell) -> QTextBlock:
    return cell.firstCursorPosition().block()


def _first_row(heading: QTextBlock) -> QTextBlock | None:
    """The first row below the column titles of the table that follows a heading; None where none does."""
    block = heading.next()
    while block.isValid() and block.blockFormat().headingLevel() != LEVEL:
        table = _table(block)
        if table is not None:
            return _first(table.cellAt(min(1, table.rows() - 1), 0))
        block = block.next()
    return None
