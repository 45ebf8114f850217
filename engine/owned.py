"""What an account, a group or the firm holds, summed by name along every dimension in one compiled call."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.classification import Coding
from engine.compiled import Held, compiled, inlined
from engine.conversion import convert_row
from engine.exposures import plus, times
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers

GROSS, NET, DELTA, CONTRACTS, TO_TRADE = range(5)
"""Columns of the sums."""
SUMS = 5
"""How many there are."""


class Contracts(NamedTuple):
    """What some accounts hold together, in contracts; at any prices.

    Attributes:
        columns: int64 [held], ascending.
        long: int64 [held].
        short: int64 [held], 0 or more.
        to_trade: int64 [held], those that it takes to close each position.
    """

    columns: Integers
    long: Integers
    short: Integers
    to_trade: Integers


class Pooled(NamedTuple):
    """Accounts that count together, at any prices.

    Attributes:
        rows: int64, rows of the accounts.
        mask: bool [accounts of the desk], whether each is among them.
        contracts: What they hold.
    """

    rows: Integers
    mask: npt.NDArray[np.bool_]
    contracts: Contracts


class Worth(NamedTuple):
    """What contracts and accounts are worth in one currency.

    Attributes:
        value: int64 [columns], what one contract is worth, see `engine.exposures.UnitExposures`.
        delta: Likewise.
        equity: int64 [accounts, currencies of the desk], money scale, see `engine.exposures.Exposures.amounts`.
        numerator: int64 [currencies + 1, currencies + 1], conversions as `engine.conversion.Rates` has them; the last
            currency is that of the sums.
        denominator: Likewise.
    """

    value: Integers
    delta: Integers
    equity: Integers
    numerator: Integers
    denominator: Integers


class Owned(NamedTuple):
    """Sums of what is held: int64 [.., 5]: gross, net and delta exposure in money scale, contracts net and to trade.

    To trade are those that it takes to close each position: both sides of a gross-margined account, the net of any
    other. What rests on a figure that is not computable is `NOT_COMPUTABLE`.

    Attributes:
        columns: int64 [held], ascending.
        by_column: int64 [held, 5].
        by_code: int64 [codes, 5], by code along all dimensions but contracts, as `Coding.starts` numbers them.
        whole: int64 [5], of everything.
        equity: Money scale.
        squares: float64 [dimensions], sum of the squares of gross exposures; not a number where one is not computable.
    """

    columns: Integers
    by_column: Integers
    by_code: Integers
    whole: Integers
    equity: int
    squares: npt.NDArray[np.float64]


@compiled
def owned(members: Pooled, worth: Worth, coding: Held[Coding], with_equity: bool) -> Owned:
    """Value what ``members`` hold.

    All that is held of a contract is valued at once: it is a whole number of times what one of them is worth.

    Args:
        members: Accounts.
        worth: What it is worth.
        coding: Codes of the columns.
        with_equity: Whether equity is added up: of a firm that takes long; else it is `NOT_COMPUTABLE`.
    """
    codes, first_of, money = coding.record.codes, coding.record.starts, 0 if with_equity else NOT_COMPUTABLE
    for account in members.rows if with_equity else members.rows[:0]:
        home = len(worth.numerator) - 1
        money = plus(money, convert_row(worth.equity, account, home, worth.numerator, worth.denominator))
    contracts = members.contracts
    held, long, short = contracts.columns, contracts.long, contracts.short
    by_column, whole = np.empty((len(held), SUMS), dtype=np.int64), np.zeros(SUMS, dtype=np.int64)
    by_code, magnitude = np.zeros((first_of[-1], SUMS), dtype=np.int64), 0.0
    for place in range(len(held)):
        column, sums = held[place], by_column[place]
        both, net = long[place] + short[place], long[place] - short[place]
        unit, moved = worth.value[column], worth.delta[column]
        sums[GROSS] = times(both, unit if unit == NOT_COMPUTABLE else abs(unit))
        sums[NET] = NOT_COMPUTABLE if unit == NOT_COMPUTABLE else times(net, unit)
        sums[DELTA] = NOT_COMPUTABLE if moved == NOT_COMPUTABLE else times(net, moved)
        sums[CONTRACTS], sums[TO_TRADE] = net, contracts.to_trade[place]
        for kind in range(SUMS):
            magnitude += abs(float(sums[kind]))
    # Each that is not computable is larger by itself.
    small = magnitude < 0.5 * LARGEST
    for place in range(len(held)):
        sums = by_column[place]
        _add(sums, whole, small)
        for dimension in range(1, len(codes)):
            _add(sums, by_code[first_of[dimension] + codes[dimension, held[place]]], small)
    squares = np.zeros(len(codes))
    for dimension in range(len(codes)):
        cells = by_column if dimension == 0 else by_code[first_of[dimension] : first_of[dimension + 1]]
        for cell in range(len(cells)):
            gross = cells[cell, GROSS]
            squares[dimension] += np.nan if gross == NOT_COMPUTABLE else float(gross) * float(gross)
    return Owned(held, by_column, by_code, whole, money, squares)


@inlined
def _add(sums: Integers, total: Integers, small: bool) -> None:
    """Add to a total; where all there is to add up is ``small``, no total can be too large."""
    if small:
        for kind in range(SUMS):
            total[kind] += sums[kind]
    else:
        for kind in range(SUMS):
            total[kind] = plus(total[kind], sums[kind])


@compiled
def contracts_of(
    members: Integers,
    starts: Integers,
    columns: Integers,
    longs: Integers,
    shorts: Integers,
    gross: npt.NDArray[np.bool_],
) -> Contracts:
    """Add up what ``members`` hold.

    Args:
        members: int64, rows of accounts.
        starts: Positions of the desk, as `engine.book.Positions` has them.
        columns: Likewise.
        longs: Likewise.
        shorts: Likewise.
        gross: bool [accounts], whether longs and shorts are kept apart.
    """
    if len(members) == 1:
        # What one account holds is in order already.
        first, last = starts[members[0]], starts[members[0] + 1]
        kept = first + np.flatnonzero(longs[first:last] | shorts[first:last])
        trading = longs[kept] + shorts[kept] if gross[members[0]] else np.abs(longs[kept] - shorts[kept])
        return Contracts(columns[kept], longs[kept], shorts[kept], trading)
    width = 0
    for account in members:
        # Columns ascend within an account.
        if starts[account] < starts[account + 1]:
            width = max(width, 1 + columns[starts[account + 1] - 1])
    long, short = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    trading = np.zeros(width, dtype=np.int64)
    for account in members:
        for position in range(starts[account], starts[account + 1]):
            both, net = longs[position] + shorts[position], longs[position] - shorts[position]
            long[columns[position]] += longs[position]
            short[columns[position]] += shorts[position]
            trading[columns[position]] += both if gross[account] else abs(net)
    held = np.flatnonzero(long | short)
    return Contracts(held, long[held], short[held], trading[held])
