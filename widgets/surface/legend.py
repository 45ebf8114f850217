"""The colour scale beside a plot: colours from low to high, round values, zero marked."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from widgets.surface.relief import Relief
from widgets.theme import Theme

LEGEND_WIDTH = 96
BAR, TOP, FOOT, TALLEST = 14, 44, 24, 320
"""Width of the bar in pixels, room above and below it, and the most it takes."""


def paint_legend(painter: QPainter, area: QRectF, relief: Relief, theme: Theme) -> None:
    """Title, bar and ticks in ``area``, at its left edge."""
    scale, colours = relief.scale, theme.colours
    painter.setFont(theme.font(small=True, strong=True))
    height = min(area.height() - TOP - FOOT, TALLEST)
    wrapped = painter.boundingRect(QRectF(0, 0, area.width() - 4, 200), int(WRAP), scale.title).height()
    height -= max(wrapped - 32, 0)
    if height < 60:
        return
    bar = QRectF(area.left() + 8, area.top() + (area.height() - height + wrapped) / 2, BAR, height)
    ramp = QImage(1, len(scale.colours), QImage.Format.Format_RGB32)
    for row, (red, green, blue, _) in enumerate(scale.colours[::-1].tolist()):
        ramp.setPixel(0, row, 0xFF000000 | red << 16 | green << 8 | blue)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(bar, ramp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colours.line, 1))
    painter.drawRect(bar)
    font = theme.font(small=True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    last = bar.bottom() + 100
    for tick in scale.ticks:
        y = bar.bottom() - tick.place * height
        painter.setPen(QPen(colours.text if tick.zero else colours.dim, 2 if tick.zero else 1))
        left = bar.left() - 4 if tick.zero else bar.right() - 4
        painter.drawLine(QPointF(left, y), QPointF(bar.right() + 3, y))
        if last - y < metrics.height() - 1:
            continue
        last = y
        painter.drawText(QRectF(bar.right() + 7, y - 9, area.right() - bar.right() - 8, 18), LEFT, tick.label)
    painter.setFont(theme.font(small=True, strong=True))
    painter.setPen(colours.text)
    title = QRectF(area.left() + 2, bar.top() - 84, area.width() - 4, 78)
    painter.drawText(title, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom | WRAP), scale.title)


LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
WRAP = Qt.TextFlag.TextWordWrap
