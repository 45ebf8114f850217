"""Finds the limits that an order simply passes, all of them in one compiled call.

What does not pass so plainly is left to `engine.limit_check`, which says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.beside import Beside
from engine.bounded import Bounded, Limited
from engine.classification import Coding, Dimension
from engine.compiled import Held, borrowing, compiled, inlined
from engine.conversion import convert_row
from engine.exposures import plus
from engine.limits import Basis, Level, Limit, Measure
from engine.liquidity_kernels import days_to_trade
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers, multiply_divide
from engine.owned import CONTRACTS, DELTA, GROSS, NET, SUMS, TO_TRADE, Owned
from engine.waiting import NONE

MEASURES: Final = {measure: number for number, measure in enumerate(Measure)}
BASES: Final = {basis: number for number, basis in enumerate(Basis)}
DIMENSIONS: Final = {dimension: number for number, dimension in enumerate(Dimension)}
LEVELS: Final = {level: number for number, level in enumerate(Level)}

# Plain numbers, which compiled code takes as constants.
MARGIN_RATIO, SHARE_OF_EQUITY, SHARE_OF_GROSS = (
    MEASURES[each] for each in (Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY, Measure.SHARE_OF_GROSS)
)
NET_MEASURE, DELTA_MEASURE, POSITION, HHI, DAYS, COST = (
    MEASURES[each] for each in (Measure.NET, Measure.DELTA, Measure.POSITION, Measure.HHI, Measure.DAYS, Measure.COST)
)
OF_EQUITY, OF_GROSS, OF_OPEN_INTEREST, OF_VOLUME = (BASES[each] for each in Basis)
LEVEL, MEASURE, BY, BASIS, HARD, SOFT, SHARE = range(7)
FIRST, LAST, REQUIREMENT, EQUITY, BESIDE = range(5)
EQUITY_AT = SUMS * (1 + len(Dimension))
MARGIN_AT, INDEX_AT = EQUITY_AT + 1, EQUITY_AT + 2
FIGURES = INDEX_AT + len(Dimension)
"""Of one situation: sums of everything, sums by dimension, equity, margin, index by dimension."""
Booleans = npt.NDArray[np.bool_]
UNSURE = 1e-4
"""How near to a half of the ratio's unit an index may be either way."""


class Situations(NamedTuple):
    """Owners as they may be before and after an order, in each way in which working orders may fill.

    Attributes:
        ways: int64 [levels, 2], first situation of each level and how many ways there are; the situations before the
            order come first, then those after it, in the same order of ways. 0 ways where nobody is asked about.
        each: int64 [situations, 5]: run of ``changes``, row of ``requirements`` or -1 where it is not computable,
            equity in money scale, and the way of `engine.beside.Beside` they come on top of, or -1.
        changes: int64 [changes, 6], column, and what trades add as `engine.owned.Owned` has its sums.
        requirements: int64 [rows, currencies of the desk], money scale, what trades add.
    """

    ways: Integers
    each: Integers
    changes: Integers
    requirements: Integers


class Bounds(NamedTuple):
    """Limits as arrays, and which figures of owners they rest on that take long to add up.

    Attributes:
        each: int64 [limits, 7]: level, measure, dimension, basis, hard, soft, and the share of a day's volume; a bound
            is `NOT_COMPUTABLE` where there is none.
        margins: bool [levels], whose margin ratio they bound.
        equities: bool [levels], whose equity they look at.
    """

    each: Integers
    margins: Booleans
    equities: Booleans


def bounds_of(limits: Sequence[Limit]) -> Bounds:
    """The same as arrays."""
    rows = [
        (
            LEVELS[limit.level],
            MEASURES[limit.measure],
            NONE if limit.by is None else DIMENSIONS[limit.by],
            NONE if limit.basis is None else BASES[limit.basis],
            NOT_COMPUTABLE if limit.hard is None else limit.hard,
            NOT_COMPUTABLE if limit.soft is None else limit.soft,
            limit.participation,
        )
        for limit in limits
    ]
    margins = {limit.level for limit in limits if limit.measure is Measure.MARGIN_RATIO}
    equities = {
        limit.level
        for limit in limits
        if limit.measure in (Measure.MARGIN_RATIO, Measure.SHARE_OF_EQUITY) or limit.basis is Basis.EQUITY
    }
    of_levels = (np.array([level in known for level in Level]) for known in (margins, equities))
    return Bounds(np.array(rows, dtype=np.int64).reshape(-1, 7), *of_levels)


@compiled
def passing(
    limits: Held[Limited],
    column: int,
    market: Integers,
    situations: Situations,
    beside: Held[Beside],
    in_column: Integers,
    result: Integers,
) -> None:
    """Figures of all limits for one contract of an order.

    Args:
        limits: All of them, and whom they are on.
        column: The contract's.
        market: int64 [2, dimensions], as `market_of` has it.
        situations: Before and after the order.
        beside: What works in all accounts.
        in_column: int64 [ways, 5], what that adds in the contract, as `engine.beside.of_column` has it.
        result: int64 [limits, 5], a row for each of them, receives 1 where it simply passes, then figure before and
            after, hard and soft bound (`NOT_COMPUTABLE` where there is none), in the way that leaves the least room.
    """
    bounds, coding = limits.record.bounds, limits.record.valued.record.coding.record
    account, group, firm = limits.record.account, limits.record.group, limits.record.firm
    figures, sums = np.empty((len(situations.each), FIGURES), dtype=np.int64), np.empty((2, SUMS), dtype=np.int64)
    needed = np.empty((1, situations.requirements.shape[1]), dtype=np.int64)
    asked = np.zeros((2, len(situations.ways), market.shape[1]), dtype=np.bool_)
    for number in range(len(bounds)):
        if bounds[number, BY] != NONE:
            asked[int(bounds[number, MEASURE] == HHI), bounds[number, LEVEL], bounds[number, BY]] = True
    works = beside.record
    _measure(0, account.record, column, coding, situations, works, in_column, asked[:, 0], figures, sums, needed)
    _measure(1, group.record, column, coding, situations, works, in_column, asked[:, 1], figures, sums, needed)
    _measure(2, firm.record, column, coding, situations, works, in_column, asked[:, 2], figures, sums, needed)
    for number in range(len(bounds)):
        for figure in range(5):
            result[number, figure] = 0
        first, ways = situations.ways[bounds[number, LEVEL], 0], situations.ways[bounds[number, LEVEL], 1]
        measure, by, basis, least = bounds[number, MEASURE], bounds[number, BY], bounds[number, BASIS], NOT_COMPUTABLE
        for way in range(ways):
            if measure == DAYS:
                place, traded = SUMS * (1 + by) + TO_TRADE, market[1, by]
                had = days_to_trade(figures[first + way, place], traded, bounds[number, SHARE])
                has = days_to_trade(figures[first + ways + way, place], traded, bounds[number, SHARE])
            else:
                had = _figure(measure, by, figures, first + way)
                has = _figure(measure, by, figures, first + ways + way)
            base = _base(basis, by, market, figures, first + ways + way)
            hard, soft = _bound(bounds[number, HARD], basis, base), _bound(bounds[number, SOFT], basis, base)
            known = has != NOT_COMPUTABLE and (basis == NONE or base != NOT_COMPUTABLE)
            known = known and not (measure == HHI and had == NOT_COMPUTABLE)
            within = (hard == NOT_COMPUTABLE or abs(has) <= hard) and (soft == NOT_COMPUTABLE or abs(has) <= soft)
            result[number, 0] = known and within
            if not known or not within:
                break
            bound = soft if hard == NOT_COMPUTABLE else hard
            room = bound if bound == NOT_COMPUTABLE else bound - abs(has)
            if way == 0 or room < least:
                least = room
                result[number, 1], result[number, 2] = had, has
                result[number, 3], result[number, 4] = hard, soft


@borrowing
def _measure(
    level: int,
    owner: Bounded,
    column: int,
    coding: Coding,
    situations: Situations,
    beside: Beside,
    in_column: Integers,
    asked: Booleans,
    figures: Integers,
    sums: Integers,
    needed: Integers,
) -> None:
    """What is asked for of an owner in each situation: sums by dimension, equity, margin, indices.

    ``sums`` (int64 [2, sums]) and ``needed`` (int64 [1, currencies of the desk]) are written over. What is held of a
    name is in the first half of ``sums`` until indices are found, which use all of it.
    """
    first, last = situations.ways[level, 0], situations.ways[level, 0] + 2 * situations.ways[level, 1]
    dimensions, held, each = len(coding.codes), sums[0], situations.each
    for by in range(NONE, dimensions):
        if first == last or (by != NONE and not asked[0, by]):
            continue
        _held_of(by, column, owner.owned, coding, held)
        for number in range(first, last):
            place = SUMS * (1 + by)
            total = figures[number, place : place + SUMS]
            for kind in range(SUMS):
                total[kind] = held[kind]
            _add_traded(by, column, coding, situations, number, beside, in_column, total)
    for number in range(first, last):
        figures[number, EQUITY_AT] = each[number, EQUITY]
        figures[number, MARGIN_AT] = NOT_COMPUTABLE
        required = each[number, REQUIREMENT]
        if required != NONE and _added(owner.requirement, situations.requirements[required], needed[0]):
            margin = convert_row(needed, 0, needed.shape[1], owner.numerator, owner.denominator)
            figures[number, MARGIN_AT] = margin
        for by in range(dimensions):
            if asked[1, by]:
                whole = figures[number, GROSS]
                index = _index(by, owner.owned, coding, situations, number, beside, in_column, whole, sums)
                figures[number, INDEX_AT + by] = index


@inlined
def _added(one: Integers, other: Integers, total: Integers) -> bool:
    """Write down the sums of amounts, int64 [currencies] each; whether all of the first can be computed."""
    known = True
    for number in range(len(total)):
        known = known and one[number] != NOT_COMPUTABLE
        total[number] = one[number] + other[number]
    return known


@inlined
def _held_of(by: int, column: int, owned: Owned, coding: Coding, total: Integers) -> None:
    """What is held of the name of ``column`` along a dimension, or of everything."""
    row: np.int64 | int = 0
    sums = owned.by_code
    if by == 0:
        row, sums = np.searchsorted(owned.columns, column), owned.by_column
        known = row < len(owned.columns) and owned.columns[row] == column
    else:
        row, known = (0 if by == NONE else coding.starts[by] + coding.codes[by, column]), True
    for kind in range(SUMS):
        total[kind] = (owned.whole[kind] if by == NONE else sums[row, kind]) if known else 0


@inlined
def _add_traded(
    by: int,
    column: int,
    coding: Coding,
    situations: Situations,
    number: int,
    beside: Beside,
    in_column: Integers,
    total: Integers,
) -> None:
    """Add to it the trades of a situation."""
    each, changes, codes = situations.each, situations.changes, coding.codes
    way = each[number, BESIDE]
    if way != NONE and by == 0:
        for kind in range(SUMS):
            total[kind] = plus(total[kind], in_column[way, kind])
    elif way != NONE:
        name = beside.sums.shape[1] - 1 if by == NONE else coding.starts[by] + codes[by, column]
        _add_beside(beside, way, name, total)
    for change in range(each[number, FIRST], each[number, LAST]):
        if by == NONE or codes[by, changes[change, 0]] == codes[by, column]:
            for kind in range(SUMS):
                total[kind] = plus(total[kind], changes[change, 1 + kind])


@inlined
def _add_beside(beside: Beside, way: int, name: int, total: Integers) -> None:
    """Add what all working orders change of a name, numbered as `Beside` numbers them."""
    for kind in range(SUMS):
        unknown = beside.unknown[way, name, kind] != 0
        total[kind] = NOT_COMPUTABLE if unknown else plus(total[kind], beside.sums[way, name, kind])


@borrowing
def _index(
    by: int,
    owned: Owned,
    coding: Coding,
    situations: Situations,
    number: int,
    beside: Beside,
    in_column: Integers,
    whole: int,
    sums: Integers,
) -> int:
    """Herfindahl index along a dimension, ratio scale; `NOT_COMPUTABLE` where it is, or may be rounded either way.

    Squares leave 63 bits, so it is found in floating point, whose error is far below `UNSURE`.
    ``sums`` (int64 [2, sums]) is written over.
    """
    squares, first, last = owned.squares[by], situations.each[number, FIRST], situations.each[number, LAST]
    if whole == NOT_COMPUTABLE or np.isnan(squares):
        return NOT_COMPUTABLE
    had, has = sums[0], sums[1]
    way = situations.each[number, BESIDE]
    if way != NONE:
        squares = _squares_beside(by, owned, coding, beside, way, had)
        if np.isnan(squares):
            return NOT_COMPUTABLE
    for change in range(first, last):
        moved, seen = situations.changes[change, 0], False
        for earlier in range(first, change):
            seen = seen or coding.codes[by, situations.changes[earlier, 0]] == coding.codes[by, moved]
        if not seen:
            _held_of(by, moved, owned, coding, had)
            for kind in range(SUMS):
                has[kind] = had[kind]
            _add_traded(by, moved, coding, situations, number, beside, in_column, has)
            if by != 0 and way != NONE:
                _add_beside(beside, way, coding.starts[by] + coding.codes[by, moved], had)
            squares += float(has[GROSS] - had[GROSS]) * (float(has[GROSS]) + float(had[GROSS]))
    if whole == 0:
        return 0
    share = squares / float(whole) / float(whole) * RATIO
    nearest = np.floor(share + 0.5)
    return int(nearest) if 0.5 - abs(share - nearest) > UNSURE else NOT_COMPUTABLE


@borrowing
def _squares_beside(by: int, owned: Owned, coding: Coding, beside: Beside, way: int, gross: Integers) -> float:
    """Sum of the squares of gross exposures along a dimension, with what works; not a number where one is unknown.

    ``gross`` (int64 [sums]) is written over.
    """
    squares = 0.0
    for name in range(coding.starts[by], coding.starts[by + 1]):
        for kind in range(SUMS):
            gross[kind] = owned.by_code[name, kind]
        _add_beside(beside, way, name, gross)
        squares += np.nan if gross[GROSS] == NOT_COMPUTABLE else float(gross[GROSS]) * float(gross[GROSS])
    return squares


@borrowing
def _figure(measure: int, by: int, figures: Integers, number: int) -> int:
    """A figure as `engine.limit_figures.OwnerFigures.figure` has it."""
    if measure == MARGIN_RATIO:
        return _ratio(figures[number, MARGIN_AT], figures[number, EQUITY_AT])
    if measure == HHI:
        return int(figures[number, INDEX_AT + by]) if by != NONE else NOT_COMPUTABLE
    if measure == COST:
        # Depth is a matter of each position, and is looked at one after the other.
        return NOT_COMPUTABLE
    kind = NET if measure == NET_MEASURE else DELTA if measure == DELTA_MEASURE else GROSS
    kind = CONTRACTS if measure == POSITION else kind
    held = int(figures[number, SUMS * (1 + by) + kind])
    if measure == SHARE_OF_EQUITY:
        return _ratio(held, figures[number, EQUITY_AT])
    if measure == SHARE_OF_GROSS:
        return _ratio(held, figures[number, GROSS])
    return held


@borrowing
def _base(basis: int, by: int, market: Integers, figures: Integers, number: int) -> int:
    """What a bound is a share of."""
    if basis == OF_EQUITY:
        return int(figures[number, EQUITY_AT])
    if basis == OF_GROSS:
        return int(figures[number, GROSS])
    if NONE in (basis, by):
        return NOT_COMPUTABLE
    return int(market[0 if basis == OF_OPEN_INTEREST else 1, by])


@compiled
def _bound(limit: int, basis: int, base: int) -> int:
    """A bound in the measure's scale, rounded down where it is a share, as `engine.limits.Limit.bound` does."""
    if limit == NOT_COMPUTABLE or basis == NONE:
        return limit
    if base == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    rounded = multiply_divide(base, limit, RATIO)
    # Both products leave 63 bits in the same way: their difference is exact.
    return rounded - 1 if rounded != NOT_COMPUTABLE and base * limit - rounded * RATIO < 0 else rounded


@inlined
def _ratio(part: int, whole: int) -> int:
    """part / whole in ratio scale; nothing is no share of anything, however little there is."""
    if min(part, whole) == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    if part == 0:
        return 0 if whole >= 0 else NOT_COMPUTABLE
    return multiply_divide(part, RATIO, whole) if whole > 0 else NOT_COMPUTABLE
