"""The plot in space, drawn by OpenGL: what is seen, what is picked, and the keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.numbers import NOT_COMPUTABLE
from engine.surface import SurfaceMeasure
from tests.widgets.surface.generated_surface import picture
from widgets.surface.camera import Camera
from widgets.surface.meshes import faces_of
from widgets.surface.stage import Stage, foremost
from widgets.surface.surface_relief import relief_of
from widgets.theme import Theme, load_theme


def pixels(image: QImage) -> np.ndarray:
    whole = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(whole.constBits(), dtype=np.uint32).reshape(whole.height(), whole.bytesPerLine() // 4).copy()


def coloured(image: QImage, theme: Theme) -> np.ndarray:
    """Where an image has colour, which the room and the words have not."""
    parts = pixels(image).view(np.uint8).reshape(image.height(), -1, 4)[..., :3].astype(int)
    return (parts.max(axis=2) - parts.min(axis=2)) > 60


def drag(plot: Stage, way: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    start = QPoint(300, 300)
    QTest.mousePress(plot, button, pos=start)
    for part in (0.5, 1.0):
        QTest.mouseMove(plot, start + way * part)
        QApplication.processEvents()
    QTest.mouseRelease(plot, button, pos=start + way)


def test_the_surface_is_on_the_picture(plot: Stage, theme: Theme) -> None:
    seen = coloured(plot.image(), theme)
    assert 0.03 < seen[:, : plot.width() - 100].mean() < 0.6
    assert len(np.unique(pixels(plot.image()))) > 400


@pytest.mark.parametrize("size", [(800, 560), (420, 300), (1500, 380), (320, 700)])
def test_nothing_of_the_surface_touches_the_rim(plot: Stage, theme: Theme, size: tuple[int, int]) -> None:
    plot.resize(*size)
    for azimuth in (-58.0, 20.0, 135.0):
        plot.camera = Camera(azimuth)
        plot.relief_changed()
        seen = coloured(plot.image(), theme)
        assert seen.any()
        assert not seen[:3].any()
        assert not seen[-3:].any()
        assert not seen[:, :3].any()


def test_every_node_is_picked_where_it_is_seen(plot: Stage) -> None:
    relief, projection = plot.relief, plot.projection
    assert relief is not None
    nodes = [(i, j) for i in range(1, relief.shape[0] - 1, 4) for j in range(1, relief.shape[1] - 1, 3)]
    points = projection.pixels(relief.points().reshape(-1, 3))
    picked = 0
    for node in nodes:
        x, y, depth = projection.pixels(relief.point(node)).tolist()
        found = plot.node_at(QPointF(x, y))
        assert found is not None
        if found == node:
            picked += 1
        else:
            # Something stands before it: never behind.
            assert points[found[0] * relief.shape[1] + found[1], 2] < depth + 0.05
    assert picked > len(nodes) * 0.7


def test_the_number_at_a_picked_node_is_that_of_the_picture(plot: Stage) -> None:
    node = (21, 10)
    heard: list[object] = []
    plot.picked.connect(heard.append)
    assert plot.relief is not None
    x, y, _ = plot.projection.pixels(plot.relief.point(node)).tolist()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert heard == [node]
    assert plot.node == node


def test_what_is_behind_is_not_picked() -> None:
    points = np.array([(0, 0, 5), (10, 0, 5), (0, 10, 5), (0, 0, 9), (10, 0, 9), (0, 10, 9)], dtype=np.float64)
    faces = np.array([(3, 4, 5), (0, 1, 2)])
    assert foremost(points, faces, 1.0, 1.0) == 0
    assert foremost(points, faces, 20.0, 20.0) == -1


def test_a_click_beside_the_surface_lets_go(plot: Stage) -> None:
    plot.pick((3, 3))
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert plot.node is None


def test_dragging_turns_and_does_not_pick(plot: Stage) -> None:
    before = plot.camera
    drag(plot, QPoint(60, -20))
    assert plot.camera.azimuth != before.azimuth
    assert plot.camera.elevation < before.elevation
    assert plot.node is None
    drag(plot, QPoint(30, 10), Qt.MouseButton.RightButton)
    assert plot.camera.shift != (0.0, 0.0)
    plot.reset()
    assert plot.camera == Camera()


def test_the_wheel_goes_nearer(plot: Stage) -> None:
    place = QPointF(300, 300)
    event = QWheelEvent(
        place,
        plot.mapToGlobal(place),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot, event)
    assert plot.camera.zoom > 1.3


def test_everything_can_be_done_by_keys(plot: Stage) -> None:
    heard: list[object] = []
    plot.chosen.connect(heard.append)
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    first = plot.node
    QTest.keyClick(plot, Qt.Key.Key_Right)
    second = plot.node
    assert first is not None
    assert second is not None
    assert plot.projection.pixels(plot.relief.point(second))[0] > plot.projection.pixels(plot.relief.point(first))[0]
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert heard == [second]
    QTest.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.camera == Camera().turned(6, 6).zoomed(1.15)
    QTest.keyClick(plot, Qt.Key.Key_R)
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert (plot.camera, plot.node) == (Camera(), None)


@pytest.mark.parametrize("azimuth", [-150.0, -58.0, 40.0, 120.0])
def test_arrow_keys_go_where_they_point_on_screen(plot: Stage, azimuth: float) -> None:
    plot.camera = Camera(azimuth)
    for key, sign, axis in (
        (Qt.Key.Key_Right, 1, 0),
        (Qt.Key.Key_Left, -1, 0),
        (Qt.Key.Key_Up, -1, 1),
        (Qt.Key.Key_Down, 1, 1),
    ):
        across, along = plot.arrow(key)
        before, after = (plot.projection.pixels(np.array((x, y, 0.0))) for x, y in ((0.0, 0.0), (across, along)))
        assert sign * (after[axis] - before[axis]) > 0


def test_pointing_draws_the_cuts_through_the_node(plot: Stage) -> None:
    before = pixels(plot.image())
    assert plot.relief is not None
    x, y, _ = plot.projection.pixels(plot.relief.point((24, 6))).tolist()
    place = QPointF(round(x), round(y))
    kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
    move = QMouseEvent(kind, place, plot.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(plot, move)
    assert plot.hovered == (24, 6)
    assert (pixels(plot.image()) != before).sum() > 300


def test_an_unchanged_picture_is_drawn_once(plot: Stage) -> None:
    plot.image()
    frames = plot.frames
    for _ in range(5):
        plot.image()
    assert plot.frames == frames


def test_a_what_if_is_a_second_surface_that_lets_the_first_through(plot: Stage, theme: Theme) -> None:
    alone = plot.image()
    plot.show_relief(relief_of(picture(what_if=True), theme))
    both = plot.image()
    changed = (pixels(alone) != pixels(both)).mean()
    assert 0.02 < changed < 0.8
    red = theme.colours.hypothetical.rgb()
    # Translucent: hardly any pixel has the plain colour of the what-if.
    assert (pixels(both) == red).mean() < 0.02


def test_nodes_without_figure_are_holes(theme: Theme) -> None:
    whole, holes = relief_of(picture(), theme), relief_of(picture(holes=True), theme)
    assert len(faces_of(holes.heights)) < len(faces_of(whole.heights))
    missing = (picture(holes=True).values == NOT_COMPUTABLE).sum()
    assert np.isnan(holes.heights).sum() == missing


def test_another_theme_is_another_picture(plot: Stage) -> None:
    before = pixels(plot.image())
    plot.set_theme(load_theme("light"))
    assert (pixels(plot.image()) != before).mean() > 0.9


def test_old_figures_are_hatched(plot: Stage) -> None:
    before = pixels(plot.image())
    plot.set_outdated(True)
    assert (pixels(plot.image()) != before).mean() > 0.05


def test_a_ratio_that_goes_to_infinity_leaves_the_rest_readable(theme: Theme) -> None:
    relief = relief_of(picture(measure=SurfaceMeasure.RATIO), theme)
    assert relief.up.ticks[-1].label == "300"
    assert np.nanmax(relief.heights) <= 1.0
