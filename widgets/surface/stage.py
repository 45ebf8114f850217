"""The plot in three dimensions: turned, brought near and read with mouse and keys. OpenGL draws, a painter writes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)

from widgets.language import tr
from widgets.surface.camera import Camera, Floats, Margins, Projection
from widgets.surface.legend import LEGEND_WIDTH, paint_legend
from widgets.surface.meshes import (
    CORNERS_OF_BAR,
    Lines,
    Mesh,
    bars,
    coloured,
    contour,
    edges_of_bars,
    faces_of,
    path,
    sheet,
    veil,
    wires,
)
from widgets.surface.plot import ARROWS, Node, ReliefPlot
from widgets.surface.relief import MarkKind, Relief, in_room, rgba
from widgets.surface.room import RoomWords, chip, paint_mark, room_lines
from widgets.theme import Theme

if TYPE_CHECKING:
    from widgets.surface.canvas import Canvas

_logger = logging.getLogger(__name__)

TURN = 0.4
"""Degrees a pixel of dragging turns."""
KEY_TURN, KEY_ZOOM, WHEEL_ZOOM = 6.0, 1.15, 1.0015
SETTLE = 160
"""Milliseconds after the last move of the camera until edges are smoothed again."""
MARGINS = Margins(right=36 + LEGEND_WIDTH)
VEIL = 0.34
"""Opacity of the what-if's surface."""
DRAG_TURN = Qt.MouseButton.LeftButton
DRAG_SHIFT = (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)


class Stage(ReliefPlot):
    """A relief in space.

    Drag turns, drag with Shift or another button moves, the wheel goes nearer; R goes back. Keys: arrows pick a node,
    arrows with Shift turn, plus and minus go nearer and farther, Home lets go of the node.
    """

    lost = Signal()
    """OpenGL does not draw any more."""

    def __init__(self, name: str, theme: Theme, canvas: Canvas) -> None:
        super().__init__(name, theme)
        self.camera = Camera()
        self._canvas = canvas
        self._words = RoomWords(theme)
        self._fixed: list[Mesh | Lines] = []
        self._image: QImage | None = None
        self._dragged: QPointF | None = None
        self.frames = 0
        """Images drawn so far."""
        self._settle = QTimer(self, singleShot=True, interval=SETTLE)
        self._settle.timeout.connect(self._on_settled)

    def close_canvas(self) -> None:
        """Give back what OpenGL holds; the widget is not to be painted any more."""
        self._canvas.close()

    @property
    def projection(self) -> Projection:
        """Where points are on the widget."""
        return self.camera.projection(self.width(), self.height(), MARGINS)

    def reset(self) -> None:
        """The view from where it was at first."""
        self._look(Camera())

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(tr("Surface in three dimensions"))

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        self._words = RoomWords(theme)
        super().set_theme(theme)

    def relief_changed(self) -> None:
        """Lay the meshes out anew."""
        relief = self.relief
        self._fixed = [] if relief is None else self._parts_of(relief)
        self._image = None

    def node_changed(self) -> None:
        """The lines through the node are drawn with the rest."""
        self._image = None

    def node_at(self, place: QPointF) -> Node | None:
        """The corner, next to the pixel, of the foremost triangle there."""
        relief = self.relief
        if relief is None:
            return None
        mesh = bars(relief) if relief.bars else None
        points = relief.points().reshape(-1, 3) if mesh is None else mesh.points.astype(np.float64)
        faces = faces_of(relief.heights) if mesh is None else mesh.faces
        found = foremost(self.projection.pixels(points), faces, place.x(), place.y())
        if found < 0:
            return None
        number = found if mesh is None else found // CORNERS_OF_BAR
        return divmod(number, relief.shape[1])

    def arrow(self, key: Qt.Key) -> tuple[int, int]:
        """Seen from where a person stands: to the right is to the right on screen."""
        wanted = np.array(((1, 0), (-1, 0), (0, -1), (0, 1))[(ARROW_ORDER.index(key))], dtype=np.float64)
        projection = self.projection
        centre = projection.pixels(in_room(0, 0, 0))[:2]
        steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
        ways = [projection.pixels(in_room(0.2 * x, 0.2 * y, 0))[:2] - centre for x, y in steps]
        fits = [float(way @ wanted / np.hypot(*way)) for way in ways]
        return steps[int(np.argmax(fits))]

    def paint_relief(self, painter: QPainter, relief: Relief) -> None:
        """The image, then words and marks over it."""
        projection, node = self.projection, self.hovered or self.node
        if self._image is None:
            self._image = self._draw(relief, projection, node)
        if self._image is None:
            # Not from within a paint event: whoever listens takes this widget away.
            QTimer.singleShot(0, self, self.lost.emit)
            return
        painter.drawImage(QPointF(0, 0), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self._words.paint(painter, relief, projection)
        self._paint_marks(painter, relief, projection)
        if node is not None:
            self._paint_node(painter, relief, projection, node)
        paint_legend(painter, QRectF(self.width() - LEGEND_WIDTH, 0, LEGEND_WIDTH, self.height()), relief, self.theme)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.colours.accent, 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another size needs another image."""
        super().resizeEvent(event)
        self._image = None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold."""
        super().mousePressEvent(event)
        self._dragged = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Turn or move while a button is down, read otherwise."""
        if self._dragged is None or event.buttons() == Qt.MouseButton.NoButton:
            super().mouseMoveEvent(event)
            return
        way, self._dragged = event.position() - self._dragged, event.position()
        shifts = any(event.buttons() & button for button in DRAG_SHIFT)
        if shifts or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._look(self.camera.shifted(way.x() / self.height(), way.y() / self.height()))
        else:
            self._look(self.camera.turned(-TURN * way.x(), TURN * way.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        super().mouseReleaseEvent(event)
        self._dragged = None

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Nearer and farther."""
        self._look(self.camera.zoomed(WHEEL_ZOOM ** event.angleDelta().y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Turn, go nearer, go back; the rest as any plot."""
        key = Qt.Key(event.key())
        if key in ARROWS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            across, up = ARROWS[key]
            self._look(self.camera.turned(-KEY_TURN * across, KEY_TURN * up))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._look(self.camera.zoomed(KEY_ZOOM))
        elif key == Qt.Key.Key_Minus:
            self._look(self.camera.zoomed(1 / KEY_ZOOM))
        elif key in (Qt.Key.Key_R, Qt.Key.Key_0):
            self.reset()
        else:
            super().keyPressEvent(event)

    def _look(self, camera: Camera) -> None:
        if camera != self.camera:
            self.camera = camera
            self._image = None
            self._settle.start()
            self.update()

    def _on_settled(self) -> None:
        self._image = None
        self.update()

    def _draw(self, relief: Relief, projection: Projection, node: Node | None) -> QImage | None:
        parts = [*room_lines(relief, projection, self.theme), *self._fixed]
        if node is not None and not relief.bars:
            parts += self._cuts(relief, node)
        self._canvas.show_parts(parts)
        self.frames += 1
        smooth = not self._settle.isActive()
        return self._canvas.draw(projection, self.devicePixelRatioF(), self.theme.colours.panel, smooth=smooth)

    def _parts_of(self, relief: Relief) -> list[Mesh | Lines]:
        colours = self.theme.colours
        if relief.bars:
            return [bars(relief), edges_of_bars(relief, rgba(colours.text, 0.3))]
        parts: list[Mesh | Lines] = [sheet(relief), wires(relief.heights, relief, rgba(colours.panel, 0.34))]
        if relief.zero is not None:
            ends = contour(relief, relief.zero)
            parts.append(coloured(ends.reshape(-1, 3), rgba(colours.text, 0.9), 1.6, layer=2))
        made = veil(relief, rgba(colours.hypothetical, VEIL))
        if made is not None and relief.second is not None:
            parts += [made, wires(relief.second, relief, rgba(colours.hypothetical, 0.85), 13)]
        return parts

    def _cuts(self, relief: Relief, node: Node) -> list[Lines]:
        """The two lines through a node that the slices beside show, and its height above the floor."""
        points = relief.points()
        ink = rgba(self.theme.colours.text)
        foot = relief.point(node)
        drop = np.stack((foot * (1, 1, 0), foot))
        faint = rgba(self.theme.colours.dim, 0.8)
        return [path(points[:, node[1]], ink, 2.0), path(points[node[0]], ink, 2.0), path(drop, faint, 1.0)]

    def _paint_marks(self, painter: QPainter, relief: Relief, projection: Projection) -> None:
        colours, taken = self.theme.colours, list[QRectF]()
        for mark in relief.marks:
            spot, foot = (_at(projection.pixels(in_room(mark.across, mark.along, up))) for up in (mark.up, 0.0))
            ink = colours.warning if mark.kind is MarkKind.SCENARIO else colours.text
            painter.setPen(QPen(ink, 1, Qt.PenStyle.DotLine))
            painter.drawLine(spot, foot)
            paint_mark(painter, self.theme, mark.kind, spot)
            taken.append(QRectF(spot.x() - 8, spot.y() - 8, 16, 16))
        if self.hovered is not None or self.node is not None:
            # One label at a time while a person reads nodes.
            return
        for mark, dot in zip(relief.marks, list(taken), strict=True):
            ink = colours.warning if mark.kind is MarkKind.SCENARIO else colours.text
            taken.append(chip(painter, self.theme, dot.center(), mark.label, ink, self._area(), taken))

    def _paint_node(self, painter: QPainter, relief: Relief, projection: Projection, node: Node) -> None:
        spot = _at(projection.pixels(relief.point(node)))
        painter.setPen(QPen(self.theme.colours.panel, 4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(spot, 6.5, 6.5)
        painter.setPen(QPen(self.theme.colours.accent, 2))
        painter.drawEllipse(spot, 6.5, 6.5)
        if self.node_words:
            chip(painter, self.theme, spot, self.node_words, self.theme.colours.accent, self._area())

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(0, 0, -LEGEND_WIDTH, 0)


def open_canvas() -> Canvas | None:
    """Something to draw on; None where there is no OpenGL that draws."""
    try:
        # Late: without the libraries of OpenGL the import alone fails, and it takes a third of a second.
        from widgets.surface.canvas import Canvas, NoOpenGLError  # noqa: PLC0415
    except (ImportError, AttributeError, OSError) as error:
        _logger.info("no OpenGL: %s", error)
        return None
    try:
        return Canvas()
    except NoOpenGLError:
        _logger.info("no OpenGL: no context that draws")
        return None


ARROW_ORDER = (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Down)


def foremost(pixels: Floats, faces: np.ndarray, x: float, y: float) -> int:
    """The corner nearest to a pixel of the triangle nearest to the eye that covers it; -1 where none does.

    Args:
        pixels: float64 [points, 3], as `Projection.pixels` gives them.
        faces: [triangles, 3], corners.
        x: Of the pixel.
        y: Of the pixel.
    """
    a, b, c = (pixels[faces[:, corner]] for corner in range(3))
    whole = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        s = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (y - a[:, 1])) / whole
        t = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (x - a[:, 0]) * (b[:, 1] - a[:, 1])) / whole
        inside = np.flatnonzero((s >= 0) & (t >= 0) & (s + t <= 1))
    if not len(inside):
        return -1
    depth = a[inside, 2] + s[inside] * (b - a)[inside, 2] + t[inside] * (c - a)[inside, 2]
    corners = faces[inside[int(np.argmin(depth))]]
    distances = np.hypot(pixels[corners, 0] - x, pixels[corners, 1] - y)
    return int(corners[int(np.argmin(distances))])


def _at(pixel: Floats) -> QPointF:
    return QPointF(float(pixel[0]), float(pixel[1]))
