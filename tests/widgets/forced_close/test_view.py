"""The Forced close view: what it asks, what it shows of plans, and how a plan is edited."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.liquidation.plan import Aim, Draft, Effect, Plan, PlanAnswer, PlanQuestion
from engine.liquidation.search import plans
from engine.numbers import NOT_COMPUTABLE, RATIO
from engine.text import text
from terminal.settings import ForcedCloseSettings
from tests.engine.liquidation.books import Trouble, sample_market
from tests.widgets import sample_results
from widgets.approvals.proposing import dialog_of
from widgets.forced_close.orders import Column
from widgets.forced_close.view import ForcedCloseView
from widgets.forced_close.words import price_places
from widgets.numbers_text import price
from widgets.selection import Selected
from widgets.theme import Theme, load_theme

MARKET = sample_market()
BOOK = {
    "SIM:CL:FUT:202701": 120,
    "SIM:CL:FUT:202703": -40,
    "SIM:ES:FUT:202703": 6,
    "SIM:ZN:FUT:202703": -30,
    next(name for name in MARKET.options if ":ES:" in name): -12,
}


@pytest.fixture(scope="module")
def found() -> tuple[Plan, ...]:
    return tuple(plans(Trouble(MARKET, BOOK, 1.25).closing()))


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> ForcedCloseView:
    made = ForcedCloseView(theme)
    qtbot.addWidget(made)
    made.resize(1000, 520)
    with qtbot.waitExposed(made):
        made.show()
    made.show_selected(Selected(account="A"))
    return made


def answer(view: ForcedCloseView, *found: Plan, **more: object) -> PlanAnswer:
    return PlanAnswer(PlanQuestion(view.account, view.execution), 10**18, True, found, finished=True, **more)  # type: ignore[arg-type]


def test_without_an_account_it_says_what_to_do(qtbot: QtBot, theme: Theme) -> None:
    made = ForcedCloseView(theme)
    qtbot.addWidget(made)
    assert made.is_empty
    assert made.placeholder.headline.text() == "No account selected"


def test_the_fields_make_the_question(view: ForcedCloseView, qtbot: QtBot) -> None:
    view.target.setValue(85.5)
    view.share.setValue(7.5)
    with qtbot.waitSignal(view.plan_requested) as asked:
        qtbot.mouseClick(view.plan_button, Qt.MouseButton.LeftButton)
    (question,) = asked.args
    assert (question.account, question.drafts) == ("A", None)
    assert (question.execution.target, question.execution.participation) == (855 * RATIO // 1000, 75 * RATIO // 1000)


def test_the_time_to_decide_begins_with_the_settings_and_goes_with_the_question(
    view: ForcedCloseView, qtbot: QtBot
) -> None:
    assert view.deciding.value() == 135
    view.offer(ForcedCloseSettings(deciding_seconds=60, deviations="1.5").execution)
    assert (view.execution.deciding, view.execution.deviations) == (60 * 10**9, RATIO * 3 // 2)
    view.deciding.setValue(30)
    with qtbot.waitSignal(view.plan_requested) as asked:
        qtbot.keyClick(view.deciding, Qt.Key.Key_Return)
    assert asked.args[0].execution.deciding == 30 * 10**9


def test_a_limit_tells_what_it_is_made_of(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    sale = next(order for order in found[0].orders if order.quantity < 0)
    way = sale.touch - sale.limit
    view.orders.show(replace(found[0], orders=(sale,), steps=found[0].steps[:1]))
    tip = view.orders.index(0, Column.LIMIT).data(Qt.ItemDataRole.ToolTipRole).splitlines()
    places = price_places(sale)
    assert tip[1:] == [
        f"{price(sale.touch, places)} at the touch",
        f"−{price(way - sale.allowance, places)} for the order's own impact",
        f"−{price(sale.allowance, places)} for the market's moves in 135 s until it is sent",
    ]


def test_a_cost_tells_what_of_it_is_fees_or_that_they_are_not_known(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    for fee, told in ((NOT_COMPUTABLE, "fees are not known and not in it"), (1_234_500_000, "1,234.50 of it fees")):
        order = replace(found[0].orders[0], fee=fee)
        view.orders.show(replace(found[0], orders=(order,), steps=found[0].steps[:1]))
        assert view.orders.index(0, Column.COST).data(Qt.ItemDataRole.ToolTipRole).splitlines()[1:] == [told]


def test_a_limit_that_the_exchange_holds_says_so(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    order = found[0].orders[0]
    held = replace(order, limit=order.touch)
    view.orders.show(replace(found[0], orders=(held,), steps=found[0].steps[:1]))
    tip = view.orders.index(0, Column.LIMIT).data(Qt.ItemDataRole.ToolTipRole)
    assert "no further than prices can go today" in tip


def test_the_dialog_says_what_the_worst_cost_has_in_it(qtbot: QtBot, found: tuple[Plan, ...]) -> None:
    at_once = tuple(replace(order, allowance=0) for order in found[0].orders)
    for plan, told in ((found[0], True), (replace(found[0], orders=at_once), False)):
        dialog = dialog_of(plan)
        qtbot.addWidget(dialog)
        said = " ".join(each.text() for each in dialog.findChildren(QLabel))
        assert ("Limits leave the market room for 135 s" in said) is told


def test_the_first_plan_is_shown_at_once_and_the_cheapest_once_all_are_there(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    view.show_answer(replace(answer(view, *found[:1]), finished=False))
    assert view.plan is found[0]
    view.show_answer(replace(answer(view, *found[:2]), finished=False))
    assert view.plan is found[0]
    view.show_answer(answer(view, *found))
    assert view.plan is not None
    assert view.plan.aim is Aim.CHEAPEST
    assert view.alternatives.rowCount() == 4


def test_a_plan_that_somebody_is_looking_at_stays_selected(
    view: ForcedCloseView, qtbot: QtBot, found: tuple[Plan, ...]
) -> None:
    view.show_answer(replace(answer(view, *found[:2]), finished=False))
    view.plans_table.selectRow(1)
    view.activateWindow()
    view.plans_table.setFocus()
    qtbot.waitUntil(view.plans_table.hasFocus)
    view.show_answer(answer(view, *found))
    assert view.plan is found[1]


def test_each_order_stands_with_what_it_frees_and_where_the_account_is_then(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    view.show_answer(answer(view, *found))
    plan = view.plan
    assert plan is not None
    for row, order in enumerate(plan.orders):
        shown = [view.orders.cell(view.orders.index(row, column)) for column in Column]
        assert shown[Column.CONTRACT].text == order.contract.title
        assert shown[Column.QUANTITY].raw == (order.quantity, 0)
        assert shown[Column.RATIO].raw == (plan.steps[row].figures.ratio, 6)


def test_another_plan_is_shown_with_its_orders_and_its_staircase(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    view.show_answer(answer(view, *found))
    view.plans_table.selectRow(3)
    assert view.orders.plan is found[3]
    assert str(len(found[3].orders)) in view.staircase.reading(None)


def test_an_edited_quantity_asks_for_the_plan_with_it(
    view: ForcedCloseView, qtbot: QtBot, found: tuple[Plan, ...]
) -> None:
    view.show_answer(answer(view, *found))
    order = found[0].orders[0]
    with qtbot.waitSignal(view.plan_requested) as asked:
        assert view.orders.setData(view.orders.index(0, Column.QUANTITY), 1)
    (question,) = asked.args
    assert question.drafts[0] == Draft(order.contract, 1 if order.quantity > 0 else -1)


def test_delete_takes_an_order_out(view: ForcedCloseView, qtbot: QtBot, found: tuple[Plan, ...]) -> None:
    plan = max(found, key=lambda each: len(each.orders))
    view.show_answer(answer(view, plan))
    view.orders_table.selectRow(0)
    with qtbot.waitSignal(view.plan_requested) as asked:
        qtbot.keyClick(view.orders_table, Qt.Key.Key_Delete)
    (question,) = asked.args
    assert plan.orders[0].contract not in {draft.contract for draft in question.drafts}


def test_an_edited_plan_stands_below_the_others_and_is_selected(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    view.show_answer(answer(view, *found))
    edited = replace(found[0], aim=Aim.EDITED)
    question = PlanQuestion("A", view.execution, (Draft(found[0].orders[0].contract, -1),))
    view.show_answer(PlanAnswer(question, 10**18, True, (edited,), True))
    assert view.plan is edited
    assert view.alternatives.rowCount() == 5


def test_an_edit_that_is_no_forced_close_is_refused_and_the_plan_stays(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    view.show_answer(answer(view, *found))
    plan = view.plan
    question = PlanQuestion("A", view.execution, (Draft(found[0].orders[0].contract, 1),))
    view.show_answer(PlanAnswer(question, 10**18, True, (), True, text("it would open")))
    assert view.message.text() == "it would open"
    assert view.plan is plan


@pytest.mark.parametrize("value", [-1, "ten", None, 1.5])
def test_what_is_no_quantity_is_not_taken(view: ForcedCloseView, found: tuple[Plan, ...], value: object) -> None:
    view.show_answer(answer(view, *found))
    assert not view.orders.setData(view.orders.index(0, Column.QUANTITY), value)


def test_todays_and_earlier_positions_are_one_order_for_whoever_edits(
    view: ForcedCloseView, found: tuple[Plan, ...]
) -> None:
    order = found[0].orders[0]
    half = order.quantity // 2
    parts = (
        replace(order, quantity=half, effect=Effect.CLOSE_YESTERDAY),
        replace(order, quantity=order.quantity - half, effect=Effect.CLOSE_TODAY),
    )
    view.orders.show(replace(found[0], orders=parts, steps=found[0].steps[:1] * 2))
    assert view.orders.drafts_with(1, 1) == (Draft(order.contract, half + (1 if order.quantity > 0 else -1)),)


def test_a_plan_that_does_not_reach_its_target_says_so_in_words(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    poor = replace(found[0], reached=False, reasons=(text("these orders leave the account over its target"),))
    view.show_answer(answer(view, poor))
    assert view.alternatives.cell(view.alternatives.index(0, 0)).text.startswith("✕")
    assert "these orders leave the account over its target" in view.message.text()


def test_figures_that_are_not_authoritative_are_marked(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    view.show_answer(replace(answer(view, *found), authoritative=False))
    assert "not authoritative" in view.message.text()


def test_another_account_lets_go_of_the_plans(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    view.show_answer(answer(view, *found))
    view.show_selected(Selected(account="B"))
    assert view.plan is None
    assert view.alternatives.rowCount() == 0
    assert not view.propose_button.isEnabled()


def test_an_answer_about_another_account_is_let_go(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    late = answer(view, *found)
    view.show_selected(Selected(account="B"))
    view.show_answer(late)
    assert view.plan is None


def test_only_a_plan_with_orders_can_be_proposed(view: ForcedCloseView, qtbot: QtBot, found: tuple[Plan, ...]) -> None:
    view.show_answer(answer(view, replace(found[0], orders=(), steps=())))
    assert not view.propose_button.isEnabled()
    view.show_answer(answer(view, *found))
    with qtbot.waitSignal(view.proposal_requested) as proposed:
        qtbot.mouseClick(view.propose_button, Qt.MouseButton.LeftButton)
    assert proposed.args == [view.plan]


def test_the_target_offered_lies_under_the_lines(view: ForcedCloseView) -> None:
    view.show_snapshot(sample_results.snapshot())
    assert view.target.value() * RATIO / 100 < sample_results.snapshot().lines.call


def test_a_step_of_the_staircase_is_read_and_selects_its_order(
    view: ForcedCloseView, qtbot: QtBot, found: tuple[Plan, ...]
) -> None:
    plan = max(found, key=lambda each: len(each.orders))
    view.show_answer(answer(view, plan))
    stairs = view.staircase
    spot = QPoint(int(stairs._plot().left() + stairs._plot().width() * 1.5 / (len(plan.orders) + 1)), 60)
    qtbot.mouseMove(stairs, spot)
    qtbot.mouseClick(stairs, Qt.MouseButton.LeftButton, pos=spot)
    assert view.orders_table.currentIndex().row() == 0


def test_the_models_are_sound(view: ForcedCloseView, qtmodeltester: ModelTester, found: tuple[Plan, ...]) -> None:
    view.show_answer(answer(view, *found))
    qtmodeltester.check(view.orders)
    qtmodeltester.check(view.alternatives)


def test_the_staircase_is_drawn_in_both_themes(view: ForcedCloseView, found: tuple[Plan, ...]) -> None:
    view.show_answer(answer(view, *found))
    for name in ("dark", "light"):
        view.set_theme(load_theme(name))
        image = view.staircase.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        colours = {image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}
        assert len(colours) > 4
    assert view.orders.index(0, 0).parent() == QModelIndex()


def test_orders_that_are_one_stand_in_a_bracket(view: ForcedCloseView) -> None:
    trouble = Trouble(MARKET, {"SIM:CL:FUT:202701": 100, "SIM:CL:FUT:202703": -60, "SIM:ES:FUT:202703": 5}, 3.0)
    reference = trouble.state().price.copy()
    reference[trouble.column("SIM:CL:FUT:202701")] = NOT_COMPUTABLE
    (plan,) = [each for each in plans(trouble.closing(reference=reference)) if each.aim is Aim.FASTEST]
    view.show_answer(answer(view, plan))
    sides = [view.orders.index(row, Column.SIDE).data() for row in range(3)]
    assert sides == ["Sell", "┌ Buy", "└ Sell"]
    tips = [view.orders.index(row, Column.SIDE).data(Qt.ItemDataRole.ToolTipRole) for row in range(3)]
    assert ["all of them trade, or none" in tip for tip in tips] == [False, True, True]
    drafts = view.orders.drafts_with(2, 50)
    assert [(draft.bundle, draft.covered) for draft in drafts] == [(0, 0), (1, 0), (1, 100)]
