"""From a question to the surface that answers it, by grids of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from engine.decision import Order
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from engine.scenarios import axes
from engine.scenarios.grids import grid
from engine.scenarios.holdings import accounts_of
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import GREEKS, Grid, MarginMode, Measure, Subject, gap_sentences
from engine.state import DeskState
from engine.surface import Axis, Move, ScenarioMark, SurfaceAxes, SurfaceMeasure, SurfacePicture, SurfaceQuestion
from engine.text import text

ACROSS: Final = 41
ALONG: Final = 21
"""Nodes of a surface."""
PRICE_REACH, VOLATILITY_REACH, DAYS = 20.0, 20.0, 30.0
"""Percent, points and days that a surface spans."""
ANEW: Final = 8
"""Accounts up to which margin is computed on arrays of its own at each node; of more it rests on today's."""
KIND_OF: Final = {
    axes.AxisKind.PRICE: Move.PRICE,
    axes.AxisKind.VOLATILITY: Move.VOLATILITY,
    axes.AxisKind.TIME: Move.TIME,
}


def surface(state: DeskState, model: ScenarioModel, question: SurfaceQuestion, as_of: int) -> SurfacePicture:
    """Compute what was asked. A pure function, for any thread; tens to hundreds of milliseconds for an account.

    Args:
        state: The desk.
        model: Of the parameters of ``state``.
        question: Which surface.
        as_of: Wall nanoseconds of ``state``.
    """
    # What is made ready for what-ifs here stays here: another thread keeps what the state brings along.
    state = replace(state, prepared={})
    subject, measure = Subject(question.scope, question.name), question.measure
    anew = len(accounts_of(state, subject)) <= ANEW
    wants_margin = measure in (SurfaceMeasure.MARGIN, SurfaceMeasure.RATIO)
    mode = MarginMode.NODE if wants_margin and anew else MarginMode.TODAY

    def computed(orders: Sequence[Order] = ()) -> Grid:
        across, along = _axes(question.axes)
        wants_greeks = Measure(measure) in GREEKS
        return grid(state, model, subject, across, along, mode, wants_greeks, orders)

    before = computed()
    after = computed(question.what_if.orders) if question.what_if is not None else None
    values, missing = _values(before, measure)
    gaps = (*before.notes, *gap_sentences(missing))
    hypothetical = None
    if after is not None:
        hypothetical, missing = _values(after, measure)
        gaps = tuple(dict.fromkeys((*gaps, *after.notes, *gap_sentences(missing))))
    return SurfacePicture(
        question,
        before.sequence,
        as_of,
        before.parameters,
        before.currency,
        _axis(before.x),
        _axis(before.y),
        values,
        hypothetical,
        _mark(before),
        gaps=gaps,
        calculated_on=text("margin on today's arrays") if wants_margin and not anew else None,
    )


def _axes(chosen: SurfaceAxes) -> tuple[axes.Axis, axes.Axis]:
    across = axes.price_axis(PRICE_REACH, ACROSS)
    if chosen is SurfaceAxes.PRICE_VOLATILITY:
        return across, axes.volatility_axis(VOLATILITY_REACH, ALONG)
    return across, axes.time_axis(DAYS, ALONG)


def _values(found: Grid, measure: SurfaceMeasure) -> tuple[Integers, int]:
    """Values of one measure, and why some are missing, in bits."""
    values = found.measures[Measure(measure)]
    missing = values == NOT_COMPUTABLE
    return values, int(np.bitwise_or.reduce(found.gaps[missing])) if missing.any() else 0


def _axis(axis: axes.Axis) -> Axis:
    return Axis(KIND_OF[axis.kind], np.rint(axis.steps * _unit(axis)).astype(np.int64))


def _unit(axis: axes.Axis) -> float:
    """What one unit of an axis is in ratio scale: percent and points are hundredths."""
    return RATIO if axis.kind is axes.AxisKind.TIME else RATIO / 100


def _mark(found: Grid) -> ScenarioMark | None:
    if found.active is None:
        return None
    x, y = found.active.x * _unit(found.x), found.active.y * _unit(found.y)
    return ScenarioMark(found.active.label, round(x), round(y))
