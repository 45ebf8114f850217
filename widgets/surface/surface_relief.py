"""From a `SurfacePicture` to a `Relief`: ranges, colours, rulers, marks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from engine.surface import Axis, SurfaceMeasure, SurfacePicture
from widgets.language import sentence, tr
from widgets.surface.camera import Floats
from widgets.surface.ramp import Ramp
from widgets.surface.relief import ColourScale, Mark, MarkKind, Relief, Ruler, Tick, nice_ticks, ticks_within
from widgets.surface.words import (
    Unit,
    in_unit,
    measure_words,
    move_title,
    number_words,
    per_words,
    tick_words,
    value_words,
)
from widgets.theme import Theme

TICKS = 7
"""Labels an axis of the floor has at the most, about."""
LEVELS = 6
CEILING = 3 * RATIO
"""Risk ratio up to which heights are drawn true: it goes to infinity where equity goes to nothing."""


def relief_of(picture: SurfacePicture, theme: Theme) -> Relief:
    """What to draw of a picture of which something is known."""
    measure = picture.question.measure
    unit = unit_of(picture)
    values = unit.of(bounded(picture.values, measure))
    second = None if picture.hypothetical is None else unit.of(bounded(picture.hypothetical, measure))
    span = span_of(values, second, with_zero=measure.has_sides)
    low, high = span.low, span.high
    ramp = Ramp.two_sided(theme, max(abs(low), abs(high))) if measure.has_sides else Ramp.rising(theme, low, high)
    title = f"{measure_words(measure)}, {unit.words}"
    xs, ys = _places(picture.across), _places(picture.along)
    relief = Relief(
        _ruler(picture.across, xs),
        _ruler(picture.along, ys),
        Ruler(title, span.ticks),
        xs,
        ys,
        span.height(values),
        ramp.colours(values),
        ColourScale(title + _per(picture), ramp.legend(low, high), span.ticks),
        None if second is None else span.height(second),
        float(span.height(np.zeros(1))[0]) if measure.has_sides else None,
    )
    return _with_marks(relief, picture)


def unit_of(picture: SurfacePicture) -> Unit:
    """The unit that labels of a picture are in."""
    if not picture.question.measure.is_money:
        return Unit.of_ratio()
    both = [picture.values] if picture.hypothetical is None else [picture.values, picture.hypothetical]
    known = [np.abs(values[values != NOT_COMPUTABLE]).max(initial=0) for values in both]
    return Unit.of_money(float(max(known)), picture.currency)


def bounded(values: Integers, measure: SurfaceMeasure) -> Integers:
    """Ratios no higher than the ceiling."""
    return values if measure.is_money else np.minimum(values, CEILING)


@dataclass(frozen=True, slots=True)
class Span:
    """The values an upright axis runs from and to, and its ticks at round ones."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def height(self, values: Floats) -> Floats:
        """Where values stand, 0 to 1."""
        return (values - self.low) / (self.high - self.low)


def span_of(values: Floats, second: Floats | None, *, with_zero: bool) -> Span:
    """An axis for values of which some are known."""
    both = values if second is None else np.stack((values, second))
    known = both[~np.isnan(both)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    # Zero is within reach: a figure that is never below it looks larger than it is without.
    if with_zero or low > 0 > low - 2 * (high - low):
        low, high = min(low, 0.0), max(high, 0.0)
    rounds, step = nice_ticks(low, high, LEVELS)
    low, high, words = rounds[0], rounds[-1], number_words(step)
    ticks = (Tick((value - low) / (high - low), words(value), abs(value) < step / 1e6) for value in rounds)
    return Span(low, high, tuple(ticks))


def _places(axis: Axis) -> Floats:
    """-1 to 1, true to the distances between nodes."""
    values = axis.values.astype(np.float64)
    width = values[-1] - values[0]
    placed: Floats = 2 * (values - values[0]) / width - 1 if width else np.zeros(len(values))
    return placed


def _ruler(axis: Axis, places: Floats) -> Ruler:
    return Ruler(move_title(axis.move), ticks_within(places, in_unit(axis).tolist(), tick_words, TICKS))


def _per(picture: SurfacePicture) -> str:
    per = per_words(picture.question.measure)
    return f" {per}" if per else ""


def _with_marks(relief: Relief, picture: SurfacePicture) -> Relief:
    marks: list[Mark] = []
    now = picture.now
    if not np.isnan(relief.heights[now]):
        value = value_words(int(picture.values[now]), picture.question.measure, picture.currency)
        across, along = float(relief.xs[now[0]]), float(relief.ys[now[1]])
        words = tr("now {value}").format(value=value)
        marks.append(Mark(MarkKind.NOW, across, along, float(relief.heights[now]), words))
    scenario = picture.scenario
    if scenario is not None:
        across, along = _place(picture.across, scenario.across), _place(picture.along, scenario.along)
        inside = max(abs(across), abs(along)) <= 1.0
        up = relief.height_at(across, along) if inside else np.nan
        if not np.isnan(up):
            marks.append(Mark(MarkKind.SCENARIO, across, along, up, sentence(scenario.words)))
    return replace(relief, marks=tuple(marks))


def _place(axis: Axis, value: int) -> float:
    """Where a value is on an axis, beyond -1 and 1 where it is outside."""
    first, last = int(axis.values[0]), int(axis.values[-1])
    return 2 * (value - first) / (last - first) - 1 if last > first else 0.0
