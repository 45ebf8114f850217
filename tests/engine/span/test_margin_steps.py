"""Each step of the margin calculation on markets made small for it."""

from fractions import Fraction

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import convention_of
from engine.span.requirement import margin
from tests.engine.span.books import margin_of
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    period_spread,
    tier_spread,
)


def small_table(*commodities, **more):
    return SpanTable(parameters_of(SmallMarket("NSE", commodities, **more)), convention_of("NSE"))


MONTHS = ("202606", "202607", "202608")
FUTURES = tuple(SmallContract(month, linear(300)) for month in MONTHS)


def test_a_three_legged_spread_consumes_every_leg():
    butterfly = period_spread(1, "50", ("A", "202606", "A", "1"), ("A", "202607", "B", "2"), ("A", "202608", "A", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(butterfly,)))
    book = {"X:A:FUT:202606": 3, "X:A:FUT:202607": -4, "X:A:FUT:202608": 2}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 100


def test_contract_spreads_come_before_tier_spreads():
    by_tier = tier_spread(1, "80", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    by_month = period_spread(2, "10", ("A", "202606", "A", "1"), ("A", "202607", "B", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(by_tier, by_month)))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -5}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 50


def test_spreads_within_a_tier_are_formed_before_those_of_lower_priority():
    tiers = ((1, "202606", "202607"), (2, "202608", "202608"))
    near = tier_spread(1, "20", ("A", 1, "A", "1"), ("A", 1, "B", "1"))
    across = tier_spread(2, "60", ("A", 1, "A", "1"), ("A", 2, "B", "1"))
    table = small_table(SmallCommodity("A", FUTURES, spreads=(near, across), tiers=tiers))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2, "X:A:FUT:202608": -3}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 2 * 20 + 3 * 60


def test_a_weighted_intra_spread_charges_a_share_of_the_weighted_price_risk():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("A", 0, "B", "1"), method="W")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["weighted_price_risk"] == 300
    assert figures["intra_commodity_charge"] == 2 * 150


@pytest.mark.parametrize(
    ("book", "charge"),
    [
        ({"202606": 3, "202607": -3}, 3 * (10 + 4)),
        ({"202606": 3, "202608": -3}, 3 * (10 + 2 * 4)),
        # The nearest months go first: two spreads of a month each, and one of two.
        ({"202606": 3, "202607": -2, "202608": -5}, 2 * (10 + 4) + 1 * (10 + 2 * 4)),
        ({"202606": -1, "202607": -1, "202608": 2}, (10 + 2 * 4) + (10 + 4)),
    ],
)
def test_a_spread_by_month_charges_its_rate_and_one_for_each_month_its_legs_are_apart(book, charge):
    spread = tier_spread(1, "10", ("A", 0, "A", "1"), ("A", 0, "B", "1"), method="P", month_rate="4")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    held = {f"X:A:FUT:{month}": quantity for month, quantity in book.items()}
    assert margin_of(table, held).commodities["A"]["intra_commodity_charge"] == charge


def test_a_spread_by_month_with_ratios_counts_months_by_spreads():
    spread = tier_spread(1, "0", ("A", 0, "A", "1"), ("A", 0, "B", "2"), method="P", month_rate="1")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 3, "X:A:FUT:202607": -2, "X:A:FUT:202608": -4}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 1 * 1 + 2 * 2


def test_legs_with_rates_of_their_own_are_charged_at_the_mean():
    spread = tier_spread(1, "10", ("A", 0, "A", "1"), ("A", 0, "B", "1"), own="25")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 35


def test_a_mean_of_rates_that_is_no_decimal_number_is_exact():
    legs = (("A", "202606", "A", "1"), ("A", "202607", "B", "2"), ("A", "202608", "A", "1"))
    spread = period_spread(1, "10", *legs).replace("<i>2</i>", "<i>2</i><rate><r>1</r><val>11</val></rate>")
    table = small_table(SmallCommodity("A", FUTURES, spreads=(spread,)))
    book = {"X:A:FUT:202606": 300, "X:A:FUT:202607": -600, "X:A:FUT:202608": 300}
    assert margin_of(table, book).commodities["A"]["intra_commodity_charge"] == 300 * Fraction(31, 3)


def test_a_flat_credit_is_shared_equally_by_the_commodities():
    spread = tier_spread(1, "90", ("A", 0, "A", "1"), ("B", 0, "B", "2"), method="F")
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES), inter_spreads=(spread,))
    result = margin_of(table, {"X:A:FUT:202606": 2, "X:B:FUT:202606": -4})
    assert [result.commodities[code]["inter_commodity_credit"] for code in "AB"] == [90, 90]


def test_a_three_legged_inter_spread_needs_every_leg_on_its_side():
    spread = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), ("C", 0, "B", "1"), method="W")
    table = small_table(*(SmallCommodity(code, FUTURES) for code in "ABC"), inter_spreads=(spread,))
    book = {"X:A:FUT:202606": 2, "X:B:FUT:202606": -2}
    assert margin_of(table, book).commodities["A"]["inter_commodity_credit"] == 0
    formed = margin_of(table, {**book, "X:C:FUT:202606": -1})
    assert formed.commodities["A"]["inter_commodity_credit"] == 150


@pytest.mark.parametrize(("method", "expected"), [("GROSS", 700), ("MAX", 500)])
def test_the_short_option_minimum_counts_both_sides_or_the_larger(method, expected):
    zeros = ("0",) * 16
    call = SmallContract("202606", zeros, "0.5", "1", "C", "100")
    put = SmallContract("202606", zeros, "-0.5", "1", "P", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call, put), minimum="100", minimum_method=method))
    book = {"X:A:OOP:202606:C:100": -5, "X:A:OOP:202606:P:100": -2}
    assert margin_of(table, book).commodities["A"]["short_option_minimum"] == expected


def test_long_premium_options_alone_risk_no_more_than_their_value():
    call = SmallContract("202606", ("900",) * 16, "0.5", "7", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call)))
    figures = margin_of(table, {"X:A:OOP:202606:C:100": 2}).commodities["A"]
    assert (figures["scan_risk"], figures["risk"]) == (1800, 14)


def test_futures_style_options_have_no_option_value():
    call = SmallContract("202606", ("900",) * 16, "0.5", "7", "C", "100")
    table = small_table(SmallCommodity("A", (*FUTURES, call), valuation="FUT"))
    figures = margin_of(table, {"X:A:OOP:202606:C:100": 2}).commodities["A"]
    assert (figures["net_option_value"], figures["risk"]) == (0, 1800)


def test_a_cap_limits_option_value_commodity_by_commodity():
    call = SmallContract("202606", ("1",) * 16, "0.5", "500", "C", "100")
    rich = SmallCommodity("A", (*FUTURES, call), cap=True)
    table = small_table(rich, SmallCommodity("B", FUTURES))
    result = margin_of(table, {"X:A:OOP:202606:C:100": 2, "X:B:FUT:202606": 1})
    assert result.totals["USD"]["requirement"] == 300
    assert result.totals["USD"]["excess_option_value"] == 998


@pytest.mark.parametrize(("method", "expected"), [("NORMAL", 300), ("SCANRANGE_CAP", 250), ("SCANRANGE", 250)])
def test_the_weighted_price_risk_follows_the_files_method(method, expected):
    table = small_table(SmallCommodity("A", FUTURES, weighted=method, price_scan="250"))
    assert margin_of(table, {"X:A:FUT:202606": 4}).commodities["A"]["weighted_price_risk"] == expected


def test_a_delta_scale_counts_in_deltas_and_spreads():
    half = tuple(SmallContract(month, linear(300), scale="0.5") for month in MONTHS)
    spread = tier_spread(1, "100", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    table = small_table(SmallCommodity("A", half, spreads=(spread,)))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -3}).commodities["A"]
    assert (figures["net_delta"], figures["intra_commodity_charge"]) == (1, 150)


def test_currencies_are_never_added_together():
    table = small_table(SmallCommodity("A", FUTURES), SmallCommodity("B", FUTURES, currency="EUR"))
    result = margin_of(table, {"X:A:FUT:202606": 1, "X:B:FUT:202606": 2})
    assert {code: totals["requirement"] for code, totals in result.totals.items()} == {"USD": 300, "EUR": 600}


def test_a_figure_that_would_overflow_is_not_computable_and_leaves_its_neighbours_alone():
    table = small_table(
        SmallCommodity("A", (SmallContract("202606", linear(1_000_000)),)), SmallCommodity("B", FUTURES)
    )
    rows = [table.parameters.find(Contract.parse(f"X:{code}:FUT:202606")) for code in "AB"]
    batch = Batch(np.array([0, 1, 2]), np.array(rows), np.array([10**9, 1]))
    totals = margin(table, batch).totals
    assert totals.requirement[0, 0] == NOT_COMPUTABLE
    assert totals.requirement[1, 0] == 300 * 10**6


def test_a_super_spread_is_formed_before_the_months_are_spread():
    calendar = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    supers = tier_spread(1, "0.5", ("A", 0, "A", "1"), ("B", 0, "B", "1"), method="W")
    table = small_table(
        SmallCommodity("A", FUTURES, spreads=(calendar,)),
        SmallCommodity("B", FUTURES),
        extra=f"<superSpreads>{supers}</superSpreads>",
    )
    book = {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2, "X:B:FUT:202606": -3}
    figures = margin_of(table, book).commodities["A"]
    assert figures["inter_commodity_credit"] == 3 * 150
    assert figures["intra_commodity_charge"] == 2 * 40


def test_delivery_charges_what_is_left_and_what_spreads_consumed():
    calendar = tier_spread(1, "40", ("A", 0, "A", "1"), ("A", 0, "B", "1"))
    spot = (("202606", "100", "250"),)
    table = small_table(SmallCommodity("A", FUTURES, spreads=(calendar,), delivery=spot))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["delivery_charge"] == 3 * 250 + 2 * 100
    assert figures["risk"] == figures["scan_risk"] + figures["intra_commodity_charge"] + figures["delivery_charge"]


def test_scan_tiers_are_scanned_apart_and_add_up():
    table = small_table(SmallCommodity("A", FUTURES, scan_tiers=((1, "202606", "202606"), (2, "202607", "202608"))))
    figures = margin_of(table, {"X:A:FUT:202606": 5, "X:A:FUT:202607": -2}).commodities["A"]
    assert figures["scan_risk"] == 7 * 300
