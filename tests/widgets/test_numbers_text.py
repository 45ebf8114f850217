"""Figures are written exactly, with separators and a real minus sign."""

from datetime import UTC, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import MONEY, NOT_COMPUTABLE
from widgets.numbers_text import (
    age,
    compact,
    count,
    date_text,
    duration,
    fixed,
    money,
    percent,
    points,
    price,
    time_of_day,
)

SECOND = 10**9


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (money(-421_989 * MONEY), "−421,989"),
        (money(1_500_000), "2"),
        (money(-1_500_000), "−2"),
        (money(-499_999), "0"),
        (money(731_250 * MONEY, signed=True), "+731,250"),
        (money(0, signed=True), "0"),
        (money(1_234_567_890, 2), "1,234.57"),
        (percent(835_000), "83.5\N{NO-BREAK SPACE}%"),
        (points(-131_000), "−13.1\N{NO-BREAK SPACE}pp"),
        (price(8_625_000_000, 2), "86.25"),
        (price(123_456_789, 8), "1.23456789"),
        (count(-69, signed=True), "−69"),
        (fixed(5, 0, 2), "5.00"),
        (compact(5_600_000 * MONEY), "5.60\N{NO-BREAK SPACE}m"),
        (compact(420_000 * MONEY), "420\N{NO-BREAK SPACE}k"),
        (compact(900 * MONEY), "900"),
        (age(38_000_000), "38\N{NO-BREAK SPACE}ms"),
        (age(-1), "0\N{NO-BREAK SPACE}ms"),
        (age(4_230_000_000), "4.2\N{NO-BREAK SPACE}s"),
        (age(125 * SECOND), "2\N{NO-BREAK SPACE}min"),
        (age(7300 * SECOND), "2\N{NO-BREAK SPACE}h"),
        (duration(84_000), "84\N{NO-BREAK SPACE}µs"),
        (duration(3_000_000), "3\N{NO-BREAK SPACE}ms"),
        (date_text("20261120"), "2026-11-20"),
        (date_text("soon"), "soon"),
    ],
)
def test_a_figure_is_written_as_a_person_reads_it(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize("write", [money, percent, points, count])
def test_what_cannot_be_computed_is_never_a_number(write: object) -> None:
    assert write(NOT_COMPUTABLE) == "not computable"  # type: ignore[operator]


@given(st.integers(-(10**18), 10**18), st.integers(0, 6))
def test_rounding_is_half_away_from_zero_and_exact(value: int, places: int) -> None:
    exact = (Decimal(value) / 10**6).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    read_back = Decimal(fixed(value, 6, places).replace(",", "").replace("−", "-"))
    assert read_back == exact


def test_the_time_of_day_shows_microseconds_in_the_zone_asked_for() -> None:
    wall = 1_763_631_737_318_204_999
    assert time_of_day(wall, UTC) == "09:42:17.318\N{NO-BREAK SPACE}204"
    assert time_of_day(wall, timezone(timedelta(hours=8)), microseconds=False) == "17:42:17"
