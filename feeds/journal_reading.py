"""Reads a journal: which segments there are, whether they are what was recorded of them, and the entries in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from engine.audit_events import SegmentRemoved, SegmentWritten, event_of
from engine.text import BadInputError, Text, text
from feeds.record_reading import RecordReading
from feeds.tape import Entry, blocks_of, entries_of

RECORDS: Final = "records"
"""Folder of the journal's record store, inside the journal's."""
SUFFIX: Final = ".journal"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a journal.

    Attributes:
        path: Its file.
        recorded: What is on record of it last; None where nothing is.
    """

    path: Path
    recorded: SegmentWritten | None


def segments_in(folder: Path) -> list[Path]:
    """Files of segments, in order."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())


def recorded_segments(folder: Path, store: RecordReading) -> list[Segment]:
    """All segments, in order, with what is on record of each.

    Raises:
        BadInputError: One that was not removed is missing.
    """
    written, removed = dict[str, SegmentWritten](), set[str]()
    for record in store.records():
        match event_of(record):
            case SegmentWritten() as event:
                written[event.segment] = event
            case SegmentRemoved() as event:
                removed.add(event.segment)
    files = {path.name: path for path in segments_in(folder)}
    missing = sorted(set(written) - set(files) - removed)
    if missing:
        raise _altered(folder / missing[0], text("the segment is missing"))
    return [Segment(path, written.get(name)) for name, path in files.items()]


def last_number(folder: Path, store: RecordReading) -> int:
    """The highest number that a segment ever had, 0 where there was none; the segment written last is checked.

    Raises:
        BadInputError: It is missing, shorter than on record, or other bytes.
    """
    segments = recorded_segments(folder, store)
    if segments:
        sound_content(segments[-1])
    named = {event.segment for event in map(event_of, store.records()) if isinstance(event, SegmentWritten)}
    return max((int(Path(name).stem) for name in named | {each.path.name for each in segments}), default=0)


def sound_content(segment: Segment) -> bytes:
    """The bytes of a segment, which are those on record as far as the record goes.

    Raises:
        BadInputError: They are not, or cannot be read.
    """
    try:
        content = segment.path.read_bytes()
    except OSError as error:
        raise _altered(segment.path, text("it cannot be read: {reason}", reason=error.strerror)) from None
    recorded = segment.recorded
    if recorded is None:
        return content
    if len(content) < recorded.size or (recorded.complete and len(content) > recorded.size):
        sizes = text("it has {size} bytes, {recorded} are on record", size=len(content), recorded=recorded.size)
        raise _altered(segment.path, sizes)
    if sha256(content[: recorded.size]).hexdigest() != recorded.sha256:
        raise _altered(segment.path, text("its content is not what is on record"))
    return content


def read_journal(folder: Path, store: RecordReading) -> Iterator[Entry]:
    """All entries of a journal in order. What a crash cut off behind the last record is left out.

    Raises:
        BadInputError: A segment is missing, altered or damaged.
    """
    for segment in recorded_segments(folder, store):
        content = sound_content(segment)
        recorded = segment.recorded.size if segment.recorded is not None else 0
        place = 0
        try:
            for end, block in blocks_of(content):
                yield from entries_of(block)
                place = end
        except ValueError as error:
            # Behind what is on record a crash may have left anything.
            if place < recorded:
                raise _altered(segment.path, text("{reason}", reason=error)) from None


def _altered(path: Path, what: Text) -> BadInputError:
    said = text("the journal is damaged or was altered: {what}", what=what)
    return BadInputError(str(path), said, text("keep it as it is, call the auditor, and record into another folder"))
