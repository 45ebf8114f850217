"""The gate's record on disk: one line of JSON a message, appended, forced to the disk before its answer leaves.

`gate.jsonl` grows to a size, is renamed to `gate-NUMBER.jsonl`, and the oldest of these goes once there are too many.
"""

from __future__ import annotations

import os
import re
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

    Attributes:
        counts: Messages by what became of them, since the start.

    Raises:
        UserFacingError: The folder cannot be written to.
    """

    def __init__(self, folder: Path, most_bytes: int, most_files: int) -> None:
        self.counts: Counter[str] = Counter()
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._lines: list[bytes] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = self._open()
        except OSError as error:
            reason = error.strerror or error
            raise UserFacingError(
                text("{file}: decisions cannot be recorded: {reason}", file=folder, reason=reason)
            ) from None

    @property
    def file(self) -> Path:
        """The file that is written now."""
        return self._folder / NAME

    def add(self, record: GateRecord) -> None:
        """Take a record in; it is on the disk after the next `commit`."""
        self._lines.append(msgspec.json.encode(as_written(record)) + b"\n")
        self.counts[fate(record)] += 1

    def commit(self) -> None:
        """Force what was taken in to the disk.

        Raises:
            OSError: It is not there; what was taken in is let go.
        """
        if not self._lines:
            return
        lines, self._lines = b"".join(self._lines), []
        size = os.fstat(self._handle).st_size
        if size and size + len(lines) > self._most_bytes:
            self._end_file()
            size = 0
        try:
            written = os.write(self._handle, lines)
            if written < len(lines):
                raise OSError(28, "No space left on device")
            os.fdatasync(self._handle) if hasattr(os, "fdatasync") else os.fsync(self._handle)
        except OSError:
            # What was not recorded must not look as if it had been.
            os.ftruncate(self._handle, size)
            raise

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _open(self) -> int:
        handle = open_to_append(self.file)
        sync_folder(self._folder)
        return handle

    def _end_file(self) -> None:
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
