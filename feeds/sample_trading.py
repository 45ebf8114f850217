"""Fills of the sample exchange: what a trade does to a holding and to the account's money. Exact integers."""

from __future__ import annotations

from enum import Enum

import numpy as np

from engine.numbers import divide_half_away
from feeds.sample_books import Holding, SampleAccount, SampleMarket

NEW_CONTRACT = 0.2


class Closes(Enum):
    """What a trade closes of the other side before it opens anything."""

    EARLIEST_FIRST = "earliest first"
    """As much as there is; of earlier days first. So do exchanges that do not tell today's positions apart."""
    TODAY = "today"
    EARLIER = "earlier"
    NOTHING = "nothing"
    """It opens, whatever is held on the other side."""

    def room(self, held: int, today: int) -> int:
        """How many contracts of a side it may close."""
        return {Closes.TODAY: today, Closes.EARLIER: held - today, Closes.NOTHING: 0}.get(self, held)

    def of_today(self, closed: int, held: int, today: int) -> int:
        """How many of ``closed`` contracts are today's."""
        return {Closes.TODAY: closed, Closes.EARLIER: 0}.get(self, max(0, closed - (held - today)))


def fill(
    market: SampleMarket,
    account: SampleAccount,
    row: int,
    quantity: int,
    price: int,
    closes: Closes = Closes.EARLIEST_FIRST,
) -> None:
    """Let ``account`` buy (positive) or sell contracts.

    Closing realises profit or loss; a premium-style option is paid for at once, through the balance.

    Args:
        market: Values prices.
        account: Changed in place.
        row: Contract.
        quantity: Signed contracts.
        price: Price scale.
        closes: What of the other side is closed first.
    """
    holding = account.holdings.setdefault(row, Holding())
    realised = trade(holding, quantity, price, closes)
    currency = market.currency(row)
    balance, profit = account.money.get(currency, (0, 0))
    if market.is_premium[row]:
        balance -= market.value(row, quantity * price)
    else:
        profit += market.value(row, realised)
    account.money[currency] = (balance, profit)


def trade(holding: Holding, quantity: int, price: int, closes: Closes = Closes.EARLIEST_FIRST) -> int:
    """Close what is open on the other side, open the rest at the average price; returns price x contracts realised."""
    if quantity > 0:
        closed = min(quantity, closes.room(holding.short, holding.short_today))
        realised = (holding.short_price - price) * closed
        holding.short_today -= closes.of_today(closed, holding.short, holding.short_today)
        holding.short -= closed
        opened = quantity - closed
        holding.long_price = _average(holding.long, holding.long_price, opened, price)
        holding.long += opened
        holding.long_today += opened
    else:
        closed = min(-quantity, closes.room(holding.long, holding.long_today))
        realised = (price - holding.long_price) * closed
        holding.long_today -= closes.of_today(closed, holding.long, holding.long_today)
        holding.long -= closed
        opened = -quantity - closed
        holding.short_price = _average(holding.short, holding.short_price, opened, price)
        holding.short += opened
        holding.short_today += opened
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
