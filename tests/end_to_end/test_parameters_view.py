"""The Parameters view in the real window: found by keys, live arrays beside the exchange's, what changed overnight."""

import pytest
from PySide6.QtCore import Qt

from tests.end_to_end.stage import SAMPLE, Stage, play, until
from tests.terminal.market_files import next_day, put
from widgets.parameters.contract_pane import Page

pytestmark = pytest.mark.timeout(180)
CONTROL = Qt.KeyboardModifier.ControlModifier


async def seek(stage: Stage, words: str) -> None:
    """Go to the view by key and type a contract."""
    stage.press(Qt.Key.Key_6, CONTROL)
    await until(stage.window.parameters.list.search.hasFocus, "the search field")
    stage.type(words)


def test_a_contract_is_found_with_its_live_array(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        pane = stage.window.parameters.pane
        await seek(stage, "es h7 6000 p")
        await until(lambda: pane.title.text() == "ES P 6000 2027-03", "the contract")
        assert pane.array.model.live == ()
        stage.press(Qt.Key.Key_L, CONTROL)
        await until(lambda: len(pane.array.model.live) == 16, "the live array")
        stage.press(Qt.Key.Key_L, CONTROL)
        await until(lambda: pane.array.model.live == (), "the exchange's array alone")

    play(qapp, tmp_path, scene)


def test_what_changed_overnight_is_shown_once_the_new_file_is_in_force(qapp, tmp_path):
    file = put(tmp_path / "market.spn", SAMPLE.read_text("utf-8"))

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        pane = stage.window.parameters.pane
        await seek(stage, "es fut 2027-06")
        await until(lambda: pane.title.text() == "ES 2027-06", "the contract")
        assert pane.pages.buttons[Page.CHANGES].text() == "Changes"
        put(file, next_day())
        await until(stage.window.changes.warning.review.isVisible, "the offer")
        stage.window.changes.warning.review.click()
        await until(lambda: stage.window.changes.dialog is not None, "the dialog")
        stage.window.changes.dialog.switch.click()
        await until(lambda: pane.pages.buttons[Page.CHANGES].text() == "Changes 1", "the change")
        change = pane.changes.changes.changes[0]
        assert (str(change.name), change.old, change.new) == ("price scan range", 17_500_000_000, 21_000_000_000)

    play(qapp, tmp_path, scene, parameters=file)
