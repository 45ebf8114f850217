"""Speed of the margin calculation: the whole desk, and one what-if."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from engine.decision import Order, Request
from engine.hypothetical import Hypothetical
from engine.span.arrays import Batch
from engine.span.requirements import requirements
from engine.state import Calculation
from engine.what_if import decide
from tests.bench.large_books import SAMPLE, TAKAS, calculation, desk_of, random_batch
from tests.bench.measure import Figure, durations, median_seconds, percentile

ACCOUNTS, POSITIONS, LARGE = 10_000, 50, 1_000


def figures() -> list[Figure]:
    """revalue_ratio, whatif_p99_us and curve_p99_us."""
    laid_out = calculation()
    batch = random_batch(laid_out, ACCOUNTS, POSITIONS)
    return [_revalue(laid_out, batch), *_what_if()]


def sparse_seconds(laid_out: Calculation, batch: Batch, runs: int = 9) -> float:
    """The bare sparse product positions x arrays: no margin can be had for less."""
    accounts, contracts = len(batch.starts) - 1, len(laid_out.table.scenario)
    matrix = csr_array((batch.quantities, batch.rows, batch.starts), shape=(accounts, contracts))
    return median_seconds(lambda: matrix @ laid_out.table.scenario, runs)


def _revalue(laid_out: Calculation, batch: Batch) -> Figure:
    bare = sparse_seconds(laid_out, batch)
    full = median_seconds(lambda: requirements(laid_out.table, batch), 9)
    bound = f"bare product {bare * 1e3:.1f} ms, full margin {full * 1e3:.1f} ms ({ACCOUNTS} x {POSITIONS})"
    return Figure("revalue_ratio", full / bare, "x", 10, bound)


def _what_if() -> list[Figure]:
    """On the real file where it is there: the sample market has fewer than 1,000 contracts."""
    laid_out = calculation(TAKAS if TAKAS.exists() else SAMPLE)
    state, universe, _ = desk_of(laid_out, random_batch(laid_out, ACCOUNTS, POSITIONS), LARGE)
    held = int(state.book.positions.starts[1])
    rows = np.random.default_rng(2).choice(np.flatnonzero(laid_out.table.usable), 500).tolist()
    requests = [
        Request(number, "A00000", (Order(laid_out.parameters.contract(row), 3),), with_curve=False)
        for number, row in enumerate(rows)
    ]
    taken = durations(lambda number: decide(state, universe, requests[number % len(requests)]), 2_000)
    quantities = np.arange(101, dtype=np.int64)[:, np.newaxis]
    ready = state.prepare(0)
    assert ready is not None

    def curve(number: int) -> None:
        Hypothetical(state, 0, ready, [rows[number % len(rows)]], [False]).available(quantities)

    curves = durations(curve, 500)
    single = random_batch(laid_out, 1, min(LARGE, len(laid_out.parameters)), 3)
    bare = sparse_seconds(laid_out, single, 99)
    bound = f"bare product of the account {bare * 1e6:.0f} us, median "
    size = f"({held} positions, {ACCOUNTS} accounts)"
    return [
        Figure(
            "whatif_p99_us",
            percentile(taken, 99) * 1e6,
            "us",
            200,
            f"{bound}{percentile(taken, 50) * 1e6:.0f} us {size}",
        ),
        Figure(
            "curve_p99_us", percentile(curves, 99) * 1e6, "us", 2_000, f"{bound}{percentile(curves, 50) * 1e6:.0f} us"
        ),
    ]
