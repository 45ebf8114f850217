"""Speed of looking for what frees margin: an account of 1,000 positions, whole and by the step."""

from __future__ import annotations

import time

from engine.freeing import Worth, free, search
from tests.bench.large_books import SAMPLE, TAKAS, calculation, random_batch
from tests.bench.measure import Figure, median_seconds

POSITIONS = 1_000


def figures() -> list[Figure]:
    """freeing_ms and freeing_step_ms, on the real file where it is there: the sample market has fewer contracts."""
    real = TAKAS.exists()
    laid_out = calculation(TAKAS if real else SAMPLE)
    table = laid_out.table
    held = min(POSITIONS, int(table.usable.sum()))
    batch = random_batch(laid_out, 1, held, 3)
    worth = Worth.at_settlement(laid_out.parameters, table, "TRY" if real else "USD")
    whole = median_seconds(lambda: free("A", table, batch, worth), 9)
    steps = []
    running, left = search("A", table, batch, worth), True
    while left:
        start = time.perf_counter()
        left = next(running, False) is None
        steps.append(time.perf_counter() - start)
    return [
        Figure("freeing_ms", whole * 1e3, "ms", 50, f"{held} positions, {2 * held} trades of one contract and more"),
        Figure("freeing_step_ms", max(steps) * 1e3, "ms", 15, f"longest of {len(steps)} steps; the desk waits for one"),
    ]
