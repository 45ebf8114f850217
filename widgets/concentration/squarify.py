"""Squarified treemaps: rectangles of given areas, as near to squares as can be, for many groups at once.

The method is that of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000). Areas come sorted, so the aspect of a
row first falls and then rises as the row grows: where it turns is found by halving instead of item by item.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Boxes(NamedTuple):
    """Rectangles as four columns of pixels: left, top, right and bottom, the last two exclusive."""

    left: npt.NDArray[np.int64]
    top: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    bottom: npt.NDArray[np.int64]

    def at(self, point_x: float, point_y: float) -> int:
        """Which rectangle holds a point, -1 for none."""
        inside = (self.left <= point_x) & (point_x < self.right) & (self.top <= point_y) & (point_y < self.bottom)
        found = np.flatnonzero(inside)
        return int(found[0]) if len(found) else -1


Row = tuple[int, int, float, float, float, float, bool]
"""First and last item (exclusive), left, top, length, thickness, and whether its items lie one below the other."""


def squarify(areas: Floats, starts: npt.NDArray[np.int64], frames: Boxes) -> Boxes:
    """Fill each group's frame with rectangles of its items.

    Args:
        areas: Area of each item, any unit, not negative; within a group the largest first.
        starts: First item of each group, and one past the last group's: length groups + 1.
        frames: The rectangle of each group.

    Returns:
        A rectangle an item, on whole pixels, without gaps; empty where there is no area or no frame.
    """
    sums = np.concatenate(([0.0], np.cumsum(areas)))
    rows: list[Row] = []
    ends, listed, total = starts.tolist(), areas.tolist(), sums.tolist()
    for group, frame in enumerate(zip(*(side.tolist() for side in frames), strict=True)):
        _lay_rows(rows, listed, total, (ends[group], ends[group + 1]), frame)
    return _boxes(rows, areas, sums)


def _lay_rows(
    rows: list[Row], areas: list[float], sums: list[float], group: tuple[int, int], frame: tuple[int, int, int, int]
) -> None:
    """Cut the frame into rows along its shorter side, each as square as it can be made."""
    first, last = group
    left, top, right, bottom = (float(side) for side in frame)
    while first < last and right > left and bottom > top and sums[last] > sums[first]:
        width, height = right - left, bottom - top
        side, below = (height, True) if width >= height else (width, False)
        scale = width * height / (sums[last] - sums[first])
        end = _row_end(areas, sums, first, last, side * side / scale)
        thickness = (sums[end] - sums[first]) * scale / side
        rows.append((first, end, left, top, side, thickness, below))
        if below:
            left += thickness
        else:
            top += thickness
        first = end


def _row_end(areas: list[float], sums: list[float], first: int, last: int, side: float) -> int:
    """Where the row that begins at ``first`` best ends; ``side`` is its squared length in units of area."""
    base, bound = sums[first], side * side * areas[first]
    low, high = first + 1, last
    while low < high:
        middle = (low + high) // 2
        squared = (sums[middle] - base) ** 2
        if squared * squared >= bound * areas[middle - 1]:
            high = middle
        else:
            low = middle + 1
    if low > first + 1:
        now, before = (sums[low] - base) ** 2, (sums[low - 1] - base) ** 2
        # Past the turn the thinnest item decides, before it the thickest.
        if areas[low - 1] <= 0 or now / (side * areas[low - 1]) > side * areas[first] / before:
            return low - 1
    return low


def _boxes(rows: list[Row], areas: Floats, sums: Floats) -> Boxes:
    """Whole pixels of every item of every row."""
    sides = np.zeros((4, len(areas)))
    if rows:
        first, end, left, top, length, thickness, below = (np.array(column) for column in zip(*rows, strict=True))
        counts = end - first
        item = np.arange(counts.sum()) + np.repeat(first - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        whole = np.repeat(length / (sums[end] - sums[first]), counts)
        start = (sums[item] - np.repeat(sums[first], counts)) * whole
        stop = (sums[item + 1] - np.repeat(sums[first], counts)) * whole
        left, top, thickness, below = (np.repeat(each, counts) for each in (left, top, thickness, below))
        sides[0, item] = np.where(below, left, left + start)
        sides[1, item] = np.where(below, top + start, top)
        sides[2, item] = np.where(below, left + thickness, left + stop)
        sides[3, item] = np.where(below, top + stop, top + thickness)
    return Boxes(*np.floor(sides + 0.5).astype(np.int64))
