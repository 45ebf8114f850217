"""The requirement of many accounts at once, or of one in a hurry: all steps in one compiled call, nothing kept.

Scanning spreads, which few markets have, are formed by `engine.span.requirement` alone.

The steps are those of `engine.span.requirement.margin`, called in the same order on a few accounts at a time, so that
what one step writes is still at hand when the next reads it. Large batches are shared out over threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import ContractFigures
from engine.span.inter_spreads import credit_scales, form_spreads, rounded_credits
from engine.span.intra_spreads import delivery_charges, intra_charges
from engine.span.requirement import Totals, account_totals, commodity_risk, margin, option_minimum
from engine.span.scan import folded, rounded_deltas, scanned, weighted_risks, weighted_scales
from engine.span.spread_tables import InterSpreads, IntraSpreads
from engine.span.summing import Sums, summed

BLOCK = 64
"""Accounts taken through all steps together: what they need in between stays in the processor's cache."""
SHARE = 20_000
"""Positions that are worth a thread of their own: a millisecond or two."""


class Layout(NamedTuple):
    """Of a `SpanTable`, what the steps read, in a form that compiled code takes whole. Names as there."""

    contracts: ContractFigures
    scenario_pairs: Integers
    weighted_method: Integers
    range_per_delta: Integers
    intra: IntraSpreads
    inter: InterSpreads
    delivery_outright: Integers
    delivery_spread: Integers
    short_option_larger_side: npt.NDArray[np.bool_]
    factors: Integers
    currency: Integers
    capped: npt.NDArray[np.bool_]
    weighted_scale: tuple[int, int, int]
    credit_scales: tuple[tuple[int, int], tuple[int, int]]
    delta_unit: int
    rate_one: int
    delivery_one: int
    credit_one: int
    minimum_one: int
    money_unit: int
    currencies: int
    super_count: int
    delivers: bool
    minimum_before_credits: bool

    @classmethod
    def of(cls, table: SpanTable) -> Layout:
        """Gather it: a few microseconds."""
        convention = table.convention
        return cls(
            table.contracts,
            table.scenario_pairs,
            table.weighted_method,
            table.range_per_delta,
            table.intra,
            table.inter,
            table.delivery_outright,
            table.delivery_spread,
            table.short_option_larger_side,
            table.factors,
            table.currency,
            table.capped,
            weighted_scales(convention),
            credit_scales(table),
            10 ** (table.delta_decimals - DELTA_DECIMALS),
            table.rate_one * 10**DELTA_DECIMALS,
            10**DELTA_DECIMALS * table.money_unit,
            10 ** (convention.leg_credit - convention.money),
            10 ** (table.minimum_decimals - MONEY_DECIMALS),
            table.money_unit,
            len(table.currencies),
            table.super_count,
            table.delivers,
            convention.minimum_before_credits,
        )


def requirements(table: SpanTable, batch: Batch) -> Totals:
    """Totals of every account of ``batch``, as `engine.span.requirement.margin` has them.

    Args:
        table: The parameters, laid out.
        batch: Positions; rows must be `SpanTable.usable`.
    """
    if table.stepwise:
        return _one_step_after_the_other(table, batch)
    accounts = len(batch.starts) - 1
    shape = (accounts, len(table.currencies))
    risk, value, requirement, excess, maintenance = (np.empty(shape, dtype=np.int64) for _ in range(5))
    totals = Totals(risk, value, requirement, excess, maintenance, np.empty(shape, dtype=np.bool_))
    layout = Layout.of(table)
    if len(batch.rows) < 2 * SHARE:
        _fill(layout, batch, 0, accounts, BLOCK, totals)
        return totals
    threads = min(os.cpu_count() or 1, len(batch.rows) // SHARE)
    # Of nothing: whatever has to be compiled is, before threads ask for it at the same moment.
    _fill(layout, batch, 0, 0, BLOCK, totals)
    # Several shares a thread, so that no thread ends long before the others.
    places = np.linspace(0, len(batch.rows), 4 * threads + 1)
    bounds = np.unique(np.searchsorted(batch.starts, places[1:-1]))
    bounds = np.concatenate(([0], bounds[(bounds > 0) & (bounds < accounts)], [accounts])).tolist()
    with ThreadPoolExecutor(threads, thread_name_prefix="margin") as pool:
        for done in [pool.submit(_fill, layout, batch, first, last, BLOCK, totals) for first, last in pairwise(bounds)]:
            done.result()
    return totals


def _one_step_after_the_other(table: SpanTable, batch: Batch) -> Totals:
    """The totals where commodities are margined together, which no single compiled call does."""
    accounts = len(batch.starts) - 1
    bounds = np.searchsorted(batch.starts, np.arange(0, len(batch.rows), SHARE)).tolist()
    parts = [
        margin(table, batch.part(first, last)).totals
        for first, last in pairwise([*dict.fromkeys([0, *bounds]), accounts])
        if first < last
    ]
    return Totals(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@compiled
def _fill(layout: Layout, batch: Batch, first: int, last: int, block: int, totals: Totals) -> None:
    """Compute the accounts ``first`` to ``last`` (not included), ``block`` of them at a time."""
    most = 0
    for start in range(first, last, block):
        most = max(most, batch.starts[min(last, start + block)] - batch.starts[start])
    scratch = np.empty((most, 16), dtype=np.int64)
    for start in range(first, last, block):
        stop = min(last, start + block)
        part = finished(layout, summed(layout.contracts, batch, start, stop, scratch))
        totals.risk[start:stop] = part.risk
        totals.net_option_value[start:stop] = part.net_option_value
        totals.requirement[start:stop] = part.requirement
        totals.excess_option_value[start:stop] = part.excess_option_value
        totals.maintenance[start:stop] = part.maintenance
        totals.present[start:stop] = part.present


@compiled
def finished(layout: Layout, sums: Sums) -> Totals:
    """Every step after the sums over positions."""
    commodity, unit = sums.commodity, layout.money_unit
    risk, active, time, volatility, price = scanned(sums.scenario, layout.scenario_pairs, unit)
    if len(risk) > len(commodity):
        risk, active, time, volatility, price = folded(sums.group_starts, risk, active, time, volatility)
    delta, net = rounded_deltas(sums.run_starts, sums.delta, layout.delta_unit)
    up, down, risk_unit = layout.weighted_scale
    weighted = weighted_risks(
        price, net, commodity, layout.weighted_method, layout.range_per_delta, up, down, risk_unit
    )
    remaining, legs, trace = delta.copy(), np.zeros(len(commodity), dtype=np.int64), np.zeros((0, 6), dtype=np.int64)
    for step in range(2):
        if step == 1:
            intra = intra_charges(
                sums.run_starts,
                sums.slot,
                remaining,
                sums.account,
                sums.gross,
                commodity,
                weighted,
                layout.intra,
                layout.rate_one,
                unit,
                trace,
            )
            delivery = np.zeros_like(legs)
            if layout.delivers:
                delivery = delivery_charges(
                    sums.run_starts,
                    sums.slot,
                    delta,
                    remaining,
                    layout.delivery_outright,
                    layout.delivery_spread,
                    layout.delivery_one,
                    unit,
                )
        first, last = (0, layout.super_count) if step == 0 else (layout.super_count, len(layout.inter.flat))
        if first < last:
            form_spreads(
                sums.account_starts,
                sums.gross,
                commodity,
                sums.run_starts,
                sums.slot,
                remaining,
                weighted,
                risk_unit,
                layout.inter,
                layout.credit_scales[0],
                layout.credit_scales[1],
                (first, last),
                len(layout.currency),
                legs,
                trace,
                0,
            )
    credit = rounded_credits(legs, layout.credit_one, unit)
    minimum = option_minimum(sums.options, commodity, layout.short_option_larger_side, layout.minimum_one, unit)
    owed, maintenance = commodity_risk(
        risk,
        intra,
        delivery,
        credit,
        minimum,
        sums.options,
        commodity,
        layout.factors,
        layout.minimum_before_credits,
        unit,
    )
    return account_totals(
        sums.account_starts,
        commodity,
        owed,
        sums.options[:, 2],
        maintenance,
        layout.currency,
        layout.capped,
        layout.currencies,
    )
