"""The desk behind the gate: feeds taken in, every account valued, again and again, in a thread of its own.

A state never changes, so the gate decides on the newest that is whole and waits for none that is just being made.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

import zmq

from engine.pre_trade import DeskCheck
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND, Clock
from terminal.desk_setup import DeskSetup
from terminal.limit_versions import LimitVersions
from terminal.parameter_version import ParameterVersion
from terminal.parameter_watch import ParameterWatch
from terminal.pipeline import Pipeline
from terminal.real_time import behind_real_time

PERIOD: Final = 100 * MILLISECOND
"""Time between two states of the desk."""
BURST: Final = 200
"""Messages of a feed taken in before the next state may be due."""
LOOK: Final = 5 * SECOND
"""Time between two looks at the files."""
STOPPING: Final = 30.0
"""Seconds the desk may take for what it is at when it has to end."""

_logger = logging.getLogger(__name__)


class GateDesk:
    """The desk behind the gate, valued in a thread of its own.

    Args:
        setup: Files, publishers and lines.
        clock: Time.
        context: ZeroMQ context of the process.

    Raises:
        UserFacingError: Files that cannot be used.
    """

    def __init__(self, setup: DeskSetup, clock: Clock, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._clock = clock
        if setup.limits.file is None:
            remedy = text("give --limits, or name a file under [limits] in the settings")
            raise BadInputError("palisade gate", text("no file of limits is named"), remedy)
        self._limits = LimitVersions(setup.limits, clock)
        self._limits.start(strict=True)
        self._watch = ParameterWatch(setup.parameters)
        self._watch.take_note()
        version = ParameterVersion.load(self._watch.file, setup.convention)
        limits = self._limits.limits
        self.versions = {
            "parameters": version.origin.version,
            "limits": limits.version if limits is not None else "",
        }
        self._pipeline = Pipeline(
            context, setup.endpoints, setup.lines, setup.quote_limit, clock, version, self._limits
        )
        self._check: DeskCheck | None = None
        self._due = self._look_due = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Value the desk from now on."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and close the feeds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOPPING)
        self._pipeline.close()

    @property
    def runs(self) -> bool:
        """Whether the thread is at work; where an error has ended it, the log says which."""
        return self._thread.is_alive()

    def check(self) -> DeskCheck | None:
        """The check on the newest state; None before the first."""
        return self._check

    # Runs in the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        behind_real_time()
        while not self._stopping.is_set():
            self._pipeline.wait((), max(0, self._due - self._clock.monotonic_ns()))
            self._pipeline.take_in(BURST)
            self._renew()

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
        check = self._pipeline.check()
        check.prepare()
        self._check = check
        # A large desk takes longer to value: leave two thirds of the time to the feeds.
        cost = self._clock.monotonic_ns() - before
        self._due = before + max(PERIOD, 3 * cost)
