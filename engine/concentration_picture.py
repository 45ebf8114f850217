"""What the Concentration view shows: frozen results, by one measure, in the desk's currency.

Scales are as in `engine.snapshot`; a figure that cannot be computed is `NOT_COMPUTABLE`, and a reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from engine.instruments import Contract
from engine.numbers import Integers
from engine.text import Text

NO_LIMIT: int = -1
"""Stands for a limit, or the use of one, where none is set."""

OwnerPath = tuple[str, ...]
"""Names of owners from below the firm down; the firm itself is the empty path."""


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
        owner: Whose concentration.
        with_owners: Whether every owner's figures are wanted beside those of this one.
        after: Whether the orders of the ticket are to be in the positions.
        related: Whether owners are accounts under one control, where the firm has desks as well.
    """

    measure: ExposureMeasure = ExposureMeasure.NET
    columns: GridColumns = GridColumns.PRODUCT
    owner: OwnerPath = ()
    with_owners: bool = False
    after: bool = False
    related: bool = False


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
class NameFigures:
    """What else is known of the names of `LargestNames`, in their order; int64.

    Attributes:
        long, short: Money scale, both in magnitude.
        share_of_interest: Ratio scale: net contracts over open interest.
        days: Ratio scale: days to liquidate.
        cost: Money scale: cost to liquidate.
        contribution: Ratio scale: share of the owner's volatility, below 0 where the name hedges the rest.
    """

    long: Integers
    short: Integers
    share_of_interest: Integers
    days: Integers
    cost: Integers
    contribution: Integers


@dataclass(frozen=True, slots=True)
class LargestNames:
    """The largest names of an owner, largest first, against its limits.

    Attributes:
        names: Of the products or sectors.
        value, share: As in `ExposureLevel`.
        soft, hard: int64, money scale: bounds of the exposure in magnitude, `NO_LIMIT` where there is none.
        herfindahl: Ratio scale: Herfindahl index (HHI) of all names.
        effective: Ratio scale: effective number of names.
        others: Names beyond those listed.
        reasons: Why a row is not computable, by row.
        figures: What else is known of them.
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
    figures: NameFigures | None = None


@dataclass(frozen=True, slots=True)
class OwnerTable:
    """Owners, each followed by those below it; columns of equal length, int64 where not said otherwise.

    Attributes:
        names: The firm, desks, strategies, groups, accounts.
        parents: Row of the one above, -1 at the top.
        levels: What each owner is; English, in the catalogue where Palisade chose the word.
        accounts: How many accounts each has.
        equity, long, short, gross, net, delta: Money scale; long and short in magnitude.
        herfindahl, effective: Ratio scale: HHI and effective number of products, by gross exposure.
        largest: Name of the product with the largest gross exposure; empty where nothing is held.
        largest_share: Ratio scale: its share of equity.
        days: Ratio scale: days to liquidate the slowest product.
        cost: Money scale: cost to liquidate everything.
        volatility: Money scale: standard deviation of one day's gain or loss.
        diversification: Ratio scale.
        reasons: What is not computable of a row and why, by row.
    """

    names: tuple[str, ...]
    parents: Integers
    levels: tuple[str, ...]
    accounts: Integers
    equity: Integers
    long: Integers
    short: Integers
    gross: Integers
    net: Integers
    delta: Integers
    herfindahl: Integers
    effective: Integers
    largest: tuple[str, ...]
    largest_share: Integers
    days: Integers
    cost: Integers
    volatility: Integers
    diversification: Integers
    reasons: Mapping[int, tuple[Text, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def path(self, row: int) -> OwnerPath:
        """Names from below the top down to a row."""
        names: list[str] = []
        while self.parents[row] >= 0:
            names.insert(0, self.names[row])
            row = int(self.parents[row])
        return tuple(names)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A soft and a hard bound, ratio scale; `NO_LIMIT` where there is none."""

    soft: int = NO_LIMIT
    hard: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class TimeLine:
    """How the firm's concentration came to be what it is.

    Attributes:
        times: int64 [moments], wall nanoseconds, ascending.
        names: The largest names now, largest first.
        shares: int64 [moments, names], ratio scale: gross exposure over all gross; `NOT_COMPUTABLE` where unknown.
        herfindahl: int64 [moments], ratio scale.
        share_bounds: Of the shares.
        herfindahl_bounds: Of the index.
    """

    times: Integers
    names: tuple[str, ...]
    shares: Integers
    herfindahl: Integers
    share_bounds: Bounds = Bounds()
    herfindahl_bounds: Bounds = Bounds()


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
    choice: Choice = Choice()
    """What was asked for."""
    owners: OwnerTable | None = None
    """All owners where they were asked for, else the one whose picture it is."""
    history: TimeLine | None = None
    after: ConcentrationPicture | None = None
    """The same with the ticket's orders in the positions, where that was asked for and there are any."""

    def with_after(self, after: ConcentrationPicture) -> ConcentrationPicture:
        """The same with what it would be once orders are filled."""
        return replace(self, after=after)

    def names_of(self, product: str, contract: Contract | None) -> tuple[str, str, str]:
        """Sector, product and contract as the levels call them; empty where nothing of the kind is held.

        Args:
            product: Code of a product; that of its underlying goes before where a contract is given.
            contract: One of its contracts; None for the product as a whole.
        """
        if len(self.levels) < 3:
            return "", "", ""
        sectors, products, contracts = self.levels
        title = ""
        if contract is not None and contract in self.contracts:
            row = self.contracts.index(contract)
            title, product = contracts.names[row], products.names[int(contracts.parents[row])]
        if product not in products.names:
            return "", "", ""
        return sectors.names[int(products.parents[products.names.index(product)])], product, title

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
