"""What the Risk surface and the Risk sandbox ask, and what the surfacing thread answers."""

from __future__ import annotations

from typing import Final

from engine.surface import Landscape, SurfacePicture
from feeds.clock import SECOND, Clock
from terminal.pipeline import View
from terminal.stress_watch import Offered
from terminal.surfacing import SHARE, Surfacing
from widgets.window import MainWindow
from widgets.workspace import views

STALE: Final = 4 * SECOND
"""Age from which on a picture says how old it is, besides the time that computing the next one may take."""
PATIENCE: Final = 2 * (SHARE + 1)
"""How many times the computation of one picture passes until the next one after it is there, at the most."""


class SurfaceDocks:
    """Lives in the GUI thread and owns the surfacing thread.

    Args:
        window: With the two docks.
        clock: Time.
    """

    def __init__(self, window: MainWindow, clock: Clock) -> None:
        self._clock = clock
        self._surface, self._landscape = window.view(views.SURFACE), window.view(views.LANDSCAPE)
        self._view: View | None = None
        self._picture: SurfacePicture | None = None
        self._shown: Landscape | None = None
        self.surfacing = Surfacing(clock)
        self._surface.question_asked.connect(self.surfacing.ask)
        self._landscape.height_asked.connect(self.surfacing.ask_landscape)
        window.what_if_requested.connect(self._surface.show_what_if)
        # What is seen already has asked before anybody listened.
        self.surfacing.ask(self._surface.asked)
        self.surfacing.ask_landscape(self._landscape.asked)

    def start(self) -> None:
        """Start the thread."""
        self.surfacing.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread; False where it did not stop in time."""
        return self.surfacing.stop(seconds)

    def take(self, view: View) -> None:
        """Have pictures computed on the newest view, and show what is ready; meant for every frame."""
        if view is not self._view:
            self._view = view
            self.surfacing.offer(Offered(view.state, view.snapshot.as_of, view.version.parameters, view.reference))
        picture, landscape = self.surfacing.picture(), self.surfacing.landscape()
        if picture is not None and picture is not self._picture:
            self._picture = picture
            self._surface.show_picture(picture)
        if landscape is not None and landscape is not self._shown:
            self._shown = landscape
            self._landscape.show_landscape(landscape)
        self._surface.show_age(self._age(picture) if self._surface.asked is not None else None)
        self._landscape.show_age(self._age(landscape) if self._landscape.asked is not None else None)

    def _age(self, picture: SurfacePicture | Landscape | None) -> int | None:
        """Nanoseconds since the state of a picture that is older than it ought to be."""
        if picture is None:
            return None
        age = self._clock.wall_ns() - picture.as_of
        # Whole seconds: the words would never hold still.
        return age // SECOND * SECOND if age >= STALE + PATIENCE * picture.elapsed else None
