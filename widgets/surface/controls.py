"""Controls above a plot, side by side; where there is no room for all, on as many lines as it takes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

ACROSS, DOWN = 8, 4
"""Pixels between two controls, and between two lines."""
SIDE, TOP, FOOT = 8, 5, 2
"""Pixels left free around them."""


class Controls(QWidget):
    """Lays widgets out from the left; those of the last group stand at the right end of their line.

    Args:
        left: From the left.
        right: At the right end.
    """

    def __init__(self, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
        super().__init__()
        self._left, self._right = tuple(left), tuple(right)
        for widget in (*left, *right):
            widget.setParent(self)
        self._arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As wide as the widest control."""
        widest = max(widget.sizeHint().width() for widget in (*self._left, *self._right))
        return QSize(widest + 2 * SIDE, self.minimumHeight())

    def sizeHint(self) -> QSize:  # noqa: N802
        """All on one line, if there is room."""
        widths = [widget.sizeHint().width() + ACROSS for widget in (*self._left, *self._right)]
        return QSize(sum(widths) + 2 * SIDE, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Break lines anew."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Sizes of controls are known once they are dressed."""
        super().showEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Follow controls that have become wider: another language."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
            self.updateGeometry()
        return handled

    def _arrange(self) -> None:
        end = max(self.width(), self.minimumSizeHint().width()) - SIDE
        x, y = SIDE, TOP
        height = max(widget.sizeHint().height() for widget in (*self._left, *self._right))
        for widget in self._left:
            width = widget.sizeHint().width()
            if x > SIDE and x + width > end:
                x, y = SIDE, y + height + DOWN
            widget.setGeometry(x, y + (height - widget.sizeHint().height()) // 2, width, widget.sizeHint().height())
            x += width + ACROSS
        right = sum(widget.sizeHint().width() + ACROSS for widget in self._right) - ACROSS
        if x > SIDE and x + right > end:
            y += height + DOWN
        x = max(end - right, SIDE)
        for widget in self._right:
            size = widget.sizeHint()
            widget.setGeometry(x, y + (height - size.height()) // 2, size.width(), size.height())
            x += size.width() + ACROSS
        whole = y + height + FOOT
        if whole != self.minimumHeight():
            self.setFixedHeight(whole)
