"""What an account would need and have after orders: many variations of the orders at once, or one in a hurry."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from engine.conversion import converted
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import Batch
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.state import DeskState, Prepared, price_of
from engine.traded import with_contracts
from engine.valuation import pay_premium


class Hypothetical:
    """An account with orders in it.

    Args:
        state: The desk.
        account: Row of the account.
        prepared: The account, made ready.
        rows: Contract row of each order.
        shorts: Whether each order is in the short side; of no account to a net-margined account.
    """

    def __init__(
        self, state: DeskState, account: int, prepared: Prepared, rows: Sequence[int], shorts: Sequence[bool]
    ) -> None:
        self._state = state
        self._account = account
        self._prepared = prepared
        self._rows, self._shorts = rows, shorts
        self._homes = prepared.after.homes_of(rows, shorts)
        self._home = state.figures.currencies.index(state.book.accounts[account].currency)

    def batch(self, change: Integers) -> Batch:
        """The account with int64 [orders] contracts added."""
        batch, places = self._with_contracts
        quantities = batch.quantities.copy()
        np.add.at(quantities, places, change)
        return batch._replace(quantities=quantities)

    def requirement(self, changes: Integers) -> Integers:
        """int64 [variations, currencies of the desk], money scale, for int64 [variations, orders] contracts added."""
        table = self._prepared.table
        if self._homes is not None:
            homes = np.empty((len(changes), *self._homes.shape), dtype=np.int64)
            homes[:] = self._homes
            needed = self._prepared.after.totals_at(homes, changes).requirement
        elif len(changes) == 1:
            needed = requirements(table, self.batch(changes[0])).requirement
        else:
            places = np.tile(self._with_contracts[1], (len(changes), 1))
            needed = self._after.totals(places, changes).requirement
        currencies = self._state.figures.currencies
        if table.currencies == currencies:
            return needed
        result = np.zeros((len(changes), len(currencies)), dtype=np.int64)
        for column, code in enumerate(table.currencies):
            result[:, currencies.index(code)] = needed[:, column]
        return result

    def equity(self, changes: Integers) -> Integers:
        """Likewise: premium paid or received moves it, futures do not."""
        own = self._state.figures.equity[self._account]
        result = np.empty((len(changes), len(own)), dtype=np.int64)
        result[:] = own
        values = self._state.calculation.values
        for order, row in enumerate(self._rows):
            if values.marked[row]:
                continue
            multiplier = int(self._state.calculation.parameters.contracts.multiplier[row])
            currency = self._state.figures.currencies.index(values.currencies[int(values.currency[row])])
            pay_premium(result, currency, price_of(self._state, row), changes[:, order], multiplier)
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
    def _with_contracts(self) -> tuple[Batch, Integers]:
        """The account with the orders' contracts among its positions, and which of these they are."""
        return with_contracts(self._prepared.batch, self._rows, self._shorts)

    @cached_property
    def _after(self) -> AfterTrades:
        return AfterTrades(self._prepared.table, self._with_contracts[0])
