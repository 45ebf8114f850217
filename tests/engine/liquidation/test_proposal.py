from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.authorisation.instruction import Effect, GenerationPath, Instruction, PriceType, Side, Stage
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import Aim, Draft, Execution, Slice
from engine.liquidation.proposal import Wish, collar, expected_of, instruction_of
from engine.liquidation.search import plans
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.text import BadInputError
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL, CL2 = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703"
WISH = Wish(b"\x07" * 16, "officer", 12 * RATIO // 10, "over the line", 10**18, 10**18 + 10**12)
PATH = GenerationPath(
    b"s" * 16, 7, b"p" * 8, b"q" * 32, b"a" * 32, "0.1", b"t" * 32, b"i" * 32, b"o" * 32, (Stage("plan", 1, 2),)
)


def plan_of(positions, **more):
    return next(iter(plans(Trouble(MARKET, positions, 1.4).closing(**more))))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(MARKET.futures), st.integers(-60, 60).filter(bool), min_size=1, max_size=5))
def test_every_plan_becomes_an_instruction_that_reads_as_itself(positions):
    for plan in plans(Trouble(MARKET, positions, 1.4).closing()):
        instruction = instruction_of(plan, WISH, PATH)
        assert Instruction.read(instruction.content) == instruction
        assert len(expected_of(plan).prices) == len(instruction.orders)


def test_side_effect_quantity_and_limit_are_those_of_the_plan():
    plan = plan_of({CL: 20})
    (order,) = instruction_of(plan, WISH, PATH).orders
    (planned,) = plan.orders
    assert (order.side, order.effect, order.price_type) == (Side.SELL, Effect.CLOSE, PriceType.LIMIT)
    assert (order.contract, order.quantity, order.limit) == (CL, -planned.quantity, planned.limit)


def test_each_slice_is_an_order_that_waits_for_its_turn():
    closing = Trouble(MARKET, {CL: 100, CL2: -100}).closing(Execution(TARGET, slice_length=10**9))
    drafts = [Draft(held.contract, -held.quantity) for held in closing.held]
    instruction = instruction_of(evaluate(closing, Aim.EDITED, drafts), WISH, PATH)
    turns = [order.after for order in instruction.orders]
    assert turns == sorted(turns)
    assert len(set(turns)) > 1
    assert sum(order.quantity for order in instruction.orders if order.contract == CL) == 100


def test_the_market_may_be_as_bad_as_the_limit_and_no_worse():
    (planned,) = plan_of({CL: 100}).orders
    lowest, highest = collar(planned)
    assert lowest == planned.limit < planned.reference < highest
    (planned,) = plan_of({CL: -100}).orders
    lowest, highest = collar(planned)
    assert lowest < planned.reference < planned.limit == highest


def test_the_worst_cost_that_is_signed_is_that_of_every_limit():
    plan = plan_of({CL: 100})
    assert instruction_of(plan, WISH, PATH).worst_cost == plan.worst_cost


def test_the_expected_figures_are_those_of_the_plan():
    plan = plan_of({CL: 100})
    expected = expected_of(plan)
    assert (expected.ratio_before, expected.ratio_after) == (plan.before.ratio, plan.after.ratio)
    assert (expected.margin_before, expected.margin_after) == (plan.before.margin, plan.after.margin)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"orders": (), "steps": ()}, "the plan has no orders"),
        ({"worst_cost": NOT_COMPUTABLE}, "its cost is not computable"),
    ],
)
def test_what_cannot_be_signed_is_refused(change, message):
    with pytest.raises(BadInputError, match=message):
        instruction_of(replace(plan_of({CL: 100}), **change), WISH, PATH)


def test_more_slices_than_an_instruction_holds_are_refused():
    plan = plan_of({CL: 600})
    order = replace(plan.orders[0], slices=tuple(Slice(number, -1) for number in range(501)))
    with pytest.raises(BadInputError, match="501 slices, an instruction holds 500"):
        instruction_of(replace(plan, orders=(order,)), WISH, PATH)
