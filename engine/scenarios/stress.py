"""Every account under every scenario: who would be called, closed, short, and by how much."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from engine.compiled import compiled
from engine.conversion import Rates, convert
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO, Integers, multiply_divide
from engine.scenarios.applied import Applied, applied, closing_costs
from engine.scenarios.figures import AccountFigures, account_figures, gains, unrated
from engine.scenarios.grids import desk_currency, rates_into
from engine.scenarios.holdings import Holdings, accounts_of, holdings_of
from engine.scenarios.margins import requirement_by_nodes
from engine.scenarios.model import ScenarioModel
from engine.scenarios.named import Scenario, ScenarioSet
from engine.scenarios.results import Scope, Subject
from engine.scenarios.revaluation import revalued
from engine.state import DeskState
from engine.text import Text, text

Small = npt.NDArray[np.int8]


class Fate(IntEnum):
    """What becomes of an account, best to worst."""

    UNKNOWN = -1
    """A figure is not computable."""
    OK = 0
    WARNING = 1
    CALLED = 2
    """Past the margin call line (追保线)."""
    CLOSED = 3
    """Past the forced-close line (强平线)."""
    SHORT = 4
    """Worth less than nothing (穿仓)."""


@dataclass(frozen=True, slots=True)
class ScenarioFigures:
    """The firm under each scenario, int64 [scenarios], money in the run's currency.

    Attributes:
        profit: Profit and loss of all accounts that are computable.
        margin: Their requirement.
        shortfall: What is missing in those that fall short, together.
        called, closed, short: How many accounts end there.
        unknown: How many are not computable, and in none of the other figures.
    """

    profit: Integers
    margin: Integers
    shortfall: Integers
    called: Integers
    closed: Integers
    short: Integers
    unknown: Integers


@dataclass(frozen=True, slots=True)
class AccountsUnderStress:
    """Each account under the scenario that is worst for it; columns of equal length, money in its own currency.

    Attributes:
        names, groups, currencies: Of the accounts.
        now: int8, `Fate` as things are.
        fate: int8, `Fate` under its worst scenario.
        worst: int64, which scenario that is; -1 where none is computable.
        profit, margin, equity, shortfall: int64, money scale, there.
        ratio: int64, ratio scale, there.
        loss: int64, money scale in the run's currency: shortfall, by which those that fall short are ordered.
        short_in, closed_in, called_in: int64, under how many scenarios it ends there or worse.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    currencies: tuple[str, ...]
    now: Small
    fate: Small
    worst: Integers
    profit: Integers
    margin: Integers
    equity: Integers
    shortfall: Integers
    ratio: Integers
    loss: Integers
    short_in: Integers
    closed_in: Integers
    called_in: Integers

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class StressRun:
    """One look at every account under every scenario.

    Attributes:
        number: Counts runs; filled in by whoever runs them.
        sequence: Of the state it is of.
        as_of: Wall nanoseconds of that state.
        elapsed: Nanoseconds it took; filled in by whoever owns a clock.
        parameters: Version of the parameters.
        scenario_version: Version of the scenario set.
        currency: Of the figures of the firm.
        scenarios: Which.
        idle: Names of scenarios that mean nothing that the parameters list.
        firm: The firm under each.
        accounts: Each account under its worst.
        order: int64, rows of ``accounts``, worst first.
        fates: int8 [accounts, scenarios], `Fate`.
        figures: Every account under every scenario.
        notes: What is left out.
        authoritative: Whether every feed was LIVE.
    """

    number: int
    sequence: int
    as_of: int
    elapsed: int
    parameters: str
    scenario_version: str
    currency: str
    scenarios: tuple[Scenario, ...]
    idle: frozenset[str]
    firm: ScenarioFigures
    accounts: AccountsUnderStress
    order: Integers
    fates: Small
    figures: AccountFigures
    notes: tuple[Text, ...]
    authoritative: bool

    def count(self, fate: Fate) -> int:
        """How many accounts end exactly there under their worst scenario."""
        return int(np.count_nonzero(self.accounts.fate == int(fate)))


@dataclass(frozen=True, slots=True)
class Change:
    """An account whose worst fate is another than in the run before."""

    account: str
    before: Fate
    after: Fate
    scenario: Text | None
    """Under which scenario it ends there now; None where nothing is known of it any more."""


def stress(
    state: DeskState, model: ScenarioModel, chosen: ScenarioSet, as_of: int, currency: str = ""
) -> Generator[float, None, StressRun]:
    """Look at every account under every scenario, bit by bit; yields the share that is done.

    Margin is by arrays computed anew under each scenario. All in the calling thread, whose kernels run without the
    interpreter's lock; between two yields are some ten milliseconds.

    Args:
        state: The desk.
        model: Of the parameters of ``state``.
        chosen: The scenarios.
        as_of: Wall nanoseconds of ``state``.
        currency: Of the figures of the firm; `desk_currency` by default.
    """
    currency = currency or desk_currency(state)
    laid_out = applied(model, chosen.scenarios)
    holdings = holdings_of(state, model, accounts_of(state, Subject(Scope.FIRM)))
    yield 0.02
    figures = yield from figures_under(state, model, holdings, laid_out)
    fates = fates_of(figures, state)
    yield 0.97
    firm, loss = _firm(state, figures, fates, currency, holdings)
    accounts = _accounts(state, holdings, figures, fates, loss)
    return StressRun(
        0,
        state.sequence,
        as_of,
        0,
        model.parameters.origin.version,
        chosen.version,
        currency,
        laid_out.scenarios,
        laid_out.idle,
        firm,
        accounts,
        _order(accounts),
        fates,
        figures,
        _notes(holdings, firm),
        state.authoritative,
    )


def figures_under(
    state: DeskState, model: ScenarioModel, holdings: Holdings, laid_out: Applied
) -> Generator[float, None, AccountFigures]:
    """Figures of some accounts under each scenario, each account in its own currency; yields the share done."""
    revaluation = revalued(holdings.held, laid_out.shocks, threads=1)
    yield 0.05
    gained = gains(holdings, revaluation, len(state.figures.currencies))
    costs = closing_costs(state, model, holdings, laid_out.closing)
    gained = replace(gained, settled=gained.settled - costs)
    yield 0.1
    columns = {code: place for place, code in enumerate(state.figures.currencies)}
    steps = requirement_by_nodes(model, holdings, revaluation, laid_out.shocks, columns, laid_out.terms)
    while True:
        try:
            yield 0.1 + 0.85 * next(steps)
        except StopIteration as end:
            requirement: Integers = end.value
            break
    home = np.array([columns[state.book.accounts[row].currency] for row in holdings.accounts.tolist()], dtype=np.int64)
    figures = account_figures(holdings, gained, requirement, home, state.rates)
    return replace(figures, gaps=unrated(figures.gaps, requirement, holdings))


def fates_of(figures: AccountFigures, state: DeskState) -> Small:
    """int8 [accounts, nodes], `Fate`: the account list's own rule, and short where an account is worth less than 0."""
    lines = np.array([state.lines.warning, state.lines.call, state.lines.close], dtype=np.int64)
    result: Small = _fates(figures.margin, figures.equity, figures.worth, lines)
    return result


def changes_between(before: StressRun | None, after: StressRun) -> tuple[Change, ...]:
    """Accounts whose worst fate is another than before, those that got worse first; none without a run before."""
    if before is None:
        return ()
    earlier = dict(zip(before.accounts.names, before.accounts.fate.tolist(), strict=True))
    changes = []
    for row in after.order.tolist():
        name, fate = after.accounts.names[row], Fate(int(after.accounts.fate[row]))
        known = Fate(earlier.get(name, Fate.OK))
        if known is not fate:
            worst = int(after.accounts.worst[row])
            changes.append(Change(name, known, fate, after.scenarios[worst].title if worst >= 0 else None))
    there = set(after.accounts.names)
    gone = [name for name, fate in earlier.items() if name not in there and fate > Fate.OK]
    changes += [Change(name, Fate(earlier[name]), Fate.UNKNOWN, None) for name in gone]
    return tuple(sorted(changes, key=lambda change: (change.after < change.before, -change.after)))


@compiled
def _fates(margin: Integers, equity: Integers, worth: Integers, lines: Integers) -> Small:
    fates = np.full(margin.shape, -1, dtype=np.int8)
    for row in range(margin.shape[0]):
        for node in range(margin.shape[1]):
            needs, has, left = margin[row, node], equity[row, node], worth[row, node]
            if left != NOT_COMPUTABLE and left < 0:
                fates[row, node] = 4
            elif min(needs, has) == NOT_COMPUTABLE or left == NOT_COMPUTABLE:
                continue
            elif has <= 0:
                fates[row, node] = 0 if needs == 0 and has == 0 else 3
            else:
                ratio, reached = multiply_divide(needs, RATIO, has), 0
                for line in lines:
                    # A ratio too large for its scale is past every line.
                    reached += 1 if ratio >= line or ratio == NOT_COMPUTABLE else 0
                fates[row, node] = reached
    return fates


def _firm(
    state: DeskState, figures: AccountFigures, fates: Small, currency: str, holdings: Holdings
) -> tuple[ScenarioFigures, Integers]:
    """The firm's figures, and each account's shortfall in the firm's currency, int64 [accounts, scenarios]."""
    rates, home = rates_into(state, currency)
    columns = {code: place for place, code in enumerate(rates.currencies)}
    own = np.array([columns[state.book.accounts[row].currency] for row in holdings.accounts.tolist()], dtype=np.int64)
    converted = [_into(amounts, own, home, rates) for amounts in (figures.profit, figures.margin, figures.shortfall)]
    known = (fates >= 0) & (np.stack(converted) != NOT_COMPUTABLE).all(axis=0)
    sums = [_bounded_sum(amounts, known) for amounts in converted]
    counts = [np.count_nonzero((fates == int(fate)) & known, axis=0) for fate in (Fate.CALLED, Fate.CLOSED, Fate.SHORT)]
    unknown = np.count_nonzero(~known, axis=0)
    firm = ScenarioFigures(sums[0], sums[1], sums[2], *(count.astype(np.int64) for count in (*counts, unknown)))
    return firm, converted[2]


def _bounded_sum(amounts: Integers, chosen: npt.NDArray[np.bool_]) -> Integers:
    size = np.where(chosen, np.abs(amounts.astype(np.float64)), 0.0).sum(axis=0)
    total = np.where(chosen, amounts, 0).sum(axis=0)
    return np.where(size > float(LARGEST), NOT_COMPUTABLE, total)


def _into(amounts: Integers, own: Integers, home: int, rates: Rates) -> Integers:
    result: Integers = _each_into(amounts, own, home, rates.numerator, rates.denominator)
    return result


@compiled
def _each_into(amounts: Integers, own: Integers, home: int, numerator: Integers, denominator: Integers) -> Integers:
    result = np.full(amounts.shape, NOT_COMPUTABLE, dtype=np.int64)
    one = np.zeros(len(numerator), dtype=np.int64)
    for row in range(amounts.shape[0]):
        for node in range(amounts.shape[1]):
            if amounts[row, node] == NOT_COMPUTABLE:
                continue
            one[own[row]] = amounts[row, node]
            result[row, node] = convert(one, home, numerator, denominator)
        one[own[row]] = 0
    return result


def _accounts(
    state: DeskState, holdings: Holdings, figures: AccountFigures, fates: Small, loss: Integers
) -> AccountsUnderStress:
    rows = holdings.accounts
    known = fates >= 0
    available = np.where(known & (figures.margin != NOT_COMPUTABLE), figures.equity - figures.margin, figures.worth)
    highest = fates.max(axis=1, initial=-1)
    candidates = np.where((fates == highest[:, None]) & known, available.astype(np.float64), np.inf)
    worst = np.argmin(candidates, axis=1) if fates.shape[1] else np.zeros(len(rows), dtype=np.int64)
    worst = np.where(highest >= 0, worst, -1).astype(np.int64)
    at = (np.arange(len(rows)), np.maximum(worst, 0))

    def there(amounts: Integers) -> Integers:
        return np.where(worst >= 0, amounts[at], NOT_COMPUTABLE)

    accounts = [state.book.accounts[row] for row in rows.tolist()]
    return AccountsUnderStress(
        tuple(account.name for account in accounts),
        tuple(account.group for account in accounts),
        tuple(account.currency for account in accounts),
        _fates_now(state, rows),
        highest.astype(np.int8),
        worst,
        there(figures.profit),
        there(figures.margin),
        there(figures.equity),
        there(figures.shortfall),
        there(figures.ratio),
        there(loss),
        *(
            np.count_nonzero(fates >= int(fate), axis=1).astype(np.int64)
            for fate in (Fate.SHORT, Fate.CLOSED, Fate.CALLED)
        ),
    )


def _fates_now(state: DeskState, rows: Integers) -> Small:
    """What the account list says: its standing, unknown where it does not know."""
    standing = state.accounts.standing[rows]
    return np.where(standing > int(Fate.CLOSED), int(Fate.UNKNOWN), standing).astype(np.int8)


def _order(accounts: AccountsUnderStress) -> Integers:
    """Worst fate first; of those the largest shortfall, then the highest ratio."""
    ratio = np.where((accounts.ratio == NOT_COMPUTABLE) & (accounts.fate >= 0), LARGEST, accounts.ratio)
    loss = np.where(accounts.loss == NOT_COMPUTABLE, 0, accounts.loss)
    order: Integers = np.lexsort((-ratio.astype(np.float64), -loss.astype(np.float64), -accounts.fate.astype(np.int64)))
    return order.astype(np.int64)


def _notes(holdings: Holdings, firm: ScenarioFigures) -> tuple[Text, ...]:
    most = int(firm.unknown.max(initial=0))
    unknown = (text("excludes {count} accounts: not computable", count=most),) if most else ()
    return (*holdings.notes, *unknown)
