from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import opened_today
from engine.book import Account, PositionBook, Positions
from engine.column_map import ColumnMap
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
        st.tuples(
            st.just("position"),
            st.integers(0, 4),
            st.integers(0, 11),
            st.integers(0, 99),
            st.integers(0, 99),
            st.sampled_from([None, 0.0, 0.4, 1.0]),
        ),
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
    expected, opened, kept = {}, {}, []
    for kind, *rest in actions:
        if kind == "snapshot":
            snapshot = book.snapshot()
            kept.append(
                (snapshot, replace(snapshot, positions=copied(snapshot.positions), today=deepcopy(snapshot.today)))
            )
            continue
        row = book.set_account(Account(f"A{rest[0]}", "G", "USD"))
        if kind == "position":
            _, column, long, short, share = rest
            today = None if share is None else (int(long * share), int(short * share))
            book.set_position(row, column, long, short, 5, 6, today)
            expected[f"A{rest[0]}", column] = (long, short, 5, 6)
            opened[row, column] = today
        else:
            book.set_money(row, rest[1], rest[2], 0)
    assert holdings(book) == expected
    assert {key: book.snapshot().today_of(*key) for key in opened} == opened
    for snapshot, as_it_was in kept:
        assert all(map(np.array_equal, snapshot.today.pages, as_it_was.today.pages))
        assert snapshot.accounts == as_it_was.accounts
        for name in ("starts", "columns", "long", "short", "long_price", "short_price"):
            before, now = getattr(as_it_was.positions, name), getattr(snapshot.positions, name)
            assert np.array_equal(before, now)


def test_a_snapshot_shares_all_pages_but_those_that_change_afterwards(book, monkeypatch):
    monkeypatch.setattr(opened_today, "PAGE", 4)
    row = book.set_account(Account("A", "G", "USD"))
    for column in range(12):
        book.set_position(row, column, 9, 9, today=(column % 3, 1))
    before = book.snapshot()
    book.set_position(row, 5, 9, 9, today=(7, 0))
    after = book.snapshot()
    assert [one is other for one, other in zip(before.today.pages, after.today.pages, strict=True)] == [
        True,
        False,
        True,
    ]
    assert (before.today_of(row, 5), after.today_of(row, 5)) == ((2, 1), (7, 0))
    assert [after.today_of(row, column) for column in (4, 6, 11)] == [(1, 1), (0, 1), (2, 1)]


def test_more_opened_today_than_is_held_is_refused(book):
    row = book.set_account(Account("A", "G", "USD"))
    with pytest.raises(ValueError, match=r"A: \(2, 0\) of 1, 0 opened today"):
        book.set_position(row, 0, 1, 0, today=(2, 0))


def test_what_was_opened_today_moves_with_its_contract_into_another_universe(book):
    row = book.set_account(Account("A", "G", "USD"))
    book.set_position(row, 3, 5, 4, today=(5, 1))
    book.set_position(row, 7, 9, 0)
    after = Universe(NoContracts())
    for month in range(12, 0, -1):
        after.column(Contract("X", "A", "FUT", f"2026{month:02d}"))
    moved = book.remapped(ColumnMap(book.universe, after, np.zeros(0, dtype=np.int64))).snapshot()
    assert (moved.today_of(row, 8), moved.today_of(row, 4)) == ((5, 1), None)


def test_where_somebody_tells_the_others_stay_unknown(book):
    row = book.set_account(Account("A", "G", "USD"))
    book.set_position(row, 3, 5, 4)
    assert book.snapshot().today_of(row, 3) is None
    book.set_position(row, 4, 5, 4, today=(0, 0))
    assert (book.snapshot().today_of(row, 3), book.snapshot().today_of(row, 4)) == (None, (0, 0))


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


def test_what_accounts_are_is_laid_out_once_until_one_of_them_changes(book):
    for name, group, currency in (("A", "one", "USD"), ("B", "two", "TRY"), ("C", "one", "USD")):
        book.set_account(Account(name, group, currency))
    kinds = book.snapshot().kinds
    assert (kinds.names, kinds.groups) == (("A", "B", "C"), ("one", "two", "one"))
    assert kinds.currencies == tuple(kinds.money[home] for home in kinds.home) == ("USD", "TRY", "USD")
    book.set_position(0, 1, 2, 0, 5, 5)
    assert book.snapshot().kinds is kinds
    book.set_account(Account("B", "two", "EUR"))
    changed = book.snapshot().kinds
    assert tuple(changed.money[home] for home in changed.home) == changed.currencies == ("USD", "EUR", "USD")
