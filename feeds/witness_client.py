"""The log's side of its witness: hands it every new checkpoint and keeps what it signs, without ever waiting for it."""

from __future__ import annotations

import logging
import secrets
from typing import Final

import msgspec
import zmq

from engine.authorisation.keys import PublicKey, decode_public_key, decode_signature
from engine.text import Text, text
from feeds.checkpoints import Checkpoints
from feeds.clock import SECOND, Clock
from feeds.curve import CurveClient
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION
from feeds.sockets import Context, Socket, open_socket
from feeds.witness_messages import (
    WitnessAnswer,
    WitnessElsewhere,
    WitnessQuestion,
    WitnessSigned,
    decode_witness_answer,
)

QUEUE: Final = 10
PATIENCE: Final = 2 * SECOND
"""How long an answer may take until the question is asked again, on a new socket."""
LONGEST_SILENCE: Final = 10 * SECOND
"""How long a checkpoint may be without the witness's signature until that is said."""

_logger = logging.getLogger(__name__)


class WitnessClient:
    """One question at a time. Every method runs in the thread that owns the store.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where the witness listens.
        checkpoints: What is to be witnessed.
        key: The log's public key.
        witness: Fingerprint of the witness's key.
        clock: Time.
        curve: How the line is encrypted; needed where it leaves the machine.

    Attributes:
        alert: What the witness found wrong with this log; None while all is well.
        size: How many records the witness has signed for.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        checkpoints: Checkpoints,
        key: PublicKey,
        witness: bytes,
        clock: Clock,
        curve: CurveClient | None = None,
    ) -> None:
        self._context, self._endpoint, self._checkpoints, self._clock = context, endpoint, checkpoints, clock
        self._key, self._witness = key, witness
        self.faults = FaultLog(_logger, "witness", clock)
        self.alert: Text | None = None
        self.size = 0
        self._known = 0
        """Size of the last checkpoint that the witness has on its disk: what it wants a proof from."""
        self._asked = 0
        self._request = b""
        self._deadline = 0
        self._behind_since: int | None = None
        self._curve = curve
        self._socket: Socket = self._open()

    @property
    def socket(self) -> Socket:
        """What to poll for input; ask again after each `service`."""
        return self._socket

    @property
    def problem(self) -> Text | None:
        """What is wrong now; None while the witness keeps up."""
        if self.alert is not None:
            return self.alert
        if self._behind_since is None or self._clock.monotonic_ns() - self._behind_since < LONGEST_SILENCE:
            return None
        return text("the witness has not signed the newest records for {seconds} s", seconds=self._behind // SECOND)

    def service(self) -> None:
        """Take answers in and ask for what is not witnessed; call when input waits and a few times a second.

        Raises:
            StoreFailedError: What the witness signed cannot be kept.
        """
        while (frame := self._received()) is not None:
            try:
                self._take(decode_witness_answer(frame))
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)
        now = self._clock.monotonic_ns()
        if self._request and now >= self._deadline:
            self.faults.note("no answer", f"the witness at {self._endpoint} does not answer", logging.INFO)
            self._socket.close(linger=0)
            self._socket = self._open()
            self._request = b""
        self._ask(now)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _open(self) -> Socket:
        return open_socket(self._context, zmq.DEALER, self._endpoint, QUEUE, curve=self._curve)

    @property
    def _behind(self) -> int:
        return 0 if self._behind_since is None else self._clock.monotonic_ns() - self._behind_since

    def _received(self) -> bytes | None:
        try:
            frames = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        return frames[0] if len(frames) == 1 else b""

    def _ask(self, now: int) -> None:
        newest = self._checkpoints.newest()
        if self._request or self.alert is not None or newest is None or newest.checkpoint.size <= self.size:
            return
        checkpoint = newest.checkpoint
        self._behind_since = self._behind_since or now
        self._request, self._deadline, self._asked = secrets.token_bytes(16), now + PATIENCE, checkpoint.size
        proof = tuple(self._checkpoints.proof(self._known, checkpoint.size))
        question = WitnessQuestion(
            VERSION,
            self._request,
            checkpoint.encode(),
            self._key.encode(),
            newest.signature.encode(),
            self._known,
            proof,
        )
        try:
            self._socket.send(msgspec.msgpack.encode(question), zmq.NOBLOCK)
        except zmq.Again:
            # Asked again on a new socket after the deadline.
            return

    def _take(self, answer: WitnessAnswer) -> None:
        if answer.request != self._request:
            return
        self._request = b""
        if isinstance(answer, WitnessSigned):
            self._take_signature(answer)
        elif isinstance(answer, WitnessElsewhere):
            self._take_size(answer)
        else:
            self._alarm(answer.kind, answer.detail)

    def _take_signature(self, answer: WitnessSigned) -> None:
        key = decode_public_key(answer.key)
        signature = decode_signature(answer.signature)
        if key.fingerprint != self._witness or not self._checkpoints.add_witness(
            self._asked, key, answer.wall, signature
        ):
            raise BadMessageError("signature", "what the witness signed does not hold, or another witness signed it")
        self.size = self._known = self._asked
        self._behind_since = None

    def _take_size(self, answer: WitnessElsewhere) -> None:
        """The witness has seen something else last: this must be the beginning of our records."""
        if self._checkpoints.root_at(answer.size) != answer.root:
            detail = f"the witness has signed {answer.size} records that are not ours"
            self._alarm("rolled back", detail)
            return
        self._known = answer.size

    def _alarm(self, kind: str, detail: str) -> None:
        self.faults.alert(kind, detail)
        self.alert = text("the witness refuses this log: {reason}", reason=detail)
