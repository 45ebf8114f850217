from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.numbers import (
    LARGEST,
    NOT_COMPUTABLE,
    decimals_needed,
    divide_half_away,
    format_scaled,
    multiply_divide,
    parse_scaled,
    round_places,
    round_units,
    scale_decimal,
)

WHOLE = st.integers(-LARGEST, LARGEST)


def half_away(value):
    magnitude = int(abs(value) + Fraction(1, 2))
    return -magnitude if value < 0 else magnitude


@given(value=WHOLE, decimals=st.integers(0, 12), places=st.integers(0, 4))
def test_what_is_written_reads_back(value, decimals, places):
    assert parse_scaled(format_scaled(value, decimals, min(places, decimals)), decimals) == value


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [("318.333008", 6, 318333008), ("-0.000000", 6, 0), ("+5", 2, 500), (".5", 1, 5), ("7.", 0, 7), ("1.500", 1, 15)],
)
def test_decimal_text_is_read_exactly(number, decimals, expected):
    assert parse_scaled(number, decimals) == expected


@pytest.mark.parametrize("number", ["", "-", ".", "1e5", "1,000", "nan", "٣", "1.2.3", "--1", "0x10", "1 2"])
def test_what_is_not_a_plain_decimal_is_refused(number):
    with pytest.raises(ValueError, match="not a decimal number"):
        parse_scaled(number, 2)


def test_digits_beyond_the_scale_are_refused_rather_than_rounded():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        parse_scaled("1.005", 2)


def test_a_number_beyond_63_bits_is_refused():
    with pytest.raises(ValueError, match="too large"):
        parse_scaled("9" * 19, 0)


@given(first=WHOLE, second=WHOLE, divisor=st.integers(1, LARGEST))
def test_multiply_divide_rounds_half_away_from_zero_through_126_bits(first, second, divisor):
    exact = half_away(Fraction(first * second, divisor))
    expected = exact if abs(exact) <= LARGEST else NOT_COMPUTABLE
    assert multiply_divide(first, second, divisor) == expected


@st.composite
def uneven(draw):
    """Numbers of any length whose halves are all ones or nearly nothing: what long division guesses worst."""
    ones, length = draw(st.booleans()), draw(st.integers(1, 62))
    noise = draw(st.integers(0, 2 ** max(0, length - draw(st.integers(1, 40))) - 1))
    return max(1, 2**length - 1 - noise if ones else 2 ** (length - 1) + noise)


@settings(max_examples=500)
@given(first=uneven(), second=uneven(), divisor=uneven())
def test_multiply_divide_is_exact_for_numbers_that_long_division_guesses_badly(first, second, divisor):
    exact = half_away(Fraction(first * second, divisor))
    assert multiply_divide(first, second, divisor) == (exact if exact <= LARGEST else NOT_COMPUTABLE)


@given(first=st.integers(-(10**6), 10**6), divisor=st.integers(1, 10**4))
def test_exact_halves_round_away_from_zero(first, divisor):
    assert multiply_divide(2 * first + 1, divisor, 2 * divisor) == half_away(Fraction(2 * first + 1, 2))


def test_what_is_not_computable_stays_so():
    assert multiply_divide(NOT_COMPUTABLE, 1, 1) == NOT_COMPUTABLE
    assert multiply_divide(1, NOT_COMPUTABLE, 1) == NOT_COMPUTABLE
    assert round_units(NOT_COMPUTABLE, 10) == NOT_COMPUTABLE


@given(value=st.integers(-(10**15), 10**15), places=st.integers(0, 6))
def test_all_ways_of_rounding_agree(value, places):
    unit = 10 ** (6 - places)
    assert round_places(value, 6, places) == round_units(value, unit) == divide_half_away(value, unit) * unit


@given(values=st.lists(st.integers(-(10**12), 10**12), min_size=1), divisor=st.integers(1, 10**6))
def test_arrays_divide_like_their_elements(values, divisor):
    together = divide_half_away(np.array(values), divisor)
    assert together.tolist() == [divide_half_away(value, divisor) for value in values]


@pytest.mark.parametrize(("value", "decimals"), [("12.7500", 2), ("100", 0), ("0.000001", 6), ("1E+2", 0)])
def test_the_least_scale_of_a_decimal_is_found(value, decimals):
    assert decimals_needed(Decimal(value)) == decimals
    assert Fraction(scale_decimal(Decimal(value), decimals), 10**decimals) == Fraction(value)
