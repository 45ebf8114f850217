"""Supervised sockets: which options they carry, which endpoints they may use, and what becomes of a silent one.

libzmq does not come back by itself after an oversize frame, a refused handshake or a half-dead connection, and says
nothing. So silence is the only sign relied upon: a line that stays silent is closed and opened anew.
"""

from __future__ import annotations

import logging
import re
from random import Random
from typing import Final

import zmq

from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.curve import CurveClient, CurveServer
from feeds.messages import TOPIC_POSITIONS, TOPIC_QUOTES
from feeds.tape import Channel, Tap

SILENCE: Final = 250 * MILLISECOND
MAXIMUM_MESSAGE: Final = 2**20
POSITIONS_LIMIT: Final = 100_000
QUOTES_LIMIT: Final = 10_000
SNAPSHOT_LIMIT: Final = 64
"""Chunks queued for one subscriber: beyond that the sender waits for it, so that no queue holds whole books."""

CHANNELS: Final = {
    TOPIC_POSITIONS: (Channel.POSITIONS, Channel.POSITIONS_REBUILT),
    TOPIC_QUOTES: (Channel.QUOTES, Channel.QUOTES_REBUILT),
}
"""As what a line's messages and its new sockets are recorded."""

Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]

_LOOPBACK = re.compile(r"tcp://(127(\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5}|\*)")
_LOCAL = re.compile(r"(ipc|inproc)://.+")
_REMOTE = re.compile(r"tcp://([A-Za-z0-9.-]+|\*|\[[0-9A-Fa-f:.]+\]):(\d{1,5}|\*)")

_logger = logging.getLogger(__name__)


def check_endpoint(endpoint: str, *, encrypted: bool = False) -> None:
    """Let only endpoints pass that do not leave this machine, or that are encrypted.

    Raises:
        BadInputError: Any other endpoint.
    """
    if encrypted and _REMOTE.fullmatch(endpoint):
        return
    if not _LOOPBACK.fullmatch(endpoint) and not _LOCAL.fullmatch(endpoint):
        raise BadInputError(
            endpoint,
            text("encrypted transport is required, and is not set up for this endpoint"),
            text("use tcp://127.0.0.1:PORT, ipc://PATH or inproc://NAME"),
        )


def leaves_the_machine(endpoint: str) -> bool:
    """Whether an endpoint can be reached from elsewhere."""
    return not _LOOPBACK.fullmatch(endpoint) and not _LOCAL.fullmatch(endpoint)


def open_socket(
    context: Context,
    kind: int,
    endpoint: str,
    limit: int,
    *,
    bind: bool = False,
    curve: CurveClient | CurveServer | None = None,
) -> Socket:
    """A socket with our options, connected or bound.

    Args:
        context: Where it lives.
        kind: SUB, DEALER, ROUTER, PUB or XPUB.
        endpoint: Checked by `check_endpoint`; a port ``*`` takes any free one.
        limit: Messages queued in each direction at most.
        bind: Bind instead of connect.
        curve: How it is encrypted; an endpoint that leaves the machine has to be.

    Raises:
        BadInputError: An endpoint that leaves the machine, or one that cannot be used (taken, malformed).
    """
    check_endpoint(endpoint, encrypted=curve is not None)
    socket = context.socket(kind)
    options = {
        zmq.LINGER: 0,
        zmq.RCVHWM: limit,
        zmq.SNDHWM: limit,
        zmq.MAXMSGSIZE: MAXIMUM_MESSAGE,
        # Slow on purpose: the watchdog on silence notices a dead line in 250 ms, while these would cut a line whose
        # other end is only starved of time for a moment, and with it what it had not read yet.
        zmq.HEARTBEAT_IVL: 1_000,
        zmq.HEARTBEAT_TIMEOUT: 5_000,
        zmq.HEARTBEAT_TTL: 5_000,
        zmq.HANDSHAKE_IVL: 2000,
        zmq.RECONNECT_IVL: 50,
        zmq.RECONNECT_IVL_MAX: 2000,
        zmq.IPV6: int("[" in endpoint),
    }
    try:
        for option, value in options.items():
            socket.setsockopt(option, value)
        if curve is not None:
            curve.apply(socket)
        if bind:
            socket.bind(endpoint)
        else:
            socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close(linger=0)
        raise BadInputError(
            endpoint,
            text("the endpoint cannot be used: {reason}", reason=str(error)),
            text("choose another address or end the program that holds it"),
        ) from None
    return socket


def bound_endpoint(socket: Socket) -> str:
    """Where a bound socket really listens, a port ``*`` resolved."""
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    return bytes(endpoint).rstrip(b"\0").decode() if isinstance(endpoint, bytes) else str(endpoint)


class Backoff:
    """Waits that grow with each failure, with full jitter: 0 to first, then 0 to twice that, up to ``longest``."""

    def __init__(self, random: Random, first: int, longest: int) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._limit = first

    def next(self) -> int:
        """Nanoseconds to wait before the next attempt."""
        wait = self._random.randrange(self._limit + 1)
        self._limit = min(self._limit * 2, self._longest)
        return wait

    def reset(self) -> None:
        """Begin again with short waits."""
        self._limit = self._first


class Line:
    """A subscription whose socket is replaced whenever nothing valid has come for too long.

    Owned by one thread. Waits between rebuilds stay short: the line shall be live again within a second of its return.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        topic: bytes,
        limit: int,
        clock: Clock,
        random: Random,
        tap: Tap | None = None,
    ) -> None:
        self._tap = tap
        self._received, self._rebuilt = CHANNELS[topic]
        self._context = context
        self._endpoint = endpoint
        self._topic = topic
        self._limit = limit
        self._clock = clock
        self._backoff = Backoff(random, SILENCE, 2 * SILENCE)
        self.socket = self._open()
        self.rebuilds = 0
        self._heard = self._window = clock.monotonic_ns()
        self._deadline = self._heard + SILENCE
        self._messages = 0
        self._rate = 0

    @property
    def age(self) -> int:
        """Nanoseconds since something valid arrived, or since the line was opened."""
        return self._clock.monotonic_ns() - self._heard

    @property
    def overdue(self) -> bool:
        """Whether it is time to `rebuild`."""
        return self._clock.monotonic_ns() >= self._deadline

    @property
    def rate(self) -> int:
        """Valid messages a second (of bundles: what is in them), as last measured over a second."""
        now = self._clock.monotonic_ns()
        if now - self._window >= SECOND:
            self._rate = self._messages * SECOND // (now - self._window)
            self._window, self._messages = now, 0
        return self._rate

    def receive(self) -> list[bytes] | None:
        """The frames of the next message; None where none waits."""
        try:
            frames = self.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        if self._tap is not None:
            self._tap(self._received, frames)
        return frames

    def heard(self, items: int = 1) -> None:
        """Say that a valid message with ``items`` pieces of news has come: only these keep a line alive."""
        self._heard = self._clock.monotonic_ns()
        self._deadline = self._heard + SILENCE
        self._messages += items
        self._backoff.reset()

    def rebuild(self) -> None:
        """Close the socket and open a new one; what was queued is dropped."""
        self.socket.close(linger=0)
        self.socket = self._open()
        if self._tap is not None:
            self._tap(self._rebuilt, ())
        self.rebuilds += 1
        self._deadline = self._clock.monotonic_ns() + SILENCE + self._backoff.next()
        _logger.info("nothing from %s for %d ms: new socket", self._endpoint, self.age // MILLISECOND)

    def close(self) -> None:
        """Close the socket for good."""
        self.socket.close(linger=0)

    def _open(self) -> Socket:
        socket = open_socket(self._context, zmq.SUB, self._endpoint, self._limit)
        socket.setsockopt(zmq.SUBSCRIBE, self._topic)
        return socket
