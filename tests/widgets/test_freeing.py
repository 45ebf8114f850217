"""What frees margin, under and in the positions: the list of trades, one more and one less, the way to the ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.decision import Order
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE, RATIO
from engine.snapshot import Freeing, FreeingTrade
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.conftest import Asked, WordList
from widgets.cells import Tone
from widgets.freeing_list import ROWS, FreeingModel, trade_words
from widgets.freeing_list import Column as TradeColumn
from widgets.language import Language
from widgets.positions import Column, PositionsView
from widgets.theme import Theme, load_theme
from widgets.window import MainWindow

ACCOUNT = "Meridian Macro II"
LINES = sample_results.positions()
SELL = FreeingTrade(
    sample_results.CRUDE, -24, 124_800 * MONEY, 0, 1_641_600 * MONEY, 76_023, text("closes the position")
)
BUY = FreeingTrade(
    sample_results.CALL, 60, 49_100 * MONEY, 12_000 * MONEY, 12_000 * MONEY, 3 * RATIO,
    text("caps {count} short {contract}", count=60, contract="CL C 80 2027-02"),
)  # fmt: skip


def freeing(*trades: FreeingTrade, account: str = ACCOUNT) -> Freeing:
    more = {line.contract: 5_200 * MONEY for line in LINES}
    less = {line.contract: -5_100 * MONEY for line in LINES}
    less[LINES[-1].contract] = NOT_COMPUTABLE
    return Freeing(account, "USD", 4_182_300 * MONEY, more, less, trades, sample_results.PARAMETERS.version)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> PositionsView:
    made = PositionsView(theme)
    qtbot.addWidget(made)
    made.resize(1100, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.show_detail(sample_results.detail())
    return made


def words(view: PositionsView, row: int) -> list[str]:
    return [view.freeing.model.cell(view.freeing.model.index(row, column)).text for column in TradeColumn]


def change(view: PositionsView, contract: Contract, column: Column) -> tuple[str, Tone]:
    cell = view.model.cell(view.model.index(view.model.row_of(contract), column))
    return cell.text, cell.tone


def test_the_list_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = FreeingModel()
    model.show((SELL, BUY), "USD")
    qtmodeltester.check(model)


def test_each_trade_says_what_it_frees_costs_and_does(view: PositionsView) -> None:
    view.show_freeing(freeing(SELL, BUY))
    space = "\N{NO-BREAK SPACE}"
    assert words(view, 0) == [
        "Sell 24 CL 2027-03", "124,800", "–", "1,641,600", f"7.6{space}%", "closes the position",
    ]  # fmt: skip
    assert words(view, 1)[:4] == ["Buy 60 CL C 82 2027-02", "49,100", "+12,000", "12,000"]
    assert words(view, 1)[5] == "caps 60 short CL C 80 2027-02"


def test_one_more_and_one_less_stand_beside_the_position(view: PositionsView) -> None:
    view.show_freeing(freeing())
    contract = LINES[0].contract
    assert change(view, contract, Column.MORE) == ("+5,200", Tone.TEXT)
    assert change(view, contract, Column.LESS) == ("\N{MINUS SIGN}5,100", Tone.OK)
    assert change(view, LINES[-1].contract, Column.LESS) == ("–", Tone.FAINT)


def test_positions_can_be_sorted_by_what_one_less_frees(view: PositionsView) -> None:
    lines = sample_results.positions(3)[:2]
    view.show_detail(replace(sample_results.detail(), positions=lines))
    less = {lines[0].contract: -1, lines[1].contract: -2}
    view.show_freeing(replace(freeing(), less=less))
    view.model.sort(Column.LESS, Qt.SortOrder.AscendingOrder)
    assert [view.model.line(row).contract for row in (0, 1)] == [lines[1].contract, lines[0].contract]


def test_the_list_is_not_seen_while_nothing_frees_margin(view: PositionsView) -> None:
    assert not view.freeing.isVisible()
    view.show_freeing(freeing(SELL))
    assert view.freeing.isVisible()
    view.show_freeing(freeing())
    assert not view.freeing.isVisible()


def test_what_frees_margin_of_another_account_is_not_shown(view: PositionsView) -> None:
    view.show_freeing(freeing(SELL))
    view.show_detail(sample_results.detail("Halden Energy"))
    assert not view.freeing.isVisible()
    assert change(view, LINES[0].contract, Column.MORE) == ("–", Tone.FAINT)


def test_the_list_takes_no_more_room_than_a_few_lines(view: PositionsView) -> None:
    view.show_freeing(freeing(*(replace(SELL, quantity=-number) for number in range(1, 13))))
    row = view.theme.metrics.row
    assert view.freeing.table.height() <= (ROWS + 1) * row + 4


def test_a_click_takes_a_trade_to_the_ticket(view: PositionsView, qtbot: QtBot) -> None:
    view.show_freeing(freeing(SELL, BUY))
    table = view.freeing.table
    place = table.visualRect(view.freeing.model.index(1, 0)).center()
    with qtbot.waitSignal(view.trade_chosen) as told:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [Order(sample_results.CALL, 60)]


def test_enter_takes_a_trade_to_the_ticket(view: PositionsView, qtbot: QtBot) -> None:
    view.show_freeing(freeing(SELL, BUY))
    view.freeing.table.setFocus()
    view.freeing.table.setCurrentIndex(view.freeing.model.index(0, 0))
    with qtbot.waitSignal(view.trade_chosen) as told:
        qtbot.keyClick(view.freeing.table, Qt.Key.Key_Return)
    assert told.args == [Order(sample_results.CRUDE, -24)]


def test_a_trade_that_closes_says_so_and_closes_in_the_ticket(view: PositionsView, qtbot: QtBot) -> None:
    view.show_freeing(freeing(replace(SELL, closes=True)))
    assert trade_words(view.freeing.model.trades[0]) == "Sell close 24 CL 2027-03"
    with qtbot.waitSignal(view.trade_chosen) as told:
        view.freeing.table.clicked.emit(view.freeing.model.index(0, 0))
    assert told.args == [Order(sample_results.CRUDE, -24, closes=True)]


def test_the_window_puts_a_chosen_trade_into_the_ticket(window: MainWindow, asked: Asked) -> None:
    window.show_snapshot(sample_results.snapshot())
    window.accounts.choose(ACCOUNT)
    window.show_detail(sample_results.detail())
    window.show_freeing(freeing(SELL))
    window.positions.freeing.table.clicked.emit(window.positions.freeing.model.index(0, 0))
    request = asked.requests[-1]
    assert request is not None
    assert [(order.contract, order.quantity) for order in request.orders] == [(sample_results.CRUDE, -24)]


def test_the_window_lets_go_of_what_frees_margin_of_an_account_left_behind(window: MainWindow) -> None:
    window.show_snapshot(sample_results.snapshot())
    window.accounts.choose(ACCOUNT)
    window.show_detail(sample_results.detail())
    window.show_freeing(freeing(SELL, account="Halden Energy"))
    assert window.positions.freeing.model.trades == ()


def test_old_figures_are_hatched_here_too(view: PositionsView) -> None:
    view.show_freeing(freeing(SELL))
    view.set_outdated("quotes are stale")
    assert view.freeing.table.property("outdated")


def test_texts_follow_the_language_and_colours_the_theme(view: PositionsView, language: Language) -> None:
    view.show_freeing(freeing(SELL))
    language.install(
        "zh_Hans", WordList({"What frees margin": "释放保证金", "Sell {count} {contract}": "卖 {count} {contract}"})
    )
    assert view.freeing.heading.text() == "释放保证金"
    assert words(view, 0)[0] == "卖 24 CL 2027-03"
    light = load_theme("light")
    view.set_theme(light)
    assert view.freeing.table.theme is light


def test_the_tool_tip_names_the_contract_and_what_a_click_does(view: PositionsView) -> None:
    view.show_freeing(freeing(SELL))
    tip = view.freeing.model.data(view.freeing.model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert str(tip).splitlines() == [
        "NYMEX:CL:FUT:202703", "closes the position", "Click or press Enter to put it into the order ticket.",
    ]  # fmt: skip
    assert view.freeing.model.rowCount(view.freeing.model.index(0, 0)) == 0
    assert view.freeing.model.data(QModelIndex()) is None
