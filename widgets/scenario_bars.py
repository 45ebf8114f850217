"""The sixteen scenarios of one scan as bars left and right of zero, the active one marked."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE
from widgets.cells import LEFT, RIGHT
from widgets.language import tr
from widgets.numbers_text import fixed, money
from widgets.sheet import Sheet
from widgets.theme import Theme

HEADING = 26
LABEL = 26
FIGURE = 64


class ScenarioBars(QWidget):
    """Loss by scenario: losses to the right, gains to the left, figures beside the axis."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("scenario_bars")
        self.theme = theme
        self._heading = ""
        self._amounts: tuple[int, ...] = ()
        self._active = 0
        self._unit = 0

    def show_scenarios(self, name: str, currency: str, amounts: tuple[int, ...], active: int) -> None:
        """Draw the sums of one scan.

        Args:
            name: Of the combined commodity.
            currency: Of the amounts.
            amounts: Loss by scenario, money scale; empty where nothing is selected that has any.
            active: Number of the active scenario, from 1; 0 where there is none.
        """
        known = [abs(amount) for amount in amounts if amount != NOT_COMPUTABLE]
        # Whole thousands where the largest has seven digits, or sixteen numbers would hide the shape.
        self._unit = 3 if known and max(known) >= 10 ** (MONEY_DECIMALS + 6) else 0
        template = tr("{name} · loss, {currency} 000") if self._unit else tr("{name} · loss, {currency}")
        self._heading = template.format(name=name, currency=currency) if amounts else ""
        self._amounts, self._active = amounts, active
        spoken = tr("active scenario {number}").format(number=active) if active else ""
        self.setAccessibleName(f"{self._heading} {spoken}".strip())
        self.update()

    @property
    def amounts(self) -> tuple[int, ...]:
        """What is drawn."""
        return self._amounts

    def sheet(self) -> Sheet:
        """Loss in each scenario."""
        titles = (tr("Scenario"), tr("Loss"), tr("Active"))
        rows = [
            (number, (amount, MONEY_DECIMALS), tr("active") if number == self._active else "")
            for number, amount in enumerate(self._amounts, 1)
        ]
        return Sheet(self._heading, titles, rows)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Wide enough for figures and a readable bar."""
        return QSize(240, HEADING + 16 * 20)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for both figures and sixteen lines of small text."""
        return QSize(LABEL + 2 * FIGURE + 40, HEADING + 16 * 11)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Heading, then a row a scenario."""
        painter = QPainter(self)
        painter.setFont(self.theme.font())
        if not self._amounts:
            painter.setPen(self.theme.colours.faint)
            message = tr("Select a scan to see its scenarios.")
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(12, 0, -12, 0), flags, message)
        else:
            painter.setPen(self.theme.colours.dim)
            heading = QRect(10, 0, self.width() - 16, HEADING)
            text = painter.fontMetrics().elidedText(self._heading, Qt.TextElideMode.ElideRight, heading.width())
            painter.drawText(heading, int(Qt.AlignmentFlag.AlignVCenter), text)
            self._paint_rows(painter)
        painter.end()

    def _paint_rows(self, painter: QPainter) -> None:
        height = min((self.height() - HEADING - 8) / len(self._amounts), 27.0)
        known = [amount for amount in self._amounts if amount != NOT_COMPUTABLE]
        loss, gain = max([0, *known]), -min([0, *known])
        left, right = 10 + LABEL, self.width() - 10
        # A figure always stands on the other side of the axis than its bar, so each side needs room for one.
        room = max(right - left - FIGURE * (2 if gain and loss else 1), 1)
        scale = room / max(loss + gain, 1)
        axis = left + round(max(gain * scale, FIGURE if loss else 0)) if gain else left + FIGURE
        if gain and loss:
            scale = min((axis - left) / gain, (right - axis) / loss)
        for row, amount in enumerate(self._amounts):
            self._paint_row(
                painter, row + 1, amount, QRectF(left, HEADING + row * height, right - left, height), axis, scale
            )
        painter.setPen(self.theme.colours.line)
        painter.drawLine(axis, HEADING, axis, round(HEADING + len(self._amounts) * height))

    def _paint_row(self, painter: QPainter, number: int, amount: int, row: QRectF, axis: int, scale: float) -> None:
        colours, active = self.theme.colours, number == self._active
        if active:
            painter.fillRect(QRectF(4, row.top(), self.width() - 8, row.height()), colours.raised)
        painter.setFont(self.theme.font(strong=active))
        painter.setPen(colours.text if active else colours.dim)
        mark = f"▸{number}" if active else str(number)
        painter.drawText(QRectF(4, row.top(), LABEL, row.height()), RIGHT, mark)
        if amount == NOT_COMPUTABLE:
            painter.setPen(colours.faint)
            painter.drawText(row.adjusted(8, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), tr("not computable"))
            return
        thickness = max(row.height() * 0.6, 3)
        top = row.top() + (row.height() - thickness) / 2
        length = abs(amount) * scale
        bar = QRectF(axis if amount >= 0 else axis - length, top, max(length, 1), thickness)
        painter.fillRect(bar, colours.close if active else colours.loss if amount >= 0 else colours.gain)
        painter.setPen(colours.text)
        text = fixed(amount, MONEY_DECIMALS + self._unit, 0) if self._unit else money(amount)
        if amount >= 0:
            place, side = QRectF(axis - FIGURE - 6, row.top(), FIGURE, row.height()), RIGHT
        else:
            place, side = QRectF(axis + 6, row.top(), FIGURE, row.height()), LEFT
        painter.drawText(place, side, text)

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme = theme
        self.update()
