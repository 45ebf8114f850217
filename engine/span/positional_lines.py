"""Splits a positional file into blocks of whole lines, and lines of a block into rows of equal width."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.numbers import Integers
from engine.text import BadInputError, text

Bytes = npt.NDArray[np.uint8]
CHUNK = 1 << 21
LONGEST_LINE = 4096
BLANK, LINE_FEED, CARRIAGE_RETURN = 32, 10, 13
FIRST_HALVES = (b"81", b"83")
"""Array records whose second half is the next line: a block never ends between the two."""
END_OF_FILE_MARK = b"\x1a"


class Block(NamedTuple):
    """Some lines of a file.

    Attributes:
        content: uint8, the bytes of the lines, and blanks after them: as many as the longest line may have.
        starts: int64 [lines], first byte of each line.
        lengths: int64 [lines], bytes of each line without its end.
        first: Number of the first line in the file, from 1.
    """

    content: Bytes
    starts: Integers
    lengths: Integers
    first: int

    def line(self, index: int) -> bytes:
        """The bytes of a line without its end."""
        start = int(self.starts[index])
        return self.content[start : start + int(self.lengths[index])].tobytes()

    def rows(self, lines: Integers, width: int) -> Bytes:
        """uint8 [lines, width]: lines as rows, blank where a line is shorter, cut where it is longer."""
        windows = np.lib.stride_tricks.sliding_window_view(self.content, width)
        rows = windows[self.starts[lines]]
        lengths = self.lengths[lines]
        for length in np.unique(lengths[lengths < width]).tolist():
            short = lengths == length
            if short.all():
                rows[:, length:] = BLANK
            else:
                rows[np.ix_(np.flatnonzero(short), np.arange(length, width))] = BLANK
        return rows


def blocks(stream: BinaryIO, file: str, digest: hashlib._Hash) -> Iterator[Block]:
    """The lines of a file, some thousands at a time; line ends are LF or CRLF.

    Args:
        stream: Bytes of the file, read once from here to the end.
        file: Name of the file, for errors.
        digest: Is updated with all bytes read.

    Raises:
        BadInputError: A line is longer than any record.
    """
    rest, number = b"", 1
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        last = whole[whole.rfind(b"\n") + 1 :] if end else b""
        if last.startswith(FIRST_HALVES):
            whole, rest = whole[: len(whole) - len(last)], last + end + rest
        elif end:
            whole += end
        if len(rest) > 2 * LONGEST_LINE:
            raise _too_long(file, number + whole.count(b"\n"))
        if whole:
            block = _block(whole, number, file)
            number += len(block.starts)
            yield block
    if rest.strip(END_OF_FILE_MARK):
        yield _block(rest + b"\n", number, file)


def _block(lines: bytes, first: int, file: str) -> Block:
    content = np.frombuffer(lines + b" " * LONGEST_LINE, dtype=np.uint8)
    ends = np.flatnonzero(content == LINE_FEED)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    lengths -= (lengths > 0) & (content[ends - 1] == CARRIAGE_RETURN)
    too_long = np.flatnonzero(lengths > LONGEST_LINE)
    if len(too_long):
        raise _too_long(file, first + int(too_long[0]))
    return Block(content, starts, lengths, first)


def _too_long(file: str, number: int) -> BadInputError:
    return BadInputError(
        f"{file}: line {number}",
        text("the line is longer than {count} bytes", count=LONGEST_LINE),
        text("take the file from the clearing house itself"),
    )
