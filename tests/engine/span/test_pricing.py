"""Option prices: known values, a binomial tree, the edges, and the way back from price to volatility."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.span.pricing import (
    Moves,
    Options,
    Ranges,
    composite_deltas,
    deltas,
    implied_volatility,
    losses,
    values,
)

CALL, PUT = 1.0, -1.0
SIGNS = st.sampled_from([CALL, PUT])


def option(sign, strike, years, interest, carry, american=False):
    columns = (np.array([float(term)]) for term in (sign, strike, years, interest, carry))
    return Options(*columns, np.array([american]))


def worth(terms, underlying, volatility):
    return float(values(terms, np.array([float(underlying)]), np.array([float(volatility)]))[0])


def slope(terms, underlying, volatility):
    return float(deltas(terms, np.array([float(underlying)]), np.array([float(volatility)]))[0])


def implied(terms, underlying, price):
    return float(implied_volatility(terms, np.array([float(underlying)]), np.array([float(price)]))[0])


def tree(sign, strike, years, interest, carry, underlying, volatility, steps=400):
    """Cox, Ross and Rubinstein (1979): an American option by backward induction."""
    step = years / steps
    up = math.exp(volatility * math.sqrt(step))
    chance = (math.exp(carry * step) - 1 / up) / (up - 1 / up)
    discount = math.exp(-interest * step)
    price = underlying * up ** np.arange(-steps, steps + 1, 2.0)
    value = np.maximum(0.0, sign * (price - strike))
    for left in range(steps - 1, -1, -1):
        price = underlying * up ** np.arange(-left, left + 1, 2.0)
        waiting = discount * (chance * value[1:] + (1 - chance) * value[:-1])
        value = np.maximum(waiting, sign * (price - strike))
    return float(value[0])


@pytest.mark.parametrize(
    ("terms", "underlying", "volatility", "expected"),
    [
        # Hull, Options, Futures and Other Derivatives: the example of Black and Scholes, and of Black's model.
        (option(CALL, 40, 0.5, 0.1, 0.1), 42, 0.2, 4.7594),
        (option(PUT, 40, 0.5, 0.1, 0.1), 42, 0.2, 0.8086),
        (option(PUT, 20, 4 / 12, 0.09, 0.0), 20, 0.25, 1.1166),
        # Merton: an index at 930 that yields 3 %.
        (option(CALL, 900, 2 / 12, 0.08, 0.05), 930, 0.2, 51.8330),
    ],
)
def test_european_options_are_worth_what_the_textbook_says(terms, underlying, volatility, expected):
    assert worth(terms, underlying, volatility) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("years", [0.1, 0.5])
@pytest.mark.parametrize("volatility", [0.15, 0.25, 0.35])
@pytest.mark.parametrize("underlying", [90, 100, 110])
@pytest.mark.parametrize("sign", [CALL, PUT])
@pytest.mark.parametrize("carry", [0.0, 0.04, 0.1, -0.04])
def test_american_options_are_close_to_a_binomial_tree(sign, underlying, volatility, years, carry):
    """Barone-Adesi and Whaley is an approximation: for options of up to half a year within 0.1 % of the strike."""
    american = worth(option(sign, 100, years, 0.1, carry, american=True), underlying, volatility)
    assert american == pytest.approx(tree(sign, 100, years, 0.1, carry, underlying, volatility), abs=0.1)


@given(
    SIGNS,
    st.floats(20, 500),
    st.floats(0.0, 3.0),
    st.floats(-0.05, 0.3),
    st.floats(-0.1, 0.3),
    st.floats(-50, 800),
    st.floats(0.0, 2.0),
)
def test_american_is_worth_no_less_than_european_nor_than_exercise(
    sign, strike, years, interest, carry, underlying, volatility
):
    american = worth(option(sign, strike, years, interest, carry, american=True), underlying, volatility)
    european = worth(option(sign, strike, years, interest, carry), underlying, volatility)
    assert american >= european - 1e-9 * strike
    assert american >= sign * (underlying - strike) - 1e-9 * strike
    assert european >= -1e-12 * strike


@given(st.floats(20, 500), st.floats(0.01, 3.0), st.floats(0, 0.3), st.floats(-0.1, 0.3), st.floats(0.01, 1.0))
def test_call_less_put_is_the_forward(strike, years, interest, carry, volatility):
    call, put = (worth(option(sign, strike, years, interest, carry), 100, volatility) for sign in (CALL, PUT))
    forward = 100 * math.exp((carry - interest) * years) - strike * math.exp(-interest * years)
    assert call - put == pytest.approx(forward, abs=1e-9 * strike)


@pytest.mark.parametrize("american", [False, True])
@given(sign=SIGNS, underlying=st.floats(60, 150), years=st.floats(0.02, 2.0), carry=st.floats(-0.05, 0.15))
def test_delta_is_the_change_of_the_value(american, sign, underlying, years, carry):
    terms = option(sign, 100, years, 0.08, carry, american=american)
    change = (worth(terms, underlying + 1e-4, 0.3) - worth(terms, underlying - 1e-4, 0.3)) / 2e-4
    assert slope(terms, underlying, 0.3) == pytest.approx(change, abs=2e-4)


class TestTheEdges:
    @pytest.mark.parametrize("years", [0.0, -0.002])
    @pytest.mark.parametrize("american", [False, True])
    def test_an_expired_option_is_worth_what_exercise_gives(self, years, american):
        call, put = (option(sign, 100, years, 0.1, 0.1, american) for sign in (CALL, PUT))
        assert (worth(call, 104, 0.3), worth(put, 104, 0.3)) == (4, 0)
        assert (slope(call, 104, 0.3), slope(put, 104, 0.3), slope(call, 100, 0.3)) == (1, 0, 0.5)

    def test_without_volatility_the_forward_decides(self):
        assert worth(option(CALL, 100, 1, 0.1, 0.1), 95, 0) == pytest.approx(95 - 100 * math.exp(-0.1))
        assert worth(option(PUT, 100, 1, 0.1, 0.1), 95, 0) == 0
        assert worth(option(PUT, 100, 1, 0.1, 0.1, american=True), 95, 0) == 5

    @pytest.mark.parametrize("underlying", [0, -20])
    @pytest.mark.parametrize("american", [False, True])
    def test_a_price_of_nothing_or_less_leaves_the_put_its_strike(self, underlying, american):
        call, put = (option(sign, 100, 1, 0.1, 0.0, american) for sign in (CALL, PUT))
        kept = 1.0 if american else math.exp(-0.1)
        assert worth(call, underlying, 0.3) == 0
        assert worth(put, underlying, 0.3) == pytest.approx((100 - underlying) * kept)

    @pytest.mark.parametrize("american", [False, True])
    def test_deep_in_and_out_of_the_money_nothing_overflows(self, american):
        call, put = (option(sign, 100, 0.01, 0.1, 0.0, american) for sign in (CALL, PUT))
        assert worth(call, 1e9, 0.3) == pytest.approx(1e9, rel=2e-3)
        assert worth(put, 1e9, 0.3) == 0
        assert worth(call, 1e-9, 0.3) == 0
        assert worth(put, 1e-9, 0.3) == pytest.approx(100, rel=2e-3)

    def test_without_interest_nobody_exercises_early(self):
        for sign in (CALL, PUT):
            early = worth(option(sign, 100, 1, 0.0, 0.0, american=True), 80, 0.3)
            assert early == pytest.approx(max(worth(option(sign, 100, 1, 0.0, 0.0), 80, 0.3), sign * (80 - 100)))


class TestImpliedVolatility:
    @pytest.mark.parametrize("american", [False, True])
    @given(sign=SIGNS, volatility=st.floats(0.02, 3.0), underlying=st.floats(50, 200), years=st.floats(0.01, 2.0))
    def test_it_gives_the_price_back(self, american, sign, volatility, underlying, years):
        terms = option(sign, 100, years, 0.05, 0.0, american)
        price = worth(terms, underlying, volatility)
        found = implied(terms, underlying, price)
        exercised = max(0.0, sign * (underlying - 100))
        if math.isnan(found):
            assert price <= max(exercised, worth(terms, underlying, 1e-4)) + 1e-9
        else:
            assert worth(terms, underlying, found) == pytest.approx(price, abs=1e-7)

    @pytest.mark.parametrize("price", [0.0, -1.0, 3.0, 120.0, math.nan, math.inf])
    def test_a_price_no_volatility_gives_is_told_apart(self, price):
        """A call on 104 at 100: worth at least 4 discounted, at most the underlying."""
        assert math.isnan(implied(option(CALL, 100, 0.5, 0.05, 0.0), 104, price))

    def test_an_expired_option_has_none(self):
        assert math.isnan(implied(option(CALL, 100, 0.0, 0.05, 0.0), 104, 5.0))


def test_losses_and_composite_delta_follow_from_values_and_deltas():
    terms = option(PUT, 100, 0.25, 0.05, 0.0)
    moves = Moves(np.array([1.0, -3.0]), np.array([-1.0, 0.0]), np.array([0, 1]), np.array([1.0, 0.33]))
    ranges = Ranges(*(np.array([size]) for size in (6.0, 0.25, 6.0, 0.25)), np.array([True]))
    underlying, volatility = np.array([98.0]), np.array([0.4])
    array = losses(terms, underlying, volatility, ranges, moves, 0.004)[0]
    later = option(PUT, 100, 0.246, 0.05, 0.0)
    today = worth(terms, 98, 0.4)
    assert array == pytest.approx([today - worth(later, 104, 0.3), 0.33 * (today - worth(later, 80, 0.4))])
    composite = composite_deltas(terms, underlying, volatility, ranges, moves, 0.004)[0]
    assert composite == pytest.approx(slope(later, 104, 0.3) + 0.33 * slope(later, 80, 0.4))


def test_an_absolute_volatility_range_adds_and_no_volatility_falls_below_nothing():
    terms = option(CALL, 100, 0.25, 0.05, 0.0)
    moves = Moves(np.zeros(2), np.array([-1.0, 1.0]), np.array([0, 1]), np.ones(2))
    ranges = Ranges(*(np.array([size]) for size in (6.0, 0.5, 6.0, 0.5)), np.array([False]))
    array = losses(terms, np.array([104.0]), np.array([0.4]), ranges, moves, 0.0)[0]
    today = worth(terms, 104, 0.4)
    assert array == pytest.approx([today - worth(terms, 104, 0.0), today - worth(terms, 104, 0.9)])
