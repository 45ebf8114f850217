"""Why the margin is what it is: a tree from the requirement to commodities, steps, spread legs and positions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.numbers import (
    DELTA_DECIMALS,
    MONEY,
    MONEY_DECIMALS,
    NOT_COMPUTABLE,
    RATIO_DECIMALS,
    Integers,
    format_scaled,
)
from engine.snapshot import BreakdownNode
from engine.span.arrays import Batch, SpanTable
from engine.span.parameters import Leg, Spread
from engine.span.requirement import CommodityMargins, Margins, margin
from engine.text import Text, text

TRACE_CAPACITY = 4096


def breakdown(table: SpanTable, batch: Batch) -> tuple[BreakdownNode, ...]:
    """The margin of one account explained, one tree a currency.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
    """
    return _Explanation(table, batch, margin(table, batch, TRACE_CAPACITY)).trees()


class _Explanation:
    """Turns the arrays of one account's margin into trees."""

    def __init__(self, table: SpanTable, batch: Batch, result: Margins) -> None:
        self._table = table
        self._batch = batch
        self._result = result
        self._margins: CommodityMargins = result.commodities
        self._intra = [spread for ordered in table.intra_order for spread in ordered]

    def trees(self) -> tuple[BreakdownNode, ...]:
        """One tree for each currency the account has commodities in."""
        totals = self._result.totals
        return tuple(
            self._requirement(index, currency)
            for index, currency in enumerate(self._table.currencies)
            if totals.present[0, index]
        )

    def _requirement(self, index: int, currency: str) -> BreakdownNode:
        totals = self._result.totals
        pairs = [
            pair
            for pair in range(len(self._margins.commodity))
            if self._table.currency[self._margins.commodity[pair]] == index
        ]
        pairs.sort(key=lambda pair: -int(self._margins.risk[pair]))
        excess = int(totals.excess_option_value[0, index])
        note = text("excess option value {amount}", amount=_money(excess)) if excess > 0 else None
        value = tuple(self._option_value(currency, pairs))
        return self._node(
            text("Requirement"),
            totals.requirement[0, index],
            currency,
            note,
            (*value, *(self._commodity(pair, currency) for pair in pairs)),
        )

    def _commodity(self, pair: int, currency: str) -> BreakdownNode:
        margins = self._margins
        commodity = self._table.parameters.commodities[margins.commodity[pair]]
        steps = [self._scan(pair, currency)]
        if margins.intra_commodity_charge[pair]:
            steps.append(self._intra_charge(pair, currency))
        if margins.inter_commodity_credit[pair]:
            steps.append(self._inter_credit(pair, currency))
        if margins.short_option_minimum[pair]:
            label = text("Short option minimum")
            note = text("applies") if margins.risk[pair] == margins.short_option_minimum[pair] else text("not reached")
            steps.append(self._node(label, margins.short_option_minimum[pair], currency, note))
        name = commodity.code if commodity.name == commodity.code else f"{commodity.code} {commodity.name}"
        return self._node(text("{name}", name=name), margins.risk[pair], currency, None, tuple(steps))

    def _scan(self, pair: int, currency: str) -> BreakdownNode:
        margins, sums = self._margins, self._result.sums[pair]
        active = int(margins.active_scenario[pair])
        positions = [
            self._position(row, quantity * int(self._table.scenario[row, active - 1]), quantity, currency)
            for row, quantity in self._held(pair)
        ]
        positions.sort(key=lambda node: -(node.amount or 0))
        note = text(
            "time {time}, volatility {volatility}, price {price}; net delta {delta}, weighted price risk {risk}",
            time=_money(margins.time_risk[pair]),
            volatility=_money(margins.volatility_risk[pair]),
            price=_money(margins.price_risk[pair]),
            delta=_delta(margins.net_delta[pair]),
            risk=_money(margins.weighted_price_risk[pair]),
        )
        return BreakdownNode(
            text("Scan risk, scenario {number}", number=active),
            _amount(margins.scan_risk[pair]),
            currency,
            note,
            tuple(positions),
            tuple(int(value) for value in sums),
            active,
        )

    def _held(self, pair: int) -> Iterator[tuple[int, int]]:
        start, stop = self._result.groups.starts[pair], self._result.groups.starts[pair + 1]
        for position in range(start, stop):
            if self._batch.quantities[position]:
                yield int(self._batch.rows[position]), int(self._batch.quantities[position])

    def _position(self, row: int, amount: int, quantity: int, currency: str) -> BreakdownNode:
        contract = self._table.parameters.contract(row)
        label = text("{quantity} {contract}", quantity=f"{quantity:+d}", contract=contract.title)
        return BreakdownNode(label, amount, currency, contract=contract)

    def _intra_charge(self, pair: int, currency: str) -> BreakdownNode:
        trace = self._result.intra_trace
        mine = trace[trace[:, 0] == pair]
        one = 10 ** (DELTA_DECIMALS + self._table.rate_decimals)
        children = []
        for legs in _by_spread(mine):
            number = legs[0, 1]
            charge = None if self._table.intra.weighted[number] else int(legs[0, 5]) * MONEY // one
            children.append(self._spread(self._intra[number], legs, charge, currency, self._table.intra.leg_starts))
        label = text("Intra-commodity spread charge")
        return self._node(label, self._margins.intra_commodity_charge[pair], currency, None, tuple(children))

    def _inter_credit(self, pair: int, currency: str) -> BreakdownNode:
        trace = self._result.inter_trace
        commodity = self._margins.commodity[pair]
        unit = 10 ** (self._table.convention.leg_credit - MONEY_DECIMALS)
        children = []
        for legs in _by_spread(trace):
            mine = legs[self._table.inter.leg_commodity[legs[:, 2]] == commodity]
            if len(mine):
                credit = -int(mine[:, 5].sum()) // unit
                spread = self._table.inter_order[legs[0, 1]]
                children.append(self._spread(spread, legs, credit, currency, self._table.inter.leg_starts))
        label = text("Inter-commodity spread credit")
        credit = self._margins.inter_commodity_credit[pair]
        total = -int(credit) if credit != NOT_COMPUTABLE else NOT_COMPUTABLE
        return self._node(label, total, currency, None, tuple(children))

    def _spread(
        self, spread: Spread, legs: Integers, amount: int | None, currency: str, leg_starts: Integers
    ) -> BreakdownNode:
        names = " : ".join(f"{_leg_name(leg)} {format(leg.ratio.normalize(), 'f')}" for leg in spread.legs)
        first = leg_starts[legs[0, 1]]
        children = tuple(
            BreakdownNode(
                text(
                    "{leg}: {delta} delta",
                    leg=_leg_name(spread.legs[leg[2] - first]),
                    delta=_delta(leg[4], signed=True),
                ),
                None,
            )
            for leg in legs
        )
        note = text(
            "{count} formed at {rate}",
            count=_delta(legs[0, 3]),
            rate=format_scaled(_rate(spread, self._table.rate_set), RATIO_DECIMALS),
        )
        label = text("Spread {priority}: {legs}", priority=spread.priority, legs=names)
        return BreakdownNode(label, amount, currency, note, children)

    def _option_value(self, currency: str, pairs: list[int]) -> Iterator[BreakdownNode]:
        total = sum(int(self._margins.net_option_value[pair]) for pair in pairs)
        positions = [
            self._position(row, -quantity * int(self._table.premium[row]), quantity, currency)
            for pair in pairs
            for row, quantity in self._held(pair)
            if self._table.is_premium[row]
        ]
        if positions:
            yield self._node(text("Net option value"), -total, currency, None, tuple(positions))

    def _node(
        self,
        label: Text,
        amount: int | np.int64,
        currency: str,
        note: Text | None = None,
        children: tuple[BreakdownNode, ...] = (),
    ) -> BreakdownNode:
        if amount == NOT_COMPUTABLE:
            return BreakdownNode(label, None, currency, text("not computable: a figure is too large"), children)
        return BreakdownNode(label, int(amount), currency, note, children)


def _by_spread(trace: Integers) -> Iterator[Integers]:
    """Runs of legs that were formed together."""
    start = 0
    for row in range(1, len(trace) + 1):
        if row == len(trace) or trace[row, 1] != trace[start, 1] or trace[row, 2] <= trace[row - 1, 2]:
            yield trace[start:row]
            start = row


def _leg_name(leg: Leg) -> str:
    if leg.period:
        return f"{leg.commodity} {leg.period}"
    return f"{leg.commodity} T{leg.tier}" if leg.tier else leg.commodity


def _rate(spread: Spread, rate_set: int) -> int:
    rate = spread.rates.get(rate_set)
    return int(rate.scaleb(RATIO_DECIMALS)) if rate is not None else 0


def _amount(value: int | np.int64) -> int | None:
    return None if value == NOT_COMPUTABLE else int(value)


def _money(value: int | np.int64) -> str:
    if value == NOT_COMPUTABLE:
        return "–"
    whole, _, fraction = format_scaled(int(value), MONEY_DECIMALS, 2).partition(".")
    return f"{int(whole):,}.{fraction}" if not whole.startswith("-0") else f"-0.{fraction}"


def _delta(value: int | np.int64, signed: bool = False) -> str:
    sign = "+" if signed and value > 0 else ""
    return sign + format_scaled(int(value), DELTA_DECIMALS)
