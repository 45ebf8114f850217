"""What the parameters say of one contract: its figures, its risk array, the spreads and charges it can take part in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE, divide_half_away
from engine.span.parameters import (
    Commodity,
    DeliveryCharge,
    Family,
    Leg,
    ParameterSet,
    ScanningSpread,
    ScanPoint,
    ShortOptionMinimumMethod,
    Spread,
    Tier,
)


class SpreadKind(StrEnum):
    """Which of a file's lists of spreads a spread is from, in the order of the calculation."""

    SUPER = "super"
    INTRA = "intra"
    INTER = "inter"
    INTER_CLEARING = "inter-clearing"


@dataclass(frozen=True, slots=True)
class SpreadOfCommodity:
    """A spread with a leg in the contract's combined commodity.

    Attributes:
        kind: The list it is from.
        spread: The spread itself.
        legs: Which of its legs the contract's own delta can fill, in the order of the spread's legs.
    """

    kind: SpreadKind
    spread: Spread | ScanningSpread
    legs: tuple[bool, ...]

    @property
    def takes_part(self) -> bool:
        """Whether the contract itself can be in the spread, not only others of its commodity."""
        return any(self.legs)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One contract under one rate set. Figures that the file lacks are `NOT_COMPUTABLE`.

    Attributes:
        version: Parameter version.
        contract: Its identity.
        family: Its product family.
        commodity: Its combined commodity, or None.
        delta_period: Contract period its delta counts in.
        rate_set: Number of the rate set of array, ranges and rates.
        price: Price scale.
        multiplier: Contract multiplier, price scale.
        delta_scale: Delta scale of the contract, ratio scale.
        link_delta_scale: Delta scale of its family within the commodity, or None.
        volatility: Ratio scale.
        settlement: CCYYMMDD, or 0.
        has_array: Whether the file gives a risk array; without one delta and scenarios say nothing.
        delta: Composite delta, ratio scale.
        price_scan: Price scan range of one contract, money scale; up where the file tells the two apart.
        price_scan_down: Likewise down; equal to it where one range serves both ways.
        volatility_scan: Volatility scan range, ratio scale; up.
        volatility_scan_down: Likewise down.
        volatility_relative: Whether that range is a fraction of the volatility.
        scenarios: Loss of one long contract, money scale.
        points: The scenarios' definitions, as the file gives them: may be fewer.
        spreads: Spreads of its commodity.
        delivery: Delivery charges of the period its delta counts in.
        minimum_method: Which short options the short option minimum counts, or None.
        minimum_rate: Minimum of one short option of it, before delta scales, or None.
    """

    version: str
    contract: Contract
    family: Family
    commodity: Commodity | None
    delta_period: str
    rate_set: int
    price: int
    multiplier: int
    delta_scale: int
    link_delta_scale: Decimal | None
    volatility: int
    settlement: int
    has_array: bool
    delta: int
    price_scan: int
    price_scan_down: int
    volatility_scan: int
    volatility_scan_down: int
    volatility_relative: bool
    scenarios: tuple[int, ...]
    points: tuple[ScanPoint, ...]
    spreads: tuple[SpreadOfCommodity, ...]
    delivery: tuple[DeliveryCharge, ...]
    minimum_method: ShortOptionMinimumMethod | None
    minimum_rate: Decimal | None


def inspect(parameters: ParameterSet, row: int, rate_set: int | None = None) -> Inspection:
    """Everything the parameters say of the contract in ``row``, under ``rate_set`` or the usual one."""
    number = parameters.rate_set if rate_set is None else rate_set
    table, arrays = parameters.contracts, parameters.contracts.arrays[number]
    commodity = _commodity(parameters, row)
    period = parameters.periods[table.delta_period[row]]
    present = bool(arrays.present[row])
    return Inspection(
        version=parameters.origin.version,
        contract=parameters.contract(row),
        family=parameters.families[table.family[row]],
        commodity=commodity,
        delta_period=period,
        rate_set=number,
        price=int(table.price[row]),
        multiplier=int(table.multiplier[row]),
        delta_scale=int(table.delta_scale[row]),
        link_delta_scale=_link_delta_scale(commodity, int(table.family[row])),
        volatility=int(table.volatility[row]),
        settlement=int(table.settlement[row]),
        has_array=present,
        delta=int(arrays.delta[row]) if present else NOT_COMPUTABLE,
        price_scan=int(arrays.price_scan[row]),
        price_scan_down=int(arrays.price_down[row]),
        volatility_scan=int(arrays.volatility_scan[row]),
        volatility_scan_down=int(arrays.volatility_down[row]),
        volatility_relative=bool(arrays.volatility_relative[row]),
        scenarios=tuple(arrays.scenario[row].tolist()) if present else (),
        points=parameters.scan_points,
        spreads=tuple(_spreads(parameters, commodity, period)) if commodity else (),
        delivery=tuple(_delivery(commodity, period, number)) if commodity else (),
        minimum_method=commodity.short_option_minimum if commodity else None,
        minimum_rate=_minimum(commodity, period, number) if commodity and table.right[row] else None,
    )


def bars(scenarios: Iterable[int], width: int) -> list[int]:
    """Length of the bar of each scenario for a plot: the largest of all is ``width`` long, gains are negative."""
    losses = list(scenarios)
    largest = max((abs(loss) for loss in losses), default=0)
    return [int(divide_half_away(loss * width, largest)) if largest else 0 for loss in losses]


def covers(low: str, high: str, period: str) -> bool:
    """Whether a contract period lies between two bounds; an empty bound is open, a short one takes what begins so."""
    return period[: len(low)] >= low and (not high or period[: len(high)] <= high)


def _commodity(parameters: ParameterSet, row: int) -> Commodity | None:
    index = int(parameters.contracts.commodity[row])
    return parameters.commodities[index] if index >= 0 else None


def _link_delta_scale(commodity: Commodity | None, family: int) -> Decimal | None:
    links = commodity.links if commodity else ()
    return next((link.delta_scale for link in links if link.family == family), None)


def _spreads(parameters: ParameterSet, commodity: Commodity, period: str) -> Iterator[SpreadOfCommodity]:
    for kind, spreads, tiers in (
        (SpreadKind.SUPER, parameters.super_spreads, commodity.inter_tiers),
        (SpreadKind.INTRA, commodity.intra_spreads, commodity.intra_tiers),
        (SpreadKind.INTER, parameters.inter_spreads, commodity.inter_tiers),
        (SpreadKind.INTER_CLEARING, parameters.inter_clearing_spreads, commodity.inter_tiers),
    ):
        for spread in spreads:
            if any(leg.commodity == commodity.code for leg in spread.legs):
                legs = tuple(leg.commodity == commodity.code and _leg_covers(leg, tiers, period) for leg in spread.legs)
                yield SpreadOfCommodity(kind, spread, legs)


def _leg_covers(leg: Leg, tiers: tuple[Tier, ...], period: str) -> bool:
    """Whether a leg in the contract's commodity draws on the deltas of ``period``."""
    if leg.period:
        return covers(leg.period, leg.period, period)
    return not leg.tier or any(tier.number == leg.tier and covers(tier.start, tier.end, period) for tier in tiers)


def _delivery(commodity: Commodity, period: str, rate_set: int) -> Iterator[DeliveryCharge]:
    for charge in commodity.delivery_charges:
        if charge.rate_set == rate_set and covers(charge.period, charge.period, period):
            yield charge


def _minimum(commodity: Commodity, period: str, rate_set: int) -> Decimal | None:
    """The rate of the first tier that covers the period, as the calculation takes it."""
    tiers = (tier for tier in commodity.short_option_tiers if covers(tier.start, tier.end, period))
    return next((tier.rates.get(rate_set, Decimal(0)) for tier in tiers), None)
