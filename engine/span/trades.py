"""The requirement of one account after trades: its sums with a little added, never its positions again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, borrowing, compiled, held, inlined
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import ContractFigures
from engine.span.finishing import finished
from engine.span.layout import Layout
from engine.span.room import KINDS_OF_OPTION_FIGURES, POINTS, middle_of, place_of, with_room
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


class Summed(NamedTuple):
    """One account.

    Attributes:
        layout: The parameters.
        usable: bool [contracts], what can be margined, as `SpanTable.usable`.
        batch: Its positions, as a batch of one.
        sums: Of its positions.
    """

    layout: Held[Layout]
    usable: npt.NDArray[np.bool_]
    batch: Batch
    sums: Sums


class AfterTrades:
    """An account, and what it would require after trades.

    Args:
        table: The parameters, laid out.
        batch: The account, as a batch of one.

    Attributes:
        account: The account, for compiled code.
    """

    def __init__(self, table: SpanTable, batch: Batch) -> None:
        self.account = _summed(table.layout, table.usable, batch, sum_positions(table, batch))

    def requirement(self, rows: Integers, shorts: npt.NDArray[np.bool_], changes: Integers) -> Integers:
        """int64 [variations, currencies], money scale: what the account requires after each row of trades.

        Args:
            rows: int64 [variations, trades], contract rows, held or not; `SpanTable.usable`.
            shorts: bool [variations, trades], whether each is in the short side; of no account to a net account.
            changes: int64 [variations, trades], contracts bought, negative where sold.
        """
        rows, shorts, changes = np.ascontiguousarray(rows), np.ascontiguousarray(shorts), np.ascontiguousarray(changes)
        return after_trades(self.account, rows, shorts, changes)

    def along(self, rows: Integers, shorts: npt.NDArray[np.bool_], changes: Integers) -> Integers:
        """int64 [trades + 1, currencies], money scale: what the account requires as it is, and after each trade.

        Each trade comes on top of all before it. int64, bool and int64 [trades], otherwise as in `requirement`. What
        has left the safe range once stays `NOT_COMPUTABLE`.
        """
        rows, shorts, changes = np.ascontiguousarray(rows), np.ascontiguousarray(shorts), np.ascontiguousarray(changes)
        return _along(self.account, rows, shorts, changes)


@compiled
def _summed(layout: Held[Layout], usable: npt.NDArray[np.bool_], batch: Batch, sums: Sums) -> Held[Summed]:
    return held(Summed(layout, usable, batch, sums))


@compiled
def after_trades(account: Held[Summed], rows: Integers, shorts: npt.NDArray[np.bool_], changes: Integers) -> Integers:
    """`AfterTrades.requirement` for compiled code."""
    layout = account.record.layout
    result = np.empty((len(rows), layout.record.currencies), dtype=np.int64)
    for first in range(0, len(rows), BLOCK):
        last = min(len(rows), first + BLOCK)
        varied = _varied(account, rows[first:last], shorts[first:last], changes[first:last])
        _keep(finished(layout, varied, varied.account_starts[1]).requirement, result, first)
    return result


@borrowing
def _keep(part: Integers, result: Integers, first: int) -> None:
    """Write rows (int64 [rows, currencies]) into those of ``result``, from the row ``first`` on."""
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            result[first + row, column] = part[row, column]


@compiled
def _along(account: Held[Summed], rows: Integers, shorts: npt.NDArray[np.bool_], changes: Integers) -> Integers:
    layout, batch = account.record.layout, account.record.batch
    contracts = layout.record.contracts
    so_far = _copied(
        _roomy(layout, account.record.sums, rows.reshape((len(rows), 1)), shorts.reshape((len(rows), 1))), 1
    )
    gross = len(so_far.middles) > 0 and so_far.middles[0] >= 0
    result = np.empty((len(rows) + 1, layout.record.currencies), dtype=np.int64)
    for first in range(0, len(result), BLOCK):
        last = min(len(result), first + BLOCK)
        copies = _copied(so_far, last - first)
        # The first of all copies is the account as it is.
        for place in range(int(first == 0), last - first):
            trade = first + place - 1
            row, short = rows[trade], int(gross and shorts[trade])
            home, before = _home(contracts, so_far, row, short), _held(batch, row, short)
            for earlier in range(trade):
                if rows[earlier] == row and int(gross and shorts[earlier]) == short:
                    before += changes[earlier]
            for later in range(place, last - first):
                _trade(contracts, so_far, copies, later, home, row, before, changes[trade])
            _trade(contracts, so_far, so_far, 0, home, row, before, changes[trade])
        _keep(finished(layout, copies, copies.account_starts[1]).requirement, result, first)
    return result


@compiled
def _roomy(layout: Held[Layout], sums: Sums, rows: Integers, shorts: npt.NDArray[np.bool_]) -> Sums:
    """The sums of the account, with room for whatever is traded."""
    wanted, width = np.empty(rows.size, dtype=np.int64), len(layout.record.currency)
    count = _homeless(layout.record.contracts, sums, rows, shorts, width, wanted)
    if count == 0:
        return sums
    return with_room(layout.record.slots, sums, np.unique(wanted[:count]) if count > 1 else wanted[:1], width)


@borrowing
def _homeless(
    contracts: ContractFigures,
    sums: Sums,
    rows: Integers,
    shorts: npt.NDArray[np.bool_],
    width: int,
    wanted: Integers,
) -> int:
    """Write down pairs that are traded and that the sums have no room for, as `place_of` has them; how many.

    ``rows`` and ``shorts`` are [variations, trades]; ``wanted`` (int64) has room for one a trade.
    """
    gross, count = len(sums.middles) > 0 and sums.middles[0] >= 0, 0
    for number in range(rows.shape[0]):
        for trade in range(rows.shape[1]):
            row = rows[number, trade]
            short = int(gross and shorts[number, trade])
            if min(_home(contracts, sums, row, short)) < 0:
                wanted[count] = place_of(0, short, contracts.figures[row, COMMODITY], width)
                count += 1
    return count


@compiled
def _varied(account: Held[Summed], rows: Integers, shorts: npt.NDArray[np.bool_], changes: Integers) -> Sums:
    """The sums of the account after each row of trades."""
    layout = account.record.layout
    sums = _roomy(layout, account.record.sums, rows, shorts)
    copies = _copied(sums, len(rows))
    _trade_all(layout.record.contracts, account.record.batch, sums, copies, rows, shorts, changes)
    return copies


@borrowing
def _trade_all(
    contracts: ContractFigures,
    batch: Batch,
    sums: Sums,
    copies: Sums,
    rows: Integers,
    shorts: npt.NDArray[np.bool_],
    changes: Integers,
) -> None:
    """Add each row of ``changes`` (int64 [variations, trades]) to a copy of its own."""
    gross = len(sums.middles) > 0 and sums.middles[0] >= 0
    for number in range(rows.shape[0]):
        for trade in range(rows.shape[1]):
            if changes[number, trade] == 0:
                continue
            row, before = rows[number, trade], 0
            short = int(gross and shorts[number, trade])
            home = _home(contracts, sums, row, short)
            for earlier in range(trade):
                if rows[number, earlier] == row and int(gross and shorts[number, earlier]) == short:
                    before += changes[number, earlier]
            before += _held(batch, row, short)
            _trade(contracts, sums, copies, number, home, row, before, changes[number, trade])


@inlined
def _home(contracts: ContractFigures, sums: Sums, row: int, short: int) -> tuple[int, int, int]:
    """Pair, scan group and period of the sums that a trade in a contract goes into; -1 where there is none."""
    figures, middle = contracts.figures, middle_of(sums, 0)
    for pair in range(middle if short else 0, len(sums.commodity) if short else middle):
        if sums.commodity[pair] == figures[row, COMMODITY]:
            group = run = -1
            for each in range(sums.group_starts[pair], sums.group_starts[pair + 1]):
                group = each if sums.group[each] == figures[row, GROUP] else group
            for each in range(sums.run_starts[pair], sums.run_starts[pair + 1]):
                run = each if sums.slot[each] == figures[row, SLOT] else run
            return pair, group, run
    return -1, -1, -1


@inlined
def _held(batch: Batch, row: int, short: int) -> int:
    """Contracts of the account in a row of one of its sides."""
    first, last = 0, len(batch.rows)
    if len(batch.middles) and batch.middles[0] >= 0:
        first, last = (batch.middles[0], last) if short else (0, batch.middles[0])
    place = first + np.searchsorted(batch.rows[first:last], row)
    return int(batch.quantities[place]) if place < last and batch.rows[place] == row else 0


@compiled
def _copied(sums: Sums, copies: int) -> Sums:
    """The sums of one account, again and again; where its positions are, later steps do not ask.

    Of a single copy only that is its own which trades change.
    """
    if copies == 1:
        return Sums(
            sums.starts,
            sums.account,
            sums.commodity,
            sums.account_starts,
            sums.middles,
            sums.group_starts,
            sums.group,
            sums.scenario.copy(),
            sums.run_starts,
            sums.slot,
            sums.delta.copy(),
            sums.options.copy(),
        )
    pairs, groups, runs = len(sums.commodity), len(sums.scenario), len(sums.slot)
    starts, account = np.zeros(copies * pairs + 1, dtype=np.int64), np.empty(copies * pairs, dtype=np.int64)
    commodity, group_starts = np.empty(copies * pairs, dtype=np.int64), np.zeros(copies * pairs + 1, dtype=np.int64)
    run_starts = np.zeros(copies * pairs + 1, dtype=np.int64)
    scenario = np.empty((copies * groups, POINTS), dtype=np.int64)
    slot, delta = np.empty(copies * runs, dtype=np.int64), np.empty(copies * runs, dtype=np.int64)
    options = np.empty((copies * pairs, KINDS_OF_OPTION_FIGURES), dtype=np.int64)
    group = np.empty(copies * groups, dtype=np.int64)
    account_starts, middles = np.zeros(copies + 1, dtype=np.int64), np.empty(copies * len(sums.middles), dtype=np.int64)
    result = Sums(
        starts,
        account,
        commodity,
        account_starts,
        middles,
        group_starts,
        group,
        scenario,
        run_starts,
        slot,
        delta,
        options,
    )
    _copy_all(sums, copies, result)
    return result


@borrowing
def _copy_all(sums: Sums, copies: int, result: Sums) -> None:
    """Write the sums of one account into ``result`` again and again, as those of so many accounts.

    Where runs start is written from the second on: the first start is 0 in ``result``.
    """
    pairs, groups, runs = len(sums.commodity), len(sums.scenario), len(sums.slot)
    for copy in range(copies):
        result.account_starts[copy + 1] = (copy + 1) * pairs
        if len(sums.middles):
            middle = sums.middles[0]
            result.middles[copy] = middle + copy * pairs if middle >= 0 else middle
        for pair in range(pairs):
            at = copy * pairs + pair
            result.account[at], result.commodity[at] = copy, sums.commodity[pair]
            result.group_starts[at + 1] = copy * groups + sums.group_starts[pair + 1]
            result.run_starts[at + 1] = copy * runs + sums.run_starts[pair + 1]
            for figure in range(KINDS_OF_OPTION_FIGURES):
                result.options[at, figure] = sums.options[pair, figure]
        for each in range(groups):
            result.group[copy * groups + each] = sums.group[each]
            for point in range(POINTS):
                result.scenario[copy * groups + each, point] = sums.scenario[each, point]
        for run in range(runs):
            result.slot[copy * runs + run], result.delta[copy * runs + run] = sums.slot[run], sums.delta[run]


@borrowing
def _trade(
    contracts: ContractFigures,
    sums: Sums,
    copies: Sums,
    number: int,
    home: tuple[int, int, int],
    row: int,
    before: int,
    change: int,
) -> None:
    """Add a trade in ``row`` to one of the copies, in which there are ``before`` contracts of it."""
    figures = contracts.figures
    pair, group = number * len(sums.commodity) + home[0], number * len(sums.group) + home[1]
    run = number * len(sums.slot) + home[2]
    size = abs(float(change))
    for point in range(POINTS):
        total = copies.scenario[group, point]
        if abs(float(total)) + size * abs(float(figures[row, point])) > SAFE:
            copies.scenario[group, :] = NOT_COMPUTABLE
            break
        copies.scenario[group, point] = total + change * figures[row, point]
    if abs(float(copies.delta[run])) + size * abs(float(figures[row, DELTA])) > SAFE:
        copies.delta[run] = NOT_COMPUTABLE
    else:
        copies.delta[run] += change * figures[row, DELTA]
    _trade_options(figures, row, before, change, copies.options[pair])


@borrowing
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
