"""How a process that was started by another notices that the other has gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


def watch_parent(stop: threading.Event, hear: Callable[[bytes], None] = lambda _: None) -> None:
    """Wait for the end of standard input: the parent holds the other end as long as it lives.

    Args:
        stop: Is set then.
        hear: Is told what the parent says until then, in pieces as they come.
    """
    # Not sys.stdin: its lock would be held while the interpreter shuts down.
    while piece := os.read(0, 4096):
        hear(piece)
    stop.set()
