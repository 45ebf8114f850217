"""Every account under every scenario, in the background of the real window."""

import json

import pytest
from PySide6.QtCore import Qt

from engine.numbers import NOT_COMPUTABLE
from feeds.clock import MILLISECOND
from terminal.limit_versions import LimitSource
from terminal.stress_watch import StressSource
from tests.end_to_end.stage import SAMPLE, Stage, play, until
from widgets.workspace.views import STRESS

pytestmark = pytest.mark.timeout(180)


def test_accounts_are_looked_at_under_stress_again_and_again_and_a_choice_there_is_everybodys(qapp, tmp_path):
    records = tmp_path / "records"

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        window, view = stage.window, stage.window.view(STRESS)
        stage.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: view.run is not None, "the first run")
        first = view.run
        assert (len(first.accounts), first.idle, first.authoritative) == (12, frozenset(), True)
        assert NOT_COMPUTABLE not in first.firm.profit
        await until(lambda: view.run is not first, "the next run")
        assert view.run.number > first.number
        assert view.news.compared >= first.as_of
        assert window.status.stress.text().startswith("Stress ")

        account = view.accounts.accounts.account(3)
        view.accounts.setCurrentIndex(view.accounts.accounts.index(3, 0))
        assert window.selection.current.account == window.accounts.account == account
        await until(lambda: view.reach[0].text().startswith(account), "its distance from its lines")

        lines = [json.loads(line) for line in (records / "stress.jsonl").read_text("utf-8").splitlines()]
        assert [line["number"] for line in lines[:2]] == [1, 2]
        assert lines[first.number - 1]["as_of"] == first.as_of

    stress_source = StressSource(folder=records, period=300 * MILLISECOND, first=0)
    limits = LimitSource(reference=SAMPLE.with_name("reference.toml"))
    play(qapp, tmp_path, scene, stress=stress_source, limits=limits)
