"""The switch between the exchange's arrays and live ones, and the marks beside every margin on live ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.snapshot import Arrays, Snapshot
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.language import Language
from widgets.window import MainWindow


@pytest.fixture
def filled(window: MainWindow) -> MainWindow:
    window.show_snapshot(sample_results.snapshot())
    window.show_detail(sample_results.detail(window.accounts.account))
    return window


def on_live_arrays(kept: int = 0, stale: int = 0) -> Snapshot:
    snapshot = sample_results.snapshot()
    parameters = replace(snapshot.parameters, arrays=Arrays.LIVE, contracts=840, kept=kept, stale=stale)
    return replace(snapshot, parameters=parameters)


def chosen(window: MainWindow) -> Arrays:
    return next(Arrays(code) for code, button in window.strip.arrays.buttons.items() if button.isChecked())


def marks(window: MainWindow) -> list[str]:
    return [view.header.mark.text() for view in window.views if not view.header.mark.isHidden()]


def test_before_there_is_a_desk_there_is_nothing_to_choose(window: MainWindow) -> None:
    assert not window.strip.arrays.isEnabled()
    window.show_snapshot(sample_results.snapshot())
    assert window.strip.arrays.isEnabled()
    assert chosen(window) is Arrays.EXCHANGE


@pytest.mark.parametrize("arrays", [Arrays.LIVE, Arrays.EXCHANGE])
def test_a_click_asks_for_arrays(filled: MainWindow, qtbot: QtBot, arrays: Arrays) -> None:
    with qtbot.waitSignal(filled.arrays_chosen) as asked:
        filled.strip.arrays.buttons[arrays].click()
    assert asked.args == [arrays.value]


def test_ctrl_l_asks_for_the_other_arrays(filled: MainWindow, qtbot: QtBot) -> None:
    filled.activateWindow()
    qtbot.waitUntil(filled.isActiveWindow)
    for expected in (Arrays.LIVE, Arrays.EXCHANGE):
        with qtbot.waitSignal(filled.arrays_chosen) as asked:
            QTest.keyClick(filled.accounts.tree, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        assert asked.args == [expected.value]


def test_what_was_chosen_stays_chosen_until_the_desk_says_otherwise(filled: MainWindow) -> None:
    filled.strip.arrays.buttons[Arrays.LIVE].click()
    filled.show_snapshot(sample_results.snapshot())
    assert chosen(filled) is Arrays.LIVE
    filled.show_snapshot(on_live_arrays())
    filled.show_snapshot(sample_results.snapshot())
    assert chosen(filled) is Arrays.EXCHANGE


def test_every_view_marks_margin_on_live_arrays(filled: MainWindow) -> None:
    assert marks(filled) == []
    filled.show_snapshot(on_live_arrays())
    assert marks(filled) == ["LIVE ARRAYS"] * len(filled.views)
    assert filled.status.parameters.text().startswith("LIVE ARRAYS · SAMPLE-20261120-final")
    filled.show_snapshot(sample_results.snapshot())
    assert marks(filled) == []
    assert "LIVE" not in filled.status.parameters.text()


def test_contracts_that_keep_the_exchanges_arrays_are_counted(filled: MainWindow) -> None:
    filled.show_snapshot(on_live_arrays(kept=90, stale=30))
    told = "90 of 840 contracts keep the exchange's array · 30 options on a stale price"
    assert told in filled.status.parameters.text()
    assert told in filled.accounts.header.mark.toolTip()
    assert told in filled.strip.parameters.toolTip()


def test_the_marks_follow_the_language(filled: MainWindow, language: Language) -> None:
    filled.show_snapshot(on_live_arrays(kept=90))
    language.install("zh_Hans", WordList({"LIVE ARRAYS": "实时阵列", "Live arrays": "实时"}))
    assert set(marks(filled)) == {"实时阵列"}
    assert filled.status.parameters.text().startswith("实时阵列")
    assert filled.strip.arrays.buttons[Arrays.LIVE].text() == "实时"
