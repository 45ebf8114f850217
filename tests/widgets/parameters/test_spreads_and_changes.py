"""The pages with spreads and with changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.span.comparison import Comparison, compare
from engine.span.inspection import Inspection, SpreadKind, SpreadOfCommodity, inspect
from engine.span.parameters import ChargeMethod, Leg, ParameterSet, ScanningSpread, Spread, Tier
from tests.widgets.parameters.conftest import PUT
from widgets.cells import Tone
from widgets.parameters.change_page import ChangePage, Scope
from widgets.parameters.change_table import ChangeModel
from widgets.parameters.spread_page import SpreadPage
from widgets.parameters.spread_table import SpreadModel
from widgets.theme import Theme

LEGS = (Leg("ES", 1, "", "A", Decimal(3)), Leg("NQ", 0, "", "B", Decimal(2), required=False, rate=Decimal("0.2")))


@pytest.fixture
def put(market: ParameterSet) -> Inspection:
    return inspect(market, market.find(PUT))


@pytest.fixture
def spreads(qtbot: QtBot, theme: Theme, put: Inspection) -> SpreadPage:
    made = SpreadPage(theme)
    qtbot.addWidget(made)
    made.resize(420, 400)
    with qtbot.waitExposed(made):
        made.show()
    made.retranslate()
    made.show_spreads(put)
    return made


@pytest.fixture
def changes(qtbot: QtBot, theme: Theme) -> ChangePage:
    made = ChangePage(theme)
    qtbot.addWidget(made)
    made.resize(420, 400)
    with qtbot.waitExposed(made):
        made.show()
    made.retranslate()
    return made


def table(model: SpreadModel | ChangeModel) -> list[list[str]]:
    return [
        [model.cell(model.index(row, column)).text for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def with_spread(one: Inspection, spread: Spread | ScanningSpread, *legs: bool) -> Inspection:
    return replace(one, spreads=(SpreadOfCommodity(SpreadKind.INTER, spread, legs),))


def test_spreads_and_changes_are_sound_models(
    qtmodeltester: ModelTester, put: Inspection, comparison: Comparison, changes: ChangePage
) -> None:
    model = SpreadModel()
    model.show(put)
    qtmodeltester.check(model)
    changes.show_changes(comparison, comparison.new.find(PUT), put.commodity)
    qtmodeltester.check(changes.changes)


def test_a_spread_tells_legs_and_charge(spreads: SpreadPage) -> None:
    lines = table(spreads.model)
    assert lines[0] == ["intra", "1", "1 ES 202612 : 1 ES 202703", "charge 450\N{NO-BREAK SPACE}USD"]
    assert lines[3] == ["inter", "3", "3 ES : 2 NQ", "credit 75\N{NO-BREAK SPACE}%"]
    assert spreads.title == "Spreads 5"


def test_the_selected_spread_is_told_leg_by_leg(spreads: SpreadPage) -> None:
    spreads.table.selectRow(1)
    assert spreads.legs.text().split("\n") == [
        "intra-commodity spread, priority 2: charge 525\N{NO-BREAK SPACE}USD",
        "A ES 202703: 1 delta a spread, this contract",
        "B ES 202706: 1 delta a spread",
    ]


def test_tiers_rates_and_optional_legs_are_told(spreads: SpreadPage, put: Inspection) -> None:
    assert put.commodity is not None
    tiered = replace(put, commodity=replace(put.commodity, inter_tiers=(Tier(1, "202612", "202703"),)))
    spread = Spread(4, ChargeMethod.WEIGHTED, {1: Decimal("0.5")}, LEGS)
    spreads.show_spreads(with_spread(tiered, spread, True, False))
    assert spreads.legs.text().split("\n") == [
        "inter-commodity spread, priority 4: credit 50\N{NO-BREAK SPACE}% of the weighted price risk",
        "A ES T1: 3 delta a spread, months 202612 to 202703, this contract",
        "B NQ: 2 delta a spread, rate 0.2, not required",
    ]


def test_a_rate_by_month_and_rates_of_legs_alone_are_told(spreads: SpreadPage, put: Inspection) -> None:
    monthly = Spread(4, ChargeMethod.PER_PERIOD, {1: Decimal(30)}, LEGS, {1: Decimal(5)})
    spreads.show_spreads(with_spread(put, monthly, True, False))
    assert table(spreads.model)[0][3] == "credit 30\N{NO-BREAK SPACE}USD + 5 a month"
    spreads.show_spreads(with_spread(put, Spread(4, ChargeMethod.WEIGHTED, {}, LEGS), True, False))
    assert table(spreads.model)[0][3] == "credit by leg"


def test_a_scanning_spread_names_its_target(spreads: SpreadPage, put: Inspection) -> None:
    spreads.show_spreads(with_spread(put, ScanningSpread(1, {1: Decimal("0.8")}, LEGS, LEGS[0]), True, False))
    assert table(spreads.model)[0][3] == "scanning 80\N{NO-BREAK SPACE}%"
    assert spreads.legs.text().endswith("scanned together into ES T1, 2 legs at least")


def test_spreads_of_other_months_come_last_and_are_faint(spreads: SpreadPage, put: Inspection) -> None:
    first = put.spreads[0]
    spreads.show_spreads(replace(put, spreads=(replace(first, legs=(False, False)), *put.spreads[1:])))
    assert spreads.model.own == 4
    cell = spreads.model.cell(spreads.model.index(4, 0))
    assert (cell.tone, cell.spoken) == (Tone.FAINT, "intra-commodity spread, other months")


@pytest.mark.parametrize(
    ("commodity", "words"),
    [
        (True, "The file has no spreads for this commodity."),
        (False, "No combined commodity takes this contract, so it is in no spread."),
    ],
)
def test_no_spreads_are_said_to_be_none(spreads: SpreadPage, put: Inspection, commodity: bool, words: str) -> None:
    spreads.show_spreads(replace(put, spreads=(), commodity=put.commodity if commodity else None))
    assert spreads.message.text() == words
    assert not spreads.table.isVisible()


def test_spreads_are_copied_raw(spreads: SpreadPage) -> None:
    spreads.table.selectRow(3)
    QTest.keyClick(spreads.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "inter\t3\tA 3 ES, B 2 NQ\t0.75"


def test_without_a_version_before_there_is_nothing_to_compare(changes: ChangePage) -> None:
    changes.show_changes(None, 3, None)
    assert changes.message.text() == "No previous version is loaded, so there is nothing to compare with."
    assert not changes.scopes.isVisible()


def test_a_contracts_figures_stand_before_and_now(changes: ChangePage, comparison: Comparison, put: Inspection) -> None:
    changes.show_changes(comparison, comparison.new.find(PUT), put.commodity)
    lines = table(changes.changes)
    assert lines[0] == ["Price", "140", "147", "+7", "+5.0\N{NO-BREAK SPACE}%"]
    assert lines[1][0] == "Loss in scenario 1, USD"
    assert changes.versions.text().startswith("SAMPLE-20261119-final to SAMPLE-20261120-final")


def test_a_contract_that_is_the_same_is_said_to_be(changes: ChangePage, comparison: Comparison) -> None:
    changes.show_changes(comparison, 0, None)
    assert changes.message.text() == "Nothing about this contract changed."
    assert changes.title == "Changes"


def test_a_new_contract_is_said_to_be_new(changes: ChangePage, comparison: Comparison) -> None:
    rows = comparison.rows.copy()
    rows[5] = -1
    changes.show_changes(replace(comparison, rows=rows), 5, None)
    assert changes.message.text() == "This contract is new: SAMPLE-20261119-final did not list it."


def test_findings_on_the_commodity_or_on_the_whole_file(
    changes: ChangePage, market: ParameterSet, put: Inspection
) -> None:
    dearer = tuple(
        replace(one, intra_spreads=tuple(replace(s, rates={1: s.rates[1] * 2}) for s in one.intra_spreads))
        for one in market.commodities
    )
    found = compare(market, replace(market, commodities=dearer))
    changes.show_changes(found, market.find(PUT), put.commodity)
    changes.scopes.buttons[Scope.COMMODITY].click()
    assert [finding.place for finding in changes.findings.findings] == ["ES"]
    assert changes.sentence.text().startswith("ES: Intra-commodity spread rates: 3 of 3 changed")
    changes.scopes.buttons[Scope.FILE].click()
    assert len(changes.findings.findings) == len(found.findings) > 1


def test_nothing_on_the_commodity_is_said_to_be_nothing(
    changes: ChangePage, comparison: Comparison, put: Inspection
) -> None:
    changes.show_changes(comparison, comparison.new.find(PUT), put.commodity)
    changes.scopes.buttons[Scope.COMMODITY].click()
    assert changes.message.text() == "Neither ranges nor rates of this commodity changed."


def test_changes_are_copied_raw(changes: ChangePage, comparison: Comparison, put: Inspection) -> None:
    changes.show_changes(comparison, comparison.new.find(PUT), put.commodity)
    changes.change_table.selectRow(0)
    QTest.keyClick(changes.change_table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("Price\t140\t147")
