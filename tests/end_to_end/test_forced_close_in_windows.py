"""A forced close from the first look to the fills: three people at their windows, every process real."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.authorisation.approval import Act
from engine.authorisation.batch import Stage
from engine.authorisation.break_glass import Measure
from engine.authorisation.proposal import State
from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import FeedState
from feeds.clock import SECOND, SystemClock
from terminal import aio
from terminal.app import Terminal
from terminal.desk_setup import DeskSetup
from terminal.pipeline import Endpoints
from terminal.settings import AuthoritySettings, Settings
from tests.end_to_end.forced_close import SAMPLE, WORDS, Processes
from tests.end_to_end.stage import until
from widgets.approvals.batch import BatchDialog
from widgets.approvals.glass import GlassDialog, GlassReviewDialog
from widgets.approvals.proposing import ProposeDialog
from widgets.approvals.signing import SigningDialog
from widgets.workspace.views import APPROVALS, FORCED_CLOSE

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


class Seat:
    """One person's terminal."""

    def __init__(self, app: QApplication, folder: Path, person: str, authority: AuthoritySettings) -> None:
        settings = Settings(language="en", authority=authority)
        self.settings, self.person = settings, person
        self.terminal = Terminal(app, settings, SystemClock(), folder / f"{person}.json")
        self.window = self.terminal.window
        self.plans, self.approvals = self.window.view(FORCED_CLOSE), self.window.view(APPROVALS)
        self.terminal.show()

    def connect(self, ends: dict[str, str]) -> None:
        endpoints = Endpoints(ends["positions"], ends["snapshots"], ends["quotes"])
        lines = self.settings.lines.lines()
        self.terminal.connect_desk(DeskSetup(SAMPLE, None, endpoints, lines, 15 * SECOND))

    @property
    def is_ready(self) -> bool:
        desk, picture = self.terminal.desk, self.approvals.model.picture
        view = desk.view() if desk is not None else None
        live = view is not None and view.snapshot.authoritative and len(view.snapshot.accounts) > 0
        return live and picture is not None and picture.state is FeedState.LIVE and picture.executor

    @property
    def dialog(self) -> SigningDialog | None:
        return next(iter(self.window.findChildren(SigningDialog)), None)

    def show_approvals(self) -> None:
        self.window.workspace.show_view(APPROVALS)

    async def sign(self, code: str = "") -> None:
        """Fill the open dialog in and sign, by keyboard alone."""
        await until(lambda: self.dialog is not None, f"{self.person}'s dialog")
        dialog = self.dialog
        assert dialog is not None
        if code:
            QTest.keyClicks(dialog.code_field, code)
        QTest.keyClicks(dialog.passphrase, WORDS)
        await until(dialog.sign.isEnabled, f"{self.person} may sign: {dialog.obstacles}")
        QTest.keyClick(dialog.sign, Qt.Key.Key_Space)
        await until(lambda: self.dialog is None, f"{self.person}'s signature: {dialog.blocks.text()}")

    @property
    def batch(self) -> BatchDialog:
        (dialog,) = self.window.findChildren(BatchDialog)
        return dialog

    async def sign_batch(self, codes: dict[str, str] | None = None) -> dict[str, str]:
        """Visit every account of the open batch and sign, by keyboard alone; the code of each."""
        await until(lambda: self.window.findChildren(BatchDialog), f"{self.person}'s batch")
        dialog = self.batch
        plain = (Stage.OPEN, Stage.OUT)
        await until(lambda: all(page.stage in plain for page in dialog.batch.pages), f"{self.person}'s pages", 60)
        QTest.keyClicks(dialog.passphrase, WORDS)
        while any(page.stage is Stage.OPEN and not page.is_visited for page in dialog.batch.pages):
            assert not dialog.batch.waiting or not dialog.sign.isEnabled()
            await until(lambda: dialog.page.read, f"{self.person} has read {dialog.page.account}")
            if codes is not None and not dialog.page.is_visited:
                QTest.keyClicks(dialog.code_field, codes[dialog.page.account])
            QTest.keyClick(dialog, Qt.Key.Key_F6)
        made = {page.account: page.instruction.code for page in dialog.batch.pages if page.instruction is not None}
        states = [dialog.model.index(row, 2).data() for row in range(dialog.model.rowCount())]
        await until(dialog.sign.isEnabled, f"{self.person} may sign: {dialog.obstacles} {states}")
        QTest.keyClick(dialog.sign, Qt.Key.Key_Space)
        await until(
            lambda: all(page.stage in (Stage.SIGNED, Stage.OUT) for page in dialog.batch.pages),
            f"{self.person}'s signatures: {[str(page.reason) for page in dialog.batch.pages]}",
        )
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        return made

    def states(self) -> list[State]:
        return [view.proposal.state for view in self.approvals.model.proposals]

    async def review_batch(self, state: State) -> None:
        """Open the batch of all that wait, once the three are in this state."""
        self.show_approvals()
        await until(lambda: self.states() == [state] * 3, f"all {state} at the {self.person}'s")
        await until(self.approvals.batch.isEnabled, f"{self.person} may approve several")
        QTest.keyClick(self.approvals.batch, Qt.Key.Key_Space)

    async def review(self, act: Act) -> None:
        """Open the dialog on the newest proposal."""
        self.show_approvals()
        await until(self.approvals.buttons[act].isEnabled, f"{self.person} may {act.name}")
        self.approvals.buttons[act].click()

    def state(self) -> State | None:
        proposals = self.approvals.model.proposals
        return proposals[0].proposal.state if proposals else None


def in_trouble(seat: Seat) -> str:
    """The account with the highest ratio."""
    desk = seat.terminal.desk
    view = desk.view() if desk is not None else None
    assert view is not None
    accounts = view.snapshot.accounts
    return accounts.names[int(np.argmax(np.where(accounts.ratio == NOT_COMPUTABLE, -1, accounts.ratio)))]


def play(app: QApplication, folder: Path, processes: Processes, scene: object, *options: str) -> None:
    exchange, authority = processes.exchange(*options), processes.authority()
    founding = processes.found_people(authority["authority"])
    processes.executor(exchange, authority, founding)

    async def main() -> None:
        seats = [
            Seat(
                app,
                folder,
                person,
                AuthoritySettings(
                    authority["authority"], str(folder / f"{person}.key"), f"station of {person}", founding
                ),
            )
            for person in ("maker", "officer", "director")
        ]
        try:
            for seat in seats:
                seat.connect(exchange)
            await until(lambda: all(seat.is_ready for seat in seats), "three live terminals", 90)
            await scene(*seats)  # type: ignore[operator]
        finally:
            for seat in seats:
                seat.terminal.shut_down()

    aio.run(app, main())
    app.processEvents()


async def propose(maker: Seat) -> str:
    """Plan and propose the close of the account in most trouble; the code of the instruction."""
    account = in_trouble(maker)
    maker.window.accounts.choose(account)
    maker.window.workspace.show_view(FORCED_CLOSE)
    await until(lambda: maker.plans.account == account, "the account")
    maker.plans.ask()
    await until(lambda: maker.plans.answer is not None and maker.plans.answer.finished, "plans")
    await until(maker.plans.propose_button.isEnabled, "a plan with orders")
    maker.plans.propose_button.click()
    await until(lambda: maker.window.findChildren(ProposeDialog), "the first dialog")
    (first,) = maker.window.findChildren(ProposeDialog)
    QTest.keyClicks(first.findChild(QLineEdit, "propose_reason"), "over the line since this morning")
    QTest.keyClick(first.go_on, Qt.Key.Key_Space)
    await until(lambda: maker.dialog is not None, "the instruction")
    code = maker.dialog.instruction.code if maker.dialog is not None else ""
    await maker.sign()
    return code


def test_two_people_sign_what_a_third_has_proposed_and_the_account_comes_down(qapp, tmp_path, processes):
    async def scene(maker: Seat, officer: Seat, director: Seat) -> None:
        code = await propose(maker)
        await until(lambda: officer.state() is State.PROPOSED, "the proposal at the officer's")
        maker.show_approvals()
        await until(maker.approvals.buttons[Act.REVOKE].isEnabled, "the maker may withdraw")
        assert not maker.approvals.buttons[Act.APPROVE].isEnabled()
        await officer.review(Act.APPROVE)
        # Both want to be first: who comes second is asked for the code after all.
        await director.review(Act.APPROVE)
        await until(lambda: director.dialog is not None and director.dialog.code.isVisible(), "no code is wanted yet")
        await officer.sign()
        await until(lambda: director.state() is State.SIGNED1, "the first signature at the director's")
        await until(lambda: director.dialog is None, "the end of the dialog without code")
        assert "approved meanwhile" in director.approvals.message.text()
        await director.review(Act.APPROVE)
        await until(lambda: director.dialog is not None, "the director's dialog")
        assert not director.dialog.code.isVisible()
        await director.sign(code)
        await until(lambda: maker.state() is State.DONE, "every order filled", 60)
        proposal = maker.approvals.model.proposals[0]
        account = proposal.proposal.instruction.account
        assert [report.filled for report in proposal.orders] == [
            order.quantity for order in proposal.proposal.instruction.orders
        ]
        target = maker.plans.plan.target

        def ratio() -> int:
            accounts = maker.terminal.desk.view().snapshot.accounts
            return int(accounts.ratio[accounts.names.index(account)])

        await until(lambda: ratio() < target * 11 // 10, "the account near its target")

    # A market that walks may leave the collar while people type.
    play(qapp, tmp_path, processes, scene, "--still")


def test_one_veto_ends_a_proposal_without_any_feed_and_a_wrong_passphrase_signs_nothing(qapp, tmp_path, processes):
    async def scene(maker: Seat, officer: Seat, director: Seat) -> None:
        await propose(maker)
        await officer.review(Act.VETO)
        await until(lambda: officer.dialog is not None, "the officer's dialog")
        dialog = officer.dialog
        processes.running[0].kill()
        await until(lambda: not officer.terminal.desk.view().snapshot.authoritative, "the end of the feeds")
        QTest.keyClicks(dialog.passphrase, "something else")
        QTest.keyClicks(dialog.reason, "client pays in")
        await until(dialog.sign.isEnabled, "armed")
        QTest.keyClick(dialog.sign, Qt.Key.Key_Space)
        await until(lambda: "the passphrase is wrong" in dialog.blocks.text(), "the refusal")
        assert officer.state() is State.PROPOSED
        QTest.keyClicks(dialog.passphrase, WORDS)
        await until(dialog.sign.isEnabled, "another try")
        QTest.keyClick(dialog.sign, Qt.Key.Key_Space)
        await until(lambda: director.state() is State.VETOED, "the veto")
        assert not director.approvals.buttons[Act.APPROVE].isEnabled()
        await asyncio.sleep(0)

    play(qapp, tmp_path, processes, scene)


def test_an_account_of_a_batch_withdrawn_meanwhile_holds_up_no_other(qapp, tmp_path, processes):
    async def scene(maker: Seat, officer: Seat, director: Seat) -> None:
        accounts = maker.terminal.desk.view().snapshot.accounts
        worst = sorted(range(len(accounts.names)), key=lambda row: -int(accounts.ratio[row]))[:3]
        names = {accounts.names[row] for row in worst}
        maker.plans.target.setValue(float(accounts.ratio[worst[2]]) / 10_000 * 0.8)
        maker.window.accounts.batch_requested.emit(tuple(names))
        await until(lambda: maker.window.findChildren(ProposeDialog), "the terms")
        (first,) = maker.window.findChildren(ProposeDialog)
        QTest.keyClicks(first.reason, "a gap in the market")
        first.cured.setChecked(True)
        first.minutes.setValue(60)
        QTest.keyClick(first.go_on, Qt.Key.Key_Space)
        codes = await maker.sign_batch()
        assert set(codes) == names
        assert len(set(codes.values())) == 3
        await officer.review_batch(State.PROPOSED)
        await officer.sign_batch()
        await director.review_batch(State.SIGNED1)
        await until(lambda: director.window.findChildren(BatchDialog), "the director's batch")
        assert not director.batch.code.text()
        # One is withdrawn by its maker while the director reads: it is out, and says why.
        await maker.review(Act.REVOKE)
        await until(lambda: maker.dialog is not None, "the maker's dialog")
        QTest.keyClicks(maker.dialog.reason, "the client pays in")
        await maker.sign()
        await until(lambda: director.batch.batch.pages[-1].stage is Stage.OUT, "the account taken out")
        assert str(director.batch.batch.pages[-1].reason) == "withdrawn by maker"
        await director.sign_batch(codes)
        sent = (State.SENT, State.DONE)
        await until(lambda: all(state in sent for state in maker.states()[1:]), "the others sent", 60)
        assert maker.states()[0] is State.REVOKED

    play(qapp, tmp_path, processes, scene, "--still")


def test_an_officer_breaks_the_glass_every_window_tells_and_somebody_else_reviews(qapp, tmp_path, processes):
    async def scene(maker: Seat, officer: Seat, director: Seat) -> None:
        director.window.commands["break_glass"].action.trigger()
        assert "only a risk officer" in director.window.banner.words.text().lower()
        floated = maker.window.docks["positions"]
        floated.setFloating(True)
        officer.window.commands["break_glass"].action.trigger()
        (dialog,) = officer.window.findChildren(GlassDialog)
        QTest.keyClick(dialog.measures[Measure.BLOCK_OPENS], Qt.Key.Key_Space)
        QTest.keyClicks(dialog.words, "the venue does not answer")
        QTest.keyClicks(dialog.passphrase, WORDS)
        await until(dialog.sign.isEnabled, f"armed: {dialog.obstacles}")
        QTest.keyClick(dialog.sign, Qt.Key.Key_Space)
        seats = (maker, officer, director)
        await until(lambda: all(seat.window.glass.in_force for seat in seats), dialog.blocks.text())
        for seat in seats:
            assert seat.window.glass.isVisible()
            assert "the venue does not answer" in seat.window.glass.words.text()
        await until(floated.glass.isVisible, "the countdown in a dock that is a window of its own")
        assert "the venue does not answer" in floated.glass.words.text()
        await until(lambda: not officer.window.findChildren(GlassDialog), "the end of the dialog")
        (said,) = director.window.glass.in_force
        # Reviewed by whoever broke it, it counts for nothing; by another it does.
        for seat, words in ((officer, "does not review it"), (director, "")):
            seat.window.glass.review_requested.emit(said)
            (review,) = seat.window.findChildren(GlassReviewDialog)
            QTest.keyClicks(review.words, "rightly so")
            QTest.keyClicks(review.passphrase, WORDS)
            await until(review.sign.isEnabled, "armed")
            QTest.keyClick(review.sign, Qt.Key.Key_Space)
            if words:
                await until(lambda found=review, told=words: told in found.blocks.text(), "the refusal")
        await until(lambda: maker.approvals.model.picture.broken[0].reviewer == "director", "the review")

    play(qapp, tmp_path, processes, scene)
