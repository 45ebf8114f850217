"""What all working orders of a desk may change, added up in advance for each way in which they may fill.

A firm's limits look at every order that works anywhere. What each of them changes is added up once, when it comes or
goes, so that a check only looks through their places for those of its own contract and group.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.bounded import Valued
from engine.classification import Coding
from engine.compiled import Held, borrowing, compiled, held, inlined
from engine.exposures import plus
from engine.numbers import LARGEST, NOT_COMPUTABLE, Integers
from engine.owned import SUMS
from engine.waiting import ACCOUNT, BOUGHT, COLUMN, QUANTITY, SOLD, WAYS, Priced, change_of, fill, gathered, is_at

PLACES, UNCLASSIFIED, OVERFLOWN = range(3)
FIGURES = SUMS
"""Of a change, as `engine.owned.Owned` has them."""


class Beside(NamedTuple):
    """Working orders, and what they change along every dimension but contracts.

    Attributes:
        places: int64 [room, 5], see `engine.waiting`; those in use come first.
        state: int64 [3]: how many places are in use; how many of them are in contracts that have no figures yet; and
            1 once a sum has left the range of what a figure may be.
        sums: int64 [ways, names + 1, 5], what is added to exposures: by code as `Coding.starts` numbers them, and in
            all. Without any ways where nothing is added up in advance.
        unknown: int64 [ways, names + 1, 5], how many changes are not computable, which are left out of the sums.
        paid: int64 [ways, 2], premium in money scale, and how many payments are not computable.
    """

    places: Integers
    state: Integers
    sums: Integers
    unknown: Integers
    paid: Integers


@compiled
def summed_up(valued: Held[Valued], room: int) -> tuple[Held[Beside], Beside]:
    """No orders, with room for those of so many places: for compiled code, and the same arrays for anybody else."""
    names = valued.record.coding.record.starts[-1] + 1
    places, sums = np.empty((room, 5), dtype=np.int64), np.zeros((WAYS, names, FIGURES), dtype=np.int64)
    state, paid = np.zeros(3, dtype=np.int64), np.zeros((WAYS, 2), dtype=np.int64)
    record = Beside(places, state, sums, np.zeros_like(sums), paid)
    return held(record), record


@compiled
def listed(orders: Integers, coding: Held[Coding]) -> Held[Beside]:
    """int64 [orders, 4], see `engine.waiting`, without anything added up in advance."""
    places, nothing = gathered(orders), np.zeros((0, 0, FIGURES), dtype=np.int64)
    state = np.array([len(places), 0, 0])
    for number in range(len(places)):
        state[UNCLASSIFIED] += places[number, COLUMN] >= coding.record.codes.shape[1]
    return held(Beside(places, state, nothing, nothing.copy(), np.zeros((0, 2), dtype=np.int64)))


@compiled
def enlarged(beside: Held[Beside], room: int) -> tuple[Held[Beside], Beside]:
    """The same with room for more places."""
    record, places = beside.record, np.empty((room, 5), dtype=np.int64)
    count = record.state[PLACES]
    places[:count] = record.places[:count]
    larger = Beside(places, record.state, record.sums, record.unknown, record.paid)
    return held(larger), larger


@compiled
def put(beside: Held[Beside], valued: Held[Valued], accounts: Integers, orders: Integers) -> None:
    """Let ``orders`` be all that works in ``accounts`` (rows); there is room for them."""
    record, place = beside.record, 0
    desk, coding = valued.record.desk.record, valued.record.coding.record
    places, state = record.places, record.state
    ways, change = np.empty(WAYS, dtype=np.int64), np.empty(1 + FIGURES, dtype=np.int64)
    while len(accounts) and place < state[PLACES]:
        if _is_among(places[place, ACCOUNT], accounts):
            _count(record, desk, coding, place, -1, ways, change)
            state[PLACES] -= 1
            for part in range(5):
                places[place, part] = places[state[PLACES], part]
        else:
            place += 1
    fresh = gathered(orders)
    for number in range(len(fresh)):
        places[state[PLACES]] = fresh[number]
        _count(record, desk, coding, state[PLACES], 1, ways, change)
        state[PLACES] += 1


@compiled
def move(beside: Held[Beside], valued: Held[Valued], changes: Integers) -> None:
    """Let more or less work in some places; there is room for them.

    Args:
        beside: What works.
        valued: What contracts are worth.
        changes: int64 [changes, 5], places with how much more is bought and sold there; of the other sign for less.
    """
    ways, change = np.empty(WAYS, dtype=np.int64), np.empty(1 + FIGURES, dtype=np.int64)
    _move(beside.record, valued.record.desk.record, valued.record.coding.record, changes, ways, change)


@borrowing
def _move(beside: Beside, desk: Priced, coding: Coding, changes: Integers, ways: Integers, change: Integers) -> None:
    """`move`; ``ways`` and ``change`` as `_count` has them."""
    places, state = beside.places, beside.state
    for number in range(len(changes)):
        place = 0
        while place < state[PLACES] and not is_at(places[place], changes[number]):
            place += 1
        if place == state[PLACES]:
            for part in range(5):
                places[place, part] = changes[number, part] if part < BOUGHT else 0
            state[PLACES] += 1
        else:
            _count(beside, desk, coding, place, -1, ways, change)
        places[place, BOUGHT] += changes[number, BOUGHT]
        places[place, SOLD] += changes[number, SOLD]
        if places[place, BOUGHT] == 0 and places[place, SOLD] == 0:
            state[PLACES] -= 1
            for part in range(5):
                places[place, part] = places[state[PLACES], part]
        else:
            _count(beside, desk, coding, place, 1, ways, change)


@compiled
def take_over(beside: Held[Beside], valued: Held[Valued], places: Integers) -> None:
    """Add orders as they stand in the places of another `Beside`; there is room for them."""
    record, desk, coding = beside.record, valued.record.desk.record, valued.record.coding.record
    ways, change = np.empty(WAYS, dtype=np.int64), np.empty(1 + FIGURES, dtype=np.int64)
    for number in range(len(places)):
        record.places[record.state[PLACES]] = places[number]
        _count(record, desk, coding, record.state[PLACES], 1, ways, change)
        record.state[PLACES] += 1


@borrowing
def _is_among(account: int, accounts: Integers) -> bool:
    for each in accounts:  # noqa: SIM110  # the compiler knows no generators in `any`
        if each == account:
            return True
    return False


@borrowing
def _count(
    beside: Beside, desk: Priced, coding: Coding, number: int, sign: int, ways: Integers, change: Integers
) -> None:
    """Add what the orders in a place change, or with a ``sign`` of -1 take it away.

    ``ways`` (int64 [ways]) and ``change`` (int64 [6]) are written over.
    """
    place, sums, unknown, paid, state = beside.places[number], beside.sums, beside.unknown, beside.paid, beside.state
    column, whole = place[COLUMN], sums.shape[1] - 1
    if column >= min(coding.codes.shape[1], len(desk.value)):
        state[UNCLASSIFIED] += sign
        return
    fill(desk, place, place[BOUGHT], place[SOLD], ways)
    for way in range(WAYS):
        if ways[way] == 0:
            continue
        amount = change_of(desk, place, ways[way], change)
        if amount == NOT_COMPUTABLE:
            paid[way, 1] += sign
        else:
            paid[way, 0] = _within(paid[way, 0] + sign * amount, state)
        for by in range(len(coding.codes)):
            name = whole if by == 0 else coding.starts[by] + coding.codes[by, column]
            for kind in range(FIGURES):
                if change[1 + kind] == NOT_COMPUTABLE:
                    unknown[way, name, kind] += sign
                else:
                    sums[way, name, kind] = _within(sums[way, name, kind] + sign * change[1 + kind], state)


@inlined
def _within(total: int, state: Integers) -> int:
    """A sum; 0, for good, once one has left the range."""
    if abs(total) > LARGEST:
        state[OVERFLOWN] = 1
        return 0
    return total


@compiled
def of_column(beside: Held[Beside], valued: Held[Valued], column: int) -> Integers:
    """int64 [ways, 5], what is added to exposures in one contract; `NOT_COMPUTABLE` where it is."""
    found, ways = np.zeros((WAYS, FIGURES), dtype=np.int64), np.empty(WAYS, dtype=np.int64)
    _add_column(beside.record, valued.record.desk.record, column, ways, np.empty(1 + FIGURES, dtype=np.int64), found)
    return found


@borrowing
def _add_column(beside: Beside, desk: Priced, column: int, ways: Integers, change: Integers, found: Integers) -> None:
    """Add what works in ``column`` to ``found``, int64 [ways, 5]; ``ways`` and ``change`` as `_count` has them."""
    for number in range(beside.state[PLACES]):
        place = beside.places[number]
        if place[COLUMN] != column:
            continue
        fill(desk, place, place[BOUGHT], place[SOLD], ways)
        for way in range(WAYS):
            if ways[way]:
                change_of(desk, place, ways[way], change)
                for kind in range(FIGURES):
                    found[way, kind] = plus(found[way, kind], change[1 + kind])


@compiled
def ways_beside(beside: Held[Beside], valued: Held[Valued], new: Integers, together: bool) -> tuple[Integers, Integers]:
    """The firm before and after an order, as `engine.waiting.ways_of` has it.

    Returns:
        int64 [2 x ways, 4], run of the changes, premium received and the way of ``beside`` they come on top of; int64
        [changes, 6].
    """
    record, desk = beside.record, valued.record.desk.record
    places, before, after = _places_of(record, desk, new, together)
    count = len(places)
    # A way that the order does not change is of no concern, unless it changes none at all.
    chosen, ways = np.zeros(WAYS, dtype=np.int64), 0
    for way in range(WAYS):
        changed = False
        for place in range(count):
            changed = changed or before[place, way] != after[place, way]
        if changed:
            chosen[ways] = way
            ways += 1
    chosen = chosen[: max(ways, 1)]
    each = np.empty((2 * len(chosen), 4), dtype=np.int64)
    changes, used = np.empty((len(chosen) * count, 1 + FIGURES), dtype=np.int64), 0
    change = np.empty((2, 1 + FIGURES), dtype=np.int64)
    for number in range(len(chosen)):
        way, first = chosen[number], used
        paid = NOT_COMPUTABLE if record.paid[way, 1] else record.paid[way, 0]
        each[number] = 0, 0, _negative(paid), way
        used, paid = _exchange(desk, places, before, after, way, changes, used, paid, change)
        each[len(chosen) + number] = first, used, _negative(paid), way
    return each, changes[:used]


@borrowing
def _exchange(
    desk: Priced,
    places: Integers,
    before: Integers,
    after: Integers,
    way: int,
    changes: Integers,
    used: int,
    paid: int,
    change: Integers,
) -> tuple[int, int]:
    """Add to ``changes`` what one way is with the order, less what it was without.

    Args:
        desk: Positions and prices.
        places: int64 [places, 5], where the order goes.
        before: int64 [places, ways], contracts without the order.
        after: Likewise, with it.
        way: Which one.
        changes: int64 [room, 6], with room for all places.
        used: How many of its rows are used.
        paid: Premium paid in that way without the order, money scale.
        change: int64 [2, 6], is written over.

    Returns:
        How many rows are used then, and the premium paid with the order.
    """
    for place in range(len(places)):
        if before[place, way] == after[place, way]:
            continue
        for kind in range(1 + FIGURES):
            change[0, kind] = change[1, kind] = 0
        less = change_of(desk, places[place], before[place, way], change[0]) if before[place, way] else 0
        more = change_of(desk, places[place], after[place, way], change[1]) if after[place, way] else 0
        paid = _exchanged(paid, less, more)
        changes[used, 0] = places[place, COLUMN]
        for kind in range(1, 1 + FIGURES):
            changes[used, kind] = _exchanged(0, change[0, kind], change[1, kind])
        used += 1
    return used, paid


@compiled
def _places_of(beside: Beside, desk: Priced, new: Integers, together: bool) -> tuple[Integers, Integers, Integers]:
    """int64 [places, 5], where an order goes and what works there; int64 [places, ways] twice, without and with it."""
    legs = len(new)
    places, added = np.empty((legs, 5), dtype=np.int64), np.zeros((legs, 2), dtype=np.int64)
    before, after = np.empty((legs, WAYS), dtype=np.int64), np.empty((legs, WAYS), dtype=np.int64)
    count = _fill_places(beside, desk, new, together, places, added, before, after)
    return places[:count], before[:count], after[:count]


@borrowing
def _fill_places(
    beside: Beside,
    desk: Priced,
    new: Integers,
    together: bool,
    places: Integers,
    added: Integers,
    before: Integers,
    after: Integers,
) -> int:
    """Write down the places of an order, as `_places_of` gives them; how many there are.

    There is room for a place a leg. ``added`` (int64 [legs, 2], zeros) receives what is bought and sold in each.
    """
    count = 0
    for leg in range(len(new)):
        place = 0
        while place < count and not is_at(places[place], new[leg]):
            place += 1
        if place == count:
            for part in range(5):
                places[count, part] = new[leg, part] if part < BOUGHT else 0
            for number in range(beside.state[PLACES]):
                if is_at(beside.places[number], new[leg]):
                    for part in range(5):
                        places[count, part] = beside.places[number, part]
            count += 1
        added[place, 0] += max(new[leg, QUANTITY], 0)
        added[place, 1] += min(new[leg, QUANTITY], 0)
    for place in range(count):
        bought, sold = places[place, BOUGHT], places[place, SOLD]
        fill(desk, places[place], bought, sold, before[place])
        if together:
            for way in range(WAYS):
                after[place, way] = before[place, way] + added[place, 0] + added[place, 1]
        else:
            fill(desk, places[place], bought + added[place, 0], sold + added[place, 1], after[place])
    return count


@compiled
def _negative(amount: int) -> int:
    return amount if amount == NOT_COMPUTABLE else -amount


@compiled
def _exchanged(total: int, less: int, more: int) -> int:
    """A total with one part of it replaced; `NOT_COMPUTABLE` where anything is or it leaves the range."""
    if min(total, less, more) == NOT_COMPUTABLE:
        return NOT_COMPUTABLE
    return plus(plus(total, -less), more)
