"""Perspectives: from the key until the other docks are painted, on a window full of figures."""

from __future__ import annotations

import time

from PySide6.QtGui import QPixmap

from engine.decision import Order
from terminal.app import make_application
from terminal.virtual_display import VirtualDisplay, has_display
from tests.bench.measure import Figure, percentile
from tests.widgets import sample_results
from tests.widgets.concentration.generated_desk import desk
from widgets.theme import apply_theme, load_theme
from widgets.window import MainWindow
from widgets.workspace import views
from widgets.workspace.perspectives import Perspective

ACCOUNTS, ROUNDS = 2_000, 8


def figures() -> list[Figure]:
    """perspective_ms."""
    display = VirtualDisplay()
    if not has_display():
        display.start()
    try:
        return [_perspectives()]
    finally:
        display.stop()


def _perspectives() -> Figure:
    app = make_application()
    theme = load_theme("dark")
    apply_theme(app, theme)
    window = _filled_window(MainWindow(theme))
    app.processEvents()
    moved = window.docks["accounts"]
    taken: list[float] = []
    for round_ in range(ROUNDS):
        for perspective in (Perspective.RISK_OFFICER, Perspective.DESK_HEAD, Perspective.TRADER):
            start = time.perf_counter()
            window.workspace.switch(perspective)
            app.processEvents()
            if round_:
                taken.append((time.perf_counter() - start) * 1e3)
        # Half of the rounds on layouts that a person has changed: those are restored and not laid out.
        if round_ == ROUNDS // 2:
            for perspective in Perspective:
                window.workspace.switch(perspective)
                moved.close()
                window.commands["view_accounts"].action.trigger()
                app.processEvents()
    painting = _milliseconds_to_paint(window)
    window.close()
    window.deleteLater()
    bound = f"{painting:.1f} ms to paint the same window once; worst {max(taken):.1f} ms ({ACCOUNTS:,} accounts)"
    return Figure("perspective_ms", percentile(taken, 50), "ms", 100, bound)


def _filled_window(window: MainWindow) -> MainWindow:
    window.resize(1920, 1080)
    window.show()
    window.set_directory(sample_results.directory())
    window.show_snapshot(sample_results.snapshot(ACCOUNTS))
    window.accounts.choose("Meridian Macro II")
    window.show_detail(sample_results.detail())
    window.view(views.CONCENTRATION).show_picture(desk())
    window.ticket.add_order(Order(sample_results.CRUDE, 120))
    return window


def _milliseconds_to_paint(window: MainWindow) -> float:
    picture, taken = QPixmap(window.size()), []
    for _ in range(5):
        start = time.perf_counter()
        window.render(picture)
        taken.append((time.perf_counter() - start) * 1e3)
    return min(taken)
