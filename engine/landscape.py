"""The landscape of a desk: margin, or shortfall under a move of one product, by account and product.

Everything is a pure function of a `engine.state.DeskState`. Positions in contracts that the parameters do not list are
left out, and the landscape says how many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.classification import Dimension
from engine.concentration import Measures, Owners
from engine.conversion import Rates
from engine.exposures import Exposures, UnitExposures, equity_in
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, divide_half_away
from engine.scenarios.axes import price_axis, product_axis
from engine.scenarios.figures import account_figures, gains
from engine.scenarios.grids import desk_currency, rates_into
from engine.scenarios.holdings import Holdings, accounts_of, holdings_of
from engine.scenarios.margins import requirement_today
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import Scope, Subject, gap_sentences
from engine.scenarios.revaluation import revalued
from engine.scenarios.shocks import shocks_on
from engine.span.requirement import margin
from engine.state import DeskState
from engine.surface import Height, Landscape
from engine.text import Text, text

ROWS: Final = 24
COLUMNS: Final = 16
"""Accounts and products that stand by themselves."""
MOVE: Final = 30.0
"""Percent by which one product moves alone, the worse way, for a shortfall."""
AT_ONCE: Final = 128
"""Accounts taken through all moves together."""

Cells = dict[tuple[int, int], Text]


@dataclass(frozen=True, slots=True)
class _Whole:
    """Every account and product: int64 [accounts, products] and [accounts], money scale in the desk's currency."""

    values: Integers
    gross: Integers
    equity: Integers
    reasons: Mapping[tuple[int, int], Text]


def landscape(
    state: DeskState, model: ScenarioModel, height: Height, as_of: int, rows: int = ROWS, columns: int = COLUMNS
) -> Landscape:
    """The largest accounts and products one by one, the rest of each summed.

    Args:
        state: The desk.
        model: Of the parameters of ``state``.
        height: What stands up.
        as_of: Wall nanoseconds of ``state``.
        rows: Accounts that stand by themselves at the most.
        columns: Products likewise.
    """
    currency = desk_currency(state)
    accounts = accounts_of(state, Subject(Scope.FIRM))
    holdings = holdings_of(state, model, accounts)
    rates, home = rates_into(state, currency)
    gross = _gross(state, model, accounts, currency)
    if height is Height.MARGIN:
        values, reasons = _margins(model, holdings, rates, home, gross)
    else:
        values, reasons = _shortfalls(state, model, holdings, rates, home, gross)
    whole = _Whole(values, gross, equity_in(state, currency)[accounts], reasons)
    names = tuple(state.book.accounts[row].name for row in accounts.tolist())
    return _summed(state, model, height, as_of, currency, names, whole, holdings.notes, (rows, columns))


def _gross(state: DeskState, model: ScenarioModel, accounts: Integers, currency: str) -> Integers:
    """Gross exposure of every account and product, `NOT_COMPUTABLE` where it is."""
    listed, held = len(model.parameters), state.book.positions
    units = UnitExposures.of(state, listed, currency)
    exposures = Exposures.of_listed(state, model.classification, units)
    measures = Measures.of(exposures, Owners.accounts(state.book), Dimension.PRODUCT)
    result = np.zeros((len(held), len(model.products)), dtype=np.int64)
    owner = np.repeat(np.arange(len(measures.owners)), np.diff(measures.starts))
    result[owner, measures.codes] = measures.gross
    return result[accounts]


def _margins(
    model: ScenarioModel, holdings: Holdings, rates: Rates, home: int, gross: Integers
) -> tuple[Integers, Cells]:
    """The risk of each account's commodities, by the product that most of a commodity's contracts are of."""
    values, reasons = np.zeros(gross.shape, dtype=np.int64), Cells()
    product_of = _products_of_commodities(model)
    for group in holdings.groups:
        if group.table is None:
            unrated = text("not computable: the parameters have no rates for this account")
            for account in group.accounts.tolist():
                for product in np.flatnonzero(gross[account]).tolist():
                    values[account, product], reasons[account, product] = NOT_COMPUTABLE, unrated
            continue
        found = margin(group.table, group.batch).commodities
        rows, products = group.accounts[found.account], product_of[found.commodity]
        codes = [rates.currencies.index(each.currency) for each in model.parameters.commodities]
        amounts = _converted(found.risk, np.array(codes, dtype=np.int64)[found.commodity], rates, home)
        known = amounts != NOT_COMPUTABLE
        np.add.at(values, (rows[known], products[known]), amounts[known])
        missing = text("not computable: a figure is too large, or there is no exchange rate in the parameters")
        for cell in zip(rows[~known].tolist(), products[~known].tolist(), strict=True):
            reasons[cell] = missing
    for cell in reasons:
        values[cell] = NOT_COMPUTABLE
    return values, reasons


def _shortfalls(
    state: DeskState, model: ScenarioModel, holdings: Holdings, rates: Rates, home: int, gross: Integers
) -> tuple[Integers, Cells]:
    """What an account is missing (穿仓) once one product alone has moved by `MOVE`, the worse way."""
    held = np.flatnonzero(gross.any(axis=0))
    values, reasons = np.zeros(gross.shape, dtype=np.int64), Cells()
    if not len(held):
        return values, reasons
    products, moves = product_axis([model.products[code] for code in held.tolist()]), price_axis(MOVE, 2)
    shocks = shocks_on(model, products, moves)
    revaluation = revalued(holdings.held, shocks)
    columns = {code: place for place, code in enumerate(state.figures.currencies)}
    for first in range(0, len(holdings.accounts), AT_ONCE):
        last = min(len(holdings.accounts), first + AT_ONCE)
        part = holdings.part(first, last)
        homes = np.full(last - first, home, dtype=np.int64)
        gained = gains(part, revaluation, len(state.figures.currencies))
        figures = account_figures(part, gained, requirement_today(part, revaluation, columns), homes, rates)
        shape = (last - first, len(moves), len(held))
        short = figures.shortfall.reshape(shape)
        gaps = np.bitwise_or.reduce(figures.gaps.reshape(shape), axis=1)
        unknown = (short == NOT_COMPUTABLE).any(axis=1)
        worst = np.where(unknown, NOT_COMPUTABLE, short.max(axis=1))
        # A product that an account does not hold cannot leave it short.
        holds = gross[first:last][:, held] != 0
        values[first:last, held] = np.where(holds, worst, 0)
        for row, column in np.argwhere(unknown & holds).tolist():
            found = gap_sentences(int(gaps[row, column])) or (text("not computable: equity is not known"),)
            reasons[first + row, int(held[column])] = found[0]
    return values, reasons


def _products_of_commodities(model: ScenarioModel) -> Integers:
    """int64 [commodities], code of the product that most contracts of each are of."""
    commodity = model.parameters.contracts.commodity
    codes = model.classification.codes(Dimension.PRODUCT)[: len(commodity)]
    width = len(model.products)
    inside = commodity >= 0
    flat = commodity[inside].astype(np.int64) * width + codes[inside]
    counts = np.bincount(flat, minlength=len(model.parameters.commodities) * width).reshape(-1, width)
    most: Integers = counts.argmax(axis=1)
    return most


def _converted(amounts: Integers, currency: Integers, rates: Rates, home: int) -> Integers:
    """Amounts of several currencies in that of ``home``, rounded half away from zero; exact before."""
    numerator, denominator = rates.numerator[currency, home], rates.denominator[currency, home]
    known = (amounts != NOT_COMPUTABLE) & (numerator != 0)
    exact = divide_half_away(amounts[known].astype(object) * numerator[known], denominator[known].astype(object))
    small = np.array([abs(each) <= LARGEST for each in exact], dtype=np.bool_)
    result = np.full(len(amounts), NOT_COMPUTABLE, dtype=np.int64)
    places = np.flatnonzero(known)
    result[places[small]] = exact[small].astype(np.int64)
    return result


def _summed(
    state: DeskState,
    model: ScenarioModel,
    height: Height,
    as_of: int,
    currency: str,
    names: tuple[str, ...],
    whole: _Whole,
    notes: tuple[Text, ...],
    most: tuple[int, int],
) -> Landscape:
    rows, other_rows = _largest(whole.values, whole.gross, most[0], 1)
    columns, other_columns = _largest(whole.values, whole.gross, most[1], 0)
    parts = [(row,) for row in rows] + ([tuple(other_rows)] if other_rows else [])
    across = [(column,) for column in columns] + ([tuple(other_columns)] if other_columns else [])
    shape = (len(parts), len(across))
    values, share, reasons = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), Cells()
    missing = text("not computable: a figure that it sums up is not")
    for row, members in enumerate(parts):
        equity = _sum(whole.equity[list(members)])
        for column, inside in enumerate(across):
            block = np.ix_(members, inside)
            values[row, column] = _sum(whole.values[block])
            gross = _sum(whole.gross[block])
            known = NOT_COMPUTABLE not in (gross, equity) and equity > 0
            share[row, column] = int(divide_half_away(gross * RATIO, equity)) if known else NOT_COMPUTABLE
            if gross == 0:
                share[row, column] = 0
            if values[row, column] == NOT_COMPUTABLE:
                single = whole.reasons.get((members[0], inside[0])) if len(members) == len(inside) == 1 else None
                reasons[row, column] = single or missing
    return Landscape(
        height,
        state.sequence,
        as_of,
        model.parameters.origin.version,
        currency,
        tuple(names[row] for row in rows),
        tuple(model.products[column] for column in columns),
        len(other_rows),
        len(other_columns),
        values,
        share,
        reasons,
        None if parts and across else text("nobody holds anything"),
        notes,
    )


def _largest(values: Integers, gross: Integers, most: int, axis: int) -> tuple[list[int], list[int]]:
    """Rows (axis 1) or columns (axis 0) of the largest sums, largest first, and the rest that holds anything."""
    known = np.where(values == NOT_COMPUTABLE, 0, values).astype(np.float64).sum(axis=axis)
    size = np.where(gross == NOT_COMPUTABLE, 0, gross).astype(np.float64).sum(axis=axis)
    there: npt.NDArray[np.bool_] = (gross != 0).any(axis=axis) | (values != 0).any(axis=axis)
    # Where heights are equal, none at all for instance, the larger exposure comes first.
    order = [int(each) for each in np.lexsort((-size, -known)) if there[each]]
    # One alone is no rest worth summing.
    return (order, []) if len(order) <= most + 1 else (order[:most], order[most:])


def _sum(figures: Integers) -> int:
    """The exact sum; `NOT_COMPUTABLE` where a part is, or it is too large."""
    if (figures == NOT_COMPUTABLE).any():
        return NOT_COMPUTABLE
    total = sum(figures.ravel().tolist())
    return total if abs(total) <= LARGEST else NOT_COMPUTABLE
