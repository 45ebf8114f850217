from fractions import Fraction
from itertools import product
from math import erfc, exp, log, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.decision import Order
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.scenarios.axes import Axis, AxisKind, Direction, price_axis, product_axis, time_axis, volatility_axis
from engine.scenarios.grids import grid
from engine.scenarios.results import GREEKS, Gap, MarginMode, Measure, Scope, Subject
from engine.span.arrays import SpanTable
from engine.span.live import LivePricing, with_live_arrays
from engine.span.requirements import requirements
from engine.state import batch_of
from engine.text import text
from tests.engine.scenarios.stress_desks import (
    CL,
    CL_NEXT,
    DAX,
    ES,
    ES_CALL,
    ES_PUT,
    StressDesk,
    calculation,
    model,
    price_of,
)

FIRM, MIXED = Subject(Scope.FIRM), Subject(Scope.ACCOUNT, "Mixed")
BOOK = {CL: 10, CL_NEXT: -4, ES: 3, DAX: 2, ES_PUT: -7, ES_CALL: 5}
QUANTITIES = st.integers(-500, 500)


def desk() -> StressDesk:
    made = StressDesk()
    made.account("Mixed", 1_000_000, BOOK)
    made.account("Futures", 300_000, {CL: -6, DAX: 1}, group="Other", currency="EUR")
    return made


def value(contract: str) -> Fraction:
    """Money of one price unit."""
    parameters = calculation().parameters
    return Fraction(int(parameters.contracts.multiplier[parameters.find(Contract.parse(contract))]), PRICE)


def test_nothing_is_won_or_lost_and_margin_is_todays_where_nothing_moves():
    state = desk().state()
    found = grid(state, model(), MIXED, price_axis(), volatility_axis())
    row = state.book.row("Mixed")
    assert (found.measures[Measure.PROFIT][20, 10], found.measures[Measure.MARGIN][20, 10]) == (
        0,
        state.accounts.margin[row],
    )


def test_equity_and_risk_ratio_where_nothing_moves_are_those_of_the_account_list():
    state = desk().state()
    found = grid(state, model(), MIXED, price_axis(), time_axis())
    row = state.book.row("Mixed")
    assert found.measures[Measure.EQUITY][20, 0] == state.accounts.equity[row]
    assert found.measures[Measure.RATIO][20, 0] == state.accounts.ratio[row]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUANTITIES, QUANTITIES, st.floats(-90.0, 90.0))
def test_futures_gain_in_proportion_to_the_move(first, second, move):
    made = StressDesk()
    made.account("Futures", 1_000_000, {CL: first, ES: second})
    axis = Axis(AxisKind.PRICE, text("All prices"), text("%"), np.array([move]))
    found = grid(made.state(quoted=False), model(), FIRM, axis, time_axis(steps=2))
    exact = sum(
        Fraction(price_of(contract), PRICE) * Fraction(move) / 100 * quantity * value(contract)
        for contract, quantity in ((CL, first), (ES, second))
    )
    # A price is rounded to its scale, once for each contract.
    slack = (abs(first) + abs(second)) * Fraction(1_000, PRICE) + Fraction(2, MONEY)
    assert abs(Fraction(int(found.measures[Measure.PROFIT][0, 0]), MONEY) - exact) <= slack


def test_options_are_revalued_by_the_formula_of_black():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {ES_PUT: -7})
    found = grid(made.state(), model(), MIXED, price_axis(20, 5), volatility_axis(10, 3))
    parameters = calculation().parameters
    row = parameters.find(Contract.parse(ES_PUT))
    table = parameters.contracts
    future, years = table.price[table.underlying[row]] / PRICE, table.years[row] / RATIO
    rate, known = table.interest[row] / RATIO, LivePricing(parameters).volatilities(table.price)[row] / RATIO

    def put(price: float, volatility: float) -> float:
        near = (log(price / 6000) + volatility**2 / 2 * years) / (volatility * sqrt(years))
        far = near - volatility * sqrt(years)
        normal = [0.5 * erfc(each / sqrt(2)) for each in (near, far)]
        return exp(-rate * years) * (6000 * normal[1] - price * normal[0])

    for (place, move), (level, points) in product(enumerate((-20, -10, 0, 10, 20)), enumerate((-10, 0, 10))):
        change = put(future * (1 + move / 100), known + points / 100) - put(future, known)
        exact = -7 * max(change, -table.price[row] / PRICE) * float(value(ES_PUT))
        assert found.measures[Measure.PROFIT][place, level] / MONEY == pytest.approx(exact, abs=1e-3)


def test_margin_at_a_node_is_span_on_live_arrays_at_its_prices():
    state = desk().state()
    row = state.book.row("Mixed")
    found = grid(state, model(), MIXED, price_axis(6, 3), volatility_axis(5, 2), MarginMode.NODE)
    pricing = LivePricing(calculation().parameters)
    prices = state.price.copy()
    volatility = pricing.volatilities(prices)
    for place, move in enumerate((-6, 0, 6)):
        moved = np.rint(prices * (1 + move / 100)).astype(np.int64)
        arrays = pricing.arrays(moved, np.where(volatility > 0, volatility + 5 * RATIO // 100, 0)).arrays
        table = SpanTable(with_live_arrays(calculation().parameters, arrays), calculation().table.convention)
        batch = batch_of(table, state.book.positions.of(row))[0]
        premium = found.measures[Measure.WORTH][place, 1] - found.measures[Measure.EQUITY][place, 1]
        now = grid(state, model(), MIXED, price_axis(6, 3), time_axis(steps=2)).measures
        shift = premium - (now[Measure.WORTH][1, 0] - now[Measure.EQUITY][1, 0])
        exact = _at_home(state, requirements(table, batch), shift)
        # Prices of premium are rounded apart.
        assert abs(found.measures[Measure.MARGIN][place, 1] - exact) < 100


def _at_home(state, totals, shift) -> int:
    """Requirement in USD, option value of the dollar contracts moved by ``shift``."""
    rates, result = state.rates, 0
    for place, code in enumerate(calculation().table.currencies):
        column = rates.currencies.index(code)
        amount = int(totals.risk[0, place]) - int(totals.net_option_value[0, place]) - (shift if code == "USD" else 0)
        home = rates.currencies.index("USD")
        result += round(
            max(0, amount) * Fraction(int(rates.numerator[column, home]), int(rates.denominator[column, home]))
        )
    return result


@pytest.mark.parametrize("mode", MarginMode)
def test_the_firm_is_the_sum_of_its_accounts(mode):
    state = desk().state()
    axes = price_axis(15, 5), volatility_axis(10, 3)
    firm = grid(state, model(), FIRM, *axes, mode=mode, greeks=True, currency="USD")
    parts = [
        grid(state, model(), Subject(Scope.ACCOUNT, name), *axes, mode=mode, greeks=True, currency="USD")
        for name in ("Mixed", "Futures")
    ]
    for measure in firm.measures.keys() - {Measure.RATIO}:
        total = parts[0].measures[measure] + parts[1].measures[measure]
        # Greeks of both are rounded into the other currency apart.
        assert np.abs(firm.measures[measure] - total).max() <= (2 if measure in GREEKS else 0), measure


def test_a_group_is_the_accounts_that_are_in_it():
    state = desk().state()
    axes = price_axis(15, 5), volatility_axis(10, 3)
    group = grid(state, model(), Subject(Scope.GROUP, "Other"), *axes, currency="USD")
    account = grid(state, model(), Subject(Scope.ACCOUNT, "Futures"), *axes, currency="USD")
    assert np.array_equal(group.measures[Measure.PROFIT], account.measures[Measure.PROFIT])


def test_only_the_named_products_move_along_a_direction():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {CL: 10, ES: 10})
    axis = price_axis(10, 3, Direction(text("Energy"), {"CL": 1.0}))
    found = grid(made.state(), model(), MIXED, axis, time_axis(steps=2)).measures[Measure.PROFIT]
    assert found[2, 0] == round(Fraction(price_of(CL), PRICE) / 10 * 10 * value(CL) * MONEY)


def test_products_move_one_after_the_other_on_an_axis_of_products():
    state, names = desk().state(), ("CL", "ES", "FDAX")
    alone = grid(state, model(), FIRM, price_axis(10, 3), product_axis(names), currency="USD").measures[Measure.PROFIT]
    both = grid(state, model(), FIRM, price_axis(10, 3), time_axis(steps=2), currency="USD").measures[Measure.PROFIT]
    # The book holds nothing else; each amount is rounded into dollars once.
    assert np.abs(alone.sum(axis=1) - both[:, 0]).max() <= 4


def test_a_long_option_gains_from_volatility_and_loses_with_time():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {ES_CALL: 5})
    found = grid(made.state(), model(), MIXED, volatility_axis(5, 3), time_axis(20, 3)).measures[Measure.PROFIT]
    assert found[0, 0] < found[1, 0] == 0 < found[2, 0]
    assert found[1, 2] < found[1, 1] < 0


def test_greeks_tell_what_small_moves_gain():
    state = desk().state()
    fine = grid(state, model(), MIXED, price_axis(0.1, 3), volatility_axis(0.1, 3), greeks=True).measures
    profit, at = fine[Measure.PROFIT], (1, 1)
    slope = (profit[2, 1] - profit[0, 1]) / 0.2
    assert fine[Measure.DELTA][at] == pytest.approx(slope, rel=1e-4)
    assert fine[Measure.VEGA][at] == pytest.approx((profit[1, 2] - profit[1, 0]) / 0.2, rel=1e-3)
    assert fine[Measure.GAMMA][at] == pytest.approx((profit[2, 1] + profit[0, 1]) / 0.01, rel=1e-2)
    day = grid(state, model(), MIXED, price_axis(1, 3), time_axis(1, 2)).measures[Measure.PROFIT]
    assert fine[Measure.THETA][at] == pytest.approx(day[1, 1], rel=1e-6)


def test_orders_change_the_grid_as_if_they_were_held():
    before, after = StressDesk(), StressDesk()
    before.account("Mixed", 1_000_000, {CL: 10, ES_PUT: -2})
    after.account("Mixed", 1_000_000, {CL: 4, ES_PUT: -2, ES: 3})
    orders = (Order(Contract.parse(CL), -6), Order(Contract.parse(ES), 3))
    axes = price_axis(15, 5), volatility_axis(10, 3)
    asked = grid(before.state(), model(), MIXED, *axes, orders=orders)
    held = grid(after.state(), model(), MIXED, *axes)
    for measure, figures in held.measures.items():
        assert np.array_equal(asked.measures[measure], figures), measure


def test_a_premium_that_an_order_pays_is_gone_from_equity_and_comes_back_as_worth():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {CL: 1})
    orders = (Order(Contract.parse(ES_CALL), 10),)
    axes = price_axis(15, 3), volatility_axis(10, 3)
    asked = grid(made.state(), model(), MIXED, *axes, orders=orders).measures
    premium = round(10 * Fraction(price_of(ES_CALL), PRICE) * value(ES_CALL) * MONEY)
    assert asked[Measure.EQUITY][1, 1] == 1_000_000 * MONEY - premium
    assert asked[Measure.WORTH][1, 1] == 1_000_000 * MONEY


def test_what_falls_short_is_what_is_worth_less_than_nothing():
    made = StressDesk()
    made.account("Mixed", 10_000, {CL: 10})
    found = grid(made.state(), model(), MIXED, price_axis(50, 5), time_axis(steps=2)).measures
    lost = Fraction(price_of(CL), PRICE) / 2 * 10 * value(CL)
    assert found[Measure.SHORTFALL][0, 0] == round((lost - 10_000) * MONEY)
    assert found[Measure.SHORTFALL][2, 0] == 0


def test_an_account_without_equity_says_so_and_still_has_profit_and_loss():
    made = StressDesk()
    row = made.account("Mixed", 1_000_000, {CL: 10})
    made.book.remove_money(row, "USD")
    found = grid(made.state(), model(), MIXED, price_axis(10, 3), time_axis(steps=2))
    assert found.measures[Measure.EQUITY][0, 0] == NOT_COMPUTABLE
    assert found.measures[Measure.PROFIT][0, 0] < 0
    assert found.gaps[0, 0] == Gap.NO_EQUITY
    assert "equity is not known" in str(found.reasons(0, 0)[0])


def test_the_firm_says_which_accounts_it_leaves_out():
    made = desk()
    made.book.remove_money(made.book.account("Futures"), "EUR")
    found = grid(made.state(), model(), FIRM, price_axis(10, 3), time_axis(steps=2), currency="USD")
    alone = grid(made.state(), model(), MIXED, price_axis(10, 3), time_axis(steps=2))
    assert "excludes 1 accounts" in str(found.notes[0])
    assert np.array_equal(found.measures[Measure.PROFIT], alone.measures[Measure.PROFIT])


def test_positions_without_parameters_are_left_out_by_name_of_how_many():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {CL: 10, "SIM:QQ:FUT:202701": 5})
    found = grid(made.state(), model(), MIXED, price_axis(10, 3), time_axis(steps=2))
    assert [str(note) for note in found.notes] == ["excludes 1 positions: no parameters"]


def test_an_account_that_does_not_exist_is_not_computable():
    found = grid(desk().state(), model(), Subject(Scope.ACCOUNT, "Nobody"), price_axis(), time_axis())
    assert (found.measures[Measure.PROFIT] == NOT_COMPUTABLE).all()
    assert "no such account" in str(found.reasons(0, 0)[0])


def test_the_active_scenario_lies_where_its_price_move_is():
    made = StressDesk()
    made.account("Mixed", 1_000_000, {CL: 10})
    found = grid(made.state(), model(), MIXED, price_axis(), volatility_axis())
    row = calculation().parameters.find(Contract.parse(CL))
    reach = calculation().table.parameters.contracts.arrays[1].price_scan[row] / MONEY
    assert found.active is not None
    assert found.active.x == pytest.approx(-100 * reach / float(Fraction(price_of(CL), PRICE) * value(CL)), rel=0.05)


def test_two_axes_of_one_kind_are_refused():
    with pytest.raises(ValueError, match="both axes are of the kind price"):
        grid(desk().state(), model(), FIRM, price_axis(), price_axis())
