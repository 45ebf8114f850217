"""Reads a store or archive for the Audit view, follows what is added, verifies and exports; a thread of its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from typing import Final

from engine.audit_picture import AuditPicture, Verified
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import Clock
from feeds.record_reading import RecordReader
from terminal.audit_command import Trust, Wanted, export_audit, read_audit, verify_audit
from terminal.audit_verifier import Problem
from terminal.audit_words import sentence_of

PERIOD: Final = 0.5
"""Seconds between looks for records that were added."""
MOST: Final = 50_000
"""Records that are kept for the view; older ones are read from the command line."""


class AuditWatch:
    """What is asked for is done one after the other in its thread; the newest picture is there for whoever looks.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: Queue[Callable[[], None] | None] = Queue()
        self._picture: AuditPicture | None = None
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread, if it was started; False where it did not stop in time."""
        if self._thread.ident is None:
            return True
        self._asked.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def picture(self) -> AuditPicture | None:
        """The newest picture, the same object until there is another; None before anything was opened."""
        return self._picture

    def open(self, path: Path) -> None:
        """Show another store or archive from now on."""
        self._asked.put(lambda: self._open(path))

    def verify(self) -> None:
        """Verify what is open."""
        self._asked.put(self._verify)

    def export(self, archive: Path) -> None:
        """Write the signed records of the store that is open into an archive."""
        self._asked.put(lambda: self._export(archive))

    # Runs in the audit thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            try:
                asked = self._asked.get(timeout=PERIOD)
            except Empty:
                self._guarded(self._follow)
                continue
            if asked is None:
                return
            self._guarded(asked)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do it; what goes wrong is part of the picture."""
        problem: Text | None = None
        try:
            work()
        except UserFacingError as error:
            problem = error.message
        except (OSError, sqlite3.Error, ValueError) as error:
            problem = text("the records cannot be read: {reason}", reason=error)
        picture = self._picture
        if picture is not None and (problem != picture.problem or picture.doing is not None):
            self._picture = replace(picture, problem=problem, doing=None)

    def _open(self, path: Path) -> None:
        self._picture = AuditPicture(str(path), doing=text("reading {path}", path=path.name))
        if path.is_dir():
            self._follow()
            return
        records = tuple(read_audit(path, Wanted()))
        self._picture = AuditPicture(str(path), records[-MOST:], len(records))
        self._verify()

    def _follow(self) -> None:
        """Take in what was added to a store since."""
        picture = self._picture
        if picture is None or not Path(picture.source).is_dir():
            return
        with closing(RecordReader(Path(picture.source))) as reader:
            size, newest = reader.stored_size(), reader.newest_checkpoint()
            signed = newest.checkpoint if newest is not None else None
            witnessed = reader.query("SELECT coalesce(max(size), 0) FROM witness_signatures")[0][0]
            fresh = tuple(reader.records(max(picture.size, size - MOST), size))
        following = replace(
            picture,
            records=(picture.records + fresh)[-MOST:] if fresh else picture.records,
            size=size,
            signed=signed.size if signed is not None else 0,
            signed_at=signed.wall if signed is not None else 0,
            witnessed=witnessed,
        )
        if following != picture:
            self._picture = following

    def _verify(self) -> None:
        picture = self._picture
        if picture is None:
            return
        self._picture = replace(picture, doing=text("verifying"))
        found = verify_audit(Path(picture.source), Trust())
        now = self._clock.wall_ns()
        if isinstance(found, Problem):
            self._picture = replace(picture, verified=Verified(False, sentence_of(found), 0, now))
            return
        good = text("every record is the one that was signed")
        verified = replace(picture, verified=Verified(True, good, found.records, now))
        if not Path(picture.source).is_dir():
            # Of an archive only verification knows how far it is signed.
            verified = replace(verified, signed=found.records, witnessed=found.witnessed)
        self._picture = verified

    def _export(self, archive: Path) -> None:
        picture = self._picture
        if picture is None:
            return
        if not Path(picture.source).is_dir():
            raise BadInputError(picture.source, text("it is an archive already"), text("copy the file"))
        self._picture = replace(picture, doing=text("writing {path}", path=archive.name))
        written = export_audit(Path(picture.source), archive)
        note = text("{file}: {records} records", file=archive.name, records=written.records)
        self._picture = replace(picture, note=note)
