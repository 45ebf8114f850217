"""Standard output as commands use it."""

from __future__ import annotations

import os
import sys

from engine.text import UserFacingError, text


def write_output(output: str) -> None:
    """Write to standard output, in UTF-8 whatever the machine's habit, and find out now whether anybody reads it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.stdout.write(output)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go_of_output()
        reason = text("standard output cannot be written: {reason}", reason=error.strerror)
        raise UserFacingError(reason) from None


def let_go_of_output() -> None:
    """What is still buffered would fail again while Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
