"""Speed of a forced close: from the second signature, as it leaves its terminal, to the order at the exchange."""

from __future__ import annotations

import contextlib
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import zmq

from engine.authorisation.approval import Act, Approval, SignedApproval
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import (
    Effect,
    GenerationPath,
    Instruction,
    InstructionOrder,
    PriceType,
    Side,
)
from engine.authorisation.moments import SECOND, SIGNATURE_TIME
from engine.authorisation.people import Role
from engine.authorisation.statement import shown_digest
from engine.book import PositionBook
from engine.instruments import Universe
from engine.snapshot import FeedState
from engine.span.reading import read_parameters
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from feeds.keystore import Keystore
from feeds.order_messages import OrderNew
from feeds.order_server import OrderServer
from feeds.positions import PositionsFeed
from feeds.record_store import RecordStore
from feeds.sample_orders import Rules, SampleOrder
from feeds.signing import HybridKey, verify
from terminal.catalogue import translator
from tests.bench.measure import Figure, percentile
from tests.end_to_end.forced_close import SAMPLE, WORDS, Processes

ACCOUNTS, WARM, MEASURED = 200, 10, 200
PATIENCE = 120.0
ROLES = {"maker": Role.MAKER, "officer": Role.RISK_OFFICER, "director": Role.TRADING_DIRECTOR}
EXPECTED = Expected(1, 1, 1, 1, (1,))
INPUTS = b"inputs"


class Arrivals:
    """An exchange that notes when orders arrive, and fills them at once."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.rules = Rules()
        self._orders: dict[str, SampleOrder] = {}

    def take(self, order: OrderNew) -> tuple[SampleOrder, bool]:
        self.at.append(time.perf_counter())
        taken = self._orders[order.identity] = SampleOrder(order, "filled", order.quantity)
        return taken, True

    def find(self, identity: str) -> SampleOrder | None:
        return self._orders.get(identity)

    def cancel(self, identity: str) -> SampleOrder | None:
        return self._orders.get(identity)


@dataclass
class Desk:
    """The processes, and what this one has of them."""

    folder: Path
    client: AuthorityClient
    feed: PositionsFeed
    orders: OrderServer
    arrivals: Arrivals

    def serve(self) -> None:
        poller = zmq.Poller()
        for party in (self.client, self.feed, self.orders):
            for socket in party.poll_sockets():
                poller.register(socket, zmq.POLLIN)
        poller.poll(5)
        self.orders.service()
        self.client.service()
        self.feed.drain(1_000)
        self.feed.tick()

    def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            self.serve()

    def answered(self, request: bytes) -> None:
        answers: set[bytes] = set()

        def has_come() -> bool:
            answers.update(each.request for each in self.client.take_answers())
            return request in answers

        self.until(has_come, "an answer")


def figures() -> list[Figure]:
    """execute_p99_ms, with the authority, the executor gate and the publishers as processes of their own."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Processes(Path(folder))) as processes:
        taken = [1e3 * seconds for seconds in _measure(processes)]
        commit, check = _bare(Path(folder))
    bare, median = 3 * commit + 4 * check, percentile(taken, 50)
    bound = f"3 bare commits and 4 checks of signatures {bare:.1f} ms, median {median:.1f} ms"
    return [
        Figure("execute_p99_ms", percentile(taken, 99), "ms", 50, f"{bound} ({MEASURED} closes, {ACCOUNTS} accounts)")
    ]


def _measure(processes: Processes) -> list[float]:
    clock, arrivals = SystemClock(), Arrivals()
    book = PositionBook(Universe(read_parameters(str(SAMPLE))))
    with zmq.Context() as context:
        orders = OrderServer(context, "tcp://127.0.0.1:*", arrivals, bytes(16), clock)  # type: ignore[arg-type]
        exchange, authority = processes.exchange("--accounts", str(ACCOUNTS)), processes.authority()
        founding = processes.found_people(authority["authority"])
        feed = PositionsFeed(context, exchange["positions"], exchange["snapshots"], book, clock)
        client = AuthorityClient(context, authority["authority"], clock, bytes.fromhex(founding))
        desk = Desk(processes.folder, client, feed, orders, arrivals)
        processes.executor({**exchange, "orders": orders.endpoint}, authority, founding)
        desk.until(lambda: client.picture().executor and client.state is FeedState.LIVE, "the executor")
        desk.until(lambda: feed.state is FeedState.LIVE, "positions")
        signers = {person: _key(desk.folder, person) for person in ROLES}
        taken = [_close(desk, signers, made) for made, _ in zip(_closes(book), range(WARM + MEASURED), strict=False)]
        for party in (client, feed, orders):
            party.close()
    return taken[WARM:]


def _close(desk: Desk, signers: dict[str, HybridKey], made: Instruction) -> float:
    """One forced close; seconds from its second signature to its order."""
    for act, person in ((Act.PROPOSE, "maker"), (Act.APPROVE, "officer")):
        signed = _signed(signers[person], made, act, person)
        request = (
            desk.client.propose(made, signed, EXPECTED, INPUTS) if act is Act.PROPOSE else desk.client.sign(signed)
        )
        desk.answered(request)
    second, before = _signed(signers["director"], made, Act.APPROVE, "director"), len(desk.arrivals.at)
    start = time.perf_counter()
    desk.client.sign(second)
    desk.until(lambda: len(desk.arrivals.at) > before, "the order")
    return desk.arrivals.at[before] - start


def _closes(book: PositionBook) -> Iterator[Instruction]:
    """A contract of each long position, every position once."""
    held, parameters = book.snapshot(), read_parameters(str(SAMPLE))
    for row, account in enumerate(held.accounts):
        mine = held.positions.of(row)
        for place in np.flatnonzero(mine.long > 0).tolist():
            column = int(mine.columns[place])
            price, now = int(parameters.contracts.price[column]), time.time_ns()
            contract = str(book.universe.contract(column))
            order = InstructionOrder(contract, Side.SELL, Effect.CLOSE, 1, PriceType.MARKET, 0, 0, 100 * price + 10**12)
            inputs = sha256(INPUTS).digest()
            path = GenerationPath(
                bytes(16), 1, bytes(8), bytes(32), bytes(32), "bench", bytes(32), inputs, EXPECTED.digest, ()
            )
            times = (now - SECOND, now + 3_600 * SECOND)
            yield Instruction(
                secrets.token_bytes(16),
                "maker",
                account.name,
                (order,),
                "USD",
                0,
                0,
                True,
                "bench",
                *times,
                False,
                path,
            )


def _key(folder: Path, person: str) -> HybridKey:
    return Keystore(folder / f"{person}.key").unlock(WORDS, time.time_ns())


def _signed(key: HybridKey, made: Instruction, act: Act, person: str) -> SignedApproval:
    now = time.time_ns()
    times = (now + SIGNATURE_TIME, secrets.token_bytes(16), now, now)
    shown = shown_digest(made, translator("en"))
    approval = Approval(
        made.fingerprint, act, ROLES[person], person, key.public.fingerprint, "station", *times, "en", shown
    )
    return SignedApproval(approval, key.sign(approval.context, approval.content))


def _bare(folder: Path) -> tuple[float, float]:
    """Median of a durable commit and of a check of both signatures, in milliseconds."""
    store, commits, checks = RecordStore(folder / "bare"), [], []
    key = HybridKey(bytes(64))
    signature = key.sign(b"bench", bytes(400))
    for _ in range(100):
        start = time.perf_counter()
        with store.transaction(time.time_ns(), time.monotonic_ns()) as change:
            change.record("bench", "bench", {})
        middle = time.perf_counter()
        verify(key.public, b"bench", bytes(400), signature)
        commits.append(middle - start)
        checks.append(time.perf_counter() - middle)
    store.close()
    return 1e3 * statistics.median(commits), 1e3 * statistics.median(checks)
