"""Answers requests for the whole book, a little at a time, so that heartbeats never wait for a large one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
import zmq

from feeds.clock import SECOND, Clock
from feeds.decoding import REQUEST, decode_message
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION, SnapshotChunk
from feeds.sockets import SNAPSHOT_LIMIT, Context, Socket, open_socket

CHUNK_BYTES: Final = 2**18
MOST_JOBS: Final = 32
PATIENCE: Final = 5 * SECOND
"""How long a subscriber may leave its chunks unread."""
REQUESTS_A_TURN: Final = 16
PIECES_A_TURN: Final = 8


@dataclass(frozen=True, slots=True)
class BookImage:
    """The book at one moment: the latest message of every row, as it was sent."""

    session: bytes
    sequence: int
    digest: bytes
    rows: list[bytes]


class _Job:
    """One snapshot on its way to one subscriber."""

    def __init__(self, image: BookImage, request: bytes, deadline: int) -> None:
        self._image = image
        self._request = request
        self._hash = sha256()
        self._pieces = _runs(image.rows)
        self._hashed = 0
        self._next = 0
        self.deadline = deadline
        self.waiting: bytes | None = None
        """A chunk that the socket would not take yet."""

    def step(self, clock: Clock) -> bool:
        """Hash one more piece or make the next chunk ready; False when all have been made."""
        if self._hashed < len(self._pieces):
            self._hash.update(self._piece(self._hashed))
            self._hashed += 1
        elif self._next < len(self._pieces):
            self.waiting = self._chunk(clock)
            self._next += 1
        else:
            return False
        return True

    def _piece(self, number: int) -> bytes:
        start, stop = self._pieces[number]
        head = _array_header(len(self._image.rows)) if number == 0 else b""
        return head + b"".join(self._image.rows[start:stop])

    def _chunk(self, clock: Clock) -> bytes:
        image = self._image
        chunk = SnapshotChunk(
            version=VERSION,
            session=image.session,
            request=self._request,
            sequence=image.sequence,
            time=clock.wall_ns(),
            chunk=self._next,
            chunks=len(self._pieces),
            sha256=self._hash.digest(),
            digest=image.digest,
            payload=self._piece(self._next),
        )
        return msgspec.msgpack.encode(chunk)


class SnapshotServer:
    """The ROUTER side. Owned by one thread, which calls `service` often.

    Attributes:
        socket: What to poll for requests.
    """

    def __init__(
        self, context: Context, endpoint: str, image: Callable[[], BookImage], clock: Clock, faults: FaultLog
    ) -> None:
        self.socket: Socket = open_socket(context, zmq.ROUTER, endpoint, SNAPSHOT_LIMIT, bind=True)
        # Without it a full queue silently swallows chunks.
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._image = image
        self._clock = clock
        self._faults = faults
        self._jobs: dict[bytes, _Job] = {}

    @property
    def under_way(self) -> int:
        """How many snapshots are being sent."""
        return len(self._jobs)

    @property
    def busy(self) -> bool:
        """Whether `service` has work without any input: a snapshot that does not wait for its subscriber."""
        return any(job.waiting is None for job in self._jobs.values())

    def service(self) -> None:
        """Take waiting requests in and move every snapshot under way on by a few pieces."""
        for _ in range(REQUESTS_A_TURN):
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                self._accept(frames)
            except BadMessageError as bad:
                self._faults.note(bad.kind, bad.detail)
        for peer, job in list(self._jobs.items()):
            if not self._advance(peer, job):
                del self._jobs[peer]

    def close(self) -> None:
        """Drop all snapshots under way and close the socket."""
        self._jobs.clear()
        self.socket.close(linger=0)

    def _accept(self, frames: list[bytes]) -> None:
        if len(frames) != 2:
            raise BadMessageError("frames", f"{len(frames)} frames instead of peer and request")
        peer, body = frames
        request = decode_message(REQUEST, body)
        if peer not in self._jobs and len(self._jobs) >= MOST_JOBS:
            raise BadMessageError("busy", f"{MOST_JOBS} snapshots are under way already")
        self._jobs[peer] = _Job(self._image(), request.request, self._clock.monotonic_ns() + PATIENCE)

    def _advance(self, peer: bytes, job: _Job) -> bool:
        """Do a turn's share of a job; False when it is done or its subscriber gone."""
        for _ in range(PIECES_A_TURN):
            if job.waiting is None and not job.step(self._clock):
                return False
            if job.waiting is not None:
                try:
                    self.socket.send_multipart((peer, job.waiting), zmq.NOBLOCK)
                except zmq.Again:
                    return self._clock.monotonic_ns() < job.deadline
                except zmq.ZMQError as error:
                    if error.errno != zmq.EHOSTUNREACH:
                        raise
                    return False
                job.waiting = None
                job.deadline = self._clock.monotonic_ns() + PATIENCE
        return True


def _runs(rows: list[bytes]) -> list[tuple[int, int]]:
    """Runs of rows that fill a chunk each; one empty run where there are no rows."""
    return list(_each_run(rows)) or [(0, 0)]


def _each_run(rows: list[bytes]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for place, row in enumerate(rows):
        size += len(row)
        if size >= CHUNK_BYTES:
            yield start, place + 1
            start, size = place + 1, 0
    if start < len(rows):
        yield start, len(rows)


def _array_header(count: int) -> bytes:
    """The msgpack head of an array of ``count`` elements (array 32)."""
    return struct.pack(">BI", 0xDD, count)
