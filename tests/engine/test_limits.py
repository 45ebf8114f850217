import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classification import Dimension
from engine.limits import DAY, LimitSet, Window, change_of
from engine.numbers import LARGEST, NOT_COMPUTABLE, RATIO
from tests.engine.limit_books import limits, position_limit


@given(st.integers(0, DAY - 1), st.integers(0, DAY - 1), st.integers(0, DAY - 1))
def test_a_window_and_the_window_of_the_rest_of_the_day_share_no_second(start, stop, second):
    if start != stop:
        assert Window(start, stop).holds(second) is not Window(stop, start).holds(second)


@pytest.mark.parametrize(
    ("more", "account", "group", "concerned"),
    [
        ("", "A", "Alpha", True),
        ("", "A", "", True),
        ('accounts = ["A"]', "A", "Alpha", True),
        ('accounts = ["A"]', "B", "Alpha", False),
        ('groups = ["Alpha"]', "B", "Alpha", True),
        ('groups = ["Alpha"]', "B", "Beta", False),
    ],
)
def test_a_limit_concerns_whom_it_names_or_all(more, account, group, concerned):
    (limit,) = limits(position_limit(1, more=more)).limits
    assert limit.concerns(account, group) is concerned


@given(st.integers(0, LARGEST), st.integers(0, 10**9), st.integers(0, LARGEST))
def test_a_relative_bound_passes_exactly_what_is_within_the_share(basis, share, figure):
    (limit,) = limits('measure = "net exposure"\nof = "firm"\nrelative_to = "equity"\nhard = "1 %"').limits
    bound = limit.bound(share, basis)
    assert bound is not None
    assert (figure <= bound) is (figure * RATIO <= share * basis)


def test_a_share_of_what_is_not_computable_is_not_computable():
    (limit,) = limits('measure = "net exposure"\nof = "firm"\nrelative_to = "equity"\nhard = "1 %"').limits
    assert limit.bound(limit.hard, NOT_COMPUTABLE) == NOT_COMPUTABLE


def test_names_that_nobody_knows_are_told():
    limit_set = limits(
        position_limit(1, by="product", more='names = ["CL", "CLL"]'),
        position_limit(2, more='accounts = ["A", "Z"]'),
        position_limit(3, "group", more='groups = ["Omega"]\n[[mode]]\nmode = "shadow"\nsectors = ["Energie"]'),
    )
    known = {Dimension.PRODUCT: frozenset({"CL"}), Dimension.SECTOR: frozenset({"Energy"})}
    assert [str(told) for told in limit_set.unknown_names(frozenset({"A"}), frozenset({"Alpha"}), known)] == [
        "L1: nothing is called CLL by product",
        "L2: no account is called Z",
        "L3: no group is called Omega",
        "mode: nothing is called Energie by sector",
    ]


def test_the_first_limits_are_a_change_from_none():
    first = limits(position_limit(1))
    change = change_of(None, first, "Li", 5)
    assert (change.before, change.after, change.added) == ("", first.version, first.limits)


def test_a_change_of_rules_requirements_and_currency_is_in_the_record():
    before = limits(position_limit(1))
    more = '[[mode]]\nmode = "shadow"\naccounts = ["A"]\n[[required]]\nmeasure = "margin ratio"\nof = "account"'
    after = limits(position_limit(1, more=more), top='currency = "CNY"\n')
    change = change_of(before, after, "Li", 5)
    assert (change.rules, change.required) == (((), after.rules), ((), after.required))
    assert (change.currency, change.altered, change.empty) == (("USD", "CNY"), (), False)


def test_a_change_back_is_the_same_change_the_other_way_round():
    first, second = limits(position_limit(1)), limits(position_limit(2))
    there, back = change_of(first, second, "Li", 5), change_of(second, first, "Li", 6)
    assert [(new, old) for old, new in there.altered] == list(back.altered)


def test_a_set_without_limits_has_nothing_unknown():
    assert LimitSet("", "", ()).unknown_names(frozenset(), frozenset(), {}) == ()
