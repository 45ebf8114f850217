"""Volatility, contributions and diversification against numpy, and returns collected from prices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.concentration import Measures, Owners
from engine.covariance import LEAST, Covariance, leading_contracts, prices_of
from engine.exposures import Exposures
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.returns import STEP, ReturnHistory, Returns
from engine.volatility import Volatility, unknown_sentences
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk, money


def measures_of(first, second, more=()):
    """An account with futures of two products; the whole desk's measures by product, and its classification."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    row = desk.account("A", cash=10_000)
    for contract, quantity in ((JUNE, first), (EURO, second), *more):
        if quantity:
            desk.hold(row, contract, quantity)
    state = desk.state()
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    exposures = Exposures.of(state, classification, "USD")
    return Measures.of(exposures, Owners.accounts(state.book), Dimension.PRODUCT), exposures.classification


def returns(seed=1, periods=60, days=1.0):
    chance = np.random.default_rng(seed)
    common = chance.normal(0, 0.02, periods)
    return Returns(("A", "E"), np.stack((common + chance.normal(0, 0.01, periods), common), axis=1), days)


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 9))
def test_it_is_what_numpy_says_and_contributions_add_up(first, second, seed):
    measures, classification = measures_of(first, second)
    moves = returns(seed)
    found = Volatility.of(measures, Covariance.of(moves, classification))
    weights = np.array([1000.0 * first, 625.0 * second])
    matrix = np.cov(moves.values, rowvar=False)
    expected = np.sqrt(weights @ matrix @ weights)
    assert found.total[0] == pytest.approx(expected * MONEY, rel=1e-9, abs=2)
    held = weights[weights != 0]
    if len(held):
        assert found.contribution.sum() == pytest.approx(expected * MONEY, abs=4)
        assert found.share.sum() == pytest.approx(RATIO, abs=4)
        alone = np.abs(weights) @ np.sqrt(np.diag(matrix))
        assert found.diversification[0] == pytest.approx(alone / expected * RATIO, rel=1e-6)
        assert found.diversification[0] >= RATIO - 1


def test_a_hedge_takes_away_and_says_so():
    measures, classification = measures_of(10, -4)
    found = Volatility.of(measures, Covariance.of(returns(), classification))
    assert found.share[0] > RATIO
    assert found.share[1] < 0
    assert found.marginal[0] > 0


def test_time_scales_by_its_square_root():
    measures, classification = measures_of(10, 0)
    daily = Volatility.of(measures, Covariance.of(returns(), classification))
    hourly = Volatility.of(measures, Covariance.of(returns(days=1 / 24), classification))
    assert hourly.total[0] == pytest.approx(daily.total[0] * 24**0.5, abs=5)


def test_a_product_without_returns_makes_the_whole_not_computable():
    measures, classification = measures_of(1, 1)
    lacking = returns()
    lacking.values[: len(lacking.values) // 2, 1] = np.nan
    found = Volatility.of(measures, Covariance.of(lacking, classification))
    assert (found.total[0], found.diversification[0]) == (NOT_COMPUTABLE, NOT_COMPUTABLE)
    assert [str(each) for each in unknown_sentences(int(found.unknown[0]))] == [
        "not computable: too few returns of a product"
    ]


def test_a_few_missing_returns_only_leave_their_periods_out():
    _, classification = measures_of(1, 1)
    lacking = returns()
    lacking.values[3, 0] = lacking.values[9, 1] = np.nan
    covariance = Covariance.of(lacking, classification)
    assert (covariance.periods, covariance.known.tolist()) == (58, [True, True])


def test_too_few_returns_are_none():
    _, classification = measures_of(1, 1)
    assert not Covariance.of(returns(periods=LEAST - 1), classification).known.any()
    assert not Covariance.of(Returns.none(), classification).known.any()


def test_an_exposure_that_is_not_computable_has_no_volatility():
    measures, classification = measures_of(1, 0, more=(("X:A:FUT:209912", 1),))
    found = Volatility.of(measures, Covariance.of(returns(), classification))
    assert str(unknown_sentences(int(found.unknown[0]))[0]) == "not computable: the delta exposure of a product"


def test_only_products_have_returns():
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    state = desk.state()
    exposures = Exposures.of(state, Classification.of(desk.universe, desk.parameters, REFERENCE), "USD")
    sectors = Measures.of(exposures, Owners.accounts(state.book), Dimension.SECTOR)
    with pytest.raises(ValueError, match="sector"):
        Volatility.of(sectors, Covariance.of(Returns.none(), exposures.classification))


def test_returns_are_collected_a_step_apart():
    history = ReturnHistory()
    assert history.observe(0, {"A": 100.0, "E": 50.0})
    assert not history.observe(STEP - 1, {"A": 500.0})
    assert history.observe(STEP, {"A": 101.0})
    assert history.observe(2 * STEP, {"A": 101.0, "E": 51.0})
    found = history.returns()
    assert found.products == ("A",)
    assert found.values[:, 0].tolist() == pytest.approx([0.01, 0.0])


def test_a_pause_is_no_return():
    history = ReturnHistory()
    history.observe(0, {"A": 100.0})
    history.observe(10 * STEP, {"A": 150.0})
    assert history.returns().values.shape == (0, 0)


def test_the_first_future_stands_for_its_product():
    desk = SmallDesk(PARAMETERS)
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    leading = leading_contracts(classification, desk.parameters)
    assert [str(desk.universe.contract(column)) for column in leading] == [JUNE, EURO]
    desk.quote(JUNE, 101)
    desk.quote(JULY, 7)
    desk.quote(CALL, 8)
    state = desk.state()
    prices = prices_of(classification.names(Dimension.PRODUCT), leading, state.price, state.fresh)
    assert prices == {"A": money(101) * 100.0}
