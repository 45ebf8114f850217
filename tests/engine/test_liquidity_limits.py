"""Limits on how long closing takes: the figures of the liquidity view, before and after an order."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.concentration import Measures, Owners
from engine.decision import Order, Request, Verdict
from engine.desk_limits import DeskLimits
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.limit_figures import OwnerHoldings
from engine.limit_result import Outcome
from engine.limit_trades import Place
from engine.limit_use import LimitUse
from engine.limits import Measure
from engine.liquidity import Closing, Liquidity
from engine.margin_terms import USUAL
from engine.market import Depth
from engine.market_statistics import MarketStatistics
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.pre_trade import DeskCheck
from engine.reference import ContractReference, ProductReference, Reference
from tests.engine.desks import CALL, EURO, JULY, JUNE, SmallDesk
from tests.engine.limit_books import NOON, limits
from tests.engine.test_concentration import PARAMETERS

CONTRACTS = (JUNE, CALL, JULY, EURO)
REFERENCE = Reference(
    {"A": ProductReference("Energy", "Commodities", 1000, 137), "E": ProductReference("Rates", "Rates")},
    {JUNE: ContractReference(400, 41)},
)
DAYS = """measure = "days to liquidate"
of = "account"
by = "product"
participation = "10 %"
hard = "1.5"
soft = "1.25"
"""
SIDES = st.tuples(st.integers(0, 20), st.integers(0, 20))
BOOKS = st.lists(st.dictionaries(st.sampled_from(CONTRACTS), SIDES), min_size=2, max_size=2)
TRADES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(CONTRACTS), st.integers(-30, 30).filter(bool), st.booleans()),
    max_size=4,
)


def desk_of(books, gross=False):
    """Accounts A0 and A1 of one group holding (long, short) by contract, everything quoted."""
    desk = SmallDesk(PARAMETERS)
    desk.quote_all()
    for number, book in enumerate(books):
        row = desk.account(f"A{number}", cash=1_000_000, terms=USUAL._replace(gross=gross))
        for contract, (long, short) in book.items():
            desk.hold_both(row, contract, long, short)
    for contract in CONTRACTS:
        desk.universe.column(Contract.parse(contract))
    return desk


def exposures_of(desk):
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    return Exposures.of(desk.state(), classification, "USD")


def holdings_of(desk):
    exposures = exposures_of(desk)
    known = exposures.classification
    statistics = MarketStatistics(known.open_interest, known.average_daily_volume)
    return OwnerHoldings(desk.state(), exposures, "Group", np.arange(2), statistics)


def booked(books, trades, gross):
    """The books with trades in them: a net account closes before it opens, a gross-margined one as it is told."""
    after = [dict(book) for book in books]
    for row, contract, quantity, closes in trades:
        long, short = after[row].get(contract, (0, 0))
        if not gross and quantity > 0:
            closed = min(quantity, short)
            after[row][contract] = (long + quantity - closed, short - closed)
        elif not gross:
            closed = min(-quantity, long)
            after[row][contract] = (long - closed, short - quantity - closed)
        elif (quantity > 0) is not closes:
            after[row][contract] = (long + quantity, short)
        else:
            after[row][contract] = (long, short - quantity)
    return after


def placed(desk, trades):
    places = {}
    for row, contract, quantity, closes in trades:
        order = Order(Contract.parse(contract), quantity, closes)
        place = Place.of(desk.state(), row, desk.universe.column(order.contract), order)
        places[place] = places.get(place, 0) + quantity
    return places


@settings(max_examples=40, deadline=None)
@given(BOOKS, TRADES, st.booleans(), st.sampled_from((RATIO // 5, 12_345)))
def test_days_after_trades_are_those_of_a_desk_that_holds_them(books, trades, gross, participation):
    if gross:
        # What is not there cannot be closed.
        trades = [(row, contract, quantity, False) for row, contract, quantity, _ in trades]
    desk, after = desk_of(books, gross), desk_of(booked(books, trades, gross), gross)
    figures = holdings_of(desk).with_trades(placed(desk, trades))
    exposures = exposures_of(after)
    closing = Closing.of(after.state(), Depth.unknown(len(after.universe)), exposures)
    owners = Owners(("Group",), np.array([0, 2]), np.array([0, 1]))
    for by in (Dimension.CONTRACT, Dimension.PRODUCT):
        found = Liquidity.of(closing, exposures.classification, owners, by, participation)
        names = exposures.classification.names(by)
        expected = {names[code]: days for code, days in zip(found.codes.tolist(), found.days.tolist(), strict=True)}
        for name in names:
            assert figures.days(by, name, participation) == expected.get(name, 0)


def checked(desk, body, *orders):
    in_force = DeskLimits(limits(body), REFERENCE, desk.universe, desk.parameters)
    checks = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
    asked = tuple(Order(Contract.parse(contract), count) for contract, count in orders)
    return checks.check(Request(1, "A0", asked, with_curve=False), ())


def test_an_order_that_would_take_too_long_to_close_is_refused_with_the_largest_that_would_not():
    answer = checked(desk_of([{JUNE: (10, 0)}, {}]), DAYS, (JULY, -12))
    assert answer.verdict is Verdict.REFUSED
    assert [str(reason) for reason in answer.reasons] == [
        "L1: days to liquidate in A at 10.0 % of the daily volume of A0 would be 1.61, at most 1.50"
    ]
    assert answer.largest == -10


def test_the_soft_bound_warns():
    answer = checked(desk_of([{JUNE: (10, 0)}, {}]), DAYS, (JULY, -8))
    assert answer.verdict is Verdict.PASSES
    (warning,) = answer.warnings
    assert "would be 1.31, at most 1.25" in str(warning)


def test_months_held_against_each_other_are_traded_one_by_one():
    (result,) = checked(desk_of([{JUNE: (10, 0), JULY: (0, 10)}, {}]), DAYS, (JUNE, 1)).limits.results
    assert (result.before, result.after) == (20 * 10 * RATIO // 137, (21 * 10 * RATIO * 2 // 137 + 1) // 2)


def test_without_a_volume_an_order_is_refused_with_the_reason():
    answer = checked(desk_of([{}, {}]), DAYS, (EURO, 1))
    assert answer.verdict is Verdict.NOT_COMPUTABLE
    assert [str(reason) for reason in answer.reasons] == ["L1: the average daily volume of E is not known"]


def test_an_order_that_reduces_passes_without_a_volume():
    assert checked(desk_of([{EURO: (5, 0)}, {}]), DAYS, (EURO, -2)).verdict is Verdict.PASSES


def test_the_use_of_a_limit_is_days_over_the_bound():
    desk = desk_of([{JUNE: (10, 0), JULY: (0, 4)}, {EURO: (1, 0)}])
    in_force, exposures = limits(DAYS), exposures_of(desk)
    use = LimitUse(in_force, NOON, desk.state().book, exposures.classification)
    (limit,) = in_force.limits
    measures = Measures.of(exposures, use.owners_of(limit.level), Dimension.PRODUCT)
    figures, bounds, used = use.of_limit(limit, measures)
    assert figures.tolist() == [round(14 * 10 * RATIO / 137), NOT_COMPUTABLE]
    assert bounds.tolist() == [limit.hard, limit.hard]
    assert used.tolist() == [round(figures[0] / 1.5), NOT_COMPUTABLE]


def test_a_limit_that_lets_an_order_pass_says_its_days():
    (result,) = checked(desk_of([{JUNE: (4, 0)}, {}]), DAYS, (JUNE, 1)).limits.results
    assert result.outcome is Outcome.PASS
    assert (result.limit.measure, result.limit.participation) == (Measure.DAYS, RATIO // 10)
    assert result.headroom == result.hard - result.after


def test_a_limit_is_another_one_at_another_participation():
    (limit,) = limits(DAYS).limits
    assert limits(DAYS.replace("10 %", "20 %")).limits == (replace(limit, participation=RATIO // 5),)
