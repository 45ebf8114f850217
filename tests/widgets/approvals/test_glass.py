"""Break-glass on screen: not to sign is the default, every window counts down, and the mark stays until a review."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.authorisation.break_glass import DURATION, BreakGlass, Measure
from engine.authorisation.picture import GlassView
from engine.text import text
from tests.engine.authorisation.cast import SECOND, WALL, staff
from widgets.approvals.glass import GlassDialog, GlassForm, GlassReviewDialog, ReviewForm
from widgets.approvals.glass_banner import GlassBanner, GlassNews
from widgets.approvals.passphrase_dialog import PassphraseDialog
from widgets.language import Language
from widgets.window import MainWindow

SAID = BreakGlass(b"i" * 16, Measure.BLOCK_OPENS, "", "officer", b"k" * 32, "station", "the venue is down", WALL)


def opened(qtbot: QtBot, dialog: PassphraseDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()


@pytest.fixture
def dialog(qtbot: QtBot, theme: object) -> GlassDialog:
    made = GlassDialog("officer", "A-100")
    opened(qtbot, made)
    return made


@pytest.fixture
def banner(qtbot: QtBot, theme: object) -> GlassBanner:
    made = GlassBanner()
    qtbot.addWidget(made)
    return made


def fill(qtbot: QtBot, dialog: GlassDialog) -> None:
    dialog.measures[Measure.CANCEL_ALL].click()
    qtbot.keyClicks(dialog.words, "the venue is down")
    qtbot.keyClicks(dialog.passphrase, "words")


def test_enter_on_a_fresh_dialog_signs_nothing(qtbot: QtBot, dialog: GlassDialog) -> None:
    with qtbot.assertNotEmitted(dialog.signed), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_it_is_armed_only_after_it_could_be_read(qtbot: QtBot, dialog: GlassDialog) -> None:
    fill(qtbot, dialog)
    assert dialog.obstacles == ["Read it first."]
    assert not dialog.sign.isEnabled()
    qtbot.waitUntil(dialog.sign.isEnabled)


def test_nothing_is_chosen_for_the_officer(dialog: GlassDialog) -> None:
    assert dialog.measure is None
    assert "Choose what to do." in dialog.obstacles


@pytest.mark.usefixtures("at_once")
def test_a_short_reason_is_not_enough(qtbot: QtBot, theme: object) -> None:
    dialog = GlassDialog("officer", "")
    opened(qtbot, dialog)
    fill(qtbot, dialog)
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.words.clear()
    qtbot.keyClicks(dialog.words, "why not  ")
    assert dialog.obstacles == ["Give a reason: 3 more characters."]
    assert not dialog.sign.isEnabled()


@pytest.mark.usefixtures("at_once")
def test_what_is_signed_is_what_was_filled_in_and_once(qtbot: QtBot, theme: object) -> None:
    dialog = GlassDialog("officer", "A-100")
    opened(qtbot, dialog)
    forms: list[GlassForm] = []
    dialog.signed.connect(forms.append)
    fill(qtbot, dialog)
    dialog.account.setCurrentIndex(1)
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.sign.click()
    dialog.sign.click()
    assert forms == [GlassForm(Measure.CANCEL_ALL, "A-100", "the venue is down", "words")]
    dialog.show_outcome(text("the passphrase is wrong"))
    assert dialog.isVisible()
    assert not dialog.passphrase.text()
    assert "the passphrase is wrong" in dialog.blocks.text()


@pytest.mark.usefixtures("at_once")
def test_a_lost_line_holds_it_back_until_it_is_there_again(qtbot: QtBot, theme: object) -> None:
    dialog = GlassDialog("officer", "")
    opened(qtbot, dialog)
    fill(qtbot, dialog)
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.show_obstacle(text("the line to the authority is not LIVE"))
    assert not dialog.sign.isEnabled()
    dialog.show_obstacle(None)
    assert dialog.sign.isEnabled()


@pytest.mark.usefixtures("at_once")
def test_a_review_needs_a_finding(qtbot: QtBot, theme: object) -> None:
    dialog = GlassReviewDialog(SAID)
    opened(qtbot, dialog)
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(lambda: dialog.obstacles == ["Say what you have found."])
    qtbot.keyClicks(dialog.words, "rightly so")
    with qtbot.waitSignal(dialog.signed) as signed:
        dialog.sign.click()
    assert signed.args == [ReviewForm(SAID, "rightly so", "words")]


@pytest.mark.parametrize(
    ("seconds", "force", "words"),
    [
        (0, "yes", "10:00 left"),
        (599.5, "yes", "0:01 left"),
        (600, "no", "To be reviewed"),
        (9_999, "no", "To be reviewed"),
    ],
)
def test_the_banner_counts_down_and_then_asks_for_a_review(
    banner: GlassBanner, seconds: float, force: str, words: str
) -> None:
    banner.show_glass(GlassNews((GlassView(SAID, ""),), staff(), "maker", WALL + int(seconds * SECOND)))
    assert not banner.isHidden()
    assert banner.property("force") == force
    assert words in banner.words.text()


@pytest.mark.parametrize(
    ("person", "may"),
    [("director", True), ("officer 2", True), ("admin 1", True), ("officer", False), ("maker", False)],
)
def test_the_review_is_offered_to_those_who_may(qtbot: QtBot, banner: GlassBanner, person: str, may: bool) -> None:
    older = replace(SAID, identity=b"o" * 16, begins=WALL - 2 * DURATION)
    banner.show_glass(GlassNews((GlassView(SAID, ""), GlassView(older, "")), staff(), person, WALL + DURATION))
    assert banner.review.isVisibleTo(banner) is may
    if may:
        with qtbot.waitSignal(banner.review_requested) as asked:
            banner.review.click()
        assert asked.args == [older]


def test_only_a_review_takes_the_mark_away(banner: GlassBanner) -> None:
    banner.show_glass(GlassNews((GlassView(SAID, ""),), staff(), "director", WALL + DURATION))
    assert not banner.isHidden()
    banner.show_glass(GlassNews((GlassView(SAID, "director"),), staff(), "director", WALL + DURATION))
    assert banner.isHidden()


def test_more_than_a_few_are_counted(banner: GlassBanner) -> None:
    many = tuple(GlassView(replace(SAID, identity=bytes([number] * 16)), "") for number in range(8))
    banner.show_glass(GlassNews(many, staff(), "director", WALL + DURATION))
    assert banner.words.text().splitlines()[-1] == "and 5 more"


def test_the_window_asks_for_it_by_key_menu_and_palette(qtbot: QtBot, window: MainWindow) -> None:
    command = window.commands["break_glass"]
    assert command.keys == ("Ctrl+Shift+X",)
    assert not command.hidden
    window.menu.fill()
    assert command.action in window.menu.actions()
    with qtbot.waitSignal(window.glass_requested):
        command.action.trigger()


def test_a_floated_dock_counts_down_as_well_and_docked_it_leaves_that_to_the_window(
    qtbot: QtBot, window: MainWindow
) -> None:
    dock = window.docks["positions"]
    dock.setFloating(True)
    with qtbot.waitExposed(dock):
        dock.show()
    assert dock.isWindow()
    news = GlassNews((GlassView(SAID, ""),), staff(), "director", WALL + 43 * SECOND)
    window.show_glass(news)
    assert "9:17 left" in dock.glass.words.text()
    assert dock.glass.isVisible()
    others = [each for name, each in window.docks.items() if name != "positions"]
    assert not any(each.glass.isVisible() for each in others)
    dock.setFloating(False)
    assert not dock.glass.isVisible()
    window.show_glass(news)
    assert not dock.glass.isVisible()
    assert window.glass.isVisible()


def test_a_floated_dock_offers_the_review_to_those_who_may(qtbot: QtBot, window: MainWindow) -> None:
    dock = window.docks["ticket"]
    dock.setFloating(True)
    with qtbot.waitExposed(dock):
        dock.show()
    window.show_glass(GlassNews((GlassView(SAID, ""),), staff(), "director", WALL + DURATION))
    assert dock.glass.review.isVisible()
    with qtbot.waitSignal(window.glass.review_requested) as asked:
        qtbot.mouseClick(dock.glass.review, Qt.MouseButton.LeftButton)
    assert asked.args == [SAID]


@pytest.mark.usefixtures("theme")
def test_a_dock_that_is_floated_while_the_glass_is_broken_tells_of_it_in_the_next_frame(
    qtbot: QtBot, window: MainWindow, language: Language
) -> None:
    news = GlassNews((GlassView(SAID, ""),), staff(), "director", WALL)
    window.show_glass(news)
    dock = window.docks["accounts"]
    dock.setFloating(True)
    window.show_glass(news)
    assert "10:00 left" in dock.glass.words.text()
    language.install("zh_Hans")
    assert dock.glass.words.text() == window.glass.words.text()
    assert "BREAK-GLASS" not in dock.glass.words.text()
