"""The spreads of a contract's commodity, and the legs of the one that is selected."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from engine.span.inspection import Inspection
from widgets.language import tr
from widgets.numbers_text import count
from widgets.panel import label
from widgets.parameters.heights import fit_height
from widgets.parameters.spread_table import WIDTHS, Column, SpreadModel
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

LEGS_WIDTH = 114


class SpreadPage(QWidget):
    """Table, and the selected spread in full under it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model = SpreadModel(self)
        self.table = DenseTable(theme)
        self.table.setObjectName("parameter_spreads")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.LEGS)
        self.message = label(tone="dim", name="parameter_spreads_message")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setContentsMargins(16, 24, 16, 24)
        self.legs = label(tone="dim", name="parameter_legs")
        self.legs.setWordWrap(True)
        self.legs.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.legs.setContentsMargins(10, 6, 10, 8)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.message)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.legs)
        rows.addStretch()
        self._one: Inspection | None = None
        self.table.resized.connect(self._fit_columns)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)

    def show_spreads(self, one: Inspection | None) -> None:
        """Draw the spreads of a contract."""
        self._one = one
        self.model.show(one)
        fit_height(self.table)
        if self.model.spreads:
            self.table.selectRow(0)
        self._describe()

    @property
    def title(self) -> str:
        """The page's name, with how many spreads the contract can take part in."""
        return tr("Spreads {count}").format(count=count(self.model.own)) if self.model.own else tr("Spreads")

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.table.setAccessibleName(tr("Spreads"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.table.viewport().update()
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(theme)

    def _describe(self) -> None:
        spreads = self.model.spreads
        self.table.setVisible(bool(spreads))
        self.message.setVisible(not spreads)
        if self._one is not None and self._one.commodity is None:
            self.message.setText(tr("No combined commodity takes this contract, so it is in no spread."))
        else:
            self.message.setText(tr("The file has no spreads for this commodity."))
        current = self.table.currentIndex()
        self.legs.setVisible(bool(spreads) and current.isValid())
        if spreads and current.isValid():
            self.legs.setText(self.model.explained(current.row()))

    def _fit_columns(self) -> None:
        fit_columns(self.table, WIDTHS, LEGS_WIDTH, (Column.KIND,))

    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._describe()
