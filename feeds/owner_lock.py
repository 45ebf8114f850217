"""One owner a folder: the second process that wants to write there is refused, and told who holds it."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import BinaryIO

from engine.text import BadInputError, Text, text

_LOCKED_BYTE = 2**30
"""Far behind the text, so that it can be read where locks are mandatory."""


class OwnerLock:
    """Held from construction to `close`; the system lets go of it when the process ends, however it ends.

    Args:
        path: The lock's file, made where there is none.
        program: Who to name to others.
        remedy: What others can do about it.

    Raises:
        BadInputError: Another process holds it, or the file cannot be made.
    """

    def __init__(self, path: Path, program: str, remedy: Text | None = None) -> None:
        remedy = remedy or text("end that program, or give another folder")
        try:
            self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        except OSError as error:
            what = text("it cannot be written: {reason}", reason=error.strerror)
            raise BadInputError(str(path.parent), what, text("make the folder writable, or give another one")) from None
        try:
            _lock(self._file)
        except OSError:
            holder = self._file.read(300).decode("utf-8", "replace").strip() or "another process"
            self._file.close()
            raise BadInputError(str(path.parent), text("{holder} is using it", holder=holder), remedy) from None
        self._file.truncate()
        self._file.write(f"{program}, process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._file.flush()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


def _lock(file: BinaryIO) -> None:
    """Take the lock or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
