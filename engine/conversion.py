"""Currency conversion by the parameter file's own rates; used for roll-ups only, never inside a margin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.compiled import compiled
from engine.numbers import NOT_COMPUTABLE, Integers, multiply_divide
from engine.span.parameters import ParameterSet


@dataclass(frozen=True, slots=True)
class Rates:
    """Conversion by the parameter file's own rates.

    Attributes:
        numerator: int64 [currencies, currencies], from row to column; 0 where there is no rate.
        denominator: int64 [currencies, currencies].
    """

    currencies: tuple[str, ...]
    numerator: Integers
    denominator: Integers

    @classmethod
    def of(cls, parameters: ParameterSet, currencies: tuple[str, ...]) -> Rates:
        """Rates between ``currencies``: as the file gives them, or their inverse."""
        known: dict[tuple[str, str], Fraction] = {}
        for conversion in parameters.conversions:
            if conversion.factor > 0:
                known[conversion.source, conversion.target] = Fraction(conversion.factor)
                known.setdefault((conversion.target, conversion.source), 1 / Fraction(conversion.factor))
        size = len(currencies)
        numerator, denominator = np.zeros((size, size), dtype=np.int64), np.ones((size, size), dtype=np.int64)
        for row, source in enumerate(currencies):
            for column, target in enumerate(currencies):
                rate = Fraction(1) if source == target else known.get((source, target), Fraction(0))
                numerator[row, column], denominator[row, column] = rate.numerator, rate.denominator
        return cls(currencies, numerator, denominator)


@compiled
def convert(amounts: Integers, home: int, numerator: Integers, denominator: Integers) -> int:
    """Sum of one account's amounts in its home currency; `NOT_COMPUTABLE` without a rate."""
    total = 0
    for column in range(len(amounts)):
        if amounts[column] == 0:
            continue
        if numerator[column, home] == 0:
            return NOT_COMPUTABLE
        part = multiply_divide(amounts[column], numerator[column, home], denominator[column, home])
        if part == NOT_COMPUTABLE:
            return NOT_COMPUTABLE
        total += part
    return total


@compiled
def converted(amounts: Integers, home: int, numerator: Integers, denominator: Integers) -> Integers:
    """Sum of each row of amounts [rows, currencies] in one currency, or `NOT_COMPUTABLE`; rates as in `Rates`."""
    result = np.zeros(len(amounts), dtype=np.int64)
    for row in range(len(amounts)):
        result[row] = convert(amounts[row], home, numerator, denominator)
    return result
