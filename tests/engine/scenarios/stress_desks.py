"""A desk on the bundled sample market, for tests of revaluation: futures and options of several currencies."""

from functools import cache
from pathlib import Path

from engine.book import Account, PositionBook
from engine.classification import Classification
from engine.instruments import Contract, Universe
from engine.margin_terms import USUAL
from engine.market import MarketBook
from engine.numbers import MONEY, RATIO
from engine.reference import read_reference
from engine.scenarios.model import ScenarioModel
from engine.snapshot import Lines
from engine.span.conventions import convention_of
from engine.span.reading import read_parameters
from engine.state import Calculation, DeskState, MarginStore, value_desk

SAMPLE = Path(__file__).parents[3] / "resources" / "sample"
LINES = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)
NOW = 10**12
CL, CL_NEXT, ES, DAX = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703", "SIM:ES:FUT:202703", "SIM:FDAX:FUT:202703"
ES_PUT, ES_CALL = "SIM:ES:OOF:202703:P:6000", "SIM:ES:OOF:202703:C:6400"


@cache
def calculation() -> Calculation:
    """The sample market, laid out."""
    parameters = read_parameters(SAMPLE / "market.spn")
    return Calculation.of(parameters, convention_of(parameters.origin.clearing_organisation))


@cache
def model() -> ScenarioModel:
    """What is needed for revaluation on it."""
    parameters = calculation().parameters
    reference = read_reference(SAMPLE / "reference.toml")
    return ScenarioModel(parameters, Classification.of(Universe(parameters), parameters, reference))


def price_of(contract: str) -> int:
    """Settlement price, price scale."""
    parameters = calculation().parameters
    return int(parameters.contracts.price[parameters.find(Contract.parse(contract))])


class StressDesk:
    """Books that a test fills; every contract is quoted at its settlement price unless it says otherwise."""

    def __init__(self) -> None:
        self.universe = Universe(calculation().parameters)
        self.book, self.market = PositionBook(self.universe), MarketBook(self.universe)

    def account(self, name, cash, positions, group="Group", currency="USD", terms=USUAL) -> int:
        """Add an account with ``cash`` in whole units and contracts marked at their settlement price."""
        row = self.book.set_account(Account(name, group, currency, terms))
        self.book.set_money(row, currency, cash * MONEY, 0)
        for contract, quantity in positions.items():
            column, price = self.universe.column(Contract.parse(contract)), 0
            if column < self.universe.listed:
                price = price_of(contract)
            self.book.set_position(row, column, max(0, quantity), max(0, -quantity), price, price)
        return row

    def state(self, quoted=True) -> DeskState:
        """The desk as of now."""
        prices = calculation().parameters.contracts.price
        if quoted:
            for column in range(len(prices)):
                self.market.apply(column, int(prices[column]), source=NOW, received=NOW)
        book = self.book.snapshot()
        store = MarginStore(calculation())
        store.update(book, list(range(len(book.accounts))))
        found = self.market.snapshot()
        fresh = found.fresh(NOW, NOW, 10**9)
        return value_desk(1, calculation(), book, store, found.price, fresh, found.received, NOW, LINES, True)
