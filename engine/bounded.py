"""An account, its group and the firm, and the limits on them, as compiled code has them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from engine.classification import Coding
from engine.compiled import Held, compiled, held
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import Money
from engine.owned import Owned, Pooled, Worth, owned
from engine.valuation import Booleans, Flag
from engine.waiting import Priced

EXCLUDED: Final = int(Flag.EXCLUDED)
"""Of an account whose requirement leaves out a part of what it holds; a limit must not."""


class Valued(NamedTuple):
    """What all owners on one state of the desk are valued by.

    Attributes:
        worth: Contracts and accounts, in the currency of the exposures.
        coding: Codes of the columns.
        desk: Positions and prices.
        money: The desk's, in its own currencies.
        flags: int64 [accounts], `engine.valuation.Flag` bits.
    """

    worth: Worth
    coding: Held[Coding]
    desk: Held[Priced]
    money: Held[Money]
    flags: Integers


@compiled
def valued(worth: Worth, coding: Held[Coding], desk: Priced, money: Held[Money], flags: Integers) -> Held[Valued]:
    """Hold it: what is held already must not be handed over inside a record, which takes hundreds of times as long."""
    return held(Valued(worth, coding, held(desk), money, flags))


class Bounded(NamedTuple):
    """An account, a group or the firm, as its limits see it.

    Attributes:
        members: bool [accounts], which of them are its own.
        owned: What it holds.
        requirement: int64 [currencies of the desk], money scale; `NOT_COMPUTABLE` where an account's is.
        numerator: int64 [currencies + 1, currencies + 1], conversions as `engine.conversion.Rates` has them; the last
            currency is that of the exposures.
        denominator: Likewise.
    """

    members: Booleans
    owned: Owned
    requirement: Integers
    numerator: Integers
    denominator: Integers


@compiled
def bounded(members: Held[Pooled], valued: Held[Valued], with_equity: bool, with_margin: bool) -> Held[Bounded]:
    """What the limits of an owner see of it, in one call.

    Args:
        members: The owner's accounts.
        valued: What they are valued by.
        with_equity: Whether equity is added up: of a firm that takes long; else it is `NOT_COMPUTABLE`.
        with_margin: Likewise the requirement.
    """
    accounts, desk, worth = members.record, valued.record, valued.record.worth
    sums, requirement = owned(accounts, worth, desk.coding, with_equity), desk.money.record.requirement
    needed, known = np.zeros(requirement.shape[1], dtype=np.int64), with_margin
    for account in accounts.rows if with_margin else accounts.rows[:0]:
        known = known and desk.flags[account] & EXCLUDED == 0
        for currency in range(len(needed)):
            known = known and requirement[account, currency] != NOT_COMPUTABLE
            needed[currency] += requirement[account, currency]
    if not known:
        needed[:] = NOT_COMPUTABLE
    return held(Bounded(accounts.mask, sums, needed, worth.numerator, worth.denominator))


class Limited(NamedTuple):
    """An account and whom it belongs to, and the limits on them.

    Attributes:
        bounds: The limits, as `engine.passing.Bounds` has them.
        margins: Likewise.
        present: bool [levels], who of the three is asked about; the others are not looked at.
        account: Whose orders are judged.
        group: Its group.
        firm: The firm.
        valued: What they are valued by.
    """

    bounds: Integers
    margins: Booleans
    present: Booleans
    account: Held[Bounded]
    group: Held[Bounded]
    firm: Held[Bounded]
    valued: Held[Valued]


@compiled
def limited(
    bounds: Integers,
    margins: Booleans,
    present: Booleans,
    account: Held[Bounded],
    group: Held[Bounded],
    firm: Held[Bounded],
    valued: Held[Valued],
) -> Held[Limited]:
    """Hold it, in one call."""
    return held(Limited(bounds, margins, present, account, group, firm, valued))
