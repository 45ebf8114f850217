"""Speed of planning a forced close of a large account."""

from __future__ import annotations

import time

import numpy as np

from engine.liquidation.closing import Closing
from engine.liquidation.plan import Execution
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost
from engine.numbers import RATIO
from engine.span.requirements import requirements
from tests.bench.large_books import calculation, desk_of, random_batch
from tests.bench.measure import Figure

POSITIONS, REPEATS = 500, 7
MULTIPLE = 1.3
"""Risk ratio of the account; the target is 0.9."""


def figures() -> list[Figure]:
    """plan_ms (all alternatives) and plan_first_ms, medians, beside margining the account once for each position."""
    laid_out = calculation()
    batch = random_batch(laid_out, 2, POSITIONS, seed=5)
    state, _, _ = desk_of(laid_out, batch, 0)
    state, universe, _ = desk_of(laid_out, batch, 0, round(int(state.accounts.margin[0]) / MULTIPLE))
    trading = TradingCost.of(state, daily_volume=np.full(len(state.price), 20_000))
    first, whole, orders = [], [], 0
    for _ in range(REPEATS):
        start = time.perf_counter()
        search = plans(Closing(state, universe, "A00000", trading, Execution(RATIO * 9 // 10)))
        found = [next(search)]
        first.append(time.perf_counter() - start)
        found += search
        whole.append(time.perf_counter() - start)
        orders = sum(len(plan.orders) for plan in found)
    start = time.perf_counter()
    requirements(laid_out.table, random_batch(laid_out, POSITIONS, POSITIONS, seed=7))
    bare = (time.perf_counter() - start) * 1_000
    bound = f"margin of {POSITIONS} such accounts {bare:.0f} ms; {len(found)} plans of {orders} orders in all"
    return [
        Figure("plan_first_ms", float(np.median(first[1:])) * 1_000, "ms", 50, bound),
        Figure("plan_ms", float(np.median(whole[1:])) * 1_000, "ms", 300, bound),
    ]
