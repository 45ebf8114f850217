"""The table of what changed since the run before: accounts that got worse first."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtWidgets import QAbstractItemView

from engine.scenarios.stress import Change
from widgets.cells import Cell, Tone
from widgets.language import sentence, tr
from widgets.stress.tables import RunModel
from widgets.stress.words import fate_cell
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme


class Column(IntEnum):
    """Columns, left to right."""

    ACCOUNT = 0
    WAY = 1
    BEFORE = 2
    AFTER = 3
    SCENARIO = 4


WIDTHS = (120, 70, 120, 120, 200)


class ChangeModel(RunModel[Column]):
    """Changes of the last run."""

    columns = tuple(Column)
    words = tuple(Column)

    def __init__(self) -> None:
        super().__init__()
        self.changes: tuple[Change, ...] = ()

    def show(self, changes: tuple[Change, ...]) -> None:
        """Take other changes."""
        self.beginResetModel()
        self.changes = changes
        self.endResetModel()

    def size(self) -> int:
        """One row a change."""
        return len(self.changes)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (tr("Account"), "", tr("Before"), tr("Ends"), tr("Worst scenario"))

    def hint(self, row: int) -> str:
        """The account."""
        return self.changes[row].account

    def cell_at(self, row: int, column: Column) -> Cell:
        """What a cell shows."""
        change = self.changes[row]
        match column:
            case Column.ACCOUNT:
                cell = Cell(change.account, right=False)
            case Column.WAY:
                worse = change.after > change.before
                cell = Cell(
                    f"▼ {tr('worse')}" if worse else f"△ {tr('better')}",
                    Tone.NEGATIVE if worse else Tone.OK,
                    right=False,
                )
            case Column.BEFORE:
                cell = fate_cell(change.before)._replace(strong=False)
            case Column.AFTER:
                cell = fate_cell(change.after)
            case Column.SCENARIO:
                cell = Cell(sentence(change.scenario) if change.scenario is not None else "–", Tone.DIM, right=False)
        return cell


class ChangeTable(DenseTable):
    """The table; one row is chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("stress_changes")
        self.changes = ChangeModel()
        self.setModel(self.changes)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.horizontalHeader(), WIDTHS, Column.SCENARIO)
        self.resized.connect(self._fit)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("What changed since the last run"))
        self.changes.retranslate()

    def _fit(self) -> None:
        fit_columns(self, WIDTHS, 120, (Column.WAY, Column.BEFORE))
