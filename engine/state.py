"""Everything a figure rests on at one moment, and the margin of every account kept up to date against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.book import BookSnapshot, PositionBook, Positions
from engine.compiled import Held, compiled, held
from engine.conversion import Rates
from engine.margin_terms import MarginTerms
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import Money
from engine.snapshot import AccountTable, Lines
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import Convention
from engine.span.parameters import ParameterSet
from engine.span.rate_tables import RateTables
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.text import Text, text
from engine.valuation import (
    BLOCKING,
    Booleans,
    ContractValues,
    CurrencyFigures,
    Flag,
    OpenProfit,
    account_table,
    currency_figures,
    open_profit,
)

_BLOCKING: Final = int(BLOCKING)
MOST_PREPARED: Final = 64
"""Accounts kept ready for what-ifs: those that people and algorithms are busy with."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """One parameter version, laid out for everything that is computed from it.

    Attributes:
        parameters: What the file says.
        table: For accounts that leave their rates to the file.
        values: What a price is worth.
        tables: For all accounts.
    """

    parameters: ParameterSet
    table: SpanTable
    values: ContractValues
    tables: RateTables

    @classmethod
    def of(cls, parameters: ParameterSet, convention: Convention) -> Calculation:
        """Lay ``parameters`` out under ``convention``."""
        table = SpanTable(parameters, convention)
        return cls(parameters, table, ContractValues.of(parameters, table), RateTables(table))

    def on(self, table: SpanTable) -> Calculation:
        """The same on a table of the same contracts with other arrays."""
        return replace(self, parameters=table.parameters, table=table, tables=RateTables(table))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An account made ready to be margined with trades in it."""

    table: SpanTable
    batch: Batch
    after: AfterTrades


@dataclass(frozen=True, slots=True)
class DeskState:
    """The desk at one moment, whole: what a decision or an account's detail is computed from. Never changes.

    Attributes:
        sequence: Counts states.
        calculation: Parameters in force.
        book: Positions and money.
        price: int64 [columns], price scale; `NOT_COMPUTABLE` where no quote has arrived.
        fresh: bool [columns], whether the quote is recent.
        received: int64 [columns], monotonic nanoseconds the quote arrived at.
        now: Monotonic nanoseconds of this state.
        profit: Open profit and loss.
        figures: Equity and requirement by currency.
        rates: Conversions between the currencies of ``figures``.
        accounts: The accounts as shown.
        lines: Warning, call and forced-close line.
        authoritative: Whether every feed is LIVE.
        money: Of the above, what an account with orders in it is computed from.
        prepared: Accounts made ready already, a few of them: filled in by `prepare`, of one thread.
    """

    sequence: int
    calculation: Calculation
    book: BookSnapshot
    price: Integers
    fresh: npt.NDArray[np.bool_]
    received: Integers
    now: int
    profit: OpenProfit
    figures: CurrencyFigures
    rates: Rates
    accounts: AccountTable
    lines: Lines
    authoritative: bool
    money: Held[Money]
    prepared: dict[int, Prepared]

    def blocked(self, account: int) -> bool:
        """Whether missing or stale data keeps ``account`` from new risk."""
        return bool(self.figures.flags[account] & _BLOCKING)

    def table_of(self, account: int) -> SpanTable | None:
        """The table that margins ``account``, or None where the parameters have no rates for it."""
        return self.calculation.tables.table_of(self.book.accounts[account].terms)

    def prepare(self, account: int) -> Prepared | None:
        """``account`` made ready to be margined with trades in it; None where there is no table."""
        ready = self.prepared.get(account)
        if ready is None and (table := self.table_of(account)) is not None:
            batch = self.batch_of(account)
            ready = self.prepared[account] = Prepared(table, batch, AfterTrades(table, batch))
            if len(self.prepared) > MOST_PREPARED:
                del self.prepared[next(iter(self.prepared))]
        return ready

    def batch_of(self, account: int) -> Batch:
        """The margined positions of ``account``, as a batch of one; none where there is no table."""
        table = self.table_of(account)
        if table is None:
            return Batch(np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        gross = np.array([self.book.accounts[account].terms.gross])
        return batch_of(table, self.book.positions.of(account), gross)[0]


class MarginStore:
    """Requirement of every account, recomputed for the accounts that changed. Kept by one thread.

    An account is recomputed whole. Only the walk over its positions is a matter of single commodities; spreads between
    them make every later step one of the account. Measured on the market of tests/bench/large_market.py, a fill takes
    47 us where the account has 50 positions, 3 us of which keeping the sums of the other commodities would save, and
    90 us where it has 1,000, 21 us of which it would: too little for sums that must never be stale.
    """

    def __init__(self, calculation: Calculation) -> None:
        self._tables = calculation.tables
        self.currencies = calculation.table.currencies
        self.problems: dict[int, Text] = {}
        """Why an account has no requirement, by row; where the parameters have no rates for it."""
        self._requirement = np.zeros((0, len(self.currencies)), dtype=np.int64)
        self._flags = np.zeros(0, dtype=np.int64)
        self._frozen: tuple[Integers, Integers] | None = None
        self.prepared: dict[int, Prepared] = {}
        """`DeskState.prepared` of accounts that have not changed since; never shared by states that differ."""

    def update(self, book: BookSnapshot, changed: list[int]) -> None:
        """Recompute the accounts in ``changed`` (rows of ``book``), which rows new to the store are always among."""
        missing = len(book.accounts) - len(self._requirement)
        if missing:
            new = np.zeros((missing, len(self.currencies)), dtype=np.int64)
            self._requirement = np.concatenate((self._requirement, new))
            self._flags = np.concatenate((self._flags, np.zeros(missing, dtype=np.int64)))
            self._frozen = None
        if not changed:
            return
        again = set(changed)
        self.problems = {row: problem for row, problem in self.problems.items() if row not in again}
        self.prepared = {row: ready for row, ready in self._copy_of_prepared().items() if row not in again}
        self._frozen = None
        for rates, rows, gross in by_rates(book, np.array(changed, dtype=np.int64)):
            self._recompute(book.positions.of_all(rows), rates, rows, gross)

    def refresh(self, book: PositionBook, account: int) -> None:
        """Recompute one account from the book as it is at this moment, without a snapshot; it must be known here."""
        self.problems.pop(account, None)
        self.prepared = {row: ready for row, ready in self._copy_of_prepared().items() if row != account}
        self._frozen = None
        terms = book.terms_of(account)
        rows, gross = np.array([account]), np.array([terms.gross])
        self._recompute(book.positions_of(account), terms.rates, rows, gross)

    def _copy_of_prepared(self) -> dict[int, Prepared]:
        # In one step of the interpreter: whoever checks orders in another thread makes accounts ready meanwhile.
        return self.prepared.copy()

    def _recompute(self, positions: Positions, rates: MarginTerms, rows: Integers, gross: Booleans) -> None:
        table = self._tables.table_of(rates)
        if table is None:
            problem = self._tables.problem(rates) or text("the parameters have no rates for this account")
            self.problems |= dict.fromkeys(rows.tolist(), problem)
            self._requirement[rows], self._flags[rows] = NOT_COMPUTABLE, int(Flag.NO_RATES)
            return
        batch, excluded = batch_of(table, positions, gross)
        self._requirement[rows] = requirements(table, batch).requirement
        self._flags[rows] = np.where(excluded, int(Flag.EXCLUDED), 0)

    @property
    def requirement(self) -> Integers:
        """int64 [accounts, currencies], money scale; what was handed out never changes."""
        return self._copies()[0]

    @property
    def flags(self) -> Integers:
        """int64 [accounts], `Flag` bits."""
        return self._copies()[1]

    def _copies(self) -> tuple[Integers, Integers]:
        if self._frozen is None:
            self._frozen = self._requirement.copy(), self._flags.copy()
        return self._frozen


def by_rates(book: BookSnapshot, rows: Integers) -> Iterator[tuple[MarginTerms, Integers, Booleans]]:
    """Accounts of the same rates together: their rates, the accounts' rows, and which of them are gross-margined."""
    terms = book.kinds.terms
    if len(terms) == 1:
        yield terms[0].rates, rows, np.full(len(rows), terms[0].gross)
        return
    of, gross = book.kinds.of[rows], np.array([each.gross for each in terms], dtype=np.bool_)
    for rates in dict.fromkeys(each.rates for each in terms):
        alike = np.array([each.rates == rates for each in terms], dtype=np.bool_)[of]
        if alike.any():
            yield rates, rows[alike], gross[of[alike]]


def batch_of(table: SpanTable, positions: Positions, gross: Booleans | None = None) -> tuple[Batch, Booleans]:
    """Positions that can be margined, and which accounts (bool) had others, which are left out.

    Args:
        table: The parameters, laid out.
        positions: Of some accounts.
        gross: bool [accounts], which of them are gross-margined; none by default.
    """
    batch, excluded = _net_batch(table, positions)
    if gross is not None and gross.any():
        batch = _with_sides(table, positions, gross)
    return batch, excluded


def _with_sides(table: SpanTable, positions: Positions, gross: Booleans) -> Batch:
    """The batch with longs and then shorts of each gross-margined account, SPAN algorithm, step 0."""
    owner = np.repeat(np.arange(len(positions)), np.diff(positions.starts))
    usable = np.zeros(len(owner), dtype=np.bool_)
    listed = positions.columns < len(table.usable)
    usable[listed] = table.usable[positions.columns[listed]]
    netted = usable & ~gross[owner] & ((positions.long | positions.short) != 0)
    sides = [(netted, positions.net, 0)]
    sides += [
        (usable & gross[owner] & (held > 0), held, side) for side, held in enumerate((positions.long, positions.short))
    ]
    keys = np.concatenate([owner[chosen] * 2 + side for chosen, _, side in sides])
    rows = np.concatenate([positions.columns[chosen] for chosen, _, _ in sides])
    quantities = np.concatenate([-held[chosen] if side else held[chosen] for chosen, held, side in sides])
    order = np.argsort(keys, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=2 * len(positions)))))
    middles = np.where(gross, bounds[1::2], -1)
    return Batch(np.ascontiguousarray(bounds[::2]), rows[order], quantities[order], middles)


def _net_batch(table: SpanTable, positions: Positions) -> tuple[Batch, Booleans]:
    starts, rows, quantities, excluded = _netted(
        positions.starts, positions.columns, positions.long, positions.short, table.usable
    )
    return Batch(starts, rows, quantities), excluded


@compiled
def _netted(
    starts: Integers, columns: Integers, longs: Integers, shorts: Integers, usable: Booleans
) -> tuple[Integers, Integers, Integers, Booleans]:
    """Net positions in contracts that can be margined, and which accounts hold others."""
    kept_starts, excluded = np.zeros(len(starts), dtype=np.int64), np.zeros(len(starts) - 1, dtype=np.bool_)
    rows, quantities = np.empty(len(columns), dtype=np.int64), np.empty(len(columns), dtype=np.int64)
    count = 0
    for account in range(len(starts) - 1):
        for position in range(starts[account], starts[account + 1]):
            if longs[position] == 0 and shorts[position] == 0:
                continue
            if columns[position] < len(usable) and usable[columns[position]]:
                rows[count], quantities[count] = columns[position], longs[position] - shorts[position]
                count += 1
            else:
                excluded[account] = True
        kept_starts[account + 1] = count
    return kept_starts, rows[:count], quantities[:count], excluded


def value_desk(
    sequence: int,
    calculation: Calculation,
    book: BookSnapshot,
    store: MarginStore,
    price: Integers,
    fresh: npt.NDArray[np.bool_],
    received: Integers,
    now: int,
    lines: Lines,
    authoritative: bool,
) -> DeskState:
    """Value every account. Arguments as the attributes of `DeskState`; ``store`` must be up to date with ``book``."""
    profit = open_profit(book, price, fresh, calculation.values)
    figures = currency_figures(
        book, profit, calculation.values.currencies, store.requirement, store.currencies, store.flags
    )
    rates = Rates.of(calculation.parameters, figures.currencies)
    accounts = account_table(book, figures, rates, lines)
    if store.problems:
        also = {row: (problem, *accounts.reasons.get(row, ())) for row, problem in store.problems.items()}
        accounts = replace(accounts, reasons={**accounts.reasons, **also})
    return DeskState(
        sequence,
        calculation,
        book,
        price,
        fresh,
        received,
        now,
        profit,
        figures,
        rates,
        accounts,
        lines,
        authoritative,
        held(Money.of(figures, rates, store.currencies, price, calculation.values)),
        store.prepared,
    )


def price_of(state: DeskState, column: int) -> int:
    """Newest price of a contract, else the parameter file's settlement price, else `NOT_COMPUTABLE`."""
    if column < len(state.price) and state.price[column] != NOT_COMPUTABLE:
        return int(state.price[column])
    settlement = state.calculation.values.settlement
    return int(settlement[column]) if column < len(settlement) else NOT_COMPUTABLE
