"""The limits of a what-if in the order ticket: the table, and above it how many there are or that there are none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.limit_check import LimitCheck
from widgets.language import tr
from widgets.limits_table import Column, LimitsTable
from widgets.numbers_text import count
from widgets.panel import label
from widgets.theme import Theme

SPACING = 3


class LimitsPane(QWidget):
    """A line of words and the table under it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title, self.table = label(tone="dim", name="limits_title"), LimitsTable(theme)
        self._check: LimitCheck | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACING)
        rows.addWidget(self.title)
        rows.addWidget(self.table, 1)
        self.retranslate()

    def show_check(self, check: LimitCheck | None) -> None:
        """Every limit, or that none are in force."""
        self._check = check
        results = check.results if check is not None else ()
        self.table.limits.show(results)
        self.table.setVisible(bool(results))
        self._fit()
        words = tr("No limits are in force: margin alone is checked")
        if check is not None:
            words = tr("Limits: {count}, the worst first")
            if check.reduces:
                words = tr("Limits: {count}; orders that only reduce pass")
        self.title.setText(words.format(count=count(len(results))))

    def _fit(self) -> None:
        """No taller than what there is to show, so that the rest of the ticket gets the room."""
        table = self.table.maximumHeight() + SPACING if self._check is not None and self._check.results else 0
        self.setMaximumHeight(self.title.sizeHint().height() + table)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.table.limits.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.table.setAccessibleName(tr("Limits"))
        self.show_check(self._check)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(theme)
