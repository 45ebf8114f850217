"""`palisade demo`: the sample exchange as a process of its own, and the terminal on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path
from typing import Final, TextIO

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication

from engine.decision import Order
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.snapshot import AccountTable
from engine.text import BadInputError, Text, text
from feeds.clock import SystemClock
from terminal import aio
from terminal.app import Terminal, close_on_signals, run_terminal
from terminal.catalogue import language_of, translator
from terminal.child_process import ChildProcess
from terminal.desk_setup import DeskSetup, desk_setup
from terminal.pipeline import Endpoints
from terminal.scenes.scene import Scene
from terminal.settings import LimitSettings, Settings, read_settings, settings_file
from terminal.virtual_display import VirtualDisplay, has_display

SHOWN_SECONDS: Final = 20
"""How long the demo runs where nobody can see it."""
PICTURE: Final = Path("build/demo.png")
EXCHANGE: Final = ("--accounts", "200", "--quotes", "5000", "--fills", "8", "--seed", "7")


class ExchangeProcess(ChildProcess):
    """The sample exchange in a process of its own."""

    ready = Signal(object)
    """Its `Endpoints`, once it publishes."""

    def __init__(self, parameters: Path, options: tuple[str, ...] = EXCHANGE) -> None:
        super().__init__("feeds.simulator", ["--parameters", str(parameters), *options], text("the sample exchange"))
        self.said.connect(self._on_said)

    @Slot(object)
    def _on_said(self, said: Mapping[str, str]) -> None:
        self.ready.emit(Endpoints(said["positions"], said["snapshots"], said["quotes"]))


def run(parameters: Path | None, journal: Path | None = None, scene: str | None = None) -> int:
    """Show the demo; without a display for a while on a virtual one, leaving a picture.

    Args:
        parameters: Parameter file, or None for the bundled sample market.
        journal: Folder into which the feeds are recorded; None for not at all.
        scene: One of `terminal.scenes.SCENES`, or None for the exchange alone.

    Returns:
        Exit status.

    Raises:
        BadInputError: Bad settings, no such file, or no display and no virtual one.
    """
    settings = read_settings(settings_file())
    with resources.as_file(resources.files("resources")) as folder:
        sample = folder / "sample"
        file = parameters or sample / "market.spn"
        if not file.is_file():
            raise BadInputError(str(file), text("the file does not exist"), text("give the path of a parameter file"))

        def show(app: QApplication, *, seen: bool) -> Coroutine[None, None, int]:
            played = _load(scene, folder) if scene is not None else None
            return _show(app, demo_settings(settings, sample, played), file, journal, played, seen=seen)

        if has_display():
            return run_terminal(lambda app: show(app, seen=True))
        display = VirtualDisplay()
        display.start()
        try:
            return run_terminal(lambda app: show(app, seen=False))
        finally:
            display.stop()


def _load(name: str, folder: Path) -> Scene:
    module = import_module(f"terminal.scenes.{name.replace('-', '_')}")
    played: Scene = module.scene(folder / "scenes", folder / "sample")
    return played


def demo_settings(settings: Settings, sample: Path, scene: Scene | None = None) -> Settings:
    """The settings with the scene's limits, or with the sample market's where they name none."""
    if scene is not None:
        limits = LimitSettings(str(scene.setting.limits), str(scene.setting.reference))
    elif settings.limits.file:
        return settings
    else:
        limits = LimitSettings(str(sample / "limits.toml"), str(sample / "reference.toml"))
    return msgspec.structs.replace(settings, limits=limits)


async def _show(
    app: QApplication, settings: Settings, parameters: Path, journal: Path | None, scene: Scene | None, *, seen: bool
) -> int:
    terminal = Terminal(app, settings, SystemClock())
    close_on_signals(terminal)
    exchange = ExchangeProcess(parameters, scene.setting.exchange if scene is not None else EXCHANGE)
    exchange.ready.connect(lambda ends: terminal.connect_desk(demo_setup(settings, parameters, ends, journal)))
    if scene is not None:
        exchange.said.connect(lambda said: scene.start(terminal, parameters, said))
    failures: list[Text] = []
    exchange.failed.connect(failures.append)
    exchange.failed.connect(terminal.window.show_problem)
    terminal.show()
    terminal.window.show_progress(text("starting the sample exchange"))
    exchange.start()
    if not seen:
        aio.spawn(_perform(terminal, failures, scene), "demo")
    try:
        await terminal.closed
    finally:
        terminal.shut_down()
        if scene is not None:
            scene.stop()
            failures += scene.failures
        exchange.stop()
    for failure in failures:
        _say(sys.stderr, failure)
    return 1 if failures else 0


def demo_setup(settings: Settings, parameters: Path, endpoints: Endpoints, journal: Path | None = None) -> DeskSetup:
    """A demo's parameters are old by design: no warning of their age."""
    return replace(desk_setup(settings, parameters, None, endpoints), max_age_days=None, journal=journal)


def _near_its_limit(accounts: AccountTable) -> str:
    """The account that comes closest to nine tenths of its equity in margin, so that moving prices leave it there."""
    below = [row for row in range(len(accounts)) if NOT_COMPUTABLE < accounts.ratio[row] < RATIO * 9 // 10]
    row = max(below, key=lambda row: int(accounts.ratio[row]), default=0)
    return accounts.names[row]


def _say(stream: TextIO, sentence: Text) -> None:
    stream.write(f"{sentence.translated(translator(language_of(os.environ)))}\n")


async def _perform(terminal: Terminal, failures: list[Text], scene: Scene | None) -> None:
    """What a person would do: look at an account near its limit, try an order; then take a picture and close.

    In a scene others do that, and it has to come to its end in time.
    """
    window, clock = terminal.window, asyncio.get_running_loop()
    window.resize(1920, 1080)
    seconds = SHOWN_SECONDS if scene is None else scene.setting.seconds
    deadline = clock.time() + seconds
    chosen, asked = "", scene is not None
    while clock.time() < deadline and not failures and not (scene is not None and (scene.over or scene.failures)):
        await asyncio.sleep(0.2)
        view = terminal.desk.view() if terminal.desk is not None else None
        if view is None or not len(view.snapshot.accounts):
            continue
        if not chosen and not asked:
            chosen = _near_its_limit(view.snapshot.accounts)
            window.accounts.choose(chosen)
        elif not asked and view.detail is not None and view.detail.account == chosen:
            line = max(view.detail.positions, key=lambda line: line.margin)
            quantity = max(2, abs(line.net) // 5)
            window.ticket.add_order(Order(line.contract, quantity if line.net > 0 else -quantity))
            asked = True
    if scene is not None and not scene.over and not scene.failures:
        failures.append(text("the scene has not come to its end within {seconds} s", seconds=seconds))
    if not failures:
        PICTURE.parent.mkdir(exist_ok=True)
        window.grab().save(str(PICTURE))
        ran = round(clock.time() - deadline + seconds)
        _say(sys.stdout, text("no display: ran for {seconds} s on a virtual one", seconds=ran))
        _say(sys.stdout, text("picture saved as {file}", file=PICTURE))
    terminal.request_close()
