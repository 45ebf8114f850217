"""A process of ours that the window starts and ends: it says what it has to say in lines of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, Signal, Slot

from engine.text import Text, text

PATIENCE = 3_000
"""Milliseconds that a process has to end by itself once its standard input is closed."""


class ChildProcess(QObject):
    """Runs a module of ours with ``--exit-with-parent``, so that it ends with us whatever happens.

    Args:
        module: Run by Python's ``-m``.
        arguments: Its arguments.
        name: What it is called in messages.
    """

    said = Signal(object)
    """A line of JSON, read."""
    failed = Signal(object)
    """A `Text` that says why it ended in trouble, or though it should go on."""
    ended = Signal()
    """It has ended by itself, in order."""

    def __init__(self, module: str, arguments: Sequence[str], name: Text, *, goes_on: bool = True) -> None:
        super().__init__()
        self._name = name
        self._goes_on = goes_on
        self._stopping = False
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        self._process.setArguments(["-m", module, *arguments, "--exit-with-parent"])
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.finished.connect(self._on_finished)

    def start(self) -> None:
        """Start it."""
        self._process.start()

    def stop(self) -> None:
        """End it: ask, and after a while insist."""
        self._stopping = True
        if self._process.state() == QProcess.ProcessState.NotRunning:
            return
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(PATIENCE):
            self._process.kill()
            self._process.waitForFinished(PATIENCE)

    @Slot()
    def _on_output(self) -> None:
        while self._process.canReadLine():
            self.said.emit(json.loads(bytes(self._process.readLine().data())))

    @Slot()
    def _on_finished(self) -> None:
        if self._stopping:
            return
        if (
            not self._goes_on
            and self._process.exitStatus() is QProcess.ExitStatus.NormalExit
            and not self._process.exitCode()
        ):
            self.ended.emit()
            return
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else f"status {self._process.exitCode()}"
        self.failed.emit(text("{name} has ended: {reason}", name=self._name, reason=last))
