"""The dialog before other parameters come into force: both versions, what differs, and a person's word for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.span.findings import Finding, Severity
from engine.span.parameters import Origin
from widgets.findings_table import FindingsTable, severity_word
from widgets.language import tr
from widgets.numbers_text import count, date_text
from widgets.panel import label
from widgets.theme import Theme

SIZE = (860, 520)
SHORT = 12
"""Digits of a digest that tell two files of one version apart."""


class ChangeDialog(QDialog):
    """Accepted when a person puts the other version in force. Enter and Escape keep the one in force.

    Args:
        theme: Colours.
        in_force: The version in force.
        other: The version that may come into force.
        findings: What differs; None where the version was in force before and nothing is compared.
        parent: The window.
    """

    def __init__(
        self,
        theme: Theme,
        in_force: Origin,
        other: Origin,
        findings: tuple[Finding, ...] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("parameter_change")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.versions = (in_force, other)
        self._findings = findings
        self.heading, self.summary = label(strong=True), label(tone="dim")
        self.blocked = label(tone="close", strong=True)
        self.blocked.setWordWrap(True)
        self.table = FindingsTable(theme, findings) if findings else None
        self._titles = [label(tone="dim", strong=True) for _ in self.versions]
        self._names = [label(tone="dim") for _ in range(5)]
        self.keep, self.switch = QPushButton(), QPushButton(autoDefault=False)
        self.keep.setObjectName("parameter_keep")
        self.switch.setObjectName("parameter_switch")
        self.keep.setDefault(True)
        self.keep.clicked.connect(self.reject)
        self.switch.clicked.connect(self.accept)
        self.switch.setEnabled(not self._is_blocked)
        self._lay_out()
        self.retranslate()
        self.keep.setFocus()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        in_force, other = self.versions
        again = self._findings is None
        title = tr("Put the earlier parameters in force again?") if again else tr("Put other parameters in force?")
        self.setWindowTitle(title)
        self.heading.setText(title)
        self._titles[0].setText(tr("In force"))
        self._titles[1].setText(tr("In force before") if again else tr("New"))
        words = (tr("Version"), tr("Business date"), tr("Written"), tr("File"), tr("SHA-256"))
        for name, word in zip(self._names, words, strict=True):
            name.setText(word)
        self.summary.setText(self._summary())
        self.blocked.setText(
            tr("✕ These parameters cannot be put in force: resolve the errors first.") if self._is_blocked else ""
        )
        self.blocked.setVisible(self._is_blocked)
        self.keep.setText(tr("Keep {version} in force").format(version=self._name(in_force)))
        self.switch.setText(tr("Put {version} in force").format(version=self._name(other)))
        if self.table is not None:
            self.table.retranslate()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @property
    def _is_blocked(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self._findings or ())

    def _name(self, origin: Origin) -> str:
        """The version, with the start of its digest where both are called the same."""
        first, second = self.versions
        return f"{origin.version} ({origin.sha256[:8]})" if first.version == second.version else origin.version

    def _summary(self) -> str:
        if self._findings is None:
            return tr("Every figure is computed on the version in force, from the next moment on.")
        if not self._findings:
            return tr("Nothing differs but the file.")
        parts = [
            tr("{severity}: {count}").format(severity=severity_word(severity), count=count(number))
            for severity in Severity
            if (number := sum(finding.severity is severity for finding in self._findings))
        ]
        return " · ".join(parts)

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        rows.addWidget(self.heading)
        rows.addLayout(self._versions())
        rows.addWidget(self.summary)
        if self.table is not None:
            rows.addWidget(self.table, 1)
            self.resize(*SIZE)
        rows.addWidget(self.blocked)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.switch)
        buttons.addWidget(self.keep)
        rows.addLayout(buttons)

    def _versions(self) -> QGridLayout:
        """Both versions beside each other."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for column, (title, origin) in enumerate(zip(self._titles, self.versions, strict=True), 1):
            grid.addWidget(title, 0, column)
            facts = (
                origin.version,
                date_text(origin.business_date),
                _moment(origin.created),
                origin.file,
                f"{origin.sha256[:SHORT]}…",
            )
            for row, fact in enumerate(facts, 1):
                grid.addWidget(_fact(fact), row, column)
        for row, name in enumerate(self._names, 1):
            grid.addWidget(name, row, 0)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        return grid


def _moment(created: str) -> str:
    """CCYYMMDDhhmm as a person reads it; anything else as the file has it."""
    if len(created) != 12 or not created.isdecimal():
        return created
    return f"{date_text(created[:8])} {created[8:10]}:{created[10:]}"


def _fact(words: str) -> QLabel:
    made = label(words)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
