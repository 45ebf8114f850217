"""A batch of accounts from their plans, or from their proposals, to a signature each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from engine.authorisation.approval import Act
from engine.authorisation.batch import MOST, Batch, Page, Stage
from engine.authorisation.execution import HardLimits, Verdict, judged
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import State
from engine.authorisation.rules import ROLES_OF
from engine.liquidation.plan import Aim, Plan, PlanAnswer, PlanQuestion
from engine.liquidation.proposal import Wish
from engine.snapshot import Standing
from engine.text import BadInputError, Text, text
from feeds.clock import SECOND, Clock
from feeds.working_orders import WorkingOrders
from terminal.executor_desk import circumstances_of
from terminal.order_market import market_of, obstacle_of
from terminal.pipeline import View
from terminal.planning import Basis, Planning
from terminal.proposing import Drafted, drafted
from terminal.station import Outcome, Signing, Station
from widgets.approvals.batch import BatchDialog, BatchForm
from widgets.approvals.proposals import time_left
from widgets.approvals.proposing import ProposalForm, ProposeDialog
from widgets.language import tr
from widgets.numbers_text import count
from widgets.window import MainWindow
from widgets.workspace import views

MINUTE: Final = 60 * SECOND
GRACE: Final = 3 * SECOND
"""How long a feed or the line may be lost before a batch is closed. Every account is blocked at once, as everywhere;
but a line that is back within the second it is promised to take shall not undo twenty visits."""
NO_IDENTITY: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Services:
    """What a batch needs of the terminal: who sits here, what is told below the proposals, settings and language."""

    station: Callable[[], Station | None]
    tell: Callable[[Text | None], None]
    settings: bytes
    language: Callable[[], str]


class BatchDock:
    """Lives in the GUI thread and owns a planning thread of its own.

    Args:
        window: With the docks.
        services: Of the terminal.
        clock: Time.
    """

    def __init__(self, window: MainWindow, services: Services, clock: Clock) -> None:
        self._window, self._services, self._clock = window, services, clock
        self._planning = Planning(clock)
        self._working = WorkingOrders(clock)
        self._question: PlanQuestion | None = None
        self._form: ProposalForm | None = None
        self._drafts: dict[bytes, Drafted] = {}
        self._dialog: BatchDialog | None = None
        self._seen: View | None = None
        self._live_at = 0
        window.accounts.batch_requested.connect(self._propose)
        window.view(views.APPROVALS).batch_requested.connect(self._review)

    def start(self) -> None:
        """Start the planning thread."""
        self._planning.start()

    def stop(self, seconds: float) -> bool:
        """Close the dialog, stop the thread; False where it did not stop in time."""
        if self._dialog is not None:
            self._dialog.reject()
        return self._planning.stop(seconds)

    def take(self, view: View, picture: AuthorityPicture) -> None:
        """Keep an open batch at its plans, the market and the clock; meant for every frame."""
        self._seen = view
        dialog = self._dialog
        if dialog is None:
            return
        obstacle = obstacle_of(dialog.act, picture, view)
        over = obstacle if self._is_lost(obstacle) else _all_over(dialog)
        if over is not None and not dialog.batch.is_under_way:
            dialog.end(over)
            return
        dialog.show_lost(obstacle)
        if dialog.act is Act.PROPOSE:
            self._plan(dialog, view)
        known = {each.proposal.instruction.fingerprint: each for each in picture.proposals}
        batch = dialog.batch
        for place, page in enumerate(batch.pages):
            changes = self._follow(page, dialog, view, known)
            if obstacle is not None and "obstacle" in changes:
                changes["obstacle"] = obstacle
            batch = batch.changed(place, **changes)
        dialog.take(batch)
        if (instruction := dialog.page.instruction) is not None:
            dialog.show_market(market_of(instruction, view))

    def _is_lost(self, obstacle: Text | None) -> bool:
        """Whether nothing could be signed for so long that the dialog goes; until then every account is blocked."""
        now = self._clock.monotonic_ns()
        self._live_at = now if obstacle is None else self._live_at
        return now - self._live_at > GRACE

    def settled(self, outcome: Outcome) -> bool:
        """Take in what came of a signature; False where it is none of a batch on screen."""
        dialog = self._dialog
        place = dialog.batch.place_of(outcome.fingerprint) if dialog is not None else None
        if dialog is None or place is None:
            return False
        dialog.take(dialog.batch.settled(place, outcome.reason))
        return True

    # The maker -------------------------------------------------------------------------------------------------

    def _propose(self, accounts: tuple[str, ...]) -> None:
        """Ask for the terms; no accounts stand for all that are over their forced-close line."""
        station, view = self._services.station(), self._seen
        if station is None:
            self._window.show_problem(text("nothing can be proposed: no authority is set up"))
            return
        if view is None or self._dialog is not None:
            return
        wanted = _worst_first(view, accounts)
        if not wanted:
            self._window.show_problem(text("no account is over its forced-close line"))
            return
        chosen = wanted[:MOST]
        title = tr("Propose the forced close of {count} accounts").format(count=count(len(chosen)))
        summary = tr("Each account gets its own plan and its own instruction, to be visited before it is signed.")
        if len(wanted) > MOST:
            more = tr("The {most} worst of {count}: propose the rest in another batch.")
            summary = f"{summary} {more.format(most=count(MOST), count=count(len(wanted)))}"
        dialog = ProposeDialog(title, summary, parent=self._window)
        dialog.filled.connect(partial(self._open_plans, chosen))
        dialog.open()

    def _open_plans(self, accounts: tuple[str, ...], form: ProposalForm) -> None:
        self._form, self._question = form, None
        self._open(Batch(tuple(map(Page, accounts))), Act.PROPOSE, tuple(ROLES_OF[Act.PROPOSE]))

    def _plan(self, dialog: BatchDialog, view: View) -> None:
        """Plan the next account that waits, one at a time, and take in what was found for the last."""
        self._planning.take(view)
        found, question = self._planning.answer(), self._question
        if question is not None and found is not None and found[0].question is question and found[0].finished:
            self._question = None
            self._draft(dialog, *found)
        if self._question is None:
            waiting = [page.account for page in dialog.batch.pages if page.stage is Stage.AWAITED]
            if waiting:
                self._question = PlanQuestion(waiting[0], self._window.view(views.FORCED_CLOSE).execution)
                self._planning.ask(self._question)

    def _draft(self, dialog: BatchDialog, answer: PlanAnswer, basis: Basis) -> None:
        """The instruction of an account, or why there is none: the others go on."""
        accounts = [page.account for page in dialog.batch.pages]
        place = accounts.index(answer.question.account)
        try:
            made = self._drafted(answer, basis)
        except BadInputError as error:
            dialog.take(dialog.batch.changed(place, stage=Stage.OUT, reason=error.what))
            return
        self._drafts[made.instruction.fingerprint] = made
        stage = dialog.batch.pages[place].stage
        stage = Stage.OPEN if stage is Stage.AWAITED else stage
        dialog.take(dialog.batch.changed(place, stage=stage, instruction=made.instruction))

    def _drafted(self, answer: PlanAnswer, basis: Basis) -> Drafted:
        station, form = self._services.station(), self._form
        account, remedy = answer.question.account, text("propose it by itself")
        if station is None or form is None or answer.problem is not None or not answer.plans:
            raise BadInputError(account, answer.problem or text("there is no plan for it"), remedy)
        plan = _cheapest(answer.plans)
        if plan.duration >= form.minutes * MINUTE:
            raise BadInputError(account, text("its orders take longer than they may be sent for"), remedy)
        now = self._clock.wall_ns()
        person, line = station.card.person, basis.view.snapshot.lines.call
        wish = Wish(NO_IDENTITY, person, line, form.reason, now, now + form.minutes * MINUTE, form.even_if_cured)
        return drafted(plan, basis, wish, self._services.settings, now)

    # Who approves ----------------------------------------------------------------------------------------------

    def _review(self, proposals: tuple[ProposalView, ...]) -> None:
        """Open the batch of these proposals; the code is wanted of each that somebody has signed already."""
        station = self._services.station()
        if station is None or self._dialog is not None:
            return
        people = station.picture().people
        pages = tuple(
            Page(
                view.proposal.instruction.account,
                Stage.OPEN,
                view.proposal.instruction,
                tuple(missing.role for missing in view.missing(people)),
                code_wanted=view.proposal.state is State.SIGNED1,
            )
            for view in proposals[:MOST]
        )
        self._open(Batch(pages), Act.APPROVE, tuple(ROLES_OF[Act.APPROVE]))

    # Both ------------------------------------------------------------------------------------------------------

    def _open(self, batch: Batch, act: Act, roles: tuple[Role, ...]) -> None:
        station = self._services.station()
        if station is None or self._dialog is not None:
            return
        own = station.roles(roles)
        if not own:
            self._services.tell(text("{person} has no role for that", person=station.card.person))
            return
        self._drafts = {}
        self._live_at = self._clock.monotonic_ns()
        dialog = BatchDialog(self._window.theme, batch, act, own, self._window)
        self._dialog = dialog
        dialog.page_shown.connect(self._on_page_shown)
        dialog.signed.connect(self._on_signed)
        dialog.ended.connect(self._services.tell)
        dialog.finished.connect(self._on_closed)
        self._on_page_shown(dialog.place)
        dialog.open()

    def _follow(
        self, page: Page, dialog: BatchDialog, view: View, known: dict[bytes, ProposalView]
    ) -> dict[str, object]:
        """What has changed of a page: time, state of its proposal, and what the gate would say of it now."""
        instruction = page.instruction
        if instruction is None or page.stage not in (Stage.OPEN, Stage.LEFT_OUT):
            return {}
        left = None
        if dialog.act is Act.APPROVE:
            proposed = known.get(instruction.fingerprint)
            against = _against(page, proposed)
            if proposed is None or against is not None:
                return {"stage": Stage.OUT, "reason": against, "left": None}
            left = time_left(proposed.proposal, self._clock.wall_ns())
            role: Role = dialog.role.currentData()
            if role not in page.roles:
                return {"obstacle": text("a {role} has approved already", role=role.label), "left": left}
        elif self._clock.wall_ns() >= instruction.expiry:
            return {"stage": Stage.OUT, "reason": text("the instruction's own time is over"), "left": None}
        # Whole seconds: the list is drawn anew only where something can be seen to have changed.
        left = -(-left // SECOND) * SECOND if left is not None else None
        seen = circumstances_of(view.state, view.universe, instruction, self._working)
        judgement = judged(instruction, seen, HardLimits(drill=instruction.drill))
        return {"obstacle": None if judgement.verdict is Verdict.SEND else judgement.reason, "left": left}

    def _on_page_shown(self, place: int) -> None:
        """Note when an instruction was first seen, and tell for the record that it is being shown."""
        dialog, station = self._dialog, self._services.station()
        if dialog is None or station is None:
            return
        page = dialog.batch.pages[place]
        if page.instruction is None or page.shown_at:
            return
        dialog.take(dialog.batch.changed(place, shown_at=self._clock.wall_ns()))
        if dialog.act is Act.APPROVE:
            fingerprint = page.instruction.fingerprint
            station.saw(fingerprint, dialog.role.currentData(), self._services.language(), dialog.shown(fingerprint))

    def _on_signed(self, form: BatchForm) -> None:
        station = self._services.station()
        if station is None:
            return
        language = self._services.language()
        station.sign(
            *(
                Signing(
                    page.fingerprint,
                    form.act,
                    form.role,
                    form.passphrase,
                    page.shown_at,
                    page.shown,
                    language,
                    "",
                    self._drafts.get(page.fingerprint) if form.act is Act.PROPOSE else None,
                )
                for page in form.pages
            )
        )

    def _on_closed(self) -> None:
        self._dialog, self._question = None, None
        self._planning.ask(None)


def _all_over(dialog: BatchDialog) -> Text | None:
    """Why none of the proposals can be approved any more: the last reason of several."""
    pages = dialog.batch.pages
    over = dialog.act is Act.APPROVE and all(page.stage is Stage.OUT for page in pages)
    return pages[-1].reason if over else None


def _against(page: Page, proposed: ProposalView | None) -> Text | None:
    """Why a proposal cannot be approved any more as it was opened."""
    if proposed is None:
        return text("there is no such proposal")
    proposal = proposed.proposal
    if not proposal.state.open_to_signatures:
        return proposal.reason or text("it is {state}", state=proposal.label)
    if page.code_wanted is not (proposal.state is State.SIGNED1):
        return text("somebody else has approved meanwhile: review it again, as the second")
    return None


def _cheapest(plans: tuple[Plan, ...]) -> Plan:
    return next((plan for plan in plans if plan.aim is Aim.CHEAPEST), plans[0])


def _worst_first(view: View, accounts: tuple[str, ...]) -> tuple[str, ...]:
    """The accounts chosen, or all over their forced-close line; the highest ratio first."""
    table = view.snapshot.accounts
    wanted = set(accounts)
    over = table.standing == Standing.CLOSE
    rows = [row for row, name in enumerate(table.names) if (name in wanted if wanted else bool(over[row]))]
    ratios = np.asarray(table.ratio)
    return tuple(table.names[row] for row in sorted(rows, key=lambda row: -int(ratios[row])))
