"""State and records change together or not at all, one process writes, and nothing that was recorded changes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audit import Record, encode_payload
from engine.merkle import includes, inclusion_proof
from engine.text import BadInputError
from feeds.boot import Machine, boot_id, clock_error
from feeds.record_reading import FILE, RecordReader
from feeds.record_store import LONG_LOG, RecordStore, StoreFailedError
from tests.feeds.audit_trail import COUNTERS, add, altered

MACHINE = Machine(b"this boot of it.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(tmp_path / "store", COUNTERS, "palisade authority", MACHINE)
    yield store
    store.close()


def test_state_and_records_are_there_when_the_store_is_opened_again(tmp_path: Path, store: RecordStore) -> None:
    for number in range(5):
        add(store, number)
    root = store.root
    store.close()
    again = RecordStore(tmp_path / "store", COUNTERS)
    assert (again.size, again.root) == (5, root)
    assert again.query("SELECT count(*) FROM counters") == [(5,)]
    again.close()


def test_a_record_says_who_did_what_when_on_which_machine(store: RecordStore) -> None:
    with store.transaction(1_000, 20) as change:
        number = change.record("risk officer", "approval", {"decision": "approve"})
    (record,) = store.records()
    assert record.clock_error == clock_error() or record.clock_error > 0
    assert record == Record(
        number,
        1_000,
        20,
        MACHINE.boot,
        record.clock_error,
        "risk officer",
        "approval",
        encode_payload({"decision": "approve"}),
    )


def test_a_change_that_fails_leaves_neither_state_nor_record(store: RecordStore) -> None:
    add(store, 1)
    before = store.size, store.root
    with pytest.raises(sqlite3.IntegrityError):
        add(store, 2, 1)
    assert (store.size, store.root) == before
    assert store.query("SELECT count(*) FROM counters") == [(1,)]
    add(store, 2)
    assert store.size == 2


def test_a_conflict_of_the_callers_own_does_not_end_the_store(store: RecordStore) -> None:
    add(store, 1)
    with pytest.raises(sqlite3.IntegrityError):
        add(store, 1)
    add(store, 2)
    assert store.failure is None


@pytest.mark.parametrize(
    "statement", ["UPDATE records SET actor = 'other'", "DELETE FROM records", "DELETE FROM nodes"]
)
def test_records_neither_change_nor_go(store: RecordStore, statement: str) -> None:
    for number in range(3):
        add(store, number)
    with pytest.raises(sqlite3.IntegrityError, match="never"), store.transaction(1, 1) as change:
        change.execute(statement)


def test_a_second_owner_is_refused_and_told_who_has_it(tmp_path: Path, store: RecordStore, project_root: Path) -> None:
    with pytest.raises(BadInputError, match=r"palisade authority, process \d+ on .* is using it"):
        RecordStore(tmp_path / "store")
    other = "import pathlib, sys; from feeds.record_store import RecordStore; RecordStore(pathlib.Path(sys.argv[1]))"
    ran = subprocess.run(
        [sys.executable, "-c", other, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        cwd=project_root,
        check=False,
        timeout=60,
    )
    assert "palisade authority, process" in ran.stderr


def test_readers_see_what_is_committed_while_the_owner_writes(tmp_path: Path, store: RecordStore) -> None:
    add(store, 1)
    reader = RecordReader(tmp_path / "store")
    with store.transaction(1, 1) as change:
        change.record("test", "count", {})
        assert reader.stored_size() == 1
    assert reader.stored_size() == 2
    reader.close()


def test_the_nodes_kept_prove_every_record(store: RecordStore) -> None:
    for number in range(13):
        add(store, number)
    for number, record in enumerate(store.records()):
        proof = inclusion_proof(store.node, number, store.size)
        assert includes(store.root, store.size, record.leaf, number, proof)


def test_content_is_kept_once_and_read_back_by_its_hash(store: RecordStore) -> None:
    with store.transaction(1, 1) as change:
        reference = change.keep(b"what the engine was given")
        assert change.keep(b"what the engine was given") == reference
        change.record("test", "input", {"content": reference})
    assert store.kept(reference) == b"what the engine was given"
    assert store.query("SELECT count(*) FROM blobs") == [(1,)]


def test_content_that_is_missing_or_altered_is_named(tmp_path: Path, store: RecordStore) -> None:
    with store.transaction(1, 1) as change:
        reference = change.keep(b"content")
    altered(tmp_path / "store", "UPDATE blobs SET content = x'00'")
    with pytest.raises(BadInputError, match=f"the content {reference} is missing or altered"):
        store.kept(reference)


@pytest.mark.parametrize(
    ("alteration", "said"),
    [
        ("UPDATE records SET actor = 'other' WHERE number = 4", "record 4 has changed"),
        ("DELETE FROM records WHERE number = 2", "4 of 5 records are there"),
        ("DELETE FROM nodes WHERE level = 2", "the hash of level 2, 0 is missing"),
    ],
)
def test_an_altered_store_is_not_opened(tmp_path: Path, store: RecordStore, alteration: str, said: str) -> None:
    for number in range(5):
        add(store, number)
    store.close()
    altered(tmp_path / "store", alteration)
    with pytest.raises(BadInputError, match=said):
        RecordStore(tmp_path / "store", COUNTERS)


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path, store: RecordStore) -> None:
    store.close()
    altered(tmp_path / "store", "UPDATE parts SET steps = 9 WHERE name = 'counters'")
    with pytest.raises(BadInputError, match=r"written by a newer version \(counters\)"):
        RecordStore(tmp_path / "store", COUNTERS)


def test_a_store_gets_the_tables_that_were_added_since(tmp_path: Path, store: RecordStore) -> None:
    store.close()
    more = {"counters": (*COUNTERS["counters"], "CREATE TABLE later (k INTEGER) STRICT; CREATE INDEX i ON later (k)")}
    again = RecordStore(tmp_path / "store", more)
    assert again.query("SELECT count(*) FROM later") == [(0,)]
    again.close()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / FILE) as connection:
        connection.execute("CREATE TABLE theirs (k)")
    connection.close()
    with pytest.raises(BadInputError, match="this is no record store"):
        RecordStore(tmp_path / "other")
    with pytest.raises(BadInputError, match="this is no record store"):
        RecordReader(tmp_path / "other")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(BadInputError, match="not a database"):
        RecordStore(tmp_path / "other")
    with pytest.raises(BadInputError, match="not a database"):
        RecordReader(tmp_path / "other")


def test_a_folder_without_a_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there is no record store"):
        RecordReader(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInputError, match="the folder cannot be made"):
        RecordStore(tmp_path / "file" / "store")


def test_a_long_log_moves_into_the_database_when_there_is_time(tmp_path: Path, store: RecordStore) -> None:
    with store.transaction(1, 1) as change:
        change.keep(bytes(4_096 * LONG_LOG))
    before = (tmp_path / "store" / FILE).stat().st_size
    store.maintain()
    assert (tmp_path / "store" / FILE).stat().st_size > before
    add(store, 1)
    assert (tmp_path / "store" / f"{FILE}-wal").stat().st_size < 4_096 * LONG_LOG


def test_after_a_failed_write_nothing_more_is_recorded(store: RecordStore) -> None:
    add(store, 1)
    with pytest.raises(StoreFailedError, match="nothing more can be recorded"), store.transaction(1, 1):
        raise _failed(sqlite3.SQLITE_IOERR)
    with pytest.raises(StoreFailedError):
        add(store, 2)
    with pytest.raises(StoreFailedError):
        store.maintain()


def test_after_a_full_disk_it_may_be_tried_again(store: RecordStore) -> None:
    with pytest.raises(StoreFailedError, match="the disk is full"), store.transaction(1, 1):
        raise _failed(sqlite3.SQLITE_FULL)
    add(store, 1)
    assert store.size == 1


def _failed(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


def test_all_processes_of_one_boot_have_one_boot_number() -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) == 16
