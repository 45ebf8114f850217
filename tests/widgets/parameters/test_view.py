"""The Parameters view as a whole: states, search, selection, copy, languages, half a million contracts."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.instruments import Contract
from engine.snapshot import ParametersInForce
from engine.span.comparison import Comparison
from engine.span.contract_search import ContractSearch
from engine.span.parameters import ParameterSet
from engine.text import text
from tests.widgets.conftest import WordList
from tests.widgets.parameters.conftest import FUTURE, PUT, with_put
from widgets.language import Language
from widgets.parameters.contract_list import SHOWN
from widgets.parameters.contract_pane import Page
from widgets.parameters.view import ParametersView
from widgets.theme import load_theme


def facts(view: ParametersView) -> dict[str, str]:
    return {fact.label: fact.value for fact in (*view.version.facts, *view.pane.facts.facts)}


def listed(view: ParametersView) -> list[str]:
    model = view.list.model
    return [model.cell(model.index(row, 0)).text for row in range(min(model.rowCount(), 5))]


def write(view: ParametersView, words: str) -> None:
    view.focus_search()
    QTest.keyClicks(view.list.search, words)


def test_before_there_are_parameters_it_says_what_is_waited_for(view: ParametersView) -> None:
    assert view.placeholder.headline.text() == "No parameters yet"
    view.show_waiting("reading market.spn", 0.4)
    assert view.placeholder.headline.text() == "Loading parameters"
    assert view.placeholder.loading.bar.value() == 40


def test_loading_can_be_cancelled_here_too(view: ParametersView, qtbot: QtBot) -> None:
    view.show_waiting("reading market.spn", 0.4)
    with qtbot.waitSignal(view.cancel_requested):
        view.placeholder.loading.cancel.click()


def test_without_parameters_a_problem_says_why(view: ParametersView) -> None:
    view.show_problem(text("{file}: damaged", file="market.spn"))
    assert view.placeholder.hint.text() == "market.spn: damaged"


def test_a_problem_takes_nothing_away(filled: ParametersView) -> None:
    filled.show_problem(text("{file}: damaged", file="market.spn"))
    assert not filled.is_empty


def test_the_version_is_told_in_full(filled: ParametersView, market: ParameterSet) -> None:
    origin = market.origin
    filled.show_in_force(ParametersInForce(origin.version, "SAMPLE", "20261120", "CME", origin.file, origin.sha256))
    shown = facts(filled)
    assert shown[""] == "SAMPLE-20261120-final"
    assert (shown["Clearing house"], shown["Business date"], shown["Settlement"]) == ("SAMPLE", "2026-11-20", "final")
    assert (shown["Convention"], shown["File"], shown["Contracts"]) == ("CME", "market.spn", "840")
    assert shown["SHA-256"] == f"{origin.sha256[:12]}…"


def test_the_digest_is_copied_whole(filled: ParametersView, market: ParameterSet) -> None:
    place = next(place for place, fact in enumerate(filled.version.facts) if fact.label == "SHA-256")
    QTest.mouseClick(filled.version, Qt.MouseButton.LeftButton, pos=filled.version._cell(place).center())
    assert QGuiApplication.clipboard().text() == market.origin.sha256


def test_facts_are_copied_by_keys(filled: ParametersView) -> None:
    filled.pane.facts.setFocus()
    QTest.keyClick(filled.pane.facts, Qt.Key.Key_Right)
    QTest.keyClick(filled.pane.facts, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "50"


def test_the_first_contract_is_shown_until_one_is_chosen(view: ParametersView, contracts: ContractSearch) -> None:
    view.show_parameters(contracts)
    assert view.pane.title.text() == "CL 2027-01"


def test_a_contract_is_found_while_one_types(filled: ParametersView) -> None:
    write(filled, "cl c 60 h7")
    assert listed(filled)[:1] == ["CL C 60 2027-03"]
    assert filled.pane.title.text() == "CL C 60 2027-03"


def test_arrows_in_the_field_move_in_the_list(filled: ParametersView) -> None:
    write(filled, "cl fut")
    QTest.keyClick(filled.list.search, Qt.Key.Key_Down)
    assert filled.pane.title.text() == listed(filled)[1]


def test_escape_empties_the_field_and_keeps_the_contract(filled: ParametersView) -> None:
    write(filled, "es p 6000 2027-03")
    QTest.keyClick(filled.list.search, Qt.Key.Key_Escape)
    assert filled.list.search.text() == ""
    assert filled.list.model.rowCount() == 840
    assert filled.pane.title.text() == "ES P 6000 2027-03"
    assert filled.list.model.rows[filled.list.table.currentIndex().row()] == filled._row


def test_letters_typed_in_the_list_search(filled: ParametersView) -> None:
    filled.list.table.setFocus()
    filled.list.table.keyboardSearch("g")
    assert filled.list.search.text() == "g"
    assert listed(filled)[0].startswith("GC")


def test_nothing_found_is_said_and_the_contract_stays(filled: ParametersView) -> None:
    write(filled, "xq")
    assert filled.list.model.rowCount() == 0
    assert filled.list.found.text() == "No contract fits. Try a product or a month."


def test_a_contract_chosen_elsewhere_is_shown_and_marked(filled: ParametersView) -> None:
    filled.select_contract(FUTURE)
    assert filled.pane.title.text() == "CL 2027-03"
    current = filled.list.table.currentIndex()
    assert filled.list.model.cell(current).text == "CL 2027-03"


def test_a_contract_that_the_file_lacks_is_said_to_be_missing(filled: ParametersView) -> None:
    filled.select_contract(Contract("X", "ZZ", "FUT", "202703"))
    assert filled.pane.placeholder.headline.text() == "ZZ 2027-03 is not listed"
    assert filled.pane.record() == ""


def test_the_facts_of_a_contract(filled: ParametersView) -> None:
    shown = facts(filled)
    assert (shown["Price"], shown["Multiplier"], shown["Composite delta"]) == ("147.00", "50", "−0.3306")
    assert (shown["Volatility"], shown["Expiry"], shown["Price scan range"]) == (
        "18.20\N{NO-BREAK SPACE}%",
        "2027-03-19",
        "17,500\N{NO-BREAK SPACE}USD",
    )


def test_all_of_a_contract_is_copied_raw(filled: ParametersView) -> None:
    filled.pane.copy.click()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == f"Contract\t{PUT}"
    assert "Price scan range\t17500" in lines
    assert lines[-1] == "Loss in scenario 16\t-10994"


def test_another_version_keeps_the_contract(filled: ParametersView, market: ParameterSet) -> None:
    filled.show_parameters(ContractSearch(with_put(market, 100, price=150 * 10**8)))
    assert filled.pane.title.text() == "ES P 6000 2027-03"
    assert facts(filled)["Price"] == "150.00"


def test_a_comparison_with_another_version_is_let_go(filled: ParametersView, comparison: Comparison) -> None:
    filled.show_comparison(comparison)
    assert filled.pane.pages.buttons[Page.CHANGES].text() == "Changes 17"
    filled.show_parameters(ContractSearch(replace(comparison.new)))
    assert filled.pane.pages.buttons[Page.CHANGES].text() == "Changes"


def test_live_arrays_stand_beside_the_exchanges(filled: ParametersView, market: ParameterSet) -> None:
    filled.show_live(with_put(market, 110))
    assert filled.pane.array.model.live[11] == filled.pane.array.model.losses[11] * 110 // 100
    assert not filled.pane.array.table.isColumnHidden(5)
    filled.show_live(None)
    assert filled.pane.array.table.isColumnHidden(5)


def test_live_arrays_of_another_version_are_not_shown(filled: ParametersView, market: ParameterSet) -> None:
    other = replace(with_put(market, 110), origin=replace(market.origin, sha256="1" * 64))
    filled.show_live(other)
    assert filled.pane.array.model.live == ()


def test_only_live_arrays_age_with_the_feeds(filled: ParametersView, market: ParameterSet) -> None:
    filled.set_outdated("Quotes STALE")
    assert not filled.band.isVisible()
    filled.show_live(with_put(market, 110))
    assert filled.band.isVisible()


def test_a_hidden_view_draws_when_it_is_seen(view: ParametersView, contracts: ContractSearch) -> None:
    view.hide()
    view.show_parameters(contracts)
    view.select_contract(FUTURE)
    assert view.pane.one is None
    view.show()
    assert view.pane.title.text() == "CL 2027-03"


def test_language_and_theme_follow(filled: ParametersView, language: Language) -> None:
    dark = filled.grab().toImage()
    language.install("zh_Hans", WordList({"Parameters": "参数", "Price": "价格", "up {share}": "涨 {share}"}))
    filled.set_theme(load_theme("light"))
    assert filled.header.title.text() == "参数"
    assert filled.pane.facts.facts[0].label == "价格"
    array = filled.pane.array.model
    assert array.cell(array.index(2, 1)).text == "涨 1/3"
    assert filled.grab().toImage() != dark


def test_half_a_million_contracts_are_searched_between_two_keys(view: ParametersView, huge: ContractSearch) -> None:
    view.show_parameters(huge)
    assert view.list.model.rowCount() == SHOWN
    assert view.list.found.text().startswith("500,000 of 500,000")
    view.focus_search()
    took = []
    for key in "es p 60":
        started = time.perf_counter()
        QTest.keyClick(view.list.search, key)
        took.append(time.perf_counter() - started)
    assert view.pane.title.text() == "ES P 6000 2026-12"
    # A bound that holds on a busy machine; the median is a few milliseconds.
    assert sorted(took)[len(took) // 2] < 0.06


@pytest.mark.parametrize("size", [(420, 500), (573, 701), (758, 962), (1300, 700)])
def test_every_size_shows_the_whole_array_or_scrolls(filled: ParametersView, size: tuple[int, int]) -> None:
    filled.resize(*size)
    assert not filled.grab().isNull()
    assert filled.pane.array.plot.height() >= filled.pane.array.plot.minimumSizeHint().height()
