"""`palisade drill`: a shortfall played on a copy of the book by real processes, every step timed."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engine.audit_events import OrderReported, OrderSent, Proposed, Signed
from engine.authorisation.approval import Act
from engine.authorisation.people import Role
from engine.authorisation.picture import ProposalView
from engine.authorisation.proposal import State
from engine.authorisation.statement import shown_digest
from engine.close_review import Review
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Aim, Execution, Plan
from engine.liquidation.proposal import Wish
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost, volumes_of
from engine.numbers import NOT_COMPUTABLE, RATIO, RATIO_DECIMALS, format_scaled
from engine.text import BadInputError, Text, UserFacingError, text
from feeds.clock import SECOND, Clock
from feeds.sample_books import CENT
from feeds.sample_exercise import BookAccount, BookFile, Loss
from terminal.cast import LANGUAGE, MAKER, PASSPHRASE
from terminal.catalogue import translator
from terminal.close_command import review
from terminal.drill_outcome import Drilled, DrillStep, Reached, Source, Standing
from terminal.drill_stage import Stage, StageSetup
from terminal.margin_command import Request, run_margin
from terminal.pipeline import View
from terminal.planning import Basis
from terminal.proposing import Drafted, drafted
from terminal.settings import Settings
from terminal.station import Signing

SAMPLE_BOOK: Final = ("--accounts", "12", "--positions", "8", "--seed", "11")
BEYOND: Final = (11, 10)
"""How far over the forced-close line the usual shock brings the account: one tenth."""
GROUP: Final = "DRILL"
REASON: Final = "DRILL: simulated shortfall"
VALID: Final = 600 * SECOND
COMMAND: Final = "palisade drill"


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What is to be played.

    Attributes:
        parameters: Parameter file.
        positions: Positions file that is copied; None for what the sample exchange invents.
        account: Whose shortfall; None for the only one of the file, or the sample's nearest to its lines.
        shock: Percent of its equity that it loses; None for as much as it takes.
        convention: Rounding convention; None for the clearing organisation's own.
    """

    parameters: Path
    positions: Path | None = None
    account: str | None = None
    shock: int | None = None
    convention: str | None = None


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
        self._account = request.account or ""
        self._currency, self._fingerprint = "", ""
        self._loss: int | None = None
        self._before: Standing | None = None
        self._after: Standing | None = None
        self._final: Standing | None = None
        self._draft: Drafted | None = None
        self._steps: dict[DrillStep, Reached] = {}
        self._findings: tuple[tuple[str, bool, Text], ...] = ()

    def run(self) -> Drilled:
        """All steps, or as many as are reached."""
        failed = None
        opening = (*self._opening(), "--fills=0", "--still")
        setup = StageSetup(self._request.parameters, self._request.convention, opening, self._settings)
        try:
            with closing(Stage(setup, self._folder, self._clock)) as stage:
                self._prepare(stage)
                self._shock(stage)
                self._propose(stage, *self._plan(stage))
                self._follow(stage)
                self._verify(stage)
        except UserFacingError as error:
            step = next(step for step in DrillStep if step not in self._steps)
            if step is DrillStep.PREPARED and isinstance(error, BadInputError):
                raise
            failed = step, error.message
        orders = self._draft.instruction.orders if self._draft is not None else ()
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
            self._fingerprint,
            self._steps,
            failed,
            self._findings,
        )

    def _reach(self, step: DrillStep, wall: int | None = None, source: Source = Source.DRILL) -> None:
        self._steps[step] = Reached(self._clock.wall_ns() if wall is None else wall, source)

    # The copy of the book ----------------------------------------------------------------------------------------

    def _opening(self) -> tuple[str, ...]:
        """What the sample exchange opens with: the copy as a file, or its own book."""
        request = self._request
        if request.positions is None:
            return SAMPLE_BOOK
        margins = run_margin(Request(request.parameters, request.positions, request.convention))
        named = list(margins.holdings)
        if request.account is None and len(named) > 1:
            what = text("the file has several accounts: {names}", names=", ".join(named[:5]))
            raise BadInputError(f"{COMMAND} --account", what, text("say whose shortfall is played"))
        self._account = request.account or named[0]
        if self._account not in margins.holdings:
            raise _unknown(self._account, named)
        accounts = []
        for name, holding in margins.holdings.items():
            held = {
                str(margins.parameters.contract(row)): (max(quantity, 0), max(-quantity, 0))
                for row, quantity in holding.net.items()
                if quantity
            }
            if held:
                accounts.append(BookAccount(name, GROUP, held))
        if self._account not in {account.name for account in accounts}:
            raise _without_margin(self._account)
        copy = self._folder / "book.json"
        copy.write_bytes(msgspec.json.encode(BookFile(tuple(accounts))))
        return (f"--book={copy}",)

    def _prepare(self, stage: Stage) -> None:
        """Wait until everybody is there; choose the account and the loss."""
        stage.until(lambda: stage.ready)
        if not self._account:
            self._account = self._nearest(stage.view())
        view = stage.view()
        if self._account not in view.snapshot.accounts.names:
            raise _unknown(self._account, list(view.snapshot.accounts.names))
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
            raise _without_margin(self._account)
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
        stage.lose(msgspec.json.encode(loss))
        stage.until(lambda: self._ratio(stage.view()) >= self._lines.close)
        self._reach(DrillStep.DETECTED)
        self._after = self._standing(stage.view())

    def _plan(self, stage: Stage) -> tuple[Plan, Basis]:
        """All plans on the desk as it stands; the fastest of them that comes under the warning line."""
        view, started = stage.view(), self._clock.wall_ns()
        trading = TradingCost.of(
            view.state, view.depth, daily_volume=volumes_of(view.version.parameters, view.reference)
        )
        execution = Execution(self._lines.warning)
        closing = Closing(view.state, view.universe, self._account, trading, execution)
        found: list[Plan] = []
        for plan in plans(closing):
            if not found:
                self._reach(DrillStep.FIRST_PLAN)
            found.append(plan)
        reaching = [plan for plan in found if plan.reached]
        if not reaching:
            reasons = [reason for plan in found for reason in plan.reasons]
            raise UserFacingError(reasons[0] if reasons else text("no plan comes under the warning line"))
        self._reach(DrillStep.ALL_PLANS)
        chosen = min(reaching, key=lambda plan: (plan.duration, plan.aim is not Aim.FASTEST))
        return chosen, Basis(view, trading, started, self._clock.wall_ns())

    def _propose(self, stage: Stage, plan: Plan, basis: Basis) -> None:
        now = self._clock.wall_ns()
        wish = Wish(bytes(16), MAKER, self._lines.close, REASON, now, now + VALID + plan.duration, drill=True)
        self._draft = draft = drafted(plan, basis, wish, msgspec.json.encode(self._settings), now)
        fingerprint = draft.instruction.fingerprint
        self._fingerprint = fingerprint.hex()
        shown = shown_digest(draft.instruction, translator(LANGUAGE))
        words = (Role.MAKER, PASSPHRASE, now, shown, LANGUAGE, REASON, draft)
        stage.maker.sign(Signing(fingerprint, Act.PROPOSE, *words))
        stage.until(lambda: self._proposal(stage) is not None)
        self._reach(DrillStep.PROPOSED)

    def _follow(self, stage: Stage) -> None:
        """Signatures and fills as they show; the records tell the moments more exactly in the end."""
        assert self._draft is not None
        last = max(order.after for order in self._draft.instruction.orders) // SECOND
        stage.until(lambda: len(self._alive(stage).proposal.approvals) >= 1)
        self._reach(DrillStep.FIRST_SIGNATURE)
        stage.until(lambda: len(self._alive(stage).proposal.approvals) >= 2)
        self._reach(DrillStep.SECOND_SIGNATURE)
        stage.until(lambda: bool(self._alive(stage).orders))
        self._reach(DrillStep.AT_EXCHANGE)
        stage.until(lambda: any(self._alive(stage).proposal.filled))
        self._reach(DrillStep.FIRST_FILL)
        stage.until(lambda: self._alive(stage).proposal.state is State.DONE, 60 + last)
        self._reach(DrillStep.LAST_FILL)
        stage.until(lambda: 0 <= self._ratio(stage.view()) < self._lines.call)
        self._reach(DrillStep.BACK)
        self._final = self._standing(stage.view())

    def _alive(self, stage: Stage) -> ProposalView:
        """The proposal, which has not ended other than well."""
        found = self._proposal(stage)
        if found is None:
            raise UserFacingError(text("the authority does not know the proposal any more"))
        proposal = found.proposal
        if proposal.state.is_final and proposal.state is not State.DONE:
            reason = proposal.reason or text("no reason is given")
            raise UserFacingError(text("the proposal is {state}: {reason}", state=proposal.label, reason=reason))
        return found

    def _proposal(self, stage: Stage) -> ProposalView | None:
        proposals = stage.maker.picture().proposals
        return next(
            (each for each in proposals if each.proposal.instruction.fingerprint.hex() == self._fingerprint), None
        )

    def _verify(self, stage: Stage) -> None:
        """Every record and signature; and when what happened, as it is on record."""
        assert self._draft is not None
        stage.end()
        found, checked = review(self._draft.instruction.identity.hex(), stage.stores)
        self._findings = tuple((Path(each.source).name, each.sound, each.finding) for each in checked)
        wrong = next((each.finding for each in checked if not each.sound), None)
        unproven = next((moment.unproven for moment in found.signed if moment.unproven is not None), wrong)
        if unproven is not None:
            raise UserFacingError(unproven)
        self._take_times(found)
        self._reach(DrillStep.VERIFIED)

    def _take_times(self, found: Review) -> None:
        """The moments as those recorded them whom they happened to."""
        records = [(moment.record.wall, moment.event) for moment in found.moments]
        proposed = [wall for wall, event in records if isinstance(event, Proposed)]
        signed = [wall for wall, event in records if isinstance(event, Signed) and event.act == "approve"]
        sent = [wall for wall, event in records if isinstance(event, OrderSent)]
        reports = [event for _, event in records if isinstance(event, OrderReported) and event.venue_time]
        taken = [event.venue_time for event in reports if not event.filled]
        filled = [event.venue_time for event in reports if event.filled]
        for step, moments, source in (
            (DrillStep.PROPOSED, proposed[:1], Source.RECORD),
            (DrillStep.FIRST_SIGNATURE, signed[:1], Source.RECORD),
            (DrillStep.SECOND_SIGNATURE, signed[1:2], Source.RECORD),
            (DrillStep.AT_EXCHANGE, sent[:1], Source.RECORD),
            (DrillStep.AT_EXCHANGE, sorted(taken)[:1], Source.EXCHANGE),
            (DrillStep.FIRST_FILL, sorted(filled)[:1], Source.EXCHANGE),
            (DrillStep.LAST_FILL, sorted(filled)[-1:], Source.EXCHANGE),
        ):
            for moment in moments:
                self._reach(step, moment, source)

    def _standing(self, view: View) -> Standing:
        accounts = view.snapshot.accounts
        row = accounts.names.index(self._account)
        return Standing(int(accounts.equity[row]), int(accounts.margin[row]), int(accounts.ratio[row]))

    def _ratio(self, view: View) -> int:
        return self._standing(view).ratio


def _unknown(account: str, known: list[str]) -> BadInputError:
    what = text("no account is called {name}", name=account)
    return BadInputError(f"{COMMAND} --account", what, text("there are {names}", names=", ".join(known[:5])))


def _without_margin(account: str) -> BadInputError:
    what = text("{account} needs no margin: no shock brings it over its line", account=account)
    return BadInputError(f"{COMMAND} --account", what, text("choose another account"))
