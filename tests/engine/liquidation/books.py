"""Accounts in trouble on the bundled sample market, for tests of forced closes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.book import Account, PositionBook
from engine.instruments import Contract, Universe
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Execution
from engine.liquidation.trading_cost import TradingCost
from engine.margin_terms import USUAL
from engine.market import MarketBook
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.snapshot import Lines
from engine.span.conventions import convention_of
from engine.span.reading import read_parameters
from engine.state import Calculation, DeskState, MarginStore, value_desk
from tests.bench.large_books import SAMPLE

LINES = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)
TARGET = RATIO * 9 // 10
NOW = 10**12


@dataclass(frozen=True)
class Market:
    """The sample market laid out; made once."""

    calculation: Calculation
    futures: tuple[str, ...]
    options: tuple[str, ...]


def sample_market() -> Market:
    parameters = read_parameters(SAMPLE)
    calculation = Calculation.of(parameters, convention_of(parameters.origin.clearing_organisation))
    usable = np.flatnonzero(calculation.table.usable)
    usable = usable[parameters.contracts.price[usable] > 0]
    right = parameters.contracts.right[usable]
    named = {
        flag: tuple(str(parameters.contract(row)) for row in usable[(right > 0) == flag]) for flag in (False, True)
    }
    return Market(calculation, named[False], named[True])


@dataclass(frozen=True)
class Trouble:
    """An account of some positions, with equity so that its risk ratio is ``ratio``."""

    market: Market
    positions: dict[str, int]
    ratio: float = 1.3
    terms: object = USUAL
    unquoted: frozenset[str] = frozenset()
    today: tuple[tuple[str, tuple[int, int]], ...] = ()
    """What was opened today of both sides, by contract."""

    @cached_property
    def universe(self) -> Universe:
        return Universe(self.market.calculation.parameters)

    def state(self) -> DeskState:
        calculation, universe = self.market.calculation, self.universe
        book, quotes = PositionBook(universe), MarketBook(universe)
        row = book.set_account(Account("A", "Group", "USD", self.terms))
        contracts = calculation.parameters.contracts
        for name, quantity in self.positions.items():
            column = universe.column(Contract.parse(name))
            price = int(contracts.price[column]) if column < len(contracts) else 100
            sides = (max(0, quantity), max(0, -quantity))
            book.set_position(row, column, *sides, price, price, dict(self.today).get(name))
        for column in range(len(contracts)):
            if str(universe.contract(column)) not in self.unquoted:
                quotes.apply(column, int(contracts.price[column]), source=NOW, received=NOW)
        margin = self._margin(book, calculation)
        book.set_money(row, "USD", max(MONEY, round(margin / self.ratio)), 0)
        return _valued(calculation, book, quotes)

    @staticmethod
    def _margin(book: PositionBook, calculation: Calculation) -> int:
        store = MarginStore(calculation)
        store.update(book.snapshot(), [0])
        return int(store.requirement[0].max())

    def closing(self, execution: Execution | None = None, **known) -> Closing:
        """Ready to be planned; daily volume 20,000 unless told."""
        state = self.state()
        known = {"daily_volume": np.full(len(state.price), 20_000), **known}
        trading = TradingCost.of(state, **known)
        return Closing(state, self.universe, "A", trading, execution or Execution(TARGET))

    def column(self, name: str) -> int:
        return self.universe.find(Contract.parse(name))

    def unknown(self) -> np.ndarray:
        return np.full(len(self.market.calculation.parameters), NOT_COMPUTABLE, dtype=np.int64)


def _valued(calculation: Calculation, book: PositionBook, quotes: MarketBook) -> DeskState:
    snapshot, prices = book.snapshot(), quotes.snapshot()
    store = MarginStore(calculation)
    store.update(snapshot, [0])
    fresh = prices.fresh(NOW, NOW, 10**9)
    return value_desk(1, calculation, snapshot, store, prices.price, fresh, prices.received, NOW, LINES, True)
