"""The table of the market of an instruction's orders: wide enough that nothing a person signs is cut in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QAbstractItemView

from engine.authorisation.instruction import InstructionOrder
from engine.instruments import Contract
from widgets.approvals.market import WIDTHS, Column, MarketLine, MarketModel
from widgets.cells import Advances
from widgets.language import tr
from widgets.tables import DenseTable, set_widths
from widgets.theme import Theme

MOST_ROWS: Final = 8
"""Orders that are in sight at once."""
SIDES: Final = 14
"""Pixels that a cell needs beside its text."""
SCROLL_BAR: Final = 10


class MarketTable(DenseTable):
    """One row an order, nothing to select; as high as its rows, as wide as its longest contract and figures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.market = MarketModel(self)
        self.setModel(self.market)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Market of the orders"))
        set_widths(self.horizontalHeader(), WIDTHS, Column.CONTRACT)
        self._contract = WIDTHS[Column.CONTRACT]
        self._fitted: tuple[int, ...] = ()
        self._advances = tuple(Advances(QFontMetricsF(theme.font(strong=strong))) for strong in (False, True))

    def show_orders(self, orders: Sequence[InstructionOrder]) -> None:
        """Make room for these; their market follows."""
        self.market.show(())
        titles = (Contract.parse(order.contract).title for order in orders)
        self._contract = max((self._width(title) for title in titles), default=0)
        metrics = self.theme.metrics
        self.setFixedHeight(metrics.header + min(max(len(orders), 1), MOST_ROWS) * metrics.row + 2)
        self._fitted = ()
        self._widen(list(WIDTHS))

    def show_market(self, lines: tuple[MarketLine, ...]) -> None:
        """Follow the market."""
        self.market.show(lines)
        # Measured only when a figure has got another digit: a market that ticks does not pass through here.
        largest = (max((line.notional for line in lines), default=0), max((line.price for line in lines), default=0))
        digits = (len(lines), *(len(str(figure)) for figure in largest))
        if digits != self._fitted:
            self._fitted = digits
            self._fit()

    def _fit(self) -> None:
        widths = list(WIDTHS)
        for column in Column:
            for row in range(len(self.market.lines)):
                cell = self.market.cell(self.market.index(row, column))
                widths[column] = max(widths[column], self._width(cell.text, strong=cell.strong))
        self._widen(widths)

    def _widen(self, widths: list[int]) -> None:
        for column, width in enumerate(widths):
            if column != Column.CONTRACT:
                self.horizontalHeader().resizeSection(column, width)
        fixed = sum(widths) - widths[Column.CONTRACT]
        self.setMinimumWidth(fixed + self._contract + SCROLL_BAR)

    def _width(self, words: str, *, strong: bool = False) -> int:
        return SIDES + round(sum(map(self._advances[strong].__getitem__, words)))
