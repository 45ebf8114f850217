"""Progress of reading a parameter file, and its end before the end."""

import pytest

from engine.span.progress import CancelledError
from engine.span.reading import read_parameters
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL


@pytest.fixture
def sample(project_root):
    return project_root / "resources" / "sample" / "market.spn"


class Listener:
    def __init__(self, until=None):
        self.told = []
        self.until = until

    def __call__(self, done, total):
        self.told.append((done, total))
        return self.until is None or len(self.told) < self.until


def test_progress_rises_to_the_size_of_the_file(sample, monkeypatch):
    monkeypatch.setattr("engine.span.xml.CHUNK", 1000)
    listener, size = Listener(), sample.stat().st_size
    read_parameters(sample, listener)
    done = [done for done, _ in listener.told]
    assert {total for _, total in listener.told} == {size}
    assert done == sorted(set(done))
    assert done[-1] == size


def test_some_fifty_reports_are_made_however_it_is_read(sample, monkeypatch):
    monkeypatch.setattr("engine.span.xml.CHUNK", 1000)
    listener = Listener()
    read_parameters(sample, listener)
    assert 30 <= len(listener.told) <= 55


def test_a_report_changes_nothing_of_what_is_read(sample):
    assert differences(read_parameters(sample, Listener()), read_parameters(sample)) == []


@pytest.mark.parametrize("until", [1, 2, 20])
def test_it_ends_at_once_when_cancelled(sample, monkeypatch, until):
    monkeypatch.setattr("engine.span.xml.CHUNK", 1000)
    listener = Listener(until)
    with pytest.raises(CancelledError, match=r"reading market\.spn was cancelled; start again"):
        read_parameters(sample, listener)
    assert len(listener.told) == until


def test_the_smallest_file_reports_too(tmp_path):
    path, listener = tmp_path / "small.spn", Listener()
    path.write_text(SMALL, encoding="latin-1")
    read_parameters(path, listener)
    assert listener.told[-1] == (path.stat().st_size,) * 2
