"""A layout file is used only where it is whole and of this schema."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from widgets.layout_file import Arrangement, Layout, read_layout, write_layout

LAYOUT = Layout(
    QByteArray(b"\x00\x01geometry"),
    "risk_officer",
    {"trader": Arrangement(QByteArray(b"state\xff"), ("accounts", "ticket"))},
    "0.1.0",
)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = str(tmp_path / "layout.json")
    assert write_layout(path, LAYOUT)
    assert read_layout(path) == LAYOUT


def test_a_folder_that_is_not_there_is_no_reason_to_fail(tmp_path: Path) -> None:
    assert not write_layout(str(tmp_path / "nowhere" / "layout.json"), LAYOUT)
    assert read_layout(str(tmp_path / "nowhere" / "layout.json")) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"palisade_layout": 99, "geometry": "", "state": ""}',
        b'{"palisade_layout": 2, "geometry": "", "state": ""}',
        b'{"palisade_layout": 3, "geometry": ""}',
        b'{"palisade_layout": 3, "release": "", "geometry": "xyz", "perspective": "", "perspectives": {}}',
        b'{"palisade_layout": 3, "release": "", "geometry": 7, "perspective": "", "perspectives": {}}',
        b'{"palisade_layout": 3, "release": "", "geometry": "", "perspective": "", "perspectives": []}',
        b'{"palisade_layout": 3, "release": "", "geometry": "", "perspective": "", "perspectives": {"trader": 1}}',
    ],
)
def test_a_file_that_is_no_layout_is_let_be(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "layout.json").write_bytes(content)
    assert read_layout(str(tmp_path / "layout.json")) is None
