"""Parameter versions in the window: the dialog before a change, the key that goes back, warnings that last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.span.findings import Finding, Severity, Topic
from engine.span.parameters import Origin
from engine.text import text
from engine.versions import Loading, Offer, ParameterNews
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.findings_table import Column
from widgets.language import Language
from widgets.parameter_change import ChangeDialog
from widgets.theme import Theme
from widgets.window import MainWindow

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
TODAY = Origin("a.spn", "a1" * 32, "SAMPLE", "Sample", "20261120", "final", "202611201830", "XML 4.00")
NEXT = replace(TODAY, file="b.spn", sha256="b2" * 32, business_date="20261123")
MOVED = Finding(Severity.WARNING, Topic.PRICE_RANGE, "SIM:ES:FUT", text("9 of 9 price scan ranges moved"), Fraction(50))
DATES = Finding(Severity.INFORMATION, Topic.DATE, "date", text("business date {old}, now {new}", old="1", new="2"))
OLDER = Finding(Severity.ERROR, Topic.DATE, "date", text("the business date is older"))
WARNING = text("{file} is missing", file="a.spn")


@dataclass
class Said:
    """What the window asked for."""

    files: list[str] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    declined: list[int] = field(default_factory=list)
    back: list[str] = field(default_factory=list)


@pytest.fixture
def said(window: MainWindow) -> Said:
    record = Said()
    window.changes.file_chosen.connect(record.files.append)
    window.changes.offer_accepted.connect(record.accepted.append)
    window.changes.offer_declined.connect(record.declined.append)
    window.changes.return_requested.connect(record.back.append)
    return record


@pytest.fixture
def active(window: MainWindow, said: Said, qtbot: QtBot) -> MainWindow:
    """A window that has the keyboard and knows what is in force."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_snapshot(sample_results.snapshot())
    window.show_parameter_news(ParameterNews(TODAY))
    return window


def offer(*findings: Finding, number: int = 1, asked_for: bool = True) -> Offer:
    return Offer(number, TODAY, NEXT, findings or (MOVED, DATES), asked_for)


def dialog_of(window: MainWindow, qtbot: QtBot) -> ChangeDialog:
    """The dialog on screen, once it has the keyboard."""
    dialog = window.changes.dialog
    assert dialog is not None
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QGuiApplication.focusWindow(), key, modifier)


def warn(window: MainWindow, *warnings: object) -> None:
    snapshot = sample_results.snapshot()
    parameters = replace(snapshot.parameters, warnings=warnings)  # type: ignore[arg-type]
    window.show_snapshot(replace(snapshot, parameters=parameters))


def test_a_file_asked_for_is_shown_before_it_goes_live(active: MainWindow, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer()))
    dialog = dialog_of(active, qtbot)
    assert dialog.table is not None
    model = dialog.table.model()
    rows = [tuple(model.index(row, column).data() for column in (Column.SEVERITY, Column.SENTENCE)) for row in range(2)]
    assert rows == [("⚠ warning", "9 of 9 price scan ranges moved"), ("· information", "Business date 1, now 2")]
    assert dialog.summary.text() == "warning: 1 · information: 1"
    assert dialog.keep.text() == "Keep SAMPLE-20261120-final in force"
    assert dialog.switch.text() == "Put SAMPLE-20261123-final in force"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space])
def test_a_hasty_key_keeps_the_version_in_force(active: MainWindow, said: Said, qtbot: QtBot, key: Qt.Key) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer()))
    dialog_of(active, qtbot)
    press(key)
    qtbot.waitUntil(lambda: active.changes.dialog is None)
    assert (said.accepted, said.declined) == ([], [1])


def test_the_other_button_puts_the_version_offered_in_force(active: MainWindow, said: Said, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer(number=7)))
    dialog_of(active, qtbot).switch.click()
    assert (said.accepted, said.declined) == ([7], [])


def test_blocking_findings_cannot_be_put_in_force(active: MainWindow, said: Said, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer(OLDER, MOVED)))
    dialog = dialog_of(active, qtbot)
    assert not dialog.switch.isEnabled()
    assert dialog.blocked.text() == "✕ These parameters cannot be put in force: resolve the errors first."
    dialog.switch.click()
    assert said.accepted == []


def test_versions_of_one_name_are_told_apart(theme: Theme, qtbot: QtBot) -> None:
    dialog = ChangeDialog(theme, TODAY, replace(TODAY, sha256="c3" * 32), (MOVED,))
    qtbot.addWidget(dialog)
    assert dialog.keep.text() == "Keep SAMPLE-20261120-final (a1a1a1a1) in force"
    assert dialog.switch.text() == "Put SAMPLE-20261120-final (c3c3c3c3) in force"


def test_what_nobody_asked_for_waits_in_the_banner(active: MainWindow, qtbot: QtBot) -> None:
    warn(active, WARNING)
    active.show_parameter_news(ParameterNews(TODAY, offer=offer(asked_for=False)))
    assert active.changes.dialog is None
    qtbot.waitUntil(active.changes.warning.review.isVisible)
    active.changes.warning.review.click()
    assert dialog_of(active, qtbot).versions == (TODAY, NEXT)


def test_a_dialog_about_an_offer_that_is_over_makes_way_for_the_next(active: MainWindow, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer(number=1, asked_for=False)))
    active.changes.review()
    first = dialog_of(active, qtbot)
    active.show_parameter_news(ParameterNews(TODAY, offer=offer(MOVED, number=2, asked_for=False)))
    second = dialog_of(active, qtbot)
    assert second is not first
    active.show_parameter_news(ParameterNews(TODAY))
    assert active.changes.dialog is None


def test_one_key_goes_back_after_a_confirmation_that_names_both(active: MainWindow, said: Said, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(NEXT, other=TODAY))
    press(Qt.Key.Key_B, CONTROL_SHIFT)
    dialog = dialog_of(active, qtbot)
    assert dialog.keep.text() == "Keep SAMPLE-20261123-final in force"
    assert dialog.switch.text() == "Put SAMPLE-20261120-final in force"
    assert said.back == []
    dialog.switch.click()
    assert said.back == [TODAY.sha256]


def test_going_back_is_not_done_by_a_hasty_key(active: MainWindow, said: Said, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(NEXT, other=TODAY))
    press(Qt.Key.Key_B, CONTROL_SHIFT)
    dialog_of(active, qtbot)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: active.changes.dialog is None)
    assert said.back == []


def test_the_key_works_while_an_order_is_typed(active: MainWindow, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(NEXT, other=TODAY))
    active.ticket.focus_first_leg()
    qtbot.waitUntil(active.ticket.legs[0].hasFocus)
    press(Qt.Key.Key_B, CONTROL_SHIFT)
    assert active.changes.dialog is not None
    active.changes.dialog.reject()


def test_without_a_version_before_the_key_does_nothing(active: MainWindow) -> None:
    press(Qt.Key.Key_B, CONTROL_SHIFT)
    assert active.changes.dialog is None


def test_a_new_file_is_chosen_by_key(active: MainWindow, said: Said, qtbot: QtBot) -> None:
    press(Qt.Key.Key_O, CONTROL_SHIFT)
    chooser = active.changes.chooser
    assert chooser is not None
    chooser.fileSelected.emit("/tmp/new.spn")
    chooser.reject()
    assert said.files == ["/tmp/new.spn"]


def test_the_banner_lasts_until_the_warning_is_over(active: MainWindow, qtbot: QtBot) -> None:
    warn(active, WARNING, text("the parameters in force are {days} days old", days=5))
    banner = active.changes.warning
    qtbot.waitUntil(banner.isVisible)
    assert banner.words.text() == "⚠  a.spn is missing\n⚠  the parameters in force are 5 days old"
    press(Qt.Key.Key_Escape)
    assert banner.isVisible()
    assert active.strip.parameters.text().startswith("⚠ ")
    warn(active)
    assert not banner.isVisible()
    assert not active.strip.parameters.text().startswith("⚠")


def test_no_button_takes_a_warning_away(active: MainWindow) -> None:
    warn(active, WARNING)
    banner = active.changes.warning
    assert [button for button in banner.findChildren(type(banner.review)) if button.isVisible()] == []


def test_a_warning_follows_the_language(active: MainWindow, language: Language) -> None:
    warn(active, WARNING)
    language.install("zh_Hans", WordList({"{file} is missing": "{file} 不见了"}))
    assert active.changes.warning.words.text() == "⚠  a.spn 不见了"


def test_the_dialog_follows_the_language(active: MainWindow, language: Language, qtbot: QtBot) -> None:
    active.show_parameter_news(ParameterNews(TODAY, offer=offer()))
    dialog = dialog_of(active, qtbot)
    language.install("zh_Hans", WordList({"Keep {version} in force": "保留 {version}"}))
    assert dialog.keep.text() == "保留 SAMPLE-20261120-final"
    dialog.reject()


def test_a_file_that_cannot_be_used_is_told_once(active: MainWindow) -> None:
    news = ParameterNews(TODAY, problem=text("{file} is broken", file="c.spn"))
    active.show_parameter_news(news)
    assert active.banner.words.text() == "⚠  c.spn is broken"
    active.banner.hide()
    active.show_parameter_news(replace(news, loading=Loading("d.spn")))
    assert not active.banner.isVisible()


def test_a_long_reading_shows_how_far_it_is_and_can_be_ended(active: MainWindow, qtbot: QtBot) -> None:
    ended: list[bool] = []
    active.cancel_requested.connect(lambda: ended.append(True))
    active.show_parameter_news(ParameterNews(TODAY, loading=Loading("large.spn", 0.25)))
    qtbot.waitUntil(active.changes.loading.isVisible)
    assert active.changes.words.text() == "Reading large.spn"
    assert active.changes.loading.percent.text() == "25%"
    active.changes.loading.cancel.click()
    assert ended == [True]
    active.show_parameter_news(ParameterNews(TODAY))
    assert not active.changes.loading.isVisible()


def test_every_view_names_the_version_its_figures_rest_on(active: MainWindow) -> None:
    version = sample_results.PARAMETERS.version
    active.accounts.choose("Meridian Macro II")
    active.show_detail(sample_results.detail())
    for view in (active.positions, active.breakdown):
        assert version in view.header.subtitle.text()


def test_an_answer_names_the_version_it_rests_on(active: MainWindow) -> None:
    active.accounts.choose("Meridian Macro II")
    active.ticket.legs[0].setText("Buy 120 CL 2027-03")
    active.ticket.compute()
    request = active.ticket._request
    assert request is not None
    active.show_decision(replace(sample_results.decision(request), parameters="SAMPLE-20261123-final"))
    assert active.ticket.header.subtitle.text().endswith("SAMPLE-20261123-final")


def test_what_frees_margin_goes_when_the_parameters_do(active: MainWindow) -> None:
    active.accounts.choose("Meridian Macro II")
    active.show_detail(sample_results.detail())
    active.show_freeing(None)
    assert not active.positions.freeing.isVisible()
