"""A parameter set laid out for the kernels: one row a contract, one run of rows a combined commodity and period."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, held
from engine.numbers import (
    DELTA_DECIMALS,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    PRICE_DECIMALS,
    RATIO,
    RATIO_DECIMALS,
    Integers,
    divide_half_away,
    scale_decimal,
)
from engine.span.bucket_table import bucket_table
from engine.span.contract_figures import ContractFigures
from engine.span.conventions import Convention
from engine.span.layout import Layout, layout_of
from engine.span.parameters import (
    PREMIUM_STYLE,
    ParameterSet,
    ScanningSpread,
    ShortOptionMinimumMethod,
    Spread,
    WeightedPriceRiskMethod,
)
from engine.span.rate_sets import AccountRates, own_rates
from engine.span.scanning_table import months_of_targets, order, scanning_table
from engine.span.slots import Slots
from engine.span.spread_tables import Scaled, by_contract, inter_table, intra_table
from engine.text import Text, text

WEIGHTED_PRICE_RISK_METHODS = tuple(WeightedPriceRiskMethod)
ALL_NET: Integers = np.zeros(0, dtype=np.int64)
"""`Batch.middles` where no account is gross-margined."""


class Batch(NamedTuple):
    """Positions of a run of accounts (CSR). One account is a batch of one.

    A gross-margined account has two rows of a contract that it holds long and short: its long positions come first, its
    short positions after them.

    Attributes:
        starts: int64 [accounts + 1]; positions of account a are starts[a] to starts[a + 1].
        rows: int64 [positions], contract rows of the `SpanTable`, ascending within an account, or within each of the
            two sides of a gross-margined one.
        quantities: int64 [positions], long less short (SPAN algorithm, step 0); 0 keeps a commodity visible.
        middles: int64 [accounts], where the short side of a gross-margined account starts, -1 for a net one; empty
            where all are net.
    """

    starts: Integers
    rows: Integers
    quantities: Integers
    middles: Integers = ALL_NET

    def part(self, first: int, last: int) -> Batch:
        """The accounts ``first`` to ``last`` (not included)."""
        start, stop = int(self.starts[first]), int(self.starts[last])
        middles = self.middles[first:last]
        return Batch(
            self.starts[first : last + 1] - start,
            self.rows[start:stop],
            self.quantities[start:stop],
            np.where(middles < 0, middles, middles - start),
        )

    def is_same(self, other: Batch) -> bool:
        """Whether both say the same of the same accounts."""
        return all(np.array_equal(one, two) for one, two in zip(self, other, strict=True))


class SpanTable:
    """The arrays that the margin kernels read, made once a parameter version and convention.

    Args:
        parameters: A parameter set that `engine.span.supported` lets through.
        convention: Rounding of each step.
        rate_set: Number of the rate set; the parameters' own first one by default.

    Attributes:
        scenario: int64 [contracts, 16], money scale.
        delta: int64 [contracts], composite delta x delta scales, scaled by 10**delta_decimals.
        slot: int64 [contracts], period slot: commodities one after the other, periods ascending within.
        slots: All of these, and the scan group of each.
        commodity: int64 [contracts], -1 where none.
        short_option_unit: int64 [contracts], minimum of one short option (rate of its tier x delta scale), scaled by
            10**minimum_decimals; 0 for all else.
        right: int64 [contracts], 0 none, 1 call, 2 put.
        premium: int64 [contracts], price x multiplier of a premium-style option, money scale; 0 otherwise.
        is_premium: bool [contracts], whether it is one.
        usable: bool [contracts], whether a position in it can be margined.
        currencies: Margin currencies, ascending.
        intra: Intra-commodity spreads; their rates are scaled by ``rate_one``.
        inter: Spreads between commodities; their credits are scaled by 10**credit_decimals.
        intra_order: Intra-commodity spreads of each commodity, in the order they are formed.
        inter_order: Spreads between commodities, in the order they are formed.
        super_count: How many of these are super spreads, which come before the intra-commodity ones.
        scanning: Scanning spreads; empty in most markets.
        scanning_order: The same as the file has them, in the order they are formed.
        bucketed: Spreads between commodities that are formed tier by tier or month by month; empty in most markets.
        steps: How all kinds follow one another: super spreads, inter-commodity spreads, inter-clearing spreads.
        group: int64 [contracts], scan group.
        option_scale: Delta scale of each option, contract's times family's; 0 for all else.
        contracts: All of these that are summed over positions, side by side.
        delivery_outright: int64 [slots], money scale, rate of each delta left in a month in delivery; 0 elsewhere.
        delivery_spread: int64 [slots], money scale, rate of each delta that spreads consumed there.
        delivers: Whether any of these rates is not 0.
        rates: Whose requirement this is: the rate set's own by its own arrays, until `with_rates` says otherwise.
        factors: int64 [commodities, 2], ratio scale: from the risk by these arrays to the requirement that counts, and
            to the maintenance requirement (step 12).
    """

    def __init__(self, parameters: ParameterSet, convention: Convention, rate_set: int | None = None) -> None:
        self.parameters = parameters
        self.convention = convention
        self.rate_set = parameters.rate_set if rate_set is None else rate_set
        self.rates = own_rates(parameters, self.rate_set)
        self.money_unit = 10 ** (MONEY_DECIMALS - convention.money)
        self._lay_out_contracts()
        self._lay_out_commodities()
        # Contract-to-contract spreads come before tier-to-tier ones, each by priority (step 7).
        self.intra_order = [
            sorted(commodity.intra_spreads, key=lambda spread: (not by_contract(spread), spread.priority))
            for commodity in parameters.commodities
        ]
        self.contracts = self._contract_figures()
        self.intra, self.rate_one = intra_table(self)
        self.lay_out_spreads_between(
            parameters.super_spreads, parameters.inter_spreads, parameters.inter_clearing_spreads
        )

    def __copy__(self) -> SpanTable:
        """The same, to be given other parts; shares the rest."""
        table = object.__new__(SpanTable)
        # What is gathered of all parts is gathered anew.
        table.__dict__.update({name: part for name, part in self.__dict__.items() if name != "layout"})
        return table

    def lay_out_spreads_between(
        self,
        super_spreads: Sequence[Spread | ScanningSpread],
        inter_spreads: Sequence[Spread | ScanningSpread],
        inter_clearing_spreads: Sequence[Spread | ScanningSpread],
    ) -> None:
        """Lay out the spreads between commodities: of a new table, or of a copy that shall have others."""
        self.inter_order, self.scanning_order, self.steps = order(
            (super_spreads, inter_spreads, inter_clearing_spreads)
        )
        self.super_count = sum(isinstance(spread, Spread) for spread in super_spreads)
        self.inter, self.credit_decimals = inter_table(self)
        self.scanning = scanning_table(self, self.scanning_order)
        self.bucketed = bucket_table(self)

    def with_rates(self, rates: AccountRates) -> SpanTable:
        """The table of other accounts whose requirement is a factor of the risk by the same arrays; shares the rest.

        Raises:
            ValueError: A factor has more digits than there is room for.
        """
        table = copy(self)
        table.rates, table.factors = rates, _factors(rates)
        lacking = np.array([factor is None for factor in rates.factors], dtype=np.bool_)
        table.usable = self.usable & ~lacking[self.commodity]
        return table

    @cached_property
    def layout(self) -> Held[Layout]:
        """What the steps of the calculation read of it."""
        return held(layout_of(self))

    def problem(self, row: int) -> Text | None:
        """Why a position in the contract of ``row`` cannot be margined, or None."""
        if self.usable[row]:
            return None
        contract = str(self.parameters.contract(row))
        if self.commodity[row] < 0:
            return text("{contract} is in no combined commodity", contract=contract)
        if not self.parameters.contracts.arrays[self.rate_set].present[row]:
            return text("{contract} has no risk array", contract=contract)
        if self.rates.factors[self.commodity[row]] is None:
            kind = self.rates.terms.said
            return text("{contract} has no rates for this account: {kind}", contract=contract, kind=kind)
        return text("{contract} has no price", contract=contract)

    def _lay_out_contracts(self) -> None:
        contracts = self.parameters.contracts
        arrays = contracts.arrays[self.rate_set]
        families = self.parameters.families
        self.scenario = np.ascontiguousarray(arrays.scenario)
        self.commodity = contracts.commodity.astype(np.int64)
        self.right = contracts.right.astype(np.int64)
        scale = _without_zeros(contracts.delta_scale * self._link_scales(), 2 * RATIO_DECIMALS)
        delta = _without_zeros(arrays.delta * scale.values, RATIO_DECIMALS + scale.decimals)
        self.delta, self.delta_decimals = delta.values, delta.decimals
        if self.delta_decimals < DELTA_DECIMALS:
            self.delta = self.delta * 10 ** (DELTA_DECIMALS - self.delta_decimals)
            self.delta_decimals = DELTA_DECIMALS
        self.option_scale = Scaled(np.where(self.right > 0, scale.values, 0), scale.decimals)
        premium_family = np.array([family.valuation == PREMIUM_STYLE for family in families], dtype=np.bool_)
        self.is_premium = (self.right > 0) & premium_family[contracts.family]
        self.premium = np.zeros(len(contracts), dtype=np.int64)
        for row in np.flatnonzero(self.is_premium):
            self.premium[row] = _contract_value(int(contracts.price[row]), int(contracts.multiplier[row]))
        self.usable = (self.commodity >= 0) & arrays.present & (self.premium != NOT_COMPUTABLE)
        self.scenario_pairs = np.array([point.paired - 1 for point in self.parameters.scan_points], dtype=np.int64)

    def _link_scales(self) -> Integers:
        """Delta scale of each contract's family in its commodity, ratio scale."""
        scales = np.full(len(self.parameters.families), RATIO, dtype=np.int64)
        for commodity in self.parameters.commodities:
            for link in commodity.links:
                scales[link.family] = scale_decimal(link.delta_scale, RATIO_DECIMALS)
        return scales[self.parameters.contracts.family]

    def _lay_out_commodities(self) -> None:
        parameters, contracts = self.parameters, self.parameters.contracts
        commodities = parameters.commodities
        key = contracts.commodity.astype(np.int64) * (len(parameters.periods) + 1) + contracts.delta_period
        keys, place = np.unique(np.concatenate((key, months_of_targets(parameters, key))), return_inverse=True)
        self.slot = place[: len(key)].astype(np.int64)
        self.slot_commodity, self.slot_period = np.divmod(keys, len(parameters.periods) + 1)
        self.slot_starts = np.searchsorted(self.slot_commodity, np.arange(len(commodities) + 1))
        self.currencies = tuple(sorted({commodity.currency for commodity in commodities}))
        self.currency = _integers([self.currencies.index(commodity.currency) for commodity in commodities])
        self._lay_out_tiers()
        self.short_option_larger_side = np.array(
            [commodity.short_option_minimum is ShortOptionMinimumMethod.MAX for commodity in commodities]
        )
        self.weighted_method = _integers(
            [WEIGHTED_PRICE_RISK_METHODS.index(commodity.weighted_price_risk) for commodity in commodities]
        )
        self.range_per_delta = _integers([self._range_per_delta(index) for index in range(len(commodities))])
        self.capped = np.array(
            [parameters.cap_net_option_value or commodity.cap_net_option_value for commodity in commodities]
        )
        self.factors = _factors(self.rates)

    def _lay_out_tiers(self) -> None:
        """Scan groups, short option minimum of each contract, delivery rates of each period slot."""
        commodities = self.parameters.commodities
        slots = len(self.slot_period)
        tier_of_slot, rate_of_slot = np.zeros(slots, dtype=np.int64), np.zeros(slots, dtype=np.int64)
        self.delivery_outright, self.delivery_spread = np.zeros_like(tier_of_slot), np.zeros_like(tier_of_slot)
        for index, commodity in enumerate(commodities):
            for number, tier in enumerate(commodity.scan_tiers, start=1):
                tier_of_slot[slice(*self.slots_between(index, tier.start, tier.end))] = number
            for tier in reversed(commodity.short_option_tiers):
                rate = scale_decimal(tier.rates.get(self.rate_set, Decimal(0)), RATIO_DECIMALS)
                rate_of_slot[slice(*self.slots_between(index, tier.start, tier.end))] = rate
            for charge in commodity.delivery_charges:
                if charge.rate_set == self.rate_set:
                    here = slice(*self.slots_between(index, charge.period, charge.period))
                    self.delivery_outright[here] = scale_decimal(charge.outright, MONEY_DECIMALS)
                    self.delivery_spread[here] = scale_decimal(charge.spread, MONEY_DECIMALS)
        self.delivers = bool(self.delivery_outright.any() or self.delivery_spread.any())
        key = self.slot_commodity * (tier_of_slot.max(initial=0) + 1) + tier_of_slot
        groups = np.cumsum(np.diff(key, prepend=key[:1]) != 0)
        self.slots = Slots(self.slot_starts, groups)
        self.group = groups[self.slot] if slots else np.zeros(0, dtype=np.int64)
        minimum = _without_zeros(
            rate_of_slot[self.slot] * self.option_scale.values, RATIO_DECIMALS + self.option_scale.decimals
        )
        short = MONEY_DECIMALS - minimum.decimals
        self.short_option_unit = minimum.values * 10 ** max(0, short)
        self.minimum_decimals = minimum.decimals + max(0, short)

    def _contract_figures(self) -> ContractFigures:
        calls, puts = (np.where(self.right == side, self.short_option_unit, 0) for side in (1, 2))
        columns = (self.commodity, self.group, self.slot, self.delta, calls, puts, self.premium, self.is_premium)
        figures = np.column_stack((self.scenario, *(np.asarray(column, dtype=np.int64) for column in columns)))
        return ContractFigures.of(np.ascontiguousarray(figures), len(self.currency))

    def slots_between(self, index: int, low: str, high: str) -> tuple[int, int]:
        """Run of a commodity's period slots from ``low`` to ``high``; empty bounds are open."""
        first, last = int(self.slot_starts[index]), int(self.slot_starts[index + 1])
        inside = [
            slot
            for slot in range(first, last)
            if (period := self.parameters.periods[self.slot_period[slot]])[: len(low)] >= low
            and (not high or period[: len(high)] <= high)
        ]
        return (inside[0], inside[-1] + 1) if inside else (first, first)

    def _range_per_delta(self, commodity: int) -> int:
        """Price scan range of the nearest month / its delta scale (step 5), at the weighted price risk's scale."""
        contracts, arrays = self.parameters.contracts, self.parameters.contracts.arrays[self.rate_set]
        start, stop = np.searchsorted(self.commodity, (commodity, commodity + 1))
        rows = np.arange(start, stop)
        rows = rows[(self.right[start:stop] == 0) & (arrays.price_scan[start:stop] > 0)]
        if not len(rows):
            return NOT_COMPUTABLE
        nearest = rows[0]
        scale = int(contracts.delta_scale[nearest] * self._link_scales()[nearest])
        unit: int = 10 ** (MONEY_DECIMALS - self.convention.weighted_price_risk)
        if not scale:
            return NOT_COMPUTABLE
        units: int = divide_half_away(int(arrays.price_scan[nearest]) * RATIO**2, scale * unit)
        return units * unit


def _factors(rates: AccountRates) -> Integers:
    """To the requirement and to the maintenance requirement; where there is none, a contract is not usable."""
    pairs = zip(rates.factors, rates.maintenance, strict=True)
    both = [(kept if one is None else one, kept) for one, kept in pairs]
    return _integers([[scale_decimal(one, RATIO_DECIMALS) for one in each] for each in both]).reshape(-1, 2)


def _integers(values: npt.ArrayLike) -> Integers:
    return np.asarray(values, dtype=np.int64)


def _without_zeros(values: Integers, decimals: int) -> Scaled:
    """The same figures at the least scale that holds them all exactly."""
    while decimals and len(values) and not np.any(values % 10):
        values, decimals = values // 10, decimals - 1
    return Scaled(values, decimals)


def _contract_value(price: int, multiplier: int) -> int:
    """Price x multiplier in money scale; `NOT_COMPUTABLE` where it is missing or not a whole number there."""
    value, rest = divmod(price * multiplier, 10 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS))
    return NOT_COMPUTABLE if rest or price == NOT_COMPUTABLE else int(value)
