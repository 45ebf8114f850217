"""Prices of contracts after moves, and what the change is worth.

An option is worth its price now and what its model's value changes by, so that nothing moves where nothing is moved,
whatever the market thinks of the model; never less than nothing. That is the only step with floats in it: the price is
rounded once, to the price scale, and what it is worth once, to money scale a contract. All else is whole numbers.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from engine.compiled import compiled, inlined
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers, divide_rounded, multiply_divide
from engine.scenarios.axes import Floats
from engine.scenarios.european import Level, european_value, level_of
from engine.scenarios.model import HeldContracts
from engine.scenarios.shocks import Shocks
from engine.span.pricing import Options, Terms, exercise_boundary, terms_of, value_of

SHARE: Final = 50_000
"""Prices that are worth a thread of their own: some milliseconds."""
PER_PRICE: Final = 100_000_000.0
"""Price units as whole numbers."""


@dataclass(frozen=True, slots=True)
class Revaluation:
    """Contracts after moves.

    Attributes:
        held: Which contracts.
        unit: int64 [held, nodes], money scale: gain of one contract long that is settled daily; what one that is not
            is worth then. `NOT_COMPUTABLE` where ``gaps`` says why.
        now: int64 [held], money scale: what one contract is worth now where it is not settled daily; 0 elsewhere.
        gaps: int64 [held, nodes], `engine.scenarios.results.Gap` bits.
    """

    held: HeldContracts
    unit: Integers
    now: Integers
    gaps: Integers


def revalued(held: HeldContracts, shocks: Shocks, threads: int | None = None) -> Revaluation:
    """Revalue contracts at every node.

    Args:
        held: The contracts.
        shocks: The nodes.
        threads: At most so many; as many as there are processors by default.
    """
    count, nodes = len(held), len(shocks)
    unit, gaps = np.empty((count, nodes), dtype=np.int64), np.zeros((count, nodes), dtype=np.int64)
    now = np.zeros(count, dtype=np.int64)
    # Of the moved prices that have one; the others are not asked for.
    logarithms = np.log1p(shocks.price, where=shocks.price > -1.0, out=np.zeros_like(shocks.price))

    def work(first: int, last: int) -> None:
        _revalue(
            first,
            last,
            held.kind,
            held.price,
            held.underlying,
            held.volatility,
            held.options,
            held.factor,
            held.numerator,
            held.denominator,
            held.marked,
            shocks.price,
            logarithms,
            shocks.points,
            shocks.share,
            shocks.years,
            unit,
            now,
            gaps,
        )

    wanted = min(threads or os.cpu_count() or 1, count * nodes // SHARE)
    if wanted < 2:
        work(0, count)
        return Revaluation(held, unit, now, gaps)
    work(0, 0)
    bounds = np.unique(np.linspace(0, count, 4 * wanted + 1).astype(np.int64)).tolist()
    with ThreadPoolExecutor(wanted, thread_name_prefix="revaluation") as pool:
        for done in [pool.submit(work, first, last) for first, last in pairwise(bounds)]:
            done.result()
    return Revaluation(held, unit, now, gaps)


@inlined
def worth(price: int, numerator: int, denominator: int) -> int:
    """Money of a price, rounded to money scale; `NOT_COMPUTABLE` where it is too large."""
    if abs(float(price)) * float(numerator) < 4.0e18:
        return divide_rounded(price * numerator, denominator)
    return multiply_divide(price, numerator, denominator)


@inlined
def rounded_price(price: float) -> int:
    """Price units to price scale, half away from zero; `NOT_COMPUTABLE` where it is too large."""
    scaled = price * PER_PRICE
    if not abs(scaled) < float(LARGEST):
        return NOT_COMPUTABLE
    magnitude = math.floor(abs(scaled) + 0.5)
    return -magnitude if scaled < 0.0 else magnitude


@compiled
def _revalue(
    first: int,
    last: int,
    kind: Integers,
    price: Integers,
    underlying: Floats,
    volatility: Floats,
    options: Options,
    factor: Integers,
    numerator: Integers,
    denominator: Integers,
    marked: np.typing.NDArray[np.bool_],
    moves: Floats,
    logarithms: Floats,
    points: Floats,
    shares: Floats,
    years: Floats,
    unit: Integers,
    now: Integers,
    gaps: Integers,
) -> None:
    for row in range(first, last):
        if price[row] == NOT_COMPUTABLE:
            unit[row, :], now[row], gaps[row, :] = NOT_COMPUTABLE, NOT_COMPUTABLE, 1
            continue
        up, down = numerator[row], denominator[row]
        if not marked[row]:
            now[row] = worth(price[row], up, down)
        here, missing = factor[row], missing_of(kind[row], underlying[row], volatility[row])
        terms = terms_of(options, row, 0.0)
        base = 0.0
        if kind[row] == 1 and missing == 0:
            boundary = exercise_boundary(terms, volatility[row])
            base = value_of(terms, underlying[row], volatility[row], boundary)
        last_volatility, last_years, boundary, level = np.nan, np.nan, np.nan, level_of(terms, 0.0)
        start = _logarithm(underlying[row], terms.strike)
        for node in range(len(years)):
            moved, change = moves[node, here], 0
            if kind[row] == 0:
                change = rounded_price(float(price[row]) / PER_PRICE * moved) if moved != 0.0 else 0
            elif moved != 0.0 or points[node, here] != 0.0 or shares[node, here] != 0.0 or years[node] != 0.0:
                if missing:
                    unit[row, node], gaps[row, node] = NOT_COMPUTABLE, missing
                    continue
                then = max(0.0, volatility[row] * (1.0 + shares[node, here]) + points[node, here])
                if then != last_volatility or years[node] != last_years:
                    last_volatility, last_years = then, years[node]
                    terms = terms_of(options, row, years[node])
                    boundary, level = exercise_boundary(terms, then), level_of(terms, then)
                there = underlying[row] * (1.0 + moved)
                value = _value(terms, level, there, start + logarithms[node, here], then, boundary)
                change = rounded_price(value - base)
                if change != NOT_COMPUTABLE:
                    change = max(change, -max(price[row], 0))
            result = NOT_COMPUTABLE
            if change != NOT_COMPUTABLE and abs(float(price[row]) + float(change)) < float(LARGEST):
                result = worth(change if marked[row] else price[row] + change, up, down)
            unit[row, node] = result
            gaps[row, node] = 16 if result == NOT_COMPUTABLE else 0


@inlined
def _logarithm(underlying: float, strike: float) -> float:
    """Of price / strike; 0, not to be read, where there is none."""
    return math.log(underlying / strike) if underlying > 0.0 and strike > 0.0 else 0.0


@inlined
def _value(terms: Terms, level: Level, there: float, logarithm: float, volatility: float, boundary: float) -> float:
    """By the quick formula where it serves, else by the general one."""
    if level.fits and there > 0.0:
        return european_value(terms.sign, there, logarithm, level)
    return value_of(terms, there, volatility, boundary)


@inlined
def missing_of(kind: int, underlying: float, volatility: float) -> int:
    """Gap of a contract whose price after a move cannot be told; 0 where it can."""
    if kind == 2:
        return 4
    if kind == 1 and math.isnan(underlying):
        return 2
    if kind == 1 and math.isnan(volatility):
        return 8
    return 0
