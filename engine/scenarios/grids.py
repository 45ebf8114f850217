"""A grid: every measure of an account, a group or the firm over two axes.

`grid` is the one function to call. An account's grid of 41 x 21 nodes takes some milliseconds for a book of ordinary
size, `MarginMode.NODE` some hundred; the firm's as long as its accounts are many: call it away from the GUI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from engine.conversion import Rates
from engine.decision import Order
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.active import active_marker
from engine.scenarios.axes import Axis, AxisKind
from engine.scenarios.figures import account_figures, gains, unrated
from engine.scenarios.greeks import greeks_of
from engine.scenarios.holdings import Holdings, accounts_of, holdings_of
from engine.scenarios.margins import requirement_at_nodes, requirement_today
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import STANDING, Gap, Grid, MarginMode, Marker, Measure, Scope, Subject
from engine.scenarios.revaluation import Revaluation, revalued
from engine.scenarios.shocks import Shocks, shocks_on
from engine.scenarios.totals import Total
from engine.state import DeskState
from engine.text import Text, text

AT_ONCE: Final = 128
"""Accounts of a group or the firm taken through all nodes together."""


def grid(
    state: DeskState,
    model: ScenarioModel,
    subject: Subject,
    x: Axis,
    y: Axis,
    mode: MarginMode = MarginMode.TODAY,
    greeks: bool = False,
    orders: Sequence[Order] = (),
    currency: str = "",
) -> Grid:
    """Every measure of ``subject`` over two axes.

    Args:
        state: The desk.
        model: Of the parameters of ``state`` (with live arrays in them or not).
        subject: Whose.
        x: First axis.
        y: Second axis, of another kind.
        mode: What margin at a node rests on.
        greeks: Whether `GREEKS` are wanted too; they take longer than all else.
        orders: Of a what-if on an account: the grid is of the account with them in it, premium paid.
        currency: Of all money; by default the account's, or `desk_currency`.

    Raises:
        ValueError: Both axes are of one kind, or orders are given for more than one account.
    """
    if x.kind is y.kind:
        raise ValueError(f"both axes are of the kind {x.kind}")
    if orders and subject.scope is not Scope.ACCOUNT:
        raise ValueError("orders are those of one account")
    accounts = accounts_of(state, subject)
    currency = currency or (state.book.accounts[accounts[0]].currency if len(accounts) == 1 else desk_currency(state))
    if not len(accounts):
        return _nothing(state, subject, x, y, mode, currency)
    holdings = holdings_of(state, model, accounts, orders)
    shocks = shocks_on(model, x, y)
    revaluation = revalued(holdings.held, shocks)
    rates, home = rates_into(state, currency)
    total, notes = _sum(state, model, holdings, revaluation, shocks, mode, home, rates)
    measures = {
        Measure.PROFIT: total.profit,
        Measure.MARGIN: total.margin,
        Measure.EQUITY: total.equity,
        Measure.WORTH: total.worth,
        Measure.SHORTFALL: total.shortfall,
        Measure.RATIO: total.ratio,
    }
    gaps = total.gaps
    if greeks:
        found, missing = greeks_of(holdings, shocks, home, rates)
        measures |= found
        gaps = gaps | missing
    used_up = (measures[Measure.RATIO] == NOT_COMPUTABLE) & (gaps == 0)
    gaps = np.where(used_up, gaps | int(Gap.USED_UP), gaps)

    def spread_out(figures: Integers) -> Integers:
        return np.ascontiguousarray(figures.reshape(len(y), len(x)).T)

    return Grid(
        subject,
        currency,
        x,
        y,
        {measure: spread_out(figures) for measure, figures in measures.items()},
        spread_out(gaps),
        mode,
        state.sequence,
        state.now,
        model.parameters.origin.version,
        _current(x, y),
        active_marker(state, model, holdings, x, y),
        (*holdings.notes, *notes),
    )


def desk_currency(state: DeskState) -> str:
    """The currency that most accounts have, the first by name of several."""
    counts: dict[str, int] = {}
    for account in state.book.accounts:
        counts[account.currency] = counts.get(account.currency, 0) + 1
    return min(counts, key=lambda code: (-counts[code], code)) if counts else ""


def rates_into(state: DeskState, currency: str) -> tuple[Rates, int]:
    """Conversions between the desk's currencies and ``currency``, and where that stands among them."""
    currencies = state.figures.currencies
    if currency not in currencies:
        currencies = (*currencies, currency)
        return Rates.of(state.calculation.parameters, currencies), len(currencies) - 1
    return state.rates, currencies.index(currency)


def requirement_of(
    state: DeskState,
    model: ScenarioModel,
    holdings: Holdings,
    revaluation: Revaluation,
    shocks: Shocks,
    mode: MarginMode,
) -> Integers:
    """int64 [accounts, currencies, nodes or 1], money scale."""
    columns = {code: place for place, code in enumerate(state.figures.currencies)}
    if mode is MarginMode.NODE:
        return requirement_at_nodes(model, holdings, revaluation, shocks, columns)
    return requirement_today(holdings, revaluation, columns)


def _sum(
    state: DeskState,
    model: ScenarioModel,
    holdings: Holdings,
    revaluation: Revaluation,
    shocks: Shocks,
    mode: MarginMode,
    home: int,
    rates: Rates,
) -> tuple[Total, tuple[Text, ...]]:
    """The figures of all accounts together; who is not computable everywhere is left out, unless nobody is."""
    count, nodes = len(holdings.accounts), len(shocks)
    total, left_out, seen = Total.nothing(nodes), 0, 0
    for first in range(0, count, AT_ONCE):
        part = holdings.part(first, min(count, first + AT_ONCE))
        requirement = requirement_of(state, model, part, revaluation, shocks, mode)
        gained = gains(part, revaluation, len(state.figures.currencies))
        homes = np.full(len(part.accounts), home, dtype=np.int64)
        figures = account_figures(part, gained, requirement, homes, rates)
        figures = replace(figures, gaps=unrated(figures.gaps, requirement, part))
        if count == 1:
            return Total.of_one(figures), ()
        whole = ~(figures.gaps != 0).any(axis=1)
        left_out += int(np.count_nonzero(~whole))
        seen |= int(np.bitwise_or.reduce(figures.gaps, axis=None))
        total = total.plus(figures, whole)
    if left_out == count:
        return Total.missing(nodes, seen), ()
    notes = (text("excludes {count} accounts: not computable", count=left_out),) if left_out else ()
    return total, notes


def _current(x: Axis, y: Axis) -> Marker | None:
    if AxisKind.PRODUCT in (x.kind, y.kind):
        return None
    return Marker(text("now"), 0.0, 0.0)


def _nothing(state: DeskState, subject: Subject, x: Axis, y: Axis, mode: MarginMode, currency: str) -> Grid:
    shape = (len(x), len(y))
    missing = np.full(shape, NOT_COMPUTABLE, dtype=np.int64)
    return Grid(
        subject,
        currency,
        x,
        y,
        dict.fromkeys(STANDING, missing),
        np.full(shape, int(Gap.NO_ACCOUNT), dtype=np.int64),
        mode,
        state.sequence,
        state.now,
        state.calculation.parameters.origin.version,
    )
