"""What changed since the version before: figures of one contract, and the findings on a commodity or the whole file."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from engine.numbers import NOT_COMPUTABLE, RATIO_DECIMALS, divide_half_away
from engine.span.contract_changes import Change
from engine.span.findings import Finding, Severity
from widgets.cells import Cell, Index, Tone, cell_data, header_cell
from widgets.language import sentence, tr
from widgets.numbers_text import SPACE, date_text, fixed
from widgets.parameters.scenario_words import places_needed

ROOT = QModelIndex()
CHANGE_WIDTHS = (170, 80, 80, 80, 66)
FINDING_WIDTHS = (88, 98, 300, 64)
MARKS = {Severity.ERROR: "■", Severity.WARNING: "▲", Severity.INFORMATION: "·"}
TONES = {Severity.ERROR: Tone.CLOSE, Severity.WARNING: Tone.WARNING, Severity.INFORMATION: Tone.DIM}


class ChangeColumn(IntEnum):
    """Columns of a contract's changes, left to right."""

    NAME = 0
    OLD = 1
    NEW = 2
    CHANGE = 3
    PERCENT = 4


class FindingColumn(IntEnum):
    """Columns of the findings, left to right."""

    SEVERITY = 0
    PLACE = 1
    SENTENCE = 2
    MOVE = 3


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
        return 0 if parent.isValid() else len(ChangeColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(ChangeColumn):
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
        match ChangeColumn(index.column()):
            case ChangeColumn.NAME:
                unit = f", {self._currency}" if change.money else ""
                cell = Cell(f"{_capital(sentence(change.name))}{unit}", right=False)
            case ChangeColumn.OLD:
                cell = self._figure(change, change.old, Tone.DIM)
            case ChangeColumn.NEW:
                cell = self._figure(change, change.new, Tone.TEXT)
            case ChangeColumn.CHANGE:
                if not change.decimals or NOT_COMPUTABLE in (change.old, change.new):
                    return Cell("–", Tone.FAINT)
                moved = change.new - change.old
                words = fixed(moved, change.decimals, self._places(change), signed=True)
                cell = Cell(words, _tone(moved), raw=(moved, change.decimals))
            case ChangeColumn.PERCENT:
                cell = _percent_cell(change.move)
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


class FindingModel(QAbstractTableModel):
    """One row a finding, the worst first as the comparison orders them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Take other findings."""
        self.beginResetModel()
        self.findings = findings
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row a finding."""
        return 0 if parent.isValid() else len(self.findings)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """The same everywhere."""
        return 0 if parent.isValid() else len(FindingColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(FindingColumn):
            return None
        titles = (tr("Severity"), tr("Where"), tr("What changed"), tr("Largest"))
        return header_cell(titles[section], section == FindingColumn.MOVE, role)

    def data(self, index: Index, role: int = 0) -> object:
        """Qt's roles, answered from `cell`; the tool tip gives the whole sentence."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.explained(index.row())
        return cell_data(self.cell(index), role)

    def raised(self, index: Index) -> bool:  # noqa: ARG002
        """No row heads others."""
        return False

    def explained(self, row: int) -> str:
        """A finding in full."""
        finding = self.findings[row]
        words = _capital(sentence(finding.sentence))
        return f"{finding.place}: {words}" if finding.place else words

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        finding = self.findings[index.row()]
        match FindingColumn(index.column()):
            case FindingColumn.SEVERITY:
                words = severity_words(finding.severity)
                mark = MARKS[finding.severity]
                cell = Cell(
                    f"{mark} {words}", TONES[finding.severity], right=False, raw=finding.severity.value, spoken=words
                )
            case FindingColumn.PLACE:
                cell = Cell(finding.place or "–", right=False, raw=finding.place)
            case FindingColumn.SENTENCE:
                cell = Cell(_capital(sentence(finding.sentence)), right=False)
            case FindingColumn.MOVE:
                cell = Cell(tr("new"), Tone.DIM) if finding.unbounded else _percent_cell(finding.move, signed=False)
        return cell


def severity_words(severity: Severity) -> str:
    """A severity in a word."""
    return {
        Severity.ERROR: tr("error"),
        Severity.WARNING: tr("warning"),
        Severity.INFORMATION: tr("information"),
    }[severity]


def _percent_cell(move: Fraction | None, *, signed: bool = True) -> Cell:
    if move is None:
        return Cell("–", Tone.FAINT)
    ratio = int(divide_half_away(move.numerator * 10**RATIO_DECIMALS, move.denominator))
    words = f"{fixed(ratio, RATIO_DECIMALS, 1, signed=signed)}{SPACE}%"
    return Cell(words, _tone(ratio), raw=(ratio, RATIO_DECIMALS))


def _tone(value: int) -> Tone:
    return Tone.NEGATIVE if value < 0 else Tone.TEXT if value else Tone.DIM


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
