"""Large random books on the bundled sample market."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.book import Account, PositionBook
from engine.instruments import Universe
from engine.market import MarketBook
from engine.numbers import MONEY, RATIO
from engine.snapshot import Lines
from engine.span.arrays import Batch
from engine.span.conventions import convention_of
from engine.span.reading import read_parameters
from engine.state import Calculation, DeskState, MarginStore, value_desk

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
TAKAS = Path(__file__).parents[2].parent / "shared" / "data" / "span" / "takas.spn"
LINES = Lines(8 * RATIO // 10, RATIO, 12 * RATIO // 10)


def calculation(file: Path = SAMPLE) -> Calculation:
    """A parameter file, laid out."""
    parameters = read_parameters(file)
    return Calculation.of(parameters, convention_of(parameters.origin.clearing_organisation))


def random_batch(calculation: Calculation, accounts: int, positions: int, seed: int = 1) -> Batch:
    """Accounts with ``positions`` different contracts each, sizes from -50 to 50."""
    rng = np.random.default_rng(seed)
    usable = np.flatnonzero(calculation.table.usable)
    rows = np.concatenate([np.sort(rng.choice(usable, positions, replace=False)) for _ in range(accounts)])
    quantities = rng.integers(1, 50, len(rows)) * rng.choice([-1, 1], len(rows))
    return Batch(np.arange(accounts + 1, dtype=np.int64) * positions, rows, quantities)


def desk_of(
    calculation: Calculation, batch: Batch, large: int, cash: int = 10**9 * MONEY
) -> tuple[DeskState, Universe, PositionBook]:
    """A desk that holds ``batch``, its first account with ``large`` positions as far as there are contracts."""
    universe = Universe(calculation.parameters)
    book, market = PositionBook(universe), MarketBook(universe)
    price = calculation.parameters.contracts.price
    for account in range(len(batch.starts) - 1):
        row = book.set_account(Account(f"A{account:05d}", f"G{account // 20:04d}", "USD"))
        book.set_money(row, "USD", cash, 0)
        for slot in range(batch.starts[account], batch.starts[account + 1]):
            _hold(book, row, int(batch.rows[slot]), int(batch.quantities[slot]), int(price[batch.rows[slot]]))
    usable = np.flatnonzero(calculation.table.usable)[:large]
    for number, column in enumerate(usable.tolist()):
        _hold(book, 0, column, number % 7 - 3 or 5, int(price[column]))
    for column in range(len(calculation.parameters)):
        market.apply(column, int(price[column]), 1, 1)
    snapshot = book.snapshot()
    store = MarginStore(calculation)
    store.update(snapshot, book.take_touched())
    prices = market.snapshot()
    fresh = prices.fresh(2, 2, 10**9)
    state = value_desk(1, calculation, snapshot, store, prices.price, fresh, prices.received, 2, LINES, True)
    return state, universe, book


def _hold(book: PositionBook, row: int, column: int, quantity: int, price: int) -> None:
    book.set_position(row, column, max(0, quantity), max(0, -quantity), price, price)
