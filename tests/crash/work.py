"""What a process does that is going to be killed: ``python -m tests.crash.work FOLDER COUNT``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from engine.text import UserFacingError
from feeds.checkpoints import Checkpoints
from feeds.clock import SystemClock
from feeds.record_store import RecordStore
from feeds.signing import HybridKey

COUNTERS: Final = {"counters": ("CREATE TABLE counters (k INTEGER PRIMARY KEY) STRICT;",)}
KEY: Final = HybridKey(bytes(64))
CHECKPOINT_EVERY: Final = 5


def work(folder: Path, count: int, acknowledge: int) -> None:
    """Commit up to ``count`` rows with a record each; write each row's number to a pipe once the commit has returned.

    Raises:
        UserFacingError: The store cannot be opened, or refuses to go on.
    """
    store = RecordStore(folder, COUNTERS, "the process that is killed")
    try:
        checkpoints = Checkpoints(store, KEY, "crash/log", SystemClock())
        first = store.query("SELECT coalesce(max(k) + 1, 0) FROM counters")[0][0]
        for number in range(first, first + count):
            with store.transaction(time.time_ns(), time.monotonic_ns()) as change:
                change.execute("INSERT INTO counters VALUES (?)", (number,))
                reference = change.keep(b"content %d" % (number // 3))
                change.record("worker", "count", {"k": number, "input": reference, "more": "x" * 300})
            os.write(acknowledge, number.to_bytes(8, "big"))
            if number % CHECKPOINT_EVERY == 0:
                checkpoints.sign()
                store.maintain()
    finally:
        store.close()


if __name__ == "__main__":
    try:
        work(Path(sys.argv[1]), int(sys.argv[2]), 1)
    except UserFacingError as failed:
        sys.stderr.write(f"{failed}\n")
        sys.exit(3)
