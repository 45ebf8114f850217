"""The two cuts of a picture through one node."""

from __future__ import annotations

import numpy as np

from engine.numbers import Integers
from engine.surface import Move, SurfacePicture
from widgets.language import tr
from widgets.surface.camera import Floats
from widgets.surface.plot import Node
from widgets.surface.relief import Relief, Ruler
from widgets.surface.slices import Cut
from widgets.surface.surface_relief import bounded, span_of, unit_of
from widgets.surface.words import move_reading


def cuts_of(picture: SurfacePicture, relief: Relief, node: Node) -> tuple[Cut, Cut]:
    """Over the price move, and over the other one; each in a range of its own."""
    i, j = node
    second = picture.hypothetical
    stays = tr("at {move}").format(move=move_reading(picture.along, j))
    title = tr("Over price, {fixed}").format(fixed=stays)
    after = None if second is None else second[:, j]
    across = _cut(picture, title, (relief.across, relief.xs), (picture.values[:, j], after), (i, picture.now[0]))
    stays = tr("at {move}").format(move=move_reading(picture.across, i))
    title = tr("Over time, {fixed}") if picture.along.move is Move.TIME else tr("Over volatility, {fixed}")
    after = None if second is None else second[i]
    sides = (relief.along, relief.ys)
    return across, _cut(picture, title.format(fixed=stays), sides, (picture.values[i], after), (j, picture.now[1]))


def _cut(
    picture: SurfacePicture,
    title: str,
    axis: tuple[Ruler, Floats],
    values: tuple[Integers, Integers | None],
    nodes: tuple[int, int],
) -> Cut:
    """One of them, of values before and with the what-if, at the node read and with that of now marked."""
    measure, unit = picture.question.measure, unit_of(picture)
    before = unit.of(bounded(values[0], measure))
    after = None if values[1] is None else unit.of(bounded(values[1], measure))
    span = span_of(before, after, with_zero=measure.has_sides)
    height = span.height
    return Cut(
        title,
        axis[0],
        Ruler("", span.ticks),
        axis[1],
        height(before),
        None if after is None else height(after),
        float(height(np.zeros(1))[0]) if measure.has_sides else None,
        nodes[0],
        float(axis[1][nodes[1]]),
    )
