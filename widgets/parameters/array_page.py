"""The risk array of a contract, as numbers and as a plot: one above the other, or side by side where there is room."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QBoxLayout, QWidget

from engine.span.inspection import Inspection
from widgets.language import tr
from widgets.panel import ElidedLabel
from widgets.parameters.array_plot import ArrayPlot
from widgets.parameters.array_table import WIDTHS, ArrayModel, Column
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

ROW = 20
"""Height in pixels of a row: all scenarios are to be seen at once, with the plot."""
BESIDE = 720
"""Width in pixels from which on the plot stands beside the table."""
LOSS_WIDTH = 74


class ArrayPage(QWidget):
    """Table and plot; a scenario selected in one is marked in the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model = ArrayModel(self)
        self.table = DenseTable(_close(theme))
        self.table.setObjectName("parameter_array")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.LOSS)
        self.plot = ArrayPlot(theme)
        self.summary = ElidedLabel()
        self.summary.setProperty("tone", "dim")
        self.summary.setContentsMargins(10, 3, 6, 3)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._parts.setSpacing(0)
        self._parts.addWidget(self.table)
        self._parts.addWidget(self.plot, 1)
        rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(self._parts, 1)
        rows.addWidget(self.summary)
        self._one: Inspection | None = None
        self.table.resized.connect(self._fit_columns)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.plot.pointed.connect(lambda number: self.table.selectRow(number - 1))

    def show_array(self, one: Inspection | None, live: tuple[int, ...]) -> None:
        """Draw the array of a contract, and its live array where there is one."""
        self._one = one
        self.model.show(one, live)
        self.plot.show_array(one, live)
        self.summary.setText(self.plot.summary())
        self._fit_height()
        self._fit_columns()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.table.setAccessibleName(tr("Risk array"))
        self.model.retranslate()
        self.summary.setText(self.plot.summary())
        self.table.viewport().update()
        self.plot.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(_close(theme))
        self.plot.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the plot where there is room for it."""
        super().resizeEvent(event)
        beside = self.width() >= BESIDE
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._parts.direction() != way:
            self._parts.setDirection(way)
            self._parts.setStretch(0, 1 if beside else 0)
        self._fit_height()

    def _fit_height(self) -> None:
        """Above the plot the table is as high as its rows; it scrolls where even that is too much."""
        whole = self.table.horizontalHeader().height() + self.model.rowCount() * self.table.theme.metrics.row
        beside = self._parts.direction() == QBoxLayout.Direction.LeftToRight
        least = self.plot.minimumSizeHint().height() + self.summary.sizeHint().height()
        room = max(self.height() - least, 4 * self.table.theme.metrics.row)
        self.table.setMaximumHeight(2**24 - 1 if beside else min(whole, room))
        self.table.setMinimumHeight(0 if beside else min(whole, room))

    def _fit_columns(self) -> None:
        """Live figures only where there are any; the weight and the difference give way first."""
        if self.model.live:
            fit_columns(self.table, WIDTHS, LOSS_WIDTH, (Column.WEIGHT, Column.CHANGE))
            self.table.setColumnHidden(Column.LIVE, False)
        else:
            self.table.setColumnHidden(Column.LIVE, True)
            self.table.setColumnHidden(Column.CHANGE, True)
            self.table.setColumnHidden(Column.WEIGHT, False)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.plot.mark(current.row() + 1 if current.isValid() else 0)


def _close(theme: Theme) -> Theme:
    """The theme with rows as close together as sixteen of them need."""
    return replace(theme, metrics=replace(theme.metrics, row=ROW))
