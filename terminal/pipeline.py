"""Feeds -> books -> engine -> views: everything the desk thread owns, on one parameter version at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

import zmq

from engine.authorisation.execution import Grounds
from engine.book import PositionBook
from engine.column_map import ColumnMap
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_picture import Choice, ConcentrationPicture
from engine.decision import Decision, Request
from engine.instruments import Universe
from engine.limits_in_force import LimitsInForce
from engine.market import Depth, MarketBook
from engine.pre_trade import DeskCheck
from engine.reference import Reference
from engine.scenarios.news import StressNews
from engine.snapshot import AccountDetail, Arrays, FeedState, Freeing, Lines, ParametersInForce, Snapshot
from engine.span.comparison_contracts import rows_in
from engine.span.parameters import ParameterSet
from engine.state import DeskState
from engine.text import Text, text
from engine.valuation import without
from engine.versions import ParameterNews
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.journal import Journal
from feeds.positions import PositionsFeed
from feeds.quotes import QuotesFeed
from feeds.tape import Channel, Mark
from terminal.concentration import ConcentrationDesk
from terminal.concentration_report import concentration_report
from terminal.limit_versions import LimitSource, LimitVersions
from terminal.parameter_version import ParameterVersion
from terminal.report_table import Report
from terminal.valuing import Valuing

TICK = 25 * MILLISECOND
"""Longest wait for input, so that the feeds notice silence in time."""
BURST = 2_000
"""Messages taken from one feed before the other has its turn."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the publishers are."""

    positions: str
    snapshots: str
    quotes: str


@dataclass(frozen=True, slots=True)
class View:
    """What the window shows next: every figure of it computed on the version its snapshot names."""

    snapshot: Snapshot
    version: ParameterVersion
    """The same object until another version is in force."""
    news: ParameterNews | None
    """What there is besides that version."""
    live: ParameterSet | None
    """The parameters with live arrays in them, where margin is computed from those."""
    detail: AccountDetail | None
    decision: Decision | None
    freeing: Freeing | None
    limits: LimitsInForce
    """The same object until others are in force or something else is to be said of them."""
    state: DeskState
    """What all of it was computed on."""
    reference: Reference
    """Sectors and volumes that go with the limits."""
    universe: Universe
    """Names of the state's columns; the desk thread adds to it, nobody else."""
    depth: Depth
    """Best bids and offers, a second old at most."""
    positions: Mark
    """Where the publisher's positions stood: session, sequence and digest of the book."""
    concentration: ConcentrationPicture | None = None
    """None while nobody looks at it."""
    report: Text | None = None
    """What became of the last report that was asked for."""
    stress: StressNews | None = None
    """The same object until something changes; None where nobody looks at accounts under stress."""


class Pipeline:
    """The feeds, the books and what is computed from them. Lives in the desk thread.

    Args:
        context: ZeroMQ context of the process.
        endpoints: Where the publishers are.
        lines: Warning, call and forced-close line.
        quote_limit: Nanoseconds after which a quote is stale.
        clock: Time.
        version: The parameters in force.
        limits: Those in force; by default none.
        journal: Records what the feeds take in; by default nothing is recorded.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoints: Endpoints,
        lines: Lines,
        quote_limit: int,
        clock: Clock,
        version: ParameterVersion,
        limits: LimitVersions | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._lines = lines
        self._quote_limit = quote_limit
        self._clock = clock
        self._version = version
        self._universe = Universe(version.parameters)
        self._book = PositionBook(self._universe)
        self._market = MarketBook(self._universe)
        self._limits = limits or LimitVersions(LimitSource(), clock)
        self._valuing = self._make_valuing()
        self._concentration = ConcentrationDesk(clock)
        self._concentration.rest_on(version.parameters, self._universe, self._limits)
        self._journal, tap = journal, journal.note if journal is not None else None
        self._next_mark = 0
        self._positions = PositionsFeed(context, endpoints.positions, endpoints.snapshots, self._book, clock, tap=tap)
        self._quotes = QuotesFeed(context, endpoints.quotes, self._market, clock, tap=tap)
        self._feeds: tuple[PositionsFeed, QuotesFeed] = (self._positions, self._quotes)
        self._depth_then, self._next_depth = self._market.depth(), clock.monotonic_ns()
        self._sequence = 0

    def put_in_force(self, version: ParameterVersion) -> None:
        """Carry the books over to another version; from the next view on every figure is computed on it."""
        rows = rows_in(version.parameters, self._version.parameters)
        columns = ColumnMap(self._universe, Universe(version.parameters), rows)
        self._version, self._universe = version, columns.after
        # Positions first: a quote is kept where its contract is listed or held.
        self._book = self._book.remapped(columns)
        self._market = self._market.remapped(columns)
        self._depth_then = self._market.depth()
        self._positions.carry_on_in(self._book)
        self._quotes.carry_on_in(self._market)
        self._valuing = self._make_valuing()
        self._concentration.rest_on(version.parameters, self._universe, self._limits)

    def put_limits_in_force(self) -> None:
        """From the next view on orders are checked against the limits that are in force now."""
        self._valuing.limit(self._limits)
        self._concentration.rest_on(self._version.parameters, self._universe, self._limits)

    def _make_valuing(self) -> Valuing:
        return Valuing(self._version, self._universe, self._clock, self._lines, self._quote_limit, self._limits)

    def receive(self, listener: zmq.Socket[bytes], wait: int) -> None:
        """Wait up to ``wait`` nanoseconds for input, then take it in; ``listener`` is emptied as well."""
        self.wait([listener], wait)
        while listener.poll(0):
            listener.recv()
        self.take_in()

    def wait(self, beside: Iterable[zmq.Socket[bytes]], wait: int) -> None:
        """Wait up to ``wait`` nanoseconds, and no longer than feeds may be left alone, for input from any socket."""
        poller = zmq.Poller()
        for socket in chain(beside, *(feed.poll_sockets() for feed in self._feeds)):
            poller.register(socket, zmq.POLLIN)
        poller.poll(min(wait, TICK) // MILLISECOND)

    def take_in(self, burst: int = BURST) -> None:
        """Take waiting input in, so many messages from each feed at the most."""
        if self._journal is not None:
            self._journal.note(Channel.TURN)
        for feed in self._feeds:
            feed.drain(burst)
            feed.tick()
        if self._clock.monotonic_ns() >= self._next_mark:
            self._mark()

    def _mark(self) -> None:
        """Record what the positions have come to, for a replay to compare."""
        self._next_mark = self._clock.monotonic_ns() + SECOND
        if self._journal is not None:
            self._journal.note(Channel.MARK, (self._positions.mark().encode(),))

    def view(
        self,
        selected: str | None,
        request: Request | None,
        arrays: Arrays,
        choice: Choice | None = None,
        warnings: tuple[Text, ...] = (),
        news: ParameterNews | None = None,
    ) -> View:
        """Bring every figure up to date.

        Args:
            selected: Account whose detail is wanted.
            request: The what-if that is wanted.
            arrays: Which arrays margin is to be computed from.
            choice: Which picture of concentration is wanted; None for none.
            warnings: Why other parameters ought to be in force.
            news: What there is besides the parameters in force.
        """
        valuing, state = self._valuing, self._state(arrays)
        snapshot = Snapshot(
            state.sequence,
            self._clock.wall_ns(),
            replace(valuing.in_force, warnings=warnings),
            tuple(feed.status() for feed in self._feeds),
            self._lines,
            without(valuing.with_trend(state), state.book.gone),
        )
        detail, freeing = valuing.detail(state, selected)
        detail = self._concentration.with_market(detail)
        decision = valuing.decide(state, request, self._market)
        picture = self._concentration.picture(state, self._market, choice, request)
        limits, reference = self._limits.in_force, self._limits.reference
        results = (
            valuing.live,
            detail,
            decision,
            freeing,
            limits,
            state,
            reference,
            self._universe,
            self._depth(),
            self._positions.mark(),
            picture,
        )
        return View(snapshot, self._version, news, *results)

    def _depth(self) -> Depth:
        """A copy of every best bid and offer, made once a second: few look at it."""
        now = self._clock.monotonic_ns()
        if now >= self._next_depth:
            self._next_depth, self._depth_then = now + SECOND, self._market.depth()
        return self._depth_then

    def check(self) -> DeskCheck:
        """The check of orders on the desk as of now, with the exchange's arrays."""
        return self._valuing.check(self._state(Arrays.EXCHANGE), self._market)

    def valued(self) -> tuple[DeskState, Universe]:
        """The desk as of now on the exchange's arrays, and the names of its columns."""
        return self._state(Arrays.EXCHANGE), self._universe

    def seen(self) -> tuple[DeskState, Universe, Grounds]:
        """As `valued`, and what it rests on, which is recorded for a replay to come to as well."""
        mark = self._positions.mark()
        self._mark()
        parameters = self._valuing.in_force.sha256
        return *self.valued(), Grounds(mark.session, mark.sequence, mark.digest, parameters)

    def _state(self, arrays: Arrays) -> DeskState:
        """Every account valued as of now."""
        self._sequence += 1
        live = all(feed.state is FeedState.LIVE for feed in self._feeds)
        state = self._valuing.state(self._sequence, self._book, self._market, arrays, authoritative=live)
        if live:
            self._valuing.look_for_unknown_names(state.book)
        return state

    @property
    def states(self) -> set[FeedState]:
        """In what state the feeds are."""
        return {feed.state for feed in self._feeds}

    def concentration_report(self) -> Report:
        """The desk's concentration as it is now."""
        basis, in_force = self.concentration_basis()
        return concentration_report(basis, self._clock.wall_ns(), in_force, text("the running desk"))

    def concentration_basis(self) -> tuple[ConcentrationBasis, ParametersInForce]:
        """What figures of concentration rest on now, on the exchange's arrays, and the parameters in force."""
        self._sequence += 1
        live = self.states == {FeedState.LIVE}
        state = self._valuing.state(self._sequence, self._book, self._market, Arrays.EXCHANGE, authoritative=live)
        return self._concentration.basis(state, self._market), self._valuing.in_force

    def close(self) -> None:
        """Close the feeds' sockets."""
        self._mark()
        for feed in self._feeds:
            feed.close()
