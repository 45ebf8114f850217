"""What is a sum over positions: scenario sums, deltas, short options, option value (steps 1, 4, 10, 13), in one walk.

All later steps read only these sums, never a position again. So an account with one more trade in it is its sums with
a little added, which is how a what-if, a curve of quantities or a search over trades is computed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.compiled import compiled
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.contract_figures import Column, ContractFigures

SAFE = 4.0e18
"""Bound on a sum of magnitudes, taken in floating point: below it no partial sum can have left `LARGEST`."""

# Plain numbers, which compiled code takes as constants.
COMMODITY, GROUP, SLOT, DELTA, SHORT_CALL, SHORT_PUT, PREMIUM, IS_PREMIUM = (int(column) for column in Column)


class Sums(NamedTuple):
    """The sums of a batch. A pair is one account in one combined commodity; a run is a pair's part in one period.

    A figure that would overflow is `NOT_COMPUTABLE`.

    Attributes:
        starts: int64 [pairs + 1], run of positions of each pair.
        account: int64 [pairs], ascending.
        commodity: int64 [pairs], ascending within an account.
        account_starts: int64 [accounts + 1], run of pairs of each account.
        middles: int64 [accounts], pair that the short side of a gross-margined account starts with: its long side has
            pairs of its own; -1 for a net one, empty where all are net.
        group_starts: int64 [pairs + 1], run of scan groups of each pair: one, or one a scan tier.
        group: int64 [groups], scan group of the `SpanTable`, ascending within a pair.
        scenario: int64 [groups, 16], money scale.
        run_starts: int64 [pairs + 1], run of period slots of each pair.
        slot: int64 [runs], period slot of the `SpanTable`, ascending within a pair.
        delta: int64 [runs], scaled by the table's delta decimals, not rounded yet.
        options: int64 [pairs, 5]: short calls and short puts at the scale of their minimum, option value in money
            scale, contracts held, and those of them that are not long premium-style options.
    """

    starts: Integers
    account: Integers
    commodity: Integers
    account_starts: Integers
    middles: Integers
    group_starts: Integers
    group: Integers
    scenario: Integers
    run_starts: Integers
    slot: Integers
    delta: Integers
    options: Integers


def sum_positions(table: SpanTable, batch: Batch) -> Sums:
    """Steps 1, 4, 10 and 13 as far as they are sums. Rows of ``batch`` must be `SpanTable.usable`."""
    scratch = np.empty((len(batch.rows), 16), dtype=np.int64)
    return summed(table.contracts, batch, 0, len(batch.starts) - 1, scratch)


@compiled
def summed(contracts: ContractFigures, batch: Batch, first: int, last: int, scratch: Integers) -> Sums:
    """Sums of the accounts ``first`` to ``last`` (not included) of a batch.

    ``scratch``, int64 [positions of these accounts or more, 16], becomes the scenario sums: who walks many accounts a
    few at a time passes the same memory again.
    """
    starts, rows, quantities = batch.starts, batch.rows, batch.quantities
    most = starts[last] - starts[first]
    pair_starts, pair_account = np.empty(most + 1, dtype=np.int64), np.empty(most, dtype=np.int64)
    pair_commodity, account_starts = np.empty(most, dtype=np.int64), np.zeros(last - first + 1, dtype=np.int64)
    group_starts, groups = np.zeros(most + 1, dtype=np.int64), np.empty(most, dtype=np.int64)
    run_starts, slots = np.zeros(most + 1, dtype=np.int64), np.empty(most, dtype=np.int64)
    deltas, options = np.empty(most, dtype=np.int64), np.empty((most, 5), dtype=np.int64)
    pair = group = run = 0
    middles = np.full(len(batch.middles[first:last]), -1, dtype=np.int64)
    for account in range(first, last):
        position, stop = starts[account], starts[account + 1]
        middle = batch.middles[account] if len(middles) else -1
        if middle >= 0:
            middles[account - first] = pair
        while position < stop:
            until = middle if position < middle else stop
            commodity, begin = contracts.figures[rows[position], COMMODITY], position
            pair_starts[pair], pair_account[pair], pair_commodity[pair] = position, account - first, commodity
            position, group, run, size = _sum_pair(
                contracts.figures,
                rows,
                quantities,
                begin,
                until,
                groups,
                scratch,
                group,
                slots,
                deltas,
                run,
                options[pair],
            )
            if size * contracts.largest[commodity] > SAFE:
                _spoil(
                    contracts,
                    rows,
                    quantities,
                    begin,
                    position,
                    scratch[group_starts[pair] : group],
                    deltas[run_starts[pair] : run],
                    slots[run_starts[pair] : run],
                    options[pair],
                )
            pair += 1
            group_starts[pair], run_starts[pair] = group, run
            if position <= middle:
                middles[account - first] = pair
        account_starts[account - first + 1] = pair
    pair_starts[pair] = starts[last]
    return Sums(
        pair_starts[: pair + 1],
        pair_account[:pair],
        pair_commodity[:pair],
        account_starts,
        middles,
        group_starts[: pair + 1],
        groups[:group],
        scratch[:group],
        run_starts[: pair + 1],
        slots[:run],
        deltas[:run],
        options[:pair],
    )


@compiled
def _sum_pair(
    figures: Integers,
    rows: Integers,
    quantities: Integers,
    begin: int,
    stop: int,
    groups: Integers,
    sums: Integers,
    group: int,
    slots: Integers,
    deltas: Integers,
    run: int,
    options: Integers,
) -> tuple[int, int, int, float]:
    """Sum the positions of one commodity from ``begin`` on: where they end, groups and runs so far, size of all."""
    commodity, last_group, last_slot = figures[rows[begin], COMMODITY], -1, -1
    position, size, delta, run = begin, 0.0, 0, run - 1
    calls, puts, value, held, other = 0, 0, 0, 0, 0
    while position < stop:
        row, quantity = rows[position], quantities[position]
        if figures[row, COMMODITY] != commodity:
            break
        if figures[row, GROUP] != last_group:
            last_group = figures[row, GROUP]
            groups[group] = last_group
            for point in range(16):
                sums[group, point] = quantity * figures[row, point]
            group += 1
        else:
            for point in range(16):
                sums[group - 1, point] += quantity * figures[row, point]
        # Signs and months of positions are as good as random to the processor: branches here would cost more than sums.
        same = int(figures[row, SLOT] == last_slot)
        last_slot = figures[row, SLOT]
        run += 1 - same
        delta = delta * same + quantity * figures[row, DELTA]
        slots[run], deltas[run] = last_slot, delta
        sign = quantity >> 63
        calls -= (quantity & sign) * figures[row, SHORT_CALL]
        puts -= (quantity & sign) * figures[row, SHORT_PUT]
        value += quantity * figures[row, PREMIUM]
        is_held = int(quantity != 0)
        held += is_held
        other += is_held & (-sign | (1 - figures[row, IS_PREMIUM]))
        size += abs(float(quantity))
        position += 1
    options[0], options[1], options[2], options[3], options[4] = calls, puts, value, held, other
    return position, group, run + 1, size


@compiled
def _spoil(
    contracts: ContractFigures,
    rows: Integers,
    quantities: Integers,
    begin: int,
    end: int,
    sums: Integers,
    deltas: Integers,
    slots: Integers,
    options: Integers,
) -> None:
    """Mark those sums of a pair that may have overflowed, taking the exact bound of each."""
    figures = contracts.figures
    by_group, by_run, by_option = np.zeros(len(sums)), np.zeros(len(slots)), 0.0
    group, run, here = 0, 0, figures[rows[begin], GROUP]
    for position in range(begin, end):
        row, size = rows[position], abs(float(quantities[position]))
        group += figures[row, GROUP] != here
        here = figures[row, GROUP]
        run += figures[row, SLOT] != slots[run]
        largest = 0.0
        for point in range(16):
            largest = max(largest, abs(float(figures[row, point])))
        by_group[group] += size * largest
        by_run[run] += size * abs(float(figures[row, DELTA]))
        minimum = float(figures[row, SHORT_CALL] + figures[row, SHORT_PUT])
        by_option += size * (abs(float(figures[row, PREMIUM])) + minimum)
    for group in range(len(sums)):
        if by_group[group] > SAFE:
            sums[group, :] = NOT_COMPUTABLE
    for run in range(len(slots)):
        if by_run[run] > SAFE:
            deltas[run] = NOT_COMPUTABLE
    if by_option > SAFE:
        options[:3] = NOT_COMPUTABLE
