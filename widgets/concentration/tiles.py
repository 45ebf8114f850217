"""Where the cells of a treemap stand: groups within groups, each with a band for its name where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.concentration_picture import ExposureLevel
from engine.numbers import NOT_COMPUTABLE, Integers
from widgets.concentration.squarify import Boxes, Floats, squarify

BANDS = (20, 17)
"""Heights in pixels of the names of sectors and of products."""
LEAST_WIDTH, LEAST_HEIGHT = 44, 44
"""Pixels a group needs to have a band; without one its cells fill it."""


@dataclass(frozen=True, slots=True)
class Tier:
    """The cells of one level that are on screen.

    Attributes:
        depth: Which level: 0 sectors, 1 products, 2 contracts.
        rows: int64: row of each cell in its level.
        boxes: Where each cell stands.
        band: Height of each cell's name, 0 where it has no band.
    """

    depth: int
    rows: Integers
    boxes: Boxes
    band: Integers


def areas(levels: Sequence[ExposureLevel]) -> list[Floats]:
    """Area of every row of every level: exposure in magnitude, that of a group the sum of its contracts'.

    A contract that cannot be computed is as large as the others of its product on average: it is to be seen.
    """
    leaf = levels[-1]
    known = leaf.value != NOT_COMPUTABLE
    found = np.abs(np.where(known, leaf.value, 0)).astype(np.float64)
    if not known.all():
        groups = len(levels[-2]) if len(levels) > 1 else 1
        counts = np.bincount(leaf.parents[known], minlength=groups)
        means = np.bincount(leaf.parents, found, groups) / np.maximum(counts, 1)
        overall = found.sum() / max(int(known.sum()), 1) or 1.0
        means[means == 0] = overall
        found = np.where(known, found, means[leaf.parents])
    every = [found]
    for level, above in zip(reversed(levels), list(reversed(levels))[1:], strict=False):
        every.insert(0, np.bincount(level.parents, every[0], len(above)).astype(np.float64))
    return every


def arrange(levels: Sequence[ExposureLevel], path: tuple[int, ...], width: int, height: int) -> list[Tier]:
    """Place what is below ``path`` (rows of a sector, then of a product) in a rectangle; the outermost tier first."""
    every = areas(levels)
    depth = len(path)
    shown = np.zeros(len(levels[depth]), dtype=bool)
    shown[:] = True if not path else levels[depth].parents == path[-1]
    frame = Boxes(*(np.array([side]) for side in (0, 0, width, height)))
    tiers = [_tier(levels, depth, np.flatnonzero(shown), np.zeros(int(shown.sum()), np.int64), every, frame)]
    for below in range(depth + 1, len(levels)):
        outer = tiers[-1]
        place = np.full(len(levels[below - 1]), -1)
        place[outer.rows] = np.arange(len(outer.rows))
        group = place[levels[below].parents]
        rows = np.flatnonzero(group >= 0)
        tiers.append(_tier(levels, below, rows, group[rows], every, _inner(outer)))
    return tiers


def _tier(
    levels: Sequence[ExposureLevel],
    depth: int,
    rows: Integers,
    group: Integers,
    every: Sequence[Floats],
    frames: Boxes,
) -> Tier:
    """Place rows, each within the frame of its group, the largest of a group first."""
    area = every[depth][rows]
    held = area > 0
    rows, group, area = rows[held], group[held], area[held]
    order = np.lexsort((-area, group))
    rows, group, area = rows[order], group[order], area[order]
    starts = np.searchsorted(group, np.arange(len(frames.left) + 1))
    boxes = squarify(area, starts, frames)
    band = np.zeros(len(rows), dtype=np.int64)
    if depth < len(levels) - 1:
        roomy = (boxes.right - boxes.left >= LEAST_WIDTH) & (boxes.bottom - boxes.top >= LEAST_HEIGHT)
        band[roomy] = BANDS[depth]
    return Tier(depth, rows, boxes, band)


def _inner(outer: Tier) -> Boxes:
    """Where the cells of each group go: below its name, with a margin that parts it from its neighbours."""
    left, top, right, bottom = outer.boxes
    margin: npt.NDArray[np.int64] = np.where(outer.band > 0, 2, 0) if outer.depth == 0 else np.zeros_like(left)
    gap = np.where((right - left > 8) & (bottom - top > 8), 1, 0)
    return Boxes(left + margin, top + outer.band, right - margin - gap, bottom - margin - gap)
