"""The requirement of many accounts at once, or of one in a hurry: all steps in one compiled call, nothing kept.

A few accounts go through all steps at a time, so that what one step writes is still at hand when the next reads it.
Large batches are shared out over threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from engine.compiled import Held, compiled
from engine.span.arrays import Batch, SpanTable
from engine.span.finishing import finished
from engine.span.layout import Layout
from engine.span.requirement import Totals
from engine.span.summing import summed

BLOCK = 64
"""Accounts taken through all steps together: what they need in between stays in the processor's cache."""
SHARE = 20_000
"""Positions that are worth a thread of their own: a millisecond or two."""


def requirements(table: SpanTable, batch: Batch) -> Totals:
    """Totals of every account of ``batch``, as `engine.span.requirement.margin` has them.

    Args:
        table: The parameters, laid out.
        batch: Positions; rows must be `SpanTable.usable`.
    """
    accounts = len(batch.starts) - 1
    shape = (accounts, len(table.currencies))
    risk, value, requirement, excess, maintenance = (np.empty(shape, dtype=np.int64) for _ in range(5))
    totals = Totals(risk, value, requirement, excess, maintenance, np.empty(shape, dtype=np.bool_))
    layout = table.layout
    if len(batch.rows) < 2 * SHARE:
        _fill(layout, batch, 0, accounts, BLOCK, totals)
        return totals
    threads = min(os.cpu_count() or 1, len(batch.rows) // SHARE)
    # Of nothing: whatever has to be compiled is, before threads ask for it at the same moment.
    _fill(layout, batch, 0, 0, BLOCK, totals)
    # Several shares a thread, so that no thread ends long before the others.
    places = np.linspace(0, len(batch.rows), 4 * threads + 1)
    bounds = np.unique(np.searchsorted(batch.starts, places[1:-1]))
    bounds = np.concatenate(([0], bounds[(bounds > 0) & (bounds < accounts)], [accounts])).tolist()
    with ThreadPoolExecutor(threads, thread_name_prefix="margin") as pool:
        for done in [pool.submit(_fill, layout, batch, first, last, BLOCK, totals) for first, last in pairwise(bounds)]:
            done.result()
    return totals


@compiled
def _fill(layout: Held[Layout], batch: Batch, first: int, last: int, block: int, totals: Totals) -> None:
    """Compute the accounts ``first`` to ``last`` (not included), ``block`` of them at a time."""
    most = 0
    for start in range(first, last, block):
        most = max(most, batch.starts[min(last, start + block)] - batch.starts[start])
    scratch = np.empty((most, 16), dtype=np.int64)
    for start in range(first, last, block):
        stop = min(last, start + block)
        part = finished(layout, summed(layout.record.contracts, batch, start, stop, scratch), 0)
        totals.risk[start:stop] = part.risk
        totals.net_option_value[start:stop] = part.net_option_value
        totals.requirement[start:stop] = part.requirement
        totals.excess_option_value[start:stop] = part.excess_option_value
        totals.maintenance[start:stop] = part.maintenance
        totals.present[start:stop] = part.present
