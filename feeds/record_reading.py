"""Reading a record store: its records, tree, checkpoints and kept content, by its owner or beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from engine.audit import REFERENCE, Checkpoint, Record, decode_checkpoint
from engine.authorisation.keys import Signature, decode_signature
from engine.merkle import root_of
from engine.text import BadInputError, Text, text
from feeds.record_schema import APPLICATION

FILE: Final = "records.sqlite"
_COLUMNS: Final = "number, wall, monotonic, boot, clock_error, actor, kind, payload"


@dataclass(frozen=True, slots=True)
class WitnessSignature:
    """A witness saw a checkpoint that follows on from all it had seen before.

    Attributes:
        key: Fingerprint of the witness's key.
        wall: When, by the witness's clock; part of what it signed.
        signature: Its signature.
    """

    key: bytes
    wall: int
    signature: Signature


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its signatures.

    Attributes:
        checkpoint: What it says.
        key: Fingerprint of the log's key.
        signature: The log's signature.
        witnesses: Those of witnesses.
    """

    checkpoint: Checkpoint
    key: bytes
    signature: Signature
    witnesses: tuple[WitnessSignature, ...] = ()


class RecordReading:
    """What owner and readers of a store share.

    Args:
        connection: To the store's file.
        folder: The store's folder, for errors.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self.where = str(folder)
        """For errors."""

    def query(self, statement: str, arguments: Sequence[bytes | str | int | None] = ()) -> list[tuple[Any, ...]]:
        """Rows of one SQL query on committed state."""
        return self._connection.execute(statement, arguments).fetchall()

    def stored_size(self) -> int:
        """Number of records that are committed."""
        return int(self.query("SELECT coalesce(max(number) + 1, 0) FROM records")[0][0])

    def records(self, first: int = 0, last: int | None = None) -> Iterator[Record]:
        """Records in order, from number ``first`` up to and without ``last``; all that follow where it is None."""
        until = 2**62 if last is None else last
        where = f"SELECT {_COLUMNS} FROM records WHERE number >= ? AND number < ? ORDER BY number"
        for row in self._connection.execute(where, (first, until)):
            yield Record(*row)

    def records_with_leaves(self, last: int) -> Iterator[tuple[Record, bytes]]:
        """The first ``last`` records, each with the leaf hash that was kept with it."""
        for *row, leaf in self._connection.execute(
            f"SELECT {_COLUMNS}, leaf FROM records WHERE number < ? ORDER BY number", (last,)
        ):
            yield Record(*row), leaf

    def leaf(self, number: int) -> bytes:
        """The leaf hash that was kept with a record. Raises BadInputError where there is none."""
        return self.node(0, number)

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete subtree.

        Raises:
            BadInputError: It is missing.
        """
        rows = (
            self.query("SELECT hash FROM nodes WHERE level = ? AND position = ?", (level, index))
            if level
            else self.query("SELECT leaf FROM records WHERE number = ?", (index,))
        )
        if not rows:
            raise self._damaged(text("the hash of level {level}, {index} is missing", level=level, index=index))
        return bytes(rows[0][0])

    def root_at(self, size: int) -> bytes | None:
        """The root that the first ``size`` records lead to; None where there are fewer."""
        return root_of(self.node, size) if size <= self.stored_size() else None

    def kept(self, reference: str) -> bytes:
        """Content that a payload refers to.

        Raises:
            BadInputError: It is missing or not what was kept.
        """
        digest = bytes.fromhex(reference.removeprefix(REFERENCE))
        rows = self.query("SELECT content FROM blobs WHERE sha256 = ?", (digest,))
        if not rows or sha256(rows[0][0]).digest() != digest:
            raise self._damaged(text("the content {reference} is missing or altered", reference=reference))
        return bytes(rows[0][0])

    def newest_checkpoint(self) -> SignedCheckpoint | None:
        """The last signed checkpoint; None before the first."""
        rows = self.query("SELECT size, content, key, signature FROM checkpoints ORDER BY size DESC LIMIT 1")
        return self._signed(rows[0]) if rows else None

    def checkpoints(self, last: int | None = None) -> Iterator[SignedCheckpoint]:
        """All signed checkpoints by size, up to size ``last``."""
        rows = "SELECT size, content, key, signature FROM checkpoints WHERE size <= ? ORDER BY size"
        for row in self._connection.execute(rows, (2**62 if last is None else last,)):
            yield self._signed(row)

    def check_newest(self) -> None:
        """See that the records end as they should and lead to the root that was signed last.

        Raises:
            BadInputError: Records are missing, or have changed since.
        """
        size = self.stored_size()
        (count,) = self.query("SELECT count(*) FROM records")[0]
        if count != size:
            raise self._damaged(text("{count} of {size} records are there", count=count, size=size))
        if size and next(self.records(size - 1)).leaf != self.leaf(size - 1):
            raise self._damaged(text("record {number} has changed", number=size - 1))
        newest = self.newest_checkpoint()
        if newest is None:
            return
        signed = newest.checkpoint
        if signed.size > size:
            raise self._damaged(text("{size} records are there, {signed} were signed", size=size, signed=signed.size))
        if root_of(self.node, signed.size) != signed.root:
            raise self._damaged(text("the first {size} records are not those that were signed", size=signed.size))

    def _signed(self, row: tuple[Any, ...]) -> SignedCheckpoint:
        size, content, key, signature = row
        witnesses = tuple(
            WitnessSignature(witness, wall, decode_signature(signed))
            for witness, wall, signed in self.query(
                "SELECT key, wall, signature FROM witness_signatures WHERE size = ? ORDER BY key", (size,)
            )
        )
        try:
            return SignedCheckpoint(decode_checkpoint(content), key, decode_signature(signature), witnesses)
        except ValueError as error:
            raise self._damaged(text("{reason}", reason=error)) from None

    def _damaged(self, what: Text) -> BadInputError:
        return BadInputError(
            self.where,
            text("the record store is damaged or was altered: {what}", what=what),
            text("keep it as it is, call the auditor, and restore a copy"),
        )


class RecordReader(RecordReading):
    """Reads a store while its owner may be writing.

    Args:
        folder: The store's.

    Raises:
        BadInputError: There is no store, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        file = (folder / FILE).absolute()
        remedy = text("give the folder of a record store")
        if not file.is_file():
            raise BadInputError(str(folder), text("there is no record store"), remedy)
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise BadInputError(str(folder), text("it cannot be read: {reason}", reason=error), remedy) from None
        if application != APPLICATION:
            connection.close()
            raise BadInputError(str(folder), text("this is no record store"), remedy)
        super().__init__(connection, folder)

    def close(self) -> None:
        """Close it."""
        self._connection.close()
