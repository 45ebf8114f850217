"""What differs between two parameter versions, as a table: how serious, where, what, by how much at most."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.numbers import RATIO_DECIMALS, divide_half_away
from engine.span.findings import Finding, Severity
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import SPACE, fixed
from widgets.tables import DenseTable, set_widths
from widgets.theme import Theme

ROOT = QModelIndex()
WIDTHS = (98, 110, 456, 100)
TONES = {Severity.ERROR: Tone.CLOSE, Severity.WARNING: Tone.WARNING, Severity.INFORMATION: Tone.DIM}
SIGNS = {Severity.ERROR: "✕", Severity.WARNING: "⚠", Severity.INFORMATION: "·"}


class Column(IntEnum):
    """Columns of the table, left to right."""

    SEVERITY = 0
    PLACE = 1
    SENTENCE = 2
    MOVE = 3


ALL_COLUMNS = tuple(Column)


def severity_word(severity: Severity) -> str:
    """What a severity is called on screen."""
    return {
        Severity.ERROR: tr("error"),
        Severity.WARNING: tr("warning"),
        Severity.INFORMATION: tr("information"),
    }[severity]


class FindingsModel(QAbstractTableModel):
    """Findings in the engine's order, the worst first."""

    def __init__(self, findings: tuple[Finding, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings = findings

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Take other findings."""
        self.beginResetModel()
        self.findings = findings
        self.endResetModel()

    def explained(self, row: int) -> str:
        """A finding in full: where and what."""
        finding = self.findings[row]
        words = capitalised(sentence(finding.sentence))
        return f"{finding.place}: {words}" if finding.place else words

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a finding."""
        return 0 if parent.isValid() else len(self.findings)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        titles = (tr("Severity"), tr("Where"), tr("What differs"), tr("Largest move"))
        return header_cell(titles[section], section == Column.MOVE, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip says it in full."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.explained(index.row())
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        finding, column = self.findings[index.row()], ALL_COLUMNS[index.column()]
        tone = TONES[finding.severity]
        match column:
            case Column.SEVERITY:
                word = severity_word(finding.severity)
                return Cell(f"{SIGNS[finding.severity]} {word}", tone, right=False, raw=finding.severity, spoken=word)
            case Column.PLACE:
                return Cell(finding.place, Tone.DIM, right=False)
            case Column.SENTENCE:
                return Cell(capitalised(sentence(finding.sentence)), right=False)
            case Column.MOVE:
                return Cell(tr("new"), Tone.DIM) if finding.unbounded else percent_cell(finding.move, signed=False)


def percent_cell(move: Fraction | None, *, signed: bool = True) -> Cell:
    """A move in percent; a dash where there is none."""
    if move is None:
        return Cell("–", Tone.FAINT)
    ratio = int(divide_half_away(move.numerator * 10**RATIO_DECIMALS, move.denominator))
    words = f"{fixed(ratio, RATIO_DECIMALS, 1, signed=signed)}{SPACE}%"
    return Cell(words, move_tone(ratio), raw=(ratio, RATIO_DECIMALS))


def move_tone(value: int) -> Tone:
    """The tone of a change: its sign says which way, colour only underlines it."""
    return Tone.NEGATIVE if value < 0 else Tone.TEXT if value else Tone.DIM


def capitalised(words: str) -> str:
    """A sentence of the engine as the first in its line."""
    return words[:1].upper() + words[1:]


class FindingsTable(DenseTable):
    """The table of a comparison."""

    def __init__(self, theme: Theme, findings: tuple[Finding, ...]) -> None:
        super().__init__(theme)
        self.setObjectName("findings_table")
        self.setModel(FindingsModel(findings, self))
        set_widths(self.horizontalHeader(), WIDTHS, Column.SENTENCE)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("What differs"))
        self.model().headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.viewport().update()
