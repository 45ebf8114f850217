"""Delta spreads laid out for the kernels: inside a combined commodity, and between commodities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import RATIO_DECIMALS, Integers, decimals_needed, scale_decimal
from engine.span.parameters import ChargeMethod, Leg, Spread, Tier

if TYPE_CHECKING:
    from engine.span.arrays import SpanTable

SLOT_BITS = 62
"""Bits of the masks that tell which period slots a spread leg can draw on."""
NO_MONTH = -1


class IntraSpreads(NamedTuple):
    """Intra-commodity spreads in order of priority. Legs point at runs of period slots.

    Attributes:
        starts: int64 [commodities + 1], run of spreads of each commodity.
        weighted: bool [spreads], charged by weighted price risk instead of flat.
        rate: int64 [spreads], scaled by `SpanTable.rate_one`.
        month_rate: int64 [spreads], on top of it for each month that the legs are apart, scaled alike.
        slot_month: int64 [slots], number of the calendar month, or `NO_MONTH`.
        masks: int64 [spreads, 2], slots that the A legs, and the B legs, draw on as bits, slot s at s % SLOT_BITS.
        leg_starts: int64 [spreads + 1], run of legs of each spread.
        leg_slots: int64 [legs, 2], first slot and the one after the last.
        leg_side: int64 [legs], +1 for A, -1 for B.
        leg_ratio: int64 [legs], ratio scale.
    """

    starts: Integers
    weighted: npt.NDArray[np.bool_]
    rate: Integers
    month_rate: Integers
    slot_month: Integers
    masks: Integers
    leg_starts: Integers
    leg_slots: Integers
    leg_side: Integers
    leg_ratio: Integers


class InterSpreads(NamedTuple):
    """Spreads between commodities: super spreads, inter-commodity spreads, inter-clearing spreads, each by priority.

    Attributes:
        flat: bool [spreads], credit is money a spread instead of a share of the weighted price risk.
        masks: int64 [spreads, 3], as bits, commodity c at c % SLOT_BITS: commodities of all legs, and of the A legs and
            the B legs that draw on all periods.
        leg_starts: int64 [spreads + 1], run of legs of each spread.
        leg_commodity: int64 [legs].
        leg_whole: bool [legs], draws on all periods of its commodity.
        leg_slots: int64 [legs, 2], first slot and the one after the last.
        leg_side: int64 [legs], +1 for A, -1 for B.
        leg_ratio: int64 [legs], ratio scale.
        leg_credit: int64 [legs], ratio x rate (weighted) or rate (flat), scaled by 10**credit_decimals.
    """

    flat: npt.NDArray[np.bool_]
    masks: Integers
    leg_starts: Integers
    leg_commodity: Integers
    leg_whole: npt.NDArray[np.bool_]
    leg_slots: Integers
    leg_side: Integers
    leg_ratio: Integers
    leg_credit: Integers


@dataclass(frozen=True, slots=True)
class Scaled:
    """Decimals brought to the least scale that holds them all exactly."""

    values: Integers
    decimals: int

    @classmethod
    def of(cls, values: list[Decimal]) -> Scaled:
        """Find that scale."""
        decimals = max((decimals_needed(value) for value in values), default=0)
        return cls(_integers([scale_decimal(value, decimals) for value in values]), decimals)


def by_contract(spread: Spread) -> bool:
    """Whether a spread has legs in single months: such are formed before those between tiers (step 7)."""
    return any(leg.period for leg in spread.legs)


def rate_of(spread: Spread, rate_set: int) -> Fraction:
    """What a spread inside a commodity is charged at: by the mean of its legs' rates where they have their own.

    That is how a flat rate between commodities counts, which the legs share equally (our reading).
    """
    shared = spread.rates.get(rate_set, Decimal(0))
    rates = [Fraction(shared if leg.rate is None else leg.rate) for leg in spread.legs]
    return sum(rates, Fraction(0)) / len(rates)


def month_of(period: str) -> int:
    """Number of the calendar month that a contract period begins with, or `NO_MONTH`."""
    year, month = period[:4], period[4:6]
    return int(year) * 12 + int(month) if (year + month).isdecimal() and "01" <= month <= "12" else NO_MONTH


def intra_table(table: SpanTable) -> tuple[IntraSpreads, int]:
    """The spreads inside commodities, and what a rate of 1 is."""
    parameters = table.parameters
    listed = [(index, spread) for index, ordered in enumerate(table.intra_order) for spread in ordered]
    legs = [(index, leg) for index, spread in listed for leg in spread.legs]
    rates = [rate_of(spread, table.rate_set) for _, spread in listed]
    months = [Fraction(spread.month_rates.get(table.rate_set, 0)) for _, spread in listed]
    one = lcm(*(rate.denominator for rate in (*rates, *months)))
    slots = [_leg_slots(table, index, parameters.commodities[index].intra_tiers, leg) for index, leg in legs]
    sides = [1 if leg.side == "A" else -1 for _, leg in legs]
    leg_starts = np.cumsum([0, *(len(spread.legs) for _, spread in listed)]).tolist()
    spreads = IntraSpreads(
        _integers(np.cumsum([0, *(len(ordered) for ordered in table.intra_order)])),
        np.array([spread.method is ChargeMethod.WEIGHTED for _, spread in listed], dtype=np.bool_),
        _integers([int(rate * one) for rate in rates]),
        _integers([int(rate * one) for rate in months]),
        _integers([month_of(parameters.periods[period]) for period in table.slot_period]),
        _masks(leg_starts, [(range(*run), ())[::side] for run, side in zip(slots, sides, strict=True)], 2),
        _integers(leg_starts),
        np.array(slots, dtype=np.int64).reshape(-1, 2),
        _integers(sides),
        _integers([scale_decimal(leg.ratio, RATIO_DECIMALS) for _, leg in legs]),
    )
    return spreads, one


def inter_table(table: SpanTable) -> tuple[InterSpreads, int]:
    """The spreads between commodities, and the decimals of their credits."""
    commodities, spreads = table.parameters.commodities, table.inter_order
    codes = {commodity.code: index for index, commodity in enumerate(commodities)}
    legs = [(spread, leg) for spread in spreads for leg in spread.legs]
    credits = []
    for spread, leg in legs:
        rate = leg.rate if leg.rate is not None else spread.rates.get(table.rate_set, Decimal(0))
        credits.append(rate if spread.method is ChargeMethod.FLAT else leg.ratio * rate)
    scaled = Scaled.of(credits)
    owners = [codes[leg.commodity] for _, leg in legs]
    slots = [
        _leg_slots(table, owner, commodities[owner].inter_tiers, leg)
        for owner, (_, leg) in zip(owners, legs, strict=True)
    ]
    leg_starts = np.cumsum([0, *(len(spread.legs) for spread in spreads)]).tolist()
    whole = [not leg.tier and not leg.period for _, leg in legs]
    drawn = [
        [
            [owner],
            [owner] if all_of_it and leg.side == "A" else [],
            [owner] if all_of_it and leg.side != "A" else [],
        ]
        for owner, all_of_it, (_, leg) in zip(owners, whole, legs, strict=True)
    ]
    found = InterSpreads(
        np.array([spread.method is ChargeMethod.FLAT for spread in spreads], dtype=np.bool_),
        _masks(leg_starts, drawn, 3),
        _integers(leg_starts),
        _integers(owners),
        np.array(whole, dtype=np.bool_),
        np.array(slots, dtype=np.int64).reshape(-1, 2),
        _integers([1 if leg.side == "A" else -1 for _, leg in legs]),
        _integers([scale_decimal(leg.ratio, RATIO_DECIMALS) for _, leg in legs]),
        scaled.values,
    )
    return found, scaled.decimals


def _leg_slots(table: SpanTable, index: int, tiers: tuple[Tier, ...], leg: Leg) -> tuple[int, int]:
    """Run of period slots a leg draws on: one period, a tier's, or all of the commodity's."""
    if leg.period:
        return table.slots_between(index, leg.period, leg.period)
    tier = next((tier for tier in tiers if tier.number == leg.tier), None)
    if leg.tier and tier is None:
        return int(table.slot_starts[index]), int(table.slot_starts[index])
    if tier and leg.tier:
        return table.slots_between(index, tier.start, tier.end)
    return table.slots_between(index, "", "")


def _masks(leg_starts: Sequence[int], legs: Sequence[Sequence[Iterable[int]]], columns: int) -> Integers:
    """Of each spread, the numbers that its legs name in each column, as bits."""
    masks = np.zeros((len(leg_starts) - 1, columns), dtype=np.int64)
    for spread, (begin, end) in enumerate(pairwise(leg_starts)):
        for leg in legs[begin:end]:
            for column, numbers in enumerate(leg):
                masks[spread, column] |= sum({1 << number % SLOT_BITS for number in numbers})
    return masks


def _integers(values: npt.ArrayLike) -> Integers:
    return np.asarray(values, dtype=np.int64)
