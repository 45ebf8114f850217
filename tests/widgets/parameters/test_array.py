"""The risk array as numbers and as a plot."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.span.inspection import Inspection, inspect
from engine.span.parameters import ParameterSet, ScanPoint
from tests.widgets.parameters.conftest import FUTURE, PUT
from widgets.parameters.array_page import ArrayPage
from widgets.parameters.array_plot import ArrayPlot
from widgets.parameters.array_table import ArrayModel, Column
from widgets.parameters.scenario_words import move_words, places_needed, price_move, signed_share, worst
from widgets.theme import Theme


@pytest.fixture
def put(market: ParameterSet) -> Inspection:
    return inspect(market, market.find(PUT))


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, put: Inspection) -> ArrayPage:
    made = ArrayPage(theme)
    qtbot.addWidget(made)
    made.resize(420, 620)
    with qtbot.waitExposed(made):
        made.show()
    made.retranslate()
    made.show_array(put, ())
    return made


def row(model: ArrayModel, number: int) -> list[str]:
    return [model.cell(model.index(number - 1, column)).text for column in range(Column.LOSS + 1)]


def test_the_array_is_a_sound_model(qtmodeltester: ModelTester, put: Inspection) -> None:
    model = ArrayModel()
    model.show(put, put.scenarios)
    qtmodeltester.check(model)


def test_a_scenario_is_told_in_words(page: ArrayPage) -> None:
    assert row(page.model, 6) == ["6", "down 1/3", "down 1", "100\N{NO-BREAK SPACE}%", "1,801"]


def test_an_extreme_move_is_marked_with_its_weight(page: ArrayPage) -> None:
    assert row(page.model, 16) == ["◆16", "down 3", "unchanged", "33\N{NO-BREAK SPACE}%", "−10,994"]


def test_the_largest_loss_stands_out(page: ArrayPage) -> None:
    assert row(page.model, 12)[0] == "▸12"
    assert page.model.raised(page.model.index(11, 0))
    assert page.summary.text() == "Long loses most in 12: 6,461 · Short loses most in 13: 11,260"


def test_losses_name_their_currency(page: ArrayPage) -> None:
    title = page.model.headerData(Column.LOSS, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
    assert title == "Loss, USD"


def test_live_losses_stand_beside_with_the_change(page: ArrayPage, put: Inspection) -> None:
    page.show_array(put, tuple(loss + 5 * MONEY for loss in put.scenarios))
    cells = [page.model.cell(page.model.index(0, column)).text for column in (Column.LIVE, Column.CHANGE)]
    assert cells == ["−3,677", "+5"]


def test_a_live_loss_that_is_not_known_is_not_a_number(page: ArrayPage, put: Inspection) -> None:
    page.show_array(put, (NOT_COMPUTABLE,) * len(put.scenarios))
    cells = [page.model.cell(page.model.index(0, column)).text for column in (Column.LIVE, Column.CHANGE)]
    assert cells == ["not computable", "–"]


def test_a_scenario_that_the_file_does_not_define_is_said_to_be_so(page: ArrayPage, put: Inspection) -> None:
    page.show_array(replace(put, points=put.points[:4]), ())
    assert row(page.model, 5)[1:4] == ["–", "–", "–"]
    assert len(page.plot.spots) == 4


def test_rows_are_copied_as_raw_values(page: ArrayPage) -> None:
    page.table.selectRow(2)
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "3\t1/3\t1\t1\t-1767"


def test_a_selected_scenario_is_read_off_the_plot(page: ArrayPage) -> None:
    before = page.plot.grab().toImage()
    page.table.selectRow(15)
    assert page.plot.grab().toImage() != before
    assert page.plot.reading(16) == "16: price down 3, volatility unchanged: −10,994 USD"


def test_a_click_in_the_plot_selects_the_scenario(page: ArrayPage) -> None:
    spot = next(spot for spot in page.plot.spots if spot.number == 13)
    place = page.plot._frame().place(spot, spot.loss).toPoint()
    QTest.mouseClick(page.plot, Qt.MouseButton.LeftButton, pos=place + QPoint(2, 2))
    assert page.table.currentIndex().row() == 12


def test_the_plot_stands_beside_where_there_is_room(page: ArrayPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.plot.y() > page.table.y())
    page.resize(900, 500)
    qtbot.waitUntil(lambda: page.plot.x() > page.table.x())


def test_the_plot_is_told_in_words(page: ArrayPage) -> None:
    assert page.plot.accessibleName() == "Long loses most in 12: 6,461 · Short loses most in 13: 11,260"


def test_a_future_is_one_line(qtbot: QtBot, theme: Theme, market: ParameterSet) -> None:
    plot = ArrayPlot(theme)
    qtbot.addWidget(plot)
    plot.show_array(inspect(market, market.find(FUTURE)), ())
    plot.resize(400, 240)
    assert not plot.grab().isNull()


@pytest.mark.parametrize(
    "losses",
    [(0,) * 16, (5 * MONEY,) * 16, (-5 * MONEY,) * 16, (NOT_COMPUTABLE,) * 16, (NOT_COMPUTABLE, *range(-7, 8)), ()],
)
def test_any_sixteen_losses_can_be_drawn(qtbot: QtBot, theme: Theme, put: Inspection, losses: tuple[int, ...]) -> None:
    plot = ArrayPlot(theme)
    qtbot.addWidget(plot)
    plot.show_array(replace(put, scenarios=losses), losses[::-1])
    for width, height in ((240, 100), (400, 240), (900, 600)):
        plot.resize(width, height)
        assert not plot.grab().isNull()


def test_of_equal_losses_the_first_is_the_worst() -> None:
    assert worst((1, 5, 5, -7, -7)) == (2, 4)
    assert worst((-1, -2)) == (0, 2)
    assert worst((NOT_COMPUTABLE,)) == (0, 0)


def test_a_move_without_denominator_goes_by_its_multiple() -> None:
    point = ScanPoint(1, Decimal(1), Decimal(0), Decimal("0.5"), Decimal(1), Decimal(1), 1)
    assert price_move(point) == Fraction(1, 2)


def test_shares_are_written_as_fractions_where_they_are_simple() -> None:
    assert [move_words(Fraction(share)) for share in ("1/3", "-2", "0")] == ["up 1/3", "down 2", "unchanged"]
    assert signed_share(Fraction(-335, 1000)) == "−0.335"


def test_no_decimal_is_dropped_that_counts() -> None:
    assert places_needed((1_500_000, 2_000_000), 6) == 1
    assert places_needed((), 6) == 0
