"""The two cuts through the node that is read, flat: a measure over one move while the other stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.surface.camera import Floats
from widgets.surface.relief import Ruler, Tick
from widgets.tables import paint_hatch
from widgets.theme import Theme

HEAD, FOOT, SIDE, RIGHT_ROOM = 26, 36, 58, 14
CENTRE = Qt.AlignmentFlag.AlignCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Cut:
    """One cut.

    Attributes:
        title: What stays, and where.
        ruler: The axis that runs.
        up: The measure.
        places: float64 [nodes], -1 to 1.
        heights: float64 [nodes], 0 to 1; NaN where there is none.
        second: The same with the what-if; None where there is none.
        zero: Height of value 0, None where that is outside.
        node: The node that is read.
        now: Place of no move, -1 to 1; None where the cut does not go through it.
    """

    title: str
    ruler: Ruler
    up: Ruler
    places: Floats
    heights: Floats
    second: Floats | None
    zero: float | None
    node: int
    now: float | None


class Slice(QWidget):
    """Draws one cut; a click picks the node there."""

    picked = Signal(int)

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(name)
        self.theme = theme
        self.cut: Cut | None = None
        self._outdated = False
        self.setMinimumSize(170, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_cut(self, cut: Cut | None) -> None:
        """Draw another cut."""
        self.cut = cut
        self.setAccessibleName(cut.title if cut is not None else "")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch the plot while the figures may no longer be true."""
        self._outdated = outdated
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """A small plot."""
        return QSize(290, 190)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Pick the node next to the mouse."""
        self._pick(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Follow the mouse while its button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._pick(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Title, axes, curves, node."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.colours.panel)
        if self.cut is not None:
            self._paint(painter, self.cut)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)
        painter.end()

    def _plot(self) -> QRectF:
        return QRectF(SIDE, HEAD, max(self.width() - SIDE - RIGHT_ROOM, 10), max(self.height() - HEAD - FOOT, 10))

    def _pick(self, event: QMouseEvent) -> None:
        if self.cut is not None:
            plot = self._plot()
            place = 2 * (event.position().x() - plot.left()) / plot.width() - 1
            self.picked.emit(int(np.argmin(np.abs(self.cut.places - place))))

    def _paint(self, painter: QPainter, cut: Cut) -> None:
        colours, plot = self.theme.colours, self._plot()
        painter.setFont(self.theme.font(small=True))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(colours.text)
        title = metrics.elidedText(cut.title, Qt.TextElideMode.ElideRight, self.width() - 20)
        painter.drawText(QRectF(10, 2, self.width() - 20, HEAD - 6), LEFT, title)
        self._paint_axes(painter, cut, plot, metrics)
        painter.save()
        painter.setClipRect(plot.adjusted(-1, -3, 1, 3))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curve(painter, cut, plot)
        if cut.second is not None:
            painter.setPen(QPen(colours.hypothetical, 1.6, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(_path(cut.places, cut.second, plot))
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = _x(float(cut.places[cut.node]), plot)
        painter.setPen(QPen(colours.dim, 1))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        height = float(cut.heights[cut.node])
        if not np.isnan(height):
            painter.setPen(QPen(colours.panel, 1.4))
            painter.setBrush(colours.accent)
            painter.drawEllipse(QPointF(x, _y(height, plot)), 4.5, 4.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_axes(self, painter: QPainter, cut: Cut, plot: QRectF, metrics: QFontMetricsF) -> None:
        colours = self.theme.colours
        last = 1e9
        for tick in cut.up.ticks:
            y = _y(tick.place, plot)
            painter.setPen(QPen(colours.faint if tick.zero else colours.line, 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            if last - y >= metrics.height():
                last = y
                painter.setPen(colours.text if tick.zero else colours.dim)
                painter.drawText(QRectF(0, y - 9, SIDE - 6, 18), RIGHT, tick.label)
        if cut.now is not None:
            x = _x(cut.now, plot)
            painter.setPen(QPen(colours.faint, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        last = -1e9
        for tick in cut.ruler.ticks:
            x, width = _x(tick.place, plot), metrics.horizontalAdvance(tick.label)
            painter.setPen(QPen(colours.faint, 1))
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
            if x - width / 2 > last + 5:
                last = x + width / 2
                painter.setPen(colours.text if tick.zero else colours.dim)
                painter.drawText(QRectF(x - width / 2 - 1, plot.bottom() + 3, width + 2, 16), CENTRE, tick.label)
        painter.setPen(colours.dim)
        painter.drawText(QRectF(plot.left(), plot.bottom() + 17, plot.width(), 17), CENTRE, cut.ruler.title)

    def _paint_curve(self, painter: QPainter, cut: Cut, plot: QRectF) -> None:
        """The curve with its area down to zero, in the colours of below and above."""
        colours = self.theme.colours
        path = _path(cut.places, cut.heights, plot)
        if cut.zero is None:
            painter.setPen(QPen(colours.accent, 1.8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
            return
        zero = _y(cut.zero, plot)
        for colour, part in (
            (colours.above_1, QRectF(plot.left(), plot.top() - 3, plot.width(), zero - plot.top() + 3)),
            (colours.below_1, QRectF(plot.left(), zero, plot.width(), plot.bottom() - zero + 3)),
        ):
            painter.save()
            painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
            fill = QColor(colour)
            fill.setAlphaF(0.22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPath(_area(cut.places, cut.heights, plot, zero))
            painter.setPen(QPen(colour, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
            painter.restore()


def ticks_named(ticks: tuple[Tick, ...], most: int) -> tuple[Tick, ...]:
    """Every so many ticks, so that there are at most ``most``; zero is among them where it was."""
    step = -(-len(ticks) // most)
    if step <= 1:
        return ticks
    zero = next((number for number, tick in enumerate(ticks) if tick.zero), 0)
    return tuple(tick for number, tick in enumerate(ticks) if (number - zero) % step == 0)


def _x(place: float, plot: QRectF) -> float:
    return plot.left() + (place + 1) / 2 * plot.width()


def _y(height: float, plot: QRectF) -> float:
    return plot.bottom() - height * plot.height()


def _path(places: Floats, heights: Floats, plot: QRectF) -> QPainterPath:
    """A curve, broken where there is no height."""
    path, drawing = QPainterPath(), False
    for place, height in zip(places.tolist(), heights.tolist(), strict=True):
        if np.isnan(height):
            drawing = False
        elif drawing:
            path.lineTo(_x(place, plot), _y(height, plot))
        else:
            path.moveTo(_x(place, plot), _y(height, plot))
            drawing = True
    return path


def _area(places: Floats, heights: Floats, plot: QRectF, zero: float) -> QPainterPath:
    """What lies between a curve and zero."""
    path = QPainterPath()
    run: list[tuple[float, float]] = []
    for place, height in [*zip(places.tolist(), heights.tolist(), strict=True), (0.0, np.nan)]:
        if not np.isnan(height):
            run.append((_x(place, plot), _y(height, plot)))
        elif run:
            path.moveTo(run[0][0], zero)
            for x, y in run:
                path.lineTo(x, y)
            path.lineTo(run[-1][0], zero)
            path.closeSubpath()
            run = []
    return path
