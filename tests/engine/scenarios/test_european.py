import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scenarios.european import european_value, level_of, normal
from engine.span.pricing import Terms, value_of

RATES = st.floats(0.0, 0.15)


@given(st.floats(-40.0, 40.0))
def test_the_normal_distribution_is_good_to_the_last_digits(deviation):
    exact = 0.5 * math.erfc(-deviation / math.sqrt(2.0))
    assert normal(deviation, math.exp(-deviation * deviation / 2.0)) == pytest.approx(exact, rel=1e-11, abs=1e-15)


@given(
    st.sampled_from((1.0, -1.0)),
    st.floats(20.0, 500.0),
    st.floats(50.0, 200.0),
    st.floats(0.01, 3.0),
    RATES,
    RATES,
    st.floats(0.02, 2.0),
)
def test_the_quick_formula_gives_what_the_general_one_does(sign, price, strike, years, interest, carry, volatility):
    terms = Terms(sign, strike, years, interest, carry, False)
    level = level_of(terms, volatility)
    assert level.fits
    quick = european_value.py_func(sign, price, math.log(price / strike), level)
    assert quick == pytest.approx(value_of(terms, price, volatility, math.nan), rel=1e-9, abs=1e-10)


@pytest.mark.parametrize(
    ("terms", "volatility"),
    [
        (Terms(1.0, 100.0, 1.0, 0.0, 0.0, True), 0.2),
        (Terms(1.0, 100.0, 0.0, 0.0, 0.0, False), 0.2),
        (Terms(1.0, 100.0, 1.0, 0.0, 0.0, False), 0.0),
        (Terms(1.0, 0.0, 1.0, 0.0, 0.0, False), 0.2),
    ],
)
def test_it_does_not_serve_early_exercise_nor_where_nothing_is_left_to_chance(terms, volatility):
    assert not level_of(terms, volatility).fits
