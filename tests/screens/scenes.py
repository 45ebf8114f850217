"""Every screen of the running terminal: perspectives, each dock for itself, dialogs. A new dock joins by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QWidget

from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.order import Order
from engine.snapshot import AccountTable, FeedState
from terminal.app import Terminal
from widgets.forced_close.view import ForcedCloseView
from widgets.workspace.perspectives import LAYOUTS
from widgets.workspace.views import FORCED_CLOSE, VIEWS

WINDOW: Final = QSize(1600, 900)
DOCK: Final = QSize(1040, 640)
SIZES: Final = {"ticket": QSize(460, 860)}
"""Of docks that are not wide."""
PATIENCE: Final = 8.0
MAY_BE_EMPTY: Final = ("forced_close", "audit", "alerts")
"""Views that are empty as long as nothing has happened; their placeholder is a screen as well."""
PREPARED: Final[Mapping[str, Callable[[Terminal], None]]] = {
    "forced_close": lambda terminal: _plan(terminal.window.view(FORCED_CLOSE)),
}
"""What a person does before a dock has something to show, by the dock's name."""


def _plan(view: ForcedCloseView) -> None:
    view.target.setValue(60.0)
    view.plan_button.click()


@dataclass(frozen=True)
class Shot:
    """One picture, and the widget it was taken of."""

    name: str
    image: QImage
    widget: QWidget


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait for a condition; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def settle() -> None:
    """Let everything that is due be drawn: figures are drawn five times a second."""
    await asyncio.sleep(0.3)


async def ask_something(terminal: Terminal) -> None:
    """What a person would do first: look at an account near its limit and try an order.

    Raises:
        TimeoutError: The desk did not go live.
    """

    def live() -> bool:
        view = terminal.desk.view() if terminal.desk is not None else None
        return (
            view is not None
            and bool(len(view.snapshot.accounts))
            and all(feed.state is FeedState.LIVE for feed in view.snapshot.feeds)
        )

    if not await until(live, 240):
        raise TimeoutError("the desk did not go live")
    view = terminal.desk.view() if terminal.desk is not None else None
    assert view is not None
    account = near_its_limit(view.snapshot.accounts)
    terminal.window.accounts.choose(account)
    await until(lambda: _detail_of(terminal) == account)
    view = terminal.desk.view() if terminal.desk is not None else None
    assert view is not None
    assert view.detail is not None
    line = max(view.detail.positions, key=lambda line: line.margin)
    quantity = max(2, abs(line.net) // 5)
    terminal.window.ticket.add_order(Order(line.contract, quantity if line.net > 0 else -quantity))
    await settle()


def near_its_limit(accounts: AccountTable) -> str:
    """The account that comes closest to nine tenths of its equity in margin."""
    below = [row for row in range(len(accounts)) if NOT_COMPUTABLE < accounts.ratio[row] < RATIO * 9 // 10]
    return accounts.names[max(below, key=lambda row: int(accounts.ratio[row]), default=0)]


async def shots(terminal: Terminal, *, docks: bool = True) -> AsyncIterator[Shot]:
    """Every screen in the language and theme in force, one after the other; each dock for itself only if ``docks``."""
    window = terminal.window
    window.resize(WINDOW)
    window.activateWindow()
    window.commands["view_accounts"].action.trigger()
    for perspective in LAYOUTS:
        window.workspace.switch(perspective)
        window.arrange_docks()
        await until(lambda: not any(_waits(view.objectName(), terminal) for view in window.views if view.isVisible()))
        await settle()
        yield Shot(f"perspective-{perspective}", window.grab().toImage(), window)
    window.workspace.switch(next(iter(LAYOUTS)))
    window.arrange_docks()
    for spec in VIEWS if docks else ():
        window.workspace.show_view(spec)
        dock = window.docks[spec.name]
        dock.setFloating(True)
        dock.resize(SIZES.get(spec.name, DOCK))
        name = spec.name
        PREPARED.get(spec.name, lambda _terminal: None)(terminal)
        await until(lambda name=name: not _waits(name, terminal))  # type: ignore[misc]
        # A view that was hidden asks for its figures anew.
        await until(lambda view=window.workspace.views[name]: not view.band.isVisible(), 3)  # type: ignore[misc]
        await settle()
        yield Shot(f"view-{spec.name}", dock.grab().toImage(), dock)
        dock.setFloating(False)
    window.arrange_docks()
    window.commands["palette"].action.trigger()
    window.palette_.field.setText("cl")
    await settle()
    yield Shot("palette", window.grab().toImage(), window.palette_)
    window.palette_.close_and_return()
    for name in ("keyboard", "settings"):
        window.commands[name].action.trigger()
        await settle()
        dialog = next(each for each in window.findChildren(QDialog) if each.isVisible())
        yield Shot(f"dialog-{name}", dialog.grab().toImage(), dialog)
        dialog.reject()
        await settle()


def _waits(name: str, terminal: Terminal) -> bool:
    view = terminal.window.workspace.views[name]
    return name not in MAY_BE_EMPTY and view.is_empty


def _detail_of(terminal: Terminal) -> str:
    view = terminal.desk.view() if terminal.desk is not None else None
    return view.detail.account if view is not None and view.detail is not None else ""
