"""The accounts of a batch as a list: visited or not, ready, blocked and why, signed or refused."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.authorisation.batch import Batch, Page, Stage
from widgets.approvals.parts import SHORT, clock_words
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr

ROOT = QModelIndex()
WIDTHS = (160, 84, 180, 52)


class Column(IntEnum):
    """Columns of the list, left to right."""

    ACCOUNT = 0
    VISIT = 1
    STATE = 2
    LEFT = 3


ALL_COLUMNS = tuple(Column)


def state_cell(page: Page) -> Cell:
    """What may be done with an account, or what came of it, and why."""
    if page.stage is Stage.SIGNED:
        cell = Cell(tr("✓ signed"), Tone.OK, strong=True)
    elif page.stage is Stage.SIGNING:
        cell = Cell(tr("signing…"), Tone.ACCENT)
    elif page.stage is Stage.LEFT_OUT:
        cell = Cell(tr("left out"), Tone.FAINT)
    elif page.stage is Stage.AWAITED:
        cell = Cell(tr("planning…"), Tone.DIM)
    elif page.stage is Stage.OUT:
        cell = Cell(f"✕ {sentence(page.reason)}" if page.reason is not None else "✕", Tone.CLOSE)
    elif page.obstacle is not None:
        cell = Cell(tr("blocked: {why}").format(why=sentence(page.obstacle)), Tone.CALL)
    elif page.reason is not None:
        cell = Cell(tr("refused: {why}").format(why=sentence(page.reason)), Tone.CLOSE)
    else:
        cell = Cell(tr("ready"), Tone.OK if page.is_visited else Tone.TEXT)
    return cell._replace(right=False)


def _visit_cell(page: Page) -> Cell:
    """Whether it was visited; an account that is out asks for no visit."""
    if page.is_visited:
        cell = Cell(tr("✓ visited"), Tone.OK)
    elif page.stage in (Stage.OUT, Stage.LEFT_OUT):
        cell = Cell("–", Tone.FAINT)
    elif page.read:
        cell = Cell(tr("○ code"), Tone.WARNING)
    else:
        cell = Cell(tr("○ not yet"), Tone.WARNING)
    return cell._replace(right=False)


class BatchModel(QAbstractTableModel):
    """One row an account, in the sequence in which they are looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.batch = Batch(())

    def show(self, batch: Batch) -> None:
        """Take the batch as it is now."""
        before = self.batch
        if len(before.pages) != len(batch.pages):
            self.beginResetModel()
            self.batch = batch
            self.endResetModel()
            return
        self.batch = batch
        for row, (old, new) in enumerate(zip(before.pages, batch.pages, strict=True)):
            if old is not new:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row an account."""
        return 0 if parent.isValid() else len(self.batch.pages)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Account"), tr("Visited"), tr("State"), tr("Left"))
        return header_cell(titles[section], section == Column.LEFT, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip tells the state in full."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return state_cell(self.batch.pages[index.row()]).text
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        page = self.batch.pages[index.row()]
        match ALL_COLUMNS[index.column()]:
            case Column.ACCOUNT:
                cell = Cell(page.account, right=False, strong=True)
            case Column.VISIT:
                cell = _visit_cell(page)
            case Column.STATE:
                cell = state_cell(page)
            case Column.LEFT:
                cell = Cell()
                if page.left is not None:
                    tone = Tone.CLOSE if page.left <= SHORT else Tone.WARNING
                    cell = Cell(clock_words(page.left), tone, raw=(-(-page.left // 10**9), 0))
        return cell
