"""The gate's record on disk: one line of JSON a message, written before its answer leaves.

The end of the process loses none of it. Against a power cut it is forced to the disk as well: before each answer, which
costs what the disk takes, or soon after in a thread of its own. Where that fails, nothing more is recorded, and so
nothing passes, until it succeeds again.

`gate.jsonl` grows to a size, is renamed to `gate-NUMBER.jsonl`, and the oldest of these goes once there are too many.
The next `gate.jsonl` begins with all that is held then, so that what goes is never needed to know that.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

from feeds.durable_files import sync_folder, write_new_file
from feeds.gate_history import Earlier
from feeds.gate_records import GateRecord, fate, line_of
from feeds.line_file import open_to_append
from terminal.gate_files import NAME, TakenUp, ended_files, unwritable


class GateJournal:
    """What was asked and answered. Kept by one thread; one process a folder.

    Args:
        folder: Where; made where it is missing.
        most_bytes: Size from which on a file is ended.
        most_files: Ended files that are kept.
        forced: Seconds until what was written is forced to the disk; at 0 that is done by `commit`.
        taken_up: What the last gate left in the folder, which the gate keeps up to date; by default nothing.

    Attributes:
        counts: Messages by what became of them, since the start.

    Raises:
        UserFacingError: The folder cannot be written to.
    """

    def __init__(
        self, folder: Path, most_bytes: int, most_files: int, forced: float = 0.0, taken_up: TakenUp | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._lines: list[bytes] = []
        self._forced = forced
        self._taken_up = taken_up or TakenUp(Earlier.nothing(0))
        self._begun = 0
        """Bytes with which the file began."""
        self._handling = threading.Lock()
        """Held while the file is forced to the disk, or another takes its place."""
        self._written, self._closing = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = self._begin(self._taken_up.torn)
            self._size = os.fstat(self._handle).st_size
        except OSError as error:
            raise unwritable(folder, error) from None
        self._thread = threading.Thread(target=self._force_again_and_again, name="gate record", daemon=True)
        if forced:
            self._thread.start()

    @property
    def file(self) -> Path:
        """The file that is written now."""
        return self._folder / NAME

    def add(self, record: GateRecord) -> None:
        """Take a record in; it is in the file after the next `commit`."""
        self._lines.append(line_of(record))
        self.counts[fate(record)] += 1

    def commit(self) -> None:
        """Write what was taken in.

        Raises:
            OSError: It is not there, or what was written before could not be forced to the disk since; what was taken
                in is let go.
        """
        if not self._lines:
            return
        lines, self._lines = b"".join(self._lines), []
        failure = self._failure
        if failure is not None:
            raise OSError(failure.errno, failure.strerror)
        size = self._size
        # A file that begins with much is worth as much again.
        if size + len(lines) > max(self._most_bytes, 2 * self._begun):
            self._end_file()
            size = self._size
        try:
            _write(self._handle, lines)
            if not self._forced:
                _force(self._handle)
        except OSError:
            # What was not recorded must not look as if it had been.
            os.ftruncate(self._handle, size)
            raise
        self._size = size + len(lines)
        if not self._written.is_set():
            self._written.set()

    def close(self) -> None:
        """Force everything to the disk and close the file."""
        self._closing.set()
        self._written.set()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._handle)

    def _force_again_and_again(self) -> None:
        while not self._closing.is_set():
            self._written.wait()
            self._closing.wait(self._forced)
            self._written.clear()
            with self._handling:
                try:
                    _force(self._handle)
                except OSError as error:
                    self._failure = error
                    # It is tried again, and again, whether or not anybody asks.
                    self._written.set()
                else:
                    self._failure = None

    def _begin(self, torn: bytes) -> int:
        """Go on with the file, or begin it."""
        whole = self.file.stat().st_size - len(torn) if self.file.exists() else 0
        lines = self._taken_up.opening(whole=not whole, torn=torn)
        if not whole:
            self._lay_out(lines).replace(self.file)
            sync_folder(self._folder)
            return open_to_append(self.file)
        os.truncate(self.file, whole)
        handle = open_to_append(self.file)
        try:
            _write(handle, lines)
            _force(handle)
        except OSError:
            os.close(handle)
            raise
        return handle

    def _lay_out(self, lines: bytes) -> Path:
        """A file that is to be the next one, on the disk with the lines it begins with."""
        fresh = self._folder / f".{NAME}.new"
        fresh.unlink(missing_ok=True)
        write_new_file(fresh, lines)
        self._begun = len(lines)
        return fresh

    def _end_file(self) -> None:
        with self._handling:
            _force(self._handle)
            self._start_next()

    def _start_next(self) -> None:
        fresh, ended = self._lay_out(self._taken_up.opening(whole=True)), ended_files(self._folder)
        this = self._folder / f"gate-{ended[-1][0] + 1 if ended else 1}.jsonl"
        # An open file cannot be renamed everywhere.
        os.close(self._handle)
        try:
            self.file.rename(this)
            try:
                fresh.rename(self.file)
            except OSError:
                this.rename(self.file)
                raise
        finally:
            self._handle = open_to_append(self.file)
            self._size = os.fstat(self._handle).st_size
        for _, file in ended[: max(0, len(ended) + 1 - self._most_files)]:
            file.unlink()
        sync_folder(self._folder)


def _write(handle: int, lines: bytes) -> None:
    """All or an error."""
    if os.write(handle, lines) < len(lines):
        raise OSError(28, "No space left on device")


def _force(handle: int) -> None:
    os.fdatasync(handle) if hasattr(os, "fdatasync") else os.fsync(handle)
