"""Books of the sample exchange: accounts with outrights, calendars, options and cross-product positions.

Money is sized from the exact margin, so that most accounts use 30 to 75 % of their equity, some are near their limit
and one or two beyond it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.book import Positions
from engine.margin_terms import USUAL, MarginTerms
from engine.numbers import MONEY, MONEY_DECIMALS, NOT_COMPUTABLE, PRICE_DECIMALS, divide_half_away
from engine.span.arrays import Batch, SpanTable
from engine.span.parameters import PREMIUM_STYLE, ParameterSet
from engine.span.requirement import margin
from engine.state import batch_of
from engine.text import BadInputError, text
from feeds.sample_names import sample_names

CENT: Final = MONEY // 100
SMALLEST_EQUITY: Final = 10_000 * MONEY
LARGEST_QUANTITY: Final = 5_000
SHARES: Final = (0.3, 0.55, 0.7)
"""Outrights, calendars, cross-product positions and (the rest) options: where each share of the book ends."""
OPTION_DELTAS: Final = (0.08, 0.75)

Random = np.random.Generator


@dataclass(slots=True)
class Holding:
    """What an account holds of a contract. Contracts and price scale; ``intended`` is the net it keeps returning to.

    What was opened today is part of ``long`` and ``short``; the exchange opens with books of earlier days.
    """

    long: int = 0
    short: int = 0
    long_price: int = 0
    short_price: int = 0
    intended: int = 0
    long_today: int = 0
    short_today: int = 0

    @property
    def net(self) -> int:
        """Long less short."""
        return self.long - self.short


@dataclass(slots=True)
class SampleAccount:
    """An account: holdings by contract row, money (balance, profit; money scale) by currency, rows it trades in."""

    name: str
    group: str
    currency: str
    holdings: dict[int, Holding] = field(default_factory=dict)
    money: dict[str, tuple[int, int]] = field(default_factory=dict)
    tradable: tuple[int, ...] = ()
    terms: MarginTerms = USUAL


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to trade in one combined commodity: futures by period, and options near the money."""

    futures: tuple[int, ...]
    options: tuple[int, ...]
    linked: tuple[int, ...]
    """Other commodities with futures that spreads link to this one."""


class SampleMarket:
    """The tradable part of a parameter file.

    Raises:
        BadInputError: Nothing in it can be traded.
    """

    def __init__(self, parameters: ParameterSet, table: SpanTable) -> None:
        self.parameters = parameters
        self.table = table
        contracts, arrays = parameters.contracts, parameters.contracts.arrays[parameters.rate_set]
        self.scan = arrays.price_scan
        premium = np.array([family.valuation == PREMIUM_STYLE for family in parameters.families])
        self.is_premium = premium[contracts.family]
        usable = np.asarray(table.usable) & (contracts.commodity >= 0) & (arrays.price_scan > 0)
        usable &= (contracts.price != NOT_COMPUTABLE) & (contracts.price > 0)
        low, high = OPTION_DELTAS
        delta = np.abs(arrays.delta) / 10**6
        self._futures = usable & (contracts.right == 0) & ~self.is_premium
        self._options = usable & (contracts.right != 0) & (delta >= low) & (delta <= high)
        self.shelves = [shelf for shelf in self._shelves() if shelf.futures or shelf.options]
        if not self.shelves:
            raise BadInputError(
                parameters.origin.file,
                text("no contract of the file has a price and a scan range"),
                text("choose a file with prices and risk arrays"),
            )

    def currency(self, row: int) -> str:
        """Currency that a contract is priced in."""
        family = int(self.parameters.contracts.family[row])
        return self.parameters.families[family].currency

    def value(self, row: int, amount: int) -> int:
        """Money scale: what ``amount`` (price x contracts, price scale) is worth, exact but for the last rounding."""
        scale = 10 ** (2 * PRICE_DECIMALS - MONEY_DECIMALS)
        return int(divide_half_away(amount * int(self.parameters.contracts.multiplier[row]), scale))

    def _shelves(self) -> Iterator[Shelf]:
        commodity = self.parameters.contracts.commodity
        place = {one.code: number for number, one in enumerate(self.parameters.commodities)}
        links: dict[int, set[int]] = {number: set() for number in place.values()}
        for spread in self.parameters.inter_spreads:
            legs = {place[leg.commodity] for leg in spread.legs if leg.commodity in place}
            for leg in legs:
                links[leg] |= legs - {leg}
        traded = [tuple(np.flatnonzero(self._futures & (commodity == number)).tolist()) for number in range(len(place))]
        for number, futures in enumerate(traded):
            options = np.flatnonzero(self._options & (commodity == number)).tolist()
            linked = tuple(traded[other][0] for other in sorted(links[number]) if traded[other])
            yield Shelf(futures, tuple(options), linked)


def make_accounts(
    market: SampleMarket, random: Random, accounts: int, groups: int, positions: int
) -> list[SampleAccount]:
    """Accounts with books and money.

    Args:
        market: What can be traded.
        random: Decides everything.
        accounts: How many.
        groups: How many groups they belong to.
        positions: Contracts an account holds, on average.
    """
    names = sample_names(accounts, groups, random)
    made = [SampleAccount(name, group, "") for name, group in names]
    for account in made:
        _Builder(market, random, account, positions).build()
    _fund(market, random, made, _ratios(len(made), random))
    return made


def fund_alike(market: SampleMarket, random: Random, accounts: Sequence[SampleAccount], ratio: float) -> None:
    """Give every account the money that makes ``ratio`` its risk ratio."""
    _fund(market, random, accounts, np.full(len(accounts), ratio))


class _Builder:
    """Fills the book of one account, strategy by strategy."""

    def __init__(self, market: SampleMarket, random: Random, account: SampleAccount, positions: int) -> None:
        self._market = market
        self._random = random
        self._account = account
        self._wanted = max(1, round(positions * random.uniform(0.6, 1.4)))
        self._size = float(random.lognormal(11.5, 0.9)) * MONEY
        homes = min(len(market.shelves), 1 + int(random.geometric(0.45)) + positions // 15)
        popularity = 0.85 ** random.permutation(len(market.shelves))
        chosen = random.choice(len(market.shelves), homes, replace=False, p=popularity / popularity.sum())
        self._shelves = [market.shelves[place] for place in chosen.tolist()]

    def build(self) -> None:
        strategies: tuple[Callable[[Shelf], None], ...] = (self._outright, self._calendar, self._cross, self._options)
        holdings = self._account.holdings
        for _ in range(8 * self._wanted):
            if len(holdings) >= self._wanted:
                break
            shelf = self._shelves[self._any(len(self._shelves))]
            strategies[bisect(SHARES, self._random.random())](shelf)
        self._account.tradable = tuple(row for shelf in self._shelves for row in shelf.futures + shelf.options)
        while not holdings:
            self._hold(self._account.tradable[0], 1)
        if self._random.random() < 0.1:
            self._make_gross()

    def _outright(self, shelf: Shelf) -> None:
        if shelf.futures:
            row = shelf.futures[self._early(len(shelf.futures))]
            self._hold(row, self._side() * self._quantity(row))

    def _calendar(self, shelf: Shelf) -> None:
        if len(shelf.futures) > 1:
            near = self._early(len(shelf.futures) - 1)
            quantity = self._side() * self._quantity(shelf.futures[near])
            self._hold(shelf.futures[near], quantity)
            self._hold(shelf.futures[near + 1], -quantity)

    def _cross(self, shelf: Shelf) -> None:
        if shelf.futures and shelf.linked:
            own = shelf.futures[self._early(len(shelf.futures))]
            other = shelf.linked[self._any(len(shelf.linked))]
            side = self._side()
            self._hold(own, side * self._quantity(own))
            self._hold(other, -side * self._quantity(other))

    def _options(self, shelf: Shelf) -> None:
        """A short or long option, often with a second one, so that strangles and spreads come about."""
        if shelf.options:
            side = 1 if self._random.random() < 0.3 else -1
            for _ in range(1 + self._any(2)):
                row = shelf.options[self._any(len(shelf.options))]
                self._hold(row, side * self._quantity(row))
                side = side if self._random.random() < 0.5 else -side

    def _any(self, count: int) -> int:
        return int(self._random.random() * count)

    def _early(self, count: int) -> int:
        """A place among ``count`` periods, near ones more often."""
        return min(count - 1, int(self._random.geometric(0.5)) - 1)

    def _side(self) -> int:
        return 1 if self._random.random() < 0.5 else -1

    def _quantity(self, row: int) -> int:
        """Contracts whose scan risk is about the account's size."""
        scan = float(self._market.scan[row])
        return max(1, min(LARGEST_QUANTITY, round(self._size * float(self._random.lognormal(0, 0.5)) / scan)))

    def _hold(self, row: int, quantity: int) -> None:
        """Open a position at the file's price, unless the contract is held already."""
        price = int(self._market.parameters.contracts.price[row])
        fresh = Holding(quantity, 0, price, 0, quantity) if quantity > 0 else Holding(0, -quantity, 0, price, quantity)
        self._account.holdings.setdefault(row, fresh)

    def _make_gross(self) -> None:
        """Keep both sides open in the first contract, as some markets do; omnibus accounts are margined gross."""
        row, holding = next(iter(self._account.holdings.items()))
        price = int(self._market.parameters.contracts.price[row])
        holding.long, holding.short = holding.long + 2, holding.short + 2
        holding.long_price = holding.short_price = price
        if len(self._account.holdings) % 2:
            self._account.terms = MarginTerms(gross=True)


def _fund(
    market: SampleMarket, random: Random, accounts: Sequence[SampleAccount], ratios: npt.NDArray[np.float64]
) -> None:
    """Give every account the money that makes its risk ratio what it is meant to be."""
    result = margin(market.table, batch_of_accounts(market.table, accounts))
    # Buyers of options need little margin or none, but nobody gives them an account without cash.
    funded = np.maximum(result.totals.requirement, result.totals.risk // 4).tolist()
    for account, ratio, row in zip(accounts, ratios.tolist(), funded, strict=True):
        required = dict(zip(result.currencies, row, strict=True))
        traded = {market.currency(contract) for contract in account.holdings}
        account.currency = max(sorted(traded), key=lambda currency: required.get(currency, 0))
        for currency in sorted(traded | {currency for currency in required if required[currency]}):
            equity = round(required.get(currency, 0) / ratio) or SMALLEST_EQUITY
            profit = round(equity * random.uniform(-0.03, 0.03)) // CENT * CENT
            account.money[currency] = (equity // CENT * CENT - profit, profit)


def batch_of_accounts(table: SpanTable, accounts: Sequence[SampleAccount]) -> Batch:
    """What the accounts hold, as the margin calculation takes it."""
    held = [(row, account.holdings[row]) for account in accounts for row in sorted(account.holdings)]
    figures = [(row, each.long, each.short, each.long_price, each.short_price) for row, each in held]
    columns = np.array(figures, dtype=np.int64).reshape(-1, 5).T
    starts = np.cumsum([0, *(len(account.holdings) for account in accounts)], dtype=np.int64)
    gross = np.array([account.terms.gross for account in accounts], dtype=np.bool_)
    return batch_of(table, Positions(starts, *np.ascontiguousarray(columns)), gross)[0]


def _ratios(count: int, random: Random) -> npt.NDArray[np.float64]:
    """Risk ratios meant for ``count`` accounts: most at ease, some near their limit, one or two beyond."""
    ratios = random.uniform(0.30, 0.75, count)
    near, beyond = max(1, count // 16), 1 if count < 50 else 2
    ratios[:near] = random.uniform(0.80, 0.99, near)
    ratios[near : near + beyond] = random.uniform(1.02, 1.12, beyond)
    return random.permutation(ratios)
