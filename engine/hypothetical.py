"""What an account would need and have after orders: many variations of the orders at once, or one in a hurry."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.conversion import converted
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch, SpanTable
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.state import DeskState, price_of
from engine.valuation import values_of


class Hypothetical:
    """An account with orders in it.

    Args:
        state: The desk.
        account: Row of the account.
        table: What it is margined by.
        batch: The account, as a batch of one, the orders' contracts among its rows.
        places: int64 [orders], which of its positions each order is in.
    """

    def __init__(self, state: DeskState, account: int, table: SpanTable, batch: Batch, places: Integers) -> None:
        self._state = state
        self._account = account
        self._table = table
        self._batch = batch
        self._places = places
        self._home = state.figures.currencies.index(state.book.accounts[account].currency)

    def batch(self, change: Integers) -> Batch:
        """The account with int64 [orders] contracts added."""
        quantities = self._batch.quantities.copy()
        np.add.at(quantities, self._places, change)
        return self._batch._replace(quantities=quantities)

    def requirement(self, changes: Integers) -> Integers:
        """int64 [variations, currencies of the desk], money scale, for int64 [variations, orders] contracts added."""
        if len(changes) == 1:
            needed = requirements(self._table, self.batch(changes[0])).requirement
        else:
            needed = self._after.totals(np.tile(self._places, (len(changes), 1)), changes).requirement
        currencies = self._state.figures.currencies
        if self._table.currencies == currencies:
            return needed
        result = np.zeros((len(changes), len(currencies)), dtype=np.int64)
        result[:, [currencies.index(code) for code in self._table.currencies]] = needed
        return result

    def equity(self, changes: Integers) -> Integers:
        """Likewise: premium paid or received moves it, futures do not."""
        own = self._state.figures.equity[self._account]
        result = np.empty((len(changes), len(own)), dtype=np.int64)
        result[:] = own
        values = self._state.calculation.values
        for order, row in enumerate(self._batch.rows[self._places].tolist()):
            if values.marked[row]:
                continue
            multiplier = int(self._state.calculation.parameters.contracts.multiplier[row])
            premium = values_of(price_of(self._state, row), changes[:, order], multiplier)
            currency = self._state.figures.currencies.index(values.currencies[int(values.currency[row])])
            had = result[:, currency]
            unknown = (premium == NOT_COMPUTABLE) | (had == NOT_COMPUTABLE)
            result[:, currency] = np.where(unknown, NOT_COMPUTABLE, had - premium)
        return result

    def at_home(self, amounts: Integers) -> Integers:
        """Sum of each row of [rows, currencies] in the account's own currency, or `NOT_COMPUTABLE`."""
        rates = self._state.rates
        result: Integers = converted(amounts, self._home, rates.numerator, rates.denominator)
        return result

    def available(self, changes: Integers) -> tuple[Integers, Integers]:
        """Margin and available funds in the account's own currency, int64 [variations] each."""
        has, needs = self.at_home(self.equity(changes)), self.at_home(self.requirement(changes))
        unknown = (has == NOT_COMPUTABLE) | (needs == NOT_COMPUTABLE)
        return needs, np.where(unknown, NOT_COMPUTABLE, has - needs)

    @cached_property
    def _after(self) -> AfterTrades:
        return AfterTrades(self._table, self._batch)
