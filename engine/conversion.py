"""Currency conversion by the parameter file's own rates; used for roll-ups only, never inside a margin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from engine.compiled import compiled, inlined
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers, multiply_divide
from engine.span.parameters import ParameterSet

_ONE: Final = Fraction(1)
_NONE: Final = Fraction(0)


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
        known, size = parameters.rates, len(currencies)
        numerator, denominator = np.zeros((size, size), dtype=np.int64), np.ones((size, size), dtype=np.int64)
        for row, source in enumerate(currencies):
            for column, target in enumerate(currencies):
                rate = _ONE if source == target else known.get((source, target), _NONE)
                numerator[row, column], denominator[row, column] = rate.numerator, rate.denominator
        return cls(currencies, numerator, denominator)


@compiled
def convert(amounts: Integers, home: int, numerator: Integers, denominator: Integers) -> int:
    """Sum of one account's amounts in its home currency; `NOT_COMPUTABLE` without a rate."""
    return convert_row(amounts.reshape((1, len(amounts))), 0, home, numerator, denominator)


@inlined
def convert_row(amounts: Integers, row: int, home: int, numerator: Integers, denominator: Integers) -> int:
    """The same of one row of amounts [rows, currencies]."""
    total = 0
    for column in range(amounts.shape[1]):
        part, up, down = amounts[row, column], numerator[column, home], denominator[column, home]
        if total == NOT_COMPUTABLE or part == 0:
            continue
        if up == 0:
            total = NOT_COMPUTABLE
            continue
        if up != down or abs(part) > LARGEST:
            part = multiply_divide(part, up, down)
        total = NOT_COMPUTABLE if part == NOT_COMPUTABLE else total + part
    return int(total)


@compiled
def converted(amounts: Integers, home: int, numerator: Integers, denominator: Integers) -> Integers:
    """Sum of each row of amounts [rows, currencies] in one currency, or `NOT_COMPUTABLE`; rates as in `Rates`."""
    result = np.zeros(len(amounts), dtype=np.int64)
    for row in range(len(amounts)):
        result[row] = convert_row(amounts, row, home, numerator, denominator)
    return result
