"""Margin on live arrays in the real window: it is marked, and it moves with prices."""

import pytest
from PySide6.QtCore import Qt

from engine.numbers import NOT_COMPUTABLE
from engine.snapshot import Arrays
from tests.end_to_end.stage import Stage, play, until
from widgets.panel import View

pytestmark = pytest.mark.timeout(180)


def is_marked(view: View) -> bool:
    """Whether a view would show the mark, in front of its tabs or behind."""
    return not view.header.mark.isHidden()


def test_margin_on_live_arrays_is_marked_and_moves_with_prices(qapp, tmp_path):
    async def scene(stage: Stage) -> None:
        stage.start_exchange()
        await stage.live()
        window = stage.window
        await until(window.strip.arrays.isEnabled, "the switch")
        published = stage.view().snapshot.accounts.margin.tolist()
        assert not any(is_marked(view) for view in window.views)

        window.strip.arrays.buttons[Arrays.LIVE].click()
        await until(lambda: stage.view().snapshot.parameters.arrays is Arrays.LIVE, "live arrays")
        await until(lambda: all(is_marked(view) for view in window.views), "marks beside every margin")
        assert window.status.parameters.text().startswith("LIVE ARRAYS")
        first = stage.view().snapshot.accounts.margin.tolist()
        assert first != published
        assert NOT_COMPUTABLE not in first
        # Nobody trades: only prices can move margin.
        await until(lambda: stage.view().snapshot.accounts.margin.tolist() != first, "margin that moves with prices")
        assert stage.view().snapshot.parameters.kept == 0
        account = stage.view().detail
        shown = stage.view().snapshot.accounts
        assert account.breakdown[0].amount == shown.margin[shown.names.index(account.account)]

        stage.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: stage.view().snapshot.parameters.arrays is Arrays.EXCHANGE, "the exchange's arrays")
        await until(lambda: not any(is_marked(view) for view in window.views), "no marks")
        assert stage.view().snapshot.accounts.margin.tolist() == published

    play(qapp, tmp_path, scene)
