"""100 clients at once for the last headroom: what passes never exceeds it, and the example client does as it says."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import msgspec
import pytest
import zmq

from engine.classification import Dimension
from engine.limits import Level, Measure
from engine.span.parameters import ParameterSet
from feeds.clock import SystemClock
from feeds.gate_messages import ANSWERS, GateCancel, GateCheck, GateMessage, GateOrder, GateReply
from feeds.messages import VERSION
from feeds.sample_books import SampleMarket
from feeds.sockets import Socket
from tests.feeds.driving import PATIENCE
from tests.feeds.gate_stage import GENEROUS, LIFE, Context, SampleDesk, Stage

CLIENTS, ORDERS = 100, 8


@pytest.fixture
def stage(zmq_context: Context, sample_parameters: ParameterSet, sample_market: SampleMarket) -> Iterator[Stage]:
    clock = SystemClock()
    stage = Stage(zmq_context, SampleDesk(sample_parameters, sample_market, clock), clock, GENEROUS)
    yield stage
    stage.close()


@contextmanager
def serving(stage: Stage) -> Iterator[None]:
    """A thread of its own for the gate, as it has in the product."""
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            stage.gate.service(wait=True)

    thread = threading.Thread(target=serve, name="gate")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(PATIENCE)


class Client(threading.Thread):
    """Asks for order after order, on a socket of its own; withdraws some of what passed."""

    def __init__(self, stage: Stage, account: str, number: int, quantity: int, cancels: bool) -> None:
        super().__init__(name=f"client {number}")
        self._context, self._endpoint = stage._context, stage.gate.endpoint
        self._account, self._contract = account, stage.desk.contract
        self._client, self._quantity, self._cancels = f"algo {number}", quantity, cancels
        self._random = Random(number)
        self.left = 0
        """Contracts passed and not withdrawn."""

    def run(self) -> None:
        with self._context.socket(zmq.DEALER) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(self._endpoint)
            for _ in range(ORDERS):
                orders = (GateOrder(self._contract, self._quantity),)
                number = uuid.uuid4().bytes
                check = GateCheck(VERSION, self._client, number, self._account, orders, False, LIFE)
                reply = self._ask(socket, check)
                assert isinstance(reply, GateReply)
                if reply.verdict != "passes":
                    continue
                self.left += self._quantity
                if self._cancels and self._random.random() < 0.5:
                    self._ask(socket, GateCancel(VERSION, self._client, uuid.uuid4().bytes, reply.reservation))
                    self.left -= self._quantity

    def _ask(self, socket: Socket, message: GateMessage) -> object:
        # Sent twice, as a client does that is not sure: it must not count twice.
        for _ in range(2):
            socket.send(msgspec.msgpack.encode(message))
        for _ in range(2):
            assert socket.poll(PATIENCE * 1_000)
            answer = ANSWERS.decode(socket.recv())
        return answer


def race(stage: Stage, quantity: int, cancels: bool, accounts: Sequence[str] = ()) -> int:
    """Let all clients run, in these accounts or the desk's; contracts that passed and were not withdrawn."""
    trading = accounts or [stage.desk.account]
    clients = [Client(stage, trading[number % len(trading)], number, quantity, cancels) for number in range(CLIENTS)]
    with serving(stage):
        for client in clients:
            client.start()
        for client in clients:
            client.join(PATIENCE)
    assert not any(client.is_alive() for client in clients)
    return sum(client.left for client in clients)


def most_held(stage: Stage, quantity: int) -> int:
    """The most contracts that were held at any moment, as the record has it."""
    held = most = 0
    for record in stage.records:
        if isinstance(record.answer, GateReply):
            held += quantity * (record.answer.verdict == "passes")
        elif isinstance(record.message, GateCancel):
            held -= quantity
        most = max(most, held)
    return most


def test_100_clients_that_race_for_the_last_headroom_never_exceed_it(stage: Stage) -> None:
    most = stage.desk.most()
    quantity = max(1, most // (CLIENTS * ORDERS // 2))
    passed = race(stage, quantity, cancels=False)
    assert passed == most_held(stage, quantity)
    assert stage.desk.fits(passed)
    assert not stage.desk.fits(passed + quantity)


def test_nor_do_they_where_orders_are_withdrawn_meanwhile(stage: Stage) -> None:
    quantity = max(1, stage.desk.most() // CLIENTS)
    left = race(stage, quantity, cancels=True)
    assert left == sum(
        order.quantity for strategy in stage.gate.reservations.working(stage.desk.account) for order in strategy
    )
    assert stage.desk.fits(most_held(stage, quantity))


LIMITS = """
[[limit]]
id = "account"
measure = "position"
of = "account"
by = "contract"
hard = {account}

[[limit]]
id = "group"
measure = "position"
of = "group"
by = "product"
hard = {group}
"""


def held(stage: Stage, level: Level) -> int:
    """What the account, or its group, holds of the contract's product."""
    limits, account = stage.desk.limits, stage.desk.state.book.row(stage.desk.account)
    assert limits is not None
    holdings = limits.holdings(level, account)
    product = stage.desk.contract.split(":")[1]
    return holdings.with_trades({}).figure(Measure.POSITION, Dimension.PRODUCT, product)


@pytest.mark.parametrize("cancels", [False, True])
def test_100_clients_never_exceed_a_limit_of_an_account_between_them(stage: Stage, cancels: bool) -> None:
    stage.desk.limit(LIMITS.format(account=50, group=1_000_000))
    passed = race(stage, 3, cancels)
    assert most_held(stage, 3) <= 50
    assert cancels or passed == 48


@pytest.mark.parametrize("cancels", [False, True])
def test_100_clients_in_related_accounts_never_exceed_a_limit_of_their_group(stage: Stage, cancels: bool) -> None:
    stage.desk.limit(LIMITS.format(account=1_000_000, group=1_000_000))
    before = held(stage, Level.GROUP)
    stage.desk.limit(LIMITS.format(account=1_000_000, group=abs(before) + 40))
    relatives = stage.desk.relatives[:3]
    passed = race(stage, 1, cancels, relatives)
    # Bought on top of what is held; the rest of the accounts may be stopped by their margin.
    assert before + most_held(stage, 1) <= abs(before) + 40
    assert cancels or passed > 0


def test_the_example_client_asks_and_reports_its_fill(stage: Stage, project_root: Path) -> None:
    with serving(stage):
        said = run_example(project_root, stage, 2)
    assert said.splitlines() == ["passes; the order is sent to the exchange now, and filled", "reservation: filled"]
    (reservation,) = stage.gate.reservations.working(stage.desk.account)
    assert reservation[0].quantity == 2


def test_the_example_client_does_not_send_what_does_not_pass(stage: Stage, project_root: Path) -> None:
    with serving(stage):
        said = run_example(project_root, stage, stage.desk.most() + 1)
    assert said.startswith("do not send:")
    assert "margin would exceed equity" in said


def run_example(project_root: Path, stage: Stage, quantity: int) -> str:
    program = project_root / "docs" / "gate_client.py"
    arguments = [stage.gate.endpoint, stage.desk.account, stage.desk.contract, str(quantity)]
    command = [sys.executable, "-W", "error", str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
