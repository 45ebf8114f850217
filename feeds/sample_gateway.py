"""The order gateway to the sample exchange, over ZeroMQ."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import msgspec
import zmq

from engine.authorisation.instruction import Effect, PriceType, Side
from engine.routing import OrderReport, OrderState, Package, RoutedGroup, RoutedOrder
from engine.text import Text, text
from feeds.clock import MILLISECOND, Clock
from feeds.faults import BadMessageError, FaultLog
from feeds.gateway import LineState, NotSentError
from feeds.messages import VERSION
from feeds.order_messages import (
    EffectWord,
    OrderAnswer,
    OrderBeat,
    OrderCancel,
    OrderLeg,
    OrderMessage,
    OrderNew,
    OrderQuery,
    OrderTogether,
    SideWord,
    decode_order_reply,
)
from feeds.sockets import SILENCE, Context, Socket, open_socket

QUEUE: Final = 10_000
BEAT: Final = 100 * MILLISECOND
MESSAGES_A_TURN: Final = 1_000
EFFECTS: Final[dict[Effect, EffectWord]] = {
    Effect.CLOSE: "close",
    Effect.CLOSE_TODAY: "close today",
    Effect.CLOSE_YESTERDAY: "close yesterday",
    Effect.LOCK: "open",
}

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class SampleGateway:
    """Orders to the sample exchange; see `feeds.gateway.OrderGateway`. One thread.

    The exchange takes an order once however often it arrives, so an order whose fate is unknown is asked for, and
    what was asked while the line was down is asked again when it is live.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where the exchange takes orders.
        clock: Time.

    Raises:
        BadInputError: An endpoint that leaves the machine.
    """

    def __init__(self, context: Context, endpoint: str, clock: Clock) -> None:
        self._context = context
        self._endpoint = endpoint
        self._clock = clock
        self._socket = self._open()
        now = clock.monotonic_ns()
        self._heard, self._next_beat = now, now
        self._live = self._together = False
        self._asked: dict[str, None] = {}
        self._legs: dict[str, tuple[str, ...]] = {}
        """Names of the legs of each group that was sent or asked for and is not over."""
        self.faults = FaultLog(_logger, "orders", clock)

    @property
    def state(self) -> LineState:
        """Whether the exchange has answered within the last 250 ms; an answer that nobody has taken in yet counts."""
        is_quiet = self._clock.monotonic_ns() - self._heard >= SILENCE
        if self._live and (not is_quiet or self._socket.poll(0)):
            return LineState.LIVE
        return LineState.DOWN if self._live else LineState.CONNECTING

    def poll_sockets(self) -> list[Socket]:
        """Sockets whose input `service` takes."""
        return [self._socket]

    def service(self) -> Sequence[OrderReport]:
        """Keep the line alive and take in what has arrived."""
        now = self._clock.monotonic_ns()
        reports = self._received()
        if now - self._heard >= SILENCE:
            self._rebuild(now)
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            self._put(OrderBeat(VERSION))
        return reports

    def problem(self, package: Package) -> Text | None:
        """Why the exchange takes no such order; None where it does."""
        if isinstance(package, RoutedGroup) and not self._together:
            return text("the exchange takes no orders of several legs, all or none; nothing was sent")
        return None

    def send(self, package: Package) -> None:
        """Hand an order to the exchange, one of several legs as one message.

        Raises:
            NotSentError: The line is not live or its queue full, or the exchange takes no such order.
        """
        if self.state is not LineState.LIVE:
            raise NotSentError(text("the line to the exchange is down; nothing was sent"))
        problem = self.problem(package)
        if problem is not None:
            raise NotSentError(problem)
        self._remember(package)
        if not self._put(_message(package)):
            raise NotSentError(text("the line to the exchange is full; nothing was sent"))

    def cancel(self, package: Package) -> None:
        """Ask the exchange to withdraw what is left of an order."""
        self._remember(package)
        self._asked[package.identity] = None
        self._put(OrderCancel(VERSION, package.identity))

    def ask(self, package: Package) -> None:
        """Ask the exchange where an order stands, until it has answered."""
        self._remember(package)
        self._asked[package.identity] = None
        self._put(OrderQuery(VERSION, package.identity))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _open(self) -> Socket:
        return open_socket(self._context, zmq.DEALER, self._endpoint, QUEUE)

    def _received(self) -> list[OrderReport]:
        reports = []
        for _ in range(MESSAGES_A_TURN):
            try:
                frame = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                reply = decode_order_reply(frame)
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)
                continue
            self._heard = self._clock.monotonic_ns()
            if isinstance(reply, OrderBeat):
                self._together = reply.together
                self._come_alive()
                continue
            self._asked.pop(reply.identity, None)
            reports.append(self._report(reply))
        return reports

    def _report(self, reply: OrderAnswer) -> OrderReport:
        figures = (reply.filled, reply.average, reply.reason, reply.time)
        state = OrderState(reply.state)
        names = self._legs.pop(reply.identity, ()) if state.is_final else self._legs.get(reply.identity, ())
        return OrderReport(reply.identity, state, *figures, tuple(zip(names, reply.legs, strict=False)))

    def _remember(self, package: Package) -> None:
        if isinstance(package, RoutedGroup):
            self._legs[package.identity] = tuple(leg.identity for leg in package.legs)

    def _come_alive(self) -> None:
        """The first answer of a new socket: ask again what has not been answered."""
        if not self._live:
            self._live = True
            for identity in self._asked:
                self._put(OrderQuery(VERSION, identity))

    def _rebuild(self, now: int) -> None:
        """Nothing has come for too long: libzmq does not come back by itself."""
        self._socket.close(linger=0)
        self._socket = self._open()
        self._heard, self._next_beat, self._live = now, now, False

    def _put(self, message: OrderMessage) -> bool:
        try:
            self._socket.send(_encode(message), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True


def _message(package: Package) -> OrderNew | OrderTogether:
    if isinstance(package, RoutedGroup):
        return OrderTogether(VERSION, package.identity, package.account, tuple(map(_leg, package.legs)))
    leg = _leg(package)
    return OrderNew(VERSION, leg.identity, package.account, leg.contract, leg.side, leg.effect, leg.quantity, leg.limit)


def _leg(order: RoutedOrder) -> OrderLeg:
    limit = order.limit if order.price_type is PriceType.LIMIT else None
    side: SideWord = "buy" if order.side is Side.BUY else "sell"
    return OrderLeg(order.identity, order.contract, side, EFFECTS[order.effect], order.quantity, limit)
