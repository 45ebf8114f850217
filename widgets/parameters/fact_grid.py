"""Facts in a grid, each label over or beside its value; a click, or Ctrl+C on the current one, copies the raw value."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets.cells import LEFT, RIGHT
from widgets.language import tr
from widgets.theme import Theme

LABEL, VALUE, GAP = 15, 17, 5
"""Heights in pixels of a label, a value, and what parts two rows."""
LINE = 19
"""Height in pixels of a fact whose label stands beside its value."""
SIDE, PAD = 10, 4
STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class Fact(NamedTuple):
    """A label, its value as shown, the raw value that is copied, and more to say of it where one points at it.

    A fact without a label heads the others.
    """

    label: str
    value: str
    raw: str = ""
    hint: str = ""
    faint: bool = False


class FactGrid(QWidget):
    """As many columns as fit; the height follows from the width.

    Args:
        name: Object name.
        theme: Tokens to paint with.
        width: Least width of a column in pixels.
        beside: Whether labels stand beside values, not over them.
    """

    copied = Signal(str)
    """A raw value went to the clipboard."""

    def __init__(self, name: str, theme: Theme, width: int, *, beside: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.theme = theme
        self.facts: tuple[Fact, ...] = ()
        self._least = width
        self._beside = beside
        self._current = 0
        self._pointed = -1

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Draw other facts."""
        if facts != self.facts:
            self.facts = facts
            self._current = min(self._current, max(len(facts) - 1, 0))
            self._pointed = -1
            self.setAccessibleDescription(", ".join(f"{fact.label} {fact.value}".strip() for fact in facts))
            self._fit_height()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def copy(self, place: int) -> None:
        """Put the raw value of a fact on the clipboard and say so."""
        fact = self.facts[place]
        QGuiApplication.clipboard().setText(fact.raw or fact.value)
        said = tr("Copied: {value}").format(value=fact.raw or fact.value)
        QToolTip.showText(self.mapToGlobal(self._cell(place).bottomLeft()), said, self)
        self.copied.emit(fact.raw or fact.value)

    @property
    def columns(self) -> int:
        """How many columns there are at this width, none of them needless."""
        fitting = max((self.width() - 2 * SIDE) // self._least, 1)
        lines = -(-len(self.facts) // fitting) or 1
        return -(-len(self.facts) // lines) or 1

    def sizeHint(self) -> QSize:  # noqa: N802
        """Two columns at least."""
        return QSize(2 * self._least, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """One column."""
        return QSize(self._least, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Other columns, other height."""
        super().resizeEvent(event)
        self._fit_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows go from fact to fact, Ctrl+C copies the current one."""
        steps = {**STEPS, Qt.Key.Key_Down: self.columns, Qt.Key.Key_Up: -self.columns}
        step = steps.get(Qt.Key(event.key()))
        if not self.facts:
            super().keyPressEvent(event)
        elif step is not None and not event.modifiers():
            self._current = min(max(self._current + step, 0), len(self.facts) - 1)
            self.update()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy(self._current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Copy what is clicked."""
        place = self._place_at(event.position().toPoint())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = place
            self.update()
            self.copy(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show what a click would copy."""
        self._point(self._place_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002, N802
        """Nothing is pointed at any more."""
        self._point(-1)

    def event(self, event: QEvent) -> bool:
        """The tool tip of the fact that is pointed at: whole, and how to copy it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._place_at(event.pos())
            if place >= 0:
                fact = self.facts[place]
                lines = (f"{fact.label} {fact.raw or fact.value}".strip(), fact.hint, tr("Click to copy."))
                QToolTip.showText(event.globalPos(), "\n".join(line for line in lines if line), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Each label over its value, cut where there is no room."""
        painter = QPainter(self)
        for place in range(len(self.facts)):
            self._paint_fact(painter, place)
        painter.end()

    def _paint_fact(self, painter: QPainter, place: int) -> None:
        fact, cell, colours = self.facts[place], self._cell(place), self.theme.colours
        if place == self._pointed or (self.hasFocus() and place == self._current):
            painter.fillRect(cell.adjusted(-4, -1, -4, 1), colours.hover)
        cell.setWidth(cell.width() - PAD)
        painter.setFont(self.theme.font(small=True))
        painter.setPen(colours.dim)
        label = QRect(cell.left(), cell.top(), cell.width(), cell.height() if self._beside else LABEL)
        taken = self._paint_text(painter, label, fact.label)
        painter.setFont(self.theme.font(strong=not fact.label))
        painter.setPen(colours.faint if fact.faint else colours.text)
        if not fact.label:
            self._paint_text(painter, cell, fact.value)
        elif self._beside:
            self._paint_text(painter, cell.adjusted(taken + 6, 0, 0, 0), fact.value, RIGHT)
        else:
            self._paint_text(painter, QRect(cell.left(), cell.top() + LABEL, cell.width(), VALUE), fact.value)

    @staticmethod
    def _paint_text(painter: QPainter, room: QRect, words: str, side: int = LEFT) -> int:
        """Draw a text, cut where there is no room; its width."""
        cut = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, side, cut)
        return painter.fontMetrics().horizontalAdvance(cut)

    def _cell(self, place: int) -> QRect:
        row, column = divmod(place, self.columns)
        width = (self.width() - 2 * SIDE) // self.columns
        high, step = (LINE - 2, LINE) if self._beside else (LABEL + VALUE, LABEL + VALUE + GAP)
        return QRect(SIDE + column * width, GAP + row * step, width, high)

    def _place_at(self, point: QPoint) -> int:
        return next((place for place in range(len(self.facts)) if self._cell(place).contains(point)), -1)

    def _point(self, place: int) -> None:
        if place != self._pointed:
            self._pointed = place
            self.update()

    def _fit_height(self) -> None:
        lines = -(-len(self.facts) // self.columns)
        height = lines * (LINE if self._beside else LABEL + VALUE + GAP) + GAP
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)
            self.updateGeometry()
