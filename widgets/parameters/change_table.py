"""What changed since the version before: the figures of one contract that differ."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.numbers import NOT_COMPUTABLE
from engine.span.contract_changes import Change
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.findings_table import capitalised, move_tone, percent_cell
from widgets.language import sentence, tr
from widgets.numbers_text import date_text, fixed
from widgets.parameters.scenario_words import places_needed

ROOT = QModelIndex()
WIDTHS = (170, 80, 80, 80, 66)


class Column(IntEnum):
    """Columns of a contract's changes, left to right."""

    NAME = 0
    OLD = 1
    NEW = 2
    CHANGE = 3
    PERCENT = 4


class ChangeModel(QAbstractTableModel):
    """One row a figure that differs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.changes: tuple[Change, ...] = ()
        self._currency = ""

    def show(self, changes: tuple[Change, ...], currency: str) -> None:
        """Take other changes; ``currency`` is that of their amounts."""
        self.beginResetModel()
        self.changes, self._currency = changes, currency
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a figure."""
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Figure"), tr("Before"), tr("Now"), tr("Change"), "%")
        return header_cell(titles[section], section > 0, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`."""
        return cell_data(self.cell(index), role) if index.isValid() else None

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        change = self.changes[index.row()]
        match Column(index.column()):
            case Column.NAME:
                unit = f", {self._currency}" if change.money else ""
                cell = Cell(f"{capitalised(sentence(change.name))}{unit}", right=False)
            case Column.OLD:
                cell = self._figure(change, change.old, Tone.DIM)
            case Column.NEW:
                cell = self._figure(change, change.new, Tone.TEXT)
            case Column.CHANGE:
                if not change.decimals or NOT_COMPUTABLE in (change.old, change.new):
                    return Cell("–", Tone.FAINT)
                moved = change.new - change.old
                words = fixed(moved, change.decimals, self._places(change), signed=True)
                cell = Cell(words, move_tone(moved), raw=(moved, change.decimals))
            case Column.PERCENT:
                cell = percent_cell(change.move)
        return cell

    def _figure(self, change: Change, value: int, tone: Tone) -> Cell:
        if value == NOT_COMPUTABLE or not (value or change.decimals):
            return Cell("–", Tone.FAINT, spoken=tr("none"))
        if not change.decimals:
            return Cell(date_text(str(value)), tone, raw=str(value))
        return Cell(fixed(value, change.decimals, self._places(change)), tone, raw=(value, change.decimals))

    @staticmethod
    def _places(change: Change) -> int:
        return places_needed((change.old, change.new), change.decimals)
