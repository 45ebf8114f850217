"""The layout of the positional format: whole, without overlaps, and as the reference describes it."""

import re

import pytest

from engine.span.positional_schema import Record, schema
from engine.text import BadInputError
from tests.span_files import shared_file

RECORD = re.compile(r'### Record "(\w+)"')
# The reference describes record C in other words.
ROW = re.compile(r"\| (\d+)-(\d+) \| (AN|A|N) ")


def layouts():
    return [*schema().layouts.values(), *(one.layout for found in schema().variants.values() for one in found)]


@pytest.mark.parametrize("layout", layouts(), ids=lambda layout: layout.identifier)
def test_no_column_belongs_to_two_fields(layout):
    used = [column for field in layout.fields.values() for column in range(field.first, field.last + 1)]
    used += [field.sign for field in layout.fields.values() if field.sign]
    assert len(used) == len(set(used))
    assert min(used) > len(layout.identifier)
    assert max(used) == layout.width


def test_every_row_of_the_reference_is_a_field():
    reference = shared_file("../span/positional-records.md").read_text("utf-8")
    identifier, missing = "", []
    for line in reference.splitlines():
        if heading := RECORD.match(line):
            identifier = heading[1]
        elif row := ROW.match(line):
            first, last, kind = int(row[1]), int(row[2]), row[3]
            fields = [field for one in layouts() if one.identifier == identifier for field in one.fields.values()]
            wanted = (first, last, kind != "N")
            is_field = any((one.first, one.last, one.decimals is None) == wanted for one in fields)
            is_sign = any(one.sign == first == last for one in fields)
            if first > 2 and not is_field and not is_sign:
                missing.append((identifier, first, last))
    assert missing == []


def test_a_record_has_a_variant_by_what_it_says():
    by_months, by_basis = schema().layout(b"4 ONE   10"), schema().layout(b"4 ONE   11")
    assert "spread rate 1" in by_months.fields
    assert "basis risk rate" in by_basis.fields


def test_an_unknown_record_has_no_layout():
    assert schema().layout(b"QQ") is None
    assert schema().layout(b"") is None


def record(line):
    return Record("file.pa2", 7, schema().layout(line), line)


def test_missing_columns_are_blank():
    read = record(b"P CMEES        FUTE-MINI S&P 500 002000  00000500000000000000000001USD")
    assert read.string("long name") == ""
    assert read.decimal("equivalent position factor") is None
    assert read.integer("price decimals") == 2


def test_an_error_names_line_record_columns_and_text():
    with pytest.raises(BadInputError) as caught:
        record(b"T USDxEUR 00000x0000")
    assert str(caught.value).startswith(
        "file.pa2: line 7: record T: columns 11-20 (factor): the value '00000x0000' cannot be used; it must be digits"
    )
