"""Unpacks a parameter file as it is published, gzip or zip, while it is read, and never more of it than it may hold."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from engine.span.xml_elements import FETCH_AGAIN, one_line
from engine.text import BadInputError, text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
LARGEST_EXPANDED = 1 << 31
"""Bytes beyond which a packed file is taken for a trap: the largest published ones have a fifth of it."""
LARGEST_RATIO, WITHOUT_RATIO = 100, 1 << 26
"""Likewise when it holds more than so many bytes for each of its own, and these more; published ones hold 5 to 10."""
READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError)


class ExpandedFile(io.RawIOBase):
    """What a packed file holds.

    Args:
        packed: Where unpacked bytes come from; closed with this.
        name: Name of the file, for errors.
        largest: Bytes that it may have.
    """

    def __init__(self, packed: BinaryIO, name: str, largest: int) -> None:
        super().__init__()
        self._packed = packed
        self._name = name
        self._left = largest
        self._largest = largest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Unpack some bytes.

        Raises:
            BadInputError: The packed file is damaged, or holds more than it may.
        """
        view = memoryview(buffer).cast("B")
        try:
            content = self._packed.read(len(view))
        except DAMAGE as error:
            what = text("the packed file is damaged: {reason}", reason=one_line(error))
            raise BadInputError(self._name, what, FETCH_AGAIN) from None
        self._left -= len(content)
        if self._left < 0:
            what = text("the packed file holds more than {count} bytes", count=self._largest)
            raise BadInputError(self._name, what, text("take the file from the clearing house itself"))
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Close it and what it is unpacked from."""
        self._packed.close()
        super().close()


def expanded(stream: io.BufferedReader, name: str) -> io.BufferedReader:
    """The content of a gzip or zip file; any other stream as it is.

    Args:
        stream: A file at its start.
        name: Name of the file, for errors.

    Raises:
        BadInputError: A zip file is damaged, encrypted, or holds another number of files than one.
    """
    start = stream.peek(len(ZIP))
    if not start.startswith((GZIP, ZIP)):
        return stream
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if start.startswith(GZIP):
        packed: BinaryIO = gzip.GzipFile(fileobj=stream)  # type: ignore[assignment]  # reads as one
    else:
        packed = _only_member(stream, name)
    return io.BufferedReader(ExpandedFile(packed, name, min(LARGEST_EXPANDED, WITHOUT_RATIO + LARGEST_RATIO * size)))


def _only_member(stream: io.BufferedReader, name: str) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(stream)
        # Unlike is_dir(), this takes a member without a name.
        members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(members) != 1:
            what = text("the zip file holds {count} files, one is expected", count=len(members))
            raise BadInputError(name, what, text("unpack it and name the parameter file itself"))
        if members[0].flag_bits & ENCRYPTED or members[0].compress_type not in READABLE_METHODS:
            what = text("the zip file is encrypted or packed by a method that is not known")
            raise BadInputError(name, what, text("unpack it first"))
        return archive.open(members[0])  # type: ignore[return-value]  # reads as one
    except (*DAMAGE, ValueError) as error:
        what = text("the packed file is damaged: {reason}", reason=one_line(error))
        raise BadInputError(name, what, FETCH_AGAIN) from None
