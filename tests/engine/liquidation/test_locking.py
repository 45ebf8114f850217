"""Positions that cannot be traded: found by price limits, locked, and closed together with what hedges them."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from engine.authorisation.instruction import Instruction
from engine.instruments import Contract
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import Aim, Draft, Effect, Execution
from engine.liquidation.proposal import Wish, instruction_of
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, known_of, price_limits_of
from engine.numbers import NOT_COMPUTABLE, PRICE, RATIO
from engine.reference import ContractReference, ProductReference, Reference
from engine.text import BadInputError
from tests.engine.authorisation.cast import path
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL, CL2 = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703"


def locked_spread(**known):
    """Long in a month that is locked at its limit, short in one that can be bought back."""
    trouble = Trouble(MARKET, {CL: 100, CL2: -60, "SIM:ES:FUT:202703": 5}, **known)
    price = trouble.state().price
    lower = trouble.unknown()
    lower[trouble.column(CL)] = price[trouble.column(CL)]
    bid, ask = (np.where(np.arange(len(price)) == trouble.column(CL), NOT_COMPUTABLE, price) for _ in range(2))
    return trouble, {"lower": lower, "bid": bid, "ask": ask}


def plan_of(aim, closing):
    (found,) = [plan for plan in plans(closing) if plan.aim is aim]
    return found


def test_what_closes_the_hedge_of_a_locked_position_is_one_order_with_its_lock():
    trouble, known = locked_spread(ratio=3.0)
    plan = plan_of(Aim.FASTEST, trouble.closing(**known))
    effects = {order.effect: order for order in plan.orders if order.bundle}
    close, lock = effects[Effect.CLOSE], effects[Effect.LOCK]
    assert [order.bundle for order in plan.orders] == [0, 1, 1]
    assert (str(close.contract), close.quantity) == (CL2, 60)
    assert (str(lock.lock_for), lock.covered, lock.quantity) == (CL, 100, -100)
    assert all(len(order.slices) == 1 for order in (close, lock))


def test_the_legs_of_a_group_go_whole_into_the_instruction():
    trouble, known = locked_spread(ratio=3.0)
    plan = plan_of(Aim.FASTEST, trouble.closing(Execution(TARGET, participation=RATIO // 10_000), **known))
    wish = Wish(bytes(16), "maker", RATIO, "locked", 1, 10**13)
    made = instruction_of(plan, wish, path())
    grouped = [order for order in made.orders if order.group]
    assert [(order.group, order.quantity, order.after) for order in grouped] == [(1, 60, 0), (1, 100, 0)]
    assert (grouped[1].covers, grouped[1].covered) == (CL, 100)
    assert Instruction.read(made.content) == made


def test_todays_and_earlier_hedges_are_legs_of_their_own():
    trouble, known = locked_spread(ratio=3.0, today=((CL2, (0, 20)),))
    execution = Execution(TARGET, close_today=frozenset({"SIM"}))
    plan = plan_of(Aim.FASTEST, trouble.closing(execution, **known))
    legs = [(order.effect, order.quantity) for order in plan.orders if order.bundle]
    assert legs == [(Effect.CLOSE_YESTERDAY, 40), (Effect.CLOSE_TODAY, 20), (Effect.LOCK, -100)]


def test_who_keeps_hedges_locks_what_they_leave_bare():
    trouble, known = locked_spread(ratio=3.0)
    closing = trouble.closing(**known)
    kept, others = plan_of(Aim.KEEP_HEDGES, closing), plan_of(Aim.FASTEST, closing)
    (lock,) = [order for order in kept.orders if order.effect is Effect.LOCK]
    assert (lock.bundle, lock.covered, lock.quantity) == (0, 40, -40)
    assert CL2 not in [str(order.contract) for order in kept.orders]
    assert kept.reached
    assert kept.cost < others.cost
    assert plan_of(Aim.CHEAPEST, closing).orders == kept.orders
    evaluated = evaluate(closing, Aim.EDITED, (Draft(lock.contract, -30, 0, lock.lock_for, 40),))
    assert [order.quantity for order in evaluated.orders] == [-30]


def test_the_steps_of_a_group_are_one():
    trouble, known = locked_spread(ratio=3.0)
    plan = plan_of(Aim.FASTEST, trouble.closing(**known))
    alone, close, lock = plan.steps
    assert close.figures == lock.figures == plan.after
    assert (close.freed, lock.freed) == (0, alone.figures.margin - plan.after.margin)
    assert plan.freed == plan.before.margin - plan.after.margin


def test_a_group_of_which_one_order_is_left_is_none():
    trouble, known = locked_spread(ratio=3.0)
    closing = trouble.closing(**known)
    lock = Draft(Contract.parse("SIM:CL:FUT:202706"), -100, 1, Contract.parse(CL), 100)
    assert [order.bundle for order in evaluate(closing, Aim.EDITED, (lock,)).orders] == [0]
    both = (Draft(Contract.parse(CL2), 60, 7), replace(lock, bundle=7))
    assert [order.bundle for order in evaluate(closing, Aim.EDITED, both).orders] == [1, 1]


@pytest.mark.parametrize(("quantity", "covered"), [(-101, 100), (100, 100), (-100, 90), (-1, 101), (-1, -1)])
def test_a_lock_is_never_larger_than_what_it_covers(quantity, covered):
    trouble, known = locked_spread(ratio=3.0)
    lock = Draft(Contract.parse("SIM:CL:FUT:202706"), quantity, 0, Contract.parse(CL), covered)
    with pytest.raises(BadInputError, match=r"open more than covers|100 CL 2027-01 are held"):
        evaluate(trouble.closing(**known), Aim.EDITED, (lock,))


def test_price_limits_are_whole_ticks_within_the_products_share_of_settlement():
    parameters = MARKET.calculation.parameters
    column = Trouble(MARKET, {CL: 1}).column
    reference = Reference(
        {"CL": ProductReference(price_limit=70_000)}, {MARKET.options[0]: ContractReference(price_limit=RATIO // 2)}
    )
    lower, upper = price_limits_of(parameters, reference)
    price = Fraction(int(parameters.contracts.price[column(CL)]))
    cent = PRICE // 100
    assert lower[column(CL)] == math.ceil(price * 93 / 100 / cent) * cent
    assert upper[column(CL)] == math.floor(price * 107 / 100 / cent) * cent
    option = column(MARKET.options[0])
    assert 0 < lower[option] < parameters.contracts.price[option] < upper[option]
    others = [column(name) for name in (*MARKET.options[1:], "SIM:ES:FUT:202703")]
    assert (lower[others] == NOT_COMPUTABLE).all()
    assert (upper[others] == NOT_COMPUTABLE).all()


def test_what_stands_at_its_limit_without_a_bid_cannot_be_sold_and_can_be_bought():
    trouble = Trouble(MARKET, {CL: 100, CL2: -60})
    state, column = trouble.state(), trouble.column(CL)
    known = known_of(MARKET.calculation.parameters, Reference({"CL": ProductReference(price_limit=70_000)}))
    ask = state.price.copy()
    ask[column] = known["lower"][column]
    bid = state.price.copy()
    bid[column] = NOT_COMPUTABLE
    trading = TradingCost.of(state, bid=bid, ask=ask, **known)
    sides = trading.is_tradable(np.array([column, column]), np.array([False, True]))
    assert sides.tolist() == [False, True]
