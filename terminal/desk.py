"""The desk thread: feeds -> books -> engine -> snapshots, away from the window.

The thread owns the sockets and the books. It drains the feeds in bounded bursts, recomputes what changed, and leaves
one frozen `View` where the window's timer picks it up: the newest wins, nothing queues. The other way, the window
leaves the selected account and the what-if it wants computed; a wake-up socket ends the desk's wait at once. Other
parameters come into force between two views.

A thread, not a process: decoding and the kernels run outside the interpreter's lock or in bursts of a few
milliseconds, and `make bench` (gui_stall_p99_ms) shows the window's loop undisturbed at 10,000 quotes a second.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import zmq

from engine.concentration_picture import Choice
from engine.decision import Request
from engine.snapshot import Arrays
from engine.text import Text, UserFacingError, text
from feeds.clock import MILLISECOND, Clock
from feeds.journal import Journal
from terminal.desk_setup import DeskSetup
from terminal.limit_versions import LimitVersions
from terminal.parameter_loading import LONG
from terminal.parameter_versions import ParameterSource, ParameterVersions
from terminal.pipeline import Pipeline, View
from terminal.report_writing import ReportWriting
from terminal.stress_watch import Offered, StressWatch

PERIOD: Final = 100 * MILLISECOND
"""Time between two views while nobody asks for anything; what is asked for is computed at once."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the desk is doing before its first view, or why it cannot go on."""

    doing: Text
    problem: Text | None = None
    share: float | None = None
    """How much of it is done, 0 to 1, where that can be told and is worth it."""


class Desk:
    """The desk thread and the places where it and the window leave things for each other.

    Args:
        setup: Files, endpoints and limits.
        clock: Time.
        context: ZeroMQ context of the process.
    """

    def __init__(self, setup: DeskSetup, clock: Clock, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._setup = setup
        self._clock = clock
        self._context = context
        self._wake_address = f"inproc://desk-{id(self)}"
        self._listener = context.socket(zmq.PULL)
        self._listener.bind(self._wake_address)
        self._waker = context.socket(zmq.PUSH)
        self._waker.set(zmq.LINGER, 0)
        self._waker.connect(self._wake_address)
        self._stopping = threading.Event()
        self._cancelled = threading.Event()
        self._selected: str | None = None
        self._request: Request | None = None
        self._arrays = Arrays.EXCHANGE
        self._choice: Choice | None = None
        self._report_path: Path | None = None
        self._reports = ReportWriting()
        self._view: View | None = None
        self._journal: Journal | None = None
        self._progress = Progress(text("starting"))
        self.versions = ParameterVersions(
            ParameterSource(setup.parameters, setup.convention, setup.max_age_days), clock
        )
        self._limits = LimitVersions(setup.limits, clock)
        self.stress = StressWatch(setup.stress, clock)
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread, and the one that looks at accounts under stress."""
        self._thread.start()
        self.stress.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread and close the sockets; False where it did not stop in time."""
        self._stopping.set()
        self._wake()
        stopped = self.stress.stop(seconds)
        self._thread.join(seconds)
        self._reports.close(seconds)
        self._waker.close()
        return stopped and not self._thread.is_alive()

    def view(self) -> View | None:
        """The newest view, the same object until there is a newer one; None before the first."""
        return self._view

    def progress(self) -> Progress:
        """What the desk is doing while there is no view yet."""
        return self._progress

    def cancel_loading(self) -> None:
        """End the reading of parameters; before the first view the desk ends with it, and `progress` says so."""
        self._cancelled.set()
        self.versions.cancel()

    def select(self, account: str | None) -> None:
        """Compute the detail of this account from now on."""
        self._selected = account
        self._wake()

    def ask(self, request: Request | None) -> None:
        """Compute this what-if from now on, anew with each snapshot; None for none."""
        self._request = request
        self._wake()

    def use_arrays(self, arrays: Arrays) -> None:
        """Margin every account on these arrays from now on."""
        self._arrays = arrays
        self._wake()

    def watch(self, choice: Choice | None) -> None:
        """Keep this picture of the desk's concentration up to date from now on; None while nobody looks."""
        self._choice = choice
        self._wake()

    def report_to(self, path: Path) -> None:
        """Write a report of the desk's concentration as it is now: a spreadsheet or, by the file's ending, PDF."""
        self._report_path = path
        self._wake()

    def _wake(self) -> None:
        if self._waker.closed:
            # A window that closes may still say that nobody looks.
            return
        try:
            self._waker.send(b"", zmq.NOBLOCK)
        except zmq.Again:
            _logger.debug("the desk has wake-ups waiting already")

    # Runs in the desk thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._serve()
        except UserFacingError as error:
            self._progress = replace(self._progress, problem=error.message)
        finally:
            self._listener.close(linger=0)
            self.versions.close()
            if not self._stopping.is_set() and self._progress.problem is None:
                # A bug: threading.excepthook logs its trace, but the window must not wait for ever.
                self._progress = replace(self._progress, problem=text("the desk has stopped: see the log"))

    def _serve(self) -> None:
        setup = self._setup
        self._progress = Progress(text("reading {file}", file=setup.parameters.name))
        self.versions.start(self._on_read)
        self._progress = Progress(text("preparing the calculation"))
        self._limits.start()
        with ExitStack() as stack:
            if setup.journal is not None:
                self._journal = Journal(setup.journal, self._clock)
                stack.callback(self._journal.close)
            pipeline = Pipeline(
                self._context,
                setup.endpoints,
                setup.lines,
                setup.quote_limit,
                self._clock,
                self.versions.in_force,
                self._limits,
                self._journal,
            )
            stack.callback(pipeline.close)
            self._progress = Progress(text("waiting for positions"))
            self._loop(pipeline)

    def _warnings(self) -> tuple[Text, ...]:
        """What lasts until somebody does something about it."""
        failure = self._journal.failure if self._journal is not None else None
        return self.versions.warnings() + ((failure,) if failure is not None else ())

    def _on_read(self, done: int, total: int) -> bool:
        if total >= LONG:
            self._progress = replace(self._progress, share=done / total)
        return not (self._stopping.is_set() or self._cancelled.is_set())

    def _write_report(self, pipeline: Pipeline) -> None:
        path, self._report_path = self._report_path, None
        if path is not None:
            self._reports.write(pipeline.concentration_report(), path)

    def _loop(self, pipeline: Pipeline) -> None:
        clock, due = self._clock, 0
        asked: tuple[str | None, Request | None, Arrays, Choice | None] = (None, None, Arrays.EXCHANGE, None)
        while not self._stopping.is_set():
            wanted = (self._selected, self._request, self._arrays, self._choice)
            wait = 0 if wanted != asked else max(0, due - clock.monotonic_ns())
            pipeline.receive(self._listener, wait)
            if self.versions.tick():
                pipeline.put_in_force(self.versions.in_force)
                due = 0
            if self._limits.tick():
                pipeline.put_limits_in_force()
                due = 0
            now = clock.monotonic_ns()
            if now < due and wanted == asked:
                continue
            asked = wanted
            view = pipeline.view(*wanted, self._warnings(), self.versions.news())
            parameters = view.version.calculation.parameters
            self.stress.offer(Offered(view.state, view.snapshot.as_of, parameters, view.reference))
            self._write_report(pipeline)
            self._view = replace(view, stress=self.stress.news(), report=self._reports.told)
            cost = clock.monotonic_ns() - now
            # A large desk takes longer to value: leave two thirds of the time to the feeds and the window.
            due = now + max(PERIOD, 3 * cost)
