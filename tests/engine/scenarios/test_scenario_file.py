from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import RATIO
from engine.scenarios.applied import applied
from engine.scenarios.named import Kind
from engine.scenarios.scenario_file import read_scenarios
from engine.text import BadInputError
from tests.engine.scenarios.stress_desks import model

SHIPPED = Path(__file__).parents[3] / "resources" / "scenarios.toml"
HEAD = '[[scenario]]\nid = "one"\ntitle = "One"\nkind = "hypothetical"\n'
MOVE = '[[scenario.move]]\nall = true\nprice = "-3 %"\n'


def shipped():
    return read_scenarios(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)


def test_every_historical_scenario_that_is_shipped_has_date_and_source():
    historical = [scenario for scenario in shipped().scenarios if scenario.kind is Kind.HISTORICAL]
    assert len(historical) >= 5
    assert all(scenario.date and scenario.source for scenario in historical)


def test_every_shipped_scenario_means_something_on_the_sample_market():
    assert applied(model(), shipped().scenarios).idle == frozenset()


def test_a_ladder_compounds_its_days_and_carries_each_days_margin():
    days = [scenario for scenario in shipped().scenarios if scenario.ladder == "limit-down"]
    assert [day.moves[0].price for day in days] == pytest.approx([-0.04, 0.96 * 0.94 - 1, 0.96 * 0.94 * 0.92 - 1])
    assert [day.largest_rise for day in days] == [1_600_000, 2 * RATIO, 2 * RATIO]
    assert [str(day.title) for day in days] == ["Limit down, day 1", "Limit down, day 2", "Limit down, day 3"]


def test_the_first_expiry_of_oil_goes_below_zero_and_the_others_do_not():
    oil = next(scenario for scenario in shipped().scenarios if scenario.name == "oil-2020-04-20")
    shocks, product = applied(model(), (oil,)).shocks, model().products.index("CL")
    assert shocks.price[0, 2 * product : 2 * product + 2].tolist() == pytest.approx([-0.18, -3.06])


def test_ranges_are_multiples_of_each_products_own_scan_range():
    scenarios = read_scenarios(HEAD + '[[scenario.move]]\nall = true\nprice = "-2 ranges"\n', "file").scenarios
    moved, single = applied(model(), scenarios).shocks.price[0], read_scenarios(HEAD + MOVE, "file").scenarios
    assert len(np.unique(moved)) > 5
    assert (moved < 0).all()
    assert np.unique(applied(model(), single).shocks.price[0]).tolist() == [-0.03]


def test_the_version_changes_with_what_the_file_says():
    assert read_scenarios(HEAD + MOVE, "file").version != read_scenarios(HEAD + MOVE + "# other\n", "file").version


def test_braces_in_a_title_are_plain_text():
    found = read_scenarios(HEAD.replace("One", "One {x}") + MOVE, "file")
    assert str(found.scenarios[0].title) == "One {x}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it has no scenarios"),
        ("[[scenario", "file"),
        (HEAD, "nothing happens in it"),
        (HEAD + MOVE + HEAD + MOVE, "two scenarios have the id one"),
        (HEAD.replace('"One"', "1") + MOVE, "title is not a text"),
        (HEAD.replace('title = "One"\n', "") + MOVE, "title is missing"),
        (HEAD.replace("hypothetical", "guess") + MOVE, "unknown kind guess"),
        (HEAD.replace("hypothetical", "historical") + MOVE, "needs a date and a source"),
        (HEAD + 'date = "2020-13-01"\n' + MOVE, "2020-13-01 is not a date"),
        (HEAD + 'credits = "maybe"\n' + MOVE, "unknown credits maybe"),
        (HEAD + 'closing_cost = "-1 %"\n' + MOVE, "closing_cost is below 0"),
        (HEAD + "days = 1.5\n" + MOVE, "days is not a number of days"),
        (HEAD + "what = 1\n" + MOVE, "unknown key what"),
        (HEAD + '[[scenario.move]]\nprice = "-3 %"\n', "it says not for what"),
        (HEAD + "[[scenario.move]]\nall = true\n", "nothing moves in it"),
        (HEAD + '[[scenario.move]]\nall = true\nprice = "-3"\n', "price = -3 is no move"),
        (HEAD + '[[scenario.move]]\nall = true\nvolatility = "+2 ranges"\n', "volatility = +2 ranges is no move"),
        (HEAD + '[[scenario.move]]\nall = true\nprice = "+999999 %"\n', "price is too large"),
        (HEAD + '[[scenario.margin]]\nall = true\nrate = "1.5"\n', "rate = 1.5 is no factor"),
        (HEAD + MOVE + '[[scenario.day]]\nall = true\nprice = "+4 %"\n', "a ladder has its moves by day"),
        (HEAD + '[[scenario.day]]\nall = true\nprice = "+4 %"\nfirst = "+5 %"\n', "moves all expiries by a percentage"),
        ('scenario = "x"', "scenario is not a list of tables"),
    ],
)
def test_what_is_wrong_is_named(content, words):
    with pytest.raises(BadInputError, match="file") as caught:
        read_scenarios(content, "file")
    assert words in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_by_name(content):
    with suppress(BadInputError):
        read_scenarios(HEAD + MOVE + content, "file")
