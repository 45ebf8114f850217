"""The heat map: accounts x products or sectors, worst account first, headings that stay while the cells scroll."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from engine.concentration_picture import ExposureGrid
from engine.numbers import NOT_COMPUTABLE, Integers
from widgets.concentration.grid_image import GridImage
from widgets.concentration.reading import grid_reading, with_before
from widgets.concentration.scale import Shade, steps
from widgets.concentration.sheets import grid_sheet
from widgets.concentration.squarify import compile_layout
from widgets.concentration.tile_image import paint_change
from widgets.language import tr
from widgets.sheet import Sheet
from widgets.tables import paint_hatch
from widgets.theme import Theme

ROWS = (22, 12, 6, 3)
"""Heights in pixels of a row from near to far: near has figures and names, far has 1,000 accounts in a few screens."""
NARROWEST, WIDEST = 28, 200
"""Pixels of a column."""
NAME_SHARE, LONGEST_NAME, LONGEST_HEADING = 30, 190, 96
"""Percent of the width, and pixels, that names of accounts may take; pixels that headings of columns may."""
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class HeatMap(QAbstractScrollArea):
    """Paints what is seen and nothing else; rows hold still while a person points at them or has the keyboard here."""

    chosen = Signal(str, str)
    """Account and column of the cell a person selected."""
    pointed = Signal(str)
    """Exact figures under the mouse or the keyboard cursor; empty where there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("heat_map")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(260, 140)
        self.grid: ExposureGrid | None = None
        self.order: Integers = np.zeros(0, dtype=np.int64)
        """Row of the grid at each place from the top."""
        self.marked: tuple[int, int] | None = None
        """Place from the top and column."""
        self.account = self.column = ""
        """Account that is selected everywhere else."""
        self.hovered: tuple[int, int] | None = None
        self._currency, self._shade, self._outdated, self._zoom = "", Shade.USE, False, 0
        self._changed: dict[tuple[int, int], int] = {}
        """Cells that orders change (row of the grid and column), and their exposure before."""
        self._column, self._seen, self._left, self._top = NARROWEST, 1, 0, 0
        compile_layout()
        self.set_theme(theme)

    def sheet(self) -> Sheet:
        """Exposures of every account."""
        return grid_sheet(self.grid, self._currency) if self.grid is not None else Sheet(tr("Heat map"), (), ())

    def show_grid(self, grid: ExposureGrid, currency: str, shade: Shade, ahead_of: ExposureGrid | None = None) -> None:
        """Draw accounts x columns; the cursor stays on its account and column where they still exist.

        Args:
            grid: What to draw.
            currency: Of the amounts.
            shade: What colours a cell.
            ahead_of: The same without orders that ``grid`` looks ahead to; what differs is framed.
        """
        looked_ahead = bool(self._changed)
        self._changed = changed_cells(ahead_of, grid) if ahead_of is not None else {}
        before, self.grid = self.grid, grid
        account, column = self._names_at(before, self.marked)
        other = before is None or before.accounts != grid.accounts or shade is not self._shade
        self._currency, self._shade = currency, shade
        self._steps = steps(shade, grid.use if shade is Shade.USE else grid.share, grid.value)
        if other or (self.hovered is None and not self.hasFocus()):
            self.order = worst_first(grid, shade)
        self.hovered = None
        self.marked = None
        if account in grid.accounts and column in grid.columns:
            place = int(np.flatnonzero(self.order == grid.accounts.index(account))[0])
            self.marked = (place, grid.columns.index(column))
        if before is None or before.columns != grid.columns or other:
            self._measure()
        if self._changed and not looked_ahead:
            # What the order does is what a person wants to see.
            row, _ = next(iter(self._changed))
            self._scroll_to(int(np.flatnonzero(self.order == row)[0]))
        self._say()

    def set_account(self, account: str) -> None:
        """Mark the row of the account that is selected everywhere else, and bring it into view."""
        if account == self.account:
            return
        self.account = account
        grid = self.grid
        here = self._names_at(grid, self.marked)[0] == account
        if grid is not None and account in grid.accounts and not here:
            place = int(np.flatnonzero(self.order == grid.accounts.index(account))[0])
            self._scroll_to(place)
        self.viewport().update()

    def set_column(self, column: str) -> None:
        """Mark the heading of the product or sector that is selected everywhere else."""
        if column != self.column:
            self.column = column
            self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self._painter = GridImage(theme)
        self._measure()
        self.viewport().update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        self._outdated = outdated
        self.viewport().update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Heat map of accounts"))
        self._say()

    def set_zoom(self, zoom: int) -> None:
        """Bring rows nearer (0) or see more of them (3); the row at the cursor or on top stays in view."""
        zoom = min(max(zoom, 0), len(ROWS) - 1)
        if zoom != self._zoom:
            top = self.verticalScrollBar().value() // self.row
            self._zoom = zoom
            self._measure()
            self.verticalScrollBar().setValue(top * self.row)
            self._show_cursor()
            self.viewport().update()

    @property
    def row(self) -> int:
        """Height of a row in pixels."""
        return ROWS[self._zoom]

    def reading(self) -> str:
        """Exact figures of the cell under the mouse, or else of the cursor."""
        at = self.hovered or self.marked
        if at is None or self.grid is None:
            return ""
        row = int(self.order[at[0]])
        return with_before(grid_reading(self.grid, row, at[1], self._currency), self._changed.get((row, at[1])))

    def cell_rect(self, place: int, column: int) -> QRect:
        """Where a cell is on the viewport."""
        left = self._left + (column - self.horizontalScrollBar().value()) * self._column
        return QRect(left, self._top + place * self.row - self.verticalScrollBar().value(), self._column, self.row)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """Place and column of the cell under a point, None on headings and beyond the last."""
        if self.grid is None or point.x() < self._left or point.y() < self._top:
            return None
        place = (int(point.y()) - self._top + self.verticalScrollBar().value()) // self.row
        column = (int(point.x()) - self._left) // self._column
        inside = place < len(self.order) and column < self._seen
        column += self.horizontalScrollBar().value()
        return (place, column) if inside else None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width out among the columns."""
        super().resizeEvent(event)
        self._measure()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: ARG002, N802
        """Paint anew: the headings stay where they are."""
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """With Ctrl nearer or farther, without it scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self._zoom + (-1 if event.angleDelta().y() > 0 else 1))
        else:
            super().wheelEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the cell under the mouse."""
        hovered = self.cell_at(event.position())
        if hovered != self.hovered:
            self.hovered = hovered
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select the cell under the mouse."""
        at = self.cell_at(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.hovered = at
            self._choose(at)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """Stop reading when the mouse leaves."""
        if event.type() == QEvent.Type.Leave and self.hovered is not None:
            self.hovered = None
            self._say()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows and pages move the cursor, Enter selects, plus and minus go nearer and farther."""
        key, page = Qt.Key(event.key()), max((self.viewport().height() - self._top) // self.row - 1, 1)
        whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        far = 10**6
        if key in STEPS:
            self._move(*STEPS[key])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._move(-page if key == Qt.Key.Key_PageUp else page, 0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            distance = -far if key == Qt.Key.Key_Home else far
            self._move(distance if whole else 0, distance)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.marked is not None:
                self._choose(self.marked)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.set_zoom(self._zoom + (1 if key == Qt.Key.Key_Minus else -1))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where the cursor is."""
        super().focusInEvent(event)
        if self.marked is None and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._move(0, 0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the cursor faintly."""
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Cells, headings, cursor."""
        painter, grid = QPainter(self.viewport()), self.grid
        painter.fillRect(self.viewport().rect(), self.theme.colours.panel)
        if grid is not None and len(self.order) and grid.columns:
            self._paint_grid(painter, grid)
        if self._outdated:
            paint_hatch(painter, self.viewport().rect(), self.theme)
        painter.end()

    def _paint_grid(self, painter: QPainter, grid: ExposureGrid) -> None:
        down, across = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        area = self.viewport().rect().adjusted(self._left, self._top, 0, 0)
        places = range(down // self.row, min(-(-(down + area.height()) // self.row), len(self.order)))
        columns = range(across, min(across + self._seen, len(grid.columns)))
        rows = self.order[places.start : places.stop]
        part = np.ix_(rows, np.arange(columns.start, columns.stop))
        figures = (grid.use if self._shade is Shade.USE else grid.share)[part]
        first = self.cell_rect(places.start, columns.start)
        painter.setClipRect(area)
        self._painter.paint_cells(painter, area, first, (self._steps[part], figures, grid.value[part] < 0), self._shade)
        names = [grid.accounts[row] for row in rows.tolist()]
        selected = names.index(self.account) if self.account in names else -1
        if selected >= 0:
            self._paint_selected(painter, area, first.top() + selected * self.row)
        for (row, column), _ in self._changed.items():
            if row in rows:
                place = places.start + int(np.flatnonzero(rows == row)[0])
                paint_change(painter, self.cell_rect(place, column).adjusted(0, 0, -2, -2), self.theme)
        self._paint_frames(painter)
        painter.setClipping(False)
        at = self.hovered or self.marked
        room = QRect(0, first.top(), self._left, self.row)
        self._painter.paint_names(painter, room, names, at[0] - places.start if at else -1, selected, self._top)
        headings = [grid.columns[column] for column in columns]
        room = QRect(first.left(), 0, self._column, self._top)
        chosen = headings.index(self.column) if self.column in headings else -1
        self._painter.paint_headings(painter, room, headings, (at[1] - columns.start if at else -1, chosen), area)

    def _paint_selected(self, painter: QPainter, area: QRect, top: int) -> None:
        """Two lines along the row of the account that is selected everywhere else."""
        painter.setPen(QPen(self.theme.colours.accent, 1))
        for y in (top - 1, top + self.row - 1):
            painter.drawLine(area.left(), y, area.right(), y)

    def _paint_frames(self, painter: QPainter) -> None:
        colours = self.theme.colours
        if self.hovered is not None:
            painter.setPen(QPen(colours.text, 1))
            painter.drawRect(self.cell_rect(*self.hovered).adjusted(0, 0, -2, -2))
        if self.marked is not None:
            rect = self.cell_rect(*self.marked)
            painter.setPen(QPen(colours.background, 1))
            painter.drawRect(rect.adjusted(-2, -2, 0, 0))
            painter.setPen(QPen(colours.accent if self.hasFocus() else colours.dim, 2))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _measure(self) -> None:
        """Widths of names and columns, height of headings, ranges of the scroll bars."""
        grid, view = self.grid, self.viewport().rect()
        if grid is None or not grid.columns:
            return
        most = min(view.width() * NAME_SHARE // 100, LONGEST_NAME)
        self._left = min(self._painter.longest(grid.accounts) + 18, most)
        room = (view.width() - self._left) // len(grid.columns)
        self._column = min(max(room, NARROWEST), WIDEST)
        self._seen = len(grid.columns)
        if room < NARROWEST:
            # Whole columns only: half a figure would be a wrong figure.
            self._seen = max((view.width() - self._left) // NARROWEST, 1)
            self._column = (view.width() - self._left) // self._seen
        longest = self._painter.longest(grid.columns)
        self._top = 24 if longest <= self._column - 6 else min(longest + 12, LONGEST_HEADING)
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        height = view.height() - self._top
        vertical.setRange(0, max(len(self.order) * self.row - height, 0))
        horizontal.setRange(0, len(grid.columns) - self._seen)
        for bar, page, step in ((vertical, height, 3 * self.row), (horizontal, self._seen, 1)):
            bar.setPageStep(max(page, 1))
            bar.setSingleStep(step)

    def _move(self, down: int, across: int) -> None:
        if self.grid is None or not len(self.order) or not self.grid.columns:
            return
        place, column = self.marked or (0, 0)
        place = min(max(place + down, 0), len(self.order) - 1)
        self.marked = (place, min(max(column + across, 0), len(self.grid.columns) - 1))
        self.hovered = None
        self._show_cursor()
        self._say()

    def _show_cursor(self) -> None:
        if self.marked is None:
            return
        self._scroll_to(self.marked[0])
        bar, column = self.horizontalScrollBar(), self.marked[1]
        bar.setValue(min(max(bar.value(), column - self._seen + 1), column))

    def _scroll_to(self, place: int) -> None:
        """Scroll as little as brings a row into view."""
        rect, bar = self.cell_rect(place, 0), self.verticalScrollBar()
        low, high = rect.top() - self._top, rect.bottom() - self.viewport().rect().bottom()
        bar.setValue(bar.value() + (low if low < 0 else max(high, 0)))

    def _choose(self, at: tuple[int, int]) -> None:
        self.marked = at
        self._show_cursor()
        self._say()
        self.chosen.emit(*self._names_at(self.grid, at))

    def _names_at(self, grid: ExposureGrid | None, at: tuple[int, int] | None) -> tuple[str, str]:
        if grid is None or at is None:
            return "", ""
        return grid.accounts[int(self.order[at[0]])], grid.columns[at[1]]

    def _say(self) -> None:
        reading = self.reading()
        self.setAccessibleDescription(reading)
        self.pointed.emit(reading)
        self.viewport().update()


def changed_cells(before: ExposureGrid, after: ExposureGrid) -> dict[tuple[int, int], int]:
    """Cells of ``after`` whose exposure differs from before, and what it was."""
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (before.accounts, before.columns))
    found: dict[tuple[int, int], int] = {}
    if before.accounts == after.accounts and before.columns == after.columns:
        for row, column in np.argwhere(before.value != after.value).tolist():
            found[row, column] = int(before.value[row, column])
        return found
    for row, account in enumerate(after.accounts):
        for column, name in enumerate(after.columns):
            known = account in rows and name in columns
            was = int(before.value[rows[account], columns[name]]) if known else 0
            if was != after.value[row, column]:
                found[row, column] = was
    return found


def worst_first(grid: ExposureGrid, shade: Shade) -> Integers:
    """Rows of the grid, the account with the largest use of a limit (or share of equity) first; ties in given order."""
    figures = grid.use if shade is Shade.USE else grid.share
    if not figures.size:
        return np.arange(len(grid.accounts))
    known = np.where((figures == NOT_COMPUTABLE) | (grid.value == NOT_COMPUTABLE), -1, figures)
    return np.argsort(-known.max(axis=1), kind="stable")
