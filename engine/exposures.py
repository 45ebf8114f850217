"""What a desk's positions are worth and how they move with their underlying, in one currency.

The worth of one contract is rounded to money scale once; all that is held of it is a whole number of times that.
So sides, accounts, groups and any division of a desk add up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from engine.numbers import Integers


class Gap(IntFlag):
    """Why a figure of an exposure is not computable."""

    NO_PARAMETERS = 1
    NO_PRICE = 2
    NO_DELTA = 4
    NO_CONVERSION = 8
    TOO_LARGE = 16
    NO_EQUITY = 32
    USED_UP = 64


@dataclass(frozen=True, slots=True)
class UnitExposures:
    """What one contract long is worth, by column, in one currency.

    Attributes:
        currency: Of all figures.
        value: int64 [columns], money scale: price x multiplier; `NOT_COMPUTABLE` where a gap says why.
        delta: int64 [columns], money scale: composite delta x price of the underlying x multiplier, the underlying of
            what is no option being itself.
        gaps: int64 [columns], `Gap` bits of either.
    """

    currency: str
    value: Integers
    delta: Integers
    gaps: Integers


@dataclass(frozen=True, slots=True)
class Exposures:
    """The positions of a desk valued, row by row as `Positions` has them (CSR).

    Attributes:
        units: What one contract is worth.
        starts: int64 [accounts + 1]; positions of account a are starts[a] to starts[a + 1].
        columns: int64 [positions], column in the universe.
        long: int64 [positions], money scale: value of the long side, below 0 only where the price is.
        short: int64 [positions], money scale: likewise of the short side, counted as if it were long.
        delta: int64 [positions], money scale: delta-equivalent of long less short.
        gaps: int64 [positions], `Gap` bits; 0 for a flat position.
        equity: int64 [accounts], money scale.
    """

    units: UnitExposures
    starts: Integers
    columns: Integers
    long: Integers
    short: Integers
    delta: Integers
    gaps: Integers
    equity: Integers
