"""What the Forced close view asks, and what the planning thread answers."""

from __future__ import annotations

from engine.liquidation.plan import Aim, Plan, PlanAnswer
from feeds.clock import Clock
from terminal.pipeline import View
from terminal.planning import Basis, Planning
from terminal.settings import ForcedCloseSettings
from widgets.window import MainWindow
from widgets.workspace import views


class PlanDock:
    """Lives in the GUI thread and owns the planning thread.

    Args:
        window: With the dock.
        clock: Time.
        settings: What the fields of the view begin with.
    """

    def __init__(self, window: MainWindow, clock: Clock, settings: ForcedCloseSettings) -> None:
        self._dock = window.view(views.FORCED_CLOSE)
        self._dock.offer(settings.execution)
        self._planning = Planning(clock)
        self._shown: tuple[PlanAnswer, Basis] | None = None
        self._bases: dict[bool, tuple[tuple[Plan, ...], Basis]] = {}
        self._dock.plan_requested.connect(self._planning.ask)

    def start(self) -> None:
        """Start the thread."""
        self._planning.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread; False where it did not stop in time."""
        return self._planning.stop(seconds)

    def take(self, view: View) -> None:
        """Plan on the newest view when asked, and show what has been found; meant for every frame."""
        self._planning.take(view)
        found = self._planning.answer()
        if found is not None and found is not self._shown:
            self._shown = found
            answer, basis = found
            self._bases[answer.question.drafts is not None] = answer.plans, basis
            self._dock.show_answer(answer)

    def basis_of(self, plan: Plan) -> Basis | None:
        """What a plan was found on; None where it is none of the newest."""
        plans, basis = self._bases.get(plan.aim is Aim.EDITED, ((), None))
        return basis if any(plan is each for each in plans) else None
