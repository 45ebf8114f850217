"""The frame around every view: heading, band for old figures, placeholder for what is not there yet."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from engine.snapshot import Snapshot
from widgets.dock_buttons import SIZE, DockButton, Sign
from widgets.exporting import copy_values, exportable, show_menu
from widgets.language import tr
from widgets.selection import Selected
from widgets.tables import paint_hatch
from widgets.theme import Theme
from widgets.workspace.actions import KeyHint

SIDES, BUTTONS = 16, 2 * SIZE
"""Pixels of a heading's margins and of the dock's buttons."""


def label(text: str = "", *, tone: str = "", strong: bool = False, small: bool = False, name: str = "") -> QLabel:
    """A text in the style of the theme; never taken for rich text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setObjectName(name)
    if tone:
        made.setProperty("tone", tone)
    if strong:
        made.setProperty("weight", "strong")
    if small:
        made.setProperty("size", "small")
    return made


def set_tone(widget: QWidget, name: str, value: str) -> None:
    """Change a property that the style sheet looks at, and have the widget dressed anew; cheap where it is the same."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """A text that gives way: cut with an ellipsis where there is no room, in full in its tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """The text, elided to the width there is."""
        painter = QPainter(self)
        room = self.contentsRect()
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


class PanelHeader(QFrame):
    """Title, what is shown, and room for a few controls on the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("panel", "head")
        self.setFixedHeight(theme.metrics.header)
        self.title = label(strong=True)
        self.badge = label()
        self.badge.setProperty("chip", "hypothetical")
        self.badge.hide()
        self.mark = label(name="arrays_mark")
        self.mark.setProperty("chip", "live")
        self.mark.hide()
        self.subtitle = ElidedLabel()
        self.subtitle.setProperty("tone", "dim")
        self.subtitle.setProperty("size", "small")
        self.floats = DockButton(theme, "dock_float", Sign.FLOAT)
        self.closes = DockButton(theme, "dock_close", Sign.CLOSE)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(10, 0, SIDES - 10, 0)
        whole.setSpacing(0)
        self.row = QHBoxLayout()
        self.row.setSpacing(8)
        whole.addLayout(self.row, 1)
        for button in (self.floats, self.closes):
            whole.addWidget(button)
        self.row.addWidget(self.title)
        self.row.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self.subtitle, 1)
        self.retranslate()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        for button, words in (
            (self.floats, tr("Dock again") if self.floats.sign is Sign.DOCK else tr("Float in a window of its own")),
            (self.closes, tr("Close; the View menu and the view's key open it again")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.floats.theme = self.closes.theme = theme

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        """The fixed height: a dock asks for the hint and would squeeze the heading to its labels."""
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The fixed height, and room for everything but the dock's buttons: these give way where a dock is narrow."""
        return QSize(self.row.minimumSize().width() + SIDES, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show the dock's buttons where there is room for them."""
        super().resizeEvent(event)
        fits = self.width() >= self.row.minimumSize().width() + SIDES + BUTTONS
        for button in (self.floats, self.closes):
            button.setVisible(fits)


class LoadingBar(QWidget):
    """How far long work has come, and a way to end it; hidden while there is none."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar(minimum=0, maximum=100, textVisible=False)
        self.bar.setObjectName("loading_bar")
        self.bar.setFixedWidth(220)
        self.percent = label(tone="dim")
        self.percent.setFixedWidth(36)
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.cancel = QPushButton(autoDefault=False)
        self.cancel.setObjectName("loading_cancel")
        self.cancel.clicked.connect(self._on_cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(10)
        for each in (self.bar, self.percent, self.cancel):
            row.addWidget(each, 0, Qt.AlignmentFlag.AlignVCenter)
        self.retranslate()
        self.hide()

    def show_share(self, share: float | None) -> None:
        """Show the share done, 0 to 1; None where there is nothing to show."""
        if share is not None:
            self.bar.setValue(int(share * 100))
            self.percent.setText(f"{self.bar.value()}%")
        else:
            self.cancel.setEnabled(True)
        self.setVisible(share is not None)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.cancel.setText(tr("Cancel"))
        self.bar.setAccessibleName(tr("Share done"))

    def _on_cancel(self) -> None:
        # Once is enough: what runs ends at its next step.
        self.cancel.setEnabled(False)
        self.cancelled.emit()


class Placeholder(QWidget):
    """What stands in a view that has nothing to show: what is missing, and what to do or wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = label(strong=True)
        self.hint = label(tone="dim")
        self.loading = LoadingBar()
        rows = QVBoxLayout(self)
        rows.setSpacing(6)
        rows.addStretch(2)
        for each in (self.headline, self.hint):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            each.setWordWrap(True)
            rows.addWidget(each)
        rows.addWidget(self.loading, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(3)


class Band(QWidget):
    """A hatched strip that says why figures may not be true."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.message = ElidedLabel()
        self.message.setProperty("tone", "warning")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        row.addWidget(self.message)
        self.hide()

    def say(self, message: str) -> None:
        """Show ``message``; nothing hides the band."""
        self.message.setText(message)
        self.message.setToolTip(message)
        self.setVisible(bool(message))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Hatching behind the message."""
        painter = QPainter(self)
        paint_hatch(painter, self.rect(), self.theme)
        painter.end()


class View(QFrame):
    """A view inside a panel. Subclasses fill `body`, write their texts in `retranslate` and draw in `refresh`.

    What arrives while the view is hidden is kept, and drawn when it is next shown. What arrives faster than a person
    can read is kept too: figures are drawn five times a second, so that they hold still and leave the processor alone.
    The window connects the signals of every view, and calls its `show_snapshot` and `show_selected`.
    """

    account_selected = Signal(str)
    """A person has chosen an account here; the whole window follows."""
    product_selected = Signal(str)
    """Likewise a product, by its code."""
    contract_selected = Signal(object)
    """Likewise a `Contract`."""
    problem_found = Signal(object)
    """A `Text` that the window tells in its banner."""
    cancel_requested = Signal()
    """Loading is to end."""

    hints: ClassVar[tuple[KeyHint, ...]] = ()
    """Keys that mean something while the keyboard is in this view."""
    interval = 200
    """Milliseconds between two drawings of figures; 0 draws whatever arrives at once."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("panel", "body")
        self.theme = theme
        self.header = PanelHeader(theme)
        self.band = Band(theme)
        self.placeholder = Placeholder()
        self.body = QWidget()
        self._due = False
        self._in_front = True
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._catch_up)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.placeholder)
        self._pages.addWidget(self.body)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(1, 0, 1, 1)
        self._rows.setSpacing(0)
        self._rows.addWidget(self.band)
        self._rows.addLayout(self._pages, 1)

    def put_on_top(self, notice: QWidget) -> None:
        """Have a notice stand above everything else in the view."""
        self._rows.insertWidget(0, notice)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Draw what arrived last."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take in the desk as it is now; a view that draws other results need not."""

    def show_selected(self, selected: Selected) -> None:
        """Follow what is selected anywhere in the window; a view that depends on it shows or marks it."""

    def show_waiting(self, message: str, share: float | None = None) -> None:
        """Take in what the desk waits for while it has no figures, and the share of it done where that is known."""

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = self.band.theme = theme
        self.header.set_theme(theme)

    def set_outdated(self, message: str) -> None:
        """Mark every figure as possibly untrue, with the reason; an empty message takes the mark away."""
        if message != self.band.message.text():
            self.band.say(message)

    def set_arrays(self, mark: str, explanation: str) -> None:
        """Mark margin that does not rest on the exchange's arrays; an empty mark takes the mark away."""
        self.header.mark.setText(mark)
        self.header.mark.setToolTip(explanation)
        self.header.mark.setVisible(bool(mark))

    def refresh_when_visible(self, *, at_once: bool = False) -> None:
        """Draw now, or when next shown, or when the last drawing is long enough ago.

        Args:
            at_once: Whether this is what a person waits for, another account or an answer, and not the next figure.
        """
        self._due = True
        if self.is_seen and (at_once or not self._pause.isActive()):
            self._catch_up()

    def show_placeholder(self, headline: str, hint: str) -> None:
        """Show what is missing instead of the body."""
        self.placeholder.headline.setText(headline)
        self.placeholder.hint.setText(hint)
        self._pages.setCurrentWidget(self.placeholder)

    def show_body(self) -> None:
        """Show the body instead of the placeholder."""
        self._pages.setCurrentWidget(self.body)

    @property
    def is_empty(self) -> bool:
        """Whether the placeholder is what a person sees."""
        return self._pages.currentWidget() is self.placeholder

    @property
    def is_seen(self) -> bool:
        """Whether it is on screen; behind another tab, where Qt only moves it out of the window, it is not."""
        return self._in_front and self.isVisible()

    def set_in_front(self, in_front: bool) -> None:
        """Know whether another tab covers it; catch up with what arrived meanwhile."""
        self._in_front = in_front
        self._catch_up()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Copy and export of the plot under the mouse; tables see to their own."""
        target = exportable(self.childAt(event.pos()))
        if target is not None and not self.is_empty:
            show_menu(target, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copying in a plot yields its values, or its picture."""
        target = exportable(QApplication.focusWidget())
        if event.matches(QKeySequence.StandardKey.Copy) and target is not None and not self.is_empty:
            copy_values(target)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what arrived while hidden."""
        super().showEvent(event)
        self._catch_up()

    def _catch_up(self) -> None:
        if self._due and self.is_seen:
            self._due = False
            self.refresh()
            if self.interval:
                self._pause.start(self.interval)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
