from engine.instruments import Contract, Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from tests.engine.test_book import NoContracts


def market_of(count):
    universe = Universe(NoContracts())
    for month in range(1, count + 1):
        universe.column(Contract("X", "A", "FUT", f"2026{month:02d}"))
    return MarketBook(universe)


def test_a_contract_without_a_quote_has_no_price():
    assert market_of(2).snapshot().price.tolist() == [NOT_COMPUTABLE] * 2


def test_an_older_quote_never_replaces_a_newer_one():
    market = market_of(1)
    assert market.apply(0, 100, source=20, received=21)
    assert not market.apply(0, 90, source=19, received=22)
    assert market.snapshot().price.tolist() == [100]


def test_a_snapshot_does_not_change_with_later_quotes():
    market = market_of(1)
    market.apply(0, 100, source=1, received=1)
    before = market.snapshot()
    market.apply(0, 200, source=2, received=2)
    assert before.price.tolist() == [100]


def test_a_price_is_stale_by_arrival_or_by_its_source():
    market = market_of(3)
    market.apply(0, 1, source=1000, received=100)
    market.apply(1, 1, source=1000, received=80)
    market.apply(2, 1, source=900, received=100)
    assert market.snapshot().fresh(monotonic=110, wall=1010, limit=20).tolist() == [True, False, False]


def test_a_contract_met_later_gets_its_place():
    market = market_of(1)
    column = market.universe.column(Contract("X", "B", "FUT", "202612"))
    assert len(market.snapshot().price) == 2
    market.apply(column, 7, source=1, received=1)
    assert market.snapshot().price[column] == 7
