"""What leaves a table or plot is exact: the clipboard, CSV and spreadsheets hold raw values, numbers as numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from engine.decision import Order
from engine.numbers import MONEY_DECIMALS, NOT_COMPUTABLE, format_scaled
from tests.widgets import sample_results
from tests.widgets.concentration.generated_desk import desk
from widgets.exporting import Form, Sheeted, content, copy_values, exportable, save, show_menu
from widgets.sheet import Sheet, csv_bytes, tabbed, xlsx_bytes
from widgets.window import MainWindow
from widgets.workspace import views

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(written: bytes) -> list[list[tuple[str, str]]]:
    """Type and value of each cell of a spreadsheet's first page; ``n`` is a number."""
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        page = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        words = ["".join(each.itertext()) for each in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))]
    rows = []
    for row in page.iter(f"{NAMESPACE}row"):
        line = []
        for cell in row:
            value = cell.findtext(f"{NAMESPACE}v") or ""
            kind = cell.get("t", "n")
            line.append((kind, words[int(value)] if kind == "s" else value))
        rows.append(line)
    return rows


@pytest.fixture
def filled(window: MainWindow) -> MainWindow:
    window.show_snapshot(sample_results.snapshot())
    window.accounts.choose("Meridian Macro II")
    window.show_detail(sample_results.detail())
    window.view(views.CONCENTRATION).show_picture(desk())
    window.ticket.add_order(Order(sample_results.CRUDE, 120))
    request = window.ticket._request
    assert request is not None
    window.show_decision(sample_results.decision(request))
    # Tables that were never shown lay themselves out on the next turn of the loop.
    QCoreApplication.processEvents()
    return window


def test_scaled_integers_are_written_with_every_digit_and_numbers_as_numbers() -> None:
    sheet = Sheet(
        "Some", ("Name", "Amount", "Count"), [("a", (-1_234_567_890_123, 6), 7), ("b", (NOT_COMPUTABLE, 6), 0)]
    )
    assert list(csv.reader(io.StringIO(csv_bytes(sheet).decode("utf-8-sig")))) == [
        ["Name", "Amount", "Count"],
        ["a", "-1234567.890123", "7"],
        ["b", "", "0"],
    ]
    assert cells(xlsx_bytes(sheet))[1:] == [
        [("s", "a"), ("n", "-1234567.890123"), ("n", "7")],
        [("s", "b"), ("s", ""), ("n", "0")],
    ]


def test_a_number_too_long_for_a_spreadsheet_stays_exact_as_text() -> None:
    sheet = Sheet("Long", ("Amount",), [((1_234_567_890_123_456_789, 6),)])
    assert cells(xlsx_bytes(sheet))[1] == [("s", "1234567890123.456789")]


def test_a_name_is_never_taken_for_a_formula() -> None:
    sheet = Sheet("Names", ("Name", "Amount"), [('=HYPERLINK("x")', -5), ("@x", 1)])
    assert [row[0] for row in csv.reader(io.StringIO(csv_bytes(sheet).decode("utf-8-sig")))][1:] == [
        '\'=HYPERLINK("x")',
        "'@x",
    ]
    assert cells(xlsx_bytes(sheet))[1] == [("s", '=HYPERLINK("x")'), ("n", "-5")]


def test_the_clipboard_gets_titles_and_raw_values() -> None:
    assert tabbed(Sheet("S", ("A", "B"), [("x\ty", (1_500_000, 6))])) == "A\tB\nx y\t1.5"


def test_a_table_exports_every_row_with_the_columns_in_sight(filled: MainWindow) -> None:
    sheet = filled.positions.table.sheet()
    assert len(sheet.rows) == filled.positions.model.rowCount()
    line = filled.positions.model.line(0)
    column = sheet.titles.index("Margin")
    assert sheet.rows[0][column] == (line.margin, MONEY_DECIMALS)
    assert sheet.rows[0][sheet.titles.index("Net")] == line.net
    assert format_scaled(line.margin, MONEY_DECIMALS) in csv_bytes(sheet).decode("utf-8-sig")


def test_a_tree_exports_closed_branches_too_with_their_level(filled: MainWindow) -> None:
    filled.accounts.tree.collapseAll()
    sheet = filled.accounts.tree.sheet()
    assert sheet.titles[0] == "Level"
    assert sum(level == 1 for level in sheet.levels) == 200
    assert {row[0] for row in sheet.rows} == {0, 1}


@pytest.mark.parametrize("form", list(Form))
def test_every_table_and_plot_of_the_window_is_exported(filled: MainWindow, tmp_path: Path, form: Form) -> None:
    for perspective in filled.strip.perspectives.buttons.values():
        perspective.click()
        for widget in filled.findChildren(QWidget):
            if isinstance(widget, Sheeted) and widget.isVisible():
                path = tmp_path / f"{widget.objectName() or type(widget).__name__}.{form}"
                assert save(widget, form, str(path)) is None
                assert path.stat().st_size > 50
    names = {path.stem for path in tmp_path.iterdir()}
    assert {"account_tree", "position_table", "breakdown_tree", "treemap", "scenario_bars"} <= names


def test_a_picture_shows_the_widget_as_it_is(filled: MainWindow) -> None:
    picture = QImage.fromData(content(filled.accounts.tree, Form.PNG))
    assert picture.size() == filled.accounts.tree.size() * filled.devicePixelRatioF()


def test_trouble_with_the_file_is_told(filled: MainWindow, tmp_path: Path) -> None:
    problem = save(filled.accounts.tree, Form.CSV, str(tmp_path / "nowhere" / "a.csv"))
    assert problem is not None
    assert "cannot be written" in str(problem)


def test_the_menu_of_a_plot_and_of_a_table_offer_the_same(filled: MainWindow) -> None:
    for widget in (filled.breakdown.bars, filled.positions.table):
        menu = show_menu(widget, filled.pos())
        offered = [action.objectName() for action in menu.actions()]
        assert offered == ["copy_all", "export_csv", "export_xlsx", "copy_picture", "export_png"]
        menu.hide()


def test_copying_in_a_plot_yields_its_values(filled: MainWindow) -> None:
    copy_values(filled.breakdown.bars)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 17
    assert lines[13].split("\t") == ["13", "2418000", "active"]


def test_a_key_exports_what_is_in_focus(filled: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    filled.activateWindow()
    qtbot.waitUntil(filled.isActiveWindow)
    filled.positions.table.setFocus()
    QTest.keyClick(filled, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = filled.findChild(QFileDialog, "export_file")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "positions.csv"))
    assert (tmp_path / "positions.csv").read_text("utf-8-sig").startswith("Contract,")
    dialog.reject()
    filled.strip.views.setFocus()
    QTest.keyClick(filled, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert filled.banner.isVisible()


def test_what_is_exported_is_the_table_around_the_focus(filled: MainWindow) -> None:
    assert exportable(filled.positions.table.viewport()) is filled.positions.table
    assert exportable(filled.ticket.legs[0]) is filled.ticket
    assert exportable(filled.strip) is None
