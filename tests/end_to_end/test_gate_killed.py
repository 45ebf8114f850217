"""`palisade gate` killed and started again: what it let pass is not forgotten, and what is over stays over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zmq

from feeds.clock import SECOND
from feeds.gate_messages import (
    ANSWERS,
    GateCancel,
    GateCheck,
    GateFilled,
    GateMessage,
    GateOrder,
    GateQuery,
    GateReply,
    GateReservation,
)
from feeds.messages import VERSION
from tests.end_to_end.test_demo import wait_for
from tests.end_to_end.test_gate_command import CRUDE, Gate, exchange, names

pytestmark = pytest.mark.timeout(180)
LIMITS = """
[[limit]]
id = "Crude"
measure = "position"
of = "account"
by = "contract"
hard = 60
"""
LONG = 600 * SECOND


class Asking:
    """A client of whichever gate there is."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], folder: Path, ends: list[str]) -> None:
        self._context = context
        self._start = ends, folder, "--limits", str(folder / "limits.toml"), "--slowest=60000"
        self.gate = Gate(*self._start)
        self._socket = self._connect()

    def start_again(self) -> None:
        """Kill the gate, and start the next."""
        self.gate.kill()
        self.gate = Gate(*self._start)
        self._socket.close(linger=0)
        self._socket = self._connect()
        wait_for(lambda: "closed" not in str(self.check("nobody", 1).reasons), "a gate that is open")

    def _connect(self) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.DEALER)
        socket.connect(self.gate.said["gate"])
        return socket

    def ask(self, message: GateMessage) -> GateReply | GateReservation:
        self._socket.send(msgspec.msgpack.encode(message))
        assert self._socket.poll(60_000), "no answer"
        answer = ANSWERS.decode(self._socket.recv())
        assert isinstance(answer, GateReply | GateReservation)
        return answer

    def asking(self, account: str, quantity: int, life: int = LONG) -> GateCheck:
        orders = (GateOrder(CRUDE, quantity),)
        return GateCheck(VERSION, "algo", uuid.uuid4().bytes, account, orders, False, life)

    def check(self, account: str, quantity: int, life: int = LONG) -> GateReply:
        answer = self.ask(self.asking(account, quantity, life))
        assert isinstance(answer, GateReply)
        return answer

    def standing(self, reservation: bytes, *filled: int, cancel: bool = False) -> GateReservation:
        """What has become of it, once that was said of it."""
        number = uuid.uuid4().bytes
        told: GateMessage = GateQuery(VERSION, "algo", number, reservation)
        if filled:
            told = GateFilled(VERSION, "algo", number, reservation, filled)
        elif cancel:
            told = GateCancel(VERSION, "algo", number, reservation)
        answer = self.ask(told)
        assert isinstance(answer, GateReservation)
        return answer

    def room(self) -> tuple[str, int]:
        """An account, and how many contracts it may buy: more than two.

        It is the limit that lets it buy no more: what margin lets pass moves with prices.
        """
        found: list[tuple[str, int]] = []

        def look() -> bool:
            for name in names():
                room = self.check(name, 1_000_000).largest or 0
                beyond = self.check(name, 2 * room).after if room > 2 else None
                if beyond is not None and (beyond.available or 0) > 0:
                    found.append((name, room))
            return bool(found)

        wait_for(look, "an account with room")
        return found[0]

    def close(self) -> None:
        self._socket.close(linger=0)
        self.gate.kill()


@pytest.fixture
def asking(tmp_path: Path, zmq_context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[Asking]:
    (tmp_path / "limits.toml").write_text(LIMITS)
    with exchange() as ends:
        asking = Asking(zmq_context, tmp_path, ends)
        yield asking
        asking.close()


def test_a_killed_gate_goes_on_where_it_was(asking: Asking) -> None:
    account, room = asking.room()
    first = asking.asking(account, room - 1)
    passed = asking.ask(first)
    held = passed.reservation
    short = asking.check(account, 1, life=SECOND).reservation
    assert asking.check(account, 1).verdict == "refused"
    asking.start_again()
    wait_for(lambda: asking.standing(short).state == "expired", "the end of the short one")
    assert asking.check(account, 2).verdict == "refused"
    last = asking.check(account, 1)
    assert last.verdict == "passes"
    assert asking.check(account, 1).verdict == "refused"
    # Whoever was let pass before can ask again, and say what became of the order.
    assert asking.ask(first) == passed
    assert asking.standing(held, room - 2).remaining == (1,)
    asking.start_again()
    assert asking.standing(held).filled == (room - 2,)
    assert asking.standing(held, cancel=True).state == "cancelled"
    assert asking.standing(last.reservation).state == "held"
    # The position feed never shows what was filled; what was cancelled is free.
    wait_for(lambda: asking.check(account, 1).verdict == "passes", "the room of what was cancelled")
