from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.numbers import MONEY, RATIO, divide_half_away
from engine.scenarios.axes import PARALLEL, Direction
from engine.scenarios.holdings import holdings_of
from engine.scenarios.named import Kind, Move, Scenario, Selection
from engine.scenarios.results import MarginMode
from engine.scenarios.reverse import TICK, Line, figures_along, price_path, ranges_path, reverse_stress, scenario_path
from engine.text import text
from tests.engine.scenarios.stress_desks import CL, ES, ES_PUT, LINES, StressDesk, model

BOUNDS = {Line.CALL: LINES.call, Line.CLOSE: LINES.close}


def found_by(desk: StressDesk, path, account: int = 0, mode=MarginMode.NODE):
    result = reverse_stress(desk.state(), model(), account, path, mode)
    return {reached.line: reached for reached in result.reached}


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 20), st.integers(-15, 15), st.integers(250_000, 2_000_000))
def test_at_the_size_found_the_account_is_at_the_line_and_a_tick_before_it_is_not(oil, puts, cash):
    desk = StressDesk()
    desk.account("One", cash, {CL: oil, ES_PUT: puts})
    path = price_path(model(), PARALLEL, -1)
    for line, reached in found_by(desk, path).items():
        if reached.size is None or reached.size == 0.0:
            continue
        margin, equity, worth = shifted(desk, path, reached.size - TICK)
        # Who is worth less than nothing is past every line.
        assert worth >= 0
        if line is Line.ZERO:
            assert reached.worth < 0
        else:
            assert ratio(margin, equity) < BOUNDS[line]
            assert reached.worth < 0 or ratio(reached.margin, reached.equity) >= BOUNDS[line]


def ratio(margin: int, equity: int) -> float:
    """Risk ratio as the account list has it; without equity, past every line."""
    return divide_half_away(margin * RATIO, equity) if equity > 0 else inf


def shifted(desk: StressDesk, path, size: float) -> tuple[int, int, int]:
    """Margin, equity and worth of the account at a size."""
    state = desk.state()
    holdings = holdings_of(state, model(), np.array([0]))
    figures = figures_along(state, model(), holdings, path, np.array([size]), MarginMode.NODE)
    return tuple(int(each[0, 0]) for each in (figures.margin, figures.equity, figures.worth))


def test_the_lines_are_reached_one_after_the_other():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10})
    found = found_by(desk, price_path(model(), PARALLEL, -1))
    assert 0 < found[Line.CALL].size < found[Line.CLOSE].size < found[Line.ZERO].size


def test_a_future_is_below_zero_where_its_loss_is_the_cash():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10})
    reached = found_by(desk, price_path(model(), PARALLEL, -1))[Line.ZERO]
    assert -300_000 * MONEY - 10 * MONEY < reached.profit < -300_000 * MONEY


def test_what_is_not_reached_says_so():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10})
    assert found_by(desk, price_path(model(), PARALLEL, 1))[Line.ZERO].size is None


def test_an_account_past_its_line_is_reached_by_no_move_at_all():
    desk = StressDesk()
    desk.account("One", 10, {CL: 10})
    assert found_by(desk, price_path(model(), PARALLEL, -1))[Line.CLOSE].size == 0.0


def test_along_one_product_only_that_product_counts():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10, ES: 1})
    path = price_path(model(), Direction(text("ES"), {"ES": 1.0}), -1)
    assert found_by(desk, path)[Line.ZERO].size == pytest.approx(100 * 300_000 / (6_200 * 50), rel=0.1)


def test_along_a_scenario_sizes_are_shares_of_it():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10})
    fall = Scenario("fall", text("Fall"), Kind.HYPOTHETICAL, moves=(Move(Selection(everything=True), -0.1),))
    along = found_by(desk, scenario_path(model(), fall, 10.0))[Line.ZERO].size
    assert along == pytest.approx(found_by(desk, price_path(model(), PARALLEL, -1))[Line.ZERO].size / 10, abs=2e-3)


def test_ranges_take_each_product_along_by_its_own():
    desk = StressDesk()
    desk.account("One", 300_000, {CL: 10})
    assert found_by(desk, ranges_path(model(), -1))[Line.CALL].size > 0


def test_an_account_without_money_is_not_computable_and_says_why():
    desk = StressDesk()
    row = desk.account("One", 300_000, {CL: 10})
    desk.book.remove_money(row, "USD")
    result = reverse_stress(desk.state(), model(), row, price_path(model(), PARALLEL, -1))
    assert all(reached.size is None for reached in result.reached)
    assert "equity is not known" in str(result.reasons[0])
