"""The Audit view on records as a watch delivers them: filter, standing, verdict, one record in full."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from engine.audit import UNSYNCHRONISED, Record, encode_payload
from engine.audit_events import StateChanged, told
from engine.audit_picture import AuditPicture, Verified
from engine.text import text
from widgets.audit.model import Column, RecordsModel
from widgets.audit.view import AuditView
from widgets.cells import Tone
from widgets.theme import load_theme

WALL = 1_795_838_891_011_153_805
INSTRUCTION = "00112233445566778899aabbccddeeff"


def record(number: int, kind: str = "instruction state", actor: str = "authority", error: int = 250) -> Record:
    payload = dict(told(StateChanged(INSTRUCTION, "signed once", "signed twice", ""))[1])
    return Record(number, WALL + number, number, bytes(16), error, actor, kind, encode_payload(payload))


RECORDS = tuple(record(number, "attempt refused" if number == 3 else "instruction state") for number in range(6))
PICTURE = AuditPicture("/records/authority", RECORDS, 6, 5, WALL, 4)


@pytest.fixture
def view(qtbot: QtBot) -> AuditView:
    view = AuditView(load_theme("dark"))
    qtbot.addWidget(view)
    view.resize(1_000, 600)
    view.show()
    return view


def cells(model: RecordsModel, column: Column) -> list[str]:
    return [model.cell(model.index(row, column)).text for row in range(model.rowCount())]


def test_the_newest_record_stands_first_with_its_time_to_the_microsecond(view: AuditView) -> None:
    view.show_picture(PICTURE)
    assert cells(view.records, Column.NUMBER) == ["5", "4", "3", "2", "1", "0"]
    assert cells(view.records, Column.TIME)[-1] == "2026-11-28 04:08:11.011153"
    assert cells(view.records, Column.CLOCK)[0] == "250 µs"
    assert cells(view.records, Column.CONTENT)[0] == "signed once → signed twice · 0011223344…"


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = RecordsModel()
    model.show(RECORDS)
    qtmodeltester.check(model)


def test_a_filter_takes_what_holds_all_its_words_and_what_is_added_later(view: AuditView, qtbot: QtBot) -> None:
    view.show_picture(PICTURE)
    view.filter.setText("Refused 00112233")
    qtbot.waitUntil(lambda: view.records.rowCount() == 1)
    more = (*RECORDS, record(6, "attempt refused"), record(7))
    view.show_picture(replace(PICTURE, records=more, size=8))
    assert cells(view.records, Column.NUMBER) == ["6", "3"]


def test_records_that_are_added_leave_the_chosen_one_where_it_is(view: AuditView) -> None:
    view.show_picture(PICTURE)
    view.table.selectRow(2)
    view.show_picture(replace(PICTURE, records=(*RECORDS, record(6)), size=7))
    chosen = view.records.record(view.table.currentIndex().row())
    assert chosen is not None
    assert chosen.number == 3


def test_a_refused_attempt_and_a_clock_that_follows_nothing_stand_out(view: AuditView) -> None:
    view.show_picture(replace(PICTURE, records=(*RECORDS, record(6, error=UNSYNCHRONISED))))
    model = view.records
    assert model.cell(model.index(3, Column.KIND)).tone is Tone.WARNING
    assert model.cell(model.index(0, Column.CLOCK))[:2] == ("?", Tone.WARNING)


def test_the_chosen_record_is_shown_in_full(view: AuditView) -> None:
    view.show_picture(PICTURE)
    view.table.selectRow(0)
    shown = view.detail.toPlainText()
    assert f'"instruction": "{INSTRUCTION}"' in shown
    assert f"hash {RECORDS[5].leaf.hex()}" in shown


def test_the_standing_says_how_many_are_signed_and_witnessed(view: AuditView) -> None:
    view.show_picture(PICTURE)
    assert view.standing.text() == "6 records · 5 signed · 4 witnessed"
    assert view.verdict.text() == "not verified"


def test_the_verdict_names_the_first_bad_record(view: AuditView) -> None:
    view.show_picture(replace(PICTURE, verified=Verified(True, text("good"), 5, WALL)))
    assert view.verdict.text().startswith("✓ good (5, ")
    view.show_picture(
        replace(PICTURE, verified=Verified(False, text("record {number} has changed", number=3), 0, WALL))
    )
    assert view.verdict.text() == "✕ record 3 has changed"
    assert view.verdict.property("tone") == "negative"


def test_while_something_is_done_nothing_else_can_be_asked(view: AuditView) -> None:
    view.show_picture(replace(PICTURE, doing=text("verifying")))
    assert view.verdict.text() == "verifying"
    assert not view.verify.isEnabled()
    view.show_picture(PICTURE)
    assert view.verify.isEnabled()


def test_without_records_it_says_what_to_do_and_why_not(view: AuditView) -> None:
    assert view.placeholder.headline.text() == "No records are open"
    assert view.open_first.isVisible()
    view.show_picture(AuditPicture("/nowhere", problem=text("there is no record store")))
    assert (view.placeholder.headline.text(), view.placeholder.hint.text()) == (
        "The records cannot be shown",
        "there is no record store",
    )


def test_a_person_verifies_exports_and_opens(view: AuditView, qtbot: QtBot, tmp_path: object) -> None:
    view.show_picture(PICTURE)
    with qtbot.waitSignal(view.verify_requested):
        qtbot.mouseClick(view.verify, Qt.MouseButton.LeftButton)
    for button, signal in (
        (view.open_store, view.open_requested),
        (view.open_archive, view.open_requested),
        (view.export, view.export_requested),
    ):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        dialog = view.dialog
        assert isinstance(dialog, QFileDialog)
        with qtbot.waitSignal(signal) as told_of:
            dialog.fileSelected.emit(str(tmp_path))
        assert told_of.args == [str(tmp_path)]
        dialog.close()
