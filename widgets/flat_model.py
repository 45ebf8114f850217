"""What every table without levels answers to Qt in the same way."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from typing import ClassVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from widgets.cells import Cell, Index, cell_data, header_cell

ROOT = QModelIndex()


class FlatModel(QAbstractTableModel):
    """A table of cells; a subclass says how many rows it has, what its columns are called and what each cell shows."""

    columns: ClassVar[type[IntEnum]]
    """Columns, left to right."""
    texts: ClassVar[Collection[int]] = ()
    """Columns of words, whose titles stand on the left; figures have theirs on the right."""

    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns in the language in force."""
        raise NotImplementedError

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        raise NotImplementedError

    def tip(self, index: Index) -> str:
        """The tool tip of a cell: what it shows in full, where a subclass knows nothing better."""
        return self.cell(index).text

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """No row has others below it."""
        return 0 if parent.isValid() else self.rows()

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        return header_cell(self.titles()[section], section not in self.texts, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell` and `tip`."""
        if not index.isValid():
            return None
        return self.tip(index) if role == Qt.ItemDataRole.ToolTipRole else cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def changed(self) -> None:
        """Have every cell drawn anew."""
        if rows := self.rows():
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(self.columns) - 1))
