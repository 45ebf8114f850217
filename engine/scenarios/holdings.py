"""Positions of some accounts laid out for revaluation, orders of a what-if among them where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.book import Positions
from engine.decision import Order
from engine.hypothetical import Hypothetical
from engine.margin_terms import MarginTerms
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.scenarios.model import HeldContracts, ScenarioModel
from engine.scenarios.results import Scope, Subject
from engine.span.arrays import Batch, SpanTable
from engine.span.trades import AfterTrades
from engine.state import DeskState, Prepared, batch_of, by_rates
from engine.text import Text, text
from engine.traded import in_short_side
from engine.valuation import Booleans


@dataclass(frozen=True, slots=True)
class MarginedTogether:
    """Accounts that one table margins.

    Attributes:
        table: The parameters, laid out; None where they have no rates for these accounts.
        accounts: int64, which of the holdings' accounts.
        batch: Their margined positions, rows of the table.
    """

    table: SpanTable | None
    accounts: Integers
    batch: Batch


@dataclass(frozen=True, slots=True)
class Holdings:
    """What some accounts hold (CSR).

    Attributes:
        accounts: int64 [accounts], rows in the book.
        held: The contracts, all positions together.
        starts: int64 [accounts + 1]; positions of account a are starts[a] to starts[a + 1].
        places: int64 [positions], which of ``held``.
        quantities: int64 [positions], long less short.
        equity: int64 [accounts, currencies], money scale, as the desk's figures have it; `NOT_COMPUTABLE` likewise.
        groups: Accounts margined alike.
        notes: What is left out.
    """

    accounts: Integers
    held: HeldContracts
    starts: Integers
    places: Integers
    quantities: Integers
    equity: Integers
    groups: tuple[MarginedTogether, ...]
    notes: tuple[Text, ...] = ()

    def part(self, first: int, last: int) -> Holdings:
        """The accounts ``first`` to ``last`` (not included), on the same held contracts."""
        start, stop = int(self.starts[first]), int(self.starts[last])
        groups = []
        for each in self.groups:
            inside = np.searchsorted(each.accounts, [first, last]).tolist()
            if inside[0] < inside[1]:
                groups.append(
                    MarginedTogether(each.table, each.accounts[slice(*inside)] - first, each.batch.part(*inside))
                )
        return replace(
            self,
            accounts=self.accounts[first:last],
            starts=self.starts[first : last + 1] - start,
            places=self.places[start:stop],
            quantities=self.quantities[start:stop],
            equity=self.equity[first:last],
            groups=tuple(groups),
        )


def accounts_of(state: DeskState, subject: Subject) -> Integers:
    """int64, rows of the accounts that ``subject`` means; none where there is no such account or group."""
    book = state.book
    if subject.scope is Scope.ACCOUNT:
        row = book.row(subject.name)
        return np.array([row] if row >= 0 else [], dtype=np.int64)
    everybody = subject.scope is Scope.FIRM
    rows = [
        row
        for row, account in enumerate(book.accounts)
        if (everybody or account.group == subject.name) and row not in book.gone
    ]
    return np.array(rows, dtype=np.int64)


def holdings_of(state: DeskState, model: ScenarioModel, accounts: Integers, orders: Sequence[Order] = ()) -> Holdings:
    """Lay out what ``accounts`` hold.

    Args:
        state: The desk.
        model: Of the parameters of ``state``.
        accounts: int64, rows in the book, ascending.
        orders: Of a what-if: then there is one account, which holds what they bring as well.
    """
    positions = state.book.positions.of_all(accounts)
    owner = np.repeat(np.arange(len(accounts)), np.diff(positions.starts))
    open_ = (positions.long | positions.short) != 0
    listed = positions.columns < len(model.parameters)
    chosen, left_out = open_ & listed, int(np.count_nonzero(open_ & ~listed))
    columns, quantities, owner = positions.columns[chosen], positions.net[chosen], owner[chosen]
    equity, notes = state.figures.equity[accounts], _notes(left_out)
    groups = _margined(state, positions, accounts)
    if orders:
        rows, known, unknown = _rows_of(model, orders)
        columns = np.concatenate((columns, rows))
        quantities = np.concatenate((quantities, np.array([order.quantity for order in known], dtype=np.int64)))
        owner = np.zeros(len(columns), dtype=np.int64)
        groups, equity = _after(state, int(accounts[0]), rows, known, groups, equity)
        notes = (*notes, *unknown)
    rows_held, places = _places(columns, len(model.parameters))
    starts = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(accounts)))))
    return Holdings(
        np.asarray(accounts, dtype=np.int64),
        model.held(state, rows_held),
        starts,
        places,
        quantities,
        equity,
        groups,
        notes,
    )


def _places(columns: Integers, contracts: int) -> tuple[Integers, Integers]:
    """The columns that are held, ascending, and which of them each position is in."""
    held = np.zeros(contracts, dtype=np.bool_)
    held[columns] = True
    rows = np.flatnonzero(held)
    place = np.zeros(contracts, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return rows.astype(np.int64), place[columns]


def _notes(left_out: int) -> tuple[Text, ...]:
    return (text("excludes {count} positions: no parameters", count=left_out),) if left_out else ()


def _margined(state: DeskState, positions: Positions, accounts: Integers) -> tuple[MarginedTogether, ...]:
    groups = []
    for rates, rows, gross in by_rates(state.book, accounts):
        places = np.searchsorted(accounts, rows)
        groups.append(_together(state, rates, places, positions, gross))
    return tuple(groups)


def _together(
    state: DeskState, rates: MarginTerms, places: Integers, positions: Positions, gross: Booleans
) -> MarginedTogether:
    table = state.calculation.tables.table_of(rates)
    if table is None:
        nothing = np.zeros(0, dtype=np.int64)
        return MarginedTogether(None, places, Batch(np.zeros(len(places) + 1, dtype=np.int64), nothing, nothing))
    return MarginedTogether(table, places, batch_of(table, positions.of_all(places), gross)[0])


def _rows_of(model: ScenarioModel, orders: Sequence[Order]) -> tuple[Integers, list[Order], tuple[Text, ...]]:
    """Contract rows of the orders that the parameters know, those orders, and what is said of the others."""
    found = [(model.parameters.find(order.contract), order) for order in orders]
    known = [(row, order) for row, order in found if row >= 0]
    unknown = tuple(
        text("no parameters for {contract}", contract=order.contract.title) for row, order in found if row < 0
    )
    return np.array([row for row, _ in known], dtype=np.int64), [order for _, order in known], unknown


def _after(
    state: DeskState,
    account: int,
    rows: Integers,
    orders: Sequence[Order],
    groups: tuple[MarginedTogether, ...],
    equity: Integers,
) -> tuple[tuple[MarginedTogether, ...], Integers]:
    """Margined positions and equity of one account with orders in it."""
    table = groups[0].table
    if table is None or not table.usable[rows].all():
        # Without an array the account has no margin, rather than one that leaves the order out.
        return (replace(groups[0], table=None),), equity
    # Not the desk's own store of prepared accounts: that belongs to the desk's thread.
    prepared = Prepared(table, groups[0].batch, AfterTrades(table, groups[0].batch))
    shorts = [in_short_side(order) for order in orders]
    costs = Hypothetical(state, account, prepared, rows.tolist(), shorts)
    change = np.array([order.quantity for order in orders], dtype=np.int64)
    paid = equity if NOT_COMPUTABLE in equity else costs.outcomes(change[None, :])[1:, 0, :-1]
    return (replace(groups[0], batch=costs.batch(change)),), paid
