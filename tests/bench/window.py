"""Stalls of the running window's event loop: 200 accounts, 10,000 quotes a second, a what-if on screen."""

from __future__ import annotations

import asyncio
import sys
import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from engine.decision import Order
from engine.snapshot import FeedState
from feeds.clock import SECOND, SystemClock
from terminal import aio
from terminal.app import SWITCH, Terminal, make_application
from terminal.demo import ExchangeProcess
from terminal.desk_setup import DeskSetup
from terminal.pipeline import Endpoints
from terminal.settings import Settings
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.large_books import SAMPLE
from tests.bench.measure import Figure, percentile

ACCOUNTS, QUOTES, SECONDS, TICK = 200, 10_000, 20, 5
OPTIONS = ("--accounts", str(ACCOUNTS), "--quotes", str(QUOTES), "--fills", "20", "--seed", "3")


def figures() -> list[Figure]:
    """gui_stall_p99_ms."""
    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        idle = aio.run(make_application(), _idle())
        sys.setswitchinterval(SWITCH)
        stalls = aio.run(make_application(), _measure(make_application()))
    finally:
        display.stop()
    late = percentile(stalls, 99) * 1e3
    bound = f"the same loop idle {percentile(idle, 99) * 1e3:.2f} ms; "
    bound += f"worst {max(stalls) * 1e3:.1f} ms, p50 {percentile(stalls, 50) * 1e3:.2f} ms ({QUOTES} quotes/s)"
    return [Figure("gui_stall_p99_ms", late, "ms", 50, bound)]


class Pulse:
    """A timer that notes by how much each of its ticks comes late."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, now - self._last - TICK / 1e3))
        self._last = now

    def stop(self) -> list[float]:
        self._timer.stop()
        return self.late


async def _idle() -> list[float]:
    pulse = Pulse()
    await asyncio.sleep(2)
    return pulse.stop()


async def _measure(app: QApplication) -> list[float]:
    terminal = Terminal(app, Settings(language="en"), SystemClock())
    exchange = ExchangeProcess(SAMPLE, OPTIONS)
    lines = Settings().lines.lines()

    def connect(endpoints: Endpoints) -> None:
        terminal.connect_desk(DeskSetup(SAMPLE, None, endpoints, lines, 15 * SECOND))

    exchange.ready.connect(connect)
    terminal.window.resize(1920, 1080)
    terminal.show()
    exchange.start()
    try:
        await _until_live(terminal)
        pulse = Pulse()
        await asyncio.sleep(SECONDS)
        return pulse.stop()
    finally:
        terminal.shut_down()
        exchange.stop()


async def _until_live(terminal: Terminal) -> None:
    """Wait for live feeds and a selected account, and ask a what-if as a trader would."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        view = terminal.desk.view() if terminal.desk is not None else None
        if view is None or view.detail is None or not view.detail.positions:
            continue
        if all(feed.state is FeedState.LIVE for feed in view.snapshot.feeds):
            terminal.window.ticket.add_order(Order(view.detail.positions[0].contract, 5))
            return
    raise TimeoutError("the sample exchange did not go live")
