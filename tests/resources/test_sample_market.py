"""The sample market: reproducible, readable, and priced as a market could be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.instruments import Contract
from engine.numbers import MONEY, PRICE, RATIO
from engine.span.conventions import convention_of
from engine.span.parameters import ParameterSet, RiskArrays
from engine.span.reading import read_parameters
from engine.span.supported import refuse_unsupported
from resources.sample import generate


@pytest.fixture(scope="module")
def file(project_root: Path) -> Path:
    return project_root / "resources" / "sample" / "market.spn"


@pytest.fixture(scope="module")
def market(file: Path) -> ParameterSet:
    return read_parameters(file)


@pytest.fixture(scope="module")
def arrays(market: ParameterSet) -> RiskArrays:
    return market.contracts.arrays[1]


def test_the_generator_writes_the_committed_bytes(file: Path) -> None:
    assert generate.market().encode() == file.read_bytes()


def test_the_file_is_small_and_says_that_it_is_invented(file: Path) -> None:
    assert file.stat().st_size < 1_500_000
    assert "Every figure is invented" in file.read_text("utf-8")[:300]


def test_every_step_that_it_asks_for_is_calculated(market: ParameterSet) -> None:
    refuse_unsupported(market)


def test_it_covers_the_sectors_in_two_currencies(market: ParameterSet) -> None:
    assert {commodity.currency for commodity in market.commodities} == {"USD", "EUR"}
    assert len(market.commodities) == 17
    assert sum(family.kind == "OOF" for family in market.families) == 8
    assert np.bincount(market.contracts.right).tolist() == [120, 360, 360]
    assert convention_of(market.origin.clearing_organisation).name == "CME"


def test_a_future_loses_in_proportion_to_the_price_move(market: ParameterSet, arrays: RiskArrays) -> None:
    row = market.find(Contract("SIM", "CL", "FUT", "202701"))
    assert arrays.price_scan[row] == 5200 * MONEY
    assert (arrays.scenario[row] // MONEY).tolist() == [
        *(0, 0, -1733, -1733, 1733, 1733, -3467, -3467, 3467, 3467, -5200, -5200, 5200, 5200, -5148, 5148),
    ]


def test_calls_gain_and_puts_lose_when_the_price_rises(market: ParameterSet, arrays: RiskArrays) -> None:
    for right, sign in ((1, 1), (2, -1)):
        rows = market.contracts.right == right
        up, down = arrays.scenario[rows, 14], arrays.scenario[rows, 15]
        assert np.all(sign * up <= sign * down)
        assert np.all(sign * arrays.delta[rows] >= 0)
        assert np.all(np.abs(arrays.delta[rows]) <= RATIO)


def test_options_gain_when_volatility_rises(market: ParameterSet, arrays: RiskArrays) -> None:
    rows = market.contracts.right != 0
    assert np.all(arrays.scenario[rows][:, 0:14:2] <= arrays.scenario[rows][:, 1:14:2])


def test_a_long_option_loses_no_more_than_its_price(market: ParameterSet, arrays: RiskArrays) -> None:
    """Up to the tick it is quoted in and the whole money unit its array is rounded to."""
    table = market.contracts
    rows = np.flatnonzero(table.right != 0)
    value = table.price[rows] * (table.multiplier[rows] // PRICE) // (PRICE // MONEY)
    one_tick = {"ES": 0.25, "NQ": 0.25, "CL": 0.01, "NG": 0.001, "GC": 0.1, "ZC": 0.125, "ZS": 0.125, "ZN": 0.015625}
    codes = [market.families[family].code for family in table.family[rows]]
    ticks = np.array([int(one_tick[code] * PRICE) for code in codes]) * (table.multiplier[rows] // PRICE)
    allowed = value + ticks // (PRICE // MONEY) + MONEY
    assert np.all(arrays.scenario[rows].max(axis=1) <= allowed)


def test_call_and_put_of_a_strike_agree_with_their_future(market: ParameterSet) -> None:
    """Put-call parity within two ticks: call - put = discounted (future - strike)."""
    table = market.contracts
    call = market.find(Contract("SIM", "ES", "OOF", "202703", "C", 6200 * PRICE))
    put = market.find(Contract("SIM", "ES", "OOF", "202703", "P", 6200 * PRICE))
    future = market.find(Contract("SIM", "ES", "FUT", "202703"))
    discounted = float(table.price[future] - table.strike[call]) * np.exp(
        -table.interest[call] / RATIO * table.years[call] / RATIO
    )
    assert abs(float(table.price[call] - table.price[put]) - discounted) <= 0.5 * PRICE


def test_a_serial_option_counts_in_the_month_of_its_future(market: ParameterSet) -> None:
    row = market.find(Contract("SIM", "ES", "OOF", "202701", "C", 6200 * PRICE))
    assert market.periods[market.contracts.delta_period[row]] == "202703"


def test_every_spread_leg_names_a_commodity_of_the_file(market: ParameterSet) -> None:
    codes = {commodity.code for commodity in market.commodities}
    legs = [leg for spread in market.inter_spreads for leg in spread.legs]
    legs += [leg for commodity in market.commodities for spread in commodity.intra_spreads for leg in spread.legs]
    assert {leg.commodity for leg in legs} <= codes
    assert len(market.inter_spreads) == 15
