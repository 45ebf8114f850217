"""The risk array as a small plot: loss over price move, a line for each way volatility goes, extreme moves apart."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, PRICE
from engine.span.inspection import Inspection
from widgets.cells import LEFT, RIGHT
from widgets.language import tr
from widgets.numbers_text import MINUS, compact, fixed, money
from widgets.parameters.scenario_words import (
    is_extreme,
    places_needed,
    price_move,
    scenario_words,
    signed_share,
    worst,
)
from widgets.theme import Theme, blend

CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
HEADING, FOOT, TOP, SIDE = 22, 36, 6, 10
AXIS, END = 58, 56
"""Pixels on the left for figures and on the right for the names of the lines."""
BREAK = 1.38
"""Where extreme moves stand, in scan ranges: true to scale they would press the lines into the middle."""
NEAR, FIGURE = 14.0, 27
"""Pixels: how near the mouse has to come to a scenario, and what the figure of a price move needs."""


class Spot(NamedTuple):
    """A scenario on the plot: number, moves in scan ranges, losses on the exchange's and on the live array."""

    number: int
    price: Fraction
    volatility: Fraction
    extreme: bool
    loss: int
    live: int


class Frame(NamedTuple):
    """Where values go: the plot's rectangle and the losses at its bottom and top."""

    plot: QRectF
    low: int
    high: int

    def place(self, spot: Spot, loss: int) -> QPointF:
        """Point of a loss of a scenario."""
        return QPointF(self.x(_across(spot)), self.y(loss))

    def x(self, across: float) -> float:
        """Pixel of a price move."""
        return self.plot.center().x() + self.plot.width() / 2 * across / (BREAK + 0.12)

    def y(self, loss: int) -> float:
        """Pixel of a loss."""
        return self.plot.bottom() - self.plot.height() * (loss - self.low) / (self.high - self.low)


class ArrayPlot(QWidget):
    """Painted; the mouse reads a scenario off, and a scenario selected elsewhere is marked."""

    pointed = Signal(int)
    """Number of the scenario that was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("array_plot")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.theme = theme
        self.spots: tuple[Spot, ...] = ()
        self._one: Inspection | None = None
        self._marked = self._near = 0

    def show_array(self, one: Inspection | None, live: tuple[int, ...]) -> None:
        """Draw the array of a contract, and its live array where there is one."""
        self._one = one
        self.spots = tuple(_spots(one, live)) if one is not None else ()
        if self._near > len(self.spots):
            self._near = 0
        self.setAccessibleName(self.summary())
        self.update()

    def mark(self, number: int) -> None:
        """Mark a scenario; 0 marks none."""
        if number != self._marked:
            self._marked = number
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def summary(self) -> str:
        """The array in a sentence: where a long and a short contract lose most."""
        one = self._one
        if one is None or not one.scenarios:
            return ""
        places = places_needed(one.scenarios, MONEY_DECIMALS)
        parts = []
        for words, number in zip(
            (tr("Long loses most in {number}: {amount}"), tr("Short loses most in {number}: {amount}")),
            worst(one.scenarios),
            strict=True,
        ):
            if number:
                parts.append(words.format(number=number, amount=money(abs(one.scenarios[number - 1]), places)))
        return " · ".join(parts) or tr("no loss in any scenario")

    def reading(self, number: int) -> str:
        """A scenario in words with its loss."""
        one = self._one
        spot = next((spot for spot in self.spots if spot.number == number), None)
        if one is None or spot is None:
            return ""
        point = next(point for point in one.points if point.number == number)
        places = places_needed(one.scenarios, MONEY_DECIMALS)
        words = tr("{number}: {scenario}: {loss} {currency}").format(
            number=number,
            scenario=scenario_words(point),
            loss=money(spot.loss, places),
            currency=one.family.currency,
        )
        if spot.live != NOT_COMPUTABLE:
            words += " · " + tr("live {loss}").format(loss=money(spot.live, places))
        return words

    def sizeHint(self) -> QSize:  # noqa: N802
        """A small plot."""
        return QSize(360, 200)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for axes and a line."""
        return QSize(240, 100)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the scenario under the mouse."""
        near = self._nearest(event.position())
        if near != self._near:
            self._near = near
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select the scenario under the mouse."""
        near = self._nearest(event.position())
        if near:
            self.pointed.emit(near)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self._near = 0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, axes, lines, markers."""
        painter = QPainter(self)
        painter.setFont(self.theme.font())
        one = self._one
        if one is not None and self.spots:
            read = self._near or self._marked
            title = tr("Loss of one long contract over price move, {currency}").format(currency=one.family.currency)
            if any(spot.live != NOT_COMPUTABLE for spot in self.spots):
                title += " · " + tr("thin lines: live")
            painter.setPen(self.theme.colours.text if read else self.theme.colours.dim)
            room = QRectF(SIDE, 2, self.width() - 2 * SIDE, HEADING)
            heading = painter.fontMetrics().elidedText(
                self.reading(read) or title, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, LEFT, heading)
            self._paint_plot(painter, self._frame(), one)
        elif one is not None:
            painter.setPen(self.theme.colours.faint)
            painter.drawText(self.rect(), CENTRE, tr("No scenario of the file can be drawn."))
        painter.end()

    def _frame(self) -> Frame:
        known = [value for spot in self.spots for value in (spot.loss, spot.live) if value != NOT_COMPUTABLE]
        low, high = min([0, *known]), max([0, *known])
        room = max((high - low) // 12, 1)
        plot = QRectF(AXIS, HEADING + TOP, self.width() - AXIS - END, self.height() - HEADING - TOP - FOOT)
        return Frame(plot, low - room, high + room)

    def _nearest(self, point: QPointF) -> int:
        """The scenario within reach of a point, or 0."""
        if not self.spots:
            return 0
        frame = self._frame()
        reach = [
            ((frame.place(spot, spot.loss) - point).manhattanLength(), spot.number)
            for spot in self.spots
            if spot.loss != NOT_COMPUTABLE
        ]
        distance, number = min(reach, default=(NEAR + 1, 0))
        return number if distance <= NEAR else 0

    def _paint_plot(self, painter: QPainter, frame: Frame, one: Inspection) -> None:
        colours, plot = self.theme.colours, frame.plot
        zero = min(max(frame.y(0), plot.top()), plot.bottom())
        painter.fillRect(QRectF(plot.topLeft(), QPointF(plot.right(), zero)), blend(colours.loss, colours.panel, 0.12))
        painter.fillRect(
            QRectF(QPointF(plot.left(), zero), plot.bottomRight()), blend(colours.gain, colours.panel, 0.12)
        )
        self._paint_losses(painter, frame, zero)
        self._paint_moves(painter, frame, one)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_lines(painter, frame)
        for spot in self.spots:
            self._paint_spot(painter, frame, spot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_losses(self, painter: QPainter, frame: Frame, zero: float) -> None:
        """Figures on the left; the zero line, which parts loss from gain."""
        colours, plot = self.theme.colours, frame.plot
        painter.setFont(self.theme.font(small=True))
        for value in _round_values(frame.low, frame.high, max(int(plot.height() // 22), 4)):
            y = frame.y(value)
            painter.setPen(colours.line)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(colours.dim)
            painter.drawText(QRectF(0, y - 8, AXIS - 6, 16), RIGHT, compact(value))
        painter.setPen(QPen(colours.dim, 1))
        painter.drawLine(QPointF(plot.left(), zero), QPointF(plot.right(), zero))

    def _paint_moves(self, painter: QPainter, frame: Frame, one: Inspection) -> None:
        """Price moves below, the break before the extreme ones, and what one scan range is."""
        colours, plot = self.theme.colours, frame.plot
        moves = {_across(spot): spot.price for spot in self.spots}
        taken: list[float] = []
        # Where there is little room the ends and the middle keep their figures.
        for across in sorted(moves, key=lambda one: (abs(one) not in (0, 1, BREAK), one)):
            x = frame.x(across)
            painter.setPen(colours.line)
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4))
            if all(abs(x - other) >= FIGURE for other in taken):
                taken.append(x)
                painter.setPen(colours.dim)
                painter.drawText(QRectF(x - 24, plot.bottom() + 4, 48, 14), CENTRE, signed_share(moves[across]))
        painter.setPen(QPen(colours.faint, 1, Qt.PenStyle.DotLine))
        for side in {1 if spot.price > 0 else -1 for spot in self.spots if spot.extreme}:
            x = frame.x(side * (1 + BREAK) / 2)
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setPen(colours.dim)
        painter.drawText(QRectF(SIDE, plot.bottom() + 18, self.width() - 2 * SIDE, 16), CENTRE, _unit_words(one))

    def _paint_sides(self, painter: QPainter, frame: Frame, taken: list[float]) -> None:
        """What is above zero and what below, where the names of the lines leave room."""
        painter.setPen(self.theme.colours.dim)
        for words, y in ((tr("loss"), frame.plot.top() + 4), (tr("gain"), frame.plot.bottom() - 4)):
            if frame.plot.height() > 60 and all(abs(y - other) > 13 for other in taken):
                painter.drawText(QRectF(frame.plot.right() + 4, y - 8, END - 4, 16), LEFT, words)

    def _paint_lines(self, painter: QPainter, frame: Frame) -> None:
        taken: list[float] = []
        branches = _branches(self.spots)
        same = len(branches) > 1 and len({tuple(spot.loss for spot in branch) for branch in branches}) == 1
        for branch in branches:
            pen = QPen(self._branch_colour(branch[0].volatility), 1.7)
            if branch[0].volatility < 0:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([frame.place(spot, spot.loss) for spot in branch]))
            lit = [spot for spot in branch if spot.live != NOT_COMPUTABLE]
            if lit:
                painter.setPen(QPen(self.theme.colours.warning, 1.1, pen.style()))
                painter.drawPolyline(QPolygonF([frame.place(spot, spot.live) for spot in lit]))
            if not same or branch is branches[0]:
                self._name_branch(painter, frame, branch[-1], taken, same)
        self._paint_sides(painter, frame, taken)

    def _name_branch(self, painter: QPainter, frame: Frame, last: Spot, taken: list[float], same: bool) -> None:
        """The line's name at its right end, out of the way of the name before it."""
        y = frame.y(last.loss)
        for other in taken:
            if abs(y - other) < 13:
                y = other + 13 if y >= other else other - 13
        taken.append(y)
        words = tr("vol ±") if same else tr("vol +") if last.volatility > 0 else tr("vol −")
        if not last.volatility:
            words = tr("vol 0")
        painter.setPen(self._branch_colour(last.volatility))
        painter.drawText(QRectF(frame.plot.right() + 4, y - 8, END - 4, 16), LEFT, words)

    def _paint_spot(self, painter: QPainter, frame: Frame, spot: Spot) -> None:
        """A dot a scenario, a diamond for an extreme move; the one that is read stands out."""
        if spot.loss == NOT_COMPUTABLE:
            return
        place, colour = frame.place(spot, spot.loss), self._branch_colour(spot.volatility)
        read = spot.number == (self._near or self._marked)
        size = 5.0 if read else 4.5 if spot.extreme else 2.2
        painter.setPen(QPen(self.theme.colours.text if read else colour, 1.4))
        painter.setBrush(colour if read or not spot.extreme else self.theme.colours.panel)
        if spot.extreme:
            painter.drawPolygon(_diamond(place, size))
            if spot.live != NOT_COMPUTABLE:
                painter.setPen(QPen(self.theme.colours.warning, 1.2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(_diamond(frame.place(spot, spot.live), 3.5))
        else:
            painter.drawEllipse(place, size, size)

    def _branch_colour(self, volatility: Fraction) -> QColor:
        colours = self.theme.colours
        return colours.accent if volatility > 0 else colours.text if volatility < 0 else colours.call


def _spots(one: Inspection, live: tuple[int, ...]) -> Iterator[Spot]:
    for point in one.points:
        if 0 < point.number <= len(one.scenarios):
            at = point.number - 1
            value = live[at] if len(live) == len(one.scenarios) else NOT_COMPUTABLE
            move = price_move(point)
            yield Spot(
                point.number, move, Fraction(point.volatility_multiple), is_extreme(point), one.scenarios[at], value
            )


def _across(spot: Spot) -> float:
    """Where a price move stands on the axis, which is broken beyond one scan range."""
    return (BREAK if spot.price > 0 else -BREAK) if spot.extreme else float(spot.price)


def _branches(spots: tuple[Spot, ...]) -> list[list[Spot]]:
    """The scenarios of each volatility move in the order of price, volatility up first; extreme moves are in none."""
    usual = [spot for spot in spots if not spot.extreme and spot.loss != NOT_COMPUTABLE]
    ordered = sorted(usual, key=lambda spot: (-spot.volatility, spot.price, spot.number))
    return [list(group) for _, group in groupby(ordered, key=lambda spot: spot.volatility)]


def _round_values(low: int, high: int, count: int) -> list[int]:
    """Round figures between two bounds, about ``count`` of them."""
    rough = max((high - low) // count, 1)
    step = next(step for step in (factor * 10 ** (len(str(rough)) - 1) for factor in (1, 2, 5, 10)) if step >= rough)
    first = -(-low // step) * step
    return list(range(first, high + 1, step))


def _diamond(centre: QPointF, size: float) -> QPolygonF:
    corners = ((0, -size), (size, 0), (0, size), (-size, 0))
    return QPolygonF([centre + QPointF(x, y) for x, y in corners])


def _unit_words(one: Inspection) -> str:
    """What the axis counts in: price scan ranges, and what one of them is in price where that can be told."""
    ranges = (one.price_scan, one.price_scan_down)
    if NOT_COMPUTABLE in ranges or one.multiplier <= 0:
        return tr("price move, in price scan ranges")
    up, down = (fixed(each * PRICE // one.multiplier, MONEY_DECIMALS, one.family.price_decimals) for each in ranges)
    points = up if up == down else f"+{up} / {MINUS}{down}"
    return tr("price move, in scan ranges of {points} points").format(points=points)
