"""The conflating subscriber: of each instrument the newest quote; lost ones do not matter, old ones are never taken."""

from __future__ import annotations

import logging
from random import Random, SystemRandom
from typing import Final

from engine.market import MarketBook
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState, FeedStatus
from feeds.clock import SECOND, Clock
from feeds.columns import Columns
from feeds.decoding import QUOTES, decode_published
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import TOPIC_QUOTES, Heartbeat, Quote, Quotes
from feeds.sockets import QUOTES_LIMIT, Context, Line, Socket
from feeds.tape import Tap

BURST: Final = 1_000
AHEAD: Final = 5 * SECOND
"""How far a source's clock may run ahead of ours: a quote from further on would keep all later ones out."""

_logger = logging.getLogger(__name__)


class QuotesFeed:
    """Keeps a `MarketBook` at the newest prices. Every method runs in the one thread that owns the market book.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where quotes are published.
        market: Written by this feed alone.
        clock: Time.
        random: Source of jitter.
        name: For status and log.
        tap: Told of everything that is taken in.

    Raises:
        BadInputError: An endpoint that leaves the machine or cannot be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        market: MarketBook,
        clock: Clock,
        random: Random | None = None,
        name: str = "quotes",
        tap: Tap | None = None,
    ) -> None:
        line = Line(context, endpoint, TOPIC_QUOTES, QUOTES_LIMIT, clock, random or SystemRandom(), tap)
        self._begin(line, market, clock, name)

    @classmethod
    def on(cls, line: Line, market: MarketBook, clock: Clock) -> QuotesFeed:
        """The feed on a line that is there already, such as the one that a journal is replayed on."""
        feed = cls.__new__(cls)
        feed._begin(line, market, clock, "quotes")
        return feed

    def _begin(self, line: Line, market: MarketBook, clock: Clock, name: str) -> None:
        self.faults = FaultLog(_logger, name, clock)
        self._name = name
        self._clock = clock
        self._market = market
        self._columns = Columns(market.universe)
        self._line = line
        self._session: bytes | None = None
        self._sequence = 0
        self._silent = False
        self._newest: dict[str, Quote] = {}

    @property
    def state(self) -> FeedState:
        """SYNCING before the first message, then LIVE or, when silent, STALE."""
        if self._session is None:
            return FeedState.SYNCING
        return FeedState.STALE if self._silent else FeedState.LIVE

    @property
    def rebuilds(self) -> int:
        """How often silence has made a new socket necessary."""
        return self._line.rebuilds

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; ask again after each `tick`, since they are replaced."""
        return [self._line.socket]

    def drain(self, limit: int) -> int:
        """Take at most ``limit`` waiting messages in, without blocking; how many there were.

        Of several quotes of one instrument only the newest reaches the market book.
        """
        count = 0
        while count < limit and (frames := self._line.receive()) is not None:
            count += 1
            self._take(frames)
        self._apply_newest()
        return count

    def tick(self) -> None:
        """Watch the clock: replace a silent socket. Call at least every 50 ms."""
        # A late owner must not take its own absence for the publisher's: first what has arrived meanwhile.
        if self._line.overdue:
            self.drain(BURST)
        if self._line.overdue:
            self._line.rebuild()
            self._silent = True

    def carry_on_in(self, market: MarketBook) -> None:
        """Keep ``market`` up to date from now on: the same quotes by the columns of another universe."""
        self._market = market
        self._columns = Columns(market.universe)

    def status(self) -> FeedStatus:
        """State, age and sequence number, for the status bar."""
        return FeedStatus(self._name, self.state, self._line.age, self._sequence, self._line.rate)

    def close(self) -> None:
        """Close the socket."""
        self._line.close()

    def _take(self, frames: list[bytes]) -> None:
        try:
            message, _ = decode_published(QUOTES, TOPIC_QUOTES, frames)
            if isinstance(message, Quotes):
                self._check(message)
        except BadMessageError as bad:
            self.faults.note(bad.kind, bad.detail)
            return
        self._line.heard(len(message.quotes) if isinstance(message, Quotes) else 0)
        self._silent = False
        self._count_lost(message)
        if isinstance(message, Quotes):
            for quote in message.quotes:
                held = self._newest.get(quote.contract)
                if held is None or quote.time >= held.time:
                    self._newest[quote.contract] = quote

    def _check(self, message: Quotes) -> None:
        """Refuse a bundle with a contract that is none or a quote from the future."""
        latest = self._clock.wall_ns() + AHEAD
        for quote in message.quotes:
            self._columns.of(quote.contract)
            if quote.time > latest:
                raise BadMessageError("time", f"a quote of {quote.contract} is {quote.time - latest} ns ahead")

    def _count_lost(self, message: Quotes | Heartbeat) -> None:
        """Follow the numbering; what is missing is counted, nothing more: newer quotes come."""
        expected = self._sequence + isinstance(message, Quotes)
        if message.session == self._session and message.sequence > expected:
            self.faults.counts["lost"] += message.sequence - expected
        self._session, self._sequence = message.session, message.sequence

    def _apply_newest(self) -> None:
        received = self._clock.monotonic_ns()
        for contract, quote in self._newest.items():
            bid = NOT_COMPUTABLE if quote.bid is None else quote.bid
            ask = NOT_COMPUTABLE if quote.ask is None else quote.ask
            depth = (bid, ask, quote.bid_quantity, quote.ask_quantity)
            self._market.apply(self._columns.of(contract), quote.price, quote.time, received, depth)
        self._newest.clear()
