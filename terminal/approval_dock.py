"""Proposals and signatures: from the plan on screen to the authority, and from the authority to the Approvals view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import State
from engine.authorisation.rules import ROLES_OF
from engine.liquidation.plan import Plan
from engine.liquidation.proposal import Wish
from engine.snapshot import FeedState
from engine.text import BadInputError, text
from feeds.clock import Clock
from terminal.batch_dock import MINUTE, NO_IDENTITY, BatchDock, Services
from terminal.glass_dock import GlassDock
from terminal.order_market import market_of, obstacle_of
from terminal.pipeline import View
from terminal.plan_dock import PlanDock
from terminal.proposing import Drafted, drafted
from terminal.station import Signing, Station, StationSetup
from widgets.approvals.proposals import time_left
from widgets.approvals.proposing import ProposalForm, dialog_of
from widgets.approvals.signing import SignForm, SigningDialog
from widgets.window import MainWindow
from widgets.workspace import views

PATIENCE: Final = 5.0


class ApprovalDock:
    """Lives in the GUI thread and owns the station's threads.

    Args:
        window: With the docks.
        planner: Knows what plans rest on.
        setup: Who sits here; None where no authority is set up.
        settings: Content of the settings in force, whose digest is signed.
        language: The language in force.
        clock: Time.
    """

    def __init__(
        self,
        window: MainWindow,
        planner: PlanDock,
        setup: StationSetup | None,
        settings: bytes,
        language: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._window, self._planner, self._clock = window, planner, clock
        self._settings, self._language = settings, language
        self._view = window.view(views.APPROVALS)
        self._dialog: SigningDialog | None = None
        self._shown_at = 0
        self._draft: Drafted | None = None
        self._seen: View | None = None
        self._started = False
        services = Services(lambda: self._station, self._view.tell, settings, language)
        self._batch = BatchDock(window, services, clock)
        self._glass = GlassDock(window, services, clock)
        self._station = self._open(setup)
        self._view.signing_requested.connect(self._review)
        window.view(views.FORCED_CLOSE).proposal_requested.connect(self._propose)

    def _open(self, setup: StationSetup | None) -> Station | None:
        if setup is None:
            self._view.show_unavailable(text("none is set up: see [authority] in the settings"))
            return None
        try:
            return Station(setup, self._clock)
        except BadInputError as error:
            self._view.show_unavailable(error.message)
            return None

    def start(self) -> None:
        """Start the line to the authority."""
        self._started = True
        self._batch.start()
        if self._station is not None:
            self._station.start()

    def join(self, setup: StationSetup) -> None:
        """Talk to another authority from now on."""
        if self._station is not None:
            self._station.stop(PATIENCE)
        self._station = self._open(setup)
        if self._started and self._station is not None:
            self._station.start()

    def stop(self, seconds: float) -> bool:
        """End the line; False where it did not end in time."""
        if self._dialog is not None:
            self._dialog.reject()
        self._glass.stop()
        stopped = self._batch.stop(seconds)
        return (self._station is None or self._station.stop(seconds)) and stopped

    def take(self, view: View) -> None:
        """Show what the authority says and what came of signatures; called in every frame."""
        self._seen = view
        station = self._station
        if station is None:
            return
        picture = station.picture()
        if picture.sequence or picture.state is not FeedState.INIT:
            self._view.show_picture(picture, station.card.person, self._clock.wall_ns())
        for outcome in station.outcomes():
            if self._batch.settled(outcome):
                continue
            if self._dialog is not None and self._dialog.instruction.fingerprint == outcome.fingerprint:
                self._dialog.show_outcome(outcome.reason)
            else:
                self._view.tell(outcome.reason)
        if self._dialog is not None:
            self._follow(self._dialog, picture, view)
        self._batch.take(view, picture)
        self._glass.take(picture)

    def _follow(self, dialog: SigningDialog, picture: AuthorityPicture, view: View) -> None:
        """Keep an open dialog at the market and the clock; it closes itself where nothing can be signed any more."""
        fingerprint = dialog.instruction.fingerprint
        found = [each for each in picture.proposals if each.proposal.instruction.fingerprint == fingerprint]
        obstacle = obstacle_of(dialog.act, picture, view)
        if found and dialog.act is not Act.PROPOSE:
            left = time_left(found[0].proposal, self._clock.wall_ns())
            dialog.show_time_left(left)
            if not found[0].proposal.state.open_to_signatures:
                obstacle = found[0].proposal.reason or text("it is {state}", state=found[0].proposal.label)
            elif dialog.act is Act.APPROVE and found[0].proposal.state is State.SIGNED1 and not dialog.code_wanted:
                obstacle = text("somebody else has approved meanwhile: review it again, as the second")
        dialog.show_market(market_of(dialog.instruction, view), obstacle)

    def _propose(self, plan: Plan) -> None:
        """Ask for the reason; the instruction is shown and signed next."""
        if self._station is None:
            self._window.show_problem(text("nothing can be proposed: no authority is set up"))
            return
        dialog = dialog_of(plan, self._window)
        dialog.filled.connect(partial(self._draft_it, plan))
        dialog.open()

    def _draft_it(self, plan: Plan, form: ProposalForm) -> None:
        station, basis = self._station, self._planner.basis_of(plan)
        if station is None or basis is None:
            self._window.show_problem(text("the plan is not the newest any more: plan again"))
            return
        now = self._clock.wall_ns()
        line = basis.view.snapshot.lines.call
        wish = Wish(
            NO_IDENTITY, station.card.person, line, form.reason, now, now + form.minutes * MINUTE, form.even_if_cured
        )
        try:
            self._draft = drafted(plan, basis, wish, self._settings, now)
        except BadInputError as error:
            self._window.show_problem(error.message)
            return
        self._open_dialog(self._draft.instruction, Act.PROPOSE, tuple(ROLES_OF[Act.PROPOSE]), code_wanted=False)

    def _review(self, proposal: ProposalView, act: Act) -> None:
        """Open the dialog in which a proposal is approved, vetoed or withdrawn."""
        station = self._station
        if station is None:
            return
        roles = ROLES_OF[act]
        if act is Act.APPROVE:
            roles = tuple(missing.role for missing in proposal.missing(station.picture().people))
        second = act is Act.APPROVE and proposal.proposal.state is State.SIGNED1
        self._draft = None
        self._open_dialog(proposal.proposal.instruction, act, roles, code_wanted=second)

    def _open_dialog(self, instruction: Instruction, act: Act, roles: tuple[Role, ...], *, code_wanted: bool) -> None:
        station = self._station
        if station is None or self._dialog is not None:
            return
        own = station.roles(roles)
        if not own:
            self._view.tell(text("{person} has no role for that", person=station.card.person))
            return
        dialog = SigningDialog(self._window.theme, instruction, act, own, code_wanted=code_wanted, parent=self._window)
        dialog.signed.connect(self._on_signed)
        dialog.ended.connect(self._view.tell)
        dialog.finished.connect(self._on_closed)
        self._dialog, self._shown_at = dialog, self._clock.wall_ns()
        station.saw(instruction.fingerprint, own[0], self._language(), dialog.shown)
        if self._seen is not None:
            self._follow(dialog, station.picture(), self._seen)
        dialog.open()

    def _on_signed(self, form: SignForm) -> None:
        if self._station is not None:
            draft = self._draft if form.act is Act.PROPOSE else None
            self._station.sign(
                Signing(
                    form.fingerprint,
                    form.act,
                    form.role,
                    form.passphrase,
                    self._shown_at,
                    form.shown,
                    self._language(),
                    form.reason,
                    draft,
                )
            )

    def _on_closed(self) -> None:
        self._dialog = None
