"""Limits of a file in the running window: checked, named, changed while it runs."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.decision import Verdict
from engine.limit_file import read_limits
from engine.reference import read_reference
from terminal.limit_versions import LimitSource
from tests.end_to_end.stage import SAMPLE, Stage, play, until

pytestmark = pytest.mark.timeout(180)
LIMIT = '[[limit]]\nid = "Size"\nmeasure = "position"\nof = "account"\nby = "contract"\nhard = {hard}\n'


def test_the_limits_of_the_demo_can_be_read():
    folder = SAMPLE.parent
    limits = read_limits((folder / "limits.toml").read_text(), "limits.toml")
    reference = read_reference(folder / "reference.toml")
    sectors = {product.sector for product in reference.products.values()}
    assert len(limits.limits) > 10
    assert {"Energy", "Metals"} <= sectors


@pytest.mark.expects_log("unknown key")
def test_a_file_of_limits_counts_in_the_ticket_and_is_taken_up_anew_while_the_window_runs(qapp, tmp_path: Path):
    file = tmp_path / "desk.toml"
    file.write_text(LIMIT.format(hard=100_000))

    async def scene(stage: Stage) -> None:
        def decided(verdict: Verdict) -> bool:
            decision = stage.view().decision
            return decision is not None and decision.verdict is verdict

        stage.start_exchange()
        await stage.live()
        accounts = stage.view().snapshot.accounts
        roomy = accounts.names[int(np.argmax(accounts.available))]
        stage.window.accounts.choose(roomy)
        await until(lambda: stage.view().detail.account == roomy, "the account with most room")
        await until(lambda: "limits: 1" in stage.window.status.limits.text(), "the limits in the status bar")
        stage.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        stage.type("Buy 2 CL 2027-02")
        stage.press(Qt.Key.Key_Return)
        await until(lambda: decided(Verdict.PASSES), "an order that passes")
        file.write_text(LIMIT.format(hard=1))
        await until(lambda: decided(Verdict.REFUSED), "the refusal by the new limits")
        decision = stage.view().decision
        assert "Size: position in CL 2027-02" in str(decision.reasons[0])
        assert decision.curve.largest == 1 - decision.limits.results[0].before
        file.write_text("colour = 'red'\n")
        await until(stage.window.changes.warning.isVisible, "the banner")
        assert "unknown key colour" in stage.window.changes.warning.words.text()
        assert decided(Verdict.REFUSED)
        file.write_text(LIMIT.format(hard=100_000))
        await until(lambda: decided(Verdict.PASSES), "an order that passes again")
        await until(lambda: not stage.window.changes.warning.isVisible(), "the end of the banner")

    play(qapp, tmp_path, scene, limits=LimitSource(file, folder=tmp_path / "data"))
    assert len((tmp_path / "data" / "limits.jsonl").read_text().splitlines()) == 3


def test_without_a_file_the_window_says_that_no_limits_are_in_force(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        await until(lambda: stage.window.status.limits.text() == "no limits in force", "the words")
        assert stage.window.status.limits.property("tone") == "warning"

    play(qapp, tmp_path, scene)
