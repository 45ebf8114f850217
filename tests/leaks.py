"""What a test may leave running or open behind itself: nothing. Takes stock before and after, and names the rest."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import shiboken6
import zmq
from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QStyle

PATIENCE = 1.0
"""Seconds given to what is already ending: a thread between its last line and its exit, a socket that closes."""
SYSTEM_FOLDERS = ("/usr", "/dev", "/proc", "/sys", "/etc", "/var/cache", "/memfd")
"""Where libraries keep files of their own open: fonts, drivers, caches."""

_contexts: weakref.WeakSet[zmq.Context[Any]] = weakref.WeakSet()
_sockets: weakref.WeakSet[zmq.Socket[Any]] = weakref.WeakSet()


def watch_zmq() -> None:
    """Remember every ZeroMQ context and socket made from now on; a second call does nothing."""
    _remember(zmq.Context, _contexts)
    _remember(zmq.Socket, _sockets)


def open_sockets(context: zmq.Context[Any]) -> list[zmq.Socket[Any]]:
    """Sockets of ``context`` that nobody has closed."""
    return [socket for socket in _sockets if socket.context is context and not socket.closed]


def _remember(kind: type, made: weakref.WeakSet[Any]) -> None:
    original: Callable[..., None] = kind.__init__  # type: ignore[misc]
    if hasattr(original, "watched"):
        return

    def remembering(self: object, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        made.add(self)

    remembering.watched = True  # type: ignore[attr-defined]
    kind.__init__ = remembering  # type: ignore[misc]


@dataclass(frozen=True)
class Stock:
    """Everything open or running, by an identity that a later stock can be compared with, and how to name it."""

    things: dict[tuple[object, ...], str]

    @classmethod
    def take(cls) -> Stock:
        """Count what is open and running in this process now."""
        things: dict[tuple[object, ...], str] = {}
        for take in (_threads, _timers, _zmq_objects, _connections, _files, _processes):
            things.update(take())
        return cls(things)

    def left_since(self) -> list[str]:
        """What has come since this stock was taken and will not go away, by name."""
        deadline = time.monotonic() + PATIENCE
        while True:
            _let_go()
            left = [name for identity, name in Stock.take().things.items() if identity not in self.things]
            if not left or time.monotonic() > deadline:
                return left
            threading.Event().wait(0.01)


def _let_go() -> None:
    """Destroy what nobody refers to any more, in Python and in Qt, so that only what is held counts as left."""
    gc.collect()
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _threads() -> dict[tuple[object, ...], str]:
    return {("thread", id(thread)): f"thread {thread.name!r}" for thread in threading.enumerate()}


def _timers() -> dict[tuple[object, ...], str]:
    """Active timers of every living QObject that Python has met: QTimer, startTimer and event loop alike."""
    found: dict[tuple[object, ...], str] = {}
    if QCoreApplication.instance() is None:
        return found
    dispatcher = QAbstractEventDispatcher.instance()
    for wrapper in shiboken6.Shiboken.getAllValidWrappers():
        if isinstance(wrapper, QObject):
            for timer in dispatcher.registeredTimers(wrapper):
                if isinstance(wrapper, QApplication) and timer.interval in _tool_tip_delays():
                    continue
                name = f"timer {wrapper.objectName()!r} of {type(wrapper).__name__} every {timer.interval} ms"
                found["timer", id(wrapper), timer.timerId] = name
    return found


def _tool_tip_delays() -> tuple[int, ...]:
    """Of the timers that the application itself starts when the mouse moves, and that run out by themselves."""
    style = QApplication.style()
    return tuple(
        style.styleHint(hint)
        for hint in (QStyle.StyleHint.SH_ToolTip_WakeUpDelay, QStyle.StyleHint.SH_ToolTip_FallAsleepDelay)
    )


def _zmq_objects() -> dict[tuple[object, ...], str]:
    contexts = [context for context in _contexts if not context.closed and not _is_shadow(context)]
    sockets = [socket for socket in _sockets if not socket.closed and not _is_shadow(socket)]
    found: dict[tuple[object, ...], str] = {("context", id(one)): f"ZeroMQ context {one!r}" for one in contexts}
    found.update({("zmq socket", id(one)): f"ZeroMQ socket {one!r}" for one in sockets})
    return found


def _is_shadow(thing: object) -> bool:
    """Whether a context or socket only borrows what another object owns and closes."""
    return bool(getattr(thing, "_shadow", False))


def _connections() -> dict[tuple[object, ...], str]:
    found: dict[tuple[object, ...], str] = {}
    for connection in psutil.Process().net_connections("all"):
        address = connection.laddr or "unnamed"
        found["socket", connection.fd, str(address)] = f"socket {connection.type.name} {address}"
    return found


def _files() -> dict[tuple[object, ...], str]:
    return {
        ("file", file.fd, file.path): f"file {file.path}"
        for file in psutil.Process().open_files()
        if not file.path.startswith(SYSTEM_FOLDERS)
    }


def _processes() -> dict[tuple[object, ...], str]:
    return {("process", child.pid): f"process {child.pid}" for child in psutil.Process().children()}
