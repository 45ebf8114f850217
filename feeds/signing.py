"""Hybrid signatures: Ed25519 and ML-DSA-65 over the same message, of which both must verify.

A signature is made for a context (a purpose, and a role where there is one), so that it means nothing elsewhere.
ML-DSA-65 takes the context itself (FIPS 204); Ed25519 signs a prefix, the length of the context, the context and the
message.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from engine.text import BadInputError, text
from feeds.durable_files import write_new_file

PREFIX: Final = b"palisade signature 1\0"
KEY_PREFIX: Final = b"palisade key 1\0"
SEED_BYTES: Final = 32
ED25519_KEY, ED25519_SIGNATURE = 32, 64
ML_DSA_KEY, ML_DSA_SIGNATURE = 1952, 3309


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Both public keys of a signer.

    Raises:
        ValueError: Their lengths are wrong.
    """

    ed25519: bytes
    ml_dsa: bytes

    def __post_init__(self) -> None:
        if len(self.ed25519) != ED25519_KEY or len(self.ml_dsa) != ML_DSA_KEY:
            raise ValueError("an Ed25519 key has 32 bytes and an ML-DSA-65 key 1952")

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that name the pair."""
        return sha256(KEY_PREFIX + self.ed25519 + self.ml_dsa).digest()

    def encode(self) -> bytes:
        """Both keys joined, 1,984 bytes."""
        return self.ed25519 + self.ml_dsa


def decode_public_key(data: bytes) -> PublicKey:
    """The key that was encoded as ``data``. Raises ValueError where the length is wrong."""
    return PublicKey(data[:ED25519_KEY], data[ED25519_KEY:])


@dataclass(frozen=True, slots=True)
class Signature:
    """Both signatures over one message."""

    ed25519: bytes
    ml_dsa: bytes

    def encode(self) -> bytes:
        """Both joined, 3,373 bytes."""
        return self.ed25519 + self.ml_dsa


def decode_signature(data: bytes) -> Signature:
    """The signature that was encoded as ``data``. Raises ValueError where the length is wrong."""
    if len(data) != ED25519_SIGNATURE + ML_DSA_SIGNATURE:
        raise ValueError(f"a signature has {ED25519_SIGNATURE + ML_DSA_SIGNATURE} bytes, not {len(data)}")
    return Signature(data[:ED25519_SIGNATURE], data[ED25519_SIGNATURE:])


class Signer(Protocol):
    """Whatever can sign: a key in memory, a keystore that asks for a passphrase, a token."""

    @property
    def public(self) -> PublicKey:
        """What its signatures are verified by."""
        ...

    def sign(self, context: bytes, message: bytes) -> Signature:
        """Sign ``message`` for ``context`` (1 to 255 bytes)."""
        ...


class HybridKey:
    """A key pair in memory.

    Args:
        seeds: 64 random bytes: the seed of the Ed25519 key and the seed of the ML-DSA-65 key.

    Raises:
        ValueError: Of another length.
    """

    def __init__(self, seeds: bytes) -> None:
        if len(seeds) != 2 * SEED_BYTES:
            raise ValueError("two seeds of 32 bytes are needed")
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(seeds[:SEED_BYTES])
        self._ml_dsa = MLDSA65PrivateKey.from_seed_bytes(seeds[SEED_BYTES:])
        self._public = PublicKey(
            self._ed25519.public_key().public_bytes_raw(), self._ml_dsa.public_key().public_bytes_raw()
        )

    @property
    def public(self) -> PublicKey:
        """What its signatures are verified by."""
        return self._public

    def sign(self, context: bytes, message: bytes) -> Signature:
        """Sign ``message`` for ``context`` (1 to 255 bytes)."""
        return Signature(self._ed25519.sign(_bound(context, message)), self._ml_dsa.sign(message, context))


def verify(public: PublicKey, context: bytes, message: bytes, signature: Signature) -> bool:
    """Whether both signatures are those of ``public`` over ``message`` for ``context``."""
    try:
        ed25519, ml_dsa = _verifiers(public)
        ed25519.verify(signature.ed25519, _bound(context, message))
        ml_dsa.verify(signature.ml_dsa, message, context)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(256)
def _verifiers(public: PublicKey) -> tuple[Ed25519PublicKey, MLDSA65PublicKey]:
    return Ed25519PublicKey.from_public_bytes(public.ed25519), MLDSA65PublicKey.from_public_bytes(public.ml_dsa)


def _bound(context: bytes, message: bytes) -> bytes:
    if not 1 <= len(context) <= 255:
        raise ValueError("a context has 1 to 255 bytes")
    return PREFIX + bytes([len(context)]) + context + message


def service_key(path: Path) -> HybridKey:
    """The key of a program that signs unattended: both seeds in a file that its owner alone may read; made once.

    Raises:
        BadInputError: The file is damaged, others may read it, or it cannot be made or read.
    """
    try:
        if not path.exists():
            write_new_file(path, secrets.token_bytes(2 * SEED_BYTES))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise BadInputError(
                str(path), text("others may read this key"), text("make a new key; this one may be known")
            )
        return HybridKey(path.read_bytes())
    except OSError as error:
        what = text("the key cannot be used: {reason}", reason=error.strerror)
        raise BadInputError(str(path), what, text("give its owner the right to read and write it")) from None
    except ValueError:
        what, remedy = text("the key is damaged"), text("restore it from a copy, or make a new one and announce it")
        raise BadInputError(str(path), what, remedy) from None
