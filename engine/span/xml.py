"""Streams an XML parameter file (.spn, fileFormat 4.00) into a `ParameterSet`.

What has been read is dropped at once, so that a file of 60 MB needs little more memory than its parameters do.
Entities, DTDs and the network are refused: a parameter file has no use for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from lxml import etree

from engine.span.parameters import ParameterSet
from engine.span.xml_assembly import assemble
from engine.span.xml_elements import FETCH_AGAIN, ElementReader, one_line
from engine.span.xml_parts import StreamedParts
from engine.span.xml_regular import RegularOptions
from engine.span.xml_schema import PARENTS
from engine.text import BadInputError, text

CHUNK = 1 << 18
LARGEST_TREE = 2_000_000
"""Elements that the parser may hold at a time; each takes some hundred bytes, however short it is written."""
DESCENDANTS = etree.XPath("count(descendant::*)")
DOCTYPE = b"<!DOCTYPE"
DECLARED_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{0,40})["']""")
ENCODINGS = re.compile(rb"utf-?8|us-ascii|iso-8859-[0-9]{1,2}|windows-125[0-9]", re.IGNORECASE)


def read_xml(stream: BinaryIO, file_name: str) -> ParameterSet:
    """Read a parameter file.

    Args:
        stream: Bytes of the file, read once from here to the end.
        file_name: Name of the file, for errors and for the origin of the parameters.

    Returns:
        The parameters; contracts ordered by commodity, delta period, family, period, right and strike.

    Raises:
        BadInputError: Anything is wrong with the file; names file, line, element and field.
    """
    reader = ElementReader(file_name)
    regular = RegularOptions()
    parts = StreamedParts(reader, regular.found)
    digest = hashlib.sha256()
    tree = TreeSize(file_name)
    # Without huge_tree the parser itself refuses elements nested too deep and values of many millions of characters.
    parser = etree.XMLPullParser(
        events=("end",),
        tag=tuple(PARENTS),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for chunk in _checked_chunks(stream, file_name):
            digest.update(chunk)
            _feed(parser, parts, tree, regular.split(chunk))
        _feed(parser, parts, tree, regular.split(b""))
        root = parser.close()
        _take_ended(parser, parts, tree)
    except etree.XMLSyntaxError as error:
        reason = text("not well-formed XML: {reason}", reason=one_line(error.msg))
        raise BadInputError(f"{file_name}: line {error.lineno or 1}", reason, FETCH_AGAIN) from None
    return assemble(reader, parts, root, digest.hexdigest())


class TreeSize:
    """About how many elements and attributes the parser holds.

    Args:
        file: Name of the file, for errors.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0

    def grow(self, piece: bytes) -> None:
        """Count what the parser makes of ``piece``.

        Raises:
            BadInputError: It is more than any parameter file has in one part.
        """
        self._count += piece.count(b"<") - piece.count(b"</") + piece.count(b"=")
        if self._count > LARGEST_TREE:
            what = text("more than {count} elements stand in one part of the file", count=LARGEST_TREE)
            raise BadInputError(self._file, what, text("take the file from the clearing house itself"))

    def shrink(self, count: int) -> None:
        """Count off elements that are let go."""
        self._count -= count


def _feed(parser: etree.XMLPullParser, parts: StreamedParts, tree: TreeSize, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        if piece:
            tree.grow(piece)
            parser.feed(piece)
            _take_ended(parser, parts, tree)


def _checked_chunks(stream: BinaryIO, file_name: str) -> Iterator[bytes]:
    """The bytes of a file, refused before the parser sees them where they are no plain XML text."""
    chunk = stream.read(CHUNK)
    if not chunk.strip():
        raise BadInputError(file_name, text("the file is empty"), FETCH_AGAIN)
    declared = DECLARED_ENCODING.match(chunk)
    if b"\0" in chunk[:4] or chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _wrong_encoding(file_name, "UTF-16")
    if declared and not ENCODINGS.fullmatch(declared[1]):
        raise _wrong_encoding(file_name, ascii(declared[1].decode("latin-1")))
    before = b""
    while chunk:
        if DOCTYPE in before + chunk:
            raise BadInputError(
                file_name,
                text("the file has a DOCTYPE, which no parameter file needs"),
                text("take the file from the clearing house itself"),
            )
        yield chunk
        before = chunk[1 - len(DOCTYPE) :]
        chunk = stream.read(CHUNK)


def _wrong_encoding(file_name: str, encoding: str) -> BadInputError:
    what = text("the file is encoded in {encoding}", encoding=encoding)
    return BadInputError(file_name, what, text("convert it to UTF-8 or ISO-8859-1"))


def _take_ended(parser: etree.XMLPullParser, parts: StreamedParts, tree: TreeSize) -> None:
    """Take in the elements that have ended, and free them and what was read before them."""
    events: Iterator[tuple[str, etree._Element]] = parser.read_events()  # type: ignore[assignment]  # only "end"
    for _, element in events:
        parts.take(element)
        tree.shrink(int(cast("float", DESCENDANTS(element))))
        element.clear()
        parent = element.getparent()
        # Only what has been read: fields of the parent, before and between, are wanted when the parent ends.
        while parent is not None and (previous := element.getprevious()) is not None and previous.tag in PARENTS:
            parent.remove(previous)
            tree.shrink(1)
