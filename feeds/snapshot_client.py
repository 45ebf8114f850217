"""Asks a publisher for its whole book and puts the pieces together: all of it, checked, or nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Final

import msgspec
import zmq

from feeds.clock import MILLISECOND, SECOND, Clock
from feeds.decoding import CHUNK, ROWS, decode, decode_message
from feeds.faults import BadMessageError
from feeds.messages import VERSION, SnapshotChunk, SnapshotRequest
from feeds.sockets import SNAPSHOT_LIMIT, Backoff, Context, Socket, check_endpoint, open_socket
from feeds.tape import Channel, Tap

PATIENCE: Final = SECOND
"""How long a publisher may be silent in the middle of a snapshot."""
MOST_BYTES: Final = 2**28


@dataclass(frozen=True, slots=True)
class BookContent:
    """A complete snapshot: every row of the book, not decoded yet, the sequence number it is as of, and its digest."""

    session: bytes
    sequence: int
    digest: bytes
    rows: list[msgspec.Raw]


class _Assembly:
    """The pieces of one snapshot received so far."""

    def __init__(self, first: SnapshotChunk) -> None:
        self._first = first
        self._pieces: list[bytes] = []
        self._size = 0
        self._hash = sha256()

    def add(self, chunk: SnapshotChunk) -> bool:
        """Take the next piece; whether it was the last."""
        first = self._first
        if chunk.chunk != len(self._pieces) or _header(chunk) != _header(first):
            raise BadMessageError("snapshot", f"piece {chunk.chunk} does not follow piece {len(self._pieces) - 1}")
        self._size += len(chunk.payload)
        if self._size > MOST_BYTES:
            raise BadMessageError("snapshot", f"larger than {MOST_BYTES} bytes")
        self._pieces.append(chunk.payload)
        self._hash.update(chunk.payload)
        return len(self._pieces) == first.chunks

    def content(self) -> BookContent:
        """All rows, checked against the hash announced."""
        first = self._first
        if self._hash.digest() != first.sha256:
            raise BadMessageError("snapshot", "the sha256 of the pieces is not the one announced")
        return BookContent(first.session, first.sequence, first.digest, decode(ROWS, b"".join(self._pieces)))


def _header(chunk: SnapshotChunk) -> tuple[object, ...]:
    return (chunk.session, chunk.request, chunk.sequence, chunk.chunks, chunk.sha256, chunk.digest)


class SnapshotClient:
    """One request at a time, each on a DEALER socket of its own, so that no answer meets another's request.

    Owned by one thread. Failed requests are repeated after growing waits (full jitter, 0.25 to 8 s).
    """

    def __init__(self, context: Context, endpoint: str, clock: Clock, random: Random, tap: Tap | None = None) -> None:
        check_endpoint(endpoint)
        self._tap = tap
        self._context = context
        self._endpoint = endpoint
        self._clock = clock
        self._backoff = Backoff(random, 250 * MILLISECOND, 8 * SECOND)
        self._socket: Socket | None = None
        self._request = b""
        self._assembly: _Assembly | None = None
        self._deadline = 0
        self._not_before = 0
        self._calm_after = 0
        self._hurried = False

    @property
    def sockets(self) -> list[Socket]:
        """What to poll: nothing while no request is under way."""
        return [] if self._socket is None else [self._socket]

    @property
    def waiting(self) -> bool:
        """Whether a piece of an answer waits."""
        return self._socket is not None and bool(self._socket.poll(0))

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return self._socket is None

    def ask(self) -> bool:
        """Send a request, unless one is under way or the last failed too recently; whether it was sent."""
        now = self._clock.monotonic_ns()
        if self._socket is not None or now < self._not_before:
            return False
        # Snapshots needed in quick succession are a failure too, even where each one arrives.
        self._hurried = now < self._calm_after
        if not self._hurried:
            self._backoff.reset()
        self._socket = open_socket(self._context, zmq.DEALER, self._endpoint, SNAPSHOT_LIMIT)
        self._request = secrets.token_bytes(16)
        self._socket.send(msgspec.msgpack.encode(SnapshotRequest(VERSION, self._request)), zmq.NOBLOCK)
        self._deadline = now + PATIENCE
        if self._tap is not None:
            self._tap(Channel.SNAPSHOT_ASKED, (self._request,))
        return True

    def receive(self) -> BookContent | None:
        """Take one waiting piece in; the content when it was the last piece, else None.

        Raises:
            BadMessageError: A piece or the whole is wrong: `give_up`.
        """
        if self._socket is None:
            return None
        try:
            frames = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        if self._tap is not None:
            self._tap(Channel.SNAPSHOT, frames)
        return self._take(frames)

    def tick(self) -> bool:
        """Give up a request that is not answered; whether that has just happened."""
        if self._socket is None or self._clock.monotonic_ns() < self._deadline:
            return False
        if self._tap is not None:
            self._tap(Channel.SNAPSHOT_OVERDUE, ())
        self.give_up()
        return True

    def give_up(self) -> None:
        """The request has failed: drop it; the next may go out after a wait."""
        self.close()
        self._not_before = self._clock.monotonic_ns() + self._backoff.next()
        self._calm_after = self._not_before + SECOND

    def close(self) -> None:
        """Drop the request under way, if there is one."""
        if self._socket is not None:
            self._socket.close(linger=0)
            self._socket = None
        self._assembly = None

    def _take(self, frames: list[bytes]) -> BookContent | None:
        if len(frames) != 1:
            raise BadMessageError("frames", f"{len(frames)} frames instead of one")
        chunk = decode_message(CHUNK, frames[0])
        if chunk.request != self._request:
            raise BadMessageError("snapshot", "the answer to another request")
        self._deadline = self._clock.monotonic_ns() + PATIENCE
        self._assembly = self._assembly or _Assembly(chunk)
        if not self._assembly.add(chunk):
            return None
        content = self._assembly.content()
        self.close()
        self._not_before = self._clock.monotonic_ns() + (self._backoff.next() if self._hurried else 0)
        self._calm_after = self._not_before + SECOND
        return content
