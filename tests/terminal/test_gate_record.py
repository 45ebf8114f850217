"""The gate's record: on the disk before an answer leaves, bounded, whole lines whatever happens."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.text import UserFacingError
from feeds.gate_messages import GateCancel, GateCheck, GateOrder, GateReply, GateReservation
from feeds.gate_records import GateRecord
from feeds.messages import VERSION
from terminal.gate_record import GateJournal

NUMBER = bytes(range(16))
CHECK = GateCheck(VERSION, "algo", NUMBER, "A-100", (GateOrder("SIM:CL:FUT:202701", 5),), False, 10**9)
REPLY = GateReply(
    VERSION, NUMBER, "passes", (), None, "USD", None, None, 7, 3, b"\x01", NUMBER, 5, 4, "0123456789ab"
)  # fmt: skip
RECORD = GateRecord(1, 2, CHECK, bytes(32), REPLY, 3)


def records(journal: GateJournal) -> list[dict[str, Any]]:
    """What was recorded, without what files begin with."""
    return [entry for line in journal.file.read_text().splitlines() if "message" in (entry := json.loads(line))]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends, "it did not come to that"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[GateJournal]:
    journal = GateJournal(tmp_path / "gate", most_bytes=2_000, most_files=3)
    yield journal
    journal.close()


def test_a_record_says_who_asked_what_and_what_was_answered(journal: GateJournal) -> None:
    journal.add(RECORD)
    journal.commit()
    (entry,) = records(journal)
    assert entry["message"]["type"] == "gate-check"
    assert entry["message"]["client"] == "algo"
    assert entry["message"]["orders"] == [{"contract": "SIM:CL:FUT:202701", "quantity": 5, "closes": False}]
    assert (entry["answer"]["verdict"], entry["answer"]["limits"]) == ("passes", "0123456789ab")
    assert entry["answer"]["reservation"] == NUMBER.hex()


def test_what_was_not_committed_is_not_in_the_file(journal: GateJournal) -> None:
    journal.add(RECORD)
    assert records(journal) == []


def test_fates_are_counted(journal: GateJournal) -> None:
    standing = GateReservation(VERSION, NUMBER, NUMBER, "cancelled", (), (), 0, 0, "")
    for record in (
        RECORD,
        RECORD,
        GateRecord(1, 2, GateCancel(VERSION, "algo", NUMBER, NUMBER), bytes(32), standing, 3),
    ):
        journal.add(record)
    assert journal.counts == {"passes": 2, "gate-cancel": 1}


def test_full_files_end_and_the_oldest_goes(journal: GateJournal) -> None:
    for _ in range(40):
        journal.add(RECORD)
        journal.commit()
    files = sorted(file.name for file in journal.file.parent.iterdir())
    numbers = [int(name[5:-6]) for name in files if name != "gate.jsonl"]
    assert len(numbers) == 3
    assert max(numbers) > 3
    assert all(file.stat().st_size <= 2_000 for file in journal.file.parent.iterdir())
    assert all(json.loads(line) for file in journal.file.parent.iterdir() for line in file.read_text().splitlines())


def test_a_failed_write_leaves_whole_lines(journal: GateJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.add(RECORD)
    journal.commit()
    before = journal.file.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, lines: write(handle, lines[:10]))
    journal.add(RECORD)
    with pytest.raises(OSError, match="No space left"):
        journal.commit()
    assert journal.file.read_bytes() == before
    monkeypatch.undo()
    journal.add(RECORD)
    journal.commit()
    assert len(records(journal)) == 2


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "gate").write_text("")
    with pytest.raises(UserFacingError, match="decisions cannot be recorded"):
        GateJournal(tmp_path / "gate", 10_000, 3)


def test_what_was_written_is_forced_to_the_disk_soon_after_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced = threading.Event()
    monkeypatch.setattr("terminal.gate_record._force", lambda _: forced.set())
    journal = GateJournal(tmp_path, 10_000, 3, forced=0.001)
    journal.add(RECORD)
    journal.commit()
    assert len(records(journal)) == 1
    assert forced.wait(10)
    journal.close()


def test_nothing_more_is_recorded_while_what_was_written_cannot_be_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, works = threading.Event(), threading.Event()

    def force(_: int) -> None:
        if not works.is_set():
            failed.set()
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("terminal.gate_record._force", force)
    journal = GateJournal(tmp_path, 10_000, 3, forced=0.001)
    journal.add(RECORD)
    journal.commit()
    assert failed.wait(10)

    def refuses() -> bool:
        journal.add(RECORD)
        try:
            journal.commit()
        except OSError:
            return True
        return False

    until(refuses)
    before = len(records(journal))
    assert refuses()
    assert len(records(journal)) == before
    works.set()
    until(lambda: not refuses())
    journal.close()
