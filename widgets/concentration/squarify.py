"""Squarified treemaps: rectangles of given areas, as near to squares as can be, for many groups at once.

The method is that of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000). Compiled, because ten thousand cells
are placed and filled between two frames.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.numbers import Integers

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint32]
STRIPE = 4
"""Every how many pixels a striped cell has a line."""


class Boxes(NamedTuple):
    """Rectangles as four columns of pixels: left, top, right and bottom, the last two exclusive."""

    left: Integers
    top: Integers
    right: Integers
    bottom: Integers

    def at(self, point_x: float, point_y: float) -> int:
        """Which rectangle holds a point, -1 for none."""
        inside = (self.left <= point_x) & (point_x < self.right) & (self.top <= point_y) & (point_y < self.bottom)
        found = np.flatnonzero(inside)
        return int(found[0]) if len(found) else -1


def squarify(areas: Floats, starts: Integers, frames: Boxes) -> Boxes:
    """Fill each group's frame with rectangles of its items.

    Args:
        areas: Area of each item, any unit, not negative; within a group the largest first.
        starts: First item of each group, and one past the last group's: length groups + 1.
        frames: The rectangle of each group.

    Returns:
        A rectangle an item, on whole pixels, without gaps; empty where there is no area or no frame.
    """
    sides = np.zeros((4, len(areas)))
    given = np.stack(frames).astype(np.float64)
    _lay_groups(areas, starts.astype(np.int64), given, sides)
    return Boxes(*np.floor(sides + 0.5).astype(np.int64))


@compiled
def _lay_groups(areas: Floats, starts: Integers, frames: Floats, sides: Floats) -> None:
    """Cut each frame into rows along its shorter side, each row as square as it can be made."""
    for group in range(len(starts) - 1):
        first, last = starts[group], starts[group + 1]
        left, top, right, bottom = frames[0, group], frames[1, group], frames[2, group], frames[3, group]
        rest = 0.0
        for item in range(first, last):
            rest += areas[item]
        while first < last and rest > 0.0 and right > left and bottom > top:
            width, height = right - left, bottom - top
            side = min(width, height)
            # The squared side in units of area: a row of sum s has the aspect unit * area / s**2 at its largest item.
            unit = side * side * rest / (width * height)
            total, end, worst = 0.0, first, np.inf
            while end < last:
                grown = total + areas[end]
                if areas[end] <= 0.0:
                    break
                aspect = max(unit * areas[first] / (grown * grown), grown * grown / (unit * areas[end]))
                if aspect > worst:
                    break
                total, worst, end = grown, aspect, end + 1
            if end == first:
                break
            thickness, start = total / rest * max(width, height), 0.0
            for item in range(first, end):
                stop = start + areas[item] / total * side
                if width >= height:
                    sides[0, item], sides[1, item] = left, top + start
                    sides[2, item], sides[3, item] = left + thickness, top + stop
                else:
                    sides[0, item], sides[1, item] = left + start, top
                    sides[2, item], sides[3, item] = left + stop, top + thickness
                start = stop
            if width >= height:
                left += thickness
            else:
                top += thickness
            rest -= total
            first = end


@compiled
def fill_boxes(canvas: Pixels, sides: Integers, pixels: Pixels, stripes: Pixels) -> None:
    """Fill rectangles of an image.

    Args:
        canvas: The image, (height, width).
        sides: Left, top, right and bottom of each rectangle within the image: (4, rectangles).
        pixels: Colour of each.
        stripes: Colour of its stripes, the same as its colour where it has none.
    """
    for box in range(len(pixels)):
        left, top, right, bottom = sides[0, box], sides[1, box], sides[2, box], sides[3, box]
        for y in range(top, bottom):
            # A slice, which is filled several pixels at once.
            canvas[y, left:right] = stripes[box] if (y - top) % STRIPE == STRIPE - 1 else pixels[box]


def compile_layout() -> None:
    """Compile, or load what is compiled, before a person waits for it."""
    one = np.zeros(1, dtype=np.int64)
    squarify(np.ones(1), np.array([0, 1]), Boxes(one, one, one + 1, one + 1))
    colour = np.zeros(1, dtype=np.uint32)
    fill_boxes(np.zeros((1, 1), dtype=np.uint32), np.zeros((4, 1), dtype=np.int64), colour, colour)
