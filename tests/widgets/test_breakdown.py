"""The Margin breakdown view: tree, scenarios of the selected scan, now and after the order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.margin_terms import MarginTerms
from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.snapshot import BreakdownNode
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.breakdown import BreakdownView
from widgets.breakdown_model import BreakdownModel, Column
from widgets.cells import Tone
from widgets.language import Language
from widgets.scenario_bars import ScenarioBars
from widgets.theme import Theme, load_theme


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> BreakdownView:
    made = BreakdownView(theme)
    qtbot.addWidget(made)
    made.resize(760, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def find(model: BreakdownModel, label: str) -> QModelIndex:
    return next(index for index in model.every_index() if model.cell(index).text == label)


def test_the_tree_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = BreakdownModel()
    model.show(sample_results.breakdown())
    qtmodeltester.check(model)


def test_the_heading_says_how_the_account_is_margined_where_it_says_so(view: BreakdownView) -> None:
    view.show_detail(replace(sample_results.detail(), terms=MarginTerms(gross=True, account_type="S")))
    assert "gross-margined, speculator" in view.header.subtitle.toolTip()
    view.show_detail(sample_results.detail())
    assert "margined" not in view.header.subtitle.toolTip()


def test_an_account_without_rates_is_not_computable_rather_than_empty(view: BreakdownView) -> None:
    why = text("the parameters have no rate set for this account: {kind}", kind="house")
    view.show_detail(replace(sample_results.detail(), breakdown=(), reasons=(why,)))
    assert view.placeholder.headline.text() == "Not computable"
    assert view.placeholder.isVisible()


def test_new_figures_of_the_same_shape_change_in_place(qtbot: QtBot) -> None:
    model = BreakdownModel()
    model.show(sample_results.breakdown())
    root = sample_results.breakdown()[0]
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.show((replace(root, amount=1_000 * MONEY),))
    assert model.cell(model.index(0, Column.AMOUNT)).text == "1,000"


def test_the_largest_scan_is_shown_at_first_with_its_active_scenario_marked(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    assert view.bars.amounts == sample_results.SCENARIOS
    assert view.bars.accessibleName() == "CL Crude oil · loss, USD 000 active scenario 13"
    scan = view.tree.currentIndex()
    assert view.model.cell(scan).tone is Tone.ACCENT


@pytest.mark.parametrize("label", ["ES E-mini S&P 500", "Scan risk · scenario 5"])
def test_a_commodity_and_its_scan_show_the_same_scenarios(view: BreakdownView, label: str) -> None:
    view.show_detail(sample_results.detail())
    view.tree.setCurrentIndex(find(view.model, label))
    assert view.bars.amounts == tuple(-each // 2 for each in sample_results.SCENARIOS)


def test_a_line_without_scenarios_shows_none(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    view.tree.setCurrentIndex(find(view.model, "Net option value"))
    assert view.bars.amounts == ()


def test_a_leaf_leads_back_to_its_position(view: BreakdownView, qtbot: QtBot) -> None:
    view.show_detail(sample_results.detail())
    with qtbot.waitSignal(view.contract_selected) as told:
        view.tree.setCurrentIndex(find(view.model, "+400 CL 2027-01"))
    assert told.args == [sample_results.CRUDE]


def test_what_was_closed_and_selected_stays_so_in_another_shape(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    view.tree.collapse(find(view.model, "ES E-mini S&P 500"))
    view.tree.setCurrentIndex(find(view.model, "Net option value"))
    root = sample_results.breakdown()[0]
    longer = replace(root, children=(*root.children, BreakdownNode(text("Late charge"), 5 * MONEY, "USD")))
    view.show_detail(replace(sample_results.detail(), breakdown=(longer,)))
    assert not view.tree.isExpanded(find(view.model, "ES E-mini S&P 500"))
    assert view.tree.isExpanded(find(view.model, "CL Crude oil"))
    assert view.model.cell(view.tree.currentIndex().siblingAtColumn(0)).text == "Net option value"


def test_a_selection_follows_its_commodity_when_another_overtakes_it(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    view.tree.setCurrentIndex(find(view.model, "ZC Corn"))
    root = sample_results.breakdown()[0]
    turned = replace(root, children=root.children[::-1])
    view.show_detail(replace(sample_results.detail(), breakdown=(turned,)))
    assert view.model.cell(view.tree.currentIndex().siblingAtColumn(0)).text == "ZC Corn"


def test_a_scan_whose_active_scenario_changes_stays_selected(view: BreakdownView, qtbot: QtBot) -> None:
    node = BreakdownNode(text("Scan risk, scenario {number}", number=3), MONEY, "USD", scenarios=(1,) * 16, active=3)
    view.show_detail(replace(sample_results.detail(), breakdown=(node,)))
    moved = replace(node, label=text("Scan risk, scenario {number}", number=9), active=9)
    with qtbot.assertNotEmitted(view.model.modelReset):
        view.show_detail(replace(sample_results.detail(), breakdown=(moved,)))
    assert view.bars.accessibleName().endswith("active scenario 9")


def test_amounts_are_named_with_their_currency_where_there_are_several() -> None:
    model = BreakdownModel()
    model.show((BreakdownNode(text("A"), MONEY, "USD"), BreakdownNode(text("B"), -MONEY, "TRY")))
    assert [model.cell(model.index(row, Column.AMOUNT)).text for row in range(2)] == ["1 USD", "−1 TRY"]
    assert model.headerData(Column.AMOUNT, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) == "Amount"


def test_an_amount_that_is_missing_is_not_a_number() -> None:
    model = BreakdownModel()
    model.show((BreakdownNode(text("A"), NOT_COMPUTABLE, "USD"), BreakdownNode(text("B"), None)))
    assert [model.cell(model.index(row, Column.AMOUNT)).text for row in range(2)] == ["not computable", ""]


def test_figures_behind_an_amount_stand_beside_it(view: BreakdownView) -> None:
    node = BreakdownNode(text("A"), MONEY, "USD", note=text("rate {rate}", rate=70))
    view.resize(1200, 500)
    view.show_detail(replace(sample_results.detail(), breakdown=(node,)))
    view.tree.setCurrentIndex(view.model.index(0, 0))
    assert view.figures.text() == "rate 70"
    assert not view.tree.isColumnHidden(Column.FIGURES)
    assert view.model.cell(view.model.index(0, Column.FIGURES)).text == "rate 70"


def test_the_tree_after_the_order_is_framed_as_hypothetical(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    assert not view.after.isEnabled()
    decision = sample_results.decision(sample_results.request())
    after = (replace(decision.breakdown[0], amount=4_913_550 * MONEY),)
    view.show_decision(replace(decision, breakdown=after))
    view.after.click()
    assert view.property("hypothetical") == "true"
    assert not view.header.badge.isHidden()
    assert view.model.cell(view.model.index(0, Column.AMOUNT)).text == "4,913,550"
    view.show_decision(None)
    assert view.property("hypothetical") == "false"
    assert view.model.cell(view.model.index(0, Column.AMOUNT)).text == "4,182,300"


def test_every_state_has_its_words(view: BreakdownView) -> None:
    assert view.placeholder.headline.text() == "No account selected"
    view.show_loading("Halden Gas")
    assert view.placeholder.headline.text() == "Computing…"
    view.show_detail(sample_results.detail("Halden Gas"))
    assert not view.is_empty
    view.show_detail(replace(sample_results.detail("Halden Gas"), breakdown=()))
    assert view.placeholder.headline.text() == "Nothing to margin"


def test_what_a_margin_leaves_out_is_said(view: BreakdownView) -> None:
    reason = text("excludes 2 positions: no parameters for {contract}", contract="XYZ")
    view.show_detail(replace(sample_results.detail(), reasons=(reason,)))
    assert "excludes 2 positions: no parameters for XYZ" in view.header.subtitle.text()


def test_old_figures_are_hatched(view: BreakdownView) -> None:
    view.show_detail(sample_results.detail())
    before = view.tree.viewport().grab().toImage()
    view.set_outdated("Quotes STALE")
    assert view.tree.viewport().grab().toImage() != before


def test_language_and_theme_follow(view: BreakdownView, language: Language) -> None:
    view.show_detail(sample_results.detail())
    dark = view.bars.grab().toImage()
    language.install("zh_Hans", WordList({"Margin breakdown": "保证金明细", "Requirement": "保证金要求"}))
    view.set_theme(load_theme("light"))
    assert view.header.title.text() == "保证金明细"
    assert view.model.cell(view.model.index(0, 0)).text == "保证金要求"
    assert view.bars.grab().toImage() != dark


@pytest.mark.parametrize(
    "amounts",
    [(), (0,) * 16, (5 * MONEY,) * 16, (-5 * MONEY,) * 16, (NOT_COMPUTABLE,) * 16, (NOT_COMPUTABLE, *range(-7, 8))],
)
def test_any_sixteen_sums_can_be_drawn(qtbot: QtBot, theme: Theme, amounts: tuple[int, ...]) -> None:
    bars = ScenarioBars(theme)
    qtbot.addWidget(bars)
    bars.show_scenarios("CL", "USD", amounts, 1)
    for width in (20, 240, 900):
        bars.resize(width, 300)
        assert not bars.grab().isNull()
