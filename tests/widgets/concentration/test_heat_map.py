"""A thousand accounts: worst first, read to the digit, selected by mouse and keyboard."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.concentration_picture import ConcentrationPicture
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.heat_map import HeatMap, worst_first
from widgets.concentration.pages import Page
from widgets.concentration.scale import Shade
from widgets.concentration.view import ConcentrationView


def shown(filled: ConcentrationView) -> HeatMap:
    filled.show_page(Page.HEAT_MAP)
    return filled.heat_map


def test_the_worst_account_stands_on_top(picture: ConcentrationPicture) -> None:
    use = np.where(picture.grid.value < 0, picture.grid.use, picture.grid.use)
    order = worst_first(picture.grid, Shade.USE)
    worst = use[order].max(axis=1)
    assert worst[0] == use.max()
    assert sorted(order.tolist()) == list(range(1000))


def test_rows_hold_still_while_a_person_points_at_them(filled: ConcentrationView) -> None:
    heat_map = shown(filled)
    before = heat_map.order.tolist()
    heat_map.hovered = (0, 0)
    filled.show_picture(desk(seed=3))
    assert heat_map.order.tolist() == before
    heat_map.hovered = None
    filled.show_picture(desk(seed=3))
    assert heat_map.order.tolist() != before


def test_a_click_selects_account_and_product(filled: ConcentrationView) -> None:
    heat_map, heard = shown(filled), []
    filled.account_selected.connect(heard.append)
    filled.product_selected.connect(heard.append)
    where = heat_map.cell_rect(2, 3).center()
    QTest.mouseClick(heat_map.viewport(), Qt.MouseButton.LeftButton, pos=where)
    grid = filled.picture.grid if filled.picture else None
    assert grid is not None
    assert heard == [grid.accounts[int(heat_map.order[2])], grid.columns[3]]


def test_the_last_account_is_reached_by_keyboard(filled: ConcentrationView) -> None:
    heat_map = shown(filled)
    heat_map.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(heat_map, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert heat_map.marked == (999, 59)
    assert heat_map.viewport().rect().contains(heat_map.cell_rect(999, 59).center())


def test_headings_stay_while_cells_scroll(filled: ConcentrationView) -> None:
    heat_map = shown(filled)
    heading = heat_map.grab().toImage().copy(200, 0, 500, 20)
    heat_map.verticalScrollBar().setValue(500)
    assert heat_map.grab().toImage().copy(200, 0, 500, 20) == heading
    assert heat_map.cell_at(QPointF(300, 4)) is None


def test_a_cell_is_read_to_the_digit(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    heat_map = shown(filled)
    row = int(heat_map.order[0])
    column = int(np.flatnonzero(picture.grid.value[row])[0])
    heat_map.setFocus(Qt.FocusReason.TabFocusReason)
    heat_map._move(0, column)
    amount = f"{abs(int(picture.grid.value[row, column]) / 10**6):,.0f}"
    assert heat_map.accessibleDescription().startswith(
        f"{picture.grid.accounts[row]} × {picture.grid.columns[column]}: "
    )
    assert amount in filled.heat_chart.reading.text()


def test_a_missing_figure_is_read_with_its_reason(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    heat_map = shown(filled)
    row, column = next(iter(picture.grid.reasons))
    heat_map.marked = (int(np.flatnonzero(heat_map.order == row)[0]), column)
    assert heat_map.reading().endswith("not computable · no price for HO 2027-07")


def test_zooming_out_shows_more_accounts(filled: ConcentrationView) -> None:
    heat_map = shown(filled)
    heat_map.setFocus(Qt.FocusReason.TabFocusReason)
    before = heat_map.verticalScrollBar().maximum()
    for _ in range(5):
        QTest.keyClick(heat_map, Qt.Key.Key_Minus)
    assert heat_map.row == 3
    assert heat_map.verticalScrollBar().maximum() < before / 5


def test_the_cursor_stays_on_its_account(filled: ConcentrationView) -> None:
    heat_map = shown(filled)
    heat_map.marked = (5, 7)
    account, column = heat_map._names_at(heat_map.grid, heat_map.marked)
    filled.show_picture(desk(seed=4))
    assert heat_map._names_at(heat_map.grid, heat_map.marked) == (account, column)
