"""Fills of the sample exchange: what a trade does to a holding and to the account's money. Exact integers."""

from __future__ import annotations

import numpy as np

from engine.numbers import divide_half_away
from feeds.sample_books import Holding, SampleAccount, SampleMarket

NEW_CONTRACT = 0.2


def fill(market: SampleMarket, account: SampleAccount, row: int, quantity: int, price: int) -> None:
    """Let ``account`` buy (positive) or sell contracts.

    Closing realises profit or loss; a premium-style option is paid for at once, through the balance.

    Args:
        market: Values prices.
        account: Changed in place.
        row: Contract.
        quantity: Signed contracts.
        price: Price scale.
    """
    holding = account.holdings.setdefault(row, Holding())
    realised = trade(holding, quantity, price)
    currency = market.currency(row)
    balance, profit = account.money.get(currency, (0, 0))
    if market.is_premium[row]:
        balance -= market.value(row, quantity * price)
    else:
        profit += market.value(row, realised)
    account.money[currency] = (balance, profit)


def trade(holding: Holding, quantity: int, price: int) -> int:
    """Close what is open on the other side, open the rest at the average price; returns price x contracts realised."""
    if quantity > 0:
        closed = min(quantity, holding.short)
        realised = (holding.short_price - price) * closed
        holding.short -= closed
        opened = quantity - closed
        holding.long_price = _average(holding.long, holding.long_price, opened, price)
        holding.long += opened
    else:
        closed = min(-quantity, holding.long)
        realised = (price - holding.long_price) * closed
        holding.long -= closed
        opened = -quantity - closed
        holding.short_price = _average(holding.short, holding.short_price, opened, price)
        holding.short += opened
    return realised


def choose_trade(account: SampleAccount, random: np.random.Generator) -> tuple[int, int]:
    """A contract and a signed quantity: around what the account means to hold, so books neither die nor explode."""
    held = [row for row, holding in account.holdings.items() if holding.long or holding.short]
    rows = account.tradable if not held or random.random() < NEW_CONTRACT else held
    row = rows[int(random.integers(len(rows)))]
    holding = account.holdings.get(row, Holding())
    quantity = int(random.integers(1, 2 + abs(holding.intended) // 8))
    astray = holding.net - holding.intended
    if abs(astray) > 2 + abs(holding.intended) // 4:
        return row, -quantity if astray > 0 else quantity
    return row, quantity if random.random() < 0.5 else -quantity


def _average(held: int, held_price: int, added: int, price: int) -> int:
    return int(divide_half_away(held * held_price + added * price, held + added)) if held + added else 0
