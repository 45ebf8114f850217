"""Parameter files as they are published: packed by gzip or zip, and what is wrong with some of them."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.span import compressed
from engine.span.reading import read_parameters
from engine.text import BadInputError
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL as SMALL_XML
from tests.engine.span.small_positional import small

CONTENTS = {"XML": SMALL_XML.encode("latin-1"), "positional": small().encode("latin-1")}


def zipped(*contents, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("folder/", b"")
        for number, content in enumerate(contents):
            archive.writestr(f"folder/file{number}.pa2", content)
    return packed.getvalue()


PACKERS = {
    "gzip": gzip.compress,
    "zip": zipped,
    "stored zip": lambda content: zipped(content, method=zipfile.ZIP_STORED),
}


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "file.pa2"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_packed_file_is_read_as_what_it_holds(written, packer, content):
    plain = read_parameters(written(CONTENTS[content]))
    assert differences(plain, read_parameters(written(PACKERS[packer](CONTENTS[content])))) == []


@pytest.mark.parametrize("packer", PACKERS)
def test_its_progress_is_told_and_ends_at_its_size(written, packer):
    path = written(PACKERS[packer](CONTENTS["positional"] + b"\n" * 100_000))
    told = []
    read_parameters(path, lambda done, total: not told.append((done, total)))
    assert told[-1][0] <= told[-1][1] == path.stat().st_size


@pytest.mark.parametrize("packer", PACKERS)
def test_a_file_that_holds_too_much_is_refused(written, packer, monkeypatch):
    content = CONTENTS["positional"] + b"\n" * 5_000_000
    monkeypatch.setattr(compressed, "LARGEST_EXPANDED", len(content) - 1)
    with pytest.raises(BadInputError, match=r"holds more than [0-9]+ bytes"):
        read_parameters(written(PACKERS[packer](content)))
    monkeypatch.setattr(compressed, "LARGEST_EXPANDED", len(content))
    read_parameters(written(PACKERS[packer](content)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zipped(), "the zip file holds 0 files, one is expected"),
        (zipped(b"1", b"2"), "the zip file holds 2 files, one is expected"),
        (zipped(CONTENTS["XML"], method=zipfile.ZIP_LZMA), "packed by a method that is not known"),
        (zipped(CONTENTS["XML"])[:200], "the packed file is damaged"),
        (gzip.compress(CONTENTS["XML"], mtime=0)[:200], "the packed file is damaged"),
        (gzip.compress(CONTENTS["XML"], mtime=0)[:-8] + b"\0" * 8, "the packed file is damaged: CRC check failed"),
        (b"\x1f\x8b\x08\x00rest", "the packed file is damaged"),
        (b"PK\x03\x04rest", "the packed file is damaged"),
        (gzip.compress(gzip.compress(CONTENTS["XML"], mtime=0), mtime=0), "the file is compressed"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
    ],
    # Names without the time that packed files hold: every process of a run must collect the same.
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_a_packed_file_is_refused_with_what_is_wrong(written, content, what):
    with pytest.raises(BadInputError) as caught:
        read_parameters(written(content))
    assert what in str(caught.value)
    assert caught.value.where.startswith("file.pa2")


def test_a_zip_file_whose_member_has_no_name_is_read(written):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), CONTENTS["positional"])
    plain = read_parameters(written(CONTENTS["positional"]))
    assert differences(plain, read_parameters(written(packed.getvalue()))) == []


def test_an_encrypted_file_is_refused(written):
    content = bytearray(zipped(CONTENTS["XML"]))
    # The flag of encryption, in the member's header and in the directory.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rfind(mark) + offset] |= 1
    with pytest.raises(BadInputError, match="the zip file is encrypted"):
        read_parameters(written(bytes(content)))


@given(packer=st.sampled_from(["gzip", "zip"]), data=st.data())
def test_any_byte_of_a_packed_file_may_be_another(tmp_path_factory, packer, data):
    content = bytearray(PACKERS[packer](CONTENTS["positional"]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("packed") / "file.pa2"
    path.write_bytes(content)
    try:
        read_parameters(path)
    except BadInputError:
        return
