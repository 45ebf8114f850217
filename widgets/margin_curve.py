"""Margin over the quantity of the first leg, with the call line, the chosen quantity and the largest allowed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.decision import Curve
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from widgets.cells import LEFT, RIGHT
from widgets.language import tr
from widgets.numbers_text import compact, count, money
from widgets.sheet import Sheet
from widgets.theme import Theme

Place = Callable[[int, int], QPointF]
HEADING = 22
GAP = 4
"""Pixels between a line and its label."""
FOOT = 18
SIDE = 10


def label_places(lines: Sequence[float], widths: Sequence[float], left: float, right: float) -> list[float]:
    """Where the labels of one or two vertical lines begin: beside their lines, and never one over the other.

    The label of the line farther left is to its left where there is room, the other's to its right; that of a line
    alone is on the side with more room.

    Args:
        lines: Where the lines are.
        widths: Of their labels.
        left, right: Where the plot begins and ends.
    """
    lower = min(range(len(lines)), key=lambda number: lines[number])
    places = []
    for number, (line, width) in enumerate(zip(lines, widths, strict=True)):
        wanted = number == lower if len(lines) > 1 else line > (left + right) / 2
        on_left = (wanted and line - width - GAP >= left) or line + GAP + width > right
        places.append(line - width - GAP if on_left else line + GAP)
    if len(lines) > 1:
        first, last = sorted(range(len(lines)), key=lambda number: (places[number], lines[number]))
        places[last] = max(places[last], places[first] + widths[first] + 2 * GAP)
        beyond = max(places[last] + widths[last] - right, 0)
        places[last] -= beyond
        places[first] = min(places[first], places[last] - 2 * GAP - widths[first])
    return places


class MarginCurve(QWidget):
    """One line, drawn small. Moving the mouse reads it off."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("margin_curve")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(130)
        self.setMouseTracking(True)
        self.theme = theme
        self._curve: Curve | None = None
        self._chosen = 0
        self._pointed: int | None = None

    def show_curve(self, curve: Curve | None, chosen: int) -> None:
        """Draw a curve and where on it the first leg stands (signed quantity)."""
        self._curve, self._chosen = curve, chosen
        self._pointed = None
        self.setAccessibleName(self.reading(chosen) if curve else "")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def reading(self, quantity: int) -> str:
        """The curve in words at the point next to ``quantity``."""
        curve = self._curve
        if curve is None or not curve.quantities:
            return ""
        point = self._point(curve, quantity)
        return tr("{quantity} lots: margin {margin}, available {available}").format(
            quantity=count(curve.quantities[point], signed=True),
            margin=money(curve.margin[point]),
            available=money(curve.available[point]),
        )

    def sheet(self) -> Sheet:
        """Margin and available funds at each quantity."""
        curve = self._curve
        currency = curve.currency if curve is not None else ""
        columns = (curve.quantities, curve.margin, curve.available) if curve is not None else ((), (), ())
        rows = [
            (quantity, (margin, MONEY_DECIMALS), (available, MONEY_DECIMALS), currency)
            for quantity, margin, available in zip(*columns, strict=True)
        ]
        return Sheet(tr("Margin over quantity"), (tr("Quantity"), tr("Margin"), tr("Available"), tr("Currency")), rows)

    def sizeHint(self) -> QSize:  # noqa: N802
        """A small plot."""
        return QSize(300, 170)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the curve under the mouse."""
        if self._curve is not None and self._curve.quantities:
            plot, largest = self._plot(), max(abs(self._curve.quantities[-1]), 1)
            share = (event.position().x() - plot.left()) / max(plot.width(), 1)
            self._pointed = round(min(max(share, 0.0), 1.0) * largest)
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self._pointed = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, axis, lines, curve."""
        painter = QPainter(self)
        painter.setFont(self.theme.font())
        curve = self._curve
        if curve is not None and curve.quantities:
            painter.setPen(self.theme.colours.dim)
            title = tr("Margin over quantity of leg 1, {currency}").format(currency=curve.currency)
            heading = self.reading(self._pointed) if self._pointed is not None else title
            painter.drawText(QRect(SIDE, 0, self.width() - 2 * SIDE, HEADING), LEFT, heading)
            self._paint_plot(painter, curve)
        painter.end()

    def _plot(self) -> QRectF:
        return QRectF(SIDE, HEADING + 16, self.width() - 2 * SIDE, self.height() - HEADING - FOOT - 18)

    def _paint_plot(self, painter: QPainter, curve: Curve) -> None:
        plot, colours = self._plot(), self.theme.colours
        known = [value for value in curve.margin if value != NOT_COMPUTABLE]
        low, high = min(known, default=0), max(known, default=1)
        # The call line belongs in the picture unless that would press the curve flat.
        if curve.call != NOT_COMPUTABLE and low <= curve.call <= high + 2 * max(high - low, high // 4):
            high = max(high, curve.call)
        room = max((high - low) // 12, 1)
        low, high = low - room, high + room
        largest = max(abs(curve.quantities[-1]), 1)

        def place(quantity: int, value: int) -> QPointF:
            x = plot.left() + plot.width() * min(abs(quantity), largest) / largest
            return QPointF(x, plot.bottom() - plot.height() * (value - low) / (high - low))

        painter.setPen(colours.line)
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        self._paint_foot(painter, plot, curve)
        if low <= curve.call <= high:
            y = place(0, curve.call).y()
            painter.setPen(QPen(colours.call, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            words = tr("call line {amount}").format(amount=compact(curve.call))
            painter.drawText(QRectF(plot.left() + 4, y - 17, plot.width(), 16), LEFT, words)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.accent, 1.6))
        painter.drawPath(self._path([place(*each) for each in zip(curve.quantities, curve.margin, strict=True)], curve))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_marks(painter, plot, curve, place)
        self._paint_chosen(painter, plot, curve, place)
        if self._pointed is not None:
            x = place(self._pointed, low).x()
            painter.setPen(colours.faint)
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_chosen(self, painter: QPainter, plot: QRectF, curve: Curve, place: Place) -> None:
        """A dot where the chosen quantity meets the curve, with its margin beside it."""
        point = self._point(curve, self._chosen)
        margin = curve.margin[point]
        if margin == NOT_COMPUTABLE:
            return
        spot = place(curve.quantities[point], margin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colours.panel, 1.5))
        painter.setBrush(self.theme.colours.hypothetical)
        painter.drawEllipse(spot, 4.5, 4.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self.theme.colours.text)
        on_left = spot.x() > plot.center().x() + plot.width() / 4
        box = QRectF(spot.x() - 110 if on_left else spot.x() + 10, spot.y() + 2, 100, 16)
        painter.drawText(box, RIGHT if on_left else LEFT, compact(margin))

    def _paint_foot(self, painter: QPainter, plot: QRectF, curve: Curve) -> None:
        painter.setPen(self.theme.colours.dim)
        foot = QRectF(plot.left(), plot.bottom() + 2, plot.width(), FOOT - 2)
        painter.drawText(foot, LEFT, "0")
        painter.drawText(foot, RIGHT, count(curve.quantities[-1], signed=True))

    def _paint_marks(self, painter: QPainter, plot: QRectF, curve: Curve, place: Place) -> None:
        """Vertical lines at the chosen and at the largest quantity, each with its label on top."""
        colours, metrics = self.theme.colours, QFontMetricsF(painter.font())
        chosen = abs(self._chosen)
        marks = [(chosen, count(chosen), colours.hypothetical, Qt.PenStyle.SolidLine)]
        if curve.largest is not None:
            words = tr("max {quantity}").format(quantity=count(abs(curve.largest)))
            marks.append((abs(curve.largest), words, colours.ok, Qt.PenStyle.DotLine))
        lines = [place(quantity, 0).x() for quantity, *_ in marks]
        widths = [metrics.horizontalAdvance(words) + 2 for _, words, *_ in marks]
        labels = zip(marks, lines, widths, label_places(lines, widths, plot.left(), plot.right()), strict=True)
        for (_, words, colour, style), x, width, left in labels:
            painter.setPen(QPen(colour, 1, style))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            painter.drawText(QRectF(left, plot.top() - 16, width, 16), LEFT, words)

    @staticmethod
    def _point(curve: Curve, quantity: int) -> int:
        """Which of the computed points stands for ``quantity``: the first at or beyond it."""
        magnitudes = [abs(each) for each in curve.quantities]
        return min(bisect_left(magnitudes, abs(quantity)), len(magnitudes) - 1)

    @staticmethod
    def _path(points: list[QPointF], curve: Curve) -> QPainterPath:
        """The curve, broken where a margin is not computable."""
        path, drawing = QPainterPath(), False
        for point, margin in zip(points, curve.margin, strict=True):
            if margin == NOT_COMPUTABLE:
                drawing = False
            elif drawing:
                path.lineTo(point)
            else:
                path.moveTo(point)
                drawing = True
        return path
