"""The two small buttons in a dock's heading: float or dock again, and close."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from widgets.theme import Theme

SIZE = 18


class Sign(Enum):
    """What a button shows."""

    FLOAT = "float"
    DOCK = "dock"
    CLOSE = "close"


class DockButton(QAbstractButton):
    """A sign that stands back until the mouse or the keyboard is on it."""

    def __init__(self, theme: Theme, name: str, sign: Sign) -> None:
        super().__init__()
        self.setObjectName(name)
        self.theme = theme
        self.sign = sign
        self.setFixedSize(SIZE, SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_sign(self, sign: Sign) -> None:
        """Show another sign."""
        self.sign = sign
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Always the same."""
        return QSize(SIZE, SIZE)

    def event(self, event: QEvent) -> bool:
        """Paint anew when the focus comes or goes."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Two frames, one frame, or a cross."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self.theme.colours
        if self.hasFocus():
            painter.setPen(colours.accent)
            painter.drawRoundedRect(QRectF(0.5, 0.5, SIZE - 1, SIZE - 1), 3, 3)
        painter.setPen(QPen(colours.text if self.underMouse() or self.hasFocus() else colours.faint, 1.2))
        if self.sign is Sign.CLOSE:
            painter.drawLine(QPointF(5.5, 5.5), QPointF(12.5, 12.5))
            painter.drawLine(QPointF(5.5, 12.5), QPointF(12.5, 5.5))
        elif self.sign is Sign.FLOAT:
            painter.drawRect(QRectF(4.5, 7.5, 6, 6))
            painter.drawPolyline([QPointF(7.5, 4.5), QPointF(13.5, 4.5), QPointF(13.5, 10.5)])
        else:
            painter.drawRect(QRectF(4.5, 4.5, 9, 9))
        painter.end()
