"""Two parameter versions compared: every difference is found, and nothing else."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.span.comparison import compare
from engine.span.findings import Severity, Topic
from engine.span.parameters import ParameterSet
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    period_spread,
    tier_spread,
)

FIRST, SECOND = SmallContract("202606", linear(300), price="10"), SmallContract("202607", linear(300), price="10")
CALL = SmallContract("202606", linear(90), price="2", right="C", strike="100")
CALENDAR = period_spread(1, "40", ("C", "202606", "A", "1"), ("C", "202607", "B", "1"))
ANY_MONTHS = tier_spread(2, "60", ("C", 0, "A", "1"), ("C", 0, "B", "1"))
BETWEEN = tier_spread(1, "0.5", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
C = SmallCommodity(
    "C", (FIRST, SECOND, CALL), price_scan="300", minimum="5", adjustment="0.9", spreads=(CALENDAR, ANY_MONTHS)
)
D = SmallCommodity("D", (FIRST, SECOND), price_scan="200", delivery=(("202606", "7", "8"),))
MARKET = SmallMarket("NSE", (C, D), (BETWEEN,), conversions=(("EUR", "USD", "1.1"),))


@pytest.fixture(scope="module")
def before():
    return parameters_of(MARKET)


def found(old, new, **options):
    return [(one.severity.value, one.topic.value, one.place) for one in compare(old, new, **options).findings]


def same_day(old: ParameterSet, market: SmallMarket) -> ParameterSet:
    """The market as if it were read from the same file, so that only its content differs."""
    return replace(parameters_of(market), origin=replace(old.origin))


def with_columns(parameters, **columns):
    return replace(parameters, contracts=replace(parameters.contracts, **columns))


def with_arrays(parameters, **columns):
    number = parameters.rate_set
    arrays = parameters.contracts.arrays
    return with_columns(parameters, arrays={**arrays, number: replace(arrays[number], **columns)})


def vars_of(arrays):
    """The columns of risk arrays that there are."""
    named = {name: getattr(arrays, name) for name in arrays.__dataclass_fields__}
    return {name: column for name, column in named.items() if column is not None}


def without_rows(parameters, dropped):
    """The same parameters without some contracts, none of them an underlying."""
    table = parameters.contracts
    kept = np.setdiff1d(np.arange(len(table)), dropped)
    columns = {name: getattr(table, name)[kept] for name in table.__dataclass_fields__ if name != "arrays"}
    arrays = {
        number: replace(one, **{name: column[kept] for name, column in vars_of(one).items()})
        for number, one in table.arrays.items()
    }
    return with_columns(parameters, **columns, arrays=arrays)


def altered(column, rows, value):
    changed = column.copy()
    changed[rows] = value
    return changed


class TestTheRealFile:
    def test_nothing_changed_against_itself(self, takas):
        comparison = compare(takas, takas)
        assert comparison.findings == ()
        assert comparison.rows.tolist() == list(range(len(takas)))

    def test_exactly_the_altered_ranges_are_found_the_largest_move_first(self, takas):
        scans = takas.contracts.arrays[takas.rate_set].price_scan.copy()
        names = ("BIST:XU030:FUT:201606S0", "BIST:XU030:FUT:201608S0", "BIST:AKBNKE:FUT:201606S0")
        index, second, bank = (takas.find(Contract.parse(name)) for name in names)
        scans[index] = scans[index] * 3 // 2
        scans[second] = scans[second] * 126 // 100
        scans[bank] = scans[bank] * 2
        findings = compare(takas, with_arrays(takas, price_scan=scans)).findings
        assert [(one.place, one.severity, float(one.move)) for one in findings] == [
            ("BIST:AKBNKE:FUT", Severity.WARNING, 100.0),
            ("BIST:XU030:FUT", Severity.WARNING, 50.0),
        ]
        assert str(findings[1].sentence) == (
            "price scan range: moved by more than 25 % in 2 of 4 contracts, "
            "most in BIST:XU030:FUT:201606S0: 955 to 1432.5 (+50.0 %)"
        )

    def test_a_move_of_exactly_the_threshold_is_no_warning(self, takas):
        scans = takas.contracts.arrays[takas.rate_set].price_scan
        grown = with_arrays(takas, price_scan=scans * 5 // 4)
        assert found(takas, grown) == [("information", "price-range", "")]
        assert not compare(takas, grown, Decimal("24.9999")).is_calm

    def test_contracts_are_matched_whatever_their_rows(self, takas):
        dropped = np.flatnonzero(takas.contracts.right)[::7]
        comparison = compare(takas, without_rows(takas, dropped))
        assert comparison.rows.tolist() == np.setdiff1d(np.arange(len(takas)), dropped).tolist()
        gone = [one for one in comparison.findings if one.topic is Topic.CONTRACTS_GONE]
        assert sum(one.sentence.arguments["count"] for one in gone) == len(dropped)

    @given(st.data())
    def test_what_is_gone_one_way_is_new_the_other_way(self, takas, data):
        options = np.flatnonzero(takas.contracts.right)
        dropped = options[data.draw(st.lists(st.integers(0, len(options) - 1), unique=True, max_size=30))]
        fewer = without_rows(takas, dropped)
        there, back = compare(takas, fewer), compare(fewer, takas)
        assert np.count_nonzero(back.rows < 0) == len(dropped)
        assert {one.place for one in there.findings if one.topic is Topic.CONTRACTS_GONE} == {
            one.place for one in back.findings if one.topic is Topic.CONTRACTS_NEW
        }


class TestDates:
    def origin(self, before, **fields):
        return found(before, replace(before, origin=replace(before.origin, **fields)))

    def test_a_newer_date_is_information(self, before):
        assert self.origin(before, business_date="20261121") == [("information", "date", "date")]

    def test_an_older_date_is_an_error(self, before):
        assert self.origin(before, business_date="20261119") == [("error", "date", "date")]

    def test_another_file_of_the_same_date_is_a_warning(self, before):
        assert self.origin(before, sha256="other") == [("warning", "date", "date")]

    def test_another_settlement_is_a_warning(self, before):
        assert self.origin(before, settlement="early") == [("warning", "date", "setlQualifier")]

    def test_another_clearing_organisation_is_an_error_and_its_convention_is_told(self, before):
        assert self.origin(before, clearing_organisation="CME") == [
            ("error", "date", "clearingOrg"),
            ("warning", "method", "clearingOrg"),
        ]

    def test_an_organisation_without_a_known_convention_is_an_error(self, before):
        assert ("error", "method", "clearingOrg") in self.origin(before, clearing_organisation="NOBODY")


class TestContracts:
    def test_an_expired_contract_is_information_and_another_one_a_warning(self, before):
        row = before.find(Contract("X", "C", "FUT", "202607"))
        fewer = without_rows(before, [row])
        assert ("information", "contracts-gone", "X:C:FUT") in found(before, fewer)
        settled = with_columns(before, settlement=altered(before.contracts.settlement, row, 20261221))
        assert ("warning", "contracts-gone", "X:C:FUT") in found(settled, fewer)
        assert ("information", "contracts-gone", "X:C:FUT") in found(
            with_columns(before, settlement=altered(before.contracts.settlement, row, 20261120)), fewer
        )

    def test_a_new_contract_is_named(self, before):
        row = before.find(Contract("X", "D", "FUT", "202607"))
        findings = compare(without_rows(before, [row]), before).findings
        assert [str(one.sentence) for one in findings if one.topic is Topic.CONTRACTS_NEW] == [
            "new contracts: 1 (X:D:FUT:202607)"
        ]

    def test_lost_arrays_and_prices_and_ranges_are_warnings(self, before):
        table, arrays = before.contracts, before.contracts.arrays[before.rate_set]
        row = before.find(Contract("X", "C", "FUT", "202606"))
        lost = ("warning", "contracts-lost", "X:C:FUT")
        assert found(before, with_arrays(before, present=altered(arrays.present, row, False))) == [lost]
        assert found(before, with_columns(before, price=altered(table.price, row, NOT_COMPUTABLE))) == [lost]
        scans = altered(arrays.price_scan, row, NOT_COMPUTABLE)
        assert found(before, with_arrays(before, price_scan=scans)) == [lost]

    def test_another_multiplier_is_a_warning(self, before):
        market = replace(MARKET, commodities=(C, replace(D, multiplier="2")))
        assert found(before, same_day(before, market)) == [("warning", "contract-terms", "X:D:FUT")]

    def test_a_range_that_was_nothing_is_the_largest_move(self, before):
        market = replace(MARKET, commodities=(replace(C, price_scan="0"), replace(D, price_scan="2000")))
        findings = compare(same_day(before, market), before).findings
        assert [(one.place, one.move) for one in findings] == [("X:C:FUT", None), ("X:D:FUT", 90)]

    def test_daily_prices_and_arrays_are_one_remark_each(self, before):
        arrays = before.contracts.arrays[before.rate_set]
        moved = with_arrays(with_columns(before, price=before.contracts.price + 1), scenario=arrays.scenario + 1)
        assert [str(one.sentence) for one in compare(before, moved).findings] == [
            "price: other in 5 contracts",
            "risk array: other in 5 contracts",
        ]

    def test_a_volatility_range_that_turns_into_a_fraction_is_a_warning(self, before):
        arrays = before.contracts.arrays[before.rate_set]
        points = with_arrays(before, volatility_scan=np.full_like(arrays.volatility_scan, 300_000))
        fraction = with_arrays(points, volatility_relative=~points.contracts.arrays[1].volatility_relative)
        assert {one[:2] for one in found(points, fraction)} == {("warning", "volatility-range")}

    def test_ranges_near_the_largest_number_are_compared_exactly(self, before):
        size = len(before)
        old = with_arrays(before, price_scan=np.full(size, 2**61, dtype=np.int64))
        new = with_arrays(before, price_scan=np.full(size, 2**61 + 2**60, dtype=np.int64))
        assert compare(old, new, Decimal(50)).is_calm
        assert compare(old, new, Decimal(1_000_000)).is_calm
        assert not compare(old, new, Decimal("49.9999")).is_calm

    def test_a_rate_set_without_arrays_is_a_warning(self, before):
        arrays = before.contracts.arrays
        both = with_columns(before, arrays={**arrays, 2: arrays[1]})
        assert found(both, before) == [("warning", "method", "ra")]
        assert found(before, both) == []

    def test_another_valuation_of_a_family_is_a_warning(self, before):
        market = replace(MARKET, commodities=(replace(C, valuation="FUT"), D))
        assert found(before, same_day(before, market)) == [("warning", "method", "X:C:OOP")]


class TestCounts:
    def test_a_drop_beyond_the_threshold_is_a_warning_and_growth_is_not(self, before):
        alone = same_day(before, replace(MARKET, commodities=(C,), inter_spreads=()))
        findings = compare(before, alone).findings
        assert {
            str(one.sentence) for one in findings if one.topic is Topic.COUNT and one.severity is Severity.WARNING
        } == {
            "product families: 3 before, now 2 (-33.3 %)",
            "contracts: 5 before, now 3 (-40.0 %)",
            "combined commodities: 2 before, now 1 (-50.0 %)",
        }
        assert ("error", "count", "") in found(before, alone), "no inter-commodity spread is left"
        assert ("warning", "commodity", "D") in found(before, alone)
        back = compare(alone, before)
        assert back.is_calm
        assert ("information", "commodity", "D") in found(alone, before)


class TestRates:
    def change(self, before, market):
        return [(severity, topic, place) for severity, topic, place in found(before, same_day(before, market))]

    def commodity(self, before, **fields):
        return self.change(before, replace(MARKET, commodities=(replace(C, **fields), D)))

    def test_an_intra_commodity_rate(self, before):
        spreads = (CALENDAR.replace("<val>40<", "<val>44<"), ANY_MONTHS)
        assert self.commodity(before, spreads=spreads) == [("information", "intra-spread", "C")]
        spreads = (CALENDAR.replace("<val>40<", "<val>51<"), ANY_MONTHS)
        assert self.commodity(before, spreads=spreads) == [("warning", "intra-spread", "C")]

    def test_a_spread_of_months_may_end_and_another_may_not(self, before):
        assert ("information", "intra-spread", "C") in self.commodity(before, spreads=(ANY_MONTHS,))
        assert ("warning", "intra-spread", "C") in self.commodity(before, spreads=(CALENDAR,))

    def test_another_priority_alone_is_no_other_spread(self, before):
        spreads = (CALENDAR, ANY_MONTHS.replace("<spread>2<", "<spread>9<"))
        assert self.commodity(before, spreads=spreads) == []

    def test_a_credit_between_commodities(self, before):
        market = replace(MARKET, inter_spreads=(BETWEEN.replace("0.5", "0.3"),))
        findings = compare(before, same_day(before, market)).findings
        assert [str(one.sentence) for one in findings] == [
            "inter-commodity spread credits: 1 of 1 changed, most A 1 C, B 1 D: 0.5 to 0.3 (-40.0 %)"
        ]
        assert (findings[0].severity, findings[0].place) == (Severity.WARNING, "C / D")

    def test_minimum_adjustment_and_delivery(self, before):
        assert self.commodity(before, minimum="6") == [("information", "short-option-minimum", "C")]
        assert self.commodity(before, adjustment="0.5") == [("warning", "adjustment", "C")]
        market = replace(MARKET, commodities=(C, replace(D, delivery=(("202606", "7", "12"),))))
        assert self.change(before, market) == [("warning", "delivery-charge", "D")]

    def test_a_conversion(self, before):
        market = replace(MARKET, conversions=(("EUR", "USD", "1.12"),))
        assert self.change(before, market) == [("information", "conversion", "EUR/USD")]
        assert self.change(before, replace(MARKET, conversions=())) == [("warning", "conversion", "EUR/USD")]

    def test_methods_of_a_commodity(self, before):
        assert (
            self.commodity(before, weighted="SCANRANGE", minimum_method="MAX", cap=True)
            == [("warning", "method", "C")] * 3
        )
        assert self.commodity(before, tiers=((1, "202606", "202606"),)) == [("information", "method", "C")]


def test_methods_of_the_file_are_warnings(before):
    other = replace(before, cap_net_option_value=True, finalize_method="XX", rate_sets=(), delta_points=())
    assert [str(one.sentence) for one in compare(before, other).findings] == [
        "capAnov: False before, now True",
        "finalizeMeth: BY before, now XX",
        "the definitions differ",
    ]


def test_a_negative_threshold_is_refused(before):
    with pytest.raises(ValueError, match="0 or more"):
        compare(before, before, Decimal(-1))


def test_versions_without_contracts_are_compared(before):
    nothing = without_rows(before, np.arange(len(before)))
    assert compare(nothing, nothing).findings == ()
    assert not compare(before, nothing).is_calm
    assert compare(nothing, before).rows.tolist() == [-1] * len(before)
