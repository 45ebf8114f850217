"""Hybrid signatures: Ed25519 and ML-DSA-65 over the same message, of which both must verify.

A signature is made for a context (a purpose, and a role where there is one), so that it means nothing elsewhere.
ML-DSA-65 takes the context itself (FIPS 204); Ed25519 signs a prefix, the length of the context, the context and the
message.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from engine.authorisation.keys import (
    CARD,
    KeyCard,
    PublicKey,
    Signature,
    card_message,
)
from engine.text import BadInputError, text
from feeds.durable_files import write_new_file

PREFIX: Final = b"palisade signature 1\0"
SEED_BYTES: Final = 32


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


def card_of(person: str, signer: Signer) -> KeyCard:
    """The public key with its owner's name, signed by itself."""
    return KeyCard(person, signer.public, signer.sign(CARD, card_message(person, signer.public)))


@lru_cache(1_024)
def verify(public: PublicKey, context: bytes, message: bytes, signature: Signature) -> bool:
    """Whether both signatures are those of ``public`` over ``message`` for ``context``.

    The answer about the same bytes never changes, so it is remembered: what is judged again is judged at once.
    """
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
