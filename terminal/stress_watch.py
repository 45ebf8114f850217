"""Looks at every account under every scenario, every 15 seconds, in a thread of its own that nobody waits for.

The desk leaves its newest state here after each view; a run takes the one that is there when it begins and holds on to
it, for a state never changes. All kernels run without the interpreter's lock, on one processor, between steps of some
ten milliseconds, and where the system lets it the thread has a lower priority than those of desk and window.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Final

from engine.classification import Classification
from engine.decision import Request
from engine.instruments import Universe
from engine.reference import Reference
from engine.scenarios.axes import PARALLEL
from engine.scenarios.model import ScenarioModel
from engine.scenarios.named import ScenarioSet
from engine.scenarios.news import PastRun, StressNews
from engine.scenarios.ordered import orders_under_stress
from engine.scenarios.reverse import price_path, reverse_stress
from engine.scenarios.scenario_file import read_scenarios
from engine.scenarios.stress import StressRun, changes_between, stress
from engine.span.parameters import ParameterSet
from engine.state import DeskState
from engine.text import BadInputError, UserFacingError, text
from feeds.clock import SECOND, Clock
from terminal.limit_record import data_folder
from terminal.stress_record import StressRecord

PERIOD: Final = 15 * SECOND
FIRST: Final = 2 * SECOND
"""Time from the first state to the first run: start-up has the processor to itself."""
MOST_PAST: Final = 240
"""Runs kept for the chart: an hour."""
STEP: Final = 0.02
"""Least progress that is told."""
NICE: Final = 10

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StressSource:
    """What accounts are looked at under.

    Attributes:
        scenarios: File of scenarios (example: resources/scenarios.toml, which is taken where this is None).
        folder: Where results are recorded.
        period: Nanoseconds between two runs.
        first: Nanoseconds from the first state to the first run.
    """

    scenarios: Path | None = None
    folder: Path = field(default_factory=data_folder)
    period: int = PERIOD
    first: int = FIRST

    def read(self) -> ScenarioSet:
        """The scenarios.

        Raises:
            BadInputError: The file cannot be read, or something in it is wrong.
        """
        if self.scenarios is None:
            shipped = resources.files("resources").joinpath("scenarios.toml")
            return read_scenarios(shipped.read_text(encoding="utf-8"), shipped.name)
        try:
            content = self.scenarios.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            remedy = text("name another file in the settings, or none for the usual scenarios")
            raise BadInputError(str(self.scenarios), text("not readable: {error}", error=error), remedy) from error
        return read_scenarios(content, self.scenarios.name)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a run may be of: the desk at one moment."""

    state: DeskState
    as_of: int
    parameters: ParameterSet
    """As published: the state may have live arrays."""
    reference: Reference


class StressWatch:
    """The thread, the place where the desk leaves its state, and the news of it.

    Args:
        source: Scenarios, record and times.
        clock: Time.
    """

    def __init__(self, source: StressSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._record = StressRecord(source.folder)
        self._offered: Offered | None = None
        self._account = ""
        self._request: Request | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._news = StressNews(period=source.period)
        self._past: deque[PastRun] = deque(maxlen=MOST_PAST)
        self._model: ScenarioModel | None = None
        self._made_of: tuple[ParameterSet, Reference] | None = None
        self._thread = threading.Thread(target=self._run, name="stress", daemon=True)

    # Called by the desk's thread and the window's -------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """End the run under way at its next step, and the thread; False where it did not end in time."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def offer(self, offered: Offered) -> None:
        """Leave the desk as it is now; the newest wins."""
        first, self._offered = self._offered is None, offered
        if first:
            self._wake.set()

    def look_at(self, account: str) -> None:
        """Find the smallest moves that take this account to its lines, now and after each run."""
        self._account = account
        self._wake.set()

    def ask(self, request: Request | None) -> None:
        """Find what these orders do under stress, now and after each run; None for none."""
        self._request = request
        self._wake.set()

    def news(self) -> StressNews:
        """What there is to say, the same object until something changes."""
        return self._news

    # Runs in the stress thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        _step_back()
        try:
            self._serve(self._source.read())
        except UserFacingError as error:
            _logger.warning("%s", error)
            self._news = replace(self._news, problem=error.message)
        finally:
            if not self._stopping and self._news.problem is None:
                # A bug: threading.excepthook logs its trace, and nobody must take old results for new ones.
                stopped = text("accounts are not looked at under stress any more: see the log")
                self._news = replace(self._news, problem=stopped, share=None)

    def _serve(self, scenarios: ScenarioSet) -> None:
        while not self._stopping and self._offered is None:
            self._wait(SECOND)
        due = self._clock.monotonic_ns() + self._source.first
        looked_at, answered = "", None
        # What a person waits for goes before the next run; a run makes it due again.
        reach_due = answer_due = False
        while not self._stopping:
            now, offered = self._clock.monotonic_ns(), self._offered
            if offered is not None and (self._request is not answered or (answer_due and answered is not None)):
                answered, answer_due = self._request, False
                self._answer(offered, scenarios, answered)
            elif offered is not None and self._account and (self._account != looked_at or reach_due):
                looked_at, reach_due = self._account, False
                self._reverse(offered, looked_at)
            elif now >= due and offered is not None:
                due = now + self._source.period
                if len(offered.state.book.accounts):
                    self._look(offered, scenarios)
                reach_due = answer_due = True
            else:
                self._wait(due - now)

    def _wait(self, nanoseconds: int) -> None:
        """Wait that long, or until somebody wants something; not at all once the thread is to end."""
        if not self._stopping:
            self._wake.wait(max(0, nanoseconds) / SECOND)
            if not self._stopping:
                self._wake.clear()

    def _answer(self, offered: Offered, scenarios: ScenarioSet, request: Request | None) -> None:
        """What the orders that are asked for do under stress."""
        found = None
        if request is not None and request.orders:
            found = orders_under_stress(offered.state, self._model_of(offered), scenarios, request)
        self._news = replace(self._news, orders=found)

    def _reverse(self, offered: Offered, account: str) -> None:
        """The smallest moves of all prices that take the account that is looked at to its lines."""
        row, model, found = offered.state.book.row(account), self._model_of(offered), []
        if row >= 0:
            paths = (price_path(model, PARALLEL, sign) for sign in (-1, 1))
            found = [reverse_stress(offered.state, model, row, path) for path in paths]
        self._news = replace(self._news, reverse=tuple(found))

    def _look(self, offered: Offered, scenarios: ScenarioSet) -> None:
        """One run, its record and its news."""
        began, told = self._clock.monotonic_ns(), 0.0
        self._tell(0.0)
        steps = stress(offered.state, self._model_of(offered), scenarios, offered.as_of)
        while True:
            try:
                share = next(steps)
            except StopIteration as end:
                run: StressRun = end.value
                break
            if self._stopping:
                steps.close()
                return
            if share - told >= STEP:
                told = share
                self._tell(share)
        before = self._news.run
        run = replace(
            run,
            number=1 if before is None else before.number + 1,
            elapsed=self._clock.monotonic_ns() - began,
        )
        self._finish(run, before)

    def _finish(self, run: StressRun, before: StressRun | None) -> None:
        alike = before is not None and (before.parameters, before.scenario_version) == (
            run.parameters,
            run.scenario_version,
        )
        changes = changes_between(before if alike else None, run)
        self._past.append(PastRun.of(run))
        problem = None
        try:
            self._record.add(run, changes)
        except UserFacingError as error:
            if self._news.problem is None:
                _logger.warning("%s", error)
            problem = error.message
        compared = before.as_of if before is not None and alike else 0
        self._news = replace(
            self._news,
            run=run,
            changes=changes,
            compared=compared,
            past=tuple(self._past),
            share=None,
            problem=problem,
        )

    def _tell(self, share: float) -> None:
        self._news = replace(self._news, share=share)

    def _model_of(self, offered: Offered) -> ScenarioModel:
        """The model of the parameters as published; made anew only where they or the reference are others."""
        made_of = (offered.parameters, offered.reference)
        if (
            self._model is None
            or self._made_of is None
            or any(one is not other for one, other in zip(made_of, self._made_of, strict=True))
        ):
            universe = Universe(offered.parameters)
            classification = Classification.of(universe, offered.parameters, offered.reference)
            self._model, self._made_of = ScenarioModel(offered.parameters, classification), made_of
        return self._model


def _step_back() -> None:
    """Give this thread a lower priority than the others, where a thread can have one of its own."""
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        except OSError as error:
            _logger.debug("the stress thread keeps its priority: %s", error)
