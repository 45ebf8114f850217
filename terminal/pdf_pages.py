"""Where pages of a report break: a heading stays with the table below it."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument, QTextFormat, QTextTable

LEVEL: Final = 2
"""Of headings that stand above a table."""


def keep_headings(document: QTextDocument) -> None:
    """Begin a new page with every heading whose table would begin on the next one; the document has its page size."""
    block = document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel() == LEVEL:
            first = _first_row(block)
            if first is not None and page_of(document, block) != page_of(document, first):
                style = block.blockFormat()
                style.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                QTextCursor(block).setBlockFormat(style)
        block = block.next()


def page_of(document: QTextDocument, block: QTextBlock) -> int:
    """The page on which a block begins, from 0."""
    return int(document.documentLayout().blockBoundingRect(block).top() // document.pageSize().height())


def _first_row(heading: QTextBlock) -> QTextBlock | None:
    """The first row below the column titles of the table that follows a heading; None where none does."""
    block = heading.next()
    while block.isValid() and block.blockFormat().headingLevel() != LEVEL:
        table = cast("QTextTable | None", QTextCursor(block).currentTable())
        if table is not None:
            return table.cellAt(min(1, table.rows() - 1), 0).firstCursorPosition().block()
        block = block.next()
    return None
