"""People, authority and gate behind the pictures, and the patience that live feeds ask of whoever takes them.

A dialog that takes a signature closes by itself where a feed is lost, on a busy machine too. That is no mistake of the
picture: the step is taken again, and what cannot be had in the end is named.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtWidgets import QDialog

from engine.snapshot import FeedState
from engine.text import Text
from terminal.app import Terminal
from terminal.station import StationSetup
from tests.end_to_end.forced_close import Processes
from tests.screens.scenes import until
from widgets.approvals.passphrase_dialog import PassphraseDialog
from widgets.workspace.views import APPROVALS

PATIENCE: Final = 30.0
ATTEMPTS: Final = 4
Kind = TypeVar("Kind", bound=QDialog)


class SceneError(Exception):
    """A picture cannot be taken; says which and why."""


class ClosedError(Exception):
    """A dialog has closed by itself while it was to be pictured."""


class Cast:
    """Authority, executor gate and three people with keys, on the exchange of a running terminal.

    Args:
        folder: For keys and record stores.
        exchange: Where the exchange listens.
    """

    def __init__(self, folder: Path, exchange: Mapping[str, object]) -> None:
        self._folder, self._processes = folder, Processes(folder)
        self._authority = self._processes.authority()
        self._founding = self._processes.found_people(self._authority["authority"])
        self._processes.executor(dict(exchange), self._authority, self._founding)

    @property
    def store(self) -> Path:
        """The authority's records."""
        return self._folder / "authority"

    async def seat(self, terminal: Terminal, person: str) -> None:
        """Have a person sit down at the window."""
        key, founding = self._folder / f"{person}.key", bytes.fromhex(self._founding)
        terminal.join_authority(StationSetup(self._authority["authority"], key, f"station of the {person}", founding))
        view = terminal.window.view(APPROVALS)

        def seated() -> bool:
            picture = view.model.picture
            live = picture is not None and picture.state is FeedState.LIVE and picture.executor
            return live and view.person == person and bool(view.roles)

        await expect(seated, f"the {person} at the window")

    def close(self) -> None:
        """End the processes."""
        self._processes.close()


class Watched:
    """A dialog on screen, and why it has closed by itself, if it has."""

    def __init__(self, dialog: PassphraseDialog) -> None:
        self._why: Text | None = None
        self._name = dialog.heading.text()
        dialog.ended.connect(self._on_ended)

    def check(self) -> None:
        """Raise ClosedError where it has closed by itself: nothing of it may be touched any more."""
        if self._why is not None:
            raise ClosedError(f"{self._name!r} has closed by itself: {self._why}")

    def _on_ended(self, why: Text) -> None:
        self._why = why


async def expect(condition: Callable[[], object], what: str, watched: Watched | None = None) -> None:
    """Wait for a condition.

    Raises:
        SceneError: It does not come true in time.
        ClosedError: The dialog that it is about closed by itself.
    """

    def met() -> object:
        if watched is not None:
            watched.check()
        return condition()

    if not await until(met, PATIENCE):
        raise SceneError(f"waited {PATIENCE:.0f} s in vain for: {what}")


async def patiently(terminal: Terminal, step: Callable[[], Awaitable[None]]) -> None:
    """Take a step, and again where a dialog closed by itself meanwhile. Raises SceneError after the last attempt."""
    for attempt in range(1, ATTEMPTS + 1):
        await expect(lambda: is_live(terminal), "live feeds")
        try:
            return await step()
        except ClosedError as error:
            if attempt == ATTEMPTS:
                raise SceneError(f"{error}; {ATTEMPTS} attempts") from error
            sys.stderr.write(f"{error}; taken again\n")
    return None


def is_live(terminal: Terminal) -> bool:
    """Whether every feed and the line to the authority are LIVE."""
    view = terminal.desk.view() if terminal.desk is not None else None
    picture = terminal.window.view(APPROVALS).model.picture
    line = picture is not None and picture.state is FeedState.LIVE
    return line and view is not None and view.snapshot.authoritative


def opened(terminal: Terminal, kind: type[Kind]) -> Kind | None:
    """The dialog of a kind that is on screen."""
    return next((each for each in terminal.window.findChildren(kind) if each.isVisible()), None)


async def shown(terminal: Terminal, kind: type[Kind]) -> Kind:
    """The same, as soon as there is one."""
    await expect(lambda: opened(terminal, kind) is not None, kind.__name__)
    dialog = opened(terminal, kind)
    assert dialog is not None
    return dialog
