"""The XML reader: the real file whole, every trap of the format, and damage of every kind."""

import contextlib
import hashlib
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Contract
from engine.span.parameters import ChargeMethod, Conversion
from engine.span.reading import read_parameters
from engine.span.xml import read_xml
from engine.text import BadInputError
from tests.engine.span.small_file import (
    SMALL,
    altered,
    commodity,
    future,
    leg,
    link,
    option,
    rates,
    read,
    risk_array,
    scan_points,
    series,
)


def refused(content):
    with pytest.raises(BadInputError) as caught:
        read(content)
    message = str(caught.value)
    assert message.startswith("small.spn")
    assert "\n" not in message
    return message


class TestTheRealFile:
    def test_it_holds_what_its_source_says(self, takas):
        kinds = [takas.families[family].kind for family in takas.contracts.family.tolist()]
        assert len(takas.commodities) == 40
        assert kinds.count("FUT") == 146
        assert kinds.count("OOP") == 2628
        assert kinds.count("PHY") == 37
        assert sum(len(one.intra_spreads) for one in takas.commodities) == 40
        assert len(takas.inter_spreads) == 56

    def test_its_origin_names_bytes_house_and_day(self, takas, takas_file):
        origin = takas.origin
        assert origin.file == "takas.spn"
        assert origin.sha256 == hashlib.sha256(takas_file.read_bytes()).hexdigest()
        assert (origin.clearing_organisation, origin.business_date) == ("TAKASBANK", "20160517")
        assert origin.version == "TAKASBANK-20160517-final"
        assert takas.conversions == (Conversion("USD", "TRY", Decimal("2.976500")),)

    def test_a_future_is_read_to_the_last_digit(self, takas):
        row = takas.find(Contract("BIST", "XU030", "FUT", "201606S0"))
        arrays = takas.contracts.arrays[1]
        assert arrays.scenario[row].tolist() == [
            0,
            0,
            -318333008,
            -318333008,
            318333008,
            318333008,
            -636666992,
            -636666992,
            636666992,
            636666992,
            -955000000,
            -955000000,
            955000000,
            955000000,
            -916799988,
            916799988,
        ]
        assert arrays.delta[row] == 1_000_000
        assert arrays.price_scan[row] == 955_000_000
        assert takas.contracts.price[row] == 9_510_000_000
        assert takas.contracts.multiplier[row] == 10_000_000_000
        assert takas.contracts.years[row] == 120_548
        assert takas.contracts.settlement[row] == 20160630
        assert str(takas.contract(takas.contracts.underlying[row])) == "BIST:XU030:PHY:00000S"

    def test_an_option_takes_from_its_series_what_it_does_not_say(self, takas):
        row = takas.find(Contract("BIST", "XU030", "OOP", "201606S0", "C", 100 * 10**8))
        contracts = takas.contracts
        assert contracts.multiplier[row] == 100 * 10**8
        assert contracts.interest[row] == 100_000
        assert contracts.volatility[row] == 179_338
        assert contracts.arrays[1].volatility_scan[row] == 250_000
        assert contracts.arrays[1].volatility_relative[row]

    def test_every_contract_finds_itself(self, takas):
        assert [row for row in range(len(takas)) if takas.find(takas.contract(row)) != row] == []

    def test_rows_are_in_the_order_of_the_model(self, takas):
        table = takas.contracts
        columns = (table.commodity, table.delta_period, table.family, table.period, table.right, table.strike)
        keys = list(zip(*columns, strict=True))
        assert keys == sorted(keys)

    def test_names_in_other_bytes_than_declared_come_out_right(self, takas):
        assert next(one.name for one in takas.currencies if one.code == "CNY").startswith("ÇÝN YUAN")

    def test_the_tenth_inter_commodity_spread_keeps_its_ratio(self, takas):
        spread = next(one for one in takas.inter_spreads if one.priority == 3)
        assert spread.method is ChargeMethod.WEIGHTED
        assert {one.commodity: one.ratio for one in spread.legs} == {"XU030": Decimal(1), "AKBNKE": Decimal("12.75")}
        assert spread.rates == {1: Decimal("0.6")}

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
    def test_cut_off_anywhere_it_is_refused(self, takas_file, share):
        content = takas_file.read_bytes()
        with pytest.raises(BadInputError, match=r"takas.spn: line \d+: not well-formed XML"):
            read_xml(BytesIO(content[: int(len(content) * share)]), "takas.spn")


WRONG = {
    "format": ("<fileFormat>4.00", "<fileFormat>5.00", "line 3: spanFile/fileFormat", "'5.00'"),
    "no format": ("<fileFormat>4.00</fileFormat>", "", "spanFile/fileFormat", "missing"),
    "no house": ("<ec>CME</ec>", "", "clearingOrg/ec", "missing"),
    "date": ("<date>20300102<", "<date>2030-01-02<", "pointInTime/date", "date, CCYYMMDD"),
    "flag": ("<capAnov>0<", "<capAnov>yes<", "clearingOrg/capAnov", "0 or 1"),
    "exponent": ("<p>50.25</p>", "<p>5e1</p>", "futPf/fut/p", "'5e1'"),
    "nan": ("<p>50.25</p>", "<p>NaN</p>", "futPf/fut/p", "'NaN'"),
    "too precise price": ("<p>50.25</p>", "<p>50.123456789</p>", "futPf/fut/p", "8 decimals"),
    "too precise array": ("<a>-100.000000</a>", "<a>-100.0000001</a>", "fut/ra/a[3]", "6 decimals"),
    "array word": ("<a>-100.000000</a>", "<a>many</a>", "fut/ra/a[3]", "'many'"),
    "array hole": ("<a>-100.000000</a>", "<a/>", "fut/ra/a[3]", "''"),
    "huge": ("<a>-100.000000</a>", "<a>-1" + "0" * 40 + "</a>", "fut/ra/a[3]", "cannot be used"),
    "short array": ("<a>-100.000000</a>", "", "fut/ra", "15 values, not 16"),
    "long array": ("<a>-100.000000</a>", "<a>-100.000000</a>" * 2, "fut/ra", "17 values, not 16"),
    "array without set": ("<ra>\n<r>1</r>", "<ra>", "fut/ra/r", "missing"),
    "array without delta": ("<d>1.000000</d>\n</ra>", "</ra>", "fut/ra/d", "missing"),
    "array twice": (risk_array(70, "1.000000"), risk_array(70, "1.000000") * 2, "fut/ra", "given twice"),
    "period": ("<pe>203006</pe>", "<pe>June</pe>", "fut/pe", "contract period"),
    "no period": ("<pe>203006</pe>", "", "fut/pe", "missing"),
    "right": ("<o>C</o>", "<o>X</o>", "opt/o", "C or P"),
    "no strike": ("<k>50</k>", "", "opt/k", "missing"),
    "price twice": ("<p>50.25</p>", "<p>50.25</p><p>50.50</p>", "fut/p", "given twice"),
    "nested price": ("<p>50.25</p>", "<p>50.25<q/></p>", "fut/p", "holds elements"),
    "no multiplier": ("<cvf>10.0000000</cvf>", "", "FUT/P1/203003/cvf", "multiplier"),
    "negative multiplier": ("<cvf>10.0000000</cvf>", "<cvf>-1.0</cvf>", "FUT/P1/203003/cvf", "multiplier"),
    "delta scale": ("<sc>1.000000</sc>", "<sc>1001</sc>", "fut/sc", "from 0 to 1000"),
    "future twice": ("<pe>203006</pe>", "<pe>203003</pe>", "FUT/P1/203003/pe", "contract is given twice"),
    "number twice": ("<cId>2</cId>", "<cId>1</cId>", "futPf/fut", "contract number 1"),
    "option twice": ("<o>P</o>", "<o>C</o>", "OOF/P1/203002/pe", "contract is given twice"),
    "no future under options": ("<pfId>21</pfId><cId>1<", "<pfId>21</pfId><cId>9<", "oofPf/series", "future under"),
    "family twice": ("<pfId>22</pfId><pfCode>P2", "<pfId>21</pfId><pfCode>P2", "exchange/FUT/P2", "given twice"),
    "product twice": ("<pfCode>P2</pfCode><name>", "<pfCode>P1</pfCode><name>", "exchange/FUT/P1", "given twice"),
    "no currency": ("<currency>EUR</currency><cvf>", "<cvf>", "phyPf/currency", "missing"),
    "link to nothing": (link(22, "FUT"), link(29, "FUT"), "ccDef/pfLink", "product family 29"),
    "link of other kind": (link(22, "FUT"), link(22, "OOP"), "ccDef/pfLink", "kind OOP"),
    "link twice": (link(22, "FUT"), link(22, "FUT") * 2, "ccDef/pfLink", "combined commodity TWO already"),
    "commodity twice": ("<cc>TWO</cc><name>", "<cc>ONE</cc><name>", "ccDef", "another commodity, TWO"),
    "method": ("<wfprMeth>NORMAL<", "<wfprMeth>OTHER<", "ccDef/wfprMeth", "SCANRANGE_CAP"),
    "charge method": ("<chargeMeth>F<", "<chargeMeth>Z<", "dSpread/chargeMeth", "one of F, P, W"),
    "leg of nothing": (leg("TWO", "B", "2.0"), leg("TRE", "B"), "interSpreads/dSpread", "commodity TRE"),
    "leg of no tier": (
        leg("TWO", "B", "2.0"),
        leg("TWO", "B").replace("<tn>0", "<tn>3"),
        "interSpreads/dSpread",
        "tier 3",
    ),
    "intra leg of no tier": (leg("ONE", "A"), leg("ONE", "A").replace("<tn>0", "<tn>3"), "ccDef/dSpread", "tier 3"),
    "leg ratio": ("<i>2.0</i>", "<i>0</i>", "tLeg/i", "above 0"),
    "leg side": ("<rs>B</rs><i>2.0", "<rs>C</rs><i>2.0", "tLeg/rs", "A or B"),
    "leg kind": (leg("TWO", "B", "2.0"), "<rpLeg/>", "interSpreads/dSpread/rpLeg", "not known"),
    "one leg": (leg("TWO", "B", "2.0"), "", "interSpreads/dSpread", "two legs"),
    "spread in a spread": (
        leg("TWO", "B", "2.0"),
        leg("TWO", "B", "2.0") + "<dSpread/>",
        "interSpreads/dSpread/dSpread",
        "a spread within a spread",
    ),
    "no rate": (rates("0.6"), "", "interSpreads/dSpread", "no rate"),
    "spread kind": ("<interSpreads>", "<interSpreads><xSpread/>", "interSpreads/xSpread", "not known"),
    "rate digits": (rates("0.6"), rates("0.1234567"), "rate/val", "6 decimals"),
    "future in a physical": ("<phyPf>", "<phyPf>" + future(9, "203009"), "phyPf/fut", "may not stand here"),
    "scenarios": ("<point>16</point>", "<point>17</point>", "pointDef/scanPointDef", "17"),
    "scenario twice": ("<point>16</point>", "<point>15</point>", "pointDef/scanPointDef", "15"),
    "pair": ("<pairedPoint>16<", "<pairedPoint>0<", "pointDef/scanPointDef", "paired scenario 0"),
    "no scenarios": (scan_points(), "", "clearingOrg/pointDef", "missing"),
    "scenarios twice": (scan_points(), scan_points() * 2, "clearingOrg/pointDef", "given twice"),
    "root": ("spanFile>", "otherFile>", "line 2: otherFile", "root is not spanFile"),
}


class TestErrors:
    @pytest.mark.parametrize(("old", "new", "where", "what"), WRONG.values(), ids=WRONG)
    def test_what_is_wrong_is_named_with_its_place(self, old, new, where, what):
        content = altered(old, new, 2 if old == "spanFile>" else 1)
        message = refused(content)
        assert where in message
        assert what in message
        assert "line" in message

    def test_no_combined_commodity_is_an_error(self):
        start, end = SMALL.index("<ccDef>"), SMALL.index("<interSpreads>")
        assert "no combined commodity" in refused(SMALL[:start] + SMALL[end:])

    def test_no_contract_is_an_error(self):
        start, end = SMALL.index("<exchange>"), SMALL.index("<ccDef>")
        assert "no contract" in refused(SMALL[:start] + SMALL[end:])

    def test_no_clearing_organisation_is_an_error(self):
        start, end = SMALL.index("<clearingOrg>"), SMALL.index("</pointInTime>")
        assert "clearingOrg: the element is missing" in refused(SMALL[:start] + SMALL[end:])

    def test_two_clearing_organisations_are_an_error(self):
        start, end = SMALL.index("<clearingOrg>"), SMALL.index("</pointInTime>")
        assert "given twice" in refused(
            SMALL[:end]
            + SMALL[start:end].replace("ONE", "SIX").replace("TWO", "SEX").replace("<exch>X<", "<exch>Y<")
            + SMALL[end:]
        )

    def test_two_commodities_of_one_code_are_an_error(self):
        assert "ONE is given twice" in refused(altered("<interSpreads>", commodity("ONE", "") + "<interSpreads>"))

    def test_a_series_on_two_futures_is_an_error(self):
        second = series("203002", 21, "2", option("C", "60", "1", "0.5"))
        assert "on different futures" in refused(altered("</series>", "</series>" + second))

    @pytest.mark.parametrize("content", [b"", b"  \n ", b"\xef\xbb\xbf"])
    def test_an_empty_file_is_an_error(self, content):
        refused(content)

    def test_a_doctype_is_refused_wherever_chunks_end(self, monkeypatch):
        monkeypatch.setattr("engine.span.xml.CHUNK", 50)
        bomb = '<!DOCTYPE spanFile [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<spanFile>'
        for shift in range(12):
            assert "DOCTYPE" in refused(altered("<spanFile>", " " * shift + bomb))

    def test_an_unknown_entity_is_refused(self):
        assert "not well-formed" in refused(altered("<p>50.25</p>", "<p>&price;</p>"))

    @pytest.mark.parametrize("encoding", ["UTF-7", "EBCDIC-CP-US", "UTF-16", "nonsense", ""])
    def test_another_encoding_is_refused(self, encoding):
        refused(altered("ISO-8859-1", encoding))

    def test_sixteen_bit_text_is_refused(self):
        assert "UTF-16" in refused(SMALL.encode("utf-16"))

    def test_bytes_that_are_not_of_the_declared_encoding_are_refused(self):
        refused(altered("ISO-8859-1", "UTF-8").replace("Euro", "\xff\xfe"))

    def test_lines_beyond_65535_are_named_right(self):
        message = refused(altered("<fileFormat>", "\n" * 70_000 + "<fileFormat>").replace("<k>50</k>", "<k>x</k>"))
        assert int(message.split("line ")[1].split(":")[0]) > 70_000


PIECES = [
    b"<",
    b"&",
    b"]]>",
    b"<![CDATA[1]]>",
    b"-",
    b".",
    b"9" * 30,
    b"<ra>",
    b"</fut>",
    b"\0",
    b"\xc3",
    b"<!DOCTYPE",
    b"<?x?>",
]


def read_or_refused(content):
    with contextlib.suppress(BadInputError):
        read(content)


@given(st.data())
def test_whatever_happens_to_the_bytes_the_answer_is_parameters_or_bad_input(data):
    content = bytearray(SMALL.encode("latin-1"))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 30))
        content[place : place + length] = data.draw(st.binary(max_size=8) | st.sampled_from(PIECES))
    read_or_refused(bytes(content))


@given(st.data())
def test_whatever_happens_to_the_elements_the_answer_is_parameters_or_bad_input(data):
    lines = SMALL.split("><")
    for _ in range(data.draw(st.integers(1, 3))):
        source = data.draw(st.integers(1, len(lines) - 1))
        target = data.draw(st.integers(1, len(lines) - 1))
        action = data.draw(st.sampled_from(["drop", "repeat", "swap"]))
        if action == "drop":
            del lines[source]
        elif action == "repeat":
            lines.insert(target, lines[source])
        else:
            lines[source], lines[target] = lines[target], lines[source]
    read_or_refused("><".join(lines))


class TestOpening:
    def test_the_reader_is_picked_by_content(self, tmp_path):
        path = tmp_path / "renamed.txt"
        path.write_text(SMALL, encoding="latin-1")
        assert read_parameters(path).origin.file == "renamed.txt"

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"BZh91AY&SYrest", "compressed"),
            (b"0CME   20190102SF     201901021814U", "older positional format"),
            (b"account,exchange", "not a SPAN parameter file"),
            (b"\x89PNG\r\n", "not a SPAN parameter file"),
            (b"", "empty"),
            (SMALL.encode("utf-16"), "UTF-16"),
        ],
    )
    def test_another_format_is_named(self, tmp_path, content, what):
        path = tmp_path / "file.spn"
        path.write_bytes(content)
        with pytest.raises(BadInputError, match=what):
            read_parameters(path)

    def test_a_missing_file_is_an_error(self, tmp_path):
        with pytest.raises(BadInputError, match="does not exist"):
            read_parameters(tmp_path / "none.spn")

    def test_a_directory_is_an_error(self, tmp_path):
        with pytest.raises(BadInputError, match="directory"):
            read_parameters(tmp_path)

    def test_a_name_that_no_file_can_have_is_an_error(self):
        with pytest.raises(BadInputError, match="cannot be read"):
            read_parameters(Path("x" * 5000))
