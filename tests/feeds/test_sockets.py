"""Options of the sockets, waits between attempts, and the log that a flood cannot flood."""

from __future__ import annotations

import itertools
import logging
import select
import signal
import subprocess
import sys
import time
from random import Random

import pytest
import zmq

from feeds.clock import MILLISECOND, SECOND
from feeds.faults import QUIET, FaultLog
from feeds.sockets import Backoff, bound_endpoint, check_endpoint, open_socket
from tests.feeds.conftest import Context
from tests.feeds.driving import ManualClock


def test_sockets_carry_the_promised_options(zmq_context: Context) -> None:
    socket = open_socket(zmq_context, zmq.SUB, "tcp://127.0.0.1:9", 10_000)
    promised = {
        zmq.LINGER: 0,
        zmq.RCVHWM: 10_000,
        zmq.MAXMSGSIZE: 2**20,
        zmq.HEARTBEAT_IVL: 1_000,
        zmq.HEARTBEAT_TIMEOUT: 5_000,
        zmq.HEARTBEAT_TTL: 5_000,
        zmq.HANDSHAKE_IVL: 2000,
        zmq.RECONNECT_IVL: 50,
        zmq.RECONNECT_IVL_MAX: 2000,
    }
    assert {option: socket.getsockopt(option) for option in promised} == promised
    socket.close()


LISTENER = """
import sys
import zmq
from feeds.sockets import open_socket
with zmq.Context() as context, open_socket(context, zmq.SUB, sys.argv[1], 100_000) as socket:
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    heard = [int(socket.recv())]
    print("listening", flush=True)
    while heard[-1] >= 0:
        heard.append(int(socket.recv()))
print("whole" if heard[:-1] == list(range(heard[0], -heard[-1])) else "torn")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot freeze a process by a signal")
def test_a_subscriber_starved_for_a_second_still_hears_everything(zmq_context: Context) -> None:
    publisher = open_socket(zmq_context, zmq.PUB, "tcp://127.0.0.1:*", 100_000, bind=True)
    numbers = itertools.count()
    command = [sys.executable, "-c", LISTENER, bound_endpoint(publisher)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        while not select.select([listener.stdout], [], [], 0.01)[0]:
            publisher.send(b"%d" % next(numbers))
        assert listener.stdout.readline() == "listening\n"
        listener.send_signal(signal.SIGSTOP)
        thaw = time.monotonic() + 1
        while time.monotonic() < thaw:
            publisher.send(b"%d" % next(numbers))
            publisher.poll(10)
        listener.send_signal(signal.SIGCONT)
        end = b"-%d" % next(numbers)
        while not select.select([listener.stdout], [], [], 0.01)[0]:
            publisher.send(end)
        assert listener.stdout.readline() == "whole\n"
    publisher.close()


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://127.0.0.1:5555", "tcp://127.0.0.1:*", "tcp://[::1]:1", "tcp://localhost:1", "ipc:///tmp/a", "inproc://a"],
)
def test_endpoints_on_this_machine_pass(endpoint: str) -> None:
    check_endpoint(endpoint)


def test_waits_grow_to_a_limit_with_full_jitter_and_begin_again() -> None:
    backoff = Backoff(Random(1), 250 * MILLISECOND, 8 * SECOND)
    waits = [backoff.next() for _ in range(200)]
    limits = [min(250 * MILLISECOND * 2**attempt, 8 * SECOND) for attempt in range(200)]
    assert all(0 <= wait <= limit for wait, limit in zip(waits, limits, strict=True))
    assert max(waits) > 7 * SECOND
    assert min(waits[6:]) < SECOND
    backoff.reset()
    assert backoff.next() <= 250 * MILLISECOND


@pytest.mark.expects_log("broken: first$", "broken: later .998 more", r"other: a\\nb\\u202e")
def test_faults_are_counted_always_and_logged_sparingly(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    faults = FaultLog(logging.getLogger("feeds.test"), "positions", clock)
    for number in range(999):
        faults.note("broken", "later" if number else "first")
    clock.advance(QUIET)
    faults.note("broken", "later")
    faults.note("other", "a\nb\u202e")
    assert faults.counts == {"broken": 1000, "other": 1}
    assert len(caplog.records) == 3
