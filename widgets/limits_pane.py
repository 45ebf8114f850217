"""The limits of a what-if in the order ticket: the table, and above it how many there are or that there are none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from engine.limit_result import LimitCheck
from widgets.language import tr
from widgets.limits_table import Column, LimitsTable
from widgets.numbers_text import count
from widgets.panel import label
from widgets.theme import Theme

SPACING = 3


class LimitsPane(QWidget):
    """A line of words, a box to tick for strategies, and the table under it."""

    together_changed = Signal()
    """Legs fill together from now on, or each alone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title, self.table = label(tone="dim", name="limits_title"), LimitsTable(theme)
        self._check: LimitCheck | None = None
        self._legs = 1
        self.together = QCheckBox()
        self.together.setObjectName("ticket_together")
        self.together.toggled.connect(self.together_changed)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.together)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACING)
        rows.addLayout(head)
        rows.addWidget(self.table, 1)
        self.retranslate()

    def show_check(self, check: LimitCheck | None, legs: int = 1) -> None:
        """Every limit, or that none are in force; how many legs were asked about."""
        self._check, self._legs = check, legs
        # Where nothing but margin is checked, or there is one leg, it makes no difference.
        self.together.setVisible(check is not None and legs > 1)
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
        head = max(self.title.sizeHint().height(), self.together.sizeHint().height())
        self.setMaximumHeight(head + table)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.table.limits.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.table.setAccessibleName(tr("Limits"))
        self.together.setText(tr("legs fill together"))
        self.together.setToolTip(
            tr("An exchange's combination fills in proportion or not at all; otherwise each leg may fill alone.")
        )
        self.show_check(self._check, self._legs)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.table.set_theme(theme)
