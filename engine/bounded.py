"""An account, its group and the firm, and the limits on them, as compiled code has them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.classification import Coding
from engine.compiled import Held, compiled, held
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.owned import Contracts, Owned, Worth, owned
from engine.valuation import Booleans
from engine.waiting import Priced


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
def bounded(
    mask: Booleans,
    members: Integers,
    contracts: Contracts,
    worth: Worth,
    coding: Held[Coding],
    requirement: Integers,
    flags: Integers,
    excluding: int,
    with_equity: bool,
    with_margin: bool,
) -> Held[Bounded]:
    """What the limits of ``members`` see of them, in one call.

    Args: as of `engine.owned.owned` and of `Bounded`, and
        requirement: int64 [accounts, currencies of the desk], money scale.
        flags: int64 [accounts], `engine.valuation.Flag` bits.
        excluding: Those of an account whose requirement leaves out a part of what it holds.
        with_margin: Whether the requirement is added up: of a firm that takes long; else it is `NOT_COMPUTABLE`.
    """
    sums = owned(members, contracts, worth, coding, with_equity)
    needed, known = np.zeros(requirement.shape[1], dtype=np.int64), with_margin
    for account in members if with_margin else members[:0]:
        known = known and flags[account] & excluding == 0
        for currency in range(len(needed)):
            known = known and requirement[account, currency] != NOT_COMPUTABLE
            needed[currency] += requirement[account, currency]
    if not known:
        needed[:] = NOT_COMPUTABLE
    return held(Bounded(mask, sums, needed, worth.numerator, worth.denominator))


class Limited(NamedTuple):
    """An account and whom it belongs to, and the limits on them.

    Attributes:
        bounds: The limits, as `engine.passing.Bounds` has them.
        margins: Likewise.
        present: bool [levels], who of the three is asked about; the others are not looked at.
        account: Whose orders are judged.
        group: Its group.
        firm: The firm.
        coding: Codes of the columns.
        desk: Positions and prices.
    """

    bounds: Integers
    margins: Booleans
    present: Booleans
    account: Held[Bounded]
    group: Held[Bounded]
    firm: Held[Bounded]
    coding: Held[Coding]
    desk: Held[Priced]


@compiled
def limited(
    bounds: Integers,
    margins: Booleans,
    present: Booleans,
    account: Held[Bounded],
    group: Held[Bounded],
    firm: Held[Bounded],
    coding: Held[Coding],
    desk: Held[Priced],
) -> Held[Limited]:
    """Hold it, in one call."""
    return held(Limited(bounds, margins, present, account, group, firm, coding, desk))
