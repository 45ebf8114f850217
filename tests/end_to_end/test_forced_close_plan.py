"""A forced close is planned and edited in the window, on a desk that follows a real exchange."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.liquidation.plan import Aim
from engine.numbers import NOT_COMPUTABLE
from tests.end_to_end.stage import Stage, play, until
from widgets.forced_close.orders import Column
from widgets.workspace.views import FORCED_CLOSE

pytestmark = pytest.mark.timeout(180)


def test_plans_arrive_one_by_one_and_an_edited_order_is_evaluated_anew(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        window, view = stage.window, stage.window.view(FORCED_CLOSE)
        accounts = stage.view().snapshot.accounts
        worst = accounts.names[int(np.argmax(np.where(accounts.ratio == NOT_COMPUTABLE, -1, accounts.ratio)))]
        window.accounts.choose(worst)
        stage.press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: view.account == worst, "the account in the view")
        await until(lambda: view.isAncestorOf(stage.focused()), "the keyboard in the view")
        view.target.setValue(30.0)
        stage.press(Qt.Key.Key_F5)
        await until(lambda: view.answer is not None and view.answer.finished, "all plans")
        assert {plan.aim for plan in view.alternatives.plans} == set(Aim) - {Aim.EDITED}
        plan = view.plan
        assert plan is not None
        assert plan.reached
        assert view.staircase.reading(0).startswith("1. ")
        quantity = view.orders.index(0, Column.QUANTITY)
        before = abs(plan.orders[0].quantity)
        view.orders.setData(quantity, before - 1)
        await until(lambda: view.plan is not None and view.plan.aim is Aim.EDITED, "the edited plan")
        assert (
            sum(abs(order.quantity) for order in view.plan.orders)
            == sum(abs(order.quantity) for order in plan.orders) - 1
        )
        assert view.plan.after.margin >= plan.after.margin

    play(qapp, tmp_path, scene)
