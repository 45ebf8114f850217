"""Wherever a page ends, a heading stands on the page on which its table begins, and a row of a table is on one page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QTextBlock, QTextDocument

from terminal.pdf_pages import break_pages, page_of

TABLE = "<table><thead><tr><th>Contract</th></tr></thead>" + "<tr><td>CL 2027-01</td></tr>" * 3 + "</table>"
TALL = "".join(f"<tr><td>first {row}<br/>second {row}</td><td>beside {row}</td></tr>" for row in range(60))
LONG = TABLE.replace("</table>", "<tr><td>NG 2027-01</td></tr>" * 400 + "</table>")
HEIGHT = 500


def laid_out(html: str) -> QTextDocument:
    document = QTextDocument()
    document.setHtml(html)
    document.setPageSize(QSizeF(700, HEIGHT))
    return document


def with_table(lines: int) -> QTextDocument:
    return laid_out("<p>line</p>" * lines + f"<h2>Fills</h2><p>a note</p>{TABLE}<h2>Nothing</h2><p>no table</p>")


def blocks(document: QTextDocument) -> dict[str, QTextBlock]:
    found, block = {}, document.begin()
    while block.isValid():
        found.setdefault(block.text(), block)
        block = block.next()
    return found


@pytest.mark.usefixtures("qapp")
def test_a_heading_stays_with_its_table() -> None:
    moved = []
    for lines in range(40):
        document = with_table(lines)
        before = page_of(document, blocks(document)["Fills"])
        apart = before != page_of(document, blocks(document)["CL 2027-01"])
        break_pages(document)
        pages = {name: page_of(document, blocks(document)[name]) for name in ("Fills", "Contract", "CL 2027-01")}
        assert len(set(pages.values())) == 1, (lines, pages)
        assert (pages["Fills"] != before) is apart
        moved.append(apart)
    assert any(moved)
    assert not all(moved)


def split_rows(document: QTextDocument) -> list[int]:
    """Rows of the tall table that begin on one page and end on another, or whose cells do not begin side by side."""
    layout, found = document.documentLayout(), blocks(document)
    pages = []
    for row in range(60):
        # Both lines of the first cell are one block.
        first = layout.blockBoundingRect(found[f"first {row}\u2028second {row}"])
        beside = layout.blockBoundingRect(found[f"beside {row}"])
        pages.append({first.top() // HEIGHT, (first.bottom() - 1) // HEIGHT, beside.top() // HEIGHT})
    return [row for row, each in enumerate(pages) if len(each) > 1]


@pytest.mark.usefixtures("qapp")
def test_a_row_of_a_table_is_on_one_page() -> None:
    split = 0
    for lines in range(12):
        document = laid_out("<p>line</p>" * lines + f"<table><thead><tr><th>Two</th></tr></thead>{TALL}</table>")
        split += len(split_rows(document))
        break_pages(document)
        assert split_rows(document) == [], lines
    assert split


@pytest.mark.usefixtures("qapp")
def test_what_follows_a_moved_heading_keeps_its_lines() -> None:
    for lines in range(12, 32):
        document = laid_out("<p>line</p>" * lines + f"<h2>Fills</h2>{LONG}<p>and more</p><h2>Rest</h2>{TABLE}")
        break_pages(document)
        assert document.pageCount() > 0
        block = document.begin()
        while block.isValid():
            assert not block.text() or block.layout().lineCount(), (lines, block.text())
            block = block.next()
