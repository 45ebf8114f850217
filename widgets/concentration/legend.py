"""The legend below the charts: what each colour and each pattern means, on as many lines as it needs."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from widgets.concentration.scale import Shade, Step, Swatches, step_words
from widgets.concentration.squarify import STRIPE
from widgets.concentration.tile_image import Labels, paint_change, paint_corner
from widgets.language import tr
from widgets.tables import paint_hatch
from widgets.theme import Theme

LINE, SWATCH, GAP, SIDE = 20, 18, 14, 10
SHORT, CHANGED = -1, -2
"""Stripes of short exposure, and the frame around what orders change: no steps of colour."""


class Legend(QWidget):
    """Painted; as high as the width demands."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("concentration_legend")
        self._shade, self._ahead = Shade.USE, False
        self.set_theme(theme)

    def show_shade(self, shade: Shade) -> None:
        """Explain the colours of another figure."""
        self._shade = shade
        self._fit()

    def show_ahead(self, ahead: bool) -> None:
        """Explain what frames mean, while orders are looked ahead to."""
        if ahead != self._ahead:
            self._ahead = ahead
            self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self.theme, self._swatches, self._labels = theme, Swatches(theme), Labels(theme)
        self._fit()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._fit()

    def items(self) -> list[tuple[str, int]]:
        """Words and the `Step` they belong to, or `SHORT` or `CHANGED`."""
        made = [(words, number) for number, words in enumerate(step_words(self._shade))]
        if self._shade is Shade.USE:
            made.append((tr("no limit"), Step.NO_LIMIT))
        made += [(tr("short"), SHORT), (tr("not computable"), Step.UNKNOWN)]
        return [*made, (tr("changed by the order"), CHANGED)] if self._ahead else made

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Break the line anew."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Title, swatches, words."""
        painter = QPainter(self)
        painter.setFont(self._labels.font)
        for words, step, left, line in self._places():
            top = line * LINE + 3
            base = top + (LINE + self._labels.ascent - 3) / 2 - 2
            if step is not None:
                self._paint_swatch(painter, QRect(left, top + 2, SWATCH, 12), step)
            painter.setPen(self.theme.colours.dim)
            painter.drawText(QPointF(left + (SWATCH + 5 if step is not None else 0), base), words)
        painter.end()

    def _paint_swatch(self, painter: QPainter, rect: QRect, step: int) -> None:
        swatches, colours = self._swatches, self.theme.colours
        painter.fillRect(rect, swatches.fills[0 if step < 0 else step])
        if step == CHANGED:
            paint_change(painter, rect.adjusted(0, 0, -1, -1), self.theme)
            return
        if step == SHORT:
            painter.setPen(swatches.inks[0])
            for y in range(rect.top() + STRIPE - 1, rect.bottom(), STRIPE):
                painter.drawLine(rect.left(), y, rect.right(), y)
        elif step == Step.UNKNOWN:
            paint_hatch(painter, rect, self.theme)
        elif step == Step.FULLEST and self._shade is Shade.USE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(swatches.inks[step])
            paint_corner(painter, rect)
        painter.setPen(colours.line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _places(self) -> list[tuple[str, int | None, int, int]]:
        """Words, step, left edge and line of the title and of every item."""
        title = tr("Use of limit") if self._shade is Shade.USE else tr("Share of equity")
        made: list[tuple[str, int | None, int, int]] = [(title, None, SIDE, 0)]
        left, line = SIDE + int(self._labels.width(title)) + GAP, 0
        for words, step in self.items():
            width = SWATCH + 5 + int(self._labels.width(words))
            if left + width > self.width() - SIDE and left > SIDE:
                left, line = SIDE, line + 1
            made.append((words, step, left, line))
            left += width + GAP
        return made

    def _fit(self) -> None:
        height = (self._places()[-1][3] + 1) * LINE + 6
        if height != self.height() or height != self.minimumHeight():
            self.setFixedHeight(height)
        self.update()
