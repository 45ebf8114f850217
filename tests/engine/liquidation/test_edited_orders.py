import pytest

from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.evaluation import evaluate, problems_of
from engine.liquidation.plan import Aim, Draft
from engine.text import BadInputError
from tests.engine.liquidation.books import Trouble, sample_market

MARKET = sample_market()
CL, CL2 = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703"


@pytest.fixture
def closing():
    return Trouble(MARKET, {CL: 10, CL2: -4}).closing()


def problems(closing, *orders):
    return [str(each) for each in problems_of(closing, [Draft(Contract.parse(name), n) for name, n in orders])]


def test_orders_that_close_what_is_held_are_in_order(closing):
    assert problems(closing, (CL, -10), (CL2, 4)) == []


def test_an_order_on_the_side_that_is_held_would_open(closing):
    assert problems(closing, (CL, 1)) == ["CL 2027-01 is not held on that side: it would open"]


def test_an_order_for_more_than_is_held_would_flip(closing):
    assert problems(closing, (CL, -11)) == ["closes 11 CL 2027-01, 10 held"]


def test_orders_in_the_same_contract_add_up(closing):
    assert problems(closing, (CL, -6), (CL, -6)) == ["closes 12 CL 2027-01, 10 held"]


def test_an_order_in_what_is_not_held_would_open(closing):
    assert problems(closing, ("SIM:ES:FUT:202703", -1)) == ["ES 2027-03 is not held on that side: it would open"]


def test_an_order_of_nothing_is_named(closing):
    assert problems(closing, (CL, 0)) == ["an order of 0 CL 2027-01"]


def test_an_unknown_contract_is_named(closing):
    assert problems(closing, ("SIM:ZZ:FUT:202701", -1)) == ["no contract is called SIM:ZZ:FUT:202701"]


def test_a_position_that_can_be_traded_is_closed_and_not_locked(closing):
    lock = Draft(Contract.parse("SIM:CL:FUT:202706"), -10, 1, Contract.parse(CL))
    assert [str(each) for each in problems_of(closing, [lock])] == [
        "CL 2027-01 can be traded: it is closed, not locked"
    ]


def test_edited_orders_that_are_no_forced_close_are_refused_with_the_first_problem(closing):
    with pytest.raises(BadInputError, match="A: closes 11 CL 2027-01, 10 held; change the order, or take it out"):
        evaluate(closing, Aim.EDITED, [Draft(Contract.parse(CL), -11)])


def test_each_edit_is_evaluated_anew(closing):
    whole = evaluate(closing, Aim.EDITED, [Draft(Contract.parse(CL), -10)])
    half = evaluate(closing, Aim.EDITED, [Draft(Contract.parse(CL), -5)])
    assert half.cost < whole.cost
    assert half.after.margin != whole.after.margin


def test_an_unknown_account_is_refused(closing):
    with pytest.raises(BadInputError, match="no account is called B"):
        Closing(closing.state, closing.universe, "B", closing.trading, closing.execution)
