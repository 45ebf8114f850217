"""The record store and the verifier: how long a durable commit takes, and how many records are verified a second."""

from __future__ import annotations

import os
import tempfile
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from feeds.audit_archive import write_archive
from feeds.checkpoints import Checkpoints
from feeds.clock import SystemClock
from feeds.record_store import RecordStore
from feeds.signing import HybridKey
from terminal.audit_verifier import Verifier
from tests.bench.measure import Figure, durations, median_seconds, percentile

COMMITS = 2_000
RECORDS = 60_000
BETWEEN = 600
"""Records to a checkpoint: what a busy second brings."""
TABLES = {"bench": ("CREATE TABLE state (k INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT;",)}
PAYLOAD = {"instruction": "00112233445566778899aabbccddeeff", "before": "signed1", "after": "signed2", "reason": ""}


def figures() -> list[Figure]:
    """Commits to a store that is maintained as in the product, and an archive as an auditor gets it."""
    with tempfile.TemporaryDirectory(dir="build") as folder:
        return [_durable(Path(folder)), _verified(Path(folder))]


def _durable(folder: Path) -> Figure:
    store = RecordStore(folder / "durable", TABLES)

    def commit(number: int) -> None:
        with store.transaction(time.time_ns(), time.monotonic_ns()) as change:
            change.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (number % 500, "signed2"))
            change.record("authority", "instruction state", PAYLOAD)

    taken = percentile(durations(commit, COMMITS), 99) * 1e3
    store.close()
    with (folder / "bare").open("wb") as file:

        def sync(_: int) -> None:
            file.write(bytes(4_096))
            file.flush()
            os.fsync(file.fileno())

        bare = percentile(durations(sync, COMMITS), 99) * 1e3
    return Figure("durable_p99_ms", taken, "ms", 5, f"{bare:.2f} ms to write and sync 4 KB: {taken / bare:.1f} x")


def _verified(folder: Path) -> Figure:
    store = RecordStore(folder / "log")
    checkpoints = Checkpoints(store, HybridKey(bytes(64)), "bench/log", SystemClock())
    for _ in range(RECORDS // BETWEEN):
        with store.transaction(time.time_ns(), time.monotonic_ns()) as change:
            for _ in range(BETWEEN):
                change.record("authority", "instruction state", PAYLOAD)
        checkpoints.sign()
    archive = BytesIO()
    write_archive(store, archive)
    records = [record.encode() for record in store.records()]
    store.close()
    content = archive.getvalue()
    seconds = median_seconds(lambda: Verifier().verify(BytesIO(content)), 3)

    def hash_only() -> None:
        for record in records:
            sha256(record)
            sha256(record)

    bare = median_seconds(hash_only, 3)
    rate = RECORDS / seconds
    bound = f"{RECORDS / bare:,.0f} a second of bare hashing, two a record: {seconds / bare:.1f} x the time"
    return Figure("verify_per_s", rate, "records", 50_000, bound, at_least=True)
