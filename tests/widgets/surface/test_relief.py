"""Ranges, ticks, colours, contours: what a picture becomes before anything draws it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.surface import SurfaceAxes, SurfaceMeasure
from tests.widgets.surface.generated_landscape import landscape
from tests.widgets.surface.generated_surface import picture
from widgets.concentration.scale import luminance
from widgets.surface.camera import UP
from widgets.surface.landscape_relief import cell_of, cell_reading, node_of, relief_of_landscape
from widgets.surface.meshes import bars, contour, veil
from widgets.surface.ramp import Ramp
from widgets.surface.relief import MarkKind, nice_ticks
from widgets.surface.surface_relief import relief_of, span_of, unit_of
from widgets.surface.words import number_words, raw_table
from widgets.theme import Theme, load_theme

finite = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6)


@given(finite, finite, st.integers(3, 9))
def test_ticks_are_round_even_and_enclose_the_values(one: float, other: float, most: int) -> None:
    low, high = min(one, other), max(one, other)
    ticks, step = nice_ticks(low, high, most)
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= high - 1e-6 * step
    assert len(ticks) <= 2 * most + 2
    np.testing.assert_allclose(np.diff(ticks), step, rtol=1e-6)


def test_labels_have_the_decimals_that_tell_them_apart() -> None:
    assert [number_words(0.25)(value) for value in (0.0, 0.25, -0.5)] == ["0.00", "0.25", "−0.50"]
    assert number_words(2000)(-4000) == "−4,000"


@pytest.mark.parametrize("measure", list(SurfaceMeasure))
@pytest.mark.parametrize("axes", list(SurfaceAxes))
def test_heights_are_the_values_of_the_picture(theme: Theme, measure: SurfaceMeasure, axes: SurfaceAxes) -> None:
    shown = picture(measure=measure, axes=axes)
    relief, unit = relief_of(shown, theme), unit_of(shown)
    span = span_of(unit.of(shown.values), None, with_zero=measure.has_sides)
    node = (11, 7)
    value = shown.values[node] / unit.size
    if measure.is_money:
        assert float(relief.heights[node]) == pytest.approx((value - span.low) / (span.high - span.low))
    assert relief.shape == shown.values.shape


def test_zero_has_the_colour_of_neither_side(theme: Theme) -> None:
    ramp = Ramp.two_sided(theme, 100.0)
    low, zero, high = ramp.colours(np.array([-100.0, 0.0, 100.0]))[:, :3].astype(int).tolist()
    even = theme.colours.even
    assert zero == [even.red(), even.green(), even.blue()]
    # Orange and blue: told apart by red against blue, which every kind of colour vision sees.
    assert low[0] > low[2]
    assert high[2] > high[0]


@pytest.mark.parametrize("name", ["dark", "light"])
def test_colours_of_both_sides_differ_from_the_middle_in_lightness(name: str) -> None:
    colours = load_theme(name).colours
    middle = luminance(colours.even)
    for near, far in ((colours.below_1, colours.below_2), (colours.above_1, colours.above_2)):
        assert abs(luminance(far) - middle) > abs(luminance(near) - middle) > 0.05


def test_equal_values_have_equal_colours_from_frame_to_frame(theme: Theme) -> None:
    ramp = Ramp.rising(theme, 0.0, 10.0)
    values = np.linspace(0, 10, 50)
    assert (ramp.colours(values) == ramp.colours(values.copy())).all()
    assert ramp.colours(np.array([np.nan]))[0, 3] == 0


def test_contours_lie_where_the_surface_is_level(theme: Theme) -> None:
    relief = relief_of(picture(), theme)
    assert relief.zero is not None
    ends = contour(relief, relief.zero)
    assert len(ends) > 20
    np.testing.assert_allclose(ends[..., 2], relief.zero * UP, atol=1e-9)
    assert not np.isnan(ends).any()


def test_now_and_the_active_scenario_stand_on_the_surface(theme: Theme) -> None:
    relief = relief_of(picture(), theme)
    kinds = {mark.kind: mark for mark in relief.marks}
    assert set(kinds) == {MarkKind.NOW, MarkKind.SCENARIO}
    now = kinds[MarkKind.NOW]
    assert (now.across, now.along) == (0.0, 0.0)
    scenario = kinds[MarkKind.SCENARIO]
    assert scenario.up == pytest.approx(relief.height_at(scenario.across, scenario.along))
    assert scenario.label == "active SPAN scenario of CL"


def test_the_what_if_is_translucent_and_as_high_as_its_values(theme: Theme) -> None:
    shown = picture(what_if=True)
    relief = relief_of(shown, theme)
    mesh = veil(relief, (255, 0, 0, 80))
    assert mesh is not None
    assert mesh.clear
    assert relief.second is not None
    assert shown.hypothetical is not None
    higher = shown.hypothetical > shown.values
    assert ((relief.second > relief.heights) == higher).all()


def test_raw_values_are_every_node_with_its_moves() -> None:
    shown = picture((5, 3))
    rows = [line.split("\t") for line in raw_table(shown).split("\n")]
    assert rows[0] == ["", "-0.2", "0", "0.2"]
    assert [row[0] for row in rows[1:]] == ["-0.2", "-0.1", "0", "0.1", "0.2"]
    assert float(rows[1][1]) * MONEY == pytest.approx(int(shown.values[0, 0]))


def test_bars_are_as_high_as_their_cells_and_the_rest_is_cut_off(theme: Theme) -> None:
    desk = landscape()
    relief = relief_of_landscape(desk, theme)
    assert relief.shape == (17, 25)
    assert np.nanmax(relief.heights) == 1.0
    node = node_of(desk, 0, 0)
    top = desk.values[0, 0] / desk.values[:-1, :-1].max()
    assert 0 < float(relief.heights[node]) <= top
    assert bars(relief).faces.shape == (17 * 25 * 10, 3)


def test_cells_and_nodes_are_the_same_both_ways() -> None:
    desk = landscape()
    for row in range(25):
        for column in range(17):
            assert cell_of(desk, node_of(desk, row, column)) == (row, column)


def test_a_bar_without_figure_is_read_with_its_reason() -> None:
    desk = landscape()
    assert cell_reading(desk, node_of(desk, 2, 15)).endswith(": no price for HO 2027-07")
    empty = int(np.flatnonzero((desk.values[0] == 0) & (desk.share[0] == 0))[0])
    assert cell_reading(desk, node_of(desk, 0, empty)).endswith(": no position")
    assert desk.values[2, 15] == NOT_COMPUTABLE
