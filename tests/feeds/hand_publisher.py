"""A publisher with nothing but pyzmq, msgpack and hashlib, as anyone may write one from the description of the wire.

It sends what the test tells it to, right or wrong, and answers snapshot requests with the rows it was given.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import msgpack
import zmq

POSITION = ["acme", "X:GOLD:FUT:202612"]


def digest(rows: list[list[Any]]) -> bytes:
    """The digest of feeds/digest.py, written again from its description."""
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.blake2b(msgpack.packb(row), digest_size=8).digest(), "big")
    return (total % 2**64).to_bytes(8, "big")


class HandPublisher:
    """Numbers and sends by hand. ``rows`` is the state: kind and fields without version, session, sequence, time."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], session: bytes = b"s" * 16) -> None:
        self.session = session
        self.sequence = 0
        self.rows: list[list[Any]] = []
        self.answers = True
        self.spoil: Any = lambda chunk: chunk
        self.requests = 0
        self._publishing = context.socket(zmq.PUB)
        self._answering = context.socket(zmq.ROUTER)
        self.endpoint, self.snapshot_endpoint = (
            f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"
            for socket in (self._publishing, self._answering)
        )
        self._next_beat = 0.0
        self.beats = True

    def poll_sockets(self) -> list[zmq.Socket[bytes]]:
        return [self._answering]

    def message(self, row: list[Any], sequence: int) -> list[Any]:
        version = 2 if row[0] == "position" and len(row) > 7 else 1
        return [row[0], version, self.session, sequence, time.time_ns(), *row[1:]]

    def send(self, message: object, topic: bytes = b"positions") -> None:
        self.send_bytes(msgpack.packb(message), topic)

    def send_bytes(self, body: bytes, topic: bytes = b"positions") -> None:
        self._publishing.send_multipart((topic, body))

    def update(self, row: list[Any], *, send: bool = True) -> bytes:
        """Put a row into the state, number it, and send it unless told to lose it."""
        key = 3 if row[0] != "account" else 2
        self.rows = [old for old in self.rows if old[:key] != row[:key]] + [row]
        self.sequence += 1
        body: bytes = msgpack.packb(self.message(row, self.sequence))
        if send:
            self.send_bytes(body)
        return body

    def beat(self, **changes: Any) -> None:
        figures = {"sequence": self.sequence, "digest": digest(self.rows)} | changes
        self.send(["heartbeat", 1, self.session, figures["sequence"], time.time_ns(), figures["digest"]])

    def service(self) -> None:
        if self.beats and time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + 0.05
            self.beat()
        while self._answering.poll(0):
            peer, request = self._answering.recv_multipart()
            self.requests += 1
            if self.answers:
                self._answer(peer, msgpack.unpackb(request))

    def _answer(self, peer: bytes, request: list[Any]) -> None:
        payload = msgpack.packb([self.message(row, self.sequence) for row in self.rows])
        middle = len(payload) // 2
        for number, piece in enumerate((payload[:middle], payload[middle:])):
            head = ["snapshot", 1, self.session, request[2], self.sequence, time.time_ns(), number, 2]
            chunk = [*head, hashlib.sha256(payload).digest(), digest(self.rows), piece]
            self._answering.send_multipart((peer, msgpack.packb(self.spoil(chunk))))

    def close(self) -> None:
        self._publishing.close(linger=0)
        self._answering.close(linger=0)
