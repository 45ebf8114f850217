"""Speed of the gate: round trip of a check through loopback, asked for by another process at a steady rate.

Both are in real time where the system allows it, as `palisade gate` is and as order routers are: on a machine of few
processors the asking process would else measure how long it waits for a turn itself. Of the p99 of each
half second the median counts: where a machine stops for some milliseconds, the answers behind are late by no fault of a
gate. That of all answers is told beside it.
"""

from __future__ import annotations

import gc
import json
import select
import statistics
import subprocess
import sys
import threading
import time
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import zmq

from engine.decision import Order, Request
from engine.desk_limits import DeskLimits
from engine.instruments import Contract, Universe
from engine.limit_file import read_limits
from engine.pre_trade import DeskCheck
from engine.reference import read_reference
from engine.state import DeskState
from feeds.clock import SECOND, SystemClock
from feeds.gate import GateServer
from feeds.gate_messages import GateCheck, GateOrder, GateReply
from feeds.gate_safety import GateLimits
from feeds.messages import VERSION
from terminal.gate_process import MEGABYTE, SWITCH
from terminal.gate_record import GateJournal
from terminal.real_time import behind_real_time, on_one_processor, real_time
from tests.bench.large_books import SAMPLE, TAKAS, calculation, desk_of, random_batch
from tests.bench.measure import Figure, percentile

ACCOUNTS, POSITIONS, BUSY = 10_000, 50, 60
"""The desk, and how many of its accounts trade at the same time."""
RATE, WARM, MEASURED, WINDOW = 2_000, 1_000, 15_000, 1_000
_REQUEST = slice(22, 38)
"""Where the request's number is in a message of `_messages`: behind the type, the version and a client of 6 letters."""
_ANSWERED = slice(17, 33)
"""Likewise in an answer, behind its type and version; the verdict follows."""
_PASSES = msgspec.msgpack.encode("passes")
LIFE = SECOND // 50
"""Long enough for the next order in the same account to find the last one working, more often than not."""
PERIOD = SECOND // 10
PATIENCE = 60.0
NOON = 43_200 * SECOND
LIMITS = (
    ("margin ratio", "account", "", "95 %"),
    ("share of equity", "account", "product", "90000 %"),
    ("delta exposure", "account", "product", "4000000000000"),
    ("net exposure", "account", "", "4000000000000"),
    ("HHI", "account", "product", "1"),
    ("position", "account", "contract", "1000000"),
    ("share of equity", "group", "product", "90000 %"),
    ("gross exposure", "group", "", "4000000000000"),
    ("position", "group", "product", "100000000"),
    ("gross exposure", "firm", "", "4000000000000"),
    ("share of gross", "firm", "sector", "100 %"),
    ("delta exposure", "firm", "currency", "4000000000000"),
)
"""Measure, owner, dimension and hard bound of each limit: as a desk has them, but wide, so that orders pass."""


def figures() -> list[Figure]:
    """gate_p99_us, on the real file where it is there."""
    laid_out = calculation(TAKAS if TAKAS.exists() else SAMPLE)
    state, universe, _ = desk_of(laid_out, random_batch(laid_out, ACCOUNTS, POSITIONS), POSITIONS)
    rows = np.flatnonzero(laid_out.table.usable).tolist()
    contracts = [str(laid_out.parameters.contract(row)) for row in rows]
    held = [[str(universe.contract(column)) for column in state.book.positions.of(row).columns] for row in range(BUSY)]
    desk = Desk(state, universe, contracts)
    # As the application does: a collection that walks a whole desk takes longer than a hundred checks.
    gc.collect()
    gc.disable()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    usual = _measure(desk, [contracts, *held])
    with real_time() as first:
        gate, bare = _measure(desk, [contracts, *held]), _bare([contracts, *held])
    gc.enable()
    sys.setswitchinterval(interval)
    bound = (
        f"bare echo {_told(bare)}, gate {_told(gate)}{'' if first else ', no real time being allowed'}, "
        f"of normal scheduling {_told(usual)}, own work {gate['work']:.0f} us ({RATE} a second, {ACCOUNTS} accounts)"
    )
    return [Figure("gate_p99_us", gate["p99"], "us", 1_500, bound)]


def _told(found: dict[str, float]) -> str:
    return f"{found['p99']:.0f} us (all {found['p99 of all']:.0f}, median {found['median']:.0f})"


class Desk:
    """A desk that makes a new state, of the same figures, as often as the desk does and in a thread of its own."""

    def __init__(self, state: DeskState, universe: Universe, contracts: list[str]) -> None:
        self._state, self._universe = state, universe
        written = [
            f"[[limit]]\nid = 'L{number}'\nmeasure = '{measure}'\nof = '{level}'\nhard = '{hard}'\n"
            + (f"by = '{by}'\n" if by else "")
            for number, (measure, level, by, hard) in enumerate(LIMITS)
        ]
        limits = read_limits("currency = 'USD'\n" + "".join(written), "limits.toml")
        reference = read_reference(SAMPLE.with_name("reference.toml"))
        self._limits = DeskLimits(limits, reference, universe, state.calculation.parameters)
        self._check = self._on(replace(state, now=time.monotonic_ns()))
        random = Random(2)
        for number in range(20 * BUSY):
            # What is compiled and prepared at the first question is none of the gate's speed.
            asked, *working = (Order(Contract.parse(random.choice(contracts)), 1) for _ in range(1 + number % 4))
            request = Request(0, f"A{number % BUSY:05d}", (asked,), with_curve=False)
            self._check.check(request, [(order,) for order in working])

    def __enter__(self) -> Desk:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def check(self) -> DeskCheck:
        """The check on the newest state."""
        return self._check

    def _run(self) -> None:
        behind_real_time()
        while not self._stopping.wait(PERIOD / SECOND):
            check = self._on(replace(self._state, now=time.monotonic_ns()))
            check.prepare()
            self._check = check

    def _on(self, state: DeskState) -> DeskCheck:
        return DeskCheck(state, self._universe, self._limits.on(state, NOON))


def _measure(desk: Desk, contracts: list[list[str]]) -> dict[str, float]:
    """Serve until the asking process is done; what it measured."""
    with ExitStack() as opened:
        context, folder = opened.enter_context(zmq.Context()), opened.enter_context(TemporaryDirectory())
        journal = GateJournal(Path(folder), 64 * MEGABYTE, 2, 0.01)
        opened.callback(journal.close)
        limits = GateLimits(rate=10 * RATE, burst=10 * RATE, oldest=SECOND)
        endpoint = "tcp://127.0.0.1:*"
        gate = GateServer(context, endpoint, desk.check, SystemClock(), journal.add, limits, journal.commit)
        opened.callback(gate.close)
        opened.enter_context(desk)
        asking = _asking(gate.endpoint, contracts)
        before = time.thread_time()
        with on_one_processor():
            while asking.poll() is None:
                while gate.service(wait=True):
                    pass
        found = _said(asking)
        found["work"] = (time.thread_time() - before) / (WARM + MEASURED) * 1e6
    return found


def _bare(contracts: list[list[str]]) -> dict[str, float]:
    """The same questions at the same rate, each answered at once by nobody who thinks about it."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        asking = _asking(f"tcp://127.0.0.1:{router.bind_to_random_port('tcp://127.0.0.1')}", contracts)
        nothing = GateReply(VERSION, b"", "passes", (), None, "USD", None, None, 1, 1, bytes(32), bytes(16), 1, 1)
        while asking.poll() is None:
            while router.poll(10):
                peer, question = router.recv_multipart()
                answer = msgspec.structs.replace(nothing, request=question[_REQUEST])
                router.send_multipart((peer, msgspec.msgpack.encode(answer)))
        return _said(asking)


def _asking(endpoint: str, contracts: list[list[str]]) -> subprocess.Popen[bytes]:
    """The asking process, at work."""
    command = [sys.executable, "-m", "tests.bench.gate", endpoint]
    asking = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert asking.stdin is not None
    asking.stdin.write(json.dumps(contracts).encode() + b"\n")
    asking.stdin.flush()
    return asking


def _said(asking: subprocess.Popen[bytes]) -> dict[str, float]:
    """What an asking process that has ended measured."""
    assert asking.returncode == 0
    assert asking.stdout is not None
    found: dict[str, float] = json.loads(asking.stdout.read())
    return found


def _messages(contracts: list[str], *held: list[str]) -> list[bytes]:
    """Checks of one order each; half of them in a contract that the account holds."""
    random = Random(1)
    accounts = [random.randrange(BUSY) for _ in range(WARM + MEASURED)]
    return [_message(random, account, random.choice((contracts, held[account]))) for account in accounts]


def _message(random: Random, account: int, contracts: list[str]) -> bytes:
    number = uuid.UUID(int=random.getrandbits(128)).bytes
    orders = (GateOrder(random.choice(contracts), random.choice((-2, -1, 1, 2))),)
    client = f"algo {random.randrange(10)}"
    return msgspec.msgpack.encode(GateCheck(VERSION, client, number, f"A{account:05d}", orders, False, LIFE))


def ask(endpoint: str) -> None:
    """The asking process: a message every 1 / `RATE` seconds, however late the answers; says what it measured."""
    messages = _messages(*json.loads(sys.stdin.readline()))
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        # No limit: a gate that falls behind shall be seen to be late, not to lose answers.
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.connect(endpoint)
        descriptor, now = [socket.getsockopt(zmq.FD)], time.perf_counter
        taken, answered, sent, passed, start = [0.0] * len(messages), 0, 0, 0, now() + 0.5
        number_of = {message[_REQUEST]: number for number, message in enumerate(messages)}
        while answered < len(messages):
            while sent < len(messages) and now() >= start + sent / RATE:
                socket.send(messages[sent])
                sent += 1
            while socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
                answer = socket.recv()
                # From when it was due, not from when it left: a late asker must not make the gate look quick.
                number = number_of[answer[_ANSWERED]]
                taken[number] = now() - start - number / RATE
                answered += 1
                passed += answer.startswith(_PASSES, _ANSWERED.stop)
            # Asleep until something is due or comes, so that asking leaves the processor to the gate.
            until = start + sent / RATE if sent < len(messages) else now() + 0.01
            if now() > start + PATIENCE:
                sys.exit(f"{len(messages) - answered} answers have not come")
            select.select(descriptor, (), (), max(0.0, until - now()))
    measured = [seconds * 1e6 for seconds in taken[WARM:]]
    windows = [percentile(measured[first : first + WINDOW], 99) for first in range(0, MEASURED, WINDOW)]
    found = {"p99": statistics.median(windows), "p99 of all": percentile(measured, 99)}
    print(json.dumps({**found, "median": percentile(measured, 50), "passed": passed}))


if __name__ == "__main__":
    ask(sys.argv[1])
