"""Triangles and lines of a relief. Light is laid into the colours, so that OpenGL needs no normals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from widgets.surface.camera import ACROSS, UP, Floats
from widgets.surface.relief import Relief

Faces = npt.NDArray[np.uint32]
LIGHT = np.array((-0.45, -0.55, 0.70)) / np.linalg.norm((-0.45, -0.55, 0.70))
CORNERS_OF_BAR = 20
"""Of its top and four sides, which share none."""
AMBIENT = 0.68
"""Share of a colour that remains where no light falls."""


@dataclass(frozen=True)
class Mesh:
    """Triangles with a colour at each corner.

    Attributes:
        points: float32 [points, 3].
        faces: uint32 [triangles, 3], corners.
        colours: float32 [points, 4], 0 to 1.
        clear: Whether what is behind shines through.
    """

    points: npt.NDArray[np.float32]
    faces: Faces
    colours: npt.NDArray[np.float32]
    clear: bool = False


@dataclass(frozen=True)
class Lines:
    """Separate lines.

    Attributes:
        points: float32 [2 x lines, 3], their ends.
        colours: float32 [2 x lines, 4], 0 to 1.
        width: Pixels.
        layer: Lines of a higher layer lie on top of those of a lower one and of the sheet they are drawn on.
    """

    points: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    width: float = 1.0
    layer: int = 0


def sheet(relief: Relief) -> Mesh:
    """The surface, lit, with holes where nodes have no height."""
    points = relief.points()
    light = _light(points)
    colours = relief.colours.reshape(-1, 4) / 255.0
    colours[:, :3] *= light.reshape(-1, 1)
    flat = np.nan_to_num(points.reshape(-1, 3))
    return Mesh(flat.astype(np.float32), faces_of(relief.heights), colours.astype(np.float32))


def veil(relief: Relief, colour: tuple[int, int, int, int]) -> Mesh | None:
    """The second surface in one translucent colour; None where there is none."""
    if relief.second is None:
        return None
    points = relief.points(relief.second)
    colours = np.tile(np.array(colour) / 255.0, (points.shape[0] * points.shape[1], 1))
    colours[:, :3] *= _light(points).reshape(-1, 1)
    flat = np.nan_to_num(points.reshape(-1, 3))
    return Mesh(flat.astype(np.float32), faces_of(relief.second), colours.astype(np.float32), clear=True)


def faces_of(heights: Floats) -> Faces:
    """uint32 [triangles, 3]: two for each four nodes that have a height."""
    triangles = _triangles(*heights.shape)
    known = ~np.isnan(heights.ravel())
    if known.all():
        return triangles
    whole: Faces = np.ascontiguousarray(triangles[known[triangles].all(axis=1)])
    return whole


@lru_cache(maxsize=8)
def _triangles(across: int, along: int) -> Faces:
    """Of a surface without holes, the same for every picture of that size."""
    number = np.arange(across * along, dtype=np.uint32).reshape(across, along)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    made: Faces = np.stack((a, b, c, a, c, d), axis=-1).reshape(-1, 3)
    made.flags.writeable = False
    return made


def bars(relief: Relief) -> Mesh:
    """A box for each node; a node without height, or of height 0, is a flat tile."""
    feet = np.nan_to_num(relief.points().reshape(-1, 3))
    half = np.array((relief.widths[0], relief.widths[1])) * np.array((ACROSS, 1.0))
    corners = np.array([(x, y) for x in (-1, 1) for y in (-1, 1)]) * half
    boxes = np.zeros((len(feet), 5, 4, 3))
    tops = np.maximum(feet[:, 2], 0.006)
    ring = corners[[0, 2, 3, 1]]
    boxes[:, 0, :, :2] = feet[:, None, :2] + ring
    boxes[:, 0, :, 2] = tops[:, None]
    for side in range(4):
        first, second = ring[side], ring[(side + 1) % 4]
        boxes[:, side + 1, :, :2] = feet[:, None, :2] + np.stack((first, second, second, first))
        boxes[:, side + 1, 2:, 2] = tops[:, None]
    shade = np.array((1.0, 0.74, 0.86, 0.62, 0.80))
    colours = np.repeat(relief.colours.reshape(-1, 4)[:, None, :] / 255.0, 5, axis=1)
    colours[..., :3] *= shade[None, :, None]
    colours = np.repeat(colours[:, :, None, :], 4, axis=2)
    # Feet are a little darker than tops: bars behind bars stay apart.
    colours[:, 1:, :2, :3] *= 0.72
    quads = np.arange(len(feet) * 5, dtype=np.uint32)[:, None] * 4
    faces = (quads[:, :, None] + np.array(((0, 1, 2), (0, 2, 3)), dtype=np.uint32)[None]).reshape(-1, 3)
    return Mesh(boxes.reshape(-1, 3).astype(np.float32), faces, colours.reshape(-1, 4).astype(np.float32))


def edges_of_bars(relief: Relief, colour: tuple[int, int, int, int]) -> Lines:
    """Outlines of the tops of bars."""
    chosen = np.flatnonzero(np.nan_to_num(relief.heights.ravel()) > 0)
    feet = relief.points().reshape(-1, 3)[chosen]
    half = np.array((relief.widths[0] * ACROSS, relief.widths[1]))
    ring = np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * half
    ends = np.zeros((len(chosen), 4, 2, 3))
    for side in range(4):
        ends[:, side, :, :2] = feet[:, None, :2] + np.stack((ring[side], ring[(side + 1) % 4]))
    ends[..., 2] = feet[:, None, None, 2]
    return coloured(ends.reshape(-1, 3), colour, layer=1)


def wires(heights: Floats, relief: Relief, colour: tuple[int, int, int, int], most: int = 21) -> Lines:
    """Lines on a surface along nodes, about ``most`` each way."""
    points = relief.points(heights)
    pieces = [
        np.stack((points[chosen, :-1], points[chosen, 1:]), axis=2) for chosen in (_spread(points.shape[0], most),)
    ]
    turned = points.transpose(1, 0, 2)
    pieces.append(
        np.stack((turned[_spread(points.shape[1], most), :-1], turned[_spread(points.shape[1], most), 1:]), 2)
    )
    ends = np.concatenate([piece.reshape(-1, 2, 3) for piece in pieces])
    ends = ends[~np.isnan(ends).any(axis=(1, 2))]
    return coloured(ends.reshape(-1, 3), colour, layer=1)


def path(points: Floats, colour: tuple[int, int, int, int], width: float = 1.0) -> Lines:
    """A line through points, broken where one has no height."""
    ends = np.stack((points[:-1], points[1:]), axis=1)
    ends = ends[~np.isnan(ends).any(axis=(1, 2))]
    return coloured(ends.reshape(-1, 3), colour, width, layer=3)


def contour(relief: Relief, level: float, heights: Floats | None = None) -> Floats:
    """float64 [lines, 2, 3]: where a surface is at ``level`` (0 to 1), triangle by triangle."""
    used = relief.heights if heights is None else heights
    points = relief.points(used).reshape(-1, 3)
    corners = points[faces_of(used)]
    above = corners[..., 2] - level * UP
    crossing = (above.min(axis=1) < 0) & (above.max(axis=1) >= 0)
    corners, above = corners[crossing], above[crossing]
    ends = np.full((len(corners), 2, 3), np.nan)
    count = np.zeros(len(corners), dtype=np.intp)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        low, high = above[:, first], above[:, second]
        cut = np.flatnonzero((low < 0) != (high < 0))
        share = (low[cut] / (low[cut] - high[cut]))[:, None]
        ends[cut, count[cut]] = corners[cut, first] + share * (corners[cut, second] - corners[cut, first])
        count[cut] += 1
    return ends


def coloured(ends: Floats, colour: tuple[int, int, int, int], width: float = 1.0, layer: int = 0) -> Lines:
    """Lines in one colour."""
    colours = np.tile(np.array(colour, dtype=np.float32) / 255, (len(ends), 1))
    return Lines(np.ascontiguousarray(ends, dtype=np.float32), colours.astype(np.float32), width, layer)


def _light(points: Floats) -> Floats:
    """float64 [across, along]: how much light falls on each node."""
    known = np.nan_to_num(points[..., 2], nan=0.0)
    if min(points.shape[:2]) < 2:
        return np.ones(points.shape[:2])
    across = np.gradient(known, points[:, 0, 0], axis=0)
    along = np.gradient(known, points[0, :, 1], axis=1)
    length = np.sqrt(across**2 + along**2 + 1)
    fall = (-across * LIGHT[0] - along * LIGHT[1] + LIGHT[2]) / length
    lit: Floats = AMBIENT + (1 - AMBIENT) * 1.35 * np.clip(fall, 0, 1)
    return np.minimum(lit, 1.12)


def _spread(count: int, most: int) -> npt.NDArray[np.intp]:
    """Which of ``count`` nodes have a line: first, last and evenly between."""
    step = max(1, -(-(count - 1) // max(most - 1, 1)))
    chosen = np.arange(0, count, step)
    return np.append(chosen, count - 1) if chosen[-1] != count - 1 else chosen
