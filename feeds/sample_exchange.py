"""The sample exchange: simulated time in small steps, each of which moves prices and fills orders.

Steps, not the clock, decide what happens: the same parameters, options and seed give the same stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace

from engine.numbers import NOT_COMPUTABLE, Integers
from engine.span.arrays import SpanTable
from engine.span.conventions import Convention
from engine.span.parameters import ParameterSet
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.messages import Quote
from feeds.publisher import Publisher
from feeds.random_walk import RandomWalk
from feeds.sample_books import SampleAccount, SampleMarket, fund_alike, make_accounts
from feeds.sample_exercise import Event, Jump, Loss, Walk
from feeds.sample_orders import Rules, SampleOrder, SampleOrders, Touch
from feeds.sample_scene import SampleScene
from feeds.sample_trading import Closes, choose_trade, fill

STEP: Final = 20 * MILLISECOND
MOST_QUOTED: Final = 20_000
FUTURES_SHARE: Final = 4
"""How much more often a future is quoted than an option."""
USUAL_PACE: Final = 1_000
"""Thousandths: simulated time that prices walk by, of the time that passes."""
AT_EASE: Final = 0.5
"""Risk ratio that the accounts of a book without money start with."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large and how busy the exchange is; rates are a second of simulated time.

    Where it is ``still``, prices are quoted all the time and do not move until they are told to.
    """

    accounts: int = 200
    groups: int = 25
    positions: int = 20
    quotes: int = 2_000
    fills: int = 5
    seed: int = 1
    still: bool = False


class SampleExchange:
    """Accounts, prices and trades, published as they change. One thread.

    Args:
        parameters: Any parameter file.
        convention: How its margin is rounded.
        size: How large and how busy.
        publisher: Where everything goes.
        clock: Stamps quotes; decides nothing.
        rules: How orders are treated.
        scene: Accounts that come as well; what they trade is their own affair.
        book: Accounts to open with in place of invented ones; they are given money here.

    Attributes:
        orders: Orders that arrive from outside; `step` does not fill them, `feeds.order_server` does.

    Raises:
        BadInputError: Nothing in the file can be traded.
    """

    def __init__(
        self,
        parameters: ParameterSet,
        convention: Convention,
        size: Size,
        publisher: Publisher,
        clock: Clock,
        rules: Rules | None = None,
        scene: SampleScene | None = None,
        book: Sequence[SampleAccount] = (),
    ) -> None:
        # Streams of chance of their own: more quotes do not change the fills.
        books, walk, quotes, fills = np.random.default_rng(size.seed).spawn(4)
        self._size = size
        self._publisher = publisher
        self._clock = clock
        self._parameters = parameters
        self._market = SampleMarket(parameters, SpanTable(parameters, convention))
        self.accounts = list(book) or make_accounts(self._market, books, size.accounts, size.groups, size.positions)
        if book:
            fund_alike(self._market, books, self.accounts, AT_EASE)
        self._own, self._copied = len(self.accounts), bool(book)
        if scene is not None:
            listed = {str(parameters.contract(row)): row for row in range(len(parameters))}
            self.accounts = [*self.accounts, *scene.visitors(listed)]
        self._walk = RandomWalk(parameters, walk)
        self._quote_random, self._fill_random = quotes, fills
        self.quoted = self._choose_quoted()
        self._identities = {row: str(parameters.contract(row)) for row in self.quoted.tolist()}
        weight = np.where(parameters.contracts.right[self.quoted] == 0, FUTURES_SHARE, 1)
        self._cycle = quotes.permutation(np.repeat(self.quoted, weight))
        self._place = 0
        self._pace = 0 if size.still else USUAL_PACE
        self._steps = self._quotes_sent = self._fills_done = 0
        rows = {identity: row for row, identity in self._identities.items()}
        named = {account.name: account for account in self.accounts}
        rules = rules or Rules()
        self._limit_down = {rows[name]: price for name, price in rules.limit_down.items() if name in rows}
        self.orders = SampleOrders(named, rows, self._touch, self._trade, clock, rules, self._publish_working)

    def open(self) -> None:
        """Publish every account and every price."""
        publisher = self._publisher
        for account in self.accounts:
            publisher.set_account(account.name, account.group, account.currency, account.terms)
            for row in account.holdings:
                self._publish_position(account, row)
            for currency in account.money:
                publisher.set_money(account.name, currency, *account.money[currency])
        self._quote(self.quoted)

    def step(self) -> None:
        """Let one `STEP` of simulated time pass."""
        self._steps += 1
        if self._pace:
            self._walk.step(STEP / SECOND * self._pace / USUAL_PACE)
        elapsed = self._steps * STEP
        due = self._size.quotes * elapsed // SECOND - self._quotes_sent
        self._quotes_sent += due
        if due:
            self._quote(np.take(self._cycle, range(self._place, self._place + due), mode="wrap"))
            self._place = (self._place + due) % len(self._cycle)
        due = self._size.fills * elapsed // SECOND - self._fills_done
        self._fills_done += due
        for _ in range(due):
            self._fill()

    def happen(self, event: Event) -> None:
        """Let an event of an exercise happen."""
        match event:
            case Loss():
                self.lose(event.account, event.currency, event.amount)
            case Walk():
                self._pace = event.pace
            case Jump():
                self._jump(event.contract, event.price)

    def _jump(self, contract: str, price: int) -> None:
        """Bring a contract to a price, and quote at once what moves with it; nothing happens where it is not quoted."""
        row = next((row for row, identity in self._identities.items() if identity == contract), None)
        if row is not None:
            self._walk.jump(row, price)
            commodity = self._parameters.contracts.commodity
            self._quote(self.quoted[commodity[self.quoted] == commodity[row]])

    def lose(self, account: str, currency: str, amount: int) -> None:
        """Take money away from an account, and publish what is left; nothing happens where there is no such account."""
        found = next((each for each in self.accounts if each.name == account), None)
        if found is None:
            return
        balance, profit = found.money.get(currency, (0, 0))
        found.money[currency] = balance - amount, profit
        self._publisher.set_money(account, currency, *found.money[currency])

    def _choose_quoted(self) -> Integers:
        """Rows to quote: what is held or tradable first, then whatever else has a price, as far as there is room."""
        contracts = self._parameters.contracts
        first = {row for account in self.accounts for row in (*account.holdings, *account.tradable)}
        priced = contracts.price != NOT_COMPUTABLE
        priced[list(first)] = False
        delta = np.abs(contracts.arrays[self._parameters.rate_set].delta)
        others = np.flatnonzero(priced)
        by_interest = others[np.argsort(np.abs(delta[others] - 500_000), kind="stable")]
        futures_first = by_interest[np.argsort(contracts.right[by_interest] != 0, kind="stable")]
        # Of a copied book nothing is traded but what it holds.
        room = max(0, MOST_QUOTED - len(first)) if not self._copied else 0
        return np.sort(np.concatenate((np.array(sorted(first), dtype=np.int64), futures_first[:room])))

    def _quote(self, rows: Integers) -> None:
        """Publish the present prices of contracts, one tick to each side of the middle."""
        wall = self._clock.wall_ns()
        prices, ticks = self._walk.prices(rows), self._walk.ticks(rows)
        is_option = self._parameters.contracts.right[rows] != 0
        bids = np.where(is_option, np.maximum(prices - ticks, 0), prices - ticks)
        quantities = self._quote_random.integers(1, 200, (2, len(rows))).tolist()
        columns = (rows.tolist(), prices.tolist(), bids.tolist(), (prices + ticks).tolist(), *quantities)
        quotes = [
            Quote(self._identities[row], price, bid, ask, bid_quantity, ask_quantity, wall)
            for row, price, bid, ask, bid_quantity, ask_quantity in zip(*columns, strict=True)
        ]
        if self._limit_down:
            quotes = [self._without_bid(row, quote) for row, quote in zip(columns[0], quotes, strict=True)]
        self._publisher.publish_quotes(quotes)

    def _without_bid(self, row: int, quote: Quote) -> Quote:
        """What stands at its lower price limit is offered there, and nobody bids."""
        price = self._limit_down.get(row)
        return quote if price is None else replace(quote, price=price, bid=None, ask=price, bid_quantity=0)

    def _fill(self) -> None:
        """Let some account trade at the present price."""
        account = self.accounts[int(self._fill_random.integers(self._own))]
        row, quantity = choose_trade(account, self._fill_random)
        self._trade(account, row, quantity, int(self._walk.prices(np.array([row]))[0]))

    def _touch(self, row: int) -> Touch:
        """One tick to each side of the middle, as it is quoted."""
        rows = np.array([row])
        price, tick = int(self._walk.prices(rows)[0]), int(self._walk.ticks(rows)[0])
        is_option = bool(self._parameters.contracts.right[row])
        return Touch(max(price - tick, 0) if is_option else price - tick, price + tick)

    def _trade(
        self, account: SampleAccount, row: int, quantity: int, price: int, closes: Closes = Closes.EARLIEST_FIRST
    ) -> None:
        """Let an account buy (positive) or sell, and publish what it then holds."""
        fill(self._market, account, row, quantity, price, closes)
        self._publish_position(account, row)
        currency = self._market.currency(row)
        self._publisher.set_money(account.name, currency, *account.money[currency])

    def _publish_working(self, order: SampleOrder) -> None:
        new = order.order
        left = order.left if new.side == "buy" else -order.left
        self._publisher.set_working(new.account, new.identity, new.contract, left, new.effect != "open")

    def _publish_position(self, account: SampleAccount, row: int) -> None:
        holding = account.holdings[row]
        self._publisher.set_position(
            account.name,
            self._identities[row],
            holding.long,
            holding.short,
            holding.long_price if holding.long else None,
            holding.short_price if holding.short else None,
            (holding.long_today, holding.short_today),
        )
