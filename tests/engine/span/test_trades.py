"""The requirement after trades is that of the account with the trades in it; many at once are as one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import NOT_COMPUTABLE
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import named_convention
from engine.span.reading import read_parameters
from engine.span.requirement import margin
from engine.span.requirements import requirements
from engine.span.trades import AfterTrades
from engine.traded import with_contracts

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"


@pytest.fixture(scope="module")
def table() -> SpanTable:
    return SpanTable(read_parameters(SAMPLE), named_convention("CME"))


def random_batch(table: SpanTable, rng: np.random.Generator, accounts: int, most: int) -> Batch:
    """Accounts of up to ``most`` positions, a few of them flat, every third gross-margined."""
    usable, rows, quantities, starts, middles = np.flatnonzero(table.usable), [], [], [0], []
    for account in range(accounts):
        sides = [np.sort(rng.choice(usable, rng.integers(0, most), replace=False)) for _ in range(2)]
        if account % 3:
            middles.append(-1)
            rows.append(sides[0])
            quantities.append(rng.integers(-5, 6, len(sides[0])))
        else:
            middles.append(starts[-1] + len(sides[0]))
            rows += sides
            quantities += [rng.integers(1, 6, len(sides[0])), -rng.integers(1, 6, len(sides[1]))]
        starts.append(sum(map(len, rows)))
    return Batch(*map(np.array, (starts, np.concatenate(rows), np.concatenate(quantities), middles)))


def random_account(table: SpanTable, rng: np.random.Generator, positions: int, *, gross: bool) -> Batch:
    """One account, some of its positions flat."""
    usable, half = np.flatnonzero(table.usable), positions // 2
    sides = [np.sort(rng.choice(usable, size, replace=False)) for size in (half, positions - half)]
    rows = np.concatenate(sides) if gross else np.sort(rng.choice(usable, positions, replace=False))
    middles = np.array([half]) if gross else np.zeros(0, dtype=np.int64)
    return Batch(np.array([0, positions]), rows, rng.integers(-3, 4, positions), middles)


def test_many_accounts_at_once_need_what_they_need_one_by_one(table: SpanTable) -> None:
    batch = random_batch(table, np.random.default_rng(1), 300, 60)
    expected, found = margin(table, batch).totals, requirements(table, batch)
    assert all(np.array_equal(one, two) for one, two in zip(expected, found, strict=True))


def test_a_batch_large_enough_for_threads_needs_what_it_needs_without(table: SpanTable) -> None:
    batch = random_batch(table, np.random.default_rng(2), 2_000, 100)
    assert len(batch.rows) > 50_000
    expected, found = margin(table, batch).totals, requirements(table, batch)
    assert all(np.array_equal(one, two) for one, two in zip(expected, found, strict=True))


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(1, 3), st.booleans())
def test_after_trades_an_account_needs_what_it_would_with_them_in_it(
    table: SpanTable, seed: int, positions: int, trades: int, gross: bool
) -> None:
    rng = np.random.default_rng(seed)
    usable, batch = np.flatnonzero(table.usable), random_account(table, rng, positions, gross=gross)
    # Half of the trades are in what is held, as far as anything is; the others mostly in other commodities.
    traded, shorts = rng.choice(usable, (37, trades)), rng.random((37, trades)) < 0.5
    traded = np.where(rng.random((37, trades)) < 0.5, rng.choice([*batch.rows, *traded[0]], (37, trades)), traded)
    changes = rng.integers(-4, 5, (37, trades))
    found = AfterTrades(table, batch).requirement(traded, shorts, changes)
    for number in range(37):
        after, places = with_contracts(batch, traded[number].tolist(), shorts[number].tolist())
        quantities = after.quantities.copy()
        np.add.at(quantities, places, changes[number])
        expected = margin(table, after._replace(quantities=quantities)).totals.requirement
        assert found[number].tolist() == expected[0].tolist()


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 70), st.booleans())
def test_along_trades_an_account_needs_after_each_what_it_would_with_all_of_them_so_far(
    table: SpanTable, seed: int, positions: int, trades: int, gross: bool
) -> None:
    rng = np.random.default_rng(seed)
    batch = random_account(table, rng, positions, gross=gross)
    traded, shorts = rng.choice(np.flatnonzero(table.usable), trades), rng.random(trades) < 0.5
    held = batch.rows if positions else np.flatnonzero(table.usable)[:1]
    traded = np.where(rng.random(trades) < 0.7, rng.choice(held, trades), traded)
    changes = rng.integers(-4, 5, trades)
    after = AfterTrades(table, batch)
    found = after.along(traded, shorts, changes)
    assert found[0].tolist() == margin(table, batch).totals.requirement[0].tolist()
    for number in range(trades):
        so_far = slice(0, number + 1)
        together = after.requirement(
            traded[np.newaxis, so_far], shorts[np.newaxis, so_far], changes[np.newaxis, so_far]
        )
        assert found[number + 1].tolist() == together[0].tolist()


def test_a_trade_too_large_to_compute_is_not_computable(table: SpanTable) -> None:
    row = int(np.flatnonzero(table.usable)[0])
    batch = Batch(np.array([0, 1]), np.array([row]), np.array([1]))
    found = AfterTrades(table, batch).requirement(np.array([[row]]), np.array([[False]]), np.array([[10**17]]))
    currency = int(table.currency[table.commodity[row]])
    assert found[0, currency] == NOT_COMPUTABLE
