"""What a desk records on a real exchange comes out again bit for bit, through silence, resync and other sessions."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from engine.instruments import Universe
from engine.snapshot import FeedState, Lines
from engine.text import BadInputError, text
from feeds.clock import SECOND, SystemClock
from feeds.journal import Journal
from feeds.journal_reading import RECORDS, read_journal, segments_in
from feeds.record_reading import RecordReader
from feeds.replay import Replayed, replay
from feeds.tape import Channel, Entry, Mark
from terminal.cli import main
from terminal.desk import Desk
from terminal.desk_setup import DeskSetup
from terminal.pipeline import Endpoints
from terminal.replay_command import _NoContracts
from tests.end_to_end.stage import SAMPLE
from tests.feeds.driving import PATIENCE
from tests.feeds.test_simulator import COMMAND, announcement, process

LINES = Lines(800_000, 1_000_000, 1_200_000)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recorded by a desk while its exchange trades, freezes for a while, and trades again."""
    folder = tmp_path_factory.mktemp("journal") / "j"
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with process([*COMMAND, "--fills", "200", "--quotes", "2000"]) as running:
        said = announcement(running)
        endpoints = Endpoints(*(str(said[name]) for name in ("positions", "snapshots", "quotes")))
        desk = Desk(DeskSetup(SAMPLE, None, endpoints, LINES, 15 * SECOND, journal=folder), SystemClock(), context)
        desk.start()
        try:
            _watch_through_a_freeze(desk, running)
        finally:
            assert desk.stop(PATIENCE)
    context.term()
    return folder


def _watch_through_a_freeze(desk: Desk, running: subprocess.Popen[str]) -> None:
    def states() -> set[FeedState]:
        view = desk.view()
        return {feed.state for feed in view.snapshot.feeds} if view is not None else set()

    def sequence() -> int:
        view = desk.view()
        return view.snapshot.feeds[0].sequence if view is not None else 0

    until(lambda: states() == {FeedState.LIVE})
    if sys.platform != "win32":
        running.send_signal(signal.SIGSTOP)
        until(lambda: states() == {FeedState.STALE})
        running.send_signal(signal.SIGCONT)
    until(lambda: states() == {FeedState.LIVE})
    reached = sequence()
    until(lambda: sequence() > reached + 300)


def recorded(folder: Path) -> list[Entry]:
    store = RecordReader(folder / RECORDS)
    found = list(read_journal(folder, store))
    store.close()
    return found


def replayed(entries: list[Entry]) -> Replayed:
    return replay(entries, Universe(_NoContracts()))


def test_every_recorded_state_and_digest_comes_out_again(journal: Path) -> None:
    entries = recorded(journal)
    done = replayed(entries)
    assert done.difference is None
    assert done.entries == len(entries)
    assert done.marks == sum(entry.channel == Channel.MARK for entry in entries) >= 2
    assert done.last is not None
    assert done.last.state == "LIVE"
    assert any(entry.channel == Channel.POSITIONS_REBUILT for entry in entries) or sys.platform == "win32"


def test_the_command_says_so(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(journal)]) == 0
    assert "recorded states came out again bit for bit\nlast: LIVE at " in capsys.readouterr().out


def test_another_digest_than_the_recorded_one_is_told(journal: Path) -> None:
    entries = recorded(journal)
    place = max(place for place, entry in enumerate(entries) if entry.channel == Channel.MARK)
    mark = replayed(entries).last
    assert mark is not None
    forged = Mark(mark.session, mark.sequence, bytes(8), mark.state).encode()
    done = replayed([*entries[:place], entries[place]._replace(frames=(forged,)), *entries[place + 1 :]])
    assert done.difference is not None
    assert "digest 0000000000000000" in done.difference[0]


def test_a_message_that_is_missing_or_altered_is_told(journal: Path) -> None:
    entries = recorded(journal)
    place = max(
        place
        for place, entry in enumerate(entries)
        if entry.channel == Channel.POSITIONS and b"heartbeat" not in entry.frames[1][:12]
    )
    before, last, mark = entries[:place], entries[place], entries[-1]
    altered = last._replace(frames=(last.frames[0], last.frames[1][:-1] + bytes([last.frames[1][-1] ^ 1])))
    assert replayed([*before, last, mark]).difference is None
    assert replayed([*before, altered, mark]).difference is not None
    assert replayed([*before, mark]).difference is not None


@pytest.mark.parametrize("entries", [[Entry(Channel.TURN, 1, 1, ())], [Entry(77, 1, 1, ())]])
def test_a_journal_that_does_not_begin_at_the_beginning_is_refused(entries: list[Entry]) -> None:
    with pytest.raises(BadInputError, match="does not begin with a start"):
        replayed(entries)


def test_a_folder_that_another_recorder_has_stops_the_desk_with_the_reason(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    taken = Journal(tmp_path / "j", SystemClock())
    endpoints = Endpoints("inproc://positions", "inproc://snapshots", "inproc://quotes")
    setup = DeskSetup(SAMPLE, None, endpoints, LINES, 15 * SECOND, journal=tmp_path / "j")
    desk = Desk(setup, SystemClock(), context)
    desk.start()
    until(lambda: desk.progress().problem is not None)
    assert "palisade journal, process" in str(desk.progress().problem)
    assert desk.stop(PATIENCE)
    taken.close()
    context.term()


@pytest.mark.expects_log("feeds are no longer recorded: the disk does not keep up")
def test_a_recording_that_has_stopped_is_a_warning_that_lasts(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    endpoints = Endpoints("inproc://positions", "inproc://snapshots", "inproc://quotes")
    setup = DeskSetup(SAMPLE, None, endpoints, LINES, 15 * SECOND, journal=tmp_path / "j")
    desk = Desk(setup, SystemClock(), context)
    desk.start()
    until(lambda: desk.view() is not None)
    assert desk._journal is not None
    desk._journal._fail(text("the disk does not keep up"))
    said = "feeds are no longer recorded: the disk does not keep up"
    until(lambda: said in map(str, desk.view().snapshot.parameters.warnings))  # type: ignore[union-attr]
    assert desk.stop(PATIENCE)
    context.term()


def test_a_folder_without_a_journal_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path)]) == 2
    assert "there is no record store" in capsys.readouterr().err


def test_an_altered_journal_is_refused(journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied = tmp_path / "copy"
    shutil.copytree(journal, copied)
    path = segments_in(copied)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 8
    path.write_bytes(content)
    assert main(["replay", str(copied)]) == 2
    assert "the journal is damaged or was altered: its content is not what is on record" in capsys.readouterr().err
