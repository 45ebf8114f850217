"""What every server process of ours does: end on signals or with its parent, and say where it listens."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import zmq

from feeds.parent_watch import watch_parent
from feeds.sockets import Context


@contextmanager
def serving(*, exit_with_parent: bool) -> Iterator[tuple[Context, Callable[[], bool]]]:
    """A ZeroMQ context, and whether it is time to end: after SIGINT, SIGTERM, or the end of standard input.

    Args:
        exit_with_parent: Whether the end of standard input counts.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    with ExitStack() as opened:
        for number in (signal.SIGINT, signal.SIGTERM):
            opened.callback(signal.signal, number, signal.signal(number, lambda *_: stop.set()))
        if exit_with_parent:
            threading.Thread(target=watch_parent, args=(stop,), name="parent watch", daemon=True).start()
        context: Context = zmq.Context()
        opened.callback(context.term)
        yield context, stop.is_set


def announce(what: dict[str, object]) -> None:
    """Say on one line of standard output what others have to know."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
