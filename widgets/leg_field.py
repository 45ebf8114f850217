"""One line of the order ticket: an order as text, completed from the contracts of the parameters in force."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit

from engine.decision import Order
from engine.orders import Directory, parse_order, split_contract
from engine.text import BadInputError
from widgets.panel import set_tone

OFFERED = 14
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class LegField(QLineEdit):
    """Text of one leg. Contracts are offered once side and quantity stand; arrow down and Enter take one."""

    def __init__(self, directory: Directory) -> None:
        super().__init__()
        self.directory = directory
        self.problem: BadInputError | None = None
        self._offers = QStringListModel(self)
        # Not Qt's own completion of a whole line: only the contract at its end is completed, and the search is ours,
        # so Qt's prefix stays empty. No offer is current until a person moves to it: Enter means what is typed.
        self._completer = QCompleter(self._offers, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._completer.setMaxVisibleItems(OFFERED)
        self._completer.setWidget(self)
        self._completer.activated.connect(self._take)
        self.textEdited.connect(self._offer)

    offer_taken = Signal()
    """A contract was chosen from those offered."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is typed."""
        return not self.text().strip()

    @property
    def offers(self) -> list[str]:
        """Titles offered for what is typed."""
        return self._offers.stringList()

    def order(self) -> Order | None:
        """The order that is typed; None where it cannot be read, and then `problem` says why."""
        self.problem = None
        try:
            return parse_order(self.text(), self.directory)
        except BadInputError as error:
            self.problem = error
            return None

    def mark_problem(self, wrong: bool) -> None:
        """Frame the field as wrong, or no longer."""
        set_tone(self, "problem", "true" if wrong else "false")

    def close_offers(self) -> None:
        """Take the list of contracts away."""
        cast("QAbstractItemView", self._completer.popup()).hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """While contracts are offered, the keys that choose belong to the list."""
        popup = cast("QAbstractItemView", self._completer.popup())
        if popup.isVisible() and event.key() in CHOOSING:
            if popup.currentIndex().isValid():
                event.ignore()
                return
            popup.hide()
        super().keyPressEvent(event)

    def _offer(self, line: str) -> None:
        parts = split_contract(line)
        fragment = parts[1] if parts else ""
        titles = [contract.title for contract in self.directory.search(fragment, OFFERED)] if fragment else []
        if [title.upper() for title in titles] == [fragment.upper()]:
            titles = []
        self._offers.setStringList(titles)
        if titles:
            self._completer.complete()
        else:
            self.close_offers()

    def _take(self, title: str) -> None:
        parts = split_contract(self.text())
        if parts:
            self.setText(parts[0] + title)
            self.offer_taken.emit()
