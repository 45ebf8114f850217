"""Keeps what parameter files were read into, so that a large file is read once.

A file is known by the SHA-256 of its bytes, whatever it is called. Nothing here fails a load: what cannot be read from
the cache is read from the file, and what cannot be kept is not kept.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import platformdirs

from engine.span.cache import DamagedCacheError, packed, unpacked, version
from engine.span.parameters import ParameterSet
from engine.span.progress import Report
from engine.span.reading import read_parameters
from terminal.parameter_record import recorded

KEPT: Final = 6
"""Files kept: those used last."""
LARGEST: Final = 1 << 31
"""Bytes beyond which a file in the cache is none of ours."""
SUFFIX: Final = ".parameters"

_logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where this user's cache of parameters lives."""
    return Path(platformdirs.user_cache_dir("palisade", appauthor=False)) / "parameters"


def load_parameters(path: Path, progress: Report | None = None, folder: Path | None = None) -> ParameterSet:
    """Parameters of a file: from the cache where it has been read before, else from the file, for the next time.

    Args:
        path: The file.
        progress: As of `read_parameters`; not asked where the cache has the file.
        folder: Where the cache is, by default `cache_folder`.

    Raises:
        BadInputError: The file cannot be opened or is damaged.
        CancelledError: ``progress`` ended the reading.
    """
    folder = folder or cache_folder()
    try:
        before = _identity(path)
        with path.open("rb") as stream:
            source = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        # The reader knows how to say what is wrong with it.
        return read_parameters(path, progress)
    place = _place(folder, source)
    parameters = _kept(place, source)
    if parameters is not None:
        return replace(parameters, origin=replace(parameters.origin, file=path.name))
    parameters = read_parameters(path, progress)
    _keep(parameters, source, place, path, before)
    return parameters


def cached_parameters(source: str, folder: Path | None = None) -> ParameterSet | None:
    """Parameters of the file with SHA-256 ``source`` as it was when last read; None where the cache has them not."""
    return _kept(_place(folder or cache_folder(), source), source)


def _place(folder: Path, source: str) -> Path:
    return folder / f"{source}-{version()}{SUFFIX}"


def _identity(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written or replaced."""
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _kept(place: Path, source: str) -> ParameterSet | None:
    """What the cache has of the file with digest ``source``, or None."""
    try:
        with place.open("rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > LARGEST:
                raise DamagedCacheError("too large")
            content = np.empty(size, dtype=np.uint8)
            filled = 0
            while count := stream.readinto(content.data[filled:]):
                filled += count
        parameters = unpacked(content[:filled], source)
        # So that those used last are kept.
        os.utime(place)
    except FileNotFoundError:
        return None
    except DamagedCacheError as error:
        _logger.info("the cache of parameters is damaged and is built anew: %s: %s", place, error)
        return None
    except OSError as error:
        _logger.info("the cache of parameters cannot be read: %s", error)
        return None
    return parameters


def _keep(parameters: ParameterSet, source: str, place: Path, path: Path, before: tuple[int, int, int]) -> None:
    """Write to a file of its own first, so that nobody ever sees half of it, then let the oldest go."""
    try:
        if _identity(path) != before:
            _logger.info("%s changed while it was read: not kept in the cache", path)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(parameters, source, place)
        _forget_oldest(place.parent)
    except OSError as error:
        _logger.info("the cache of parameters cannot be written: %s", error)


def _write(parameters: ParameterSet, source: str, place: Path) -> None:
    handle, name = tempfile.mkstemp(prefix="unfinished-", suffix=SUFFIX, dir=place.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            for piece in packed(parameters, source):
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


def _forget_oldest(folder: Path) -> None:
    """Keep the files used last and those a desk may fall back on; what a crash left unfinished goes with the rest."""
    needed = recorded(folder)
    for file in sorted(folder.glob(f"*{SUFFIX}"), key=_last_use, reverse=True)[KEPT:]:
        if file.name.partition("-")[0] not in needed:
            file.unlink(missing_ok=True)


def _last_use(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        # Another Palisade was quicker.
        return 0
