"""The heat map's cells as an image, and its headings. Figures in cells are stamps, each drawn once and then copied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from engine.numbers import RATIO, Integers
from widgets.concentration.scale import Shade, Step, Steps, Swatches
from widgets.concentration.squarify import fill_boxes
from widgets.concentration.tile_image import Labels, paint_corner
from widgets.tables import paint_hatch
from widgets.theme import Theme

READABLE = 15
"""Height in pixels from which on a row has figures and a name."""
MOST = 999
Cells = tuple[Steps, Integers, npt.NDArray[np.bool_]]
"""Steps, figures (ratio scale) and which are short, of shape (rows, columns)."""


class GridImage:
    """Paints cells of equal size, names of rows and headings of columns."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.swatches, self.labels = Swatches(theme), Labels(theme)
        self._image: QImage | None = None
        self._stamps: dict[tuple[int, int], QImage] = {}
        self._stamped = (QSize(), Shade.USE)

    def longest(self, names: Sequence[str]) -> int:
        """Pixels of the longest of some names."""
        return int(max(map(self.labels.width, names), default=0)) + 1

    def paint_cells(self, painter: QPainter, area: QRect, first: QRect, cells: Cells, shade: Shade) -> None:
        """Paint cells into ``area``; ``first`` is the rectangle of the first of them, which may begin outside."""
        found, _, short = cells
        image = self._image
        if image is None or image.size() != area.size():
            # Kept from one refresh to the next: fresh memory costs more than filling it.
            image = self._image = QImage(area.size(), QImage.Format.Format_RGB32)
        canvas = np.frombuffer(image.bits(), dtype=np.uint32).reshape(area.height(), area.width())
        canvas.fill(self.theme.colours.panel.rgb())
        sides = _sides(area, first, found.shape)
        pixels = self.swatches.pixels[found.ravel()]
        striped = short.ravel() & (found.ravel() < Step.EMPTY)
        fill_boxes(canvas, sides, pixels, np.where(striped, self.swatches.stripes[found.ravel()], pixels))
        del canvas
        painter.drawImage(area.topLeft(), image)
        if first.height() >= READABLE:
            self._stamp_all(painter, first, cells, shade)

    def _stamp_all(self, painter: QPainter, first: QRect, cells: Cells, shade: Shade) -> None:
        """Put figures, hatching and corners on the cells that have any."""
        found, figures, _ = cells
        if self._stamped != (first.size(), shade):
            self._stamps, self._stamped = {}, (first.size(), shade)
        percent = np.clip((np.abs(figures) * 200 + RATIO) // (2 * RATIO), 0, MOST + 1)
        percent[(found == Step.UNKNOWN) | (found == Step.NO_LIMIT)] = 0
        rows, columns = np.nonzero(found != Step.EMPTY)
        at = zip(rows.tolist(), columns.tolist(), strict=True)
        keys = zip(found[rows, columns].tolist(), percent[rows, columns].tolist(), strict=True)
        left, top, width, height = first.left(), first.top(), first.width(), first.height()
        for (row, column), key in zip(at, keys, strict=True):
            stamp = self._stamps.get(key)
            if stamp is None:
                stamp = self._stamps[key] = self._stamp(first.size(), *key, shade)
            painter.drawImage(QPoint(left + column * width, top + row * height), stamp)

    def _stamp(self, size: QSize, step: int, percent: int, shade: Shade) -> QImage:
        """A cell's figure: percent in magnitude; a question mark on hatching where it is not computable."""
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        rect = QRect(QPoint(0, 0), size).adjusted(0, 0, -1, -1)
        if step == Step.UNKNOWN:
            paint_hatch(painter, rect, self.theme)
        text = (
            "?" if step == Step.UNKNOWN else "–" if step == Step.NO_LIMIT else "≫" if percent > MOST else str(percent)
        )
        if step == Step.FULLEST and shade is Shade.USE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.swatches.inks[step])
            paint_corner(painter, QRect(rect.left(), rect.top(), rect.width(), 6))
        painter.setFont(self.labels.font)
        width = self.labels.width(text)
        spot = QPointF((rect.width() - width) / 2, (rect.height() + self.labels.ascent - 3) / 2)
        if step != Step.UNKNOWN:
            # Words on a fill come out as thin as elsewhere, and stripes do not run through them.
            block = QRect(int(spot.x()) - 2, 3, int(width) + 5, rect.height() - 6)
            painter.fillRect(block, self.swatches.fills[step])
        painter.setPen(self.swatches.inks[step])
        painter.drawText(spot, text)
        painter.end()
        return image

    def paint_names(
        self, painter: QPainter, first: QRect, names: Sequence[str], marked: int, selected: int, top: int
    ) -> None:
        """Names of rows, right up to the cells; only those that matter where rows are too close for names.

        Args:
            painter: Paints on the view.
            first: Room of the first name.
            names: From the first on.
            marked: Row at the cursor, -1 for none.
            selected: Row of the account that is selected everywhere else, -1 for none.
            top: Where headings of columns end.
        """
        painter.setClipRect(QRect(0, top, first.width(), 2**15))
        painter.fillRect(QRect(0, top, first.width(), 2**15), self.theme.colours.panel)
        for number, name in enumerate(names):
            if first.height() < READABLE and number not in (marked, selected):
                continue
            rect = first.translated(0, number * first.height())
            if number in (marked, selected):
                height = max(first.height(), READABLE)
                rect = QRect(0, max(rect.center().y() - height // 2, top), first.width(), height)
                ground = self.theme.colours.selection if number == marked or marked < 0 else self.theme.colours.hover
                painter.fillRect(rect, ground)
            if number == selected:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self.theme.colours.accent)
            base = rect.top() + (rect.height() + self.labels.ascent - 3) / 2
            words = self.labels.elided(name, first.width() - 16)
            self.labels.stamp(painter, QPointF(10, base), words, self.theme.colours.text)
        painter.setClipping(False)

    def paint_headings(
        self, painter: QPainter, first: QRect, names: Sequence[str], at: tuple[int, int], area: QRect
    ) -> None:
        """Headings of columns, upright where they would not fit; the corner above the names stays empty.

        Args:
            painter: Where to.
            first: Of the first column.
            names: Of the columns.
            at: Column under the cursor, and the one that is selected everywhere else; -1 for none.
            area: Of the cells.
        """
        marked, selected = at
        upright = self.longest(names) > first.width() - 6
        painter.setClipRect(QRect(area.left(), 0, area.width(), first.height()))
        painter.setFont(self.labels.font)
        for number, name in enumerate(names):
            rect = first.translated(number * first.width(), 0)
            if number == marked:
                painter.fillRect(rect.adjusted(0, 0, -1, -1), self.theme.colours.selection)
            if number == selected:
                painter.fillRect(QRect(rect.left(), rect.bottom() - 2, rect.width() - 1, 3), self.theme.colours.accent)
            painter.setPen(self.theme.colours.text if number in at else self.theme.colours.dim)
            if upright:
                painter.save()
                painter.translate(rect.center().x() + self.labels.ascent / 2 - 1, rect.bottom() - 6)
                painter.rotate(-90)
                painter.drawText(QPointF(0, 0), self.labels.elided(name, first.height() - 10))
                painter.restore()
            else:
                spot = rect.left() + (rect.width() - self.labels.width(name)) / 2
                painter.drawText(QPointF(spot, rect.top() + (rect.height() + self.labels.ascent - 3) / 2), name)
        painter.setClipping(False)


def _sides(area: QRect, first: QRect, shape: tuple[int, ...]) -> Integers:
    """Left, top, right and bottom of each cell within the image, a line apart where there is room: (4, cells)."""
    width, height = first.width(), first.height()
    left = first.left() - area.left() + np.arange(shape[1], dtype=np.int64) * width
    top = first.top() - area.top() + np.arange(shape[0], dtype=np.int64) * height
    right, bottom = left + width - 1, top + height - (1 if height >= 5 else 0)
    across, down = (area.width(), area.height())
    sides = np.empty((4, *shape), dtype=np.int64)
    sides[0], sides[2] = np.clip(left, 0, across), np.clip(right, 0, across)
    sides[1], sides[3] = np.clip(top, 0, down)[:, None], np.clip(bottom, 0, down)[:, None]
    return sides.reshape(4, -1)
