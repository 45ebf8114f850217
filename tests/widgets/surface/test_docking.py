"""The plots in space survive being floated, docked, hidden, closed and opened, and leave nothing behind."""

from __future__ import annotations

import gc
import weakref

import psutil
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.widgets.surface.generated_landscape import landscape
from tests.widgets.surface.generated_surface import picture
from widgets.surface import stage
from widgets.surface.canvas import Canvas, Graphics
from widgets.surface.landscape_view import LandscapeView
from widgets.surface.stage import Stage
from widgets.surface.view import SurfaceView
from widgets.window import MainWindow
from widgets.workspace import views


def opened(window: MainWindow, qtbot: QtBot) -> tuple[SurfaceView, LandscapeView]:
    """Both docks open and filled."""
    surface, sandbox = window.view(views.SURFACE), window.view(views.LANDSCAPE)
    for spec, show in (
        (views.LANDSCAPE, lambda: sandbox.show_landscape(landscape())),
        (views.SURFACE, lambda: surface.show_picture(picture())),
    ):
        window.workspace.show_view(spec)
        qtbot.waitUntil(window.view(spec).isVisible)
        window.selection.choose_account("Halden Energy")
        show()
        QApplication.processEvents()
    return surface, sandbox


def is_drawn(plot: Stage | None) -> bool:
    assert plot is not None
    image = plot.grab().toImage()
    return len({image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)}) > 120


def test_the_surface_is_floated_and_docked_twenty_times(window: MainWindow, qtbot: QtBot) -> None:
    surface, _ = opened(window, qtbot)
    dock, plot = window.docks["surface"], surface.plots.space
    memory = psutil.Process().memory_info
    grown: list[int] = []
    for number in range(20):
        dock.setFloating(True)
        QApplication.processEvents()
        assert dock.isFloating()
        assert is_drawn(plot)
        dock.setFloating(False)
        QApplication.processEvents()
        assert is_drawn(plot)
        surface.show_picture(picture(sequence=number))
        grown.append(memory().rss)
    assert surface.plots.space is plot
    # After the first few rounds nothing more is kept: a context or a framebuffer a round would be megabytes.
    assert grown[-1] - grown[7] < 12 * 2**20


def test_a_view_of_another_perspective_opens_in_the_window(window: MainWindow, qtbot: QtBot) -> None:
    window.workspace.show_view(views.LANDSCAPE)
    qtbot.waitUntil(window.view(views.LANDSCAPE).isVisible)
    assert not window.docks["landscape"].isFloating()
    assert window.docks["landscape"].parent() is window


def test_closed_and_opened_it_is_the_same_surface(window: MainWindow, qtbot: QtBot) -> None:
    surface, _ = opened(window, qtbot)
    dock, plot = window.docks["surface"], surface.plots.space
    for _ in range(5):
        dock.close()
        assert surface.asked is None
        QApplication.processEvents()
        window.workspace.show_view(views.SURFACE)
        QApplication.processEvents()
        assert surface.asked is not None
        assert is_drawn(plot)
    assert surface.plots.space is plot


def test_both_plots_share_one_context(window: MainWindow, qtbot: QtBot) -> None:
    opened(window, qtbot)
    app = QCoreApplication.instance()
    assert app is not None
    assert len(app.findChildren(Graphics)) == 1


def test_a_view_that_is_gone_takes_its_canvas_along(qtbot: QtBot, window: MainWindow) -> None:
    def used() -> weakref.ref[Canvas]:
        canvas = stage.open_canvas()
        assert canvas is not None
        plot = Stage("plot", window.theme, canvas)
        plot.resize(300, 200)
        plot.grab()
        plot.node_at(QPointF(10, 10))
        plot.close_canvas()
        plot.deleteLater()
        return weakref.ref(canvas)

    gone = [used() for _ in range(5)]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    left = [each() for each in gone]
    assert [canvas for canvas in left if canvas is not None and shiboken6.isValid(canvas)] == []
