"""OpenGL: the only module that knows pyqtgraph.opengl. It draws triangles and lines into an image.

Drawing goes into a framebuffer of a context of its own and not into a QOpenGLWidget. So docks float and dock without
a context being torn down, the rest of the window is painted as without OpenGL, and words are painted over the image by
the same painter as everywhere else. Import this module late: without OpenGL the import alone may fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph.opengl as gl
import shiboken6
from OpenGL import GL
from pyqtgraph.opengl.GLViewWidget import GLViewMixin
from PySide6.QtCore import QCoreApplication, QObject, QSize
from PySide6.QtGui import QColor, QImage, QMatrix4x4, QOffscreenSurface, QOpenGLContext, QSurfaceFormat
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat

from widgets.surface.camera import Projection
from widgets.surface.meshes import Lines, Mesh

SAMPLES = 4
"""Samples of a pixel at the edges of triangles."""
OLDEST = (2, 1)
"""Version of OpenGL that pyqtgraph needs at the least."""
LAYER = 0.0012
"""Share of the depth of the scene by which each layer of lines is nearer."""
PROBE = QSize(4, 4)

Part = Mesh | Lines


class NoOpenGLError(Exception):
    """There is no OpenGL that draws."""


class Graphics(QObject):
    """The process's OpenGL context, which all canvases draw with; pyqtgraph keeps its programs in it."""

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self.setObjectName("surface_graphics")
        self._surface = QOffscreenSurface(None, self)
        self._surface.setFormat(QSurfaceFormat.defaultFormat())
        self._surface.create()
        self.context = QOpenGLContext(self)
        self.context.setFormat(self._surface.requestedFormat())
        # pyqtgraph keeps one set of programs for the whole process, so all contexts have to share.
        self.context.setShareContext(QOpenGLContext.globalShareContext())
        self.ready = self._surface.isValid() and self.context.create() and self._draws()
        self._users = 0

    def take(self) -> None:
        """One canvas more draws with it."""
        self._users += 1

    def give_back(self) -> None:
        """One canvas less; after the last the context goes, and with it its own connection to the display.

        Programs live on in the context that all share; where there is none this one has to stay.
        """
        self._users -= 1
        if self._users == 0 and QOpenGLContext.globalShareContext() is not None:
            self.context.doneCurrent()
            # Now and not later: at the end of the program nothing comes later.
            shiboken6.delete(self)

    def make_current(self) -> bool:
        """Have OpenGL calls go here."""
        return self.context.makeCurrent(self._surface)

    def _draws(self) -> bool:
        """Whether what is drawn can be read back: some platforms make contexts that draw nothing, silently."""
        if not self.make_current() or self.context.format().version() < OLDEST or self.context.isOpenGLES():
            return False
        target = QOpenGLFramebufferObject(PROBE, QOpenGLFramebufferObject.Attachment.Depth)
        if not target.isValid() or not target.bind():
            return False
        GL.glClearColor(0.2, 0.4, 0.6, 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        target.release()
        seen = target.toImage().pixelColor(1, 1)
        return abs(seen.red() - 51) < 3 and abs(seen.green() - 102) < 3 and abs(seen.blue() - 153) < 3


def graphics() -> Graphics:
    """The process's context, made when first asked for.

    Raises:
        NoOpenGLError: There is none that draws.
    """
    app = QCoreApplication.instance()
    if app is None:
        raise NoOpenGLError
    found = app.findChild(Graphics, "surface_graphics") or Graphics(app)
    if not found.ready:
        raise NoOpenGLError
    return found


class Canvas(GLViewMixin, QObject):  # type: ignore[misc]
    """Draws parts as a projection sees them. Lives in the GUI thread.

    Raises:
        NoOpenGLError: Nothing can be drawn on this machine.
    """

    def __init__(self) -> None:
        self._graphics: Graphics | None = graphics()
        self._graphics.take()
        self._projection: Projection | None = None
        self._targets: tuple[QOpenGLFramebufferObject, QOpenGLFramebufferObject] | None = None
        self._meshes: list[Any] = []
        self._lines: list[Any] = []
        self._pixels = np.zeros((1, 1), dtype=np.uint32)
        super().__init__()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Draw these from now on; what is clear is drawn last."""
        self._current().make_current()
        meshes = [part for part in parts if isinstance(part, Mesh)]
        lines = [part for part in parts if isinstance(part, Lines)]
        self._provide(self._meshes, len(meshes), _new_mesh)
        self._provide(self._lines, len(lines), _new_lines)
        for mesh, item in zip(meshes, self._meshes, strict=False):
            item.setGLOptions("translucent" if mesh.clear else "opaque")
            item.setDepthValue(2 if mesh.clear else 0)
            item.setMeshData(
                vertexes=mesh.points, faces=mesh.faces, vertexColors=mesh.colours, smooth=True, computeNormals=False
            )
            item.setVisible(len(mesh.faces) > 0)
        for line, item in zip(lines, self._lines, strict=False):
            item.layer = line.layer
            item.setData(pos=line.points, color=line.colours, width=line.width, mode="lines", antialias=False)
            item.setVisible(len(line.points) > 0)
        for item in (*self._meshes[len(meshes) :], *self._lines[len(lines) :]):
            item.setVisible(False)

    def draw(self, projection: Projection, ratio: float, background: QColor, *, smooth: bool = True) -> QImage | None:
        """The parts as an image of the projection's size times ``ratio``; None where OpenGL does not draw any more.

        Args:
            projection: As a person sees them.
            ratio: Pixels of the screen for one of Qt's.
            background: Where there is nothing.
            smooth: Whether edges are smoothed, which takes software OpenGL twice as long.
        """
        if not self._current().make_current():
            return None
        self._projection = projection
        size = QSize(max(round(projection.width * ratio), 1), max(round(projection.height * ratio), 1))
        drawn, plain = self._targets_of(size)
        target = drawn if smooth else plain
        if not target.isValid() or not target.bind():
            return None
        GL.glViewport(0, 0, size.width(), size.height())
        self.opts["bgcolor"] = background.getRgbF()
        viewport = (0, 0, size.width(), size.height())
        GL.glEnable(GL.GL_MULTISAMPLE)
        self.paint(region=viewport, viewport=viewport)
        # Software OpenGL draws only now; waiting here lets other threads have the interpreter meanwhile.
        GL.glFinish()
        if smooth:
            QOpenGLFramebufferObject.blitFramebuffer(plain, drawn)
        plain.bind()
        pixels = np.empty((size.height(), size.width()), dtype=np.uint32)
        GL.glReadPixels(0, 0, size.width(), size.height(), GL.GL_BGRA, GL.GL_UNSIGNED_INT_8_8_8_8_REV, pixels)
        plain.release()
        image = QImage(pixels.data, size.width(), size.height(), 4 * size.width(), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        # The image does not own its pixels.
        self._pixels = pixels
        return image

    def close(self) -> None:
        """Give back what OpenGL holds for this canvas; it is not to be drawn on any more. Twice is once."""
        if self._graphics is None:
            return
        self._graphics.make_current()
        self.clear()
        self._meshes, self._lines, self._targets = [], [], None
        self._graphics.give_back()
        self._graphics = None

    # What pyqtgraph asks of the widget that it usually is ------------------------------------------------------

    def isValid(self) -> bool:  # noqa: N802
        """Always: there is no canvas without a context."""
        return True

    def context(self) -> QOpenGLContext:
        """Where the items live."""
        return self._current().context

    def update(self) -> None:
        """Nothing: `draw` is called when there is something new."""

    def projectionMatrix(self, region: object, viewport: object) -> QMatrix4x4:  # noqa: ARG002, N802
        """Everything from space to the screen, upside down: OpenGL reads from the bottom, an image from the top."""
        assert self._projection is not None
        return QMatrix4x4(*(self._projection.matrix * ((1,), (-1,), (1,), (1,))).ravel().tolist())

    def viewMatrix(self) -> QMatrix4x4:  # noqa: N802
        """Nothing is left to do."""
        return QMatrix4x4()

    def _current(self) -> Graphics:
        assert self._graphics is not None, "the canvas is closed"
        return self._graphics

    def _provide(self, kept: list[Any], count: int, make: Any) -> None:
        """Items are kept from one picture to the next: new buffers cost more than filling old ones."""
        while len(kept) < count:
            kept.append(make())
            self.addItem(kept[-1])

    def _targets_of(self, size: QSize) -> tuple[QOpenGLFramebufferObject, QOpenGLFramebufferObject]:
        if self._targets is None or self._targets[1].size() != size:
            form = QOpenGLFramebufferObjectFormat()
            form.setAttachment(QOpenGLFramebufferObject.Attachment.Depth)
            form.setSamples(SAMPLES)
            plain = QOpenGLFramebufferObject(size, QOpenGLFramebufferObject.Attachment.Depth)
            self._targets = QOpenGLFramebufferObject(size, form), plain
        return self._targets


def _new_mesh() -> Any:
    return gl.GLMeshItem(smooth=True, computeNormals=False, glOptions="opaque")


class _LayeredLines(gl.GLLinePlotItem):  # type: ignore[misc]
    """Lines a little nearer to the eye than they are, so that what they lie on does not swallow them."""

    layer = 0

    def paint(self) -> None:
        GL.glDepthRange(0.0, 1.0 - LAYER * self.layer)
        super().paint()
        GL.glDepthRange(0.0, 1.0)


def _new_lines() -> Any:
    item = _LayeredLines(mode="lines", glOptions="translucent")
    item.setDepthValue(1)
    return item
