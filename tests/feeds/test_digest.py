"""The digest of the book: whatever the order and history, the same state has the same digest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from feeds.digest import StateDigest, row_of
from feeds.messages import AccountUpdate, MoneyUpdate, PositionUpdate, StateUpdate, WorkingUpdate
from tests.feeds.hand_publisher import digest

STAMP = (1, b"s" * 16, 1, 1)
names = st.sampled_from(["a", "b", "c"])
updates: st.SearchStrategy[StateUpdate] = st.one_of(
    st.builds(lambda name, group: AccountUpdate(*STAMP, name, group, "EUR"), names, names),
    st.builds(
        lambda name, margining, requirement: AccountUpdate(*STAMP, name, "g", "EUR", margining, "", requirement),
        names,
        st.sampled_from(["net", "gross"]),
        st.sampled_from(["", "initial"]),
    ),
    st.builds(
        lambda name, contract, long, price: PositionUpdate(*STAMP, name, contract, long, 0, price, None),
        names,
        st.sampled_from(["X:GOLD:FUT:202612", "X:GOLD:FUT:202703"]),
        st.integers(0, 10**9),
        st.none() | st.integers(-(10**17), 10**17),
    ),
    st.builds(
        lambda name, long, today: PositionUpdate(
            2, *STAMP[1:], name, "X:GOLD:FUT:202612", long, 0, 5, None, min(today, long), 0
        ),
        names,
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    st.builds(
        lambda name, quantity: WorkingUpdate(*STAMP, name, "first", "X:GOLD:FUT:202612", quantity, False),
        names,
        st.integers(-3, 3),
    ),
    st.builds(lambda name, amount: MoneyUpdate(*STAMP, name, "EUR", amount, -amount), names, st.integers(0, 10**18)),
)


@given(st.lists(updates, max_size=30))
def test_the_digest_is_that_of_the_last_state_of_each_row(history: list[StateUpdate]) -> None:
    running = StateDigest()
    state = {}
    for update in history:
        running.put(update)
        key = (type(update), update.account, getattr(update, "contract", ""))
        state[key] = row_of(update)
    rows = [list(row) for row in state.values() if row is not None]
    assert running.value == digest(rows)
    assert len(running) == len(rows)


def test_an_empty_book_has_digest_zero() -> None:
    assert StateDigest().value == bytes(8)
