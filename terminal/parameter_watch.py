"""Notices that the configured parameter file, or the newest file of the configured folder, is another one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SUFFIXES: Final = (".spn", ".xml", ".pa2", ".gz", ".zip")
"""Endings of the files that count in a folder."""

Identity = tuple[str, int, int, int]


class ParameterWatch:
    """Looks at a file or folder when asked to; no watcher of the system is needed, and network drives work.

    A file counts once it has held still between two looks: until then somebody may be writing it.

    Args:
        place: A file, or a folder whose file written last counts.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self._known: Identity | None = None
        self._moving: Identity | None = None
        self._moves = False

    @property
    def is_missing(self) -> bool:
        """Whether there was no file when last something changed."""
        return self._known is None

    @property
    def file(self) -> Path:
        """The file that counts; the place itself where there is none."""
        return newest(self.place) or self.place

    def take_note(self) -> None:
        """Know the file as it is now."""
        self._known, self._moves = _identity(newest(self.place)), False

    def forget(self) -> None:
        """Count the file as another one at the next looks, although nothing changed."""
        self._known = ("", 0, 0, 0)

    def has_changed(self) -> bool:
        """Whether there is another file, or none any more; says so once."""
        now = _identity(newest(self.place))
        if now == self._known:
            self._moves = False
            return False
        if not self._moves or now != self._moving:
            self._moving, self._moves = now, True
            return False
        self._known, self._moves = now, False
        return True


def newest(place: Path) -> Path | None:
    """``place`` where it is a file; where it is a folder, the parameter file in it written last; else None."""
    try:
        if not place.is_dir():
            return place if place.exists() else None
        files = [file for file in place.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")]
        dated = [(file.stat().st_mtime_ns, file.name, file) for file in files if file.is_file()]
    except OSError:
        # Gone between two calls, or a drive that is away: no file for now.
        return None
    return max(dated)[2] if dated else None


def _identity(file: Path | None) -> Identity | None:
    """What changes when a file is written, replaced or overtaken by a newer one; None without a file."""
    try:
        state = file.stat() if file is not None else None
    except OSError:
        return None
    return (str(file), state.st_ino, state.st_size, state.st_mtime_ns) if state is not None else None
