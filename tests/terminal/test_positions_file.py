"""Positions files: what is read, and how each mistake is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.text import BadInputError
from terminal.positions_file import PositionLine, read_positions

HEADER = "account,exchange,product,kind,expiry,right,strike,quantity\n"
FUTURE = "A,X,P1,FUT,203003,,,3\n"
OPTION = "A,X,P1,OOF,203002,C,50.5,-2\n"


@pytest.fixture
def read(tmp_path):
    def reading(content):
        path = tmp_path / "positions.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_positions(path)

    return reading


def test_futures_and_options_are_read(read):
    assert read(HEADER + FUTURE + OPTION) == [
        PositionLine(2, "A", Contract("X", "P1", "FUT", "203003"), 3),
        PositionLine(3, "A", Contract("X", "P1", "OOF", "203002", "C", 5_050_000_000), -2),
    ]


def test_the_strike_is_a_number(read):
    lines = read(
        HEADER + "".join(f"A,X,P1,OOF,203002,C,{strike},1\n" for strike in ("100", "100.00", "0100.0", "+100."))
    )
    assert len({line.contract for line in lines}) == 1


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + (HEADER + FUTURE).encode(), (HEADER + FUTURE).replace("\n", "\r\n")]
)
def test_what_spreadsheets_write_is_read(read, content):
    assert len(read(content)) == 1


def test_blank_lines_are_passed_over_and_counted(read):
    assert [line.line for line in read(HEADER + "\n" + FUTURE + "\n\n" + FUTURE)] == [3, 6]


def test_quoted_and_chinese_account_names_are_read(read):
    assert [line.account for line in read(HEADER + FUTURE.replace("A,", '"客户, 一",', 1))] == ["客户, 一"]


@pytest.mark.parametrize("quantity", ["+3", " 3 ", "003"])
def test_whole_numbers_may_have_a_sign_and_blanks(read, quantity):
    assert read(HEADER + FUTURE.replace(",3\n", f",{quantity}\n"))[0].quantity == 3


LINES = {
    "fraction": (FUTURE.replace(",3\n", ",1.5\n"), "line 2: quantity: the quantity '1.5' is not a whole number"),
    "fraction of zero": (FUTURE.replace(",3\n", ",1.0\n"), "line 2: quantity"),
    "exponent": (FUTURE.replace(",3\n", ",1e3\n"), "line 2: quantity"),
    "word": (FUTURE.replace(",3\n", ",three\n"), "line 2: quantity"),
    "other digits": (FUTURE.replace(",3\n", ",٣\n"), "line 2: quantity"),
    "absurd": (FUTURE.replace(",3\n", ",1000000001\n"), "line 2: quantity: .* out of range"),
    "endless": (FUTURE.replace(",3\n", "," + "9" * 5000 + "\n"), "line 2: quantity"),
    "no quantity": (FUTURE.replace(",3\n", ",\n"), "line 2: quantity: the field is empty"),
    "no account": (FUTURE.replace("A,", ",", 1), "line 2: account: the field is empty"),
    "unknown kind": (FUTURE.replace("FUT", "SWAP"), "line 2: kind: unknown kind 'SWAP'; write one of .*FUT"),
    "small kind": (FUTURE.replace("FUT", "fut"), "line 2: kind"),
    "right missing": (OPTION.replace(",C,", ",,"), "line 2: right: the right is missing; write C or P"),
    "right": (OPTION.replace(",C,", ",call,"), "line 2: right: the right is 'call'"),
    "right of a future": (FUTURE.replace("203003,,", "203003,C,"), "line 2: right: only options"),
    "strike of a future": (FUTURE.replace("203003,,,", "203003,,5,"), "line 2: strike: only options"),
    "strike missing": (OPTION.replace("50.5", ""), "line 2: strike: the strike is missing"),
    "strike": (OPTION.replace("50.5", "50,5").replace("50,5", '"50,5"'), "line 2: strike: the strike '50,5'"),
    "too few": ("A,X,P1,FUT,203003,,3\n", "line 2: the line has 7 fields, not 8"),
    "too many": (FUTURE.replace(",3\n", ",3,\n"), "line 2: the line has 9 fields, not 8"),
    "control sign": (FUTURE.replace("A,", "A\x1b[2J,", 1), "line 2: account: .*control characters"),
    "third line": (FUTURE + OPTION + OPTION.replace("-2", "x"), "line 4: quantity"),
    "open quotation": ('"A' + FUTURE, "line 2: this is not CSV"),
}


@pytest.mark.parametrize(("lines", "message"), LINES.values(), ids=LINES)
def test_a_wrong_line_is_named_with_its_field(read, lines, message):
    with pytest.raises(BadInputError, match=message) as caught:
        read(HEADER + lines)
    assert str(caught.value).startswith("positions.csv: ")


FILES = {
    "empty": (b"", "the file is empty"),
    "header alone": (HEADER, "no positions"),
    "no header": (FUTURE, "line 1: header: columns are missing: account"),
    "column missing": (HEADER.replace(",strike", "") + FUTURE, "header: columns are missing: strike"),
    "column twice": (HEADER.replace("strike", "right") + FUTURE, "header: column 'right' is given twice"),
    "other order": (HEADER.replace("account,exchange", "exchange,account") + FUTURE, "not in order"),
    "capitals": (HEADER.upper() + FUTURE, "columns are missing"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", "line 3: this is a binary file"),
    "other encoding": ((HEADER + FUTURE.replace("A", "Müller")).encode("latin-1"), "line 2: the text is not UTF-8"),
    "sixteen bit": ((HEADER + FUTURE).encode("utf-16"), "line 1: this is a binary file"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_a_wrong_file_is_named(read, content, message):
    with pytest.raises(BadInputError, match=message):
        read(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInputError, match=r"none\.csv: the file does not exist"):
        read_positions(tmp_path / "none.csv")


def test_a_directory_is_named(tmp_path):
    with pytest.raises(BadInputError, match="this is a directory"):
        read_positions(tmp_path)


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_the_lines_hold_the_answer_is_positions_or_bad_input(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(HEADER.encode() + content)
    try:
        lines = read_positions(path)
    except BadInputError:
        return
    assert lines
