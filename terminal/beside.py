"""What computes beside the desk, each in a thread of its own on the newest of the desk's views: a new one adds a line.

The desk thread keeps its time for feeds and margin. Whatever takes longer takes the frozen state that a view carries,
and shows what it has found in its own dock.
"""

from __future__ import annotations

from typing import Protocol

from feeds.clock import Clock
from terminal.audit_dock import AuditDock
from terminal.pipeline import View
from terminal.plan_dock import PlanDock
from terminal.surface_docks import SurfaceDocks
from widgets.window import MainWindow


class BesideDesk(Protocol):
    """Lives in the GUI thread and owns a thread of its own."""

    def start(self) -> None:
        """Start the thread."""
        ...

    def stop(self, seconds: float) -> bool:
        """Stop the thread; False where it did not stop in time."""
        ...

    def take(self, view: View) -> None:
        """Compute on the newest view from now on, and show what is ready; called in every frame."""
        ...


def all_beside(window: MainWindow, clock: Clock) -> tuple[BesideDesk, ...]:
    """Everything that computes beside the desk."""
    return SurfaceDocks(window, clock), PlanDock(window), AuditDock(window, clock)
