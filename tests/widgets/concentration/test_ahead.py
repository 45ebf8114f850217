"""The desk after an order, beside the desk as it is; and concentration over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from engine.concentration_picture import Choice, ConcentrationPicture, TimeLine
from engine.decision import Order, Request
from engine.instruments import Contract
from engine.numbers import MONEY, NOT_COMPUTABLE
from widgets.concentration.pages import Moment, Page
from widgets.concentration.reading import changed_rows
from widgets.concentration.view import ConcentrationView

REQUEST = Request(1, "A", (Order(Contract("SIM", "CL", "FUT", "202701"), 5),))
MORE = 12_345 * MONEY


@pytest.fixture
def ahead(picture: ConcentrationPicture) -> ConcentrationPicture:
    """The picture with one contract, one cell and one name changed by an order."""
    leaf = picture.levels[-1]
    value, cells, bars = leaf.value.copy(), picture.grid.value.copy(), picture.largest.value.copy()
    value[3] += MORE
    cells[4, 2] += MORE
    bars[1] += MORE
    return replace(
        picture,
        levels=(*picture.levels[:-1], replace(leaf, value=value)),
        grid=replace(picture.grid, value=cells),
        largest=replace(picture.largest, value=bars),
    )


def test_looking_ahead_is_possible_once_the_ticket_has_orders(filled: ConcentrationView) -> None:
    asked: list[Choice] = []
    filled.choice_made.connect(asked.append)
    assert not filled.moments.isEnabled()
    filled.show_request(REQUEST)
    filled.moments.buttons[Moment.AFTER].click()
    assert asked[-1].after
    filled.show_request(None)
    assert not asked[-1].after
    assert filled.moments.buttons[Moment.NOW].isChecked()


def test_what_the_order_changes_is_framed_and_read_beside_what_it_was(
    filled: ConcentrationView, picture: ConcentrationPicture, ahead: ConcentrationPicture
) -> None:
    before = filled.treemap.grab().toImage()
    filled.show_picture(picture.with_after(ahead))
    assert filled.treemap._changed == {3: int(picture.levels[-1].value[3])}
    assert filled.treemap.grab().toImage() != before
    assert not filled.header.badge.isHidden()
    assert filled.property("hypothetical") == "true"
    filled.show_page(Page.HEAT_MAP)
    place = int(np.flatnonzero(filled.heat_map.order == 4)[0])
    filled.heat_map.hovered = (place, 2)
    assert "before: " in filled.heat_map.reading()
    filled.heat_map.hovered = (place, 3)
    assert "before: " not in filled.heat_map.reading()
    filled.show_page(Page.LARGEST)
    filled.bars.marked = 1
    assert "before: " in filled.bars.reading()
    filled.show_picture(picture)
    assert filled.header.badge.isHidden()


def test_a_contract_that_comes_in_was_nothing_before(picture: ConcentrationPicture) -> None:
    leaf = picture.levels[-1]
    fewer = replace(leaf, names=leaf.names[1:], value=leaf.value[1:])
    assert changed_rows(fewer, leaf) == {0: 0}


def over(view: ConcentrationView, share: float) -> str:
    """The reading with the mouse over a part of the plot."""
    plot = view.time_chart._plot()
    QTest.mouseMove(view.time_chart, QPoint(int(plot.left() + plot.width() * share), int(plot.center().y())))
    return view.time_chart.reading()


def test_a_moment_under_the_mouse_is_read_off(filled: ConcentrationView) -> None:
    filled.show_page(Page.OVER_TIME)
    assert "HHI 0." in over(filled, 0.9)
    assert "not computable" in over(filled, 50 / 239)


def test_a_single_moment_is_no_line_and_says_so(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    filled.show_page(Page.OVER_TIME)
    drawn = filled.time_chart.grab().toImage()
    line = picture.history
    assert line is not None
    short = TimeLine(line.times[:1], line.names, line.shares[:1], line.herfindahl[:1])
    filled.show_picture(replace(picture, history=short))
    assert filled.time_chart.grab().toImage() != drawn


def test_a_line_unknown_throughout_is_left_out(filled: ConcentrationView, picture: ConcentrationPicture) -> None:
    filled.show_page(Page.OVER_TIME)
    line = picture.history
    assert line is not None
    unknown = np.full_like(line.shares, NOT_COMPUTABLE)
    filled.show_picture(replace(picture, history=replace(line, shares=unknown, herfindahl=unknown[:, 0])))
    assert not filled.time_chart.grab().isNull()
    assert len(filled.time_chart.sheet().rows) == len(line.times)
