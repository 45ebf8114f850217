"""Public keys and signatures, both of two kinds: whoever forges one has to break Ed25519 and ML-DSA-65."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from engine.authorisation.encoding import Fields, Value, encoded
from engine.authorisation.instruction import LONGEST_NAME

ED25519_KEY: Final = 32
ED25519_SIGNATURE: Final = 64
ML_DSA_KEY: Final = 1952
ML_DSA_SIGNATURE: Final = 3309
KEY_PREFIX: Final = b"palisade key 1\0"
CARD: Final = b"palisade/card"
"""Context of the signature by which a key proves that somebody holds its secret half."""


@dataclass(frozen=True)
class PublicKey:
    """Both public keys of a signer, raw.

    Raises:
        ValueError: Their lengths are wrong.
    """

    ed25519: bytes
    ml_dsa: bytes

    def __post_init__(self) -> None:
        if len(self.ed25519) != ED25519_KEY or len(self.ml_dsa) != ML_DSA_KEY:
            raise ValueError("an Ed25519 key has 32 bytes and an ML-DSA-65 key 1952")

    @cached_property
    def fingerprint(self) -> bytes:
        """32 bytes that name the pair."""
        return sha256(KEY_PREFIX + self.ed25519 + self.ml_dsa).digest()

    def encode(self) -> bytes:
        """Both keys joined, 1,984 bytes."""
        return self.ed25519 + self.ml_dsa

    @property
    def row(self) -> Value:
        """What stands for it in canonical bytes."""
        return (self.ed25519, self.ml_dsa)

    def shares_with(self, other: PublicKey) -> bool:
        """Whether either half is the other's: one secret under two names."""
        return self.ed25519 == other.ed25519 or self.ml_dsa == other.ml_dsa

    @classmethod
    def of(cls, row: Value, where: str) -> PublicKey:
        """The key of a decoded row."""
        fields = Fields(row, where, 2)
        return cls(fields.raw(ED25519_KEY), fields.raw(ML_DSA_KEY))


@dataclass(frozen=True, slots=True)
class Signature:
    """Both signatures of the same bytes in the same context; each alone is worth nothing."""

    ed25519: bytes
    ml_dsa: bytes

    def encode(self) -> bytes:
        """Both joined, 3,373 bytes."""
        return self.ed25519 + self.ml_dsa

    @property
    def row(self) -> Value:
        """What stands for it in canonical bytes."""
        return (self.ed25519, self.ml_dsa)

    @classmethod
    def of(cls, row: Value, where: str) -> Signature:
        """The signature of a decoded row."""
        fields = Fields(row, where, 2)
        return cls(fields.raw(ED25519_SIGNATURE), fields.raw(ML_DSA_SIGNATURE))


def decode_public_key(data: bytes) -> PublicKey:
    """The key that was encoded as ``data``. Raises ValueError where the length is wrong."""
    return PublicKey(data[:ED25519_KEY], data[ED25519_KEY:])


def decode_signature(data: bytes) -> Signature:
    """The signature that was encoded as ``data``. Raises ValueError where the length is wrong."""
    if len(data) != ED25519_SIGNATURE + ML_DSA_SIGNATURE:
        raise ValueError(f"a signature has {ED25519_SIGNATURE + ML_DSA_SIGNATURE} bytes, not {len(data)}")
    return Signature(data[:ED25519_SIGNATURE], data[ED25519_SIGNATURE:])


Verify = Callable[[PublicKey, bytes, bytes, Signature], bool]
"""(key, context, message, signature): whether both signatures are the key's for exactly this."""


@dataclass(frozen=True)
class KeyCard:
    """A public key with its owner's name, signed by the key itself: what an owner hands to the administrators."""

    person: str
    key: PublicKey
    proof: Signature

    @property
    def row(self) -> Value:
        """What stands for it in canonical bytes."""
        return (self.person, self.key.row, self.proof.row)

    def holds(self, verify: Verify) -> bool:
        """Whether the owner held the secret key when naming it."""
        return verify(self.key, CARD, card_message(self.person, self.key), self.proof)

    @classmethod
    def of(cls, row: Value, where: str) -> KeyCard:
        """The card of a decoded row."""
        fields = Fields(row, where, 3)
        person = fields.words(LONGEST_NAME)
        return cls(person, PublicKey.of(fields.rows(2, 2), where), Signature.of(fields.rows(2, 2), where))


def card_message(person: str, key: PublicKey) -> bytes:
    """What a key signs on its card."""
    return encoded((person, key.row))
