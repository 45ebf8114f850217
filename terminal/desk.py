"""Feeds -> books -> engine -> snapshots, in a thread of its own, away from the window.

The desk thread owns the sockets and the books. It drains the feeds in bounded bursts, recomputes what changed, and
leaves one frozen `View` where the window's timer picks it up: the newest wins, nothing queues. The other way, the
window leaves the selected account and the what-if it wants computed; a wake-up socket ends the desk's wait at once.

A thread, not a process: decoding and the kernels run outside the interpreter's lock or in bursts of a few
milliseconds, and `make bench` (gui_stall_p99_ms) shows the window's loop undisturbed at 10,000 quotes a second.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import zmq

from engine.book import PositionBook
from engine.decision import Decision, Request
from engine.detail import Explained, account_detail, explain
from engine.instruments import Universe
from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE, Integers
from engine.orders import Directory
from engine.snapshot import AccountDetail, AccountTable, Arrays, FeedState, Freeing, Lines, ParametersInForce, Snapshot
from engine.span.conventions import Convention, convention_of, named_convention
from engine.span.parameters import ParameterSet
from engine.span.supported import refuse_unsupported
from engine.state import Calculation, DeskState, MarginStore, value_desk
from engine.text import Text, UserFacingError, text
from engine.valuation import without
from engine.what_if import decide
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.positions import PositionsFeed
from feeds.quotes import QuotesFeed
from terminal.freeing_search import FreeingSearch
from terminal.live_margin import LiveMargin
from terminal.parameter_cache import load_parameters

PERIOD: Final = 100 * MILLISECOND
"""Time between two views while nobody asks for anything; what is asked for is computed at once."""
DECISION_PERIOD: Final = 400 * MILLISECOND
"""Time between two answers to a what-if that only prices have changed."""
TICK: Final = 25 * MILLISECOND
"""Longest wait for input, so that the feeds notice silence in time."""
BURST: Final = 2_000
"""Messages taken from one feed before the other has its turn."""
TREND_WINDOW: Final = 60 * SECOND
TREND_STEP: Final = 5 * SECOND
LONG: Final = 4 << 20
"""Bytes of a parameter file from which on reading takes long enough to show how far it has come."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the publishers are."""

    positions: str
    snapshots: str
    quotes: str


@dataclass(frozen=True, slots=True)
class DeskSetup:
    """What a desk is started with.

    Attributes:
        parameters: Parameter file.
        convention: Name of a convention, or None for the clearing organisation's own.
        endpoints: Where the publishers are.
        lines: Warning, call and forced-close line.
        quote_limit: Nanoseconds after which a quote is stale.
    """

    parameters: Path
    convention: str | None
    endpoints: Endpoints
    lines: Lines
    quote_limit: int


@dataclass(frozen=True, slots=True)
class View:
    """What the window shows next."""

    snapshot: Snapshot
    detail: AccountDetail | None
    decision: Decision | None
    freeing: Freeing | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What the desk is doing, or why it cannot go on."""

    doing: Text
    problem: Text | None = None
    directory: Directory | None = None
    """Contracts of the parameters, once they are read."""
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
        self._view: View | None = None
        self._progress = Progress(text("starting"))
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread and close the sockets; False where it did not stop in time."""
        self._stopping.set()
        self._wake()
        self._thread.join(seconds)
        self._waker.close()
        return not self._thread.is_alive()

    def view(self) -> View | None:
        """The newest view, the same object until there is a newer one; None before the first."""
        return self._view

    def progress(self) -> Progress:
        """What the desk is doing while there is no view yet."""
        return self._progress

    def cancel_loading(self) -> None:
        """End the reading of the parameters; `progress` then says so. Too late once they are read."""
        self._cancelled.set()

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

    def _wake(self) -> None:
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
            if not self._stopping.is_set() and self._progress.problem is None:
                # A bug: threading.excepthook logs its trace, but the window must not wait for ever.
                self._progress = replace(self._progress, problem=text("the desk has stopped: see the log"))

    def _serve(self) -> None:
        setup = self._setup
        self._progress = Progress(text("reading {file}", file=setup.parameters.name))
        parameters = load_parameters(setup.parameters, self._on_read)
        refuse_unsupported(parameters)
        organisation = parameters.origin.clearing_organisation
        convention = named_convention(setup.convention) if setup.convention else convention_of(organisation)
        self._progress = Progress(text("preparing the calculation"))
        directory = Directory.of(parameters)
        pipeline = _Pipeline(setup, self._clock, self._context, parameters, convention)
        self._progress = Progress(text("waiting for positions"), directory=directory)
        try:
            self._loop(pipeline)
        finally:
            pipeline.close()

    def _on_read(self, done: int, total: int) -> bool:
        if total >= LONG:
            self._progress = replace(self._progress, share=done / total)
        return not (self._stopping.is_set() or self._cancelled.is_set())

    def _loop(self, pipeline: _Pipeline) -> None:
        clock, due = self._clock, 0
        asked: tuple[str | None, Request | None, Arrays] = (None, None, Arrays.EXCHANGE)
        while not self._stopping.is_set():
            wanted = (self._selected, self._request, self._arrays)
            wait = 0 if wanted != asked else max(0, due - clock.monotonic_ns())
            pipeline.receive(self._listener, wait)
            now = clock.monotonic_ns()
            if now < due and wanted == asked:
                continue
            asked = wanted
            self._view = pipeline.view(*wanted)
            cost = clock.monotonic_ns() - now
            # A large desk takes longer to value: leave two thirds of the time to the feeds and the window.
            due = now + max(PERIOD, 3 * cost)


class _Pipeline:
    """The feeds, the books and what was computed from them. Lives in the desk thread."""

    def __init__(
        self,
        setup: DeskSetup,
        clock: Clock,
        context: zmq.Context[zmq.Socket[bytes]],
        parameters: ParameterSet,
        convention: Convention,
    ) -> None:
        self._setup = setup
        self._clock = clock
        self._universe = Universe(parameters)
        self._book = PositionBook(self._universe)
        self._market = MarketBook(self._universe)
        self._trend = _Trend()
        self._explained: Explained | None = None
        self._freeing = FreeingSearch()
        self._decision: Decision | None = None
        self._decided, self._decided_on = 0, (0, False, Arrays.EXCHANGE)
        self._sequence = 0
        origin = parameters.origin
        in_force = ParametersInForce(
            origin.version,
            origin.clearing_organisation,
            origin.business_date,
            convention.name,
            origin.file,
            origin.sha256,
        )
        calculation = Calculation.of(parameters, convention)
        self._margin = LiveMargin(calculation, in_force, clock, setup.quote_limit)
        self._store = MarginStore(calculation)
        endpoints = setup.endpoints
        self._feeds: tuple[PositionsFeed, QuotesFeed] = (
            PositionsFeed(context, endpoints.positions, endpoints.snapshots, self._book, clock),
            QuotesFeed(context, endpoints.quotes, self._market, clock),
        )

    def receive(self, listener: zmq.Socket[bytes], wait: int) -> None:
        """Wait up to ``wait`` nanoseconds for input, then take it in, a bounded burst from each feed."""
        poller = zmq.Poller()
        poller.register(listener, zmq.POLLIN)
        for feed in self._feeds:
            for socket in feed.poll_sockets():
                poller.register(socket, zmq.POLLIN)
        poller.poll(min(wait, TICK) // MILLISECOND)
        while listener.poll(0):
            listener.recv()
        for feed in self._feeds:
            feed.drain(BURST)
            feed.tick()

    def view(self, selected: str | None, request: Request | None, arrays: Arrays) -> View:
        """Bring every figure up to date."""
        state = self._state(arrays)
        accounts = replace(state.accounts, trend=self._trend.of(state.accounts, state.now))
        snapshot = Snapshot(
            state.sequence,
            self._clock.wall_ns(),
            self._margin.in_force,
            tuple(feed.status() for feed in self._feeds),
            self._setup.lines,
            without(accounts, state.book.gone),
        )
        row = state.book.row(selected) if selected is not None else -1
        detail = freeing = None
        if row >= 0:
            self._explained = explain(state, row, self._explained)
            detail = account_detail(state, self._universe, row, self._explained)
            freeing = self._freeing.advance(state, row, self._explained.batch)
        return View(snapshot, detail, self._decide(state, request), freeing)

    def _decide(self, state: DeskState, request: Request | None) -> Decision | None:
        """The what-if on ``state``: anew where the request, the book, feeds or arrays changed, else at intervals."""
        if request is None:
            self._decision = None
            return None
        earlier = self._decision
        version = (state.book.version, state.authoritative, self._margin.in_force.arrays)
        due = state.now - self._decided >= DECISION_PERIOD or version != self._decided_on
        if earlier is None or earlier.request is not request or due:
            self._decided, self._decided_on = state.now, version
            self._decision = earlier = self._timed(lambda: decide(state, self._universe, request))
        return earlier

    def close(self) -> None:
        """Close the feeds' sockets."""
        for feed in self._feeds:
            feed.close()

    def _state(self, arrays: Arrays) -> DeskState:
        book, prices = self._book.snapshot(), self._market.snapshot()
        touched = self._book.take_touched()
        if self._margin.update(arrays, prices):
            # Other arrays: nothing that was computed from the last ones holds.
            self._store, self._explained = MarginStore(self._margin.calculation), None
            touched = list(range(len(book.accounts)))
        self._store.update(book, touched)
        now, wall = self._clock.monotonic_ns(), self._clock.wall_ns()
        self._sequence += 1
        return value_desk(
            self._sequence,
            self._margin.calculation,
            book,
            self._store,
            prices.price,
            prices.fresh(now, wall, self._setup.quote_limit),
            prices.received,
            now,
            self._setup.lines,
            all(feed.state is FeedState.LIVE for feed in self._feeds),
        )

    def _timed(self, compute: Callable[[], Decision]) -> Decision:
        before = self._clock.monotonic_ns()
        decision = compute()
        return replace(decision, elapsed=self._clock.monotonic_ns() - before)


class _Trend:
    """Remembers risk ratios for a minute, to tell which way each account moves."""

    def __init__(self) -> None:
        self._history: deque[tuple[int, Integers]] = deque()

    def of(self, accounts: AccountTable, now: int) -> Integers:
        """Change of each ratio over the window, ratio scale; 0 where either end is unknown."""
        history = self._history
        if not history or now - history[-1][0] >= TREND_STEP:
            history.append((now, accounts.ratio))
        while len(history) > 1 and now - history[0][0] > TREND_WINDOW:
            history.popleft()
        earlier = history[0][1]
        known = np.full(len(accounts.ratio), NOT_COMPUTABLE, dtype=np.int64)
        known[: len(earlier)] = earlier
        both = (known != NOT_COMPUTABLE) & (accounts.ratio != NOT_COMPUTABLE)
        return np.where(both, accounts.ratio - known, 0)
