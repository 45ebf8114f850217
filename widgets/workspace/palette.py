"""The command palette (Ctrl+K): one field that leads to every account, group, contract, view and action."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import Shiboken

from widgets.cells import Index
from widgets.language import tr
from widgets.panel import label
from widgets.theme import Theme
from widgets.workspace.finding import Entry, Finder, kind_word

ROOT = QModelIndex()
WIDTH, ROW, ROWS = 640, 26, 14
KIND_WIDTH = 78
STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""Why the keyboard may leave for a moment without the palette closing."""
MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class EntryModel(QAbstractListModel):
    """The entries found."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        """Show other entries."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        """One row an entry."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = 0) -> object:
        """The title, and everything in words for a screen reader."""
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(words for words in (entry.title, kind_word(entry.kind), entry.note) if words)
        return None


class EntryDelegate(QStyledItemDelegate):
    """Kind on the left, title beside it, note on the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802
        """Rows of one height."""
        return QSize(WIDTH, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One entry."""
        entry = cast("EntryModel", index.model()).entries[index.row()]
        colours, rect = self.theme.colours, QRect(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colours.selection)
        painter.setFont(self.theme.font(small=True))
        painter.setPen(colours.dim)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(12, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, kind_word(entry.kind))
        recent = f"{tr('recent')} · " if entry.recent else ""
        note = recent + entry.note if entry.note else tr("recent") if entry.recent else ""
        room = rect.adjusted(12 + KIND_WIDTH, 0, -12, 0)
        small = QFontMetrics(self.theme.font(small=True))
        note = small.elidedText(note, Qt.TextElideMode.ElideRight, room.width() // 2)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, note)
        painter.setFont(self.theme.font())
        painter.setPen(colours.text)
        width = room.width() - small.horizontalAdvance(note) - 16
        title = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, title)


class Palette(QFrame):
    """Over the window, in front of everything; Enter chooses, Escape and any click elsewhere close it."""

    def __init__(self, window: QWidget, theme: Theme, finder: Finder) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.finder = finder
        self.window_ = window
        self._back: QWidget | None = None
        self.field = QLineEdit()
        self.field.setObjectName("palette_field")
        self.model = EntryModel(self)
        self.list = QListView()
        self.list.setObjectName("palette_list")
        self.list.setModel(self.model)
        self.delegate = EntryDelegate(theme, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.hint = label(tone="dim", small=True)
        self.hint.setContentsMargins(12, 3, 12, 5)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(1, 1, 1, 1)
        rows.setSpacing(0)
        for widget in (self.field, self.list, self.hint):
            rows.addWidget(widget)
        shadow = QGraphicsDropShadowEffect(self, blurRadius=28, yOffset=6)
        self.setGraphicsEffect(shadow)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._find)
        self.field.returnPressed.connect(self._choose)
        self.list.clicked.connect(self._choose)
        self.hide()
        self.retranslate()

    def open(self) -> None:
        """Show it, with what was chosen lately; again where it is open already, close it."""
        if self.isVisible():
            self.close_and_return()
            return
        self._back = QApplication.focusWidget()
        self.field.clear()
        self._find()
        window = self.window_
        width = min(WIDTH, window.width() - 40)
        self.resize(width, self.sizeHint().height())
        self.list.setFixedHeight(ROW * ROWS)
        self.adjustSize()
        self.setGeometry((window.width() - width) // 2, 44, width, self.sizeHint().height())
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_and_return(self) -> None:
        """Close it and give the keyboard back to where it was."""
        self.hide()
        # Tab bars come and go with the docks.
        if self._back is not None and Shiboken.isValid(self._back) and self._back.isVisible():
            self._back.setFocus()
        self._back = None

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.delegate.theme = theme

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.field.setPlaceholderText(tr("Account, group, contract, view or action"))
        self.field.setAccessibleName(tr("Find"))
        self.list.setAccessibleName(tr("Found"))
        self.hint.setText(tr("↑ ↓ to move, Enter to choose, Esc to close"))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Arrows move in the list, Escape closes; so does the keyboard's going elsewhere."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            key = cast("QKeyEvent", event).key()
            if key == Qt.Key.Key_Escape:
                self.close_and_return()
                return True
            if key in MOVES:
                self._move(key)
                return True
        # Escape is also a shortcut of the window: this one is the palette's.
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if watched is self.field and overrides and cast("QKeyEvent", event).key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        leaves = event.type() == QEvent.Type.FocusOut
        if watched is self.field and leaves and cast("QFocusEvent", event).reason() not in STAYS:
            self.hide()
        return super().eventFilter(watched, event)

    def _find(self) -> None:
        self.model.show(self.finder.find(self.field.text()))
        if self.model.entries:
            self.list.setCurrentIndex(self.model.index(0, 0))
            self.hint.setText(tr("↑ ↓ to move, Enter to choose, Esc to close"))
        else:
            self.hint.setText(tr("Nothing is called so."))

    def _move(self, key: int) -> None:
        last = self.model.rowCount() - 1
        if last < 0:
            return
        row = self.list.currentIndex().row()
        by = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}
        self.list.setCurrentIndex(self.model.index(min(max(row + by[Qt.Key(key)], 0), last), 0))

    def _choose(self) -> None:
        index = self.list.currentIndex()
        if not index.isValid():
            return
        entry = self.model.entries[index.row()]
        self.finder.note(entry)
        self.close_and_return()
        entry.run()
