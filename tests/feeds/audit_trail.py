"""Record stores for tests: with a table whose rows must match the records, and a hand that alters what it may not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from feeds.record_reading import FILE
from feeds.record_store import RecordStore

COUNTERS = {"counters": ("CREATE TABLE counters (k INTEGER PRIMARY KEY) STRICT;",)}
START = 1_700_000_000_000_000_000


def add(store: RecordStore, *numbers: int) -> None:
    """One change: a row and a record for each number."""
    with store.transaction(START + numbers[0] * 1_000_000, numbers[0]) as change:
        for number in numbers:
            change.record("counter", "count", {"k": number})
            change.execute("INSERT INTO counters VALUES (?)", (number,))


def altered(folder: Path, statement: str) -> None:
    """Alter a store behind its back, as somebody with the file in his hands would."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement)
    connection.close()
