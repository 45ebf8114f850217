"""The gate's record on disk: one line of JSON a message, written before its answer leaves.

The end of the process loses none of it. Against a power cut it is forced to the disk as well: before each answer, which
costs what the disk takes, or soon after in a thread of its own. Where that fails, nothing more is recorded, and so
nothing passes, until it succeeds again.

`gate.jsonl` grows to a size, is renamed to `gate-NUMBER.jsonl`, and the oldest of these goes once there are too many.
"""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from engine.text import UserFacingError, text
from feeds.durable_files import sync_folder
from feeds.gate_records import GateRecord, as_written, fate
from feeds.line_file import open_to_append

NAME: Final = "gate.jsonl"
_ENDED: Final = re.compile(r"gate-(\d+)\.jsonl", re.ASCII)


class GateJournal:
    """What was asked and answered. Kept by one thread; one process a folder.

    Args:
        folder: Where; made where it is missing.
        most_bytes: Size from which on a file is ended.
        most_files: Ended files that are kept.
        forced: Seconds until what was written is forced to the disk; at 0 that is done by `commit`.

    Attributes:
        counts: Messages by what became of them, since the start.

    Raises:
        UserFacingError: The folder cannot be written to.
    """

    def __init__(self, folder: Path, most_bytes: int, most_files: int, forced: float = 0.0) -> None:
        self.counts: Counter[str] = Counter()
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._lines: list[bytes] = []
        self._forced = forced
        self._handling = threading.Lock()
        """Held while the file is forced to the disk, or another takes its place."""
        self._written, self._closing = threading.Event(), threading.Event()
        self._failure: OSError | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = self._open()
        except OSError as error:
            reason = error.strerror or error
            raise UserFacingError(
                text("{file}: decisions cannot be recorded: {reason}", file=folder, reason=reason)
            ) from None
        self._thread = threading.Thread(target=self._force_again_and_again, name="gate record", daemon=True)
        if forced:
            self._thread.start()

    @property
    def file(self) -> Path:
        """The file that is written now."""
        return self._folder / NAME

    def add(self, record: GateRecord) -> None:
        """Take a record in; it is in the file after the next `commit`."""
        self._lines.append(msgspec.json.encode(as_written(record)) + b"\n")
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
        size = os.fstat(self._handle).st_size
        if size and size + len(lines) > self._most_bytes:
            self._end_file()
            size = 0
        try:
            written = os.write(self._handle, lines)
            if written < len(lines):
                raise OSError(28, "No space left on device")
            if not self._forced:
                _force(self._handle)
        except OSError:
            # What was not recorded must not look as if it had been.
            os.ftruncate(self._handle, size)
            raise
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

    def _open(self) -> int:
        handle = open_to_append(self.file)
        sync_folder(self._folder)
        return handle

    def _end_file(self) -> None:
        with self._handling:
            _force(self._handle)
            self._start_next()

    def _start_next(self) -> None:
        os.close(self._handle)
        ended = self._ended()
        number = ended[-1][0] + 1 if ended else 1
        self.file.rename(self._folder / f"gate-{number}.jsonl")
        for _, file in ended[: max(0, len(ended) + 1 - self._most_files)]:
            file.unlink()
        self._handle = self._open()

    def _ended(self) -> list[tuple[int, Path]]:
        """Ended files, the oldest first."""
        matches = ((_ENDED.fullmatch(file.name), file) for file in self._folder.iterdir())
        return sorted((int(match[1]), file) for match, file in matches if match is not None)


def _force(handle: int) -> None:
    os.fdatasync(handle) if hasattr(os, "fdatasync") else os.fsync(handle)
