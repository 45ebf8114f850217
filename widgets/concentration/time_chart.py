"""Concentration over time: shares of the firm's largest names and their index, with the limits drawn as lines."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.concentration_picture import NO_LIMIT, Bounds, TimeLine
from engine.numbers import NOT_COMPUTABLE, RATIO, RATIO_DECIMALS, Integers
from widgets.concentration.tile_image import Labels
from widgets.language import tr
from widgets.numbers_text import fixed, percent, time_of_day
from widgets.sheet import Sheet, Value
from widgets.tables import paint_hatch
from widgets.theme import Theme

LEFT, TOP, FOOT, SIDE = 46, 12, 22, 150
"""Pixels of the scale, above the plot, of the times, and of the names at the ends of lines."""
LINE: Final = 14
"""Least distance in pixels of two names."""
DASHES: Final = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
    Qt.PenStyle.SolidLine,
)
"""Lines are told apart by dashes, by the names at their ends, and by colour."""


class TimeChart(QWidget):
    """Painted; the moment under the mouse is read off."""

    pointed = Signal(str)
    """Exact figures under the mouse; empty where there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("concentration_over_time")
        self.setProperty("plot", "true")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.line: TimeLine | None = None
        self.hovered = -1
        """Moment under the mouse, -1 for none."""
        self._outdated = False
        self.set_theme(theme)

    def show_line(self, line: TimeLine) -> None:
        """Draw another history."""
        self.line = line
        self.hovered = min(self.hovered, len(line.times) - 1)
        self.update()

    def sheet(self) -> Sheet:
        """Every moment."""
        line = self.line
        if line is None:
            return Sheet(tr("Over time"), (), ())
        rows: list[list[Value]] = [
            [
                time_of_day(int(line.times[row]), microseconds=False),
                *((int(share), RATIO_DECIMALS) for share in line.shares[row]),
                (int(line.herfindahl[row]), RATIO_DECIMALS),
            ]
            for row in range(len(line.times))
        ]
        return Sheet(tr("Over time"), (tr("Time"), *line.names, tr("HHI")), rows)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme, self._labels = theme, Labels(theme)
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        self._outdated = outdated
        self.update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Concentration over time"))
        self.update()

    def reading(self) -> str:
        """Exact figures of the moment under the mouse."""
        line = self.line
        if line is None or not 0 <= self.hovered < len(line.times):
            return ""
        parts = [time_of_day(int(line.times[self.hovered]), microseconds=False)]
        shares = zip(line.names, line.shares[self.hovered].tolist(), strict=True)
        parts += [f"{name} {percent(share)}" for name, share in shares]
        index = int(line.herfindahl[self.hovered])
        parts.append(tr("HHI {index}").format(index=fixed(index, RATIO_DECIMALS, 3)))
        return " · ".join(parts)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for a few lines."""
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for the names and a little of the plot."""
        return QSize(260, 120)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the moment nearest to the mouse."""
        line, plot = self.line, self._plot()
        self.hovered = -1
        if line is not None and len(line.times) and plot.contains(event.position()):
            at = line.times[0] + (event.position().x() - plot.left()) / plot.width() * self._span(line)
            self.hovered = int(np.abs(line.times - at).argmin())
        self.pointed.emit(self.reading())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self.hovered = -1
        self.pointed.emit("")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Scale, bounds, lines, names."""
        painter, line = QPainter(self), self.line
        painter.setFont(self._labels.font)
        if line is None or len(line.times) < 2:
            painter.setPen(self.theme.colours.dim)
            words = tr("A line needs two moments; one is remembered every five seconds.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            full = _full(line)
            self._paint_scale(painter, line, full)
            self._paint_bounds(painter, line, full)
            self._paint_lines(painter, line, full)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)
        painter.end()

    def _plot(self) -> QRectF:
        return QRectF(LEFT, TOP, max(self.width() - LEFT - SIDE, 1), max(self.height() - TOP - FOOT, 1))

    @staticmethod
    def _span(line: TimeLine) -> int:
        return max(int(line.times[-1] - line.times[0]), 1)

    def _paint_scale(self, painter: QPainter, line: TimeLine, full: int) -> None:
        plot, colours = self._plot(), self.theme.colours
        for step in range(5):
            y = plot.bottom() - plot.height() * step / 4
            painter.setPen(QPen(colours.line, 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(colours.dim)
            room = QRect(0, int(y) - 8, LEFT - 8, 16)
            painter.drawText(
                room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent(full * step // 4, 0)
            )
        ends = ((plot.left(), Qt.AlignmentFlag.AlignLeft, 0), (plot.right() - 90, Qt.AlignmentFlag.AlignRight, -1))
        for x, side, moment in ends:
            words = time_of_day(int(line.times[moment]), microseconds=False)
            painter.drawText(QRectF(x, plot.bottom() + 3, 90, FOOT - 4), side, words)

    def _paint_bounds(self, painter: QPainter, line: TimeLine, full: int) -> None:
        plot, colours = self._plot(), self.theme.colours
        soft, hard = tr("soft limit {amount}"), tr("hard limit {amount}")
        for bounds, what in ((line.share_bounds, ""), (line.herfindahl_bounds, "HHI ")):
            for bound, words, colour, dash in (
                (bounds.soft, soft, colours.warning, Qt.PenStyle.DotLine),
                (bounds.hard, hard, colours.close, Qt.PenStyle.SolidLine),
            ):
                if bound == NO_LIMIT or bound > full:
                    continue
                y = plot.bottom() - plot.height() * bound / full
                painter.setPen(QPen(colour, 1.4, dash))
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
                said = what + words.format(amount=percent(bound, 0))
                painter.drawText(QPointF(plot.left() + 6, y - 3), said)

    def _paint_lines(self, painter: QPainter, line: TimeLine, full: int) -> None:
        plot, colours = self._plot(), self.theme.colours
        x = plot.left() + (line.times - line.times[0]) / self._span(line) * plot.width()
        ends: list[tuple[float, str, QColor]] = []
        series: list[tuple[str, Integers]] = [(name, line.shares[:, place]) for place, name in enumerate(line.names)]
        for place, (name, figures) in enumerate([*series, (tr("HHI"), line.herfindahl)]):
            is_index = place == len(series)
            colour = colours.text if is_index else self._colour(place)
            pen = QPen(
                colour, 2.4 if is_index else 1.6, Qt.PenStyle.DashLine if is_index else DASHES[place % len(DASHES)]
            )
            painter.setPen(pen)
            for run in _runs(figures):
                y = plot.bottom() - plot.height() * figures[run] / full
                painter.drawPolyline(
                    QPolygonF([QPointF(*point) for point in zip(x[run].tolist(), y.tolist(), strict=True)])
                )
            last = int(figures[-1])
            if last != NOT_COMPUTABLE:
                shown = fixed(last, RATIO_DECIMALS, 3) if is_index else percent(last)
                ends.append((plot.bottom() - plot.height() * last / full, f"{name} {shown}", colour))
        self._paint_ends(painter, ends)
        if self.hovered >= 0:
            painter.setPen(QPen(colours.dim, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x[self.hovered], plot.top()), QPointF(x[self.hovered], plot.bottom()))

    def _paint_ends(self, painter: QPainter, ends: list[tuple[float, str, QColor]]) -> None:
        """Names beside the ends of their lines, pushed apart where they would overlap."""
        plot, low = self._plot(), -1e9
        places = []
        for y, words, colour in sorted(ends, key=lambda end: end[0]):
            low = max(y, low + LINE)
            places.append((low, y, words, colour))
        over = max(places[-1][0] - plot.bottom(), 0) if places else 0
        for place, y, words, colour in places:
            painter.setPen(QPen(colour, 1))
            painter.drawLine(QPointF(plot.right(), y), QPointF(plot.right() + 10, place - over))
            room = SIDE - 16
            painter.drawText(QPointF(plot.right() + 13, place - over + 4), self._labels.elided(words, room))

    def _colour(self, place: int) -> QColor:
        colours = self.theme.colours
        return (colours.accent, colours.ok, colours.warning, colours.call, colours.negative, colours.dim)[place % 6]


def _full(line: TimeLine) -> int:
    """Top of the scale: the next tenth above all lines and bounds, one at the most."""
    known = line.shares[line.shares != NOT_COMPUTABLE].tolist() + line.herfindahl[line.herfindahl > 0].tolist()
    bounds = (each for pair in (line.share_bounds, line.herfindahl_bounds) for each in _both(pair))
    largest = max([*known, *(bound for bound in bounds if bound != NO_LIMIT)], default=RATIO)
    tenth = RATIO // 10
    return max(min(-(-int(largest * 1.05) // tenth) * tenth, RATIO), tenth)


def _both(bounds: Bounds) -> tuple[int, int]:
    return bounds.soft, bounds.hard


def _runs(figures: Integers) -> list[slice]:
    """Stretches without a gap, of two moments at least."""
    known = np.concatenate(([False], figures != NOT_COMPUTABLE, [False]))
    edges = np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2)
    return [slice(start, stop) for start, stop in edges.tolist() if stop - start > 1]
