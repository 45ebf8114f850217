"""The staircase of a plan: risk ratio and margin after each of its orders, with the target as a line."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.liquidation.plan import Plan
from engine.numbers import NOT_COMPUTABLE
from widgets.cells import LEFT, RIGHT
from widgets.forced_close.words import order_words
from widgets.language import tr
from widgets.numbers_text import count, money, percent
from widgets.theme import Theme

HEADING, FOOT, SIDE = 22, 20, 10
LABEL_ROOM = 92
"""Pixels on the right for the words at the lines."""


class Staircase(QWidget):
    """One step an order. Moving the mouse reads a step, a click selects its order."""

    order_chosen = Signal(int)
    """Number of the order."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("staircase")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 130)
        self.setMouseTracking(True)
        self.theme = theme
        self._plan: Plan | None = None
        self._marked: int | None = None
        self._pointed: int | None = None

    def show_plan(self, plan: Plan | None) -> None:
        """Draw another plan."""
        self._plan, self._marked, self._pointed = plan, None, None
        self.setAccessibleName(self.reading(None))
        self.update()

    def mark(self, order: int | None) -> None:
        """Mark the step of an order."""
        if order != self._marked:
            self._marked = order
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()

    def reading(self, order: int | None) -> str:
        """A step in words; the whole plan where ``order`` is None."""
        plan = self._plan
        if plan is None:
            return ""
        if order is None or not 0 <= order < len(plan.steps):
            words = tr("Risk ratio {before} → {after}, orders: {count}")
            return words.format(
                before=percent(plan.before.ratio), after=percent(plan.after.ratio), count=count(len(plan.orders))
            )
        figures = plan.steps[order].figures
        return tr("{number}. {order}: ratio {ratio}, margin {margin}").format(
            number=order + 1,
            order=order_words(plan.orders[order]),
            ratio=percent(figures.ratio),
            margin=money(figures.margin),
        )

    def sizeHint(self) -> QSize:  # noqa: N802
        """A small plot."""
        return QSize(360, 200)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Read the step under the mouse."""
        pointed = self._step_at(event.position().x())
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select the order of the step under the mouse."""
        step = self._step_at(event.position().x())
        if step is not None:
            self.order_chosen.emit(step)

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Stop reading."""
        self._pointed = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, lines, steps."""
        painter = QPainter(self)
        painter.setFont(self.theme.font())
        if self._plan is not None:
            painter.setPen(self.theme.colours.dim)
            shown = self._pointed if self._pointed is not None else self._marked
            heading = QRect(SIDE, 0, self.width() - 2 * SIDE, HEADING)
            words = painter.fontMetrics().elidedText(self.reading(shown), Qt.TextElideMode.ElideRight, heading.width())
            painter.drawText(heading, LEFT, words)
            self._paint_plot(painter, self._plan)
        painter.end()

    def _plot(self) -> QRectF:
        return QRectF(SIDE, HEADING + 8, self.width() - 2 * SIDE - LABEL_ROOM, self.height() - HEADING - FOOT - 10)

    def _step_at(self, x: float) -> int | None:
        plan, plot = self._plan, self._plot()
        if plan is None or not plan.steps or not plot.left() <= x <= plot.right():
            return None
        width = plot.width() / (len(plan.steps) + 1)
        step = int((x - plot.left()) // width) - 1
        return step if 0 <= step < len(plan.steps) else None

    def _paint_plot(self, painter: QPainter, plan: Plan) -> None:
        plot, colours = self._plot(), self.theme.colours
        ratios = [plan.before.ratio, *(step.figures.ratio for step in plan.steps)]
        known = [ratio for ratio in ratios if ratio != NOT_COMPUTABLE]
        if not known:
            painter.drawText(plot, int(Qt.AlignmentFlag.AlignCenter), tr("not computable"))
            return
        low, high = min(*known, plan.target), max(*known, plan.target)
        room = max((high - low) // 8, 1)
        low, high = max(low - room, 0), high + room
        width = plot.width() / len(ratios)

        def height(ratio: int) -> float:
            return plot.bottom() - plot.height() * (ratio - low) / (high - low)

        for number, ratio in enumerate(ratios):
            if ratio == NOT_COMPUTABLE:
                continue
            left, top = plot.left() + number * width, height(ratio)
            colour = colours.ok if ratio <= plan.target else colours.call
            bar = QRectF(left + 1, top, max(width - 2, 1), plot.bottom() - top)
            fill = colour.lighter(100)
            fill.setAlpha(150 if number - 1 in (self._marked, self._pointed) else 70)
            painter.fillRect(bar, fill)
            painter.setPen(QPen(colour, 2))
            painter.drawLine(bar.topLeft(), bar.topRight())
        painter.setPen(colours.line)
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        self._paint_line(painter, plot, height(plan.target), tr("target {ratio}").format(ratio=percent(plan.target)))
        last = next(ratio for ratio in reversed(ratios) if ratio != NOT_COMPUTABLE)
        if abs(height(last) - height(plan.target)) > 15:
            painter.setPen(colours.text)
            painter.drawText(QRectF(plot.right() + 6, height(last) - 8, LABEL_ROOM, 16), LEFT, percent(last))
        painter.setPen(colours.dim)
        foot = QRectF(plot.left(), plot.bottom() + 3, plot.width(), FOOT - 3)
        painter.drawText(foot, LEFT, tr("now"))
        if plan.steps:
            painter.drawText(foot, RIGHT, tr("order {number}").format(number=count(len(plan.steps))))

    def _paint_line(self, painter: QPainter, plot: QRectF, y: float, words: str) -> None:
        colours = self.theme.colours
        painter.setPen(QPen(colours.accent, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right() + 4, y))
        painter.setPen(colours.accent)
        painter.drawText(QRectF(plot.right() + 6, y - 8, LABEL_ROOM, 16), LEFT, words)
