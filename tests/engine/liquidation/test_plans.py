from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.book import Account, PositionBook
from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.evaluation import evaluate
from engine.liquidation.plan import Aim, Draft, Effect, Execution
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, known_of, ticks_of
from engine.margin_terms import terms_of
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.reference import ContractReference, ProductReference, Reference
from tests.engine.liquidation.books import TARGET, Trouble, sample_market

MARKET = sample_market()
CL, CL2 = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703"

sizes = st.integers(-40, 40).filter(bool)
books = st.builds(
    lambda futures, options: {**futures, **options},
    st.dictionaries(st.sampled_from(MARKET.futures), sizes, min_size=1, max_size=8),
    st.dictionaries(st.sampled_from(MARKET.options), sizes, max_size=8),
)
ratios = st.floats(0.95, 3.0)


def margin_of(positions):
    """Margin of contracts as the desk values an account that holds just them."""
    trouble = Trouble(MARKET, {name: quantity for name, quantity in positions.items() if quantity})
    return int(trouble.state().accounts.margin[0])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books, ratios)
def test_every_plan_reaches_the_target_or_closes_all_there_is(positions, ratio):
    for plan in plans(Trouble(MARKET, positions, ratio).closing()):
        traded = {str(order.contract): 0 for order in plan.orders}
        for order in plan.orders:
            traded[str(order.contract)] += order.quantity
        if plan.reached:
            assert plan.after.margin * RATIO <= TARGET * plan.after.equity
        else:
            assert {name: -quantity for name, quantity in positions.items()} == traded
            assert plan.reasons


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books, ratios)
def test_no_plan_opens_or_flips_a_position(positions, ratio):
    for plan in plans(Trouble(MARKET, positions, ratio).closing()):
        left = dict(positions)
        for order in plan.orders:
            held = left[str(order.contract)]
            assert held * order.quantity < 0
            assert abs(order.quantity) <= abs(held)
            left[str(order.contract)] = held + order.quantity


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books, ratios)
def test_each_step_is_the_margin_of_what_is_left_computed_anew(positions, ratio):
    for plan in plans(Trouble(MARKET, positions, ratio).closing()):
        left = dict(positions)
        for order, step in list(zip(plan.orders, plan.steps, strict=True))[:4]:
            left[str(order.contract)] += order.quantity
            assert step.figures.margin == margin_of(left)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(books, ratios)
def test_steps_add_up_to_what_is_freed_and_costs_to_what_it_costs(positions, ratio):
    for plan in plans(Trouble(MARKET, positions, ratio).closing()):
        assert plan.before.margin - plan.after.margin == plan.freed
        assert plan.cost == sum(order.cost for order in plan.orders)
        assert plan.worst_cost >= plan.cost


def test_the_cheapest_plan_costs_no_more_than_any_other():
    found = list(
        plans(Trouble(MARKET, {CL: 120, CL2: -40, "SIM:ES:FUT:202703": 6, "SIM:ZN:FUT:202703": -30}).closing())
    )
    costs = {plan.aim: plan.cost for plan in found}
    assert set(costs) == {Aim.CHEAPEST, Aim.FASTEST, Aim.FEWEST_ORDERS, Aim.KEEP_HEDGES}
    assert costs[Aim.CHEAPEST] == min(costs.values())


def test_the_plan_of_fewest_orders_has_one_where_one_will_do():
    found = {plan.aim: plan for plan in plans(Trouble(MARKET, {CL: 120, "SIM:ES:FUT:202703": 1}).closing())}
    assert len(found[Aim.FEWEST_ORDERS].orders) == 1


def test_keeping_hedges_closes_every_position_by_the_same_share():
    found = {plan.aim: plan for plan in plans(Trouble(MARKET, {CL: 1000, CL2: -500}).closing())}
    first, second = (
        abs(order.quantity) for order in sorted(found[Aim.KEEP_HEDGES].orders, key=lambda each: each.quantity)
    )
    assert Fraction(second, 500) == pytest.approx(Fraction(first, 1000), abs=0.002)


def test_nothing_is_traded_beyond_need():
    plan = next(iter(plans(Trouble(MARKET, {CL: 200}, 1.5).closing())))
    (order,) = plan.orders
    trouble = Trouble(MARKET, {CL: 200}, 1.5).closing()
    one_less = evaluate(trouble, Aim.EDITED, (Draft(order.contract, order.quantity + 1),))
    assert plan.reached
    assert not one_less.reached


def test_closing_one_leg_of_a_hedge_first_is_avoided():
    """Margin of a calendar spread rises when one leg goes alone: no step of a plan may stand above the start."""
    for plan in plans(Trouble(MARKET, {CL: 100, CL2: -100, "SIM:ES:FUT:202703": 10}).closing()):
        assert all(step.figures.ratio <= plan.before.ratio for step in plan.steps)


def test_an_account_under_its_target_needs_no_order():
    (plan,) = plans(Trouble(MARKET, {CL: 10}, 0.5).closing())
    assert (plan.orders, plan.reached) == ((), True)
    assert [str(reason) for reason in plan.reasons] == ["the account is under its target already"]


def test_an_account_without_equity_is_closed_whole_and_says_that_it_does_not_suffice():
    closing = Trouble(MARKET, {CL: 10}, 1e9).closing()
    for plan in plans(closing):
        assert sum(order.quantity for order in plan.orders) == -10
        assert plan.after.margin == 0


def test_margin_too_large_to_compute_is_computed_again_once_enough_is_closed():
    closing = Trouble(MARKET, {CL: 10**11, "SIM:ES:FUT:202703": 1}).closing()
    assert closing.before.margin == NOT_COMPUTABLE
    drafts = {str(held.contract): Draft(held.contract, -held.quantity) for held in closing.held}
    plan = evaluate(closing, Aim.EDITED, (drafts[CL], drafts["SIM:ES:FUT:202703"]))
    assert [step.figures.margin for step in plan.steps] == [margin_of({"SIM:ES:FUT:202703": 1}), 0]


def test_each_side_of_a_gross_account_is_closed_apart():
    terms = terms_of("gross", "", "")
    closing = Trouble(MARKET, {CL: 50, CL2: -50}, 1.4, terms).closing()
    for plan in plans(closing):
        assert plan.reached
        assert all(order.effect is Effect.CLOSE for order in plan.orders)


def test_a_position_without_parameters_is_named_and_the_figures_say_that_they_leave_it_out():
    closing = Trouble(MARKET, {CL: 10, "SIM:XX:FUT:202701": 5}).closing()
    (untradable,) = closing.untradable
    assert untradable.contract.product == "XX"
    for plan in plans(closing):
        assert "margin leaves out positions without parameters" in [str(reason) for reason in plan.reasons]


def test_an_option_bought_back_is_paid_for():
    short = next(name for name in MARKET.options if ":ES:" in name)
    closing = Trouble(MARKET, {short: -10}).closing()
    plan = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, 10),))
    (order,) = plan.orders
    multiplier = int(MARKET.calculation.parameters.contracts.multiplier[closing.held[0].column])
    paid = Fraction(order.expected * 10, PRICE) * Fraction(multiplier, PRICE)
    assert plan.after.equity == plan.before.equity - paid * MONEY


def test_a_limit_price_lies_beyond_the_expected_one_on_whole_ticks():
    closing = Trouble(MARKET, {CL: 2_000}).closing()
    plan = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -2_000),))
    (order,) = plan.orders
    tick = int(closing.trading.tick[closing.held[0].column])
    assert order.limit < order.expected < order.reference
    assert order.limit % tick == order.expected % tick == 0


@given(quantity=st.integers(-40, 40).filter(bool), last=st.integers(50 * PRICE, 90 * PRICE), quoted=st.booleans())
def test_limit_prices_are_whole_steps_of_the_reference_file_and_never_nearer_the_market(quantity, last, quoted):
    parameters, step = MARKET.calculation.parameters, PRICE // 4
    known = known_of(parameters, Reference({"CL": ProductReference(tick=step)}))
    prices = np.full(len(parameters), last, dtype=np.int64)
    steps = np.full(len(parameters), 70 * PRICE, dtype=np.int64)
    quotes = {"bid": steps - step, "ask": steps + step} if quoted else {}
    closing = Trouble(MARKET, {CL: -quantity}).closing(reference=prices, **quotes, **known)
    (order,) = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, quantity),)).orders
    assert order.limit % step == order.expected % step == 0
    assert (order.limit - order.touch) * quantity >= 0


def test_options_and_single_contracts_have_steps_of_their_own():
    parameters = MARKET.calculation.parameters
    contract, option = parameters.find(Contract.parse(CL)), parameters.find(Contract.parse(MARKET.options[0]))
    other = parameters.find(Contract.parse(CL2))
    product = parameters.contract(option).product
    reference = Reference(
        {product: ProductReference(tick=PRICE // 4, option_tick=PRICE // 20)}, {CL: ContractReference(tick=PRICE // 2)}
    )
    found = ticks_of(parameters, reference)
    assert (found[contract], found[option], found[other]) == (PRICE // 2, PRICE // 20, PRICE // 100)


def test_no_slice_takes_more_than_its_share_of_the_days_volume():
    execution = Execution(TARGET, participation=RATIO // 10)
    closing = Trouble(MARKET, {CL: 500}).closing(execution)
    (order,) = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -500),)).orders
    assert sum(each.quantity for each in order.slices) == -500
    assert max(abs(each.quantity) for each in order.slices) == 20_000 // 10 // 72
    assert [each.after for each in order.slices] == [execution.slice_length * n for n in range(len(order.slices))]


def test_a_contract_of_unknown_volume_is_sent_at_once():
    trouble = Trouble(MARKET, {CL: 500})
    closing = trouble.closing(daily_volume=trouble.unknown())
    (order,) = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -500),)).orders
    assert [each.quantity for each in order.slices] == [-500]


def test_an_order_is_never_priced_beyond_the_exchanges_limits():
    trouble = Trouble(MARKET, {CL: 2_000})
    lower = trouble.unknown()
    reference = int(trouble.state().price[trouble.column(CL)])
    lower[trouble.column(CL)] = reference - PRICE // 100
    closing = trouble.closing(lower=lower)
    (order,) = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -2_000),)).orders
    assert order.limit == reference - PRICE // 100


def at_the_lower_limit(trouble, name):
    """The market of a contract locked at its lower limit: nothing bid."""
    lower, bid, ask = trouble.unknown(), trouble.unknown(), trouble.unknown()
    reference = int(trouble.state().price[trouble.column(name)])
    lower[trouble.column(name)] = ask[trouble.column(name)] = reference
    return {"lower": lower, "bid": bid, "ask": ask}


def test_a_locked_position_is_covered_in_another_month_and_said_so():
    trouble = Trouble(MARKET, {CL: 100}, 1.2)
    closing = trouble.closing(**at_the_lower_limit(trouble, CL))
    plan = next(iter(plans(closing)))
    (lock,) = plan.orders
    assert lock.effect is Effect.LOCK
    assert str(lock.lock_for) == CL
    assert lock.contract.product == "CL"
    assert lock.quantity == -100
    assert plan.after.margin < plan.before.margin
    assert [str(each.reason) for each in plan.untradable] == ["CL 2027-01 is locked at its price limit"]


def test_a_position_without_a_price_is_left_out_and_named():
    trouble = Trouble(MARKET, {CL: 100, CL2: 5}, 1.2, unquoted=frozenset())
    reference = trouble.state().price.copy()
    reference[trouble.column(CL2)] = NOT_COMPUTABLE
    closing = trouble.closing(reference=reference)
    assert [str(each.reason) for each in closing.untradable] == ["CL 2027-03 has no price"]
    assert all(str(order.contract) != CL2 for plan in plans(closing) for order in plan.orders)


def test_earlier_positions_are_closed_before_todays_where_the_exchange_asks():
    execution = Execution(TARGET, close_today=frozenset({"SIM"}))
    closing = Trouble(MARKET, {CL: 100}, today=((CL, (30, 0)),)).closing(execution)
    plan = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -80),))
    assert [(order.effect, order.quantity) for order in plan.orders] == [
        (Effect.CLOSE_YESTERDAY, -70),
        (Effect.CLOSE_TODAY, -10),
    ]


def test_it_says_so_where_the_feed_does_not_tell_todays_positions_apart():
    closing = Trouble(MARKET, {CL: 100}).closing(Execution(TARGET, close_today=frozenset({"SIM"})))
    plan = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -100),))
    assert "SIM tells today's positions from earlier ones, and the feed does not" in map(str, plan.reasons)


def test_a_net_account_that_holds_both_sides_closes_earlier_contracts_of_the_side_it_sells():
    trouble = Trouble(MARKET, {CL: 100})
    state = trouble.state()
    book = PositionBook(trouble.universe)
    row = book.set_account(Account("A", "Group", "USD"))
    book.set_position(row, trouble.column(CL), 100, 40, 1, 1, (70, 40))
    held = replace(state, book=replace(book.snapshot(), money=state.book.money))
    execution = Execution(TARGET, close_today=frozenset({"SIM"}))
    closing = Closing(held, trouble.universe, "A", TradingCost.of(held), execution)
    plan = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -60),))
    assert [(order.effect, order.quantity) for order in plan.orders] == [
        (Effect.CLOSE_YESTERDAY, -30),
        (Effect.CLOSE_TODAY, -30),
    ]


def test_a_plan_names_the_state_and_the_parameters_it_rests_on():
    plan = next(iter(plans(Trouble(MARKET, {CL: 100}).closing())))
    assert plan.sequence == 1
    assert plan.parameters == MARKET.calculation.parameters.origin.version


def test_a_thousand_contracts_at_the_touch_cost_only_the_touch_where_nobody_has_to_decide():
    trouble = Trouble(MARKET, {CL: 100})
    bid, size = trouble.state().price - PRICE // 100, np.full(len(MARKET.calculation.parameters), 1_000)
    closing = trouble.closing(Execution(TARGET, deciding=0), bid=bid, bid_quantity=size)
    (order,) = evaluate(closing, Aim.EDITED, (Draft(closing.held[0].contract, -100),)).orders
    assert order.touch == order.expected == order.limit == int(bid[closing.held[0].column])
