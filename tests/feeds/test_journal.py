"""A journal keeps what it was told, finds out what was altered, survives a crash, and never fills the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.audit_events import SegmentRemoved, SegmentWritten, event_of
from engine.text import BadInputError
from feeds.clock import MILLISECOND, SystemClock
from feeds.journal import Journal, JournalSizes
from feeds.journal_reading import RECORDS, read_journal, segments_in
from feeds.record_reading import RecordReader
from feeds.tape import Channel, Entry, Mark, blocks_of, decode_mark, entries_of, pack_entry
from tests.feeds.driving import PATIENCE

SMALL = JournalSizes(block=2_000, segment=6_000, journal=2**30, delay=5 * MILLISECOND)


def entries(folder: Path) -> list[Entry]:
    with closing(RecordReader(folder / RECORDS)) as store:
        return list(read_journal(folder, store))


def record(folder: Path, count: int, sizes: JournalSizes = SMALL) -> None:
    journal = Journal(folder, SystemClock(), sizes)
    for number in range(count):
        journal.note(Channel.QUOTES, (b"quotes", os.urandom(300), number.to_bytes(4, "big")))
    journal.close()
    assert journal.failure is None


def numbers(folder: Path) -> list[int]:
    return [int.from_bytes(entry.frames[2], "big") for entry in entries(folder) if entry.channel == Channel.QUOTES]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def test_what_was_noted_is_read_back_in_order_with_its_times(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", SystemClock())
    before = time.time_ns()
    journal.note(Channel.TURN)
    journal.note(Channel.POSITIONS, (b"positions", b"body"))
    journal.close()
    start, turn, message = entries(tmp_path / "j")
    assert (start.channel, turn.channel, message.channel) == (Channel.START, Channel.TURN, Channel.POSITIONS)
    assert message.frames == (b"positions", b"body")
    assert before <= turn.wall <= message.wall <= time.time_ns()
    assert turn.monotonic <= message.monotonic


def test_segments_are_closed_when_they_are_large_and_all_of_them_are_on_record(tmp_path: Path) -> None:
    record(tmp_path / "j", 100)
    assert len(segments_in(tmp_path / "j")) > 3
    assert numbers(tmp_path / "j") == list(range(100))
    with closing(RecordReader(tmp_path / "j" / RECORDS)) as store:
        written = [event for event in map(event_of, store.records()) if isinstance(event, SegmentWritten)]
        newest = store.newest_checkpoint()
        assert newest is not None
        assert newest.checkpoint.size == store.stored_size()
    assert {event.segment for event in written if event.complete} == {each.name for each in segments_in(tmp_path / "j")}


def test_a_second_run_goes_on_in_a_segment_of_its_own(tmp_path: Path) -> None:
    record(tmp_path / "j", 3)
    first = {each.name: each.read_bytes() for each in segments_in(tmp_path / "j")}
    record(tmp_path / "j", 2)
    assert numbers(tmp_path / "j") == [0, 1, 2, 0, 1]
    assert all((tmp_path / "j" / name).read_bytes() == content for name, content in first.items())


def test_the_oldest_segments_go_when_the_journal_is_too_large_and_their_numbers_are_not_used_again(
    tmp_path: Path,
) -> None:
    sizes = JournalSizes(block=2_000, segment=6_000, journal=20_000, delay=5 * MILLISECOND)
    record(tmp_path / "j", 200, sizes)
    left = [each.name for each in segments_in(tmp_path / "j")]
    assert sum(each.stat().st_size for each in segments_in(tmp_path / "j")) < 30_000
    kept = numbers(tmp_path / "j")
    assert kept == list(range(kept[0], 200))
    with closing(RecordReader(tmp_path / "j" / RECORDS)) as store:
        removed = [event.segment for event in map(event_of, store.records()) if isinstance(event, SegmentRemoved)]
    assert removed
    assert not set(removed) & set(left)
    record(tmp_path / "j", 1, sizes)
    assert segments_in(tmp_path / "j")[-1].name > left[-1]


@pytest.mark.parametrize("place", [0.001, 0.3, 0.9])
def test_an_altered_segment_is_found_by_reader_and_by_the_next_run(tmp_path: Path, place: float) -> None:
    record(tmp_path / "j", 10)
    path = segments_in(tmp_path / "j")[-1]
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInputError, match="its content is not what is on record"):
        entries(tmp_path / "j")
    with pytest.raises(BadInputError, match="damaged or was altered"):
        Journal(tmp_path / "j", SystemClock())
    assert path.read_bytes() == content


def test_a_segment_cut_off_below_what_is_on_record_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    record(tmp_path / "j", 10)
    path = segments_in(tmp_path / "j")[-1]
    content = path.read_bytes()[:-1]
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=rf"it has {len(content)} bytes, {len(content) + 1} are on record"):
        Journal(tmp_path / "j", SystemClock())
    assert path.read_bytes() == content


def test_a_segment_that_is_gone_is_named(tmp_path: Path) -> None:
    record(tmp_path / "j", 100)
    segments_in(tmp_path / "j")[1].unlink()
    with pytest.raises(BadInputError, match=r"00000002\.journal.*the segment is missing"):
        entries(tmp_path / "j")


def test_what_a_crash_left_behind_the_record_is_used_as_far_as_it_is_whole(tmp_path: Path) -> None:
    """As after a crash between a block's sync and its record: further blocks, the last of them cut off."""
    record(tmp_path / "j", 3)
    path = segments_in(tmp_path / "j")[-1]
    content = path.read_bytes()
    end, _ = next(blocks_of(content))
    block = content[19:end]
    path.write_bytes(content + block + block[:-5])
    with closing(RecordReader(tmp_path / "j" / RECORDS)) as store:
        last = [event for event in map(event_of, store.records()) if isinstance(event, SegmentWritten)][-1]
    assert last.complete
    with pytest.raises(BadInputError, match="are on record"):
        entries(tmp_path / "j")


WRITER = """
import os, sys
from pathlib import Path
from feeds.clock import MILLISECOND, SystemClock
from feeds.journal import Journal, JournalSizes
from feeds.tape import Channel
journal = Journal(Path(sys.argv[1]), SystemClock(), JournalSizes(4_000, 40_000, 2**30, 1 * MILLISECOND))
number = 0
while True:
    journal.note(Channel.QUOTES, (b"quotes", os.urandom(200), number.to_bytes(4, "big")))
    number += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")
def test_a_killed_recorder_leaves_a_journal_without_holes_that_the_next_run_takes_up(
    tmp_path: Path, project_root: Path
) -> None:
    folder = tmp_path / "j"
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], cwd=project_root) as process:
            before = len(segments_in(folder)) if folder.exists() else 0
            until(lambda before=before: folder.exists() and len(segments_in(folder)) > before + 1)
            process.send_signal(signal.SIGKILL)
    runs: list[list[int]] = []
    for entry in entries(folder):
        if entry.channel == Channel.START:
            runs.append([])
        else:
            runs[-1].append(int.from_bytes(entry.frames[2], "big"))
    assert len(runs) == 3
    assert all(run == list(range(len(run))) and len(run) > 100 for run in runs)


@pytest.mark.expects_log("feeds are no longer recorded: .*No space left on device")
def test_a_full_disk_ends_the_recording_visibly_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j", SystemClock(), SMALL)
    monkeypatch.setattr(os, "fdatasync", _no_space)
    monkeypatch.setattr(os, "fsync", _no_space)

    def stopped() -> bool:
        journal.note(Channel.QUOTES, (b"quotes", os.urandom(300)))
        return journal.failure is not None

    until(stopped)
    journal.close()


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_second_recorder_in_one_folder_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", SystemClock())
    with pytest.raises(BadInputError, match="palisade journal, process"):
        Journal(tmp_path / "j", SystemClock())
    journal.close()


def test_marks_are_read_back_from_their_frame() -> None:
    for mark in (Mark(bytes(16), 7, b"12345678", "LIVE"), Mark(b"", 0, bytes(8), "INIT")):
        assert decode_mark(mark.encode()) == mark
    for frame in (b"", b"\x05abc", b"\x10" + bytes(20)):
        with pytest.raises(ValueError, match="no mark"):
            decode_mark(frame)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_entry_that_is_cut_off_is_none(cut: int) -> None:
    block = bytearray()
    pack_entry(block, Channel.POSITIONS, 1, 2, (b"positions", b"body"))
    assert list(entries_of(bytes(block))) == [Entry(Channel.POSITIONS, 1, 2, (b"positions", b"body"))]
    with pytest.raises(ValueError, match="cut off"):
        list(entries_of(bytes(block[:-cut])))
