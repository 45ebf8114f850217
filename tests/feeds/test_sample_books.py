"""Invented books: different names, plausible holdings, money sized from the exact margin, exact fills."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.span.requirement import margin
from feeds.sample_books import Holding, SampleAccount, SampleMarket, batch_of_accounts, make_accounts
from feeds.sample_names import sample_names
from feeds.sample_trading import fill, trade


def make(market: SampleMarket, seed: int = 1, accounts: int = 100) -> list[SampleAccount]:
    return make_accounts(market, np.random.default_rng(seed), accounts, 12, 20)


def risk_ratio(market: SampleMarket, account: SampleAccount) -> Fraction:
    """Requirement over equity in the account's own currency, computed for this account alone."""
    result = margin(market.table, batch_of_accounts(market.table, [account]))
    requirement = int(result.totals.requirement[0, result.currencies.index(account.currency)])
    return Fraction(requirement, sum(account.money[account.currency]))


def test_most_accounts_are_at_ease_some_near_their_limit_and_few_beyond(sample_market: SampleMarket) -> None:
    ratios = [risk_ratio(sample_market, account) for account in make(sample_market)]
    bands = Counter("beyond" if ratio > 1 else "near" if ratio >= Fraction(4, 5) else "at ease" for ratio in ratios)
    assert bands["beyond"] in (1, 2)
    assert 4 <= bands["near"] <= 10
    assert sum(Fraction(3, 10) <= ratio <= Fraction(3, 4) for ratio in ratios) > 80


def test_a_few_accounts_are_omnibus_accounts_with_longs_and_shorts_of_one_contract(sample_market: SampleMarket) -> None:
    omnibus = [account for account in make(sample_market) if account.terms.gross]
    assert 1 <= len(omnibus) <= 10
    assert all(any(each.long and each.short for each in account.holdings.values()) for account in omnibus)


def test_every_account_has_money_in_every_currency_it_trades(sample_market: SampleMarket) -> None:
    for account in make(sample_market):
        assert {sample_market.currency(row) for row in account.holdings} <= set(account.money)
        assert account.currency in account.money


def test_books_hold_outrights_calendars_options_and_cross_product_positions(sample_market: SampleMarket) -> None:
    contracts = sample_market.parameters.contracts
    accounts = make(sample_market)
    nets = [{row: holding.net for row, holding in account.holdings.items()} for account in accounts]
    futures = [{row: net for row, net in book.items() if not contracts.right[row]} for book in nets]
    assert sum(any(contracts.right[row] for row in book) for book in nets) > 50
    assert sum(any(book.get(row) == -book.get(row + 1, 0) for row in book) for book in futures) > 50
    assert sum(len({int(contracts.commodity[row]) for row in book}) > 1 for book in nets) > 50
    assert 15 <= np.mean([len(book) for book in nets]) <= 25


def test_the_same_seed_makes_the_same_books(sample_market: SampleMarket) -> None:
    assert make(sample_market, 5) == make(sample_market, 5)
    assert make(sample_market, 5) != make(sample_market, 6)


@given(st.integers(1, 3000), st.data())
def test_names_are_all_different_and_every_group_has_an_account(accounts: int, data: st.DataObject) -> None:
    groups = data.draw(st.integers(1, accounts))
    names = sample_names(accounts, groups, np.random.default_rng(3))
    assert len({name for name, _ in names}) == accounts
    assert len({group for _, group in names}) == groups
    assert all(len(name) <= 64 for pair in names for name in pair)


@given(st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(-1000, 1000)), max_size=30))
def test_no_trade_loses_or_makes_up_money(trades: list[tuple[int, int]]) -> None:
    """Realised and open profit together are what buying and selling at these prices brought."""
    holding, realised, paid, last = Holding(), 0, 0, 0
    for quantity, price in trades:
        realised += trade(holding, quantity, price)
        paid += quantity * price
        last = price
    opened = holding.long * (last - holding.long_price) + holding.short * (holding.short_price - last)
    # Average prices are rounded to a price unit: at most half of one a contract and trade.
    tolerance = sum(50 * 30 for _ in trades)
    assert abs(realised + opened - (holding.net * last - paid)) <= tolerance
    assert holding.net == sum(quantity for quantity, _ in trades)


def test_an_option_premium_is_paid_through_the_balance(sample_market: SampleMarket) -> None:
    row = next(shelf.options[0] for shelf in sample_market.shelves if shelf.options)
    currency = sample_market.currency(row)
    account = SampleAccount("acme", "group", currency, money={currency: (10**12, 5)})
    fill(sample_market, account, row, 3, 2 * 10**8)
    multiplier = Fraction(int(sample_market.parameters.contracts.multiplier[row]), 10**8)
    assert account.money[currency] == (10**12 - 6 * multiplier * 10**6, 5)
    assert account.holdings[row].long == 3


def test_closing_a_future_realises_its_profit(sample_market: SampleMarket) -> None:
    row = next(shelf.futures[0] for shelf in sample_market.shelves if shelf.futures)
    currency = sample_market.currency(row)
    account = SampleAccount("acme", "group", currency, money={currency: (7, 0)})
    fill(sample_market, account, row, 4, 100 * 10**8)
    fill(sample_market, account, row, -3, 102 * 10**8)
    multiplier = Fraction(int(sample_market.parameters.contracts.multiplier[row]), 10**8)
    assert account.money[currency] == (7, 6 * multiplier * 10**6)
    assert account.holdings[row] == Holding(1, 0, 100 * 10**8, 0, 0, long_today=1)
