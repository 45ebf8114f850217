"""An account with orders in it: what it would need and have, for many variations of the orders at once or for one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.numbers import NOT_COMPUTABLE, Integers
from engine.outcome import outcomes
from engine.span.arrays import Batch
from engine.state import DeskState, Prepared
from engine.traded import with_contracts


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
        home = state.figures.currencies.index(state.book.accounts[account].currency)
        sides = np.array(shorts, dtype=np.bool_)
        self._asked = state.money, account, home, np.array(rows, dtype=np.int64), sides

    def batch(self, change: Integers) -> Batch:
        """The account with int64 [orders] contracts added."""
        batch, places = with_contracts(self._prepared.batch, self._rows, self._shorts)
        quantities = batch.quantities.copy()
        np.add.at(quantities, places, change)
        return batch._replace(quantities=quantities)

    def outcomes(self, changes: Integers) -> Integers:
        """Equity and requirement as they are, and with contracts added.

        Args:
            changes: int64 [variations, orders], contracts added.

        Returns:
            int64 [1 + variations, 2, currencies of the desk + 1], see `engine.outcome.outcomes`.
        """
        result: Integers = outcomes(self._prepared.after.account, *self._asked, changes)
        return result

    def available(self, changes: Integers) -> tuple[Integers, Integers]:
        """Margin and available funds in the account's own currency, int64 [variations] each."""
        has, needs = self.outcomes(np.ascontiguousarray(changes))[1:, :, -1].T
        unknown = (has == NOT_COMPUTABLE) | (needs == NOT_COMPUTABLE)
        return needs, np.where(unknown, NOT_COMPUTABLE, has - needs)
