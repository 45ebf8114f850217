"""Parts of the dialogs that sign: the statement as it is signed, the market beside it, codes and times."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QScrollArea, QWidget

from engine.authorisation.instruction import Instruction
from widgets.approvals.market import WIDTHS, Column, MarketModel
from widgets.language import tr
from widgets.panel import label
from widgets.tables import DenseTable, set_widths
from widgets.theme import Theme

SHORT: Final = 20 * 10**9
"""Nanoseconds left from which on a countdown is urgent."""
HALF: Final = 4


def statement_area(lines: QWidget) -> QScrollArea:
    """Where the lines of a statement may be scrolled."""
    scroll = QScrollArea()
    scroll.setObjectName("signing_statement")
    scroll.setWidgetResizable(True)
    scroll.setWidget(lines)
    return scroll


def statement_lines(lines: list[tuple[str, str]]) -> QWidget:
    """The lines whose digest is signed, as they are: names on the left, values on the right."""
    inner = QWidget()
    grid = QGridLayout(inner)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(2)
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    for row, (name, value) in enumerate(lines):
        shown = label(value)
        shown.setWordWrap(True)
        shown.setAlignment(Qt.AlignmentFlag.AlignTop)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if len(value) > 40 and " " not in value:
            shown.setFont(fixed)
        grid.addWidget(label(name, tone="dim"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(shown, row, 1)
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(len(lines), 1)
    return inner


def market_table(theme: Theme, model: MarketModel) -> DenseTable:
    """The market of the orders; nothing to select in it."""
    table = DenseTable(theme)
    table.setModel(model)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    set_widths(table.horizontalHeader(), WIDTHS, Column.CONTRACT)
    return table


def code_words(instruction: Instruction) -> str:
    """The code in two halves, as a person reads it to another."""
    code = instruction.code
    return tr("Code: {code}").format(code=f"{code[:HALF]}-{code[HALF:]}")


def clock_words(nanoseconds: int) -> str:
    """Minutes and seconds that are left, a begun second counted whole."""
    seconds = max(0, -(-nanoseconds // 10**9))
    return f"{seconds // 60}:{seconds % 60:02d}"
