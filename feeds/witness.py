"""The witness: on another machine it sees every checkpoint of a log, and signs those that follow on from all before.

A log that was cut off, rolled back to an older copy or rewritten cannot prove that it begins with what the witness saw
last, however well it fits together by itself. What the witness has seen is on its own disk before it signs.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import msgspec
import zmq

from engine.audit import Checkpoint, Payload, decode_checkpoint
from engine.authorisation.keys import PublicKey, Signature, decode_public_key, decode_signature
from engine.merkle import EMPTY_ROOT, consistent
from engine.text import UserFacingError
from feeds.checkpoints import CHECKPOINT_CONTEXT, note_of, witness_signature
from feeds.clock import Clock
from feeds.curve import CurveServer
from feeds.durable_files import replace_file
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import VERSION
from feeds.record_reading import SignedCheckpoint, WitnessSignature
from feeds.record_store import RecordStore
from feeds.signing import Signer, verify
from feeds.sockets import Context, Socket, bound_endpoint, open_socket
from feeds.witness_messages import (
    WitnessAnswer,
    WitnessElsewhere,
    WitnessQuestion,
    WitnessRefusal,
    WitnessSigned,
    decode_question,
)

QUEUE: Final = 100
MOST: Final = 20
"""Questions answered in a turn."""
WITNESSED: Final = {
    "witness": (
        """CREATE TABLE witnessed (
            origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, content BLOB NOT NULL,
            signature BLOB NOT NULL, wall INTEGER NOT NULL, own_signature BLOB NOT NULL) STRICT;""",
    )
}
"""Tables of a witness's store: of each log the last checkpoint that was signed."""

_logger = logging.getLogger(__name__)


class Witness:
    """Answers a log on a ROUTER socket. Every method runs in the thread that owns the store.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where to listen.
        folder: Where the newest checkpoint is also written as a text file, for whoever verifies an archive.
        store: The witness's own record store, opened with `WITNESSED`.
        signer: The witness's key.
        log: Fingerprint of the one log key that it watches.
        clock: Time.
        curve: How the line is encrypted; needed where it leaves the machine.

    Raises:
        BadInputError: An endpoint that cannot be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        folder: Path,
        store: RecordStore,
        signer: Signer,
        log: bytes,
        clock: Clock,
        curve: CurveServer | None = None,
    ) -> None:
        self._socket: Socket = open_socket(context, zmq.ROUTER, endpoint, QUEUE, bind=True, curve=curve)
        self._folder, self._store, self._signer, self._log, self._clock = folder, store, signer, log, clock
        self.faults = FaultLog(_logger, "witness", clock)

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return bound_endpoint(self._socket)

    @property
    def socket(self) -> Socket:
        """What to poll for input."""
        return self._socket

    def service(self) -> None:
        """Answer waiting questions, a bounded number.

        Raises:
            StoreFailedError: What was seen cannot be kept: nothing more may be signed.
        """
        for _ in range(MOST):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                if len(frames) != 2:
                    raise BadMessageError("frames", f"{len(frames)} frames instead of peer and message")
                question = decode_question(frames[1])
            except BadMessageError as bad:
                self.faults.note(bad.kind, bad.detail)
                continue
            self._socket.send_multipart((frames[0], msgspec.msgpack.encode(self._answer(question))))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _answer(self, question: WitnessQuestion) -> WitnessAnswer:
        key = decode_public_key(question.key)
        signature = decode_signature(question.signature)
        if key.fingerprint != self._log:
            return self._refused(question, "key", f"{key.fingerprint.hex()} is not the log that is watched")
        if not verify(key, CHECKPOINT_CONTEXT, question.content, signature):
            return self._refused(question, "signature", "the log's signature does not hold")
        try:
            checkpoint = decode_checkpoint(question.content)
        except ValueError as error:
            return self._refused(question, "checkpoint", str(error))
        return self._compared(question, checkpoint, key, signature)

    def _compared(
        self, question: WitnessQuestion, checkpoint: Checkpoint, key: PublicKey, signature: Signature
    ) -> WitnessAnswer:
        """What to say of a checkpoint of the log, by what was seen of it before."""
        size, root = self._last(checkpoint.origin)
        if checkpoint.size < size:
            detail = f"{checkpoint.size} records after {size} had been signed: the log was rolled back or cut off"
            return self._refused(question, "rolled back", detail)
        if question.old != size:
            return WitnessElsewhere(VERSION, question.request, size, root)
        if not consistent(size, root, checkpoint.size, checkpoint.root, question.proof):
            detail = f"the first {size} of {checkpoint.size} records are not those that were signed"
            return self._refused(question, "rewritten", detail)
        return self._signed(question, checkpoint, key, signature)

    def _signed(
        self, question: WitnessQuestion, checkpoint: Checkpoint, key: PublicKey, signature: Signature
    ) -> WitnessSigned:
        wall = self._clock.wall_ns()
        own = witness_signature(self._signer, question.content, wall)
        self._keep(SignedCheckpoint(checkpoint, key.fingerprint, signature, (own,)), own)
        return WitnessSigned(VERSION, question.request, self._signer.public.encode(), wall, own.signature.encode())

    def _keep(self, signed: SignedCheckpoint, own: WitnessSignature) -> None:
        """Onto the disk, before anybody is told."""
        checkpoint = signed.checkpoint
        row = (checkpoint.origin, checkpoint.size, checkpoint.root, checkpoint.encode(), signed.signature.encode())
        with self._store.transaction(own.wall, self._clock.monotonic_ns()) as change:
            change.execute(
                "INSERT OR REPLACE INTO witnessed VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, own.wall, own.signature.encode()),
            )
            seen: Payload = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
            change.record("witness", "checkpoint witnessed", seen)
        try:
            replace_file(self._folder / "newest.checkpoint", note_of(signed))
        except OSError as error:
            # The store has it; only the copy for verifiers is old.
            self.faults.note("copy", str(error))

    def _last(self, origin: str) -> tuple[int, bytes]:
        rows = self._store.query("SELECT size, root FROM witnessed WHERE origin = ?", (origin,))
        return (rows[0][0], rows[0][1]) if rows else (0, EMPTY_ROOT)

    def _refused(self, question: WitnessQuestion, kind: str, detail: str) -> WitnessRefusal:
        self.faults.alert(kind, detail)
        try:
            with self._store.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
                change.record("witness", "checkpoint refused", {"reason": kind, "detail": detail})
        except UserFacingError as error:
            self.faults.note("record", str(error))
        return WitnessRefusal(VERSION, question.request, kind, detail[:500])
