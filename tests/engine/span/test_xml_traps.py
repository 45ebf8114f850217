"""Traps of the XML format: what files do that a plain reading gets wrong."""

from decimal import Decimal

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import NOT_COMPUTABLE
from engine.span.parameters import ChargeMethod, ScanningSpread
from tests.engine.span.small_file import (
    SMALL,
    altered,
    family,
    leg,
    link,
    option,
    rates,
    read,
    risk_array,
    series,
)


class TestTraps:
    def test_the_small_file_is_read_whole(self):
        small = read(SMALL)
        assert [one.code for one in small.commodities] == ["ONE", "TWO"]
        assert small.periods == ("203002", "203003", "203006")
        assert [str(small.contract(row)) for row in range(len(small))] == [
            "X:P1:FUT:203003",
            "X:P1:OOF:203002:C:50",
            "X:P1:OOF:203002:P:50",
            "X:P1:FUT:203006",
            "X:P2:FUT:203003",
        ]

    def test_an_option_on_a_future_counts_in_the_futures_month(self):
        small = read(SMALL)
        row = small.find(Contract("X", "P1", "OOF", "203002", "C", 50 * 10**8))
        assert small.periods[small.contracts.delta_period[row]] == "203003"
        assert small.periods[small.contracts.period[row]] == "203002"

    def test_an_option_on_a_physical_counts_in_its_own_month(self):
        options = family("oopPf", 41, "EQTY", series("203002", 11, "1", option("C", "50", "2.5", "0.5")))
        small = read(altered("</exchange>", options + "</exchange>"))
        row = small.find(Contract("X", "P1", "OOP", "203002", "C", 50 * 10**8))
        assert small.contracts.delta_period[row] == small.contracts.period[row]

    def test_serial_options_on_one_future_are_all_found(self):
        more = series("203001", 21, "1", option("C", "50", "2.5", "0.5") + option("C", "60", "1", "0.5"))
        small = read(altered("<series>", more + "<series>"))
        assert [row for row in range(len(small)) if small.find(small.contract(row)) != row] == []

    def test_utf8_names_in_a_file_that_declares_latin1_come_out_right(self):
        content = altered("<name>Euro</name>", "<name>ÜRÜN €</name>".encode().decode("latin-1")).encode("latin-1")
        assert read(content).currencies[0].name == "ÜRÜN €"

    def test_latin1_names_stay_as_they_are(self):
        assert read(altered("<name>Euro</name>", "<name>Zürich</name>")).currencies[0].name == "Zürich"

    def test_a_utf8_file_with_byte_order_mark_is_read(self):
        content = b"\xef\xbb\xbf" + SMALL.replace("ISO-8859-1", "UTF-8").encode()
        assert len(read(content)) == 5

    def test_line_ends_of_windows_change_nothing(self):
        plain, windows = read(SMALL), read(SMALL.replace("\n", "\r\n"))
        assert np.array_equal(plain.contracts.arrays[1].scenario, windows.contracts.arrays[1].scenario)

    @pytest.mark.parametrize("period", ["203003S0", "203003W", "203003W12", "00000S"])
    def test_periods_have_up_to_three_more_signs(self, period):
        small = read(altered("<cId>2</cId><pe>203006</pe>", f"<cId>2</cId><pe>{period}</pe>"))
        assert small.find(Contract("X", "P1", "FUT", period)) >= 0

    def test_minus_zero_is_zero(self):
        small = read(altered("<a>0.000000</a>", "<a>-0.000000</a>"))
        assert 0 in small.contracts.arrays[1].scenario[small.find(Contract("X", "P1", "FUT", "203003"))]

    def test_the_contracts_own_multiplier_goes_before_the_familys(self):
        small = read(altered("<cvf>0.0</cvf>", "<cvf>7.0</cvf>", 9))
        assert set(small.contracts.multiplier.tolist()) == {10 * 10**8}

    def test_a_multiplier_may_stand_on_the_family_alone(self):
        content = altered("<cvf>0.0</cvf>", "<cvf>7.0</cvf>", 9).replace("<cvf>10.0000000</cvf>", "<cvf>0.0</cvf>", 1)
        small = read(content)
        assert small.contracts.multiplier[small.find(Contract("X", "P1", "FUT", "203003"))] == 7 * 10**8

    def test_an_options_multiplier_goes_before_its_series(self):
        small = read(altered("<p>2.5</p>", "<p>2.5</p><cvf>3.5</cvf>"))
        row = small.find(Contract("X", "P1", "OOF", "203002", "C", 50 * 10**8))
        assert small.contracts.multiplier[row] == 35 * 10**7

    def test_a_missing_price_is_not_computable(self):
        small = read(altered("<p>2.5</p>", ""))
        row = small.find(Contract("X", "P1", "OOF", "203002", "C", 50 * 10**8))
        assert small.contracts.price[row] == NOT_COMPUTABLE

    @pytest.mark.parametrize("array", ["", "<ra/>", "<ra><r>1</r></ra>", "<ra><r>1</r><a/><a> </a><d/></ra>"])
    def test_a_contract_without_array_is_present_false(self, array):
        small = read(altered(risk_array(70, "1.000000"), array))
        row = small.find(Contract("X", "P2", "FUT", "203003"))
        present = small.contracts.arrays[1].present
        assert not present[row]
        assert present.sum() == 4

    def test_a_file_without_any_array_still_has_a_rate_set(self):
        content = SMALL
        for scale, delta in ((100, "1.000000"), (70, "1.000000"), (40, "0.5"), (40, "-0.5")):
            content = content.replace(risk_array(scale, delta), "")
        small = read(content)
        assert small.rate_set == 1
        assert not small.contracts.arrays[1].present.any()

    def test_arrays_in_other_decimals_or_order_are_read_the_same(self):
        usual = risk_array(70, "1.000000")
        odd = usual.replace(".000000</a>", ".0</a>").replace("<r>1</r>\n", "").replace("</ra>", "<r> 1 </r></ra>")
        assert np.array_equal(
            read(SMALL).contracts.arrays[1].scenario, read(altered(usual, odd)).contracts.arrays[1].scenario
        )

    def test_two_rate_sets_are_kept_apart(self):
        usual = risk_array(70, "1.000000")
        small = read(altered(usual, usual + usual.replace("<r>1</r>", "<r>2</r>").replace("70.", "71.")))
        row = small.find(Contract("X", "P2", "FUT", "203003"))
        assert small.contracts.arrays[1].scenario[row, 4] == 70_000_000
        assert small.contracts.arrays[2].scenario[row, 4] == 71_000_000
        assert small.contracts.arrays[2].present.sum() == 1

    def test_a_scan_range_in_percent_is_of_the_value(self):
        small = read(altered("<priceScan>210.0</priceScan>", "<priceScanPct>0.1</priceScanPct>"))
        row = small.find(Contract("X", "P2", "FUT", "203003"))
        assert small.contracts.arrays[1].price_scan[row] == 50_250_000

    def test_a_family_in_no_commodity_is_kept_without_one(self):
        small = read(altered(link(31, "OOF"), ""))
        row = small.find(Contract("X", "P1", "OOF", "203002", "C", 50 * 10**8))
        assert small.contracts.commodity[row] == -1

    def test_comments_and_instructions_change_nothing(self):
        small = read(altered("<a>0.000000</a>", "<!-- zero --><a>0.0<?x y?>00000</a>"))
        assert small.contracts.arrays[1].present.all()

    def test_elements_that_nobody_knows_are_passed_over(self):
        assert len(read(altered("<ec>", "<brandNew><p>1</p></brandNew><ec>"))) == 5

    def test_everything_a_commodity_may_have_is_read(self):
        extra = (
            "<adjRate><r>2</r><baseR>1</baseR><val>0.75</val></adjRate>"
            "<spotRate><r>1</r><pe>203003</pe><sprd>10.0</sprd><outr>20.0</outr></spotRate>"
            "<scanTiers><tier><tn>1</tn><sPe>203001</sPe><ePe>203003</ePe>"
            "<scanRate><r>1</r><priceScan>1</priceScan></scanRate></tier></scanTiers>"
            f"<dSpread><spread>2</spread><chargeMeth>P</chargeMeth>{rates('7.5')}"
            "<pLeg><cc>ONE</cc><pe>203003</pe><rs>A</rs><i>2</i></pLeg>"
            "<pLeg><cc>ONE</cc><pe>203006</pe><rs>B</rs><i>1</i></pLeg></dSpread>"
        )
        one = read(altered("</ccDef>", extra + "</ccDef>")).commodities[0]
        assert one.adjustments[0].factor == Decimal("0.75")
        assert (one.delivery_charges[0].spread, one.delivery_charges[0].outright) == (Decimal(10), Decimal(20))
        assert (one.scan_tiers[0].start, one.scan_tiers[0].has_scan_rates) == ("203001", True)
        assert one.intra_spreads[1].method is ChargeMethod.PER_PERIOD
        assert [(each.period, each.side, each.ratio) for each in one.intra_spreads[1].legs] == [
            ("203003", "A", Decimal(2)),
            ("203006", "B", Decimal(1)),
        ]
        assert one.short_option_tiers[0].rates == {1: Decimal(5)}

    def test_rates_by_month_are_read_by_rate_set(self):
        spread = (
            "<dSpread><spread>2</spread><chargeMeth>P</chargeMeth>"
            "<pmpsRate><r>1</r><pmRate>0.5</pmRate><psRate>7.5</psRate></pmpsRate>"
            "<pmpsRate><r>2</r><pmRate>0.6</pmRate><psRate>8</psRate></pmpsRate>"
            "<pLeg><cc>ONE</cc><pe>203003</pe><rs>A</rs><i>2</i></pLeg>"
            "<pLeg><cc>ONE</cc><pe>203006</pe><rs>B</rs><i>1</i></pLeg></dSpread>"
        )
        found = read(altered("</ccDef>", spread + "</ccDef>")).commodities[0].intra_spreads[-1]
        assert found.rates == {1: Decimal("7.5"), 2: Decimal(8)}
        assert found.month_rates == {1: Decimal("0.5"), 2: Decimal("0.6")}

    @pytest.mark.parametrize(("tag", "hybrid"), [("sSpread", False), ("hSpread", True)])
    def test_a_scanning_spread_says_whether_it_is_hybrid_and_of_several_currencies(self, tag, hybrid):
        spread = (
            f"<superSpreads><{tag}><spread>1</spread><applyFxRisk>1</applyFxRisk>{rates('0.8')}"
            "<sLeg><cc>ONE</cc><i>1</i><isTarget>1</isTarget></sLeg>"
            f"<sLeg><cc>TWO</cc><i>2</i><isRequired>0</isRequired></sLeg></{tag}></superSpreads>"
        )
        (found,) = read(altered("<interSpreads>", spread + "<interSpreads>")).super_spreads
        assert isinstance(found, ScanningSpread)
        assert (found.hybrid, found.currency_risk) == (hybrid, True)
        assert [leg.required for leg in found.legs] == [True, False]

    def test_super_scanning_and_inter_clearing_spreads_are_read(self):
        legs = leg("ONE", "A") + leg("TWO", "B")
        spread = f"<dSpread><spread>1</spread><chargeMeth>W</chargeMeth>{rates('0.6')}{legs}</dSpread>"
        scanning = (
            f"<sSpread><spread>2</spread>{rates('0.5')}<sLeg><cc>ONE</cc><isTarget>1</isTarget></sLeg>"
            "<sLeg><cc>TWO</cc><isTarget>0</isTarget><isRequired>0</isRequired></sLeg></sSpread>"
        )
        away = spread.replace("<cc>TWO</cc>", "<cc>ELSEWHERE</cc>")
        small = read(
            altered(
                "<interSpreads>",
                f"<superSpreads>{spread}{scanning}</superSpreads>"
                f"<interClearSpreads>{away}</interClearSpreads><interSpreads>",
            )
        )
        scanned = small.super_spreads[1]
        assert isinstance(scanned, ScanningSpread)
        assert scanned.target.commodity == "ONE"
        assert [each.required for each in scanned.legs] == [True, False]
        assert small.inter_clearing_spreads[0].legs[1].commodity == "ELSEWHERE"
