"""Checkpoints of a record store: its size and root, signed by the log's key, and what witnesses sign of them."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from engine.audit import Checkpoint
from engine.authorisation.keys import PublicKey, Signature
from engine.merkle import consistency_proof
from feeds.clock import SECOND, Clock
from feeds.record_reading import SignedCheckpoint, WitnessSignature
from feeds.record_store import RecordStore
from feeds.signing import Signer, verify

CHECKPOINT_CONTEXT: Final = b"palisade/checkpoint"
WITNESS_CONTEXT: Final = b"palisade/witness"
LOG_KEY: Final = "log"
WITNESS_KEY: Final = "witness"


def witnessed(content: bytes, wall: int) -> bytes:
    """What a witness signs: a checkpoint's text under the time at which it was seen."""
    return f"witnessed {wall}\n".encode() + content


def note_of(signed: SignedCheckpoint) -> bytes:
    """A signed checkpoint as a text file: what was signed, an empty line, and a line for each signature."""
    lines = [f"log {signed.key.hex()} {b64encode(signed.signature.encode()).decode()}"]
    for each in signed.witnesses:
        lines.append(f"witness {each.key.hex()} {each.wall} {b64encode(each.signature.encode()).decode()}")
    return signed.checkpoint.encode() + b"\n" + "".join(f"{line}\n" for line in lines).encode()


class Checkpoints:
    """Signs the state of a store. Every method runs in the thread that owns the store.

    Args:
        store: What is signed.
        signer: The log's key.
        origin: The log's name, one line.
        clock: Time.
    """

    def __init__(self, store: RecordStore, signer: Signer, origin: str, clock: Clock) -> None:
        self._store, self._signer, self._origin, self._clock = store, signer, origin, clock
        newest = store.newest_checkpoint()
        self._signed = newest.checkpoint.size if newest is not None else 0
        self._not_before = clock.monotonic_ns()
        self.keep_key(LOG_KEY, signer.public)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._origin

    def sign(self) -> None:
        """Sign the state now, unless it was signed already; to be called after each approval.

        Raises:
            StoreFailedError: It cannot be kept.
        """
        store, now = self._store, self._clock
        if store.size == self._signed:
            return
        checkpoint = Checkpoint(self._origin, store.size, store.root, now.wall_ns())
        content = checkpoint.encode()
        signature = self._signer.sign(CHECKPOINT_CONTEXT, content)
        with store.transaction(now.wall_ns(), now.monotonic_ns()) as change:
            row = (checkpoint.size, content, self._signer.public.fingerprint, signature.encode())
            change.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?)", row)
        self._signed = checkpoint.size
        self._not_before = now.monotonic_ns() + SECOND

    def tick(self) -> None:
        """Sign what has changed for a second; to be called a few times a second. Raises like `sign`."""
        if self._clock.monotonic_ns() >= self._not_before:
            self.sign()

    def add_witness(self, size: int, key: PublicKey, wall: int, signature: Signature) -> bool:
        """Keep what a witness signed of the checkpoint of ``size``; whether it is good.

        Raises:
            StoreFailedError: It cannot be kept.
        """
        rows = self._store.query("SELECT content FROM checkpoints WHERE size = ?", (size,))
        if not rows or not verify(key, WITNESS_CONTEXT, witnessed(rows[0][0], wall), signature):
            return False
        self.keep_key(WITNESS_KEY, key)
        with self._store.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            row = (size, key.fingerprint, wall, signature.encode())
            change.execute("INSERT OR IGNORE INTO witness_signatures VALUES (?, ?, ?, ?)", row)
        return True

    def newest(self) -> SignedCheckpoint | None:
        """The last one; None before the first."""
        return self._store.newest_checkpoint()

    def proof(self, old: int, size: int) -> list[bytes]:
        """That the records of size ``size`` begin with the first ``old``."""
        return consistency_proof(self._store.node, old, size)

    def root_at(self, size: int) -> bytes | None:
        """The root that the first ``size`` records lead to; None where there are fewer."""
        return self._store.root_at(size)

    def keep_key(self, name: str, key: PublicKey) -> None:
        """Keep a public key for whoever verifies."""
        if self._store.query("SELECT 1 FROM keys WHERE fingerprint = ?", (key.fingerprint,)):
            return
        with self._store.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            change.execute("INSERT INTO keys VALUES (?, ?, ?)", (key.fingerprint, name, key.encode()))


def witness_signature(signer: Signer, content: bytes, wall: int) -> WitnessSignature:
    """A witness's signature of a checkpoint's text, seen at ``wall``."""
    return WitnessSignature(signer.public.fingerprint, wall, signer.sign(WITNESS_CONTEXT, witnessed(content, wall)))
