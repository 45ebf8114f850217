"""A treemap's cells as an image: filled by steps, striped where short, hatched where not computable."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from engine.concentration_picture import ExposureLevel
from engine.numbers import NOT_COMPUTABLE
from widgets.cells import Advances
from widgets.concentration.scale import Pixels, Shade, Step, Steps, Swatches, steps
from widgets.concentration.squarify import fill_boxes
from widgets.concentration.tiles import Tier
from widgets.numbers_text import SPACE, compact, percent
from widgets.tables import paint_hatch
from widgets.theme import Theme, blend

LEAST, LINE = (50, 17), 14
"""Pixels a cell needs for a name, and the height of a line of it."""
FIGURES = 64
"""Pixels from which on a cell has its figures below its name."""
MARK = 7
MOST_STAMPS = 4000
"""Texts kept as images, a few kilobytes each."""
ELLIPSIS = "…"


class Labels:
    """Texts elided to the room there is; widths of characters are measured once."""

    def __init__(self, theme: Theme) -> None:
        self.font, self.strong = theme.font(small=True), theme.font(strong=True, small=True)
        for font in (self.font, self.strong):
            font.setKerning(False)
        metrics = QFontMetricsF(self.font)
        self.ascent = metrics.ascent()
        self._advances = {False: Advances(metrics), True: Advances(QFontMetricsF(self.strong))}
        self._stamps: dict[tuple[str, int, bool], QImage] = {}

    def elided(self, text: str, room: float, *, strong: bool = False, least: int = 3) -> str:
        """``text``, or as much of it as fits with an ellipsis; nothing where fewer than ``least`` characters would."""
        advances = self._advances[strong]
        if sum(map(advances.__getitem__, text)) <= room:
            return text
        room -= advances[ELLIPSIS]
        kept = 0
        for kept, character in enumerate(text):  # noqa: B007  # what is kept is read after the loop
            room -= advances[character]
            if room < 0:
                break
        return text[:kept].rstrip() + ELLIPSIS if kept >= least else ""

    def stamp(self, painter: QPainter, place: QPointF, text: str, ink: QColor, *, strong: bool = False) -> None:
        """Write a text that will be written again: drawn once and then copied, which is several times as fast."""
        key = (text, ink.rgb(), strong)
        stamp = self._stamps.get(key)
        if stamp is None:
            if len(self._stamps) >= MOST_STAMPS:
                self._stamps.clear()
            stamp = self._stamps[key] = self._draw(text, ink, self.strong if strong else self.font)
        painter.drawImage(QPoint(int(place.x()), round(place.y() - self.ascent)), stamp)

    def _draw(self, text: str, ink: QColor, font: QFont) -> QImage:
        metrics = QFontMetricsF(font)
        size = QSize(int(metrics.horizontalAdvance(text)) + 3, int(metrics.height()) + 2)
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(QPointF(0, self.ascent), text)
        painter.end()
        return image

    def width(self, text: str, *, strong: bool = False) -> float:
        """Pixels of the whole of a text."""
        return sum(map(self._advances[strong].__getitem__, text))

    def fits(self, text: str, room: float) -> bool:
        """Whether the whole of a text has room."""
        return self.width(text) <= room


class TileImage:
    """Paints tiers of cells into an image of their size."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.swatches, self.labels = Swatches(theme), Labels(theme)
        self._image: QImage | None = None

    def paint(
        self, levels: tuple[ExposureLevel, ...], tiers: list[Tier], shade: Shade, size: tuple[int, int]
    ) -> QImage:
        """The image of ``tiers``; ``size`` is its width and height in pixels."""
        width, height = max(size[0], 1), max(size[1], 1)
        image = self._image
        if image is None or (image.width(), image.height()) != (width, height):
            # Kept from one refresh to the next: fresh memory costs more than filling it.
            image = self._image = QImage(width, height, QImage.Format.Format_RGB32)
        canvas: Pixels = np.frombuffer(image.bits(), dtype=np.uint32).reshape(height, width)
        leaf, level = tiers[-1], levels[tiers[-1].depth]
        found = steps(shade, level.use if shade is Shade.USE else level.share, level.value)[leaf.rows]
        canvas.fill(self.theme.colours.line.rgb() if len(tiers) > 2 else self.theme.colours.background.rgb())
        for tier in tiers[len(tiers) - 2 : -1]:
            self._fill_groups(canvas, tier)
        self._fill(canvas, leaf, found, level.value[leaf.rows] < 0)
        del canvas
        painter = QPainter(image)
        self._mark(painter, leaf, found, shade)
        for tier in tiers[:-1]:
            self._name_groups(painter, levels[tier.depth], tier, shade)
        self._label(painter, levels, leaf, found, shade)
        painter.end()
        return image

    def _fill_groups(self, canvas: Pixels, tier: Tier) -> None:
        pixel = blend(self.theme.colours.line, self.theme.colours.panel, 0.5).rgb()
        sides = np.stack(tier.boxes)
        sides[2:] -= 1
        pixels = np.full(len(tier.rows), pixel, dtype=np.uint32)
        fill_boxes(canvas, sides, pixels, pixels)

    def _fill(self, canvas: Pixels, leaf: Tier, found: Steps, short: npt.NDArray[np.bool_]) -> None:
        """Fill cells, with a line of one pixel between them where they are large enough to spare it."""
        left, top, right, bottom = leaf.boxes
        sides = np.stack(leaf.boxes)
        sides[2:] -= (right - left >= 4) & (bottom - top >= 4)
        pixels = self.swatches.pixels[found]
        striped = short & (found != Step.UNKNOWN)
        fill_boxes(canvas, sides, pixels, np.where(striped, self.swatches.stripes[found], pixels))

    def _mark(self, painter: QPainter, leaf: Tier, found: Steps, shade: Shade) -> None:
        """Hatch what is not computable; give what is over its limit a corner, to be told without colour."""
        for cell in np.flatnonzero(found == Step.UNKNOWN).tolist():
            paint_hatch(painter, box_rect(leaf, cell).adjusted(0, 0, -1, -1), self.theme)
        if shade is not Shade.USE:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.swatches.inks[Step.FULLEST])
        left, top, right, bottom = leaf.boxes
        # On a smaller cell nobody would see it.
        seen = (found == Step.FULLEST) & (np.minimum(right - left, bottom - top) > MARK)
        for cell in np.flatnonzero(seen).tolist():
            paint_corner(painter, box_rect(leaf, cell).adjusted(0, 0, -1, -1))

    def _name_groups(self, painter: QPainter, level: ExposureLevel, tier: Tier, shade: Shade) -> None:
        """Name and figures in the band of each group: figures where they fit beside the whole name.

        The share or use is on the colour of its step: a limit of a product binds where those of its contracts do not.
        """
        colours, found = self.theme.colours, steps(shade, level.use if shade is Shade.USE else level.share, level.value)
        painter.setFont(self.labels.font)
        painter.setPen(colours.text)
        for cell in np.flatnonzero(tier.band).tolist():
            rect, row = box_rect(tier, cell), int(tier.rows[cell])
            rect.setHeight(int(tier.band[cell]))
            if level.value[row] == NOT_COMPUTABLE:
                paint_hatch(painter, rect.adjusted(0, 0, -1, 0), self.theme)
            name = self.labels.elided(level.names[row], rect.width() - 12, strong=True)
            base = rect.top() + (rect.height() + self.labels.ascent - 3) / 2
            self.labels.stamp(painter, QPointF(rect.left() + 5, base), name, colours.text, strong=True)
            used = self.labels.width(name, strong=True) + 16
            figures, step = cell_figures(level, row, shade).split(f"{SPACE}· "), int(found[row])
            if self.labels.fits(figures[0], rect.width() - used - 6):
                painter.drawText(QPointF(rect.left() + used, base), figures[0])
                used += self.labels.width(figures[0]) + 10
            if len(figures) > 1 and self.labels.fits(figures[1], rect.width() - used - 10):
                chip = QRect(int(rect.left() + used) - 4, rect.top() + 2, 0, rect.height() - 4)
                self._paint_chip(painter, chip, base, figures[1], step, step == Step.FULLEST and shade is Shade.USE)
            elif step == Step.FULLEST and shade is Shade.USE:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.swatches.fills[step])
                paint_corner(painter, rect.adjusted(0, 0, -1, 0))
                painter.setPen(colours.text)

    def _paint_chip(self, painter: QPainter, rect: QRect, base: float, words: str, step: int, over: bool) -> None:
        """Words on the colour of a step, with a corner where they are over a limit."""
        rect.setWidth(int(self.labels.width(words)) + 9 + (MARK if over else 0))
        painter.fillRect(rect, self.swatches.fills[step])
        painter.setPen(self.swatches.inks[step])
        painter.drawText(QPointF(rect.left() + 4, base), words)
        if over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.swatches.inks[step])
            paint_corner(painter, rect)
        painter.setPen(self.theme.colours.text)

    def _label(
        self, painter: QPainter, levels: tuple[ExposureLevel, ...], leaf: Tier, found: Steps, shade: Shade
    ) -> None:
        """Names where they fit, figures below where those do too."""
        left, top, right, bottom = leaf.boxes
        roomy = np.flatnonzero((right - left >= LEAST[0]) & (bottom - top >= LEAST[1]))
        painter.setFont(self.labels.font)
        for cell in roomy.tolist():
            row, step = int(leaf.rows[cell]), int(found[cell])
            rect = box_rect(leaf, cell).adjusted(4, 0, -4, -1)
            name = short_name(levels, leaf.depth, row)
            lines = [self.labels.elided(name, rect.width() - (MARK if step == Step.FULLEST else 0), least=8)]
            if not lines[0]:
                continue
            space = (rect.height() - 4) // LINE - 1 if rect.width() >= FIGURES else 0
            if space > 0:
                figures = cell_figures(levels[leaf.depth], row, shade).split(f"{SPACE}· ")
                lines += [each for each in figures[:space] if self.labels.fits(each, rect.width())]
            if levels[leaf.depth].value[row] < 0:
                # Stripes would run through the words.
                block = QRect(rect.left() - 4, rect.top(), 8, len(lines) * LINE + 5).intersected(
                    rect.adjusted(-4, 0, 4, 0)
                )
                block.setWidth(min(rect.width() + 7, int(max(map(self.labels.width, lines))) + 9))
                painter.fillRect(block, self.swatches.fills[step])
            ink = self.swatches.inks[step]
            painter.setPen(ink)
            base = rect.top() + self.labels.ascent + (3 if rect.height() > LINE + 4 else (rect.height() - LINE) / 2)
            for number, line in enumerate(lines):
                place = QPointF(rect.left(), base + number * LINE)
                if number:
                    # Figures are new with every refresh; names come again.
                    painter.drawText(place, line)
                else:
                    self.labels.stamp(painter, place, line, ink)


def short_name(levels: tuple[ExposureLevel, ...], depth: int, row: int) -> str:
    """A name without that of its group, which stands above it: ``2027-03`` for ``CL 2027-03``."""
    level = levels[depth]
    group = levels[depth - 1].names[int(level.parents[row])] if depth else ""
    return level.names[row].removeprefix(f"{group} ")


def cell_figures(level: ExposureLevel, row: int, shade: Shade) -> str:
    """A cell's figures, short: ``−12.30 m · 45 %``."""
    value, figure = int(level.value[row]), int((level.use if shade is Shade.USE else level.share)[row])
    if value == NOT_COMPUTABLE:
        return "?"
    words = compact(value)
    return f"{words}{SPACE}· {percent(figure, 0)}" if figure >= 0 else words


def box_rect(tier: Tier, cell: int) -> QRect:
    """Rectangle of a cell."""
    left, top, right, bottom = (int(side[cell]) for side in tier.boxes)
    return QRect(left, top, right - left, bottom - top)


def paint_change(painter: QPainter, rect: QRect, theme: Theme) -> None:
    """A frame in dashes around what orders change, dark beneath so that it is seen on every step."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colours.background, 3))
    painter.drawRect(rect.adjusted(1, 1, -1, -1))
    painter.setPen(QPen(theme.colours.hypothetical, 2, Qt.PenStyle.DashLine))
    painter.drawRect(rect.adjusted(1, 1, -1, -1))


def paint_corner(painter: QPainter, rect: QRect) -> None:
    """A triangle in the upper right corner, as large as the cell lets it be."""
    size = min(MARK, rect.width(), rect.height())
    corner = QPointF(rect.left() + rect.width(), rect.top())
    painter.drawPolygon(QPolygonF([corner, corner - QPointF(size, 0), corner + QPointF(0, size)]))
