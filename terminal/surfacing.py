"""The surfacing thread: surfaces and landscapes, computed beside desk and window on the newest state of the desk.

The window leaves what it wants to see, the newest wins; the desk's view brings a state some ten times a second. A
surface is computed again when the state is a newer one, as often as leaves most of the time to everybody else.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Final

from engine.classification import Classification
from engine.instruments import Universe
from engine.landscape import landscape
from engine.reference import Reference
from engine.scenarios.model import ScenarioModel
from engine.state import DeskState
from engine.surface import Height, Landscape, SurfacePicture, SurfaceQuestion
from engine.surface_grids import surface
from feeds.clock import MILLISECOND, Clock
from terminal.parameter_version import ParameterVersion
from terminal.pipeline import View

PERIOD: Final = 500 * MILLISECOND
"""Time between two surfaces that only newer figures call for."""
SHARE: Final = 4
"""A surface that takes long is computed so much less often: one part of this many of the time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks at: a surface, a landscape, both or neither."""

    question: SurfaceQuestion | None = None
    height: Height | None = None


class Surfacing:
    """The thread, and the places where it and the window leave things for each other.

    Args:
        clock: Time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._wanted = Wanted()
        self._view: View | None = None
        self._stopping = False
        self._picture: SurfacePicture | None = None
        self._landscape: Landscape | None = None
        self._model: tuple[ParameterVersion, ScenarioModel] | None = None
        self._thread = threading.Thread(target=self._run, name="surfacing", daemon=True)

    # Called by the window's thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread after what it computes now; False where it did not stop in time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def ask(self, question: SurfaceQuestion | None) -> None:
        """Compute this surface from now on, anew with newer figures; None for none."""
        self._want(replace(self._wanted, question=question))

    def ask_landscape(self, height: Height | None) -> None:
        """Compute this landscape from now on, anew with newer figures; None for none."""
        self._want(replace(self._wanted, height=height))

    def take(self, view: View) -> None:
        """Compute on this view's state from now on."""
        if view is not self._view:
            with self._changed:
                self._view = view
                self._changed.notify()

    def picture(self) -> SurfacePicture | None:
        """The newest surface, the same object until there is a newer one."""
        return self._picture

    def landscape(self) -> Landscape | None:
        """The newest landscape, likewise."""
        return self._landscape

    def _want(self, wanted: Wanted) -> None:
        if wanted != self._wanted:
            with self._changed:
                self._wanted = wanted
                self._changed.notify()

    # Runs in the surfacing thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        asked, due = Wanted(), 0
        computed: View | None = None
        while True:
            with self._changed:
                while not self._stopping and not self._is_due(asked, due, computed):
                    self._changed.wait(self._pause(due, computed))
                if self._stopping:
                    return
                wanted, view = self._wanted, self._view
            if view is None:
                continue
            started = self._clock.monotonic_ns()
            self._compute(wanted, asked, view, news=view is not computed)
            cost = self._clock.monotonic_ns() - started
            asked, computed = wanted, view
            due = started + max(PERIOD, SHARE * cost)

    def _is_due(self, asked: Wanted, due: int, computed: View | None) -> bool:
        """Whether something else is wanted, or the time has come for newer figures of the same."""
        if self._view is None or self._wanted == Wanted():
            return False
        if self._wanted != asked:
            return True
        return self._view is not computed and self._clock.monotonic_ns() >= due

    def _pause(self, due: int, computed: View | None) -> float | None:
        """Seconds to wait for news, None until there are any."""
        waits = self._view is not None and self._view is not computed and self._wanted != Wanted()
        return max(0.001, (due - self._clock.monotonic_ns()) / 1e9) if waits else None

    def _compute(self, wanted: Wanted, asked: Wanted, view: View, *, news: bool) -> None:
        state, model = view.state, self._model_of(view)
        as_of = view.snapshot.as_of
        if wanted.question is not None and (news or wanted.question != asked.question):
            self._picture = self._surface(state, model, wanted.question, as_of)
        if self._wanted.question != wanted.question:
            # A person waits for another surface already.
            return
        if wanted.height is not None and (news or wanted.height is not asked.height):
            self._landscape = landscape(state, model, wanted.height, as_of)

    def _surface(self, state: DeskState, model: ScenarioModel, question: SurfaceQuestion, as_of: int) -> SurfacePicture:
        started = self._clock.monotonic_ns()
        picture = surface(state, model, question, as_of)
        return replace(picture, elapsed=self._clock.monotonic_ns() - started)

    def _model_of(self, view: View) -> ScenarioModel:
        """What the version in force gives for revaluation, laid out when it is first needed."""
        if self._model is None or self._model[0] is not view.version:
            parameters = view.version.parameters
            # A universe of its own: the desk's grows in another thread.
            classification = Classification.of(Universe(parameters), parameters, Reference())
            self._model = view.version, ScenarioModel(parameters, classification)
        return self._model[1]
