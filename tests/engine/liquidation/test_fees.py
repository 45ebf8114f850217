"""Fees stand in costs and equity, and a plan closes first what costs less where the exchange lets it choose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import Aim, Draft, Effect, Execution, Plan
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import known_of
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE
from engine.reference import FEE_SHARE, ContractReference, Fee, ProductReference, Reference
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL, CL2, ES = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703", "SIM:ES:FUT:202703"
ASKS = Execution(TARGET, close_today=frozenset({"SIM"}))
LEAVES = Execution(TARGET, close_today=frozenset())
CHEAP, DEAR = Fee(each=1 * MONEY), Fee(each=3 * MONEY)

fees = st.one_of(
    st.builds(Fee, each=st.integers(0, 20 * MONEY)), st.builds(Fee, share=st.integers(0, FEE_SHARE // 1_000))
)


def closing_of(
    reference: Reference,
    positions: dict[str, int],
    execution: Execution = ASKS,
    today: tuple[tuple[str, tuple[int, int]], ...] = (),
    ratio: float = 1.3,
) -> Closing:
    known = known_of(MARKET.calculation.parameters, reference)
    del known["daily_volume"]
    return Trouble(MARKET, positions, ratio, today=today).closing(execution, **known)


def plan_of(reference: Reference, quantity: int, execution: Execution = ASKS, today: int | None = None) -> Plan:
    """A long position of 100 in crude oil, some of it opened today, and an order that sells of it."""
    told = () if today is None else ((CL, (today, 0)),)
    closing = closing_of(reference, {CL: 100}, execution, told)
    return evaluate(closing, Aim.EDITED, (Draft(Contract.parse(CL), -quantity),))


def of(fee: Fee | None, today: Fee | None = None) -> Reference:
    return Reference({"CL": ProductReference(fee=fee, fee_close_today=today)})


NONE = plan_of(Reference(), 80)


def test_money_a_contract_is_in_both_costs_and_out_of_equity() -> None:
    plan = plan_of(of(DEAR), 80)
    (order,) = plan.orders
    assert order.fee == 240 * MONEY
    assert (plan.cost, plan.worst_cost) == (NONE.cost + 240 * MONEY, NONE.worst_cost + 240 * MONEY)
    assert plan.after.equity == NONE.after.equity - 240 * MONEY


def test_a_share_of_turnover_is_charged_at_the_price_that_is_traded_at() -> None:
    (order,) = plan_of(of(Fee(share=FEE_SHARE // 10_000)), 80).orders
    (bare,) = NONE.orders
    assert order.fee == order.expected * 80 * 1_000 * MONEY // PRICE // 10_000
    assert order.worst_cost - bare.worst_cost == order.limit * 80 * 1_000 * MONEY // PRICE // 10_000


@pytest.mark.parametrize(
    ("usual", "today", "sequence"),
    [
        (CHEAP, DEAR, [(Effect.CLOSE_YESTERDAY, -70, 70), (Effect.CLOSE_TODAY, -10, 30)]),
        (DEAR, CHEAP, [(Effect.CLOSE_TODAY, -30, 30), (Effect.CLOSE_YESTERDAY, -50, 150)]),
        (DEAR, Fee(), [(Effect.CLOSE_TODAY, -30, 0), (Effect.CLOSE_YESTERDAY, -50, 150)]),
        (DEAR, None, [(Effect.CLOSE_YESTERDAY, -70, 210), (Effect.CLOSE_TODAY, -10, 30)]),
    ],
)
def test_what_costs_less_is_closed_first_where_orders_say_which(
    usual: Fee, today: Fee | None, sequence: list[tuple[Effect, int, int]]
) -> None:
    plan = plan_of(of(usual, today), 80, today=30)
    assert [(order.effect, order.quantity, order.fee // MONEY) for order in plan.orders] == sequence


@given(fees, fees, st.integers(1, 100), st.one_of(st.none(), st.integers(0, 100)))
def test_where_the_exchange_decides_no_division_costs_more_than_is_counted(
    usual: Fee, today: Fee, quantity: int, opened: int | None
) -> None:
    (order,) = plan_of(of(usual, today), quantity, LEAVES, opened).orders
    (one,), (other,) = (plan_of(of(fee), quantity, LEAVES).orders for fee in (usual, today))
    least, most = (0, quantity) if opened is None else (max(0, quantity - 100 + opened), min(quantity, opened))
    dearest = max((other.fee * todays + one.fee * (quantity - todays)) // quantity for todays in (least, most))
    assert order.effect is Effect.CLOSE
    assert order.fee == pytest.approx(dearest, abs=2)


def test_a_contracts_own_fee_goes_before_that_of_its_product() -> None:
    own = ContractReference(fee=CHEAP)
    reference = Reference({"CL": ProductReference(fee=DEAR, fee_close_today=Fee())}, {CL: own})
    (order,) = plan_of(reference, 80).orders
    assert order.fee == 80 * MONEY
    plan = evaluate(closing_of(reference, {CL2: 10}), Aim.EDITED, (Draft(Contract.parse(CL2), -10),))
    assert plan.orders[0].fee == 30 * MONEY


def test_fees_that_are_not_known_are_not_taken_for_none_and_the_plan_says_so() -> None:
    assert NONE.orders[0].fee == NOT_COMPUTABLE
    said = "the fees of some contracts are not known: costs leave them out"
    assert said in map(str, NONE.reasons)
    assert said not in map(str, plan_of(of(CHEAP), 80).reasons)


@given(st.dictionaries(st.sampled_from([CL, CL2, ES]), st.integers(-40, 40).filter(bool), min_size=1), fees, fees)
def test_every_plan_reaches_its_target_with_fees_paid(positions: dict[str, int], usual: Fee, today: Fee) -> None:
    reference = Reference({"CL": ProductReference(fee=usual, fee_close_today=today), "ES": ProductReference(fee=usual)})
    told = tuple((name, (max(0, held) // 2, max(0, -held) // 2)) for name, held in positions.items())
    closing = closing_of(reference, positions, today=told, ratio=1.1)
    for plan in plans(closing):
        assert plan.reached is closing.reaches(plan.after)
        bare = evaluate(closing_of(Reference(), positions, today=told, ratio=1.1), plan.aim, drafts(plan))
        paid = sum(order.fee for order in plan.orders)
        assert plan.after.equity == bare.after.equity - paid
        assert plan.cost == bare.cost + paid


def drafts(plan: Plan) -> tuple[Draft, ...]:
    """The orders as they were drafted: both parts of a position together."""
    together: dict[Contract, Draft] = {}
    for order in plan.orders:
        before = together.get(order.contract, Draft(order.contract, 0))
        together[order.contract] = replace(before, quantity=before.quantity + order.quantity)
    return tuple(together.values())


def test_the_cheapest_plan_looks_for_contracts_without_fees() -> None:
    positions = {CL: 40, CL2: 40}
    dear = Fee(each=1_000 * MONEY)
    reference = Reference({"CL": ProductReference(fee=Fee())}, {CL: ContractReference(fee=dear)})
    (plan,) = [each for each in plans(closing_of(reference, positions, ratio=1.2)) if each.aim is Aim.CHEAPEST]
    assert {str(order.contract) for order in plan.orders} == {CL2}
