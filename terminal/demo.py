"""`palisade demo`: the sample exchange as a process of its own, and the terminal on it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Final, TextIO

import msgspec
from PySide6.QtCore import QObject, QProcess, Signal, Slot
from PySide6.QtWidgets import QApplication

from engine.decision import Order
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.snapshot import AccountTable
from engine.text import BadInputError, Text, text
from feeds.clock import SystemClock
from terminal import aio
from terminal.app import Terminal, close_on_signals, run_terminal
from terminal.catalogue import language_of, translator
from terminal.desk import DeskSetup
from terminal.desk_setup import desk_setup
from terminal.pipeline import Endpoints
from terminal.settings import LimitSettings, Settings, read_settings, settings_file
from terminal.virtual_display import VirtualDisplay, has_display

SHOWN_SECONDS: Final = 20
"""How long the demo runs where nobody can see it."""
PICTURE: Final = Path("build/demo.png")
EXCHANGE: Final = ("--accounts", "200", "--quotes", "5000", "--fills", "8", "--seed", "7")


class ExchangeProcess(QObject):
    """The sample exchange in a process of its own; it ends with us."""

    ready = Signal(object)
    """Its `Endpoints`, once it publishes."""
    failed = Signal(object)
    """A `Text` that says why it ended by itself."""

    def __init__(self, parameters: Path, options: tuple[str, ...] = EXCHANGE) -> None:
        super().__init__()
        self._stopping = False
        self._process = QProcess(self)
        self._process.setProgram(sys.executable)
        arguments = ["-m", "feeds.simulator", "--exit-with-parent", "--parameters", str(parameters), *options]
        self._process.setArguments(arguments)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.finished.connect(self._on_finished)

    def start(self) -> None:
        """Start it; `ready` or `failed` follows."""
        self._process.start()

    def stop(self) -> None:
        """End it: ask, and after three seconds insist."""
        self._stopping = True
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(3_000):
            self._process.kill()
            self._process.waitForFinished(3_000)

    @Slot()
    def _on_output(self) -> None:
        while self._process.canReadLine():
            said = json.loads(bytes(self._process.readLine().data()))
            self.ready.emit(Endpoints(said["positions"], said["snapshots"], said["quotes"]))

    @Slot()
    def _on_finished(self) -> None:
        if not self._stopping:
            said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
            last = said.splitlines()[-1] if said else f"status {self._process.exitCode()}"
            self.failed.emit(text("the sample exchange has ended: {reason}", reason=last))


def run(parameters: Path | None, journal: Path | None = None) -> int:
    """Show the demo; without a display for 20 seconds on a virtual one, leaving a picture.

    Args:
        parameters: Parameter file, or None for the bundled sample market.
        journal: Folder into which the feeds are recorded; None for not at all.

    Returns:
        Exit status.

    Raises:
        BadInputError: Bad settings, no such file, or no display and no virtual one.
    """
    settings = read_settings(settings_file())
    with resources.as_file(resources.files("resources").joinpath("sample")) as sample:
        file = parameters or sample / "market.spn"
        if not settings.limits.file:
            bundled = LimitSettings(str(sample / "limits.toml"), str(sample / "reference.toml"))
            settings = msgspec.structs.replace(settings, limits=bundled)
        if not file.is_file():
            raise BadInputError(str(file), text("the file does not exist"), text("give the path of a parameter file"))
        if has_display():
            return run_terminal(lambda app: _show(app, settings, file, journal, seen=True))
        display = VirtualDisplay()
        display.start()
        try:
            return run_terminal(lambda app: _show(app, settings, file, journal, seen=False))
        finally:
            display.stop()


async def _show(app: QApplication, settings: Settings, parameters: Path, journal: Path | None, *, seen: bool) -> int:
    terminal = Terminal(app, settings, SystemClock())
    close_on_signals(terminal)
    exchange = ExchangeProcess(parameters)
    exchange.ready.connect(lambda ends: terminal.connect_desk(_setup(settings, parameters, ends, journal)))
    failures: list[Text] = []
    exchange.failed.connect(failures.append)
    exchange.failed.connect(terminal.window.show_problem)
    terminal.show()
    terminal.window.show_progress(text("starting the sample exchange"))
    exchange.start()
    if not seen:
        aio.spawn(_perform(terminal, failures), "demo")
    try:
        await terminal.closed
    finally:
        terminal.shut_down()
        exchange.stop()
    for failure in failures:
        _say(sys.stderr, failure)
    return 1 if failures else 0


def _setup(settings: Settings, parameters: Path, endpoints: Endpoints, journal: Path | None) -> DeskSetup:
    """A demo's parameters are old by design: no warning of their age."""
    return replace(desk_setup(settings, parameters, None, endpoints), max_age_days=None, journal=journal)


def _near_its_limit(accounts: AccountTable) -> str:
    """The account that comes closest to nine tenths of its equity in margin, so that moving prices leave it there."""
    below = [row for row in range(len(accounts)) if NOT_COMPUTABLE < accounts.ratio[row] < RATIO * 9 // 10]
    row = max(below, key=lambda row: int(accounts.ratio[row]), default=0)
    return accounts.names[row]


def _say(stream: TextIO, sentence: Text) -> None:
    stream.write(f"{sentence.translated(translator(language_of(os.environ)))}\n")


async def _perform(terminal: Terminal, failures: list[Text]) -> None:
    """What a person would do: look at an account near its limit, try an order; then take a picture and close."""
    window, clock = terminal.window, asyncio.get_running_loop()
    window.resize(1920, 1080)
    deadline = clock.time() + SHOWN_SECONDS
    chosen, asked = "", False
    while clock.time() < deadline and not failures:
        await asyncio.sleep(0.2)
        view = terminal.desk.view() if terminal.desk is not None else None
        if view is None or not len(view.snapshot.accounts):
            continue
        if not chosen:
            chosen = _near_its_limit(view.snapshot.accounts)
            window.accounts.choose(chosen)
        elif not asked and view.detail is not None and view.detail.account == chosen:
            line = max(view.detail.positions, key=lambda line: line.margin)
            quantity = max(2, abs(line.net) // 5)
            window.ticket.add_order(Order(line.contract, quantity if line.net > 0 else -quantity))
            asked = True
    if not failures:
        PICTURE.parent.mkdir(exist_ok=True)
        window.grab().save(str(PICTURE))
        _say(sys.stdout, text("no display: ran for {seconds} s on a virtual one", seconds=SHOWN_SECONDS))
        _say(sys.stdout, text("picture saved as {file}", file=PICTURE))
    terminal.request_close()
