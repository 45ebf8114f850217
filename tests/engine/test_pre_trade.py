"""Orders beside working orders: every subset of these may fill, and the worst decides."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Order, Request, Verdict
from engine.instruments import Contract
from engine.margin_terms import MarginTerms
from engine.order_case import PreTrade
from engine.pre_trade import DeskCheck
from engine.reservations import Strategy
from engine.simple_pass import MOST_WORKING
from engine.what_if import decide
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money

UNKNOWN = "X:UNKNOWN:FUT:202606"


def order(name: str, quantity: int, closes: bool = False) -> Order:
    return Order(Contract.parse(name), quantity, closes)


def request(*orders: Order, account: str = "A") -> Request:
    return Request(1, account, orders, with_curve=False)


@pytest.fixture
def desk() -> SmallDesk:
    """10 June futures of 300 each, on 10,000."""
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=10_000), JUNE, 10)
    desk.quote_all()
    return desk


def check(desk: SmallDesk, asked: Request, *working: Strategy) -> PreTrade:
    return DeskCheck(desk.state(), desk.universe).check(asked, working)


def test_without_working_orders_it_is_the_what_if(desk: SmallDesk) -> None:
    asked = request(order(JUNE, 5))
    alone = decide(desk.state(), desk.universe, asked)
    assert check(desk, asked) == PreTrade(alone.verdict, alone.reasons, alone.effects[:1])


def test_working_orders_take_headroom(desk: SmallDesk) -> None:
    assert check(desk, request(order(JUNE, 20))).verdict is Verdict.PASSES
    refused = check(desk, request(order(JUNE, 20)), (order(JUNE, 4),))
    assert refused.verdict is Verdict.REFUSED
    assert [str(reason) for reason in refused.reasons] == ["margin would exceed equity"]


def test_the_figures_are_those_of_the_worst_case(desk: SmallDesk) -> None:
    passed = check(desk, request(order(JUNE, 5)), (order(JUNE, 4),), (order(JUNE, -9),))
    assert passed.effects[0].after.margin == money(300 * 19)
    assert passed.effects[0].before.margin == money(300 * 10)


def test_a_working_hedge_is_no_help(desk: SmallDesk) -> None:
    asked = request(order(JUNE, 24))
    assert check(desk, asked, (order(JULY, -34),)).verdict is Verdict.REFUSED


def test_orders_that_fill_together_hedge_each_other(desk: SmallDesk) -> None:
    spread = (order(JUNE, 30), order(JULY, -30))
    assert check(desk, request(order(JUNE, 15)), spread).verdict is Verdict.PASSES
    assert check(desk, request(order(JUNE, 15)), *((leg,) for leg in spread)).verdict is Verdict.REFUSED


def test_a_refusal_says_the_largest_quantity_that_passes(desk: SmallDesk) -> None:
    assert check(desk, request(order(JUNE, 1_000))).largest == 23
    assert check(desk, request(order(JUNE, 1_000)), (order(JUNE, 4),)).largest == 19
    assert check(desk, request(order(JUNE, -1_000)), (order(JUNE, -4),)).largest == -39


def test_the_largest_quantity_keeps_the_legs_in_proportion(desk: SmallDesk) -> None:
    assert check(desk, request(order(JUNE, 200), order(EURO, 100))).largest == 10


def test_where_prices_are_stale_the_largest_is_what_reduces() -> None:
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=10_000), JUNE, 10)
    desk.quote_all(age=2 * 10**9)
    refused = check(desk, request(order(JUNE, -11)))
    assert (refused.verdict, refused.largest) == (Verdict.REFUSED, -10)


@pytest.mark.parametrize(("quantity", "passes"), [(-6, True), (-7, False), (1, False)])
def test_reducing_counts_what_works_on_the_same_side(quantity: int, passes: bool) -> None:
    """Beyond its equity, the account may only reduce: 10 held long, 4 of them for sale already."""
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=1), JUNE, 10)
    decided = check(desk, request(order(JUNE, quantity)), (order(JUNE, -4),), (order(JUNE, 8),))
    assert (decided.verdict is Verdict.PASSES) is passes
    assert (
        DeskCheck(desk.state(), desk.universe).reduces(request(order(JUNE, quantity)), [(order(JUNE, -4),)]) is passes
    )


def test_closing_both_sides_of_a_gross_account_reduces_beside_orders_that_open() -> None:
    desk = SmallDesk()
    row = desk.account("A", cash=1, terms=MarginTerms(gross=True))
    desk.hold_both(row, JUNE, 10, 5)
    checks = DeskCheck(desk.state(), desk.universe)
    assert checks.reduces(request(order(JUNE, -6, closes=True)), [(order(JUNE, -9),), (order(JUNE, -4, closes=True),)])
    assert not checks.reduces(request(order(JUNE, -7, closes=True)), [(order(JUNE, -4, closes=True),)])


def test_a_contract_nobody_knows_is_not_computable_and_not_remembered(desk: SmallDesk) -> None:
    columns = len(desk.universe)
    decided = check(desk, request(order(UNKNOWN, 1)))
    assert decided.verdict is Verdict.NOT_COMPUTABLE
    assert [str(reason) for reason in decided.reasons] == ["no parameters for UNKNOWN 2026-06"]
    assert not DeskCheck(desk.state(), desk.universe).reduces(request(order(UNKNOWN, 1)), ())
    assert len(desk.universe) == columns


def test_reducing_a_position_without_parameters_passes_once(desk: SmallDesk) -> None:
    desk.hold(0, UNKNOWN, 5)
    asked = request(order(UNKNOWN, -5))
    assert check(desk, asked).verdict is Verdict.PASSES
    assert check(desk, asked, (order(UNKNOWN, -5),)).verdict is Verdict.NOT_COMPUTABLE


def test_an_account_nobody_knows_is_said(desk: SmallDesk) -> None:
    decided = check(desk, request(order(JUNE, 1), account="B"))
    assert [str(reason) for reason in decided.reasons] == ["no account is called B"]
    assert not DeskCheck(desk.state(), desk.universe).reduces(request(order(JUNE, 1), account="B"), ())


def test_too_many_different_working_orders_refuse(desk: SmallDesk) -> None:
    working = [(order(JUNE, 1), order(JULY, -1 - number)) for number in range(MOST_WORKING + 1)]
    assert check(desk, request(order(JUNE, 1)), *working[1:]).verdict is Verdict.PASSES
    assert check(desk, request(order(JUNE, 1)), *working).verdict is Verdict.REFUSED
    assert check(desk, request(order(JUNE, -1)), *working).verdict is Verdict.PASSES


def test_the_basis_names_what_it_was_computed_on(desk: SmallDesk) -> None:
    state = desk.state(authoritative=False)
    basis = DeskCheck(state, desk.universe).basis
    assert (basis.sequence, basis.book, basis.now) == (state.sequence, state.book.version, state.now)
    assert basis.parameters.hex() == desk.parameters.origin.sha256
    assert not basis.authoritative


LEGS = st.builds(order, st.sampled_from([JUNE, JULY, CALL, EURO]), st.integers(-30, 30).filter(bool))


@given(st.lists(LEGS, min_size=1, max_size=2), st.lists(LEGS, max_size=4))
def test_what_passes_fits_whatever_fills(orders: list[Order], working: list[Order]) -> None:
    """Against the plain what-if of every subset."""
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=10_000), JUNE, 10)
    desk.quote_all()
    state = desk.state()
    decided = DeskCheck(state, desk.universe).check(request(*orders), [(each,) for each in working])
    subsets = chain.from_iterable(combinations(working, count) for count in range(len(working) + 1))
    left = min(decide(state, desk.universe, request(*orders, *subset)).effects[0].after.available for subset in subsets)
    if DeskCheck(state, desk.universe).reduces(request(*orders), [(each,) for each in working]):
        assert decided.verdict is Verdict.PASSES
    else:
        assert (decided.verdict is Verdict.PASSES) == (left >= 0)
        assert decided.effects[0].after.available == left
