"""Squarified rectangles: nothing lost, nothing twice, areas in proportion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.concentration_picture import NO_LIMIT, ConcentrationPicture, ExposureLevel
from engine.numbers import MONEY, NOT_COMPUTABLE
from widgets.concentration.squarify import Boxes, fill_boxes, squarify
from widgets.concentration.tiles import areas, arrange

ONE = np.zeros(1, dtype=np.int64)


def frame(width: int, height: int) -> Boxes:
    return Boxes(ONE, ONE, ONE + width, ONE + height)


def painted(boxes: Boxes, width: int, height: int) -> np.ndarray:
    canvas = np.zeros((height, width), dtype=np.int64)
    for left, top, right, bottom in zip(*boxes, strict=True):
        canvas[top:bottom, left:right] += 1
    return canvas


@given(
    sizes=st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=80),
    width=st.integers(1, 400),
    height=st.integers(1, 300),
)
def test_every_pixel_belongs_to_exactly_one_cell(sizes: list[float], width: int, height: int) -> None:
    ordered = np.array(sorted(sizes, reverse=True))
    boxes = squarify(ordered, np.array([0, len(ordered)]), frame(width, height))
    assert (painted(boxes, width, height) == 1).all()


def test_areas_are_in_proportion_and_cells_near_squares() -> None:
    sizes = np.array([6.0, 6, 4, 3, 2, 2, 1])
    boxes = squarify(sizes, np.array([0, 7]), frame(600, 400))
    width, height = boxes.right - boxes.left, boxes.bottom - boxes.top
    assert np.allclose(width * height, sizes * 10_000, rtol=0.01)
    assert np.maximum(width / height, height / width).max() < 3.1


def test_groups_stay_in_their_frames() -> None:
    frames = Boxes(np.array([0, 100]), np.array([0, 0]), np.array([100, 160]), np.array([50, 50]))
    boxes = squarify(np.array([3.0, 1, 2, 2]), np.array([0, 2, 4]), frames)
    assert boxes.right[:2].max() == 100
    assert boxes.left[2:].min() == 100


def test_what_has_no_area_has_no_cell() -> None:
    boxes = squarify(np.array([2.0, 0.0]), np.array([0, 2]), frame(10, 10))
    assert (boxes.right - boxes.left).tolist() == [10, 0]


def test_the_cell_under_a_point_is_found() -> None:
    boxes = squarify(np.array([1.0, 1.0]), np.array([0, 2]), frame(100, 50))
    assert [boxes.at(x, 10) for x in (5, 95, 120)] == [0, 1, -1]


def test_stripes_are_every_fourth_line_of_a_cell() -> None:
    canvas = np.zeros((9, 1), dtype=np.uint32)
    sides = np.array([[0], [0], [1], [9]])
    fill_boxes(canvas, sides, np.array([1], dtype=np.uint32), np.array([2], dtype=np.uint32))
    assert canvas[:, 0].tolist() == [1, 1, 1, 2, 1, 1, 1, 2, 1]


def test_the_area_of_a_group_is_that_of_its_contracts(picture: ConcentrationPicture) -> None:
    sectors, products, contracts = areas(picture.levels)
    assert sectors.sum() == pytest.approx(products.sum())
    assert products.sum() == pytest.approx(contracts.sum())


def test_what_cannot_be_computed_is_seen_as_large_as_its_neighbours() -> None:
    values = np.array([4 * MONEY, NOT_COMPUTABLE, -2 * MONEY])
    none = np.zeros(3, dtype=np.int64)
    level = ExposureLevel(("a", "b", "c"), none, values, none, none, none, none + NO_LIMIT)
    assert (areas([level])[0] / MONEY).tolist() == [4, 3, 2]


def test_cells_of_the_whole_desk_lie_within_their_product(picture: ConcentrationPicture) -> None:
    _, products, contracts = arrange(picture.levels, (), 1200, 800)
    place = {row: number for number, row in enumerate(products.rows.tolist())}
    for cell, row in enumerate(contracts.rows.tolist()):
        outer = place[int(picture.levels[2].parents[row])]
        assert contracts.boxes.left[cell] >= products.boxes.left[outer]
        assert contracts.boxes.bottom[cell] <= products.boxes.bottom[outer]


def test_only_what_a_person_went_into_is_placed(picture: ConcentrationPicture) -> None:
    (contracts,) = arrange(picture.levels, (0, 2), 600, 400)
    assert {picture.levels[2].names[row].split()[0] for row in contracts.rows.tolist()} == {"RB"}
