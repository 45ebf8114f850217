from fractions import Fraction

import numpy as np
import pytest

from engine.numbers import MONEY, PRICE
from engine.scenarios.applied import scan_spans
from engine.scenarios.axes import price_axis, time_axis
from engine.scenarios.directions import correlated_direction, product_direction, sector_direction
from engine.scenarios.grids import grid
from engine.scenarios.results import Measure, Scope, Subject
from tests.engine.scenarios.stress_desks import CL, ES, StressDesk, model, price_of

GASOLINE = "SIM:RB:FUT:202701"


def profits(positions: dict[str, int], direction) -> list[int]:
    """Profit and loss at -10, 0 and +10 percent."""
    desk = StressDesk()
    desk.account("One", 1_000_000, positions)
    axes = price_axis(10.0, 3, direction), time_axis(steps=2)
    return grid(desk.state(), model(), Subject(Scope.ACCOUNT, "One"), *axes).measures[Measure.PROFIT][:, 0].tolist()


def test_only_one_product_moves_along_it():
    assert profits({CL: 3, ES: 2}, product_direction("CL")) == profits({CL: 3}, product_direction("CL"))
    assert profits({ES: 2}, product_direction("CL")) == [0, 0, 0]


def test_a_sector_moves_together_and_alone():
    energy = sector_direction(model(), "Energy")
    together = profits({CL: 3, GASOLINE: -1, ES: 2}, energy)
    apart = np.add(profits({CL: 3}, energy), profits({GASOLINE: -1}, energy)).tolist()
    assert together == apart


def test_what_is_correlated_follows_by_its_range_over_the_leading_ones():
    spans = dict(zip(model().products, scan_spans(model()).tolist(), strict=True))
    direction = correlated_direction(model(), "CL", {"ES": -0.5})
    share = -0.5 * spans["ES"] / spans["CL"] / 10
    expected = Fraction(price_of(ES), PRICE) * Fraction(share) * 2 * 50
    assert profits({ES: 2}, direction)[2] == pytest.approx(float(expected) * MONEY, rel=1e-6)
    assert profits({CL: 1}, direction) == profits({CL: 1}, product_direction("CL"))


def test_what_nothing_is_known_of_stays():
    assert profits({ES: 2}, correlated_direction(model(), "CL", {})) == [0, 0, 0]


@pytest.mark.parametrize(("leading", "correlation"), [("MOON", 0.5), ("CL", 1.5)])
def test_a_leader_without_a_range_and_an_impossible_correlation_are_refused(leading, correlation):
    with pytest.raises(ValueError, match=r"range|between"):
        correlated_direction(model(), leading, {"ES": correlation})
