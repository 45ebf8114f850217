"""Frames of the risk surface, live: 60 x 60 nodes that all move, on software OpenGL, until they are painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph.opengl as gl
from PySide6.QtCore import QCoreApplication, QEvent, QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from terminal.app import make_application
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.measure import Figure, durations, percentile
from tests.widgets.surface.generated_surface import picture
from widgets.surface import stage
from widgets.surface.stage import Stage
from widgets.surface.surface_relief import relief_of
from widgets.theme import Theme, apply_theme, load_theme

NODES, WIDTH, HEIGHT, RUNS = 60, 900, 600, 40
VARIANTS = 7


def figures() -> list[Figure]:
    """surface_fps, and surface_what_if_fps with a second surface."""
    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        theme = load_theme("dark")
        app = make_application()
        apply_theme(app, theme)
        return _frames(theme)
    finally:
        display.stop()


def _frames(theme: Theme) -> list[Figure]:
    bare = percentile(_bare(), 50)
    canvas = stage.open_canvas()
    if canvas is None:
        raise RuntimeError("no OpenGL that draws: Mesa's software driver is in libgl1-mesa-dri")
    plot = Stage("bench", theme, canvas)
    plot.resize(WIDTH, HEIGHT)
    plot.show()
    made = []
    for name, what_if in (("surface_fps", False), ("surface_what_if_fps", True)):
        taken = _live(plot, theme, what_if=what_if)
        middle = percentile(taken, 50)
        bound = f"a bare GLSurfacePlotItem of {NODES} x {NODES} {1000 / bare:.0f} ({bare:.1f} ms, {middle / bare:.1f} "
        bound += f"times less); median {middle:.1f} ms, fastest {min(taken):.1f}, p95 {percentile(taken, 95):.1f}"
        made.append(Figure(name, 1000 / middle, "fps", 10, bound, at_least=True))
    plot.close_canvas()
    plot.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return made


def _live(plot: Stage, theme: Theme, *, what_if: bool) -> list[float]:
    """Milliseconds from new figures to painted pixels, words and marks included, while the room turns."""
    first = picture((NODES, NODES), what_if=what_if)
    moved = [
        replace(first, values=first.values + number * first.values // 50, sequence=number) for number in range(VARIANTS)
    ]
    screen = QImage(plot.size(), QImage.Format.Format_RGB32)
    plot.pick((20, 30))

    def frame(number: int) -> None:
        plot.camera = plot.camera.turned(3.0, 0.0)
        plot.show_relief(relief_of(moved[number % VARIANTS], theme))
        plot.render(screen, QPoint())

    return [seconds * 1e3 for seconds in durations(frame, RUNS)]


def _bare() -> list[float]:
    """Milliseconds of the least that shows such a surface: pyqtgraph's own widget and item, new heights each time."""
    view: QWidget = gl.GLViewWidget()
    view.resize(WIDTH, HEIGHT)
    places = np.linspace(-1, 1, NODES)
    colours = np.ones((NODES * NODES, 4), dtype=np.float32)
    item = gl.GLSurfacePlotItem(x=places, y=places, z=np.zeros((NODES, NODES)), computeNormals=False, smooth=True)
    view.addItem(item)  # type: ignore[attr-defined]
    view.setCameraPosition(distance=4)  # type: ignore[attr-defined]
    view.show()

    def frame(number: int) -> None:
        item.setData(z=np.sin(3 * places[:, None] + number / 10) * np.cos(3 * places) / 2, colors=colours)
        view.grabFramebuffer()  # type: ignore[attr-defined]

    taken = [seconds * 1e3 for seconds in durations(frame, RUNS)]
    view.close()
    view.deleteLater()
    return taken
