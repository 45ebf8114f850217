"""What the Concentration view shows: frozen results, by one measure, in the desk's currency.

Scales are as in `engine.snapshot`; a figure that cannot be computed is `NOT_COMPUTABLE`, and a reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from engine.instruments import Contract
from engine.numbers import Integers
from engine.text import Text

NO_LIMIT: int = -1
"""Stands for a limit, or the use of one, where none is set."""


class ExposureMeasure(StrEnum):
    """What exposure is measured as: net market value, gross market value, or delta-equivalent."""

    NET = "net"
    GROSS = "gross"
    DELTA = "delta"


class GridColumns(StrEnum):
    """What stands across the heat map of accounts."""

    PRODUCT = "product"
    SECTOR = "sector"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to see.

    Attributes:
        measure: What exposure is measured as.
        columns: What stands across the heat map, and is listed as names.
    """

    measure: ExposureMeasure = ExposureMeasure.NET
    columns: GridColumns = GridColumns.PRODUCT


@dataclass(frozen=True, slots=True)
class ExposureLevel:
    """One level of sector → product → contract; columns of equal length, in any order.

    Attributes:
        names: Of the sectors, products or contracts.
        parents: int64: row of each in the level above; all 0 in the topmost.
        value: int64, money scale: exposure by the measure shown, negative where short.
        long, short: int64, money scale, both in magnitude.
        share: int64, ratio scale: exposure in magnitude as a share of equity.
        use: int64, ratio scale: use of the narrowest limit on the name, of whoever comes closest to it: an account, a
            group or the firm; `NO_LIMIT` where there is none.
        reasons: Why a row is not computable, by row.
    """

    names: tuple[str, ...]
    parents: Integers
    value: Integers
    long: Integers
    short: Integers
    share: Integers
    use: Integers
    reasons: Mapping[int, Text] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class ExposureGrid:
    """Accounts x products or sectors; figures as in `ExposureLevel`, of shape (accounts, columns); 0 is no position."""

    accounts: tuple[str, ...]
    columns: tuple[str, ...]
    value: Integers
    share: Integers
    use: Integers
    reasons: Mapping[tuple[int, int], Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LargestNames:
    """The largest names of the desk, largest first, against their limits.

    Attributes:
        names: Of the products or sectors.
        value, share: As in `ExposureLevel`.
        soft, hard: int64, money scale: bounds of the exposure in magnitude, `NO_LIMIT` where there is none.
        herfindahl: Ratio scale: Herfindahl index (HHI) of all names.
        effective: Ratio scale: effective number of names.
        others: Names beyond those listed.
        reasons: Why a row is not computable, by row.
    """

    names: tuple[str, ...]
    value: Integers
    share: Integers
    soft: Integers
    hard: Integers
    herfindahl: int
    effective: int
    others: int = 0
    reasons: Mapping[int, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConcentrationPicture:
    """Where risk piles up, by one measure, in the desk's currency; ``reason`` says why nothing of it is computable."""

    sequence: int
    as_of: int
    """Wall nanoseconds."""
    currency: str
    measure: ExposureMeasure
    columns: GridColumns
    levels: tuple[ExposureLevel, ...]
    grid: ExposureGrid
    largest: LargestNames
    reason: Text | None = None
    contracts: tuple[Contract, ...] = ()
    """What the rows of the last level are, in its order."""

    @property
    def choice(self) -> Choice:
        """What was asked for."""
        return Choice(self.measure, self.columns)

    def contracts_of(self, level: GridColumns | str, name: str) -> tuple[Contract, ...]:
        """The contracts of a sector, product or contract called ``name``, the largest exposure first."""
        depth = ("sector", "product", "contract").index(str(level))
        if depth >= len(self.levels) or name not in self.levels[depth].names:
            return ()
        rows = np.array([self.levels[depth].names.index(name)])
        for below in self.levels[depth + 1 :]:
            rows = np.flatnonzero(np.isin(below.parents, rows))
        size = np.abs(self.levels[-1].value[rows])
        return tuple(self.contracts[row] for row in rows[np.argsort(-size, kind="stable")].tolist())
