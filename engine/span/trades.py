"""The requirement of one account after trades: its sums with a little added, never its positions again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import ContractFigures
from engine.span.requirement import Totals, margin_of
from engine.span.requirements import Layout, finished
from engine.span.summing import (
    COMMODITY,
    DELTA,
    GROUP,
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


HOME = 5
"""What is known of where a trade goes: pair, scan group and period of the sums, contract row, contracts held before."""


class AfterTrades:
    """An account, and what it would require after trades.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.
    """

    def __init__(self, table: SpanTable, batch: Batch) -> None:
        self._table = table
        self._layout = Layout.of(table)
        self._batch = batch
        self._sums = sum_positions(table, batch)

    def homes_of(self, rows: Sequence[int], shorts: Sequence[bool]) -> Integers | None:
        """Where trades in contracts go: int64 [trades, 5], or None where the sums lack a month of one of them.

        Args:
            rows: Contract rows, held or not.
            shorts: Whether each is in the short side of a gross-margined account.
        """
        wanted, sides = np.array(rows, dtype=np.int64), np.array(shorts, dtype=np.bool_)
        homes: Integers = _homes_of(self._layout.contracts, self._batch, self._sums, wanted, sides)
        return homes if len(homes) == len(rows) else None

    def totals(self, places: Integers, changes: Integers) -> Totals:
        """Totals of the account after each row of trades.

        Args:
            places: int64 [variations, trades], position of the batch that each trade is in.
            changes: int64 [variations, trades], contracts bought, negative where sold.
        """
        places = np.ascontiguousarray(places)
        return self.totals_at(_homes_at(self._layout.contracts, self._batch, self._sums, places), changes)

    def totals_at(self, homes: Integers, changes: Integers) -> Totals:
        """Likewise, for trades whose homes are known: int64 [variations, trades, 5]."""
        homes, changes = np.ascontiguousarray(homes), np.ascontiguousarray(changes)
        if self._table.stepwise:
            return margin_of(self._table, _varied(self._layout.contracts, self._sums, homes, changes)).totals
        result: Totals = _totals(self._layout, self._sums, homes, changes, BLOCK)
        return result


@compiled
def _homes_at(contracts: ContractFigures, batch: Batch, sums: Sums, places: Integers) -> Integers:
    """Homes of trades in positions of the batch."""
    homes = np.empty((*places.shape, HOME), dtype=np.int64)
    for number in range(places.shape[0]):
        for trade in range(places.shape[1]):
            place = places[number, trade]
            row = batch.rows[place]
            pair = np.searchsorted(sums.starts, place, side="right") - 1
            group = np.searchsorted(sums.group_positions, place, side="right") - 1
            run = _run_of(sums, pair, contracts.figures[row, SLOT])
            home = homes[number, trade]
            home[0], home[1], home[2], home[3], home[4] = pair, group, run, row, batch.quantities[place]
    return homes


@compiled
def _homes_of(
    contracts: ContractFigures, batch: Batch, sums: Sums, rows: Integers, shorts: npt.NDArray[np.bool_]
) -> Integers:
    """Homes of trades in contracts, as far as there are any: fewer than asked for where one is missing."""
    figures = contracts.figures
    homes = np.empty((len(rows), HOME), dtype=np.int64)
    middle = batch.middles[0] if len(batch.middles) and batch.middles[0] >= 0 else -1
    for trade in range(len(rows)):
        row, found = rows[trade], False
        for pair in range(len(sums.commodity)):
            on_side = middle < 0 or (sums.starts[pair] >= middle) == shorts[trade]
            if sums.commodity[pair] != figures[row, COMMODITY] or not on_side:
                continue
            run, group = _run_of(sums, pair, figures[row, SLOT]), -1
            for each in range(sums.group_starts[pair], sums.group_starts[pair + 1]):
                if figures[batch.rows[sums.group_positions[each]], GROUP] == figures[row, GROUP]:
                    group = each
            before = 0
            for place in range(sums.starts[pair], sums.starts[pair + 1]):
                before += batch.quantities[place] if batch.rows[place] == row else 0
            home = homes[trade]
            home[0], home[1], home[2], home[3], home[4] = pair, group, run, row, before
            found = group >= 0 and run >= 0
        if not found:
            return homes[:trade]
    return homes


@compiled
def _run_of(sums: Sums, pair: int, slot: int) -> int:
    """The pair's run in a period slot, or -1."""
    for run in range(sums.run_starts[pair], sums.run_starts[pair + 1]):
        if sums.slot[run] == slot:
            return int(run)
    return -1


@compiled
def _totals(layout: Layout, sums: Sums, homes: Integers, changes: Integers, block: int) -> Totals:
    shape = (len(homes), layout.currencies)
    risk, value = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    requirement, excess = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    maintenance, present = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.bool_)
    for first in range(0, len(homes), block):
        last = min(len(homes), first + block)
        part = finished(layout, _varied(layout.contracts, sums, homes[first:last], changes[first:last]))
        risk[first:last], value[first:last] = part.risk, part.net_option_value
        requirement[first:last], excess[first:last] = part.requirement, part.excess_option_value
        maintenance[first:last], present[first:last] = part.maintenance, part.present
    return Totals(risk, value, requirement, excess, maintenance, present)


@compiled
def _varied(contracts: ContractFigures, sums: Sums, homes: Integers, changes: Integers) -> Sums:
    """The sums of the account after each row of trades."""
    copies = _copied(sums, len(homes))
    for number in range(homes.shape[0]):
        for trade in range(homes.shape[1]):
            home, earlier = homes[number, trade], 0
            for before in range(trade):
                if homes[number, before, 0] == home[0] and homes[number, before, 3] == home[3]:
                    earlier += changes[number, before]
            _trade(contracts, sums, copies, number, home, earlier, changes[number, trade])
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
    contracts: ContractFigures, sums: Sums, copies: Sums, number: int, home: Integers, earlier: int, change: int
) -> None:
    """Add a trade to one of the copies; ``earlier`` trades of it in the same contract have been added."""
    figures, row = contracts.figures, home[3]
    pair, group = number * len(sums.commodity) + home[0], number * len(sums.scenario) + home[1]
    run = number * len(sums.slot) + home[2]
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
    _trade_options(figures, row, home[4] + earlier, change, copies.options[pair])


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
