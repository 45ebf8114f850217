"""What a clearing house's parameter file says, whichever format it came in. Exact, immutable, complete.

Rates, ratios and factors are `decimal.Decimal` as written; what exists once a contract is held in columns of scaled
integers, so that half a million contracts stay small. Contracts are ordered by combined commodity, by the period their
delta counts in, by family, period, right and strike: whatever a margin step sums over is a run of neighbouring rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.instruments import Contract
from engine.numbers import Integers

SCENARIOS = 16
RIGHTS = ("", "C", "P")
PREMIUM_STYLE = "EQTY"

SmallIntegers = npt.NDArray[np.int32]


class ChargeMethod(StrEnum):
    """How the rate of a delta spread is applied."""

    FLAT = "F"
    PER_PERIOD = "P"
    WEIGHTED = "W"


class Buckets(StrEnum):
    """Parts of its commodities in which a spread between them is formed, one after the other."""

    WHOLE = "whole"
    TIERS = "tiers"
    MONTHS = "months"


class WeightedPriceRiskMethod(StrEnum):
    """How the price risk of one delta is found (SPAN algorithm, step 5)."""

    NORMAL = "NORMAL"
    SCANRANGE_CAP = "SCANRANGE_CAP"
    SCANRANGE = "SCANRANGE"


class ShortOptionMinimumMethod(StrEnum):
    """Which short options count (SPAN algorithm, step 10)."""

    GROSS = "GROSS"
    MAX = "MAX"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the file and the decimals it is quoted in."""

    code: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """1 ``source`` is worth ``factor`` ``target``."""

    source: str
    target: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class RateSet:
    """One set of rates: which accounts and which kind of requirement ``number`` stands for."""

    number: int
    customer: bool
    account_type: str
    maintenance: bool
    performance_bond_class: str


@dataclass(frozen=True, slots=True)
class ScanPoint:
    """One scenario: price move as a fraction of the price scan range, volatility move, weight, paired scenario."""

    number: int
    price_numerator: Decimal
    price_denominator: Decimal
    price_multiple: Decimal
    volatility_multiple: Decimal
    weight: Decimal
    paired: int


@dataclass(frozen=True, slots=True)
class DeltaPoint:
    """One price move of the composite delta and its weight."""

    number: int
    price_numerator: Decimal
    price_denominator: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Family:
    """A product family (pf): all futures, or all options, of one product on one exchange."""

    exchange: str
    identifier: str
    code: str
    kind: str
    name: str
    currency: str
    price_decimals: int
    strike_decimals: int
    valuation: str
    settlement: str
    price_quotation: str = "STD"
    exercise: str = ""
    pricing_model: str = ""
    underlying: int = -1
    """Row of the underlying family, or -1."""


@dataclass(frozen=True, slots=True)
class RiskArrays:
    """The priced scenarios of every contract under one rate set.

    Attributes:
        scenario: int64 [contracts, 16], loss of one long contract, money scale.
        delta: int64 [contracts], composite delta, ratio scale.
        price_scan: int64 [contracts], price scan range of one contract, money scale.
        volatility_scan: int64 [contracts], volatility scan range, ratio scale.
        volatility_relative: bool [contracts], whether that range is a fraction of the volatility.
        present: bool [contracts], whether the file gives an array.
        price_scan_down: int64 [contracts], money scale: how far prices are moved down, where the file tells it from
            ``price_scan`` for any contract; None where one range serves both ways.
        volatility_scan_down: int64 [contracts], ratio scale, likewise.
    """

    scenario: Integers
    delta: Integers
    price_scan: Integers
    volatility_scan: Integers
    volatility_relative: npt.NDArray[np.bool_]
    present: npt.NDArray[np.bool_]
    price_scan_down: Integers | None = None
    volatility_scan_down: Integers | None = None

    @property
    def price_down(self) -> Integers:
        """int64 [contracts], money scale: how far prices are moved down."""
        return self.price_scan if self.price_scan_down is None else self.price_scan_down

    @property
    def volatility_down(self) -> Integers:
        """int64 [contracts], ratio scale: how far volatilities are moved down."""
        return self.volatility_scan if self.volatility_scan_down is None else self.volatility_scan_down


@dataclass(frozen=True, slots=True)
class ContractTable:
    """Every contract of the file, in columns of equal length.

    Attributes:
        family: int32, row in `ParameterSet.families`.
        commodity: int32, row in `ParameterSet.commodities`, or -1 where no commodity takes the family.
        period: int32, row in `ParameterSet.periods`.
        delta_period: int32, the period its delta counts in (an option on a future: that future's).
        right: int8, index in `RIGHTS`.
        strike: int64, price scale.
        price: int64, price scale; `NOT_COMPUTABLE` where the file has none.
        multiplier: int64, contract value factor, price scale.
        delta_scale: int64, contract's own delta scale, ratio scale.
        volatility: int64, ratio scale.
        settlement: int32, CCYYMMDD or 0.
        years: int64, time to expiry, ratio scale.
        interest: int64, rate a year, ratio scale.
        dividend: int64, rate a year, ratio scale.
        underlying: int32, row of the underlying contract, or -1.
        arrays: Risk arrays by rate set number.
    """

    family: SmallIntegers
    commodity: SmallIntegers
    period: SmallIntegers
    delta_period: SmallIntegers
    right: npt.NDArray[np.int8]
    strike: Integers
    price: Integers
    multiplier: Integers
    delta_scale: Integers
    volatility: Integers
    settlement: SmallIntegers
    years: Integers
    interest: Integers
    dividend: Integers
    underlying: SmallIntegers
    arrays: Mapping[int, RiskArrays]

    def __len__(self) -> int:
        return len(self.family)


@dataclass(frozen=True, slots=True)
class FamilyLink:
    """A family's place in a combined commodity."""

    family: int
    delta_scale: Decimal
    array_decimals: int
    combination_method: str = "NONE"
    option_on_physical_delta: str = "PERIOD"
    basis_risk: bool = False


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Requirement of rate set ``number`` = ``factor`` x requirement of rate set ``base``."""

    number: int
    base: int
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """A run of contract periods. Number 0 with empty bounds means all of them. Rates by rate set number."""

    number: int
    start: str = ""
    end: str = ""
    rates: Mapping[int, Decimal] = field(default_factory=dict)
    has_scan_rates: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a spread: a tier of a commodity, or one contract period of it (then ``period`` is not empty)."""

    commodity: str
    tier: int
    period: str
    side: str
    ratio: Decimal
    required: bool = True
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A delta spread (dSpread): legs, priority and rates by rate set number.

    One charged per month (method P) has ``month_rates`` on top of its ``rates``: for each month its legs are apart.
    """

    priority: int
    method: ChargeMethod
    rates: Mapping[int, Decimal]
    legs: tuple[Leg, ...]
    month_rates: Mapping[int, Decimal] = field(default_factory=dict)
    buckets: Buckets = Buckets.WHOLE


@dataclass(frozen=True, slots=True)
class ScanningSpread:
    """A scanning spread (sSpread, positional method 04): legs evaluated together into a target commodity.

    ``hybrid`` is one that the file calls a hybrid spread (hSpread), ``currency_risk`` one of several currencies.
    """

    priority: int
    rates: Mapping[int, Decimal]
    legs: tuple[Leg, ...]
    target: Leg
    minimum_legs: int = 2
    hybrid: bool = False
    currency_risk: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryCharge:
    """Charge rates of a month in delivery (spotRate)."""

    rate_set: int
    period: str
    spread: Decimal
    outright: Decimal


@dataclass(frozen=True, slots=True)
class Commodity:
    """A combined commodity (ccDef): families margined together, and its rates and spreads."""

    code: str
    name: str
    currency: str
    risk_exponent: int
    cap_net_option_value: bool
    processing_method: str
    weighted_price_risk: WeightedPriceRiskMethod
    delivery_method: str
    short_option_minimum: ShortOptionMinimumMethod
    combination_method: str
    links: tuple[FamilyLink, ...]
    adjustments: tuple[Adjustment, ...] = ()
    scan_tiers: tuple[Tier, ...] = ()
    intra_tiers: tuple[Tier, ...] = ()
    inter_tiers: tuple[Tier, ...] = ()
    short_option_tiers: tuple[Tier, ...] = ()
    intra_spreads: tuple[Spread, ...] = ()
    delivery_charges: tuple[DeliveryCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file a parameter set was read from, and as of when it speaks."""

    file: str
    sha256: str
    clearing_organisation: str
    name: str
    business_date: str
    settlement: str
    created: str
    format: str

    @property
    def version(self) -> str:
        """Short name of this version: ``TAKASBANK-20160517-final``."""
        return f"{self.clearing_organisation}-{self.business_date}-{self.settlement}"


@dataclass(frozen=True)
class ParameterSet:
    """A whole parameter file: what the margin calculation and the screens need to know of it."""

    origin: Origin
    cap_net_option_value: bool
    net_margined: bool
    option_on_physical_delta: str
    finalize_method: str
    currencies: tuple[Currency, ...]
    conversions: tuple[Conversion, ...]
    rate_sets: tuple[RateSet, ...]
    scan_points: tuple[ScanPoint, ...]
    delta_points: tuple[DeltaPoint, ...]
    families: tuple[Family, ...]
    periods: tuple[str, ...]
    contracts: ContractTable
    commodities: tuple[Commodity, ...]
    super_spreads: tuple[Spread | ScanningSpread, ...] = ()
    inter_spreads: tuple[Spread | ScanningSpread, ...] = ()
    inter_clearing_spreads: tuple[Spread | ScanningSpread, ...] = ()

    def __len__(self) -> int:
        return len(self.contracts)

    @cached_property
    def rate_set(self) -> int:
        """Number of the rate set used where nothing else is asked for: the lowest the file gives arrays for."""
        return min(self.contracts.arrays)

    @cached_property
    def rates(self) -> Mapping[tuple[str, str], Fraction]:
        """By source and target currency: the file's conversions, and the inverse of those that it gives one way."""
        known: dict[tuple[str, str], Fraction] = {}
        for conversion in self.conversions:
            if conversion.factor > 0:
                known[conversion.source, conversion.target] = Fraction(conversion.factor)
                known.setdefault((conversion.target, conversion.source), 1 / Fraction(conversion.factor))
        return known

    def contract(self, row: int) -> Contract:
        """Identity of the contract in ``row``."""
        table = self.contracts
        family = self.families[table.family[row]]
        right = RIGHTS[table.right[row]]
        period = self.periods[table.period[row]]
        return Contract(
            family.exchange, family.code, family.kind, period, right, int(table.strike[row]) if right else 0
        )

    def find(self, contract: Contract) -> int:
        """Row of ``contract``, or -1 where the file does not list it."""
        run = self._series.get((contract.exchange, contract.product, contract.kind, contract.expiry, contract.right))
        if run is None:
            return -1
        start, stop = run
        if not contract.right:
            return start
        row = start + int(np.searchsorted(self.contracts.strike[start:stop], contract.strike))
        return row if row < stop and self.contracts.strike[row] == contract.strike else -1

    @cached_property
    def _series(self) -> dict[tuple[str, str, str, str, str], tuple[int, int]]:
        """Run of rows of each family, period and right; within it strikes ascend."""
        table = self.contracts
        if not len(table):
            return {}
        changes = (np.diff(table.family) != 0) | (np.diff(table.period) != 0) | (np.diff(table.right) != 0)
        starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
        stops = np.concatenate((starts[1:], [len(table)]))
        series = {}
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            contract = self.contract(start)
            series[contract[:5]] = (start, stop)
        return series
