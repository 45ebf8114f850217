"""The answering side of snapshots: bounded work a turn, bounded queues, patience with an end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import msgspec
import pytest
import zmq

from feeds.clock import SECOND
from feeds.decoding import CHUNK
from feeds.faults import FaultLog
from feeds.messages import VERSION, SnapshotRequest
from feeds.snapshot_server import MOST_JOBS, BookImage, SnapshotServer
from feeds.sockets import Socket, bound_endpoint
from tests.feeds.conftest import ANYWHERE, Context
from tests.feeds.driving import PATIENCE, ManualClock

LARGE = BookImage(b"s" * 16, 7, bytes(8), [bytes(1000)] * 100_000)
REQUEST = msgspec.msgpack.encode(SnapshotRequest(VERSION, b"r" * 16))


class Desk:
    """A server of one book, and subscribers that ask it."""

    def __init__(self, context: Context) -> None:
        self.clock = ManualClock()
        self.faults = FaultLog(logging.getLogger("feeds.test"), "snapshots", self.clock)
        self.server = SnapshotServer(context, ANYWHERE, lambda: LARGE, self.clock, self.faults)
        self._context = context
        self._asking: list[Socket] = []

    def ask(self, body: bytes = REQUEST) -> Socket:
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.connect(bound_endpoint(self.server.socket))
        socket.send(body)
        self._asking.append(socket)
        return socket

    def serve_until_it_waits(self) -> None:
        deadline = time.monotonic() + PATIENCE
        assert self.server.socket.poll(5000)
        self.server.service()
        while self.server.busy:
            self.server.service()
            assert time.monotonic() < deadline

    def close(self) -> None:
        self.server.close()
        for socket in self._asking:
            socket.close(linger=0)


@pytest.fixture
def desk(zmq_context: Context) -> Iterator[Desk]:
    desk = Desk(zmq_context)
    yield desk
    desk.close()


def test_a_subscriber_that_does_not_read_is_waited_for_and_then_dropped(desk: Desk) -> None:
    desk.ask()
    desk.serve_until_it_waits()
    assert desk.server.under_way == 1
    desk.clock.advance(5 * SECOND)
    desk.server.service()
    assert desk.server.under_way == 0


def test_a_subscriber_that_does_not_read_holds_up_nobody(desk: Desk) -> None:
    desk.ask()
    desk.serve_until_it_waits()
    reader = desk.ask()
    size = 0
    while size < 100_000_000:
        desk.server.service()
        if reader.poll(1):
            size += len(CHUNK.decode(reader.recv()).payload)
    assert size == 100_000_005


def test_a_subscriber_that_left_is_forgotten(desk: Desk) -> None:
    asking = desk.ask()
    desk.serve_until_it_waits()
    asking.close(linger=0)
    deadline = time.monotonic() + PATIENCE
    while desk.server.under_way:
        desk.server.service()
        assert time.monotonic() < deadline


@pytest.mark.expects_log("busy")
def test_no_more_snapshots_than_a_few_are_under_way(desk: Desk) -> None:
    for _ in range(MOST_JOBS + 3):
        desk.ask()
    deadline = time.monotonic() + PATIENCE
    while desk.faults.counts["busy"] < 3:
        desk.server.service()
        assert time.monotonic() < deadline
    assert desk.server.under_way <= MOST_JOBS


@pytest.mark.expects_log("encoding|shape|version")
@pytest.mark.parametrize(
    "body", [b"", b"\xc1", msgspec.msgpack.encode(["snapshot-request", 9, b"r" * 16])], ids=["empty", "no", "version"]
)
def test_a_bad_request_is_counted_and_not_answered(desk: Desk, body: bytes) -> None:
    desk.ask(body)
    assert desk.server.socket.poll(5000)
    desk.server.service()
    assert sum(desk.faults.counts.values()) == 1
    assert desk.server.under_way == 0
