"""Parameter versions in the real window: a new day's file, its confirmation, and the way back by key."""

import pytest
from PySide6.QtCore import Qt

from tests.end_to_end.stage import SAMPLE, Stage, play, until
from tests.terminal.market_files import NEXT_VERSION, VERSION, next_day, put

pytestmark = pytest.mark.timeout(180)
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def shown(stage: Stage) -> set[str]:
    """Versions that the window names, wherever a figure stands."""
    window = stage.window
    subtitles = [view.header.subtitle.text() for view in (window.positions, window.breakdown, window.ticket)]
    words = " · ".join([*subtitles, window.strip.parameters.text(), window.status.parameters.text()])
    return {version for version in (VERSION, NEXT_VERSION) if version in words}


def test_a_new_file_is_confirmed_and_taken_back_by_key(qapp, tmp_path):
    file = put(tmp_path / "market.spn", SAMPLE.read_text("utf-8"))

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        window = stage.window
        line = stage.view().detail.positions[0].contract
        window.ticket.legs[0].setText(f"Buy 1 {line}")
        window.ticket.compute()
        await until(lambda: VERSION in window.ticket.header.subtitle.text(), "an answer on the first version")
        assert shown(stage) == {VERSION}

        put(file, next_day())
        await until(window.changes.warning.isVisible, "the banner")
        assert "is there and not in force" in window.changes.warning.words.text()
        await until(window.changes.warning.review.isVisible, "the button")
        stage.press(Qt.Key.Key_R, CONTROL_SHIFT)
        await until(lambda: window.changes.dialog is not None, "the dialog")
        window.changes.dialog.switch.click()
        await until(lambda: shown(stage) == {NEXT_VERSION}, "the new version everywhere")
        assert not window.changes.warning.isVisible()
        assert window.parameters.contracts is stage.view().version.contracts

        window.activateWindow()
        await until(window.isActiveWindow, "the window")
        await until(window.changes.back.isEnabled, "the way back")
        stage.press(Qt.Key.Key_B, CONTROL_SHIFT)
        await until(lambda: window.changes.dialog is not None, "the confirmation")
        window.changes.dialog.switch.click()
        await until(lambda: shown(stage) == {VERSION}, "the first version everywhere")
        assert window.changes.warning.isVisible()
        assert "is set aside" in window.changes.warning.words.text()

    play(qapp, tmp_path, scene, parameters=file)


@pytest.mark.expects_log("falling back on SAMPLE-20261120-final")
def test_a_broken_file_at_the_start_leaves_yesterdays_in_force_and_says_so(qapp, tmp_path):
    file = put(tmp_path / "market.spn", SAMPLE.read_text("utf-8"))

    async def once(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()

    play(qapp, tmp_path, once, parameters=file)

    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        await until(stage.window.changes.warning.isVisible, "the banner")
        assert stage.window.changes.warning.words.text().endswith(f"{VERSION} stays in force")
        assert stage.window.strip.parameters.text().startswith("⚠")

    put(file, "<spanFile>")
    play(qapp, tmp_path, scene, parameters=file, traded=SAMPLE)
