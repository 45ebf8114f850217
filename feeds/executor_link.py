"""The executor gate's line to the authority: says hello, is told what is signed, reports. One thread, never waits."""

from __future__ import annotations

import logging
import secrets
from typing import Final

import msgspec
import zmq

from feeds.authority_messages import TO_EXECUTOR, ExecutorHello, ToExecutor
from feeds.clock import MILLISECOND, Clock
from feeds.curve import CurveClient
from feeds.decoding import decode
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION, Message
from feeds.sockets import Context, Socket, open_socket

QUEUE: Final = 10_000
HELLO: Final = 100 * MILLISECOND
SILENCE: Final = 500 * MILLISECOND
MESSAGES_A_TURN: Final = 200

_logger = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


class ExecutorLink:
    """A supervised DEALER to the authority.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where the authority takes its executor gate.
        clock: Time.
        curve: How the line is encrypted; needed where it leaves the machine.

    Attributes:
        session: Names this start of the gate.

    Raises:
        BadInputError: An endpoint that may not be used.
    """

    def __init__(self, context: Context, endpoint: str, clock: Clock, curve: CurveClient | None = None) -> None:
        self._curve = curve
        self._context = context
        self._endpoint = endpoint
        self._clock = clock
        self.session = secrets.token_bytes(16)
        self.faults = FaultLog(_logger, "authority", clock)
        self._socket = self._open()
        self._heard = self._next_hello = clock.monotonic_ns()

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; ask again after each `receive`."""
        return [self._socket]

    def receive(self) -> list[ToExecutor]:
        """What has arrived, a bounded number; keeps the line alive meanwhile."""
        messages = self._drained()
        now = self._clock.monotonic_ns()
        if now - self._heard >= SILENCE:
            self._socket.close(linger=0)
            self._socket = self._open()
            self._heard = self._next_hello = now
        if now >= self._next_hello:
            self._next_hello = now + HELLO
            self.send(ExecutorHello(VERSION, self.session))
        return messages

    def send(self, message: Message) -> None:
        """Send; what does not fit is dropped, for everything that matters is repeated."""
        try:
            self._socket.send(_encode(message), zmq.NOBLOCK)
        except zmq.Again:
            self.faults.note("full", "the line to the authority is full", logging.INFO)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _open(self) -> Socket:
        return open_socket(self._context, zmq.DEALER, self._endpoint, QUEUE, curve=self._curve)

    def _drained(self) -> list[ToExecutor]:
        messages: list[ToExecutor] = []
        for _ in range(MESSAGES_A_TURN):
            try:
                frame = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                message = decode(TO_EXECUTOR, frame)
                if message.version != VERSION:
                    raise BadMessageError("version", f"version {message.version} is not understood, {VERSION} is")
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)
                continue
            self._heard = self._clock.monotonic_ns()
            messages.append(message)
        return messages
