"""``palisade margin --free``: trades that free margin, to read and as JSON."""

import json
from decimal import Decimal

import pytest

from terminal.cli import main
from tests.engine.span.small_market import SmallCommodity, SmallContract, SmallMarket, linear, write

HEADER = "account,exchange,product,kind,expiry,right,strike,quantity\n"
LINES = "A,X,C,FUT,202606,,,10\nB,X,C,FUT,202606,,,1\nB,X,E,FUT,202606,,,1\n"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def run(tmp_path, capsys):
    """Runs ``palisade margin`` on two accounts, one of them in two currencies; status, output, errors."""
    contracts = tuple(SmallContract(month, linear(300), price="100") for month in ("202606", "202607"))
    commodities = (SmallCommodity("C", contracts, multiplier="10"), SmallCommodity("E", contracts, currency="EUR"))

    def run(*options, rate="1.25", lines=LINES):
        conversions = (("EUR", "USD", rate),) if rate else ()
        parameters = write(SmallMarket("NSE", commodities, conversions=conversions), tmp_path / "small.spn")
        positions = tmp_path / "positions.csv"
        positions.write_text(HEADER + lines, encoding="utf-8")
        status = main(["margin", "--parameters", str(parameters), "--positions", str(positions), *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_the_text_lists_trades_and_what_one_contract_changes(run):
    status, output, errors = run("--free", "A")
    assert (status, errors) == (0, "")
    lines = output.splitlines()[2:]
    assert lines[0] == "Account A, margin 3000.00 USD"
    assert lines[1].split() == ["trade", "why", "frees", "premium", "notional", "per", "notional"]
    assert " ".join(lines[2].split()) == "-10 C 2026-06 closes the position 3000.00 0.00 10000.00 30.0 %"
    assert lines[-1].split() == ["C", "2026-06", "300.00", "-300.00"]


def test_the_json_has_the_same_figures(run):
    document = json.loads(run("--free", "A", "--format", "json")[1])
    assert (document["account"], document["currency"], document["margin"]) == ("A", "USD", "3000.00")
    assert document["trades"][0] == {
        "contract": "X:C:FUT:202606",
        "quantity": -10,
        "freed": "3000.00",
        "premium": "0.00",
        "notional": "10000.00",
        "ratio": "0.3",
        "reason": "closes the position",
    }
    assert document["one_more"] == {"X:C:FUT:202606": "300.00"}
    assert document["one_less"] == {"X:C:FUT:202606": "-300.00"}


def test_several_currencies_are_added_by_the_files_rates(run):
    document = json.loads(run("--free", "B", "--format", "json")[1])
    assert document["currency"] == "EUR"
    assert Decimal(document["margin"]) == 300 + 300 / Decimal("1.25")


def test_currencies_without_a_rate_are_refused(run):
    status, output, errors = run("--free", "B", rate="")
    assert (status, output) == (2, "")
    assert errors == "account B: the parameter file has no rate between EUR, USD; split the account by currency\n"


def test_an_account_that_nothing_frees_says_so(run):
    output = run("--free", "A", lines="A,X,C,FUT,202606,,,1\nA,X,C,FUT,202606,,,-1\n")[1]
    assert output.splitlines()[2:] == ["Account A, margin 0.00 USD", "  no trade that was tried frees margin"]


def test_an_unknown_account_names_those_there_are(run):
    assert run("--free", "a")[::2] == (2, "palisade margin: no account is called a; name one of: A, B\n")


def test_csv_is_refused(run):
    status, _, errors = run("--free", "A", "--format", "csv")
    assert status == 2
    assert errors == "palisade margin --format: --free cannot be written as csv; use --format table or --format json\n"


def test_only_one_account_is_looked_at(run):
    status, output, errors = run("--free", "A", "--explain", "A")
    assert (status, output) == (2, "")
    assert errors.count("\n") == 1


def test_the_text_is_in_the_users_language(run, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "全部平仓" in run("--free", "A")[1]


def test_what_was_left_out_is_said(run):
    lines = "A,X,C,FUT,202606,,,1\nA,X,C,FUT,203006,,,1\n"
    assert run("--free", "A", "--skip-unknown", lines=lines)[1].endswith(
        "  excluded: line 3: X:C:FUT:203006: not in the parameters\n"
    )
