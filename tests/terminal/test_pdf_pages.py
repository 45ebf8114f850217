"""Wherever a page ends, a heading stands on the page on which its table begins, and only there is a page cut short."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QTextBlock, QTextDocument

from terminal.pdf_pages import keep_headings, page_of

TABLE = "<table><thead><tr><th>Contract</th></tr></thead>" + "<tr><td>CL 2027-01</td></tr>" * 3 + "</table>"


def laid_out(lines: int) -> QTextDocument:
    document = QTextDocument()
    document.setHtml("<p>line</p>" * lines + f"<h2>Fills</h2><p>a note</p>{TABLE}<h2>Nothing</h2><p>no table</p>")
    document.setPageSize(QSizeF(700, 500))
    return document


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
        document = laid_out(lines)
        before = page_of(document, blocks(document)["Fills"])
        apart = before != page_of(document, blocks(document)["CL 2027-01"])
        keep_headings(document)
        pages = {name: page_of(document, blocks(document)[name]) for name in ("Fills", "Contract", "CL 2027-01")}
        assert len(set(pages.values())) == 1, (lines, pages)
        assert (pages["Fills"] != before) is apart
        moved.append(apart)
    assert any(moved)
    assert not all(moved)
