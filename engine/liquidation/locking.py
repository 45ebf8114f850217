"""Locks positions that cannot be traded: an order in another month of the commodity that takes their risk away.

A lock opens a position, which nothing else in a forced close may. Orders that close what hedges a locked position would
leave it bare until its lock trades: they are one order with it, all or none. Or the hedges stay, and the lock covers
what they leave bare. A lock is undone by hand once the position can be traded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from engine.authorisation.instruction import MOST_LEGS
from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Draft, Untradable
from engine.numbers import NOT_COMPUTABLE
from engine.span.arrays import SpanTable

MONTHS = 4
"""Other months that are looked at, the nearest to the locked one first."""


def with_locks(closing: Closing, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """``drafts``, and a lock for each untradable position that some other month covers.

    Locks of a commodity, and the drafts that close what hedges the positions they cover, are one bundle at the end.
    """
    table = closing.table
    if table is None:
        return tuple(drafts)
    bundles: dict[int, list[Draft]] = {}
    for lock in _locks(closing, table, drafts):
        bundles.setdefault(_commodity(closing, table, lock), []).append(lock)
    left, bundled = list(drafts), []
    for number, (commodity, locks) in enumerate(bundles.items(), 1):
        hedges = [draft for draft in left if _hedges(closing, table, draft, commodity, locks)]
        # Each may become two legs where today's and earlier positions are closed apart.
        hedges = hedges[: max(0, MOST_LEGS // 2 - len(locks))]
        left = [draft for draft in left if draft not in hedges]
        bundled += [replace(each, bundle=number if hedges else 0) for each in (*hedges, *locks)]
    return (*left, *bundled)


def with_hedges(closing: Closing, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """``drafts`` without those that close hedges of untradable positions, and locks of what is bare all the same."""
    table = closing.table
    if table is None:
        return tuple(drafts)
    left = tuple(draft for draft in drafts if not any(_stands_against(closing, table, draft)))
    bare: dict[int, int] = {}
    pairs = [(held.contract, held.quantity) for held in closing.held]
    for contract, quantity in (*pairs, *((draft.contract, draft.quantity) for draft in left)):
        row = _row(closing, contract)
        if row >= 0:
            commodity = int(table.commodity[row])
            bare[commodity] = bare.get(commodity, 0) + int(table.delta[row]) * quantity
    locks: list[Draft] = []
    for lock in _locks(closing, table, left):
        row, commodity = _row(closing, lock.lock_for), _commodity(closing, table, lock)
        delta = int(table.delta[row])
        # As many of the locked contracts as their own hedges, and the locks before, leave bare.
        covered = min(
            abs(lock.covered), max(0, bare[commodity] * (1 if delta * lock.covered > 0 else -1)) // abs(delta)
        )
        smaller = replace(lock, covered=covered if lock.covered > 0 else -covered)
        smaller = replace(smaller, quantity=largest_lock(closing, smaller))
        if smaller.quantity:
            locks.append(smaller)
            bare[commodity] += int(table.delta[_row(closing, lock.contract)]) * smaller.quantity
    return (*left, *locks)


def _stands_against(closing: Closing, table: SpanTable, draft: Draft) -> Iterator[bool]:
    for position in closing.untradable:
        row = _row(closing, position.contract)
        if row >= 0:
            locked = Draft(position.contract, 0, 0, position.contract, position.held)
            yield _hedges(closing, table, draft, int(table.commodity[row]), (locked,))


def in_bundles(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """The drafts with those of a bundle together, numbered from 1 as they come; a bundle of one is none."""
    numbers: dict[int, list[Draft]] = {}
    for draft in drafts:
        numbers.setdefault(draft.bundle, []).append(draft)
    alone = (draft for draft in drafts if not draft.bundle or len(numbers[draft.bundle]) == 1)
    single = [replace(draft, bundle=0) if draft.bundle else draft for draft in alone]
    several = [each for number, each in numbers.items() if number and len(each) > 1]
    numbered = ((replace(draft, bundle=place) for draft in each) for place, each in enumerate(several, 1))
    return (*single, *chain.from_iterable(numbered))


def largest_lock(closing: Closing, lock: Draft) -> int:
    """Contracts, positive bought, that a lock may have at most: it takes risk away, and never turns it round."""
    table, row, other = closing.table, _row(closing, lock.lock_for), _row(closing, lock.contract)
    if table is None or row < 0 or other < 0:
        return 0
    delta = int(table.delta[row]) * lock.covered
    return -(abs(delta) // max(1, abs(int(table.delta[other])))) * (1 if delta * int(table.delta[other]) > 0 else -1)


def _locks(closing: Closing, table: SpanTable, drafts: Sequence[Draft]) -> Iterator[Draft]:
    net, traded = {held.contract: held.quantity for held in closing.held}, {draft.contract for draft in drafts}
    for draft in drafts:
        net[draft.contract] = net.get(draft.contract, 0) + draft.quantity
    for position in closing.untradable:
        row = _row(closing, position.contract)
        if row < 0:
            continue
        for other in _others(closing, table, row, buys=int(table.delta[row]) * position.held < 0):
            lock = _lock(closing, table, position, other)
            # Against what is held there the lock would close, not open; and what is being closed is not opened again.
            if lock.quantity and lock.contract not in traded and net.get(lock.contract, 0) * lock.quantity >= 0:
                yield lock
                break


def _lock(closing: Closing, table: SpanTable, position: Untradable, other: int) -> Draft:
    lock = Draft(table.parameters.contract(other), 0, 0, position.contract, position.held)
    return replace(lock, quantity=largest_lock(closing, lock))


def _hedges(closing: Closing, table: SpanTable, draft: Draft, commodity: int, locks: Sequence[Draft]) -> bool:
    """Whether a draft closes what stands against a locked position: it moves delta the locked position's way."""
    row = _row(closing, draft.contract)
    if row < 0 or int(table.commodity[row]) != commodity:
        return False
    moved = int(table.delta[row]) * draft.quantity
    covered = ((_row(closing, lock.lock_for), lock.covered) for lock in locks)
    return any(moved * int(table.delta[locked]) * held > 0 for locked, held in covered)


def _commodity(closing: Closing, table: SpanTable, lock: Draft) -> int:
    return int(table.commodity[_row(closing, lock.contract)])


def _row(closing: Closing, contract: Contract | None) -> int:
    """Row of a contract that is margined, or -1."""
    table = closing.table
    row = closing.universe.find(contract) if table is not None and contract is not None else -1
    return row if table is not None and 0 <= row < len(table.usable) and table.usable[row] else -1


def _others(closing: Closing, table: SpanTable, row: int, *, buys: bool) -> list[int]:
    """Futures of the same commodity that are quoted and can be traded on that side now."""
    start, stop = np.searchsorted(table.commodity, (table.commodity[row], table.commodity[row] + 1))
    rows = np.arange(start, stop)
    rows = rows[table.usable[rows] & (table.right[rows] == 0) & (table.delta[rows] > 0) & (rows != row)]
    price = closing.state.price
    rows = rows[(rows < len(price)) & (price[np.minimum(rows, len(price) - 1)] != NOT_COMPUTABLE)]
    rows = rows[closing.trading.is_tradable(rows, np.full(len(rows), buys))]
    nearest: list[int] = rows[np.argsort(np.abs(table.slot[rows] - table.slot[row]), kind="stable")][:MONTHS].tolist()
    return nearest
