"""``palisade margin --explain``: one account's margin as a tree, to read and as JSON."""

import json
from decimal import Decimal

import pytest

from terminal.cli import main
from tests.engine.span.small_market import (
    SmallCommodity,
    SmallContract,
    SmallMarket,
    linear,
    tier_spread,
    write,
)

HEADER = "account,exchange,product,kind,expiry,right,strike,quantity\n"
LINES = "A,X,C,FUT,202606,,,10\nA,X,C,FUT,202607,,,-4\nA,X,D,FUT,202606,,,-2\nB,X,C,FUT,202606,,,1\n"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def explain(tmp_path, capsys):
    """Runs ``palisade margin --explain`` on two accounts in two linked commodities; status, output, errors."""
    months = ("202606", "202607")
    calendar = tier_spread(1, "40", ("C", 0, "A", "1"), ("C", 0, "B", "1"))
    between = tier_spread(1, "0.5", ("C", 0, "A", "1"), ("D", 0, "B", "1"), method="W")
    contracts = tuple(SmallContract(month, linear(300)) for month in months)
    market = SmallMarket(
        "NSE", (SmallCommodity("C", contracts, spreads=(calendar,)), SmallCommodity("D", contracts)), (between,)
    )
    parameters = write(market, tmp_path / "small.spn")
    positions = tmp_path / "positions.csv"

    def run(account, *options, lines=LINES):
        positions.write_text(HEADER + lines, encoding="utf-8")
        arguments = ["margin", "--parameters", str(parameters), "--positions", str(positions)]
        status = main([*arguments, "--explain", account, *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def everything(node):
    yield node
    for child in node["children"]:
        yield from everything(child)


def test_the_text_is_an_indented_tree_with_amounts_in_one_column(explain):
    status, output, errors = explain("A")
    assert (status, errors) == (0, "")
    lines = output.splitlines()[2:]
    assert lines[:2] == ["Account A", "  Requirement                         1,960  USD"]
    assert "          C: +4 delta" in lines
    amounts = [line for line in lines if " USD" in line]
    assert len({line.index(" USD") for line in amounts}) == 1


def test_the_text_shows_the_sixteen_scenarios_of_a_scan(explain):
    _, output, _ = explain("B")
    assert "scenarios 1 to 8" in output
    assert "   0     0  -100  -100   100   100  -200  -200" in output


def test_the_json_adds_up_and_leads_to_contracts(explain):
    status, output, _ = explain("A", "--format", "json")
    document = json.loads(output)
    assert (status, document["account"], document["excluded"]) == (0, "A", [])
    (tree,) = document["explanation"]
    for node in everything(tree):
        parts = [Decimal(child["amount"]) for child in node["children"] if child["amount"] is not None]
        assert not parts or sum(parts) == Decimal(node["amount"])
        assert set(node) >= {"label", "amount", "currency", "note", "children"}
    held = {node["contract"] for node in everything(tree) if "contract" in node}
    assert held == {"X:C:FUT:202606", "X:C:FUT:202607", "X:D:FUT:202606"}


def test_the_json_agrees_with_the_margin_that_is_not_explained(explain, capsys, tmp_path):
    (tree,) = json.loads(explain("A", "--format", "json")[1])["explanation"]
    arguments = ["margin", "--parameters", str(tmp_path / "small.spn"), "--positions", str(tmp_path / "positions.csv")]
    assert main([*arguments, "--format", "json"]) == 0
    account = json.loads(capsys.readouterr().out)["accounts"]["A"]
    assert tree["amount"] == account["totals"]["USD"]["requirement"]
    risks = {node["label"]: node["amount"] for node in tree["children"]}
    assert risks == {code: figures["risk"] for code, figures in account["commodities"].items()}


def test_the_tree_is_in_the_users_language(explain, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "跨期价差收取" in explain("A")[1]


@pytest.mark.parametrize("form", ["table", "json"])
def test_an_unknown_account_names_those_there_are(explain, form):
    status, output, errors = explain("a", "--format", form)
    assert (status, output) == (2, "")
    assert errors == "palisade margin: no account is called a; name one of: A, B\n"


def test_only_the_first_few_accounts_are_named(explain):
    lines = "".join(f"N{number},X,C,FUT,202606,,,1\n" for number in range(9))
    assert explain("a", lines=lines)[2].endswith("name one of: N0, N1, N2, N3, N4 …\n")


def test_csv_is_refused(explain):
    status, output, errors = explain("A", "--format", "csv")
    assert (status, output) == (2, "")
    assert (
        errors == "palisade margin --format: --explain cannot be written as csv; use --format table or --format json\n"
    )


def test_what_was_left_out_is_said(explain):
    lines = "A,X,C,FUT,202606,,,1\nA,X,C,FUT,203006,,,1\n"
    _, output, _ = explain("A", "--skip-unknown", lines=lines)
    assert output.endswith("  excluded: line 3: X:C:FUT:203006: not in the parameters\n")
    _, output, _ = explain("A", "--skip-unknown", "--format", "json", lines=lines)
    assert json.loads(output)["excluded"] == ["line 3: X:C:FUT:203006: not in the parameters"]
