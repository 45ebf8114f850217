"""Everything the screens show of one account: its positions line by line and its margin explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.instruments import Universe
from engine.numbers import NOT_COMPUTABLE, PRICE_DECIMALS, RATIO, multiply_divide
from engine.snapshot import AccountDetail, BreakdownNode, PositionLine, PriceState
from engine.span.arrays import Batch
from engine.span.breakdown import breakdown
from engine.span.requirement import margin
from engine.state import DeskState, batch_of, price_of
from engine.text import Text, text
from engine.valuation import value_of


@dataclass(frozen=True, slots=True)
class Explained:
    """An account's margin explained, and what it was explained from.

    Attributes:
        batch: The account's net positions.
        active: Active scenario of each commodity (row of the parameters), counted from 0.
        breakdown: One tree a currency.
    """

    batch: Batch
    active: Mapping[int, int]
    breakdown: tuple[BreakdownNode, ...]

    def holds_for(self, batch: Batch) -> bool:
        """Whether ``batch`` is the same book, so that nothing need be computed again."""
        return np.array_equal(self.batch.rows, batch.rows) and np.array_equal(self.batch.quantities, batch.quantities)


def explain(state: DeskState, account: int, earlier: Explained | None = None) -> Explained:
    """The margin of one account explained; ``earlier`` itself where it still holds.

    Args:
        state: The desk.
        account: Row of the account.
        earlier: An explanation under the same parameters.
    """
    table = state.calculation.table
    batch, _ = batch_of(table, state.book.positions.of(account))
    if earlier is not None and earlier.holds_for(batch):
        return earlier
    figures = margin(table, batch).commodities
    active = dict(zip(figures.commodity.tolist(), (figures.active_scenario - 1).tolist(), strict=True))
    return Explained(batch, active, breakdown(table, batch))


def account_detail(state: DeskState, universe: Universe, account: int, explained: Explained) -> AccountDetail:
    """Positions and margin breakdown of one account.

    Args:
        state: The desk.
        universe: Names of the columns.
        account: Row of the account.
        explained: Its margin explained, as of ``state``.
    """
    positions = state.book.positions
    start, stop = (int(positions.starts[account + step]) for step in (0, 1))
    lines = [
        _line(state, universe, account, position, explained.active)
        for position in range(start, stop)
        if positions.long[position] or positions.short[position]
    ]
    return AccountDetail(
        state.sequence,
        state.book.accounts[account].name,
        state.book.accounts[account].currency,
        tuple(lines),
        explained.breakdown,
        _reasons(state, account, lines),
        state.calculation.parameters.origin.version,
    )


def _line(state: DeskState, universe: Universe, account: int, position: int, active: Mapping[int, int]) -> PositionLine:
    positions, table = state.book.positions, state.calculation.table
    column = int(positions.columns[position])
    long, short = int(positions.long[position]), int(positions.short[position])
    listed = column < len(table.usable)
    problem = table.problem(column) if listed else text("no parameters for this contract")
    margin_part = NOT_COMPUTABLE
    if problem is None:
        scenario = active[int(table.commodity[column])]
        margin_part = int(multiply_divide(long - short, int(table.scenario[column, scenario]), 1))
    family = (
        state.calculation.parameters.families[int(state.calculation.parameters.contracts.family[column])]
        if listed
        else None
    )
    price, price_state, age = _price(state, column)
    return PositionLine(
        universe.contract(column),
        family.currency if family else "",
        long,
        short,
        long - short,
        price,
        family.price_decimals if family else PRICE_DECIMALS,
        price_state,
        age,
        int(state.profit.position[position]),
        margin_part,
        _share(state, account, column, price, long - short) if listed else NOT_COMPUTABLE,
        problem,
    )


def _price(state: DeskState, column: int) -> tuple[int, PriceState, int]:
    price = price_of(state, column)
    if column < len(state.price) and state.price[column] != NOT_COMPUTABLE:
        quoted = PriceState.LIVE if state.fresh[column] else PriceState.STALE
        return price, quoted, state.now - int(state.received[column])
    return price, PriceState.MISSING if price == NOT_COMPUTABLE else PriceState.SETTLEMENT, 0


def _share(state: DeskState, account: int, column: int, price: int, net: int) -> int:
    """Value held as a share of the account's equity, ratio scale."""
    equity = int(state.accounts.equity[account])
    if NOT_COMPUTABLE in (price, equity) or equity <= 0:
        return NOT_COMPUTABLE
    multiplier = int(state.calculation.parameters.contracts.multiplier[column])
    value = value_of(abs(price), abs(net), multiplier)
    source = state.figures.currencies.index(
        state.calculation.values.currencies[int(state.calculation.values.currency[column])]
    )
    home = state.figures.currencies.index(state.book.accounts[account].currency)
    numerator, denominator = int(state.rates.numerator[source, home]), int(state.rates.denominator[source, home])
    if value == NOT_COMPUTABLE or not numerator:
        return NOT_COMPUTABLE
    converted = multiply_divide(value, numerator, denominator)
    return int(multiply_divide(converted, RATIO, equity))


def _reasons(state: DeskState, account: int, lines: list[PositionLine]) -> tuple[Text, ...]:
    """Why the account's figures are incomplete, naming the first contracts left out."""
    reasons = list(state.accounts.reasons.get(account, ()))
    left_out = [line.contract.title for line in lines if line.reason is not None]
    if left_out:
        named = ", ".join(left_out[:3]) + (" …" if len(left_out) > 3 else "")
        reasons.append(text("excludes {count} positions: {contracts}", count=len(left_out), contracts=named))
    return tuple(reasons)
