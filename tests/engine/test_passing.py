"""Limits that an order simply passes, all found at once, say what they say when they are looked at one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.decision import Order
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.limit_check import LimitChecker
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Members
from engine.limit_owners import Owners
from engine.limit_request import placed, question_of
from engine.limit_result import Outcome
from engine.limited_desk import LimitedDesk
from engine.limits import Level
from engine.margin_terms import USUAL
from engine.market_statistics import MarketStatistics
from tests.engine.concentration_desk import PARAMETERS, REFERENCE
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk
from tests.engine.limit_books import NOON, limits

CONTRACTS = (JUNE, JULY, CALL, EURO)
UNKNOWN = "X:Z:FUT:202609"
INTEREST = {(Dimension.CONTRACT, JUNE): 40, (Dimension.CONTRACT, CALL): 900, (Dimension.PRODUCT, "A"): 77}
VOLUME = {(Dimension.CONTRACT, JUNE): 90, (Dimension.CONTRACT, JULY): 7, (Dimension.PRODUCT, "A"): 131}
STATISTICS = MarketStatistics(INTEREST, VOLUME)
MEASURES = {
    "margin ratio": ("hard = '3.7 %'", "hard = '60 %'\nsoft = '2 %'"),
    "share of equity": ("hard = '9.31 %'", "hard = '400 %'"),
    "share of gross": ("hard = '33.3334 %'", "soft = '51 %'"),
    "gross exposure": ("hard = 9_000", "relative_to = 'equity'\nhard = '17.77 %'\nsoft = '3 %'"),
    "net exposure": ("hard = 7_000\nsoft = 100", "relative_to = 'gross exposure'\nhard = '66.6667 %'"),
    "delta exposure": ("hard = 6_500", "soft = 1_000_000"),
    "position": ("hard = 11", "relative_to = 'open interest'\nhard = '20.01 %'"),
    "HHI": ("hard = '0.61'", "soft = '0.999999'\nhard = 1"),
    "days to liquidate": ("hard = '0.35'\nparticipation = '7.5 %'", "soft = 1_000\nhard = 2_000"),
}
DIVIDED = ("share of equity", "share of gross", "HHI", "position", "days to liquidate")
BODIES = [
    f"measure = '{measure}'\nof = '{level}'\n{bounds}" + (f"\nby = '{by}'" if by else "")
    for measure, kinds in MEASURES.items()
    for bounds in kinds
    for level in ("account", "group", "firm")
    for by in ("", "contract", "product", "sector", "currency")
    if bool(by) or measure not in DIVIDED
    if not (by and measure == "margin ratio")
    if measure not in ("position", "days to liquidate") or by in ("contract", "product")
]
COUNTS = st.integers(-12, 12)
LEGS = st.lists(st.tuples(st.sampled_from((*CONTRACTS, UNKNOWN)), COUNTS.filter(bool)), min_size=1, max_size=3)
BOOKS = st.lists(st.dictionaries(st.sampled_from(CONTRACTS), COUNTS), min_size=3, max_size=3)
WAITING = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(CONTRACTS), COUNTS.filter(bool)), max_size=3)


def desk_of(books, quoted, gross, cash):
    """Three accounts, the last in a group of its own; the last contract without a quote unless ``quoted``."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    if not quoted:
        desk.quote(JULY, 0)
    for number, book in enumerate(books):
        row = desk.account(f"A{number}", cash=cash, terms=USUAL._replace(gross=gross))
        for contract, count in book.items():
            desk.hold(row, contract, count)
    for contract in (*CONTRACTS, UNKNOWN):
        desk.universe.column(Contract.parse(contract))
    return desk


def question_on(desk, legs, waiting, together):
    state = desk.state()
    # Made before the unknown contract is met, as on a desk whose universe grows.
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    exposures = Exposures.of(state, classification, "USD")
    limited = LimitedDesk(state, exposures, STATISTICS)
    owners = ((Level.ACCOUNT, "A0", [0]), (Level.GROUP, "Group", [0, 1]), (Level.FIRM, "F", [0, 1, 2]))
    holdings = [(level, OwnerHoldings(limited, name, Members(state.book, rows))) for level, name, rows in owners]
    orders = [Order(Contract.parse(contract), count) for contract, count in legs]
    working = [(row, Order(Contract.parse(contract), count)) for row, contract, count in waiting]
    rows = [placed(state, classification, row, [(order,)]) for row, order in working]
    working = np.concatenate((np.zeros((0, 4), dtype=np.int64), *rows))
    return question_of(Owners(0, holdings), orders, working, NOON, together)


@settings(max_examples=40, deadline=None)
@given(BOOKS, LEGS, WAITING, st.booleans(), st.booleans(), st.booleans(), st.sampled_from((90_000, 3_000)))
def test_all_at_once_they_say_what_they_say_one_by_one(books, legs, waiting, together, quoted, gross, cash):
    asked = question_on(desk_of(books, quoted, gross, cash), legs, waiting, together)
    assert asked.quick is not None
    # Where the margin of an owner is bounded, its ways are found one by one; where it is not, all at once.
    for bodies in (BODIES, [body for body in BODIES if "margin" not in body]):
        checker = LimitChecker(limits(*bodies))
        assert checker.evaluate(asked) == checker.evaluate(replace(asked, quick=None))


@pytest.mark.parametrize(
    ("more", "margin", "equity"),
    [
        ("measure = 'gross exposure'\nhard = 5", False, False),
        ("measure = 'share of equity'\nby = 'product'\nhard = '5 %'", False, True),
        ("measure = 'gross exposure'\nhard = '5 %'\nrelative_to = 'equity'", False, True),
        ("measure = 'margin ratio'\nhard = '5 %'", True, True),
    ],
)
def test_what_takes_long_to_add_up_is_asked_for_where_a_limit_looks_at_it(more, margin, equity):
    bounds = LimitChecker(limits(f"of = 'firm'\n{more}"))._plan("A0", "Group").bounds
    assert bounds.margins.tolist() == [False, False, margin]
    assert bounds.equities.tolist() == [False, False, equity]


def test_whatever_passes_is_found_at_once():
    asked = question_on(desk_of([{JUNE: 2, EURO: -1}, {JULY: 1}, {}], True, False, 10**8), [(JUNE, 1)], (), False)
    wide = [body for body in BODIES if "1_000_000" in body or "999999" in body or "400 %" in body or "60 %" in body]
    checker = LimitChecker(limits(*wide))
    bounds = checker._plan("A0", "Group").bounds
    assert asked.quick is not None
    (rows,) = asked.quick.figures(bounds._replace(margins=np.ones(3, dtype=np.bool_)))
    assert rows[:, 0].tolist() == [1] * len(wide)
    assert {result.outcome for result in checker.evaluate(asked).results} == {Outcome.PASS}
