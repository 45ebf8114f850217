"""The check that stands before an order: the account with its working orders at their worst case.

A working order may fill or not, so margin is computed for every subset of the working strategies, and the subset that
leaves least decides. Working orders of the same contract and side were added up before (`engine.reservations`): margin
is convex in the quantity of one contract, so all of it or none of it is worse than a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np

from engine.decision import Decision, Effect, Order, Request, Verdict
from engine.hypothetical import Hypothetical
from engine.instruments import Universe
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.reservations import Strategy, in_smallest_size
from engine.state import DeskState
from engine.text import Text, text
from engine.traded import in_short_side
from engine.what_if import decide, effect_of, is_reducing, problems_of, reasons_against

MOST_WORKING: Final = 8
"""Different working strategies an account may have: margin is computed for 2**8 subsets at most."""
PROBES: Final = 32


@dataclass(frozen=True, slots=True)
class Basis:
    """What a check rests on.

    Attributes:
        sequence: Of the desk's state.
        book: Version of the positions and money in it.
        parameters: SHA-256 of the parameter file, 64 hexadecimal digits.
        authoritative: Whether every feed is LIVE.
        now: Monotonic nanoseconds of the state.
    """

    sequence: int
    book: int
    parameters: str
    authoritative: bool
    now: int


@dataclass(frozen=True, slots=True)
class PreTrade:
    """The answer to a check.

    Attributes:
        verdict: What the check says.
        reasons: Why it does not pass, or what is missing.
        effects: What the orders do at the worst case of the working orders, in the account's own currency; empty where
            there are no figures.
        largest: Of orders that are refused, the largest quantity of the first that passes (the others in proportion),
            with its sign, 0 where none does; None where it was not looked for.
    """

    verdict: Verdict
    reasons: tuple[Text, ...]
    effects: tuple[Effect, ...]
    largest: int | None = None


class DeskCheck:
    """Checks orders against one state of the desk. Changes nothing.

    Args:
        state: The desk.
        universe: Names of its columns.
    """

    def __init__(self, state: DeskState, universe: Universe) -> None:
        self._state = state
        self._universe = universe

    @property
    def basis(self) -> Basis:
        """What every check on it rests on."""
        state = self._state
        origin = state.calculation.parameters.origin
        return Basis(state.sequence, state.book.version, origin.sha256, state.authoritative, state.now)

    def reduces(self, request: Request, working: Sequence[Strategy]) -> bool:
        """Whether the orders only bring positions closer to flat, whatever becomes of the working ones."""
        account = self._state.book.row(request.account)
        if account < 0 or self._unknown(request):
            return False
        return _Case(self._state, self._universe, account, request, working).reduces

    def check(self, request: Request, working: Sequence[Strategy]) -> PreTrade:
        """Check orders of one account beside those that are working already.

        Args:
            request: The orders; a curve is never traced.
            working: All that may still be filled in the account.
        """
        if unknown := self._unknown(request):
            return PreTrade(Verdict.NOT_COMPUTABLE, unknown, ())
        account = self._state.book.row(request.account)
        case = _Case(self._state, self._universe, account, request, working) if account >= 0 else None
        if case is not None and case.is_sound:
            answer = case.answer()
            if answer.verdict is not Verdict.NOT_COMPUTABLE:
                return answer
        alone = decide(self._state, self._universe, replace(request, with_curve=False))
        return self._without_figures(alone, case)

    @staticmethod
    def _without_figures(alone: Decision, case: _Case | None) -> PreTrade:
        """Orders that cannot be margined beside what is working pass where they reduce, and only there."""
        passes = case is not None and case.reduces
        reasons = alone.reasons
        if not reasons and not passes:
            reasons = (text("margin beside the working orders cannot be computed"),)
        return PreTrade(Verdict.PASSES if passes else Verdict.NOT_COMPUTABLE, reasons, alone.effects[:1])

    def _unknown(self, request: Request) -> tuple[Text, ...]:
        """Contracts that neither the parameters nor the feeds know: the universe does not grow by what is asked."""
        return tuple(
            text("no parameters for {contract}", contract=order.contract.title)
            for order in request.orders
            if self._universe.find(order.contract) < 0
        )


class _Case:
    """Orders of an account beside its working orders."""

    def __init__(
        self, state: DeskState, universe: Universe, account: int, request: Request, working: Sequence[Strategy]
    ) -> None:
        self._state = state
        self._universe = universe
        self._account = account
        self._request = request
        self._all_working = working
        self._columns = [universe.column(order.contract) for order in request.orders]
        # Positions without parameters are left out of the account's own margin too, and block new risk by a flag.
        self.working = [strategy for strategy in working if all(map(self._is_margined, strategy))]

    @cached_property
    def reduces(self) -> bool:
        """Whether the orders reduce even after all that works on their side has filled."""
        return self._reduces(self._request.orders)

    @cached_property
    def is_sound(self) -> bool:
        """Whether the orders can be margined beside the working ones."""
        if self._state.prepare(self._account) is None:
            return False
        return not problems_of(self._state, self._account, self._request, self._columns)

    def answer(self) -> PreTrade:
        """The verdict at the worst case, and the largest quantity where it is refused."""
        if len(self.working) > MOST_WORKING:
            what = text("more than {count} different orders are working in this account", count=MOST_WORKING)
            return PreTrade(Verdict.PASSES if self.reduces else Verdict.REFUSED, (what,), ())
        changes = self._changes(np.array([[order.quantity for order in self._request.orders]], dtype=np.int64))[0]
        needs, left = self._costs.available(changes)
        worst = int(left.argmin())
        if left[worst] == NOT_COMPUTABLE:
            return PreTrade(Verdict.NOT_COMPUTABLE, (), ())
        effect = self._effect(int(needs[worst]), int(left[worst]))
        reasons = reasons_against(self._state, self._account, self._request, effect, self._columns)
        if not reasons or self.reduces:
            return PreTrade(Verdict.PASSES, (), (effect,))
        return PreTrade(Verdict.REFUSED, reasons, (effect,), self._largest(effect))

    def _effect(self, needs: int, left: int) -> Effect:
        """The effect in the account's own currency."""
        row, accounts = self._account, self._state.accounts
        before = int(accounts.equity[row]), int(accounts.margin[row])
        return effect_of(self._state.book.accounts[row].currency, [before[0], needs + left, before[1], needs])

    @cached_property
    def _legs(self) -> list[Order]:
        return list(chain(self._request.orders, *self.working))

    @cached_property
    def _costs(self) -> Hypothetical:
        prepared = self._state.prepare(self._account)
        if prepared is None:
            raise ValueError("an account without a table has no figures, and does not come here")
        columns = [self._universe.column(order.contract) for order in self._legs]
        shorts = [in_short_side(order) for order in self._legs]
        return Hypothetical(self._state, self._account, prepared, columns, shorts)

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
        table, column = self._state.table_of(self._account), self._universe.find(order.contract)
        return table is not None and 0 <= column < len(table.usable) and bool(table.usable[column])

    def _reduces(self, orders: Strategy) -> bool:
        gross = self._state.book.accounts[self._account].terms.gross
        sides = {(order.contract, order.quantity > 0, order.closes and gross) for order in orders}
        beside = [
            order
            for order in chain(*self._all_working)
            if (order.contract, order.quantity > 0, order.closes and gross) in sides
        ]
        everything = replace(self._request, orders=(*orders, *beside))
        columns = [self._universe.column(order.contract) for order in everything.orders]
        return is_reducing(self._state, self._account, everything, columns)

    def _largest(self, effect: Effect) -> int:
        """Largest multiple of the orders' smallest size that passes, in contracts of the first order."""
        smallest, times = in_smallest_size(self._request.orders)
        # Whatever else is against the orders is against any quantity of them.
        fitting = replace(effect, after=replace(effect.after, available=0))
        others = reasons_against(self._state, self._account, self._request, fitting, self._columns)
        most = self._most_reducing(smallest, times)
        if not others:
            most = max(most, self._most_affordable(smallest, times))
        return most * smallest[0].quantity

    def _most_reducing(self, smallest: Strategy, times: int) -> int:
        low, high = 0, times
        while high - low > 1:
            middle = (low + high) // 2
            multiple = tuple(replace(order, quantity=order.quantity * middle) for order in smallest)
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
