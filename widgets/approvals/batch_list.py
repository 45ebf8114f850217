"""The accounts of a batch as a list: visited or not, ready, blocked and why, signed or refused."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QObject

from engine.authorisation.batch import Batch, Page, Stage
from widgets.approvals.parts import SHORT, clock_words
from widgets.cells import Cell, Index, Tone
from widgets.flat_model import FlatModel
from widgets.language import sentence, tr

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


class BatchModel(FlatModel):
    """One row an account, in the sequence in which they are looked at."""

    columns, texts = Column, frozenset(Column) - {Column.LEFT}

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

    def rows(self) -> int:
        """One row an account."""
        return len(self.batch.pages)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (tr("Account"), tr("Visited"), tr("State"), tr("Left"))

    def tip(self, index: Index) -> str:
        """The state in full."""
        return state_cell(self.batch.pages[index.row()]).text

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
