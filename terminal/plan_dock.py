"""What the Forced close view asks, and what the planning thread answers."""

from __future__ import annotations

from engine.liquidation.plan import PlanAnswer
from terminal.pipeline import View
from terminal.planning import Planning
from widgets.window import MainWindow
from widgets.workspace import views


class PlanDock:
    """Lives in the GUI thread and owns the planning thread.

    Args:
        window: With the dock.
    """

    def __init__(self, window: MainWindow) -> None:
        self._dock = window.view(views.FORCED_CLOSE)
        self._planning = Planning()
        self._shown: PlanAnswer | None = None
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
        answer = self._planning.answer()
        if answer is not None and answer is not self._shown:
            self._shown = answer
            self._dock.show_answer(answer)
