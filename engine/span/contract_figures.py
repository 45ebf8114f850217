"""What a walk over positions reads of each contract, side by side in memory."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import Integers


class Column(IntEnum):
    """Columns of `ContractFigures.figures` behind the 16 scenarios; scales as in `SpanTable`."""

    COMMODITY = 16
    GROUP = 17
    SLOT = 18
    DELTA = 19
    SHORT_CALL = 20
    SHORT_PUT = 21
    PREMIUM = 22
    IS_PREMIUM = 23


class ContractFigures(NamedTuple):
    """Risk arrays and all else that is summed over positions, one row a contract.

    Attributes:
        figures: int64 [contracts, 24]: 16 scenario amounts in money scale, then as `Column` says: combined commodity,
            scan group, period slot, delta, minimum of a short call and of a short put, premium, and 1 where it is a
            premium-style option.
        largest: float64 [commodities], largest magnitude of any of the amounts.
    """

    figures: Integers
    largest: npt.NDArray[np.float64]

    @classmethod
    def of(cls, figures: Integers, commodities: int) -> ContractFigures:
        """Find the largest magnitudes. Arguments as the attributes."""
        amounts = np.maximum(np.abs(figures[:, :16]).max(axis=1, initial=0), np.abs(figures[:, Column.DELTA]))
        options = np.abs(figures[:, Column.SHORT_CALL : Column.IS_PREMIUM].astype(np.float64)).sum(axis=1)
        amounts = np.maximum(amounts.astype(np.float64), options)
        largest = np.zeros(commodities)
        known = figures[:, Column.COMMODITY] >= 0
        np.maximum.at(largest, figures[known, Column.COMMODITY], amounts[known])
        return cls(figures, largest)
