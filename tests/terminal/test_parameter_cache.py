"""The cache of parameter files on disk: used, checked, bounded, and never in the way."""

import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.span.progress import CancelledError
from engine.span.reading import read_parameters
from engine.text import BadInputError
from terminal import parameter_cache
from terminal.parameter_cache import KEPT, load_parameters
from terminal.parameter_record import remember
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.spn"
    path.write_text(SMALL, encoding="latin-1")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "parameters"


@pytest.fixture
def readings(monkeypatch):
    """How many times a file was read and not taken from the cache."""
    read = []

    def note(path, progress=None):
        read.append(path)
        return read_parameters(path, progress)

    monkeypatch.setattr(parameter_cache, "read_parameters", note)
    return read


def kept(folder):
    return sorted(folder.iterdir())


def test_the_second_time_comes_from_the_cache_and_is_equal(file, folder, readings):
    first, second = load_parameters(file, folder=folder), load_parameters(file, folder=folder)
    assert len(readings) == 1
    assert differences(first, second) == []


def test_a_file_is_known_by_its_bytes_and_keeps_its_own_name(file, folder, readings):
    load_parameters(file, folder=folder)
    other = file.rename(file.with_name("renamed.spn"))
    again = load_parameters(other, folder=folder)
    assert (len(readings), again.origin.file) == (1, "renamed.spn")


def test_a_changed_file_is_read_anew(file, folder, readings):
    load_parameters(file, folder=folder)
    file.write_text(SMALL.replace("<p>50.25</p>", "<p>50.75</p>"), encoding="latin-1")
    again = load_parameters(file, folder=folder)
    assert len(readings) == 2
    assert 5_075_000_000 in again.contracts.price


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(0, 255))
def test_a_damaged_cache_is_noticed_and_rebuilt(file, folder, place, bits):
    expected = load_parameters(file, folder=folder)
    (stored,) = kept(folder)
    whole = stored.read_bytes()
    at = int(place * len(whole))
    stored.write_bytes(whole[:at] + (bytes([whole[at] ^ bits]) + whole[at + 1 :] if bits else b""))
    assert differences(load_parameters(file, folder=folder), expected) == []
    assert stored.read_bytes() == whole


def test_no_more_files_are_kept_than_allowed_and_the_last_used_stay(file, folder, readings):
    load_parameters(file, folder=folder)
    (first,) = kept(folder)
    (folder / "unfinished-crash.parameters").write_bytes(b"left by a crash")
    for number, each in enumerate(kept(folder)):
        os.utime(each, ns=(number, number))
    for price in range(10, 10 + KEPT):
        other = file.with_name(f"{price}.spn")
        other.write_text(SMALL.replace("<p>50.25</p>", f"<p>{price}.5</p>"), encoding="latin-1")
        load_parameters(other, folder=folder)
        load_parameters(file, folder=folder)
    assert first in kept(folder)
    assert len(kept(folder)) == KEPT
    assert len(readings) == KEPT + 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_cache_that_cannot_be_written_does_not_fail_the_load(file, folder, monkeypatch, caplog, code):
    def fail(_handle):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with caplog.at_level(logging.INFO):
        assert len(load_parameters(file, folder=folder)) == 5
    assert kept(folder) == []
    assert f"cannot be written: [Errno {code}]" in caplog.text


def test_a_cache_folder_that_cannot_be_there_does_not_fail_the_load(file, caplog):
    with caplog.at_level(logging.INFO):
        assert len(load_parameters(file, folder=file / "parameters")) == 5
    assert {record.levelno for record in caplog.records} == {logging.INFO}


def test_a_file_that_changes_while_it_is_read_is_not_kept(file, folder):
    def touch(_done, _total):
        os.utime(file, ns=(1, 1))
        return True

    load_parameters(file, touch, folder)
    assert not folder.exists()


def test_nothing_is_kept_of_a_reading_that_was_cancelled(file, folder):
    with pytest.raises(CancelledError):
        load_parameters(file, lambda done, total: False, folder)
    assert not folder.exists()


def test_what_is_wrong_with_a_file_is_said_as_ever(file, folder):
    with pytest.raises(BadInputError, match="does not exist"):
        load_parameters(file.with_name("none.spn"), folder=folder)
    file.write_bytes(b"<spanFile/>")
    with pytest.raises(BadInputError, match=r"none|small\.spn"):
        load_parameters(file, folder=folder)
    assert not folder.exists()


WRITER = """
import hashlib, sys
from pathlib import Path
from terminal.parameter_cache import load_parameters
file, folder = map(Path, sys.argv[1:])
for _ in range(20):
    parameters = load_parameters(file, folder=folder)
    print(hashlib.sha256(parameters.contracts.arrays[1].scenario.tobytes()).hexdigest(), len(parameters.commodities))
    for kept in folder.iterdir():
        if not kept.name.startswith("unfinished"):
            kept.unlink(missing_ok=True)
"""


def test_several_at_once_do_not_disturb_each_other(file, folder, project_root):
    command = [sys.executable, "-c", WRITER, str(file), str(folder)]
    writers = [
        subprocess.Popen(command, cwd=project_root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [writer.communicate(timeout=60) for writer in writers]
    assert [errors for _, errors in outputs] == [""] * 3
    assert len({line for lines, _ in outputs for line in lines.splitlines()}) == 1
    assert [Path(each).name for each in kept(folder) if each.name.startswith("unfinished")] == []


def test_what_a_desk_may_fall_back_on_is_kept_however_many_files_follow(file, folder):
    load_parameters(file, folder=folder)
    (place,) = folder.glob("*.parameters")
    remember(folder, file, "SMALL-1", place.name.partition("-")[0])
    for number in range(KEPT + 2):
        file.write_text(f"{SMALL}<!-- {number} -->", encoding="latin-1")
        load_parameters(file, folder=folder)
    assert place.exists()
    assert len(list(folder.glob("*.parameters"))) == KEPT + 1
