"""Working orders at their worst case: the ways in which they may fill, each a set of trades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Order(NamedTuple):
    """What is left of a working order, or one leg of a new one.

    Attributes:
        column: Whose position it changes: a column of the universe, or for a group any number that stands for account
            and column, since accounts do not net.
        quantity: Contracts, positive buys.
    """

    column: int
    quantity: int


class Fill(NamedTuple):
    """One way in which working orders fill: contracts added by column, without and with the new order."""

    before: Mapping[int, int]
    after: Mapping[int, int]


def fills(
    working: Iterable[Order],
    new: Iterable[Order],
    held: Mapping[int, int],
    deltas: Mapping[int, int],
    together: bool = False,
) -> tuple[Fill, ...]:
    """The ways that matter; those that the new order does not change are left out.

    These are: none filled, all buys, all sells, in each contract whichever of the two leaves more, and what adds most
    to long and to short delta.

    Args:
        working: Working orders of the owner.
        new: Legs of the new order.
        held: Contracts held net by column; none where missing.
        deltas: Sign of each contract's delta by column; positive where missing.
        together: Whether the legs fill all or none, as an exchange's combination does. Otherwise each leg counts as
            one more working order.
    """
    legs, orders = tuple(new), tuple(working)
    if not orders and (together or len(legs) == 1):
        return (Fill({}, _added({}, legs)),)
    before = _ways(orders, held, deltas)
    after = tuple(_added(way, legs) for way in before) if together else _ways((*orders, *legs), held, deltas)
    pairs = [Fill(old, way) for old, way in zip(before, after, strict=True)]
    distinct = [pair for place, pair in enumerate(pairs) if pair not in pairs[:place]]
    return tuple(pair for pair in distinct if pair.before != pair.after) or tuple(distinct[:1])


def _added(way: Mapping[int, int], legs: Iterable[Order]) -> dict[int, int]:
    result = dict(way)
    for column, quantity in legs:
        result[column] = result.get(column, 0) + quantity
    return {column: quantity for column, quantity in result.items() if quantity}


def _ways(orders: Iterable[Order], held: Mapping[int, int], deltas: Mapping[int, int]) -> tuple[dict[int, int], ...]:
    buys: dict[int, int] = {}
    sells: dict[int, int] = {}
    for column, quantity in orders:
        side = buys if quantity > 0 else sells
        if quantity:
            side[column] = side.get(column, 0) + quantity
    larger: dict[int, int] = {}
    longer: dict[int, int] = {}
    shorter: dict[int, int] = {}
    for column in sorted(buys.keys() | sells.keys()):
        up, down, own = buys.get(column, 0), sells.get(column, 0), held.get(column, 0)
        larger[column] = up if abs(own + up) >= abs(own + down) else down
        rises = deltas.get(column, 1) >= 0
        longer[column], shorter[column] = (up, down) if rises else (down, up)
    each: tuple[dict[int, int], ...] = ({}, buys, sells, larger, longer, shorter)
    return tuple({column: quantity for column, quantity in way.items() if quantity} for way in each)
