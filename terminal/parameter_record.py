"""Remembers which parameters were last in force for each configured place, for the day its file is missing or broken.

One small file a place, in the folder of the parameter cache. It names the content by SHA-256; the cache has it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec

SUFFIX: Final = ".in-force"
REMEMBERED: Final = 6
"""Records whose parameters the cache must not forget: those written last."""

_logger = logging.getLogger(__name__)


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was last in force for a place.

    Attributes:
        place: The configured file or folder.
        version: Short name of the version.
        sha256: Of the file's bytes.
        before: SHA-256 of what was in force before it; empty where nothing was.
        check: SHA-256 of the other fields, so that damage shows.
    """

    place: str
    version: str
    sha256: str
    before: str
    check: str

    @classmethod
    def of(cls, place: str, version: str, sha256: str, before: str) -> Record:
        """A record with its check."""
        return cls(place, version, sha256, before, _check(place, version, sha256, before))

    @property
    def is_whole(self) -> bool:
        """Whether the fields are those that were written."""
        return self.check == _check(self.place, self.version, self.sha256, self.before)


def remember(folder: Path, place: Path, version: str, sha256: str) -> None:
    """Record that ``version`` is in force for ``place``; where that cannot be written, the last record stands."""
    last = last_in_force(folder, place)
    before = "" if last is None else last.before if last.sha256 == sha256 else last.sha256
    record = Record.of(_name(place), version, sha256, before)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="unfinished-", suffix=SUFFIX, dir=folder)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(msgspec.json.encode(record))
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(_file(folder, record.place))
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        _logger.warning("which parameters are in force cannot be recorded: %s", error)


def last_in_force(folder: Path, place: Path) -> Record | None:
    """What was last in force for ``place``; None where nothing was or the record is damaged."""
    record = _read(_file(folder, _name(place)))
    return record if record is not None and record.place == _name(place) else None


def recorded(folder: Path) -> frozenset[str]:
    """SHA-256 of the parameters that a desk may fall back on or go back to."""
    newest = sorted(folder.glob(f"*{SUFFIX}"), key=_written, reverse=True)[:REMEMBERED]
    records = [record for file in newest if (record := _read(file)) is not None]
    return frozenset(digest for record in records for digest in (record.sha256, record.before))


def _read(file: Path) -> Record | None:
    try:
        record = msgspec.json.decode(file.read_bytes(), type=Record)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        _logger.warning("the record of the parameters last in force cannot be used: %s: %s", file, error)
        return None
    if not record.is_whole:
        _logger.warning("the record of the parameters last in force is damaged: %s", file)
        return None
    return record


def _name(place: Path) -> str:
    return str(place.absolute())


def _file(folder: Path, place: str) -> Path:
    return folder / f"{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:32]}{SUFFIX}"


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        # Another Palisade was quicker.
        return 0


def _check(*fields: str) -> str:
    return hashlib.sha256("\n".join(fields).encode(errors="surrogateescape")).hexdigest()
