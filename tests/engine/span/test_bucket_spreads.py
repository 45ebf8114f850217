"""Spreads between commodities that are formed tier by tier (method 02) or month by month (method 03)."""

from dataclasses import replace

import numpy as np
import pytest

from engine.span.arrays import SpanTable
from engine.span.breakdown import breakdown
from engine.span.conventions import named_convention
from engine.span.parameters import Buckets
from engine.span.requirement import margin
from engine.span.requirements import requirements
from engine.span.supported import refuse_unsupported
from tests.engine.span.books import batch_of_books, margin_of
from tests.engine.span.plain_span import PlainSpan
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
    write,
)
from tests.engine.span.test_breakdown import assert_adds_up
from tests.engine.span.test_breakdown import everything as lines_of
from tests.engine.span.test_margin import assert_agrees, everything, random_books

MONTHS = ("202606", "202607", "202608")
NEAR, FAR = (1, "202606", "202607"), (2, "202608", "202612")
HALF = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")


def table_of(buckets: Buckets) -> SpanTable:
    futures = tuple(SmallContract(month, linear(300)) for month in MONTHS)
    commodities = tuple(SmallCommodity(code, futures, inter_tiers=(NEAR, FAR)) for code in "AB")
    parameters = parameters_of(SmallMarket("NSE", commodities, inter_spreads=(HALF,)))
    spreads = tuple(replace(spread, buckets=buckets) for spread in parameters.inter_spreads)
    return SpanTable(replace(parameters, inter_spreads=spreads), named_convention("NSE"))


@pytest.mark.parametrize(
    ("book", "whole", "tiers", "months"),
    [
        # One month of one tier against another month of it: not in one month.
        ({"A:FUT:202606": 4, "B:FUT:202607": -3}, 3, 3, 0),
        ({"A:FUT:202606": 4, "B:FUT:202608": -3}, 3, 0, 0),
        ({"A:FUT:202606": 4, "A:FUT:202608": 2, "B:FUT:202606": -1, "B:FUT:202608": -9}, 6, 3, 3),
        # No more in all than of the whole deltas left: 10 - 8.
        ({"A:FUT:202606": 10, "A:FUT:202608": -8, "B:FUT:202606": -10}, 2, 2, 2),
        ({"A:FUT:202606": 4, "B:FUT:202606": 3}, 0, 0, 0),
    ],
)
def test_a_spread_forms_of_what_each_leg_has_in_one_tier_or_month(book, whole, tiers, months):
    for buckets, count in ((Buckets.WHOLE, whole), (Buckets.TIERS, tiers), (Buckets.MONTHS, months)):
        figures = margin_of(table_of(buckets), {f"X:{name}": quantity for name, quantity in book.items()})
        risk = figures.commodities["A"]["weighted_price_risk"]
        assert figures.commodities["A"]["inter_commodity_credit"] == round(risk * count / 2, 2), buckets


def test_gross_margined_accounts_form_none():
    batch = batch_of_books(table_of(Buckets.MONTHS), [{"X:A:FUT:202606": 4, "X:B:FUT:202606": -3}])
    result = margin(table_of(Buckets.MONTHS), batch._replace(middles=np.array([1])))
    assert not result.commodities.inter_commodity_credit.any()


BUCKETS = {2: Buckets.TIERS, 4: Buckets.MONTHS, 0: Buckets.TIERS}
"""Priority of an inter-commodity spread -> what it is formed in."""


@pytest.fixture(scope="module", params=["NSE", "KDPW"])
def market(request, tmp_path_factory):
    """The market with every step, with flat and weighted spreads that are formed in buckets."""
    small = everything()
    spreads = (
        *(spread for spread in small.inter_spreads if "<pLeg>" not in spread and "<spread>2<" not in spread),
        tier_spread(2, "0.4", ("A", 0, "A", "1"), ("B", 0, "B", "1.5"), method="W"),
        tier_spread(4, "7.7", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="F"),
        tier_spread(0, "0.33", ("A", 0, "A", "10"), ("B", 0, "A", "11"), ("D", 0, "B", "9"), method="W"),
    )
    small = replace(small, inter_spreads=spreads)
    parameters = parameters_of(small)
    inter = tuple(
        replace(spread, buckets=BUCKETS.get(spread.priority, Buckets.WHOLE)) for spread in parameters.inter_spreads
    )
    parameters = replace(parameters, inter_spreads=inter)
    refuse_unsupported(parameters)
    plain = PlainSpan(write(small, tmp_path_factory.mktemp("buckets") / "market.spn"), request.param)
    numbers = {spread: int(spread.findtext("spread")) for spread in plain.inter if spread.find("tLeg") is not None}
    clearing = plain.inter[-1]
    plain.buckets = {
        spread: BUCKETS[number].value for spread, number in numbers.items() if number in BUCKETS and spread != clearing
    }
    return SpanTable(parameters, named_convention(request.param)), plain


def test_random_books_agree_with_the_plain_computation(market):
    table, plain = market
    books = random_books(table, 23, 300)
    assert_agrees(table, plain, books)
    batch = batch_of_books(table, books)
    result = margin(table, batch, 100_000)
    formed = set(result.inter_trace[:, 1].tolist())
    assert set(table.bucketed.spread.tolist()) <= formed
    assert requirements(table, batch).requirement.tolist() == result.totals.requirement.tolist()


def test_random_books_are_explained_by_leaves_that_add_up(market):
    table, _ = market
    for book in random_books(table, 24, 100):
        for tree in breakdown(table, batch_of_books(table, [book])):
            assert_adds_up(tree)
            assert "not broken down" not in {line.label.template for line in lines_of(tree)}
