"""The record store: an SQLite file whose every change of state is committed together with the records that tell of it.

A commit that returned is on the disk (WAL, synchronous FULL). A record's number is its place in the Merkle tree, whose
nodes are kept beside it. One process owns a store; others read it meanwhile. After a write or a sync that failed nobody
knows what is on the disk, so the store refuses everything: the program ends, and its next start reads what is there.

    with store.transaction(wall, monotonic) as change:
        change.execute("UPDATE instructions SET state = ? WHERE id = ?", (state, identity))
        change.record("authority", "state", {"instruction": identity.hex(), "state": state})
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from engine.audit import REFERENCE, Payload, Record, encode_payload
from engine.merkle import Tree
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.boot import Machine
from feeds.durable_files import sync_folder
from feeds.owner_lock import OwnerLock
from feeds.record_reading import FILE, RecordReading
from feeds.record_schema import RECORDS, Parts, bring_up_to_date

LONG_LOG: Final = 1_000
"""Pages in the write-ahead log from which `RecordStore.maintain` moves them into the database."""
LONGEST_LOG: Final = 16_000
"""Pages from which they are moved at once."""
PAGE: Final = 4_096
LARGEST_BLOB: Final = 2**28
CALLERS_OWN: Final = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE)
"""Errors of a statement or its arguments, not of the disk: a store is not given up for them."""

Arguments = Sequence[bytes | str | int | None]


class StoreFailedError(UserFacingError):
    """Nothing more can be written: what is not on record must not happen."""


class Transaction:
    """A change under way; made by `RecordStore.transaction` and of no use after it."""

    def __init__(self, connection: sqlite3.Connection, machine: Machine, tree: Tree, wall: int, monotonic: int) -> None:
        self._connection = connection
        self._machine = machine
        self._times = wall, monotonic, machine.boot, machine.clock_error()
        self.tree = tree
        """With the records of this change."""

    def execute(self, statement: str, arguments: Arguments = ()) -> list[tuple[Any, ...]]:
        """Run one SQL statement on tables of the caller's own part; the rows that it returns."""
        return self._connection.execute(statement, arguments).fetchall()

    def record(self, actor: str, kind: str, payload: Payload) -> int:
        """Add a record; its number.

        Raises:
            ValueError: Payload or names cannot be encoded.
        """
        record = Record(self.tree.size, *self._times, actor, kind, encode_payload(payload))
        leaf = record.leaf
        self.tree, nodes = self.tree.grown(leaf)
        self.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (record.number, *self._times, actor, kind, record.payload, leaf),
        )
        self._connection.executemany(
            "INSERT INTO nodes VALUES (?, ?, ?)", [(node.level, node.index, node.hash) for node in nodes[1:]]
        )
        return record.number

    def keep(self, content: bytes) -> str:
        """Keep content beside the records, once however often it is kept; the text that refers to it in a payload.

        Raises:
            ValueError: It is larger than `LARGEST_BLOB`.
        """
        if len(content) > LARGEST_BLOB:
            raise ValueError(f"{len(content)} bytes, {LARGEST_BLOB} can be kept")
        digest = sha256(content).digest()
        self.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, content))
        return REFERENCE + digest.hex()


class RecordStore(RecordReading):
    """Owns a store. Every method runs in the one thread that made it.

    Args:
        folder: Where it lives; made where there is none.
        parts: Tables of the callers' own that change together with records.
        program: What owns it, to tell others.
        machine: Boot and clock error of records.

    Raises:
        BadInputError: Another process owns it, it is damaged or of a newer version, or the disk does not allow it.
    """

    def __init__(
        self, folder: Path, parts: Parts | None = None, program: str = "palisade", machine: Machine | None = None
    ) -> None:
        self.failure: Text | None = None
        """Why nothing more is written; None while all is well."""
        self._folder, self._machine = folder, machine or Machine()
        is_new = not folder.exists()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            what = text("the folder cannot be made: {reason}", reason=error.strerror)
            raise BadInputError(str(folder), what, text("give a folder that can be written")) from None
        self._lock = OwnerLock(folder / "owner.lock", program)
        try:
            connection = sqlite3.connect(folder / FILE, isolation_level=None)
        except sqlite3.Error as error:
            self._lock.close()
            raise self._unusable(error) from None
        super().__init__(connection, folder)
        with ExitStack() as undo:
            undo.callback(self._let_go)
            try:
                self._prepare(parts or {})
                if is_new:
                    sync_folder(folder.parent)
                sync_folder(folder)
            except (sqlite3.Error, OSError) as error:
                self.failure = text("{reason}", reason=error)
                raise self._unusable(error) from None
            undo.pop_all()

    def _prepare(self, parts: Parts) -> None:
        """Set the connection up, make what is missing and see that the tree fits the last checkpoint."""
        (mode,) = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            # SQLite does not raise what has gone wrong here, and goes on as it was.
            raise OSError("the write-ahead log cannot be made")
        for setting in (
            "synchronous = FULL",
            "fullfsync = ON",
            "foreign_keys = ON",
            # Automatic checkpoints swallow errors of their syncs.
            "wal_autocheckpoint = 0",
            # A log that was long once shall not look long for ever.
            f"journal_size_limit = {LONG_LOG * PAGE // 2}",
        ):
            self._connection.execute(f"PRAGMA {setting}")
        (self._folder / FILE).chmod(0o600)
        bring_up_to_date(self._connection, str(self._folder), {"records": RECORDS, **parts})
        # A sync may have failed in an earlier run and left pages that only the system's memory holds: write them again.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.check_newest()
        self._tree = Tree.of(self.node, self.stored_size())

    @property
    def size(self) -> int:
        """Number of records."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """Root of their tree."""
        return self._tree.root

    @contextmanager
    def transaction(self, wall: int, monotonic: int) -> Iterator[Transaction]:
        """Change state and add records: all of it is on the disk when the block has ended, or nothing is.

        Args:
            wall: Nanoseconds since 1970 UTC.
            monotonic: Nanoseconds of the monotonic clock at the same moment.

        Raises:
            StoreFailedError: The disk is full (then it may be tried again), or a write or sync has failed, now or
                before.
        """
        if self.failure is not None:
            raise StoreFailedError(self.failure)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            change = Transaction(self._connection, self._machine, self._tree, wall, monotonic)
            yield change
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._judged(error) from error
        finally:
            # After a commit there is nothing left to take back.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        self._tree = change.tree
        if self._logged() > LONGEST_LOG:
            self.maintain()

    def maintain(self) -> None:
        """Move a long write-ahead log into the database; to be called when there is time, about once a second.

        Raises:
            StoreFailedError: A write or sync has failed, now or before.
        """
        if self.failure is None and self._logged() >= LONG_LOG:
            self._move_log("PASSIVE")
        if self.failure is not None:
            raise StoreFailedError(self.failure)

    def close(self) -> None:
        """Close it; a store that has failed is left as it is, and nothing is synced again."""
        if self.failure is None:
            self._move_log("TRUNCATE")
        self._let_go()

    def _logged(self) -> int:
        """Pages in the write-ahead log, about."""
        log = self._folder / f"{FILE}-wal"
        return log.stat().st_size // PAGE if log.exists() else 0

    def _move_log(self, mode: str) -> None:
        try:
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        except sqlite3.Error as error:
            self._fail(error)

    def _judged(self, error: sqlite3.Error) -> Exception:
        """What to raise for an error of SQLite's: the caller's own, a full disk, or the end of this store."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in CALLERS_OWN:
            return error
        if code == sqlite3.SQLITE_FULL:
            return StoreFailedError(text("{folder}: the disk is full; free some space", folder=self.where))
        return StoreFailedError(self._fail(error))

    def _fail(self, error: sqlite3.Error) -> Text:
        reason = text(
            "{folder}: nothing more can be recorded: {reason}; end the program and see to the disk",
            folder=self.where,
            reason=error,
        )
        self.failure = reason
        return reason

    def _let_go(self) -> None:
        if self.failure is not None:
            # The last connection to close would sync the log once more; a reader that outlives ours does not.
            with closing(sqlite3.connect(f"{(self._folder / FILE).absolute().as_uri()}?mode=ro", uri=True)) as reader:
                with suppress(sqlite3.Error):
                    reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                self._connection.close()
        self._connection.close()
        self._lock.close()

    def _unusable(self, error: sqlite3.Error | OSError) -> BadInputError:
        what = text("the record store cannot be used: {reason}", reason=error)
        return BadInputError(
            str(self._folder), what, text("free some space, and see that the disk is sound and writable")
        )
