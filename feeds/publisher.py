"""The publishing side: numbers every change of the book, answers snapshots, beats the heart, bundles quotes."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import msgspec
import zmq

from engine.margin_terms import USUAL, MarginTerms
from engine.opened_today import Today
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.digest import Key, StateDigest, key_of
from feeds.faults import FaultLog
from feeds.messages import (
    TOPIC_POSITIONS,
    TOPIC_QUOTES,
    VERSION,
    VERSION_TODAY,
    AccountUpdate,
    Heartbeat,
    MoneyUpdate,
    PositionUpdate,
    Quote,
    Quotes,
    StateUpdate,
    WorkingUpdate,
)
from feeds.snapshot_server import BookImage, SnapshotServer
from feeds.sockets import POSITIONS_LIMIT, QUOTES_LIMIT, Context, Socket, bound_endpoint, open_socket

HEARTBEAT: Final = 100 * MILLISECOND
REPEAT: Final = 2 * SECOND
"""How soon every quote is said again, so that a lost one heals and a still one stays fresh."""
BUNDLE: Final = 100
BUNDLES_A_TURN: Final = 10
JOINS_A_TURN: Final = 100
NO_DIGEST: Final = bytes(8)

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a publisher listens."""

    positions: str
    snapshots: str
    quotes: str


class Publisher:
    """Publishes one book and one market. Every method runs in the one thread that owns it.

    Args:
        context: The owner's ZeroMQ context.
        endpoints: Where to bind; tcp ports may be ``*``.
        clock: Time.
        session: 16 bytes naming this start of the publisher; random where not given.

    Attributes:
        endpoints: Where it listens, ports resolved.
        session: The session sent with every message.

    Raises:
        BadInputError: An endpoint that leaves the machine or cannot be bound.
    """

    def __init__(self, context: Context, endpoints: Endpoints, clock: Clock, session: bytes | None = None) -> None:
        self.session = session or secrets.token_bytes(16)
        self.sequence = 0
        self._clock = clock
        self.quotes_sequence = 0
        self._digest = StateDigest()
        self._rows: dict[Key, bytes] = {}
        self._latest: dict[str, Quote] = {}
        self._to_repeat: list[str] = []
        now = clock.monotonic_ns()
        self._next_heartbeat = now
        self._next_repeat = now + REPEAT
        with ExitStack() as opened:
            self._positions = open_socket(context, zmq.PUB, endpoints.positions, POSITIONS_LIMIT, bind=True)
            opened.callback(self._positions.close, linger=0)
            # An XPUB socket sees who joins: a joiner gets all quotes at once.
            self._quotes = open_socket(context, zmq.XPUB, endpoints.quotes, QUOTES_LIMIT, bind=True)
            opened.callback(self._quotes.close, linger=0)
            self._quotes.setsockopt(zmq.XPUB_VERBOSE, 1)
            faults = FaultLog(_logger, "snapshots", clock)
            self._snapshots = SnapshotServer(context, endpoints.snapshots, self._image, clock, faults)
            opened.callback(self._snapshots.close)
            self._opened = opened.pop_all()
        self.endpoints = Endpoints(*map(bound_endpoint, (self._positions, self._snapshots.socket, self._quotes)))

    def poll_sockets(self) -> list[Socket]:
        """Sockets whose input `service` takes."""
        return [self._snapshots.socket, self._quotes]

    @property
    def busy(self) -> bool:
        """Whether `service` has work left without any input."""
        return self._snapshots.busy or bool(self._to_repeat)

    def set_account(self, account: str, group: str, currency: str, terms: MarginTerms = USUAL) -> None:
        """Announce an account, or its new group, currency or margining."""
        words = (terms.margining, terms.type_words, terms.requirement_words)
        self._publish(AccountUpdate(*self._stamp(), account, group, currency, *words))

    def set_position(
        self,
        account: str,
        contract: str,
        long: int,
        short: int,
        long_price: int | None,
        short_price: int | None,
        today: Today = None,
    ) -> None:
        """Say what an account now holds. Arguments as in `PositionUpdate`; ``today`` of both sides, None: not known."""
        stamp = self._stamp() if today is None else (VERSION_TODAY, *self._stamp()[1:])
        prices, opened = (long_price, short_price), (None, None) if today is None else today
        self._publish(PositionUpdate(*stamp, account, contract, long, short, *prices, *opened))

    def set_money(self, account: str, currency: str, balance: int, profit: int) -> None:
        """Say what money an account now has. Arguments as in `MoneyUpdate`."""
        self._publish(MoneyUpdate(*self._stamp(), account, currency, balance, profit))

    def set_working(self, account: str, order: str, contract: str, quantity: int, closes: bool = False) -> None:
        """Say what is left of a working order. Arguments as in `WorkingUpdate`."""
        self._publish(WorkingUpdate(*self._stamp(), account, order, contract, quantity, closes))

    def publish_quotes(self, quotes: Iterable[Quote]) -> None:
        """Send quotes, in bundles."""
        fresh = tuple(quotes)
        for quote in fresh:
            self._latest[quote.contract] = quote
        for start in range(0, len(fresh), BUNDLE):
            self._send_quotes(fresh[start : start + BUNDLE])

    def service(self) -> None:
        """Send what is due and answer what was asked. Call at least every 20 ms, and at once on input."""
        now = self._clock.monotonic_ns()
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT
            self._beat()
        self._snapshots.service()
        self._welcome()
        if now >= self._next_repeat:
            self._repeat_all()
        self._repeat_some()

    def close(self) -> None:
        """Close all sockets."""
        self._opened.close()

    def _stamp(self) -> tuple[int, bytes, int, int]:
        return VERSION, self.session, self.sequence + 1, self._clock.wall_ns()

    def _publish(self, update: StateUpdate) -> None:
        """Number, remember and send an update."""
        self.sequence = update.sequence
        body = _encode(update)
        key = key_of(update)
        self._digest.put(update)
        if key in self._digest:
            self._rows[key] = body
        else:
            self._rows.pop(key, None)
        self._positions.send_multipart((TOPIC_POSITIONS, body), zmq.NOBLOCK)

    def _image(self) -> BookImage:
        return BookImage(self.session, self.sequence, self._digest.value, list(self._rows.values()))

    def _beat(self) -> None:
        wall = self._clock.wall_ns()
        positions = Heartbeat(VERSION, self.session, self.sequence, wall, self._digest.value)
        quotes = Heartbeat(VERSION, self.session, self.quotes_sequence, wall, NO_DIGEST)
        self._positions.send_multipart((TOPIC_POSITIONS, _encode(positions)), zmq.NOBLOCK)
        self._quotes.send_multipart((TOPIC_QUOTES, _encode(quotes)), zmq.NOBLOCK)

    def _welcome(self) -> None:
        """Say all quotes again when somebody has subscribed."""
        joined = False
        for _ in range(JOINS_A_TURN):
            try:
                joined |= self._quotes.recv(zmq.NOBLOCK) == b"\x01" + TOPIC_QUOTES
            except zmq.Again:
                break
        if joined:
            self._repeat_all()

    def _repeat_all(self) -> None:
        self._next_repeat = self._clock.monotonic_ns() + REPEAT
        self._to_repeat = list(self._latest)

    def _repeat_some(self) -> None:
        """Say some of the quotes again: the price still holds, so it is as of now."""
        wall = self._clock.wall_ns()
        for _ in range(BUNDLES_A_TURN):
            bundle, self._to_repeat = self._to_repeat[-BUNDLE:], self._to_repeat[:-BUNDLE]
            if not bundle:
                return
            self._send_quotes([msgspec.structs.replace(self._latest[contract], time=wall) for contract in bundle])

    def _send_quotes(self, quotes: Sequence[Quote]) -> None:
        self.quotes_sequence += 1
        stamp = (VERSION, self.session, self.quotes_sequence, self._clock.wall_ns())
        self._quotes.send_multipart((TOPIC_QUOTES, _encode(Quotes(*stamp, tuple(quotes)))), zmq.NOBLOCK)
