"""A person's secret key in a file, under a passphrase that is asked for before each signature.

Both seeds are encrypted with AES-256-GCM under a key that Argon2id makes of the passphrase; everything else in the
file is authenticated with them. The file is JSON and its owner's alone to read. Wrong passphrases are counted beside
it, before each is tried, and lock it for a while: that stops a colleague at the keyboard, not a thief of the file, who
is up to the passphrase and Argon2id.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from engine.authorisation.encoding import decoded, encoded, shows_as_it_is
from engine.authorisation.instruction import LONGEST_NAME
from engine.authorisation.keys import KeyCard
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import SECOND
from feeds.durable_files import replace_file, write_new_file
from feeds.owner_lock import OwnerLock
from feeds.signing import SEED_BYTES, HybridKey, card_of

FORMAT: Final = "palisade keystore 1"
SHORTEST_PASSPHRASE: Final = 12
FREE_ATTEMPTS: Final = 5
FIRST_LOCK: Final = 60 * SECOND
LONGEST_LOCK: Final = 3600 * SECOND
LARGEST_FILE: Final = 64 * 1024
_FIELDS: Final = frozenset(("format", "card", "time", "memory", "lanes", "salt", "nonce", "secret"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of the passphrase costs: passes, KiB of memory, lanes of Argon2id."""

    time: int = 4
    memory: int = 256 * 1024
    lanes: int = 4

    @property
    def is_sane(self) -> bool:
        """Whether a file may ask for it: a damaged one shall not take the machine's memory."""
        return 1 <= self.time <= 64 and 1 <= self.lanes <= 16 and 8 * self.lanes <= self.memory <= 2**20


USUAL: Final = Cost()


class PassphraseError(UserFacingError):
    """The passphrase is wrong, or too many were: nothing was signed."""


def new_keystore(path: Path, person: str, passphrase: str, cost: Cost = USUAL) -> Keystore:
    """Make a key for ``person`` and keep it at ``path``.

    Raises:
        BadInputError: The file exists or cannot be written, the name does not show, or the passphrase is short.
    """
    if not person or len(person) > LONGEST_NAME or not shows_as_it_is(person):
        what = text("{name} cannot be a person's name", name=repr(person))
        raise BadInputError(str(path), what, text("take up to 64 plain characters"))
    if len(passphrase) < SHORTEST_PASSPHRASE:
        what = text("the passphrase is shorter than {count} characters", count=SHORTEST_PASSPHRASE)
        raise BadInputError(str(path), what, text("take several words that belong together for you alone"))
    seeds = secrets.token_bytes(2 * SEED_BYTES)
    card = card_of(person, HybridKey(seeds))
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    header = _header(card, cost, salt, nonce)
    secret = AESGCM(_derived(passphrase, salt, cost)).encrypt(nonce, seeds, _bound(header))
    content = json.dumps({**header, "secret": secret.hex()}, indent=1).encode() + b"\n"
    try:
        write_new_file(path, content)
    except FileExistsError:
        what = text("there is a file already")
        raise BadInputError(str(path), what, text("give another name; a lost key cannot be made again")) from None
    except OSError as error:
        raise _unusable(path, text("it cannot be written: {reason}", reason=error.strerror)) from None
    return Keystore(path)


class Keystore:
    """A key that asks for its passphrase.

    Attributes:
        card: Public key and owner; needs no passphrase.

    Raises:
        BadInputError: Not there, not readable, damaged, or readable by others.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._attempts = path.with_name(f"{path.name}.attempts")
        try:
            if os.name == "posix" and path.stat().st_mode & 0o077:
                what = text("others may read this key")
                raise BadInputError(str(path), what, text("take that right away from them: chmod 600"))
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise _unusable(path, text("it cannot be read: {reason}", reason=error.strerror)) from None
        try:
            self.card, self._cost, self._header, self._secret = _parsed(content)
        except (ValueError, KeyError, TypeError, RecursionError, BadInputError):
            raise _damaged(path) from None

    def unlock(self, passphrase: str, wall: int) -> HybridKey:
        """The key, for one signature or those of one batch; let go of it at once.

        Args:
            passphrase: As its owner typed it.
            wall: Nanoseconds now.

        Raises:
            PassphraseError: It is wrong, or the keystore is locked for a while.
            BadInputError: A file beside it cannot be written or is damaged, or another program is trying a passphrase.
        """
        # One guess at a time: several at once would count as one.
        busy = text("wait a moment; if it stays so, end that program")
        with closing(OwnerLock(self._path.with_name(f"{self._path.name}.lock"), "palisade", busy)):
            return self._unlocked(passphrase, wall)

    def _unlocked(self, passphrase: str, wall: int) -> HybridKey:
        failures, until, since = self._counted()
        # A clock that was set back does not shorten a lock.
        left = until - max(wall, since)
        if failures and left > 0:
            seconds = -(-left // SECOND)
            raise PassphraseError(
                text("{file}: locked after wrong passphrases; wait {seconds} s", file=self._path, seconds=seconds)
            )
        self._count(failures + 1, wall)
        key = _derived(passphrase, bytes.fromhex(self._header["salt"]), self._cost)
        nonce = bytes.fromhex(self._header["nonce"])
        try:
            seeds = AESGCM(key).decrypt(nonce, self._secret, _bound(self._header))
        except InvalidTag:
            remaining = max(0, FREE_ATTEMPTS - failures - 1)
            raise PassphraseError(
                text(
                    "{file}: the passphrase is wrong, or the file was changed; {count} more before it is locked",
                    file=self._path,
                    count=remaining,
                )
            ) from None
        self._attempts.unlink(missing_ok=True)
        unlocked = HybridKey(seeds)
        if unlocked.public != self.card.key:
            raise _damaged(self._path)
        return unlocked

    def _counted(self) -> tuple[int, int, int]:
        """Wrong passphrases since the last right one, until when that locks, and when the last was tried."""
        try:
            failures, since = map(int, json.loads(self._attempts.read_bytes()))
        except FileNotFoundError:
            return 0, 0, 0
        except OSError as error:
            raise _unusable(self._attempts, text("it cannot be read: {reason}", reason=error.strerror)) from None
        except (ValueError, TypeError):
            raise _damaged(self._attempts) from None
        beyond = failures - FREE_ATTEMPTS
        lock = min(LONGEST_LOCK, FIRST_LOCK << min(20, beyond)) if beyond >= 0 else 0
        return failures, since + lock, since

    def _count(self, failures: int, wall: int) -> None:
        """Count an attempt as failed before it is made: a program that is killed meanwhile gains nothing."""
        try:
            replace_file(self._attempts, json.dumps([failures, wall]).encode())
        except OSError as error:
            what = text("it cannot be written: {reason}", reason=error.strerror)
            raise _unusable(self._attempts, what) from None


def card_bytes(card: KeyCard) -> bytes:
    """A card as a file to hand to the administrators."""
    return encoded(card.row)


def read_card(path: Path) -> KeyCard:
    """The card in a file.

    Raises:
        BadInputError: Not there, or damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(path, text("it cannot be read: {reason}", reason=error.strerror)) from None
    return KeyCard.of(decoded(content, str(path)), str(path))


def _header(card: KeyCard, cost: Cost, salt: bytes, nonce: bytes) -> dict[str, Any]:
    figures = {"time": cost.time, "memory": cost.memory, "lanes": cost.lanes}
    return {"format": FORMAT, "card": card_bytes(card).hex(), **figures, "salt": salt.hex(), "nonce": nonce.hex()}


def _bound(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def _parsed(content: bytes) -> tuple[KeyCard, Cost, dict[str, Any], bytes]:
    """Everything in a file; whatever is wrong with it raises ValueError, KeyError, TypeError or BadInputError."""
    if len(content) > LARGEST_FILE:
        raise ValueError("too large")
    header = json.loads(content)
    if set(header) != _FIELDS or header["format"] != FORMAT:
        raise ValueError("other fields")
    secret = bytes.fromhex(header.pop("secret"))
    cost = Cost(*(header[name] for name in ("time", "memory", "lanes")))
    whole = all(type(value) is int for value in (cost.time, cost.memory, cost.lanes))
    if not whole or not cost.is_sane or len(bytes.fromhex(header["salt"])) != 16:
        raise ValueError("figures out of range")
    if len(bytes.fromhex(header["nonce"])) != 12 or len(secret) != 2 * SEED_BYTES + 16:
        raise ValueError("lengths are wrong")
    return KeyCard.of(decoded(bytes.fromhex(header["card"]), "card"), "card"), cost, header, secret


def _derived(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=cost.time, lanes=cost.lanes, memory_cost=cost.memory).derive(
        passphrase.encode()
    )


def _damaged(path: Path) -> BadInputError:
    what = text("the keystore is damaged")
    return BadInputError(
        str(path), what, text("restore it from a copy, or make a new key and have the old one revoked")
    )


def _unusable(path: Path, what: Text) -> BadInputError:
    return BadInputError(str(path), what, text("see to the file and its folder"))
