"""The ways in which working orders may fill, and what each changes of an owner's exposures, in one compiled call.

The ways are those of `engine.working_orders.fills`, in the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, compiled
from engine.exposures import plus, times
from engine.numbers import NOT_COMPUTABLE, Integers

ACCOUNT, COLUMN, SIDE, QUANTITY = range(4)
"""Columns of trades: as `engine.limit_trades.Place` has them, and contracts, positive bought."""
WAYS = 6


class Priced(NamedTuple):
    """The desk's positions, and what one contract is worth.

    Attributes:
        starts: Positions as `engine.book.Positions` has them.
        columns: Likewise.
        long: Likewise.
        short: Likewise.
        value: int64 [columns], as `engine.exposures.UnitExposures` has it.
        delta: Likewise.
        marked: bool [contracts], whether it is settled daily and costs nothing.
    """

    starts: Integers
    columns: Integers
    long: Integers
    short: Integers
    value: Integers
    delta: Integers
    marked: npt.NDArray[np.bool_]


@compiled
def ways_of(
    desk: Held[Priced],
    members: npt.NDArray[np.bool_],
    waiting: Integers,
    new: Integers,
    together: bool,
    equity: int,
) -> tuple[Integers, Integers, Integers, Integers]:
    """An owner before and after an order, in each way in which its working orders may fill.

    Args:
        desk: Positions and prices.
        members: bool [accounts], which of them are the owner's.
        waiting: int64 [orders, 4], working orders of all accounts.
        new: int64 [legs, 4], the order, of one of the owner's accounts.
        together: Whether its legs fill all or none.
        equity: The owner's, money scale.

    Returns:
        int64 [2 x ways, 3], run of the changes and equity, before the order in each way and then after it; int64
        [changes, 5], as `engine.passing.Situations` has them; int64 [places, 3], account, column and side of all that
        is traded, and int64 [2 x ways, places], contracts.
    """
    places, up, down, added = _places(members, waiting, new)
    count = len(places)
    before, after = np.zeros((count, WAYS), dtype=np.int64), np.zeros((count, WAYS), dtype=np.int64)
    for place in range(count):
        long, short = _sides(desk.record, places[place, ACCOUNT], places[place, COLUMN])
        side = places[place, SIDE]
        own = long - short if side == 0 else long if side > 0 else -short
        rises = desk.record.delta[places[place, COLUMN]] >= 0
        _fill(before[place], up[place, 0], down[place, 0], own, rises)
        if together:
            after[place] = before[place] + added[place]
        else:
            _fill(after[place], up[place, 0] + up[place, 1], down[place, 0] + down[place, 1], own, rises)
    chosen = _distinct(before, after)
    each = np.empty((2 * len(chosen), 3), dtype=np.int64)
    changes, used = np.empty((2 * len(chosen) * count, 5), dtype=np.int64), 0
    traded = np.empty((2 * len(chosen), count), dtype=np.int64)
    for number in range(len(each)):
        ways, way = (before, chosen[number]) if number < len(chosen) else (after, chosen[number - len(chosen)])
        each[number, 0], paid = used, 0
        for place in range(count):
            traded[number, place] = ways[place, way]
            if ways[place, way]:
                paid = plus(paid, _change(desk.record, places[place], ways[place, way], changes[used]))
                used += 1
        each[number, 1], each[number, 2] = used, plus(equity, -paid)
    return each, changes[:used], places, traded


@compiled
def _places(
    members: npt.NDArray[np.bool_], waiting: Integers, new: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Places that are traded; contracts bought and sold there by working orders and by the order; and its sum."""
    most = len(waiting) + len(new)
    places = np.empty((most, 3), dtype=np.int64)
    up, down = np.zeros((most, 2), dtype=np.int64), np.zeros((most, 2), dtype=np.int64)
    added, count = np.zeros(most, dtype=np.int64), 0
    for kind in range(2):
        trades = new if kind else waiting
        for trade in range(len(trades)):
            if not members[trades[trade, ACCOUNT]]:
                continue
            place = 0
            while place < count and not (
                places[place, ACCOUNT] == trades[trade, ACCOUNT]
                and places[place, COLUMN] == trades[trade, COLUMN]
                and places[place, SIDE] == trades[trade, SIDE]
            ):
                place += 1
            if place == count:
                places[count] = trades[trade, :3]
                count += 1
            quantity = trades[trade, QUANTITY]
            up[place, kind] += max(quantity, 0)
            down[place, kind] += min(quantity, 0)
            added[place] += quantity if kind else 0
    return places[:count], up[:count], down[:count], added[:count]


@compiled
def _fill(ways: Integers, up: int, down: int, own: int, rises: bool) -> None:
    """Contracts of one place in each way: none, buys, sells, whichever leaves more, most long and most short delta."""
    ways[0], ways[1], ways[2] = 0, up, down
    ways[3] = up if abs(own + up) >= abs(own + down) else down
    ways[4], ways[5] = (up, down) if rises else (down, up)


@compiled
def _distinct(before: Integers, after: Integers) -> Integers:
    """The ways that differ from earlier ones and that the order changes; the first where it changes none."""
    kept, count = np.empty(WAYS, dtype=np.int64), 0
    for way in range(WAYS):
        fresh = not _same(before, way, after, way)
        for earlier in range(way):
            if fresh and _same(before, way, before, earlier) and _same(after, way, after, earlier):
                fresh = False
        if fresh:
            kept[count] = way
            count += 1
    if count == 0:
        kept[0], count = 0, 1
    return kept[:count]


@compiled
def _same(one: Integers, way: int, other: Integers, earlier: int) -> bool:
    """Whether two ways are the same in every place."""
    for place in range(len(one)):  # noqa: SIM110  # the compiler knows no generators in `all`
        if one[place, way] != other[place, earlier]:
            return False
    return True


@compiled
def _sides(desk: Priced, account: int, column: int) -> tuple[int, int]:
    """Contracts an account holds long and short."""
    start, stop = desk.starts[account], desk.starts[account + 1]
    place = start + np.searchsorted(desk.columns[start:stop], column)
    if place < stop and desk.columns[place] == column:
        return desk.long[place], desk.short[place]
    return 0, 0


@compiled
def _change(desk: Priced, place: Integers, quantity: int, change: Integers) -> int:
    """Write down what a trade adds, as `engine.limit_trades.Trades` has it; premium paid."""
    column, side = place[COLUMN], place[SIDE]
    long, short = _sides(desk, place[ACCOUNT], column)
    if side > 0:
        added = abs(long + quantity) - long
    elif side < 0:
        added = abs(short - quantity) - short
    else:
        # A net account closes before it opens.
        closed = min(quantity, short) if quantity > 0 else min(-quantity, long)
        added = abs(quantity) - 2 * closed
    value, delta = desk.value[column], desk.delta[column]
    change[0], change[4] = column, quantity
    change[1] = times(added, value if value == NOT_COMPUTABLE else abs(value))
    change[2], change[3] = times(quantity, value), times(quantity, delta)
    if column < len(desk.marked) and desk.marked[column]:
        return 0
    return times(quantity, value)
