"""Live arrays for accounts of every rate set: those with arrays of their own have theirs made anew as well."""

import numpy as np
import pytest

from engine.book import Account, PositionBook
from engine.instruments import Universe
from engine.margin_terms import USUAL, terms_of
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import Arrays, ParametersInForce
from engine.span.conventions import named_convention
from engine.span.live import LivePricing
from engine.span.reading import read_parameters
from engine.state import Calculation, MarginStore
from feeds.clock import SystemClock
from terminal.live_margin import LiveMargin
from tests.engine.span.many_rate_sets import write_market

TERMS = (USUAL, terms_of("", "speculator", ""), terms_of("gross", "house member", ""))
ARRAYS = (1, 1, 5)


@pytest.fixture
def calculation(tmp_path):
    return Calculation.of(read_parameters(write_market(tmp_path / "market.spn")), named_convention("NSE"))


def quoted(parameters, universe, clock):
    """A market in which every price is a twentieth above the file's."""
    market = MarketBook(universe)
    for row, price in enumerate(parameters.contracts.price.tolist()):
        if price != NOT_COMPUTABLE:
            market.apply(row, price + price // 20, source=clock.wall_ns(), received=clock.monotonic_ns())
    return market.snapshot()


def test_every_account_is_margined_on_live_arrays_of_its_own_rate_set(calculation):
    parameters, clock = calculation.parameters, SystemClock()
    book = PositionBook(universe := Universe(parameters))
    option = next(row for row in range(len(parameters)) if str(parameters.contract(row)).startswith("SIM:ES:OOF"))
    for number, terms in enumerate(TERMS):
        book.set_account(Account(f"A{number}", "G", "USD", terms))
        book.set_position(number, option, 0, 100)
    snapshot, prices = book.snapshot(), quoted(parameters, universe, clock)
    on_exchange = MarginStore(calculation)
    on_exchange.update(snapshot, [0, 1, 2])
    live = LiveMargin(calculation, ParametersInForce("v", "SAMPLE", "20261120", "NSE", "f", "s"), clock, 10**12)
    assert live.update(Arrays.LIVE, prices)
    on_live = MarginStore(live.calculation)
    on_live.update(snapshot, [0, 1, 2])
    assert (on_live.requirement != on_exchange.requirement).any(axis=1).all()
    for terms, number in zip(TERMS, ARRAYS, strict=True):
        pricing = LivePricing(parameters, number)
        wanted = pricing.arrays(prices.price, pricing.volatilities(prices.price)).arrays.scenario
        assert np.array_equal(live.calculation.tables.table_of(terms).scenario, wanted)
