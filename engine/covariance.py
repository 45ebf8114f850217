"""How products move together, from their returns, and the contracts whose prices stand for products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.classification import Classification, Dimension
from engine.numbers import Integers
from engine.returns import Returns
from engine.span.parameters import ParameterSet

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

LEAST: Final = 20
"""Returns below which a variance says too little."""
MOST_MISSING: Final = 0.2
"""Share of its returns that a product may lack before it counts as not known."""


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
