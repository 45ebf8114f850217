"""Points in space and pixels on screen: one matrix for both, and a room that is never cut off."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from widgets.surface.camera import CORNERS, FLATTEST, STEEPEST, Camera, Margins

cameras = st.builds(
    Camera,
    st.floats(-180, 180),
    st.floats(FLATTEST, STEEPEST),
    st.floats(0.5, 8.0),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
sizes = st.tuples(st.integers(200, 2000), st.integers(160, 1400))


@given(cameras, sizes)
def test_opengl_and_the_painter_put_a_point_on_the_same_pixel(camera: Camera, size: tuple[int, int]) -> None:
    projection = camera.projection(*size, Margins())
    points = np.concatenate((CORNERS, np.random.default_rng(1).uniform(-1, 1, (20, 3))))
    clip = np.concatenate((points, np.ones((len(points), 1))), axis=1) @ projection.matrix.T
    pixels = projection.pixels(points)
    x = (clip[:, 0] / clip[:, 3] + 1) / 2 * projection.width
    y = (1 - clip[:, 1] / clip[:, 3]) / 2 * projection.height
    np.testing.assert_allclose(np.stack((x, y), axis=1), pixels[:, :2], atol=1e-6)
    np.testing.assert_allclose(clip[:, 3], pixels[:, 2], atol=1e-9)


@given(cameras, sizes)
def test_everything_in_the_room_is_between_the_planes_that_cut_off(camera: Camera, size: tuple[int, int]) -> None:
    matrix = camera.projection(*size, Margins()).matrix
    clip = np.concatenate((CORNERS, np.ones((8, 1))), axis=1) @ matrix.T
    assert (np.abs(clip[:, 2] / clip[:, 3]) < 1).all()


@given(st.floats(-180, 180), st.floats(FLATTEST, STEEPEST), sizes)
def test_the_room_fits_however_it_is_turned(azimuth: float, elevation: float, size: tuple[int, int]) -> None:
    margins = Margins()
    pixels = Camera(azimuth, elevation).projection(*size, margins).pixels(CORNERS)
    # Between the directions that were looked at it may be larger by a hair; words have their own room.
    assert pixels[:, 0].min() > margins.left - 8
    assert pixels[:, 0].max() < size[0] - margins.right + 8
    assert pixels[:, 1].min() > margins.top - 8
    assert pixels[:, 1].max() < size[1] - margins.bottom + 8


@given(st.floats(-180, 180), st.floats(FLATTEST, STEEPEST))
def test_turning_does_not_change_the_scale(azimuth: float, elevation: float) -> None:
    one, other = Camera(azimuth, elevation), Camera(17.0, elevation)
    assert abs(one.projection(800, 600, Margins()).scale - other.projection(800, 600, Margins()).scale) < 1e-9


def test_nobody_gets_below_the_floor_or_over_the_top() -> None:
    assert Camera().turned(0, -500).elevation == FLATTEST
    assert Camera().turned(0, 500).elevation == STEEPEST
    assert Camera(170).turned(30, 0).azimuth == -160
