"""The treemap: sector → product → contract, area by exposure, colour by use of limit or share of equity."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.concentration_picture import ExposureLevel
from widgets.concentration.reading import changed_rows, level_reading, with_before
from widgets.concentration.scale import Shade
from widgets.concentration.sheets import levels_sheet
from widgets.concentration.squarify import compile_layout
from widgets.concentration.tile_image import TileImage, box_rect, paint_change
from widgets.concentration.tiles import Tier, arrange
from widgets.language import tr
from widgets.sheet import Sheet
from widgets.tables import paint_hatch
from widgets.theme import Theme

LEAST_FRAMED = 8
"""Pixels of a cell below which a frame would be all there is of it."""
WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Treemap(QWidget):
    """Painted into an image when figures, size or place change; pointing paints two frames over it.

    A click or Enter goes into the cell of the outermost level shown and chooses it; Escape or Backspace goes back.
    """

    chosen = Signal(int, str)
    """Level (0 sectors, 1 products, 2 contracts) and name of what a person went into or, a contract, selected."""
    path_changed = Signal()
    pointed = Signal(str)
    """Exact figures under the mouse or the keyboard cursor; empty where there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("treemap")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.levels: tuple[ExposureLevel, ...] = ()
        self.path: tuple[int, ...] = ()
        self.tiers: list[Tier] = []
        self.marked = self.hovered = -1
        """Cells of the outermost tier, -1 for none."""
        self._under = (-1, -1)
        self._currency, self._shade, self._outdated = "", Shade.USE, False
        self._changed: dict[int, int] = {}
        """Contracts that orders change, and their exposure before."""
        self.selected = ("", "")
        """Product and contract that are selected everywhere else."""
        self._image: QImage | None = None
        compile_layout()
        self.set_theme(theme)

    def sheet(self) -> Sheet:
        """Every sector, product and contract."""
        return levels_sheet(self.levels, self._currency)

    def show_levels(
        self,
        levels: tuple[ExposureLevel, ...],
        currency: str,
        shade: Shade,
        before: tuple[ExposureLevel, ...] | None = None,
    ) -> None:
        """Draw sectors, products and contracts; the place a person has gone to is kept where it still exists.

        Args:
            levels: What to draw.
            currency: Of the amounts.
            shade: What colours a cell.
            before: The same without orders that ``levels`` look ahead to; what differs is framed.
        """
        self._changed = changed_rows(before[-1], levels[-1]) if before and levels else {}
        names = self.path_names()
        cursor = self.name_of(self.marked)
        self.levels, self._currency, self._shade = levels, currency, shade
        self._go(self._find(names), announce=False)
        cells = [self.levels[self.tier_shown].names[row] for row in self.tiers[0].rows.tolist()] if self.tiers else []
        self.marked = cells.index(cursor) if cursor in cells else -1
        self._say()

    def set_selected(self, product: str, contract: str) -> None:
        """Frame the contract that is selected everywhere else, or its product where none is or it is not in sight."""
        if (product, contract) != self.selected:
            self.selected = (product, contract)
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self._painter = TileImage(theme)
        self._image = None
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        self._outdated = outdated
        self.update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Treemap of exposure"))
        self._image = None
        self._say()
        self.update()

    @property
    def tier_shown(self) -> int:
        """The level of the outermost cells."""
        return len(self.path)

    def path_names(self) -> list[str]:
        """Names of what a person has gone into, the sector first."""
        return [self.levels[depth].names[row] for depth, row in enumerate(self.path)]

    def name_of(self, cell: int) -> str:
        """Name of an outermost cell."""
        return self.levels[self.tier_shown].names[int(self.tiers[0].rows[cell])] if 0 <= cell < self._count() else ""

    def go_up(self, depth: int | None = None) -> None:
        """Go back to the level above, or to ``depth``: 0 is the whole desk."""
        target = max(self.tier_shown - 1, 0) if depth is None else depth
        if target < self.tier_shown:
            left = self.levels[target].names[self.path[target]]
            self._go(self.path[:target])
            cells = [self.name_of(cell) for cell in range(self._count())]
            self.marked = cells.index(left) if left in cells else -1
            self._say()

    def go_into(self, cell: int) -> None:
        """Go into an outermost cell; a contract is selected instead."""
        if not 0 <= cell < self._count():
            return
        depth, row = self.tier_shown, int(self.tiers[0].rows[cell])
        name = self.levels[depth].names[row]
        keyed = self.marked >= 0
        if depth < len(self.levels) - 1:
            self._go((*self.path, row))
            self.marked = 0 if keyed else -1
            self._say()
        else:
            self.marked = cell
            self._say()
        self.chosen.emit(depth, name)

    def reading(self) -> str:
        """Exact figures of what is under the mouse, or else of the cursor."""
        tier, cell = self._under
        if cell < 0 and self.marked >= 0:
            tier, cell = 0, self.marked
        if cell < 0 or not self.tiers:
            return ""
        row = int(self.tiers[tier].rows[cell])
        words = level_reading(self.levels, self.tiers[tier].depth, row, self._currency)
        is_contract = self.tiers[tier].depth == len(self.levels) - 1
        return with_before(words, self._changed.get(row) if is_contract else None)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a desk."""
        return QSize(640, 420)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for a few cells."""
        return QSize(200, 120)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the innermost cell under the mouse, and frame what a click would go into."""
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go into what is under the mouse; the button for back goes back."""
        if event.button() == Qt.MouseButton.BackButton:
            self.go_up()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._point(event.position())
            self.go_into(self.hovered)
            self._point(event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self.hovered, self._under = -1, (-1, -1)
        self._say()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows move the cursor, Enter goes in, Escape and Backspace go back, Home and End to largest and least."""
        key = Qt.Key(event.key())
        if key in WAYS:
            self._move(*WAYS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._set_cursor(0 if key == Qt.Key.Key_Home else self._count() - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.go_into(self.marked)
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace) and self.path:
            self.go_up()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Escape goes back here before it is anyone's shortcut, while there is a way back."""
        key = event.key() if isinstance(event, QKeyEvent) else None
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape and self.path:
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where the cursor is."""
        super().focusInEvent(event)
        if self.marked < 0 and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._set_cursor(0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the cursor faintly."""
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Place everything anew."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """The image, and frames over it."""
        if self._image is None and self.tiers:
            self._image = self._painter.paint(self.levels, self.tiers, self._shade, (self.width(), self.height()))
        painter = QPainter(self)
        if self._image is not None:
            painter.drawImage(0, 0, self._image)
            self._paint_changes(painter)
            self._paint_selected(painter)
            self._paint_frames(painter)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)
        painter.end()

    def _paint_changes(self, painter: QPainter) -> None:
        """A frame around every contract that the orders change."""
        if self._changed and self.tiers:
            leaf = self.tiers[-1]
            for cell in np.flatnonzero(np.isin(leaf.rows, list(self._changed))).tolist():
                paint_change(painter, box_rect(leaf, cell).adjusted(0, 0, -2, -2), self.theme)

    def _paint_selected(self, painter: QPainter) -> None:
        """A frame around what is selected everywhere else, dark beneath so that it is seen on every step."""
        rect = self.selected_rect()
        if rect is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((self.theme.colours.background, 4), (self.theme.colours.text, 2)):
                painter.setPen(QPen(colour, width))
                painter.drawRect(rect.adjusted(1, 1, -3, -3))

    def selected_rect(self) -> QRect | None:
        """Where the contract selected everywhere else is, or its product; None where neither is in sight."""
        for depth, name in ((2, self.selected[1]), (1, self.selected[0])):
            tier = next((tier for tier in self.tiers if tier.depth == depth), None)
            if not name or tier is None or name not in self.levels[depth].names:
                continue
            cells = np.flatnonzero(tier.rows == self.levels[depth].names.index(name))
            if len(cells) and min((rect := box_rect(tier, int(cells[0]))).width(), rect.height()) >= LEAST_FRAMED:
                return rect
        return None

    def _paint_frames(self, painter: QPainter) -> None:
        colours = self.theme.colours
        tier, cell = self._under
        if cell >= 0 and tier > 0:
            painter.setPen(QPen(colours.text, 1, Qt.PenStyle.DotLine))
            painter.drawRect(box_rect(self.tiers[tier], cell).adjusted(0, 0, -2, -2))
        if self.hovered >= 0:
            painter.setPen(QPen(colours.text, 1))
            painter.drawRect(self._frame(self.hovered))
        if self.marked >= 0:
            # Two colours, so that the cursor is seen on every step.
            painter.setPen(QPen(colours.background, 4))
            painter.drawRect(self._frame(self.marked).adjusted(2, 2, -2, -2))
            painter.setPen(QPen(colours.accent if self.hasFocus() else colours.dim, 2))
            painter.drawRect(self._frame(self.marked).adjusted(1, 1, -1, -1))

    def _frame(self, cell: int) -> QRect:
        return box_rect(self.tiers[0], cell).adjusted(0, 0, -2, -2)

    def _count(self) -> int:
        return len(self.tiers[0].rows) if self.tiers else 0

    def _find(self, names: list[str]) -> tuple[int, ...]:
        """The path along ``names`` as far as it exists."""
        path: tuple[int, ...] = ()
        for level, name in zip(self.levels, names, strict=False):
            if name not in level.names:
                break
            path = (*path, level.names.index(name))
        return path

    def _go(self, path: tuple[int, ...], *, announce: bool = True) -> None:
        self.path, self.marked, self.hovered, self._under = path, -1, -1, (-1, -1)
        self._lay_out()
        if announce:
            self.path_changed.emit()

    def _lay_out(self) -> None:
        self.tiers = arrange(self.levels, self.path, self.width(), self.height()) if self.levels else []
        if self.marked >= self._count():
            self.marked = -1
        self.hovered, self._under, self._image = -1, (-1, -1), None
        self.update()

    def _point(self, place: QPointF) -> None:
        found = [tier.boxes.at(place.x(), place.y()) for tier in self.tiers]
        depth = max((number for number, cell in enumerate(found) if cell >= 0), default=-1)
        under = (depth, found[depth]) if depth >= 0 else (-1, -1)
        hovered = found[0] if found else -1
        if (under, hovered) != (self._under, self.hovered):
            self._under, self.hovered = under, hovered
            self._say()

    def _set_cursor(self, cell: int) -> None:
        if self._count():
            self.marked, self._under, self.hovered = min(max(cell, 0), self._count() - 1), (-1, -1), -1
            self._say()

    def _move(self, across: int, down: int) -> None:
        """To the nearest cell that lies wholly on that side."""
        if self.marked < 0:
            self._set_cursor(0)
            return
        here = box_rect(self.tiers[0], self.marked)
        best, nearest = self.marked, 1e12
        for cell in range(self._count()):
            there = box_rect(self.tiers[0], cell)
            if across:
                ahead = there.left() - here.right() if across > 0 else here.left() - there.right()
                aside = max(there.top() - here.bottom(), here.top() - there.bottom(), 0)
                skew = abs(there.center().y() - here.center().y())
            else:
                ahead = there.top() - here.bottom() if down > 0 else here.top() - there.bottom()
                aside = max(there.left() - here.right(), here.left() - there.right(), 0)
                skew = abs(there.center().x() - here.center().x())
            distance = ahead + 4 * aside + skew / 8
            if ahead >= 0 and cell != self.marked and distance < nearest:
                best, nearest = cell, distance
        self._set_cursor(best)

    def _say(self) -> None:
        reading = self.reading()
        self.setAccessibleDescription(reading)
        self.pointed.emit(reading)
        self.update()
