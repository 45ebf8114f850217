"""Pictures of an option book as the desk hands them out: a short strangle over a long future, priced smoothly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.scenarios.results import Scope
from engine.surface import (
    Axis,
    Move,
    ScenarioMark,
    SurfaceAxes,
    SurfaceMeasure,
    SurfacePicture,
    SurfaceQuestion,
)
from engine.text import text

AS_OF = 1_795_256_537_318_204_000


def picture(
    nodes: tuple[int, int] = (41, 21),
    *,
    measure: SurfaceMeasure = SurfaceMeasure.PROFIT,
    axes: SurfaceAxes = SurfaceAxes.PRICE_VOLATILITY,
    scope: Scope = Scope.ACCOUNT,
    what_if: bool = False,
    holes: bool = False,
    size: float = 1.0,
    sequence: int = 1,
) -> SurfacePicture:
    """The same picture for the same arguments."""
    across = Axis(Move.PRICE, np.linspace(-RATIO // 5, RATIO // 5, nodes[0]).astype(np.int64))
    if axes is SurfaceAxes.PRICE_VOLATILITY:
        along = Axis(Move.VOLATILITY, np.linspace(-RATIO // 5, RATIO // 5, nodes[1]).astype(np.int64))
    else:
        along = Axis(Move.TIME, np.linspace(0, 30 * RATIO, nodes[1]).astype(np.int64))
    x, y = across.values[:, None] / RATIO * 15, along.values[None, :] / RATIO
    spread = 1 + 2.4 * y if axes is SurfaceAxes.PRICE_VOLATILITY else 1 - y / 45
    profit = _strangle(x, spread, 1.0) - _strangle(np.zeros((1, 1)), np.ones((1, 1)), 1.0) + 0.16 * x
    hedged = profit + 0.42 * np.maximum(x - 0.8, 0) + 0.5 * np.maximum(-x - 0.6, 0) - 0.10
    values, second = (_measured(each * size, measure) for each in (profit, hedged))
    if holes:
        values[3:9, 2:6] = NOT_COMPUTABLE
        values[-4:, -3:] = NOT_COMPUTABLE
    name = {Scope.ACCOUNT: "Halden Energy", Scope.GROUP: "Halden group", Scope.FIRM: ""}[scope]
    words = text("active SPAN scenario of {commodity}", commodity="CL")
    along_move = RATIO // 20 if axes is SurfaceAxes.PRICE_VOLATILITY else 0
    mark = ScenarioMark(words, -RATIO // 11, along_move)
    made = SurfacePicture(
        SurfaceQuestion(scope, name, axes, measure),
        sequence,
        AS_OF,
        "SAMPLE-20261120-final",
        "USD",
        across,
        along,
        values,
        second if what_if else None,
        mark,
        elapsed=21_000_000,
    )
    return replace(made, gaps=(text("no price for {contract}", contract="HO 2027-07"),)) if holes else made


def _strangle(x: np.ndarray, spread: np.ndarray, width: float) -> np.ndarray:
    """Worth of what was sold: two smoothed corners."""
    put, call = _corner(-x - width, 0.55 * spread), _corner(x - width, 0.55 * spread)
    return -(1.1 * put + 0.8 * call)


def _corner(x: np.ndarray, width: np.ndarray) -> np.ndarray:
    """max(x, 0), rounded off over ``width``."""
    return width * np.logaddexp(0.0, x / width)


def _measured(profit: np.ndarray, measure: SurfaceMeasure) -> np.ndarray:
    money = profit * 2_400_000 * MONEY
    if measure is SurfaceMeasure.MARGIN:
        money = 3_800_000 * MONEY + np.maximum(-money, 0) * 0.6 + np.abs(money) * 0.25
    if measure is SurfaceMeasure.DELTA:
        money = np.gradient(money, axis=0)
    if measure is SurfaceMeasure.VEGA:
        money = np.gradient(money, axis=1)
    if measure is SurfaceMeasure.RATIO:
        margin = 3_800_000 + np.maximum(-profit, 0) * 2_000_000
        equity = 6_200_000 + profit * 2_400_000
        ratio = np.rint(margin / np.where(equity > 0, equity, 1) * RATIO).astype(np.int64)
        return np.where(equity > 0, ratio, NOT_COMPUTABLE)
    return np.rint(money).astype(np.int64)
