"""Greeks in money at nodes: what a small move of one thing gains while all else stays.

Taken from the same model as prices: delta by its formula, the others as differences over a small move of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from engine.compiled import compiled, inlined
from engine.conversion import Rates, convert
from engine.numbers import LARGEST, MONEY, NOT_COMPUTABLE, PRICE, Integers
from engine.scenarios.axes import Floats
from engine.scenarios.holdings import Holdings
from engine.scenarios.results import Measure
from engine.scenarios.revaluation import missing_of
from engine.scenarios.shocks import DAYS_A_YEAR, Shocks
from engine.span.pricing import Options, delta_of, exercise_boundary, terms_of, value_of

ORDER: Final = (Measure.DELTA, Measure.GAMMA, Measure.VEGA, Measure.THETA)
PERCENT: Final = 0.01
POINT: Final = 0.01
ONE_DAY: Final = 1.0 / DAYS_A_YEAR
STEP: Final = 0.0025
"""Share of the price that delta is looked at on either side, for gamma."""


def greeks_of(
    holdings: Holdings, shocks: Shocks, home: int, rates: Rates
) -> tuple[Mapping[Measure, Integers], Integers]:
    """Greeks of all positions together at each node, int64 [nodes] each, money scale; and `Gap` bits, int64 [nodes].

    Args:
        holdings: The accounts.
        shocks: The nodes.
        home: The currency wanted, index in those of ``rates``.
        rates: Conversions, the desk's currencies first.
    """
    held = holdings.held
    total = np.bincount(holdings.places, weights=holdings.quantities, minlength=len(held)).astype(np.int64)
    figures, gaps = _greeks(
        total,
        held.kind,
        held.price,
        held.underlying,
        held.volatility,
        held.options,
        held.factor,
        held.numerator / held.denominator * (PRICE / MONEY),
        held.currency,
        shocks.price,
        shocks.points,
        shocks.share,
        shocks.years,
        len(rates.currencies),
        home,
        rates.numerator,
        rates.denominator,
    )
    return dict(zip(ORDER, figures, strict=True)), gaps


@compiled
def _greeks(
    quantity: Integers,
    kind: Integers,
    price: Integers,
    underlying: Floats,
    volatility: Floats,
    options: Options,
    factor: Integers,
    multiplier: Floats,
    currency: Integers,
    moves: Floats,
    points: Floats,
    shares: Floats,
    years: Floats,
    currencies: int,
    home: int,
    numerator: Integers,
    denominator: Integers,
) -> tuple[Integers, Integers]:
    nodes = len(years)
    sums, gaps = np.zeros((4, nodes, currencies), dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    sizes, one = np.zeros(nodes), np.empty(4)
    for row in range(len(kind)):
        if quantity[row] == 0:
            continue
        missing = 1 if price[row] == NOT_COMPUTABLE else missing_of(kind[row], underlying[row], volatility[row])
        if missing:
            gaps |= missing
            continue
        here = factor[row]
        for node in range(nodes):
            moved = 1.0 + moves[node, here]
            one[:] = 0.0
            if kind[row] == 0:
                one[0] = abs(float(price[row]) / PRICE * moved) * PERCENT
            else:
                then = max(0.0, volatility[row] * (1.0 + shares[node, here]) + points[node, here])
                _of_option(options, row, underlying[row] * moved, then, years[node], one)
            for greek in range(4):
                amount = one[greek] * multiplier[row] * MONEY
                sizes[node] += abs(amount) * abs(float(quantity[row]))
                if not abs(amount) < float(LARGEST):
                    gaps[node] |= 16
                    continue
                sums[greek, node, currency[row]] += quantity[row] * _whole(amount)
    return _at_home(sums, sizes, gaps, home, numerator, denominator), gaps


@compiled
def _at_home(
    sums: Integers, sizes: Floats, gaps: Integers, home: int, numerator: Integers, denominator: Integers
) -> Integers:
    """Sums of [greeks, nodes, currencies] in one currency; where one is missing, ``gaps`` gets the reason."""
    result = np.full((4, len(gaps)), NOT_COMPUTABLE, dtype=np.int64)
    for node in range(len(gaps)):
        if not sizes[node] < 4.0e18:
            gaps[node] |= 16
        for greek in range(4):
            if gaps[node] == 0:
                result[greek, node] = convert(sums[greek, node], home, numerator, denominator)
        if gaps[node] == 0 and result[0, node] == NOT_COMPUTABLE:
            gaps[node] |= 64
    return result


@inlined
def _whole(amount: float) -> int:
    """To a whole number, half away from zero."""
    rounded = math.floor(abs(amount) + 0.5)
    return -rounded if amount < 0.0 else rounded


@compiled
def _of_option(options: Options, row: int, there: float, volatility: float, passed: float, one: Floats) -> None:
    """Delta, gamma, vega and theta of one option, price units."""
    terms = terms_of(options, row, passed)
    boundary, size = exercise_boundary(terms, volatility), abs(there)
    one[0] = delta_of(terms, there, volatility, boundary) * size * PERCENT
    above = delta_of(terms, there + STEP * size, volatility, boundary)
    below = delta_of(terms, there - STEP * size, volatility, boundary)
    one[1] = (above - below) / (2.0 * STEP) * size * PERCENT * PERCENT
    high, low = volatility + POINT / 2.0, max(0.0, volatility - POINT / 2.0)
    up = value_of(terms, there, high, exercise_boundary(terms, high))
    down = value_of(terms, there, low, exercise_boundary(terms, low))
    one[2] = (up - down) / (high - low) * POINT
    later = terms_of(options, row, passed + ONE_DAY)
    tomorrow = value_of(later, there, volatility, exercise_boundary(later, volatility))
    one[3] = tomorrow - value_of(terms, there, volatility, boundary)
