from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classification import Dimension
from engine.limit_file import read_limits, replacement
from engine.limits import Basis, Level, Measure, Mode, Window
from engine.numbers import MONEY, RATIO
from engine.text import BadInputError
from tests.engine.limit_books import limits

GOOD = """
currency = "USD"
[[limit]]
id = "energy"
measure = "share of equity"
of = "account"
groups = ["Alpha"]
by = "sector"
names = ["Energy"]
hard = "40 %"
soft = "30.5 %"
windows = ["09:00-15:30", "21:00-02:30"]
mode = "shadow"
note = "why"
"""


def test_every_key_is_read():
    (limit,) = read_limits(GOOD, "f").limits
    assert (limit.name, limit.measure, limit.level, limit.groups) == (
        "energy",
        Measure.SHARE_OF_EQUITY,
        Level.ACCOUNT,
        ("Alpha",),
    )
    assert (limit.by, limit.names, limit.hard, limit.soft) == (
        Dimension.SECTOR,
        ("Energy",),
        40 * RATIO // 100,
        305 * RATIO // 1000,
    )
    assert limit.windows == (Window(9 * 3600, 15 * 3600 + 1800), Window(21 * 3600, 2 * 3600 + 1800))
    assert (limit.mode, limit.note) == (Mode.SHADOW, "why")


def test_the_example_is_good():
    content = resources.files("resources").joinpath("limits-example.toml").read_text("utf-8")
    example = read_limits(content, "limits-example.toml")
    assert {limit.measure for limit in example.limits} == set(Measure)
    assert example.required
    assert example.rules


def test_bounds_have_the_scale_of_their_measure():
    money, relative, contracts, index, days = limits(
        'measure = "gross exposure"\nof = "firm"\nhard = "1000.5"',
        'measure = "net exposure"\nof = "firm"\nrelative_to = "equity"\nhard = "300 %"',
        'measure = "position"\nof = "group"\nby = "product"\nhard = 3000',
        'measure = "HHI"\nof = "account"\nby = "asset class"\nhard = "0.18"',
        'measure = "days to liquidate"\nof = "account"\nby = "contract"\nhard = "2.5"',
    ).limits
    assert (money.hard, contracts.hard, index.hard) == (10005 * MONEY // 10, 3000, 18 * RATIO // 100)
    assert (relative.hard, relative.basis) == (3 * RATIO, Basis.EQUITY)
    assert index.by is Dimension.ASSET_CLASS
    assert (days.hard, days.participation) == (5 * RATIO // 2, RATIO // 5)


DAYS = """[[limit]]
id = "days"
measure = "days to liquidate"
of = "group"
by = "product"
participation = "20 %"
hard = 5
"""


def altered(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[[limit", "Expected"),
        ("", "it has no limits"),
        ('currency = "USD"', "it has no limits"),
        (altered('note = "why"', 'notes = "why"'), "energy: unknown key notes"),
        ("colour = 1\n" + GOOD, "unknown key colour"),
        (altered('id = "energy"', ""), "[[limit]] 1: id is missing"),
        (altered('id = "energy"', "id = 4"), "id is not a text"),
        (altered('measure = "share of equity"', ""), "energy: measure is missing"),
        (altered('measure = "share of equity"', 'measure = "shares"'), "energy: unknown measure shares"),
        (altered('of = "account"', 'of = "desk"'), "energy: unknown of desk"),
        (altered('of = "account"', 'of = "firm"'), "energy: groups are named, but the figure is of the firm"),
        (altered('groups = ["Alpha"]', 'groups = "Alpha"'), "energy: groups is not a list of texts"),
        (altered('groups = ["Alpha"]', "groups = []"), "energy: groups is not a list of texts"),
        (altered('groups = ["Alpha"]', 'accounts = ["A"]').replace('of = "account"', 'of = "group"'), "accounts are"),
        (altered('by = "sector"', ""), "energy: share of equity needs a dimension"),
        (altered('measure = "share of equity"', 'measure = "margin ratio"'), "energy: margin ratio has no dimension"),
        (altered('measure = "share of equity"', 'measure = "position"'), "by sector they do not"),
        (altered('measure = "share of equity"', 'measure = "HHI"'), "energy: names are given where no name is meant"),
        (altered('hard = "40 %"', 'hard = "40"'), "energy: hard = 40 is in the wrong unit"),
        (altered('hard = "40 %"', "hard = 0.4"), "energy: hard is not exact"),
        (altered('hard = "40 %"', "hard = true"), "energy: hard is not exact"),
        (altered('hard = "40 %"', "hard = 0x" + "f" * 5000), "energy: hard is not exact"),
        (altered('hard = "40 %"', "hard = " + "9" * 5000), "Exceeds the limit"),
        (altered('hard = "40 %"', 'hard = "4%0 %"'), "energy: hard: "),
        (altered('hard = "40 %"', 'hard = "40 %%"'), "energy: hard: "),
        (altered('hard = "40 %"', 'hard = "forty %"'), "energy: hard: "),
        (altered('hard = "40 %"', 'hard = "-40 %"'), "energy: hard = -40 % is impossible"),
        (altered('hard = "40 %"', 'hard = "20 %"'), "energy: the soft bound is above the hard one"),
        (altered('hard = "40 %"', "").replace('soft = "30.5 %"', ""), "energy: it has no bound"),
        (
            altered('mode = "shadow"', 'relative_to = "equity"'),
            "energy: share of equity has no bounds relative to equity",
        ),
        (altered('mode = "shadow"', 'participation = "20 %"'), "energy: participation is given for share of equity"),
        (DAYS.replace("20 %", "0 %"), "days: participation = 0 % is impossible"),
        (DAYS.replace("20 %", "100.1 %"), "days: participation = 100.1 % is impossible"),
        (DAYS.replace("20 %", "20"), "days: participation = 20 is impossible"),
        (DAYS.replace("20 %", "a fifth %"), "days: participation: "),
        (DAYS.replace("hard = 5", 'hard = "5 %"'), "days: hard = 5 % is in the wrong unit"),
        (DAYS.replace('by = "product"', 'by = "sector"'), "by sector they do not"),
        (altered('mode = "shadow"', 'mode = "off"'), "energy: unknown mode off"),
        (altered("09:00-15:30", "9-15"), "energy: 9-15 is not a time of day"),
        (altered("09:00-15:30", "09:00-09:00"), "energy: 09:00-09:00 is empty"),
        (altered("09:00-15:30", "25:00-09:00"), "energy: 25:00-09:00 is not a time of day"),
        (GOOD + GOOD.replace('currency = "USD"', ""), "two limits have the id energy"),
        (GOOD + '[[mode]]\nmode = "shadow"\nlimits = ["energie"]', "there is no limit energie"),
        (GOOD + '[[mode]]\nmode = "shadow"', "it says not for what"),
        (GOOD + '[[mode]]\naccounts = ["A"]', "mode is missing"),
        (GOOD + '[[required]]\nmeasure = "position"\nof = "account"', "position needs a dimension"),
        (GOOD + '[mode]\nmode = "shadow"', "mode is not a list of tables"),
    ],
)
def test_what_is_wrong_is_named_with_file_limit_and_remedy(content, what):
    with pytest.raises(BadInputError) as caught:
        read_limits(content, "limits.toml")
    assert what in str(caught.value)
    assert caught.value.where.startswith("limits.toml")
    assert str(caught.value.remedy)


def test_money_needs_a_currency():
    with pytest.raises(BadInputError, match="bounds in money need a currency"):
        limits('measure = "gross exposure"\nof = "firm"\nhard = 5', top="")


def test_a_bad_replacement_leaves_nothing_changed_and_a_good_one_is_recorded():
    current = read_limits(GOOD, "f")
    with pytest.raises(BadInputError):
        replacement(current, altered('hard = "40 %"', 'hard = "x %"'), "f", "Li", 7)
    new = (
        altered('hard = "40 %"', 'hard = "50 %"')
        + '[[limit]]\nid = "m"\nmeasure = "margin ratio"\nof = "account"\nsoft = "9 %"'
    )
    limit_set, change = replacement(current, new, "f", "Li", 7)
    assert (change.who, change.when, change.before, change.after) == ("Li", 7, current.version, limit_set.version)
    assert [limit.name for limit in change.added] == ["m"]
    ((before, after),) = change.altered
    assert (before.hard, after.hard) == (4 * RATIO // 10, RATIO // 2)
    assert (change.removed, change.rules, change.empty) == ((), None, False)


def test_limits_taken_out_are_recorded():
    _, change = replacement(
        limits("id = 'a'\nmeasure = 'HHI'\nof = 'firm'\nby = 'sector'\nhard = 1"), GOOD, "f", "Li", 7
    )
    assert [limit.name for limit in change.removed] == ["a"]


def test_a_comment_changes_the_version_and_no_limit():
    first = read_limits(GOOD, "f")
    second, change = replacement(first, GOOD + "# reviewed", "f", "Li", 7)
    assert change.empty
    assert first.version != second.version


@given(st.text(max_size=60), st.integers(0, len(GOOD)))
def test_any_text_is_either_limits_or_an_error_for_a_person(scrap, place):
    try:
        limit_set = read_limits(GOOD[:place] + scrap + GOOD[place:], "f")
    except BadInputError:
        return
    assert limit_set.limits
