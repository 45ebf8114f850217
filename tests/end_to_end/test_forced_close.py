"""A forced close by real processes: people by the command line, keys in files, fills on the positions feed."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from engine.audit_events import OrdersJudged, event_of
from engine.authorisation.approval import Act, Approval, SignedApproval
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import Effect, GenerationPath, Instruction, InstructionOrder, PriceType, Side
from engine.authorisation.moments import SECOND, SIGNATURE_TIME
from engine.authorisation.people import Role
from engine.authorisation.proposal import State
from engine.authorisation.statement import shown_digest
from engine.book import PositionBook
from engine.instruments import Universe
from engine.snapshot import FeedState
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from feeds.authority_client import AuthorityClient
from feeds.clock import SystemClock
from feeds.curve import CurveClient, transport_key
from feeds.journal_reading import RECORDS, read_journal
from feeds.keystore import Keystore
from feeds.positions import PositionsFeed
from feeds.record_reading import RecordReader
from feeds.tape import Channel, Mark, decode_mark
from terminal.catalogue import translator
from tests.end_to_end.forced_close import PALISADE, SAMPLE, WORDS, Processes
from tests.feeds.conftest import Context

ROLES = {"maker": Role.MAKER, "officer": Role.RISK_OFFICER, "director": Role.TRADING_DIRECTOR}
PATIENCE = 60.0
QUANTITY = 1


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def until(condition: Callable[[], object], what: str, *services: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        for service in services:
            service()


def signed(folder: Path, made: Instruction, act: Act, person: str) -> SignedApproval:
    """As a station signs: shown, then the passphrase, then the signature."""
    keystore, now = Keystore(folder / f"{person}.key"), time.time_ns()
    key = keystore.unlock(WORDS, now)
    approval = Approval(
        made.fingerprint,
        act,
        ROLES[person],
        person,
        keystore.card.key.fingerprint,
        "station",
        now + SIGNATURE_TIME,
        secrets.token_bytes(16),
        now,
        now,
        "zh_Hans",
        shown_digest(made, translator("zh_Hans")),
    )
    return SignedApproval(approval, key.sign(approval.context, approval.content))


def close_of(book: PositionBook, parameters: ParameterSet) -> Instruction:
    """Closes one contract of the first long future, at market within a wide collar."""
    held = book.snapshot()
    right = parameters.contracts.right
    for row, account in enumerate(held.accounts):
        mine = held.positions.of(row)
        futures = np.flatnonzero((mine.long > QUANTITY) & (right[mine.columns] == 0))
        if len(futures):
            column = int(mine.columns[futures[0]])
            price, now = int(parameters.contracts.price[column]), time.time_ns()
            contract = str(book.universe.contract(column))
            bounds = (QUANTITY, PriceType.MARKET, 0, price // 2, 2 * price)
            order = InstructionOrder(contract, Side.SELL, Effect.CLOSE, *bounds)
            path = GenerationPath(
                bytes(16), 1, bytes(8), bytes(32), bytes(32), "test", bytes(32), INPUTS_DIGEST, EXPECTED.digest, ()
            )
            times = (now - SECOND, now + 600 * SECOND)
            return Instruction(
                secrets.token_bytes(16), "maker", account.name, (order,), "USD", 0, 0, True, "test", *times, False, path
            )
    raise AssertionError("nobody is long of a future")


EXPECTED = Expected(1, 1, 1, 1, (1,))
INPUTS = b"inputs"
INPUTS_DIGEST = sha256(INPUTS).digest()


def test_two_people_close_a_position_through_real_processes(processes: Processes, zmq_context: Context) -> None:
    exchange, authority = processes.exchange(), processes.authority()
    founding = processes.found_people(authority["authority"])
    processes.executor(exchange, authority, founding)
    parameters = read_parameters(str(SAMPLE))
    book, clock = PositionBook(Universe(parameters)), SystemClock()
    feed = PositionsFeed(zmq_context, exchange["positions"], exchange["snapshots"], book, clock)
    client = AuthorityClient(zmq_context, authority["authority"], clock, bytes.fromhex(founding))

    def serve() -> None:
        client.poll_sockets()[0].poll(5)
        client.service()
        feed.drain(1_000)
        feed.tick()

    until(lambda: client.picture().executor and client.state is FeedState.LIVE, "the executor", serve)
    until(lambda: feed.state is FeedState.LIVE, "positions", serve)
    made = close_of(book, parameters)
    order = made.orders[0]
    row, column = book.account(made.account), book.universe.column_of(order.contract)
    long, _ = book.snapshot().positions.sides_of(row, column)
    client.propose(made, signed(processes.folder, made, Act.PROPOSE, "maker"), EXPECTED, INPUTS)
    for person in ("officer", "director"):
        client.sign(signed(processes.folder, made, Act.APPROVE, person))
    until(lambda: [view.proposal.state for view in client.picture().proposals] == [State.DONE], "the fill", serve)
    assert [answer.accepted for answer in client.take_answers()] == [True] * 3
    until(lambda: book.snapshot().positions.sides_of(row, column)[0] == long - QUANTITY, "the position", serve)
    client.close()
    feed.close()
    processes.close()
    stores = [str(processes.folder / name) for name in ("authority", "executor")]
    assert all(processes.run("audit", "verify", store).startswith("Good: ") for store in stores)
    review = json.loads(
        processes.run("audit", "report", made.identity.hex(), "--store", stores[0], "--store", stores[1])
    )
    assert (review["state"], review["orders"][0]["filled"]) == ("done", QUANTITY)
    assert [each["signature_holds"] for each in review["seen_and_signed"] if "act" in each] == [True] * 3
    assert [step["step"] for step in review["steps"]][-2:] == ["first order sent", "last report"]
    feeds = processes.folder / "feeds"
    assert "came out again bit for bit" in processes.run("replay", str(feeds))
    (judged,) = judged_in(processes.folder / "executor")
    assert (judged.sequence, judged.positions) in [(mark.sequence, mark.digest.hex()) for mark in marks_in(feeds)]
    assert [(each.contract, each.long) for each in judged.contracts] == [(order.contract, long)]


def judged_in(folder: Path) -> list[OrdersJudged]:
    """What the executor gate has judged that orders were sent on."""
    with closing(RecordReader(folder)) as store:
        return [event for record in store.records() if isinstance(event := event_of(record), OrdersJudged)]


def marks_in(journal: Path) -> list[Mark]:
    """States of the positions that a journal has, which its replay came to as well."""
    with closing(RecordReader(journal / RECORDS)) as store:
        entries = list(read_journal(journal, store))
    return [decode_mark(entry.frames[0]) for entry in entries if entry.channel == Channel.MARK]


def test_the_executor_gate_and_the_authority_know_no_window() -> None:
    code = (
        "import sys\n"
        "import terminal.authority_process, terminal.executor_process, terminal.desk_setup\n"
        "assert not [name for name in sys.modules if name.startswith(('PySide6', 'pyqtgraph', 'qasync', 'widgets'))]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_second_authority_on_the_same_store_is_refused(processes: Processes) -> None:
    processes.authority()
    second = subprocess.run(
        [*PALISADE, "authority", "--store", str(processes.folder / "authority")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert "is using it" in second.stderr


def test_a_digest_that_is_none_starts_no_executor(processes: Processes) -> None:
    done = subprocess.run(
        [*PALISADE, "executor", "--founding", "00", "--authority", "tcp://127.0.0.1:1", "--orders", "x",
         "--positions", "x", "--snapshots", "x", "--quotes", "x", "--parameters", str(SAMPLE),
         "--store", str(processes.folder / "executor")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "64 hexadecimal digits" in done.stderr


def test_an_authority_off_the_machine_talks_to_known_workstations_alone(
    processes: Processes, zmq_context: Context
) -> None:
    known, unknown = (transport_key(processes.folder / name) for name in ("station.key", "stranger.key"))
    stations = processes.folder / "stations"
    stations.write_text(f"station terminal {known.public.decode()}\n")
    ends = ("--endpoint", "tcp://0.0.0.0:*", "--executor-endpoint", "tcp://0.0.0.0:*")
    said = processes.authority("--stations", str(stations), *ends)
    endpoint, key, clock = said["authority"].replace("0.0.0.0", "127.0.0.1"), said["transport"].encode(), SystemClock()
    curves = (CurveClient(known, key), CurveClient(unknown, key), None)
    clients = [AuthorityClient(zmq_context, endpoint, clock, curve=curve) for curve in curves]

    def serve() -> None:
        for client in clients:
            client.poll_sockets()[0].poll(5)
            client.service()

    until(lambda: clients[0].state is FeedState.LIVE, "the known workstation", serve)
    # The strangers have lost at least one line each by then, as a line that stays silent is replaced.
    silent = time.monotonic() + 1
    until(lambda: time.monotonic() > silent, "the strangers' silence", serve)
    assert [client.state for client in clients] == [FeedState.LIVE, FeedState.INIT, FeedState.INIT]
    for client in clients:
        client.close()


def test_an_authority_off_the_machine_needs_the_list_of_workstations(processes: Processes) -> None:
    refused = subprocess.run(
        [*PALISADE, "authority", "--store", str(processes.folder / "authority"), "--endpoint", "tcp://0.0.0.0:*"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "encrypted transport is required" in refused.stderr
