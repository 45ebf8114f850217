"""How a process that was started by another notices that the other has gone."""

from __future__ import annotations

import os
import threading


def watch_parent(stop: threading.Event) -> None:
    """Wait for the end of standard input: the parent holds the other end as long as it lives."""
    # Not sys.stdin: its lock would be held while the interpreter shuts down.
    while os.read(0, 4096):
        pass
    stop.set()
