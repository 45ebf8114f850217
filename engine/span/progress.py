"""Tells how far the reading of a file has come, and ends it when nobody wants it any more."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.text import UserFacingError, text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Report = Callable[[int, int], bool]
"""Is told the bytes done and their total; False ends the reading."""
REPORTS = 50
"""How often a report is asked for while a file is read."""


class CancelledError(UserFacingError):
    """Somebody ended the reading of a file; nothing of it is in force."""

    def __init__(self, file: str) -> None:
        super().__init__(text("reading {file} was cancelled; start again to read it", file=file))


class MeteredFile(io.RawIOBase):
    """A file that reports how much of it has been read.

    Args:
        raw: The file, unbuffered; closed with this.
        name: Name of the file, for errors.
        total: Its size in bytes.
        report: Is told, about `REPORTS` times from start to end.
    """

    def __init__(self, raw: io.FileIO, name: str, total: int, report: Report) -> None:
        super().__init__()
        self._raw = raw
        self._name = name
        self._total = total
        self._report = report
        self._done = 0
        self._due = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As the file is."""
        return self._raw.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to another place; what is read twice counts twice, up to the total."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Place in the file."""
        return self._raw.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into ``buffer``.

        Raises:
            CancelledError: The report said so.
        """
        count = self._raw.readinto(buffer) or 0
        self._done = min(self._done + count, self._total)
        if self._done >= self._due:
            due = self._done + self._total // REPORTS + 1
            self._due = min(due, self._total) if self._done < self._total else due
            if not self._report(self._done, self._total):
                raise CancelledError(self._name)
        return count

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()
