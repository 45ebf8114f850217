"""Owners side by side: what is below the owner in view, a row each, with a way into each of them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from engine.concentration_picture import OwnerPath, OwnerTable
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, RATIO_DECIMALS, Integers
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import compact, count, fixed, percent
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

ROOT = QModelIndex()
WIDTHS = (150, 74, 68, 84, 84, 84, 84, 84, 84, 66, 70, 54, 50, 50, 72, 76, 62)
NAME_WIDTH = 140


class Column(IntEnum):
    """Columns, left to right."""

    NAME = 0
    LEVEL = 1
    ACCOUNTS = 2
    EQUITY = 3
    LONG = 4
    SHORT = 5
    GROSS = 6
    NET = 7
    DELTA = 8
    LARGEST = 9
    SHARE = 10
    HHI = 11
    EFFECTIVE = 12
    DAYS = 13
    COST = 14
    VOLATILITY = 15
    DIVERSIFICATION = 16


ALL_COLUMNS = tuple(Column)
GIVE_WAY = (
    Column.LONG,
    Column.SHORT,
    Column.DIVERSIFICATION,
    Column.NET,
    Column.DELTA,
    Column.LEVEL,
    Column.ACCOUNTS,
    Column.EFFECTIVE,
    Column.COST,
    Column.VOLATILITY,
    Column.EQUITY,
    Column.HHI,
    Column.DAYS,
    Column.LARGEST,
    Column.SHARE,
    Column.GROSS,
)
"""What a narrow view leaves out, first to last."""
FIELDS = {
    Column.ACCOUNTS: "accounts",
    Column.EQUITY: "equity",
    Column.LONG: "long",
    Column.SHORT: "short",
    Column.GROSS: "gross",
    Column.NET: "net",
    Column.DELTA: "delta",
    Column.SHARE: "largest_share",
    Column.HHI: "herfindahl",
    Column.EFFECTIVE: "effective",
    Column.DAYS: "days",
    Column.COST: "cost",
    Column.VOLATILITY: "volatility",
    Column.DIVERSIFICATION: "diversification",
}
PLACES = {Column.HHI: 3, Column.EFFECTIVE: 1, Column.DAYS: 2, Column.DIVERSIFICATION: 2}
"""Decimals of figures that are no money."""


class OwnerModel(QAbstractTableModel):
    """The owners below one, the largest gross exposure first until a person asks for another order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: OwnerTable | None = None
        self._rows: list[int] = []
        self._above = -1
        self._sorted_by, self._descending = Column.GROSS, True

    def show(self, table: OwnerTable, above: int) -> None:
        """Take new figures: in place where the owners are the same, else from the start.

        Args:
            table: All owners.
            above: Row of the owner whose parts are shown.
        """
        same = self.table is not None and self.table.names == table.names and self._above == above
        if same:
            self.table = table
            if self._rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self.table, self._above = table, above
        below = np.flatnonzero(table.parents == above)
        self._rows = self._ordered(below if len(below) else np.array([above]))
        self.endResetModel()

    def row_in_table(self, row: int) -> int:
        """Row of the owner table that a row of the view shows."""
        return self._rows[row]

    def has_parts(self, row: int) -> bool:
        """Whether there is anything below the owner in a row of the view."""
        return self.table is not None and bool((self.table.parents == self._rows[row]).any())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.DescendingOrder) -> None:
        """Sort by a column; rows keep their place afterwards while figures change."""
        self._sorted_by, self._descending = ALL_COLUMNS[column], order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        places = [self._rows[index.row()] for index in held]
        self._rows = self._ordered(np.array(self._rows, dtype=np.int64))
        row_of = {place: row for row, place in enumerate(self._rows)}
        moved = [self.index(row_of[place], index.column()) for index, place in zip(held, places, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row an owner."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns, and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        title, meaning = self._titles()[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return meaning or title
        return header_cell(title, section not in (Column.NAME, Column.LEVEL, Column.LARGEST), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip says what is not computable and why."""
        if not index.isValid() or self.table is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            row = self._rows[index.row()]
            return "\n".join([self.table.names[row], *map(sentence, self.table.reasons.get(row, ()))])
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        table, row, column = self.table, self._rows[index.row()], ALL_COLUMNS[index.column()]
        if table is None:
            return Cell()
        if column is Column.NAME:
            mark = "› " if self.has_parts(index.row()) else ""
            return Cell(f"{mark}{tr(table.names[row])}", strong=bool(mark), right=False, raw=table.names[row])
        if column is Column.LEVEL:
            words = tr(table.levels[row]) if table.levels[row] else ""
            return Cell(words, Tone.DIM, right=False)
        if column is Column.LARGEST:
            return Cell(table.largest[row], right=False)
        return _figure(column, int(getattr(table, FIELDS[column])[row]))

    def _ordered(self, rows: Integers) -> list[int]:
        table = self.table
        if table is None:
            return []
        if self._sorted_by in FIELDS:
            figures = getattr(table, FIELDS[self._sorted_by])[rows]
            # What is not computable comes last, whichever way.
            key = np.where(figures == NOT_COMPUTABLE, np.inf, -figures if self._descending else figures)
            return [int(rows[place]) for place in np.argsort(key, kind="stable")]
        names = {Column.LEVEL: table.levels, Column.LARGEST: table.largest}.get(self._sorted_by, table.names)
        return sorted(rows.tolist(), key=lambda row: names[row], reverse=self._descending)

    @staticmethod
    def _titles() -> tuple[tuple[str, str], ...]:
        return (
            (tr("Owner"), ""),
            (tr("Level"), ""),
            (tr("Accounts"), ""),
            (tr("Equity"), ""),
            (tr("Long"), tr("Value of what is held long")),
            (tr("Short"), tr("Value of what is held short")),
            (tr("Gross"), tr("Long and short exposure added")),
            (tr("Net"), tr("Long less short exposure")),
            (tr("Delta"), tr("Delta-equivalent exposure")),
            (tr("Largest"), tr("Product with the largest gross exposure")),
            (tr("Equity %"), tr("Gross exposure in the largest product as a share of equity")),
            (tr("HHI"), tr("Herfindahl index of products by gross exposure: 1 where one is all")),
            (tr("Eff."), tr("Effective number of products: so many of equal size would be as concentrated")),
            (tr("Days"), tr("Days to liquidate the slowest product at the rate of participation")),
            (tr("Cost"), tr("Cost to liquidate everything against quoted depth")),
            (tr("Volatility"), tr("Standard deviation of one day's gain or loss")),
            (tr("Divers."), tr("Diversification ratio: volatilities of the products added up, over that of the whole")),
        )


class OwnersTable(DenseTable):
    """A table to go down in: Enter or a double click goes into an owner, Escape back, a click selects an account."""

    chosen = Signal(object)
    """Path of the owner a person went into."""
    account_chosen = Signal(str)
    went_back = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("owners_table")
        self.owners = OwnerModel(self)
        self.setModel(self.owners)
        header = self.horizontalHeader()
        set_widths(header, WIDTHS, Column.NAME)
        header.setSortIndicator(Column.GROSS, Qt.SortOrder.DescendingOrder)
        header.setSectionsClickable(True)
        self.setSortingEnabled(True)
        self.activated.connect(self._on_activated)
        self.clicked.connect(self._on_clicked)
        self.resized.connect(lambda: fit_columns(self, WIDTHS, NAME_WIDTH, GIVE_WAY))

    def show_owners(self, table: OwnerTable, path: OwnerPath) -> None:
        """Show what is below the owner at the end of ``path``."""
        above = 0
        for name in path:
            below = np.flatnonzero(table.parents == above).tolist()
            above = next((row for row in below if table.names[row] == name), above)
        if len(table):
            self.owners.show(table, above)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Owners"))
        self.owners.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape and Backspace go back."""
        if Qt.Key(event.key()) in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.went_back.emit()
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        table = self.owners.table
        if table is not None:
            self.chosen.emit(table.path(self.owners.row_in_table(index.row())))

    def _on_clicked(self, index: QModelIndex) -> None:
        table = self.owners.table
        if table is not None and not self.owners.has_parts(index.row()):
            self.account_chosen.emit(table.names[self.owners.row_in_table(index.row())])


def _figure(column: Column, value: int) -> Cell:
    if value == NOT_COMPUTABLE:
        return Cell("–", Tone.FAINT, raw="", spoken=tr("not computable"))
    if column is Column.ACCOUNTS:
        return Cell(count(value), Tone.DIM, raw=str(value))
    if column is Column.SHARE:
        return Cell(percent(value, 0), raw=(value, RATIO_DECIMALS))
    if column in PLACES:
        return Cell(fixed(value, RATIO_DECIMALS, PLACES[column]), raw=(value, RATIO_DECIMALS))
    return Cell(compact(value), Tone.NEGATIVE if value < 0 else Tone.TEXT, raw=(value, MONEY_DECIMALS))
