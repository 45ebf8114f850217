"""What a grid spans: moves of prices, volatilities and time, and the products one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.text import Text, text

Floats = npt.NDArray[np.float64]


class AxisKind(StrEnum):
    """What moves along an axis."""

    PRICE = "price"
    """Prices of the underlyings, in percent of the price; those of futures and spot themselves too."""
    VOLATILITY = "volatility"
    """Volatilities of all options, in volatility points: 5 makes 20 % of a volatility of 15 %."""
    TIME = "time"
    """Days that pass; options lose them of their time to expiry, futures prices stay."""
    PRODUCT = "product"
    """One product after the other moves, the others stay. Steps are products, which have no numbers."""


@dataclass(frozen=True, slots=True)
class Direction:
    """Which products a price move takes along, and how far.

    Attributes:
        label: For a person: "All prices", "Energy".
        products: Move of each product for a move of 1, by its name as `engine.classification` has it.
        others: Move of every other product.
    """

    label: Text
    products: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    others: float = 0.0


PERCENT: Final = Text("%")
PARALLEL: Final = Direction(text("All prices"), others=1.0)
"""All prices move by the same percentage."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a grid.

    Attributes:
        kind: What moves.
        label: For a person.
        unit: ``%``, ``points``, ``days``; None where the steps are names.
        steps: float64 [steps], ascending, in units; the numbers from 0 where the steps are names.
        names: Of the steps of a PRODUCT axis; empty elsewhere.
        direction: Of a PRICE axis: which products move.
    """

    kind: AxisKind
    label: Text
    unit: Text | None
    steps: Floats
    names: tuple[str, ...] = ()
    direction: Direction = PARALLEL

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def current(self) -> int:
        """The step closest to where nothing moves; -1 on a PRODUCT axis."""
        return -1 if self.kind is AxisKind.PRODUCT else int(np.argmin(np.abs(self.steps)))


def evenly(reach: float, steps: int, least: float | None = None) -> Floats:
    """``steps`` values from ``least`` (by default -``reach``) to ``reach``, 0 among them exactly where it belongs."""
    values: Floats = np.linspace(-reach if least is None else least, reach, steps)
    values[np.abs(values) < 1e-9 * max(1.0, abs(reach))] = 0.0
    return values


def price_axis(reach: float = 20.0, steps: int = 41, direction: Direction = PARALLEL) -> Axis:
    """Price moves from -``reach`` to +``reach`` percent; an odd number of steps has 0 among them."""
    return Axis(AxisKind.PRICE, direction.label, PERCENT, evenly(reach, steps), direction=direction)


def volatility_axis(reach: float = 20.0, steps: int = 21) -> Axis:
    """Volatility moves from -``reach`` to +``reach`` points."""
    return Axis(AxisKind.VOLATILITY, text("Volatility"), text("points"), evenly(reach, steps))


def time_axis(days: float = 30.0, steps: int = 21) -> Axis:
    """From now until ``days`` from now."""
    return Axis(AxisKind.TIME, text("Time passed"), text("days"), evenly(days, steps, 0.0))


def product_axis(names: Sequence[str]) -> Axis:
    """One product after the other, by their names as `engine.classification` has them."""
    return Axis(AxisKind.PRODUCT, text("Product"), None, np.arange(len(names), dtype=np.float64), tuple(names))
