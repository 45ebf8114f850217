"""The last hour of runs: how many accounts would end where, and the largest shortfall under any scenario."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.scenarios.news import PastRun
from widgets.cells import LEFT, RIGHT
from widgets.language import tr
from widgets.numbers_text import compact, count, money, time_of_day
from widgets.tables import paint_hatch
from widgets.theme import Theme

SIDE, HEADING, FOOT, SCALE = 10, 24, 20, 62
"""Pixels beside, above and below everything, and for the scale on the right."""
WIDEST = 18
"""Pixels of a column, at most."""


class History(QWidget):
    """Stacked columns a run, short at the bottom; the shortfall as a line. Moving the mouse reads a run off."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("stress_history")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.theme = theme
        self.past: tuple[PastRun, ...] = ()
        self._currency, self._outdated = "", False
        self._pointed = -1

    def show_past(self, past: tuple[PastRun, ...], currency: str) -> None:
        """Draw other runs, oldest first."""
        self.past, self._currency = past, currency
        self._pointed = min(self._pointed, len(past) - 1)
        self.setAccessibleDescription(self.reading(len(past) - 1))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def set_outdated(self, outdated: bool) -> None:
        """Hatch everything while the figures may no longer be true."""
        self._outdated = outdated
        self.update()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Runs of the last hour"))
        self.update()

    def reading(self, row: int) -> str:
        """One run in words."""
        if not 0 <= row < len(self.past):
            return ""
        run = self.past[row]
        return tr(
            "{time}: {short} short, {closed} forced close, {called} called, shortfall {amount} {currency}"
        ).format(
            time=time_of_day(run.as_of, microseconds=False),
            short=count(run.short),
            closed=count(run.closed),
            called=count(run.called),
            amount=money(run.shortfall),
            currency=self._currency,
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        """A small plot."""
        return QSize(380, 170)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the run under the mouse."""
        plot = self._plot()
        step = self._step(plot)
        row = int((event.position().x() - plot.left()) // step) if plot.contains(event.position()) else -1
        pointed = row if row < len(self.past) else -1
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self._pointed = -1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, columns, line, scales."""
        painter = QPainter(self)
        painter.setFont(self.theme.font(small=True))
        colours = self.theme.colours
        painter.setPen(colours.dim)
        heading = QRect(SIDE, 0, self.width() - 2 * SIDE, HEADING)
        if self._pointed >= 0:
            painter.drawText(heading, LEFT, self.reading(self._pointed))
        else:
            self._paint_legend(painter)
        if self.past:
            self._paint_plot(painter)
        if self._outdated:
            paint_hatch(painter, self.rect(), self.theme)
        painter.end()

    def _paint_legend(self, painter: QPainter) -> None:
        """What columns and line stand for."""
        colours, x = self.theme.colours, SIDE
        entries = (
            (colours.close, tr("below zero")),
            (colours.call, tr("forced close")),
            (colours.warning, tr("called")),
            (colours.text, tr("largest shortfall, {currency}").format(currency=self._currency)),
        )
        for number, (colour, words) in enumerate(entries):
            line = number == len(entries) - 1
            painter.fillRect(x, HEADING // 2 - (1 if line else 4), 12 if line else 8, 2 if line else 8, colour)
            x += 17
            painter.setPen(colours.dim)
            painter.drawText(QRect(x, 0, self.width() - x, HEADING), LEFT, words)
            x += painter.fontMetrics().horizontalAdvance(words) + 16

    def _plot(self) -> QRectF:
        return QRectF(SIDE + 26, HEADING + 4, self.width() - 2 * SIDE - SCALE - 26, self.height() - HEADING - FOOT - 8)

    def _step(self, plot: QRectF) -> float:
        return float(min(plot.width() / max(len(self.past), 1), WIDEST))

    def _paint_plot(self, painter: QPainter) -> None:
        plot, colours, step = self._plot(), self.theme.colours, self._step(self._plot())
        most = max((run.short + run.closed + run.called for run in self.past), default=0) or 1
        deepest = max((run.shortfall for run in self.past), default=0) or 1
        painter.setPen(colours.line)
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        line = QPolygonF()
        for row, run in enumerate(self.past):
            left, bottom = plot.left() + row * step, plot.bottom()
            parts: tuple[tuple[int, QColor], ...] = (
                (run.short, colours.close),
                (run.closed, colours.call),
                (run.called, colours.warning),
            )
            for number, colour in parts:
                height = plot.height() * number / most
                painter.fillRect(QRectF(left + 1, bottom - height, max(step - 2, 1), height), colour)
                bottom -= height
            line.append(QPointF(left + step / 2, plot.bottom() - plot.height() * run.shortfall / deepest))
        painter.setPen(QPen(colours.text, 1.4))
        painter.drawPolyline(line)
        if self._pointed >= 0:
            painter.setPen(colours.faint)
            x = plot.left() + (self._pointed + 0.5) * step
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        self._paint_scales(painter, plot, most, deepest)

    def _paint_scales(self, painter: QPainter, plot: QRectF, most: int, deepest: int) -> None:
        painter.setPen(self.theme.colours.dim)
        painter.drawText(QRectF(0, plot.top() - 2, SIDE + 22, 14), RIGHT, count(most))
        painter.drawText(QRectF(plot.right() + 4, plot.top() - 2, SCALE, 14), LEFT, compact(deepest))
        foot = QRectF(plot.left(), plot.bottom() + 3, plot.width(), FOOT - 4)
        painter.drawText(foot, LEFT, time_of_day(self.past[0].as_of, microseconds=False))
        if len(self.past) * self._step(plot) > 160:
            end = QRectF(plot.left(), foot.top(), len(self.past) * self._step(plot), foot.height())
            painter.drawText(end, RIGHT, time_of_day(self.past[-1].as_of, microseconds=False))
