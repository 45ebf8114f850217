"""``palisade audit``: verify and export the records of a store, and read them as a timeline."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.audit import Record
from engine.text import BadInputError, text
from feeds.audit_archive import Archived, write_archive
from feeds.record_reading import RecordReader
from terminal.audit_verifier import Problem, Report, Verifier, entries, read_newest
from terminal.audit_words import sentence_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the person who verifies knows from elsewhere.

    Attributes:
        log_key: Fingerprint of the only key that may have signed checkpoints; None where any may.
        witness_key: Fingerprint of the witness that must have signed; None where none must.
        newest: The witness's file with the newest checkpoint; None where there is none.
    """

    log_key: str | None = None
    witness_key: str | None = None
    newest: Path | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records to show.

    Attributes:
        kind: Words that the kind holds.
        actor: Words that the actor holds.
        words: Words that the payload holds, such as an instruction's identity.
        since: Wall nanoseconds of the first.
        until: Wall nanoseconds before which the last is.
    """

    kind: str = ""
    actor: str = ""
    words: str = ""
    since: int | None = None
    until: int | None = None

    def takes(self, record: Record) -> bool:
        """Whether a record is wanted."""
        in_time = (self.since is None or record.wall >= self.since) and (self.until is None or record.wall < self.until)
        named = self.kind in record.kind and self.actor in record.actor
        return in_time and named and self.words.encode() in record.payload


def verify_audit(path: Path, trust: Trust) -> Report | Problem:
    """Verify a record store or an archive; what was found, or the first thing that is wrong.

    A store is exported first, up to its last checkpoint, and the export is verified.

    Raises:
        BadInputError: There is nothing that can be read.
    """
    try:
        newest = read_newest(trust.newest) if trust.newest is not None else None
        verifier = Verifier(trust.log_key, trust.witness_key, newest)
        if path.is_dir():
            with tempfile.TemporaryFile() as file:
                with closing(RecordReader(path)) as reader:
                    _guarded(reader, file)
                file.seek(0)
                return verifier.verify(file)
        with path.open("rb") as file:
            return verifier.verify(file)
    except Problem as problem:
        return problem
    except OSError as error:
        raise _unreadable(path, error) from None


def _guarded(reader: RecordReader, file: object) -> Archived:
    """Export, with what SQLite finds wrong with its file told as such."""
    try:
        return write_archive(reader, file)  # type: ignore[arg-type]
    except sqlite3.Error as error:
        what = text("the record store is damaged: {reason}", reason=error)
        raise BadInputError(reader.where, what, text("keep it as it is, and restore a copy")) from None


def export_audit(folder: Path, archive: Path) -> Archived:
    """Write the signed records of a store into an archive that does not exist yet.

    Raises:
        BadInputError: There is no store, nothing is signed, or the archive cannot be written.
    """
    if archive.exists():
        what, remedy = text("the file exists already"), text("give another name, or remove it")
        raise BadInputError(str(archive), what, remedy)
    part = archive.with_name(f"{archive.name}.part")
    with closing(RecordReader(folder)) as reader:
        try:
            with part.open("wb") as file:
                written = _guarded(reader, file)
            part.replace(archive)
        except OSError as error:
            what = text("the archive cannot be written: {reason}", reason=error.strerror)
            raise BadInputError(str(archive), what, text("free some space, or give another place")) from None
        finally:
            part.unlink(missing_ok=True)
    return written


def read_audit(path: Path, wanted: Wanted) -> Iterator[Record]:
    """The wanted records of a store or an archive, in order; they are not verified.

    Raises:
        BadInputError: There is nothing that can be read.
    """
    try:
        if path.is_dir():
            with closing(RecordReader(path)) as reader:
                yield from filter(wanted.takes, reader.records())
            return
        with path.open("rb") as file:
            yield from filter(wanted.takes, (Record(*entry) for entry in entries(file)))
    except Problem as problem:
        raise BadInputError(str(path), sentence_of(problem), text("give a record store or an audit archive")) from None
    except sqlite3.Error as error:
        what = text("the record store is damaged: {reason}", reason=error)
        raise BadInputError(str(path), what, text("keep it as it is, and restore a copy")) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def moment_of(typed: str) -> int:
    """Wall nanoseconds of a moment such as ``2026-11-28T14:05:00.123456``, UTC where it does not say.

    Raises:
        BadInputError: It is none.
    """
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        what = text("{value} is no moment", value=typed)
        raise BadInputError("palisade audit show", what, text("write it as 2026-11-28T14:05:00")) from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def stamp(wall: int) -> str:
    """A moment in UTC, to the microsecond."""
    seconds, nanoseconds = divmod(wall, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{nanoseconds // 1_000:06d}"


def _unreadable(path: Path, error: OSError) -> BadInputError:
    what = text("it cannot be read: {reason}", reason=error.strerror)
    return BadInputError(str(path), what, text("give a record store or an audit archive"))
