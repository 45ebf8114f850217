"""The Positions view: figures, price states, order, and what a row leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.decision import Order
from engine.margin_terms import MarginTerms
from engine.snapshot import PriceState, WorkingLine
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.cells import Cell, Tone
from widgets.language import Language
from widgets.positions import Column, PositionModel, PositionsView
from widgets.theme import Theme, load_theme

LINES = sample_results.positions()


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> PositionsView:
    made = PositionsView(theme)
    qtbot.addWidget(made)
    made.resize(700, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def cell(model: PositionModel, row: int, column: Column) -> Cell:
    return model.cell(model.index(row, column))


def test_the_table_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = PositionModel()
    model.show(LINES)
    model.show(LINES[:7])
    model.sort(Column.NET)
    qtmodeltester.check(model)


def test_the_largest_margin_comes_first() -> None:
    model = PositionModel()
    model.show(LINES)
    margins = [model.line(row).margin for row in range(len(LINES))]
    assert margins == sorted(margins, reverse=True)


@pytest.mark.parametrize("column", list(Column))
@pytest.mark.parametrize("order", list(Qt.SortOrder))
def test_a_click_on_a_heading_sorts_by_it(column: Column, order: Qt.SortOrder) -> None:
    model = PositionModel()
    model.show(LINES)
    held = QPersistentModelIndex(model.index(3, 0))
    contract = model.line(3).contract
    model.sort(column, order)
    assert model.line(held.row()).contract == contract
    assert {model.line(row).contract for row in range(len(LINES))} == {line.contract for line in LINES}


def test_rows_keep_their_place_while_figures_change(qtbot: QtBot) -> None:
    model = PositionModel()
    model.show(LINES)
    before = [model.line(row).contract for row in range(len(LINES))]
    with qtbot.assertNotEmitted(model.modelReset):
        model.show(tuple(replace(line, margin=-line.margin) for line in LINES))
    assert [model.line(row).contract for row in range(len(LINES))] == before


@pytest.mark.parametrize(
    ("state", "words", "tone"),
    [
        (PriceState.LIVE, "14\N{NO-BREAK SPACE}ms", Tone.DIM),
        (PriceState.STALE, "stale 4.2\N{NO-BREAK SPACE}s", Tone.WARNING),
        (PriceState.SETTLEMENT, "settlement", Tone.DIM),
        (PriceState.MISSING, "no price", Tone.WARNING),
    ],
)
def test_the_age_of_a_price_says_where_it_comes_from(state: PriceState, words: str, tone: Tone) -> None:
    model = PositionModel()
    model.show(LINES)
    row = next(row for row in range(len(LINES)) if model.line(row).price_state is state)
    assert cell(model, row, Column.AGE)[:2] == (words, tone)


def test_a_figure_that_is_missing_is_not_a_number_and_its_reason_is_told() -> None:
    model = PositionModel()
    model.show(LINES)
    row = model.row_of(LINES[-1].contract)
    assert cell(model, row, Column.MARGIN).text == "not computable"
    assert cell(model, row, Column.SHARE).text == "not computable"
    assert "no price for" in str(model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole))


def test_a_short_position_has_a_sign() -> None:
    model = PositionModel()
    model.show(tuple(replace(line, long=0, short=69, net=-69) for line in LINES[:1]))
    assert [cell(model, 0, column).text for column in (Column.LONG, Column.SHORT, Column.NET)] == ["–", "69", "−69"]


def test_moving_to_a_row_tells_its_contract(view: PositionsView, qtbot: QtBot) -> None:
    view.show_detail(sample_results.detail())
    with qtbot.waitSignal(view.contract_selected) as told:
        view.table.selectRow(2)
    assert told.args == [view.model.line(2).contract]


def test_enter_asks_what_closing_the_position_would_do(view: PositionsView, qtbot: QtBot) -> None:
    view.show_detail(sample_results.detail())
    view.table.selectRow(0)
    with qtbot.waitSignal(view.close_requested) as told:
        qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert told.args == [Order(view.model.line(0).contract, -view.model.line(0).net)]


def test_enter_asks_what_closing_each_side_would_do_where_sides_are_apart(view: PositionsView, qtbot: QtBot) -> None:
    line = replace(LINES[0], long=5, short=3, net=2)
    view.show_detail(replace(sample_results.detail(), positions=(line,), terms=MarginTerms(gross=True)))
    view.table.selectRow(0)
    orders: list[Order] = []
    view.close_requested.connect(orders.append)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert orders == [Order(line.contract, -5, closes=True), Order(line.contract, 3, closes=True)]


def test_a_contract_can_be_pointed_out(view: PositionsView) -> None:
    view.show_detail(sample_results.detail())
    view.select_contract(LINES[5].contract)
    assert view.model.line(view.table.currentIndex().row()).contract == LINES[5].contract
    view.select_contract(sample_results.CALL)
    assert view.model.line(view.table.currentIndex().row()).contract == LINES[5].contract


def test_columns_give_way_before_contracts_do(view: PositionsView, qtbot: QtBot) -> None:
    view.show_detail(sample_results.detail())
    view.resize(900, 400)
    qtbot.waitUntil(lambda: not view.table.isColumnHidden(Column.SHARE))
    view.resize(520, 400)
    qtbot.waitUntil(lambda: view.table.isColumnHidden(Column.SHARE))
    assert not view.table.isColumnHidden(Column.MARGIN)


def test_copying_yields_raw_values(view: PositionsView, qtbot: QtBot) -> None:
    view.show_detail(sample_results.detail())
    view.table.selectRow(0)
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[0] == str(view.model.line(0).contract)


def test_every_state_has_its_words(view: PositionsView) -> None:
    assert view.placeholder.headline.text() == "No account selected"
    view.show_loading("Halden Gas")
    assert view.placeholder.headline.text() == "Computing…"
    view.show_detail(sample_results.detail("Halden Gas", 3))
    assert not view.is_empty
    view.show_detail(replace(sample_results.detail("Halden Gas"), positions=()))
    assert view.placeholder.hint.text() == "Halden Gas holds nothing."


def test_ten_thousand_positions_are_shown(view: PositionsView) -> None:
    view.show_detail(sample_results.detail("Halden Gas", 10_000))
    assert view.model.rowCount() == 10_000
    assert not view.grab().isNull()


def test_old_figures_are_hatched(view: PositionsView) -> None:
    view.show_detail(sample_results.detail())
    before = view.table.viewport().grab().toImage()
    view.set_outdated("Quotes STALE")
    assert view.table.viewport().grab().toImage() != before
    view.set_outdated("")
    assert view.band.isHidden()


def test_language_and_theme_follow(view: PositionsView, language: Language) -> None:
    view.show_detail(sample_results.detail())
    language.install("zh_Hans", WordList({"Positions": "持仓", "P&L": "盈亏"}))
    view.set_theme(load_theme("light"))
    assert view.header.title.text() == "持仓"
    assert view.model.headerData(Column.PROFIT, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) == "盈亏"


def test_working_orders_are_counted_in_the_heading_and_named_in_its_tool_tip(view: PositionsView) -> None:
    lines = tuple(WorkingLine(f"order {number}", sample_results.CRUDE, number - 30) for number in range(25))
    view.show_detail(replace(sample_results.detail(), working=lines))
    assert "working orders: 25" in view.header.subtitle.text()
    told = view.header.subtitle.toolTip().splitlines()
    assert told[0] == "−30 CL 2027-03 · order 0"
    assert told[-1] == "and 5 more"
    view.show_detail(sample_results.detail())
    assert "working" not in view.header.subtitle.text()
    assert view.header.subtitle.toolTip() == ""
