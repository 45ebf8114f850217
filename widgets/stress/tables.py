"""The models of the Stress view's tables: rows of a run in the order a person reads them, made anew with each run."""

from __future__ import annotations

from enum import IntEnum
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from widgets.cells import Cell, Index, cell_data, header_cell

ROOT = QModelIndex()
ColumnType = TypeVar("ColumnType", bound=IntEnum)


class RunModel(QAbstractTableModel, Generic[ColumnType]):
    """Rows that a subclass counts and writes; the whole of it changes at once."""

    columns: tuple[ColumnType, ...]
    """All of them, left to right."""
    words: tuple[ColumnType, ...] = ()
    """Columns of texts, which stand on the left."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.currency = ""

    def size(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def cell_at(self, row: int, column: ColumnType) -> Cell:
        """What a cell shows."""
        raise NotImplementedError

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns in the language in force."""
        raise NotImplementedError

    def hint(self, row: int) -> str:
        """The tool tip of a row."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self.size():
            self.dataChanged.emit(self.index(0, 0), self.index(self.size() - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """As many as `size` says."""
        return 0 if parent.isValid() else self.size()

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        return header_cell(self.titles()[section], self.columns[section] not in self.words, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell_at`."""
        if not index.isValid() or index.row() >= self.size():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.hint(index.row())
        return cell_data(self.cell(index), role)

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        return self.cell_at(index.row(), self.columns[index.column()])

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False
