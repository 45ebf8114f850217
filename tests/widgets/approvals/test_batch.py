"""The dialog of a batch: every account is visited, by keyboard alone, and only then one passphrase signs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.authorisation.approval import Act
from engine.authorisation.batch import Batch, Page, Stage
from engine.authorisation.people import Role
from engine.authorisation.statement import shown_digest
from engine.text import text
from terminal.catalogue import translator
from tests.engine.authorisation.cast import PRICE, instruction, order
from widgets.approvals import passphrase_dialog
from widgets.approvals.batch import BatchDialog, BatchForm, VisitedPage
from widgets.approvals.batch_list import BatchModel, Column
from widgets.approvals.market import MarketLine
from widgets.theme import Theme

pytestmark = pytest.mark.usefixtures("at_once")

MADE = tuple(instruction(number, account=f"A-{number}") for number in range(1, 4))
WHY = text("the market has left")
Make = Callable[..., BatchDialog]


@pytest.fixture
def make(qtbot: QtBot, theme: Theme) -> Iterator[Make]:
    """Dialogs that somebody has on screen."""

    def shown(*pages: Page, act: Act = Act.APPROVE) -> BatchDialog:
        dialog = BatchDialog(theme, Batch(pages), act, (Role.TRADING_DIRECTOR,))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return shown


def page(number: int, **changes: object) -> Page:
    made = MADE[number]
    return Page(made.account, Stage.OPEN, made, (Role.TRADING_DIRECTOR,), **changes)  # type: ignore[arg-type]


def read(qtbot: QtBot, dialog: BatchDialog) -> None:
    qtbot.waitUntil(lambda: dialog.page.read)


def test_enter_on_a_fresh_dialog_signs_nothing(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0))
    with qtbot.assertNotEmitted(dialog.signed), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_nothing_can_be_signed_before_every_page_was_on_screen(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0), page(1))
    read(qtbot, dialog)
    qtbot.keyClicks(dialog.passphrase, "words")
    assert dialog.obstacles == ["Visit every account that can be signed: 1 left."]
    assert not dialog.sign.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_F6)
    assert dialog.page.account == "A-2"
    qtbot.waitUntil(dialog.sign.isEnabled)


def test_a_page_left_before_it_could_be_read_is_not_visited(
    qtbot: QtBot, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase_dialog, "ARMING", 60_000)
    dialog = make(page(0), page(1))
    qtbot.keyClick(dialog, Qt.Key.Key_F6)
    assert dialog.page.account == "A-2"
    assert dialog._arming.isActive()
    assert not any(each.is_visited for each in dialog.batch.pages)


def test_codes_are_typed_one_after_the_other_without_the_mouse(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0, code_wanted=True), page(1, code_wanted=True))
    assert not dialog.code.text()
    qtbot.keyClick(dialog, Qt.Key.Key_F6)
    assert dialog.page.account == "A-2"
    for made in (MADE[1], MADE[0]):
        assert dialog.page.instruction is made
        read(qtbot, dialog)
        qtbot.keyClicks(dialog.code_field, made.code[:-1])
        qtbot.keyClick(dialog.code_field, Qt.Key.Key_Return)
        assert dialog.page.instruction is made
        qtbot.keyClicks(dialog.code_field, made.code[-1])
        qtbot.keyClick(dialog.code_field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.passphrase, "words")
    assert dialog.sign.isEnabled()


def test_what_is_signed_is_each_visited_page_with_the_digest_of_its_own_lines(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0, shown_at=5), page(1, obstacle=WHY), page(2, shown_at=7))
    read(qtbot, dialog)
    dialog.go_to_next()
    read(qtbot, dialog)
    qtbot.keyClicks(dialog.passphrase, "words")
    with qtbot.waitSignal(dialog.signed) as emitted:
        dialog.sign.click()
    pages = tuple(
        VisitedPage(MADE[place].fingerprint, shown_digest(MADE[place], translator("en")), at)
        for place, at in ((0, 5), (2, 7))
    )
    assert emitted.args == [BatchForm(Act.APPROVE, Role.TRADING_DIRECTOR, "words", pages)]
    assert not dialog.passphrase.text()
    assert [each.stage for each in dialog.batch.pages] == [Stage.SIGNING, Stage.OPEN, Stage.SIGNING]


def test_results_stand_beside_each_account(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0), page(1), page(2, obstacle=WHY))
    read(qtbot, dialog)
    dialog.go_to_next()
    read(qtbot, dialog)
    qtbot.keyClicks(dialog.passphrase, "words")
    dialog.sign.click()
    dialog.take(dialog.batch.settled(0, None).settled(1, text("too late")))
    states = [dialog.model.index(row, Column.STATE).data() for row in range(3)]
    assert states == ["✓ signed", "refused: too late", "blocked: the market has left"]
    assert dialog.isVisible()
    assert dialog.sign.text() == "Sign and approve 1"


def test_delete_leaves_an_account_out_and_puts_it_back(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0), page(1))
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert dialog.page.stage is Stage.LEFT_OUT
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert dialog.page.stage is Stage.OPEN


def test_a_plan_that_arrives_comes_on_screen_where_its_account_is(qtbot: QtBot, make: Make) -> None:
    dialog = make(Page("A-1"), act=Act.PROPOSE)
    assert dialog.obstacles == ["Being planned: 1.", "Type your passphrase."]
    with qtbot.waitSignal(dialog.page_shown):
        dialog.take(dialog.batch.changed(0, stage=Stage.OPEN, instruction=MADE[0]))
    assert dialog.code.text() == f"Code: {MADE[0].code[:4]}-{MADE[0].code[4:]}"
    read(qtbot, dialog)


def test_it_closes_by_itself_when_nothing_may_be_signed_any_more(qtbot: QtBot, make: Make) -> None:
    dialog = make(page(0))
    with qtbot.waitSignals([dialog.ended, dialog.rejected]):
        dialog.end(WHY)
    assert not dialog.isVisible()


def test_the_list_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = BatchModel()
    model.show(Batch((page(0), Page("A-9"), page(2, obstacle=WHY))))
    qtmodeltester.check(model)


def test_no_contract_or_figure_is_cut(qtbot: QtBot, make: Make) -> None:
    contracts = ("SIM:NQ:OOF:202706:P:24500", "SIM:LONGNAMED:OOF:203712:C:123456.75")
    long = instruction(9, account="A-9", orders=tuple(replace(order(1_200), contract=each) for each in contracts))
    dialog = make(Page("A-9", Stage.OPEN, long, (Role.TRADING_DIRECTOR,)))
    dialog.show_market(tuple(MarketLine(each, 72 * PRICE, 10**17, "USD") for each in long.orders))
    table, metrics = dialog.pane.table, QFontMetrics(dialog.list.theme.font(strong=True))
    QApplication.processEvents()
    for column in range(table.model().columnCount()):
        widest = max(metrics.horizontalAdvance(table.model().index(row, column).data()) for row in range(2))
        assert table.columnWidth(column) > widest, column
    assert table.horizontalScrollBar().maximum() == 0
    assert table.width() >= table.minimumWidth()
