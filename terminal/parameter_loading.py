"""Reads a parameter file and compares it with the version in force, in a thread of its own: no figure waits for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.span.comparison import Comparison, compare
from engine.span.progress import CancelledError
from engine.text import Text, UserFacingError, text
from engine.versions import Loading
from terminal.parameter_version import ParameterVersion

LONG: Final = 4 << 20
"""Bytes of a parameter file from which on reading takes long enough to show how far it has come."""


@dataclass(frozen=True, slots=True)
class Order:
    """A file to read.

    Attributes:
        path: The file.
        convention: Name of a convention, or None for the clearing organisation's own.
        in_force: The version to compare it with.
        asked_for: Whether a person asked for it.
        kept: SHA-256 of what the cache is to give in place of the file: the version before, to have it at hand.
    """

    path: Path
    convention: str | None
    in_force: ParameterVersion
    asked_for: bool
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of an order: a version with its comparison, or the trouble with the file."""

    order: Order
    version: ParameterVersion | None
    problem: Text | None = None
    cancelled: bool = False
    since: Comparison | None = None
    """What has changed since a version that the cache gave, until the one in force."""


class ParameterLoader:
    """One file at a time. Every method is called by the one thread that owns this; the reading runs in another.

    Args:
        folder: Where the parameter cache is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._job: _Job | None = None
        self._ending: list[_Job] = []

    @property
    def order(self) -> Order | None:
        """What is being read."""
        return self._job.order if self._job is not None else None

    @property
    def loading(self) -> Loading | None:
        """How far it has come."""
        return self._job.loading if self._job is not None else None

    def start(self, order: Order) -> None:
        """Begin to read; what is being read is let go."""
        self._ending = [job for job in self._ending if job.is_running]
        if self._job is not None:
            self._job.cancel()
            self._ending.append(self._job)
        self._job = _Job(order, self._folder)
        self._job.start()

    def cancel(self) -> None:
        """End the reading; `take` tells."""
        if self._job is not None:
            self._job.cancel()

    def take(self) -> Loaded | None:
        """What became of the order, once."""
        if self._job is None or self._job.loaded is None:
            return None
        loaded, self._job = self._job.loaded, None
        return loaded

    def close(self, seconds: float) -> None:
        """End all reading, and wait for it to end, up to ``seconds`` for each thread."""
        for job in (*self._ending, *([self._job] if self._job is not None else [])):
            job.cancel()
            job.join(seconds)


class _Job:
    """One order and the thread that carries it out."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.order = order
        self.loading = Loading(order.path.name)
        self.loaded: Loaded | None = None
        self._folder = folder
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parameters", daemon=True)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        self._cancelled.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        order = self.order
        # Should this end by a bug, threading.excepthook logs it, and whoever waits is told.
        loaded = Loaded(order, None, text("reading {file} has failed: see the log", file=order.path.name))
        try:
            loaded = self._load(order)
        except CancelledError as error:
            loaded = Loaded(order, None, error.message, cancelled=True)
        except UserFacingError as error:
            loaded = Loaded(order, None, error.message)
        finally:
            self.loaded = loaded

    def _load(self, order: Order) -> Loaded:
        if order.kept:
            return self._take_from_cache(order)
        version = ParameterVersion.load(order.path, order.convention, self._on_read, self._folder)
        if version.origin.sha256 == order.in_force.origin.sha256:
            return Loaded(order, version)
        if self._cancelled.is_set():
            raise CancelledError(order.path.name)
        comparison = compare(order.in_force.parameters, version.parameters)
        return Loaded(order, replace(version, comparison=comparison))

    def _take_from_cache(self, order: Order) -> Loaded:
        """The version before the one in force, which is compared with it."""
        version = ParameterVersion.kept(order.kept, order.convention, self._folder)
        if version is None:
            return Loaded(order, None)
        return Loaded(order, version, since=compare(version.parameters, order.in_force.parameters))

    def _on_read(self, done: int, total: int) -> bool:
        if total >= LONG:
            self.loading = replace(self.loading, share=done / total)
        return not self._cancelled.is_set()
