"""Use of limits on owners as a whole is measured as the check of an order measures it."""

import numpy as np
import pytest

from engine.concentration_picture import NO_LIMIT
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Members
from engine.limited_desk import LimitedDesk
from engine.numbers import NOT_COMPUTABLE, PRICE, RATIO
from engine.owner_use import OwnerUse
from tests.engine.concentration_desk import two_accounts
from tests.engine.desks import NOW
from tests.engine.test_concentration_figures import basis_of

WHOLE = {
    "margin ratio": 'hard = "80 %"',
    "gross exposure": 'relative_to = "equity"\nhard = "300 %"',
    "net exposure": "hard = 12000",
    "delta exposure": 'relative_to = "gross exposure"\nhard = "70 %"',
    "HHI": 'by = "product"\nhard = "0.5"',
    "cost to liquidate": 'soft = "900"',
}


@pytest.fixture
def desk():
    return two_accounts()


def used(desk, measure, level, more=""):
    words = f'currency = "USD"\n[[limit]]\nid = "L"\nmeasure = "{measure}"\nof = "{level}"\n{WHOLE[measure]}\n{more}'
    basis = basis_of(desk, words)
    (limit,) = basis.limits.at_work()
    return basis, limit, OwnerUse.of(basis, basis.limits, limit)


@pytest.mark.parametrize("level", ["account", "firm"])
@pytest.mark.parametrize("measure", [each for each in WHOLE if each != "cost to liquidate"])
def test_figure_and_bound_are_those_that_an_order_would_be_checked_against(desk, measure, level):
    basis, limit, use = used(desk, measure, level)
    assert len(use.owners) == (2 if level == "account" else 1)
    for owner in range(len(use.owners)):
        members = use.owners.members[use.owners.starts[owner] : use.owners.starts[owner + 1]]
        limited = LimitedDesk(basis.state, basis.exposures)
        figures = OwnerHoldings(limited, "", Members(basis.state.book, members)).with_trades({})
        figure = figures.figure(limit.measure, limit.by, "")
        bound = limit.bound(limit.hard, figures.figure(limit.basis, None, "") if limit.basis else 0)
        assert (use.figures[owner], use.bounds[owner]) == (abs(figure), bound)
        assert use.used[owner] == pytest.approx(abs(figure) / bound * RATIO, abs=1)
        assert use.figures[owner] > 0


def test_cost_of_closing_everything_is_the_sum_of_its_products(desk):
    assert used(desk, "cost to liquidate", "account")[2].used.tolist() == [NOT_COMPUTABLE, NOT_COMPUTABLE]
    for row in range(len(desk.parameters)):
        price = int(desk.parameters.contracts.price[row])
        desk.market.apply(row, price, NOW, NOW, (price - PRICE, price + PRICE, 2, 2))
    basis, _, use = used(desk, "cost to liquidate", "account")
    assert min(use.figures) > 0
    costs = np.add.reduceat(basis.closing.cost, basis.closing.starts[:-1])
    assert use.figures.tolist() == costs.tolist()


def test_margin_that_is_not_computable_makes_the_use_unknown(desk):
    desk.hold(desk.account("Three", cash=1_000), "EX:Q:FUT:202609", 1)
    assert used(desk, "margin ratio", "account")[2].used.tolist()[-1] == NOT_COMPUTABLE
    assert used(desk, "margin ratio", "firm")[2].used.tolist() == [NOT_COMPUTABLE]


def test_accounts_that_the_limit_does_not_name_are_not_concerned(desk):
    use = used(desk, "margin ratio", "account", 'accounts = ["Two"]\n')[2]
    assert use.used[0] == NO_LIMIT
    assert use.used[1] > 0


def test_an_account_that_holds_nothing_uses_nothing(desk):
    desk.account("Idle", cash=5_000)
    for measure in WHOLE:
        assert used(desk, measure, "account")[2].used.tolist()[-1] == 0, measure


def test_nothing_is_measured_out_of_its_hours(desk):
    words = '[[limit]]\nid = "L"\nmeasure = "margin ratio"\nof = "account"\nhard = "80 %"\nwindows = ["21:00-23:00"]\n'
    assert basis_of(desk, words).limits.at_work() == []
