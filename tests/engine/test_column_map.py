"""Books carried over from one universe to the next hold the same things under other columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.book import Account, PositionBook
from engine.column_map import ColumnMap
from engine.instruments import Contract, Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE

CONTRACTS = tuple(Contract("X", product, "FUT", f"2026{month:02d}") for product in "AB" for month in range(1, 7))


class Listing:
    """A parameter set that lists the contracts given, in their order."""

    def __init__(self, contracts):
        self._contracts = tuple(contracts)

    def __len__(self):
        return len(self._contracts)

    def find(self, contract):
        return self._contracts.index(contract) if contract in self._contracts else -1

    def contract(self, row):
        return self._contracts[row]


LISTINGS = st.lists(st.sampled_from(CONTRACTS), unique=True).map(Listing)
HOLDINGS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.sampled_from(CONTRACTS)),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 99), st.integers(1, 99)),
)
QUOTES = st.dictionaries(st.sampled_from(CONTRACTS), st.integers(1, 99))


def step(before, listing):
    """The universe of ``listing`` and what leads there from ``before``."""
    rows = [listing.find(before.contract(column)) for column in range(before.listed)]
    return ColumnMap(before, Universe(listing), np.array(rows, dtype=np.int64))


def book_of(universe, holdings):
    book = PositionBook(universe)
    for number in range(4):
        book.set_account(Account(f"A{number}", "G", "USD"))
    for (account, contract), figures in holdings.items():
        book.set_position(account, universe.column(contract), *figures)
    return book


def held(book):
    """{(row of the account, contract): figures} of all that is not flat."""
    positions = book.snapshot().positions
    figures = np.stack((positions.long, positions.short, positions.long_price, positions.short_price)).T.tolist()
    accounts = np.repeat(np.arange(len(positions)), np.diff(positions.starts)).tolist()
    contracts = [book.universe.contract(column) for column in positions.columns.tolist()]
    return {
        (account, contract): tuple(figure)
        for account, contract, figure in zip(accounts, contracts, figures, strict=True)
        if figure[0] or figure[1]
    }


def without_flat(holdings):
    return {key: figures for key, figures in holdings.items() if figures[0] or figures[1]}


@given(LISTINGS, LISTINGS, HOLDINGS, HOLDINGS)
def test_a_remapped_book_holds_the_same_positions_by_identity(first, second, early, late):
    book = book_of(Universe(first), early)
    book.snapshot()
    for (account, contract), figures in late.items():
        book.set_position(account, book.universe.column(contract), *figures)
    columns = step(book.universe, second)
    assert held(book.remapped(columns)) == without_flat(early | late)


@given(LISTINGS, LISTINGS, HOLDINGS)
def test_columns_ascend_within_each_account_of_a_remapped_book(first, second, holdings):
    book = book_of(Universe(first), holdings)
    positions = book.remapped(step(book.universe, second)).snapshot().positions
    assert len(positions) == 4
    for account in range(4):
        assert (np.diff(positions.of(account).columns) > 0).all()


@given(LISTINGS, LISTINGS, HOLDINGS)
def test_a_remapped_book_goes_on_as_the_old_one_would(first, second, holdings):
    book = book_of(Universe(first), holdings)
    after = book.remapped(step(book.universe, second))
    for each in (book, after):
        each.set_position(0, each.universe.column(CONTRACTS[0]), 5, 0, 7, 7)
        each.set_position(3, each.universe.column(CONTRACTS[1]), 0, 0)
    assert held(after) == held(book)


@given(LISTINGS, LISTINGS, HOLDINGS)
def test_there_and_back_again_is_the_same_book(first, second, holdings):
    book = book_of(Universe(first), holdings)
    there = book.remapped(step(book.universe, second))
    assert held(there.remapped(step(there.universe, first))) == without_flat(holdings)


def test_the_old_book_stays_as_it_is():
    book = book_of(Universe(Listing(CONTRACTS[:2])), {(0, CONTRACTS[0]): (5, 0, 7, 7)})
    before = book.snapshot()
    after = book.remapped(step(book.universe, Listing(CONTRACTS[1:])))
    after.set_position(0, after.universe.column(CONTRACTS[0]), 6, 0, 7, 7)
    after.set_account(Account("new", "G", "USD"))
    assert book.snapshot() is before
    assert before.row("new") == -1
    assert held(book) == {(0, CONTRACTS[0]): (5, 0, 7, 7)}


def test_accounts_money_and_those_gone_are_carried_over():
    book = book_of(Universe(Listing(CONTRACTS)), {})
    book.set_money(1, "USD", 500, -20)
    book.set_money(2, "EUR", 7, 8)
    book.remove_account(3)
    before = book.snapshot()
    after = book.remapped(step(book.universe, Listing(CONTRACTS[:1])))
    snapshot = after.snapshot()
    assert snapshot.accounts == before.accounts
    assert (snapshot.row("A1"), snapshot.row("A3")) == (1, -1)
    assert (snapshot.money.balance == before.money.balance).all()
    assert (snapshot.money.profit == before.money.profit).all()
    assert snapshot.version > before.version
    assert after.take_touched() == [0, 1, 2, 3]


def test_a_held_contract_that_is_gone_lies_beyond_the_listed_ones():
    book = book_of(Universe(Listing(CONTRACTS)), {(0, CONTRACTS[4]): (1, 0, 7, 7)})
    after = book.remapped(step(book.universe, Listing(CONTRACTS[:2])))
    assert after.snapshot().positions.columns.tolist() == [2]
    assert (len(after.universe), after.universe.listed) == (3, 2)


def quotes(market, universe):
    prices = market.snapshot()
    columns = np.flatnonzero(prices.price != NOT_COMPUTABLE).tolist()
    return {
        universe.contract(column): (int(prices.price[column]), int(prices.source[column]), int(prices.received[column]))
        for column in columns
    }


@given(LISTINGS, LISTINGS, HOLDINGS, QUOTES)
def test_a_remapped_market_has_the_quotes_of_what_is_listed_or_held(first, second, holdings, prices):
    universe = Universe(first)
    book, market = book_of(universe, holdings), MarketBook(universe)
    for contract, price in prices.items():
        market.apply(universe.column(contract), price, source=price + 1, received=price + 2)
    columns = step(universe, second)
    known = {contract for _, contract in held(book.remapped(columns))}
    expected = {
        contract: (price, price + 1, price + 2)
        for contract, price in prices.items()
        if second.find(contract) >= 0 or contract in known
    }
    assert quotes(market.remapped(columns), columns.after) == expected


def test_an_older_quote_never_replaces_a_remapped_one():
    universe = Universe(Listing(CONTRACTS))
    market = MarketBook(universe)
    market.apply(3, 50, source=10, received=11)
    columns = step(universe, Listing(CONTRACTS[2:]))
    after = market.remapped(columns)
    assert not after.apply(1, 40, source=9, received=12)
    assert after.apply(1, 60, source=10, received=12)
