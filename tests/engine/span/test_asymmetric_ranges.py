"""Scan ranges that differ up and down: kept by the XML reader, used for live arrays, shown and compared."""

import re
from io import BytesIO

import numpy as np
import pytest

from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.span.cache import packed, unpacked
from engine.span.comparison import compare
from engine.span.contract_changes import contract_changes
from engine.span.inspection import inspect
from engine.span.live import LivePricing
from engine.span.reading import read_parameters
from engine.span.xml import read_xml
from engine.text import BadInputError
from tests.engine.span.many_rate_sets import SAMPLE
from tests.engine.span.sameness import same
from tests.engine.span.small_market import SmallCommodity, SmallContract, SmallMarket, linear, xml_of

MONTH = (SmallContract("202606", linear(300), price="100"),)
MARKET = SmallMarket("NSE", (SmallCommodity("A", MONTH, multiplier="10", price_scan="300"),))


def market_with(*fields: str):
    """The small market whose future has these fields in its scanRate."""
    text = xml_of(MARKET)
    return read_xml(BytesIO(text.replace("</volScan>", "</volScan>" + "".join(fields), 1).encode()), "small.spn")


def ranges(parameters):
    arrays = parameters.contracts.arrays[1]
    return [int(column[0]) for column in (arrays.price_scan, arrays.price_down)]


def test_a_file_that_gives_one_range_has_it_both_ways():
    parameters = market_with()
    assert parameters.contracts.arrays[1].price_scan_down is None
    assert ranges(parameters) == [300 * MONEY, 300 * MONEY]


@pytest.mark.parametrize(
    ("field", "down"),
    [
        ("<priceScanDown>240.5</priceScanDown>", 240_500_000),
        ("<priceScanDownPct>0.25</priceScanDownPct>", 250 * MONEY),
        ("<priceScanDown>0</priceScanDown>", 300 * MONEY),
        ("<volScanDown>0.01</volScanDown>", 300 * MONEY),
    ],
)
def test_a_range_down_is_kept_beside_the_one_up(field, down):
    assert ranges(market_with(field)) == [300 * MONEY, down]


def test_a_volatility_range_down_is_kept_beside_the_one_up():
    arrays = market_with("<volScanDown>0.015</volScanDown>").contracts.arrays[1]
    assert (arrays.volatility_scan[0], arrays.volatility_down[0]) == (0, 15_000)


def test_volatility_ranges_of_two_kinds_are_refused():
    with pytest.raises(BadInputError, match="one volatility scan range is a fraction of the volatility"):
        market_with("<volScanDownPct>0.1</volScanDownPct>")


def test_a_cache_keeps_both_ranges():
    parameters = market_with("<priceScanDown>240</priceScanDown>")
    content = np.frombuffer(b"".join(packed(parameters, "source")), dtype=np.uint8)
    assert same(unpacked(content, "source"), parameters)


def test_an_inspection_shows_both_ways():
    one = inspect(market_with("<priceScanDown>240</priceScanDown>", "<volScanDown>0.02</volScanDown>"), 0)
    assert (one.price_scan, one.price_scan_down) == (300 * MONEY, 240 * MONEY)
    assert (one.volatility_scan, one.volatility_scan_down) == (0, 20_000)


def test_a_comparison_tells_of_a_range_down_that_moved():
    old, new = (market_with(f"<priceScanDown>{down}</priceScanDown>") for down in (240, 400))
    told = [str(finding.sentence) for finding in compare(old, new).findings if "range" in str(finding.sentence)]
    assert any(sentence.startswith("price scan range down") for sentence in told)
    assert not any(sentence.startswith("price scan range ") and " down" not in sentence for sentence in told)
    changes = contract_changes(compare(old, new), 0)
    assert [(str(one.name), one.old, one.new) for one in changes] == [
        ("price scan range down", 240 * MONEY, 400 * MONEY)
    ]


def test_a_range_that_moved_both_ways_is_one_change():
    old, new = (
        market_with(),
        read_xml(BytesIO(xml_of(MARKET).replace(">300</priceScan>", ">330</priceScan>").encode()), "n"),
    )
    assert [str(one.name) for one in contract_changes(compare(old, new), 0)] == ["price scan range"]


def sample_with_ranges_down(share: str):
    """The sample market, its ranges down being this share of those up; arrays as they were."""

    def down(match: re.Match[str]) -> str:
        name, value = match.groups()
        return f"{match.group()}<{name}Down>{round(float(value) * float(share), 6):f}</{name}Down>"

    content = re.sub(r"<(priceScan|volScan)>([0-9.]+)</\1>", down, SAMPLE.read_text("utf-8"))
    return read_xml(BytesIO(content.encode()), "market.spn")


def test_live_arrays_move_down_by_the_range_down():
    """Half the range down: a move down by 2/3 is then what 1/3 is with one range for both ways, volatility too."""
    one, both = read_parameters(SAMPLE), sample_with_ranges_down("0.5")
    plain, halved = (LivePricing(each).arrays(each.contracts.price) for each in (one, both))
    option = np.flatnonzero((halved.volatility > 0) & (plain.volatility > 0))
    points = {(point.price_numerator, point.volatility_multiple): point.number - 1 for point in one.scan_points}
    up, up_again = points[2, 1], points[1, 1]
    assert np.array_equal(plain.arrays.scenario[option, up], halved.arrays.scenario[option, up])
    assert not np.array_equal(plain.arrays.scenario[option, up_again], halved.arrays.scenario[option, points[-2, 1]])
    assert np.array_equal(plain.arrays.scenario[option, points[-1, 1]], halved.arrays.scenario[option, points[-2, 1]])


def test_futures_lose_their_range_down_when_prices_fall():
    parameters = market_with("<priceScanDown>300</priceScanDown>")
    exchange = parameters.contracts.arrays[1]
    assert exchange.price_scan_down is not None
    found = LivePricing(parameters).arrays(np.full(len(parameters), NOT_COMPUTABLE, dtype=np.int64))
    assert np.abs(found.arrays.scenario - exchange.scenario).max() <= MONEY
