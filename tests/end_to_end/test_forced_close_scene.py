"""The forced-close story with real processes: exchange, authority, executor gate, and the window of the maker.

An account trades itself over its line; its close is planned, proposed, signed by two people and filled, it is back
under its line, and every record of it is verified.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.authorisation.proposal import State
from engine.close_review import Review
from feeds.clock import SECOND
from terminal.cast import APPROVERS, MAKER
from terminal.close_command import review
from terminal.close_json import Checked
from terminal.limit_versions import LimitSource
from terminal.scenes.forced_close import ForcedCloseScene, setting
from tests.end_to_end.stage import SAMPLE, Stage, play, until
from widgets.workspace.views import APPROVALS, FORCED_CLOSE

pytestmark = pytest.mark.timeout(240)
READING = SECOND // 2
PATIENCE = 120


class Seen:
    """What a person at the window sees of the story, in sequence and each once."""

    def __init__(self, stage: Stage, told: ForcedCloseScene) -> None:
        self._stage, self._told = stage, told
        self.words: list[str] = []
        self.states: list[State] = []
        self.signatures: list[int] = []
        self.ratios: list[int] = []

    def look(self) -> bool:
        """Take down what there is; whether the story is over."""
        window = self._stage.window
        proposals = window.view(APPROVALS).model.proposals
        if window.banner.isVisible():
            self._note(self.words, str(window.banner.problem))
        if proposals:
            self._note(self.states, proposals[0].proposal.state)
            self._note(self.signatures, len(proposals[0].proposal.approvals))
        view, account = self._stage.view(), window.accounts.account
        if view is not None and account and any(words.startswith(account) for words in self.words):
            accounts = view.snapshot.accounts
            self.ratios.append(int(accounts.ratio[accounts.names.index(account)]))
        return self._told.over or bool(self._told.failures)

    @staticmethod
    def _note(notes: list[object], what: object) -> None:  # type: ignore[type-arg]
        if not notes or notes[-1] != what:
            notes.append(what)


def test_the_account_falls_through_its_line_and_is_brought_back_with_two_signatures_and_proof(
    qapp: QApplication, tmp_path: Path
) -> None:
    told = ForcedCloseScene(setting(SAMPLE.parent), READING)
    limits = LimitSource(told.setting.limits, told.setting.reference, folder=tmp_path / "data")
    found: list[tuple[Review, list[Checked]]] = []

    async def play_scene(stage: Stage) -> None:
        exchange = stage.start_exchange(*told.setting.exchange)
        exchange.said.connect(lambda said: told.start(stage.terminal, stage.parameters, said))
        seen = Seen(stage, told)
        try:
            await until(seen.look, "the end of the scene", PATIENCE)
            assert told.failures == []
            check_window(stage, seen)
            stores = [told._cast.folder / name for name in ("authority", "executor")]
            instruction = stage.window.view(APPROVALS).model.proposals[0].proposal.instruction
            found.append(review(instruction.identity.hex(), stores))
        finally:
            told.stop()

    play(qapp, tmp_path, play_scene, limits=limits)
    check_records(*found[0])


def check_window(stage: Stage, seen: Seen) -> None:
    """Every step was on screen: the fall, the plan, both signatures, the fills, the way back, the verification."""
    lines = stage.view().snapshot.lines
    account = stage.window.accounts.account
    assert seen.ratios[0] < lines.call
    assert max(seen.ratios) >= lines.close
    assert seen.ratios[-1] < lines.call
    said = [words for words in seen.words if words.startswith(account)]
    assert said == [
        f"{account} trades on, towards its forced-close line",
        f"{account} is over its forced-close line: orders are planned",
        f"{account} is back under its line; every record of it is verified",
    ]
    plan = stage.window.view(FORCED_CLOSE).plan
    assert plan is not None
    assert plan.reached
    assert (seen.states[0], seen.states[-1]) == (State.PROPOSED, State.DONE)
    assert seen.signatures == [0, 1, 2]
    proposal = stage.window.view(APPROVALS).model.proposals[0].proposal
    assert proposal.instruction.account == account
    assert proposal.filled == tuple(order.quantity for order in proposal.instruction.orders)
    assert not proposal.instruction.drill


def check_records(found: Review, checked: list[Checked]) -> None:
    """The records tell the same: who proposed, who signed, what was filled, and that all of it holds."""
    assert [each.sound for each in checked] == [True, True]
    assert [(moment.event.act, moment.event.person) for moment in found.signed] == [
        ("propose", MAKER),
        *(("approve", person) for person in APPROVERS),
    ]
    assert [moment.unproven for moment in found.signed] == [None] * 3
    assert {moment.event.person for moment in found.shown} == set(APPROVERS)
    assert [step.name for step in found.steps] == [
        "first signature",
        "second signature",
        "reserved",
        "first order sent",
        "last report",
    ]
    assert all(fill.filled == fill.planned.quantity for fill in found.fills)
    assert all(order.expected.money is not None for order in found.slippage.orders)
    assert found.state == State.DONE.value
