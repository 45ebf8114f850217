"""What spread steps share: consuming deltas nearest month first, and writing down what was formed.

Spreads are allocated one after the other, each consuming deltas the next one no longer finds, so their kernels walk
every account in turn. With a trace they also write down each leg they form. The kernels here are compiled into those
of `engine.span.intra_spreads` and `engine.span.inter_spreads`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.compiled import compiled, inlined
from engine.numbers import NOT_COMPUTABLE, Integers, multiply_divide
from engine.span.summing import SAFE

TRACE_COLUMNS = 6


class Trace(NamedTuple):
    """What a spread step formed, one row a leg: int64 [rows, 6].

    Columns: pair (intra) or account (inter), spread, leg, spreads formed (delta scale), delta consumed (delta scale,
    with its sign), and charge of the spread so far or credit of the leg (at the step's own scale).
    """

    rows: Integers

    @classmethod
    def of(cls, capacity: int) -> Trace:
        """An empty trace; capacity 0 records nothing. Unused rows have spread -1."""
        rows = np.zeros((capacity, TRACE_COLUMNS), dtype=np.int64)
        rows[:, 1] = -1
        return cls(rows)

    def formed(self) -> Integers:
        """The rows that were written."""
        return self.rows[self.rows[:, 1] >= 0]


@inlined
def times(figure: int, numerator: int, denominator: int) -> int:
    """figure x numerator / denominator; most legs are 1 : 1, which needs no division."""
    return figure if numerator == denominator else multiply_divide(figure, numerator, denominator)


@compiled
def credit_of_leg(count: int, weight: int, credit: int, up: int, down: int) -> int:
    """round_credit(weight x count x credit x up / down), at the leg credit's scale."""
    if count < 0 or weight == NOT_COMPUTABLE or float(weight) * float(credit) * float(up) > SAFE:
        return NOT_COMPUTABLE
    return multiply_divide(weight * credit * up, count, down)


@inlined
def consume(
    slot: Integers, remaining: Integers, start: int, stop: int, first: int, last: int, side: int, wanted: int
) -> int:
    """Take up to ``wanted`` from the deltas of one sign in a run of slots, nearest month first; what was taken."""
    left = wanted
    for run in range(start, stop):
        if left > 0 and first <= slot[run] < last and remaining[run] * side > 0:
            part = min(left, abs(remaining[run]))
            remaining[run] -= part * side
            left -= part
    return wanted - left


@inlined
def write(trace: Integers, used: int, owner: int, spread: int, leg: int, count: int, delta: int, money: int) -> int:
    """Write one leg down where there is room; how many rows are used then."""
    if used < len(trace):
        trace[used, 0], trace[used, 1], trace[used, 2] = owner, spread, leg
        trace[used, 3], trace[used, 4], trace[used, 5] = count, delta, money
        return used + 1
    return used
