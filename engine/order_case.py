"""Orders of an account beside its working orders: margin at the worst of what may fill, and the largest that passes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from engine.decision import Effect, Order, Request, Verdict
from engine.hypothetical import Hypothetical
from engine.instruments import Universe
from engine.limit_result import LimitCheck
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.reservations import Strategy, in_smallest_size
from engine.simple_pass import MOST_WORKING
from engine.state import DeskState
from engine.text import Text, text
from engine.traded import in_short_side
from engine.what_if import effect_of, is_reducing, problems_of, reasons_against

PROBES: Final = 32


class PreTrade(NamedTuple):
    """The answer to a check.

    Attributes:
        verdict: What the check says.
        reasons: Why it does not pass, or what is missing.
        effects: What the orders do at the worst case of the working orders, in the account's own currency; empty where
            there are no figures.
        largest: Of orders that are refused, the largest quantity of the first that passes (the others in proportion),
            with its sign, 0 where none does; None where it was not looked for.
        limits: What each limit says; None where no limits are in force.
    """

    verdict: Verdict
    reasons: tuple[Text, ...]
    effects: tuple[Effect, ...]
    largest: int | None = None
    limits: LimitCheck | None = None

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What limits say that do not refuse: over a soft bound, or in shadow."""
        return self.limits.warnings if self.limits is not None else ()


class OrderCase:
    """Orders of an account beside its working orders."""

    def __init__(
        self, state: DeskState, universe: Universe, account: int, request: Request, working: Sequence[Strategy]
    ) -> None:
        self._state = state
        self._universe = universe
        self.account = account
        self.refused_by_margin = False
        self.requirement: Integers | None = None
        """int64 [currencies of the desk], money scale: how much more the orders require; where `answer` found it."""
        self._request = request
        self._all_working = working
        self.columns = [universe.column(order.contract) for order in request.orders]
        # Positions without parameters are left out of the account's own margin too, and block new risk by a flag.
        self.working = [strategy for strategy in working if all(map(self._is_margined, strategy))]

    @cached_property
    def reduces(self) -> bool:
        """Whether the orders reduce even after all that works on their side has filled."""
        return self._reduces(self._request.orders)

    @cached_property
    def is_sound(self) -> bool:
        """Whether the orders can be margined beside the working ones."""
        if self._state.prepare(self.account) is None:
            return False
        return not problems_of(self._state, self.account, self._request, self.columns)

    def answer(self) -> PreTrade:
        """The verdict at the worst case."""
        if len(self.working) > MOST_WORKING:
            what = text("more than {count} different orders are working in this account", count=MOST_WORKING)
            self.refused_by_margin = not self.reduces
            return PreTrade(Verdict.PASSES if self.reduces else Verdict.REFUSED, (what,), ())
        changes = self._changes(np.array([[order.quantity for order in self._request.orders]], dtype=np.int64))[0]
        before, *after = self._costs.outcomes(changes).tolist()
        each = [(has[-1], needs[-1]) for has, needs in after]
        left = [NOT_COMPUTABLE if NOT_COMPUTABLE in (has, needs) else has - needs for has, needs in each]
        worst = min(range(len(left)), key=left.__getitem__)
        if left[worst] == NOT_COMPUTABLE:
            return PreTrade(Verdict.NOT_COMPUTABLE, (), ())
        needed, needing = before[1][:-1], after[worst][1]
        if not self.working and NOT_COMPUTABLE not in needed:
            self.requirement = np.array([more - less for more, less in zip(needing, needed, strict=False)], np.int64)
        effect = self._effect(needing[-1], left[worst])
        reasons = reasons_against(self._state, self.account, self._request, effect, self.columns)
        if not reasons or self.reduces:
            return PreTrade(Verdict.PASSES, (), (effect,))
        self.refused_by_margin = True
        return PreTrade(Verdict.REFUSED, reasons, (effect,))

    def _effect(self, needs: int, left: int) -> Effect:
        """The effect in the account's own currency."""
        row, accounts = self.account, self._state.accounts
        before = int(accounts.equity[row]), int(accounts.margin[row])
        return effect_of(self._state.book.accounts[row].currency, before[0], needs + left, before[1], needs)

    @cached_property
    def _legs(self) -> list[Order]:
        return list(chain(self._request.orders, *self.working))

    @cached_property
    def _costs(self) -> Hypothetical:
        prepared = self._state.prepare(self.account)
        if prepared is None:
            raise ValueError("an account without a table has no figures, and does not come here")
        columns = [self._universe.column(order.contract) for order in self._legs]
        shorts = [in_short_side(order) for order in self._legs]
        return Hypothetical(self._state, self.account, prepared, columns, shorts)

    @cached_property
    def _subsets(self) -> Integers:
        """int64 [subsets of the working strategies, their legs]: contracts that fill in each, none of them first."""
        count = len(self.working)
        chosen = (np.arange(2**count)[:, np.newaxis] >> np.arange(count)) & 1
        owner = np.repeat(np.arange(count), [len(strategy) for strategy in self.working])
        quantities = [order.quantity for order in chain(*self.working)]
        return chosen[:, owner] * np.array(quantities, dtype=np.int64)

    def _changes(self, quantities: Integers) -> Integers:
        """int64 [rows of ``quantities``, subsets, legs] for int64 [.., orders]: those orders beside every subset."""
        if not self.working:
            return quantities[:, np.newaxis]
        subsets = self._subsets
        result = np.empty((len(quantities), len(subsets), len(self._legs)), dtype=np.int64)
        own = quantities.shape[1]
        result[:, :, :own] = quantities[:, np.newaxis]
        result[:, :, own:] = subsets
        return result

    def _is_margined(self, order: Order) -> bool:
        table, column = self._state.table_of(self.account), self._universe.find(order.contract)
        return table is not None and 0 <= column < len(table.usable) and bool(table.usable[column])

    def _reduces(self, orders: Strategy) -> bool:
        gross = self._state.book.accounts[self.account].terms.gross
        sides = {(order.contract, order.quantity > 0, order.closes and gross) for order in orders}
        beside = [
            order
            for order in chain(*self._all_working)
            if (order.contract, order.quantity > 0, order.closes and gross) in sides
        ]
        everything = self._request._replace(orders=(*orders, *beside))
        columns = [self._universe.column(order.contract) for order in everything.orders]
        return is_reducing(self._state, self.account, everything, columns)

    def largest(self) -> int:
        """Largest multiple of the orders' smallest size that margin lets pass, in contracts of the first order."""
        smallest, times = in_smallest_size(self._request.orders)
        most = self._most_reducing(smallest, times)
        if len(self.working) <= MOST_WORKING and not self._others:
            most = max(most, self._most_affordable(smallest, times))
        return most * smallest[0].quantity

    def largest_reducing(self) -> int:
        """Likewise, of those that only reduce."""
        smallest, times = in_smallest_size(self._request.orders)
        return self._most_reducing(smallest, times) * smallest[0].quantity

    @property
    def _others(self) -> bool:
        """Whether something else than margin is against the orders, which is against any quantity of them."""
        effect = self._effect(0, 0)
        return bool(reasons_against(self._state, self.account, self._request, effect, self.columns))

    def _most_reducing(self, smallest: Strategy, times: int) -> int:
        low, high = 0, times
        while high - low > 1:
            middle = (low + high) // 2
            multiple = tuple(order._replace(quantity=order.quantity * middle) for order in smallest)
            low, high = (middle, high) if self._reduces(multiple) else (low, middle)
        return low

    def _most_affordable(self, smallest: Strategy, times: int) -> int:
        """Below ``times``, which does not pass; each step looks at many quantities at once."""
        one = np.array([order.quantity for order in smallest], dtype=np.int64)
        low, high = 0, times
        count = max(2, PROBES >> len(self.working))
        while high - low > 1:
            inner = np.unique(np.linspace(low, high, count + 2).astype(np.int64)[1:-1])
            inner = inner[(inner > low) & (inner < high)]
            changes = self._changes(inner[:, np.newaxis] * one)
            left = self._costs.available(changes.reshape(-1, changes.shape[2]))[1].reshape(changes.shape[:2])
            passing = np.flatnonzero(left.min(axis=1) >= 0)
            last = int(passing[-1]) if len(passing) else -1
            low, high = (
                (int(inner[last]) if last >= 0 else low),
                (int(inner[last + 1]) if last + 1 < len(inner) else high),
            )
        return low
