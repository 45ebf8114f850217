"""The main window: results go to the views, questions come out, all of it without a mouse."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.decision import Order, Verdict
from engine.numbers import MONEY
from engine.snapshot import FeedState
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.conftest import Asked, WordList
from widgets.account_model import Column
from widgets.language import Language
from widgets.layout_file import read_layout
from widgets.theme import apply_theme, load_theme
from widgets.window import MainWindow
from widgets.workspace.perspectives import Perspective
from widgets.workspace.views import VIEWS

DAMAGED = (
    '{"palisade_layout": 3, "release": "", "geometry": "00", "perspective": "trader", '
    '"perspectives": {"trader": {"state": "00", "docks": []}}}'
)
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def filled(window: MainWindow, asked: Asked) -> MainWindow:
    """A window that shows two hundred accounts and one of them in full."""
    window.show_snapshot(sample_results.snapshot())
    window.accounts.choose("Meridian Macro II")
    window.show_detail(sample_results.detail())
    return window


def activate(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key on whatever has the focus, as a keyboard does."""
    QTest.keyClick(QGuiApplication.focusWindow(), key, modifier)


def write(words: str) -> None:
    for letter in words:
        QTest.keyClick(QGuiApplication.focusWindow(), letter)


def focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_from_start_to_a_question_without_a_mouse(window: MainWindow, asked: Asked, qtbot: QtBot) -> None:
    activate(window, qtbot)
    window.show_snapshot(sample_results.snapshot())
    press(Qt.Key.Key_Slash)
    qtbot.waitUntil(window.accounts.filter.hasFocus)
    write("macro ii halden")
    press(Qt.Key.Key_Return)
    assert asked.accounts[-1] == "Halden Macro II"
    press(Qt.Key.Key_N, CONTROL)
    qtbot.waitUntil(window.ticket.legs[0].hasFocus)
    write("Buy 120 CL 2027-03")
    press(Qt.Key.Key_Return)
    request = asked.requests[-1]
    assert request is not None
    assert (request.account, request.orders) == ("Halden Macro II", (Order(sample_results.CRUDE, 120),))


def test_arrows_move_among_the_accounts_from_the_start(window: MainWindow, asked: Asked, qtbot: QtBot) -> None:
    activate(window, qtbot)
    window.show_snapshot(sample_results.snapshot())
    press(Qt.Key.Key_Down)
    assert len(asked.accounts) == 2


@pytest.mark.parametrize(
    ("key", "modifier", "name"),
    [
        (Qt.Key.Key_1, CONTROL, "account_tree"),
        (Qt.Key.Key_2, CONTROL, "breakdown_tree"),
        (Qt.Key.Key_3, CONTROL, "position_table"),
        (Qt.Key.Key_4, CONTROL, "ticket_leg_1"),
        (Qt.Key.Key_5, CONTROL, "status_strip"),
        (Qt.Key.Key_6, CONTROL, "parameter_search"),
        (Qt.Key.Key_F, CONTROL, "account_filter"),
        (Qt.Key.Key_Slash, Qt.KeyboardModifier.NoModifier, "account_filter"),
    ],
)
def test_every_view_is_a_key_away(
    filled: MainWindow, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, name: str
) -> None:
    activate(filled, qtbot)
    filled.strip.languages.buttons["en"].setFocus()
    press(key, modifier)
    assert focus().objectName() == name


def test_tab_goes_through_the_ticket_in_order(filled: MainWindow, qtbot: QtBot) -> None:
    activate(filled, qtbot)
    filled.ticket.account.setFocus()
    filled.ticket.legs[0].setText("Buy 1 CL 2027-03")
    names = []
    for _ in range(4):
        press(Qt.Key.Key_Tab)
        names.append(focus().objectName())
    assert names == ["ticket_leg_1", "ticket_leg_2", "ticket_clear", "ticket_compute"]


def test_a_slash_typed_in_a_field_stays_in_it(filled: MainWindow, qtbot: QtBot) -> None:
    activate(filled, qtbot)
    filled.ticket.focus_first_leg()
    write("a/b")
    assert filled.ticket.legs[0].text() == "a/b"


def test_an_answer_reaches_ticket_and_breakdown(filled: MainWindow, asked: Asked) -> None:
    filled.ticket.legs[0].setText("Buy 120 CL 2027-03")
    filled.ticket.compute()
    assert asked.requests[-1] is not None
    filled.show_decision(sample_results.decision(asked.requests[-1], Verdict.PASSES))
    assert filled.ticket.verdict.headline.text() == "✓  Passes."
    assert filled.breakdown.after.isEnabled()


def test_the_detail_of_another_account_is_let_go(filled: MainWindow) -> None:
    filled.show_detail(sample_results.detail("Halden Gas", 3))
    assert filled.positions.model.rowCount() == 24


def test_choosing_an_account_says_that_its_figures_are_on_their_way(filled: MainWindow) -> None:
    filled.accounts.choose("Halden Gas")
    assert filled.positions.placeholder.headline.text() == "Computing…"
    assert filled.ticket.account.text() == "Halden Gas"
    filled.show_detail(sample_results.detail("Halden Gas"))
    assert not filled.positions.is_empty


def test_the_parameters_follow_the_position_a_person_moves_to(filled: MainWindow) -> None:
    filled.positions.table.selectRow(2)
    assert filled.parameters.chosen == filled.positions.model.line(2).contract


def test_the_parameters_follow_the_first_leg_of_the_ticket(filled: MainWindow) -> None:
    filled.ticket.legs[0].setText("Buy 120 CL 2027-03")
    filled.ticket.compute()
    assert filled.parameters.chosen == sample_results.CRUDE


def test_going_to_a_view_brings_it_to_the_front_of_its_tabs(filled: MainWindow, qtbot: QtBot) -> None:
    activate(filled, qtbot)
    press(Qt.Key.Key_6, CONTROL)
    qtbot.waitUntil(filled.parameters.isVisible)
    press(Qt.Key.Key_1, CONTROL)
    qtbot.waitUntil(filled.accounts.isVisible)


def test_a_view_behind_a_tab_does_not_say_its_title_twice(filled: MainWindow, qtbot: QtBot) -> None:
    assert filled.accounts.header.title.isHidden()
    filled.docks["parameters"].setFloating(True)
    qtbot.waitUntil(lambda: not filled.accounts.header.title.isHidden())
    assert not filled.parameters.header.title.isHidden()


def test_a_position_leads_to_the_question_what_closing_it_does(filled: MainWindow, asked: Asked, qtbot: QtBot) -> None:
    filled.set_directory(sample_results.directory())
    line = filled.positions.model.line(0)
    filled.positions.close_requested.emit(Order(line.contract, -line.net))
    assert asked.requests[-1] is not None
    assert asked.requests[-1].orders == (Order(line.contract, -line.net),)


def test_a_leaf_of_the_breakdown_leads_to_its_position(filled: MainWindow) -> None:
    contract = filled.positions.model.line(4).contract
    filled.breakdown.contract_selected.emit(contract)
    assert filled.positions.model.line(filled.positions.table.currentIndex().row()).contract == contract


def test_waiting_for_the_feed_is_said_in_the_empty_view(window: MainWindow) -> None:
    window.show_progress(text("waiting for the position feed at {endpoint}", endpoint="tcp://127.0.0.1:5555"))
    assert "tcp://127.0.0.1:5555" in window.accounts.placeholder.hint.text()
    assert "tcp://127.0.0.1:5555" in window.status.message.text()
    window.show_snapshot(sample_results.snapshot())
    assert window.status.message.text() == ""
    assert not window.accounts.is_empty


def test_a_long_load_shows_its_share_and_can_be_cancelled_once(window: MainWindow, qtbot: QtBot) -> None:
    loading, asked = window.accounts.placeholder.loading, []
    window.cancel_requested.connect(lambda: asked.append(True))
    window.show_progress(text("reading {file}", file="large.spn"), 0.429)
    assert loading.isVisible()
    assert (loading.bar.value(), loading.percent.text()) == (42, "42%")
    assert "large.spn" in window.accounts.placeholder.hint.text()
    qtbot.mouseClick(loading.cancel, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(loading.cancel, Qt.MouseButton.LeftButton)
    assert asked == [True]
    window.show_progress(text("stopped"))
    assert not loading.isVisible()
    window.show_progress(text("reading {file}", file="large.spn"), 0.0)
    assert loading.cancel.isEnabled()


def test_a_load_of_unknown_length_shows_no_bar(window: MainWindow) -> None:
    window.show_progress(text("reading {file}", file="small.spn"))
    assert not window.accounts.placeholder.loading.isVisible()


def test_a_stale_feed_marks_every_view_and_its_return_takes_the_marks_away(filled: MainWindow) -> None:
    filled.show_snapshot(sample_results.snapshot(quotes=FeedState.STALE, age=3_200_000_000))
    # What the exchange published does not age with the feeds.
    views = [view for view in filled.views if view is not filled.parameters]
    assert not any(view.band.isHidden() for view in views)
    assert filled.ticket.band.message.text().startswith("Not authoritative: Quotes STALE")
    filled.show_snapshot(sample_results.snapshot())
    assert not any(view.band.isVisible() for view in filled.views)


def test_a_problem_is_told_in_a_banner_that_escape_ends(filled: MainWindow, qtbot: QtBot) -> None:
    activate(filled, qtbot)
    filled.show_problem(text("{where}: damaged", where="takas.spn"))
    assert filled.banner.isVisible()
    assert filled.banner.words.text() == "⚠  takas.spn: damaged"
    press(Qt.Key.Key_Escape)
    assert not filled.banner.isVisible()


def test_the_strip_names_parameters_and_time(filled: MainWindow) -> None:
    assert filled.strip.parameters.text() == "Parameters SAMPLE-20261120-final"
    assert "SHA-256 4f4f" in filled.strip.parameters.toolTip()
    assert filled.strip.as_of.text().startswith("as of ")
    assert filled.status.parameters.text() == "SAMPLE-20261120-final · 2026-11-20"


def test_language_and_theme_are_asked_for(filled: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(filled.language_chosen) as language:
        filled.strip.languages.buttons["zh_Hans"].click()
    with qtbot.waitSignal(filled.theme_chosen) as theme:
        filled.strip.themes.actions_by_code["light"].trigger()
    assert (language.args, theme.args) == (["zh_Hans"], ["light"])


def test_the_whole_window_changes_its_language(filled: MainWindow, language: Language) -> None:
    words = {
        "Accounts": "账户",
        "Positions": "持仓",
        "Order ticket": "下单试算",
        "Margin breakdown": "保证金明细",
        "Parameters": "参数",
        "Palisade: margin and risk": "保证金与风险",
        "{where}: damaged": "{where}：已损坏",
    }
    filled.show_problem(text("{where}: damaged", where="takas.spn"))
    language.install("zh_Hans", WordList(words))
    titles = [view.header.title.text() for view in filled.views]
    assert titles[:5] == ["账户", "保证金明细", "持仓", "下单试算", "参数"]
    assert filled.banner.words.text() == "⚠  takas.spn：已损坏"
    assert filled.windowTitle() == "保证金与风险"
    assert filled.docks["positions"].windowTitle() == "持仓"


def test_the_whole_window_changes_its_theme(filled: MainWindow, qapp: QApplication) -> None:
    light = load_theme("light")
    apply_theme(qapp, light)
    filled.set_theme(light)
    picture = filled.grab().toImage()
    inside = filled.accounts.tree.viewport().mapTo(filled, filled.accounts.tree.viewport().rect().bottomLeft())
    assert picture.pixelColor(inside.x() + 2, inside.y() - 2).lightness() > 200


def test_a_layout_is_saved_and_restored(filled: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = str(tmp_path / "layout.json")
    filled.docks["ticket"].setFloating(True)
    assert filled.save_layout(path)
    filled.arrange_docks()
    assert not filled.docks["ticket"].isFloating()
    assert filled.restore_layout(path)
    assert filled.docks["ticket"].isFloating()


def test_the_default_layout_is_kept_as_shares_not_as_pixels(filled: MainWindow, tmp_path: Path) -> None:
    path = str(tmp_path / "layout.json")
    filled.arrange_docks()
    filled.save_layout(path)
    layout = read_layout(path)
    assert layout is not None
    assert not layout.arrangements
    filled.docks["ticket"].setFloating(True)
    assert filled.restore_layout(path)
    assert not filled.docks["ticket"].isFloating()


@pytest.mark.parametrize("content", ["", DAMAGED])
def test_a_layout_that_does_not_fit_leaves_the_default(filled: MainWindow, tmp_path: Path, content: str) -> None:
    path = tmp_path / "layout.json"
    path.write_text(content)
    filled.docks["ticket"].setFloating(True)
    assert not filled.restore_layout(str(path))
    assert not filled.docks["ticket"].isFloating()
    assert {name for name, dock in filled.docks.items() if dock.isVisible()} == shown_by_default()
    assert filled.banner.isVisible()


def test_the_default_layout_keeps_its_shares_when_the_window_grows(filled: MainWindow, qtbot: QtBot) -> None:
    filled.resize(1100, 640)
    filled.arrange_docks()
    filled.resize(1900, 1000)
    qtbot.waitUntil(lambda: abs(filled.docks["ticket"].width() / filled.width() - 0.25) < 0.03)
    assert abs(filled.docks["accounts"].width() / filled.width() - 0.4) < 0.03


def test_closing_is_told(filled: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(filled.closing):
        filled.close()


def test_every_widget_that_keys_reach_has_a_stable_name(filled: MainWindow) -> None:
    assert {dock.objectName() for dock in filled.docks.values()} == {f"{spec.name}_dock" for spec in VIEWS}
    assert [view.objectName() for view in filled.views] == [spec.name for spec in VIEWS]


def shown_by_default() -> set[str]:
    """Names of the views that the first perspective shows."""
    return {spec.name for spec in VIEWS if Perspective.TRADER in spec.places}


@pytest.mark.parametrize("size", [(1920, 1080), (1456, 819), (1100, 640)])
def test_nothing_is_pushed_out_of_the_window(filled: MainWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    filled.resize(*size)
    filled.arrange_docks()
    qtbot.waitUntil(lambda: filled.accounts.tree.viewport().width() > 100)
    for name in shown_by_default():
        dock, view = filled.docks[name], filled.workspace.views[name]
        dock.raise_()
        qtbot.waitUntil(view.isVisible)
        assert filled.rect().contains(view.geometry().translated(dock.pos()))
    filled.docks["accounts"].raise_()
    qtbot.waitUntil(filled.accounts.isVisible)
    header = filled.accounts.tree.header()
    qtbot.waitUntil(lambda: header.length() <= filled.accounts.tree.viewport().width() + 1)
    assert not filled.accounts.tree.isColumnHidden(Column.RATIO)


def test_a_snapshot_of_ten_thousand_accounts_takes_a_few_milliseconds(window: MainWindow) -> None:
    snapshot = sample_results.snapshot(10_000)
    window.show_snapshot(snapshot)
    took = []
    for step in range(1, 8):
        table = replace(snapshot.accounts, equity=snapshot.accounts.equity + step * MONEY)
        start = time.perf_counter()
        window.show_snapshot(replace(snapshot, accounts=table, as_of=snapshot.as_of + step))
        took.append(time.perf_counter() - start)
    assert sorted(took)[3] < 0.012
