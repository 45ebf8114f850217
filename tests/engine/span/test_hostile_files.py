"""Parameter files that are traps, or damaged so that the parser quotes them at length: what fuzzing found."""

import gzip
import io
import zipfile
from pathlib import Path
from unittest import mock

import pytest

from engine.span import compressed, positional, xml, xml_regular
from engine.span.reading import read_parameters
from engine.text import BadInputError
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL, read
from tests.engine.span.small_positional import read as read_positional
from tests.engine.span.small_positional import small

SAMPLE = Path(__file__).parents[3] / "resources" / "sample" / "market.spn"


def refusal_of(content, reading=read):
    with pytest.raises(BadInputError) as caught:
        reading(content)
    return str(caught.value)


def read_file(folder, content):
    path = folder / "file.spn"
    path.write_bytes(content)
    return read_parameters(path)


class TestAnErrorIsOneShortLine:
    @pytest.mark.parametrize("damage", ["<![CDATA[\n", "\0", "<\x1b>", "&\n\n;"])
    def test_where_the_parser_quotes_the_file(self, damage):
        message = refusal_of(SMALL.replace("<ccDef>", damage + "<ccDef>", 1))
        assert message.isprintable()
        assert len(message) < 300

    def test_where_a_zip_file_quotes_its_directory(self, tmp_path):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("x" * 1000, "0 ")
        content = packed.getvalue().replace(b"x" * 1000, b"\n" * 1000, 1)
        message = refusal_of(content, lambda content: read_file(tmp_path, content))
        assert "the packed file is damaged" in message
        assert message.isprintable()
        assert len(message) < 300

    def test_where_it_names_the_way_to_an_element_that_is_nested_deep(self):
        content = SMALL.replace("<interSpreads>", "<x>" * 200 + "<series/>" + "</x>" * 200 + "<interSpreads>")
        message = refusal_of(content)
        assert "/x/x/…/x/x/" in message
        assert message.endswith("the element may not stand here; fetch the file again from the clearing house")
        assert len(message) < 300

    def test_where_an_element_has_a_very_long_name(self):
        name = "y" * 5000
        content = SMALL.replace("<interSpreads>", f"<{name}><series/></{name}><interSpreads>")
        assert len(refusal_of(content)) < 300


class TestATrapIsRefused:
    def test_of_elements_nested_deeper_than_any_file_has_them(self):
        assert "Excessive depth" in refusal_of(SMALL.replace("<ccDef>", "<x>" * 100_000 + "<ccDef>", 1))

    def test_of_a_value_of_many_millions_of_characters(self):
        assert "not well-formed XML" in refusal_of(
            SMALL.replace("</interSpreads>", "0" * 11_000_000 + "</interSpreads>")
        )

    @pytest.mark.parametrize("element", ["<x/>", "<x>1</x>\n", '<x a=""/>', "<!-- -->"])
    def test_of_elements_by_the_million_that_nobody_reads(self, monkeypatch, element):
        monkeypatch.setattr(xml, "LARGEST_TREE", 50_000)
        content = SMALL.replace("<interSpreads>", element * 50_000 + "<interSpreads>")
        assert "more than 50000 elements stand in one part of the file" in refusal_of(content)

    def test_that_is_packed_smaller_than_any_file_can_be(self, monkeypatch, tmp_path):
        monkeypatch.setattr(compressed, "WITHOUT_RATIO", 100_000)
        packed = gzip.compress(small().encode() + b"\n" * 5_000_000)
        message = refusal_of(packed, lambda content: read_file(tmp_path, content))
        assert f"the packed file holds more than {100_000 + 100 * len(packed)} bytes" in message

    def test_of_records_by_the_million(self, monkeypatch):
        monkeypatch.setattr(positional, "LARGEST_COUNT", 1000)
        content = small() + "T USD EUR 0000900000\n" * 1000
        assert "the file has more than 1000 records besides risk arrays" in refusal_of(content, read_positional)


def test_what_has_been_read_does_not_count_as_held(monkeypatch):
    monkeypatch.setattr(xml, "LARGEST_TREE", 6000)
    monkeypatch.setattr(xml, "CHUNK", 5000)
    content = SAMPLE.read_bytes()
    with mock.patch.object(xml_regular, "regular_options", return_value=None):
        parameters = read(content)
    assert content.count(b"</") > 4 * 6000
    assert len(parameters) > 800


def test_a_file_of_very_many_comments_is_read_like_one_without():
    content = SMALL.replace("<exchange>", "<!-- <series> -->" * (xml_regular.MOST_HIDING + 1) + "<exchange>", 1)
    found = differences(read(content), read(SMALL))
    assert found == [path for path in found if "origin.sha256" in path]
