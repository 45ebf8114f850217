"""The surfacing thread: surfaces and landscapes, computed beside desk and window on the newest state of the desk.

The window leaves what it wants to see, the newest wins; the desk's views bring a state some ten times a second. A
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
from engine.span.parameters import ParameterSet
from engine.state import DeskState
from engine.surface import Height, Landscape, SurfacePicture, SurfaceQuestion
from engine.surface_grids import surface
from feeds.clock import MILLISECOND, Clock
from terminal.stress_watch import Offered

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
        self._offered: Offered | None = None
        self._stopping = False
        self._picture: SurfacePicture | None = None
        self._landscape: Landscape | None = None
        self._model: ScenarioModel | None = None
        self._made_of: tuple[ParameterSet, Reference] | None = None
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

    def offer(self, offered: Offered) -> None:
        """Compute on this state from now on."""
        with self._changed:
            self._offered = offered
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
        computed: Offered | None = None
        while True:
            with self._changed:
                while not self._stopping and not self._is_due(asked, due, computed):
                    self._changed.wait(self._pause(due, computed))
                if self._stopping:
                    return
                wanted, offered = self._wanted, self._offered
            if offered is None:
                continue
            started = self._clock.monotonic_ns()
            self._compute(wanted, asked, offered, news=offered is not computed)
            cost = self._clock.monotonic_ns() - started
            asked, computed = wanted, offered
            due = started + max(PERIOD, SHARE * cost)

    def _is_due(self, asked: Wanted, due: int, computed: Offered | None) -> bool:
        """Whether something else is wanted, or the time has come for newer figures of the same."""
        if self._offered is None or self._wanted == Wanted():
            return False
        if self._wanted != asked:
            return True
        return self._offered is not computed and self._clock.monotonic_ns() >= due

    def _pause(self, due: int, computed: Offered | None) -> float | None:
        """Seconds to wait for news, None until there are any."""
        waits = self._offered is not None and self._offered is not computed and self._wanted != Wanted()
        return max(0.001, (due - self._clock.monotonic_ns()) / 1e9) if waits else None

    def _compute(self, wanted: Wanted, asked: Wanted, offered: Offered, *, news: bool) -> None:
        state, model = offered.state, self._model_of(offered)
        if wanted.question is not None and (news or wanted.question != asked.question):
            self._picture = self._surface(state, model, wanted.question, offered.as_of)
        if self._wanted.question != wanted.question:
            # A person waits for another surface already.
            return
        if wanted.height is not None and (news or wanted.height is not asked.height):
            started = self._clock.monotonic_ns()
            found = landscape(state, model, wanted.height, offered.as_of)
            self._landscape = replace(found, elapsed=self._clock.monotonic_ns() - started)

    def _surface(self, state: DeskState, model: ScenarioModel, question: SurfaceQuestion, as_of: int) -> SurfacePicture:
        started = self._clock.monotonic_ns()
        picture = surface(state, model, question, as_of)
        return replace(picture, elapsed=self._clock.monotonic_ns() - started)

    def _model_of(self, offered: Offered) -> ScenarioModel:
        """What the version in force gives for revaluation, laid out when it is first needed."""
        parameters, reference = offered.parameters, offered.reference
        made_of = self._made_of
        if self._model is None or made_of is None or made_of[0] is not parameters or made_of[1] is not reference:
            # A universe of its own: the desk's grows in another thread.
            classification = Classification.of(Universe(parameters), parameters, reference)
            self._model, self._made_of = ScenarioModel(parameters, classification), (parameters, reference)
        return self._model
