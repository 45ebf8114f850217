"""The Risk sandbox: the whole desk in one picture, and the way from it to an account."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.numbers import MONEY
from engine.surface import Height
from engine.text import text
from tests.widgets.surface.generated_landscape import landscape
from widgets.language import Language
from widgets.numbers_text import money
from widgets.selection import Selected
from widgets.surface.landscape_relief import node_of
from widgets.surface.landscape_view import LandscapeView
from widgets.surface.plot_stack import Kind
from widgets.theme import Theme


def click(sandbox: LandscapeView, row: int, column: int) -> None:
    """Click the middle of the top of a bar."""
    plot, desk = sandbox.plots.space, sandbox.landscape
    assert plot is not None
    assert plot.relief is not None
    assert desk is not None
    x, y, _ = plot.projection.pixels(plot.relief.point(node_of(desk, row, column))).tolist()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))


def test_a_click_leads_to_the_account(sandbox: LandscapeView) -> None:
    desk, heard = landscape(), []
    sandbox.account_selected.connect(heard.append)
    sandbox.product_selected.connect(heard.append)
    row, column = (int(each) for each in np.unravel_index(desk.values[:-1, :-1].argmax(), (24, 16)))
    click(sandbox, row, column)
    assert heard == [desk.products[column], desk.accounts[row]]
    amount = money(int(desk.values[row, column]))
    assert sandbox.reading.text().startswith(f"{desk.accounts[row]} × {desk.products[column]}: Margin {amount}")


def test_a_sum_of_the_rest_leads_nowhere(sandbox: LandscapeView) -> None:
    heard: list[str] = []
    sandbox.account_selected.connect(heard.append)
    desk = landscape()
    sandbox._on_chosen(node_of(desk, 24, 3))
    assert heard == []
    sandbox.plots.pick(node_of(desk, 24, 3))
    sandbox._show_node()
    assert sandbox.reading.text().startswith("976 others × GC: Margin ")


def test_enter_leads_to_the_account_too(sandbox: LandscapeView) -> None:
    heard: list[str] = []
    sandbox.account_selected.connect(heard.append)
    plot = sandbox.plots.current
    plot.setFocus()
    plot.pick(node_of(landscape(), 5, 2))
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert heard == [landscape().accounts[5]]


def test_the_account_selected_elsewhere_is_marked_at_its_tallest_bar(sandbox: LandscapeView) -> None:
    desk = landscape()
    sandbox.show_selected(Selected(account=desk.accounts[7]))
    assert sandbox.plots.node == node_of(desk, 7, int(desk.values[7].argmax()))


def test_the_mark_stays_on_its_account_when_others_overtake_it(sandbox: LandscapeView) -> None:
    desk = landscape()
    sandbox.plots.pick(node_of(desk, 4, 1))
    turned = replace(desk, accounts=desk.accounts[::-1], values=np.vstack((desk.values[:-1][::-1], desk.values[-1:])))
    sandbox.show_landscape(turned)
    assert sandbox.plots.node == node_of(turned, 19, 1)


def test_height_is_asked_for_while_somebody_looks(qtbot: QtBot, theme: Theme) -> None:
    view = LandscapeView(theme)
    qtbot.addWidget(view)
    heard: list[Height | None] = []
    view.height_asked.connect(heard.append)
    view.show()
    view.heights.buttons[Height.SHORTFALL].click()
    view.hide()
    assert heard == [Height.MARGIN, Height.SHORTFALL, None]


def test_a_desk_that_would_not_be_short_says_so(sandbox: LandscapeView) -> None:
    desk = landscape(height=Height.SHORTFALL)
    sandbox.show_landscape(replace(desk, values=np.zeros_like(desk.values), reasons={}))
    assert "each product alone by ±30 % · nobody would be short" in sandbox.header.subtitle.text()


def test_an_empty_desk_says_so(sandbox: LandscapeView) -> None:
    empty = np.zeros((0, 0), dtype=np.int64)
    desk = replace(landscape(), accounts=(), products=(), other_accounts=0, other_products=0, values=empty, share=empty)
    sandbox.show_landscape(replace(desk, reason=text("nobody holds anything")))
    assert (sandbox.is_empty, sandbox.placeholder.hint.text()) == (True, "nobody holds anything")


@pytest.mark.parametrize("kind", list(Kind))
def test_both_plots_show_bars_in_colour(sandbox: LandscapeView, kind: Kind) -> None:
    sandbox.plots.show_kind(kind)
    image = sandbox.plots.current.image()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert len(colours) > 100


def test_without_opengl_cells_are_picked_as_well(no_opengl: None, qtbot: QtBot, theme: Theme) -> None:
    view = LandscapeView(theme)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    desk, heard = landscape(), []
    view.show_landscape(desk)
    view.account_selected.connect(heard.append)
    flat = view.plots.flat
    where = flat._at(flat.relief, node_of(desk, 3, 2), flat._area()).toPoint()
    QTest.mouseClick(flat, Qt.MouseButton.LeftButton, pos=where)
    assert heard == [desk.accounts[3]]
    assert not view.plots.notice.isHidden()


def test_an_old_landscape_says_so(sandbox: LandscapeView) -> None:
    sandbox.show_age(7_000_000_000)
    assert sandbox.band.message.text() == "This landscape is 7.0\N{NO-BREAK SPACE}s old."


def test_every_text_follows_the_language(sandbox: LandscapeView, language: Language) -> None:
    language.install("zh_Hans")
    assert sandbox.header.title.text() == "风险沙盘"
    assert sandbox.plots.relief is not None
    assert sandbox.plots.relief.across.title != "Products"


def test_more_than_all_margin_is_not_shown(theme: Theme) -> None:
    desk = landscape(rest=0)
    known = desk.values[desk.values > 0]
    assert known.min() > MONEY
