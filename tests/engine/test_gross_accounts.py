"""Gross-margined accounts and accounts of other rate sets on a desk: margin, detail, what-if, what frees margin."""

import numpy as np
import pytest

from engine.decision import Order, Request, Verdict
from engine.detail import account_detail, explain
from engine.freeing import Worth, free
from engine.instruments import Contract
from engine.margin_terms import USUAL, MarginTerms, terms_of
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import Standing
from engine.state import MarginStore
from engine.what_if import decide
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money, sentences_of, small_parameters

GROSS = MarginTerms(gross=True)
RATE_SETS = (
    "<pbRateDef><r>2</r><isCust>1</isCust><acctType>S</acctType><isM>0</isM><pbc>CORE</pbc></pbRateDef>"
    "<pbRateDef><r>3</r><isCust>1</isCust><acctType>M</acctType><isM>0</isM><pbc>CORE</pbc></pbRateDef>"
)


@pytest.fixture
def desk():
    """An omnibus account that is 10 long and 4 short of one month, and the same account net."""
    desk = SmallDesk()
    for name, terms in (("omnibus", GROSS), ("net", USUAL)):
        row = desk.account(name, cash=10_000, terms=terms)
        desk.hold_both(row, JUNE, 10, 4)
    desk.quote_all()
    return desk


def ask(desk, *orders, account="omnibus", curve=False):
    return decide(desk.state(), desk.universe, Request(1, account, orders, curve))


def order(name, quantity, closes=False):
    return Order(Contract.parse(name), quantity, closes)


def detail_of(desk, row):
    state = desk.state()
    return account_detail(state, desk.universe, row, explain(state, row))


def labels(nodes):
    return [str(node.label) for node in nodes]


def test_longs_and_shorts_of_an_omnibus_account_are_scanned_apart(desk):
    assert desk.state().accounts.margin.tolist() == [money(4200), money(1800)]


def test_a_fill_margins_accounts_of_every_kind_in_one_go(desk):
    book, store = desk.book.snapshot(), MarginStore(desk.calculation)
    store.update(book, [1, 0])
    assert store.requirement[:, store.currencies.index("USD")].tolist() == [money(4200), money(1800)]


def test_an_account_that_becomes_net_is_margined_anew(desk):
    desk.account("omnibus", terms=USUAL)
    assert desk.book.take_touched() == [0, 1]
    assert desk.state().accounts.margin.tolist() == [money(1800), money(1800)]


def test_the_breakdown_shows_both_sides_and_how_the_account_is_margined(desk):
    (tree,) = detail_of(desk, 0).breakdown
    assert labels(tree.children) == [
        "Gross-margined",
        "A, long side",
        "A, short side",
    ]
    assert str(tree.children[0].note) == (
        "longs and shorts apart, no spreads; customer, hedger, core, initial; rate set 1"
    )
    assert [child.amount for child in tree.children] == [None, money(3000), money(1200)]
    assert labels(detail_of(desk, 1).breakdown[0].children) == ["A"]


def test_a_position_shows_what_each_of_its_sides_loses_in_its_own_scenario(desk):
    (line,) = detail_of(desk, 0).positions
    assert (line.long, line.short, line.margin) == (10, 4, money(4200))


def test_a_purchase_opens(desk):
    (effect,) = ask(desk, order(JUNE, 5)).effects
    assert effect.change.margin == money(1500)


def test_a_sale_opens_and_never_reduces(desk):
    decision = ask(desk, order(JUNE, -5))
    assert decision.effects[0].change.margin == money(1500)
    assert ask(desk, order(JUNE, -50)).verdict is Verdict.REFUSED
    assert ask(desk, order(JUNE, -5), account="net").effects[0].change.margin == money(-1500)


@pytest.mark.parametrize(("quantity", "freed"), [(-5, 1500), (-10, 3000), (3, 900), (4, 1200)])
def test_an_order_that_closes_reduces_the_other_side(desk, quantity, freed):
    decision = ask(desk, order(JUNE, quantity, closes=True))
    assert (decision.verdict, decision.effects[0].change.margin) == (Verdict.PASSES, money(-freed))


def test_closing_is_let_through_when_margin_exceeds_equity(desk):
    desk.book.set_money(0, "USD", money(100), 0)
    assert ask(desk, order(JUNE, -1)).verdict is Verdict.REFUSED
    assert ask(desk, order(JUNE, -1, closes=True)).verdict is Verdict.PASSES


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ([order(JUNE, -11, closes=True)], "closes 11 A 2026-06, 10 held long"),
        ([order(JUNE, -6, closes=True), order(JUNE, -6, closes=True)], "closes 12 A 2026-06, 10 held long"),
        ([order(JUNE, 5, closes=True)], "closes 5 A 2026-06, 4 held short"),
        ([order(JULY, -1, closes=True)], "closes 1 A 2026-07, 0 held long"),
    ],
)
def test_more_than_is_held_cannot_be_closed(desk, orders, reason):
    decision = ask(desk, *orders)
    assert (decision.verdict, [str(each) for each in decision.reasons]) == (Verdict.NOT_COMPUTABLE, [reason])


def test_orders_on_both_sides_of_a_contract_add_up(desk):
    orders = (order(JUNE, 2), order(JUNE, -3), order(JUNE, -1, closes=True), order(JULY, -2), order(CALL, 1))
    (effect,) = ask(desk, *orders).effects
    # Longs: 11 June and a call that scans 120; shorts: 7 June and 2 July.
    assert effect.after.margin == money(11 * 300 + 120 - 70 + 9 * 300)


def test_the_curve_of_a_closing_order_ends_where_nothing_is_left(desk):
    curve = ask(desk, order(JUNE, -3, closes=True), curve=True).curve
    assert (curve.largest, curve.quantities[-1], curve.margin[-1]) == (-10, -10, money(1200))


def test_what_frees_margin_of_an_omnibus_account_is_closing(desk):
    state = desk.state()
    found = free("omnibus", state.table_of(0), state.batch_of(0), Worth.on_desk(state, 0))
    assert {(trade.quantity, trade.freed, trade.closes) for trade in found.trades} == {
        (-10, money(3000), True),
        (4, money(1200), True),
    }
    june = Contract.parse(JUNE)
    assert (found.margin, found.more[june], found.less[june]) == (money(4200), money(300), money(300))


def test_an_omnibus_account_without_positions_frees_nothing():
    desk = SmallDesk()
    desk.account("omnibus", cash=1, terms=GROSS)
    state = desk.state()
    found = free("omnibus", state.table_of(0), state.batch_of(0), Worth.on_desk(state, 0))
    assert (found.margin, found.trades, dict(found.more)) == (0, (), {})


@pytest.fixture
def types():
    """Accounts of a file with speculators at 1.5 x the risk of commodity A, and members without rates."""
    parameters = small_parameters(factors=(("2", "1", "1.5"),), extra=RATE_SETS)
    desk = SmallDesk(parameters)
    for name in ("hedger", "speculator", "member", "house"):
        row = desk.account(name, cash=10_000, terms=terms_of("", name, ""))
        desk.hold(row, JUNE, 10)
    desk.quote_all()
    return desk


def test_accounts_of_different_rate_sets_are_margined_each_by_its_own(types):
    assert types.state().accounts.margin[:2].tolist() == [money(3000), money(4500)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (2, "the parameters have no rates for this account: customer, member, core, initial"),
        (3, "the parameters have no rate set for this account: house"),
    ],
)
def test_an_account_without_rates_has_no_figure_and_says_why(types, row, reason):
    state = types.state()
    assert state.accounts.margin[row] == state.accounts.available[row] == NOT_COMPUTABLE
    assert state.accounts.standing[row] == Standing.UNKNOWN
    assert sentences_of(state, row) == [reason]
    assert state.blocked(row)


def test_an_account_without_rates_can_still_be_looked_at(types):
    detail = detail_of(types, 2)
    (line,) = detail.positions
    assert (detail.breakdown, line.margin) == ((), NOT_COMPUTABLE)
    assert [str(reason) for reason in detail.reasons] == [str(line.reason)]


def test_a_what_if_of_an_account_without_rates_says_why_and_reducing_passes(types):
    for quantity, verdict in ((1, Verdict.NOT_COMPUTABLE), (-1, Verdict.PASSES)):
        decision = ask(types, order(JUNE, quantity), account="member")
        assert (decision.verdict, len(decision.reasons)) == (verdict, 1)


def test_a_what_if_is_margined_by_the_rates_of_the_account(types):
    (effect,) = ask(types, order(JUNE, 1), account="speculator").effects
    assert effect.change.margin == money(450)


def test_a_position_in_a_commodity_without_rates_is_left_out_and_named(types):
    types.hold(1, EURO, 1, at=50)
    detail = detail_of(types, 1)
    assert types.state().accounts.margin[1] == money(4500)
    assert [str(line.reason) for line in detail.positions if line.reason] == [
        f"{EURO} has no rates for this account: customer, speculator, core, initial"
    ]


def test_the_factor_of_the_account_is_a_line_of_the_breakdown(types):
    (tree,) = detail_of(types, 1).breakdown
    kind, commodity = tree.children
    assert str(kind.label) == "Net-margined"
    assert str(kind.note) == "customer, speculator, core, initial; rate set 2, arrays of rate set 1"
    assert str(commodity.children[-1].label) == "Factor 1.5 of the account: customer, speculator, core, initial"
    assert commodity.children[-1].amount == money(1500)


def test_an_explanation_does_not_outlive_the_terms_of_its_account(types):
    state = types.state()
    earlier = explain(state, 0)
    types.account("hedger", terms=terms_of("", "speculator", ""))
    later = explain(types.state(), 0, earlier)
    assert later is not earlier
    assert np.array_equal(later.batch.rows, earlier.batch.rows)
