"""The landscape of a desk: every figure by account and product, nothing lost in the sums of the rest."""

import numpy as np
import pytest

from engine.instruments import Contract
from engine.landscape import landscape
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.span.requirement import margin
from engine.state import batch_of
from engine.surface import Height
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

AS_OF = 5


@pytest.fixture(scope="module")
def desk() -> StressDesk:
    made = StressDesk()
    made.account("Large", 5_000_000, {CL: 40, CL_NEXT: -5, ES_PUT: -9, DAX: 2})
    made.account("Options", 900_000, {ES_PUT: -4, ES_CALL: 3})
    made.account("Small", 200_000, {CL: -1, ES: 1})
    made.account("Empty", 10_000, {})
    return made


def test_heights_are_the_risks_of_each_account_and_commodity(desk):
    state = desk.state()
    found = landscape(state, model(), Height.MARGIN, AS_OF)
    assert (found.currency, found.as_of, found.other_accounts, found.other_products) == ("USD", AS_OF, 0, 0)
    for name in ("Options", "Small"):
        batch, _ = batch_of(calculation().table, state.book.positions.of(state.book.row(name)))
        commodities = margin(calculation().table, batch).commodities
        codes = [calculation().parameters.commodities[code].code for code in commodities.commodity.tolist()]
        row = found.accounts.index(name)
        expected = dict(zip(codes, commodities.risk.tolist(), strict=True))
        shown = {product: int(value) for product, value in zip(found.products, found.values[row].tolist(), strict=True)}
        assert {product: value for product, value in shown.items() if value} == {
            code: risk for code, risk in expected.items() if risk
        }


def test_the_largest_come_first_and_who_holds_nothing_is_left_out(desk):
    found = landscape(desk.state(), model(), Height.MARGIN, AS_OF)
    totals = found.values.sum(axis=1)
    assert found.accounts[0] == "Large"
    assert "Empty" not in found.accounts
    assert (np.diff(totals) <= 0).all()


def test_the_rest_is_summed_so_that_nothing_is_lost(desk):
    state = desk.state()
    whole = landscape(state, model(), Height.MARGIN, AS_OF)
    short = landscape(state, model(), Height.MARGIN, AS_OF, rows=1, columns=1)
    assert (len(short.accounts), short.other_accounts, len(short.products)) == (1, 2, 1)
    assert short.other_products == len(whole.products) - 1
    assert short.values.sum() == whole.values.sum()
    np.testing.assert_array_equal(short.values.sum(axis=0)[0], whole.values[:, 0].sum())


def test_colour_is_gross_exposure_as_a_share_of_equity(desk):
    state = desk.state()
    found = landscape(state, model(), Height.MARGIN, AS_OF)
    row, column = found.accounts.index("Small"), found.products.index("CL")
    contracts = calculation().parameters.contracts
    contract = calculation().parameters.find(Contract.parse(CL))
    exposure = price_of(CL) * int(contracts.multiplier[contract]) // 10**10
    equity = int(state.accounts.equity[state.book.row("Small")])
    assert abs(int(found.share[row, column]) - exposure * RATIO // equity) <= 1


def test_a_shortfall_is_what_a_move_of_one_product_leaves_missing():
    made = StressDesk()
    made.account("Thin", 50_000, {CL: 10})
    made.account("Thick", 5_000_000, {CL: 10})
    state = made.state()
    found = landscape(state, model(), Height.SHORTFALL, AS_OF)
    contracts = calculation().parameters.contracts
    row = calculation().parameters.find(Contract.parse(CL))
    loss = price_of(CL) * int(contracts.multiplier[row]) // 10**10 * 10 * 3 // 10
    thin = found.values[found.accounts.index("Thin"), found.products.index("CL")]
    assert abs(int(thin) - (loss - 50_000 * MONEY)) <= 10
    assert found.values[found.accounts.index("Thick"), found.products.index("CL")] == 0


def test_what_cannot_be_computed_is_not_zero_and_says_why():
    made = StressDesk()
    made.account("Whole", 100_000, {CL: 1})
    row = made.account("Broken", 100_000, {ES_PUT: -1})
    state = made.state()
    # Equity that is not known: nothing can be said of what would be missing.
    state.figures.equity[row] = NOT_COMPUTABLE
    found = landscape(state, model(), Height.SHORTFALL, AS_OF)
    cell = found.accounts.index("Broken"), found.products.index("ES")
    assert found.values[cell] == NOT_COMPUTABLE
    assert str(found.reasons[cell]).startswith("not computable")
    assert found.share[cell] == NOT_COMPUTABLE


def test_positions_without_parameters_are_left_out_and_counted():
    made = StressDesk()
    made.account("A", 100_000, {CL: 1, "SIM:XX:FUT:203001": 5})
    found = landscape(made.state(), model(), Height.MARGIN, AS_OF)
    assert [str(gap) for gap in found.gaps] == ["excludes 1 positions: no parameters"]


def test_an_empty_desk_says_so():
    found = landscape(StressDesk().state(), model(), Height.MARGIN, AS_OF)
    assert str(found.reason) == "nobody holds anything"
    assert found.values.size == 0
