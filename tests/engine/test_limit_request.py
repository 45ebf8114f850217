import numpy as np
import pytest

from engine.classification import Classification, Dimension
from engine.decision import Order
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.largest_quantity import largest_quantity
from engine.limit_check import LimitChecker
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Members
from engine.limit_owners import Owners
from engine.limit_request import placed, question_of
from engine.limit_result import Outcome
from engine.limited_desk import LimitedDesk
from engine.limits import Level
from engine.margin_terms import USUAL
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import CALL, JULY, JUNE, SmallDesk, money
from tests.engine.limit_books import NOON, limits, position_limit

GROSS = USUAL._replace(gross=True)


@pytest.fixture
def desk():
    """Accounts A0 and A1 of one group, 10,000 each, everything quoted."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for name in ("A0", "A1"):
        desk.account(name, cash=10_000)
    return desk


def orders_of(*legs, closes=False):
    return [Order(Contract.parse(contract), quantity, closes) for contract, quantity in legs]


def question(desk, *legs, account=0, working=(), closes=False, together=False):
    orders = orders_of(*legs, closes=closes)
    working = [(row, order) for row, *leg in working for order in orders_of(leg)]
    for order in (*orders, *(order for _, order in working)):
        desk.universe.column(order.contract)
    state = desk.state()
    exposures = Exposures.of(state, Classification.of(desk.universe, desk.parameters, REFERENCE), "USD")
    rows = [placed(state, exposures.classification, row, [(order,)]) for row, order in working]
    waiting = np.concatenate((np.zeros((0, 4), dtype=np.int64), *rows))
    limited, every = LimitedDesk(state, exposures), np.arange(len(state.book.accounts))
    owners = (
        (Level.ACCOUNT, "A0", every[account : account + 1]),
        (Level.GROUP, "Group", every),
        (Level.FIRM, "F", every),
    )
    holdings = [(level, OwnerHoldings(limited, name, Members(state.book, rows))) for level, name, rows in owners]
    return question_of(Owners(account, holdings), orders, waiting, NOON, together)


def refuses(desk, limit_set, *legs, **more):
    return LimitChecker(limit_set).evaluate(question(desk, *legs, **more)).refuses


def test_every_measure_of_a_real_desk_is_checked(desk):
    desk.hold(0, JUNE, 5)
    bodies = [
        "measure = 'margin ratio'\nof = 'account'\nhard = '30 %'",
        "measure = 'share of equity'\nof = 'account'\nby = 'sector'\nhard = '100 %'",
        "measure = 'share of gross'\nof = 'group'\nby = 'product'\nhard = '100 %'",
        "measure = 'gross exposure'\nof = 'firm'\nhard = 10_000",
        "measure = 'net exposure'\nof = 'account'\nby = 'asset class'\nrelative_to = 'equity'\nhard = '100 %'",
        "measure = 'delta exposure'\nof = 'account'\nby = 'currency'\nhard = 10_000",
        position_limit(10, "group"),
        "measure = 'HHI'\nof = 'account'\nby = 'contract'\nhard = 1",
    ]
    answer = LimitChecker(limits(*bodies)).evaluate(question(desk, (JUNE, 5)))
    assert [result.outcome for result in answer.results] == [Outcome.PASS] * 8
    assert [result.headroom for result in answer.results] == [0] * 8
    more = LimitChecker(limits(*bodies)).evaluate(question(desk, (JUNE, 6)))
    # Shares of the whole cannot go beyond one.
    assert [result.refuses for result in more.results] == [True, True, False, True, True, True, True, False]


def test_an_order_across_related_accounts_is_refused_where_the_group_crosses(desk):
    limit_set = limits("measure = 'share of equity'\nof = 'group'\nby = 'product'\nhard = '60 %'")
    desk.hold(0, JUNE, 4)
    desk.hold(1, JULY, 5)
    assert not refuses(desk, limit_set, (JUNE, 3))
    assert refuses(desk, limit_set, (JUNE, 4))


def test_working_orders_of_related_accounts_count(desk):
    limit_set = limits(position_limit(10, "group"))
    assert not refuses(desk, limit_set, (JUNE, 4), working=[(1, JUNE, 6)])
    assert refuses(desk, limit_set, (JUNE, 5), working=[(1, JUNE, 6), (1, JUNE, -20)])
    assert not refuses(desk, limits(position_limit(10)), (JUNE, 5), working=[(1, JUNE, 6)])


def test_an_order_on_top_of_working_ones_that_close_the_position_does_not_reduce(desk):
    desk.hold(0, JUNE, 5)
    assert question(desk, (JUNE, -5)).reduces
    assert not question(desk, (JUNE, -5), working=[(0, JUNE, -1)]).reduces


def test_closing_a_side_of_a_gross_margined_account_reduces_and_opening_the_other_does_not():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    desk.account("A0", cash=10_000, terms=GROSS)
    desk.hold_both(0, JUNE, 5, 0)
    assert question(desk, (JUNE, -5), closes=True).reduces
    assert not question(desk, (JUNE, -5)).reduces
    limit_set = limits("measure = 'gross exposure'\nof = 'account'\nhard = 5_000")
    assert refuses(desk, limit_set, (JUNE, -1))
    assert not refuses(desk, limit_set, (JUNE, -1), closes=True)


def test_a_contract_that_nobody_knows_is_refused_by_every_limit(desk):
    unknown = "X:Z:FUT:202609"
    bodies = (
        "measure = 'gross exposure'\nof = 'account'\nhard = 10_000",
        "measure = 'margin ratio'\nof = 'account'\nhard = '9 %'",
    )
    answer = LimitChecker(limits(*bodies)).evaluate(question(desk, (unknown, 1)))
    assert [result.outcome for result in answer.results] == [Outcome.NOT_COMPUTABLE] * 2
    assert [str(reason) for reason in answer.reasons] == [
        "L1: not computable: no parameters for a contract",
        "L2: margin is not computable",
    ]


def test_the_largest_quantity_of_a_real_order_is_exact(desk):
    desk.hold(0, CALL, 5)
    checker = LimitChecker(limits("measure = 'delta exposure'\nof = 'account'\nby = 'product'\nhard = 9_000"))

    def passes(quantity):
        return checker.passes(question(desk, (JUNE, quantity)))

    # The call's delta is 0.4 x 5 contracts: 2 of the 9 are taken.
    assert largest_quantity(passes, 100) == 7


def test_legs_have_the_names_of_their_contract(desk):
    (leg,) = question(desk, (CALL, 1)).legs
    assert (leg.names[Dimension.PRODUCT], leg.names[Dimension.SECTOR], leg.names[Dimension.CONTRACT]) == (
        "A",
        "Energy",
        CALL,
    )


def test_money_is_in_the_currency_of_the_exposures(desk):
    asked = question(desk, (JUNE, 1))
    assert asked.currency == "USD"
    result = LimitChecker(limits("measure = 'net exposure'\nof = 'account'\nhard = 5_000")).evaluate(asked).results[0]
    assert (result.before, result.after) == (0, money(1000))


def test_a_book_that_grows_in_few_names_across_related_accounts_is_warned_of_and_then_refused():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for number in range(4):
        desk.account(f"A{number}", cash=100_000)
    limit_set = limits(
        "id = 'own'\nmeasure = 'share of equity'\nof = 'account'\nby = 'product'\nhard = '100 %'",
        "id = 'family'\nmeasure = 'share of equity'\nof = 'group'\nby = 'product'\nhard = '50 %'\nsoft = '30 %'",
    )
    checker, seen = LimitChecker(limit_set), []
    for turn in range(24):
        account = turn % 4
        answer = checker.evaluate(question(desk, (JUNE, 10), account=account))
        seen.append([result.outcome for result in answer.results])
        if answer.refuses:
            break
        desk.hold(account, JUNE, 10 * (turn // 4 + 1))
    passing, warned, refused = ([Outcome.PASS, outcome] for outcome in (Outcome.PASS, Outcome.SOFT, Outcome.REFUSED))
    # Each account alone stays far below its own limit: only the family of accounts shows what is building up.
    assert seen == [passing] * 12 + [warned] * 8 + [refused]
    assert not checker.evaluate(question(desk, (JUNE, -10), account=0)).refuses
