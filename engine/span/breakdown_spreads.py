"""The spread steps of a margin breakdown: each spread with its legs, deltas used, rate, and charge or credit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np

from engine.numbers import (
    DELTA,
    MONEY,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO_DECIMALS,
    Integers,
    divide_half_away,
    format_scaled,
)
from engine.snapshot import BreakdownNode
from engine.span.breakdown_lines import AccountFigures, delta_text, line, money_text, rounded_off, sum_of
from engine.span.parameters import ChargeMethod, Leg, Spread
from engine.span.spread_tables import rate_of
from engine.text import Text, text


def intra_charge(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:  # noqa: ARG001
    """Step 7: the intra-commodity spread charge."""
    charge = int(account.margins.intra_commodity_charge[pair])
    if not charge:
        return
    currency, table = account.commodity(pair).currency, account.table
    spreads = [spread for ordered in table.intra_order for spread in ordered]
    trace = account.result.intra_trace
    members = account.members(pair)
    children = [
        _intra_spread(account, spreads[legs[0, 1]], legs, member)
        for member in members
        for legs in _by_spread(trace[trace[:, 0] == member])
    ]
    label = text("Intra-commodity spread charge")
    if charge == NOT_COMPUTABLE:
        # The parts may be too large to be right as well.
        yield line(label, charge, currency)
        return
    parts = rounded_off(charge, children, currency, len(members) * (table.money_unit // 2) + len(children))
    yield line(label, charge, currency, None, parts)


def inter_credit(account: AccountFigures, pair: int, so_far: int) -> Iterator[BreakdownNode]:  # noqa: ARG001
    """Step 9: the inter-commodity spread credit, negative."""
    credit = int(account.margins.inter_commodity_credit[pair])
    if not credit:
        return
    currency, table = account.commodity(pair).currency, account.table
    members = {int(account.margins.commodity[member]): member for member in account.members(pair)}
    children, written = [], 0
    for legs in _by_spread(account.result.inter_trace):
        if np.isin(table.inter.leg_commodity[legs[:, 2]], list(members)).any():
            children.append(_inter_spread(account, table.inter_order[legs[0, 1]], legs, members, written))
        written += len(legs)
    label = text("Inter-commodity spread credit")
    if credit == NOT_COMPUTABLE:
        yield line(label, credit, currency)
        return
    count = sum(len(child.children) for child in children)
    yield line(label, -credit, currency, None, rounded_off(-credit, children, currency, table.money_unit // 2 + count))


def _intra_spread(account: AccountFigures, spread: Spread, legs: Integers, pair: int) -> BreakdownNode:
    table, first = account.table, account.table.intra.leg_starts[legs[0, 1]]
    charge, one = int(legs[0, 5]), DELTA * table.rate_one
    if spread.method is ChargeMethod.WEIGHTED:
        merged = account.result.merged
        weighted = int((merged or account.margins).weighted_price_risk[pair])
        amount = NOT_COMPUTABLE if weighted == NOT_COMPUTABLE else int(divide_half_away(charge * weighted, one))
    else:
        weighted, amount = NOT_COMPUTABLE, int(divide_half_away(charge * MONEY, one))
    note = _intra_note(account, spread, legs, weighted)
    children = [_used(spread.legs[leg[2] - first], leg[4]) for leg in legs]
    return line(_spread_label(spread), amount, account.commodity(pair).currency, note, children)


def _intra_note(account: AccountFigures, spread: Spread, legs: Integers, weighted: int) -> Text:
    """How many were formed and at what rates; ``weighted`` is the weighted price risk of a spread charged by it."""
    table, number, count = account.table, int(legs[0, 1]), delta_text(legs[0, 3])
    rate = _rate_text(spread.rates.get(table.rate_set, Decimal(0)))
    if any(leg.rate is not None for leg in spread.legs):
        rate = _fraction_text(rate_of(spread, table.rate_set))
    by_month = int(table.intra.month_rate[number])
    if by_month:
        months = (int(legs[0, 5]) - int(legs[0, 3]) * int(table.intra.rate[number])) // by_month
        return text(
            "{count} formed at {rate} and {month_rate} a month, {months} months in all",
            count=count,
            rate=rate,
            month_rate=_rate_text(spread.month_rates[table.rate_set]),
            months=delta_text(months),
        )
    if spread.method is ChargeMethod.WEIGHTED:
        risk = money_text(weighted)
        return text("{count} formed at {rate} of the weighted price risk {risk}", count=count, rate=rate, risk=risk)
    return text("{count} formed at {rate}", count=count, rate=rate)


def _inter_spread(
    account: AccountFigures, spread: Spread, legs: Integers, members: Mapping[int, int], written: int
) -> BreakdownNode:
    """A spread between commodities as one of them sees it: its own legs carry its credit, the others only deltas.

    ``members`` are the pairs that are margined together, by commodity; ``written`` is the row of the first leg.
    """
    table, currency = account.table, account.commodity(next(iter(members.values()))).currency
    first = table.inter.leg_starts[legs[0, 1]]
    children = []
    for row in legs:
        leg = spread.legs[row[2] - first]
        pair = members.get(int(table.inter.leg_commodity[row[2]]))
        if pair is None:
            children.append(_used(leg, row[4]))
            continue
        amount = -_leg_credit(account, int(row[5]))
        risk = account.weighted_at(pair, written)
        children.append(line(_leg_label(leg, row[4]), amount, currency, _leg_note(account, spread, leg, risk)))
    rate = _rate_text(spread.rates.get(table.rate_set, Decimal(0)))
    note = text("{count} formed at {rate}", count=delta_text(legs[0, 3]), rate=rate)
    label = _spread_label(spread, above=bool(legs[0, 1] < table.super_count))
    return line(label, sum_of(children), currency, note, children)


def _leg_credit(account: AccountFigures, credit: int) -> int:
    """A leg's credit at the scale of money: the leg credit may keep more decimals than that."""
    decimals = account.table.convention.leg_credit
    return int(
        divide_half_away(credit * 10 ** max(0, MONEY_DECIMALS - decimals), 10 ** max(0, decimals - MONEY_DECIMALS))
    )


def _leg_note(account: AccountFigures, spread: Spread, leg: Leg, risk: int) -> Text:
    rate = leg.rate if leg.rate is not None else spread.rates.get(account.table.rate_set, Decimal(0))
    if spread.method is ChargeMethod.FLAT:
        return text("{rate} a spread, shared by {count} legs", rate=_rate_text(rate), count=len(spread.legs))
    return text(
        "weighted price risk {risk}, ratio {ratio}, rate {rate}",
        risk=money_text(risk),
        ratio=_rate_text(leg.ratio),
        rate=_rate_text(rate),
    )


def _used(leg: Leg, delta: int) -> BreakdownNode:
    return BreakdownNode(_leg_label(leg, delta), None)


def _leg_label(leg: Leg, delta: int) -> Text:
    return text("{leg}: {delta} delta", leg=leg_name(leg), delta=delta_text(delta, signed=True))


def _spread_label(spread: Spread, above: bool = False) -> Text:
    """What a spread is called; super spreads (``above``) count their priorities apart."""
    legs = " : ".join(f"{leg_name(leg)} {_rate_text(leg.ratio)}" for leg in spread.legs)
    if above:
        return text("Super spread {priority}: {legs}", priority=spread.priority, legs=legs)
    return text("Spread {priority}: {legs}", priority=spread.priority, legs=legs)


def leg_name(leg: Leg) -> str:
    """A leg's commodity with its month or tier."""
    if leg.period:
        return f"{leg.commodity} {leg.period}"
    return f"{leg.commodity} T{leg.tier}" if leg.tier else leg.commodity


def _rate_text(rate: Decimal) -> str:
    return format(rate.normalize(), "f")


def _fraction_text(rate: Fraction) -> str:
    """A rate exactly: as a decimal number where it is one."""
    scaled = rate * 10**RATIO_DECIMALS
    return format_scaled(int(scaled), RATIO_DECIMALS) if scaled.denominator == 1 else str(rate)


def _by_spread(trace: Integers) -> Iterator[Integers]:
    """Runs of legs that were formed together."""
    start = 0
    for row in range(1, len(trace) + 1):
        if row == len(trace) or trace[row, 1] != trace[start, 1] or trace[row, 2] <= trace[row - 1, 2]:
            yield trace[start:row]
            start = row
