"""A row of controls that goes on in the next line where the width is too small for all of them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

BETWEEN: Final = 4
"""Pixels between two lines."""


class FlowRow(QLayout):
    """Puts items side by side at the width they ask for, line after line; hidden items take no room.

    Args:
        gap: Pixels between items.
        least: Pixels it can do with, even where an item asks for more: whoever fills it sees to it that none does.
    """

    def __init__(self, gap: int = 8, least: int = 2**24 - 1) -> None:
        super().__init__()
        self._least = least
        self._items: list[QLayoutItem] = []
        self._gap = gap

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        """Put one more at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """An item, None where there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        """Take an item out, None where there is none."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        """Wants no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Pixels that all lines take at a width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        """Place the items."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As narrow as can be: the width is given."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802
        """Room for the widest item."""
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        left, top, right, bottom = self._margins()
        return QSize(min(size.width() + left + right, self._least), size.height() + top + bottom)

    def _margins(self) -> tuple[int, int, int, int]:
        margins = self.contentsMargins()
        return margins.left(), margins.top(), margins.right(), margins.bottom()

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Place items within ``rect`` where ``move`` says so, each in the middle of its line; the height they take."""
        left, top, right, bottom = self._margins()
        y = rect.top() + top
        for line in self._lines(rect.width() - left - right):
            x, height = rect.left() + left, max((size.height() for _, size in line), default=0)
            for item, size in line if move else ():
                item.setGeometry(QRect(x, y + (height - size.height()) // 2, size.width(), size.height()))
                x += size.width() + self._gap
            y += height + BETWEEN
        return max(y - BETWEEN, rect.top() + top) + bottom - rect.top()

    def _lines(self, room: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """Items that are seen, and their sizes, line by line; one that is wider than ``room`` has a line to itself."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        x = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if not lines or x + size.width() > room:
                lines.append([])
                x = 0
            lines[-1].append((item, size))
            x += size.width() + self._gap
        return lines
