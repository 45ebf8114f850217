"""`palisade report concentration`: spreadsheet and PDF, from files and from publishers, and every refusal."""

import json
import re
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal.cli import main

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
HEADER = "account,exchange,product,kind,expiry,right,strike,quantity\n"
POSITIONS = (
    "Halden Energy,SIM,CL,FUT,202701,,,120\n"
    "Halden Energy,SIM,NG,FUT,202701,,,-60\n"
    "Halden Metals,SIM,GC,FUT,202612,,,-45\n"
    "Norvik Arbitrage,SIM,ES,OOF,202703,P,6000,-25\n"
)
EQUITY = "account,group,currency,equity\nHalden Energy,Halden,USD,5000000\nHalden Metals,Halden,USD,3000000.50\n"
NUMBER = re.compile(r'<c r="([A-Z]+)(\d+)" s="\d+"><v>([^<]+)</v>')


@pytest.fixture
def report(tmp_path, capsys):
    """Runs the command on files; its status, what it said, and the files it wrote."""
    (tmp_path / "positions.csv").write_text(HEADER + POSITIONS)
    (tmp_path / "equity.csv").write_text(EQUITY)

    def run(*more, positions=None, equity=True, outputs=("--xlsx", "--pdf")):
        files = {option: tmp_path / f"out.{option[2:]}" for option in outputs}
        written = [str(part) for option, file in files.items() for part in (option, file)]
        with_equity = ["--equity", str(tmp_path / "equity.csv")] if equity else []
        reference = ["--reference", str(SAMPLE / "reference.toml"), "--limits", str(SAMPLE / "limits.toml")]
        status = main(
            [
                "report",
                "concentration",
                "--parameters",
                str(SAMPLE / "market.spn"),
                "--positions",
                positions or str(tmp_path / "positions.csv"),
                *with_equity,
                *reference,
                *written,
                *more,
            ]
        )
        return status, capsys.readouterr().err, files

    return run


def sheets(file):
    """Sheets of a spreadsheet by name: numbers by cell, and the raw XML."""
    with zipfile.ZipFile(file) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        raw = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(1, len(names) + 1)]
        shared = re.findall(r"<si><t[^>]*>([^<]*)</t></si>", book.read("xl/sharedStrings.xml").decode())
    return dict(zip(names, raw, strict=True)), shared


def numbers(sheet):
    return {(column, int(row)): float(value) for column, row, value in NUMBER.findall(sheet)}


def test_every_dimension_has_a_sheet_of_numbers_with_headings_that_stay(report, qapp):
    status, said, files = report()
    assert (status, said) == (0, "")
    found, words = sheets(files["--xlsx"])
    assert list(found) == [
        "About", "Owners", "Related accounts", "Sectors", "Asset classes", "Products", "Currencies", "Expiries",
        "Contracts", "Use of limits", "Limits in force",
    ]  # fmt: skip
    products = numbers(found["Products"])
    # GC: 45 x 100 ounces short; equity of the firm is not known, for one account has none.
    assert any(value == pytest.approx(-45) for value in products.values())
    assert all('state="frozen"' in sheet for name, sheet in found.items() if name != "About")
    assert {"Halden Energy", "not computable", "CL", "SAMPLE"} <= set(words) | {"SAMPLE"}
    assert any("SHA-256" in each for each in words)


def test_a_share_of_equity_is_a_number_with_a_percent_format(report, qapp):
    _, _, files = report(outputs=("--xlsx",))
    found, _ = sheets(files["--xlsx"])
    owners = numbers(found["Owners"])
    equities = [value for (column, _), value in owners.items() if column == "D"]
    assert 3_000_000.5 in equities
    with zipfile.ZipFile(files["--xlsx"]) as book:
        assert "0.0%" in book.read("xl/styles.xml").decode()


def test_use_of_every_kind_of_limit_is_a_number_beside_its_bound(report, qapp, tmp_path):
    limits, hour = tmp_path / "limits.toml", datetime.now(UTC).hour
    limits.write_text(
        'currency = "USD"\n'
        '[[limit]]\nid = "gross"\nmeasure = "gross exposure"\nof = "firm"\nhard = 100000000\n'
        '[[limit]]\nid = "ratio"\nmeasure = "margin ratio"\nof = "account"\n'
        'accounts = ["Halden Energy"]\nhard = "90 %"\n'
        '[[limit]]\nid = "even"\nmeasure = "HHI"\nof = "group"\nby = "product"\nsoft = "0.9"\nmode = "shadow"\n'
        '[[limit]]\nid = "held"\nmeasure = "position"\nof = "account"\nby = "product"\nnames = ["CL"]\nhard = 480\n'
        '[[limit]]\nid = "night"\nmeasure = "position"\nof = "account"\nby = "product"\nhard = 1\n'
        f'windows = ["{(hour + 2) % 24:02}:00-{(hour + 3) % 24:02}:00"]\n'
    )
    status, said, files = report("--limits", str(limits), outputs=("--xlsx",))
    assert (status, said) == (0, "")
    found, words = sheets(files["--xlsx"])
    used = numbers(found["Use of limits"])
    cells = re.findall(r'<c r="A(\d+)" s="\d+" t="s"><v>(\d+)</v>', found["Use of limits"])
    rows = {words[int(word)]: int(row) for row, word in reversed(cells)}
    assert rows.keys() >= {"gross", "ratio", "even", "held"}
    assert "night" not in rows
    assert (used["E", rows["held"]], used["F", rows["held"]], used["G", rows["held"]]) == (120, 480, 0.25)
    for name, bound in (("gross", 100_000_000), ("ratio", 0.9), ("even", 0.9)):
        assert used["F", rows[name]] == bound
        assert used["G", rows[name]] == pytest.approx(used["E", rows[name]] / bound, abs=1e-6)


def test_reasons_say_of_what_a_figure_is_not_computable(report, qapp):
    _, _, files = report(outputs=("--xlsx",))
    _, words = sheets(files["--xlsx"])
    # One option: the reference file has volumes of its product, not of itself.
    assert "not computable: the average daily volume is not known (contracts: 1)" in words


def test_the_pdf_has_pages_and_no_part_is_left_behind(report, qapp, tmp_path):
    _, _, files = report(outputs=("--pdf",))
    content = files["--pdf"].read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", content)) >= 2
    assert not list(tmp_path.glob(".*part"))


def test_without_equity_shares_say_that_they_are_not_computable(report, qapp):
    status, _, files = report(equity=False, outputs=("--xlsx",))
    assert status == 0
    _, words = sheets(files["--xlsx"])
    assert "not computable: equity is not known" in words


def test_contracts_without_parameters_are_named_as_left_out(report, qapp, tmp_path):
    (tmp_path / "positions.csv").write_text(HEADER + POSITIONS + "Halden Energy,SIM,QQ,FUT,202701,,,5\n")
    _, _, files = report(outputs=("--xlsx",))
    _, words = sheets(files["--xlsx"])
    assert "SIM:QQ:FUT:202701: no parameters for this contract" in words


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"outputs": ()}, "neither --xlsx nor --pdf is given; name a file to write"),
        ({"positions": "tcp://127.0.0.1:5"}, "--snapshots is missing; give all three endpoints"),
        ({"positions": "missing.csv"}, "missing.csv"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(report, change, complaint):
    status, said, _ = report(**change)
    assert (status, said.count("\n")) == (2, 1)
    assert complaint in said


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("A,,USD,1e6\n", "line 2: equity: '1e6' is not a decimal number"),
        ("A,,USD,1\nA,,USD,2\n", "line 3: account: the account is named twice"),
        ("A,,,1\n", "line 2: currency"),
    ],
)
def test_a_bad_equity_file_is_refused_with_its_line(report, tmp_path, line, complaint):
    (tmp_path / "equity.csv").write_text("account,group,currency,equity\n" + line)
    status, said, files = report(outputs=("--xlsx",))
    assert (status, complaint in said) == (2, True)
    assert not files["--xlsx"].exists()


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_a_folder_that_does_not_exist_is_told(report, qapp, tmp_path, form):
    file = tmp_path / "nowhere" / f"out.{form}"
    status, said, _ = report(f"--{form}", str(file), outputs=())
    assert (status, said) == (1, f"{file} cannot be written: No such file or directory\n")


@contextmanager
def exchange():
    command = [
        sys.executable,
        "-m",
        "feeds.simulator",
        "--exit-with-parent",
        "--parameters",
        str(SAMPLE / "market.spn"),
    ]
    command += ["--accounts", "12", "--positions", "6", "--quotes", "3000", "--fills", "0", "--seed", "5"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.communicate(timeout=20)


def test_a_running_desk_is_reported_with_its_cost_of_liquidating(report, qapp):
    with exchange() as said:
        endpoints = ("--snapshots", said["snapshots"], "--quotes", said["quotes"])
        status, complaint, files = report(*endpoints, positions=said["positions"], equity=False, outputs=("--xlsx",))
    assert (status, complaint) == (0, "")
    found, _ = sheets(files["--xlsx"])
    contracts = numbers(found["Contracts"])
    assert sum(column == "L" for column, _ in contracts) > 5
