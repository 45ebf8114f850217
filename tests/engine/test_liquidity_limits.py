"""Limits on how long and how dear it is to close: the figures of the liquidity view, before and after an order."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification, Dimension
from engine.closing_costs import ClosingCosts
from engine.concentration import Measures, Owners
from engine.decision import Order, Request, Verdict
from engine.desk_limits import DeskLimits
from engine.exposures import Exposures
from engine.instruments import Contract
from engine.limit_figures import OwnerHoldings
from engine.limit_members import Members
from engine.limit_result import Outcome
from engine.limit_trades import Place
from engine.limit_use import LimitUse
from engine.limited_desk import LimitedDesk
from engine.limits import Measure
from engine.liquidity import Closing, Liquidity
from engine.margin_terms import USUAL
from engine.market import Depth
from engine.market_statistics import MarketStatistics
from engine.numbers import NOT_COMPUTABLE, PRICE, RATIO
from engine.pre_trade import DeskCheck
from engine.reference import ContractReference, ProductReference, Reference
from tests.engine.concentration_desk import PARAMETERS
from tests.engine.desks import CALL, EURO, JULY, JUNE, NOW, SmallDesk, money
from tests.engine.limit_books import NOON, limits

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
COST = """measure = "cost to liquidate"
of = "group"
hard = 40
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


def quote(desk, contract, age=0):
    """Ten bid and twenty offered, a fifth apart."""
    scaled = (round(99.9 * PRICE), round(100.1 * PRICE), 10, 20)
    column = desk.universe.column(Contract.parse(contract))
    desk.market.apply(column, scaled[0], NOW + 1 - age, NOW - age, scaled)


def exposures_of(desk):
    classification = Classification.of(desk.universe, desk.parameters, REFERENCE)
    return Exposures.of(desk.state(), classification, "USD")


def holdings_of(desk):
    exposures = exposures_of(desk)
    known = exposures.classification
    statistics = MarketStatistics(known.open_interest, known.average_daily_volume)
    closing = ClosingCosts(desk.state(), exposures, desk.market.depth())
    members = Members(desk.state().book, np.arange(2))
    return OwnerHoldings(LimitedDesk(desk.state(), exposures, statistics, closing), "Group", members)


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


@settings(max_examples=40, deadline=None)
@given(BOOKS, TRADES, st.booleans(), st.sets(st.sampled_from(CONTRACTS)))
def test_the_cost_after_trades_is_that_of_a_desk_that_holds_them(books, trades, gross, quoted):
    if gross:
        trades = [(row, contract, quantity, False) for row, contract, quantity, _ in trades]
    desk, after = desk_of(books, gross), desk_of(booked(books, trades, gross), gross)
    for each in (desk, after):
        for contract in quoted:
            quote(each, contract)
    figures = holdings_of(desk).with_trades(placed(desk, trades))
    exposures = exposures_of(after)
    closing = Closing.of(after.state(), after.market.depth(), exposures)
    owners = Owners(("Group",), np.array([0, 2]), np.array([0, 1]))
    for by in (Dimension.CONTRACT, Dimension.PRODUCT):
        found = Liquidity.of(closing, exposures.classification, owners, by)
        names = exposures.classification.names(by)
        expected = {names[code]: cost for code, cost in zip(found.codes.tolist(), found.cost.tolist(), strict=True)}
        for name in names:
            figure, known = figures.figure(Measure.COST, by, name), expected.get(name, 0)
            # What was not computable before stays so, though it be closed.
            assert figure in (known, NOT_COMPUTABLE)
            if quoted == set(CONTRACTS):
                assert figure == known
    if quoted == set(CONTRACTS):
        assert figures.figure(Measure.COST, None, "") == int(found.total_cost[0])


def checked(desk, body, *orders):
    in_force = DeskLimits(limits(body), REFERENCE, desk.universe, desk.parameters)
    depth = desk.market.depth() if in_force.limits.needs_depth else None
    checks = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON, depth))
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


def quoted_desk(books):
    desk = desk_of(books)
    for contract in CONTRACTS:
        quote(desk, contract)
    return desk


def test_an_order_that_would_be_too_dear_to_close_is_refused_with_the_largest_that_would_not():
    answer = checked(quoted_desk([{JUNE: (10, 0)}, {JUNE: (10, 0)}]), COST, (JUNE, 10))
    assert answer.verdict is Verdict.REFUSED
    # Ten and ten at half the spread, which is worth 2; ten more at one and a half.
    assert [str(reason) for reason in answer.reasons] == ["L1: cost to liquidate of Group would be 50, at most 40"]
    (result,) = answer.limits.results
    assert (result.before, result.after) == (money(20), money(50))
    assert answer.largest == 6


def test_a_cost_can_be_bounded_by_equity_and_name():
    body = COST.replace("hard = 40", 'by = "product"\nrelative_to = "equity"\nhard = "0.001 %"')
    (result,) = checked(quoted_desk([{JUNE: (10, 0)}, {EURO: (0, 5)}]), body, (JULY, 2)).limits.results
    assert (result.name, result.before, result.after) == ("A", money(10), money(12))
    # Of two millions less what the quotes have taken.
    assert 0 < money(20) - result.hard < money(0.001)
    assert result.outcome is Outcome.PASS


def test_without_bid_and_offer_an_order_is_refused_with_the_reason():
    answer = checked(desk_of([{}, {}]), COST, (JUNE, 1))
    assert answer.verdict is Verdict.NOT_COMPUTABLE
    assert [str(reason) for reason in answer.reasons] == ["L1: not computable: a position has no bid and offer"]


def test_a_stale_bid_and_offer_is_none():
    desk = quoted_desk([{JULY: (1, 0)}, {}])
    quote(desk, JULY, age=-1)
    stale = replace(desk.state(), fresh=np.array([True, True, False, True]))
    in_force = DeskLimits(limits(COST), REFERENCE, desk.universe, desk.parameters)
    checks = DeskCheck(stale, desk.universe, in_force.on(stale, NOON, desk.market.depth()))
    answer = checks.check(Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False), ())
    assert "a bid and offer is stale" in str(answer.reasons)


def test_where_nobody_gave_bids_and_offers_costs_are_not_known():
    desk = quoted_desk([{}, {}])
    in_force = DeskLimits(limits(COST), REFERENCE, desk.universe, desk.parameters)
    checks = DeskCheck(desk.state(), desk.universe, in_force.on(desk.state(), NOON))
    asked = Request(1, "A0", (Order(Contract.parse(JUNE), 1),), with_curve=False)
    assert checks.check(asked, ()).verdict is Verdict.NOT_COMPUTABLE


def test_an_order_that_reduces_passes_without_bid_and_offer():
    assert checked(desk_of([{JUNE: (5, 0)}, {}]), COST, (JUNE, -2)).verdict is Verdict.PASSES


def test_the_use_of_a_limit_on_cost_is_cost_over_the_bound():
    desk = quoted_desk([{JUNE: (10, 0), JULY: (0, 4)}, {EURO: (1, 0)}])
    in_force, exposures = limits(COST + 'by = "product"'), exposures_of(desk)
    closing = Closing.of(desk.state(), desk.market.depth(), exposures)
    use = LimitUse(in_force, NOON, desk.state().book, exposures.classification, closing)
    (limit,) = in_force.limits
    measures = Measures.of(exposures, use.owners_of(limit.level), Dimension.PRODUCT)
    figures, bounds, used = use.of_limit(limit, measures)
    assert figures.tolist() == [money(14), money(1.25)]
    assert (bounds.tolist(), used.tolist()) == ([money(40)] * 2, [14 * RATIO // 40, 5 * RATIO // 160])
    unknown = replace(use, closing=None).of_limit(limit, measures)[2]
    assert unknown.tolist() == [NOT_COMPUTABLE] * 2
