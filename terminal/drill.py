"""`palisade drill`: a shortfall played on a copy of the book by real processes, every step timed."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engine.authorisation.approval import Act
from engine.authorisation.people import Role
from engine.authorisation.picture import ProposalView
from engine.authorisation.proposal import State
from engine.authorisation.statement import shown_digest
from engine.close_slippage import Sum
from engine.instruments import Contract
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Aim, Plan
from engine.liquidation.proposal import Wish
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, known_of
from engine.numbers import NOT_COMPUTABLE, RATIO, RATIO_DECIMALS, format_scaled
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import SECOND, Clock
from feeds.sample_books import CENT
from feeds.sample_exercise import Loss, Walk
from terminal.cast import LANGUAGE, MAKER, PASSPHRASE
from terminal.catalogue import translator
from terminal.close_command import review
from terminal.drill_copy import COMMAND, DrillRequest, copied, unknown_account, without_margin
from terminal.drill_market import PACE, leaving, outside
from terminal.drill_outcome import Drilled, DrillStep, Reached, Requoted, Source, Standing, steps_of
from terminal.drill_stage import Stage, StageSetup
from terminal.drill_times import AGAIN, ONCE, Round, recorded_times
from terminal.pipeline import View
from terminal.planning import Basis
from terminal.proposing import Drafted, drafted
from terminal.settings import Settings
from terminal.station import Signing

BEYOND: Final = (11, 10)
"""How far over the forced-close line the usual shock brings the account: one tenth."""
REASON: Final = "DRILL: simulated shortfall"
VALID: Final = 600 * SECOND


def run_drill(request: DrillRequest, settings: Settings, clock: Clock) -> Drilled:
    """Play it; a step that is not reached is in what comes of it.

    Raises:
        BadInputError: Files, account or shock that cannot be used; nothing has been shocked then.
    """
    with tempfile.TemporaryDirectory(prefix="palisade-drill-") as folder:
        return _Drill(request, settings, clock, Path(folder)).run()


class _Drill:
    def __init__(self, request: DrillRequest, settings: Settings, clock: Clock, folder: Path) -> None:
        self._request, self._settings, self._clock, self._folder = request, settings, clock, folder
        self._lines = settings.lines.lines()
        self._account = ""
        self._currency = ""
        self._loss: int | None = None
        self._before: Standing | None = None
        self._after: Standing | None = None
        self._final: Standing | None = None
        self._drafts: list[Drafted] = []
        self._requoted: Requoted | None = None
        self._slippage: tuple[Sum, ...] = ()
        self._steps: dict[DrillStep, Reached] = {}
        self._findings: tuple[tuple[str, bool, Text], ...] = ()

    def run(self) -> Drilled:
        """All steps, or as many as are reached."""
        failed = None
        self._account, opening = copied(self._request, self._folder)
        exchange = (*opening, "--fills=0", "--still")
        setup = StageSetup(self._request.parameters, self._request.convention, exchange, self._settings)
        try:
            with closing(Stage(setup, self._folder, self._clock)) as stage:
                self._prepare(stage)
                self._shock(stage)
                if self._request.moving:
                    self._lose_the_market(stage)
                self._close(stage)
                self._verify(stage)
        except UserFacingError as error:
            step = next(step for step in steps_of(moving=self._request.moving) if step not in self._steps)
            if step is DrillStep.PREPARED and isinstance(error, BadInputError):
                raise
            failed = step, error.message
        instruction = self._drafts[-1].instruction if self._drafts else None
        orders = instruction.orders if instruction is not None else ()
        return Drilled(
            self._request.parameters.name,
            self._request.positions.name if self._request.positions is not None else None,
            self._account,
            self._currency,
            self._loss,
            (self._lines.warning, self._lines.call, self._lines.close),
            self._before,
            self._after,
            self._final,
            len(orders),
            sum(order.quantity for order in orders),
            instruction.fingerprint.hex() if instruction is not None else "",
            self._steps,
            failed,
            self._findings,
            self._request.seed if self._request.moving else None,
            self._requoted,
            self._slippage,
        )

    def _reach(self, step: DrillStep, wall: int | None = None, source: Source = Source.DRILL) -> None:
        self._steps[step] = Reached(self._clock.wall_ns() if wall is None else wall, source)

    # Before the shock --------------------------------------------------------------------------------------------

    def _prepare(self, stage: Stage) -> None:
        """Wait until everybody is there; choose the account and the loss."""
        stage.until(lambda: stage.ready)
        if not self._account:
            self._account = self._nearest(stage.view())
        view = stage.view()
        if self._account not in view.snapshot.accounts.names:
            raise unknown_account(self._account, list(view.snapshot.accounts.names))
        stage.until(lambda: self._ratio(stage.view()) != NOT_COMPUTABLE)
        view = stage.view()
        self._before = before = self._standing(view)
        self._currency = view.snapshot.accounts.currencies[view.snapshot.accounts.names.index(self._account)]
        self._loss = self._loss_of(before)
        self._reach(DrillStep.PREPARED)

    def _nearest(self, view: View) -> str:
        """The account of the sample that is nearest to its warning line, from below."""
        accounts = view.snapshot.accounts
        known = (accounts.ratio != NOT_COMPUTABLE) & (accounts.ratio < self._lines.warning)
        return accounts.names[int(np.where(known, accounts.ratio, -1).argmax())]

    def _loss_of(self, before: Standing) -> int:
        close, shock = self._lines.close, self._request.shock
        if before.margin <= 0:
            raise without_margin(self._account)
        if before.ratio >= close:
            what = text("{account} is over its forced-close line without any shock", account=self._account)
            raise BadInputError(f"{COMMAND} --account", what, text("choose another account"))
        over, of = BEYOND
        usual = before.equity - before.margin * RATIO * of // (close * over)
        if shock is None:
            return usual // CENT * CENT
        loss = before.equity * shock // 100
        ratio = before.margin * RATIO // (before.equity - loss)
        if ratio < close:
            shown = [format_scaled(each * 100, RATIO_DECIMALS) for each in (ratio, close)]
            what = text(
                "the account comes to {ratio} %, its forced-close line is {line} %", ratio=shown[0], line=shown[1]
            )
            least = -(-usual * 100 // before.equity)
            raise BadInputError(f"{COMMAND} --shock", what, text("give {least} or more, or leave it out", least=least))
        return loss

    # From the shock to the records --------------------------------------------------------------------------------

    def _shock(self, stage: Stage) -> None:
        loss = Loss(self._account, self._currency, self._loss or 0)
        self._reach(DrillStep.SHOCKED)
        stage.tell(loss)
        if self._request.moving:
            stage.tell(Walk(PACE))
        stage.until(lambda: self._ratio(stage.view()) >= self._lines.close)
        self._reach(DrillStep.DETECTED)
        self._after = self._standing(stage.view())

    def _lose_the_market(self, stage: Stage) -> None:
        """A first instruction, which the market leaves before the second person has signed: it is not sent."""
        plan, basis = self._plan(stage)
        stage.hold_second(held=True)
        self._propose(stage, plan, basis, ONCE)
        stage.until(lambda: len(self._alive(stage).proposal.approvals) >= 1)
        self._reach(DrillStep.FIRST_SIGNATURE)
        instruction = self._drafts[-1].instruction
        jump = leaving(instruction, basis)
        column = basis.view.universe.find(Contract.parse(jump.contract))
        # Prices calm down where they have come to, or they might walk back in while the second person signs.
        stage.tell(Walk(0))
        stage.tell(jump)
        stage.until(lambda: outside(instruction, jump.contract, int(stage.view().state.price[column])))
        self._reach(DrillStep.LEFT_COLLAR)
        price = int(stage.view().state.price[column])
        stage.hold_second(held=False)
        stage.until(lambda: len(self._alive(stage, State.REQUOTE).proposal.approvals) >= 2)
        self._reach(DrillStep.SECOND_SIGNATURE)
        stage.until(lambda: self._alive(stage, State.REQUOTE).proposal.state is State.REQUOTE)
        self._reach(DrillStep.REQUOTED)
        # What is signed now has to hold while prices walk: its limits leave them room for the time to decide.
        stage.tell(Walk(PACE))
        left = next(order for order in instruction.orders if order.contract == jump.contract)
        reason = self._alive(stage, State.REQUOTE).proposal.reason or text("no reason is given")
        collar = (left.lowest, left.highest)
        self._requoted = Requoted(instruction.fingerprint.hex(), jump.contract, price, collar, reason)

    def _close(self, stage: Stage) -> None:
        """An instruction that goes through: signatures and fills as they show."""
        steps = AGAIN if self._drafts else ONCE
        self._propose(stage, *self._plan(stage), steps)
        last = max(order.after for order in self._drafts[-1].instruction.orders) // SECOND
        stage.until(lambda: len(self._alive(stage).proposal.approvals) >= 1)
        self._reach(steps.first_signature)
        stage.until(lambda: len(self._alive(stage).proposal.approvals) >= 2)
        self._reach(steps.second_signature)
        stage.until(lambda: bool(self._alive(stage).orders))
        self._reach(DrillStep.AT_EXCHANGE)
        stage.until(lambda: any(self._alive(stage).proposal.filled))
        self._reach(DrillStep.FIRST_FILL)
        stage.until(lambda: self._alive(stage).proposal.state is State.DONE, 60 + last)
        self._reach(DrillStep.LAST_FILL)
        stage.until(lambda: 0 <= self._ratio(stage.view()) < self._lines.call)
        self._reach(DrillStep.BACK)
        self._final = self._standing(stage.view())

    def _plan(self, stage: Stage) -> tuple[Plan, Basis]:
        """All plans on the desk as it stands; the fastest of them that comes under the warning line."""
        view, started = stage.view(), self._clock.wall_ns()
        trading = TradingCost.of(view.state, view.depth, **known_of(view.version.parameters, view.reference))
        execution = self._settings.forced_close.execution(self._lines.warning)
        closing = Closing(view.state, view.universe, self._account, trading, execution)
        again, found = bool(self._drafts), list[Plan]()
        for plan in plans(closing):
            if not found and not again:
                self._reach(DrillStep.FIRST_PLAN)
            found.append(plan)
        reaching = [plan for plan in found if plan.reached]
        if not reaching:
            reasons = [reason for plan in found for reason in plan.reasons]
            raise UserFacingError(reasons[0] if reasons else text("no plan comes under the warning line"))
        self._reach(DrillStep.PLANNED_AGAIN if again else DrillStep.ALL_PLANS)
        chosen = min(reaching, key=lambda plan: (plan.duration, plan.aim is not Aim.FASTEST))
        return chosen, Basis(view, trading, started, self._clock.wall_ns())

    def _propose(self, stage: Stage, plan: Plan, basis: Basis, steps: Round) -> None:
        now = self._clock.wall_ns()
        wish = Wish(bytes(16), MAKER, self._lines.close, REASON, now, now + VALID + plan.duration, drill=True)
        draft = drafted(plan, basis, wish, msgspec.json.encode(self._settings), now)
        self._drafts.append(draft)
        shown = shown_digest(draft.instruction, translator(LANGUAGE))
        words = (Role.MAKER, PASSPHRASE, now, shown, LANGUAGE, REASON, draft)
        stage.maker.sign(Signing(draft.instruction.fingerprint, Act.PROPOSE, *words))
        stage.until(lambda: self._proposal(stage) is not None)
        self._reach(steps.proposed)

    def _alive(self, stage: Stage, ending: State = State.DONE) -> ProposalView:
        """The newest proposal, which has not ended other than expected."""
        found = self._proposal(stage)
        if found is None:
            raise UserFacingError(text("the authority does not know the proposal any more"))
        proposal = found.proposal
        if proposal.state.is_final and proposal.state is not ending:
            reason = proposal.reason or text("no reason is given")
            raise UserFacingError(text("the proposal is {state}: {reason}", state=proposal.label, reason=reason))
        return found

    def _proposal(self, stage: Stage) -> ProposalView | None:
        fingerprint = self._drafts[-1].instruction.fingerprint
        proposals = stage.maker.picture().proposals
        return next((each for each in proposals if each.proposal.instruction.fingerprint == fingerprint), None)

    def _verify(self, stage: Stage) -> None:
        """Every record and signature; and when what happened, as it is on record."""
        stage.end()
        for draft, steps in zip(self._drafts, (ONCE, AGAIN), strict=False):
            found, checked = review(draft.instruction.identity.hex(), stage.stores)
            self._findings = tuple((Path(each.source).name, each.sound, each.finding) for each in checked)
            wrong = next((each.finding for each in checked if not each.sound), None)
            unproven = next((moment.unproven for moment in found.signed if moment.unproven is not None), wrong)
            if unproven is not None:
                raise UserFacingError(unproven)
            self._steps |= dict(recorded_times(found, steps))
            self._slippage = found.slippage.currencies
        self._reach(DrillStep.VERIFIED)

    def _standing(self, view: View) -> Standing:
        accounts = view.snapshot.accounts
        row = accounts.names.index(self._account)
        return Standing(int(accounts.equity[row]), int(accounts.margin[row]), int(accounts.ratio[row]))

    def _ratio(self, view: View) -> int:
        return self._standing(view).ratio
