"""Records as rows, the newest first; a filter by words takes in what is added without looking at the rest again."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.audit import UNSYNCHRONISED, Record
from widgets.audit.words import content_line, kind_word, microseconds
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import tr
from widgets.numbers_text import count

ROOT = QModelIndex()
WIDTHS = (62, 206, 70, 88, 160, 300)
ALARMING = ("refused", "removed")


class Column(IntEnum):
    """Columns of the table, left to right."""

    NUMBER = 0
    TIME = 1
    CLOCK = 2
    ACTOR = 3
    KIND = 4
    CONTENT = 5


class RecordsModel(QAbstractTableModel):
    """The records that the filter takes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Record, ...] = ()
        self._taken: list[Record] = []
        self._words: list[str] = []

    def show(self, records: tuple[Record, ...]) -> None:
        """Take another state of the same records, or other records."""
        fresh = _added(self._all, records)
        self._all = records
        if fresh is None:
            self._filter()
            return
        taken = [record for record in fresh if self._takes(record)]
        if taken:
            self.beginInsertRows(ROOT, 0, len(taken) - 1)
            self._taken += taken
            self.endInsertRows()

    def filter(self, words: str) -> None:
        """Show records only that hold all of ``words`` in kind, actor or content."""
        self._words = words.lower().split()
        self._filter()

    def record(self, row: int) -> Record | None:
        """The record of a row; None where there is no such row."""
        return self._taken[-1 - row] if 0 <= row < len(self._taken) else None

    def _filter(self) -> None:
        self.beginResetModel()
        self._taken = [record for record in self._all if self._takes(record)]
        self.endResetModel()

    def _takes(self, record: Record) -> bool:
        if not self._words:
            return True
        text = f"{record.number} {record.kind} {record.actor} {record.payload.decode('utf-8', 'replace')}".lower()
        return all(word in text for word in self._words)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a record."""
        return 0 if parent.isValid() else len(self._taken)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Record"), tr("Time (UTC)"), tr("Clock ±"), tr("Actor"), tr("Kind"), tr("Content"))
        return header_cell(titles[section], section in (Column.NUMBER, Column.CLOCK), role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`."""
        record = self.record(index.row()) if index.isValid() else None
        if record is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.CONTENT:
            return content_line(record)
        return cell_data(self.cell(index), role)

    def cell(self, index: Index) -> Cell:
        """What one cell shows."""
        record = self.record(index.row())
        if record is None:
            return Cell()
        match Column(index.column()):
            case Column.NUMBER:
                cell = Cell(count(record.number), Tone.DIM, raw=(record.number, 0))
            case Column.TIME:
                cell = Cell(microseconds(record.wall), right=False, raw=(record.wall, 0))
            case Column.CLOCK:
                known = record.clock_error != UNSYNCHRONISED
                cell = Cell(_error(record.clock_error), Tone.DIM if known else Tone.WARNING)
            case Column.ACTOR:
                cell = Cell(record.actor, right=False)
            case Column.KIND:
                alarming = any(word in record.kind for word in ALARMING)
                tone = Tone.WARNING if alarming else Tone.TEXT
                cell = Cell(kind_word(record.kind), tone, alarming, False, record.kind)
            case Column.CONTENT:
                content = record.payload.decode("utf-8", "replace")
                cell = Cell(content_line(record), Tone.DIM, right=False, raw=content)
        return cell

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row is a heading."""
        return False


def _added(before: Sequence[Record], after: Sequence[Record]) -> Sequence[Record] | None:
    """The records that ``after`` has more at its end; None where it is something else than ``before`` grown."""
    if not before or not after or before[0] is not after[0] or len(after) < len(before):
        return None
    return after[len(before) :] if after[len(before) - 1] is before[-1] else None


def _error(microseconds_off: int) -> str:
    if microseconds_off == UNSYNCHRONISED:
        return "?"
    return f"{microseconds_off} µs" if microseconds_off < 10_000 else f"{microseconds_off // 1_000} ms"
