"""Live arrays: the exchange's own are reproduced, prices and quotes move them, what is missing is told."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.span.arrays import Batch, SpanTable
from engine.span.conventions import convention_of
from engine.span.live import ArraySource, LivePricing, live_arrays, with_live_arrays
from engine.span.reading import read_parameters
from engine.span.requirement import margin

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"
FUTURE, CALL = "SIM:CL:FUT:202703", "SIM:CL:OOF:202703:C:70"


@pytest.fixture(scope="module")
def sample():
    return read_parameters(SAMPLE)


def row_of(parameters, identity):
    row = parameters.find(Contract.parse(identity))
    assert row >= 0
    return row


def at_the_money(parameters, code="CL"):
    """Row of a call near its future's price, and of that future."""
    table = parameters.contracts
    calls = [
        row for row in np.flatnonzero(table.right == 1).tolist() if parameters.families[table.family[row]].code == code
    ]
    call = min(calls, key=lambda row: abs(int(table.strike[row] - table.price[table.underlying[row]])))
    return call, int(table.underlying[call])


def differences(parameters, found):
    """Largest difference of options' and other contracts' arrays (money) and of composite deltas."""
    table, exchange = parameters.contracts, parameters.contracts.arrays[parameters.rate_set]
    apart = np.abs(found.arrays.scenario - exchange.scenario).max(axis=1) / MONEY
    options = table.right > 0
    delta = np.abs(found.arrays.delta - exchange.delta).max() / RATIO
    return apart[options].max(), apart[~options].max(), delta


class TestTheExchangesOwnArrays:
    def test_takasbanks_are_reproduced(self, takas, record_property):
        found = live_arrays(takas, takas.rate_set, takas.contracts.price)
        options, others, delta = differences(takas, found)
        record_property("largest difference", f"options {options:.6f}, others {others:.6f}, delta {delta:.6f}")
        assert np.count_nonzero(takas.contracts.right) == 2_628
        assert (found.source == ArraySource.LIVE).all()
        assert options < 0.003
        assert others < 0.0005
        assert delta <= 0.0001

    def test_the_sample_markets_are_reproduced_to_the_rounding_of_their_texts(self, sample, record_property):
        found = live_arrays(sample, sample.rate_set, sample.contracts.price)
        options, others, delta = differences(sample, found)
        record_property("largest difference", f"options {options:.6f}, others {others:.6f}, delta {delta:.6f}")
        assert (found.source == ArraySource.LIVE).all()
        assert max(options, others) <= 0.5
        assert delta <= 0.00005

    def test_quotes_as_in_the_file_leave_the_volatilities_where_they_are_told(self, takas):
        found = LivePricing(takas).volatilities(takas.contracts.price)
        table = takas.contracts
        apart = np.abs(found - table.volatility) / np.maximum(table.volatility, 1)
        options = (table.right > 0) & (found != table.volatility)
        assert np.count_nonzero(options) > 1_000
        # A price to the tick tells a volatility only so well.
        assert apart[options].max() < 0.2


class TestFutures:
    def test_their_arrays_are_exact_and_no_price_moves_them(self, sample):
        row = row_of(sample, FUTURE)
        prices = sample.contracts.price * 2
        found = live_arrays(sample, sample.rate_set, prices).arrays.scenario[row]
        scan = int(sample.contracts.arrays[1].price_scan[row])
        exact = [
            -Fraction(scan)
            * Fraction(point.price_numerator)
            / Fraction(point.price_denominator)
            * Fraction(point.weight)
            for point in sample.scan_points
        ]
        assert all(abs(int(loss) - wanted) <= Fraction(1, 2) for loss, wanted in zip(found, exact, strict=True))

    def test_arrays_that_do_not_follow_from_the_range_stay(self, sample):
        row = row_of(sample, FUTURE)
        exchange = sample.contracts.arrays[1]
        scenario = exchange.scenario.copy()
        scenario[row, 10] += 500 * MONEY
        changed = with_live_arrays(sample, replace(exchange, scenario=scenario))
        found = live_arrays(changed, 1, sample.contracts.price)
        assert found.source[row] == ArraySource.NO_MODEL
        assert (found.arrays.scenario[row] == scenario[row]).all()


class TestOptions:
    def test_a_higher_price_raises_a_calls_delta_and_the_loss_of_a_fall(self, sample):
        call, future = at_the_money(sample)
        prices = sample.contracts.price.copy()
        before = live_arrays(sample, 1, prices).arrays
        prices[future] += prices[future] // 20
        after = live_arrays(sample, 1, prices).arrays
        assert after.delta[call] > before.delta[call]
        assert after.scenario[call, 12] > before.scenario[call, 12] > 0

    def test_only_the_options_of_that_underlying_move(self, sample):
        call, future = at_the_money(sample)
        prices = sample.contracts.price.copy()
        before = live_arrays(sample, 1, prices).arrays
        prices[future] += prices[future] // 20
        after = live_arrays(sample, 1, prices).arrays
        moved = (after.scenario != before.scenario).any(axis=1)
        assert moved[call]
        assert (sample.contracts.underlying[moved] == future).all()

    def test_a_dearer_quote_raises_the_volatility_and_moves_the_array(self, sample):
        call, _ = at_the_money(sample)
        pricing, prices = LivePricing(sample), sample.contracts.price.copy()
        usual = pricing.volatilities(prices)
        prices[call] += prices[call] // 5
        dearer = pricing.volatilities(prices)
        assert dearer[call] > usual[call] * 11 // 10
        assert np.flatnonzero(dearer != usual).tolist() == [call]
        arrays = pricing.arrays(prices, usual).arrays, pricing.arrays(prices, dearer).arrays
        assert (arrays[0].scenario[call] != arrays[1].scenario[call]).all()
        assert pricing.arrays(prices, dearer).volatility[call] == dearer[call]

    @pytest.mark.parametrize("quote", [NOT_COMPUTABLE, 0, -100, 10**12])
    def test_a_quote_that_tells_no_volatility_leaves_the_files(self, sample, quote):
        call, _ = at_the_money(sample)
        prices = sample.contracts.price.copy()
        prices[call] = quote
        assert LivePricing(sample).volatilities(prices)[call] == sample.contracts.volatility[call]

    def test_a_quote_that_hardly_depends_on_volatility_is_not_asked(self, takas):
        """An option deep in the money: a tick would be worth half its volatility."""
        table = takas.contracts
        depth = np.where(table.right == 1, table.price[table.underlying] - table.strike, 0) / table.price
        deep = int(np.argmax(np.where(table.right == 1, depth, -1)))
        prices = table.price.copy()
        prices[deep] += 10**6
        assert LivePricing(takas).volatilities(prices)[deep] == table.volatility[deep]

    def test_fx_options_are_priced_with_the_foreign_rate_but_quotes_tell_nothing(self, takas):
        """The file prices TRYUSDK arrays with a dividend yield of 45 % that its own option prices do not know."""
        table = takas.contracts
        rows = [row for row in range(len(takas)) if takas.contract(row).product == "TRYUSDK" and table.right[row]]
        found = LivePricing(takas)
        assert (found.arrays(table.price).source[rows] == ArraySource.LIVE).all()
        assert (found.volatilities(table.price)[rows] == table.volatility[rows]).all()


class TestWhatIsMissing:
    def test_without_a_price_of_the_underlying_the_exchanges_array_stays(self, sample):
        call, future = at_the_money(sample)
        prices = sample.contracts.price.copy()
        prices[future] = NOT_COMPUTABLE
        found = live_arrays(sample, 1, prices)
        below = sample.contracts.underlying == future
        assert (found.source[below] == ArraySource.NO_PRICE).all()
        assert found.kept == np.count_nonzero(below)
        assert (found.arrays.scenario[call] == sample.contracts.arrays[1].scenario[call]).all()
        assert found.arrays.delta[call] == sample.contracts.arrays[1].delta[call]

    def test_without_any_price_only_what_needs_none_is_live(self, sample):
        found = live_arrays(sample, 1, np.full(len(sample), NOT_COMPUTABLE))
        assert found.kept == np.count_nonzero(sample.contracts.right)

    def test_without_a_volatility_the_exchanges_array_stays_unless_a_quote_gives_one(self, sample):
        call, _ = at_the_money(sample)
        volatility = sample.contracts.volatility.copy()
        volatility[call] = 0
        without = replace(sample, contracts=replace(sample.contracts, volatility=volatility))
        assert live_arrays(without, 1, sample.contracts.price).source[call] == ArraySource.NO_VOLATILITY
        given = np.zeros(len(sample), dtype=np.int64)
        given[call] = 300_000
        assert live_arrays(without, 1, sample.contracts.price, given).source[call] == ArraySource.LIVE

    @pytest.mark.parametrize("change", [{"pricing_model": "CA"}, {"price_quotation": "IDX"}, {"currency": "EUR"}])
    def test_models_that_are_not_covered_keep_the_exchanges_arrays(self, sample, change):
        call, _ = at_the_money(sample)
        number = int(sample.contracts.family[call])
        families = tuple(
            replace(family, **change) if place == number else family for place, family in enumerate(sample.families)
        )
        found = live_arrays(replace(sample, families=families), 1, sample.contracts.price)
        assert (found.source[sample.contracts.family == number] == ArraySource.NO_MODEL).all()

    def test_a_contract_without_an_array_gets_none(self, sample):
        call, _ = at_the_money(sample)
        exchange = sample.contracts.arrays[1]
        present = exchange.present.copy()
        present[call] = False
        found = live_arrays(with_live_arrays(sample, replace(exchange, present=present)), 1, sample.contracts.price)
        assert found.source[call] == ArraySource.ABSENT
        assert found.kept == 0

    def test_american_models_are_worth_more_than_the_files_european_ones(self, sample):
        _, future = at_the_money(sample)
        families = tuple(
            replace(family, pricing_model="WB" if family.kind == "OOF" else "") for family in sample.families
        )
        american = live_arrays(replace(sample, families=families), 1, sample.contracts.price)
        european = live_arrays(sample, 1, sample.contracts.price)
        below = sample.contracts.underlying == future
        assert (american.source == ArraySource.LIVE).all()
        assert (np.abs(american.arrays.delta[below]) >= np.abs(european.arrays.delta[below])).all()


def test_margin_follows_the_live_arrays(sample):
    call, future = at_the_money(sample)
    prices = sample.contracts.price.copy()
    prices[future] += prices[future] // 10
    live = with_live_arrays(sample, live_arrays(sample, 1, prices).arrays)
    batch = Batch(np.array([0, 1]), np.array([call]), np.array([-10]))
    convention = convention_of("SAMPLE")
    before, after = (
        int(margin(SpanTable(parameters, convention), batch).commodities.scan_risk[0]) for parameters in (sample, live)
    )
    array = live.contracts.arrays[1].scenario[call]
    assert after > before
    assert after == convention_rounded(int((-10 * array).max()))
    assert sample.contracts.arrays[1].scenario[call].tolist() != array.tolist()


def convention_rounded(amount):
    """Whole money units, as the sample's convention has it."""
    return (amount + MONEY // 2) // MONEY * MONEY
