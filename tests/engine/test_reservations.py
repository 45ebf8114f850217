"""What passed orders hold, whatever becomes of them and in whatever order it is told."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Order
from engine.instruments import Contract
from engine.reservations import Hold, Reservations, Reserve, in_smallest_size

JUNE, JULY = Contract("X", "A", "FUT", "202606"), Contract("X", "A", "FUT", "202607")
SETTLING = 10


def reserve(name: str, *orders: tuple[Contract, int], together: bool = False, expiry: int = 100) -> Reserve:
    return Reserve(name.encode(), "desk", "A", tuple(Order(*order) for order in orders), together, expiry)


@pytest.fixture
def held() -> Reservations:
    return Reservations(SETTLING)


def working(held: Reservations) -> Counter[tuple[Contract, int]]:
    """Contracts that may still be filled, by contract and side."""
    sums: Counter[tuple[Contract, int]] = Counter()
    for strategy in held.working("A"):
        for order in strategy:
            sums[order.contract, 1 if order.quantity > 0 else -1] += abs(order.quantity)
    return sums


def test_what_is_held_counts_as_working(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.hold(reserve("two", (JUNE, 7)))
    held.hold(reserve("three", (JUNE, -2)))
    assert set(held.working("A")) == {(Order(JUNE, 12),), (Order(JUNE, -2),)}


def test_orders_that_fill_together_count_as_one(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 4), (JULY, -2), together=True))
    held.hold(reserve("two", (JUNE, 2), (JULY, -1), together=True))
    assert held.working("A") == ((Order(JUNE, 6), Order(JULY, -3)),)


def test_orders_that_fill_alone_count_alone(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 4), (JULY, -2)))
    assert set(held.working("A")) == {(Order(JUNE, 4),), (Order(JULY, -2),)}


def test_nothing_is_held_for_other_accounts(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    assert held.working("B") == ()


def test_a_cancelled_order_gives_its_headroom_back(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    assert held.cancel(b"one")
    assert held.working("A") == ()
    assert held.find(b"one").state is Hold.CANCELLED


def test_an_order_expires_at_its_time_and_not_before(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5), expiry=100))
    held.advance(99)
    assert held.find(b"one").state is Hold.HELD
    held.advance(100)
    assert held.find(b"one").state is Hold.EXPIRED
    assert held.working("A") == ()


def test_filled_contracts_count_until_the_positions_show_them(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.fill(b"one", (3,), now=20)
    held.advance(29)
    assert held.working("A") == ((Order(JUNE, 5),),)
    held.advance(30)
    assert held.working("A") == ((Order(JUNE, 2),),)


def test_a_filled_order_is_over_but_settles(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.fill(b"one", (5,), now=20)
    assert held.find(b"one").state is Hold.FILLED
    assert held.working("A") == ((Order(JUNE, 5),),)
    held.advance(30)
    assert held.working("A") == ()


def test_a_fill_reported_twice_counts_once(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.fill(b"one", (3,), now=0)
    held.fill(b"one", (3,), now=1)
    held.fill(b"one", (2,), now=2)
    held.advance(50)
    assert held.working("A") == ((Order(JUNE, 2),),)


def test_a_fill_that_is_reported_after_the_withdrawal_still_counts_until_it_settles(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.cancel(b"one")
    held.fill(b"one", (2,), now=20)
    assert held.working("A") == ((Order(JUNE, 2),),)
    held.advance(30)
    assert held.working("A") == ()
    assert held.find(b"one").state is Hold.CANCELLED


@pytest.mark.parametrize("filled", [(6,), (-1,), (1, 1), ()])
def test_fills_that_do_not_fit_change_nothing(held: Reservations, filled: tuple[int, ...]) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    assert not held.fill(b"one", filled, now=1)
    assert held.working("A") == ((Order(JUNE, 5),),)


def test_a_name_is_used_once(held: Reservations) -> None:
    held.hold(reserve("one", (JUNE, 5)))
    held.cancel(b"one")
    with pytest.raises(ValueError, match="cannot be held"):
        held.hold(reserve("one", (JUNE, 5)))


def test_no_more_than_the_limit_is_held() -> None:
    held = Reservations(SETTLING, most=1)
    held.hold(reserve("one", (JUNE, 5)))
    assert held.full
    with pytest.raises(ValueError, match="cannot be held"):
        held.hold(reserve("two", (JUNE, 5)))


def test_what_is_withdrawn_before_it_expires_takes_no_room(held: Reservations) -> None:
    for number in range(10_000):
        held.hold(reserve(str(number), (JUNE, 1), expiry=10**9))
        held.cancel(str(number).encode())
    assert len(held) == 0
    assert len(held._due) <= 1025


def test_the_smallest_size_divides_every_leg() -> None:
    assert in_smallest_size((Order(JUNE, 6), Order(JULY, -4))) == ((Order(JUNE, 3), Order(JULY, -2)), 2)
    assert in_smallest_size((Order(JUNE, -7),)) == ((Order(JUNE, -1),), 7)


QUANTITIES = st.integers(-9, 9).filter(bool)
EVENTS = st.one_of(
    st.tuples(st.just("hold"), st.integers(0, 5), QUANTITIES, QUANTITIES, st.booleans(), st.integers(1, 60)),
    st.tuples(st.just("fill"), st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(0, 25)),
)


@given(st.lists(EVENTS, max_size=40))
def test_what_may_still_fill_is_never_counted_short(events: list[tuple[object, ...]]) -> None:
    """Against a plain account of each order: what was ordered less what the positions surely show."""
    held, now = Reservations(SETTLING), 0
    orders: dict[bytes, tuple[int, int, int]] = {}
    fills: dict[bytes, list[tuple[int, int, int]]] = {}
    over: set[bytes] = set()
    for kind, *figures in events:
        name = str(figures[0]).encode()
        if kind == "wait":
            now += figures[0]
        elif kind == "hold" and name not in orders:
            first, second, together, life = figures[1:]
            held.hold(reserve(name.decode(), (JUNE, first), (JULY, second), together=together, expiry=now + life))
            orders[name], fills[name] = (first, second, now + life), []
        elif kind == "fill" and name in orders and held.fill(name, tuple(figures[1:]), now):
            fills[name].append((now, *figures[1:]))
        elif kind == "cancel" and name in orders:
            held.cancel(name)
            over.add(name)
        held.advance(now)
        expected: Counter[tuple[Contract, int]] = Counter()
        for each, (*quantities, expiry) in orders.items():
            for leg, (contract, quantity) in enumerate(zip((JUNE, JULY), quantities, strict=True)):
                filled = max((fill[1 + leg] for fill in fills[each]), default=0)
                shown = max((fill[1 + leg] for fill in fills[each] if fill[0] + SETTLING <= now), default=0)
                live = each not in over and expiry > now
                expected[contract, 1 if quantity > 0 else -1] += (abs(quantity) if live else filled) - shown
        assert working(held) == +expected
