"""A surface answers its question with the figures of the grids, and says what it leaves out."""

import numpy as np
import pytest

from engine.decision import Order, Request
from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.scenarios.axes import price_axis, time_axis, volatility_axis
from engine.scenarios.grids import grid
from engine.scenarios.results import GREEKS, MarginMode, Measure, Scope, Subject
from engine.surface import Move, SurfaceAxes, SurfaceMeasure, SurfaceQuestion
from engine.surface_grids import ANEW, surface
from tests.engine.scenarios.stress_desks import CL, CL_NEXT, ES, ES_CALL, ES_PUT, StressDesk, model

AS_OF = 77
BOOK = {CL: 10, CL_NEXT: -4, ES: 3, ES_PUT: -7, ES_CALL: 5}


@pytest.fixture(scope="module")
def state():
    made = StressDesk()
    made.account("Mixed", 1_000_000, BOOK)
    made.account("Futures", 300_000, {CL: -6}, group="Other")
    return made.state()


@pytest.mark.parametrize("measure", list(SurfaceMeasure))
def test_values_are_those_of_the_grid(state, measure):
    picture = surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, "Mixed", measure=measure), AS_OF)
    wants = measure in (SurfaceMeasure.MARGIN, SurfaceMeasure.RATIO)
    mode = MarginMode.NODE if wants else MarginMode.TODAY
    subject, greeks = Subject(Scope.ACCOUNT, "Mixed"), Measure(measure) in GREEKS
    found = grid(state, model(), subject, price_axis(20.0, 41), volatility_axis(20.0, 21), mode, greeks)
    np.testing.assert_array_equal(picture.values, found.measures[Measure(measure)])
    assert (picture.currency, picture.as_of, picture.parameters) == ("USD", AS_OF, found.parameters)
    assert picture.known


def test_axes_are_percent_points_and_days(state):
    question = SurfaceQuestion(Scope.ACCOUNT, "Mixed")
    picture = surface(state, model(), question, AS_OF)
    assert [picture.across.move, picture.along.move] == [Move.PRICE, Move.VOLATILITY]
    assert picture.across.values[[0, 20, 40]].tolist() == [-RATIO // 5, 0, RATIO // 5]
    time = surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, "Mixed", SurfaceAxes.PRICE_TIME), AS_OF)
    assert (time.along.move, time.along.values[[0, -1]].tolist()) == (Move.TIME, [0, 30 * RATIO])
    found = grid(state, model(), Subject(Scope.ACCOUNT, "Mixed"), price_axis(20.0, 41), time_axis(30.0, 21))
    np.testing.assert_array_equal(time.values, found.measures[Measure.PROFIT])


def test_nothing_is_won_or_lost_now(state):
    picture = surface(state, model(), SurfaceQuestion(Scope.FIRM, ""), AS_OF)
    assert picture.now == (20, 10)
    assert picture.values[picture.now] == 0


def test_the_firm_is_the_sum_of_its_accounts(state):
    whole = surface(state, model(), SurfaceQuestion(Scope.FIRM, ""), AS_OF).values
    parts = [
        surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, name), AS_OF).values for name in ("Mixed", "Futures")
    ]
    np.testing.assert_array_equal(whole, sum(parts))


def test_a_what_if_is_the_account_with_the_orders_in_it(state):
    order = Order(Contract.parse(CL), -10)
    question = SurfaceQuestion(Scope.ACCOUNT, "Mixed", what_if=Request(1, "Mixed", (order,)))
    picture = surface(state, model(), question, AS_OF)
    alone = surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, "Mixed"), AS_OF)
    np.testing.assert_array_equal(picture.values, alone.values)
    other = StressDesk()
    other.account("Mixed", 1_000_000, {**BOOK, CL: 0})
    sold = surface(other.state(), model(), SurfaceQuestion(Scope.ACCOUNT, "Mixed"), AS_OF)
    np.testing.assert_array_equal(picture.hypothetical, sold.values)


def test_what_the_desk_keeps_ready_is_left_alone(state):
    before = dict(state.prepared)
    order = Order(Contract.parse(CL), 1)
    question = SurfaceQuestion(Scope.ACCOUNT, "Mixed", what_if=Request(1, "Mixed", (order,)))
    surface(state, model(), question, AS_OF)
    assert state.prepared == before


def test_margin_of_many_accounts_rests_on_todays_arrays_and_says_so():
    made = StressDesk()
    for number in range(ANEW + 1):
        made.account(f"A{number}", 100_000, {CL: number + 1})
    state = made.state()
    firm = surface(state, model(), SurfaceQuestion(Scope.FIRM, "", measure=SurfaceMeasure.MARGIN), AS_OF)
    assert str(firm.calculated_on) == "margin on today's arrays"
    profit = surface(state, model(), SurfaceQuestion(Scope.FIRM, ""), AS_OF)
    assert profit.calculated_on is None


def test_the_active_scenario_is_marked_in_the_units_of_the_axes(state):
    mark = surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, "Futures"), AS_OF).scenario
    assert mark is not None
    # Short futures lose most where the price rises by its scan range, a few percent of it.
    assert RATIO // 100 < mark.across < RATIO // 5
    assert str(mark.words) == "active scenario of CL"


def test_an_account_that_is_not_there_is_not_computable(state):
    picture = surface(state, model(), SurfaceQuestion(Scope.ACCOUNT, "Nobody"), AS_OF)
    assert not picture.known
    assert (picture.values == NOT_COMPUTABLE).all()
    assert [str(gap) for gap in picture.gaps] == ["not computable: there is no such account"]
