"""Tiers of a positional file and spreads between its combined commodities."""

from decimal import Decimal
from typing import ClassVar

import pytest

from engine.span.parameters import Buckets, ChargeMethod, Leg, ScanningSpread, Tier, WeightedPriceRiskMethod
from engine.text import BadInputError
from resources.sample.positional import line
from tests.engine.span.small_positional import SMALL, read, small


class TestTiers:
    TIERS: ClassVar = {
        "tier 1": 1,
        "tier start 1": 203001,
        "tier end 1": 203003,
        "tier 2": 2,
        "tier start 2": 203004,
        "tier end 2": 203012,
    }
    BOTH = (Tier(1, "203001", "203003"), Tier(2, "203004", "203012"))
    ALL = (Tier(0),)

    @pytest.mark.parametrize(
        ("method", "scan", "inter"),
        [("01", (), ALL), ("10", BOTH, ALL), ("20", (), BOTH), ("21", BOTH, BOTH), ("22", BOTH, ALL), ("23", (), BOTH)],
    )
    def test_scan_and_credit_tiers_are_those_of_the_method(self, method, scan, inter):
        record = line("S", {"combined commodity": "ONE", "method": method, **self.TIERS})
        first = read(small(scanning=record)).commodities[0]
        assert (first.scan_tiers, first.inter_tiers) == (scan, inter)

    def test_each_month_may_be_a_tier(self):
        first = read(small(scanning=line("S", {"combined commodity": "ONE", "method": "02"}))).commodities[0]
        assert first.scan_tiers == first.inter_tiers == (Tier(1, "203003", "203003"), Tier(2, "203006", "203006"))

    def test_the_short_option_minimum_may_have_tiers(self):
        rates = {"short option minimum 1": 11, "short option minimum 2": 22}
        record = line("S", {"combined commodity": "ONE", "method": "30", **self.TIERS, **rates})
        tiers = read(small(scanning=record)).commodities[0].short_option_tiers
        assert [(tier.number, tier.start, tier.rates) for tier in tiers] == [
            (1, "203001", {1: 11}),
            (2, "203004", {1: 22}),
        ]

    @pytest.mark.parametrize(("code", "method"), list(zip("123", WeightedPriceRiskMethod, strict=True)))
    def test_the_weighted_price_risk_method(self, code, method):
        methods = {"1": "NORMAL", "2": "SCANRANGE_CAP", "3": "SCANRANGE"}
        record = line("S", {"combined commodity": "ONE", "weighted price risk method": code})
        assert read(small(scanning=record)).commodities[0].weighted_price_risk == methods[code]
        assert method in WeightedPriceRiskMethod

    def test_months_may_end_in_a_day_code(self):
        record = line(
            "3",
            {
                "combined commodity": "ONE",
                "tier 1": 1,
                "tier start 1": 203003,
                "tier start day 1": "W1",
                "tier end 1": 203009,
            },
        )
        content = small(intra=record, tier_spread="")
        assert read(content).commodities[0].intra_tiers == (Tier(1, "203003W1", "203009"),)


class TestSpreads:
    LEGS: ClassVar = {
        "combined commodity 1": "ONE", "ratio 1": 1, "side 1": "A",
        "combined commodity 2": "TWO", "ratio 2": "2.5", "side 2": "B",
    }  # fmt: skip

    def spread(self, **values):
        record = {
            "priority": 7,
            "rate": 60,
            **self.LEGS,
            **{name.replace("_", " "): value for name, value in values.items()},
        }
        return read(small(inter_spread=line("6", record)))

    def test_a_rate_is_a_percentage(self):
        (spread,) = self.spread().inter_spreads
        assert (spread.priority, spread.method, spread.rates) == (7, ChargeMethod.WEIGHTED, {1: Decimal("0.6")})
        assert spread.legs == (Leg("ONE", 0, "", "A", Decimal(1)), Leg("TWO", 0, "", "B", Decimal("2.5")))

    def test_a_flat_rate_is_money_with_two_decimals(self):
        # Digits 0012550 of 9(3)V9(4): as money they are 9(5)V9(2).
        (spread,) = self.spread(rate="1.2550", credit_method="F").inter_spreads
        assert (spread.method, spread.rates) == (ChargeMethod.FLAT, {1: Decimal("125.5")})

    def test_a_super_spread_is_marked(self):
        parameters = self.spread(spread_group="S")
        assert [spread.priority for spread in parameters.super_spreads] == [7]
        assert parameters.inter_spreads == ()

    def test_legs_may_have_rates_of_their_own(self):
        (spread,) = self.spread(rates_by_leg="Y", leg_rate_1=50, leg_rate_2="12.5").inter_spreads
        assert [leg.rate for leg in spread.legs] == [Decimal("0.5"), Decimal("0.125")]

    def test_tiered_methods_name_tiers(self):
        scanning = line("S", {"combined commodity": "ONE", "method": "20", **TestTiers.TIERS})
        record = line("6", {"priority": 1, "rate": 60, **self.LEGS, "method": 20, "tier 1": 2})
        (spread,) = read(small(inter_spread=record, scanning=scanning)).inter_spreads
        assert [leg.tier for leg in spread.legs] == [2, 0]
        assert spread.buckets is Buckets.WHOLE

    @pytest.mark.parametrize(("method", "buckets"), [(1, Buckets.WHOLE), (2, Buckets.TIERS), (3, Buckets.MONTHS)])
    def test_tiered_and_crush_spreads_are_formed_tier_by_tier_and_month_by_month(self, method, buckets):
        (spread,) = self.spread(method=method).inter_spreads
        assert spread.buckets is buckets
        assert [leg.tier for leg in spread.legs] == [0, 0]

    def test_a_scanning_spread_has_target_and_required_legs(self):
        (spread,) = self.spread(
            method=4, required_2="N", target_commodity="ONE", target_ratio=3, minimum_number_of_legs=3
        ).inter_spreads
        assert isinstance(spread, ScanningSpread)
        assert [leg.required for leg in spread.legs] == [True, False]
        assert (spread.target.commodity, spread.target.ratio, spread.minimum_legs) == ("ONE", 3, 3)
        assert spread.rates == {1: Decimal("0.6")}

    @pytest.mark.parametrize(("status", "count"), [("N", 0), ("H", 0), ("", 1), ("Y", 1)])
    def test_customers_get_no_credits_of_others(self, status, count):
        assert len(self.spread(regulatory_status=status).inter_spreads) == count

    def test_unknown_methods_are_refused(self):
        for values, what in (
            ({"method": 9}, "columns 89-90 (method): method 09 is not known"),
            ({"spread_group": "Q"}, "column 110 (spread group): the value 'Q' cannot be used"),
            ({"credit_method": "Q"}, "column 101 (credit method): the value 'Q' cannot be used"),
        ):
            with pytest.raises(BadInputError) as caught:
                self.spread(**values)
            assert what in str(caught.value)


class TestCombinations:
    @pytest.mark.parametrize(
        ("code", "method"), [("S", "SPLIT"), ("D", "DELTA_SPLIT"), ("M", "MODIFIED_SPLIT"), ("", "NONE")]
    )
    def test_a_combination_method_is_kept_by_name(self, code, method):
        record = SMALL["commodity"]
        parameters = read(small(commodity=record[:19] + (code or " ") + record[20:]))
        assert parameters.commodities[0].combination_method == method
        parameters = read(small(others=line("X", {"method": code, "product": "ONE"})))
        assert [link.combination_method for link in parameters.commodities[0].links] == [method, method]
        assert parameters.commodities[1].links[0].combination_method == "NONE"
