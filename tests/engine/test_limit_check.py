import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.largest_quantity import largest_quantity
from engine.limit_check import LimitChecker, narrowest
from engine.limit_result import Outcome
from engine.limits import Level
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from tests.engine.limit_books import CONTRACTS, NOON, Desk, check, limits, position_limit

COUNTS = st.integers(-300, 300)
BOOKS = st.dictionaries(st.sampled_from(CONTRACTS), COUNTS)
LEGS = st.lists(st.tuples(st.sampled_from(CONTRACTS), COUNTS.filter(bool)), min_size=1, max_size=3)
DESKS = st.builds(
    Desk, held=BOOKS, others=BOOKS, working=st.lists(st.tuples(st.sampled_from(CONTRACTS), COUNTS), max_size=3)
)
BODIES = st.one_of(
    st.builds(
        position_limit,
        st.integers(0, 500),
        st.sampled_from(list(Level)),
        st.sampled_from(["contract", "product"]),
    ),
    st.builds(
        lambda measure, bound, level: f"measure = '{measure}'\nof = '{level}'\nby = 'sector'\nhard = '{bound}'",
        st.sampled_from(["gross exposure", "net exposure", "delta exposure"]),
        st.integers(0, 60_000),
        st.sampled_from(list(Level)),
    ),
    st.builds(
        lambda measure, bound, level: f"measure = '{measure}'\nof = '{level}'\nby = 'product'\nhard = '{bound} %'",
        st.sampled_from(["share of equity", "share of gross"]),
        st.integers(0, 500),
        st.sampled_from(list(Level)),
    ),
    st.builds(lambda bound: f"measure = 'margin ratio'\nof = 'account'\nhard = '{bound} %'", st.integers(0, 100)),
    st.builds(
        lambda bound: f"measure = 'HHI'\nof = 'account'\nby = 'product'\nhard = '0.{bound:02}'", st.integers(0, 99)
    ),
)
SETS = st.lists(BODIES, min_size=1, max_size=5)


def only(limit_set, question):
    (result,) = check(limit_set, question).results
    return result


def test_a_result_shows_before_after_bound_and_headroom():
    result = only(limits(position_limit(150)), Desk(held={"CL1": 90}).ask(("CL1", 40)))
    assert (result.before, result.after, result.bound, result.headroom) == (90, 130, 150, 20)
    assert (result.outcome, result.owner, result.name, result.reason) == (Outcome.PASS, "A", "CL1", None)
    assert result.use == 130 * RATIO // 150


def test_an_order_over_the_hard_bound_is_refused_with_the_figures():
    answer = check(limits(position_limit(1500)), Desk(held={"CL1": 1490}).ask(("CL1", 11)))
    assert answer.refuses
    assert answer.outcome is Outcome.REFUSED
    assert [str(reason) for reason in answer.reasons] == ["L1: position in CL1 of A would be 1,501, at most 1,500"]


def test_an_order_over_the_soft_bound_warns_and_passes():
    answer = check(limits(position_limit(150, more="soft = 100")), Desk(held={"CL1": 90}).ask(("CL1", 11)))
    assert (answer.outcome, answer.refuses) == (Outcome.SOFT, False)
    assert str(answer.results[0].reason) == "L1: position in CL1 of A would be 101, at most 100"
    assert answer.warnings == (answer.results[0].reason,)


@pytest.mark.parametrize("body", ["mode = 'shadow'", "soft = 1\nmode = 'shadow'"])
def test_a_limit_in_shadow_tells_and_refuses_nothing(body):
    answer = check(limits(position_limit(10, more=body)), Desk().ask(("CL1", 11)))
    assert (answer.outcome, answer.refuses) == (Outcome.SHADOW, False)
    (warning,) = answer.warnings
    assert str(warning) == f"in shadow: {answer.results[0].reason}"


@pytest.mark.parametrize(
    ("rule", "legs", "refuses"),
    [
        ('accounts = ["A"]', [("CL1", 11)], False),
        ('accounts = ["B"]', [("CL1", 11)], True),
        ('groups = ["Alpha"]', [("CL1", 11)], False),
        ('limits = ["L1"]', [("CL1", 11)], False),
        ('products = ["CL"]', [("CL1", 11)], False),
        ('products = ["NG"]', [("CL1", 11)], True),
        ('products = ["CL"]', [("CL1", 11), ("NG1", 1)], True),
        ('contracts = ["CL1"]\naccounts = ["B"]', [("CL1", 11)], True),
    ],
)
def test_shadow_goes_by_limit_account_or_instrument_and_every_leg_must_be_in_it(rule, legs, refuses):
    limit_set = limits(position_limit(10) + f'[[mode]]\nmode = "shadow"\n{rule}')
    assert check(limit_set, Desk().ask(*legs)).refuses is refuses


def test_the_last_rule_that_fits_wins():
    rules = '[[mode]]\nmode = "shadow"\ngroups = ["Alpha"]\n[[mode]]\nmode = "enforce"\nproducts = ["CL"]'
    limit_set = limits(position_limit(10) + rules)
    assert check(limit_set, Desk().ask(("CL1", 11))).refuses
    assert not check(limit_set, Desk().ask(("NG1", 11))).refuses


@pytest.mark.parametrize(
    ("clock", "refuses"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("02:29", True), ("02:30", False)],
)
def test_a_window_over_midnight_holds_from_its_start_until_before_its_end(clock, refuses):
    hours, minutes = clock.split(":")
    time = (int(hours) * 3600 + int(minutes) * 60) * 10**9 + 20_000 * 86_400 * 10**9
    limit_set = limits(position_limit(10, more='windows = ["21:00-02:30"]'))
    assert check(limit_set, Desk(time=time).ask(("CL1", 11))).refuses is refuses


def test_limits_of_firm_group_and_account_hold_together_and_the_narrowest_is_named():
    limit_set = limits(
        position_limit(100),
        position_limit(50, more='groups = ["Alpha"]'),
        position_limit(70, more='accounts = ["A"]'),
    )
    answer = check(limit_set, Desk().ask(("CL1", 60)))
    assert [result.outcome for result in answer.results] == [Outcome.PASS, Outcome.REFUSED, Outcome.PASS]
    (decisive,) = narrowest(answer.results)
    assert decisive.bound == 50
    assert not check(limit_set, Desk(account="B", group="Beta").ask(("CL1", 60))).refuses


def test_accounts_under_one_control_count_as_one():
    limit_set = limits(position_limit(100, "group"))
    assert check(limit_set, Desk(held={"CL1": 10}, others={"CL1": 80}).ask(("CL1", 11))).refuses
    assert not check(limit_set, Desk(held={"CL1": 10}, others={"CL1": -80}).ask(("CL1", 11))).refuses


def test_an_account_without_a_group_has_no_group_limits():
    assert check(limits(position_limit(1, "group")), Desk(group="").ask(("CL1", 11))).results == ()


def test_only_what_the_order_touches_is_limited():
    limit_set = limits(position_limit(10, more='names = ["NG1"]'))
    assert check(limit_set, Desk().ask(("CL1", 50))).results == ()


def test_one_limit_on_all_products_judges_each_product_of_a_basket():
    answer = check(limits(position_limit(10, by="product")), Desk().ask(("CL1", 6), ("CL2", 5), ("NG1", 7)))
    assert [(result.name, result.after, result.refuses) for result in answer.results] == [
        ("CL", 11, True),
        ("NG", 7, False),
    ]


def test_a_relative_bound_is_a_share_of_its_basis_rounded_down():
    body = 'measure = "position"\nof = "account"\nby = "contract"\nrelative_to = "open interest"\nhard = "1.99 %"'
    assert only(limits(body), Desk().ask(("CL1", 19))).headroom == 0
    assert only(limits(body), Desk().ask(("CL1", 20))).refuses
    money = 'measure = "gross exposure"\nof = "account"\nrelative_to = "equity"\nhard = "50 %"'
    assert only(limits(money), Desk().ask(("CL1", 50))).bound == 5_000 * MONEY


@pytest.mark.parametrize("measure", ["gross exposure", "net exposure", "delta exposure"])
def test_a_missing_price_refuses_with_the_reason(measure):
    limit_set = limits(f'measure = "{measure}"\nof = "account"\nhard = 1_000_000')
    answer = check(limit_set, Desk(prices={"CL1": 100}).ask(("NG1", 1)))
    assert (answer.outcome, answer.refuses) == (Outcome.NOT_COMPUTABLE, True)
    assert str(answer.reasons[0]) == "L1: no price for CL2, ES1, NG1"
    assert (answer.results[0].after, answer.results[0].headroom) == (NOT_COMPUTABLE, NOT_COMPUTABLE)


def test_a_missing_figure_never_keeps_anybody_from_reducing():
    limit_set = limits('measure = "gross exposure"\nof = "account"\nhard = 1')
    answer = check(limit_set, Desk(held={"NG1": 5}, prices={}).ask(("NG1", -1)))
    assert (answer.reduces, answer.refuses) == (True, False)
    assert answer.results[0].reason is not None


def test_without_limits_new_risk_is_refused_and_reducing_passes():
    assert [str(reason) for reason in check(None, Desk().ask(("CL1", 1))).reasons] == ["no limits are loaded"]
    assert not check(None, Desk(held={"CL1": 2}).ask(("CL1", -1))).refuses


def test_an_order_that_no_required_limit_covers_is_refused():
    body = position_limit(
        100, more='names = ["CL1"]\n[[required]]\nmeasure = "position"\nof = "account"\nby = "contract"'
    )
    assert not check(limits(body), Desk().ask(("CL1", 1))).refuses
    answer = check(limits(body), Desk().ask(("NG1", 1)))
    assert [str(reason) for reason in answer.reasons] == ["no limit is defined: position in NG1"]
    assert not check(limits(body), Desk(held={"NG1": 3}).ask(("NG1", -1))).refuses


def test_missing_figures_of_a_group_refuse():
    question = Desk().ask(("CL1", 1))
    alone = type(question)(**{**{name: getattr(question, name) for name in question.__slots__}, "subjects": ()})
    answer = check(limits(position_limit(10, "group")), alone)
    assert [str(reason) for reason in answer.reasons] == ["L1: the figures of the group are missing"]


def test_money_in_another_currency_than_the_limits_refuses():
    limit_set = limits('measure = "gross exposure"\nof = "account"\nhard = 1_000_000')
    assert check(limit_set, Desk(currency="CNY").ask(("CL1", 1))).outcome is Outcome.NOT_COMPUTABLE


def test_working_orders_count_at_their_worst_case():
    limit_set = limits(position_limit(100))
    desk = Desk(held={"CL1": 50}, working=[("CL1", 30), ("CL1", -200)])
    result = only(limit_set, desk.ask(("CL1", 20)))
    assert (result.before, result.after, result.outcome) == (80, 100, Outcome.PASS)
    assert only(limit_set, desk.ask(("CL1", 21))).refuses
    assert only(limit_set, desk.ask(("CL1", -1))).refuses


def test_working_orders_of_different_contracts_do_not_cancel_out_in_gross():
    limit_set = limits('measure = "gross exposure"\nof = "account"\nhard = 10_000')
    desk = Desk(held={"CL1": 40, "NG1": -40}, working=[("CL1", 10), ("NG1", -10)])
    assert not check(limit_set, desk.ask(("ES1", 0))).refuses
    assert check(limit_set, desk.ask(("ES1", 1))).refuses


def test_the_legs_of_a_combination_fill_together_and_those_of_a_basket_may_not():
    limit_set = limits(position_limit(10, by="product"))
    legs = (("CL1", 20), ("CL2", -20))
    assert not check(limit_set, Desk().ask(*legs, together=True)).refuses
    assert check(limit_set, Desk().ask(*legs)).refuses


def test_who_is_over_a_bound_may_trade_what_does_not_raise_it():
    limit_set = limits(position_limit(10, by="product"), position_limit(500))
    over = Desk(held={"CL1": 30, "CL2": -5})
    assert not check(limit_set, over.ask(("CL2", -3))).refuses
    assert check(limit_set, over.ask(("CL1", -60))).refuses


def test_selling_what_working_orders_sell_already_does_not_reduce():
    desk = Desk(held={"CL1": 10}, working=[("CL1", -6)])
    assert desk.ask(("CL1", -4)).reduces
    assert not desk.ask(("CL1", -5)).reduces


def test_shares_and_ratios_are_shown_in_per_cent():
    body = 'measure = "share of equity"\nof = "account"\nby = "product"\nhard = "12.5 %"'
    answer = check(limits(body), Desk().ask(("CL1", 13)))
    assert str(answer.reasons[0]) == "L1: share of equity in CL of A would be 13.0 %, at most 12.5 %"


@given(st.data(), DESKS, SETS)
def test_reducing_always_passes(data, desk, bodies):
    contract = data.draw(st.sampled_from(CONTRACTS))
    own = desk.held.get(contract, 0)
    beside = sum(abs(size) for name, size in desk.working if name == contract and size * own < 0)
    assume(beside < abs(own))
    count = data.draw(st.integers(1, abs(own) - beside))
    question = desk.ask((contract, -count if own > 0 else count))
    assert question.reduces
    assert not check(limits(*bodies), question).refuses
    assert LimitChecker(limits(*bodies)).passes(question)


@given(DESKS, LEGS, SETS, BODIES)
def test_adding_a_limit_never_turns_a_refusal_into_a_pass(desk, legs, bodies, more):
    question = desk.ask(*legs)
    assume(check(limits(*bodies), question).refuses)
    assert check(limits(*bodies, more), question).refuses


@given(DESKS, LEGS, SETS)
def test_all_limits_refuse_exactly_where_one_of_them_does(desk, legs, bodies):
    question = desk.ask(*legs)
    alone = any(check(limits(body), question).refuses for body in bodies)
    answer = check(limits(*bodies), question)
    assert answer.refuses is alone
    assert LimitChecker(limits(*bodies)).passes(question) is not alone
    assert any(result.refuses for result in narrowest(answer.results)) is alone


@given(DESKS, LEGS, st.lists(st.integers(0, 500), min_size=1, max_size=4))
def test_the_narrower_bound_wins(desk, legs, bounds):
    question = desk.ask(*legs)
    together = check(limits(*(position_limit(bound) for bound in bounds)), question)
    assert together.refuses is check(limits(position_limit(min(bounds))), question).refuses
    assert {result.bound for result in narrowest(together.results)} == {min(bounds)}


@given(DESKS, st.sampled_from(CONTRACTS), st.integers(1, 300), st.integers(0, 900), st.sampled_from(list(Level)))
def test_at_the_headroom_an_order_passes_and_one_more_is_refused(desk, contract, count, bound, level):
    limit_set = limits(position_limit(bound, level))
    result = only(limit_set, desk.ask((contract, count)))
    assume(result.headroom >= 0 and result.after >= 0)
    assert only(limit_set, desk.ask((contract, count + result.headroom))).headroom == 0
    assert not check(limit_set, desk.ask((contract, count + result.headroom))).refuses
    assert check(limit_set, desk.ask((contract, count + result.headroom + 1))).refuses


@given(DESKS, st.sampled_from(CONTRACTS), st.sampled_from([1, -1]), SETS)
def test_the_largest_quantity_passes_and_one_more_does_not(desk, contract, sign, bodies):
    checker = LimitChecker(limits(*bodies))

    def passes(count):
        return checker.passes(desk.ask((contract, sign * count)))

    most = 2000
    found = largest_quantity(passes, most, kinks=[abs(desk.held.get(contract, 0))])
    if found is None:
        assert not passes(0)
        return
    assert passes(found)
    assert found == most or not passes(found + 1)


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.integers(1, 1_000_000))
def test_the_largest_of_an_interval_is_found_with_few_evaluations(low, high, most):
    asked = []

    def passes(count):
        asked.append(count)
        return low <= count <= high

    found = largest_quantity(passes, most, kinks=[low, high // 2])
    expected = min(high, most)
    assert found == (expected if low <= expected else None)
    assert len(asked) <= 2 * most.bit_length() + 10


def test_time_of_day_is_that_of_the_question():
    assert check(limits(position_limit(1, more='windows = ["11:00-13:00"]')), Desk(time=NOON).ask(("CL1", 2))).refuses
