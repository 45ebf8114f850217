"""Returns of products: given as data, or collected from the prices of a running desk. Statistics, and so floats."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.classification import Classification, Dimension
from engine.numbers import Integers
from engine.span.parameters import ParameterSet

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

LEAST: Final = 20
"""Returns below which a variance says too little."""
MOST_MISSING: Final = 0.2
"""Share of its returns that a product may lack before it counts as not known."""
DAY: Final = 86_400 * 10**9
"""Nanoseconds: prices that are collected move around the clock."""
STEP: Final = 10 * 10**9
"""Nanoseconds between two prices of a product that are collected."""
KEPT: Final = 2_160
"""Returns kept of each product: six hours of them."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns of products over periods of one length.

    Attributes:
        products: Names, as `Classification` has them.
        values: float64 [periods, products], the oldest first; NaN where one is missing.
        days: Length of a period.
    """

    products: tuple[str, ...]
    values: Floats
    days: float

    @classmethod
    def none(cls) -> Returns:
        """Where nothing is known."""
        return cls((), np.zeros((0, 0)), 1.0)


@dataclass(frozen=True, slots=True)
class Covariance:
    """How products move together over one day.

    Attributes:
        matrix: float64 [products, products], by code along `Dimension.PRODUCT`; 0 where either is not known.
        known: bool [products], of which products there are returns enough.
        periods: How many periods it rests on.
        days: Length of a period.
    """

    matrix: Floats
    known: Booleans
    periods: int
    days: float

    @classmethod
    def of(cls, returns: Returns, classification: Classification) -> Covariance:
        """From ``returns``, around their mean, scaled by time to one day.

        Products that lack too many of their returns are not known. Periods in which any of the rest lacks one are left
        out, so that the matrix stays a covariance: no portfolio has a variance below 0.
        """
        count = classification.count(Dimension.PRODUCT)
        codes = np.array([classification.code(Dimension.PRODUCT, name) for name in returns.products], dtype=np.int64)
        there = np.isfinite(returns.values)
        enough = (there.sum(axis=0) >= LEAST) & (there.mean(axis=0) >= 1 - MOST_MISSING) if len(there) else codes < 0
        columns = np.flatnonzero(enough & (codes >= 0))
        whole = there[:, columns].all(axis=1) if len(there) else np.zeros(0, dtype=np.bool_)
        matrix, known = np.zeros((count, count)), np.zeros(count, dtype=np.bool_)
        if len(columns) and whole.sum() >= LEAST:
            places = codes[columns]
            moves = np.atleast_2d(np.cov(returns.values[whole][:, columns], rowvar=False))
            matrix[np.ix_(places, places)] = moves / returns.days
            known[places] = True
        return cls(matrix, known, int(whole.sum()), returns.days)


class ReturnHistory:
    """Returns of every product collected from prices, one each `STEP`. Kept by one thread."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._returns: deque[dict[str, float]] = deque(maxlen=KEPT)
        self._due = 0

    def observe(self, now: int, prices: Mapping[str, float]) -> bool:
        """Take prices in where it is time; whether it was.

        Args:
            now: Monotonic nanoseconds.
            prices: Of products whose price is fresh and above 0.
        """
        if now < self._due:
            return False
        # After a pause the move since the last price is not one of a step.
        if self._last and now - self._due < STEP:
            last = self._last
            self._returns.append({name: price / last[name] - 1 for name, price in prices.items() if name in last})
        self._last, self._due = dict(prices), now + STEP
        return True

    def returns(self) -> Returns:
        """All that is kept."""
        names = tuple(dict.fromkeys(name for each in self._returns for name in each))
        values = np.array([[each.get(name, np.nan) for name in names] for each in self._returns], dtype=np.float64)
        return Returns(names, values.reshape(len(self._returns), len(names)), STEP / DAY)


def leading_contracts(classification: Classification, parameters: ParameterSet) -> Integers:
    """int64 [products], column of the contract whose price stands for each product, -1 where there is none.

    It is the first that has not expired of those that are no options.
    """
    contracts = parameters.contracts
    found = np.full(classification.count(Dimension.PRODUCT), -1, dtype=np.int64)
    today, settlement = int(parameters.origin.business_date), contracts.settlement
    order = np.lexsort((np.arange(len(contracts)), np.where(settlement < max(today, 1), 2**40, settlement)))
    codes = classification.codes(Dimension.PRODUCT)
    for column in order[contracts.right[order] == 0].tolist():
        if found[codes[column]] < 0:
            found[codes[column]] = column
    return found


def prices_of(names: Sequence[str], columns: Integers, price: Integers, fresh: Booleans) -> dict[str, float]:
    """Prices of products by name, for `ReturnHistory`; of those that are fresh and above 0.

    Args:
        names: Of the products.
        columns: int64 [products], as of `leading_contracts`.
        price: int64 [columns], any one scale.
        fresh: bool [columns].
    """
    usable = columns >= 0
    usable[usable] &= fresh[columns[usable]] & (price[columns[usable]] > 0)
    return {names[place]: float(price[columns[place]]) for place in np.flatnonzero(usable).tolist()}
