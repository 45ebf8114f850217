import pytest

from engine.classification import Classification
from engine.detail import account_detail, explain, with_market
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.reference import ContractReference, Reference
from engine.snapshot import PriceState
from tests.engine.desks import CALL, JULY, JUNE, SmallDesk, money


@pytest.fixture
def desk():
    desk = SmallDesk()
    desk.account("A", cash=10_000)
    return desk


def detail_of(desk):
    state = desk.state()
    return account_detail(state, desk.universe, 0, explain(state, 0))


def test_a_position_shows_price_profit_margin_and_share_of_equity(desk):
    desk.hold(0, JUNE, 4, at=100)
    desk.quote(JUNE, 110, age=5)
    (line,) = detail_of(desk).positions
    assert (line.long, line.short, line.net) == (4, 0, 4)
    assert line.price_state is PriceState.LIVE
    assert line.price_age == 5
    assert line.profit == money(4 * 10 * 10)
    assert line.margin == money(1200)
    assert line.share == round(4 * 110 * 10 * RATIO / 10_400)


def test_a_flat_position_is_not_shown(desk):
    desk.hold(0, JUNE, 0)
    assert detail_of(desk).positions == ()


@pytest.mark.parametrize(("age", "state"), [(0, PriceState.LIVE), (2 * 10**9, PriceState.STALE)])
def test_a_price_says_whether_it_is_stale(desk, age, state):
    desk.hold(0, JUNE, 1)
    desk.quote(JUNE, 100, age=age)
    assert detail_of(desk).positions[0].price_state is state


def test_a_price_from_the_parameters_says_so(desk):
    desk.hold(0, JUNE, 1)
    assert detail_of(desk).positions[0].price_state is PriceState.SETTLEMENT


def test_a_position_without_parameters_says_why_it_has_no_margin(desk):
    desk.hold(0, "X:UNKNOWN:FUT:202606", 5)
    detail = detail_of(desk)
    (line,) = detail.positions
    assert line.margin == line.share == NOT_COMPUTABLE
    assert str(line.reason) == "no parameters for this contract"
    assert "excludes 1 positions: UNKNOWN 2026-06" in [str(reason) for reason in detail.reasons]


def test_the_breakdown_adds_up_from_the_leaves(desk):
    desk.hold(0, JUNE, 10)
    desk.hold(0, JULY, -4)
    desk.hold(0, CALL, -3, at=7)
    desk.quote_all()
    (tree,) = detail_of(desk).breakdown
    value, commodity = tree.children
    assert tree.amount == value.amount + commodity.amount
    assert value.amount == sum(child.amount for child in value.children) == money(3 * 7 * 10)
    scan, delta, intra, minimum = commodity.children
    assert delta.amount is minimum.amount is None
    assert commodity.amount == scan.amount + intra.amount
    assert scan.amount == sum(child.amount for child in scan.children)
    assert intra.amount == sum(child.amount for child in intra.children) == money(4 * 40)
    assert str(minimum.label) == "Short option minimum 60.00, not reached"


def test_a_scan_shows_its_sixteen_scenarios_and_the_active_one(desk):
    desk.hold(0, JUNE, 10)
    scan = detail_of(desk).breakdown[0].children[0].children[0]
    assert len(scan.scenarios) == 16
    assert scan.scenarios[scan.active - 1] == scan.amount == max(scan.scenarios)
    assert str(scan.label) == "Scan risk, scenario 13"


def test_a_spread_names_its_legs_and_what_they_used(desk):
    desk.hold(0, JUNE, 10)
    desk.hold(0, JULY, -4)
    (spread,) = detail_of(desk).breakdown[0].children[0].children[2].children
    assert str(spread.label) == "Spread 1: A 1 : A 1"
    assert str(spread.note) == "4 formed at 40"
    assert [str(leg.label) for leg in spread.children] == ["A: +4 delta", "A: -4 delta"]


def test_an_explanation_is_kept_while_the_book_stays_the_same(desk):
    desk.hold(0, JUNE, 10)
    first = explain(desk.state(), 0)
    desk.quote(JUNE, 105)
    assert explain(desk.state(), 0, first) is first
    desk.hold(0, JUNE, 11)
    assert explain(desk.state(), 0, first).breakdown[0].amount == money(11 * 300)


def test_positions_stand_against_their_market_as_far_as_it_is_known():
    desk = SmallDesk()
    desk.quote_all()
    row = desk.account("A", cash=1000)
    desk.hold(row, JUNE, -30)
    desk.hold(row, JULY, 5)
    reference = Reference(contracts={JUNE: ContractReference(400, 40)})
    state = desk.state()
    detail = account_detail(state, desk.universe, row, explain(state, row))
    june, july = with_market(detail, Classification.of(desk.universe, desk.parameters, reference)).positions
    assert (june.share_of_interest, june.days) == (75 * RATIO // 1000, 30 * RATIO * 5 // 40)
    assert (july.share_of_interest, july.days) == (NOT_COMPUTABLE, NOT_COMPUTABLE)
