"""The room around a relief: floor, the two walls behind, and the words along its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import atan2, degrees, hypot

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from widgets.surface.camera import Floats, Projection
from widgets.surface.meshes import Lines, coloured
from widgets.surface.relief import MarkKind, Relief, Ruler, in_room, rgba
from widgets.theme import Theme, blend

LABEL = 16.0
"""Pixels from an edge to the middle of its labels."""
APART = 6.0
"""Pixels between two labels at the least."""
CENTRE = Qt.AlignmentFlag.AlignCenter


def room_lines(relief: Relief, projection: Projection, theme: Theme) -> list[Lines]:
    """Grid of the floor and of the walls away from the eye, the plane of zero marked."""
    out_x, out_y = projection.eye
    back_x, back_y = -out_x, -out_y
    faint = rgba(blend(theme.colours.faint, theme.colours.panel, 0.42))
    strong = rgba(blend(theme.colours.dim, theme.colours.panel, 0.75))
    ends: list[tuple[Floats, Floats]] = []
    for tick in relief.across.ticks:
        ends.append((in_room(tick.place, -1, 0), in_room(tick.place, 1, 0)))
        ends.append((in_room(tick.place, back_y, 0), in_room(tick.place, back_y, 1)))
    for tick in relief.along.ticks:
        ends.append((in_room(-1, tick.place, 0), in_room(1, tick.place, 0)))
        ends.append((in_room(back_x, tick.place, 0), in_room(back_x, tick.place, 1)))
    zero: list[tuple[Floats, Floats]] = []
    for tick in relief.up.ticks:
        into = zero if tick.zero else ends
        into.append((in_room(-1, back_y, tick.place), in_room(1, back_y, tick.place)))
        into.append((in_room(back_x, -1, tick.place), in_room(back_x, 1, tick.place)))
    for x, y in ((back_x, back_y), (back_x, out_y), (out_x, back_y)):
        ends.append((in_room(x, y, 0), in_room(x, y, 1)))
    for up in (0, 1):
        ends.append((in_room(-1, back_y, up), in_room(1, back_y, up)))
        ends.append((in_room(back_x, -1, up), in_room(back_x, 1, up)))
    ends.append((in_room(-1, out_y, 0), in_room(1, out_y, 0)))
    ends.append((in_room(out_x, -1, 0), in_room(out_x, 1, 0)))
    made = [coloured(np.array(ends).reshape(-1, 3), faint)]
    if zero:
        made.append(coloured(np.array(zero).reshape(-1, 3), strong, 1.6))
    return made


class RoomWords:
    """Paints ticks and titles beside the edges that face the eye."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._font, self._title = theme.font(small=True), theme.font(small=True, strong=True)
        self._metrics, self._title_metrics = QFontMetricsF(self._font), QFontMetricsF(self._title)

    def paint(self, painter: QPainter, relief: Relief, projection: Projection) -> None:
        """Words of all three axes."""
        out_x, out_y = projection.eye
        corner = projection.pixels(in_room(0, 0, 0.5))
        middle = QPointF(float(corner[0]), float(corner[1]))
        taken: list[QRectF] = []
        self._edge(painter, relief.across, projection, lambda place: in_room(place, out_y, 0), middle, taken)
        self._edge(painter, relief.along, projection, lambda place: in_room(out_x, place, 0), middle, taken)
        self._post(painter, relief.up, projection)

    def _edge(
        self,
        painter: QPainter,
        ruler: Ruler,
        projection: Projection,
        at: Callable[[float], Floats],
        middle: QPointF,
        taken: list[QRectF],
    ) -> None:
        """One edge of the floor; its labels stay off those ``taken`` already."""
        first, last = (projection.pixels(at(end))[:2] for end in (-1.0, 1.0))
        along = last - first
        length = hypot(*along.tolist()) or 1.0
        outwards = np.array((along[1], -along[0])) / length
        centre = (first + last) / 2
        if outwards @ (centre - np.array((middle.x(), middle.y()))) < 0:
            outwards = -outwards
        painter.setFont(self._font)
        before = len(taken)
        for tick in ruler.ticks:
            foot = projection.pixels(at(tick.place))[:2]
            painter.setPen(QPen(self.theme.colours.faint, 1))
            painter.drawLine(_point(foot), _point(foot + 4 * outwards))
            reach = _reach(outwards, self._metrics, tick.label)
            # At the corner both axes end: the label of the second stands a little farther out.
            boxes = [self._box(tick.label, foot + farther * outwards) for farther in (reach, reach + 14)]
            box = next((box for box in boxes if not _touches(box, taken)), None)
            if box is None:
                continue
            taken.append(box)
            painter.setPen(self.theme.colours.text if tick.zero else self.theme.colours.dim)
            painter.drawText(box, CENTRE, tick.label)
        reaches = [_beyond(box, first, outwards) for box in taken[before:]]
        distance = max(reaches, default=0.0) + self._title_metrics.height() / 2 + 3
        self._title_at(painter, ruler.title, centre + distance * outwards, along)

    def _post(self, painter: QPainter, ruler: Ruler, projection: Projection) -> None:
        """The upright edge that is farthest left."""
        out_x, out_y = projection.eye
        posts = [(-out_x, out_y), (out_x, -out_y)]
        x, y = min(posts, key=lambda post: float(projection.pixels(in_room(post[0], post[1], 0.5))[0]))
        painter.setFont(self._font)
        above = 1e9
        widest = 0.0
        for tick in ruler.ticks:
            foot = projection.pixels(in_room(x, y, tick.place))[:2]
            painter.setPen(QPen(self.theme.colours.faint, 1))
            painter.drawLine(_point(foot), _point(foot - np.array((4.0, 0.0))))
            if above - foot[1] < self._metrics.height() - 2:
                continue
            above = float(foot[1])
            width = self._metrics.horizontalAdvance(tick.label)
            widest = max(widest, width)
            painter.setPen(self.theme.colours.text if tick.zero else self.theme.colours.dim)
            box = QRectF(foot[0] - 8 - width - 2, foot[1] - 9, width + 2, 18)
            painter.drawText(box, CENTRE, tick.label)
        middle = projection.pixels(in_room(x, y, 0.5))[:2]
        low, high = (projection.pixels(in_room(x, y, end))[:2] for end in (0.0, 1.0))
        left = max(float(middle[0]) - widest - 22, 9.0)
        self._title_at(painter, ruler.title, np.array((left, middle[1])), high - low)

    def _title_at(self, painter: QPainter, title: str, place: Floats, along: Floats) -> None:
        """A title along its edge, never upside down."""
        angle = degrees(atan2(along[1], along[0]))
        if angle > 90 or angle <= -90.001:
            angle -= 180
        painter.save()
        painter.setFont(self._title)
        painter.setPen(self.theme.colours.text)
        painter.translate(_point(place))
        painter.rotate(angle)
        width = self._title_metrics.horizontalAdvance(title) + 4
        painter.drawText(QRectF(-width / 2, -9, width, 18), CENTRE, title)
        painter.restore()

    def _box(self, label: str, centre: Floats) -> QRectF:
        width = self._metrics.horizontalAdvance(label) + 2
        return QRectF(centre[0] - width / 2, centre[1] - 8, width, 16)


def chip(
    painter: QPainter,
    theme: Theme,
    place: QPointF,
    words: str,
    frame: QColor,
    area: QRectF,
    taken: Sequence[QRectF] = (),
) -> QRectF:
    """A small framed label beside a point, inside ``area`` and off those ``taken``; returns where it is."""
    painter.setFont(theme.font(small=True, strong=True))
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(words) + 14, metrics.height() + 6
    inside = area.adjusted(2, 2, -2, -2)
    places = [
        QRectF(place.x() + dx, place.y() + dy, width, height)
        for dy in (-height - 5, 5, -2 * height - 10, height + 10)
        for dx in (11, -11 - width)
    ]
    free = (box for box in places if inside.contains(box) and not any(box.intersects(other) for other in taken))
    box = next(free, places[0])
    box.moveLeft(min(max(box.left(), inside.left()), inside.right() - width))
    box.moveTop(min(max(box.top(), inside.top()), inside.bottom() - height))
    ground = QColor(theme.colours.raised)
    ground.setAlphaF(0.92)
    painter.setPen(QPen(frame, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(theme.colours.text)
    painter.drawText(box, CENTRE, words)
    return box


def paint_mark(painter: QPainter, theme: Theme, kind: MarkKind, spot: QPointF) -> None:
    """A point worth finding: a diamond for the active scenario, a disc for now."""
    painter.setPen(QPen(theme.colours.panel, 1.4))
    if kind is MarkKind.SCENARIO:
        painter.setBrush(theme.colours.warning)
        painter.drawPolygon(
            QPolygonF([spot + QPointF(6.5 * x, 6.5 * y) for x, y in ((0, -1), (1, 0), (0, 1), (-1, 0))])
        )
    else:
        painter.setBrush(theme.colours.text)
        painter.drawEllipse(spot, 5, 5)


def _reach(outwards: Floats, metrics: QFontMetricsF, label: str) -> float:
    """How far from the edge the middle of a label stands, so that the edge does not run through it."""
    return float(LABEL - 6 + abs(outwards[0]) * metrics.horizontalAdvance(label) / 2 + abs(outwards[1]) * 5)


def _beyond(box: QRectF, edge: Floats, outwards: Floats) -> float:
    """How far a label reaches beyond the edge it belongs to, at the middle of its side."""
    centre = np.array((box.center().x(), box.center().y())) - edge
    return float(centre @ outwards + abs(outwards[0]) * box.width() / 2 + abs(outwards[1]) * box.height() / 2)


def _touches(box: QRectF, taken: Sequence[QRectF]) -> bool:
    return any(box.adjusted(-APART, -1, APART, 1).intersects(other) for other in taken)


def _point(pixel: Floats) -> QPointF:
    return QPointF(float(pixel[0]), float(pixel[1]))
