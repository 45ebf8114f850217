"""Figures of accounts at nodes, from gains of contracts and requirements, all in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.compiled import compiled
from engine.conversion import Rates, convert
from engine.numbers import NOT_COMPUTABLE, RATIO, Integers, multiply_divide
from engine.scenarios.axes import Floats
from engine.scenarios.holdings import Holdings
from engine.scenarios.results import Gap
from engine.scenarios.revaluation import Revaluation
from engine.valuation import Booleans


@dataclass(frozen=True, slots=True)
class Gains:
    """What positions gain, by account, currency and node: int64 [accounts, currencies, nodes], money scale.

    Attributes:
        settled: Gain of contracts that are settled daily.
        value: What those that are not are worth then.
        now: int64 [accounts, currencies]: what these are worth now.
        gaps: int64 [accounts, nodes], `Gap` bits; where there are any, the figures are not meant to be read.
    """

    settled: Integers
    value: Integers
    now: Integers
    gaps: Integers


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """Accounts at nodes, int64 [accounts, nodes], money scale, in one currency or each account's own.

    Attributes as `engine.scenarios.results.Measure` has them. ``shortfall`` is 0 or more. What is not computable is
    `NOT_COMPUTABLE`, and ``gaps`` says why in `Gap` bits.
    """

    profit: Integers
    margin: Integers
    equity: Integers
    worth: Integers
    gaps: Integers

    @property
    def shortfall(self) -> Integers:
        """int64 [accounts, nodes]: what is missing where an account is worth less than nothing."""
        return np.where(self.worth == NOT_COMPUTABLE, NOT_COMPUTABLE, np.maximum(0, -self.worth))

    @property
    def ratio(self) -> Integers:
        """int64 [accounts, nodes], ratio scale: margin / equity."""
        return ratios(self.margin, self.equity)


def gains(holdings: Holdings, revaluation: Revaluation, currencies: int) -> Gains:
    """Add up what positions gain."""
    held = revaluation.held
    return Gains(
        *_gains(
            holdings.starts,
            holdings.places,
            holdings.quantities,
            revaluation.unit,
            revaluation.now,
            revaluation.gaps,
            held.currency,
            held.marked,
            currencies,
        )
    )


def account_figures(
    holdings: Holdings, gained: Gains, requirement: Integers, home: Integers, rates: Rates
) -> AccountFigures:
    """Figures of every account, each in the currency ``home`` names.

    Args:
        holdings: The accounts.
        gained: What their positions gain.
        requirement: int64 [accounts, currencies, nodes or 1], money scale; `NOT_COMPUTABLE` where there is none.
        home: int64 [accounts], index in the currencies of ``rates``.
        rates: Conversions, the desk's currencies first.
    """
    return AccountFigures(
        *_account_figures(
            holdings.equity,
            gained.settled,
            gained.value,
            gained.now,
            gained.gaps,
            requirement,
            home,
            rates.numerator,
            rates.denominator,
        )
    )


@compiled
def ratios(margin: Integers, equity: Integers) -> Integers:
    """Ratio scale: margin / equity; `NOT_COMPUTABLE` where equity is used up, or either is not computable."""
    result = np.full(margin.shape, NOT_COMPUTABLE, dtype=np.int64)
    for row in range(margin.shape[0]):
        for node in range(margin.shape[1]):
            needs, has = margin[row, node], equity[row, node]
            if min(needs, has) == NOT_COMPUTABLE:
                continue
            if has > 0:
                result[row, node] = multiply_divide(needs, RATIO, has)
            elif needs == 0 and has == 0:
                result[row, node] = 0
    return result


@compiled
def _gains(
    starts: Integers,
    places: Integers,
    quantities: Integers,
    unit: Integers,
    now: Integers,
    unit_gaps: Integers,
    currency: Integers,
    marked: np.typing.NDArray[np.bool_],
    currencies: int,
) -> tuple[Integers, Integers, Integers, Integers]:
    accounts, nodes = len(starts) - 1, unit.shape[1]
    settled, value = (
        np.zeros((accounts, currencies, nodes), dtype=np.int64),
        np.zeros((accounts, currencies, nodes), dtype=np.int64),
    )
    at_present, gaps = np.zeros((accounts, currencies), dtype=np.int64), np.zeros((accounts, nodes), dtype=np.int64)
    largest, broken = _sizes(unit, now, unit_gaps)
    for account in range(accounts):
        size = 0.0
        for position in range(starts[account], starts[account + 1]):
            row, quantity = places[position], quantities[position]
            if quantity == 0:
                continue
            size += abs(float(quantity)) * largest[row]
            here = currency[row]
            into = settled[account, here] if marked[row] else value[account, here]
            if broken[row]:
                for node in range(nodes):
                    gaps[account, node] |= unit_gaps[row, node]
                    into[node] += 0 if unit_gaps[row, node] else quantity * unit[row, node]
            else:
                for node in range(nodes):
                    into[node] += quantity * unit[row, node]
            if now[row] != NOT_COMPUTABLE:
                at_present[account, here] += quantity * now[row]
        if size > 2.0e18:
            gaps[account, :] |= 16
    return settled, value, at_present, gaps


@compiled
def _sizes(unit: Integers, now: Integers, gaps: Integers) -> tuple[Floats, Booleans]:
    """Largest magnitude of each contract's figures, and whether any of them is missing."""
    largest, broken = np.zeros(len(now)), np.zeros(len(now), dtype=np.bool_)
    for row in range(len(now)):
        largest[row] = abs(float(now[row])) if now[row] != NOT_COMPUTABLE else 0.0
        for node in range(unit.shape[1]):
            if gaps[row, node]:
                broken[row] = True
            else:
                largest[row] = max(largest[row], abs(float(unit[row, node])))
    return largest, broken


@compiled
def _account_figures(
    equities: Integers,
    settled: Integers,
    value: Integers,
    now: Integers,
    gained_gaps: Integers,
    requirement: Integers,
    home: Integers,
    numerator: Integers,
    denominator: Integers,
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    accounts, currencies, nodes = settled.shape
    profit, margin = np.full((accounts, nodes), NOT_COMPUTABLE), np.full((accounts, nodes), NOT_COMPUTABLE)
    equity, worth = np.full((accounts, nodes), NOT_COMPUTABLE), np.full((accounts, nodes), NOT_COMPUTABLE)
    gaps = gained_gaps.copy()
    has, left, won, owed = (
        np.empty(currencies, dtype=np.int64),
        np.empty(currencies, dtype=np.int64),
        np.empty(currencies, dtype=np.int64),
        np.empty(currencies, dtype=np.int64),
    )
    fixed = requirement.shape[2] == 1
    for account in range(accounts):
        known = True
        for column in range(currencies):
            known = known and equities[account, column] != NOT_COMPUTABLE
        for node in range(nodes):
            ratable, broken = True, gaps[account, node] != 0
            for column in range(currencies):
                gain = settled[account, column, node]
                won[column] = gain + value[account, column, node] - now[account, column]
                has[column] = equities[account, column] + gain if known else 0
                left[column] = has[column] + value[account, column, node]
                owed[column] = requirement[account, column, 0 if fixed else node]
                ratable = ratable and owed[column] != NOT_COMPUTABLE
                if max(abs(float(has[column])), abs(float(left[column]))) > 4.0e18:
                    broken = True
                    gaps[account, node] |= 16
            if ratable:
                margin[account, node] = convert(owed, home[account], numerator, denominator)
                gaps[account, node] |= 64 if margin[account, node] == NOT_COMPUTABLE else 0
            if broken:
                continue
            profit[account, node] = convert(won, home[account], numerator, denominator)
            gaps[account, node] |= 64 if profit[account, node] == NOT_COMPUTABLE else 0
            if not known:
                gaps[account, node] |= 32
                continue
            equity[account, node] = convert(has, home[account], numerator, denominator)
            worth[account, node] = convert(left, home[account], numerator, denominator)
            gaps[account, node] |= 64 if min(equity[account, node], worth[account, node]) == NOT_COMPUTABLE else 0
    return profit, margin, equity, worth, gaps


def unrated(gaps: Integers, requirement: Integers, holdings: Holdings) -> Integers:
    """``gaps`` with a reason where ``requirement``, int64 [accounts, currencies, nodes or 1], is missing."""
    missing = (requirement == NOT_COMPUTABLE).any(axis=1)
    reason = np.full((len(gaps), 1), int(Gap.TOO_LARGE), dtype=np.int64)
    for group in holdings.groups:
        if group.table is None:
            reason[group.accounts] = int(Gap.NO_RATES)
    return np.where(missing, gaps | reason, gaps)
