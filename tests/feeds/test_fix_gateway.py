"""Orders over FIX 4.4 to an acceptor that is a process of its own: filled, refused, withdrawn, lost and asked for."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.authorisation.instruction import Effect
from engine.numbers import PRICE
from engine.routing import OrderReport, OrderState
from engine.text import BadInputError
from feeds.clock import SystemClock
from feeds.fix_gateway import FixGateway, FixLine
from feeds.gateway import LineState, NotSentError
from tests.feeds.routed import routed

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """The acceptor's process, which may be killed and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.feeds.fix_acceptor", str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def open_gateway(broker: Broker, tmp_path: Path) -> Iterator[Callable[[], FixGateway]]:
    opened: list[FixGateway] = []

    def open_one() -> FixGateway:
        line = FixLine("127.0.0.1", broker.port, "PALISADE", "BROKER", tmp_path / "ours")
        opened.append(FixGateway(line, SystemClock()))
        return opened[-1]

    yield open_one
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(open_gateway: Callable[[], FixGateway]) -> FixGateway:
    gateway = open_gateway()
    wait_for(gateway, lambda _: gateway.state is LineState.LIVE)
    return gateway


def wait_for(gateway: FixGateway, done: Callable[[list[OrderReport]], bool]) -> list[OrderReport]:
    """Serve the gateway until its reports, all that came since the call, are as wanted."""
    reports: list[OrderReport] = []
    deadline = time.monotonic() + PATIENCE
    while not done(reports):
        assert time.monotonic() < deadline, f"the line is {gateway.state}, reports: {reports}"
        reports += gateway.service()
        time.sleep(0.002)
    return reports


def ended(reports: list[OrderReport]) -> bool:
    return bool(reports) and reports[-1].state.is_final


def test_an_order_is_acknowledged_filled_in_parts_and_done(gateway: FixGateway) -> None:
    gateway.send(routed())
    reports = wait_for(gateway, ended)
    assert [(report.state, report.filled) for report in reports] == [
        (OrderState.WORKING, 0),
        (OrderState.WORKING, 5),
        (OrderState.FILLED, 10),
    ]
    assert reports[-1].average == 68 * PRICE + PRICE // 4


def test_a_refused_order_says_why(gateway: FixGateway) -> None:
    gateway.send(routed(account="REFUSED"))
    (report,) = wait_for(gateway, ended)
    assert (report.state, report.reason) == (OrderState.REJECTED, "no credit")


def test_a_working_order_is_withdrawn(gateway: FixGateway) -> None:
    order = routed(account="HOLD")
    gateway.send(order)
    wait_for(gateway, bool)
    gateway.cancel(order)
    (report,) = wait_for(gateway, ended)
    assert (report.identity, report.state) == ("one", OrderState.CANCELLED)


def test_an_order_that_the_other_side_has_never_seen_is_not_known(gateway: FixGateway) -> None:
    gateway.ask(routed("ghost"))
    (report,) = wait_for(gateway, ended)
    assert (report.identity, report.state) == ("ghost", OrderState.NOT_KNOWN)


def test_the_same_order_number_makes_no_second_order(gateway: FixGateway, broker: Broker) -> None:
    gateway.send(routed())
    wait_for(gateway, ended)
    gateway.send(routed())
    (report,) = wait_for(gateway, ended)
    assert (report.state, report.reason) == (OrderState.REJECTED, "duplicate")


def test_an_order_on_a_dead_line_surely_has_not_left(gateway: FixGateway, broker: Broker) -> None:
    broker.kill()
    wait_for(gateway, lambda _: gateway.state is LineState.DOWN)
    with pytest.raises(NotSentError, match="not logged on; nothing was sent"):
        gateway.send(routed())
    broker.start()
    wait_for(gateway, lambda _: gateway.state is LineState.LIVE)
    gateway.ask(routed())
    (report,) = wait_for(gateway, ended)
    assert report.state is OrderState.NOT_KNOWN


def test_what_became_of_an_order_is_told_after_the_other_side_was_killed(gateway: FixGateway, broker: Broker) -> None:
    order = routed(account="HOLD")
    gateway.send(order)
    wait_for(gateway, bool)
    broker.kill()
    wait_for(gateway, lambda _: gateway.state is LineState.DOWN)
    gateway.ask(order)
    broker.start()
    (report,) = wait_for(gateway, bool)
    assert (report.identity, report.state) == ("one", OrderState.WORKING)


def test_sequence_numbers_survive_our_own_restart(gateway: FixGateway, open_gateway: Callable[[], FixGateway]) -> None:
    gateway.send(routed())
    wait_for(gateway, ended)
    gateway.close()
    second = open_gateway()
    wait_for(second, lambda _: second.state is LineState.LIVE)
    second.ask(routed())
    (report,) = wait_for(second, ended)
    assert (report.state, report.filled) == (OrderState.FILLED, 10)


def test_what_fix_has_no_word_for_is_not_sent(gateway: FixGateway) -> None:
    with pytest.raises(NotSentError, match="no value to close today's positions with"):
        gateway.send(routed(effect=Effect.CLOSE_TODAY))
    with pytest.raises(NotSentError, match="cannot write the name 账户"):
        gateway.send(routed(account="账户"))


def test_no_line_leaves_this_machine(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="FIX is not encrypted; run a TLS tunnel"):
        FixGateway(FixLine("10.0.0.1", 9880, "A", "B", tmp_path), SystemClock())
