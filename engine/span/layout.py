"""Of the parameters as laid out, what the steps of the calculation read, in a form that compiled code takes whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import DELTA_DECIMALS, MONEY_DECIMALS, Integers
from engine.span.bucket_table import BucketTable
from engine.span.contract_figures import ContractFigures
from engine.span.conventions import Convention
from engine.span.scanning_table import ScanningTable
from engine.span.slots import Slots
from engine.span.spread_tables import InterSpreads, IntraSpreads

if TYPE_CHECKING:
    from engine.span.arrays import SpanTable

BEFORE_INTRA, FIRST, LAST, SCANNING, BUCKETED = range(5)
"""Columns of `Layout.steps`."""


class Layout(NamedTuple):
    """Names as in `engine.span.arrays.SpanTable`, but for these.

    Attributes:
        steps: int64 [steps, 5], what of the spreads between commodities is formed one after the other: whether before
            the intra-commodity spreads, and the fields of `engine.span.scanning_table.Step`.
        weighted_scale: Of the weighted price risk, see `engine.span.scan.weighted_risks`.
        credit_scales: Of the credits, see `engine.span.inter_spreads.form_spreads`.
    """

    contracts: ContractFigures
    scenario_pairs: Integers
    slots: Slots
    weighted_method: Integers
    range_per_delta: Integers
    intra: IntraSpreads
    inter: InterSpreads
    scanning: ScanningTable
    bucketed: BucketTable
    steps: Integers
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
    delivers: bool
    minimum_before_credits: bool


def layout_of(table: SpanTable) -> Layout:
    """Gather what there is."""
    convention = table.convention
    steps = [
        (number == 0, step.first, step.last, step.scanning, step.bucketed)
        for number, steps in enumerate(table.steps)
        for step in steps
    ]
    return Layout(
        table.contracts,
        table.scenario_pairs,
        table.slots,
        table.weighted_method,
        table.range_per_delta,
        table.intra,
        table.inter,
        table.scanning,
        table.bucketed,
        np.array(steps, dtype=np.int64).reshape(-1, 5),
        table.delivery_outright,
        table.delivery_spread,
        table.short_option_larger_side,
        table.factors,
        table.currency,
        table.capped,
        weighted_scales(convention),
        credit_scales(convention, table.credit_decimals),
        10 ** (table.delta_decimals - DELTA_DECIMALS),
        table.rate_one * 10**DELTA_DECIMALS,
        10**DELTA_DECIMALS * table.money_unit,
        10 ** (convention.leg_credit - convention.money),
        10 ** (table.minimum_decimals - MONEY_DECIMALS),
        table.money_unit,
        len(table.currencies),
        table.delivers,
        convention.minimum_before_credits,
    )


def weighted_scales(convention: Convention) -> tuple[int, int, int]:
    """Factor and divisor that bring money over delta to the weighted price risk's decimals, and one unit of those."""
    decimals = convention.weighted_price_risk
    exponent = DELTA_DECIMALS + decimals - MONEY_DECIMALS
    return 10 ** max(0, exponent), 10 ** max(0, -exponent), 10 ** (MONEY_DECIMALS - decimals)


def credit_scales(convention: Convention, decimals: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Factor and divisor that bring a weighted, and a flat, credit to the leg credit's scale.

    Args:
        convention: Says what that is.
        decimals: Of the credits in `engine.span.spread_tables.InterSpreads`.
    """
    flat = DELTA_DECIMALS + decimals - convention.leg_credit
    weighted = flat + convention.weighted_price_risk
    return (10 ** max(0, -weighted), 10 ** max(0, weighted)), (10 ** max(0, -flat), 10 ** max(0, flat))
