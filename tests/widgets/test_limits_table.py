"""Limits in the order ticket: whose they are, what they say, the worst first, never by colour alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.classification import Dimension
from engine.limit_result import LimitCheck, LimitResult, Outcome
from engine.limits import Level, Limit, Measure
from engine.numbers import MONEY, NOT_COMPUTABLE
from engine.text import text
from tests.widgets import sample_results
from tests.widgets.conftest import WordList
from widgets.cells import Role
from widgets.language import Language
from widgets.limits_table import Column, LimitsModel, LimitsTable
from widgets.theme import Theme
from widgets.ticket import TicketView


def result(
    name: str,
    after: int,
    hard: int | None,
    outcome: Outcome = Outcome.PASS,
    level: Level = Level.ACCOUNT,
    **more: object,
) -> LimitResult:
    """A limit on a position unless told otherwise."""
    measure = more.get("measure", Measure.POSITION)
    assert isinstance(measure, Measure)
    limit = Limit(name, measure, level, by=Dimension.CONTRACT)
    owner = {Level.ACCOUNT: "Meridian Macro II", Level.GROUP: "Meridian", Level.FIRM: "firm"}[level]
    reason = text("{limit} would be {after}", limit=name, after=after) if outcome is not Outcome.PASS else None
    return LimitResult(limit, level, owner, str(more.get("about", "")), after - 5, after, hard, None, outcome, reason)


RESULTS = (
    result("roomy", 10, 100),
    result("tight", 99, 100),
    result("watched", 120, 100, Outcome.SHADOW),
    result("broken", 130, 100, Outcome.REFUSED, Level.GROUP),
    result("group roomy", 10, 100, level=Level.GROUP),
    result("unknown", NOT_COMPUTABLE, None, Outcome.NOT_COMPUTABLE),
    result("soft", 90, 100, Outcome.SOFT),
)


def shown(model: LimitsModel, column: Column) -> list[str]:
    return [model.cell(model.index(row, column)).text for row in range(model.rowCount())]


@pytest.fixture
def model() -> LimitsModel:
    model = LimitsModel()
    model.show(RESULTS)
    return model


def test_limits_stand_under_whose_figures_they_bound_the_worst_first(model: LimitsModel) -> None:
    assert shown(model, Column.LIMIT) == [
        "Related accounts: Meridian", "broken", "group roomy",
        "Account Meridian Macro II", "unknown", "soft", "watched", "tight", "roomy",
    ]  # fmt: skip


def test_a_sign_says_what_the_colour_says(model: LimitsModel) -> None:
    after = shown(model, Column.AFTER)
    assert [words.rpartition(" ")[2] for words in after if words and not words.isdecimal()] == ["✕", "?", "⚠", "◇"]
    spoken = [model.cell(model.index(row, Column.AFTER)).spoken for row in range(model.rowCount())]
    assert spoken[1] == "130, over its bound: refuses"
    assert spoken[6] == "120, over its bound, in shadow: refuses nothing"


def test_bound_and_headroom_are_exact_when_copied(model: LimitsModel) -> None:
    model.show((result("delta", 1_500_000 * MONEY + 1, 2_000_000 * MONEY, measure=Measure.DELTA),))
    assert (shown(model, Column.BOUND)[1], shown(model, Column.HEADROOM)[1]) == (
        "2.00\N{NO-BREAK SPACE}m",
        "500\N{NO-BREAK SPACE}k",
    )
    assert model.data(model.index(1, Column.HEADROOM), Role.RAW) == "499999.999999"


def test_what_is_not_known_is_a_dash_and_never_0(model: LimitsModel) -> None:
    row = shown(model, Column.LIMIT).index("unknown")
    assert [shown(model, column)[row] for column in (Column.AFTER, Column.BOUND, Column.HEADROOM)] == ["– ?", "–", "–"]


def test_a_contract_is_named_as_a_person_names_it(model: LimitsModel) -> None:
    model.show((result("size", 1, 2, about="NYMEX:CL:OOF:202702:C:82"),))
    assert shown(model, Column.LIMIT)[1] == "size · CL C 82 2027-02"


def test_a_missing_definition_is_a_row(model: LimitsModel) -> None:
    reason = text("no limit is defined: {what}", what="position")
    missing = LimitResult(
        None, Level.ACCOUNT, "A", "CL", *[NOT_COMPUTABLE] * 2, None, None, Outcome.NOT_COMPUTABLE, reason
    )
    model.show((missing,))
    assert shown(model, Column.LIMIT)[1] == "no limit is defined · CL"
    assert "no limit is defined: position" in model.explained(1)


def test_rows_keep_their_places_while_figures_move(model: LimitsModel, qtbot: QtBot) -> None:
    before = shown(model, Column.LIMIT)
    moved = tuple(each._replace(after=95) if each.limit and each.limit.name == "roomy" else each for each in RESULTS)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.show(moved)
    assert shown(model, Column.LIMIT) == before
    assert shown(model, Column.AFTER)[-1] == "95"


def test_rows_move_when_a_limit_says_something_else(model: LimitsModel) -> None:
    broken = tuple(
        each._replace(after=500, outcome=Outcome.REFUSED) if each.limit and each.limit.name == "roomy" else each
        for each in RESULTS
    )
    model.show(broken)
    assert shown(model, Column.LIMIT)[1] == "roomy"


def test_the_model_keeps_qts_rules(model: LimitsModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)


def test_fifty_limits_scroll_inside_the_table(qtbot: QtBot, theme: Theme) -> None:
    table = LimitsTable(theme)
    qtbot.addWidget(table)
    table.limits.show(tuple(result(f"limit {number}", number, 100) for number in range(50)))
    table.resize(440, 300)
    with qtbot.waitExposed(table):
        table.show()
    assert table.verticalScrollBar().maximum() > 0
    assert table.minimumHeight() < 150


@pytest.fixture
def ticket(qtbot: QtBot, theme: Theme) -> TicketView:
    made = TicketView(theme)
    qtbot.addWidget(made)
    made.resize(440, 860)
    with qtbot.waitExposed(made):
        made.show()
    made.set_directory(sample_results.directory())
    made.set_account("Meridian Macro II")
    made.legs[0].setText("Buy 120 CL 2027-03")
    made.legs[0].close_offers()
    made.compute()
    return made


def decide(ticket: TicketView, results: tuple[LimitResult, ...] | None, **more: object) -> None:
    assert ticket._request is not None
    check = LimitCheck("v", bool(more.pop("reduces", False)), results) if results is not None else None
    ticket.show_decision(replace(sample_results.decision(ticket._request), limits=check, **more))  # type: ignore[arg-type]


def test_the_ticket_shows_limits_and_curve_on_one_screen(ticket: TicketView, qtbot: QtBot) -> None:
    decide(ticket, tuple(result(f"limit {number}", number, 100) for number in range(50)))
    qtbot.waitUntil(lambda: ticket.limits.table.isVisible() and ticket.curve.isVisible())
    bottom = ticket.curve.mapTo(ticket, ticket.curve.rect().bottomLeft()).y()
    assert bottom <= ticket.height()
    assert ticket.limits.title.text() == "Limits: 50, the worst first"


def test_the_ticket_says_that_no_limits_are_in_force(ticket: TicketView) -> None:
    decide(ticket, None)
    assert ticket.limits.title.text() == "No limits are in force: margin alone is checked"
    assert not ticket.limits.table.isVisible()


def test_the_ticket_says_that_reducing_orders_pass(ticket: TicketView) -> None:
    decide(ticket, RESULTS, reduces=True)
    assert ticket.limits.title.text() == "Limits: 7; orders that only reduce pass"


def test_the_ticket_says_how_many_working_orders_were_counted(ticket: TicketView) -> None:
    decide(ticket, RESULTS, working=3)
    assert "beside working orders: 3" in ticket.header.subtitle.text()


def test_old_figures_are_hatched(ticket: TicketView) -> None:
    decide(ticket, RESULTS)
    ticket.set_outdated("quotes STALE")
    assert ticket.limits.table.property("outdated") is True


def test_every_word_follows_the_language(ticket: TicketView, language: Language) -> None:
    decide(ticket, RESULTS)
    words = {
        "Related accounts: {name}": "关联账户：{name}",
        "Headroom": "余量",
        "Limits: {count}, the worst first": "限额 {count} 条",
    }
    language.install("zh_Hans", WordList(words))
    ticket.retranslate()
    model = ticket.limits.table.limits
    assert shown(model, Column.LIMIT)[0] == "关联账户：Meridian"
    assert model.headerData(Column.HEADROOM, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) == "余量"
    assert ticket.limits.title.text() == "限额 7 条"


def test_legs_that_fill_together_are_asked_about_as_such(ticket: TicketView, qtbot: QtBot) -> None:
    decide(ticket, RESULTS)
    assert not ticket.limits.together.isVisible()
    ticket.legs[1].setText("Sell 60 CL 2027-06")
    ticket.legs[1].close_offers()
    ticket.compute()
    decide(ticket, RESULTS)
    assert ticket.limits.together.isVisible()
    with qtbot.waitSignal(ticket.what_if_requested) as asked:
        ticket.limits.together.click()
    assert asked.args is not None
    assert asked.args[0].together
    assert len(asked.args[0].orders) == 2


def test_a_narrow_table_keeps_what_was_before_and_what_will_be(qtbot: QtBot, theme: Theme) -> None:
    table = LimitsTable(theme)
    qtbot.addWidget(table)
    table.limits.show(RESULTS)
    for width, hidden in ((345, {Column.HEADROOM}), (410, set())):
        table.resize(width, 300)
        with qtbot.waitExposed(table):
            table.show()
        qtbot.waitUntil(lambda: {each for each in Column if table.isColumnHidden(each)} == hidden)  # noqa: B023
