"""What is recorded of feeds, and how it is packed: entries in blocks, blocks in segments.

A segment is a file: `MAGIC`, then blocks of a length and a CRC-32 (4 bytes each, big-endian) and a zstd frame. Unpacked
a block is entries one after the other: channel (1 byte), wall and monotonic nanoseconds (8 each), number of frames (1),
then each frame's length (4) and bytes. Frames are those of the sockets, verbatim.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Final, NamedTuple
from zlib import crc32

import zstandard

MAGIC: Final = b"palisade journal 1\n"
LARGEST_BLOCK: Final = 2**26
_ENTRY: Final = struct.Struct(">BqqB")
_LENGTH: Final = struct.Struct(">I")
_BLOCK: Final = struct.Struct(">II")


class Channel(IntEnum):
    """What an entry tells of."""

    TURN = 0
    """The owner of the feeds begins a turn: what follows was taken in by it, until the next."""
    POSITIONS = 1
    """A message on the positions stream."""
    QUOTES = 2
    SNAPSHOT = 3
    """A piece of a snapshot."""
    POSITIONS_REBUILT = 4
    """The line had been silent for too long and got a new socket."""
    QUOTES_REBUILT = 5
    SNAPSHOT_ASKED = 6
    """A snapshot was asked for; one frame: the request's number."""
    SNAPSHOT_OVERDUE = 7
    """The request was given up because nobody answered."""
    MARK = 8
    """What the positions feed had come to; one frame: `Mark`."""
    START = 9
    """The program was started: the feeds begin with nothing."""


class Entry(NamedTuple):
    """Something recorded."""

    channel: int
    wall: int
    monotonic: int
    frames: tuple[bytes, ...]


Tap = Callable[[Channel, Sequence[bytes]], None]
"""Told of everything that a feed takes in or decides by the clock."""


class Mark(NamedTuple):
    """State of the positions feed: publisher's session (empty before the first), sequence, digest, and its word."""

    session: bytes
    sequence: int
    digest: bytes
    state: str

    def encode(self) -> bytes:
        """One frame: length of the session, session, sequence, digest and state."""
        return (
            bytes([len(self.session)])
            + self.session
            + self.sequence.to_bytes(8, "big")
            + self.digest
            + self.state.encode()
        )


def decode_mark(frame: bytes) -> Mark:
    """The mark in a frame. Raises ValueError where there is none."""
    length = frame[0] if frame else 0
    if length not in (0, 16) or len(frame) < length + 17:
        raise ValueError("no mark")
    session, rest = frame[1 : 1 + length], frame[1 + length :]
    return Mark(session, int.from_bytes(rest[:8], "big"), rest[8:16], rest[16:].decode())


def pack_entry(block: bytearray, channel: int, wall: int, monotonic: int, frames: Sequence[bytes]) -> None:
    """Append an entry to a block that is being filled."""
    block += _ENTRY.pack(channel, wall, monotonic, len(frames))
    for frame in frames:
        block += _LENGTH.pack(len(frame))
        block += frame


def pack_block(compressor: zstandard.ZstdCompressor, block: bytes | bytearray) -> bytes:
    """A block as it stands in a segment."""
    packed = compressor.compress(bytes(block))
    return _BLOCK.pack(len(packed), crc32(packed)) + packed


def entries_of(block: bytes) -> Iterator[Entry]:
    """The entries of an unpacked block. Raises ValueError where it is damaged."""
    place, size = 0, len(block)
    try:
        while place < size:
            channel, wall, monotonic, count = _ENTRY.unpack_from(block, place)
            place += _ENTRY.size
            frames = []
            for _ in range(count):
                (length,) = _LENGTH.unpack_from(block, place)
                place += _LENGTH.size + length
                frames.append(block[place - length : place])
            if place > size:
                raise ValueError("an entry is cut off")
            yield Entry(channel, wall, monotonic, tuple(frames))
    except struct.error as error:
        raise ValueError(f"an entry is cut off: {error}") from None


def blocks_of(segment: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each block of a segment ends, and the block unpacked; ends without a word where a block is cut off.

    Raises:
        ValueError: It is no segment, or a block is damaged.
    """
    if segment[: len(MAGIC)] != MAGIC[: len(segment)]:
        raise ValueError("no journal segment")
    place, unpack = len(MAGIC), zstandard.ZstdDecompressor()
    while place + _BLOCK.size <= len(segment):
        length, checksum = _BLOCK.unpack_from(segment, place)
        if place + _BLOCK.size + length > len(segment):
            return
        packed = segment[place + _BLOCK.size : place + _BLOCK.size + length]
        if crc32(packed) != checksum:
            raise ValueError(f"the block at {place} is damaged")
        try:
            block = unpack.decompress(packed, max_output_size=LARGEST_BLOCK)
        except zstandard.ZstdError as error:
            raise ValueError(f"the block at {place} cannot be unpacked: {error}") from None
        place += _BLOCK.size + length
        yield place, block
