"""The Stress dock: scenarios and accounts worst first, what changed, and every state without true figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.decision import Request
from engine.numbers import MONEY
from engine.order import Order
from engine.scenarios.axes import PARALLEL
from engine.scenarios.margins import finished
from engine.scenarios.news import PastRun, StressNews
from engine.scenarios.ordered import Extremes, OrdersUnderStress
from engine.scenarios.reverse import price_path, reverse_stress
from engine.scenarios.scenario_file import read_scenarios
from engine.scenarios.stress import StressRun, changes_between, stress
from engine.text import text
from feeds.clock import SECOND
from tests.engine.scenarios.stress_desks import CL, DAX, ES_CALL, ES_PUT, SAMPLE, StressDesk, model
from tests.widgets import sample_results
from widgets.cells import Role
from widgets.language import Language
from widgets.panel import View
from widgets.selection import Selected
from widgets.status import StatusStrip
from widgets.stress.account_table import Column as AccountColumn
from widgets.stress.scenario_table import Column
from widgets.stress.view import Page, StressView
from widgets.theme import Theme, load_theme
from widgets.window import MainWindow
from widgets.workspace import views

AS_OF = 1_764_300_000 * SECOND
SHIPPED = SAMPLE.parent / "scenarios.toml"


def desk(cash: int = 40_000) -> StressDesk:
    made = StressDesk()
    made.account("Long", cash, {CL: 4})
    made.account("Rich", 90_000_000, {CL: -1, ES_PUT: -2, ES_CALL: 3})
    made.account("Euro", 60_000, {DAX: 1}, currency="EUR", group="Other")
    return made


def run_of(made: StressDesk, as_of: int = AS_OF) -> StressRun:
    scenarios = read_scenarios(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
    return finished(stress(made.state(), model(), scenarios, as_of))


@pytest.fixture(scope="module")
def run() -> StressRun:
    return run_of(desk())


@pytest.fixture(scope="module")
def news(run: StressRun) -> StressNews:
    before = run_of(desk(cash=9_000_000), AS_OF - 15 * SECOND)
    past = (PastRun.of(before), PastRun.of(run))
    paths = [price_path(model(), PARALLEL, sign) for sign in (-1, 1)]
    reverse = tuple(reverse_stress(desk().state(), model(), 0, path) for path in paths)
    changes = changes_between(before, run)
    return StressNews(run, changes, before.as_of, past, None, 15 * SECOND, None, reverse)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> StressView:
    """A wide view on screen that has seen nothing yet."""
    made = StressView(theme)
    qtbot.addWidget(made)
    made.resize(1200, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def filled(view: StressView, news: StressNews) -> StressView:
    view.show_news(news)
    return view


def texts(table: object, column: int) -> list[str]:
    data = table.model()
    return [data.index(row, column).data() for row in range(data.rowCount())]


def test_before_the_first_run_it_says_what_it_waits_for_and_then_how_far_it_is(view: StressView) -> None:
    view.show_waiting("waiting for positions")
    assert (view.is_empty, view.placeholder.hint.text()) == (True, "waiting for positions")
    view.show_news(StressNews(share=0.42))
    assert (view.placeholder.hint.text(), view.progress.value()) == ("42 % done", 42)


def test_scenarios_that_cannot_be_read_are_told_in_place_of_results(view: StressView) -> None:
    view.show_news(StressNews(problem=text("the file is wrong")))
    assert (view.placeholder.headline.text(), view.placeholder.hint.text()) == ("No stress test", "the file is wrong")


def test_scenarios_stand_worst_first_with_their_figures(filled: StressView, run: StressRun) -> None:
    shortfall = [
        filled.scenarios.model().index(row, Column.SHORTFALL).data(Role.RAW) for row in range(len(run.scenarios))
    ]
    amounts = [float(amount) for amount in shortfall]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 0


def test_accounts_stand_worst_first_under_what_is_worst_for_each(filled: StressView) -> None:
    assert texts(filled.accounts, AccountColumn.ACCOUNT)[-1] == "Rich"
    assert texts(filled.accounts, AccountColumn.FATE)[0] == "◆ below zero"


def test_a_chosen_scenario_is_what_accounts_are_looked_at_under(filled: StressView, run: StressRun) -> None:
    filled.scenarios.choose("equities-2020-03-16")
    place = [scenario.name for scenario in run.scenarios].index("equities-2020-03-16")
    row = filled.accounts.accounts.row_of("Euro")
    shown = filled.accounts.accounts.index(row, AccountColumn.PROFIT).data(Role.RAW)
    euro = run.accounts.names.index("Euro")
    assert float(shown) * 1e6 == run.figures.profit[euro, place]
    assert "CNN" in filled.line.text()
    QTest.mouseClick(filled.whole, Qt.MouseButton.LeftButton)
    assert (filled.under, filled.accounts.accounts.under) == ("", -1)


def test_the_chosen_scenario_stays_chosen_when_another_run_arrives(filled: StressView, news: StressNews) -> None:
    filled.scenarios.choose("limit-down-2")
    filled.show_news(replace(news, run=run_of(desk(cash=50_000))))
    assert (filled.scenarios.chosen(), filled.under) == ("limit-down-2", "limit-down-2")


def test_an_account_chosen_here_is_told_once_and_one_chosen_elsewhere_is_marked(
    filled: StressView, qtbot: QtBot
) -> None:
    told: list[str] = []
    filled.account_selected.connect(told.append)
    filled.accounts.setCurrentIndex(filled.accounts.accounts.index(filled.accounts.accounts.row_of("Euro"), 0))
    filled.show_selected(Selected("Rich"))
    assert told == ["Euro"]
    assert filled.accounts.currentIndex().data() == "Rich"


def test_what_changed_since_the_last_run_is_told_by_name(filled: StressView) -> None:
    filled.show_page(Page.CHANGES)
    assert texts(filled.changes, 0) == ["Long"]
    assert "1 accounts end elsewhere" in filled.line.text()


def test_how_far_the_chosen_account_is_from_its_lines_stands_below(filled: StressView) -> None:
    filled.show_selected(Selected("Long"))
    assert filled.reach[0].text().startswith("Long · All prices down: call line ")
    assert "below zero 14" in filled.reach[0].text()
    filled.show_selected(Selected("Rich"))
    assert filled.reach[0].isHidden()


def test_a_narrow_view_has_one_page_at_a_time(filled: StressView, qtbot: QtBot) -> None:
    filled.resize(640, 500)
    qtbot.waitUntil(lambda: not filled.beside.isVisible())
    assert filled.scenarios.isVisible()
    filled.show_page(Page.ACCOUNTS)
    assert (filled.scenarios.isVisible(), filled.accounts.isVisible()) == (False, True)


def test_the_last_run_of_the_history_is_read_out(filled: StressView) -> None:
    filled.show_page(Page.HISTORY)
    assert "shortfall" in filled.history.reading(1)
    assert filled.history.accessibleDescription() == filled.history.reading(1)


def test_results_that_are_old_or_of_other_parameters_say_so(filled: StressView, run: StressRun) -> None:
    snapshot = replace(sample_results.snapshot(3), as_of=run.as_of + 100 * SECOND)
    of_run = replace(snapshot, parameters=replace(snapshot.parameters, version=run.parameters))
    filled.show_snapshot(of_run)
    assert filled.band.message.text().endswith("1\N{NO-BREAK SPACE}min old.")
    assert filled.scenarios.property("outdated")
    filled.show_snapshot(replace(of_run, as_of=run.as_of + SECOND))
    assert filled.band.isHidden()
    filled.show_snapshot(replace(of_run, parameters=replace(snapshot.parameters, version="OTHER")))
    assert run.parameters in filled.band.message.text()


def test_feeds_that_are_not_live_are_told_beside(filled: StressView) -> None:
    filled.set_outdated("Positions STALE")
    assert filled.band.message.text() == "Positions STALE"


def test_language_and_theme_follow(filled: StressView, language: Language) -> None:
    language.install("zh_Hans")
    assert filled.header.title.text() == "压力测试"
    assert "原油，2020年4月20日" in texts(filled.scenarios, Column.SCENARIO)
    before = filled.scenarios.grab().toImage()
    filled.set_theme(load_theme("light"))
    assert filled.scenarios.grab().toImage() != before


@pytest.mark.parametrize("name", ["scenarios", "accounts", "changes"])
def test_the_models_keep_qts_rules(filled: StressView, qtmodeltester: ModelTester, name: str) -> None:
    qtmodeltester.check(getattr(filled, name).model())


def test_the_status_bar_says_it_in_a_few_words(qtbot: QtBot, theme: Theme, news: StressNews) -> None:
    strip = StatusStrip(theme)
    qtbot.addWidget(strip)
    strip.show_stress(news)
    assert strip.stress.text().endswith("· 2 accounts short")
    assert strip.stress.text() in strip.spoken()
    strip.show_stress(StressNews(problem=text("the file is wrong")))
    assert (strip.stress.text(), strip.stress.toolTip()) == ("no stress test", "the file is wrong")


def test_in_the_window_the_dock_and_the_status_bar_get_the_news(window: MainWindow, news: StressNews) -> None:
    window.show_stress(news)
    assert window.view(views.STRESS).run is news.run
    assert "accounts short" in window.status.stress.text()


def test_a_hidden_view_draws_when_it_is_shown(
    view: StressView, news: StressNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(View, "interval", 200)
    view.hide()
    view.show_news(news)
    assert view.scenarios.scenarios.rowCount() == 0
    view.show()
    assert view.scenarios.scenarios.rowCount() == len(news.run.scenarios)


def test_the_ticket_says_what_the_order_does_under_stress_and_nothing_of_an_older_one(
    window: MainWindow, news: StressNews
) -> None:
    window.show_snapshot(sample_results.snapshot(3))
    asked: list[Request] = []
    window.what_if_requested.connect(asked.append)
    window.ticket.add_order(Order(sample_results.CALL, 5))
    window.show_decision(sample_results.decision(asked[-1]))
    one = Extremes(0, 0, 1, text("Limit down"))
    other = Extremes(120_000 * MONEY, 2, 1, text("Limit down"))
    line = window.ticket.stress
    window.show_stress(replace(news, orders=OrdersUnderStress(asked[-1]._replace(number=-1), "USD", one, other)))
    assert line.isHidden()
    window.show_stress(replace(news, orders=OrdersUnderStress(asked[-1], "USD", one, other)))
    assert line.isVisible()
    assert line.text() == "Stress shortfall 0 → 120,000 USD · below zero in 0 → 2 · Limit down"
