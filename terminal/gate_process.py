"""`palisade gate`: the desk without its window, and the gate that answers order routers on it.

One thread owns all of it, so that no question is decided on a desk that is just being valued. It says where it
listens in one line of JSON, and at its end in another what it has decided.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zmq

from engine.pre_trade import DeskCheck
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND, Clock, SystemClock
from feeds.gate import GateServer
from feeds.gate_safety import GateLimits
from terminal.desk_setup import DeskSetup
from terminal.gate_record import GateJournal
from terminal.limit_record import data_folder
from terminal.limit_versions import LimitVersions
from terminal.parameter_version import ParameterVersion
from terminal.parameter_watch import ParameterWatch
from terminal.pipeline import Pipeline
from terminal.server_process import announce, serving

ANYWHERE: Final = "tcp://127.0.0.1:*"
PERIOD: Final = 100 * MILLISECOND
"""Time between two states of the desk."""
BURST: Final = 200
"""Messages of a feed taken in before questions have their turn again."""
LOOK: Final = 5 * SECOND
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
    """

    desk: DeskSetup
    endpoint: str
    limits: GateLimits
    record: Path | None = None
    most_bytes: int = 64 * MEGABYTE
    most_files: int = 16


class GateProcess:
    """The desk's pipeline and the gate on it.

    Args:
        setup: What it is started with.
        clock: Time.
        context: ZeroMQ context of the process.

    Raises:
        UserFacingError: Files that cannot be used, an endpoint that cannot be bound, a record that cannot be written.
    """

    def __init__(self, setup: GateSetup, clock: Clock, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._clock = clock
        desk = setup.desk
        if desk.limits.file is None:
            remedy = text("give --limits, or name a file under [limits] in the settings")
            raise BadInputError("palisade gate", text("no file of limits is named"), remedy)
        self._limits = LimitVersions(desk.limits, clock)
        self._limits.start(strict=True)
        self._watch = ParameterWatch(desk.parameters)
        self._watch.take_note()
        version = ParameterVersion.load(self._watch.file, desk.convention)
        self._check: DeskCheck | None = None
        self._due = self._look_due = 0
        self._parameters = version.origin.version
        with ExitStack() as opened:
            self.journal = GateJournal(setup.record or data_folder() / "gate", setup.most_bytes, setup.most_files)
            opened.callback(self.journal.close)
            self._pipeline = Pipeline(
                context, desk.endpoints, desk.lines, desk.quote_limit, clock, version, self._limits
            )
            opened.callback(self._pipeline.close)
            journal = self.journal
            self.gate = GateServer(
                context, setup.endpoint, lambda: self._check, clock, journal.add, setup.limits, journal.commit
            )
            opened.callback(self.gate.close)
            self._opened = opened.pop_all()

    @property
    def announcement(self) -> dict[str, object]:
        """What a router has to know."""
        limits = self._limits.limits
        return {
            "gate": self.gate.endpoint,
            "parameters": self._parameters,
            "limits": limits.version if limits is not None else "",
            "record": str(self.journal.file),
        }

    def run(self, stopped: Callable[[], bool]) -> None:
        """Serve until ``stopped`` says so."""
        sockets = self.gate.poll_sockets()
        while not stopped():
            now = self._clock.monotonic_ns()
            self._pipeline.wait(sockets, max(0, self._due - now))
            self.gate.service()
            self._pipeline.take_in(BURST)
            self._renew()

    def close(self) -> None:
        """Close sockets and files."""
        self._opened.close()

    def _renew(self) -> None:
        """Value the desk anew where it is time, and look at the files."""
        now = self._clock.monotonic_ns()
        if self._limits.tick():
            self._pipeline.put_limits_in_force()
            self._due = 0
        if now >= self._look_due:
            self._look_due = now + LOOK
            if self._watch.has_changed():
                _logger.warning("the parameter file has changed; start the gate anew to put it in force")
        if now < self._due:
            return
        before = now
        self._check = self._pipeline.check()
        # A large desk takes longer to value: leave two thirds of the time to whoever asks.
        cost = self._clock.monotonic_ns() - before
        self._due = before + max(PERIOD, 3 * cost)


def serve(setup: GateSetup, *, exit_with_parent: bool = False) -> int:
    """Run the gate until a signal, or with ``exit_with_parent`` the end of standard input, ends it.

    Returns:
        Exit status.

    Raises:
        UserFacingError: See `GateProcess`.
    """
    with serving(exit_with_parent=exit_with_parent) as (context, stopped), ExitStack() as opened:
        process = GateProcess(setup, SystemClock(), context)
        opened.callback(process.close)
        # What start-up left behind lives as long as the process.
        gc.collect()
        gc.freeze()
        try:
            announce(process.announcement)
            process.run(stopped)
            announce({"decided": dict(process.journal.counts), "working": len(process.gate.reservations)})
        except BrokenPipeError:
            _logger.info("nobody reads the standard output any more")
    return 0
