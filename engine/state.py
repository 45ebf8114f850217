"""Everything a figure rests on at one moment, and the margin of every account kept up to date against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.book import BookSnapshot, Positions
from engine.conversion import Rates
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.snapshot import AccountTable, Lines
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import Convention
from engine.span.parameters import ParameterSet
from engine.span.requirement import margin
from engine.valuation import (
    BLOCKING,
    ContractValues,
    CurrencyFigures,
    Flag,
    OpenProfit,
    account_table,
    currency_figures,
    open_profit,
)


@dataclass(frozen=True, slots=True)
class Calculation:
    """One parameter version, laid out for everything that is computed from it."""

    parameters: ParameterSet
    table: SpanTable
    values: ContractValues

    @classmethod
    def of(cls, parameters: ParameterSet, convention: Convention) -> Calculation:
        """Lay ``parameters`` out under ``convention``."""
        table = SpanTable(parameters, convention)
        return cls(parameters, table, ContractValues.of(parameters, table))


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

    def blocked(self, account: int) -> bool:
        """Whether missing or stale data keeps ``account`` from new risk."""
        return bool(int(self.figures.flags[account]) & BLOCKING)


class MarginStore:
    """Requirement of every account, recomputed for the accounts that changed. Kept by one thread."""

    def __init__(self, calculation: Calculation) -> None:
        self._table = calculation.table
        self.currencies = self._table.currencies
        self._requirement = np.zeros((0, len(self.currencies)), dtype=np.int64)
        self._flags = np.zeros(0, dtype=np.int64)

    def update(self, book: BookSnapshot, changed: list[int]) -> None:
        """Recompute the accounts in ``changed`` (rows of ``book``), which rows new to the store are always among."""
        missing = len(book.accounts) - len(self._requirement)
        if missing:
            new = np.zeros((missing, len(self.currencies)), dtype=np.int64)
            self._requirement = np.concatenate((self._requirement, new))
            self._flags = np.concatenate((self._flags, np.zeros(missing, dtype=np.int64)))
        if not changed:
            return
        batch, excluded = batch_of(self._table, book.positions.of_all(changed))
        result = margin(self._table, batch)
        # Copied, because states handed out earlier still read the arrays.
        self._requirement, self._flags = self._requirement.copy(), self._flags.copy()
        self._requirement[changed] = result.totals.requirement
        self._flags[changed] = np.where(excluded, int(Flag.EXCLUDED), 0)

    @property
    def requirement(self) -> Integers:
        """int64 [accounts, currencies], money scale."""
        return self._requirement

    @property
    def flags(self) -> Integers:
        """int64 [accounts], `Flag` bits."""
        return self._flags


def batch_of(table: SpanTable, positions: Positions) -> tuple[Batch, npt.NDArray[np.bool_]]:
    """Net positions that can be margined, and which accounts (bool) had others, which are left out."""
    columns, known = positions.columns, len(table.usable)
    held = (positions.long | positions.short) != 0
    if len(columns) and columns.max() >= known:
        listed = columns < known
        usable = np.zeros(len(listed), dtype=np.bool_)
        usable[listed] = table.usable[columns[listed]]
    else:
        usable = table.usable[columns]
    keep = usable & held
    if keep.all():
        return Batch(positions.starts, columns, positions.net), np.zeros(len(positions), dtype=np.bool_)
    counts = np.concatenate(([0], np.cumsum(keep)))
    left_out = np.concatenate(([0], np.cumsum(held & ~usable)))
    excluded = np.diff(left_out[positions.starts]) > 0
    batch = Batch(counts[positions.starts], columns[keep], positions.net[keep])
    return batch, excluded


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
    )


def price_of(state: DeskState, column: int) -> int:
    """Newest price of a contract, else the parameter file's settlement price, else `NOT_COMPUTABLE`."""
    if column < len(state.price) and state.price[column] != NOT_COMPUTABLE:
        return int(state.price[column])
    settlement = state.calculation.values.settlement
    return int(settlement[column]) if column < len(settlement) else NOT_COMPUTABLE
