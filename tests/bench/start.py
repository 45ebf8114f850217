"""Start-up: from the command until the window shows every account, on a market of 10,000 contracts."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from terminal.app import Terminal, run_terminal
from terminal.pipeline import Endpoints
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.measure import Figure

CONTRACTS, RUNS = 10_000, 3
EXCHANGE = ("--accounts", "200", "--quotes", "1000", "--fills", "2", "--seed", "7")
LEAST = "import numba, numpy, zmq, msgspec; from PySide6 import QtWidgets; QtWidgets.QApplication([])"
"""What no start can do without: the libraries and an application."""


def figures() -> list[Figure]:
    """start_s."""
    from tests.bench.large_files import write_positional  # noqa: PLC0415 - not in the measured process

    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            file = Path(name, "market.pa2")
            write_positional(file, CONTRACTS)
            # A clearing house whose rounding is known, or nobody could be margined.
            file.write_text(file.read_text("ascii").replace("0 LARGE", "0 CME  ", 1), encoding="ascii")
            least = min(_seconds([sys.executable, "-c", LEAST]) for _ in range(RUNS))
            taken = _starts(file, Path(name))
    finally:
        display.stop()
    bound = f"{least:.2f} s to import the libraries and make an application; first start {taken[0]:.2f} s"
    return [Figure("start_s", sorted(taken)[len(taken) // 2], "s", 2.5, bound)]


def _starts(file: Path, folder: Path) -> list[float]:
    command = [sys.executable, "-m", "feeds.simulator", "--exit-with-parent", "--parameters", str(file), *EXCHANGE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as exchange:
        assert exchange.stdout is not None
        assert exchange.stdin is not None
        said = exchange.stdout.readline()
        probe = [sys.executable, "-m", "tests.bench.start", str(file), str(folder / "layout.json"), said]
        # One that does not count fills the caches, as yesterday's start did.
        taken = [_seconds(probe) for _ in range(RUNS + 1)][1:]
        exchange.stdin.close()
        exchange.wait(10)
    return taken


def _seconds(command: list[str]) -> float:
    # An installed program has its modules compiled, whatever the shell of the bench says.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, timeout=120, env={**environment, "QT_LOGGING_RULES": "*=false"})
    return time.perf_counter() - start


async def _until_usable(app: QApplication, file: Path, layout: Path, ends: Endpoints) -> int:
    from feeds.clock import SystemClock  # noqa: PLC0415 - as the command imports it, when it is wanted
    from terminal.connect import desk_setup  # noqa: PLC0415
    from terminal.settings import Settings  # noqa: PLC0415

    settings = Settings(language="en")
    terminal = Terminal(app, settings, SystemClock(), layout)
    terminal.show()
    terminal.connect_desk(desk_setup(settings, file, None, ends))
    usable = asyncio.get_running_loop().create_future()
    look = QTimer(interval=5)
    window = terminal.window
    look.timeout.connect(lambda: None if usable.done() or window.accounts.is_empty else usable.set_result(None))
    look.start()
    await usable
    window.accounts.tree.viewport().repaint()
    # What follows is the end, not the start.
    os._exit(0)


def main(file: str, layout: str, said: str) -> None:
    """The process that is measured."""
    ends = json.loads(said)
    endpoints = Endpoints(ends["positions"], ends["snapshots"], ends["quotes"])
    run_terminal(lambda app: _until_usable(app, Path(file), Path(layout), endpoints))


if __name__ == "__main__":
    main(*sys.argv[1:])
