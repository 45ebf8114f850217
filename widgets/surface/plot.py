"""What the plot in three dimensions and the flat map have in common: a relief, a node under the mouse, one picked."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.surface.relief import Relief
from widgets.tables import paint_hatch
from widgets.theme import Theme

Node = tuple[int, int]
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
CLICK = 4
"""Pixels the mouse may move between press and release of a click."""


class ReliefPlot(QWidget):
    """Shows a `Relief`. Point to read a node, click or use the arrow keys to pick one, Enter to choose it."""

    pointed = Signal(object)
    """The node under the mouse, or None: then the picked one is read."""
    picked = Signal(object)
    """The node a person picked."""
    chosen = Signal(object)
    """The node a person wants to go to: a click or Enter."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 160)
        self.theme = theme
        self.relief: Relief | None = None
        self.node: Node | None = None
        """The picked one."""
        self.hovered: Node | None = None
        self.node_words = ""
        """What the chip at the node says."""
        self._outdated = False
        self._pressed: QPointF | None = None

    def show_relief(self, relief: Relief | None) -> None:
        """Draw another relief; the picked node stays where the new one has it too."""
        before, self.relief = self.relief, relief
        if relief is None or (before is not None and before.shape != relief.shape):
            self.node = self.hovered = None
        self.relief_changed()
        self.update()

    def pick(self, node: Node | None) -> None:
        """Mark a node without announcing it."""
        if node != self.node:
            self.node = node
            self.node_changed()
            self.update()

    def let_go(self) -> None:
        """No node is picked any more: a click beside the relief, or Home."""
        self.pick(None)
        self.pointed.emit(None)

    def say_node(self, words: str) -> None:
        """What stands beside the node that is read."""
        self.node_words = words
        self.setAccessibleDescription(words)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.relief_changed()
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        if outdated != self._outdated:
            self._outdated = outdated
            self.update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""

    def relief_changed(self) -> None:
        """There is another relief, or the theme changed."""

    def node_changed(self) -> None:
        """Another node is picked or pointed at."""

    def node_at(self, place: QPointF) -> Node | None:
        """The node a person sees at a pixel."""
        raise NotImplementedError

    def paint_relief(self, painter: QPainter, relief: Relief) -> None:
        """Draw everything but the hatching."""
        raise NotImplementedError

    def image(self, size: QSize | None = None) -> QImage:
        """What is seen as an image, of another size where one is given."""
        image = QImage(size or self.size(), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a plot."""
        return QSize(640, 420)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """The relief, hatched where it is old."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), self.theme.colours.panel)
        if self.relief is not None:
            self.paint_relief(painter, self.relief)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click begins, or a drag."""
        self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click picks the node under the mouse and goes to it; beside the relief it lets go."""
        start, self._pressed = self._pressed, None
        if start is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if (event.position() - start).manhattanLength() <= CLICK:
            node = self.node_at(event.position())
            if node is None:
                self.let_go()
                return
            self._pick(node)
            self.chosen.emit(node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the node under the mouse."""
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.node_at(event.position()))

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self._hover(None)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show that the keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """As `focusInEvent`."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows move to the next node, Enter chooses it, Home lets go of it."""
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in ARROWS and plain:
            self._step(*self.arrow(key))
        elif key == Qt.Key.Key_Home:
            self.let_go()
        elif key in ENTER and self.node is not None:
            self.chosen.emit(self.node)
        else:
            super().keyPressEvent(event)

    def arrow(self, key: Qt.Key) -> tuple[int, int]:
        """Nodes across and along that an arrow key goes."""
        return ARROWS[key]

    def _step(self, across: int, along: int) -> None:
        if self.relief is None:
            return
        columns, rows = self.relief.shape
        node = self.node or (columns // 2, rows // 2)
        self._hover(None)
        self._pick((int(np.clip(node[0] + across, 0, columns - 1)), int(np.clip(node[1] + along, 0, rows - 1))))

    def _pick(self, node: Node) -> None:
        self.pick(node)
        self.picked.emit(node)

    def _hover(self, node: Node | None) -> None:
        if node != self.hovered:
            self.hovered = node
            self.node_changed()
            self.pointed.emit(node)
            self.update()


ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
"""Nodes across and along that the arrow keys go, seen from the front."""
