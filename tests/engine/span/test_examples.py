"""Portfolios with published or hand-worked results (span/examples.md of the reference)."""

from fractions import Fraction

import pytest

from engine.instruments import Contract
from engine.numbers import DELTA, MONEY, round_units
from engine.span.arrays import SpanTable
from engine.span.conventions import convention_of, named_convention
from engine.span.requirement import margin
from tests.engine.span.books import batch_of_books, margin_of
from tests.engine.span.plain_span import rounded
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    tier_spread,
)
from tests.engine.span.small_positional import read as read_positional
from tests.engine.span.small_positional import real_file
from tests.span_files import shared_file


def table_of(organisation, *commodities, **more):
    parameters = parameters_of(SmallMarket(organisation, commodities, **more))
    return SpanTable(parameters, convention_of(organisation))


def test_nikkei_futures_scan_to_the_published_margin_of_jscc():
    table = table_of("JSCC", SmallCommodity("NK225", (SmallContract("202606", linear(570_000)),), currency="JPY"))
    result = margin_of(table, {"X:NK225:FUT:202606": 5 - 2})
    assert result.commodities["NK225"]["scan_risk"] == 1_710_000
    assert result.requirement == 1_710_000


def test_nikkei_puts_need_the_published_margin_of_jscc():
    array = ("0",) * 13 + ("-570100",) + ("0",) * 2
    put = SmallContract("202604", array, "-0.2", "3200", "P", "18000")
    future = SmallContract("202606", linear(570_000))
    commodity = SmallCommodity("NK225", (future, put), multiplier="1000", currency="JPY", minimum="29400")
    result = margin_of(table_of("JSCC", commodity), {"X:NK225:OOP:202604:P:18000": 3 - 13})
    figures = result.commodities["NK225"]
    assert figures["scan_risk"] == 5_701_000
    assert figures["net_option_value"] == -32_000_000
    assert figures["short_option_minimum"] == 294_000
    assert result.requirement == 37_701_000


@pytest.mark.parametrize(("per_thousand", "expected"), [(74, 29_197), (37, 14_599)])
def test_wig20_futures_round_to_whole_zloty_a_commodity(per_thousand, expected):
    price_scan = 20 * 2466 * per_thousand / 1000
    table = table_of("KDPW", SmallCommodity("WIG20", (SmallContract("202606", linear(price_scan)),), currency="PLN"))
    result = margin_of(table, {"X:WIG20:FUT:202606": 8})
    assert result.commodities["WIG20"]["scan_risk"] == expected
    assert result.requirement == expected


def test_an_e_mini_future_scans_to_its_price_scan_range():
    table = table_of("CME", SmallCommodity("ES", (SmallContract("201903", linear(6000)),)))
    result = margin_of(table, {"X:ES:FUT:201903": 1})
    assert result.commodities["ES"]["scan_risk"] == 6000
    assert result.requirement == 6000


@pytest.mark.parametrize("quantity", [1, -1])
def test_an_e_mini_future_of_the_real_records_scans_to_its_price_scan_range(quantity):
    parameters = read_positional(real_file(shared_file("span/cme-2019-01-02-records.pa2").read_bytes()))
    table = SpanTable(parameters, convention_of("CME"))
    assert margin_of(table, {"CME:ES:FUT:201903": quantity}).requirement == 6000


def test_the_extreme_of_a_treasury_note_future_is_rounded_half_up_as_it_is_printed():
    assert round_units(MONEY * 3 * 1050 * 33 // 100, MONEY) == MONEY * 1040
    parameters = read_positional(real_file(shared_file("span/cme-2019-01-02-records.pa2").read_bytes()))
    note = parameters.find(Contract.parse("CBT:21:FUT:201903"))
    assert parameters.contracts.arrays[1].scenario[note, 15] == MONEY * 1040


NIFTY = "8.72 8.72 -736.49 -736.49 753.93 753.93 -1481.70 -1481.70 1499.14 1499.14 -2226.91 -2226.91"
NIFTY += " 2244.36 2244.36 -1561.89 1568.00"


def nifty_table():
    """June and July futures in units; a lot is 65 units."""
    contracts = tuple(SmallContract(period, tuple(NIFTY.split())) for period in ("202606", "202607"))
    spread = tier_spread(1, "425", ("NIFTY", 0, "A", "1"), ("NIFTY", 0, "B", "1"))
    return table_of("NSE", SmallCommodity("NIFTY", contracts, currency="INR", spreads=(spread,)))


def test_one_lot_of_nifty_scans_to_the_published_figure_of_nse():
    result = margin_of(nifty_table(), {"X:NIFTY:FUT:202606": 65})
    assert result.commodities["NIFTY"]["scan_risk"] == Fraction("145883.40")


def test_a_nifty_calendar_of_one_lot_is_charged_425_a_unit():
    result = margin_of(nifty_table(), {"X:NIFTY:FUT:202606": 65, "X:NIFTY:FUT:202607": -65})
    assert result.commodities["NIFTY"]["scan_risk"] == 0
    assert result.commodities["NIFTY"]["intra_commodity_charge"] == 27_625


JUNE, AUGUST = "BIST:XU030:FUT:201606S0", "BIST:XU030:FUT:201608S0"


@pytest.fixture(scope="session")
def takas_table(takas):
    return SpanTable(takas, named_convention("TAKASBANK"))


def test_takasbank_ten_index_futures(takas_table):
    result = margin_of(takas_table, {JUNE: 10})
    assert result.commodities["XU030"]["scan_risk"] == 9550
    assert result.commodities["XU030"]["weighted_price_risk"] == 955
    assert result.requirement == 9550


@pytest.mark.parametrize(("august", "scan", "intra"), [(-10, 0, 9550), (-4, 5730, 3820)])
def test_takasbank_calendar_spreads(takas_table, august, scan, intra):
    result = margin_of(takas_table, {JUNE: 10, AUGUST: august})
    assert result.commodities["XU030"]["scan_risk"] == scan
    assert result.commodities["XU030"]["intra_commodity_charge"] == intra
    assert result.requirement == 9550


def test_takasbank_short_strangle(takas_table):
    call, put = "BIST:XU030:OOP:201606S0:C:100", "BIST:XU030:OOP:201606S0:P:90"
    result = margin_of(takas_table, {call: -5, put: -5})
    figures = result.commodities["XU030"]
    assert figures["active_scenario"] == 15
    assert figures["scan_risk"] == rounded(Fraction("3594.676720"), 2)
    assert figures["time_risk"] == rounded(Fraction("-1.018353"), 2)
    assert figures["short_option_minimum"] == 1300
    assert figures["net_option_value"] == -990
    assert result.requirement == rounded(Fraction("4584.676720"), 2)


def test_takasbank_index_against_bank_shares(takas_table):
    result = margin_of(takas_table, {JUNE: 4, "BIST:AKBNKE:FUT:201605S0": -51})
    assert result.commodities["XU030"]["inter_commodity_credit"] == 2292
    assert result.commodities["AKBNKE"]["inter_commodity_credit"] == 2754
    assert result.commodities["XU030"]["risk"] == 1528
    assert result.commodities["AKBNKE"]["risk"] == 1836
    assert result.requirement == 3364


def test_takasbank_index_against_bank_shares_forms_four_of_the_third_spread(takas_table):
    batch = batch_of_books(takas_table, [{JUNE: 4, "BIST:AKBNKE:FUT:201605S0": -51}])
    formed = margin(takas_table, batch, trace=10).inter_trace
    assert [takas_table.inter_order[spread].priority for spread in formed[:, 1]] == [3, 3]
    assert formed[:, 3].tolist() == [4 * DELTA, 4 * DELTA]


def test_takasbank_maintenance_is_three_quarters_of_initial(takas_table):
    totals = margin_of(takas_table, {JUNE: 10}).totals["TRY"]
    assert totals["maintenance"] == Fraction(3, 4) * totals["risk"]
