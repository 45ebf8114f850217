"""Nodes: how far each factor's price and volatility move, and how much time passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.scenarios.axes import Axis, AxisKind, Direction, Floats
from engine.scenarios.model import ScenarioModel

DAYS_A_YEAR: Final = 365.0


@dataclass(frozen=True, slots=True)
class Shocks:
    """Moves of the factors of a `ScenarioModel` at each node.

    Attributes:
        price: float64 [nodes, factors], relative: 0.05 is a rise by 5 %; -1.5 makes a price negative.
        points: float64 [nodes, factors], added to volatilities.
        share: float64 [nodes, factors], relative change of volatilities, before ``points`` are added.
        years: float64 [nodes], time that passes.
    """

    price: Floats
    points: Floats
    share: Floats
    years: Floats

    def __len__(self) -> int:
        return len(self.years)

    @classmethod
    def none(cls, nodes: int, factors: int) -> Shocks:
        """Nothing moves; fill it in before anybody else sees it."""
        shape = (nodes, factors)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(nodes))

    def part(self, first: int, last: int) -> Shocks:
        """The nodes ``first`` to ``last`` (not included)."""
        run = slice(first, last)
        return Shocks(self.price[run], self.points[run], self.share[run], self.years[run])


def shocks_on(model: ScenarioModel, x: Axis, y: Axis) -> Shocks:
    """The nodes of a grid: all of x at the first step of y, then at the second, so that what y moves changes rarely."""
    nodes = len(x) * len(y)
    shocks = Shocks.none(nodes, model.factors)
    across, along = np.tile(np.arange(len(x)), len(y)), np.repeat(np.arange(len(y)), len(x))
    kept = np.ones((nodes, model.factors), dtype=np.bool_)
    for axis, steps in ((x, across), (y, along)):
        if axis.kind is AxisKind.PRICE:
            shocks.price[:] += np.outer(axis.steps[steps] / 100.0, moves_of(model, axis.direction))
        elif axis.kind is AxisKind.VOLATILITY:
            shocks.points[:] += axis.steps[steps][:, None] / 100.0
        elif axis.kind is AxisKind.TIME:
            shocks.years[:] += axis.steps[steps] / DAYS_A_YEAR
        else:
            kept &= _only(model, axis, steps)
    shocks.price[~kept] = shocks.points[~kept] = 0.0
    return shocks


def moves_of(model: ScenarioModel, direction: Direction) -> Floats:
    """float64 [factors]: how far each factor moves along ``direction`` for a move of 1."""
    by_product = [direction.products.get(name, direction.others) for name in model.products]
    return np.repeat(np.array(by_product, dtype=np.float64), 2)


def _only(model: ScenarioModel, axis: Axis, steps: np.typing.NDArray[np.intp]) -> np.typing.NDArray[np.bool_]:
    """bool [nodes, factors]: whether a factor is of the node's product."""
    known = {name: code for code, name in enumerate(model.products)}
    codes = np.array([known.get(name, -1) for name in axis.names], dtype=np.int64)
    result: np.typing.NDArray[np.bool_] = np.arange(model.factors)[None, :] // 2 == codes[steps][:, None]
    return result
