"""Margins of a desk kept up to date: fill by fill from the book itself, or from its snapshots."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.book import Account, PositionBook
from engine.instruments import Universe
from engine.span.conventions import named_convention
from engine.span.reading import read_parameters
from engine.state import Calculation, MarginStore

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
ACCOUNTS = 20


@pytest.fixture(scope="module")
def calculation() -> Calculation:
    return Calculation.of(read_parameters(SAMPLE), named_convention("CME"))


def test_a_fill_is_margined_as_it_would_be_from_a_snapshot(calculation: Calculation) -> None:
    rng = np.random.default_rng(3)
    book, store = PositionBook(Universe(calculation.parameters)), MarginStore(calculation)
    usable = np.flatnonzero(calculation.table.usable)
    for number in range(ACCOUNTS):
        book.set_account(Account(f"A{number}", "G", "USD"))
    store.update(book.snapshot(), book.take_touched())
    for number in range(300):
        account, column = int(rng.integers(ACCOUNTS)), int(rng.choice(usable))
        long, short = int(rng.integers(5)), int(rng.integers(5))
        book.set_position(account, column, long, short, 1, 1)
        store.refresh(book, account)
        if number % 50 == 0:
            book.snapshot()
    whole = MarginStore(calculation)
    whole.update(book.snapshot(), list(range(ACCOUNTS)))
    assert np.array_equal(store.requirement, whole.requirement)
    assert np.array_equal(store.flags, whole.flags)


def test_what_was_handed_out_never_changes(calculation: Calculation) -> None:
    book, store = PositionBook(Universe(calculation.parameters)), MarginStore(calculation)
    row = int(np.flatnonzero(calculation.table.usable)[0])
    account = book.set_account(Account("A", "G", "USD"))
    book.set_position(account, row, 1, 0, 1, 1)
    snapshot = book.snapshot()
    store.update(snapshot, book.take_touched())
    requirement, before = store.requirement, store.requirement.copy()
    book.set_position(account, row, 9, 0, 1, 1)
    store.refresh(book, account)
    assert np.array_equal(requirement, before)
    assert not np.array_equal(store.requirement, before)
    assert snapshot.positions.long.tolist() == [1]
