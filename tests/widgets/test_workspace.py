"""Perspectives and docks: each perspective keeps its own arrangement, and layouts survive docks that come and go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.text import text
from tests.widgets import sample_results
from widgets.account_model import Column as AccountColumn
from widgets.language import Language
from widgets.layout_file import read_layout, write_layout
from widgets.selection import Selection
from widgets.window import MainWindow
from widgets.workspace import views
from widgets.workspace.actions import Command, Group
from widgets.workspace.perspectives import LAYOUTS, Perspective

TRADER, RISK_OFFICER, DESK_HEAD = Perspective


def shown(window: MainWindow) -> set[str]:
    return {name for name, dock in window.docks.items() if not dock.isHidden()}


def by_default(perspective: Perspective) -> set[str]:
    return {spec.name for spec in views.VIEWS if perspective in spec.places}


@pytest.mark.parametrize(
    ("key", "perspective"),
    [(Qt.Key.Key_F3, RISK_OFFICER), (Qt.Key.Key_F4, DESK_HEAD), (Qt.Key.Key_F2, TRADER)],
)
def test_a_key_switches_the_perspective(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, perspective: Perspective
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    if perspective is TRADER:
        window.workspace.switch(RISK_OFFICER)
    QTest.keyClick(window, key)
    assert window.workspace.perspective is perspective
    assert shown(window) == by_default(perspective)
    assert window.strip.perspectives.buttons[perspective].isChecked()


def test_a_click_on_its_name_switches_the_perspective(window: MainWindow) -> None:
    window.strip.perspectives.buttons[DESK_HEAD].click()
    assert shown(window) == by_default(DESK_HEAD)


def test_each_perspective_remembers_its_own_layout(window: MainWindow) -> None:
    window.docks["ticket"].setFloating(True)
    window.workspace.switch(RISK_OFFICER)
    assert not window.docks["ticket"].isFloating()
    window.docks["accounts"].close()
    window.workspace.switch(TRADER)
    assert window.docks["ticket"].isFloating()
    assert not window.docks["accounts"].isHidden()
    window.workspace.switch(RISK_OFFICER)
    assert window.docks["accounts"].isHidden()


def test_a_view_floated_from_behind_a_tab_is_seen(window: MainWindow) -> None:
    dock = window.docks["concentration"]
    assert not dock.widget().is_seen
    dock.setFloating(True)
    assert dock.widget().is_seen


def test_the_layout_of_one_perspective_is_reset_alone(window: MainWindow) -> None:
    window.docks["ticket"].setFloating(True)
    window.workspace.switch(DESK_HEAD)
    window.docks["accounts"].close()
    window.commands["reset_layout"].action.trigger()
    assert not window.docks["accounts"].isHidden()
    window.workspace.switch(TRADER)
    assert window.docks["ticket"].isFloating()


def test_every_perspective_comes_back_from_a_file(window: MainWindow, tmp_path: Path) -> None:
    path = str(tmp_path / "layout.json")
    window.docks["ticket"].setFloating(True)
    window.workspace.switch(DESK_HEAD)
    window.docks["positions"].close()
    assert window.save_layout(path)
    for perspective in (TRADER, DESK_HEAD):
        window.workspace.switch(perspective)
        window.arrange_docks()
    assert window.restore_layout(path)
    assert window.workspace.perspective is DESK_HEAD
    assert window.docks["positions"].isHidden()
    window.workspace.switch(TRADER)
    assert window.docks["ticket"].isFloating()


def test_a_dock_that_an_older_release_did_not_know_appears_in_its_place(window: MainWindow, tmp_path: Path) -> None:
    path = str(tmp_path / "layout.json")
    window.docks["concentration"].close()
    window.docks["ticket"].setFloating(True)
    window.save_layout(path)
    layout = read_layout(path)
    assert layout is not None
    arrangement = layout.arrangements["trader"]
    older = replace(arrangement, docks=tuple(name for name in arrangement.docks if name != "concentration"))
    write_layout(path, replace(layout, arrangements={"trader": older}))
    assert window.restore_layout(path)
    assert not window.docks["concentration"].isHidden()
    assert window.docks["positions"] in window.tabifiedDockWidgets(window.docks["concentration"])
    assert window.docks["ticket"].isFloating()


def test_perspectives_and_docks_of_a_newer_release_are_let_be(window: MainWindow, tmp_path: Path) -> None:
    path = str(tmp_path / "layout.json")
    window.docks["ticket"].setFloating(True)
    window.save_layout(path)
    layout = read_layout(path)
    assert layout is not None
    arrangement = layout.arrangements["trader"]
    newer = replace(arrangement, docks=(*arrangement.docks, "crystal_ball"))
    write_layout(path, replace(layout, perspective="wizard", arrangements={"trader": newer, "wizard": arrangement}))
    assert window.restore_layout(path)
    assert window.workspace.perspective is TRADER
    assert window.docks["ticket"].isFloating()


@pytest.mark.parametrize("perspective", list(Perspective))
def test_the_columns_of_every_perspective_keep_their_shares(
    window: MainWindow, qtbot: QtBot, perspective: Perspective
) -> None:
    window.resize(1900, 1000)
    window.workspace.switch(perspective)
    window.arrange_docks()
    first = window.workspace.front_of_column(0)
    wanted = LAYOUTS[perspective].widths[0] / 100
    qtbot.waitUntil(lambda: abs(first.width() / window.width() - wanted) < 0.04)


def test_a_closed_view_opens_again_by_its_key(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.docks["positions"].close()
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.positions.isVisible)


def test_a_view_that_a_perspective_does_not_show_opens_as_a_tab(window: MainWindow, qtbot: QtBot) -> None:
    window.workspace.switch(DESK_HEAD)
    window.commands["view_ticket"].action.trigger()
    qtbot.waitUntil(window.ticket.isVisible)
    assert window.tabifiedDockWidgets(window.docks["ticket"])
    window.workspace.switch(TRADER)
    window.workspace.switch(DESK_HEAD)
    assert not window.docks["ticket"].isHidden()


def test_no_key_is_given_away_twice(window: MainWindow) -> None:
    with pytest.raises(ValueError, match=r"Ctrl\+1 of second belongs to view_accounts"):
        window.commands.adopt(Command("second", text("Accounts"), Group.VIEWS, ("Ctrl+1",), QAction(window)))
    with pytest.raises(ValueError, match="view_accounts"):
        window.commands.adopt(Command("view_accounts", text("Accounts"), Group.VIEWS, (), QAction(window)))


def test_choosing_what_is_chosen_already_tells_nobody(qapp: QApplication) -> None:
    selection, heard = Selection(), []
    selection.changed.connect(heard.append)
    selection.choose_account("Halden Gas")
    selection.choose_account("Halden Gas")
    selection.choose_contract(sample_results.CRUDE)
    selection.choose_product(sample_results.CRUDE.product)
    assert len(heard) == 2
    assert selection.current.contract == sample_results.CRUDE


def test_another_product_lets_the_contract_go(qapp: QApplication) -> None:
    selection = Selection()
    selection.choose_contract(sample_results.CRUDE)
    selection.choose_product("ES")
    assert (selection.current.product, selection.current.contract) == ("ES", None)


def test_the_buttons_of_a_heading_float_dock_and_close(window: MainWindow, qtbot: QtBot) -> None:
    dock, header = window.docks["positions"], window.positions.header
    qtbot.mouseClick(header.floats, Qt.MouseButton.LeftButton)
    assert dock.isFloating()
    assert header.floats.accessibleName() == "Dock again"
    qtbot.mouseClick(header.floats, Qt.MouseButton.LeftButton)
    assert not dock.isFloating()
    qtbot.mouseClick(header.closes, Qt.MouseButton.LeftButton)
    assert dock.isHidden()


def test_the_view_menu_ticks_open_docks_and_opens_and_closes_them(window: MainWindow) -> None:
    window.menu.fill()
    by_name = {action.objectName(): action for action in window.menu.actions()}
    assert all(by_name[f"toggle_{name}"].isChecked() is not dock.isHidden() for name, dock in window.docks.items())
    by_name["toggle_positions"].trigger()
    assert window.docks["positions"].isHidden()
    window.menu.fill()
    next(each for each in window.menu.actions() if each.objectName() == "toggle_positions").trigger()
    assert not window.docks["positions"].isHidden()


@pytest.mark.parametrize("code", ["en", "zh_Hans"])
def test_no_dock_asks_for_so_much_that_names_of_accounts_are_squeezed_out(
    window: MainWindow, language: Language, code: str
) -> None:
    language.install(code)
    window.show_snapshot(sample_results.snapshot(20))
    width = window.width()
    for perspective in (RISK_OFFICER, DESK_HEAD, TRADER):
        window.workspace.switch(perspective)
        window.arrange_docks()
        QApplication.processEvents()
        assert window.width() == width, perspective
        assert window.accounts.tree.columnWidth(0) >= 100, perspective


def test_columns_give_way_before_the_name_of_an_account_does(window: MainWindow) -> None:
    window.show_snapshot(sample_results.snapshot(20))
    dock = window.docks["accounts"]
    dock.setFloating(True)
    for width in (900, 520, 360, 280):
        dock.resize(width, 500)
        QApplication.processEvents()
        assert window.accounts.tree.columnWidth(0) >= 90, width
    assert window.accounts.tree.isColumnHidden(AccountColumn.EQUITY)
    dock.resize(900, 500)
    QApplication.processEvents()
    assert not window.accounts.tree.isColumnHidden(AccountColumn.EQUITY)
