"""The Accounts view: worst first, found by typing, steady under updates, cheap at 10,000 accounts."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.margin_terms import MarginTerms
from engine.numbers import LARGEST, MONEY, NOT_COMPUTABLE, RATIO, format_scaled
from engine.snapshot import FeedState, Standing
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.account_model import AccountModel, Column
from widgets.account_rows import group_accounts, group_sums, wanted_rows, worst_first
from widgets.accounts import NAME_WIDTH, AccountsView
from widgets.cells import Role, Tone
from widgets.language import Language
from widgets.panel import View
from widgets.theme import Theme, load_theme

SMALL = sample_results.account_table(40)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> AccountsView:
    made = AccountsView(theme)
    qtbot.addWidget(made)
    made.resize(760, 900)
    with qtbot.waitExposed(made):
        made.show()
    return made


def shown_accounts(model: AccountModel) -> list[str]:
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    return [model.account_of(model.index(row, 0, group)) for group in groups for row in range(model.rowCount(group))]


def cell_text(model: AccountModel, account: str, column: Column) -> str:
    return model.cell(model.index_of(account).siblingAtColumn(column)).text


def test_the_tree_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = AccountModel()
    model.show(SMALL, sample_results.LINES)
    qtmodeltester.check(model)


def test_the_tree_is_sound_after_figures_rows_and_filter_changed(qtmodeltester: ModelTester) -> None:
    model = AccountModel()
    model.show(SMALL, sample_results.LINES)
    model.show(sample_results.moved(SMALL, 5, -MONEY), sample_results.LINES)
    model.show(sample_results.account_table(60), sample_results.LINES)
    model.set_pattern("macro")
    model.show(replace(SMALL, ratio=SMALL.ratio[::-1].copy()), sample_results.LINES)
    model.sort_again()
    qtmodeltester.check(model)


def test_accounts_over_the_forced_close_line_come_first(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    table = view.model.table
    first = table.names.index(shown_accounts(view.model)[0])
    assert table.standing[first] == Standing.CLOSE
    assert table.ratio[first] == table.ratio.max()


def test_an_account_that_cannot_be_computed_heads_its_group_and_says_why(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    account = view.model.table.names[2]
    index = view.model.index_of(account)
    assert index.row() == 0
    assert cell_text(view.model, account, Column.RATIO) == "not computable"
    tip = str(view.model.data(index, Qt.ItemDataRole.ToolTipRole))
    assert "excludes 2 positions: no parameters for XYZ 2027-03" in tip


def test_a_standing_is_spoken_as_well_as_coloured(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    account = shown_accounts(view.model)[0]
    cell = view.model.cell(view.model.index_of(account).siblingAtColumn(Column.RATIO))
    assert cell.spoken.endswith("over the forced close line")
    assert cell.tone is Tone.NEGATIVE


def test_negative_available_funds_have_a_sign(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    assert cell_text(view.model, shown_accounts(view.model)[0], Column.AVAILABLE).startswith("−")


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-RATIO, 3 * RATIO)), min_size=1, max_size=60))
def test_no_account_is_shown_below_a_less_urgent_one_of_its_group(rows: list[tuple[int, int]]) -> None:
    table = sample_results.account_table(len(rows))
    table = replace(
        table, standing=np.array([row[0] for row in rows], np.int8), ratio=np.array([row[1] for row in rows])
    )
    order = worst_first(table, group_accounts(table), np.ones(len(rows), np.bool_))
    assert sorted(np.concatenate(order.members).tolist()) == list(range(len(rows)))
    urgency = [Standing.OK, Standing.WARNING, Standing.CALL, Standing.UNKNOWN, Standing.CLOSE]
    for members in order.members:
        keys = [(urgency.index(Standing(table.standing[row])), table.ratio[row]) for row in members]
        assert keys == sorted(keys, reverse=True)


@given(st.lists(st.integers(-LARGEST // 64, LARGEST // 64), min_size=1, max_size=50))
@settings(max_examples=30)
def test_the_sum_of_a_group_is_the_sum_of_its_accounts(amounts: list[int]) -> None:
    table = sample_results.account_table(len(amounts))
    grouping = group_accounts(table)
    sums = group_sums(np.array(amounts), grouping)
    for code, name in enumerate(grouping.names):
        assert sums[code] == sum(each for each, group in zip(amounts, table.groups, strict=True) if group == name)


def test_a_sum_beyond_62_bits_or_of_a_missing_figure_is_not_computable() -> None:
    grouping = group_accounts(replace(SMALL, groups=("one",) * 20 + ("two",) * 20))
    column = np.full(40, LARGEST // 4)
    column[20:] = 1
    column[30] = NOT_COMPUTABLE
    assert group_sums(column, grouping).tolist() == [NOT_COMPUTABLE, NOT_COMPUTABLE]


def test_a_group_in_several_currencies_has_no_sum(view: AccountsView) -> None:
    snapshot = sample_results.snapshot(40)
    mixed = replace(snapshot.accounts, currencies=("EUR", *snapshot.accounts.currencies[1:]))
    view.show_snapshot(replace(snapshot, accounts=mixed))
    group = view.model.index_of(mixed.names[0]).parent()
    assert view.model.cell(group.siblingAtColumn(Column.EQUITY)).text == ""
    assert view.model.cell(group.siblingAtColumn(Column.CURRENCY)).text == "mixed"
    assert not view.tree.isColumnHidden(Column.CURRENCY)


@pytest.mark.parametrize("width", [400, 470, 560, 800])
def test_names_stay_readable_however_narrow_the_view_is(view: AccountsView, qtbot: QtBot, width: int) -> None:
    snapshot = sample_results.snapshot(40)
    mixed = replace(snapshot.accounts, currencies=("EUR", *snapshot.accounts.currencies[1:]))
    view.show_snapshot(replace(snapshot, accounts=mixed))
    view.resize(width, 400)
    qtbot.waitUntil(lambda: view.tree.columnWidth(Column.ACCOUNT) >= NAME_WIDTH)
    assert not view.tree.isColumnHidden(Column.AVAILABLE)
    assert not view.tree.isColumnHidden(Column.CURRENCY)


def test_a_group_in_one_currency_shows_its_sum(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(40))
    table = view.model.table
    group = view.model.index_of(table.names[0]).parent()
    total = sum(int(equity) for equity, name in zip(table.equity, table.groups, strict=True) if name == table.groups[0])
    assert view.model.data(group.siblingAtColumn(Column.EQUITY), Role.RAW) == format_scaled(total, 6)


def test_only_the_rows_that_changed_are_announced(qtbot: QtBot) -> None:
    model = AccountModel()
    model.show(SMALL, sample_results.LINES)
    announced: list[tuple[QModelIndex, QModelIndex]] = []
    model.dataChanged.connect(lambda first, last: announced.append((first, last)))
    model.show(sample_results.moved(SMALL, 7, MONEY), sample_results.LINES)
    place = model.index_of(SMALL.names[7])
    assert [(first.row(), last.row(), first.parent()) for first, last in announced] == [
        (place.row(), place.row(), place.parent()),
        (place.parent().row(), place.parent().row(), QModelIndex()),
    ]


def test_the_same_figures_again_announce_nothing(qtbot: QtBot) -> None:
    model = AccountModel()
    model.show(SMALL, sample_results.LINES)
    with qtbot.assertNotEmitted(model.dataChanged):
        model.show(sample_results.account_table(40), sample_results.LINES)


def test_rows_stay_where_they_are_until_they_are_sorted_again(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(40))
    before = shown_accounts(view.model)
    turned = replace(view.model.table, ratio=-view.model.table.ratio)
    view.model.show(turned, sample_results.LINES)
    assert shown_accounts(view.model) == before
    view.model.sort_again()
    assert shown_accounts(view.model) != before


def test_the_timer_sorts_again(view: AccountsView, qtbot: QtBot) -> None:
    snapshot = sample_results.snapshot(40)
    view.show_snapshot(snapshot)
    last = shown_accounts(view.model)[-1]
    ratio, standing = snapshot.accounts.ratio.copy(), snapshot.accounts.standing.copy()
    row = snapshot.accounts.names.index(last)
    ratio[row], standing[row] = 9 * RATIO, Standing.CLOSE
    view.show_snapshot(replace(snapshot, accounts=replace(snapshot.accounts, ratio=ratio, standing=standing)))
    qtbot.waitUntil(lambda: shown_accounts(view.model)[0] == last)


def test_an_index_that_a_view_holds_follows_its_account(qtbot: QtBot) -> None:
    model = AccountModel()
    model.show(SMALL, sample_results.LINES)
    held = {name: QPersistentModelIndex(model.index_of(name)) for name in SMALL.names}
    model.show(replace(SMALL, ratio=SMALL.ratio[::-1].copy(), standing=np.zeros(40, np.int8)), sample_results.LINES)
    model.sort_again()
    assert {model.account_of(index) for index in held.values()} == set(SMALL.names)
    assert all(model.account_of(index) == name for name, index in held.items())


def test_the_worst_account_is_chosen_at_first(view: AccountsView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.account_selected) as told:
        view.show_snapshot(sample_results.snapshot())
    assert told.args == [shown_accounts(view.model)[0]]


def test_moving_in_the_tree_chooses_the_account(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    with qtbot.waitSignal(view.account_selected) as told:
        qtbot.keyClick(view.tree, Qt.Key.Key_Down)
    assert told.args == [shown_accounts(view.model)[1]]


def test_selection_and_scroll_survive_new_accounts(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    view.choose("Boreal Softs")
    bar = view.tree.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    with qtbot.assertNotEmitted(view.account_selected):
        view.show_snapshot(sample_results.snapshot(210))
    assert view.model.account_of(view.tree.currentIndex()) == "Boreal Softs"
    assert bar.value() == place


def test_a_group_that_was_closed_stays_closed(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    group = view.model.index(1, 0)
    name = view.model.cell(group).text
    view.tree.collapse(group)
    view.show_snapshot(sample_results.snapshot(210))
    groups = [view.model.index(row, 0) for row in range(view.model.rowCount())]
    assert [view.model.cell(each).text for each in groups if not view.tree.isExpanded(each)] == [name]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("macro ii halden", lambda name, ratio: name == "Halden Macro II"),
        ("清风", lambda name, ratio: name.startswith("Qingfeng")),
        (">90%", lambda name, ratio: ratio > 900_000),
        (">100.5 energy", lambda name, ratio: ratio > 1_005_000 and "Energy" in name),
        ("nobody at all", lambda name, ratio: False),
    ],
)
def test_typing_filters(view: AccountsView, qtbot: QtBot, pattern: str, expected: object) -> None:
    view.show_snapshot(sample_results.snapshot())
    view.filter.setText(pattern)
    table = view.model.table
    wanted = {name for name, ratio in zip(table.names, table.ratio, strict=True) if expected(name, ratio)}  # type: ignore[operator]
    assert set(shown_accounts(view.model)) == wanted


def test_the_name_of_a_group_finds_all_of_it() -> None:
    grouping = group_accounts(SMALL)
    wanted = wanted_rows(SMALL, grouping, "halden GROUP")
    assert [SMALL.groups[row] for row in np.flatnonzero(wanted)] == ["Halden group"] * int(wanted.sum())


def test_letters_typed_in_the_tree_go_to_the_filter(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    qtbot.keyClicks(view.tree, "j")
    assert view.filter.text() == "j"
    assert all(name.startswith("Juniper") for name in shown_accounts(view.model))


def test_enter_in_the_filter_chooses_the_first_account_found(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    view.filter.setText("boreal rv")
    with qtbot.waitSignal(view.account_selected) as told:
        qtbot.keyClick(view.filter, Qt.Key.Key_Return)
    assert told.args == ["Boreal RV"]


def test_escape_clears_the_filter(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    view.filter.setText("boreal")
    qtbot.keyClick(view.filter, Qt.Key.Key_Escape)
    assert len(shown_accounts(view.model)) == 200


def test_copying_yields_raw_values(view: AccountsView, qtbot: QtBot) -> None:
    view.show_snapshot(sample_results.snapshot())
    view.choose("Boreal RV")
    qtbot.keyClick(view.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    name, equity, *_ = QGuiApplication.clipboard().text().split("\t")
    row = view.model.table.names.index("Boreal RV")
    assert (name, round(float(equity) * MONEY)) == ("Boreal RV", view.model.table.equity[row])


def test_without_accounts_the_view_says_what_it_waits_for(view: AccountsView) -> None:
    view.show_waiting("waiting for the position feed at tcp://127.0.0.1:5555")
    assert view.is_empty
    assert "tcp://127.0.0.1:5555" in view.placeholder.hint.text()


def test_an_empty_snapshot_is_shown_as_empty(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(0))
    assert view.is_empty
    assert view.placeholder.headline.text() == "No accounts yet"


def test_old_figures_are_hatched_and_the_reason_stands_above(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(quotes=FeedState.STALE))
    before = view.tree.viewport().grab().toImage()
    view.set_outdated("Quotes STALE, silent for 3.2 s")
    assert view.band.isVisible()
    assert view.tree.viewport().grab().toImage() != before


def test_the_language_changes_every_word(view: AccountsView, language: Language) -> None:
    view.show_snapshot(sample_results.snapshot())
    language.install(
        "zh_Hans", WordList({"Accounts": "账户", "Risk ratio": "风险度", "{count} accounts": "{count} 个账户"})
    )
    assert view.header.title.text() == "账户"
    assert view.model.headerData(Column.RATIO, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) == "风险度"
    assert view.header.subtitle.text().startswith("200 个账户")


def test_the_theme_changes_what_is_painted(view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot())
    dark = view.tree.viewport().grab().toImage()
    view.set_theme(load_theme("light"))
    assert view.tree.viewport().grab().toImage() != dark


def test_a_hidden_view_draws_when_it_is_shown(view: AccountsView) -> None:
    view.hide()
    view.show_snapshot(sample_results.snapshot())
    assert len(view.model.table) == 0
    view.show()
    assert len(view.model.table) == 200


def test_figures_are_drawn_no_faster_than_a_person_reads(
    view: AccountsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(View, "interval", 200)
    snapshot = sample_results.snapshot(40)
    view.show_snapshot(snapshot)
    later = sample_results.moved(snapshot.accounts, 5, 1_000 * MONEY)
    view.show_snapshot(replace(snapshot, accounts=later))
    assert view.model.table is snapshot.accounts
    qtbot.waitUntil(lambda: view.model.table is later)


def test_ten_thousand_accounts_take_new_figures_in_a_few_milliseconds(view: AccountsView) -> None:
    snapshot = sample_results.snapshot(10_000)
    view.show_snapshot(snapshot)
    took = []
    for step in range(1, 8):
        table = replace(snapshot.accounts, equity=snapshot.accounts.equity + step * MONEY)
        start = time.perf_counter()
        view.show_snapshot(replace(snapshot, accounts=table))
        took.append(time.perf_counter() - start)
    assert sorted(took)[3] < 0.01
    assert len(shown_accounts(view.model)) == 10_000


def test_the_tip_says_how_an_account_is_margined_where_it_says_so() -> None:
    model = AccountModel()
    model.show(replace(SMALL, terms={3: MarginTerms(gross=True, maintenance=False)}), sample_results.LINES)
    tips = [model.index_of(SMALL.names[row]).data(Qt.ItemDataRole.ToolTipRole).splitlines() for row in (3, 4)]
    assert tips[0][1] == "gross-margined, initial"
    assert len(tips[0]) == len(tips[1]) + 1


def test_several_accounts_are_selected_by_keyboard_and_asked_for_together(qtbot: QtBot, view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(40))
    names = shown_accounts(view.model)[:2]
    view.choose(names[0])
    qtbot.keyClick(view.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(view.batch_requested) as asked:
        view.request_batch()
    assert set(asked.args[0]) == set(names)


def test_what_is_selected_stays_selected_when_accounts_come_and_go(qtbot: QtBot, view: AccountsView) -> None:
    view.show_snapshot(sample_results.snapshot(40))
    names = shown_accounts(view.model)[:2]
    view.choose(names[0])
    qtbot.keyClick(view.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    view.show_snapshot(sample_results.snapshot(41))
    assert set(view.selected) >= set(names) & set(shown_accounts(view.model))
