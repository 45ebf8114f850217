"""Break-glass at this terminal: the dialog of the officer, the banner in the window, the review by somebody else."""

from __future__ import annotations

from engine.authorisation.break_glass import BreakGlass
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityPicture
from engine.snapshot import FeedState
from engine.text import text
from feeds.clock import Clock
from terminal.batch_dock import Services
from widgets.approvals.glass import GlassDialog, GlassForm, GlassReviewDialog, GlassStatementDialog, ReviewForm
from widgets.approvals.glass_banner import GlassNews
from widgets.window import MainWindow
from widgets.workspace import views


class GlassDock:
    """Lives in the GUI thread.

    Args:
        window: With the docks.
        services: Of the terminal.
        clock: Time.
    """

    def __init__(self, window: MainWindow, services: Services, clock: Clock) -> None:
        self._window, self._services, self._clock = window, services, clock
        self._dialog: GlassStatementDialog | None = None
        window.glass_requested.connect(self._break)
        window.view(views.APPROVALS).glass_requested.connect(self._break)
        window.glass.review_requested.connect(self._review)

    def stop(self) -> None:
        """Close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()

    def take(self, picture: AuthorityPicture) -> None:
        """Count down, tell what is to be reviewed, and what came of signatures; meant for every frame."""
        station = self._services.station()
        if station is None:
            return
        self._window.show_glass(GlassNews(picture.broken, picture.people, station.card.person, self._clock.wall_ns()))
        for outcome in station.glass_outcomes():
            if self._dialog is not None:
                self._dialog.show_outcome(outcome.reason)
            else:
                self._services.tell(outcome.reason)
        if self._dialog is not None:
            live = picture.state is FeedState.LIVE
            self._dialog.show_obstacle(None if live else text("the line to the authority is not LIVE"))

    def _break(self) -> None:
        """Open the officer's dialog. A feed that is lost does not hold it up: it only ever reduces risk."""
        station = self._services.station()
        if station is None:
            self._window.show_problem(text("the glass cannot be broken: no authority is set up"))
        elif not station.roles((Role.RISK_OFFICER,)):
            self._window.show_problem(text("only a risk officer breaks the glass"))
        elif self._dialog is None:
            dialog = GlassDialog(station.card.person, self._window.selection.current.account, self._window)
            dialog.signed.connect(self._on_broken)
            self._open(dialog)

    def _review(self, said: BreakGlass) -> None:
        if self._dialog is None:
            dialog = GlassReviewDialog(said, self._window)
            dialog.signed.connect(self._on_reviewed)
            self._open(dialog)

    def _open(self, dialog: GlassStatementDialog) -> None:
        self._dialog = dialog
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _on_broken(self, form: GlassForm) -> None:
        if (station := self._services.station()) is not None:
            station.break_glass(form.measure, form.account, form.reason, form.passphrase)

    def _on_reviewed(self, form: ReviewForm) -> None:
        if (station := self._services.station()) is not None:
            station.review_glass(form.said, form.words, form.passphrase)

    def _on_closed(self) -> None:
        self._dialog = None
