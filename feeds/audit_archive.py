"""Writes the records of a store into one file that anybody can verify without this program.

The format is described in docs/audit-archive.md; `terminal.audit_verifier` reads it and shares no code with this.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

from engine.audit import REFERENCE
from engine.text import BadInputError, text
from feeds.record_reading import RecordReading, SignedCheckpoint

MAGIC: Final = b"palisade audit archive 1\n"
_SECTION: Final = struct.Struct(">cI")
_END: Final = struct.Struct(">QQ32s")
_MARK: Final = f'"{REFERENCE}'.encode()


@dataclass(frozen=True, slots=True)
class Archived:
    """What went into an archive.

    Attributes:
        records: Records, all of them signed.
        unsigned: Records after the last checkpoint, which were left out.
        contents: Pieces of content that records refer to.
    """

    records: int
    unsigned: int
    contents: int


class _Sections:
    """Writes sections and sums them up."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sum = sha256()
        self._put(MAGIC)

    def write(self, kind: bytes, content: bytes) -> None:
        """A section."""
        self._put(_SECTION.pack(kind, len(content)) + content)

    def end(self, records: int, contents: int) -> None:
        """The last section, with the sum of everything before it."""
        content = _END.pack(records, contents, self._sum.digest())
        self._file.write(_SECTION.pack(b"E", len(content)) + content)

    def _put(self, data: bytes) -> None:
        self._sum.update(data)
        self._file.write(data)


def write_archive(store: RecordReading, file: BinaryIO, progress: Callable[[int], None] = lambda _: None) -> Archived:
    """Write all records that are signed.

    Args:
        store: Read while its owner may be writing: what comes meanwhile is left out.
        file: Where to.
        progress: Is told now and then how many records are written.

    Raises:
        BadInputError: Nothing is signed yet, or content that a record refers to is missing.
        OSError: The file cannot be written.
    """
    newest, there = store.newest_checkpoint(), store.stored_size()
    if newest is None:
        what, remedy = text("no record is signed yet"), text("wait a second and try again")
        raise BadInputError(store.where, what, remedy)
    size = newest.checkpoint.size
    sections = _Sections(file)
    for name, key in store.query("SELECT name, content FROM keys ORDER BY fingerprint"):
        sections.write(b"K", name.encode() + key)
    references = dict[str, None]()
    checkpoints = store.checkpoints(size)
    due = next(checkpoints, None)
    for record, leaf in store.records_with_leaves(size):
        sections.write(b"R", leaf + record.encode())
        if _MARK in record.payload:
            references.update(dict.fromkeys(_references(record.content())))
        if due is not None and due.checkpoint.size == record.number + 1:
            _write_checkpoint(sections, due)
            due = next(checkpoints, None)
        if record.number % 10_000 == 0:
            progress(record.number)
    for reference in references:
        sections.write(b"B", store.kept(reference))
    sections.end(size, len(references))
    return Archived(size, there - size, len(references))


def _write_checkpoint(sections: _Sections, signed: SignedCheckpoint) -> None:
    sections.write(b"C", signed.checkpoint.encode() + signed.key + signed.signature.encode())
    for each in signed.witnesses:
        sections.write(b"W", each.key + each.wall.to_bytes(8, "big") + each.signature.encode())


def _references(value: object) -> list[str]:
    """Every text in a payload that refers to content."""
    if isinstance(value, str):
        return [value] if value.startswith(REFERENCE) and len(value) == len(REFERENCE) + 64 else []
    if isinstance(value, dict):
        return [found for each in value.values() for found in _references(each)]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []
