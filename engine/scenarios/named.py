"""Scenarios by name: what moves, what a clearing house changes besides, and where the figures come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.numbers import RATIO
from engine.text import Text


class Kind(StrEnum):
    """Where a scenario comes from."""

    HISTORICAL = "historical"
    """It happened: moves as they were, on whatever is held now."""
    RULE = "rule"
    """What an exchange's own rules lead to."""
    HYPOTHETICAL = "hypothetical"
    """Thought up."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which products: all, or those of these names, sectors and asset classes.

    Names as `engine.classification` has them.
    """

    everything: bool = False
    products: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    asset_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """How prices and volatilities of some products move; where several moves name a product, the last one counts.

    Attributes:
        of: Which products.
        price: Relative: -0.05 is a fall by 5 %.
        ranges: Price move in multiples of each product's own price scan range, added to ``price``.
        first: Relative move of the first expiry instead; None where it moves as the others.
        share: Relative change of volatilities.
        points: Added to volatilities: 0.05 makes 20 % of 15 %.
    """

    of: Selection
    price: float = 0.0
    ranges: float = 0.0
    first: float | None = None
    share: float = 0.0
    points: float = 0.0


@dataclass(frozen=True, slots=True)
class RateRise:
    """Margin of some products times ``factor`` (ratio scale); the last one that names a product counts."""

    of: Selection
    factor: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Attributes:
        name: Short and unique; stays the same while its title may change.
        title: For a person.
        kind: Where it comes from.
        date: When it happened, CCYY-MM-DD; empty where it did not.
        source: Who says so.
        moves: Of prices and volatilities.
        rises: Of margin rates.
        credits: Whether spreads between commodities are still granted.
        closing_cost: Ratio scale: what closing out one contract costs, as a share of its price scan range; it grows
            with the square root of the days of usual volume that an account's position is. 0 for nothing.
        days: Days that pass.
        ladder: Name that the days of one ladder have in common; empty where it is none.
        day: Which day of the ladder, from 1; 0 where it is none.
    """

    name: str
    title: Text
    kind: Kind
    date: str = ""
    source: str = ""
    moves: tuple[Move, ...] = ()
    rises: tuple[RateRise, ...] = ()
    credits: bool = True
    closing_cost: int = 0
    days: float = 0.0
    ladder: str = ""
    day: int = 0

    @property
    def largest_rise(self) -> int:
        """Ratio scale: the largest factor on margin."""
        return max((rise.factor for rise in self.rises), default=RATIO)


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """All scenarios that accounts are looked at under.

    Attributes:
        version: Short digest of what they say: two sets of one version say the same.
        scenarios: In the order of the file; a ladder is one scenario a day.
    """

    version: str
    scenarios: tuple[Scenario, ...]

    def __len__(self) -> int:
        return len(self.scenarios)
