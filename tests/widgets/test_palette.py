"""The command palette finds accounts, groups, contracts, views and actions, by keyboard alone; F1 tells every key."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.span.contract_search import ContractSearch
from engine.span.reading import read_parameters
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.language import Language
from widgets.window import MainWindow
from widgets.workspace.finding import Kind
from widgets.workspace.keyboard_map import KeyboardMap
from widgets.workspace.palette import Palette
from widgets.workspace.perspectives import Perspective

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def contracts(project_root: Path) -> ContractSearch:
    return ContractSearch(read_parameters(project_root / "resources" / "sample" / "market.spn"))


@pytest.fixture
def palette(window: MainWindow, contracts: ContractSearch, qtbot: QtBot) -> Palette:
    """The palette, open over a window with two hundred accounts."""
    window.show_parameters(contracts)
    window.show_snapshot(sample_results.snapshot())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(window.palette_.field.hasFocus)
    return window.palette_


def choose(palette: Palette, typed: str) -> None:
    QTest.keyClicks(palette.field, typed)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)


def titles(palette: Palette, kind: Kind) -> list[str]:
    return [entry.title for entry in palette.model.entries if entry.kind is kind]


def test_an_account_is_a_few_letters_away(palette: Palette, window: MainWindow) -> None:
    choose(palette, "halden mac")
    assert window.selection.current.account == "Halden Macro II"
    assert not palette.isVisible()


def test_a_group_fills_the_filter_of_the_accounts(palette: Palette, window: MainWindow) -> None:
    choose(palette, "halden group")
    assert window.accounts.filter.text() == "Halden group"


def test_a_contract_is_selected_and_shown_in_full(palette: Palette, window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.field, "cl 2027-03")
    assert palette.model.entries[0].title == "CL 2027-03"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(window.parameters.isVisible)
    assert str(window.selection.current.contract) == "SIM:CL:FUT:202703"


def test_views_and_actions_are_found_by_their_names(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.field, "margin break")
    assert titles(palette, Kind.VIEW) == ["Margin breakdown"]
    palette.field.clear()
    choose(palette, "desk head")
    assert window.workspace.perspective is Perspective.DESK_HEAD


def test_arrows_move_and_escape_gives_the_keyboard_back(palette: Palette, window: MainWindow) -> None:
    QTest.keyClicks(palette.field, "macro")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentIndex().row() == palette.model.rowCount() - 1
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.isAncestorOf(QApplication.focusWidget())


def test_what_was_chosen_lately_comes_first(palette: Palette, window: MainWindow) -> None:
    choose(palette, "boreal gas")
    window.commands["palette"].action.trigger()
    assert palette.model.entries[0].title == "Boreal Gas"
    assert palette.model.entries[0].recent
    QTest.keyClicks(palette.field, "gas")
    assert palette.model.entries[0].title == "Boreal Gas"


def test_what_was_chosen_lately_survives_a_restart(palette: Palette, window: MainWindow, tmp_path: Path) -> None:
    choose(palette, "cl 2027-03")
    path = str(tmp_path / "layout.json")
    window.save_layout(path)
    window.palette_.finder.recent = []
    window.restore_layout(path)
    window.commands["palette"].action.trigger()
    assert palette.model.entries[0].title == "CL 2027-03"


def test_what_nothing_is_called_is_said(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "xyzzy42")
    assert palette.hint.text() == "Nothing is called so."
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_the_palette_closes_when_the_keyboard_goes_elsewhere(palette: Palette, window: MainWindow) -> None:
    window.accounts.tree.setFocus()
    assert not palette.isVisible()


def test_the_keyboard_map_tells_every_key_of_the_registry(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["keyboard"].action.trigger()
    page = window.findChild(KeyboardMap)
    assert page is not None
    written = " ".join(label.text() for label in page.findChildren(QLabel, "key"))
    assert all(key in written for command in window.commands for key in command.keys)
    with qtbot.waitSignal(page.destroyed):
        page.reject()


def test_the_palette_and_the_actions_speak_the_language_in_force(
    palette: Palette, window: MainWindow, language: Language
) -> None:
    language.install("zh_Hans", WordList({"Desk head": "部门主管", "Find": "查找"}))
    palette.field.setText("部门")
    assert palette.model.entries[0].title == "部门主管"
    assert palette.field.accessibleName() == "查找"
