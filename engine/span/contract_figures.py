"""What a walk over positions reads of each contract, side by side in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import Integers


class ContractFigures(NamedTuple):
    """Risk arrays and all else that is summed over positions, one row a contract.

    Attributes:
        scenario: int64 [contracts, 16], money scale.
        figures: int64 [contracts, 8]: combined commodity, scan group, period slot, delta, minimum of a short call and
            of a short put, premium, and 1 where it is a premium-style option. Scales as in `SpanTable`.
        largest: float64 [commodities], largest magnitude of any of these amounts.
    """

    scenario: Integers
    figures: Integers
    largest: npt.NDArray[np.float64]

    @classmethod
    def of(cls, scenario: Integers, figures: Integers, commodities: int) -> ContractFigures:
        """Find the largest magnitudes. Arguments as the attributes."""
        amounts = np.maximum(np.abs(scenario).max(axis=1, initial=0), np.abs(figures[:, 3]))
        amounts = np.maximum(amounts.astype(np.float64), np.abs(figures[:, 4:7].astype(np.float64)).sum(axis=1))
        largest = np.zeros(commodities)
        known = figures[:, 0] >= 0
        np.maximum.at(largest, figures[known, 0], amounts[known])
        return cls(scenario, figures, largest)
