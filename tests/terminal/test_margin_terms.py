"""``palisade margin`` with an accounts file: net and gross, account types, initial and maintenance."""

import csv
import io
import json

import pytest

from terminal.cli import main
from tests.engine.span.many_rate_sets import SAMPLE, write_market

POSITIONS = """account,exchange,product,kind,expiry,right,strike,quantity
A,SIM,CL,FUT,202701,,,10
A,SIM,CL,FUT,202701,,,-4
A,SIM,CL,FUT,202703,,,-4
B,SIM,CL,FUT,202701,,,3
B,SIM,GC,FUT,202702,,,-1
"""
HEADER = "account,margining,type,requirement\n"


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return write_market(tmp_path_factory.mktemp("market") / "market.spn")


@pytest.fixture
def margin(market, tmp_path, capsys):
    """Runs the command on the positions above and an accounts file; status, output, errors."""

    def run(accounts=None, *options, parameters=market):
        (tmp_path / "positions.csv").write_text(POSITIONS)
        more = []
        if accounts is not None:
            (tmp_path / "accounts.csv").write_text(HEADER + accounts)
            more = ["--accounts", str(tmp_path / "accounts.csv")]
        files = ["--parameters", str(parameters), "--positions", str(tmp_path / "positions.csv")]
        status = main(["margin", *files, *more, *options])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def document(margin):
    def run(accounts=None, *options, **more):
        status, output, errors = margin(accounts, *options, "--format", "json", **more)
        assert (status, errors) == (0, "")
        return json.loads(output)

    return run


def test_a_gross_account_has_the_figures_of_both_sides(document):
    account = document("A,gross,,\n")["accounts"]["A"]
    crude = account["commodities"]["CL"]
    # 10 January at 5,200; shorts: 4 January and 4 March at 4,690.
    assert (crude["sides"]["long"]["scan_risk"], crude["sides"]["short"]["scan_risk"]) == ("52000", "39560")
    assert (crude["scan_risk"], crude["net_delta"], crude["intra_commodity_charge"]) == ("91560", "2.0000", "0")
    assert account["totals"]["USD"]["requirement"] == "91560"


def test_accounts_are_margined_by_what_the_file_says_of_each(document):
    accounts = document("A,gross,,\nB,,speculator,initial\n")["accounts"]
    assert accounts["A"]["margined"] == {
        "margining": "gross",
        "type": "customer hedger",
        "requirement": "core initial",
        "rate_set": 1,
        "arrays": 1,
    }
    assert accounts["B"]["margined"] == {
        "margining": "net",
        "type": "customer speculator",
        "requirement": "core initial",
        "rate_set": 4,
        "arrays": 1,
    }
    usual = document()["accounts"]["B"]["totals"]["USD"]
    parts = [round(float(risk["risk"]) * 1.05 * 1.35) for risk in document()["accounts"]["B"]["commodities"].values()]
    assert accounts["B"]["totals"]["USD"]["requirement"] == str(sum(parts))
    assert usual["requirement"] != accounts["B"]["totals"]["USD"]["requirement"]


def test_without_a_word_on_margining_the_document_is_as_ever(document):
    assert {key for account in document()["accounts"].values() for key in account} == {
        "commodities",
        "totals",
        "excluded",
    }
    assert document()["accounts"] == document(parameters=SAMPLE)["accounts"]


def test_the_options_speak_for_accounts_that_the_file_does_not_name(document):
    options = ("--margining", "gross", "--account-type", "house member", "--requirement", "maintenance")
    accounts = document("B,net,,\n", *options)["accounts"]
    assert [accounts[name]["margined"]["margining"] for name in "AB"] == ["gross", "net"]
    assert {accounts[name]["margined"]["rate_set"] for name in "AB"} == {6}
    assert accounts["A"]["margined"]["arrays"] == 5


def test_the_table_names_how_an_account_is_margined_and_both_sides(margin):
    _, output, _ = margin("A,gross,,maintenance\n")
    assert "Account A: gross; customer, hedger, core, maintenance; rate set 2\n" in output
    assert [line.split()[0] for line in output.splitlines() if line.startswith("    ")] == ["long", "short"]
    assert "\nAccount B\n" in output


def test_the_csv_has_a_row_for_each_side(margin):
    _, output, _ = margin("A,gross,,\n", "--format", "csv")
    rows = [row for row in csv.DictReader(io.StringIO(output)) if row["account"] == "A"]
    assert [row["row"] for row in rows] == ["commodity", "long side", "short side", "total"]
    assert (rows[3]["margining"], rows[3]["account_requirement"], rows[3]["rate_set"]) == ("gross", "core initial", "1")
    assert rows[3]["requirement"] == "91560"


def test_an_explanation_says_how_the_account_is_margined(margin):
    _, output, _ = margin("A,gross,speculator,\n", "--explain", "A")
    assert "Gross-margined" in output
    assert "longs and shorts apart, no spreads; customer, speculator, core, initial; rate set 4" in output
    assert [line.split(",")[1].split("  ")[0] for line in output.splitlines() if line.startswith("    CL ")] == [
        " long side",
        " short side",
    ]
    assert "Factor 1.4175 of the account" in output


def test_what_frees_margin_of_a_gross_account_is_closing(margin):
    _, output, _ = margin("A,gross,,\n", "--free", "A", "--format", "json")
    document = json.loads(output)
    assert document["margined"]["margining"] == "gross"
    assert {(trade["quantity"] < 0, trade["closes"]) for trade in document["trades"]} == {(True, True), (False, True)}


@pytest.mark.parametrize(
    ("accounts", "options", "complaint"),
    [
        ("A,net,trader,\n", (), "accounts.csv: line 2: type: 'trader' is not known; choose one of member, hedger"),
        ("A,gros,,\n", (), "accounts.csv: line 2: margining: 'gros' is not known; choose one of net, gross"),
        ("A,,,low\n", (), "accounts.csv: line 2: requirement: 'low' is not known"),
        ("A,,house customer,\n", (), "accounts.csv: line 2: type: house customer says two things at once"),
        ("A,,,\nA,,,\n", (), "accounts.csv: line 3: account: the account comes twice; leave one line out"),
        (",net,,\n", (), "accounts.csv: line 2: account: the field is empty"),
        ("A,net,\n", (), "accounts.csv: line 2: the line has 3 fields, not 4"),
        (None, ("--margining", "both"), "palisade margin --margining: 'both' is not known"),
        (None, ("--account-type", "broker"), "palisade margin --account-type: 'broker' is not known"),
        (None, ("--requirement", "none"), "palisade margin --requirement: 'none' is not known"),
        (
            None,
            ("--account-type", "house hedger"),
            "account A: the parameters have no rate set for this account: house",
        ),
        (
            "B,,member,\n",
            (),
            "account B: the parameters have no rates for this account: customer, member, core, initial",
        ),
        (
            "B,,,reserve\n",
            (),
            "positions.csv: line 6: product: SIM:GC:FUT:202702: has no rates for this account: customer",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(margin, accounts, options, complaint):
    status, output, errors = margin(accounts, *options)
    assert (status, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(complaint)


def test_a_missing_accounts_file_is_named(margin, tmp_path):
    status, _, errors = margin(None, "--accounts", str(tmp_path / "none.csv"))
    assert status == 2
    assert "none.csv: the file does not exist; check the name of the accounts file" in errors


def test_positions_without_rates_for_the_account_can_be_left_out(margin):
    _, output, _ = margin("B,,,reserve\n", "--skip-unknown", "--format", "json")
    account = json.loads(output)["accounts"]["B"]
    assert list(account["commodities"]) == ["CL"]
    assert account["excluded"] == [
        "line 6: SIM:GC:FUT:202702: has no rates for this account: customer, hedger, reserve, initial"
    ]
