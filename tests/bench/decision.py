"""Speed of a decision: margin, fifty limits and concentration for one order on a large desk."""

from __future__ import annotations

from itertools import product

import numpy as np

from engine.decision import Order, Request
from engine.desk_limits import DeskLimits
from engine.limit_file import read_limits
from engine.limits import LimitSet
from engine.numbers import MONEY
from engine.pre_trade import DeskCheck
from engine.reference import ContractReference, ProductReference, Reference
from engine.state import Calculation
from tests.bench.large_books import desk_of
from tests.bench.large_market import desk_batch, large_market
from tests.bench.measure import Figure, durations, percentile

ACCOUNTS, POSITIONS, LARGE, LIMITS = 10_000, 50, 1_000, 50
CASH = 3 * 10**8 * MONEY
"""Of each account: more, and that of the firm would leave what a figure may be."""
NOON = 43_200 * 10**9
DIVIDED = ("contract", "product", "sector", "asset class", "currency", "expiry")
WHOLE = ("margin ratio", "gross exposure", "net exposure", "delta exposure")


def figures() -> list[Figure]:
    """decision_p99_us."""
    market = large_market()
    state, universe, _ = desk_of(market, desk_batch(market, ACCOUNTS, POSITIONS), LARGE, CASH)
    desk = DeskLimits(fifty_limits(), reference_of(market), universe, market.parameters)
    check = DeskCheck(state, universe, desk.on(state, NOON))
    requests = [
        Request(number, "A00000", (Order(market.parameters.contract(row), 3),), with_curve=False)
        for number, row in enumerate(some_rows(market, 500))
    ]
    answer = check.check(requests[0], ())
    assert answer.limits is not None
    assert len(answer.limits.results) == LIMITS
    taken = durations(lambda number: check.check(requests[number % len(requests)], ()), 2_000, len(requests))
    margin = DeskCheck(state, universe)
    alone = durations(lambda number: margin.check(requests[number % len(requests)], ()), 500)
    held = int(state.book.positions.starts[1])
    bound = (
        f"margin alone {percentile(alone, 50) * 1e6:.0f} us, median {percentile(taken, 50) * 1e6:.0f} us "
        f"({LIMITS} limits, {held} positions, {ACCOUNTS} accounts)"
    )
    return [Figure("decision_p99_us", percentile(taken, 99) * 1e6, "us", 250, bound)]


def fifty_limits() -> LimitSet:
    """Limits of accounts, groups and the firm along every dimension; each of them concerns every order."""
    kinds = [(measure, "") for measure in WHOLE]
    kinds += [("share of equity", by) for by in DIVIDED]
    kinds += [("share of gross", "product"), ("HHI", "product"), ("delta exposure", "sector")]
    kinds += [("position", "contract"), ("position", "product"), ("net exposure", "currency"), ("HHI", "sector")]
    written = [
        f"[[limit]]\nid = 'L{number}'\nmeasure = '{measure}'\nof = '{level}'\n{_more(measure, by)}"
        for number, (level, (measure, by)) in enumerate(product(("account", "group", "firm"), kinds))
    ]
    return read_limits("currency = 'USD'\n" + "\n".join(written[:LIMITS]), "limits.toml")


def _more(measure: str, by: str) -> str:
    """The other keys of a limit, which no order of the benchmark reaches."""
    lines = [f"by = '{by}'"] if by else []
    if measure == "position":
        lines.append("relative_to = 'open interest'")
    if measure == "HHI":
        return "\n".join([*lines, "hard = 1", "soft = '0.999'"])
    in_money = "exposure" in measure
    hard, soft = ("4500000000000", "4400000000000") if in_money else ("90000000 %", "80000000 %")
    return "\n".join([*lines, f"hard = '{hard}'", f"soft = '{soft}'"])


def reference_of(market: Calculation) -> Reference:
    """Sectors, asset classes and open interest of everything."""
    contracts = {
        str(market.parameters.contract(row)): ContractReference(10**6, 10**5) for row in range(len(market.parameters))
    }
    products = {
        family.code: ProductReference(f"Sector {number % 8}", f"Class {number % 4}", 10**7, 10**6)
        for number, family in enumerate(market.parameters.families)
    }
    return Reference(products, contracts)


def some_rows(market: Calculation, count: int) -> list[int]:
    """Contracts to order."""
    return np.random.default_rng(2).choice(np.flatnonzero(market.table.usable), count).tolist()
