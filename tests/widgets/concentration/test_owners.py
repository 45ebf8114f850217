"""Going down from the firm to an account, and what is not computable on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester

from engine.concentration_picture import Choice, ConcentrationPicture
from tests.widgets.concentration.generated_desk import desk
from widgets.concentration.owners import Column, OwnerModel
from widgets.concentration.pages import Page, Tree
from widgets.concentration.view import ConcentrationView


@pytest.fixture(scope="module")
def owned() -> ConcentrationPicture:
    return desk(accounts=40, expiries=2, with_owners=True)


@pytest.fixture
def owners_page(view: ConcentrationView, owned: ConcentrationPicture) -> ConcentrationView:
    view.show_page(Page.OWNERS)
    view.show_picture(owned)
    return view


def names(model: OwnerModel) -> list[str]:
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def test_owners_are_asked_for_while_their_page_is_in_front(view: ConcentrationView) -> None:
    asked: list[Choice] = []
    view.choice_made.connect(asked.append)
    view.show_page(Page.OWNERS)
    view.show_page(Page.TREEMAP)
    assert [choice.with_owners for choice in asked] == [True, False]


def test_the_firms_desks_come_first_the_largest_on_top(owners_page: ConcentrationView) -> None:
    model = owners_page.owners.owners
    assert set(names(model)) == {f"› Desk {number}" for number in range(1, 5)}
    assert model.table is not None
    gross = [int(model.table.gross[model.row_in_table(row)]) for row in range(4)]
    assert gross == sorted(gross, reverse=True)


def test_enter_goes_into_a_desk_and_escape_back(owners_page: ConcentrationView, owned: ConcentrationPicture) -> None:
    asked: list[Choice] = []
    owners_page.choice_made.connect(asked.append)
    table = owners_page.owners
    table.setFocus()
    table.selectRow(0)
    inside = names(table.owners)[0].removeprefix("› ")
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert asked[-1].owner == (inside,)
    assert owned.owners is not None
    table.show_owners(owned.owners, (inside,))
    assert table.owners.rowCount() == 10
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert asked[-1].owner == ()


def test_related_accounts_are_owners_where_the_firm_has_desks_as_well(
    owners_page: ConcentrationView, owned: ConcentrationPicture
) -> None:
    asked: list[Choice] = []
    owners_page.choice_made.connect(asked.append)
    owners_page.owners.chosen.emit(("Desk 1",))
    assert owners_page.trees.isVisible()
    owners_page.trees.buttons[Tree.RELATED].click()
    assert (asked[-1].related, asked[-1].owner) == (True, ())
    owners_page.show_page(Page.TREEMAP)
    assert not owners_page.trees.isVisible()
    assert owned.owners is not None
    by_group = replace(owned.owners, levels=tuple(each.replace("Desk", "Group") for each in owned.owners.levels))
    owners_page.show_page(Page.OWNERS)
    owners_page.trees.buttons[Tree.DESKS].click()
    owners_page.show_picture(replace(owned, owners=by_group))
    assert not owners_page.trees.isVisible()


def test_a_click_on_an_account_selects_it(owners_page: ConcentrationView, owned: ConcentrationPicture) -> None:
    heard: list[str] = []
    owners_page.account_selected.connect(heard.append)
    assert owned.owners is not None
    owners_page.owners.show_owners(owned.owners, ("Desk 1",))
    index = owners_page.owners.owners.index(3, Column.NAME)
    spot = owners_page.owners.visualRect(index).center()
    QTest.mouseClick(owners_page.owners.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert heard == [index.data()]


def test_what_is_not_computable_is_a_dash_with_its_reason(owners_page: ConcentrationView) -> None:
    table, model = owners_page.owners, owners_page.owners.owners
    assert model.table is not None
    table.show_owners(model.table, ("Desk 1",))
    model.sort(Column.DAYS, Qt.SortOrder.AscendingOrder)
    last = model.rowCount() - 1
    assert model.index(last, Column.DAYS).data() == "–"
    tip = model.data(model.index(last, Column.DAYS), Qt.ItemDataRole.ToolTipRole)
    assert str(tip).endswith("no price for HO 2027-07")


@pytest.mark.parametrize("column", list(Column))
def test_every_column_sorts_and_has_a_title(owners_page: ConcentrationView, column: Column) -> None:
    model = owners_page.owners.owners
    model.sort(column, Qt.SortOrder.AscendingOrder)
    up = names(model)
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert sorted(up) == sorted(names(model))
    assert model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)


def test_figures_change_in_place_while_the_owners_stay(owners_page: ConcentrationView) -> None:
    model = owners_page.owners.owners
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    owners_page.show_picture(desk(accounts=40, expiries=2, seed=5, with_owners=True))
    assert resets == []


def test_the_model_keeps_qts_promises(owned: ConcentrationPicture, qtmodeltester: ModelTester) -> None:
    model = OwnerModel()
    assert owned.owners is not None
    model.show(owned.owners, 0)
    qtmodeltester.check(model)
    assert model.rowCount(model.index(0, 0, QModelIndex())) == 0


def test_crumbs_lead_back_from_any_chart(owners_page: ConcentrationView, owned: ConcentrationPicture) -> None:
    asked: list[Choice] = []
    owners_page.choice_made.connect(asked.append)
    owners_page.owners.chosen.emit(("Desk 1",))
    owners_page.show_page(Page.TREEMAP)
    assert not owners_page.crumbs.isHidden()
    owners_page.crumbs.show_path(["Desk 1"])
    owners_page.crumbs.buttons[0].click()
    assert asked[-1].owner == ()
    assert owners_page.crumbs.isHidden()
