"""Where a person looks from, and where points in space are on screen then: one matrix for pixels and OpenGL alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ACROSS, ALONG, UP = 1.2, 1.0, 1.3
"""Half width, half depth and height of the room that everything stands in; its floor is at 0."""
EYE = 6.5
"""Distance of the eye from the middle of the room: far enough that parallels look parallel."""
NEAR, FAR = 2.0, 14.0
STEEPEST, FLATTEST = 88.0, 4.0
LEAST_ZOOM, MOST_ZOOM = 0.5, 8.0
MIDDLE: Floats = np.array([0.0, 0.0, UP / 2])
CORNERS: Floats = np.array([(x, y, z) for x in (-ACROSS, ACROSS) for y in (-ALONG, ALONG) for z in (0.0, UP)])
TURNS = np.arange(0.0, 360.0, 15.0)


@dataclass(frozen=True, slots=True)
class Margins:
    """Pixels kept free around the room for words."""

    left: int = 80
    top: int = 14
    right: int = 36
    bottom: int = 44


@dataclass(frozen=True, slots=True)
class Camera:
    """A point of view. Degrees; shift in shares of the height."""

    azimuth: float = -58.0
    elevation: float = 27.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)

    def turned(self, azimuth: float, elevation: float) -> Camera:
        """Go round by ``azimuth`` and up by ``elevation``, never below the floor or over the top."""
        height = min(max(self.elevation + elevation, FLATTEST), STEEPEST)
        return replace(self, azimuth=(self.azimuth + azimuth + 180) % 360 - 180, elevation=height)

    def zoomed(self, factor: float) -> Camera:
        """Go nearer by ``factor``, farther where it is below 1."""
        return replace(self, zoom=min(max(self.zoom * factor, LEAST_ZOOM), MOST_ZOOM))

    def shifted(self, right: float, down: float) -> Camera:
        """Move the picture by shares of its height, not out of sight."""
        across, below = self.shift
        return replace(self, shift=(_within(across + right), _within(below + down)))

    def projection(self, width: int, height: int, margins: Margins) -> Projection:
        """Where points are on a screen of so many pixels; the whole room fits at a zoom of 1, however it is turned."""
        room = max(width - margins.left - margins.right, 40), max(height - margins.top - margins.bottom, 40)
        # The same scale all the way round, so that the room does not breathe while it turns.
        seen = np.stack([_towards(CORNERS, turn, self.elevation) for turn in TURNS])
        wide = np.abs(seen[..., 0] / seen[..., 2]).max()
        high = seen[..., 1] / seen[..., 2]
        top, bottom = high.max(), high.min()
        scale = min(room[0] / 2 / wide, room[1] / (top - bottom)) * self.zoom
        x = margins.left + room[0] / 2 + self.shift[0] * height
        y = margins.top + room[1] / 2 + (top + bottom) / 2 * scale + self.shift[1] * height
        return Projection(width, height, self.azimuth, self.elevation, float(scale), float(x), float(y))


@dataclass(frozen=True)
class Projection:
    """From space to pixels of one screen.

    Attributes:
        width, height: Of the screen, pixels.
        azimuth, elevation: Of the eye, degrees.
        scale: Pixels of what is one long and one away from the eye.
        x, y: Pixel of the middle of the room.
    """

    width: int
    height: int
    azimuth: float
    elevation: float
    scale: float
    x: float
    y: float

    @cached_property
    def _turn(self) -> Floats:
        return _axes(self.azimuth, self.elevation)

    def pixels(self, points: Floats) -> Floats:
        """float64 [..., 3]: pixel from the left, from the top, and distance from the eye."""
        seen = _towards(points, self.azimuth, self.elevation)
        placed = np.empty_like(seen)
        placed[..., 0] = self.x + self.scale * seen[..., 0] / seen[..., 2]
        placed[..., 1] = self.y - self.scale * seen[..., 1] / seen[..., 2]
        placed[..., 2] = seen[..., 2]
        return placed

    @property
    def matrix(self) -> Floats:
        """float64 [4, 4]: from space to OpenGL's clip space, rows first; the same pixels as `pixels` says."""
        right, up, out = self._turn
        rows = np.zeros((4, 4))
        for row, axis in ((0, right), (1, up), (3, -out)):
            rows[row, :3], rows[row, 3] = axis, -axis @ MIDDLE
        rows[3, 3] += EYE
        distance = rows[3].copy()
        rows[0] = 2 * self.scale / self.width * rows[0] + (2 * self.x / self.width - 1) * distance
        rows[1] = 2 * self.scale / self.height * rows[1] + (1 - 2 * self.y / self.height) * distance
        rows[2] = (FAR + NEAR) / (FAR - NEAR) * distance
        rows[2, 3] -= 2 * FAR * NEAR / (FAR - NEAR)
        return rows

    @property
    def eye(self) -> tuple[float, float]:
        """Which way the eye is from the middle of the floor: signs of across and along."""
        turn = radians(self.azimuth)
        return (1.0 if cos(turn) >= 0 else -1.0), (1.0 if sin(turn) >= 0 else -1.0)


def _axes(azimuth: float, elevation: float) -> Floats:
    """float64 [3, 3]: what points right, up and out of the screen."""
    turn, rise = radians(azimuth), radians(elevation)
    right = (-sin(turn), cos(turn), 0.0)
    up = (-sin(rise) * cos(turn), -sin(rise) * sin(turn), cos(rise))
    out = (cos(rise) * cos(turn), cos(rise) * sin(turn), sin(rise))
    return np.array((right, up, out))


def _towards(points: Floats, azimuth: float, elevation: float) -> Floats:
    """float64 [..., 3]: right, up and distance from the eye."""
    seen: Floats = (points - MIDDLE) @ _axes(azimuth, elevation).T
    seen[..., 2] = EYE - seen[..., 2]
    return seen


def _within(share: float) -> float:
    return min(max(share, -1.0), 1.0)
