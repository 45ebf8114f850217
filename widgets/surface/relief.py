"""What a plot in three dimensions, or a flat map in its place, draws: heights, colours, axes with words, marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from widgets.surface.camera import ACROSS as WIDTH
from widgets.surface.camera import ALONG, UP, Floats

Colours = npt.NDArray[np.uint8]
"""Red, green, blue and opacity, last axis of length 4."""
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a place of an axis, -1 to 1 on the floor, 0 to 1 upwards."""

    place: float
    label: str
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Ruler:
    """One axis in words: its title with the unit, and its ticks."""

    title: str
    ticks: tuple[Tick, ...]


class MarkKind(StrEnum):
    """What a mark stands for; each has a shape of its own."""

    NOW = "now"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the relief worth finding: where it is (-1 to 1, -1 to 1, 0 to 1) and what it is called."""

    kind: MarkKind
    across: float
    along: float
    up: float
    label: str


@dataclass(frozen=True, slots=True)
class ColourScale:
    """The legend: title, colours from the lowest value to the highest, and ticks from 0 to 1."""

    title: str
    colours: Colours
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Relief:
    """One picture in relief. Nodes are numbered across first, then along.

    Attributes:
        across, along, up: The axes.
        xs: float64 [across], -1 to 1.
        ys: float64 [along], -1 to 1.
        heights: float64 [across, along], 0 to 1; NaN where there is none.
        colours: uint8 [across, along, 4].
        scale: What the colours mean.
        second: Another surface over the same nodes, translucent; None where there is none.
        zero: Height of value 0, where that is within the room.
        marks: Points worth finding.
        bars: Whether nodes are bars that stand apart, and not points of one sheet.
        widths: Halves of a bar's sides, in shares as ``xs`` and ``ys``.
    """

    across: Ruler
    along: Ruler
    up: Ruler
    xs: Floats
    ys: Floats
    heights: Floats
    colours: Colours
    scale: ColourScale
    second: Floats | None = None
    zero: float | None = None
    marks: tuple[Mark, ...] = ()
    bars: bool = False
    widths: tuple[float, float] = (0.0, 0.0)

    @property
    def shape(self) -> tuple[int, int]:
        """Nodes across and along."""
        return len(self.xs), len(self.ys)

    def points(self, heights: Floats | None = None) -> Floats:
        """float64 [across, along, 3]: the nodes in the room."""
        placed = np.empty((*self.shape, 3))
        placed[..., 0] = self.xs[:, None] * WIDTH
        placed[..., 1] = self.ys * ALONG
        placed[..., 2] = (self.heights if heights is None else heights) * UP
        return placed

    def point(self, node: tuple[int, int]) -> Floats:
        """float64 [3]: one node in the room, on the floor where it has no height."""
        height = self.heights[node]
        up = 0.0 if np.isnan(height) else float(height)
        return in_room(float(self.xs[node[0]]), float(self.ys[node[1]]), up)

    def height_at(self, across: float, along: float) -> float:
        """Height of the surface between nodes, 0 to 1; NaN where it has none there."""
        at: list[tuple[int, float]] = []
        for places, place in ((self.xs, across), (self.ys, along)):
            cell = int(np.clip(np.searchsorted(places, place) - 1, 0, max(len(places) - 2, 0)))
            width = places[min(cell + 1, len(places) - 1)] - places[cell]
            at.append((cell, float(np.clip((place - places[cell]) / width, 0, 1)) if width else 0.0))
        (i, s), (j, t) = at
        low, high = self.heights[i], self.heights[min(i + 1, self.shape[0] - 1)]
        after = min(j + 1, self.shape[1] - 1)
        return float((1 - s) * ((1 - t) * low[j] + t * low[after]) + s * ((1 - t) * high[j] + t * high[after]))


def in_room(across: float, along: float, up: float) -> Floats:
    """A point of the room from shares of its axes."""
    return np.array((across * WIDTH, along * ALONG, up * UP))


def nice_ticks(low: float, high: float, most: int) -> tuple[list[float], float]:
    """Round values from at or below ``low`` to at or above ``high``, at most about ``most``, and their distance."""
    if not high > low:
        room = abs(low) * 0.05 or 1.0
        low, high = low - room, high + room
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough * 0.999)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(number * step) for number in np.arange(first, last + 1)], float(step)


def ticks_within(places: Floats, values: Sequence[float], words: Words, most: int) -> tuple[Tick, ...]:
    """Ticks at round values inside an axis whose nodes have these values at these places (-1 to 1)."""
    low, high = float(values[0]), float(values[-1])
    rounds, step = nice_ticks(low, high, most)
    inside = [each for each in rounds if low - 1e-9 * step <= each <= high + 1e-9 * step]
    return tuple(Tick(float(np.interp(each, values, places)), words(each), abs(each) < 1e-9 * step) for each in inside)


def rgba(colour: QColor, opacity: float = 1.0) -> tuple[int, int, int, int]:
    """The four parts of a colour."""
    return colour.red(), colour.green(), colour.blue(), round(255 * opacity)
