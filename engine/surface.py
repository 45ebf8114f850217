"""A risk surface as the screens show it: one measure over two moves of the market, for an account, a group or the firm.

Values are integers: money scale where they are money, ratio scale where they are ratios. Axes are in ratio scale: 0.05
is five percent of a price or five points of volatility, 3.0 are three days. A node that cannot be computed is
`NOT_COMPUTABLE` and is left out of the picture, never drawn as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from engine.decision import Request
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.results import Scope
from engine.text import Text


class SurfaceAxes(StrEnum):
    """Which two moves span a surface."""

    PRICE_VOLATILITY = "price_volatility"
    PRICE_TIME = "price_time"


class SurfaceMeasure(StrEnum):
    """What stands up from a surface. The Greeks are in money: per percent, volatility point and day."""

    PROFIT = "profit"
    MARGIN = "margin"
    RATIO = "ratio"
    DELTA = "delta"
    GAMMA = "gamma"
    VEGA = "vega"
    THETA = "theta"

    @property
    def is_money(self) -> bool:
        """Whether values are in money scale; otherwise they are in ratio scale."""
        return self is not SurfaceMeasure.RATIO

    @property
    def has_sides(self) -> bool:
        """Whether both signs have a meaning, so that zero is the middle of the colours."""
        return self not in (SurfaceMeasure.MARGIN, SurfaceMeasure.RATIO)


class Move(StrEnum):
    """What an axis moves, and in which unit."""

    PRICE = "price"
    """Prices of all underlyings, as a share of each."""
    VOLATILITY = "volatility"
    """Volatilities of all options, in points: 0.05 makes 20 % of a volatility of 15 %."""
    TIME = "time"
    """Days that pass."""


@dataclass(frozen=True, slots=True)
class SurfaceQuestion:
    """Which surface is wanted.

    Attributes:
        scope: Whose.
        name: Of the account or group; empty for the firm.
        axes: The two moves.
        measure: What stands up.
        what_if: Orders on one account, whose surface is wanted as a second one; None for none.
    """

    scope: Scope
    name: str
    axes: SurfaceAxes = SurfaceAxes.PRICE_VOLATILITY
    measure: SurfaceMeasure = SurfaceMeasure.PROFIT
    what_if: Request | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """One move: int64 [nodes], ratio scale, ascending."""

    move: Move
    values: Integers

    def __len__(self) -> int:
        return len(self.values)

    def nearest(self, value: int) -> int:
        """The node next to ``value``."""
        return int(np.argmin(np.abs(self.values - value)))


@dataclass(frozen=True, slots=True)
class ScenarioMark:
    """Where the active SPAN scenario stands: that of the commodity with the largest scan risk.

    Attributes:
        words: What it is: of which commodity, and which scenario.
        across: Its price move, ratio scale.
        along: Its volatility move, ratio scale; 0 where the surface's other axis is time.
    """

    words: Text
    across: int
    along: int


@dataclass(frozen=True, slots=True)
class SurfacePicture:
    """The answer to a `SurfaceQuestion`.

    Attributes:
        question: What was asked.
        sequence: Of the state it was computed on.
        as_of: Wall nanoseconds of that state.
        parameters: Version of the parameters in force then.
        currency: Of values that are money.
        across: The price move.
        along: The other move.
        values: int64 [across, along].
        hypothetical: The same with the what-if's orders in it; None where there is none.
        scenario: The active SPAN scenario, None where there is none.
        reason: Why nothing is computable; None where something is.
        gaps: Why some nodes are not, or what the figures leave out.
        elapsed: Nanoseconds the computation took.
        calculated_on: In words, whose arrays or prices it rests on; None for the exchange's.
    """

    question: SurfaceQuestion
    sequence: int
    as_of: int
    parameters: str
    currency: str
    across: Axis
    along: Axis
    values: Integers
    hypothetical: Integers | None = None
    scenario: ScenarioMark | None = None
    reason: Text | None = None
    gaps: tuple[Text, ...] = ()
    elapsed: int = 0
    calculated_on: Text | None = None

    @property
    def now(self) -> tuple[int, int]:
        """The node next to no move at all."""
        return self.across.nearest(0), self.along.nearest(0)

    @property
    def known(self) -> bool:
        """Whether any node is computable."""
        return self.reason is None and bool((self.values != NOT_COMPUTABLE).any())


class Height(StrEnum):
    """What stands up from the landscape of a desk."""

    MARGIN = "margin"
    SHORTFALL = "shortfall"


@dataclass(frozen=True, slots=True)
class Landscape:
    """Accounts x products of a whole desk: height is margin or shortfall, colour is concentration.

    The first rows are single accounts, largest first; where more have any height, the last row is their sum. Likewise
    for columns. Rows and columns add up to what stands beside them.

    Attributes:
        height: What stands up.
        sequence: Of the state it was computed on.
        as_of: Wall nanoseconds of that state.
        parameters: Version of the parameters in force then.
        currency: Of the values.
        accounts: Names of the rows that are single accounts.
        products: Names of the columns that are single products.
        other_accounts: How many accounts the last row sums up; 0 where there is no such row.
        other_products: How many products the last column sums up; 0 where there is no such column.
        values: int64 [rows, columns], money scale.
        share: int64 [rows, columns], ratio scale: gross exposure of the cell as a share of the row's equity.
        reasons: Why a cell is not computable.
        reason: Why nothing is.
        gaps: What the figures leave out.
        elapsed: Nanoseconds the computation took.
    """

    height: Height
    sequence: int
    as_of: int
    parameters: str
    currency: str
    accounts: tuple[str, ...]
    products: tuple[str, ...]
    other_accounts: int
    other_products: int
    values: Integers
    share: Integers
    reasons: Mapping[tuple[int, int], Text] = field(default_factory=dict)
    reason: Text | None = None
    gaps: tuple[Text, ...] = ()
    elapsed: int = 0
