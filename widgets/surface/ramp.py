"""From values to colours: two-sided around zero, or from little to much. The same in every frame for the same range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from widgets.surface.camera import Floats
from widgets.surface.relief import Colours
from widgets.theme import Theme

STEPS = 128
"""Colours in a legend."""
SPREAD = 0.62
"""Exponent of what is two-sided: small gains and losses are told from nothing; the legend shows the same."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours at evenly spaced places between two values.

    Attributes:
        low: Value of the first colour.
        high: Value of the last.
        stops: float64 [stops, 3], 0 to 255.
        spread: Exponent of the distance from the middle; 1 for even steps.
    """

    low: float
    high: float
    stops: Floats
    spread: float = 1.0

    @classmethod
    def two_sided(cls, theme: Theme, bound: float) -> Ramp:
        """From ``-bound`` over zero to ``bound``."""
        colours = theme.colours
        return cls(
            -bound,
            bound,
            _stops(colours.below_2, colours.below_1, colours.even, colours.above_1, colours.above_2),
            SPREAD,
        )

    @classmethod
    def rising(cls, theme: Theme, low: float, high: float) -> Ramp:
        """From little to much."""
        colours = theme.colours
        steps = (colours.heat_0, colours.heat_1, colours.heat_2, colours.heat_3, colours.heat_4, colours.heat_5)
        return cls(low, high, _stops(*steps))

    def colours(self, values: Floats) -> Colours:
        """uint8 [..., 4]; what has no value is clear."""
        width = (self.high - self.low) or 1.0
        aside = 2 * np.clip((values - self.low) / width, 0, 1) - 1
        place = (1 + np.sign(aside) * np.abs(aside) ** self.spread) / 2 * (len(self.stops) - 1)
        known = ~np.isnan(place)
        place = np.where(known, place, 0.0)
        below = np.minimum(place.astype(np.intp), len(self.stops) - 2)
        share = (place - below)[..., None]
        mixed = (1 - share) * self.stops[below] + share * self.stops[below + 1]
        made = np.empty((*values.shape, 4), dtype=np.uint8)
        made[..., :3] = np.rint(mixed)
        made[..., 3] = np.where(known, 255, 0)
        return made

    def legend(self, low: float, high: float) -> Colours:
        """uint8 [steps, 4]: the colours of values from ``low`` to ``high``."""
        return self.colours(np.linspace(low, high, STEPS))


def _stops(*colours: QColor) -> npt.NDArray[np.float64]:
    return np.array([(colour.red(), colour.green(), colour.blue()) for colour in colours], dtype=np.float64)
