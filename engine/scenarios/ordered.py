"""An account under every scenario, as it is and with the orders of a what-if in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.decision import Request
from engine.numbers import NOT_COMPUTABLE
from engine.order import Order
from engine.scenarios.applied import Applied, applied
from engine.scenarios.holdings import holdings_of
from engine.scenarios.margins import finished
from engine.scenarios.model import ScenarioModel
from engine.scenarios.named import ScenarioSet
from engine.scenarios.stress import Fate, fates_of, figures_under
from engine.state import DeskState
from engine.text import Text


@dataclass(frozen=True, slots=True)
class Extremes:
    """One account under all scenarios, money scale, in its own currency.

    Attributes:
        shortfall: The largest under any of them; `NOT_COMPUTABLE` where one is not computable.
        short, closed: Under how many it is worth less than nothing, and under how many past its forced-close line.
        worst: The scenario that leaves least.
    """

    shortfall: int
    short: int
    closed: int
    worst: Text


@dataclass(frozen=True, slots=True)
class OrdersUnderStress:
    """What orders do to an account under stress.

    Attributes:
        request: The what-if.
        currency: Of the amounts.
        before: The account as it is.
        after: With the orders in it, premium paid.
    """

    request: Request
    currency: str
    before: Extremes
    after: Extremes


def orders_under_stress(
    state: DeskState, model: ScenarioModel, chosen: ScenarioSet, request: Request
) -> OrdersUnderStress | None:
    """The account of ``request`` under every scenario, without its orders and with them; None where there is none."""
    row = state.book.row(request.account)
    if row < 0:
        return None
    laid_out = applied(model, chosen.scenarios)
    before, after = (_extremes(state, model, laid_out, row, orders) for orders in ((), request.orders))
    return OrdersUnderStress(request, state.book.accounts[row].currency, before, after)


def _extremes(state: DeskState, model: ScenarioModel, laid_out: Applied, row: int, orders: Sequence[Order]) -> Extremes:
    holdings = holdings_of(state, model, np.array([row], dtype=np.int64), orders)
    figures = finished(figures_under(state, model, holdings, laid_out))
    fates, worth, missing = fates_of(figures, state)[0], figures.worth[0], figures.shortfall[0]
    known = worth != NOT_COMPUTABLE
    worst = int(np.argmin(np.where(known, worth, np.iinfo(np.int64).max)))
    return Extremes(
        int(missing.max()) if known.all() else NOT_COMPUTABLE,
        int(np.count_nonzero(fates == int(Fate.SHORT))),
        int(np.count_nonzero(fates == int(Fate.CLOSED))),
        laid_out.scenarios[worst].title,
    )
