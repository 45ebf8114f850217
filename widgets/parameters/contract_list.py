"""The contracts that fit what is typed: a field and the list under it, half a million rows long if need be."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QVBoxLayout, QWidget

from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, Integers
from engine.span.contract_search import ContractSearch
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import tr
from widgets.numbers_text import count, price
from widgets.panel import label
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

ROOT = QModelIndex()
NOTHING = np.zeros(0, dtype=np.int64)
WIDTHS = (150, 80, 190)
TITLE_WIDTH = 150
SHOWN = 100_000
"""Most rows of the list: a view with more takes too long to lay out, and nobody scrolls that far."""
MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class Column(IntEnum):
    """Columns of the list, left to right."""

    CONTRACT = 0
    PRICE = 1
    PRODUCT = 2


ALL_COLUMNS = tuple(Column)


class ContractModel(QAbstractTableModel):
    """Rows of the parameter tables that were found; texts are made when they are painted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.contracts: ContractSearch | None = None
        self.rows: Integers = NOTHING

    def show(self, contracts: ContractSearch | None, rows: Integers) -> None:
        """Take other rows, the first `SHOWN` of them."""
        self.beginResetModel()
        self.contracts, self.rows = contracts, rows[:SHOWN]
        self.endResetModel()

    def place_of(self, row: int) -> int:
        """Which line of the list shows ``row`` of the parameter tables, or -1."""
        places = np.flatnonzero(self.rows == row)
        return int(places[0]) if len(places) else -1

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a contract."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Contract"), tr("Price"), tr("Product"))
        return header_cell(titles[section], section == Column.PRICE, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip gives the full identity."""
        if not index.isValid() or self.contracts is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(self.contracts.parameters.contract(int(self.rows[index.row()])))
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        if self.contracts is None:
            return Cell()
        parameters, row = self.contracts.parameters, int(self.rows[index.row()])
        family = parameters.families[parameters.contracts.family[row]]
        match ALL_COLUMNS[index.column()]:
            case Column.CONTRACT:
                contract = parameters.contract(row)
                cell = Cell(contract.title, right=False, raw=str(contract))
            case Column.PRICE:
                value = int(parameters.contracts.price[row])
                cell = Cell(price(value, family.price_decimals), raw=(value, PRICE_DECIMALS))
                if value == NOT_COMPUTABLE:
                    cell = Cell("–", Tone.FAINT, spoken=tr("no price"))
            case Column.PRODUCT:
                cell = Cell(family.name, Tone.DIM, right=False)
        return cell


class ContractTable(DenseTable):
    """The table; typing letters in it goes to the field."""

    typed = Signal(str)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Hand what is typed to the field instead of jumping about."""
        if search.strip():
            self.typed.emit(search)


class ContractList(QWidget):
    """Field and list. What is typed selects the first contract found; arrows move on from the field."""

    row_chosen = Signal(int)
    """A row of the parameter tables, chosen by a person."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setObjectName("parameter_search")
        self.search.setClearButtonEnabled(True)
        self.model = ContractModel(self)
        self.table = ContractTable(theme)
        self.table.setObjectName("parameter_contracts")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.CONTRACT)
        self.found = label(tone="dim", small=True, name="parameter_found")
        self.found.setContentsMargins(10, 3, 6, 3)
        self.found.setWordWrap(True)
        field = QVBoxLayout()
        field.setContentsMargins(8, 8, 8, 6)
        field.addWidget(self.search)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(field)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.found)
        self._contracts: ContractSearch | None = None
        self._total = 0
        self.search.textEdited.connect(self._on_typed)
        self.search.installEventFilter(self)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.resized.connect(self._fit_columns)
        self.table.typed.connect(self._type_into_field)

    def show_contracts(self, contracts: ContractSearch) -> None:
        """Search these contracts from now on; what is typed stays."""
        self._contracts = contracts
        self._find()

    def select(self, row: int) -> None:
        """Mark a row of the parameter tables, where it is among those found; tells nobody."""
        place = self.model.place_of(row)
        self.table.selectionModel().blockSignals(True)
        if place >= 0:
            self.table.selectRow(place)
            self.table.scrollTo(self.model.index(place, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.table.clearSelection()
            self.table.setCurrentIndex(ROOT)
        self.table.selectionModel().blockSignals(False)
        self.table.viewport().update()

    def focus_search(self) -> None:
        """Put the cursor into the field, its text ready to be replaced."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.search.setPlaceholderText(tr("Find {example}").format(example="ES P 6000"))
        self.search.setAccessibleName(tr("Search contracts"))
        self.search.setToolTip(tr("Product, month (2027-03, H27, MAR27), C or P, strike, in any order"))
        self.table.setAccessibleName(tr("Contracts"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._say_found()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keys of the field that belong to the list, and Escape, which empties the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self.table.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self._empty()
                return True
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and self.search.text()
        ):
            # The window's own use of Escape waits until the field is empty.
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _empty(self) -> None:
        chosen = self.table.currentIndex()
        row = int(self.model.rows[chosen.row()]) if chosen.isValid() else -1
        self.search.clear()
        self._find()
        self.select(row)

    def _type_into_field(self, typed: str) -> None:
        self.search.setFocus()
        self.search.setText(typed)
        self._on_typed()

    def _on_typed(self) -> None:
        self._find()
        if len(self.model.rows) and self.search.text().strip():
            self.table.selectRow(0)

    def _find(self) -> None:
        if self._contracts is None:
            return
        found = self._contracts.rows(self.search.text())
        self._total = len(found)
        self.model.show(self._contracts, found)
        self._say_found()

    def _say_found(self) -> None:
        if self._contracts is None:
            self.found.setText("")
            return
        if not self._total:
            words = tr("No contract fits. Try a product or a month.")
        elif self._total > SHOWN:
            words = tr("{count} of {total} · the first {shown} listed")
        else:
            words = tr("{count} of {total}")
        self.found.setText(
            words.format(count=count(self._total), total=count(len(self._contracts)), shown=count(SHOWN))
        )

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(int(self.model.rows[current.row()]))

    def _fit_columns(self) -> None:
        fit_columns(self.table, WIDTHS, TITLE_WIDTH, (Column.PRODUCT, Column.PRICE))
