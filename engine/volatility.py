"""Volatility of what owners hold, from their delta-equivalent exposures and how products move together.

Statistics: floats inside, rounded to the scales of money and ratios at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import cache

import numpy as np
import numpy.typing as npt

from engine.classification import Dimension
from engine.compiled import compiled
from engine.concentration import Measures
from engine.covariance import Covariance
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers
from engine.text import Text, text

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


class Unknown(IntFlag):
    """Why a volatility is not computable."""

    NO_RETURNS = 1
    NO_DELTA = 2


@cache
def unknown_sentences(unknown: int) -> tuple[Text, ...]:
    """One sentence for each bit."""
    meaning = {
        Unknown.NO_RETURNS: text("not computable: too few returns of a product"),
        Unknown.NO_DELTA: text("not computable: the delta exposure of a product"),
    }
    return tuple(sentence for bit, sentence in meaning.items() if unknown & bit)


@dataclass(frozen=True, slots=True)
class Volatility:
    """Standard deviation of one day's gain or loss of each owner, and what each product adds to it.

    Attributes:
        total: int64 [owners], money scale.
        marginal: int64 [cells of the measures], ratio scale: change of the total for one more unit of exposure.
        contribution: int64 [cells], money scale: exposure x marginal; those of an owner add up to its total.
        share: int64 [cells], ratio scale: contribution over total, below 0 where the product hedges the rest.
        diversification: int64 [owners], ratio scale: volatilities of the products one by one, added up, over the
            total; 1 where nothing offsets anything.
        unknown: int64 [owners], `Unknown` bits.
    """

    total: Integers
    marginal: Integers
    contribution: Integers
    share: Integers
    diversification: Integers
    unknown: Integers

    @classmethod
    def of(cls, measures: Measures, covariance: Covariance) -> Volatility:
        """Of every owner of ``measures``, which are along `Dimension.PRODUCT`."""
        if measures.dimension is not Dimension.PRODUCT:
            raise ValueError(f"returns are of products, not along {measures.dimension}")
        return cls(*_volatility(measures.starts, measures.codes, measures.delta, covariance.matrix, covariance.known))


@compiled
def _scaled(figure: float) -> int:
    return NOT_COMPUTABLE if abs(figure) > 4.0e18 else int(np.floor(figure + 0.5))


@compiled
def _volatility(
    starts: Integers, codes: Integers, delta: Integers, matrix: Floats, known: Booleans
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    owners, cells = len(starts) - 1, len(codes)
    total, ratio = np.full(owners, NOT_COMPUTABLE), np.full(owners, NOT_COMPUTABLE)
    marginal, contribution = np.full(cells, NOT_COMPUTABLE), np.full(cells, NOT_COMPUTABLE)
    share, unknown = np.full(cells, NOT_COMPUTABLE), np.zeros(owners, dtype=np.int64)
    moved = np.empty(matrix.shape[0])
    for owner in range(owners):
        first, stop = starts[owner], starts[owner + 1]
        for cell in range(first, stop):
            if delta[cell] == NOT_COMPUTABLE:
                unknown[owner] |= 2
            elif delta[cell] != 0 and not known[codes[cell]]:
                unknown[owner] |= 1
        if unknown[owner] != 0:
            continue
        variance, alone = 0.0, 0.0
        for cell in range(first, stop):
            row, moves = codes[cell], 0.0
            for other in range(first, stop):
                moves += matrix[row, codes[other]] * float(delta[other])
            moved[cell - first] = moves
            variance += moves * float(delta[cell])
            alone += abs(float(delta[cell])) * np.sqrt(matrix[row, row])
        deviation = np.sqrt(max(variance, 0.0))
        total[owner] = _scaled(deviation)
        if deviation <= 0.0:
            # Nothing moves: nothing adds to it, and there is nothing to diversify.
            for cell in range(first, stop):
                marginal[cell] = contribution[cell] = 0
            continue
        ratio[owner] = _scaled(alone / deviation * RATIO)
        for cell in range(first, stop):
            each = moved[cell - first] / deviation
            marginal[cell] = _scaled(each * RATIO)
            contribution[cell] = _scaled(each * float(delta[cell]))
            share[cell] = _scaled(each * float(delta[cell]) / deviation * RATIO)
    return total, marginal, contribution, share, ratio, unknown
