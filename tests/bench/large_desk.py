"""Speed and size of margining a large desk at once, and of keeping it up to date fill by fill."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from engine.book import Account, PositionBook
from engine.instruments import Universe
from engine.numbers import MONEY
from engine.span.arrays import Batch
from engine.span.requirements import requirements
from engine.state import Calculation, MarginStore
from tests.bench.large_market import desk_batch, large_market
from tests.bench.margin import sparse_seconds
from tests.bench.measure import Figure, durations, median_seconds, percentile

ACCOUNTS, POSITIONS, DIFFERENT, FILLS = 100_000, 50, 10_000, 5_000
TABLE = (1_000, 10_000, 100_000, 1_000_000)

PEAK = """
import json, resource
from engine.span.requirements import requirements
from tests.bench.large_desk import ACCOUNTS, many
from tests.bench.large_market import large_market
market = large_market()
batch = many(market, ACCOUNTS)
totals = requirements(market.table, batch)
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, batch.rows.nbytes * 2 / 2**20]))
"""


def figures() -> list[Figure]:
    """batch100k_ratio, batch100k_mb and fill_p99_us; prints the table from 1,000 to 1,000,000 accounts."""
    market = large_market()
    return [*_table(market), _peak(), _fills(market)]


def many(market: Calculation, accounts: int) -> Batch:
    """The desk: ``DIFFERENT`` different accounts, as often as it takes."""
    one = desk_batch(market, min(accounts, DIFFERENT), POSITIONS)
    times = -(-accounts // DIFFERENT)
    starts = np.arange(accounts + 1, dtype=np.int64) * POSITIONS
    return Batch(starts, np.tile(one.rows, times)[: starts[-1]], np.tile(one.quantities, times)[: starts[-1]])


def _table(market: Calculation) -> list[Figure]:
    found: list[Figure] = []
    print(f"{'accounts':>10}{'full SPAN ms':>14}{'us an account':>15}{'bare ms':>10}{'ratio':>8}")
    for accounts in TABLE:
        batch = many(market, accounts)
        runs = 9 if accounts < ACCOUNTS else 3
        bare = sparse_seconds(market, batch, runs)
        full = median_seconds(lambda batch=batch: requirements(market.table, batch), runs)
        print(f"{accounts:>10}{full * 1e3:>14.1f}{full / accounts * 1e6:>15.2f}{bare * 1e3:>10.1f}{full / bare:>8.2f}")
        if accounts == ACCOUNTS:
            bound = f"bare product {bare * 1e3:.0f} ms, full margin {full * 1e3:.0f} ms ({accounts} x {POSITIONS})"
            found = [Figure("batch100k_ratio", full / bare, "x", 5, bound)]
    return found


def _peak() -> Figure:
    said = subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True).stdout
    peak, positions = json.loads(said)
    return Figure("batch100k_mb", peak, "MiB", 2_000, f"the positions alone {positions:.0f} MiB; whole process")


def _fills(market: Calculation) -> Figure:
    """A fill into the book, and the margin of its account from there; half the fills are in contracts not held yet."""
    batch = many(market, ACCOUNTS)
    book = PositionBook(Universe(market.parameters))
    for account in range(ACCOUNTS):
        book.set_account(Account(f"A{account:06d}", f"G{account // 20:05d}", "USD"))
        book.set_money(account, "USD", 10**9 * MONEY, 0)
    owner = np.repeat(np.arange(ACCOUNTS), np.diff(batch.starts))
    for row, column, quantity in zip(owner.tolist(), batch.rows.tolist(), batch.quantities.tolist(), strict=True):
        book.set_position(row, column, max(0, quantity), max(0, -quantity), 1, 1)
    store = MarginStore(market)
    store.update(book.snapshot(), book.take_touched())
    rng = np.random.default_rng(5)
    places = rng.integers(0, len(batch.rows), FILLS)
    columns = np.where(rng.random(FILLS) < 0.5, batch.rows[places], rng.integers(0, len(market.parameters), FILLS))
    accounts, held = owner[places].tolist(), columns.tolist()

    def fill(number: int) -> None:
        book.set_position(accounts[number], held[number], 7 + number % 5, 0, 1, 1)
        store.refresh(book, accounts[number])

    taken = durations(fill, FILLS)
    single = desk_batch(market, 1, POSITIONS)
    bare = sparse_seconds(market, single, 99)
    bound = f"bare product of the account {bare * 1e6:.0f} us, median {percentile(taken, 50) * 1e6:.0f} us"
    return Figure("fill_p99_us", percentile(taken, 99) * 1e6, "us", 300, f"{bound} ({ACCOUNTS} accounts)")
