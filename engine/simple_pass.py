"""Orders that pass without anything to be said: margin at its worst and every limit, in one compiled call.

Whatever does not pass so plainly is left to `engine.pre_trade`, which looks at one thing after the other and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.beside import PLACES, UNCLASSIFIED, Beside
from engine.bounded import Limited
from engine.compiled import Held, borrowing, compiled, inlined
from engine.decision import Effect, Request
from engine.desk_limits import StateLimits
from engine.instruments import Universe
from engine.limit_result import LimitCheck
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import outcomes
from engine.passing import Booleans
from engine.passing_beside import Variations, passing_beside
from engine.reservations import Strategy
from engine.span.trades import Summed
from engine.state import DeskState
from engine.waiting import ACCOUNT, BOUGHT, COLUMN, QUANTITY, SIDE, SOLD
from engine.what_if import figures_of
from engine.working_book import AllWorking

MOST_WORKING: Final = 8
"""Different working strategies an account may have: margin is computed for 2**8 subsets at most."""

_NONE: Final = np.zeros(0, dtype=np.int64)
_NOTHING: Final = np.zeros((0, 4), dtype=np.int64)


def simply_passes(
    state: DeskState,
    universe: Universe,
    limits: StateLimits,
    account: int,
    request: Request,
    working: Sequence[Strategy] | None,
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
        working: All that may still be filled in the account; None where that is what ``everywhere`` has of it.
        everywhere: All that may still be filled in any account.
        briefly: Whether nobody will read what each limit says.
    """
    owners = limits.owners(account)
    summed, new = owners.summed, _opening(state, universe, account, request)
    known = limits.at_once(owners, [each[COLUMN] for each in new]) if new else None
    if summed is None or known is None:
        return None
    asked, market = known
    own, lengths, listed = _NOTHING, _NONE, False
    if working is None and everywhere is not None:
        listed = owners.are_several and not everywhere.combines(request.account)
        working = None if listed else everywhere.working(request.account)
    if working:
        if len(working) > MOST_WORKING:
            return None
        own = limits.working(request.account, account, working)
        lengths = np.array([len(strategy) for strategy in working], dtype=np.int64)
    has, needs, passes = _simply(
        owners.limited(asked.bounds),
        summed,
        owners.home,
        asked.about,
        market,
        limits.beside(owners, own, everywhere),
        own,
        lengths,
        listed,
        np.array(new, dtype=np.int64),
        request.together,
    )
    if not passes:
        return None
    effect = Effect(state.book.accounts[account].currency, owners.figures, figures_of(has, needs))
    if briefly:
        return effect, None
    waiting = limits.waiting(owners, request.account, working, everywhere)
    return effect, LimitCheck.passed(limits.version, lambda: limits.written(owners, request, waiting))


def _opening(state: DeskState, universe: Universe, account: int, request: Request) -> list[tuple[int, int, int, int]]:
    """Where orders go, see `engine.waiting`; none where they do not open positions in contracts with fresh quotes."""
    new, gross, fresh = [], state.book.accounts[account].terms.gross, state.fresh
    for order in request.orders:
        column = universe.column(order.contract)
        if order.closes or column >= len(fresh) or not fresh[column]:
            return []
        side = 0 if not gross else 1 if order.quantity > 0 else -1
        new.append((account, column, side, order.quantity))
    return [] if state.blocked(account) else new


@compiled
def _simply(
    limits: Held[Limited],
    summed: Held[Summed],
    home: int,
    about: Booleans,
    market: Integers,
    beside: Held[Beside],
    own: Integers,
    lengths: Integers,
    listed: bool,
    new: Integers,
    together: bool,
) -> tuple[int, int, bool]:
    """Margin at the worst of what may fill, and the limits.

    Args: as of `engine.passing_beside.passing_beside` and `engine.outcome.outcomes`, and
        about: bool [legs, limits], which limits are about each leg; none where all are.
        own: int64 [orders, 4], the account's own working orders.
        lengths: int64 [strategies], legs of each of its working strategies.
        listed: Whether its own are instead, single orders all of them, those that ``beside`` lists of it.

    Returns:
        Equity and requirement at the worst, in the account's own currency, and whether everything simply passes.
    """
    failed, record, money = (0, 0, False), beside.record, limits.record.valued.record.money
    usable, margins, account = summed.record.usable, limits.record.margins, new[0, ACCOUNT]
    if record.state[UNCLASSIFIED] or (record.state[PLACES] and margins[1:].any()):
        return failed
    for leg in range(len(new)):
        if new[leg, COLUMN] >= len(usable) or not usable[new[leg, COLUMN]]:
            return failed
    if listed:
        own = _own(record, account)
        lengths = np.ones(len(own), dtype=np.int64)
        if len(own) > MOST_WORKING:
            return failed
    trades, strategy, strategies = _trades(own, lengths, new, usable)
    columns, shorts, count = trades[:, COLUMN].copy(), trades[:, SIDE] < 0, len(trades)
    # With the order in it every subset may come true.
    subsets = 1 << strategies
    changes = np.zeros((subsets, count), dtype=np.int64)
    for subset in range(subsets):
        for leg in range(count):
            if strategy[leg] < 0 or (subset >> strategy[leg]) & 1:
                changes[subset, leg] = trades[leg, QUANTITY]
    after = outcomes(summed, money, account, home, columns, shorts, changes)
    worst = 1
    for number in range(1, 1 + subsets):
        has, needs = after[number, 0, -1], after[number, 1, -1]
        if min(has, needs) == NOT_COMPUTABLE or has < needs:
            return failed
        if has - needs < after[worst, 0, -1] - after[worst, 1, -1]:
            worst = number
    known = Variations(columns, shorts, changes, np.ascontiguousarray(after[:, 1, :-1]))
    found = passing_beside(limits, summed, account, home, market, beside, new, together, known, True)
    if not _all_pass(found, about):
        return failed
    return int(after[worst, 0, -1]), int(after[worst, 1, -1]), True


@compiled
def _own(beside: Beside, account: int) -> Integers:
    """int64 [orders, 4], what works of one account, alike orders added up."""
    own = np.empty((2 * MOST_WORKING + 2, 4), dtype=np.int64)
    return own[: _list_own(beside, account, own)]


@borrowing
def _list_own(beside: Beside, account: int, own: Integers) -> int:
    """Write down the orders that `_own` gives, as many as there is room for; how many."""
    count = 0
    for number in range(beside.state[PLACES]):
        if beside.places[number, ACCOUNT] != account:
            continue
        for way in (BOUGHT, SOLD):
            if beside.places[number, way] != 0 and count < len(own):
                for part in range(QUANTITY):
                    own[count, part] = beside.places[number, part]
                own[count, QUANTITY] = beside.places[number, way]
                count += 1
    return count


@compiled
def _trades(own: Integers, lengths: Integers, new: Integers, usable: Booleans) -> tuple[Integers, Integers, int]:
    """What margin looks at: the order, and the working strategies all of which can be margined.

    Returns:
        int64 [trades, 4], see `engine.waiting`; int64 [trades], number of each one's strategy, -1 of the order's; and
        how many strategies there are.
    """
    trades, strategy = np.empty((len(new) + len(own), 4), dtype=np.int64), np.empty(len(new) + len(own), dtype=np.int64)
    count, strategies = _list_trades(own, lengths, new, usable, trades, strategy)
    return trades[:count], strategy[:count], strategies


@borrowing
def _list_trades(
    own: Integers, lengths: Integers, new: Integers, usable: Booleans, trades: Integers, strategy: Integers
) -> tuple[int, int]:
    """Write down trades, and the number of each one's strategy, as `_trades` gives them; how many there are of both.

    There is room for the order and all working ones.
    """
    count, place, strategies = len(new), 0, 0
    for leg in range(len(new)):
        _copy(new[leg], trades[leg])
        strategy[leg] = -1
    for length in lengths:
        margined = True
        for leg in range(place, place + length):
            margined = margined and own[leg, COLUMN] < len(usable) and usable[own[leg, COLUMN]]
        if margined:
            for leg in range(place, place + length):
                _copy(own[leg], trades[count])
                strategy[count], count = strategies, count + 1
            strategies += 1
        place += length
    return count, strategies


@inlined
def _copy(source: Integers, target: Integers) -> None:
    """Copy numbers one by one: assigning slices first finds out, at some length, whether they overlap."""
    for place in range(len(target)):
        target[place] = source[place]


@borrowing
def _all_pass(found: Integers, about: Booleans) -> bool:
    """Whether each leg passes the limits that are about it."""
    for leg in range(len(found)):
        for limit in range(found.shape[1]):
            if not found[leg, limit, 0] and (len(about) == 0 or about[leg, limit]):
                return False
    return True
