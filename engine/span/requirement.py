"""Steps 10 to 15 and the whole calculation: from a batch of positions to margin by commodity and by currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled, inlined
from engine.numbers import (
    LARGEST,
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
from engine.span.scan import Deltas, Scan, deltas, fold, scan, weighted_price_risk
from engine.span.scanning_spreads import Figures, Merged, Merging
from engine.span.scanning_table import Step
from engine.span.summing import SAFE, Sums, sum_positions


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
    sums: Sums
    deltas: Deltas
    tier_scan: Scan
    """Steps 2 and 3 of each scan group."""
    intra_trace: Integers
    inter_trace: Integers
    merged: Merged | None = None
    """Commodities margined together, where the market has scanning spreads."""


def margin(table: SpanTable, batch: Batch, trace: int = 0) -> Margins:
    """SPAN margin of every account of ``batch``.

    Args:
        table: The parameters, laid out.
        batch: Net positions; rows must be `SpanTable.usable`.
        trace: How many spread legs to write down for an explanation.
    """
    return margin_of(table, sum_positions(table, batch), trace)


def margin_of(table: SpanTable, sums: Sums, trace: int = 0) -> Margins:
    """The margin of accounts whose sums over positions are known. Other arguments as `margin`."""
    if not table.scanning_order:
        return _margin(table, sums, trace, None)
    merging = Merging(table, sums, trace > 0)
    result = _margin(table, merging.sums, trace, merging)
    return _margin(table, merging.sums, trace, merging) if merging.narrowed() else result


def _margin(table: SpanTable, sums: Sums, trace: int, merging: Merging | None) -> Margins:
    tier_scan = scan(table, sums)
    scanned = fold(tier_scan, sums.group_starts)
    delta = deltas(table, sums)
    weighted = weighted_price_risk(table, sums, scanned.price, delta.net)
    intra_trace, inter_trace = Trace.of(trace), Trace.of(trace)
    remaining = delta.delta.copy()
    credits = Credits(table, sums, delta, remaining, weighted, inter_trace)
    figures = Figures(tier_scan, scanned, delta, remaining, weighted)
    above, *others = table.steps
    _form(above, credits, merging, figures)
    intra = intra_commodity(table, sums, delta, remaining, weighted, intra_trace)
    delivery = delivery_charge(table, delta, remaining)
    if merging:
        merging.between(figures)
    _form(chain(*others), credits, merging, figures)
    minimum = short_option_minimum(table, sums)
    if merging:
        credits.gather(merging)
        intra, delivery, minimum = (merging.gathered(each) for each in (intra, delivery, minimum))
        sums = merging.gathered_sums()
    charges = Charges(intra, delivery, credits.rounded(), minimum)
    commodities = _commodity_margins(table, sums, scanned, delta, weighted, charges)
    return Margins(
        table.currencies,
        commodities,
        totals(table, sums, commodities),
        sums,
        delta,
        tier_scan,
        intra_trace.formed(),
        inter_trace.formed(),
        merging.merged() if merging else None,
    )


def _form(steps: Iterable[Step], credits: Credits, merging: Merging | None, figures: Figures) -> None:
    """Form delta and scanning spreads between commodities, one after the other."""
    for step in steps:
        credits.form(step.first, step.last)
        if step.bucketed >= 0:
            credits.form_in_buckets(step.bucketed)
        if merging and step.scanning >= 0:
            merging.form(step.scanning, figures, credits.written)


def short_option_minimum(table: SpanTable, sums: Sums) -> Integers:
    """Step 10: int64 [pairs], money scale."""
    result: Integers = option_minimum(
        sums.options,
        sums.commodity,
        table.short_option_larger_side,
        10 ** (table.minimum_decimals - MONEY_DECIMALS),
        table.money_unit,
    )
    return result


def _commodity_margins(
    table: SpanTable, sums: Sums, scanned: Scan, delta: Deltas, weighted: Integers, charges: Charges
) -> CommodityMargins:
    risk, maintenance = commodity_risk(
        scanned.risk,
        *charges,
        sums.options,
        sums.commodity,
        table.factors,
        table.convention.minimum_before_credits,
        table.money_unit,
    )
    return CommodityMargins(
        sums.account,
        sums.commodity,
        scanned.risk,
        scanned.active + 1,
        scanned.time,
        scanned.volatility,
        scanned.price,
        delta.net,
        weighted,
        *charges,
        sums.options[:, 2],
        risk,
        maintenance,
    )


def totals(table: SpanTable, sums: Sums, commodities: CommodityMargins) -> Totals:
    """Steps 14 and 15: requirement of each account and currency."""
    result: Totals = account_totals(
        sums.account_starts,
        sums.commodity,
        commodities.risk,
        commodities.net_option_value,
        commodities.maintenance,
        table.currency,
        table.capped,
        len(table.currencies),
    )
    return result


@compiled
def option_minimum(
    options: Integers, commodity: Integers, larger_side: npt.NDArray[np.bool_], one: int, unit: int
) -> Integers:
    """Step 10 from `Sums.options`; ``one`` scales the minimum down to money."""
    result = np.zeros(len(options), dtype=np.int64)
    for pair in range(len(options)):
        calls, puts = options[pair, 0], options[pair, 1]
        if calls == NOT_COMPUTABLE:
            result[pair] = NOT_COMPUTABLE
            continue
        larger = larger_side[commodity[pair]]
        counted = max(calls, puts) if larger else calls + puts
        if counted:
            result[pair] = divide_rounded(counted, one * unit) * unit
    return result


@compiled
def commodity_risk(
    scan_risk: Integers,
    intra: Integers,
    delivery: Integers,
    credit: Integers,
    minimum: Integers,
    options: Integers,
    commodity: Integers,
    factors: Integers,
    minimum_before_credits: bool,
    unit: int,
) -> tuple[Integers, Integers]:
    """Steps 11 and 12: risk and maintenance of each pair."""
    risk, maintenance = np.empty(len(commodity), dtype=np.int64), np.empty(len(commodity), dtype=np.int64)
    for pair in range(len(commodity)):
        value = options[pair, 2]
        worst = min(scan_risk[pair], intra[pair], delivery[pair], credit[pair], minimum[pair], value)
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
        if options[pair, 3] and not options[pair, 4]:
            amount = min(amount, max(0, value))
        required, kept = factors[commodity[pair], 0], factors[commodity[pair], 1]
        risk[pair] = amount if required == RATIO else _by_factor(amount, required, unit)
        maintenance[pair] = _by_factor(amount, kept, unit) if risk[pair] != NOT_COMPUTABLE else NOT_COMPUTABLE
    return risk, maintenance


@inlined
def _by_factor(amount: int, factor: int, unit: int) -> int:
    """Step 12: amount x factor, rounded."""
    units = multiply_divide(amount, factor, RATIO * unit)
    return units * unit if 0 <= units <= LARGEST // unit else NOT_COMPUTABLE


@compiled
def account_totals(
    account_starts: Integers,
    commodity: Integers,
    risk: Integers,
    value: Integers,
    maintenance: Integers,
    currency: Integers,
    capped: npt.NDArray[np.bool_],
    currencies: int,
) -> Totals:
    """Steps 14 and 15 for each account."""
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
            owed = 0 if total[account, here] == NOT_COMPUTABLE else total[account, here] - used[account, here]
            over = abs(float(owed)) + abs(float(values[account, here]) - float(used[account, here]))
            if total[account, here] == NOT_COMPUTABLE or over > SAFE:
                total[account, here] = NOT_COMPUTABLE
                values[account, here] = requirement[account, here] = NOT_COMPUTABLE
                excess[account, here] = kept[account, here] = NOT_COMPUTABLE
                continue
            requirement[account, here] = max(0, owed)
            excess[account, here] = max(0, -owed) + values[account, here] - used[account, here]
    return Totals(total, values, requirement, excess, kept, present)
