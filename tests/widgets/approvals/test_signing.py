"""The dialog in which a person signs: what it shows is what is signed, and not to sign is what happens by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea
from pytestqt.qtbot import QtBot

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction
from engine.authorisation.people import Role
from engine.authorisation.statement import shown_digest
from engine.numbers import NOT_COMPUTABLE
from engine.text import text
from terminal.catalogue import translator
from tests.engine.authorisation.cast import PRICE, SECOND, instruction, order
from tests.feeds.groups import PAIR
from tests.screens.picture import clipped_words
from widgets.approvals.market import MarketLine
from widgets.approvals.signing import SignForm, SigningDialog
from widgets.theme import Theme

MADE = instruction()
Make = Callable[..., SigningDialog]


@pytest.fixture
def make(qtbot: QtBot, theme: Theme) -> Make:
    """Dialogs that somebody has on screen."""

    def shown(
        act: Act = Act.APPROVE,
        roles: Sequence[Role] = (Role.RISK_OFFICER,),
        made: Instruction = MADE,
        **more: bool,
    ) -> SigningDialog:
        dialog = SigningDialog(theme, made, act, roles, **more)
        # The test looks at it after it has closed; Qt frees it with the test.
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return shown


def market(price: int = 72 * PRICE) -> tuple[MarketLine, ...]:
    return (MarketLine(order(), price, NOT_COMPUTABLE, "USD"),)


@pytest.mark.parametrize("orders", [1, 6])
def test_everything_that_is_signed_is_in_sight(make: Make, orders: int) -> None:
    made = instruction(orders=(order(),) * orders)
    dialog = make(made=made, code_wanted=True)
    dialog.show_market(tuple(MarketLine(each, 72 * PRICE, NOT_COMPUTABLE, "USD") for each in made.orders), None)
    for area in dialog.findChildren(QAbstractScrollArea):
        bar = area.verticalScrollBar()
        assert bar.maximum() == 0, area.objectName()
    assert clipped_words(dialog) == []


def test_what_is_too_long_for_the_screen_scrolls_and_the_buttons_stay_in_sight(make: Make) -> None:
    dialog = make(made=instruction(orders=(order(),) * 200))
    assert dialog.height() <= dialog.screen().availableGeometry().height()
    bottom = dialog.refuse.mapTo(dialog, dialog.refuse.rect().bottomLeft()).y()
    assert bottom < dialog.height()
    assert dialog.findChild(QAbstractScrollArea, "signing_statement").verticalScrollBar().maximum() > 0


def test_enter_on_a_fresh_dialog_signs_nothing(qtbot: QtBot, make: Make) -> None:
    dialog = make()
    with qtbot.assertNotEmitted(dialog.signed), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_a_dialog_that_has_only_just_come_up_cannot_be_signed(qtbot: QtBot, make: Make) -> None:
    dialog = make()
    qtbot.keyClicks(dialog.passphrase, "words")
    assert dialog.obstacles == ["Read it first."]
    assert not dialog.sign.isEnabled()
    qtbot.waitUntil(dialog.sign.isEnabled)


@pytest.mark.usefixtures("at_once")
def test_what_is_signed_is_the_digest_of_the_lines_on_screen(qtbot: QtBot, make: Make) -> None:
    dialog = make()
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(dialog.sign.isEnabled)
    with qtbot.waitSignal(dialog.signed) as emitted:
        dialog.sign.click()
    shown = shown_digest(MADE, translator("en"))
    assert emitted.args == [SignForm(MADE.fingerprint, Act.APPROVE, Role.RISK_OFFICER, "words", "", shown)]


@pytest.mark.usefixtures("at_once")
def test_it_is_signed_once_however_often_it_is_clicked(qtbot: QtBot, make: Make) -> None:
    dialog = make()
    forms: list[SignForm] = []
    dialog.signed.connect(forms.append)
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.sign.click()
    dialog.sign.click()
    assert len(forms) == 1
    assert dialog.blocks.text() == "Signing…"


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("price", [68 * PRICE, 76 * PRICE, NOT_COMPUTABLE])
def test_a_market_outside_the_collar_or_unknown_cannot_be_approved(qtbot: QtBot, make: Make, price: int) -> None:
    dialog = make()
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.show_market(market(price), None)
    assert dialog.obstacles == ["The market is outside what would be signed."]
    assert not dialog.sign.isEnabled()
    dialog.show_market(market(), None)
    assert dialog.sign.isEnabled()


@pytest.mark.usefixtures("at_once")
def test_a_veto_needs_a_reason_and_no_market(qtbot: QtBot, make: Make) -> None:
    dialog = make(Act.VETO)
    dialog.show_market(market(NOT_COMPUTABLE), None)
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(lambda: dialog.obstacles == ["Give a reason."])
    qtbot.keyClicks(dialog.reason, "client pays in")
    assert dialog.sign.isEnabled()


@pytest.mark.usefixtures("at_once")
def test_the_second_signature_needs_the_code_of_the_other_workstation(qtbot: QtBot, make: Make) -> None:
    dialog = make(code_wanted=True)
    assert not dialog.code.isVisible()
    qtbot.keyClicks(dialog.passphrase, "words")
    wanted = ["Type the code that the other workstation shows."]
    qtbot.waitUntil(lambda: dialog.obstacles == wanted)
    code = MADE.code
    qtbot.keyClicks(dialog.code_field, code[:-1])
    assert dialog.obstacles == wanted
    dialog.code_field.clear()
    qtbot.keyClicks(dialog.code_field, f"{code[:4]}-{code[4:]}".lower())
    assert dialog.sign.isEnabled()


@pytest.mark.usefixtures("at_once")
def test_a_refusal_is_shown_and_the_passphrase_is_gone(qtbot: QtBot, make: Make) -> None:
    dialog = make()
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.sign.click()
    dialog.show_outcome(text("the passphrase is wrong"))
    assert dialog.isVisible()
    assert not dialog.passphrase.text()
    assert "the passphrase is wrong" in dialog.blocks.text().lower()


def test_it_closes_by_itself_when_nothing_may_be_signed_any_more(qtbot: QtBot, make: Make) -> None:
    dialog, why = make(), text("the feed of quotes is stale")
    with qtbot.waitSignals([dialog.ended, dialog.rejected]):
        dialog.show_market(market(), why)
    assert not dialog.isVisible()


def test_a_signature_under_way_is_not_thrown_away_by_a_stale_feed(
    qtbot: QtBot,
    make: Make,
    at_once: None,
) -> None:
    dialog = make()
    qtbot.keyClicks(dialog.passphrase, "words")
    qtbot.waitUntil(dialog.sign.isEnabled)
    dialog.sign.click()
    dialog.show_market(market(), text("the feed of quotes is stale"))
    assert dialog.isVisible()


@pytest.mark.parametrize(("left", "words"), [(61 * SECOND, "1:01 left"), (SECOND // 2, "0:01 left"), (0, "0:00 left")])
def test_the_time_left_counts_down_in_whole_seconds(make: Make, left: int, words: str) -> None:
    dialog = make()
    dialog.show_time_left(left)
    assert dialog.countdown.text() == words


def test_orders_that_are_one_are_shown_as_one(qtbot: QtBot, theme: Theme) -> None:
    made = instruction(orders=(order(2), *PAIR))
    dialog = SigningDialog(theme, made, Act.APPROVE, (Role.RISK_OFFICER,))
    qtbot.addWidget(dialog)
    assert ("All or none", "orders 2 to 3 are one order: all of them trade, or none") in dialog.lines
    dialog.show_market(tuple(MarketLine(each, 72 * PRICE, NOT_COMPUTABLE, "USD") for each in made.orders), None)
    sides = [dialog.market.index(row, 0).data() for row in range(3)]
    assert sides == ["Sell", "┌ Sell", "└ Sell"]
    tip = dialog.market.index(2, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith("One order with those in the same bracket: all of them trade, or none.")
