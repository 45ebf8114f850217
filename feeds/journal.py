"""Records what feeds take in, verbatim and with receive times, into append-only segments whose hashes are on record.

The owner of the feeds only packs entries into a block of memory. A thread of its own compresses full blocks, writes
and syncs them, and records each segment's length and hash in the journal's record store, which is signed like any
other. A segment is never written to again once the program has ended, so nothing is ever cut off from one.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import Empty, Full, Queue
from typing import BinaryIO, Final

import zstandard

from engine.audit_events import SegmentRemoved, SegmentWritten, told
from engine.text import Text, UserFacingError, text
from feeds.checkpoints import Checkpoints
from feeds.clock import SECOND, Clock
from feeds.durable_files import sync_folder
from feeds.journal_reading import RECORDS, SUFFIX, last_number, segments_in
from feeds.record_store import RecordStore
from feeds.signing import service_key
from feeds.tape import MAGIC, Channel, pack_block, pack_entry

QUEUE: Final = 64
"""Blocks that may wait for the disk; beyond that recording stops, for memory is bounded."""
LEVEL: Final = 3
KEY_FILE: Final = "log.key"
ORIGIN: Final = "palisade/journal"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JournalSizes:
    """How much is kept.

    Attributes:
        block: Bytes of entries that are compressed together.
        segment: Bytes of a file, about.
        journal: Bytes of all segments: the oldest have to go.
        delay: Longest time in nanoseconds that an entry waits in memory.
    """

    block: int = 2**18
    segment: int = 2**26
    journal: int = 20 * 2**30
    delay: int = SECOND


class Journal:
    """Records into a folder. `note` and `close` are called by the owner of the feeds, `failure` may be read anywhere.

    Args:
        folder: Of the segments; made where there is none.
        clock: Time.
        sizes: How much is kept.

    Raises:
        BadInputError: Another process records there, what is there is not what was recorded, or it cannot be written.
    """

    def __init__(self, folder: Path, clock: Clock, sizes: JournalSizes | None = None) -> None:
        self._clock, self._sizes = clock, sizes or JournalSizes()
        self._block, self._oldest = bytearray(), 0
        self._queue: Queue[bytearray | None] = Queue(QUEUE)
        self.failure: Text | None = None
        """Why nothing more is recorded; None while all is well."""
        self._opened: Queue[UserFacingError | None] = Queue(1)
        # A record store belongs to one thread, so the thread that writes opens it.
        self._thread = threading.Thread(target=self._run, args=(folder,), name="journal", daemon=True)
        self._thread.start()
        problem = self._opened.get()
        if problem is not None:
            self._thread.join()
            raise problem
        self.note(Channel.START)

    def note(self, channel: Channel, frames: Sequence[bytes] = ()) -> None:
        """Record an entry; it may wait in memory for a second."""
        if self.failure is not None:
            return
        monotonic = self._clock.monotonic_ns()
        self._oldest = self._oldest or monotonic
        pack_entry(self._block, channel, self._clock.wall_ns(), monotonic, frames)
        if len(self._block) >= self._sizes.block or monotonic - self._oldest >= self._sizes.delay:
            self._hand_over()

    def close(self) -> None:
        """Write what is left and end the thread."""
        if self._block and self.failure is None:
            self._hand_over()
        self._queue.put(None)
        self._thread.join()

    def _hand_over(self) -> None:
        try:
            self._queue.put_nowait(self._block)
        except Full:
            self._fail(text("the disk does not keep up"))
        self._block, self._oldest = bytearray(), 0

    def _fail(self, reason: Text | str) -> None:
        self.failure = text("feeds are no longer recorded: {reason}", reason=reason)
        _logger.error("journal: %s", self.failure)

    # Runs in the journal's thread --------------------------------------------------------------------------------

    def _run(self, folder: Path) -> None:
        with ExitStack() as stack:
            try:
                writer = _Writer(folder, self._clock, self._sizes)
                stack.callback(writer.close)
            except UserFacingError as error:
                self._opened.put(error)
                return
            self._opened.put(None)
            try:
                while (block := self._next(writer)) is not None:
                    writer.write(block)
                writer.complete()
            except (OSError, UserFacingError) as error:
                self._fail(str(error))
                # The owner does not wait for anybody to take its blocks, but `close` says when it is over.
                while self._queue.get() is not None:
                    pass

    def _next(self, writer: _Writer) -> bytearray | None:
        """The next block; meanwhile the store is kept in order."""
        while True:
            try:
                return self._queue.get(timeout=self._sizes.delay / SECOND)
            except Empty:
                writer.tick()


class _Writer:
    """Owns the segment that is being written, and the record store."""

    def __init__(self, folder: Path, clock: Clock, sizes: JournalSizes) -> None:
        self._folder, self._clock, self._sizes = folder, clock, sizes
        self._store = RecordStore(folder / RECORDS, program="palisade journal")
        with ExitStack() as undo:
            undo.callback(self._store.close)
            self._checkpoints = Checkpoints(self._store, service_key(folder / KEY_FILE), ORIGIN, clock)
            self._number = last_number(folder, self._store)
            undo.pop_all()
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._file: BinaryIO | None = None
        self._recorded = 0

    def write(self, block: bytearray) -> None:
        """Write a block, sync it, and record how far the segment goes. Raises OSError, StoreFailedError."""
        file = self._file or self._begin()
        packed = pack_block(self._compressor, block)
        file.write(packed)
        file.flush()
        os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
        self._hash.update(packed)
        self._size += len(packed)
        self._last = self._clock.wall_ns()
        self._blocks += 1
        if self._size >= self._sizes.segment:
            self.complete()
        elif self._clock.monotonic_ns() - self._recorded >= self._sizes.delay:
            self._record(complete=False)
        self.tick()

    def tick(self) -> None:
        """Sign what has changed, and keep the store in order. Raises StoreFailedError."""
        self._checkpoints.tick()
        self._store.maintain()

    def complete(self) -> None:
        """End the segment; the next block begins another. Raises OSError, StoreFailedError."""
        if self._file is not None:
            self._record(complete=True)
            self._file.close()
            self._file = None
            self._make_room()
        self._checkpoints.sign()

    def close(self) -> None:
        """Close file and store."""
        if self._file is not None:
            self._file.close()
        self._store.close()

    def _begin(self) -> BinaryIO:
        self._number += 1
        path = self._folder / f"{self._number:08d}{SUFFIX}"
        self._file = path.open("xb")
        self._file.write(MAGIC)
        sync_folder(self._folder)
        self._name, self._hash, self._size = path.name, sha256(MAGIC), len(MAGIC)
        self._blocks, self._first = 0, self._clock.wall_ns()
        return self._file

    def _record(self, *, complete: bool) -> None:
        self._recorded = self._clock.monotonic_ns()
        written = SegmentWritten(
            self._name, self._size, self._hash.hexdigest(), self._blocks, self._first, self._last, complete
        )
        with self._store.transaction(self._clock.wall_ns(), self._recorded) as change:
            change.record("journal", *told(written))

    def _make_room(self) -> None:
        """Remove the oldest segments, each after it is on record that it goes."""
        segments = segments_in(self._folder)
        total = sum(each.stat().st_size for each in segments)
        for path in segments[:-1]:
            if total <= self._sizes.journal:
                return
            total -= path.stat().st_size
            with self._store.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
                digest = sha256(path.read_bytes()).hexdigest()
                change.record("journal", *told(SegmentRemoved(path.name, digest)))
            path.unlink()
