"""Verifies an audit archive: a program of its own, on Python's standard library and ``cryptography`` alone.

    python audit_verifier.py ARCHIVE [--log-key FINGERPRINT] [--witness-key FINGERPRINT] [--newest FILE]

It shares no code with the program that writes archives, so that a mistake there is not repeated here; copy this one
file wherever archives are to be verified. The format is described in docs/audit-archive.md. It ends with 0 when every
record is the one that was signed, 1 when not, and then names the first that is bad; 2 when there is nothing to read.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

MAGIC = b"palisade audit archive 1\n"
LARGEST_SECTION = 2**28
KEY_BYTES, ED25519_KEY = 1984, 32
SIGNATURE_BYTES, ED25519_SIGNATURE = 3373, 64
SECTION = struct.Struct(">cI")
RECORD = struct.Struct(">BQqq16sIBBI")
END = struct.Struct(">QQ32s")
MARK, REFERENCE_LENGTH = "sha256:", 71
PROBLEMS = {
    "magic": "this is no audit archive",
    "cut off": "the archive ends in the middle, after {size} records",
    "section": "record {number}: what stands in its place cannot be read",
    "hash": "record {number} is not the record that its hash was made of",
    "number": "record {number} is missing, or another stands in its place",
    "form": "record {number} is not in the form of a record",
    "checkpoint": "the checkpoint after record {number} cannot be read",
    "unknown key": "the checkpoint after record {number} is signed by a key that is not in the archive",
    "wrong key": "the checkpoint after record {number} is signed by key {key}, not by the one given",
    "signature": "the signature of the checkpoint after record {number} does not hold",
    "root": "record {number} or a later one up to {last} is not what was signed",
    "order": "the checkpoint after record {number} is older than the one before it",
    "witness": "the witness's signature of the checkpoint after record {number} does not hold",
    "unsigned": "no checkpoint covers record {number} and those after it",
    "reference": "the content {content}, which record {number} refers to, is not in the archive",
    "content": "after record {number} the archive has content that no record refers to",
    "sum": "the archive was altered after it was written: its own sum is wrong, though every record is as signed",
    "newest": "the file with the newest checkpoint cannot be used: {reason}",
    "older": "the archive has {size} records, but {newest} were signed: it was cut off or is an older copy",
    "other": "the first {newest} records are not those that the witness signed",
    "no witness": "no checkpoint has a signature of the witness {key}",
}


class Problem(Exception):  # noqa: N818  # the word for what it finds
    """What is wrong, by a word of `PROBLEMS`, and what its sentence needs."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(PROBLEMS[kind].format(**details))
        self.kind = kind
        self.details = details


class Entry(NamedTuple):
    """A record as it stands in an archive."""

    number: int
    wall: int
    monotonic: int
    boot: bytes
    clock_error: int
    actor: str
    kind: str
    payload: bytes


@dataclass
class Report:
    """What was found while all was well."""

    records: int = 0
    checkpoints: int = 0
    witnessed: int = 0
    """Records that a witness has signed for."""
    contents: int = 0
    root: bytes = b""
    origin: str = ""
    log_keys: set[str] = field(default_factory=set)
    witness_keys: set[str] = field(default_factory=set)


class Newest(NamedTuple):
    """A checkpoint from outside the archive, as a witness keeps it: text, and signatures by kind, key and time."""

    size: int
    root: bytes
    text: bytes
    signatures: list[tuple[str, str, int, bytes]]


def fingerprint(key: bytes) -> str:
    """The name of a key."""
    return sha256(b"palisade key 1\0" + key).hexdigest()


@lru_cache(16)
def public_keys(key: bytes) -> tuple[Ed25519PublicKey, MLDSA65PublicKey]:
    """Both halves of a key. Raises ValueError where it is none."""
    return Ed25519PublicKey.from_public_bytes(key[:ED25519_KEY]), MLDSA65PublicKey.from_public_bytes(key[ED25519_KEY:])


def holds(key: bytes, context: bytes, message: bytes, signature: bytes) -> bool:
    """Whether both signatures are those of ``key`` over ``message``."""
    bound = b"palisade signature 1\0" + bytes([len(context)]) + context + message
    try:
        ed25519, ml_dsa = public_keys(key)
        ed25519.verify(signature[:ED25519_SIGNATURE], bound)
        ml_dsa.verify(signature[ED25519_SIGNATURE:], message, context)
    except (InvalidSignature, ValueError):
        return False
    return True


def checkpoint_of(text: bytes) -> tuple[str, int, bytes, int]:
    """Origin, size, root and time of a checkpoint's text. Raises ValueError where it has none."""
    origin, size, root, time, rest = text.decode().split("\n")
    if rest or not time.startswith("time ") or str(int(size)) != size:
        raise ValueError("not a checkpoint")
    return origin, int(size), b64decode(root, validate=True), int(time[5:])


def entry_of(content: bytes) -> Entry:
    """A record's fields. Raises ValueError or struct.error where it is none."""
    form, number, wall, monotonic, boot, error, actor, kind, payload = RECORD.unpack(content[: RECORD.size])
    second = RECORD.size + actor
    third = second + kind
    if form != 1 or third + payload != len(content):
        raise ValueError("lengths")
    names = content[RECORD.size : second].decode(), content[second:third].decode()
    return Entry(number, wall, monotonic, boot, error, *names, content[third:])


def references(payload: bytes, number: int) -> Iterator[str]:
    """The hashes of all content that a payload refers to. Raises Problem where it is no JSON."""
    try:
        waiting = [json.loads(payload)]
    except ValueError:
        raise Problem("form", number=number) from None
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if value.startswith(MARK) and len(value) == REFERENCE_LENGTH:
                yield value.removeprefix(MARK)
        elif isinstance(value, dict | list):
            waiting.extend(value.values() if isinstance(value, dict) else value)


class Verifier:
    """Reads an archive once, from beginning to end."""

    def __init__(
        self, log_key: str | None = None, witness_key: str | None = None, newest: Newest | None = None
    ) -> None:
        self.report = Report()
        self._log_key, self._witness_key, self._newest = log_key, witness_key, newest
        self._keys: dict[str, tuple[str, bytes]] = {}
        self._peaks: list[bytes] = []
        self._newest_root: bytes | None = None
        self._signed = 0
        self._text, self._time = b"", 0
        self._wanted: dict[str, int] = {}
        self._found: set[str] = set()
        self._sum = sha256(MAGIC)

    def verify(self, file: BinaryIO) -> Report:
        """Verify an archive. Raises Problem: the first thing that is wrong."""
        if file.read(len(MAGIC)) != MAGIC:
            raise Problem("magic")
        return self.go_on(file)

    def go_on(self, file: BinaryIO) -> Report:
        """Verify the sections that are left. Raises Problem like `verify`."""
        while not self.section(file):
            pass
        return self.report

    def section(self, file: BinaryIO) -> bool:
        """Read and verify one section; whether it was the last. Raises Problem like `verify`."""
        head = file.read(SECTION.size)
        if len(head) < SECTION.size:
            raise Problem("cut off", size=self.report.records)
        kind, length = SECTION.unpack(head)
        if length > LARGEST_SECTION or kind not in b"RCWKBE":
            raise Problem("section", number=self.report.records)
        content = file.read(length)
        if len(content) < length:
            raise Problem("cut off", size=self.report.records)
        if kind == b"E":
            self._end(content, self._sum.digest(), file.read(1))
            return True
        self._sum.update(head)
        self._sum.update(content)
        if kind == b"R":
            self._record(content)
            return False
        take = {b"C": self._checkpoint, b"W": self._witness, b"K": self._key, b"B": self._content}
        take[kind](content)
        return False

    def _key(self, content: bytes) -> None:
        name, key = content[:-KEY_BYTES].decode("ascii", "replace"), content[-KEY_BYTES:]
        if name not in ("log", "witness") or len(key) != KEY_BYTES:
            raise Problem("section", number=self.report.records)
        self._keys[fingerprint(key)] = name, key

    def _record(self, content: bytes) -> None:
        number = self.report.records
        leaf = sha256(b"\x00" + content[32:]).digest()
        if not content.startswith(leaf):
            raise Problem("hash", number=number)
        if len(content) < 32 + RECORD.size:
            raise Problem("form", number=number)
        form, found, *_, actor, kind, payload = RECORD.unpack_from(content, 32)
        if found != number:
            raise Problem("number", number=number)
        if form != 1 or 32 + RECORD.size + actor + kind + payload != len(content):
            raise Problem("form", number=number)
        if b'"sha256:' in content:
            for reference in references(content[32 + RECORD.size + actor + kind :], number):
                self._wanted.setdefault(reference, number)
        self._grow(leaf)

    def _grow(self, leaf: bytes) -> None:
        """One more leaf of the tree of RFC 6962, of which the complete subtrees are kept."""
        peaks, size = self._peaks, self.report.records
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.report.records += 1
        if self._newest is not None and self.report.records == self._newest.size:
            self._newest_root = self._root()

    def _root(self) -> bytes:
        root = self._peaks[-1] if self._peaks else sha256(b"").digest()
        for peak in reversed(self._peaks[:-1]):
            root = sha256(b"\x01" + peak + root).digest()
        return root

    def _checkpoint(self, content: bytes) -> None:
        last = self.report.records - 1
        text, key = content[: -32 - SIGNATURE_BYTES], content[-32 - SIGNATURE_BYTES : -SIGNATURE_BYTES].hex()
        signature = content[-SIGNATURE_BYTES:]
        try:
            origin, size, root, time = checkpoint_of(text)
        except ValueError:
            raise Problem("checkpoint", number=last) from None
        if self._log_key not in (None, key):
            raise Problem("wrong key", number=last, key=key)
        if self._keys.get(key, ("", b""))[0] != "log":
            raise Problem("unknown key", number=last)
        if not holds(self._keys[key][1], b"palisade/checkpoint", text, signature):
            raise Problem("signature", number=last)
        if size != self.report.records:
            raise Problem("number", number=min(size, self.report.records))
        if root != self._root():
            raise Problem("root", number=self._signed, last=last)
        if time < self._time or self.report.origin not in ("", origin):
            raise Problem("order", number=last)
        self._signed, self._text, self._time = size, text, time
        self.report.origin, self.report.root = origin, root
        self.report.checkpoints += 1
        self.report.log_keys.add(key)

    def _witness(self, content: bytes) -> None:
        last = self.report.records - 1
        key, wall, signature = content[:32].hex(), content[32:40], content[40:]
        message = f"witnessed {int.from_bytes(wall, 'big')}\n".encode() + self._text
        known = self._keys.get(key, ("", b""))
        follows = known[0] == "witness" and self._signed == self.report.records and bool(self._text)
        if not follows or not holds(known[1], b"palisade/witness", message, signature):
            raise Problem("witness", number=last)
        if self._witness_key in (None, key):
            self.report.witnessed, self.report.witness_keys = self._signed, self.report.witness_keys | {key}

    def _content(self, content: bytes) -> None:
        name = sha256(content).hexdigest()
        if name not in self._wanted or name in self._found:
            raise Problem("content", number=self.report.records - 1)
        self._found.add(name)
        self.report.contents += 1

    def _end(self, content: bytes, total: bytes, more: bytes) -> None:
        report = self.report
        if self._signed != report.records:
            raise Problem("unsigned", number=self._signed)
        missing = sorted((number, name) for name, number in self._wanted.items() if name not in self._found)
        if missing:
            raise Problem("reference", number=missing[0][0], content=missing[0][1])
        if more or len(content) != END.size or END.unpack(content) != (report.records, report.contents, total):
            raise Problem("sum")
        if self._witness_key is not None and report.records and not report.witnessed:
            raise Problem("no witness", key=self._witness_key)
        if self._newest is not None:
            self._compare(self._newest)

    def _compare(self, newest: Newest) -> None:
        """With what the witness saw last: an archive alone cannot know that it ends too early."""
        if newest.size > self.report.records:
            raise Problem("older", size=self.report.records, newest=newest.size)
        if newest.size and newest.root != self._newest_root:
            raise Problem("other", newest=newest.size)
        sound = 0
        for kind, key, wall, signature in newest.signatures:
            name, public = self._keys.get(key, ("", b""))
            trusted = self._log_key if kind == "log" else self._witness_key
            context, message = b"palisade/checkpoint", newest.text
            if kind == "witness":
                context, message = b"palisade/witness", f"witnessed {wall}\n".encode() + newest.text
            if name != kind or trusted not in (None, key) or not holds(public, context, message, signature):
                raise Problem("newest", reason="a signature does not hold")
            sound += 1
        if not sound:
            raise Problem("newest", reason="it is not signed")


def read_newest(path: Path) -> Newest:
    """The text file that a witness keeps of the newest checkpoint. Raises Problem where it is none."""
    try:
        text, _, rest = path.read_bytes().partition(b"\n\n")
        text += b"\n"
        _, size, root, _ = checkpoint_of(text)
        signatures = []
        for line in rest.decode("ascii").splitlines():
            kind, key, *wall, signature = line.split(" ")
            signatures.append((kind, key, int(wall[0]) if wall else 0, b64decode(signature, validate=True)))
    except (OSError, ValueError) as error:
        raise Problem("newest", reason=error) from None
    return Newest(size, root, text, signatures)


def sections(file: BinaryIO, wanted: bytes) -> Iterator[bytes]:
    """The sections of one kind in an archive, not verified. Raises Problem where they cannot be read."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Problem("magic")
    count = 0
    while head := file.read(SECTION.size):
        kind, length = SECTION.unpack(head) if len(head) == SECTION.size else (b"", 0)
        if not kind or length > LARGEST_SECTION:
            raise Problem("section", number=count)
        content = file.read(length)
        if kind == wanted:
            yield content
        count += kind == b"R"


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The records of an archive, not verified. Raises Problem where they cannot be read."""
    for number, content in enumerate(sections(file, b"R")):
        try:
            yield entry_of(content[32:])
        except (ValueError, struct.error):
            raise Problem("form", number=number) from None


def main() -> int:
    """Verify the archive that the command line names."""
    parser = argparse.ArgumentParser(description="Verifies an audit archive and names the first bad record.")
    parser.add_argument("archive", type=Path)
    parser.add_argument("--log-key", help="fingerprint of the one key that may have signed the checkpoints")
    parser.add_argument("--witness-key", help="fingerprint of the witness that must have signed, too")
    parser.add_argument("--newest", type=Path, help="the witness's file with the newest checkpoint")
    arguments = parser.parse_args()
    say = sys.stdout.write
    try:
        newest = read_newest(arguments.newest) if arguments.newest else None
        with arguments.archive.open("rb") as file:
            report = Verifier(arguments.log_key, arguments.witness_key, newest).verify(file)
    except Problem as problem:
        say(f"BAD: {problem}\n")
        return 1
    except OSError as error:
        say(f"{arguments.archive}: {error.strerror}\n")
        return 2
    say(f"good: {report.records} records, {report.checkpoints} checkpoints of {report.origin or 'no log'}\n")
    say(f"root {report.root.hex()}\ncounter-signed by a witness: the first {report.witnessed} records\n")
    for key in sorted(report.log_keys | report.witness_keys):
        say(f"key {key}: compare it with the one that was announced\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
