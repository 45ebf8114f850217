"""The order entry of the sample exchange: a ROUTER that takes orders and tells what becomes of them."""

from __future__ import annotations

import logging
from typing import Final

import msgspec
import zmq

from feeds.clock import Clock
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION
from feeds.order_messages import (
    OrderAnswer,
    OrderBeat,
    OrderCancel,
    OrderMessage,
    OrderNew,
    OrderQuery,
    OrderReply,
    OrderTogether,
    decode_order,
)
from feeds.sample_orders import SampleGroup, SampleOrder, SampleOrders
from feeds.sockets import Context, Socket, bound_endpoint, open_socket

QUEUE: Final = 10_000
MESSAGES_A_TURN: Final = 200

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class OrderServer:
    """Takes orders from gateways. One thread.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where to listen.
        orders: The exchange's orders.
        session: 16 bytes naming this start of the exchange.
        clock: Time.

    Raises:
        BadInputError: An endpoint that leaves the machine or cannot be used.
    """

    def __init__(self, context: Context, endpoint: str, orders: SampleOrders, session: bytes, clock: Clock) -> None:
        self._socket: Socket = open_socket(context, zmq.ROUTER, endpoint, QUEUE, bind=True)
        self._orders = orders
        self._session = session
        self._clock = clock
        self._peers: dict[str, bytes] = {}
        self.faults = FaultLog(_logger, "orders", clock)

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return bound_endpoint(self._socket)

    def poll_sockets(self) -> list[Socket]:
        """Sockets whose input `service` takes."""
        return [self._socket]

    def service(self) -> None:
        """Answer waiting messages, a bounded number."""
        for _ in range(MESSAGES_A_TURN):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                if len(frames) != 2:
                    raise BadMessageError("frames", f"{len(frames)} frames instead of peer and message")
                message = decode_order(frames[1])
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)
                continue
            self._send(frames[0], self._answer(frames[0], message))

    def step(self) -> None:
        """Fill orders at the prices of this moment, and tell who sent them."""
        for order in self._orders.step():
            self._send(self._peers[order.identity], self._state_of(order.identity, order))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _answer(self, peer: bytes, message: OrderMessage) -> OrderReply:
        if isinstance(message, OrderBeat):
            return OrderBeat(VERSION, self._session, self._orders.rules.together)
        if isinstance(message, OrderNew):
            order, _ = self._orders.take(message)
            if order.order == message:
                self._peers[message.identity] = peer
            return self._state_of(message.identity, order)
        if isinstance(message, OrderTogether):
            group = self._orders.take_together(message)
            if self._orders.find(message.identity) is group:
                self._peers[message.identity] = peer
            return self._state_of(message.identity, group)
        found = self._orders.cancel(message.identity) if isinstance(message, OrderCancel) else None
        if isinstance(message, OrderQuery):
            found = self._orders.find(message.identity)
        if found is not None:
            self._peers[found.identity] = peer
        return self._state_of(message.identity if found is None else found.identity, found)

    def _state_of(self, identity: str, order: SampleOrder | SampleGroup | None) -> OrderAnswer:
        if order is None:
            return OrderAnswer(VERSION, self._session, identity, "not known", 0, 0, "", self._clock.wall_ns())
        figures = (order.state, order.filled, order.average, order.reason, order.time or self._clock.wall_ns())
        return OrderAnswer(VERSION, self._session, identity, *figures, order.prices)

    def _send(self, peer: bytes, reply: OrderReply) -> None:
        try:
            self._socket.send_multipart((peer, _encode(reply)), zmq.NOBLOCK)
        except zmq.Again:
            self.faults.note("unread", "a gateway does not read its answers", logging.INFO)
