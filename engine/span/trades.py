"""The requirement of one account after trades: its sums with a little added, never its positions again."""

from __future__ import annotations

import numpy as np

from engine.compiled import compiled
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import ContractFigures
from engine.span.requirement import Totals, margin_of
from engine.span.requirements import Layout, finished
from engine.span.summing import (
    DELTA,
    IS_PREMIUM,
    PREMIUM,
    SAFE,
    SHORT_CALL,
    SHORT_PUT,
    SLOT,
    Sums,
    sum_positions,
)

BLOCK = 32
"""Variations taken through all steps together."""


class AfterTrades:
    """An account, and what it would require after trades.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one; a contract that may be traded is among its rows, with quantity 0 where
            it is not held.
    """

    def __init__(self, table: SpanTable, batch: Batch) -> None:
        self._table = table
        self._layout = Layout.of(table)
        self._batch = batch
        self._sums = sum_positions(table, batch)

    def totals(self, places: Integers, changes: Integers) -> Totals:
        """Totals of the account after each row of trades.

        Args:
            places: int64 [variations, trades], position of the batch that each trade is in.
            changes: int64 [variations, trades], contracts bought, negative where sold.
        """
        # Compiled for arrays in one piece.
        places, changes = np.ascontiguousarray(places), np.ascontiguousarray(changes)
        if self._table.stepwise:
            return margin_of(self._table, _varied(self._layout, self._batch, self._sums, places, changes)).totals
        result: Totals = _totals(self._layout, self._batch, self._sums, places, changes, BLOCK)
        return result


@compiled
def _totals(layout: Layout, batch: Batch, sums: Sums, places: Integers, changes: Integers, block: int) -> Totals:
    shape = (len(places), layout.currencies)
    risk, value = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    requirement, excess = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    maintenance, present = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.bool_)
    for first in range(0, len(places), block):
        last = min(len(places), first + block)
        part = finished(layout, _varied(layout, batch, sums, places[first:last], changes[first:last]))
        risk[first:last], value[first:last] = part.risk, part.net_option_value
        requirement[first:last], excess[first:last] = part.requirement, part.excess_option_value
        maintenance[first:last], present[first:last] = part.maintenance, part.present
    return Totals(risk, value, requirement, excess, maintenance, present)


@compiled
def _varied(layout: Layout, batch: Batch, sums: Sums, places: Integers, changes: Integers) -> Sums:
    """The sums of the account after each row of trades."""
    copies = _copied(sums, len(places))
    for number in range(len(places)):
        for trade in range(places.shape[1]):
            place, earlier = places[number, trade], 0
            for before in range(trade):
                if places[number, before] == place:
                    earlier += changes[number, before]
            _trade(layout.contracts, batch, copies, number, place, earlier, changes[number, trade])
    return copies


@compiled
def _copied(sums: Sums, copies: int) -> Sums:
    """The sums of one account, again and again."""
    pairs, groups, runs = len(sums.commodity), len(sums.scenario), len(sums.slot)
    starts, account = np.empty(copies * pairs + 1, dtype=np.int64), np.empty(copies * pairs, dtype=np.int64)
    commodity, group_starts = np.empty(copies * pairs, dtype=np.int64), np.zeros(copies * pairs + 1, dtype=np.int64)
    run_starts, scenario = np.zeros(copies * pairs + 1, dtype=np.int64), np.empty((copies * groups, 16), dtype=np.int64)
    slot, delta = np.empty(copies * runs, dtype=np.int64), np.empty(copies * runs, dtype=np.int64)
    options = np.empty((copies * pairs, 5), dtype=np.int64)
    for copy in range(copies):
        at = slice(copy * pairs, (copy + 1) * pairs)
        starts[at], account[at], commodity[at], options[at] = sums.starts[:-1], copy, sums.commodity, sums.options
        group_starts[copy * pairs + 1 : (copy + 1) * pairs + 1] = sums.group_starts[1:] + copy * groups
        run_starts[copy * pairs + 1 : (copy + 1) * pairs + 1] = sums.run_starts[1:] + copy * runs
        scenario[copy * groups : (copy + 1) * groups] = sums.scenario
        slot[copy * runs : (copy + 1) * runs], delta[copy * runs : (copy + 1) * runs] = sums.slot, sums.delta
    starts[-1] = sums.starts[-1]
    return Sums(
        starts,
        account,
        commodity,
        np.arange(copies + 1) * pairs,
        np.repeat(sums.gross, copies),
        group_starts,
        sums.group_positions,
        scenario,
        run_starts,
        slot,
        delta,
        options,
    )


@compiled
def _trade(
    contracts: ContractFigures, batch: Batch, copies: Sums, number: int, place: int, earlier: int, change: int
) -> None:
    """Add a trade to one of the copies; ``earlier`` trades of it in the same position have been added."""
    figures, row = contracts.figures, batch.rows[place]
    pairs = len(copies.commodity) // (len(copies.account_starts) - 1)
    groups = len(copies.scenario) // (len(copies.account_starts) - 1)
    own = np.searchsorted(copies.starts[:pairs], place, side="right") - 1
    pair = number * pairs + own
    group = number * groups + np.searchsorted(copies.group_positions[:groups], place, side="right") - 1
    run = copies.run_starts[pair]
    while copies.slot[run] != figures[row, SLOT]:
        run += 1
    size = abs(float(change))
    for point in range(16):
        total = copies.scenario[group, point]
        if abs(float(total)) + size * abs(float(figures[row, point])) > SAFE:
            copies.scenario[group, :] = NOT_COMPUTABLE
            break
        copies.scenario[group, point] = total + change * figures[row, point]
    if abs(float(copies.delta[run])) + size * abs(float(figures[row, DELTA])) > SAFE:
        copies.delta[run] = NOT_COMPUTABLE
    else:
        copies.delta[run] += change * figures[row, DELTA]
    _trade_options(figures, row, batch.quantities[place] + earlier, change, copies.options[pair])


@compiled
def _trade_options(figures: Integers, row: int, before: int, change: int, options: Integers) -> None:
    """Bring `Sums.options` of a pair from ``before`` contracts of ``row`` to ``change`` more."""
    after = before + change
    largest = max(abs(figures[row, PREMIUM]), figures[row, SHORT_CALL], figures[row, SHORT_PUT])
    held = max(abs(float(options[0])), abs(float(options[1])), abs(float(options[2])))
    if held + (abs(float(change)) + abs(float(before))) * float(largest) > SAFE:
        options[:3] = NOT_COMPUTABLE
    else:
        options[0] += (min(before, 0) - min(after, 0)) * figures[row, SHORT_CALL]
        options[1] += (min(before, 0) - min(after, 0)) * figures[row, SHORT_PUT]
        options[2] += change * figures[row, PREMIUM]
    options[3] += int(after != 0) - int(before != 0)
    options[4] += int(_counts_as_other(after, figures[row, IS_PREMIUM]))
    options[4] -= int(_counts_as_other(before, figures[row, IS_PREMIUM]))


@compiled
def _counts_as_other(quantity: int, is_premium: int) -> bool:
    """Whether it is anything else than a long premium-style option."""
    return quantity < 0 or (quantity > 0 and is_premium == 0)
