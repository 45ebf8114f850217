"""What changed since the version before: of the contract, of its commodity, or of the whole file."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QVBoxLayout, QWidget

from engine.span.comparison import Comparison
from engine.span.contract_changes import contract_changes, findings_on
from engine.span.findings import Severity
from engine.span.parameters import Commodity
from widgets.findings_table import Column as FindingColumn
from widgets.findings_table import FindingsModel
from widgets.header_strip import Segments
from widgets.language import tr
from widgets.numbers_text import count
from widgets.panel import ElidedLabel, label
from widgets.parameters.change_table import WIDTHS, ChangeModel, Column
from widgets.parameters.heights import fit_height
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme

NAME_WIDTH, SENTENCE_WIDTH = 150, 130
FINDING_WIDTHS = (88, 98, 300, 96)


class Scope(StrEnum):
    """Whose changes are shown."""

    CONTRACT = "contract"
    COMMODITY = "commodity"
    FILE = "file"


class ChangePage(QWidget):
    """A table of the contract's figures before and now, or of the findings on its commodity or the file."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.versions = ElidedLabel()
        self.versions.setProperty("tone", "dim")
        self.scopes = Segments("parameter_scope", dict.fromkeys(Scope, ""))
        self.scopes.set_current(Scope.CONTRACT)
        self.changes, self.findings = ChangeModel(self), FindingsModel(parent=self)
        self.change_table = _table("parameter_changes", self.changes, theme)
        self.finding_table = _table("parameter_findings", self.findings, theme)
        set_widths(self.change_table.horizontalHeader(), WIDTHS, Column.NAME)
        set_widths(self.finding_table.horizontalHeader(), FINDING_WIDTHS, FindingColumn.SENTENCE)
        self.message = label(tone="dim", name="parameter_changes_message")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setContentsMargins(16, 24, 16, 24)
        self.sentence = label(tone="dim", name="parameter_finding")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setContentsMargins(10, 6, 10, 8)
        self._lay_out()
        self._comparison: Comparison | None = None
        self._row = -1
        self._commodity: Commodity | None = None
        self.scopes.chosen.connect(self._draw)
        self.change_table.resized.connect(self._fit_columns)
        self.finding_table.resized.connect(self._fit_columns)
        self.finding_table.selectionModel().currentRowChanged.connect(self._on_current_changed)

    def show_changes(self, comparison: Comparison | None, row: int, commodity: Commodity | None) -> None:
        """Draw what a comparison says.

        Args:
            comparison: The version before and the one in force; None where there is none before.
            row: The chosen contract's row in the version in force, or -1.
            commodity: Its combined commodity.
        """
        self._comparison, self._row, self._commodity = comparison, row, commodity
        self._draw()

    @property
    def title(self) -> str:
        """The page's name, with how many figures of the contract changed."""
        changes = contract_changes(self._comparison, self._row) if self._comparison and self._row >= 0 else ()
        return tr("Changes {count}").format(count=count(len(changes))) if changes else tr("Changes")

    @property
    def scope(self) -> Scope:
        """Whose changes are shown."""
        return next(scope for scope in Scope if self.scopes.buttons[scope].isChecked())

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        buttons = self.scopes.buttons
        buttons[Scope.CONTRACT].setText(tr("Contract"))
        buttons[Scope.COMMODITY].setText(tr("Commodity"))
        buttons[Scope.FILE].setText(tr("Whole file"))
        self.scopes.setAccessibleName(tr("Whose changes"))
        self.change_table.setAccessibleName(tr("Changes since the previous version"))
        self.finding_table.setAccessibleName(tr("Changes since the previous version"))
        self.changes.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.findings.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(FindingColumn) - 1)
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.change_table.set_theme(theme)
        self.finding_table.set_theme(theme)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(6, 6, 6, 2)
        top.addWidget(self.scopes)
        top.addStretch()
        self.versions.setContentsMargins(10, 3, 6, 5)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(top)
        rows.addWidget(self.versions)
        rows.addWidget(self.message)
        rows.addWidget(self.change_table, 1)
        rows.addWidget(self.finding_table, 1)
        rows.addWidget(self.sentence)
        rows.addStretch()

    def _draw(self) -> None:
        comparison = self._comparison
        self.scopes.setVisible(comparison is not None)
        if comparison is None:
            self.versions.setText("")
            self.changes.show((), "")
            self.findings.show(())
            self._say(tr("No previous version is loaded, so there is nothing to compare with."))
            return
        warnings = comparison.count(Severity.WARNING) + comparison.count(Severity.ERROR)
        said = tr("{old} to {new}").format(old=comparison.old.origin.version, new=comparison.new.origin.version)
        if warnings:
            said += " · " + tr("{count} warnings").format(count=count(warnings))
        self.versions.setText(said)
        self.versions.setToolTip(said)
        self._draw_scope(comparison)

    def _draw_scope(self, comparison: Comparison) -> None:
        scope, message = self.scope, ""
        if scope is Scope.CONTRACT:
            message = self._draw_contract(comparison)
            self.findings.show(())
        else:
            self.changes.show((), "")
            commodity = self._commodity
            if scope is Scope.FILE:
                found = comparison.findings
            else:
                found = findings_on(comparison, commodity) if commodity is not None else ()
            self.findings.show(found)
            if found:
                self.finding_table.selectRow(0)
            else:
                message = tr("Nothing differs between the two files.")
                if scope is Scope.COMMODITY:
                    message = tr("Neither ranges nor rates of this commodity changed.")
        self._say(message)

    def _draw_contract(self, comparison: Comparison) -> str:
        """Fill the table of the contract's changes; what is said instead where there is none."""
        if self._row < 0:
            self.changes.show((), "")
            return tr("Choose a contract to see what changed.")
        changes = contract_changes(comparison, self._row)
        family = comparison.new.families[comparison.new.contracts.family[self._row]]
        self.changes.show(changes or (), family.currency)
        if changes is None:
            return tr("This contract is new: {version} did not list it.").format(version=comparison.old.origin.version)
        return "" if changes else tr("Nothing about this contract changed.")

    def _say(self, message: str) -> None:
        """Show a message in place of the tables, or the table that has rows."""
        self.message.setText(message)
        self.message.setVisible(bool(message))
        fit_height(self.change_table)
        fit_height(self.finding_table)
        self.change_table.setVisible(bool(self.changes.changes))
        self.finding_table.setVisible(bool(self.findings.findings))
        self._show_sentence()

    def _show_sentence(self) -> None:
        current = self.finding_table.currentIndex()
        shown = bool(self.findings.findings) and current.isValid()
        self.sentence.setVisible(shown)
        self.sentence.setText(self.findings.explained(current.row()) if shown else "")

    def _fit_columns(self) -> None:
        fit_columns(self.change_table, WIDTHS, NAME_WIDTH, (Column.CHANGE,))
        fit_columns(self.finding_table, FINDING_WIDTHS, SENTENCE_WIDTH, (FindingColumn.MOVE, FindingColumn.PLACE))

    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_sentence()


def _table(name: str, model: ChangeModel | FindingsModel, theme: Theme) -> DenseTable:
    table = DenseTable(theme)
    table.setObjectName(name)
    table.setModel(model)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    return table
