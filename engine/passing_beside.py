"""Finds the limits that an order simply passes beside working ones, in each way in which all of them may fill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.beside import FIGURES, OVERFLOWN, PLACES, Beside, of_column, ways_beside
from engine.bounded import Limited
from engine.compiled import Held, borrowing, compiled, inlined
from engine.exposures import plus
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import Money, outcomes
from engine.passing import (
    BESIDE,
    BY,
    EQUITY,
    FIRST,
    HHI,
    LAST,
    LEVEL,
    MEASURE,
    REQUIREMENT,
    Booleans,
    Situations,
    passing,
)
from engine.span.trades import Summed
from engine.waiting import COLUMN, NONE, SIDE, WAYS, ways_of


class Variations(NamedTuple):
    """What the account is known to require with trades in it.

    Attributes:
        columns: int64 [trades].
        shorts: bool [trades], whether each is in the short side of a gross-margined account.
        changes: int64 [variations, trades], contracts.
        requirement: int64 [1 + variations, currencies of the desk], money scale: without any, and after each;
            `NOT_COMPUTABLE` where it is not.
    """

    columns: Integers
    shorts: Booleans
    changes: Integers
    requirement: Integers


@compiled
def passing_beside(
    limits: Held[Limited],
    summed: Held[Summed],
    account: int,
    home: int,
    market: Integers,
    beside: Held[Beside],
    new: Integers,
    together: bool,
    known: Variations,
    briefly: bool,
) -> Integers:
    """`passing` for an order of one account beside working ones.

    Args:
        limits: All limits, and whom they are on. While orders are working only the account's margin may be bounded.
        summed: The account's positions.
        account: Its row.
        home: Column of its own currency.
        market: int64 [legs, 2, dimensions], as `market_of` has it.
        beside: Working orders of all accounts, in contracts that have figures.
        new: int64 [legs, 4], the order.
        together: Whether its legs fill all or none.
        known: What is known already of the account's requirement; what else is asked for is computed.
        briefly: Whether it is only of interest what passes: margin before the order is then looked for where it is
            known, and no further.

    Returns:
        int64 [legs, limits, 5], see `passing`.
    """
    record, asked, valued = beside.record, limits.record, limits.record.valued
    desk = valued.record.desk
    waiting = record.places[: record.state[PLACES]]
    ways, currencies = np.zeros((3, 2), dtype=np.int64), known.requirement.shape[1]
    each = np.full((6 * WAYS, 5), NONE, dtype=np.int64)
    requirements = np.zeros((1 + 6 * WAYS, currencies), dtype=np.int64)
    runs, moved, places, traded = ways_of(desk, asked.account.record.members, waiting, new, together, 0)
    # Where nothing works an order changes the same for all who own the account.
    changes, start, rows, summed_up = moved, 0, 1, _is_summed_up(record, asked.bounds)
    for level in range(3):
        if not asked.present[level]:
            continue
        owner = asked.account.record if level == 0 else asked.group.record if level == 1 else asked.firm.record
        used = 0
        if len(waiting) and level > 0:
            if level == 2 and summed_up:
                runs, moved = ways_beside(beside, valued, new, together)
            else:
                runs, moved, places, traded = ways_of(desk, owner.members, waiting, new, together, 0)
            used = len(changes)
            changes = _joined(changes, moved)
        count = len(runs)
        ways[level, 0], ways[level, 1] = start, count // 2
        for number in range(count):
            each[start + number, FIRST] = used + runs[number, 0]
            each[start + number, LAST] = used + runs[number, 1]
            each[start + number, EQUITY] = plus(owner.owned.equity, runs[number, 2])
            each[start + number, BESIDE] = runs[number, 3]
        if asked.margins[level] and (level == 0 or len(waiting) == 0):
            needed = _required(known, places, traded, count // 2 if briefly else 0)
            if len(needed) == 0:
                needed = _computed(summed, valued.record.money, account, home, places, traded)
            _require(needed, requirements, rows, each[start:])
            rows += len(needed)
        start += count
    situations = Situations(ways, each[:start], changes, requirements[:rows])
    result = np.empty((len(new), len(asked.bounds), 5), dtype=np.int64)
    by_contract = len(waiting) > 0 and asked.present[2] and summed_up
    in_column = np.zeros((WAYS, FIGURES), dtype=np.int64)
    for leg in range(len(new)):
        column = new[leg, COLUMN]
        if by_contract:
            in_column = of_column(beside, valued, column)
        passing(limits, column, market[leg], situations, beside, in_column, result[leg])
    return result


@borrowing
def _require(needed: Integers, requirements: Integers, first: int, each: Integers) -> None:
    """Write down what the situations of an owner require.

    Args:
        needed: int64 [situations, currencies of the desk].
        requirements: int64 [room, currencies of the desk], receives it from the row ``first`` on.
        first: That row.
        each: int64 [room, 5], as `engine.passing.Situations` has it, from the owner's first situation on: it receives
            the row of each one that can be computed.
    """
    for number in range(len(needed)):
        for currency in range(needed.shape[1]):
            requirements[first + number, currency] = needed[number, currency]
        if needed[number, 0] != NOT_COMPUTABLE:
            each[number, REQUIREMENT] = first + number


@compiled
def _joined(one: Integers, other: Integers) -> Integers:
    """Rows, and behind them others of the same width."""
    rows = np.empty((len(one) + len(other), one.shape[1]), dtype=np.int64)
    for row in range(len(rows)):
        for column in range(rows.shape[1]):
            rows[row, column] = one[row, column] if row < len(one) else other[row - len(one), column]
    return rows


@borrowing
def _is_summed_up(beside: Beside, bounds: Integers) -> bool:
    """Whether what works can be taken as it was added up, which leaves out what an index over contracts needs."""
    if len(beside.sums) == 0 or beside.state[OVERFLOWN]:
        return False
    for number in range(len(bounds)):
        if bounds[number, LEVEL] == 2 and bounds[number, MEASURE] == HHI and bounds[number, BY] == 0:
            return False
    return True


@compiled
def _required(known: Variations, places: Integers, traded: Integers, first: int) -> Integers:
    """int64 [ways, currencies]: how much more is required in each way, `NOT_COMPUTABLE` throughout where it is.

    No ways where one of them from ``first`` on is not among the variations that are known; an earlier one is
    `NOT_COMPUTABLE` then.
    """
    count, trades = known.changes.shape
    result = np.zeros((len(traded), known.requirement.shape[1]), dtype=np.int64)
    if len(known.requirement) != 1 + count:
        return result[:0]
    added, elsewhere = np.zeros((count, len(places)), dtype=np.int64), np.zeros(count, dtype=np.bool_)
    nothing = np.zeros(len(places), dtype=np.int64)
    for trade in range(trades):
        at = 0
        while at < len(places) and not (
            places[at, COLUMN] == known.columns[trade] and (places[at, SIDE] < 0) == known.shorts[trade]
        ):
            at += 1
        for variation in range(count):
            if at < len(places):
                added[variation, at] += known.changes[variation, trade]
            elif known.changes[variation, trade] != 0:
                elsewhere[variation] = True
    for way in range(len(traded)):
        if not _differs(traded[way], nothing):
            continue
        variation = 0
        while variation < count and (elsewhere[variation] or _differs(added[variation], traded[way])):
            variation += 1
        if variation < count:
            _less(known.requirement[1 + variation], known.requirement[0], result[way])
        elif way < first:
            result[way] = NOT_COMPUTABLE
        else:
            return result[:0]
    return result


@inlined
def _differs(one: Integers, other: Integers) -> bool:
    """Whether contracts differ in a place."""
    different = False
    for place in range(len(one)):
        different = different or one[place] != other[place]
    return different


@compiled
def _computed(
    summed: Held[Summed], money: Held[Money], account: int, home: int, places: Integers, traded: Integers
) -> Integers:
    """The same, found anew."""
    columns, shorts = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.bool_)
    usable = summed.record.usable
    result = np.full((len(traded), money.record.requirement.shape[1]), NOT_COMPUTABLE, dtype=np.int64)
    for place in range(len(places)):
        columns[place] = places[place, COLUMN]
        shorts[place] = places[place, SIDE] < 0
        if columns[place] >= len(usable) or not usable[columns[place]]:
            return result
    needs = outcomes(summed, money, account, home, columns, shorts, traded)
    needs = needs[:, 1, :-1]
    for way in range(len(traded)):
        _less(needs[1 + way], needs[0], result[way])
    return result


@borrowing
def _less(after: Integers, before: Integers, difference: Integers) -> None:
    """Write after less before, int64 [currencies] each; `NOT_COMPUTABLE` throughout where one of either is."""
    known = True
    for currency in range(len(difference)):
        known = known and min(after[currency], before[currency]) != NOT_COMPUTABLE
    for currency in range(len(difference)):
        difference[currency] = after[currency] - before[currency] if known else NOT_COMPUTABLE
