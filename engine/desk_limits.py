"""The limits in force on a running desk: whose figures they bound, summed when an order first asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from engine.beside import Beside, listed
from engine.book import BookSnapshot
from engine.classification import Classification, Dimension
from engine.closing_costs import ClosingCosts
from engine.compiled import Held
from engine.decision import Request
from engine.exposures import Exposures
from engine.instruments import Universe
from engine.limit_check import AtOnce, LimitChecker
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Membership
from engine.limit_owners import Owners
from engine.limit_question import Question
from engine.limit_request import Placed, Placement, question_of
from engine.limit_result import LimitCheck
from engine.limited_desk import LimitedDesk
from engine.limits import Level, LimitSet
from engine.market import Depth
from engine.market_statistics import MarketStatistics
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.reference import Reference
from engine.reservations import Strategy
from engine.span.parameters import ParameterSet
from engine.state import MOST_PREPARED, DeskState
from engine.text import Text
from engine.working_book import AllWorking, working_in
from engine.working_places import WorkingPlaces

MOST_BUSY: Final = MOST_PREPARED
"""Accounts that are made ready on every state before they are asked about."""
LET_GO: Final = 8
"""Owners of the last state that are let go of in one step."""
_NO_MARKET: Final = np.full((1, 2, len(Dimension)), NOT_COMPUTABLE, dtype=np.int64)

FIRM = "firm"
"""Owner of all accounts, in records; on screen the level says it."""


class DeskLimits:
    """One set of limits on one version of the parameters. Kept by one thread.

    Args:
        limits: In force; None where there are none, which refuses whatever takes new risk.
        reference: Sectors, asset classes, open interest and volume.
        universe: Names of the desk's columns.
        parameters: What the columns are.
    """

    def __init__(
        self, limits: LimitSet | None, reference: Reference, universe: Universe, parameters: ParameterSet
    ) -> None:
        self.limits = limits
        self.checker = LimitChecker(limits)
        self.reference = reference
        self._classification = Classification.of(universe, parameters, reference)
        self.statistics = _statistics_of(self._classification)
        self._membership: Membership | None = None
        self.busy: dict[str, None] = {}
        """Accounts that were asked about, the latest at the end."""
        self.asked: StateLimits | None = None
        """On the state that was asked last."""
        self.places: WorkingPlaces | None = None
        """What works, on the state that was asked last."""
        self.placed: Placed = {}
        """Where the working orders of an account go, while they and the accounts are the same."""

    def replace(self, limits: LimitSet | None) -> None:
        """Put other limits in the place of these."""
        self.limits = limits
        self.checker = LimitChecker(limits)

    def unknown_names(self, book: BookSnapshot) -> tuple[Text, ...]:
        """What the limits name that neither ``book``, the reference nor the parameters know: see `LimitSet`."""
        if self.limits is None:
            return ()
        present = [account for row, account in enumerate(book.accounts) if row not in book.gone]
        names = {
            dimension: frozenset(self._classification.names(dimension))
            for dimension in {limit.by for limit in self.limits.limits if limit.by is not None and limit.names}
            | {dimension for rule in self.limits.rules for dimension, _ in rule.names}
        }
        accounts = frozenset(account.name for account in present)
        return self.limits.unknown_names(accounts, frozenset(account.group for account in present), names)

    def on(self, state: DeskState, time: int, depth: Depth | None = None) -> StateLimits:
        """The same on ``state``; nothing is summed before it is asked for.

        Args:
            state: The desk.
            time: Wall nanoseconds since 1970 UTC, which says which limits are in force.
            depth: Bids and offers as of ``state``, where limits need them.
        """
        extended = self._classification.extended()
        if extended is not self._classification:
            self._classification, self.statistics = extended, _statistics_of(extended)
        if self._membership is None or not self._membership.is_of(state.book):
            self._membership = Membership(state.book, self._membership)
        return StateLimits(self, state, self._membership, time, depth)

    @property
    def classification(self) -> Classification:
        """Of every column of the universe."""
        return self._classification


def _statistics_of(classification: Classification) -> MarketStatistics:
    return MarketStatistics(classification.open_interest, classification.average_daily_volume)


class StateLimits:
    """Limits on one state of the desk. Changes nothing of it. Kept by one thread at a time."""

    def __init__(
        self, desk: DeskLimits, state: DeskState, membership: Membership, time: int, depth: Depth | None = None
    ) -> None:
        self._desk = desk
        self._checker = desk.checker
        self._classification, self._statistics = desk.classification, desk.statistics
        self._state = state
        self._membership = membership
        self._time = time
        self._depth = depth
        # It does not lead back to this: what is of a state goes with it, without waiting for the collector.
        self._placement = Placement(state, desk.classification, desk.placed)
        self._holdings: dict[tuple[Level, str], OwnerHoldings] = {}
        self._asked: dict[int, Owners] = {}
        self._ahead = [*desk.busy]
        """Accounts that may be asked about, the likeliest at the end."""
        self._places: WorkingPlaces | None = None
        """What works; None before it was asked for."""
        self._last: StateLimits | None = None
        """On the state that was asked before, until `make_ready` has let go of it."""

    @property
    def version(self) -> str:
        """Of the limits; empty where there are none."""
        return self._checker.limits.version

    @property
    def exposures(self) -> Exposures:
        """Of the whole desk, in the limits' currency."""
        return self._figures.exposures

    @cached_property
    def _figures(self) -> LimitedDesk:
        state, depth = self._state, self._depth
        currency = self._checker.limits.currency or state.calculation.table.currencies[0]
        exposures = Exposures.of(state, self._classification, currency)
        closing = ClosingCosts(state, exposures, depth) if depth is not None else None
        return LimitedDesk(state, exposures, self._statistics, closing)

    @cached_property
    def _no_places(self) -> WorkingPlaces:
        """Nothing that works yet."""
        return WorkingPlaces(self._state.book, self._figures.valued, self._placement)

    def prepare(self) -> None:
        """Gather what the first order would have to wait for long: what the firm holds."""
        book = self._state.book
        first = next((row for row in range(len(book.accounts)) if row not in book.gone), None)
        if first is not None:
            firm, who = self.holdings(Level.FIRM, first), book.accounts[first]
            _ = firm.for_kernels(Level.FIRM, self._checker.arrays(who.name, who.group).bounds), self._no_places
        for dimension in (Dimension.CONTRACT, Dimension.PRODUCT):
            self._classification.market(dimension)

    def make_ready(self, everywhere: AllWorking) -> bool:
        """Take in what works, make an account ready that was asked about on earlier states, or let go of these states.

        Returns:
            False where nothing of that is left to do.
        """
        self._succeed()
        if self._places is not None:
            self._places.follow(everywhere)
        elif self._desk.places is not None:
            self._follow(everywhere)
            return True
        while self._ahead:
            account = self._state.book.row(self._ahead.pop())
            if account >= 0 and account not in self._asked:
                owners, who = self.owners(account), self._state.book.accounts[account]
                _ = owners.limited(self._checker.arrays(who.name, who.group).bounds), owners.summed, owners.figures
                return True
        return self._let_go()

    def _succeed(self) -> None:
        """Be the one that is asked from now on."""
        last = self._desk.asked
        if last is not self:
            self._desk.asked, self._last = self, last
            if last is not None:
                last._last = None

    def _let_go(self) -> bool:
        """Let go of a part of the last state; whether there was any. All of it at once takes as long as an order."""
        last = self._last
        if last is None:
            return False
        for _ in range(LET_GO):
            if last._asked:
                last._asked.popitem()
            elif last._holdings:
                last._holdings.popitem()
            else:
                self._last = None
                break
        return True

    def question(
        self,
        account: int,
        request: Request,
        working: Sequence[Strategy] | None,
        everywhere: AllWorking | None = None,
        requirement: Integers | None = None,
    ) -> Question:
        """What is to be checked when ``account`` (a row) is about to send the orders of ``request``.

        Args:
            account: Row of the account.
            request: The orders.
            working: What works in the account itself; None where that is what ``everywhere`` has of it.
            everywhere: What works in all accounts, of which those of others count for their group and the firm.
            requirement: int64 [currencies of the desk], money scale: how much more is required with all orders filled,
                where that is known.
        """
        owners = self.owners(account)
        waiting = self.waiting(owners, request.account, working, everywhere)
        return question_of(owners, request.orders, waiting, self._time, request.together, requirement)

    def owners(self, account: int) -> Owners:
        """Those whose figures the limits of an account bound."""
        found = self._asked.get(account)
        if found is None:
            self._succeed()
            who = self._state.book.accounts[account]
            levels = self._checker.levels(who.name, who.group)
            holdings = [(level, self.holdings(level, account)) for level in Level if level in levels]
            found = self._asked[account] = Owners(account, holdings)
            self._note_busy(who.name)
        return found

    def _note_busy(self, name: str) -> None:
        busy = self._desk.busy
        busy.pop(name, None)
        busy[name] = None
        if len(busy) > MOST_BUSY:
            del busy[next(iter(busy))]

    def at_once(self, owners: Owners, columns: Sequence[int]) -> tuple[AtOnce, Integers] | None:
        """The limits about contracts of an order as arrays, and what is known of their markets.

        Returns:
            None where the limits have to be looked at one after the other; else they, and int64 [legs, 2, dimensions]
            as `Classification.market_of` has it.
        """
        if owners.plain is not None and len(columns) == 1:
            return owners.plain
        found = self._at_once(owners, columns)
        if found is not None and len(columns) == 1 and not (len(found[0].about) or found[0].needs_market):
            # About contracts of every kind in the same way.
            owners.plain = found
        return found

    def _at_once(self, owners: Owners, columns: Sequence[int]) -> tuple[AtOnce, Integers] | None:
        classification = owners.desk.exposures.classification
        if max(columns) >= len(classification):
            return None
        who, currency = self._state.book.accounts[owners.account], owners.desk.exposures.units.currency
        limits = self._checker.at_once(who.name, who.group, currency, map(classification.names_of, columns))
        if limits is None:
            return None
        if not limits.needs_market:
            return limits, _NO_MARKET if len(columns) == 1 else np.repeat(_NO_MARKET, len(columns), axis=0)
        if len(columns) == 1:
            return limits, classification.market_of(columns[0])[np.newaxis]
        return limits, np.array([classification.market_of(column) for column in columns])

    def written(self, owners: Owners, request: Request, waiting: Integers) -> LimitCheck:
        """What each limit says of the orders of ``request``."""
        return self.check(question_of(owners, request.orders, waiting, self._time, request.together))

    def check(self, question: Question) -> LimitCheck:
        """Every limit that the order touches and what it says of it."""
        return self._checker.evaluate(question)

    def passes(self, question: Question) -> bool:
        """Whether no limit refuses."""
        return self._checker.passes(question)

    def holdings(self, level: Level, account: int) -> OwnerHoldings:
        """What the account, its group or the firm holds."""
        who = self._state.book.accounts[account]
        name = who.name if level is Level.ACCOUNT else who.group if level is Level.GROUP else FIRM
        found = self._holdings.get((level, name))
        if found is None:
            members = self._membership.of(level, account)
            found = self._holdings[level, name] = OwnerHoldings(self._figures, name, members)
        return found

    def waiting(
        self, owners: Owners, name: str, working: Sequence[Strategy] | None, everywhere: AllWorking | None
    ) -> Integers:
        """Orders that work in an account, and behind them those that do in related ones, as `placed` has them.

        Args:
            owners: The account, and whom it belongs to.
            name: Its name.
            working: What works in the account; None where that is what ``everywhere`` has of it.
            everywhere: What works in all accounts.
        """
        own = self.working(name, owners.account, working_in(name, working, everywhere))
        if everywhere is None or not owners.are_several:
            return own
        found, row_of = [own], self._state.book.row
        for other, strategies in everywhere.everything():
            row = row_of(other)
            if row >= 0 and other != name:
                found.append(self.working(other, row, strategies))
        return np.concatenate(found) if len(found) > 1 else own

    def beside(self, owners: Owners, own: Integers, everywhere: AllWorking | None) -> Held[Beside]:
        """The same, added up in advance; valid until it is asked for again.

        Args:
            owners: The account, and whom it belongs to.
            own: Where the account's own orders go.
            everywhere: What works in all accounts.
        """
        if everywhere is None or not owners.are_several:
            return listed(own, self.exposures.classification.coding)
        return self._follow(everywhere)

    def _follow(self, everywhere: AllWorking) -> Held[Beside]:
        if self._places is None:
            self._places = self._no_places
            self._places.go_on_from(self._desk.places)
            self._desk.places = self._places
        return self._places.follow(everywhere)

    def working(self, name: str, account: int, strategies: Sequence[Strategy]) -> Integers:
        """Where the orders of an account go, as `engine.limit_request.placed` has them."""
        return self._placement.of(name, account, strategies)
