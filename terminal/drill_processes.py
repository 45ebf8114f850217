"""The processes of a drill: server processes of ours, started without a window and ended with their parent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from engine.text import Text, UserFacingError, text

START: Final = 120.0
"""Seconds that a process has to say that it is there."""
END: Final = 20.0
"""Seconds that it has to end by itself."""


class ServerProcess:
    """Runs a module of ours with ``--exit-with-parent``; what it complains of goes into a file.

    Args:
        module: Run by Python's ``-m``.
        arguments: Its arguments.
        name: What it is called in messages.
        log: The file.
    """

    def __init__(self, module: str, arguments: Sequence[str], name: Text, log: Path) -> None:
        self._name, self._log = name, log
        command = [sys.executable, "-m", module, *arguments, "--exit-with-parent"]
        with log.open("wb") as complaints:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="announcement")
        self._line: Future[str] = self._reader.submit(self._read_line)

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def said(self) -> Mapping[str, str]:
        """What it announces once it is there.

        Raises:
            UserFacingError: It has ended, or does not say anything in time.
        """
        try:
            line = self._line.result(START)
        except TimeoutError:
            raise UserFacingError(text("{name} does not start in time", name=self._name)) from None
        if not line:
            self.stop()
            self.check()
        said: Mapping[str, str] = json.loads(line)
        return said

    def tell(self, line: bytes) -> None:
        """Say a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.decode() + "\n")
        self._process.stdin.flush()

    def check(self) -> None:
        """See that it is running.

        Raises:
            UserFacingError: It has ended; says why.
        """
        if self._process.poll() is None:
            return
        complaints = self._log.read_text("utf-8", errors="replace").strip().splitlines()
        last = complaints[-1] if complaints else f"status {self._process.returncode}"
        raise UserFacingError(text("{name} has ended: {reason}", name=self._name, reason=last))

    def stop(self) -> None:
        """End it: ask, and after a while insist."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(END)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._reader.shutdown(wait=True)
        self._process.stdout.close()
