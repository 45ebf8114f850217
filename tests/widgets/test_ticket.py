"""The order ticket: typed legs become a request; the answer, its reasons and its curve are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.decision import Effect, Order, Request, Verdict
from engine.numbers import NOT_COMPUTABLE
from engine.text import Text
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.effects_table import AFTER, CHANGE, EffectsModel
from widgets.language import Language
from widgets.margin_curve import MarginCurve
from widgets.theme import Theme, load_theme
from widgets.ticket import LEGS, TicketView

OUTRIGHT = "Buy 120 CL 2027-03"
OPTION = "Sell 60 CL C 82 2027-02"


@pytest.fixture
def ticket(qtbot: QtBot, theme: Theme) -> TicketView:
    made = TicketView(theme)
    qtbot.addWidget(made)
    made.resize(420, 860)
    with qtbot.waitExposed(made):
        made.show()
    made.set_directory(sample_results.directory())
    made.set_lines(sample_results.LINES)
    made.set_account("Meridian Macro II")
    return made


@pytest.fixture
def requests(ticket: TicketView) -> list[Request | None]:
    made: list[Request | None] = []
    ticket.what_if_requested.connect(made.append)
    return made


def type_legs(ticket: TicketView, qtbot: QtBot, *lines: str) -> None:
    for place, line in enumerate(lines):
        qtbot.keyClicks(ticket.legs[place], line)
        ticket.legs[place].close_offers()
    qtbot.keyClick(ticket.legs[len(lines) - 1], Qt.Key.Key_Return)


def answer(ticket: TicketView, requests: list[Request | None], **options: object) -> None:
    assert requests[-1] is not None
    ticket.show_decision(sample_results.decision(requests[-1], **options))  # type: ignore[arg-type]


def test_enter_asks_for_every_leg(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    type_legs(ticket, qtbot, OUTRIGHT, OPTION)
    orders = (Order(sample_results.CRUDE, 120), Order(sample_results.CALL, -60))
    assert requests == [Request(1, "Meridian Macro II", orders)]


def test_a_pause_in_typing_asks_too(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    qtbot.keyClicks(ticket.legs[0], "+10 cl 2027-03")
    qtbot.waitUntil(lambda: len(requests) == 1)


def test_a_pause_in_an_unfinished_line_does_not_complain(ticket: TicketView, qtbot: QtBot) -> None:
    ticket.legs[0].setText("Buy 12")
    qtbot.waitUntil(lambda: not ticket._typing.isActive())
    assert ticket.legs[0].property("problem") != "true"
    assert ticket.verdict.headline.text() == "Nothing to compute yet"


def test_asking_the_same_again_asks_nothing(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    ticket.compute()
    assert len(requests) == 1


def test_a_leg_that_cannot_be_read_says_what_to_type(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT, "Sell 60 CL C 83.5 2027-02")
    assert requests == []
    assert ticket.verdict.headline.text() == "Leg 2 cannot be read."
    assert ticket.verdict.largest.text().startswith("did you mean: CL ")
    assert [leg.property("problem") for leg in ticket.legs[:2]] == ["false", "true"]


def test_a_leg_put_right_takes_the_complaint_away(ticket: TicketView, qtbot: QtBot) -> None:
    type_legs(ticket, qtbot, "Buy 0 CL 2027-03")
    assert ticket.verdict.reasons.text() == "the quantity is 0"
    ticket.legs[0].clear()
    type_legs(ticket, qtbot, OUTRIGHT)
    assert ticket.legs[0].property("problem") == "false"
    assert ticket.verdict.headline.text() == "Computing…"


def test_a_blank_leg_is_always_at_hand_up_to_the_last(ticket: TicketView) -> None:
    for place in range(LEGS):
        ticket.legs[place].setText(OUTRIGHT)
    assert len(ticket.legs) == LEGS


def test_contracts_are_offered_and_taken_by_keys(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    leg = ticket.legs[0]
    qtbot.keyClicks(leg, "Buy 5 cl 2027-0")
    assert leg.offers[:3] == ["CL 2027-01", "CL 2027-02", "CL 2027-03"]
    popup = leg._completer.popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert leg.text() == "Buy 5 CL 2027-02"
    assert [request.orders[0].quantity for request in requests if request] == [5]


def test_enter_without_a_choice_computes_what_is_typed(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    leg = ticket.legs[0]
    qtbot.keyClicks(leg, "Buy 5 cl c 82 2027-02")
    leg.setText("Buy 5 cl c 82 2027-0")
    qtbot.keyClicks(leg, "2")
    qtbot.keyClick(leg, Qt.Key.Key_Return)
    assert [request.orders[0].contract for request in requests if request] == [sample_results.CALL]


def test_nothing_is_offered_before_side_and_quantity(ticket: TicketView, qtbot: QtBot) -> None:
    qtbot.keyClicks(ticket.legs[0], "CL")
    assert ticket.legs[0].offers == []


def test_a_contract_typed_in_full_is_offered_no_more(ticket: TicketView, qtbot: QtBot) -> None:
    qtbot.keyClicks(ticket.legs[0], "Buy 5 CL C 82 2027-02")
    assert ticket.legs[0].offers == []


def test_before_change_and_after_are_shown(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    type_legs(ticket, qtbot, OUTRIGHT, OPTION)
    answer(ticket, requests)
    model = ticket.effects.effects
    shown = [[model.cell(model.index(row, column)).text for column in range(4)] for row in range(4)]
    assert shown == [
        ["Margin", "4,182,300", "+731,250", "4,913,550"],
        ["Equity", "5,604,118", "0", "5,604,118"],
        ["Available", "1,421,818", "−731,250", "690,568"],
        ["Risk ratio", "74.6\N{NO-BREAK SPACE}%", "+13.0\N{NO-BREAK SPACE}pp", "87.7\N{NO-BREAK SPACE}%"],
    ]


@pytest.mark.parametrize(
    ("verdict", "headline", "reason"),
    [
        (Verdict.PASSES, "✓  Passes.", ""),
        (Verdict.REFUSED, "✕  Refused.", "• risk ratio after the order would be 90.3 %, over the call line"),
        (Verdict.NOT_COMPUTABLE, "?  Not computable.", "• no price for CL C 82 2027-02"),
    ],
)
def test_a_verdict_is_a_word_a_sign_and_every_reason(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None], verdict: Verdict, headline: str, reason: str
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests, verdict=verdict)
    assert ticket.verdict.headline.text() == headline
    assert ticket.verdict.reasons.text() == reason


def test_the_answer_to_an_older_question_is_let_go(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    old = requests[-1]
    type_legs(ticket, qtbot, "", OPTION)
    assert old is not None
    ticket.show_decision(sample_results.decision(old))
    assert ticket.verdict.headline.text() == "Computing…"


def test_the_largest_quantity_that_passes_is_one_key_away(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests)
    assert ticket.verdict.take_largest.text() == "Set to 71"
    qtbot.keyClick(ticket.verdict.take_largest, Qt.Key.Key_Space)
    assert ticket.legs[0].text() == "Buy 71 CL 2027-03"
    assert requests[-1] is not None
    assert requests[-1].orders == (Order(sample_results.CRUDE, 71),)


def test_where_no_quantity_passes_none_is_offered(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    assert requests[-1] is not None
    decision = sample_results.decision(requests[-1])
    assert decision.curve is not None
    ticket.show_decision(replace(decision, curve=replace(decision.curve, largest=None)))
    assert ticket.verdict.take_largest.isHidden()
    assert ticket.verdict.largest.text() == "No quantity passes."


def test_an_answer_on_a_feed_that_is_not_live_is_marked(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests, authoritative=False)
    assert ticket.band.isVisible()
    assert ticket.band.message.text() == "Not authoritative: a feed is not live"
    ticket.set_outdated("Quotes STALE, silent for 3 s")
    assert ticket.band.message.text() == "Not authoritative: Quotes STALE, silent for 3 s"


def test_clearing_takes_the_question_back(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests)
    ticket.clear_button.click()
    assert requests[-1] is None
    assert ticket.verdict.headline.text() == "Nothing to compute yet"
    assert ticket.effects.isHidden()


def test_another_account_is_asked_about_at_once(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None]
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    ticket.set_account("Halden Gas")
    assert requests[-1] is not None
    assert requests[-1].account == "Halden Gas"


def test_an_account_typed_in_the_ticket_is_chosen_everywhere(ticket: TicketView, qtbot: QtBot) -> None:
    ticket.set_accounts(("Halden Gas", "Halden Power"))
    ticket.account.setText("Halden Power")
    with qtbot.waitSignal(ticket.account_selected) as told:
        qtbot.keyClick(ticket.account, Qt.Key.Key_Return)
    assert told.args == ["Halden Power"]


def test_an_order_from_elsewhere_takes_the_first_blank_leg(ticket: TicketView, requests: list[Request | None]) -> None:
    ticket.legs[0].setText(OUTRIGHT)
    ticket.add_order(Order(sample_results.CALL, -60))
    assert ticket.legs[1].text() == OPTION
    assert len(requests) == 1


def test_legs_are_saved_and_come_back(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None], tmp_path: Path
) -> None:
    path = str(tmp_path / "legs.json")
    type_legs(ticket, qtbot, OUTRIGHT, OPTION)
    ticket.save_to(path)
    ticket.clear()
    ticket.load_from(path)
    assert [leg.text() for leg in ticket.legs[:3]] == [OUTRIGHT, OPTION, ""]
    assert requests[-1] is not None
    assert len(requests[-1].orders) == 2


def test_trouble_with_a_file_is_told(ticket: TicketView, qtbot: QtBot, tmp_path: Path) -> None:
    told: list[Text] = []
    ticket.problem_found.connect(told.append)
    ticket.load_from(str(tmp_path / "nothing.json"))
    ticket.save_to(str(tmp_path / "no folder" / "legs.json"))
    assert ["cannot be read" in str(told[0]), "cannot be written" in str(told[1])] == [True, True]


@pytest.mark.parametrize("button", ["open_button", "save_button"])
def test_a_file_is_chosen_without_stopping_anybody(ticket: TicketView, qtbot: QtBot, button: str) -> None:
    getattr(ticket, button).click()
    dialog = ticket.findChild(QFileDialog, "portfolio_dialog")
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    dialog.reject()


def test_the_effects_are_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = EffectsModel()
    effect = sample_results.decision(sample_results.request()).effects[0]
    model.show((effect, effect._replace(currency="TRY")), sample_results.LINES)
    qtmodeltester.check(model)


def test_the_whole_of_an_account_and_each_currency_head_their_own_figures() -> None:
    model = EffectsModel()
    effect = sample_results.decision(sample_results.request()).effects[0]
    model.show((effect, effect._replace(currency="TRY")), None)
    assert [model.cell(model.index(row, 0)).text for row in (0, 1, 5, 6)] == ["All in USD", "Margin", "TRY", "Margin"]
    assert model.raised(model.index(5, 0))


def test_a_figure_that_is_missing_is_not_a_number() -> None:
    model = EffectsModel()
    nothing = sample_results.figures(0, 0)
    missing = nothing._replace(margin=NOT_COMPUTABLE)
    model.show((Effect("USD", nothing, missing),), sample_results.LINES)
    assert [model.cell(model.index(0, column)).text for column in (CHANGE, AFTER)] == ["not computable"] * 2


def test_the_curve_is_read_under_the_mouse(ticket: TicketView, qtbot: QtBot, requests: list[Request | None]) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests)
    before = ticket.curve.grab().toImage()
    qtbot.mouseMove(ticket.curve, ticket.curve.rect().center())
    qtbot.waitUntil(lambda: ticket.curve.grab().toImage() != before)
    assert ticket.curve.reading(120) == "+120 lots: margin 5,037,300, available 566,818"


def test_any_curve_can_be_drawn(qtbot: QtBot, theme: Theme) -> None:
    plot = MarginCurve(theme)
    qtbot.addWidget(plot)
    good = sample_results.curve(())
    missing = replace(good, margin=(NOT_COMPUTABLE, *good.margin[1:]), call=NOT_COMPUTABLE)
    flat = replace(good, quantities=(0,), margin=(0,), available=(0,), largest=0)
    short = sample_results.curve((Order(sample_results.CRUDE, -1),))
    empty = replace(good, quantities=(), margin=(), available=())
    for curve in (good, missing, flat, short, empty, None):
        plot.show_curve(curve, -120)
        for size in ((40, 130), (400, 170), (900, 300)):
            plot.resize(*size)
            assert not plot.grab().isNull()


def test_language_and_theme_follow(
    ticket: TicketView, qtbot: QtBot, requests: list[Request | None], language: Language
) -> None:
    type_legs(ticket, qtbot, OUTRIGHT)
    answer(ticket, requests)
    language.install("zh_Hans", WordList({"Order ticket": "下单试算", "Refused.": "拒绝。", "Margin": "保证金"}))
    ticket.set_theme(load_theme("light"))
    assert ticket.header.title.text() == "下单试算"
    assert ticket.verdict.headline.text() == "✕  拒绝。"
    assert ticket.effects.effects.cell(ticket.effects.effects.index(0, 0)).text == "保证金"
