"""The ways in which working orders may fill, and what each changes of an owner's exposures, in one compiled call.

The ways are those of `engine.working_orders.fills`, in the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.compiled import Held, borrowing, compiled, inlined
from engine.exposures import plus, times
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.owned import SUMS

ACCOUNT, COLUMN, SIDE, QUANTITY = range(4)
"""Columns of trades: as `engine.limit_trades.Place` has them, and contracts, positive bought."""
BOUGHT, SOLD = 3, 4
"""Columns of places behind those that say where: contracts that working orders there buy and, below 0, sell."""
WAYS = 6
NONE = -1


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
        waiting: int64 [places, 5], where orders of the owner and of others work, as `gathered` has it.
        new: int64 [legs, 4], the order, of one of the owner's accounts.
        together: Whether its legs fill all or none.
        equity: The owner's, money scale.

    Returns:
        int64 [2 x ways, 4], run of the changes, equity and `NONE`, before the order in each way and then after it;
        int64 [changes, 6], as `engine.passing.Situations` has them; int64 [places, 3], account, column and side of all
        that is traded, and int64 [2 x ways, places], contracts.
    """
    record = desk.record
    places, up, down, added = _places(members, waiting, new)
    count = len(places)
    before, after = np.empty((count, WAYS), dtype=np.int64), np.empty((count, WAYS), dtype=np.int64)
    _fill_all(record, places, up, down, added, together, before, after)
    chosen = np.empty(WAYS, dtype=np.int64)
    kept = _distinct(before, after, chosen)
    each = np.empty((2 * kept, 4), dtype=np.int64)
    changes, used = np.empty((2 * kept * count, 1 + SUMS), dtype=np.int64), 0
    traded = np.empty((2 * kept, count), dtype=np.int64)
    for number in range(2 * kept):
        ways = before if number < kept else after
        each[number, 0] = used
        used, paid = _trade_all(record, places, ways, chosen[number % kept], traded[number], changes, used)
        each[number, 1], each[number, 2], each[number, 3] = used, plus(equity, -paid), NONE
    return each, changes[:used], places, traded


@borrowing
def _fill_all(
    desk: Priced,
    places: Integers,
    up: Integers,
    down: Integers,
    added: Integers,
    together: bool,
    before: Integers,
    after: Integers,
) -> None:
    """Write down contracts of each place in each way ``before`` and ``after`` the order: int64 [places, ways].

    Where they go, and what is bought, sold and added there, is as `_places` has it.
    """
    for place in range(len(places)):
        fill(desk, places[place], up[place, 0], down[place, 0], before[place])
        if together:
            for way in range(WAYS):
                after[place, way] = before[place, way] + added[place]
        else:
            bought, sold = up[place, 0] + up[place, 1], down[place, 0] + down[place, 1]
            fill(desk, places[place], bought, sold, after[place])


@borrowing
def _trade_all(
    desk: Priced, places: Integers, ways: Integers, way: int, traded: Integers, changes: Integers, used: int
) -> tuple[int, int]:
    """Write down what is traded in one way, and add what that changes.

    Args:
        desk: Positions and prices.
        places: int64 [places, 3].
        ways: int64 [places, ways], contracts.
        way: Which one.
        traded: int64 [places], receives its contracts.
        changes: int64 [room, 6], with room for all places.
        used: How many of its rows are used.

    Returns:
        How many rows are used then, and the premium paid.
    """
    paid = 0
    for place in range(len(places)):
        quantity = ways[place, way]
        traded[place] = quantity
        if quantity:
            paid = plus(paid, change_of(desk, places[place], quantity, changes[used]))
            used += 1
    return used, paid


@compiled
def gathered(orders: Integers) -> Integers:
    """int64 [places, 5]: int64 [orders, 4] of working orders added up, each place once, in no special order."""
    places, count = np.empty((len(orders), 5), dtype=np.int64), 0
    width = 1 + (orders[:, COLUMN].max() if len(orders) else 0)
    for number in np.argsort((orders[:, ACCOUNT] * width + orders[:, COLUMN]) * 3 + orders[:, SIDE]):
        if count == 0 or not is_at(places[count - 1], orders[number]):
            places[count, :BOUGHT], places[count, BOUGHT:] = orders[number, :QUANTITY], 0
            count += 1
        places[count - 1, BOUGHT] += max(orders[number, QUANTITY], 0)
        places[count - 1, SOLD] += min(orders[number, QUANTITY], 0)
    return places[:count]


@compiled
def _places(
    members: npt.NDArray[np.bool_], waiting: Integers, new: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Places that are traded; contracts bought and sold there by working orders and by the order; and its sum."""
    most = len(new)
    for number in range(len(waiting)):
        most += members[waiting[number, ACCOUNT]]
    places, added = np.empty((most, 3), dtype=np.int64), np.zeros(most, dtype=np.int64)
    up, down = np.zeros((most, 2), dtype=np.int64), np.zeros((most, 2), dtype=np.int64)
    count = _gather(members, waiting, new, places, up, down, added)
    return places[:count], up[:count], down[:count], added[:count]


@borrowing
def _gather(
    members: npt.NDArray[np.bool_],
    waiting: Integers,
    new: Integers,
    places: Integers,
    up: Integers,
    down: Integers,
    added: Integers,
) -> int:
    """Write down places as `_places` gives them; how many there are.

    There is room for all; ``up`` and ``down`` (int64 [room, 2]) and ``added`` (int64 [room]) are zeros.
    """
    count = 0
    for number in range(len(waiting)):
        if members[waiting[number, ACCOUNT]]:
            for part in range(BOUGHT):
                places[count, part] = waiting[number, part]
            up[count, 0], down[count, 0] = waiting[number, BOUGHT], waiting[number, SOLD]
            count += 1
    for leg in range(len(new)):
        place = 0
        while place < count and not is_at(places[place], new[leg]):
            place += 1
        if place == count:
            for part in range(QUANTITY):
                places[count, part] = new[leg, part]
            count += 1
        quantity = new[leg, QUANTITY]
        up[place, 1] += max(quantity, 0)
        down[place, 1] += min(quantity, 0)
        added[place] += quantity
    return count


@inlined
def is_at(place: Integers, trade: Integers) -> bool:
    """Whether a trade goes to a place."""
    return bool(place[ACCOUNT] == trade[ACCOUNT] and place[COLUMN] == trade[COLUMN] and place[SIDE] == trade[SIDE])


@inlined
def fill(desk: Priced, place: Integers, up: int, down: int, ways: Integers) -> None:
    """Contracts of one place in each way: none, buys, sells, whichever leaves more, most long and most short delta."""
    long, short = _sides(desk, place[ACCOUNT], place[COLUMN])
    own = long - short if place[SIDE] == 0 else long if place[SIDE] > 0 else -short
    ways[0], ways[1], ways[2] = 0, up, down
    ways[3] = up if abs(own + up) >= abs(own + down) else down
    ways[4], ways[5] = (up, down) if desk.delta[place[COLUMN]] >= 0 else (down, up)


@borrowing
def _distinct(before: Integers, after: Integers, kept: Integers) -> int:
    """Write down the ways that differ from earlier ones and that the order changes; how many there are.

    Where it changes none that is the first.
    """
    count = 0
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
    return count


@borrowing
def _same(one: Integers, way: int, other: Integers, earlier: int) -> bool:
    """Whether two ways are the same in every place."""
    for place in range(len(one)):  # noqa: SIM110  # the compiler knows no generators in `all`
        if one[place, way] != other[place, earlier]:
            return False
    return True


@inlined
def _sides(desk: Priced, account: int, column: int) -> tuple[int, int]:
    """Contracts an account holds long and short."""
    start, stop = desk.starts[account], desk.starts[account + 1]
    place = start + np.searchsorted(desk.columns[start:stop], column)
    if place < stop and desk.columns[place] == column:
        return desk.long[place], desk.short[place]
    return 0, 0


@inlined
def change_of(desk: Priced, place: Integers, quantity: int, change: Integers) -> int:
    """Write down what a trade adds (column, then sums), as `engine.limit_trades.Trades` has it; premium paid."""
    column, side = place[COLUMN], place[SIDE]
    long, short = _sides(desk, place[ACCOUNT], column)
    if side > 0:
        added = trading = abs(long + quantity) - long
    elif side < 0:
        added = trading = abs(short - quantity) - short
    else:
        trading = abs(long - short + quantity) - abs(long - short)
        # A net account closes before it opens.
        closed = min(quantity, short) if quantity > 0 else min(-quantity, long)
        added = abs(quantity) - 2 * closed
    value, delta = desk.value[column], desk.delta[column]
    change[0], change[4], change[5] = column, quantity, trading
    change[1] = times(added, value if value == NOT_COMPUTABLE else abs(value))
    change[2], change[3] = times(quantity, value), times(quantity, delta)
    if column < len(desk.marked) and desk.marked[column]:
        return 0
    return times(quantity, value)
