from fractions import Fraction

import numpy as np
import pytest

from engine.decision import Request
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.order import Order
from engine.scenarios.applied import scan_spans
from engine.scenarios.margins import finished
from engine.scenarios.named import Kind, Move, RateRise, Scenario, ScenarioSet, Selection
from engine.scenarios.ordered import orders_under_stress
from engine.scenarios.stress import Fate, changes_between, stress
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

ALL = Selection(everything=True)


def scenario(name: str, **more) -> Scenario:
    return Scenario(name, text("{name}", name=name), Kind.HYPOTHETICAL, **more)


def moving(name: str, price: float) -> Scenario:
    return scenario(name, moves=(Move(ALL, price),))


def run_of(desk: StressDesk, *scenarios: Scenario, currency="USD"):
    return finished(stress(desk.state(), model(), ScenarioSet("v1", scenarios), 7, currency))


def value(contract: str) -> Fraction:
    parameters = calculation().parameters
    return Fraction(int(parameters.contracts.multiplier[parameters.find(Contract.parse(contract))]), PRICE)


def loss_of(contract: str, quantity: int, move: Fraction) -> int:
    """What a future loses, money scale."""
    return round(-quantity * Fraction(price_of(contract), PRICE) * move * value(contract) * MONEY)


def crowded() -> StressDesk:
    desk = StressDesk()
    desk.account("Rich", 10_000_000, {CL: 5, ES_PUT: -3, ES_CALL: 4})
    desk.account("Long", 40_000, {CL: 4})
    desk.account("Short", 40_000, {CL: -4})
    desk.account("Euro", 60_000, {DAX: 1}, currency="EUR", group="Other")
    return desk


def test_who_is_worth_less_than_nothing_falls_short_by_that_much():
    run = run_of(crowded(), moving("down", -0.2))
    row = run.accounts.names.index("Long")
    lost = loss_of(CL, 4, Fraction(-1, 5))
    assert Fate(int(run.accounts.fate[row])) is Fate.SHORT
    assert run.accounts.shortfall[row] == lost - 40_000 * MONEY


def test_the_worst_comes_first():
    run = run_of(crowded(), moving("down", -0.2), moving("up", 0.15))
    names = [run.accounts.names[row] for row in run.order.tolist()]
    assert names == ["Euro", "Long", "Short", "Rich"]


def test_the_firm_is_the_sum_of_its_accounts():
    run = run_of(crowded(), moving("down", -0.2), moving("up", 0.1), currency="USD")
    dollars = [row for row, code in enumerate(run.accounts.currencies) if code == "USD"]
    euro = run.accounts.currencies.index("EUR")
    rate = Fraction(next(each.factor for each in model().parameters.conversions if each.source == "EUR"))
    expected = run.figures.profit[dollars].sum(axis=0) + np.array(
        [round(int(amount) * rate) for amount in run.figures.profit[euro]]
    )
    assert np.abs(run.firm.profit - expected).max() <= 1


def test_margin_under_doubled_rates_is_twice_what_it_was():
    desk = StressDesk()
    desk.account("Long", 1_000_000, {CL: 4, CL_NEXT: -2})
    doubled = scenario("double", rises=(RateRise(ALL, 2 * RATIO),))
    run = run_of(desk, scenario("week", days=7.0), doubled)
    assert run.figures.margin[0, 1] == 2 * run.figures.margin[0, 0] > 0


def test_rates_rise_only_where_they_are_said_to():
    desk = StressDesk()
    desk.account("Both", 1_000_000, {CL: 4, ES: 2})
    energy = scenario("energy", rises=(RateRise(Selection(sectors=("Energy",)), 2 * RATIO),))
    every = scenario("every", rises=(RateRise(ALL, 2 * RATIO),))
    run = run_of(desk, scenario("week", days=7.0), energy, every)
    base, one, both = run.figures.margin[0].tolist()
    assert base < one < both == 2 * base


def test_without_credits_margin_is_what_each_commodity_needs_alone():
    desk = StressDesk()
    desk.account("Spread", 1_000_000, {CL: 4, "SIM:RB:FUT:202701": -4})
    desk.account("Oil", 1_000_000, {CL: 4})
    desk.account("Gasoline", 1_000_000, {"SIM:RB:FUT:202701": -4})
    run = run_of(desk, scenario("week", days=7.0), scenario("none", credits=False))
    margin = dict(zip(run.accounts.names, run.figures.margin.tolist(), strict=True))
    assert margin["Spread"][0] < margin["Spread"][1] == margin["Oil"][0] + margin["Gasoline"][0]


def test_closing_out_costs_a_share_of_the_scan_range_of_every_contract():
    desk = StressDesk()
    desk.account("Long", 1_000_000, {CL: 4, ES: -3})
    run = run_of(desk, scenario("dry", closing_cost=RATIO // 4))
    arrays = model().parameters.contracts.arrays[model().parameters.rate_set]
    rows = [model().parameters.find(Contract.parse(contract)) for contract in (CL, ES)]
    assert run.figures.profit[0, 0] == -(4 * int(arrays.price_scan[rows[0]]) + 3 * int(arrays.price_scan[rows[1]])) // 4


def test_an_account_that_is_not_computable_is_counted_and_in_no_sum():
    desk = crowded()
    desk.book.remove_money(desk.book.account("Short"), "USD")
    run = run_of(desk, moving("up", 0.2))
    whole = run_of(crowded(), moving("up", 0.2))
    row = run.accounts.names.index("Short")
    assert (run.firm.unknown[0], Fate(int(run.accounts.fate[row]))) == (1, Fate.UNKNOWN)
    assert run.accounts.profit[row] == NOT_COMPUTABLE
    assert run.firm.profit[0] == whole.firm.profit[0] - whole.figures.profit[row, 0]


def test_the_worst_scenario_of_an_account_is_the_one_that_leaves_least():
    run = run_of(crowded(), moving("small", -0.01), moving("down", -0.2), moving("up", 0.2))
    worst = {name: int(run.accounts.worst[row]) for row, name in enumerate(run.accounts.names)}
    assert (worst["Long"], worst["Short"]) == (1, 2)


def test_changes_name_who_got_worse_before_who_got_better():
    before = run_of(crowded(), moving("down", -0.2))
    desk = crowded()
    desk.account("Long", 5_000_000, {CL: 4})
    desk.account("Short", 1_000, {CL: 4})
    after = run_of(desk, moving("down", -0.2))
    found = [(change.account, change.after) for change in changes_between(before, after)]
    assert found == [("Short", Fate.SHORT), ("Long", Fate.OK)]


def test_nothing_has_changed_since_nothing_or_the_same():
    run = run_of(crowded(), moving("down", -0.2))
    assert changes_between(None, run) == changes_between(run, run) == ()


def test_a_scenario_that_means_nothing_listed_is_named_as_idle():
    run = run_of(crowded(), moving("down", -0.2), scenario("moon", moves=(Move(Selection(products=("MOON",)), -0.5),)))
    assert run.idle == {"moon"}


def test_a_run_tells_how_far_it_is_and_always_further():
    shares = list(stress(crowded().state(), model(), ScenarioSet("v", (moving("down", -0.2), moving("up", 0.1))), 0))
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_all_by_two_ranges_moves_each_product_by_twice_its_own():
    desk = StressDesk()
    desk.account("Long", 1_000_000, {CL: 1})
    run = run_of(desk, scenario("two", moves=(Move(ALL, ranges=-2.0),)))
    span = Fraction(float(scan_spans(model())[model().products.index("CL")]))
    assert run.figures.profit[0, 0] == pytest.approx(-loss_of(CL, 1, -2 * span), abs=MONEY // 1_000)


def test_orders_under_stress_are_the_account_as_if_it_held_them():
    before, after = StressDesk(), StressDesk()
    before.account("Long", 60_000, {CL: 2})
    after.account("Long", 60_000, {CL: 6, ES_PUT: -1})
    premium = round(Fraction(price_of(ES_PUT), PRICE) * value(ES_PUT) * MONEY)
    after.book.set_money(0, "USD", 60_000 * MONEY + premium, 0)
    orders = (Order(Contract.parse(CL), 4), Order(Contract.parse(ES_PUT), -1))
    chosen = ScenarioSet("v1", (moving("down", -0.2), moving("up", 0.1)))
    found = orders_under_stress(before.state(), model(), chosen, Request(7, "Long", orders))
    held, alone = (finished(stress(desk.state(), model(), chosen, 0)) for desk in (after, before))
    assert (found.request.number, found.after.shortfall) == (7, held.figures.shortfall[0].max())
    assert found.before.shortfall == alone.figures.shortfall[0].max()
    assert (found.before.short, found.after.short, str(found.after.worst)) == (0, 1, "down")


def test_orders_of_an_account_that_does_not_exist_have_no_answer():
    chosen = ScenarioSet("v1", (moving("down", -0.2),))
    assert orders_under_stress(crowded().state(), model(), chosen, Request(1, "Nobody", ())) is None
