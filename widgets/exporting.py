"""Copying and saving what a table or plot shows: one menu, one set of actions for all of them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Protocol, cast, runtime_checkable

from PySide6.QtCore import QBuffer, QByteArray, QDateTime, QIODevice, QPoint, QSaveFile
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.text import Text, text
from widgets.language import tr
from widgets.sheet import Sheet, csv_bytes, tabbed, xlsx_bytes


class Form(StrEnum):
    """What is saved."""

    CSV = "csv"
    XLSX = "xlsx"
    PNG = "png"


@runtime_checkable
class Sheeted(Protocol):
    """A widget whose figures can be taken out of it."""

    def sheet(self) -> Sheet:
        """Everything it shows and could show by scrolling, as raw values."""
        ...


def exportable(widget: QWidget | None) -> QWidget | None:
    """The table or plot that ``widget`` is or is part of; a named view where there is neither."""
    named = None
    while widget is not None and not widget.isWindow():
        if isinstance(widget, Sheeted):
            return widget
        if widget.property("panel") == "body":
            return named or widget
        if named is None and widget.property("plot"):
            named = widget
        widget = widget.parentWidget()
    return named


def copy_values(widget: QWidget) -> None:
    """Put raw values on the clipboard, or the picture where there are no values."""
    if isinstance(widget, Sheeted):
        QGuiApplication.clipboard().setText(tabbed(widget.sheet()))
    else:
        copy_picture(widget)


def copy_picture(widget: QWidget) -> None:
    """Put a picture of the widget on the clipboard."""
    QGuiApplication.clipboard().setImage(picture(widget))


def picture(widget: QWidget) -> QImage:
    """The widget as it is on screen; contents of OpenGL included."""
    return widget.grab().toImage()


def content(widget: QWidget, form: Form) -> bytes:
    """What is written to a file of this form."""
    if form is Form.PNG:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture(widget).save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(data.data())
    sheet = cast("Sheeted", widget).sheet()
    return csv_bytes(sheet) if form is Form.CSV else xlsx_bytes(sheet)


def save(widget: QWidget, form: Form, path: str) -> Text | None:
    """Write a file, whole or not at all; what went wrong, if anything did."""
    file = QSaveFile(path)
    if file.open(QIODevice.OpenModeFlag.WriteOnly):
        file.write(content(widget, form))
        if file.commit():
            return None
    return text("{file} cannot be written: {reason}; choose another place", file=path, reason=file.errorString())


def choose_and_save(widget: QWidget, form: Form) -> QFileDialog:
    """Ask where to, then save; trouble is told in the window's banner."""
    filters = {Form.CSV: tr("CSV files"), Form.XLSX: tr("Spreadsheets"), Form.PNG: tr("Pictures")}
    dialog = QFileDialog(widget.window(), tr("Export"))
    dialog.setObjectName("export_file")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{filters[form]} (*.{form})")
    dialog.setDefaultSuffix(form)
    dialog.selectFile(f"{_file_name(widget)}.{form}")
    dialog.fileSelected.connect(partial(_save_and_tell, widget, form))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def show_menu(widget: QWidget, place: QPoint) -> QMenu:
    """The context menu of a table or plot, at a place on the screen."""
    menu = QMenu(widget)
    menu.setObjectName("export_menu")
    for name, words, do in _offers(widget):
        action = menu.addAction(words)
        action.setObjectName(name)
        action.triggered.connect(do)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(place)
    return menu


def _offers(widget: QWidget) -> list[tuple[str, str, Callable[[], object]]]:
    offers: list[tuple[str, str, Callable[[], object]]] = []
    if isinstance(widget, Sheeted):
        offers = [
            ("copy_all", tr("Copy all values"), lambda: copy_values(widget)),
            ("export_csv", tr("Export as CSV…"), lambda: choose_and_save(widget, Form.CSV)),
            ("export_xlsx", tr("Export as XLSX…"), lambda: choose_and_save(widget, Form.XLSX)),
        ]
    return [
        *offers,
        ("copy_picture", tr("Copy the picture"), lambda: copy_picture(widget)),
        ("export_png", tr("Export as PNG…"), lambda: choose_and_save(widget, Form.PNG)),
    ]


def _save_and_tell(widget: QWidget, form: Form, path: str) -> None:
    problem = save(widget, form, path)
    # Whoever shows the widget tells: a view, or the window behind a dialog.
    teller: QWidget | None = widget
    while problem is not None and teller is not None:
        if hasattr(teller, "problem_found"):
            teller.problem_found.emit(problem)
            return
        teller = teller.parentWidget()


def _file_name(widget: QWidget) -> str:
    name = widget.sheet().name if isinstance(widget, Sheeted) else widget.objectName() or "view"
    moment = QDateTime.currentDateTime().toString("yyyyMMdd-HHmmss")
    return "-".join(["palisade", *"".join(c if c.isalnum() else " " for c in name).split(), moment])
