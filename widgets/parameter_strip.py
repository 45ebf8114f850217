"""Parameter versions in the window: lasting warnings, the file being read, and the actions that change versions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from engine.text import Text, text
from engine.versions import Loading, Offer, ParameterNews
from widgets.banner import WarningBanner
from widgets.language import tr
from widgets.panel import LoadingBar, label
from widgets.parameter_change import ChangeDialog
from widgets.theme import Theme
from widgets.workspace.actions import Command, Group

SUFFIXES = "*.spn *.xml *.pa2 *.gz *.zip"


class ParameterStrip(QWidget):
    """Across the window, below the heading; of no height while there is nothing to tell."""

    file_chosen = Signal(str)
    """Path of a file to read."""
    offer_accepted = Signal(int)
    offer_declined = Signal(int)
    """Number of the `Offer`."""
    return_requested = Signal(str)
    """SHA-256 of the version that is to be in force again."""
    cancel_requested = Signal()
    problem_found = Signal(object)
    """A `Text`: why a file is not offered."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("parameter_strip")
        self.theme = theme
        self.news: ParameterNews | None = None
        self.dialog: ChangeDialog | None = None
        self.chooser: QFileDialog | None = None
        self._told: tuple[tuple[Text, ...], tuple[Text, ...]] = ((), ())
        """Warnings of parameters and of limits."""
        self._shown = 0
        """Number of the offer that the dialog shows."""
        self.warning = WarningBanner()
        self.warning.review_requested.connect(self.review)
        self.words = label(tone="dim", name="parameter_loading")
        # As the bar beside it keeps its distance from what is above.
        self.words.setContentsMargins(0, 8, 0, 0)
        self.loading = LoadingBar()
        self.loading.cancelled.connect(self.cancel_requested)
        reading = QHBoxLayout()
        reading.setContentsMargins(12, 0, 6, 0)
        reading.addWidget(self.words, 0, Qt.AlignmentFlag.AlignVCenter)
        reading.addWidget(self.loading)
        reading.addStretch(1)
        self.words.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.warning)
        rows.addLayout(reading)
        self._add_actions()
        self.retranslate()

    def show_warnings(self, warnings: tuple[Text, ...]) -> None:
        """Tell why other parameters ought to be in force, for as long as they ought to."""
        self._tell(warnings, self._told[1])

    def show_limit_warnings(self, warnings: tuple[Text, ...]) -> None:
        """Likewise what is wrong with the limits."""
        self._tell(self._told[0], warnings)

    def _tell(self, parameters: tuple[Text, ...], limits: tuple[Text, ...]) -> None:
        self._told = (parameters, limits)
        self.warning.show_warnings((*parameters, *limits))

    def show_news(self, news: ParameterNews) -> None:
        """Follow what is read, offered and kept at hand."""
        before, self.news = self.news, news
        self.load.setEnabled(True)
        self.back.setEnabled(news.other is not None)
        self.show_offer.setEnabled(news.offer is not None)
        self.warning.review.setVisible(news.offer is not None)
        self._show_loading(news.loading)
        if news.problem is not None and (before is None or news.problem is not before.problem):
            self.problem_found.emit(news.problem)
        was_open = self._close_what_is_over(news)
        offer = news.offer
        is_new = offer is not None and (before is None or before.offer is not offer)
        # What nobody asked for waits in the banner: it must not take the keyboard from somebody who types an order.
        if offer is not None and is_new and (offer.asked_for or was_open):
            self._open_offer(offer)

    def choose_file(self) -> None:
        """Ask for a parameter file."""
        dialog = QFileDialog(self, tr("Load parameters"))
        dialog.setObjectName("parameter_file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Parameter files") + f" ({SUFFIXES})", tr("All files") + " (*)"])
        dialog.fileSelected.connect(self.file_chosen)
        dialog.finished.connect(self._on_chosen)
        self.chooser = dialog
        dialog.open()

    def review(self) -> None:
        """Show the version that waits, and what differs."""
        if self.news is not None and self.news.offer is not None:
            self._open_offer(self.news.offer)

    def go_back(self) -> None:
        """Ask whether the version before is to be in force again; after that, the one after it."""
        news = self.news
        if news is None or news.other is None or self.dialog is not None:
            return
        digest = news.other.sha256
        dialog = ChangeDialog(self.theme, news.in_force, news.other, None, self.window())
        dialog.accepted.connect(lambda: self.return_requested.emit(digest))
        self._open(dialog, 0)

    def commands(self) -> tuple[Command, ...]:
        """What a person can do about parameters, for the window's registry, which titles it and binds the keys."""
        return (
            Command("load_parameters", text("Load new file…"), Group.DESK, ("Ctrl+Shift+O",), self.load),
            Command(
                "review_parameters",
                text("Review the version that waits…"),
                Group.DESK,
                ("Ctrl+Shift+R",),
                self.show_offer,
            ),
            Command("return_parameters", text("Back to the version before…"), Group.DESK, ("Ctrl+Shift+B",), self.back),
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.menu.setTitle(tr("Parameters"))
        self.warning.retranslate()
        self.loading.retranslate()
        self._show_loading(self.news.loading if self.news is not None else None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add_actions(self) -> None:
        self.menu = QMenu(self)
        self.menu.setObjectName("parameter_menu")
        self.load, self.show_offer, self.back = QAction(self), QAction(self), QAction(self)
        for action, do in (
            (self.load, self.choose_file),
            (self.show_offer, self.review),
            (self.back, self.go_back),
        ):
            action.setEnabled(False)
            action.triggered.connect(do)
            self.menu.addAction(action)

    def _show_loading(self, loading: Loading | None) -> None:
        """Only what takes long enough to be waited for."""
        share = loading.share if loading is not None else None
        if loading is not None and share is not None:
            self.words.setText(tr("Reading {file}").format(file=loading.file))
        self.words.setVisible(share is not None)
        self.loading.show_share(share)

    def _close_what_is_over(self, news: ParameterNews) -> bool:
        """Close a dialog about what is no longer so; whether it showed an offer."""
        if self.dialog is None:
            return False
        number, earlier = self._shown, self.dialog.versions
        if number:
            over = news.offer is None or news.offer.number != number
        else:
            over = news.other is None or (news.in_force, news.other) != earlier
        if over:
            self.dialog.reject()
        return over and bool(number)

    def _open_offer(self, offer: Offer) -> None:
        if self.dialog is not None:
            return
        dialog = ChangeDialog(self.theme, offer.in_force, offer.new, offer.findings, self.window())
        dialog.accepted.connect(lambda: self.offer_accepted.emit(offer.number))
        dialog.rejected.connect(lambda: self.offer_declined.emit(offer.number))
        self._open(dialog, offer.number)

    def _open(self, dialog: ChangeDialog, number: int) -> None:
        self.dialog, self._shown = dialog, number
        dialog.finished.connect(self._on_finished)
        dialog.open()

    def _on_chosen(self) -> None:
        self.chooser = None

    def _on_finished(self) -> None:
        self.dialog = None
