"""Opens a parameter file and picks the reader by what the file holds."""

from __future__ import annotations

import os
import re
from io import BufferedReader
from pathlib import Path

from engine.span.compressed import expanded
from engine.span.parameters import ParameterSet
from engine.span.positional import read_positional
from engine.span.progress import MeteredFile, Report
from engine.span.xml import read_xml
from engine.text import BadInputError, Text, text

START = 4096
COMPRESSED = (b"\x1f\x8b", b"PK", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
POSITIONAL = b"0 "
# A header record of the older formats, whose identifiers have one column.
OLDER_POSITIONAL = re.compile(rb"0[0-9A-Za-z_ ]{7}[0-9]{6}")


def read_parameters(path: str | Path, progress: Report | None = None) -> ParameterSet:
    """Read a clearing house's parameter file, XML or positional, packed by gzip or zip or not at all.

    Args:
        path: The file; its content decides how it is read, not its name.
        progress: Is told about 50 times how many bytes of how many are done; it ends the reading by returning False.

    Raises:
        BadInputError: The file cannot be opened or is damaged; names file, line, element and field.
        CancelledError: ``progress`` ended the reading.
    """
    path = Path(path)
    try:
        with _opened(path, progress) as file, expanded(file, path.name) as stream:
            if stream.peek(START).startswith(POSITIONAL):
                return read_positional(stream, path.name)
            _refuse_other_formats(stream, path)
            return read_xml(stream, path.name)
    except FileNotFoundError:
        raise _unreadable(path, text("the file does not exist")) from None
    except IsADirectoryError:
        raise _unreadable(path, text("this is a directory")) from None
    except PermissionError:
        raise _unreadable(path, text("the file may not be read")) from None
    except OSError as error:
        raise _unreadable(path, text("the file cannot be read: {reason}", reason=error.strerror or error)) from None


def _opened(path: Path, progress: Report | None) -> BufferedReader:
    if progress is None:
        return path.open("rb")
    raw = path.open("rb", buffering=0)
    return BufferedReader(MeteredFile(raw, path.name, os.fstat(raw.fileno()).st_size, progress))


def _refuse_other_formats(stream: BufferedReader, path: Path) -> None:
    """Say what the file is where it is not XML text; an empty file is left to the reader."""
    start = stream.peek(START)[:START]
    content = start.removeprefix(BYTE_ORDER_MARK).lstrip()
    if not content or content.startswith(b"<") or start.startswith(WIDE_MARKS):
        return
    if start.startswith(COMPRESSED):
        raise BadInputError(path.name, text("the file is compressed"), text("unpack it first"))
    usable = text("use the XML file (.spn) or the expanded positional file (.pa2) of the clearing house")
    if OLDER_POSITIONAL.match(start):
        raise BadInputError(path.name, text("the file is in an older positional format"), usable)
    raise BadInputError(path.name, text("the file is not a SPAN parameter file"), usable)


def _unreadable(path: Path, what: Text) -> BadInputError:
    return BadInputError(str(path), what, text("check the name of the parameter file and your rights to it"))
