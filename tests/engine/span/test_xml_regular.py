"""Options read in bulk: nobody can tell from parameters or errors which way a series was read."""

import re
from io import BytesIO
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.span import xml_regular
from engine.span.xml import read_xml
from engine.span.xml_regular import RegularOptions, regular_options
from engine.text import BadInputError
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL, option, read, series

OPTIONS = "".join(option("CP"[number % 2], f"{50 + number // 2}", f"{number}.25", "0.500000") for number in range(6))
FILE = SMALL.replace("<series>", series("203001", 21, "1", OPTIONS) + "<series>", 1)
SNIPPETS = [
    *("<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", "<series>", "</series>", '<series options="0">', "<series/>"),
    *("<opt>", "</opt>", "<ra>", "</ra>", "<fut>", "</fut>", "<p>1</p>", "<k>1</k>", "<cvf>2.5</cvf>", "<x>é</x>"),
    *("<x/>", "&amp;", "0", "-", ".", "1e5", "99999999999999999999", "\n", "\r\n", " ", "\x0b", "\xa0", "\x01"),
    *("é", "<", ">", "&"),
]


def element_by_element(content):
    with mock.patch.object(xml_regular, "regular_options", return_value=None):
        return read(content)


def outcome(reading, content):
    try:
        return reading(content), ""
    except BadInputError as error:
        # The parser words the same fault differently where it does not see the same bytes.
        return None, re.sub("not well-formed XML: .*;", "not well-formed XML;", str(error))


def assert_no_difference(content):
    (bulk, refusal), (usual, usual_refusal) = outcome(read, content), outcome(element_by_element, content)
    assert refusal == usual_refusal
    assert differences(bulk, usual) == []


def of(options):
    return regular_options(series("203001", 21, "1", options).removesuffix("</series>\n").encode())


class TestTheSameComesOut:
    def test_of_the_real_file(self, takas, takas_file):
        with mock.patch.object(xml_regular, "regular_options", return_value=None):
            usual = read_xml(BytesIO(takas_file.read_bytes()), "takas.spn")
        assert differences(takas, usual) == []

    def test_of_the_sample_market(self, project_root):
        assert_no_difference((project_root / "resources" / "sample" / "market.spn").read_bytes())

    @pytest.mark.parametrize("size", [1, 7, 50, 500, 5000])
    def test_wherever_chunks_end(self, monkeypatch, size):
        expected = element_by_element(FILE)
        monkeypatch.setattr("engine.span.xml.CHUNK", size)
        assert differences(read(FILE), expected) == []

    @given(place=st.floats(0, 1), snippet=st.sampled_from(SNIPPETS), cut=st.integers(0, 12), closing=st.floats(0, 1))
    def test_whatever_is_written_into_the_options(self, place, snippet, cut, closing):
        start, stop = FILE.index("<series>") - 20, FILE.rindex("</series>") + 20
        at = start + int((stop - start) * place)
        content = FILE[:at] + snippet + FILE[at + cut :]
        assert_no_difference(content.encode("latin-1"))
        ends = {"<!--": "-->", "<![CDATA[": "]]>", "<?x": "?>"}
        if snippet in ends:
            end = at + int((stop - at) * closing)
            assert_no_difference((content[:end] + ends[snippet] + content[end:]).encode("latin-1"))

    @given(st.data())
    def test_whatever_happens_to_a_line(self, data):
        lines = FILE.replace("><", ">\n<").split("\n")
        place = data.draw(st.integers(lines.index("<series>"), len(lines) - 1))
        action = data.draw(st.sampled_from(["double", "drop", "swap"]))
        if action == "swap" and place + 1 < len(lines):
            lines[place], lines[place + 1] = lines[place + 1], lines[place]
        else:
            lines[place : place + 1] = [lines[place]] * 2 if action == "double" else []
        assert_no_difference("\n".join(lines).encode("latin-1"))

    def test_with_a_mark_that_the_file_makes_up(self):
        assert_no_difference(FILE.replace("<series>", '<series options="0">').encode())
        assert_no_difference(FILE.replace("</series>", '</series><series options="0"></series>').encode())


class TestErrorsKeepTheirPlace:
    def test_of_an_option_given_twice(self):
        lines = FILE.replace("<o>P</o>\n<k>51</k>", "<o>C</o>\n<k>51</k>").split("\n")
        wanted = next(number for number, line in enumerate(lines, 1) if "<cId>751</cId>" in line and "<o>C" in line)
        second = next(number for number, line in enumerate(lines, 1) if number > wanted and "<cId>751</cId>" in line)
        with pytest.raises(BadInputError, match=f"line {second}: .*the contract is given twice"):
            read("\n".join(lines))

    def test_of_what_stands_behind_the_options(self):
        content = FILE.replace("<interSpreads>", "<interSpreads>\n<xSpread/>")
        line = content.split("\n").index("<xSpread/>" + content.partition("<xSpread/>")[2].partition("\n")[0]) + 1
        with pytest.raises(BadInputError, match=f"line {line}: .*xSpread"):
            read(content)


class TestWhatIsReadInBulk:
    def test_every_series_of_the_real_file(self, takas_file):
        blocks = re.findall(rb"<series>.*?(?=</series>)", takas_file.read_bytes(), re.DOTALL)
        assert len(blocks) > 80
        assert [block[:60] for block in blocks if regular_options(block) is None] == []

    @pytest.mark.parametrize("decimals", range(7))
    def test_arrays_of_any_one_number_of_decimals(self, decimals):
        point = "." if decimals else ""
        found = of(OPTIONS.replace(".000000</a>", f"{point}{'0' * decimals}</a>"))
        moves = (0, 0, -1, -1, 1, 1, -2, -2, 2, 2, -3, -3, 3, 3, -3, 3)
        assert found.arrays[0].tolist() == [*(move * 40 * 10**6 for move in moves), 500_000]

    def test_numbers_with_and_without_decimals(self):
        found = of(option("C", "50", "2.5", "0.5") + option("P", "50.125", "-3", "0.5"))
        assert found.strike.tolist() == [50 * 10**8, 50_12500000]
        assert found.price.tolist() == [250_000_000, -300_000_000]
        assert found.right.tolist() == [1, 2]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("<o>C</o>", "<o>X</o>"),
            ("<o>C</o>", ""),
            ("<k>50</k>", "<k>5e1</k>"),
            ("<k>50</k>", "<k>50</k><k>51</k>"),
            ("<a>0.000000</a>", ""),
            ("<a>0.000000</a>", "<a>0.0000000</a>"),
            ("</opt>", "</opt><sc>1</sc>"),
            ("<pq>0</pq>", "<pq>&lt;</pq>"),
            ("<pq>0</pq>", "<pq>é</pq>"),
            ("<pq>0</pq>", "<fut>0</fut>"),
            ("<pq>0</pq>", "<!-- -->"),
        ],
    )
    def test_nothing_unusual(self, old, new):
        assert of(OPTIONS) is not None
        assert of(OPTIONS.replace(old, new, 1)) is None
        assert of(OPTIONS.replace(old, new)) is None

    def test_a_series_too_large_to_keep_goes_to_the_parser_piece_by_piece(self, monkeypatch):
        monkeypatch.setattr(xml_regular, "LARGEST_SERIES", 1000)
        regular, seen = RegularOptions(), []
        content = FILE.encode()
        for start in range(0, len(content), 300):
            seen += list(regular.split(content[start : start + 300]))
        seen += list(regular.split(b""))
        assert b"".join(seen).count(b"<opt>") >= 6
        assert_no_difference(content)
