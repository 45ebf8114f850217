"""What computes beside the desk, each in a thread of its own on the newest of the desk's views: a new one adds a line.

The desk thread keeps its time for feeds and margin. Whatever takes longer takes the frozen state that a view carries,
and shows what it has found in its own dock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from feeds.clock import Clock
from terminal.approval_dock import ApprovalDock
from terminal.audit_dock import AuditDock
from terminal.pipeline import View
from terminal.plan_dock import PlanDock
from terminal.settings import Settings, settings_file
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


@dataclass(frozen=True, slots=True)
class AllBeside:
    """Everything that computes beside the desk, or talks to others than its publishers."""

    surfaces: SurfaceDocks
    planner: PlanDock
    approvals: ApprovalDock
    audit: AuditDock

    @classmethod
    def of(cls, window: MainWindow, clock: Clock, settings: Settings, language: Callable[[], str]) -> AllBeside:
        """All of it, for a window."""
        planner = PlanDock(window, clock, settings.forced_close)
        station = settings.authority.station(settings_file().parent)
        content = msgspec.json.encode(settings)
        approvals = ApprovalDock(window, planner, station, content, language, clock)
        return cls(SurfaceDocks(window, clock), planner, approvals, AuditDock(window, clock))

    def __iter__(self) -> Iterator[BesideDesk]:
        return iter((self.surfaces, self.planner, self.approvals, self.audit))
