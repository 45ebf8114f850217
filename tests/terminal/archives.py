"""Audit archives for tests, and hands that alter them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from engine.audit import decode_record, encode_payload
from engine.merkle import leaf_hash
from feeds.audit_archive import write_archive
from feeds.checkpoints import Checkpoints, note_of, witness_signature
from feeds.record_store import RecordStore
from feeds.signing import HybridKey
from terminal.audit_verifier import END, MAGIC, SECTION, Newest, Problem, Verifier, read_newest
from tests.feeds.driving import ManualClock

LOG, WITNESS, OTHER = (HybridKey(bytes(range(start, start + 64))) for start in (0, 1, 2))
Section = tuple[bytes, bytes]


@dataclass
class Trail:
    """A store, its archive, and what its witness knows of it."""

    store: RecordStore
    archive: bytes
    newest_file: Path

    @property
    def size(self) -> int:
        return self.store.size

    @property
    def newest(self) -> Newest:
        return read_newest(self.newest_file)

    def rewritten(self, number: int) -> bytes:
        """The archive with one record's payload and hash replaced, by somebody who knows the format."""
        sections = sections_of(self.archive)
        place = [place for place, (kind, _) in enumerate(sections) if kind == b"R"][number]
        record = decode_record(sections[place][1][32:])
        changed = type(record)(
            record.number,
            record.wall,
            record.monotonic,
            record.boot,
            record.clock_error,
            record.actor,
            record.kind,
            encode_payload({"k": -1}),
        ).encode()
        sections[place] = (b"R", leaf_hash(changed) + changed)
        return resealed(sections)

    def close(self) -> None:
        self.store.close()


def make_trail(folder: Path, changes: int, checkpoint_every: int, first: int = 0) -> Trail:
    """A log of ``changes`` records with checkpoints that a witness has signed."""
    clock = ManualClock()
    store = RecordStore(folder / "store")
    checkpoints = Checkpoints(store, LOG, "desk/log", clock)
    for start in range(0, changes, checkpoint_every):
        with store.transaction(clock.wall_ns(), clock.monotonic_ns()) as change:
            for number in range(start, min(start + checkpoint_every, changes)):
                payload = {"k": first + number, "note": "one of many records"}
                if number == 0:
                    payload["input"] = change.keep(b"what the engine was given")
                change.record("counter", "count", payload)
        clock.advance(10**9)
        checkpoints.sign()
        newest = store.newest_checkpoint()
        assert newest is not None
        own = witness_signature(WITNESS, newest.checkpoint.encode(), clock.wall_ns())
        assert checkpoints.add_witness(store.size, WITNESS.public, own.wall, own.signature)
    archive = BytesIO()
    write_archive(store, archive)
    newest = store.newest_checkpoint()
    assert newest is not None
    (folder / "newest.checkpoint").write_bytes(note_of(newest))
    return Trail(store, archive.getvalue(), folder / "newest.checkpoint")


def sections_of(archive: bytes) -> list[Section]:
    place, found = len(MAGIC), list[Section]()
    while place < len(archive):
        kind, length = SECTION.unpack_from(archive, place)
        place += SECTION.size
        found.append((kind, archive[place : place + length]))
        place += length
    return found


def joined(sections: list[Section]) -> bytes:
    return MAGIC + b"".join(SECTION.pack(kind, len(content)) + content for kind, content in sections)


def resealed(sections: list[Section]) -> bytes:
    """The archive of ``sections`` with counts and sum written anew."""
    body = [section for section in sections if section[0] != b"E"]
    counts = [sum(1 for kind, _ in body if kind == wanted) for wanted in (b"R", b"B")]
    return joined([*body, (b"E", END.pack(*counts, sha256(joined(body)).digest()))])


def flips_found(archive: bytes, step: int = 1, share: tuple[int, int] = (0, 1)) -> list[int]:
    """Flips every bit of an archive, one at a time; the bits whose flip the verifier does not find.

    What precedes a section need not be read again for each of its bits: the verifier goes on from there.

    Args:
        archive: A good one.
        step: Of keys and signatures, which take long to verify, only every so many-th bit is tried.
        share: Which of how many parts of the work is done: those sections, in turn.
    """
    mine, of = share
    missed = [bit for bit in range(8 * len(MAGIC)) if mine == 0 and _whole_is_good(_flipped(archive, bit))]
    verifier, place, number = Verifier(), len(MAGIC), 0
    while place < len(archive):
        _, length = SECTION.unpack_from(archive, place)
        end = place + SECTION.size + length
        section, rest = archive[place:end], archive[end:]
        if number % of == mine:
            missed += [8 * place + bit for bit in _flips_missed(verifier, section, rest, step)]
        verifier.section(BytesIO(section))
        place, number = end, number + 1
    return missed


def _flips_missed(verifier: Verifier, section: bytes, rest: bytes, step: int) -> Iterator[int]:
    """Bits of a section whose flip the verifier does not find, after what it has read."""
    head = 8 * SECTION.size
    for bit in range(head):
        if _is_good(verifier, _flipped(section, bit) + rest):
            yield bit
    for bit in range(head, 8 * len(section), step if section[:1] in b"CWK" else 1):
        damaged = _flipped(section, bit)
        if _reads(verifier, damaged) and _is_good(verifier, damaged + rest):
            yield bit


def _flipped(data: bytes, bit: int) -> bytes:
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _whole_is_good(archive: bytes) -> bool:
    try:
        Verifier().verify(BytesIO(archive))
    except Problem:
        return False
    return True


def _reads(verifier: Verifier, section: bytes) -> bool:
    """Whether nothing is wrong with a section by itself, after what the verifier has read."""
    try:
        _copied(verifier).section(BytesIO(section))
    except Problem:
        return False
    return True


def _is_good(verifier: Verifier, rest: bytes) -> bool:
    """Whether nothing is wrong with the rest of an archive, after what the verifier has read."""
    try:
        _copied(verifier).go_on(BytesIO(rest))
    except Problem:
        return False
    return True


def _copied(verifier: Verifier) -> Verifier:
    copied = copy.copy(verifier)
    copied.report = copy.copy(verifier.report)
    for name in ("_keys", "_peaks", "_wanted", "_found", "_sum"):
        setattr(copied, name, getattr(verifier, name).copy())
    return copied
