"""Limit prices leave the market room for the time in which people decide, and all of it is in the worst cost."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import MINUTE, Aim, Draft, Execution
from engine.liquidation.proposal import collar
from engine.numbers import MONEY, PRICE, RATIO
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL = "SIM:CL:FUT:202701"
CHEAP = min(
    MARKET.options,
    key=lambda name: MARKET.calculation.parameters.contracts.price[
        MARKET.calculation.parameters.find(Contract.parse(name))
    ],
)
AT_ONCE = Execution(TARGET, deciding=0)

times = st.integers(0, 600 * MINUTE)
deviations = st.integers(0, 5 * RATIO)
sizes = st.sampled_from([-50, -7, -1, 1, 7, 50])


def column(figure):
    return np.full(len(MARKET.calculation.parameters), figure, dtype=np.int64)


def order_of(quantity, execution, name=CL, **market):
    """An order that closes a position of its size; 71 is bid, 73 asked, 72 was the last price, unless told."""
    market = {"reference": column(72 * PRICE), "bid": column(71 * PRICE), "ask": column(73 * PRICE), **market}
    closing = Trouble(MARKET, {name: -quantity}).closing(execution, **market)
    (order,) = evaluate(closing, Aim.EDITED, (Draft(Contract.parse(name), quantity),)).orders
    return order


def way(order):
    """How far the limit lies from the touch, away from the market."""
    return (order.limit - order.touch) * (1 if order.quantity > 0 else -1)


@given(sizes, times, deviations)
def test_a_limit_goes_by_the_allowance_further_than_where_nobody_has_to_decide(quantity, deciding, multiple):
    order = order_of(quantity, Execution(TARGET, deciding=deciding, deviations=multiple))
    at_once = order_of(quantity, AT_ONCE)
    assert way(order) == way(at_once) + order.allowance
    assert (order.touch, order.expected, order.cost) == (at_once.touch, at_once.expected, at_once.cost)


@given(sizes, times, deviations)
def test_the_allowance_is_the_deviation_of_that_time_in_whole_ticks_rounded_up(quantity, deciding, multiple):
    deviation, tick = 2 * PRICE, PRICE // 100
    execution = Execution(TARGET, deciding=deciding, deviations=multiple)
    order = order_of(quantity, execution, deviation=column(deviation))
    moves = deviation * (deciding / execution.day_length) ** 0.5 * multiple / RATIO
    assert order.allowance % tick == 0
    assert order.allowance == pytest.approx(moves, abs=tick * 1.001)
    assert order.allowance >= moves * (1 - 1e-9)
    assert bool(order.allowance) is bool(deciding and multiple)


@given(sizes, times, times, deviations)
def test_more_time_never_leaves_the_market_less_room(quantity, one, other, multiple):
    sooner, later = (
        order_of(quantity, Execution(TARGET, deciding=each, deviations=multiple)) for each in sorted((one, other))
    )
    assert sooner.allowance <= later.allowance
    assert sooner.worst_cost <= later.worst_cost


@given(sizes, times, deviations, st.floats(0, 1), st.integers(69, 75))
def test_a_market_that_moves_by_no_more_than_the_allowance_stays_in_the_collar(
    quantity, deciding, multiple, share, last
):
    execution = Execution(TARGET, deciding=deciding, deviations=multiple)
    order = order_of(quantity, execution, reference=column(last * PRICE))
    lowest, highest = collar(order)
    moved = int(order.allowance * share) * (1 if quantity > 0 else -1)
    assert lowest <= order.reference + moved <= highest
    assert lowest <= order.limit <= highest


@given(sizes, times)
def test_the_worst_cost_is_what_is_lost_at_the_limit_and_the_expected_cost_knows_no_allowance(quantity, deciding):
    order = order_of(quantity, Execution(TARGET, deciding=deciding))
    lost = Fraction((order.limit - order.reference) * quantity, PRICE) * 1_000 * MONEY
    assert order.worst_cost == lost
    assert order.worst_cost >= order.cost


def test_the_allowance_ends_at_the_exchanges_price_limit():
    at = column(70 * PRICE)
    order = order_of(-10, Execution(TARGET, deciding=600 * MINUTE), lower=at)
    assert (order.limit, order.allowance > PRICE) == (70 * PRICE, True)


def test_a_contract_whose_deviation_is_not_known_gets_a_tick():
    order = order_of(-1, Execution(TARGET), deviation=column(0), bid_quantity=column(10))
    assert way(order) == order.allowance == PRICE // 100


def test_nobody_is_asked_to_sell_an_option_for_less_than_a_tick():
    closing = Trouble(MARKET, {CHEAP: 10}).closing(Execution(TARGET, deciding=600 * MINUTE))
    (order,) = evaluate(closing, Aim.EDITED, (Draft(Contract.parse(CHEAP), -10),)).orders
    tick = int(closing.trading.tick[closing.held[0].column])
    assert order.touch - order.allowance < tick <= order.limit


def test_two_people_have_as_long_as_the_rules_allow_unless_told():
    assert Execution(TARGET).deciding == 135 * 10**9
