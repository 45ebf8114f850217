"""The order router of a scene, as a process: ``python -m feeds.sample_router``.

It asks the gate before each order, sends what passes to the sample exchange, and reports the fill. Each order is a line
of JSON on standard output. It ends when the scene is over, when it is told to stop, or with ``--exit-with-parent`` when
its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import zmq

from engine.text import BadInputError, UserFacingError, text
from feeds.clock import SECOND
from feeds.gate_messages import (
    ANSWERS,
    GateAnswer,
    GateCancel,
    GateCheck,
    GateFilled,
    GateMessage,
    GateOrder,
    GateReply,
)
from feeds.messages import VERSION
from feeds.order_messages import OrderAnswer, OrderNew, SideWord, decode_order_reply
from feeds.parent_watch import watch_parent
from feeds.sample_scene import SceneOrder, read_scene
from feeds.sockets import Context, open_socket

CLIENT: Final = "scene"
QUEUE: Final = 1_000
LIFE: Final = 20 * SECOND
ANSWER: Final = 1_000
"""Milliseconds after which a question is asked once more; asking twice is safe."""
ATTEMPTS: Final = 5
AGAIN: Final = 0.2
"""Seconds between two questions while the gate is closed."""
PATIENCE: Final = 30.0
"""Seconds that a closed gate is waited for."""
OVER: Final = ("filled", "cancelled", "rejected")


@dataclass
class Router:
    """Sends the orders of a scene, one after the other.

    Args:
        context: The process's ZeroMQ context.
        gate: Where the gate answers.
        exchange: Where the exchange takes orders.
        stop: Set when the scene is to end.
    """

    context: Context
    gate: str
    exchange: str
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._gate = open_socket(self.context, zmq.DEALER, self.gate, QUEUE)
        self._exchange = open_socket(self.context, zmq.DEALER, self.exchange, QUEUE)

    def close(self) -> None:
        """Close the sockets."""
        self._gate.close(linger=0)
        self._exchange.close(linger=0)

    def send(self, order: SceneOrder) -> dict[str, object]:
        """Ask the gate, and where it lets the order pass have it filled; what became of it.

        Raises:
            UserFacingError: The gate or the exchange does not answer.
        """
        reply = self._check(order)
        said = {
            "account": order.account,
            "contract": order.contract,
            "quantity": order.quantity,
            "note": order.note,
            "verdict": reply.verdict,
            "reasons": reply.reasons,
            "warnings": reply.warnings,
            "largest": reply.largest,
        }
        if reply.verdict != "passes":
            return said
        state, filled = self._fill(order, reply.reservation)
        self._ask(GateFilled(VERSION, CLIENT, uuid.uuid4().bytes, reply.reservation, (filled,)))
        if filled < abs(order.quantity):
            self._ask(GateCancel(VERSION, CLIENT, uuid.uuid4().bytes, reply.reservation))
        return {**said, "state": state, "filled": filled}

    def _check(self, order: SceneOrder) -> GateReply:
        """The gate's answer, once it is open."""
        waited = 0.0
        while True:
            orders = (GateOrder(order.contract, order.quantity),)
            check = GateCheck(VERSION, CLIENT, uuid.uuid4().bytes, order.account, orders, False, LIFE)
            reply = self._ask(check)
            if not isinstance(reply, GateReply):
                raise UserFacingError(text("the gate did not understand: {answer}", answer=reply))
            closed = any(reason.startswith("the gate is closed") for reason in reply.reasons)
            if reply.verdict == "passes" or not closed or waited >= PATIENCE or self.stop.is_set():
                return reply
            self.stop.wait(AGAIN)
            waited += AGAIN

    def _ask(self, message: GateMessage) -> GateAnswer:
        body = msgspec.msgpack.encode(message)
        for _ in range(ATTEMPTS):
            self._gate.send(body)
            while self._gate.poll(ANSWER):
                answer = ANSWERS.decode(self._gate.recv())
                if answer.request == message.request:
                    return answer
        raise UserFacingError(text("the gate does not answer"))

    def _fill(self, order: SceneOrder, reservation: bytes) -> tuple[str, int]:
        """Send an order under the reservation's name; its last state and contracts filled."""
        identity = reservation.hex()
        side: SideWord = "buy" if order.quantity > 0 else "sell"
        new = OrderNew(
            VERSION,
            identity,
            order.account,
            order.contract,
            side,
            "open",
            abs(order.quantity),
            None,
        )
        self._exchange.send(msgspec.msgpack.encode(new))
        for _ in range(ATTEMPTS):
            while self._exchange.poll(ANSWER):
                answer = decode_order_reply(self._exchange.recv())
                if isinstance(answer, OrderAnswer) and answer.identity == identity and answer.state in OVER:
                    return answer.state, answer.filled
        raise UserFacingError(text("the exchange does not answer"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process; its exit code: 0 when the scene is over, 1 where somebody does not answer, 2 for bad input."""
    options = _arguments().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if options.exit_with_parent:
        threading.Thread(target=watch_parent, args=(stop,), name="parent watch", daemon=True).start()
    context: Context = zmq.Context()
    try:
        orders = read_scene(options.scene).orders
        router = Router(context, options.gate, options.orders, stop)
        try:
            play(router, orders, options.speed)
        finally:
            router.close()
    except UserFacingError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, BadInputError) else 1
    finally:
        context.term()
    return 0


def play(router: Router, orders: Sequence[SceneOrder], speed: float) -> None:
    """Send each order so long after the one before was done as the scene has between them; the first at once."""
    before = orders[0].at if orders else 0.0
    for order in orders:
        # Late orders are not caught up with: what has filled must be among the positions before the next is judged.
        if router.stop.wait((order.at - before) / speed):
            return
        before = order.at
        sys.stdout.write(json.dumps(router.send(order)) + "\n")
        sys.stdout.flush()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m feeds.sample_router", description=str(text("Sends the orders of a scene through the gate"))
    )
    parser.add_argument("--scene", type=Path, required=True, help=str(text("file of the scene")))
    parser.add_argument("--gate", required=True, help=str(text("where the gate answers")))
    parser.add_argument("--orders", required=True, help=str(text("where the sample exchange takes orders")))
    parser.add_argument("--speed", type=float, default=1.0, help=str(text("how much faster than written")))
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=str(text("end when the standard input is closed"))
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
