"""``palisade parameters``: show, check and diff, from the arguments to the text."""

import json
from dataclasses import replace

import pytest

from engine.span.comparison_rates import spread_text
from engine.span.inspection import bars, inspect
from terminal.cli import main
from tests.engine.span.small_file import SMALL, altered, risk_array
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    parameters_of,
    period_spread,
    tier_spread,
    write,
)

MONTHS = ("202606", "202607", "202608")
CALENDAR = period_spread(1, "40", ("C", "202606", "A", "1"), ("C", "202607", "B", "1"))
FRONT_TO_BACK = tier_spread(2, "50", ("C", 1, "A", "1"), ("C", 2, "B", "1"))
BETWEEN = tier_spread(1, "0.5", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
FUTURES = tuple(SmallContract(month, linear(300), price="10") for month in MONTHS)
CALL = SmallContract("202606", linear(90), price="2", delta="0.4", right="C", strike="100")
C = SmallCommodity(
    "C",
    (*FUTURES, CALL),
    price_scan="300",
    minimum_tiers=(("202606", "202606", "5"), ("202607", "202608", "6")),
    tiers=((1, "202606", "202606"), (2, "202607", "202608")),
    spreads=(CALENDAR, FRONT_TO_BACK),
    delivery=(("202606", "7", "8"),),
)
MARKET = SmallMarket("NSE", (C, SmallCommodity("D", FUTURES, price_scan="200")), (BETWEEN,))


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def file(tmp_path):
    return write(MARKET, tmp_path / "small.spn")


@pytest.fixture
def run(capsys):
    """Runs ``palisade parameters`` with arguments; status, output, errors."""

    def started(*arguments):
        status = main(["parameters", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return started


@pytest.fixture
def document(run):
    def started(*arguments, status=0):
        ended, output, errors = run(*arguments, "--format", "json")
        assert (ended, errors) == (status, "")
        return json.loads(output)

    return started


class TestShow:
    def test_a_file_is_told_by_version_counts_and_commodities(self, document, file):
        shown = document("show", file)
        assert shown["parameters"]["version"] == "NSE-20261120-final"
        assert shown["parameters"]["convention"] == "NSE"
        assert shown["counts"]["contracts"] == 7
        assert shown["commodities"]["C"] == {
            "name": "C",
            "currency": "USD",
            "products": ["X:C:FUT", "X:C:OOP"],
            "contracts": 4,
            "price_scan": ["300", "300"],
            "volatility_scan": None,
            "intra_spreads": 2,
            "inter_spreads": 1,
        }

    def test_the_table_has_a_line_a_commodity(self, run, file):
        status, output, _ = run("show", file)
        assert status == 0
        assert [line.split() for line in output.splitlines()[-2:]] == [
            ["C", "USD", "2", "4", "300", "2", "1"],
            ["D", "USD", "1", "3", "200", "0", "1"],
        ]

    def test_a_contract_is_told_with_its_array_spreads_and_rates(self, document, file):
        shown = document("show", file, "X:C:OOP:202606:C:100")
        assert shown["contract"] == "X:C:OOP:202606:C:100"
        assert (shown["price"], shown["delta"], shown["multiplier"]) == ("2", "0.4", "1")
        assert len(shown["array"]) == 16
        assert (shown["array"][10], shown["array"][12]) == ("-90", "90")
        assert shown["delivery"] == [{"period": "202606", "spread": "7", "outright": "8"}]
        assert shown["short_option_minimum"] == {"method": "GROSS", "rate": "5"}
        assert [(one["kind"], one["rate"], one["takes_part"]) for one in shown["spreads"]] == [
            ("intra", "40", True),
            ("intra", "50", True),
            ("inter", "0.5", True),
        ]

    def test_a_spread_of_other_months_is_told_apart(self, document, run, file):
        shown = document("show", file, "X:C:FUT:202608")
        assert [(one["kind"], one["takes_part"]) for one in shown["spreads"]] == [
            ("intra", False),
            ("intra", True),
            ("inter", True),
        ]
        assert (shown["delivery"], shown["short_option_minimum"]) == ([], None)
        assert (
            "spreads of its combined commodity for other contract months: 1" in run("show", file, "X:C:FUT:202608")[1]
        )

    def test_the_array_is_plotted_around_one_axis(self, run, file):
        lines = run("show", file, "X:C:FUT:202606")[1].splitlines()
        start = next(number for number, line in enumerate(lines) if line.startswith("Loss of one long contract"))
        plot = lines[start + 1 : start + 18]
        assert len({line.index("|") for line in plot}) == 1
        assert plot[11].split() == ["11", "+3/3", "0", "1", "-300", "#" * 24 + "|"]
        assert plot[13].split() == ["13", "-3/3", "0", "1", "300", "|" + "#" * 24]

    def test_the_title_of_a_contract_will_do(self, document, file):
        assert document("show", file, "C", "2026-07")["contract"] == "X:C:FUT:202607"

    def test_a_search_lists_what_it_may_mean(self, document, run, file):
        assert [one["contract"] for one in document("show", file, "d")["matches"]] == [
            f"X:D:FUT:{month}" for month in MONTHS
        ]
        status, output, _ = run("show", file, "d")
        assert status == 0
        assert output.splitlines() == [
            "d may mean these contracts:",
            *(f"  D {month[:4]}-{month[4:]}  X:D:FUT:{month}" for month in MONTHS),
        ]

    def test_a_contract_without_figures_has_none_rather_than_nought(self, tmp_path, document, run):
        path = tmp_path / "bare.spn"
        path.write_text(altered(risk_array(70, "1.000000"), "<ra/>"), encoding="latin-1")
        shown = document("show", path, "X:P2:FUT:203003")
        assert (shown["array"], shown["delta"]) == (None, None)
        assert "no risk array" in run("show", path, "X:P2:FUT:203003")[1]

    def test_the_real_file(self, document, takas_file):
        shown = document("show", takas_file, "BIST:XU030:FUT:201606S0")
        assert (shown["price"], shown["price_scan"], shown["array"][12]) == ("95.1", "955", "955")
        assert len([one for one in shown["spreads"] if one["kind"] == "inter"]) == 13


class TestCheck:
    def test_a_good_file_is_told_to_be_one(self, run, file):
        status, output, errors = run("check", file)
        assert (status, errors) == (0, "")
        assert "7 contracts of 3 product families in 2 combined commodities" in output
        assert "The file can be used" in output

    def test_the_file_is_read_and_not_the_cache(self, run, file):
        assert run("show", file)[0] == 0
        file.write_text("<spanFile>", encoding="utf-8")
        assert run("check", file)[0] == 2

    def test_a_house_without_a_known_convention_needs_one_named(self, run, tmp_path):
        path = write(SmallMarket("NOBODY", MARKET.commodities, MARKET.inter_spreads), tmp_path / "small.spn")
        status, _, errors = run("check", path)
        assert status == 2
        assert "NOBODY" in errors
        assert run("check", path, "--convention", "CME")[0] == 0

    def test_an_unsupported_method_is_named(self, run, tmp_path):
        path = tmp_path / "small.spn"
        path.write_text(SMALL.replace("<oopDeltaMeth>PERIOD", "<oopDeltaMeth>UNHEARD"), encoding="latin-1")
        status, output, errors = run("check", path)
        assert (status, output) == (2, "")
        assert "oopDeltaMeth" in errors


class TestDiff:
    @pytest.fixture
    def other(self, tmp_path):
        commodities = (replace(C, price_scan="450"), MARKET.commodities[1])
        return write(SmallMarket("NSE", commodities, MARKET.inter_spreads), tmp_path / "other.spn")

    def test_a_file_against_itself_says_that_nothing_changed(self, run, takas_file):
        status, output, _ = run("diff", takas_file, takas_file)
        assert (status, output.splitlines()[-1]) == (0, "Nothing changed.")

    def test_warnings_end_with_status_1(self, run, file, other):
        status, output, errors = run("diff", file, other)
        assert (status, errors) == (1, "")
        assert "most in X:C:FUT:202606: 300 to 450 (+50.0 %)" in output

    def test_the_threshold_is_a_percentage(self, document, file, other):
        def ranges(*options):
            findings = document("diff", file, other, *options, status=1)["findings"]
            return [one["severity"] for one in findings if one["topic"] == "price-range"]

        assert ranges("--threshold", "49.9") == ["warning"]
        assert ranges("--threshold", "50") == ["information"]

    def test_findings_as_json(self, document, file, other):
        shown = document("diff", file, other, status=1)
        assert shown["old"]["file"] == "small.spn"
        (moved,) = [one for one in shown["findings"] if one["topic"] == "price-range"]
        assert (moved["place"], moved["move_percent"]) == ("X:C:FUT", "50.0")
        assert sum(shown["counts"].values()) == len(shown["findings"])

    def test_it_speaks_chinese(self, run, file, other, monkeypatch):
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        assert "价格扫描范围：3 个合约中有 3 个变动超过 25%" in run("diff", file, other)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["spam"],
        ["show"],
        ["show", "no.spn"],
        ["check", "no.spn"],
        ["diff", "FILE"],
        ["diff", "FILE", "no.spn"],
        ["diff", "FILE", "FILE", "--threshold", "much"],
        ["diff", "FILE", "FILE", "--threshold", "NaN"],
        ["diff", "FILE", "FILE", "--threshold", "-1"],
        ["diff", "FILE", "FILE", "--threshold", "1e99"],
        ["diff", "FILE", "FILE", "--threshold", "1.00001"],
        ["show", "FILE", "X:C:FUT"],
        ["show", "FILE", "X:C:FUT:202612"],
        ["show", "FILE", "unheard"],
        ["show", "FILE", " "],
        ["show", "FILE", "--format", "csv"],
        ["check", "FILE", "--convention", "unheard"],
    ],
)
def test_bad_input_is_one_line_and_status_2(run, file, arguments):
    status, output, errors = run(*(file if argument == "FILE" else argument for argument in arguments))
    assert (status, output) == (2, "")
    assert errors.endswith("\n")
    assert errors.count("\n") == 1
    assert "Traceback" not in errors


def test_every_leg_that_a_contract_can_fill_is_marked():
    parameters = parameters_of(MARKET)
    contracts = {str(parameters.contract(row)): inspect(parameters, row) for row in range(len(parameters))}
    legs = {spread_text(one.spread): one.legs for one in contracts["X:C:FUT:202607"].spreads}
    assert legs == {
        "A 1 C 202606, B 1 C 202607": (False, True),
        "A 1 C T1, B 1 C T2": (False, True),
        "A 1 C, B 1 D": (True, False),
    }


def test_the_longest_bar_is_as_wide_as_asked():
    assert bars([0, -10, 5, 2], 20) == [0, -20, 10, 4]
    assert bars([0, 0], 20) == [0, 0]
    assert bars([], 20) == []
