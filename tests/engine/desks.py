"""A small desk on small parameters, for tests of valuation, detail and what-if."""

from dataclasses import dataclass, field

from engine.book import Account, PositionBook
from engine.instruments import Contract, Universe
from engine.margin_terms import USUAL
from engine.market import MarketBook
from engine.numbers import MONEY, PRICE, RATIO
from engine.snapshot import Lines
from engine.span.conventions import convention_of
from engine.span.parameters import ParameterSet
from engine.state import Calculation, DeskState, MarginStore, value_desk
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)

LINES = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)
NOW = 10**12
LIMIT = 10**9
JUNE, JULY, CALL = "X:A:FUT:202606", "X:A:FUT:202607", "X:A:OOP:202606:C:100"
EURO = "X:E:FUT:202606"


def small_parameters(factors=(), **more) -> ParameterSet:
    """Futures A (USD, multiplier 10, price scan 300) with a call, futures E (EUR); 1 EUR = 1.25 USD.

    ``factors`` are the adjRates of A: r, baseR and val of each.
    """
    call = SmallContract("202606", linear(120), "0.4", "7", "C", "100")
    futures = tuple(SmallContract(month, linear(300), price="100") for month in ("202606", "202607"))
    spread = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    contracts = (*futures, call)
    first = SmallCommodity("A", contracts, multiplier="10", minimum="20", spreads=(spread,), factors=factors)
    euro = SmallCommodity("E", (SmallContract("202606", linear(500), price="50"),), multiplier="10", currency="EUR")
    return parameters_of(SmallMarket("NSE", (first, euro), conversions=(("EUR", "USD", "1.25"),), **more))


@dataclass
class SmallDesk:
    """Books that a test fills, and the state made of them."""

    parameters: ParameterSet = field(default_factory=small_parameters)

    def __post_init__(self):
        self.universe = Universe(self.parameters)
        self.book = PositionBook(self.universe)
        self.market = MarketBook(self.universe)
        self.calculation = Calculation.of(self.parameters, convention_of("NSE"))

    def account(self, name, cash=None, currency="USD", terms=USUAL):
        """Add an account; ``cash`` in whole units of its currency."""
        row = self.book.set_account(Account(name, "Group", currency, terms))
        if cash is not None:
            self.book.set_money(row, currency, cash * MONEY, 0)
        return row

    def hold(self, row, contract, quantity, at=100):
        """Give an account a position marked at a price."""
        column = self.universe.column(Contract.parse(contract))
        price = at * PRICE
        self.book.set_position(row, column, max(0, quantity), max(0, -quantity), price, price)

    def hold_both(self, row, contract, long, short, at=100):
        """Give an account both sides of a contract, marked at a price."""
        column = self.universe.column(Contract.parse(contract))
        self.book.set_position(row, column, long, short, at * PRICE, at * PRICE)

    def quote(self, contract, price, age=0):
        """Quote a contract ``age`` nanoseconds before now."""
        column = self.universe.column(Contract.parse(contract))
        self.market.apply(column, round(price * PRICE), source=NOW - age, received=NOW - age)

    def quote_all(self, age=0):
        """Quote every contract at its settlement price."""
        for row in range(len(self.parameters)):
            price = int(self.parameters.contracts.price[row])
            self.market.apply(row, price, source=NOW - age, received=NOW - age)

    def state(self, authoritative=True) -> DeskState:
        """The desk as of now."""
        book = self.book.snapshot()
        store = MarginStore(self.calculation)
        store.update(book, list(range(len(book.accounts))))
        prices = self.market.snapshot()
        fresh = prices.fresh(NOW, NOW, LIMIT)
        return value_desk(
            1, self.calculation, book, store, prices.price, fresh, prices.received, NOW, LINES, authoritative
        )


def money(units) -> int:
    """Units of money in money scale."""
    return round(units * MONEY)


def sentences_of(state: DeskState, row: int) -> list[str]:
    """Reasons of an account, in English."""
    return [str(reason) for reason in state.accounts.reasons.get(row, ())]
