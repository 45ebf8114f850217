"""The dense tables and trees of every view: one row height, raw values on copy, hatching where figures are old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPolygon,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView, QTreeView, QWidget

from widgets.cells import CellDelegate, CellModel, Index, Role
from widgets.exporting import show_menu
from widgets.language import tr
from widgets.sheet import Sheet, Value
from widgets.theme import Theme

BAND = 240
BAND_PAUSE = 15
"""Height of a band in pixels and milliseconds between two: a tall view takes less than a tenth of a second."""


def paint_hatch(painter: QPainter, rect: QRect, theme: Theme) -> None:
    """Lay thin slanted lines over figures that may no longer be true."""
    painter.fillRect(rect, QBrush(theme.colours.hatch, Qt.BrushStyle.BDiagPattern))


def copy_rows(view: QAbstractItemView) -> None:
    """Put the selected rows on the clipboard: raw values, columns parted by tabs."""
    model, header = view.model(), visible_columns(view)
    lines = []
    for index in sorted(view.selectionModel().selectedRows(), key=lambda each: (each.parent().row(), each.row())):
        cells = (model.data(index.siblingAtColumn(column), Role.RAW) for column in header)
        lines.append("\t".join(str(cell if cell is not None else "") for cell in cells))
    QGuiApplication.clipboard().setText("\n".join(lines))


def sheet_of(view: QAbstractItemView) -> Sheet:
    """Every row of a table or tree, opened or not, in the columns a person sees, as raw values."""
    model, columns = view.model(), visible_columns(view)
    rows: list[list[Value]] = []
    levels: list[int] = []
    horizontal = Qt.Orientation.Horizontal
    titles = [str(model.headerData(column, horizontal, Qt.ItemDataRole.DisplayRole) or "") for column in columns]

    def walk(parent: QModelIndex, level: int) -> None:
        for row in range(model.rowCount(parent)):
            rows.append([_raw(model, model.index(row, column, parent)) for column in columns])
            levels.append(level)
            walk(model.index(row, 0, parent), level + 1)

    walk(QModelIndex(), 0)
    deep = any(levels)
    if deep:
        titles.insert(0, tr("Level"))
        rows = [[level, *row] for level, row in zip(levels, rows, strict=True)]
    return Sheet(view.accessibleName() or view.objectName(), tuple(titles), rows, tuple(levels) if deep else ())


def _raw(model: QAbstractItemModel, index: QModelIndex) -> Value:
    cell = cast("CellModel", model).cell(index)
    if isinstance(cell.raw, tuple):
        return cell.raw
    # A count is written as text by the models, yet it is a number; a month such as 202703 is none.
    if cell.right and cell.raw.lstrip("-").isdecimal():
        return int(cell.raw)
    return cell.raw or cell.text


def visible_columns(view: QAbstractItemView) -> list[int]:
    """Columns a person sees, in the order of the model."""
    if isinstance(view, (QTreeView, QTableView)):
        return [column for column in range(view.model().columnCount()) if not view.isColumnHidden(column)]
    return list(range(view.model().columnCount()))


def set_widths(header: QHeaderView, widths: Iterable[int], stretch: int) -> None:
    """Fix the widths of all columns once; column ``stretch`` takes what is left."""
    header.setStretchLastSection(False)
    header.setMinimumSectionSize(24)
    for column, width in enumerate(widths):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(column, width)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)


def fit_columns(view: QTreeView | QTableView, widths: Sequence[int], least: int, give_way: Sequence[int]) -> None:
    """Hide columns, the first of ``give_way`` first, until the stretching column keeps ``least`` pixels.

    The widths a person sees follow from what is hidden here, so this adds up the fixed columns itself.
    """
    header = view.header() if isinstance(view, QTreeView) else view.horizontalHeader()
    stays = [column for column in visible_columns(view) if column not in give_way]
    fixed = [column for column in stays if header.sectionResizeMode(column) != QHeaderView.ResizeMode.Stretch]
    room = view.viewport().width() - least - sum(widths[column] for column in fixed)
    for column in reversed(give_way):
        room -= widths[column]
        view.setColumnHidden(column, room < 0)


class Bands(QObject):
    """Repaints a view band by band, so that no single frame holds the event loop for the whole of it."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._next = 0
        self._again = False
        self._timer = QTimer(self, interval=BAND_PAUSE)
        self._timer.timeout.connect(self._repaint_next)

    def ask(self) -> None:
        """Begin to repaint all of it, or do so again after the pass under way."""
        if self._timer.isActive():
            self._again = True
        elif self._view.isVisible():
            self._next = 0
            self._timer.start()

    def _repaint_next(self) -> None:
        viewport = self._view.viewport()
        viewport.update(QRect(0, self._next, viewport.width(), BAND))
        self._next += BAND
        if self._next >= viewport.height():
            self._next = 0
            if not self._again:
                self._timer.stop()
            self._again = False


def _dress(view: QAbstractItemView, theme: Theme) -> None:
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setFrameShape(QAbstractItemView.Shape.NoFrame)
    view.setMouseTracking(True)
    view.setItemDelegate(CellDelegate(theme, view))


class DenseTree(QTreeView):
    """A tree with rows of one height and triangles in the theme's colour."""

    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._bands = Bands(self)
        self._delegates: dict[int, CellDelegate] = {}
        self._columns: list[tuple[int, int, int]] = []
        _dress(self, theme)
        self.setUniformRowHeights(True)
        self.setAnimated(False)
        self.setIndentation(13)
        self.setExpandsOnDoubleClick(True)
        self.header().setSectionsMovable(False)
        self.header().setFixedHeight(theme.metrics.row + 2)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        for delegate in (cast("CellDelegate", self.itemDelegate()), *self._delegates.values()):
            delegate.set_theme(theme)
        self.viewport().update()

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """One row: background, triangle, cells. Qt's own way through the style costs four times as much."""
        place, rect = cast("QModelIndex", index), option.rect
        delegate = cast("CellDelegate", self.itemDelegate())
        heading = cast("CellModel", self.model()).raised(place)
        delegate.paint_background(painter, rect, self.selectionModel().isSelected(place), heading)
        indent = self.visualRect(place).left()
        if self.model().hasChildren(place):
            self._paint_triangle(painter, QPoint(indent - 6, rect.center().y()), self.isExpanded(place))
        muted = bool(self.property("outdated"))
        for column, left, width in self._columns:
            start = indent if column == 0 else left
            cell = QRect(start, rect.top(), left + width - start, rect.height())
            self._delegates.get(column, delegate).paint_content(painter, cell, place.siblingAtColumn(column), muted)

    def set_column_delegate(self, column: int, delegate: CellDelegate) -> None:
        """Have ``delegate`` paint a column."""
        self._delegates[column] = delegate
        self.setItemDelegateForColumn(column, delegate)

    def _paint_triangle(self, painter: QPainter, centre: QPoint, open_: bool) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colours.dim)
        painter.drawPolygon(_triangle(centre, open_))
        painter.restore()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:  # noqa: ARG002, N802
        """Paint anew what is visible. Qt would ask the flags of every row in the run, 17 ms at 10,000 accounts."""
        self._bands.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tell, once the columns know the new width."""
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The rows, hatched where they are out of date."""
        header = self.header()
        self._columns = [
            (column, header.sectionViewportPosition(column), header.sectionSize(column))
            for column in visible_columns(self)
        ]
        super().paintEvent(event)
        if self.property("outdated"):
            painter = QPainter(self.viewport())
            paint_hatch(painter, self.viewport().rect(), self.theme)
            painter.end()

    def sheet(self) -> Sheet:
        """Everything in it, as raw values."""
        return sheet_of(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Copy and export."""
        show_menu(self, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copying yields raw values; all else is Qt's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_rows(self)
        else:
            super().keyPressEvent(event)


class DenseTable(QTableView):
    """A table with rows of one height and no grid."""

    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._bands = Bands(self)
        _dress(self, theme)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(theme.metrics.row)
        self.verticalHeader().setDefaultSectionSize(theme.metrics.row)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFixedHeight(theme.metrics.row + 2)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        cast("CellDelegate", self.itemDelegate()).set_theme(theme)
        self.viewport().update()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:  # noqa: ARG002, N802
        """Paint anew what is visible."""
        self._bands.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tell, once the columns know the new width."""
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The visible rows, hatched where they are out of date. All rows are of one height, so Qt need not lay out."""
        painter = QPainter(self.viewport())
        header, model, delegate = self.horizontalHeader(), self.model(), cast("CellDelegate", self.itemDelegate())
        columns = [
            (column, header.sectionViewportPosition(column), header.sectionSize(column))
            for column in visible_columns(self)
        ]
        muted, last = bool(self.property("outdated")), self.rowAt(event.rect().bottom())
        first = self.rowAt(event.rect().top())
        for row in range(max(first, 0), (last if last >= 0 else model.rowCount() - 1) + 1 if first >= 0 else 0):
            self._paint_row(painter, delegate, row, columns, muted)
        if muted:
            paint_hatch(painter, self.viewport().rect(), self.theme)
        painter.end()

    def _paint_row(
        self,
        painter: QPainter,
        delegate: CellDelegate,
        row: int,
        columns: Sequence[tuple[int, int, int]],
        muted: bool,
    ) -> None:
        start, top, height = self.model().index(row, 0), self.rowViewportPosition(row), self.rowHeight(row)
        whole = QRect(0, top, self.viewport().width(), height)
        heading = cast("CellModel", self.model()).raised(start)
        delegate.paint_background(painter, whole, self.selectionModel().isSelected(start), heading)
        for column, left, width in columns:
            index = start.siblingAtColumn(column)
            delegate.paint_content(painter, QRect(left, top, width, height), index, muted)

    def sheet(self) -> Sheet:
        """Everything in it, as raw values."""
        return sheet_of(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Copy and export."""
        show_menu(self, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Copying yields raw values; all else is Qt's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            copy_rows(self)
        else:
            super().keyPressEvent(event)


def _triangle(centre: QPoint, open_: bool) -> QPolygon:
    corners = [(-4, -2), (4, -2), (0, 3)] if open_ else [(-2, -4), (3, 0), (-2, 4)]
    return QPolygon([centre + QPoint(x, y) for x, y in corners])
