"""What a colour of the concentration charts means: steps of a figure, and the four states that are no step."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from engine.concentration_picture import NO_LIMIT
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from widgets.language import tr
from widgets.numbers_text import SPACE
from widgets.theme import Theme, blend

Steps = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint32]


class Shade(StrEnum):
    """Which figure colours a cell."""

    USE = "use"
    SHARE = "share"


class Step(IntEnum):
    """Beyond the six steps of colour, 0 to 5: what has no figure to colour it by."""

    FULLEST = 5
    EMPTY = 6
    NO_LIMIT = 7
    UNKNOWN = 8


BOUNDS = {
    Shade.USE: tuple(RATIO * percent // 100 for percent in (25, 50, 75, 90, 100)),
    Shade.SHARE: tuple(RATIO * percent // 100 for percent in (2, 5, 10, 20, 40)),
}
"""Where one step ends and the next begins, ratio scale; a figure on the bound is in the lower step. Fixed, so that a
colour means the same on every day."""


def steps(shade: Shade, figures: Integers, value: Integers) -> Steps:
    """The `Step` of each figure.

    Args:
        shade: What the figures are.
        figures: Ratio scale, any shape.
        value: The exposures behind them, money scale, of the same shape.
    """
    found = np.searchsorted(BOUNDS[shade], figures, side="left").astype(np.uint8)
    if shade is Shade.USE:
        found[figures == NO_LIMIT] = Step.NO_LIMIT
    found[value == 0] = Step.EMPTY
    found[(figures == NOT_COMPUTABLE) | (value == NOT_COMPUTABLE)] = Step.UNKNOWN
    return found


def step_words(shade: Shade) -> tuple[str, ...]:
    """The six steps in words, for a legend."""
    ends = [bound * 100 // RATIO for bound in BOUNDS[shade]]
    words = [f"≤{SPACE}{ends[0]}{SPACE}%"]
    words += [f"{low}–{high}{SPACE}%" for low, high in pairwise(ends)]
    last = tr("over the limit") if shade is Shade.USE else f">{SPACE}{ends[-1]}{SPACE}%"
    return (*words, last)


class Swatches:
    """The colours of every step in one theme: fills, the ink that reads best on each, and pixels for images."""

    def __init__(self, theme: Theme) -> None:
        colours = theme.colours
        heats = [getattr(colours, f"heat_{number}") for number in range(Step.FULLEST + 1)]
        self.fills: tuple[QColor, ...] = (
            *heats,
            blend(colours.line, colours.panel, 0.18),
            blend(colours.faint, colours.panel, 0.35),
            blend(colours.warning, colours.panel, 0.18),
        )
        self.inks = tuple(_ink(fill) for fill in self.fills)
        self.pixels = _pixels(self.fills)
        self.stripes = _pixels(tuple(blend(ink, fill, 0.17) for ink, fill in zip(self.inks, self.fills, strict=True)))


def _ink(fill: QColor) -> QColor:
    """Black or white, whichever reads better."""
    return max((QColor("black"), QColor("white")), key=lambda ink: contrast(ink, fill))


def contrast(one: QColor, other: QColor) -> float:
    """Contrast of two colours as WCAG defines it, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG defines it, 0 to 1."""
    parts = (part / 255 for part in (colour.red(), colour.green(), colour.blue()))
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pixels(colours: tuple[QColor, ...]) -> Pixels:
    return np.array([colour.rgb() for colour in colours], dtype=np.uint32)
