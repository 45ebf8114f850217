"""A terminal on a real sample exchange process, driven from a test in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.snapshot import FeedState
from feeds.clock import SECOND, SystemClock
from terminal import aio
from terminal.app import Terminal
from terminal.demo import ExchangeProcess
from terminal.desk_setup import DeskSetup
from terminal.limit_versions import LimitSource
from terminal.pipeline import Endpoints, View
from terminal.settings import Settings
from terminal.stress_watch import StressSource

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "market.spn"
SMALL = ("--accounts", "12", "--positions", "8", "--quotes", "2000", "--fills", "0", "--seed", "5")
PATIENCE = 40.0


async def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for a condition; a test fails that waits for longer than ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        await asyncio.sleep(0.01)


class Stage:
    """Window, desk and exchange; everything ends with `close`. The exchange trades the desk's market if not another."""

    def __init__(
        self,
        app: QApplication,
        folder: Path,
        parameters: Path = SAMPLE,
        traded: Path | None = None,
        limits: LimitSource | None = None,
        stress: StressSource | None = None,
    ) -> None:
        self.parameters = parameters
        self.limits, self.stress = limits or LimitSource(), stress or StressSource()
        self.traded = traded or parameters
        self.endpoints: Endpoints | None = None
        self.exchanges: list[ExchangeProcess] = []
        self.terminal = Terminal(app, Settings(language="en"), SystemClock(), folder / "layout.json")
        self.window = self.terminal.window
        self.window.resize(1600, 900)
        self.terminal.show()

    def start_exchange(self, *options: str) -> ExchangeProcess:
        """Start an exchange; the first one that is ready is what the desk connects to."""
        exchange = ExchangeProcess(self.traded, options or SMALL)
        exchange.ready.connect(self._on_ready)
        self.exchanges.append(exchange)
        exchange.start()
        return exchange

    def connect(self, endpoints: Endpoints) -> None:
        """Connect the desk to publishers."""
        lines = Settings().lines.lines()
        setup = DeskSetup(self.parameters, None, endpoints, lines, 15 * SECOND, limits=self.limits, stress=self.stress)
        self.terminal.connect_desk(setup)

    def view(self) -> View | None:
        """The newest view of the desk."""
        return self.terminal.desk.view() if self.terminal.desk is not None else None

    def feed_states(self) -> set[FeedState]:
        """States of the feeds as the desk sees them."""
        view = self.view()
        return {feed.state for feed in view.snapshot.feeds} if view is not None else set()

    async def live(self) -> None:
        """Wait until the window takes keys, both feeds are live and an account is shown in full."""
        await until(self.window.isActiveWindow, "the active window")
        await until(lambda: self.feed_states() == {FeedState.LIVE}, "live feeds")
        await until(lambda: (view := self.view()) is not None and view.detail is not None, "an account in full")

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        QTest.keyClicks(self.focused(), text)

    def press(self, key: Any, modifiers: Any = None) -> None:
        """Press a key."""
        if modifiers is None:
            QTest.keyClick(self.focused(), key)
        else:
            QTest.keyClick(self.focused(), key, modifiers)

    def focused(self) -> Any:
        """The widget that keys go to."""
        return QApplication.focusWidget() or self.window

    def close(self) -> None:
        """End everything."""
        self.terminal.shut_down()
        for exchange in self.exchanges:
            exchange.stop()

    def _on_ready(self, endpoints: Endpoints) -> None:
        if self.endpoints is None:
            self.endpoints = endpoints
            self.connect(endpoints)


def play(app: QApplication, folder: Path, scene: Callable[[Stage], Coroutine[Any, Any, None]], **more: Any) -> None:
    """Run ``scene`` on a stage of its own."""

    async def main() -> None:
        stage = Stage(app, folder, **more)
        try:
            await scene(stage)
        finally:
            stage.close()

    aio.run(app, main())
    app.processEvents()
