"""What the Audit view asks, and what the audit thread answers."""

from __future__ import annotations

from pathlib import Path

from engine.audit_picture import AuditPicture
from feeds.clock import Clock
from terminal.audit_watch import AuditWatch
from terminal.pipeline import View
from widgets.window import MainWindow
from widgets.workspace import views


class AuditDock:
    """Lives in the GUI thread and owns the audit thread.

    Args:
        window: With the dock.
        clock: Time.
    """

    def __init__(self, window: MainWindow, clock: Clock) -> None:
        self._dock = window.view(views.AUDIT)
        self.watch = AuditWatch(clock)
        self._shown: AuditPicture | None = None
        self._dock.open_requested.connect(lambda path: self.watch.open(Path(path)))
        self._dock.verify_requested.connect(self.watch.verify)
        self._dock.export_requested.connect(lambda path: self.watch.export(Path(path)))

    def start(self) -> None:
        """Start the thread."""
        self.watch.start()

    def stop(self, seconds: float) -> bool:
        """Stop the thread; False where it did not stop in time."""
        return self.watch.stop(seconds)

    def take(self, view: View) -> None:  # noqa: ARG002  # records have nothing to do with the desk's figures
        """Show what is new; meant for every frame."""
        picture = self.watch.picture()
        if picture is not None and picture is not self._shown:
            self._shown = picture
            self._dock.show_picture(picture)
