from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import Account, PositionBook, Positions
from engine.instruments import Contract, Universe
from engine.numbers import NOT_COMPUTABLE


class NoContracts:
    """A parameter set that lists nothing."""

    def __len__(self):
        return 0

    def find(self, contract):
        return -1

    def contract(self, row):
        raise IndexError(row)


@pytest.fixture
def book():
    universe = Universe(NoContracts())
    for month in range(1, 13):
        universe.column(Contract("X", "A", "FUT", f"2026{month:02d}"))
    return PositionBook(universe)


def holdings(book):
    """Positions as {(account name, column): (long, short, long price, short price)}."""
    snapshot = book.snapshot()
    positions = snapshot.positions
    held = {}
    for row, account in enumerate(snapshot.accounts):
        for slot in range(int(positions.starts[row]), int(positions.starts[row + 1])):
            figures = (positions.long, positions.short, positions.long_price, positions.short_price)
            held[account.name, int(positions.columns[slot])] = tuple(int(column[slot]) for column in figures)
    return held


def copied(positions):
    columns = (positions.starts, positions.columns, positions.long, positions.short)
    return Positions(*(column.copy() for column in (*columns, positions.long_price, positions.short_price)))


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("position"), st.integers(0, 4), st.integers(0, 11), st.integers(0, 99), st.integers(0, 99)),
        st.tuples(st.just("money"), st.integers(0, 4), st.sampled_from(["USD", "EUR"]), st.integers(-9, 9)),
        st.tuples(st.just("snapshot")),
    ),
    max_size=40,
)


@given(actions=ACTIONS)
def test_a_book_holds_what_was_last_said_and_its_snapshots_never_change(actions):
    universe = Universe(NoContracts())
    for month in range(1, 13):
        universe.column(Contract("X", "A", "FUT", f"2026{month:02d}"))
    book = PositionBook(universe)
    expected, kept = {}, []
    for kind, *rest in actions:
        if kind == "snapshot":
            snapshot = book.snapshot()
            kept.append((snapshot, replace(snapshot, positions=copied(snapshot.positions))))
            continue
        row = book.set_account(Account(f"A{rest[0]}", "G", "USD"))
        if kind == "position":
            _, column, long, short = rest
            book.set_position(row, column, long, short, 5, 6)
            expected[f"A{rest[0]}", column] = (long, short, 5, 6)
        else:
            book.set_money(row, rest[1], rest[2], 0)
    assert holdings(book) == expected
    for snapshot, as_it_was in kept:
        assert snapshot.accounts == as_it_was.accounts
        for name in ("starts", "columns", "long", "short", "long_price", "short_price"):
            before, now = getattr(as_it_was.positions, name), getattr(snapshot.positions, name)
            assert np.array_equal(before, now)


def test_touched_accounts_are_told_once(book):
    first, second = (book.set_account(Account(name, "G", "USD")) for name in ("A", "B"))
    assert book.take_touched() == [first, second]
    book.set_position(second, 3, 1, 0)
    assert book.take_touched() == [second]
    assert book.take_touched() == []


def test_a_snapshot_is_the_same_object_while_nothing_changes(book):
    row = book.set_account(Account("A", "G", "USD"))
    snapshot = book.snapshot()
    assert book.snapshot() is snapshot
    book.set_account(Account("A", "G", "USD"))
    assert book.snapshot() is snapshot
    book.set_position(row, 1, 1, 0)
    assert book.snapshot() is not snapshot


def test_a_negative_side_is_refused(book):
    row = book.set_account(Account("A", "G", "USD"))
    with pytest.raises(ValueError, match="A: -1 long, 0 short"):
        book.set_position(row, 0, -1, 0)


def test_a_price_that_was_never_given_is_not_computable(book):
    row = book.set_account(Account("A", "G", "USD"))
    book.set_position(row, 0, 1, 0)
    assert book.snapshot().positions.long_price[0] == NOT_COMPUTABLE


def test_positions_of_some_accounts_keep_the_order_asked_for(book):
    rows = [book.set_account(Account(name, "G", "USD")) for name in "ABC"]
    for row, size in zip(rows, (1, 2, 3), strict=True):
        book.set_position(row, 0, size, 0)
        book.set_position(row, 5, 10 * size, 0)
    chosen = book.snapshot().positions.of_all([rows[2], rows[0]])
    assert chosen.starts.tolist() == [0, 2, 4]
    assert chosen.long.tolist() == [3, 30, 1, 10]
    assert book.snapshot().positions.of(rows[1]).long.tolist() == [2, 20]


def test_money_that_is_removed_counts_as_never_said(book):
    row = book.set_account(Account("A", "G", "USD"))
    book.set_money(row, "USD", 5, 1)
    book.remove_money(row, "USD")
    book.remove_money(row, "JPY")
    assert not book.snapshot().money.present.any()
