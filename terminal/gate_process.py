"""`palisade gate`: the desk without its window, and the gate that answers order routers on it.

One thread takes the feeds in and values the desk, another owns the gate and decides on the newest state. It says where
it listens in one line of JSON, and at its end in another what it has decided.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import zmq

from engine.text import UserFacingError, text
from feeds.clock import MILLISECOND, Clock, SystemClock
from feeds.gate import GateServer
from feeds.gate_safety import GateLimits
from terminal.desk_setup import DeskSetup
from terminal.gate_desk import GateDesk
from terminal.gate_files import claim, take_up
from terminal.gate_record import GateJournal
from terminal.limit_record import data_folder
from terminal.quiet_collector import QuietCollector
from terminal.real_time import on_one_processor, real_time
from terminal.server_process import announce, serving

ANYWHERE: Final = "tcp://127.0.0.1:*"
SHARED: Final = 5 * MILLISECOND
"""Turn of a gate that forces its record to the disk before each answer."""
SWITCH: Final = 100e-6
"""Seconds after which the interpreter lets the other thread go on: questions wait no longer for the desk's own work."""
MEGABYTE: Final = 2**20

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GateSetup:
    """What a gate is started with.

    Attributes:
        desk: Files, publishers and lines, as for the window.
        endpoint: Where to listen.
        limits: How much it puts up with.
        record: Folder of its record; the user's by default.
        most_bytes: Size at which a file of the record ends.
        most_files: Ended files that are kept.
        forced: Seconds until what was written of it is forced to the disk; at 0 that is before each answer.
        real_time: Whether it goes before the other programs of the machine, where the system allows that.
    """

    desk: DeskSetup
    endpoint: str
    limits: GateLimits
    record: Path | None = None
    most_bytes: int = 64 * MEGABYTE
    most_files: int = 16
    forced: float = 0.01
    real_time: bool = True


class GateProcess:
    """The desk and the gate on it.

    Args:
        setup: What it is started with.
        clock: Time.
        context: ZeroMQ context of the process.

    Raises:
        UserFacingError: Files that cannot be used, an endpoint that cannot be bound, a record that cannot be written.
    """

    def __init__(self, setup: GateSetup, clock: Clock, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        with ExitStack() as opened:
            self._desk = GateDesk(setup.desk, clock, context)
            opened.callback(self._desk.close)
            folder = setup.record or data_folder() / "gate"
            opened.callback(claim(folder).close)
            taken_up = take_up(folder, clock, setup.limits)
            self.journal = GateJournal(folder, setup.most_bytes, setup.most_files, setup.forced, taken_up)
            opened.callback(self.journal.close)
            # Forcing a record to the disk takes as long as many checks: then many answers share it.
            limits = setup.limits if setup.forced else replace(setup.limits, turn=SHARED)
            told = self.journal.add, limits, self.journal.commit, taken_up.earlier
            self.gate = GateServer(context, setup.endpoint, self._desk.check, clock, *told)
            opened.callback(self.gate.close)
            self._opened = opened.pop_all()

    @property
    def announcement(self) -> dict[str, object]:
        """What a router has to know."""
        where = {"gate": self.gate.endpoint, **self._desk.versions, "record": str(self.journal.file)}
        return {**where, "working": len(self.gate.reservations)}

    def run(self, stopped: Callable[[], bool], collector: QuietCollector) -> None:
        """Serve until ``stopped`` says so.

        Args:
            stopped: Says when.
            collector: Walks while nobody asks.

        Raises:
            UserFacingError: The desk has stopped.
        """
        self._desk.start()
        with on_one_processor():
            while not stopped():
                self.gate.service(wait=True)
                collector.tend(self.gate.last_asked)
                if not self._desk.runs:
                    raise UserFacingError(text("the desk behind the gate has stopped: see the log"))

    def close(self) -> None:
        """End the thread, close sockets and files."""
        self._opened.close()


def serve(setup: GateSetup, *, exit_with_parent: bool = False) -> int:
    """Run the gate until a signal, or with ``exit_with_parent`` the end of standard input, ends it.

    Returns:
        Exit status.

    Raises:
        UserFacingError: See `GateProcess`.
    """
    with (
        # First of all, since threads are as those that start them.
        real_time(wanted=setup.real_time) as first,
        serving(exit_with_parent=exit_with_parent) as (context, stopped),
        ExitStack() as opened,
    ):
        process = GateProcess(setup, SystemClock(), context)
        opened.callback(process.close)
        # What start-up left behind lives as long as the process.
        collector = opened.enter_context(QuietCollector(SystemClock()))
        opened.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH)
        try:
            announce({**process.announcement, "scheduling": "real-time" if first else "normal"})
            process.run(stopped, collector)
            announce({"decided": dict(process.journal.counts), "working": len(process.gate.reservations)})
        except BrokenPipeError:
            _logger.info("nobody reads the standard output any more")
    return 0
