"""Every step after the sums over positions, in one compiled call that keeps nothing but the totals.

The steps are those of `engine.span.requirement.margin_of`, called in the same order. The parameters are handed on as
one held record, and taken from it array by array where they are used: handed on as they are, forty arrays are copied
and counted at each step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, compiled
from engine.numbers import Integers
from engine.span.bucket_spreads import form_in_buckets
from engine.span.inter_spreads import form_spreads, rounded_credits
from engine.span.intra_spreads import delivery_charges, intra_charges
from engine.span.layout import BEFORE_INTRA, BUCKETED, FIRST, LAST, SCANNING, Layout
from engine.span.requirement import Totals, account_totals, commodity_risk, option_minimum
from engine.span.room import with_room
from engine.span.scan import folded, rounded_deltas, scanned, weighted_risks
from engine.span.scanning_spreads import form_scanning, gather
from engine.span.scanning_targets import HELD, formed_into, targets
from engine.span.summing import Sums


class _Found(NamedTuple):
    """What spreads between commodities read and write, by pair but for the deltas, which are by run."""

    risk: Integers
    net: Integers
    weighted: Integers
    delta: Integers
    remaining: Integers
    legs: Integers
    """Credits of the legs, not rounded yet."""
    into: Integers
    """Pair that each one is margined with, or -1."""
    alive: npt.NDArray[np.bool_]


@compiled
def finished(layout: Held[Layout], sums: Sums, alike: int) -> Totals:
    """The totals of all accounts that ``sums`` are of.

    Args:
        layout: The parameters.
        sums: The sums.
        alike: Pairs of each account where all are one account with other quantities, else 0.
    """
    width = len(layout.record.currency)
    if len(layout.record.scanning.target) == 0:
        return _finished(layout, sums, alike)[0]
    wanted = targets(layout.record.scanning, sums, width)
    roomy = with_room(layout.record.slots, sums, wanted, width)
    totals, into = _finished(layout, roomy, 0)
    used = formed_into(roomy, into, width)
    if len(used) == len(wanted):
        return totals
    # Room that nothing went into is given back: an account would else be in a currency that it is not.
    return _finished(layout, with_room(layout.record.slots, sums, used, width), 0)[0]


@compiled
def _finished(layout: Held[Layout], sums: Sums, alike: int) -> tuple[Totals, Integers]:
    """The totals, and `_Found.into`."""
    commodity, options, unit = sums.commodity, sums.options, layout.record.money_unit
    found = _scan(layout, sums)
    _form(layout, sums, found, 1)
    intra = intra_charges(
        sums.run_starts,
        sums.slot,
        found.remaining,
        sums.account,
        sums.middles,
        commodity,
        found.weighted,
        layout.record.intra,
        layout.record.rate_one,
        unit,
        np.zeros((0, 6), dtype=np.int64),
        alike,
    )
    delivery = np.zeros_like(intra)
    if layout.record.delivers:
        delivery = delivery_charges(
            sums.run_starts,
            sums.slot,
            found.delta,
            found.remaining,
            layout.record.delivery_outright,
            layout.record.delivery_spread,
            layout.record.delivery_one,
            unit,
        )
    _form(layout, sums, found, 0)
    legs, minimum = (
        found.legs,
        option_minimum(options, commodity, layout.record.short_option_larger_side, layout.record.minimum_one, unit),
    )
    if len(layout.record.scanning.target):
        into = found.into
        intra, delivery, minimum, legs = (
            gather(into, intra),
            gather(into, delivery),
            gather(into, minimum),
            gather(into, legs),
        )
        options = options.copy()
        for column in range(options.shape[1]):
            options[:, column] = gather(into, options[:, column].copy())
    credit = rounded_credits(legs, layout.record.credit_one, unit)
    owed, maintenance = commodity_risk(
        found.risk,
        intra,
        delivery,
        credit,
        minimum,
        options,
        commodity,
        layout.record.factors,
        layout.record.minimum_before_credits,
        unit,
    )
    totals = account_totals(
        sums.account_starts,
        commodity,
        owed,
        options[:, 2],
        maintenance,
        layout.record.currency,
        layout.record.capped,
        layout.record.currencies,
    )
    return totals, found.into


@compiled
def _scan(layout: Held[Layout], sums: Sums) -> _Found:
    """Steps 2 to 5, and nothing formed yet."""
    pairs = len(sums.commodity)
    delta, net = rounded_deltas(sums.run_starts, sums.delta, layout.record.delta_unit)
    risk, weighted = _risks(layout, sums, net)
    into, alive = np.full(pairs, -1, dtype=np.int64), sums.options[:, HELD] > 0
    return _Found(risk, net, weighted, delta, delta.copy(), np.zeros(pairs, dtype=np.int64), into, alive)


@compiled
def _risks(layout: Held[Layout], sums: Sums, net: Integers) -> tuple[Integers, Integers]:
    """Scan risk and weighted price risk of each pair."""
    paired, money = layout.record.scenario_pairs, layout.record.money_unit
    risk, active, time, volatility, price = scanned(sums.scenario, paired, money)
    if len(risk) > len(sums.commodity):
        risk, active, time, volatility, price = folded(sums.group_starts, risk, active, time, volatility)
    up, down, unit = layout.record.weighted_scale
    weighted = weighted_risks(
        price, net, sums.commodity, layout.record.weighted_method, layout.record.range_per_delta, up, down, unit
    )
    return risk, weighted


@compiled
def _form(layout: Held[Layout], sums: Sums, found: _Found, before_intra: int) -> None:
    """Form the spreads between commodities that come before those inside them, or those that come after."""
    none, risk_unit, steps = np.zeros((0, 6), dtype=np.int64), layout.record.weighted_scale[2], layout.record.steps
    for step in range(len(steps)):
        if steps[step, BEFORE_INTRA] != before_intra:
            continue
        if steps[step, FIRST] < steps[step, LAST]:
            form_spreads(
                sums.account_starts,
                sums.middles,
                sums.commodity,
                sums.run_starts,
                sums.slot,
                found.remaining,
                found.weighted,
                risk_unit,
                layout.record.inter,
                layout.record.credit_scales[0],
                layout.record.credit_scales[1],
                (steps[step, FIRST], steps[step, LAST]),
                len(layout.record.currency),
                found.legs,
                none,
                0,
            )
        if steps[step, BUCKETED] >= 0:
            form_in_buckets(
                layout.record.bucketed,
                steps[step, BUCKETED],
                sums,
                found.remaining,
                found.weighted,
                risk_unit,
                layout.record.inter,
                layout.record.credit_scales,
                found.legs,
                none,
                0,
            )
        if steps[step, SCANNING] >= 0:
            _form_scanning(layout, sums, found, steps[step, SCANNING])


@compiled
def _form_scanning(layout: Held[Layout], sums: Sums, found: _Found, spread: int) -> None:
    """Form a scanning spread wherever it can be, and find again what follows from the sums."""
    if form_scanning(
        layout.record.scanning, layout.record.slots, spread, sums, found.delta, found.remaining, found.alive, found.into
    ):
        found.net[:] = rounded_deltas(sums.run_starts, found.delta, 1)[1]
        risk, weighted = _risks(layout, sums, found.net)
        found.risk[:], found.weighted[:] = risk, weighted
