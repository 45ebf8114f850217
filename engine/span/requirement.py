"""Steps 10 to 15 and the whole calculation: from a batch of positions to margin by commodity and by currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.numbers import (
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO,
    Integers,
    divide_rounded,
    multiply_divide,
)
from engine.span.allocation import Trace
from engine.span.arrays import Batch, SpanTable
from engine.span.inter_spreads import Credits
from engine.span.intra_spreads import delivery_charge, intra_commodity
from engine.span.scan import (
    SAFE,
    Deltas,
    Groups,
    Pairs,
    Scan,
    deltas,
    fold,
    pairs,
    scan,
    scan_groups,
    scenario_sums,
    weighted_price_risk,
)


class Options(NamedTuple):
    """Steps 10 and 13 before the rate is applied, by pair.

    Attributes:
        short_calls: int64 [pairs], minimum of the short calls, scaled by 10**`SpanTable.minimum_decimals`.
        short_puts: int64 [pairs], likewise of the short puts.
        value: int64 [pairs], money scale: net option value.
        only_long_premium: bool [pairs], nothing held but long premium-style options.
    """

    short_calls: Integers
    short_puts: Integers
    value: Integers
    only_long_premium: npt.NDArray[np.bool_]


class Charges(NamedTuple):
    """Steps 7 to 10 of each pair: int64 [pairs], money scale."""

    intra: Integers
    delivery: Integers
    credit: Integers
    minimum: Integers


class CommodityMargins(NamedTuple):
    """Margin of every (account, commodity) pair. Money in money scale, deltas in delta scale, all int64 [pairs].

    ``active_scenario`` counts from 1. A figure that would overflow is `NOT_COMPUTABLE`, and so is every one made of it.
    """

    account: Integers
    commodity: Integers
    scan_risk: Integers
    active_scenario: Integers
    time_risk: Integers
    volatility_risk: Integers
    price_risk: Integers
    net_delta: Integers
    weighted_price_risk: Integers
    intra_commodity_charge: Integers
    delivery_charge: Integers
    inter_commodity_credit: Integers
    short_option_minimum: Integers
    net_option_value: Integers
    risk: Integers
    maintenance: Integers


class Totals(NamedTuple):
    """Steps 14 and 15: int64 [accounts, currencies], money scale; ``present`` where an account has the currency.

    ``maintenance`` is the sum of the commodities' risks at the maintenance rate, before option value.
    """

    risk: Integers
    net_option_value: Integers
    requirement: Integers
    excess_option_value: Integers
    maintenance: Integers
    present: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Margins:
    """The margin of a batch, and the intermediate results an explanation is made of."""

    currencies: tuple[str, ...]
    commodities: CommodityMargins
    totals: Totals
    groups: Pairs
    sums: Integers
    """int64 [scan groups, 16], money scale: one row a pair, or one a scan tier of it."""
    deltas: Deltas
    tiers: Groups
    tier_scan: Scan
    """Steps 2 and 3 of each scan group."""
    intra_trace: Integers
    inter_trace: Integers


def margin(table: SpanTable, batch: Batch, trace: int = 0) -> Margins:
    """SPAN margin of every account of ``batch``.

    Args:
        table: The parameters, laid out.
        batch: Net positions; rows must be `SpanTable.usable`.
        trace: How many spread legs to write down for an explanation.
    """
    groups = pairs(table, batch)
    tiers = scan_groups(table, batch, groups)
    sums = scenario_sums(table, batch, tiers)
    tier_scan = scan(table, sums)
    scanned = fold(tier_scan, tiers)
    delta = deltas(table, batch, groups)
    weighted = weighted_price_risk(table, groups, scanned.price, delta.net)
    intra_trace, inter_trace = Trace.of(trace), Trace.of(trace)
    remaining = delta.delta.copy()
    credits = Credits(table, groups, delta, remaining, weighted, inter_trace)
    credits.form(0, table.super_count)
    intra = intra_commodity(table, groups, delta, remaining, weighted, intra_trace)
    delivery = delivery_charge(table, delta, remaining)
    credits.form(table.super_count, len(table.inter_order))
    options = option_figures(table, batch, groups)
    minimum = short_option_minimum(table, groups, options)
    charges = Charges(intra, delivery, credits.rounded(), minimum)
    commodities = _commodity_margins(table, groups, scanned, delta, weighted, charges, options)
    return Margins(
        table.currencies,
        commodities,
        totals(table, groups, commodities),
        groups,
        sums,
        delta,
        tiers,
        tier_scan,
        intra_trace.formed(),
        inter_trace.formed(),
    )


def option_figures(table: SpanTable, batch: Batch, groups: Pairs) -> Options:
    """Short options and net option value (steps 10 and 13) of each pair."""
    return Options(
        *_option_figures(
            groups.starts,
            batch.rows,
            batch.quantities,
            table.right,
            table.short_option_unit,
            table.premium,
            table.is_premium,
        )
    )


def short_option_minimum(table: SpanTable, groups: Pairs, options: Options) -> Integers:
    """Step 10: int64 [pairs], money scale."""
    result: Integers = _short_option_minimum(
        options.short_calls,
        options.short_puts,
        groups.commodity,
        table.short_option_larger_side,
        10 ** (table.minimum_decimals - MONEY_DECIMALS),
        table.money_unit,
    )
    return result


def _commodity_margins(
    table: SpanTable,
    groups: Pairs,
    scanned: Scan,
    delta: Deltas,
    weighted: Integers,
    charges: Charges,
    options: Options,
) -> CommodityMargins:
    risk, maintenance = _commodity_risk(
        scanned.risk,
        *charges,
        options.value,
        options.only_long_premium,
        groups.commodity,
        table.maintenance_factor,
        table.convention.minimum_before_credits,
        table.money_unit,
    )
    return CommodityMargins(
        groups.account,
        groups.commodity,
        scanned.risk,
        scanned.active + 1,
        scanned.time,
        scanned.volatility,
        scanned.price,
        delta.net,
        weighted,
        *charges,
        options.value,
        risk,
        maintenance,
    )


def totals(table: SpanTable, groups: Pairs, commodities: CommodityMargins) -> Totals:
    """Steps 14 and 15: requirement of each account and currency."""
    return Totals(
        *_totals(
            groups.account_starts,
            groups.commodity,
            commodities.risk,
            commodities.net_option_value,
            commodities.maintenance,
            table.currency,
            table.capped,
            len(table.currencies),
        )
    )


@compiled
def _option_figures(
    starts: Integers,
    rows: Integers,
    quantities: Integers,
    right: Integers,
    minimum: Integers,
    premium: Integers,
    is_premium: npt.NDArray[np.bool_],
) -> tuple[Integers, Integers, Integers, npt.NDArray[np.bool_]]:
    count = len(starts) - 1
    calls, puts = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    value = np.zeros(count, dtype=np.int64)
    only_long = np.zeros(count, dtype=np.bool_)
    for pair in range(count):
        bound, any_held, long_only = 0.0, False, True
        for position in range(starts[pair], starts[pair + 1]):
            row, quantity = rows[position], quantities[position]
            if quantity == 0:
                continue
            any_held = True
            long_only = long_only and quantity > 0 and is_premium[row]
            bound += float(abs(quantity)) * (float(abs(premium[row])) + float(minimum[row]))
            value[pair] += quantity * premium[row]
            if quantity < 0 and right[row] == 1:
                calls[pair] -= quantity * minimum[row]
            elif quantity < 0 and right[row] == 2:
                puts[pair] -= quantity * minimum[row]
        if bound > SAFE:
            calls[pair] = puts[pair] = value[pair] = NOT_COMPUTABLE
        only_long[pair] = any_held and long_only
    return calls, puts, value, only_long


@compiled
def _short_option_minimum(
    calls: Integers, puts: Integers, commodity: Integers, larger_side: npt.NDArray[np.bool_], one: int, unit: int
) -> Integers:
    result = np.zeros(len(calls), dtype=np.int64)
    for pair in range(len(calls)):
        if calls[pair] == NOT_COMPUTABLE:
            result[pair] = NOT_COMPUTABLE
            continue
        larger = larger_side[commodity[pair]]
        counted = max(calls[pair], puts[pair]) if larger else calls[pair] + puts[pair]
        if counted:
            result[pair] = divide_rounded(counted, one * unit) * unit
    return result


@compiled
def _commodity_risk(
    scan_risk: Integers,
    intra: Integers,
    delivery: Integers,
    credit: Integers,
    minimum: Integers,
    value: Integers,
    only_long_premium: npt.NDArray[np.bool_],
    commodity: Integers,
    maintenance_factor: Integers,
    minimum_before_credits: bool,
    unit: int,
) -> tuple[Integers, Integers]:
    risk, maintenance = np.empty(len(commodity), dtype=np.int64), np.empty(len(commodity), dtype=np.int64)
    for pair in range(len(commodity)):
        worst = min(scan_risk[pair], intra[pair], delivery[pair], credit[pair], minimum[pair], value[pair])
        gross = float(scan_risk[pair]) + float(intra[pair]) + float(delivery[pair])
        if worst == NOT_COMPUTABLE or gross > SAFE:
            risk[pair] = maintenance[pair] = NOT_COMPUTABLE
            continue
        charged = scan_risk[pair] + intra[pair] + delivery[pair]
        if minimum_before_credits:
            amount = max(0, max(charged, minimum[pair]) - credit[pair])
        else:
            amount = max(0, charged - credit[pair], minimum[pair])
        # Step 11: what can at most be lost on paid-for options is their value.
        if only_long_premium[pair]:
            amount = min(amount, max(0, value[pair]))
        risk[pair] = amount
        factor = maintenance_factor[commodity[pair]]
        maintenance[pair] = multiply_divide(amount, factor, RATIO * unit)
        if maintenance[pair] != NOT_COMPUTABLE:
            maintenance[pair] *= unit
    return risk, maintenance


@compiled
def _totals(
    account_starts: Integers,
    commodity: Integers,
    risk: Integers,
    value: Integers,
    maintenance: Integers,
    currency: Integers,
    capped: npt.NDArray[np.bool_],
    currencies: int,
) -> tuple[Integers, Integers, Integers, Integers, Integers, npt.NDArray[np.bool_]]:
    shape = (len(account_starts) - 1, currencies)
    total, values = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    used, kept = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    requirement, excess = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    present = np.zeros(shape, dtype=np.bool_)
    for account in range(shape[0]):
        for pair in range(account_starts[account], account_starts[account + 1]):
            here = currency[commodity[pair]]
            present[account, here] = True
            if risk[pair] == NOT_COMPUTABLE or total[account, here] == NOT_COMPUTABLE:
                total[account, here] = NOT_COMPUTABLE
                continue
            total[account, here] += risk[pair]
            values[account, here] += value[pair]
            used[account, here] += min(value[pair], risk[pair]) if capped[commodity[pair]] else value[pair]
            kept[account, here] += maintenance[pair]
            if max(total[account, here], abs(values[account, here]), abs(used[account, here])) > SAFE:
                total[account, here] = NOT_COMPUTABLE
        for here in range(currencies):
            if total[account, here] == NOT_COMPUTABLE:
                values[account, here] = requirement[account, here] = NOT_COMPUTABLE
                excess[account, here] = kept[account, here] = NOT_COMPUTABLE
                continue
            owed = total[account, here] - used[account, here]
            requirement[account, here] = max(0, owed)
            excess[account, here] = max(0, -owed) + values[account, here] - used[account, here]
    return total, values, requirement, excess, kept, present
