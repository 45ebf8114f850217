"""Damaged positional files: every error says where and what, and nothing else is ever raised."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import BadInputError
from resources.sample.positional import line
from tests.engine.span.small_positional import SMALL, commodity, header, product, read, series, small

UNDATED = header()[:8] + "        " + header()[16:]
HALVES = SMALL["future 1"].splitlines()
TAKEN = commodity("NEW", product_1="ONE", product_type_1="FUT")


def with_byte(record, column, byte):
    return SMALL[record][: column - 1] + byte + SMALL[record][column:]


def first_series(**values):
    return series("FUT", futures_month=203003, **values)


def refused(content):
    with pytest.raises(BadInputError) as caught:
        read(content)
    message = str(caught.value)
    assert message.startswith("small.pa2")
    assert "\n" not in message
    return message


class TestErrors:
    def test_a_bad_digit_is_found_among_many(self):
        lines = small().splitlines()
        number = next(index for index, one in enumerate(lines) if one.startswith("82") and "OOF" in one)
        lines[number] = lines[number][:56] + "x" + lines[number][57:]
        message = refused("\n".join(lines))
        assert f"line {number + 1}: record 82: columns 55-59 (array value 10): the value '00x00'" in message

    @pytest.mark.parametrize(
        ("columns", "text", "what"),
        [
            ((55, 59), "     ", "columns 55-59 (array value 1)"),
            ((60, 60), " ", "column 60 (sign of array value 1): the value ' ' cannot be used; it must be + or -"),
            ((29, 29), "Q", "column 29 (right): the value 'Q' cannot be used; it must be C or P"),
            ((29, 29), "C", "column 29 (right): an option has a right"),
            ((26, 28), "QQQ", "columns 26-28 (product type): the value 'QQQ' cannot be used; it must be one of"),
            ((30, 35), "2030x3", "columns 30-35 (futures month): the value '2030x3' cannot be used"),
            ((6, 15), "THREE     ", "columns 6-15 (product): product THREE FUT has no P record"),
        ],
    )
    def test_an_array_record_is_refused_with_its_columns(self, columns, text, what):
        halves = [one[: columns[0] - 1] + text + one[columns[1] :] for one in SMALL["future 1"].splitlines()]
        message = refused(small(future_1="\n".join(halves)))
        assert "record 81" in message
        assert what in message

    @pytest.mark.parametrize(
        ("record", "content", "what"),
        [
            ("header", header(file_format="UP"), "record 0: columns 36-37 (file format): the value 'UP'"),
            ("header", UNDATED, "columns 9-16 (business date): the field is missing"),
            ("header", "", "line 1: the file does not begin with its header"),
            ("more", header(), "record 0: the file has a second header"),
            ("more", "QQ of no use", "there is no record 'QQ'"),
            ("more", "T USD EUR 000090000", "record T: columns 11-20 (factor): the value '000090000' cannot be used"),
            ("more", SMALL["future series 1"], "record B: columns 6-15 (product): the parameters of the series are"),
            ("more", SMALL["future 1"], "FUT/ONE/203003/pe: the contract is given twice"),
            ("more", HALVES[0], "record 81: the other half of the risk array does not stand beside it"),
            ("more", HALVES[1], "record 82: the other half of the risk array does not stand beside it"),
            ("more", SMALL["future product"], "product family ONE is given twice"),
            ("more", TAKEN, "the product family is in combined commodity ONE already"),
            ("more", line("4", {"combined commodity": "NEW"}), "combined commodity NEW has no record 2"),
            ("commodity", commodity("ONE", product_1="NEW", product_type_1="FUT"), "product NEW FUT has no P record"),
            ("intra", line("3", {"combined commodity": "ONE", "spread charge method": "05"}), "method 05 is not known"),
            ("delivery", line("4", {"combined commodity": "ONE", "delivery method": "06"}), "method 06 is not known"),
            ("scanning", line("S", {"combined commodity": "ONE", "method": "77"}), "method 77 is not known"),
            ("intra", "", "columns 24-25 (tier 1): a leg is of tier 1, which is not defined"),
            ("tier spread", with_byte("tier spread", 14, "3"), "columns 13-14 (number of legs)"),
            ("series spread", with_byte("series spread", 34, "Q"), "column 34 (side 1): the value 'Q' cannot be used"),
            ("series spread", with_byte("series spread", 29, "0"), "columns 28-33 (ratio 1): the value '000000'"),
            ("inter spread", SMALL["inter spread"].replace("TWO", "NEW"), "a leg names commodity NEW, which is not"),
            ("future 1", "", "the future under this option series is not in the file"),
            ("future product", product("ONE", "FUT", contract_value_factor=0), "has a multiplier above 0"),
            ("future series 1", first_series(volatility_scan_range_method="Q"), "column 164 (volatility scan range"),
            ("future series 1", first_series(base_volatility_exponent=-9), "a number that can be kept exactly"),
            ("exchange", "1 X\x00", "record 1: columns 3-5 (exchange): the value 'X\\x00' cannot be used"),
        ],
    )
    def test_a_record_is_refused_with_what_is_wrong(self, record, content, what):
        message = refused(small(**{record.replace(" ", "_"): content}))
        assert what in message

    def test_halves_of_different_contracts_are_refused(self):
        first, second = SMALL["future 1"].splitlines()
        message = refused(small(future_1=f"{first}\n{second.replace('203003', '203004')}"))
        assert "record 82: columns 3-54: the two halves of the risk array are of different contracts" in message

    def test_halves_must_be_of_one_width(self):
        first, _ = SMALL["future 1"].splitlines()
        _, second = SMALL["put"].splitlines()
        assert "does not stand beside it" in refused(small(future_1=f"{first}\n{second}"))

    def test_an_array_before_the_header_is_refused(self):
        assert "does not begin with its header" in refused(SMALL["future 1"] + "\n" + small())

    def test_an_endless_line_is_refused(self):
        assert "the line is longer than 4096 bytes" in refused(small() + "1 X" + " " * 5000 + "\n")
        assert "the line is longer than 4096 bytes" in refused(small() + "1 X" + " " * (1 << 22))

    @pytest.mark.parametrize("content", ["", "\n\n", " \n"])
    def test_nothing_is_refused(self, content):
        assert "the file is empty" in refused(content)

    def test_a_file_without_contracts_is_refused(self):
        assert "the file has no contract" in refused(
            small(**dict.fromkeys(("future_1", "future_2", "call", "put", "other_future"), ""))
        )

    def test_basis_risk_on_another_product_is_refused(self):
        record = line("4", {"combined commodity": "ONE", "delivery method": "11"})[:10] + "TWO       0000300"
        assert "columns 11-20 (spot product): the product is not in the combined" in refused(small(delivery=record))

    def test_basis_risk_is_kept_by_name(self):
        record = line("4", {"combined commodity": "ONE", "delivery method": "11"})
        record = record[:10] + "ONE       0000300"
        first = read(small(delivery=record)).commodities[0]
        assert (first.delivery_method, [link.basis_risk for link in first.links]) == ("11", [True, True])


def read_or_refused(content):
    with contextlib.suppress(BadInputError):
        parameters = read(content)
        assert len(parameters.contracts.arrays[1].scenario) == len(parameters)


@given(data=st.data())
def test_any_byte_may_be_another(data):
    content = bytearray(small().encode("latin-1"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refused(bytes(content))


@given(data=st.data())
def test_any_digits_may_be_others(data):
    content = bytearray(small().encode("latin-1"))
    digits = [place for place, byte in enumerate(content) if chr(byte).isdigit() or chr(byte) in "+-"]
    for _ in range(data.draw(st.integers(1, 40))):
        content[data.draw(st.sampled_from(digits))] = data.draw(st.sampled_from(b"0123456789+- "))
    read_or_refused(bytes(content))


@given(data=st.data())
def test_lines_may_be_lost_doubled_moved_and_cut(data):
    lines = small().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        source = data.draw(st.integers(0, len(lines) - 1))
        target = data.draw(st.integers(0, len(lines) - 1))
        action = data.draw(st.sampled_from(["drop", "repeat", "swap", "cut"]))
        if action == "drop":
            del lines[source]
        elif action == "repeat":
            lines.insert(target, lines[source])
        elif action == "swap":
            lines[source], lines[target] = lines[target], lines[source]
        else:
            lines[source] = lines[source][: data.draw(st.integers(0, len(lines[source])))]
    read_or_refused("\n".join(lines))
