"""Files of lines that are only ever appended to, whole lines at a time."""

from __future__ import annotations

import os
from pathlib import Path


def open_to_append(file: Path) -> int:
    """A handle at the end of ``file``, made where it is missing, for its owner alone.

    Half a line, which a power cut may have left, is ended, so that it does not spoil the next one.

    Raises:
        OSError: It cannot be opened or written.
    """
    binary = getattr(os, "O_BINARY", 0)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | binary, 0o600)
    try:
        size = os.fstat(handle).st_size
        os.lseek(handle, max(0, size - 1), os.SEEK_SET)
        if size and os.read(handle, 1) != b"\n":
            os.write(handle, b"\n")
    except OSError:
        os.close(handle)
        raise
    return handle
