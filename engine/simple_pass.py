"""Orders that pass without anything to be said: margin at its worst and every limit, in one compiled call.

Whatever does not pass so plainly is left to `engine.pre_trade`, which looks at one thing after the other and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.beside import PLACES, UNCLASSIFIED, Beside
from engine.classification import Coding
from engine.compiled import Held, compiled
from engine.decision import Effect, Request
from engine.desk_limits import StateLimits
from engine.instruments import Universe
from engine.limit_result import LimitCheck
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
from engine.working_book import AllWorking

MOST_WORKING: Final = 8
"""Different working strategies an account may have: margin is computed for 2**8 subsets at most."""

_NONE: Final = np.zeros(0, dtype=np.int64)

MOST_COMPARED: Final = 8
"""Subsets up to which margin is computed without the order too, lest limits compute it again one way after another."""


def simply_passes(
    state: DeskState,
    universe: Universe,
    limits: StateLimits,
    account: int,
    request: Request,
    working: Sequence[Strategy],
    everywhere: AllWorking | None,
    *,
    briefly: bool,
) -> tuple[Effect, LimitCheck | None] | None:
    """What orders do that pass without a word; None where there is more to be said.

    Args:
        state: The desk.
        universe: Names of its columns.
        limits: In force on that state.
        account: Row of the account.
        request: The orders; their contracts are in the universe.
        working: All that may still be filled in the account.
        everywhere: All that may still be filled in any account.
        briefly: Whether nobody will read what each limit says.
    """
    prepared = state.prepare(account)
    if prepared is None or state.blocked(account) or len(working) > MOST_WORKING:
        return None
    new, gross, fresh = [], state.book.accounts[account].terms.gross, state.fresh
    for order in request.orders:
        column = universe.column(order.contract)
        if order.closes or column >= len(fresh) or not fresh[column]:
            return None
        side = 0 if not gross else 1 if order.quantity > 0 else -1
        new.append((account, column, side, order.quantity))
    owners = limits.owners(account)
    known = limits.at_once(owners, [each[COLUMN] for each in new])
    if known is None:
        return None
    asked, market = known
    own = limits.working(request.account, account, working)
    beside = limits.beside(owners, own, everywhere)
    own_account, group, firm = owners.bounded
    has, needs, passes = _simply(
        asked.bounds,
        asked.about,
        market,
        own_account,
        group,
        firm,
        owners.present,
        asked.margins,
        owners.coding,
        owners.desk,
        beside,
        own,
        np.array([len(strategy) for strategy in working], dtype=np.int64) if working else _NONE,
        np.array(new, dtype=np.int64),
        request.together,
        prepared.after.layout,
        prepared.after.account,
        state.money,
        prepared.table.usable,
        owners.home,
    )
    if not passes:
        return None
    accounts = state.accounts
    before = int(accounts.equity[account]), int(accounts.margin[account])
    effect = effect_of(state.book.accounts[account].currency, before[0], has, before[1], needs)
    if briefly:
        return effect, None
    waiting = limits.waiting(owners, request.account, working, everywhere)
    return effect, LimitCheck.passed(limits.version, lambda: limits.written(owners, request, waiting))


@compiled
def _simply(
    bounds: Integers,
    about: Booleans,
    market: Integers,
    account: Held[Bounded],
    group: Held[Bounded],
    firm: Held[Bounded],
    present: Booleans,
    margins: Booleans,
    coding: Held[Coding],
    desk: Held[Priced],
    beside: Held[Beside],
    own: Integers,
    lengths: Integers,
    new: Integers,
    together: bool,
    layout: Held[Layout],
    summed: Held[Summed],
    money: Held[Money],
    usable: Booleans,
    home: int,
) -> tuple[int, int, bool]:
    """Margin at the worst of what may fill, and the limits.

    Args: as of `engine.passing_beside.passing_beside`, and
        about: bool [legs, limits], which limits are about each leg; none where all are.
        own: int64 [orders, 4], the account's own working orders.
        lengths: int64 [strategies], legs of each of its working strategies.

    Returns:
        Equity and requirement at the worst, in the account's own currency, and whether everything simply passes.
    """
    failed = 0, 0, False
    if beside.record.state[UNCLASSIFIED] or (beside.record.state[PLACES] and margins[1:].any()):
        return failed
    for leg in range(len(new)):
        if new[leg, COLUMN] >= len(usable) or not usable[new[leg, COLUMN]]:
            return failed
    trades, strategy, strategies = _trades(own, lengths, new, usable)
    columns, shorts, count = trades[:, COLUMN].copy(), trades[:, SIDE] < 0, len(trades)
    # With the order in it every subset may come true; the same without it are what limits compare with.
    subsets = 1 << strategies
    compared = subsets - 1 if margins[0] and subsets <= MOST_COMPARED else 0
    changes = np.zeros((subsets + compared, count), dtype=np.int64)
    for number in range(len(changes)):
        for leg in range(count):
            subset = number if number < subsets else number - subsets + 1
            chosen = number < subsets if strategy[leg] < 0 else (subset >> strategy[leg]) & 1
            if chosen:
                changes[number, leg] = trades[leg, QUANTITY]
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
        beside,
        new,
        together,
        known,
        layout,
        summed,
        money,
        usable,
        home,
    )
    if not _all_pass(found, about):
        return failed
    return int(after[worst, 0, -1]), int(after[worst, 1, -1]), True


@compiled
def _trades(own: Integers, lengths: Integers, new: Integers, usable: Booleans) -> tuple[Integers, Integers, int]:
    """What margin looks at: the order, and the working strategies all of which can be margined.

    Returns:
        int64 [trades, 4], see `engine.waiting`; int64 [trades], number of each one's strategy, -1 of the order's; and
        how many strategies there are.
    """
    trades, count = np.empty((len(new) + len(own), 4), dtype=np.int64), len(new)
    strategy, place, strategies = np.full(len(trades), -1, dtype=np.int64), 0, 0
    trades[:count] = new
    for length in lengths:
        margined = True
        for leg in range(place, place + length):
            margined = margined and own[leg, COLUMN] < len(usable) and usable[own[leg, COLUMN]]
        if margined:
            trades[count : count + length], strategy[count : count + length] = own[place : place + length], strategies
            count, strategies = count + length, strategies + 1
        place += length
    return trades[:count], strategy[:count], strategies


@compiled
def _all_pass(found: Integers, about: Booleans) -> bool:
    """Whether each leg passes the limits that are about it."""
    for leg in range(len(found)):
        for limit in range(found.shape[1]):
            if not found[leg, limit, 0] and (len(about) == 0 or about[leg, limit]):
                return False
    return True
