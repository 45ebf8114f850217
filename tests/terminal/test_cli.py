"""The command line: figures of known portfolios, and one line for everything that is wrong."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.span.conventions import conventions
from terminal.cli import main
from tests.engine.span.small_file import SMALL, altered, link, risk_array

HEADER = "account,exchange,product,kind,expiry,right,strike,quantity\n"
FUTURE = "A,X,P1,FUT,203003,,,3\n"
PROGRAM = "import sys; from terminal.cli import main; sys.exit(main())"

UNUSABLE = {
    "in no commodity": (altered(link(22, "FUT"), ""), "A,X,P2,FUT,203003,,,1\n", "in no combined commodity"),
    "without array": (altered(risk_array(70, "1.000000"), "<ra/>"), "A,X,P2,FUT,203003,,,1\n", "has no risk array"),
    "without price": (altered("<p>2.5</p>", ""), "A,X,P1,OOF,203002,C,50,1\n", "has no usable price"),
}

UNKNOWN = {
    "exchange": "A,Y,P1,FUT,203003,,,1\n",
    "product": "A,X,P9,FUT,203003,,,1\n",
    "kind": "A,X,P1,FWD,203003,,,1\n",
    "expiry": "A,X,P1,FUT,203012,,,1\n",
    "strike": "A,X,P1,OOF,203002,C,51,1\n",
}

ARGUMENTS = {
    "nothing": [],
    "unknown command": ["spam"],
    "unknown option": ["margin", "--spam"],
    "missing options": ["margin"],
    "option without value": ["margin", "--parameters"],
    "unknown form": ["margin", "--parameters", "a", "--positions", "b", "--format", "xml"],
    "abbreviated option": ["margin", "--param", "a", "--positions", "b"],
    "missing files": ["margin", "--parameters", "no.spn", "--positions", "no.csv"],
    "control characters": ["margin", "--parameters", "no\n.spn", "--positions", "no\x1b\n.csv"],
    "empty names": ["margin", "--parameters", "", "--positions", ""],
}


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def small_file(tmp_path):
    path = tmp_path / "small.spn"
    path.write_text(SMALL, encoding="latin-1")
    return path


@pytest.fixture
def margin(tmp_path, capsys, small_file):
    """Runs ``palisade margin`` on lines of a positions file; status, output, errors."""

    def run(lines, *options, parameters=small_file):
        path = tmp_path / "positions.csv"
        path.write_text(HEADER + lines, encoding="utf-8")
        status = main(["margin", "--parameters", str(parameters), "--positions", str(path), *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def document(margin):
    def run(lines, *options, **files):
        status, output, errors = margin(lines, "--format", "json", *options, **files)
        assert (status, errors) == (0, "")
        return json.loads(output)

    return run


def is_one_line(message):
    return message.endswith("\n") and message.count("\n") == 1 and "Traceback" not in message


class TestFiguresOfTheRealFile:
    def account(self, document, takas_file, lines):
        return document(lines, parameters=takas_file)["accounts"]["A"]

    def test_ten_index_futures(self, document, takas_file):
        account = self.account(document, takas_file, "A,BIST,XU030,FUT,201606S0,,,10\n")
        assert account == {
            "commodities": {
                "XU030": {
                    "currency": "TRY",
                    "scan_risk": "9550.00",
                    "active_scenario": 13,
                    "time_risk": "0.00",
                    "volatility_risk": "0.00",
                    "price_risk": "9550.00",
                    "net_delta": "10.0000",
                    "weighted_price_risk": "955.00",
                    "intra_commodity_charge": "0.00",
                    "delivery_charge": "0.00",
                    "inter_commodity_credit": "0.00",
                    "short_option_minimum": "0.00",
                    "net_option_value": "0.00",
                    "risk": "9550.00",
                }
            },
            "totals": {
                "TRY": {
                    "risk": "9550.00",
                    "net_option_value": "0.00",
                    "requirement": "9550.00",
                    "excess_option_value": "0.00",
                    "maintenance": "7162.50",
                }
            },
            "excluded": [],
        }

    def test_a_calendar_spread(self, document, takas_file):
        lines = "A,BIST,XU030,FUT,201606S0,,,10\nA,BIST,XU030,FUT,201608S0,,,-4\n"
        row = self.account(document, takas_file, lines)["commodities"]["XU030"]
        assert (row["scan_risk"], row["intra_commodity_charge"]) == ("5730.00", "3820.00")

    def test_a_short_strangle(self, document, takas_file):
        lines = "A,BIST,XU030,OOP,201606S0,C,100.00,-5\nA,BIST,XU030,OOP,201606S0,P,90,-5\n"
        account = self.account(document, takas_file, lines)
        row = account["commodities"]["XU030"]
        assert (row["active_scenario"], row["scan_risk"], row["time_risk"]) == (15, "3594.68", "-1.02")
        assert (row["short_option_minimum"], row["net_option_value"]) == ("1300.00", "-990.00")
        assert account["totals"]["TRY"]["requirement"] == "4584.68"

    def test_an_inter_commodity_spread(self, document, takas_file):
        lines = "A,BIST,XU030,FUT,201606S0,,,4\nA,BIST,AKBNKE,FUT,201605S0,,,-51\n"
        account = self.account(document, takas_file, lines)
        rows = account["commodities"]
        assert [rows[code]["inter_commodity_credit"] for code in ("XU030", "AKBNKE")] == ["2292.00", "2754.00"]
        assert account["totals"]["TRY"]["requirement"] == "3364.00"

    def test_the_result_names_what_it_was_computed_from(self, document, takas_file):
        assert document("A,BIST,XU030,FUT,201606S0,,,10\n", parameters=takas_file)["parameters"] == {
            "file": "takas.spn",
            "sha256": "41f46cbc07acf814f20b6045e5c25fed2c1e3a42257b5bbf4aa8b58761c90ef4",
            "clearing_organisation": "TAKASBANK",
            "business_date": "20160517",
            "convention": "TAKASBANK",
        }


class TestPositions:
    def test_several_lines_of_one_contract_add_up(self, document):
        assert document(FUTURE + FUTURE) == document(FUTURE.replace(",3\n", ",6\n"))

    def test_a_commodity_whose_lines_cancel_is_still_reported(self, document):
        account = document(FUTURE + FUTURE.replace(",3\n", ",-3\n"))["accounts"]["A"]
        assert account["commodities"]["ONE"]["risk"] == "0"
        assert account["totals"]["EUR"]["requirement"] == "0"

    def test_accounts_come_in_the_order_of_the_file(self, document):
        lines = FUTURE.replace("A,", "Z,", 1) + FUTURE + FUTURE.replace("A,", "M,", 1)
        assert list(document(lines)["accounts"]) == ["Z", "A", "M"]

    def test_another_convention_keeps_other_decimals(self, document):
        result = document(FUTURE, "--convention", "nse")
        assert result["parameters"]["convention"] == "NSE"
        assert result["accounts"]["A"]["totals"]["EUR"]["risk"] == "900.00"

    def test_an_unknown_contract_can_be_left_out_and_is_listed(self, document):
        account = document(FUTURE + FUTURE.replace("P1", "P9"), "--skip-unknown")["accounts"]["A"]
        assert account["excluded"] == ["line 3: X:P9:FUT:203003: not in the parameters"]
        assert account["commodities"]["ONE"]["risk"] == "900"

    def test_an_account_of_unknown_contracts_is_reported_empty(self, document):
        account = document(FUTURE.replace("P1", "P9"), "--skip-unknown")["accounts"]["A"]
        assert (account["commodities"], account["totals"], len(account["excluded"])) == ({}, {}, 1)

    @pytest.mark.parametrize(("content", "line", "problem"), UNUSABLE.values(), ids=UNUSABLE)
    def test_what_cannot_be_margined_is_an_error_or_listed(self, margin, small_file, content, line, problem):
        small_file.write_text(content, encoding="latin-1")
        status, output, errors = margin(line)
        assert (status, output, is_one_line(errors)) == (2, "", True)
        assert errors.startswith("positions.csv: line 2: product: ")
        assert problem in errors
        status, output, errors = margin(line, "--skip-unknown", "--format", "json")
        assert (status, errors) == (0, "")
        assert problem in json.loads(output)["accounts"]["A"]["excluded"][0]


class TestForms:
    def test_the_table_is_aligned(self, margin):
        _, output, _ = margin(FUTURE + "A,X,P2,FUT,203003,,,-3\nB,X,P9,FUT,203003,,,1\n", "--skip-unknown")
        lines = output.splitlines()
        heading = next(number for number, line in enumerate(lines) if "scan risk" in line)
        end = lines[heading].index("scan risk") + len("scan risk")
        assert [line[:end].split()[-1] for line in lines[heading + 1 : heading + 3]] == ["900", "630"]
        assert "Account B" in lines
        assert "  excluded: line 4: X:P9:FUT:203003: not in the parameters" in lines

    def test_the_table_is_the_default(self, margin):
        assert margin(FUTURE) == margin(FUTURE, "--format", "table")

    def test_csv_has_a_row_a_commodity_a_total_and_an_excluded_line(self, margin):
        _, output, _ = margin(FUTURE + FUTURE.replace("P1", "P9"), "--skip-unknown", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(output)))
        assert [row["row"] for row in rows] == ["commodity", "total", "excluded"]
        assert (rows[0]["commodity"], rows[0]["risk"], rows[0]["net_delta"]) == ("ONE", "900", "3.0000")
        assert (rows[1]["currency"], rows[1]["requirement"]) == ("EUR", "900")
        assert rows[2]["excluded"] == "line 3: X:P9:FUT:203003: not in the parameters"


class TestBadInput:
    @pytest.mark.parametrize("field", UNKNOWN)
    def test_an_unknown_contract_names_line_and_field(self, margin, field):
        status, output, errors = margin(UNKNOWN[field])
        assert (status, output, is_one_line(errors)) == (2, "", True)
        assert errors.startswith(f"positions.csv: line 2: {field}: ")
        assert "--skip-unknown" in errors

    def test_a_fraction_names_line_and_field(self, margin):
        status, _, errors = margin(FUTURE.replace(",3\n", ",1.5\n"))
        assert (status, is_one_line(errors)) == (2, True)
        assert "positions.csv: line 2: quantity" in errors

    def test_damaged_xml_names_file_and_line(self, margin, small_file):
        small_file.write_text(SMALL[:-300], encoding="latin-1")
        status, _, errors = margin(FUTURE)
        assert (status, is_one_line(errors)) == (2, True)
        assert errors.startswith("small.spn: line ")

    def test_unsupported_parameters_are_named(self, margin, small_file):
        small_file.write_text(altered("<riskExponent>0<", "<riskExponent>2<"), encoding="latin-1")
        status, _, errors = margin(FUTURE)
        assert (status, is_one_line(errors)) == (2, True)
        assert "ccDef[ONE]/riskExponent" in errors

    def test_an_unknown_convention_names_the_known_ones(self, margin):
        status, _, errors = margin(FUTURE, "--convention", "OTHER")
        assert (status, is_one_line(errors)) == (2, True)
        assert all(name in errors for name in conventions())

    def test_a_house_without_convention_names_the_known_ones(self, margin, small_file):
        small_file.write_text(altered("<ec>CME<", "<ec>OTHER<"), encoding="latin-1")
        status, _, errors = margin(FUTURE)
        assert (status, is_one_line(errors)) == (2, True)
        assert "--convention" in errors

    def test_a_margin_that_leaves_the_numbers_names_account_and_commodity(self, margin, small_file):
        content = SMALL.replace("<a>100.000000</a>", "<a>99999999999.000000</a>")
        small_file.write_text(content, encoding="latin-1")
        status, output, errors = margin(FUTURE.replace(",3\n", ",1000000000\n"))
        assert (status, output, is_one_line(errors)) == (2, "", True)
        assert "account A" in errors
        assert "ONE" in errors

    @pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
    def test_wrong_arguments_end_with_one_line(self, capsys, arguments):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert is_one_line(captured.err)


class TestHelp:
    @pytest.mark.parametrize("arguments", [["--help"], ["margin", "--help"], ["demo", "--help"]])
    def test_help_ends_well(self, capsys, arguments):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert "usage: palisade" in capsys.readouterr().out

    def test_help_of_margin_explains_the_positions_file(self, capsys):
        with pytest.raises(SystemExit):
            main(["margin", "--help"])
        output = " ".join(capsys.readouterr().out.split())
        assert HEADER.strip() in output
        assert "negative when short" in output

    def test_the_version_is_that_of_the_distribution(self, capsys):
        assert main(["--version"]) == 0
        assert capsys.readouterr().out == "palisade 0.1.0\n"


class TestProcess:
    """As a process of its own: exit status, streams, imports."""

    def run(self, *arguments, **options):
        command = [sys.executable, "-c", PROGRAM, *arguments]
        return subprocess.run(
            command, cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False, **options
        )

    def test_the_version_imports_nothing_heavy(self):
        program = "import sys; from terminal.cli import main; main(['--version']); print(sorted(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
        )
        assert not {"numpy", "numba", "lxml", "PySide6", "zmq"} & set(done.stdout.split("'"))

    def test_a_reader_that_goes_away_is_no_error_worth_a_trace(self, small_file, tmp_path):
        positions = tmp_path / "positions.csv"
        positions.write_text(HEADER + "".join(FUTURE.replace("A,", f"A{number},", 1) for number in range(2000)))
        reading, writing = os.pipe()
        os.close(reading)
        arguments = ["margin", "--parameters", str(small_file), "--positions", str(positions)]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=Path(__file__).parents[2],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (1, b"")

    def test_a_full_disk_is_one_line(self, small_file, tmp_path):
        positions = tmp_path / "positions.csv"
        positions.write_text(HEADER + FUTURE)
        if not Path("/dev/full").exists():
            return
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    PROGRAM,
                    "margin",
                    "--parameters",
                    str(small_file),
                    "--positions",
                    str(positions),
                ],
                cwd=Path(__file__).parents[2],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=60,
                check=False,
            )
        assert done.returncode == 1
        assert is_one_line(done.stderr.decode())

    def test_output_is_utf8_whatever_the_locale(self, small_file, tmp_path):
        positions = tmp_path / "positions.csv"
        positions.write_text(HEADER + FUTURE.replace("A,", "客户,", 1), encoding="utf-8")
        arguments = ["margin", "--parameters", str(small_file), "--positions", str(positions), "--format", "json"]
        done = self.run(*arguments, env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
        assert list(json.loads(done.stdout.decode("utf-8"))["accounts"]) == ["客户"]
