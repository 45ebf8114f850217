"""The positional reader: the real records, each kind of record, and damage of every kind."""

from decimal import Decimal

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, PRICE, RATIO
from engine.span import positional_lines
from engine.span.parameters import (
    Adjustment,
    ChargeMethod,
    Conversion,
    DeliveryCharge,
    Leg,
    RateSet,
    ShortOptionMinimumMethod,
    Tier,
)
from engine.text import BadInputError
from resources.sample.positional import line
from tests.engine.span.sameness import differences
from tests.engine.span.small_positional import (
    FUTURE,
    OPTION,
    SMALL,
    array,
    commodity,
    header,
    product,
    read,
    real_file,
    series,
    small,
)
from tests.span_files import shared_file

CALL = Contract("X", "ONE", "OOF", "203002", "C", 50 * PRICE)
FIRST = Contract("X", "ONE", "FUT", "203003")


@pytest.fixture(scope="module")
def real():
    return read(real_file(shared_file("span/cme-2019-01-02-records.pa2").read_bytes()), "cme.pa2")


def amounts(parameters, contract):
    return (parameters.contracts.arrays[1].scenario[parameters.find(contract)] // MONEY).tolist()


def column(parameters, name, contract):
    return int(getattr(parameters.contracts, name)[parameters.find(contract)])


class TestTheRealRecords:
    def test_the_header_names_house_day_and_account(self, real):
        assert real.origin.version == "CME-20190102-final"
        assert real.origin.created == "201901021814"
        assert real.rate_sets == (RateSet(1, True, "H", True, "CORE"),)

    @pytest.mark.parametrize(
        ("contract", "price"),
        [
            ("CME:ES:FUT:201903", Decimal(2511)),
            # Alignment C: 0122060 is 122 + 6.0/32. Alignment 0: 0003757 is 375 + 7/8.
            ("CBT:21:FUT:201903", Decimal("122.1875")),
            ("CBT:C:FUT:201903", Decimal("375.875")),
        ],
    )
    def test_prices_are_aligned_as_the_products_say(self, real, contract, price):
        assert column(real, "price", Contract.parse(contract)) == price * PRICE

    def test_arrays_are_whole_money_units(self, real):
        assert amounts(real, Contract("CME", "ES", "FUT", "201903")) == [
            *(0, 0, -2000, -2000, 2000, 2000, -4000, -4000, 4000, 4000, -6000, -6000, 6000, 6000, -5940, 5940)
        ]
        assert amounts(real, Contract("CBT", "21", "FUT", "201903"))[-2:] == [-1040, 1040]
        assert amounts(real, Contract("CBT", "C", "FUT", "201903"))[9:] == [533, -800, -800, 800, 800, -792, 792]

    def test_a_series_is_read_to_the_last_digit(self, real):
        future = Contract("CME", "ES", "FUT", "201903")
        arrays = real.contracts.arrays[1]
        row = real.find(future)
        assert arrays.price_scan[row] == 6000 * MONEY
        assert arrays.delta[row] == RATIO
        assert column(real, "delta_scale", future) == RATIO // 5
        assert column(real, "multiplier", future) == 50 * PRICE
        assert column(real, "years", future) == 197_260
        assert column(real, "settlement", future) == 20190315

    def test_families_carry_name_currency_and_style(self, real):
        family = real.families[0]
        assert (family.exchange, family.code, family.kind, family.currency) == ("CME", "ES", "FUT", "USD")
        assert (family.name, family.price_quotation) == ("E-MINI S&P 500 FUTURES", "IDX")
        assert (family.valuation, family.settlement, family.price_decimals) == ("FUT", "CASH", 2)
        assert real.families[1].settlement == "DELIV"

    def test_the_extreme_scenarios_are_those_of_the_series(self, real):
        assert (real.scan_points[14].price_multiple, real.scan_points[14].weight) == (3, Decimal("0.33"))
        assert [point.paired for point in real.scan_points][:2] == [2, 1]


class TestRecords:
    def test_the_small_file_is_read_whole(self):
        parameters = read(small())
        assert [str(parameters.contract(row)) for row in range(len(parameters))] == [
            "X:ONE:FUT:203003",
            "X:ONE:OOF:203002:C:50",
            "X:ONE:OOF:203002:P:50",
            "X:ONE:FUT:203006",
            "X:TWO:FUT:203003",
        ]
        assert parameters.conversions == (Conversion("USD", "EUR", Decimal("0.9")),)
        assert {one.code for one in parameters.currencies} == {"USD", "EUR"}

    def test_an_option_counts_in_its_futures_month_and_stands_on_it(self):
        parameters = read(small())
        table = parameters.contracts
        assert parameters.periods[column(parameters, "delta_period", CALL)] == "203003"
        assert column(parameters, "underlying", CALL) == parameters.find(FIRST)
        assert parameters.families[table.family[parameters.find(CALL)]].underlying == 0

    def test_an_option_has_strike_price_volatility_and_delta(self):
        parameters = read(small())
        arrays = parameters.contracts.arrays[1]
        assert column(parameters, "price", CALL) == 250 * PRICE // 100
        assert column(parameters, "volatility", CALL) == 260_000
        assert column(parameters, "interest", CALL) == 100_000
        assert arrays.delta[parameters.find(CALL)] == 512_300
        assert arrays.volatility_scan[parameters.find(CALL)] == 300_000
        assert arrays.volatility_relative.all()

    def test_values_of_five_and_of_eight_digits_are_alike(self):
        parameters = read(small())
        assert amounts(parameters, CALL) == amounts(parameters, CALL._replace(right="P"))

    def test_intra_tiers_and_spreads_are_in_order(self):
        first = read(small()).commodities[0]
        assert first.intra_tiers == (Tier(1, "203003", "203003"), Tier(2, "203006", "203012"))
        by_series, by_tier = first.intra_spreads
        assert by_series.legs == (
            Leg("ONE", 0, "203003", "A", Decimal(1)),
            Leg("ONE", 0, "203006", "B", Decimal("1.5")),
        )
        assert (by_series.priority, by_series.rates, by_series.method) == (1, {1: Decimal(80)}, ChargeMethod.FLAT)
        assert [leg.tier for leg in by_tier.legs] == [1, 2]

    def test_delivery_and_short_option_minimum(self):
        first, second = read(small()).commodities
        assert first.delivery_charges == (DeliveryCharge(1, "203003", Decimal(15), Decimal(25)),)
        assert first.short_option_minimum is ShortOptionMinimumMethod.MAX
        assert second.short_option_minimum is ShortOptionMinimumMethod.GROSS
        assert (first.short_option_tiers[0].rates, second.short_option_tiers[0].rates) == ({1: 5}, {1: 7})

    def test_account_types_have_their_factors(self):
        parameters = read(small())
        assert parameters.rate_sets == (
            RateSet(1, True, "H", True, "CORE"),
            RateSet(2, True, "H", False, "CORE"),
            RateSet(3, True, "M", True, "CORE"),
            RateSet(4, True, "M", False, "CORE"),
            RateSet(5, True, "S", True, "CORE"),
            RateSet(6, True, "S", False, "CORE"),
        )
        assert parameters.commodities[0].adjustments == (
            Adjustment(2, 1, Decimal("1.1")),
            Adjustment(3, 1, Decimal(1)),
            Adjustment(4, 1, Decimal(1)),
            Adjustment(5, 1, Decimal("1.05")),
            Adjustment(6, 1, Decimal("1.4175")),
        )
        assert parameters.commodities[1].adjustments == ()

    def test_factors_of_an_initial_requirement_lead_to_maintenance(self):
        parameters = read(small(header=header(maintenance_or_initial="I")))
        assert parameters.rate_sets[:2] == (RateSet(1, True, "H", False, "CORE"), RateSet(2, True, "H", True, "CORE"))
        assert parameters.commodities[0].adjustments[0] == Adjustment(2, 1, Decimal(1))

    def test_a_product_may_be_margined_like_futures(self):
        record = SMALL["commodity"]
        parameters = read(
            small(commodity=record[:17] + "F" + record[18:], option_product=product("ONE", "OOF", valuation=""))
        )
        assert parameters.families[1].valuation == "FUT"

    def test_amounts_are_in_units_of_the_risk_exponent(self):
        parameters = read(small(commodity=SMALL["commodity"][:12] + "2" + SMALL["commodity"][13:]))
        first = parameters.commodities[0]
        assert amounts(parameters, FIRST)[-1] == 29_700
        assert parameters.contracts.arrays[1].price_scan[parameters.find(FIRST)] == 30_000 * MONEY
        assert first.intra_spreads[0].rates == {1: 8000}
        assert first.delivery_charges[0].outright == 2500
        assert first.short_option_tiers[0].rates == {1: 500}
        assert first.risk_exponent == 0
        assert amounts(parameters, Contract("X", "TWO", "FUT", "203003"))[-1] == 297

    @pytest.mark.parametrize(
        ("sign", "amount"), [("+", 297 * MONEY // 100), (" ", 297 * MONEY // 100), ("-", 29_700 * MONEY)]
    )
    def test_array_values_have_the_decimals_of_their_product(self, sign, amount):
        record = SMALL["commodity"]
        parameters = read(small(commodity=record[:35].ljust(35) + "2" + sign + record[37:]))
        scenario = parameters.contracts.arrays[1].scenario
        assert scenario[parameters.find(FIRST), 15] == amount
        assert scenario[parameters.find(CALL), 15] == 297 * MONEY

    def test_records_without_a_place_in_the_model_change_nothing(self):
        known = {"parameters.origin.sha256"}
        assert {path.partition(":")[0] for path in differences(read(small()), read(small(others="")))} == known

    def test_a_physical_stands_under_its_future_and_its_options(self):
        extra = [
            product("ONE", "PHY"),
            product("OPT", "OOP"),
            commodity(
                "SPT", **{"product_1": "ONE", "product_type_1": "PHY", "product_2": "OPT", "product_type_2": "OOP"}
            ),
            *array({**FUTURE, "product type": "PHY"}, {"composite delta": 1, "settlement price": 5000}),
            *array(
                {
                    **FUTURE,
                    "product": "OPT",
                    "product type": "OOP",
                    "option month": 203005,
                    "right": "C",
                    "strike": 6000,
                },
                {"composite delta": "0.25", "settlement price": 100},
            ),
        ]
        parameters = read(small(more="\n".join(extra)))
        physical = Contract("X", "ONE", "PHY", "000000")
        option = Contract("X", "OPT", "OOP", "203005", "C", 60 * PRICE)
        assert column(parameters, "underlying", option) == parameters.find(physical)
        assert column(parameters, "underlying", FIRST) == parameters.find(physical)
        assert column(parameters, "delta_period", option) == column(parameters, "period", option)

    def test_a_series_without_parameters_has_a_delta_scale_of_one(self):
        parameters = read(small(future_series_2=""))
        later = Contract("X", "ONE", "FUT", "203006")
        assert column(parameters, "delta_scale", later) == RATIO
        assert parameters.contracts.arrays[1].price_scan[parameters.find(later)] == NOT_COMPUTABLE

    def test_scan_ranges_have_exponents_and_percentages(self):
        record = series(
            "FUT", futures_month=203003, price_scan_range=740, price_scan_range_exponent=-2, price_scan_range_method="P"
        )
        parameters = read(small(future_series_1=record))
        # 7.40 % of a contract value of 502.50.
        assert parameters.contracts.arrays[1].price_scan[parameters.find(FIRST)] == 37_185_000

    def test_a_contract_may_have_its_own_value_factor(self):
        figures = {
            "composite delta": 1,
            "settlement price": 5025,
            "contract value factor": "2.5",
            "contract value factor exponent": 1,
        }
        own = "\n".join(array({**FUTURE, "futures month": 203003}, figures))
        assert column(read(small(future_1=own)), "multiplier", FIRST) == 25 * PRICE
        of_series = series("FUT", futures_month=203003, contract_value_factor=5, contract_value_factor_exponent=-1)
        assert column(read(small(future_series_1=of_series)), "multiplier", FIRST) == PRICE // 2


class TestLines:
    def test_lines_end_by_line_feed_or_both(self):
        content = small()
        one, both = read(content), read(content.replace("\n", "\r\n"))
        assert {path.partition(":")[0] for path in differences(one, both)} == {"parameters.origin.sha256"}

    def test_blanks_at_the_end_may_be_missing_or_there(self):
        padded = "".join(f"{record:<180}\n" for record in small().splitlines())
        assert {path.partition(":")[0] for path in differences(read(small()), read(padded))} == {
            "parameters.origin.sha256"
        }

    def test_the_last_line_may_lack_its_end(self):
        assert len(read(small().rstrip("\n"))) == 5
        assert len(read(small() + "\x1a")) == 5

    @pytest.mark.parametrize("size", [64, 127, 128, 300, 1000])
    def test_blocks_may_end_anywhere(self, monkeypatch, size):
        whole = read(small())
        monkeypatch.setattr(positional_lines, "CHUNK", size)
        assert differences(whole, read(small())) == []

    def test_records_of_one_series_need_not_stand_together(self):
        assert read(small(call=SMALL["put"], put=SMALL["call"])).find(CALL) == 1

    def test_names_are_latin_1(self):
        content = small(other_product=product("TWO", "FUT", name="ÖL"))
        assert read(content).families[2].name == "ÖL"

    def test_a_line_may_end_within_a_fraction(self):
        record = series("FUT", futures_month=203003, volatility_scan_range_method="").ljust(151)
        parameters = read(small(future_series_1=record + "010000000"))
        assert column(parameters, "delta_scale", FIRST) == RATIO


class TestPrices:
    def future(self, price, **quoted):
        record = "\n".join(
            array({**FUTURE, "futures month": 203003}, {"composite delta": 1, "settlement price": price})
        )
        return column(read(small(future_1=record, future_product=product("ONE", "FUT", **quoted))), "price", FIRST)

    @pytest.mark.parametrize(
        ("digits", "quoted", "price"),
        [
            (251100, {}, Decimal(2511)),
            (-251100, {}, Decimal(-2511)),
            (7, {"price_decimals": 7}, Decimal("0.0000007")),
            (122060, {"price_decimals": 3, "price_alignment": "C"}, 122 + Decimal(6) / 32),
            (122317, {"price_decimals": 3, "price_alignment": "C"}, 122 + Decimal("31.875") / 32),
            (-122060, {"price_decimals": 3, "price_alignment": "C"}, -122 - Decimal(6) / 32),
            (3757, {"price_decimals": 3, "price_alignment": "0"}, Decimal("375.875")),
            (3750, {"price_decimals": 3, "price_alignment": "0"}, Decimal(375)),
        ],
    )
    def test_digits_become_prices(self, digits, quoted, price):
        assert self.future(digits, **quoted) == price * PRICE

    @pytest.mark.parametrize(("digits", "alignment"), [(122328, "C"), (122320, "C"), (3758, "0")])
    def test_digits_that_no_price_has_are_refused(self, digits, alignment):
        with pytest.raises(BadInputError, match=r"record 82: columns 111-117 \(settlement price\): the value"):
            self.future(digits, price_alignment=alignment)

    def test_a_decimal_locator_may_be_negative(self):
        record = product("ONE", "FUT")
        content = small(future_product=record[:33] + "-02" + record[36:])
        assert column(read(content), "price", FIRST) == 502_500 * PRICE

    def test_an_unknown_alignment_is_refused(self):
        with pytest.raises(BadInputError, match=r"column 40 \(price alignment\): the value 'Q' cannot be used"):
            self.future(1, price_alignment="Q")

    @pytest.mark.parametrize(("flag", "price"), [("Y", 12_345_678_901), ("N", 5025), ("", 5025)])
    def test_only_the_long_field_may_hold_the_price(self, flag, price):
        first, second = SMALL["future 1"].splitlines()
        precise = f"{first:<108}{12_345_678_901:014d}{flag}"
        assert column(read(small(future_1=f"{precise}\n{second}")), "price", FIRST) == price * PRICE // 100

    def test_a_blank_price_is_not_computable(self):
        record = "\n".join(array({**FUTURE, "futures month": 203003}, {"composite delta": 1}))
        assert column(read(small(future_1=record)), "price", FIRST) == NOT_COMPUTABLE

    def test_what_was_added_to_prices_and_strikes_is_taken_away(self):
        parameters = read(small(others=line("X", {"product": "ONE", "price offset": 2000})))
        assert column(parameters, "price", FIRST) == 3025 * PRICE // 100
        assert column(parameters, "price", CALL._replace(strike=30 * PRICE)) == -1750 * PRICE // 100
        assert column(parameters, "price", Contract("X", "TWO", "FUT", "203003")) == 70 * PRICE

    def test_strikes_have_signs(self):
        record = "\n".join(
            array(
                {**OPTION, "right": "C", "strike": 5000},
                {"composite delta": "0.5", "strike": -5000, "settlement price": 1},
            )
        )
        assert read(small(call=record)).find(CALL._replace(strike=-50 * PRICE)) >= 0


def test_rows_are_in_the_order_of_the_model():
    table = read(small()).contracts
    columns = (table.commodity, table.delta_period, table.family, table.period, table.right, table.strike)
    keys = list(zip(*(np.asarray(column).tolist() for column in columns), strict=True))
    assert keys == sorted(keys)
