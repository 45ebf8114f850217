"""The same relief from above, where there is no OpenGL or a person prefers it: colours, contours, the same marks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from widgets.language import tr
from widgets.surface.camera import ACROSS, ALONG, Floats
from widgets.surface.legend import LEGEND_WIDTH, paint_legend
from widgets.surface.meshes import contour
from widgets.surface.plot import Node, ReliefPlot
from widgets.surface.relief import MarkKind, Relief, Ruler
from widgets.surface.room import chip, paint_mark
from widgets.tables import paint_hatch

LEFT, TOP, BOTTOM, TICK = 64, 16, 52, 5
WIDEST_NAME, UPRIGHT = 150, 90
"""Pixels that names of rows, and upright names of columns, may take."""


class FlatMap(ReliefPlot):
    """A heat map with contours; bars become cells that are as large as they are high."""

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Heat map with contours"))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a plot."""
        return QSize(520, 360)

    def node_at(self, place: QPointF) -> Node | None:
        """The node next to a pixel."""
        relief = self.relief
        area = self._area()
        if relief is None or not area.adjusted(-8, -8, 8, 8).contains(place):
            return None
        across = 2 * (place.x() - area.left()) / area.width() - 1
        along = 1 - 2 * (place.y() - area.top()) / area.height()
        return int(np.argmin(np.abs(relief.xs - across))), int(np.argmin(np.abs(relief.ys - along)))

    def paint_relief(self, painter: QPainter, relief: Relief) -> None:
        """Colours, contours, axes, marks."""
        area = self._area()
        if relief.bars:
            self._paint_cells(painter, relief, area)
        else:
            self._paint_sheet(painter, relief, area)
            self._paint_contours(painter, relief, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.colours.accent if self.hasFocus() else self.theme.colours.line, 1))
        painter.drawRect(area)
        self._paint_across(painter, relief.across, area)
        self._paint_along(painter, relief.along, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter, relief, area)
        paint_legend(painter, QRectF(self.width() - LEGEND_WIDTH, 0, LEGEND_WIDTH, self.height()), relief, self.theme)

    def _area(self) -> QRectF:
        left, bottom = float(LEFT), float(BOTTOM)
        if self.relief is not None and self.relief.bars:
            metrics = QFontMetricsF(self.theme.font(small=True))
            longest = max((metrics.horizontalAdvance(tick.label) for tick in self.relief.along.ticks), default=0.0)
            left = min(longest, WIDEST_NAME) + 30
            if self._upright(metrics, self.relief, self.width() - left - LEGEND_WIDTH - 10):
                longest = max((metrics.horizontalAdvance(tick.label) for tick in self.relief.across.ticks), default=0.0)
                bottom = min(longest, UPRIGHT) + 32
        return QRectF(left, TOP, self.width() - left - LEGEND_WIDTH - 10, self.height() - TOP - bottom)

    @staticmethod
    def _upright(metrics: QFontMetricsF, relief: Relief, width: float) -> bool:
        room = width / max(len(relief.across.ticks), 1) - 4
        return any(metrics.horizontalAdvance(tick.label) > room for tick in relief.across.ticks)

    def _paint_sheet(self, painter: QPainter, relief: Relief, area: QRectF) -> None:
        """Colours between nodes run into one another; nodes that have none are hatched."""
        columns, rows = relief.shape
        pixels = np.ascontiguousarray(relief.colours.transpose(1, 0, 2)[::-1])
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        # Colours belong to nodes, which lie on the frame, and not to cells beside it.
        wide, high = area.width() / max(columns - 1, 1), area.height() / max(rows - 1, 1)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.save()
        painter.setClipRect(area)
        painter.drawImage(area.adjusted(-wide / 2, -high / 2, wide / 2, high / 2), image)
        for column, row in np.argwhere(np.isnan(relief.heights)).tolist():
            middle = self._at(relief, (column, row), area)
            cell = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
            painter.fillRect(cell, self.theme.colours.panel)
            paint_hatch(painter, cell.toAlignedRect(), self.theme)
        painter.restore()

    def _paint_cells(self, painter: QPainter, relief: Relief, area: QRectF) -> None:
        """A cell for each bar: its area grows with its height."""
        wide, high = relief.widths[0] * area.width(), relief.widths[1] * area.height()
        painter.setPen(Qt.PenStyle.NoPen)
        for column in range(relief.shape[0]):
            for row in range(relief.shape[1]):
                middle, height = self._at(relief, (column, row), area), float(relief.heights[column, row])
                whole = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
                if np.isnan(height):
                    paint_hatch(painter, whole.toAlignedRect(), self.theme)
                    continue
                painter.fillRect(whole, self.theme.colours.track)
                side = np.sqrt(max(height, 0.0))
                box = QRectF(0, 0, max(wide * side, 1.0), max(high * side, 1.0)) if height > 0 else QRectF()
                box.moveCenter(middle)
                red, green, blue, _ = relief.colours[column, row].tolist()
                painter.fillRect(box, QColor(red, green, blue))

    def _paint_contours(self, painter: QPainter, relief: Relief, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(self.theme.colours.text)
        for tick in relief.up.ticks:
            ink.setAlphaF(0.95 if tick.zero else 0.38)
            painter.setPen(QPen(ink, 1.8 if tick.zero else 1.0))
            painter.drawLines(self._lines(contour(relief, tick.place), area))
        if relief.second is not None and relief.zero is not None:
            painter.setPen(QPen(self.theme.colours.hypothetical, 1.8, Qt.PenStyle.DashLine))
            painter.drawLines(self._lines(contour(relief, relief.zero, relief.second), area))

    @staticmethod
    def _lines(ends: Floats, area: QRectF) -> list[QLineF]:
        x = area.left() + (ends[..., 0] / ACROSS + 1) / 2 * area.width()
        y = area.bottom() - (ends[..., 1] / ALONG + 1) / 2 * area.height()
        return [QLineF(a, b, c, d) for (a, c), (b, d) in zip(x.tolist(), y.tolist(), strict=True)]

    def _paint_across(self, painter: QPainter, ruler: Ruler, area: QRectF) -> None:
        colours = self.theme.colours
        painter.setFont(self.theme.font(small=True))
        metrics = QFontMetricsF(painter.font())
        upright = self.relief is not None and self.relief.bars and self._upright(metrics, self.relief, area.width())
        last = -1e9
        for tick in ruler.ticks:
            x = area.left() + (tick.place + 1) / 2 * area.width()
            painter.setPen(colours.faint)
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + TICK))
            painter.setPen(colours.text if tick.zero else colours.dim)
            if upright:
                painter.save()
                painter.translate(x + 4, area.bottom() + TICK + 3 + min(metrics.horizontalAdvance(tick.label), UPRIGHT))
                painter.rotate(-90)
                painter.drawText(QPointF(0, 0), metrics.elidedText(tick.label, Qt.TextElideMode.ElideRight, UPRIGHT))
                painter.restore()
                continue
            width = metrics.horizontalAdvance(tick.label) + 2
            if x - width / 2 < last + 4:
                continue
            last = x + width / 2
            painter.drawText(QRectF(x - width / 2, area.bottom() + TICK, width, 18), CENTRE, tick.label)
        painter.setFont(self.theme.font(small=True, strong=True))
        painter.setPen(colours.text)
        painter.drawText(QRectF(area.left(), self.height() - 24.0, area.width(), 18), CENTRE, ruler.title)

    def _paint_along(self, painter: QPainter, ruler: Ruler, area: QRectF) -> None:
        colours = self.theme.colours
        painter.setFont(self.theme.font(small=True))
        metrics = QFontMetricsF(painter.font())
        room = area.left() - 24 - TICK
        last = 1e9
        for tick in ruler.ticks:
            y = area.bottom() - (tick.place + 1) / 2 * area.height()
            painter.setPen(colours.faint)
            painter.drawLine(QPointF(area.left() - TICK, y), QPointF(area.left(), y))
            if abs(last - y) < metrics.height() - 2:
                continue
            last = y
            painter.setPen(colours.text if tick.zero else colours.dim)
            words = metrics.elidedText(tick.label, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(20, y - 9, area.left() - TICK - 23, 18), RIGHT, words)
        painter.save()
        painter.setFont(self.theme.font(small=True, strong=True))
        painter.setPen(colours.text)
        painter.translate(11, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-area.height() / 2, -9, area.height(), 18), CENTRE, ruler.title)
        painter.restore()

    def _paint_marks(self, painter: QPainter, relief: Relief, area: QRectF) -> None:
        colours, node = self.theme.colours, self.hovered or self.node
        taken: list[QRectF] = []
        for mark in relief.marks:
            x, y = (
                area.left() + (mark.across + 1) / 2 * area.width(),
                area.bottom() - (mark.along + 1) / 2 * area.height(),
            )
            paint_mark(painter, self.theme, mark.kind, QPointF(x, y))
            taken.append(QRectF(x - 8, y - 8, 16, 16))
        for mark, dot in zip(relief.marks, list(taken), strict=True):
            ink = colours.warning if mark.kind is MarkKind.SCENARIO else colours.text
            if node is None:
                taken.append(chip(painter, self.theme, dot.center(), mark.label, ink, QRectF(self.rect()), taken))
        if node is None:
            return
        spot = self._at(relief, node, area)
        line = QColor(colours.text)
        line.setAlphaF(0.8)
        painter.setPen(QPen(line, 1))
        if not relief.bars:
            painter.drawLine(QPointF(area.left(), spot.y()), QPointF(area.right(), spot.y()))
            painter.drawLine(QPointF(spot.x(), area.top()), QPointF(spot.x(), area.bottom()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(colours.panel, 4), QPen(colours.accent, 2)):
            painter.setPen(pen)
            painter.drawEllipse(spot, 6.5, 6.5)
        if self.node_words:
            chip(painter, self.theme, spot, self.node_words, colours.accent, QRectF(self.rect()))

    @staticmethod
    def _at(relief: Relief, node: Node, area: QRectF) -> QPointF:
        x = area.left() + (float(relief.xs[node[0]]) + 1) / 2 * area.width()
        return QPointF(x, area.bottom() - (float(relief.ys[node[1]]) + 1) / 2 * area.height())


CENTRE = Qt.AlignmentFlag.AlignCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
