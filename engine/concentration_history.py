"""Concentration over time: a bounded memory of the firm's largest names and how even they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.concentration_picture import TimeLine
from engine.exposures import Exposures
from engine.limit_use import LimitUse
from engine.limits import Measure
from engine.numbers import NOT_COMPUTABLE

STEP: Final = 5 * 10**9
"""Nanoseconds between two moments that are remembered."""
KEPT: Final = 1_440
"""Moments kept: two hours."""
SHOWN: Final = 6
"""Names that have a line."""
ALONG: Final = (Dimension.PRODUCT, Dimension.SECTOR)


@dataclass(frozen=True, slots=True)
class _Moment:
    wall: int
    shares: Mapping[str, int]
    herfindahl: int


class ConcentrationHistory:
    """What the firm's concentration was, by product and by sector. Kept by one thread."""

    def __init__(self) -> None:
        self._moments: dict[Dimension, deque[_Moment]] = {each: deque(maxlen=KEPT) for each in ALONG}
        self._due = 0

    def is_due(self, now: int) -> bool:
        """Whether it is time to remember another moment; ``now`` in monotonic nanoseconds."""
        return now >= self._due

    def observe(self, now: int, wall: int, exposures: Exposures, firm: Owners) -> None:
        """Remember the moment.

        Args:
            now: Monotonic nanoseconds.
            wall: Wall nanoseconds.
            exposures: Of all accounts.
            firm: All accounts as one owner.
        """
        self._due = now + STEP
        if not len(firm):
            return
        for dimension, moments in self._moments.items():
            measures = Measures.of(exposures, firm, dimension)
            names = exposures.classification.names(dimension)
            shares = zip(measures.codes.tolist(), measures.share_of_gross.tolist(), strict=True)
            moments.append(_Moment(wall, {names[code]: share for code, share in shares}, int(measures.hhi[0])))

    def line(self, dimension: Dimension, limits: LimitUse | None) -> TimeLine:
        """All that is remembered, with the bounds that hold now."""
        moments = self._moments[dimension]
        last = moments[-1].shares if moments else {}
        # What is not computable may be the largest.
        order = sorted(last, key=lambda name: (last[name] != NOT_COMPUTABLE, -last[name]))[:SHOWN]
        shares = [[each.shares.get(name, 0) for name in order] for each in moments]
        figures = np.array(shares, dtype=np.int64).reshape(len(moments), len(order))
        times = np.array([each.wall for each in moments], dtype=np.int64)
        index = np.array([each.herfindahl for each in moments], dtype=np.int64)
        if limits is None:
            return TimeLine(times, tuple(order), figures, index)
        bounds = (limits.of_firm(measure, dimension) for measure in (Measure.SHARE_OF_GROSS, Measure.HHI))
        return TimeLine(times, tuple(order), figures, index, *bounds)
