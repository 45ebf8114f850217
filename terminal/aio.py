"""The one place that knows qasync: asyncio on Qt's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import qasync
from PySide6.QtWidgets import QApplication

Result = TypeVar("Result")

_logger = logging.getLogger(__name__)
_tasks: set[asyncio.Task[Any]] = set()


def run(app: QApplication, main: Coroutine[Any, Any, Result]) -> Result:
    """Run ``main`` on a fresh loop on top of ``app``'s; whatever it spawned and left running is cancelled."""
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    try:
        with loop:
            try:
                result: Result = loop.run_until_complete(main)
                return result
            finally:
                left = [task for task in _tasks if not task.done()]
                for task in left:
                    task.cancel()
                if left:
                    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        asyncio.set_event_loop(None)


def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Start ``work`` beside the running task; it is kept until done, and a failure is logged."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _tasks.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[None]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("task %s failed", task.get_name(), exc_info=error)
