import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import Order, Request, Verdict
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.what_if import decide
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money


@pytest.fixture
def desk():
    desk = SmallDesk()
    row = desk.account("A", cash=10_000)
    desk.hold(row, JUNE, 10)
    desk.quote_all()
    return desk


def ask(desk, *orders, account="A", curve=False, state=None):
    request = Request(1, account, tuple(Order(Contract.parse(name), quantity) for name, quantity in orders), curve)
    return decide(state or desk.state(), desk.universe, request)


def reasons(decision):
    return [str(reason) for reason in decision.reasons]


def test_an_order_shows_margin_available_and_ratio_before_change_and_after(desk):
    (effect,) = ask(desk, (JUNE, 5)).effects
    assert (effect.before.margin, effect.change.margin, effect.after.margin) == (
        money(3000),
        money(1500),
        money(4500),
    )
    assert effect.after.available == money(5500)
    assert effect.before.ratio == 3 * RATIO // 10
    assert effect.change.ratio == 15 * RATIO // 100


def test_the_before_figures_are_those_of_the_account(desk):
    state = desk.state()
    (effect,) = ask(desk, (JUNE, 5), state=state).effects
    assert effect.before.margin == state.accounts.margin[0]
    assert effect.before.equity == state.accounts.equity[0]
    assert effect.before.available == state.accounts.available[0]


def test_an_order_that_fits_passes_without_a_reason(desk):
    decision = ask(desk, (JUNE, 5))
    assert decision.verdict is Verdict.PASSES
    assert decision.reasons == ()


def test_an_order_that_needs_more_than_there_is_is_refused(desk):
    decision = ask(desk, (JUNE, 50))
    assert decision.verdict is Verdict.REFUSED
    assert reasons(decision) == ["margin would exceed equity"]


def test_a_hedge_lowers_the_margin(desk):
    (effect,) = ask(desk, (JULY, -10)).effects
    assert effect.after.margin == money(400)


def test_several_legs_count_together(desk):
    (effect,) = ask(desk, (JUNE, 5), (JULY, -15)).effects
    assert effect.after.margin == money(15 * 40)


def test_two_legs_in_one_contract_add_up(desk):
    (effect,) = ask(desk, (JUNE, 5), (JUNE, -5)).effects
    assert effect.change.margin == 0


def test_buying_a_premium_option_pays_its_premium(desk):
    (effect,) = ask(desk, (CALL, 2)).effects
    assert effect.change.equity == -money(2 * 7 * 10)
    assert effect.change.margin == money(2 * 120 - 2 * 7 * 10)


def test_a_stale_price_refuses_new_risk(desk):
    stale = SmallDesk()
    row = stale.account("A", cash=10_000)
    stale.hold(row, JUNE, 10)
    stale.quote_all(age=2 * 10**9)
    decision = ask(stale, (JUNE, 1))
    assert decision.verdict is Verdict.REFUSED
    assert reasons(decision) == ["some prices are stale", "A 2026-06 has no fresh quote"]


@pytest.mark.parametrize("quantity", [-1, -10])
def test_reducing_risk_passes_whatever_is_stale_or_exceeded(quantity):
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=1), JUNE, 10)
    decision = ask(desk, (JUNE, quantity))
    assert decision.verdict is Verdict.PASSES


def test_flipping_a_position_is_not_reducing_it():
    desk = SmallDesk()
    desk.hold(desk.account("A", cash=1), JUNE, 10)
    assert ask(desk, (JUNE, -11)).verdict is Verdict.REFUSED


def test_reducing_a_position_without_parameters_passes(desk):
    desk.hold(0, "X:UNKNOWN:FUT:202606", 5)
    decision = ask(desk, ("X:UNKNOWN:FUT:202606", -5))
    assert decision.verdict is Verdict.PASSES
    assert reasons(decision) == ["no parameters for UNKNOWN 2026-06"]


def test_opening_a_position_without_parameters_is_not_computable(desk):
    decision = ask(desk, ("X:UNKNOWN:FUT:202606", 5))
    assert decision.verdict is Verdict.NOT_COMPUTABLE
    assert decision.effects == ()


def test_an_account_nobody_knows_is_said(desk):
    decision = ask(desk, (JUNE, 1), account="B")
    assert decision.verdict is Verdict.NOT_COMPUTABLE
    assert reasons(decision) == ["no account is called B"]


def test_without_account_money_nothing_new_is_computable():
    desk = SmallDesk()
    desk.account("A")
    desk.quote_all()
    decision = ask(desk, (JUNE, 1))
    assert decision.verdict is Verdict.NOT_COMPUTABLE
    assert "no account money has arrived" in reasons(decision)
    assert decision.effects[0].after.available == NOT_COMPUTABLE


def test_each_currency_is_shown_beside_the_roll_up(desk):
    decision = ask(desk, (EURO, 1))
    assert [effect.currency for effect in decision.effects] == ["USD", "EUR", "USD"]
    assert decision.effects[0].after.margin == money(3000 + 500 * 1.25)
    assert decision.effects[1].after.margin == money(500)


def test_feeds_that_are_not_live_make_it_not_authoritative(desk):
    assert ask(desk, (JUNE, 1)).authoritative
    assert not ask(desk, (JUNE, 1), state=desk.state(authoritative=False)).authoritative


def test_the_curve_follows_the_first_leg(desk):
    curve = ask(desk, (JUNE, 5), (JULY, -10), curve=True).curve
    assert curve.quantities[:3] == (0, 1, 2)
    assert curve.margin[0] == money(10 * 40)
    assert curve.margin[5] == money(5 * 300 + 10 * 40)


@pytest.mark.parametrize(("quantity", "last"), [(1, 10), (5, 28), (60, 120), (1000, 2000)])
def test_the_curve_reaches_beyond_the_order_and_the_largest_quantity_in_sight(desk, quantity, last):
    quantities = ask(desk, (JUNE, quantity), curve=True).curve.quantities
    assert quantities[-1] == last
    assert len(quantities) <= 101


def test_the_largest_quantity_leaves_nothing_available(desk):
    curve = ask(desk, (JUNE, 5), curve=True).curve
    assert curve.largest == (10_000 - 3000) // 300


def test_the_largest_sale_counts_through_the_flip(desk):
    curve = ask(desk, (JUNE, -5), curve=True).curve
    assert curve.largest == -(10 + 10_000 // 300)


def test_no_quantity_passes_where_not_even_none_does(desk):
    poor = SmallDesk()
    poor.hold(poor.account("A", cash=1000), JUNE, 10)
    poor.quote_all()
    assert ask(poor, (JUNE, 5), curve=True).curve.largest is None


def test_the_call_line_is_where_margin_eats_up_equity(desk):
    assert ask(desk, (JUNE, 5), curve=True).curve.call == money(10_000)


def test_an_empty_request_shows_the_account_as_it_is(desk):
    decision = ask(desk)
    assert decision.verdict is Verdict.PASSES
    assert decision.effects[0].change.margin == 0


@given(first=st.integers(-40, 40), second=st.integers(-40, 40))
def test_a_what_if_equals_the_account_after_the_fact(first, second):
    desk = SmallDesk()
    row = desk.account("A", cash=10_000)
    desk.hold(row, JUNE, 10)
    desk.quote_all()
    after = ask(desk, (JUNE, first), (JULY, second)).effects[0].after
    desk.hold(row, JUNE, 10 + first)
    desk.hold(row, JULY, second)
    assert desk.state().accounts.margin[row] == after.margin


@given(quantity=st.integers(1, 60))
def test_the_largest_quantity_is_the_last_that_passes(quantity):
    desk = SmallDesk()
    desk.account("A", cash=7777)
    desk.quote_all()
    largest = ask(desk, (JUNE, quantity), curve=True).curve.largest
    assert ask(desk, (JUNE, largest)).verdict is Verdict.PASSES
    assert ask(desk, (JUNE, largest + 1)).verdict is Verdict.REFUSED


def test_a_decision_names_what_it_rests_on(desk):
    decision = ask(desk, (JUNE, 1))
    assert decision.sequence == 1
    assert decision.parameters == "NSE-20261120-final"
