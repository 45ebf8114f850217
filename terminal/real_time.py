"""Who goes first where a machine has fewer processors than threads that want one (Linux only).

A thread that wakes up waits for its turn, on a busy machine for milliseconds: many times what a check takes. Those in
real time do not: they go before all others. The system allows that to its administrator, and to whom that one grants
it (`RLIMIT_RTPRIO`; `RLIMIT_NICE` for `behind_real_time`).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PRIORITY: Final = 10
"""Among those in real time, from 1 to 99: above nothing that a system runs for its own good."""
BEHIND: Final = -10
"""Niceness of work that those in real time wait for, if not long."""

_PROCESSOR: Final = 36
"""Of the fields behind the program's name: where the thread ran last."""


@contextmanager
def real_time(*, wanted: bool = True) -> Iterator[bool]:
    """Let the calling thread, and those that it starts, go before all ordinary ones; whether they do.

    Args:
        wanted: Whether it is asked for at all.
    """
    if sys.platform != "linux" or not wanted:
        yield False
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, policy, priority)


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Keep the calling thread, if it is in real time, on the processor it is on, whose caches know what it works with.

    Threads that it starts meanwhile are kept there as well.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_RR:
        yield
        return
    # The name of the program, in parentheses, may hold anything.
    fields = Path("/proc/thread-self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(fields[_PROCESSOR])})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def behind_real_time() -> None:
    """Let the calling thread go behind those in real time again, though before others where that is allowed.

    For long work beside them: real time would keep a processor from everybody else.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) != os.SCHED_RR:
        return
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
