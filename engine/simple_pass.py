"""Orders that pass without anything to be said: margin at its worst and every limit, in one compiled call.

Whatever does not pass so plainly is left to `engine.pre_trade`, which looks at one thing after the other and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.classification import Coding
from engine.compiled import Held, compiled
from engine.decision import Effect, Request
from engine.desk_limits import StateLimits, WorkingOrders
from engine.instruments import Universe
from engine.limit_result import LimitCheck
from engine.limit_trades import Place
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import Money, outcomes
from engine.passing import Booleans, Bounded
from engine.passing_beside import Variations, passing_beside
from engine.reservations import Strategy
from engine.span.layout import Layout
from engine.span.trades import Summed
from engine.state import DeskState
from engine.waiting import ACCOUNT, COLUMN, QUANTITY, SIDE, Priced
from engine.what_if import effect_of

MOST_WORKING: Final = 8
"""Different working strategies an account may have: margin is computed for 2**8 subsets at most."""

MOST_COMPARED: Final = 8
"""Subsets up to which margin is computed without the order too, lest limits compute it again one way after another."""


def simply_passes(
    state: DeskState,
    universe: Universe,
    limits: StateLimits,
    account: int,
    request: Request,
    working: Sequence[Strategy],
    everywhere: WorkingOrders | None,
) -> tuple[Effect, LimitCheck] | None:
    """What orders do that pass without a word; None where there is more to be said.

    Args:
        state: The desk.
        universe: Names of its columns.
        limits: In force on that state.
        account: Row of the account.
        request: The orders; their contracts are in the universe.
        working: All that may still be filled in the account.
        everywhere: All that may still be filled in any account.
    """
    prepared = state.prepare(account)
    if prepared is None or state.blocked(account) or len(working) > MOST_WORKING:
        return None
    new = []
    for order in request.orders:
        column = universe.column(order.contract)
        if order.closes or column >= len(state.fresh) or not state.fresh[column]:
            return None
        new.append((*Place.of(state, account, column, order), order.quantity))
    owners = limits.owners(account)
    known = limits.at_once(owners, [each[COLUMN] for each in new])
    if known is None:
        return None
    asked, market = known
    waiting = limits.waiting(owners, request.account, working, everywhere)
    if len(waiting) and asked.margins[1:].any():
        return None
    own_account, group, firm = owners.bounded
    figures, found = _simply(
        asked.bounds,
        market,
        own_account,
        group,
        firm,
        owners.present,
        asked.margins,
        owners.coding,
        owners.desk,
        waiting,
        np.array([len(strategy) for strategy in working], dtype=np.int64),
        np.array(new, dtype=np.int64),
        request.together,
        prepared.after.layout,
        prepared.after.account,
        state.money,
        prepared.table.usable,
        owners.home,
    )
    has, needs, passes = figures.tolist()
    if not passes or not asked.passed(found):
        return None
    accounts = state.accounts
    before = int(accounts.equity[account]), int(accounts.margin[account])
    effect = effect_of(state.book.accounts[account].currency, before[0], has, before[1], needs)
    return effect, LimitCheck.passed(limits.version, lambda: limits.written(owners, request, waiting))


@compiled
def _simply(
    bounds: Integers,
    market: Integers,
    account: Held[Bounded],
    group: Held[Bounded],
    firm: Held[Bounded],
    present: Booleans,
    margins: Booleans,
    coding: Held[Coding],
    desk: Held[Priced],
    waiting: Integers,
    lengths: Integers,
    new: Integers,
    together: bool,
    layout: Held[Layout],
    summed: Held[Summed],
    money: Held[Money],
    usable: Booleans,
    home: int,
) -> tuple[Integers, Integers]:
    """Margin at the worst of what may fill, and the limits.

    Args: as of `engine.passing_beside.passing_beside`, and
        lengths: int64 [strategies], legs of each of the account's own working strategies, which come first in
            ``waiting``.

    Returns:
        int64 [3], equity and requirement at the worst, in the account's own currency, and 1 where that is enough;
        int64 [legs, limits, 5], as `passing_beside` has it where it is.
    """
    legs = len(new)
    columns, shorts = np.empty(legs + lengths.sum(), dtype=np.int64), np.zeros(legs + lengths.sum(), dtype=np.bool_)
    strategy, quantity = np.full(len(columns), -1, dtype=np.int64), np.empty(len(columns), dtype=np.int64)
    failed = np.zeros(3, dtype=np.int64), np.zeros((0, 0, 5), dtype=np.int64)
    for leg in range(legs):
        columns[leg], quantity[leg] = new[leg, COLUMN], new[leg, QUANTITY]
        shorts[leg] = new[leg, SIDE] < 0
        if columns[leg] >= len(usable) or not usable[columns[leg]]:
            return failed
    place, count, strategies = 0, legs, 0
    for length in lengths:
        margined = True
        for leg in range(place, place + length):
            column = waiting[leg, COLUMN]
            margined = margined and column < len(usable) and usable[column]
        if margined:
            for leg in range(place, place + length):
                columns[count], quantity[count] = waiting[leg, COLUMN], waiting[leg, QUANTITY]
                shorts[count] = waiting[leg, SIDE] < 0
                strategy[count] = strategies
                count += 1
            strategies += 1
        place += length
    # With the order in it every subset may come true; the same without it are what limits compare with.
    subsets = 1 << strategies
    compared = subsets - 1 if margins[0] and subsets <= MOST_COMPARED else 0
    changes = np.zeros((subsets + compared, count), dtype=np.int64)
    for number in range(len(changes)):
        for leg in range(count):
            subset = number if number < subsets else number - subsets + 1
            chosen = number < subsets if strategy[leg] < 0 else (subset >> strategy[leg]) & 1
            if chosen:
                changes[number, leg] = quantity[leg]
    columns, shorts = columns[:count], shorts[:count]
    after = outcomes(layout, summed, money, new[0, ACCOUNT], home, columns, shorts, changes)
    worst = 1
    for number in range(1, 1 + subsets):
        has, needs = after[number, 0, -1], after[number, 1, -1]
        if min(has, needs) == NOT_COMPUTABLE or has < needs:
            return failed
        if has - needs < after[worst, 0, -1] - after[worst, 1, -1]:
            worst = number
    known = Variations(columns, shorts, changes, np.ascontiguousarray(after[:, 1, :-1]))
    found = passing_beside(
        bounds,
        market,
        account,
        group,
        firm,
        present,
        margins,
        coding,
        desk,
        waiting,
        new,
        together,
        known,
        layout,
        summed,
        money,
        usable,
        home,
    )
    return np.array([after[worst, 0, -1], after[worst, 1, -1], 1]), found
