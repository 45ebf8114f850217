"""What the docks ask of the desk, and which of its results each is given: a new dock adds its lines here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.snapshot import Arrays
from terminal.desk import Desk
from terminal.pipeline import View
from widgets.window import MainWindow
from widgets.workspace import views


@dataclass(frozen=True, slots=True)
class Drawn:
    """One result of the desk's view and what draws it, whenever another object stands there.

    Attributes:
        field: Name of the result in the desk's `View`.
        draw: Shows it; a dock's own view is ``window.view(views.NAME)``.
        none: Whether None is news as well, and not only the absence of any.
    """

    field: str
    draw: Callable[[MainWindow, Any], None]
    none: bool = False


DRAWN: Final = (
    Drawn("detail", MainWindow.show_detail),
    Drawn("decision", MainWindow.show_decision),
    Drawn("freeing", MainWindow.show_freeing, none=True),
    Drawn("stress", MainWindow.show_stress),
    Drawn("report", lambda window, told: window.banner.say(told)),
    Drawn("concentration", lambda window, picture: window.view(views.CONCENTRATION).show_picture(picture)),
)


def connect_docks(window: MainWindow, desk: Desk) -> None:
    """Let what the window asks reach the desk."""
    window.account_selected.connect(desk.select)
    window.account_selected.connect(desk.stress.look_at)
    window.what_if_requested.connect(desk.ask)
    window.what_if_requested.connect(desk.stress.ask)
    window.arrays_chosen.connect(lambda arrays: desk.use_arrays(Arrays(arrays)))
    window.cancel_requested.connect(desk.cancel_loading)
    concentration = window.view(views.CONCENTRATION)
    concentration.choice_made.connect(desk.watch)
    desk.watch(concentration.wanted)
    window.what_if_requested.connect(concentration.show_request)
    concentration.report_wanted.connect(lambda path: desk.report_to(Path(path)))
    changes = window.changes
    changes.file_chosen.connect(lambda file: desk.versions.load(Path(file)))
    changes.offer_accepted.connect(desk.versions.accept)
    changes.offer_declined.connect(desk.versions.decline)
    changes.return_requested.connect(desk.versions.switch_back)


class Drawing:
    """Hands each result to what draws it, once."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._last: dict[str, object] = {}

    def shown(self, field: str) -> object:
        """The result that was drawn last; None before the first."""
        return self._last.get(field)

    def draw(self, view: View) -> None:
        """Draw what is new in ``view``."""
        for drawn in DRAWN:
            result = getattr(view, drawn.field)
            if result is not self._last.get(drawn.field) and (result is not None or drawn.none):
                self._last[drawn.field] = result
                drawn.draw(self._window, result)
