"""The button that has a report of the whole desk written, as spreadsheet or as PDF."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from widgets.language import tr

FORMS = ("xlsx", "pdf")


class ReportButton(QToolButton):
    """Offers both forms, asks where to, and tells the path."""

    report_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("concentration_report")
        self.setProperty("chip", "plain")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.offers = {form: menu.addAction(form) for form in FORMS}
        for form, action in self.offers.items():
            action.setObjectName(f"report_{form}")
            action.triggered.connect(partial(self.choose, form))
        self.setMenu(menu)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setText(tr("Report"))
        self.setToolTip(tr("Write everything there is to say of the desk's concentration into a file"))
        self.offers["xlsx"].setText(tr("As a spreadsheet…"))
        self.offers["pdf"].setText(tr("As PDF…"))

    def choose(self, form: str, _checked: bool = False) -> QFileDialog:
        """Ask where to."""
        dialog = QFileDialog(self.window(), tr("Report"))
        dialog.setObjectName("report_file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        words = {"xlsx": tr("Spreadsheets"), "pdf": tr("PDF files")}[form]
        dialog.setNameFilter(f"{words} (*.{form})")
        dialog.setDefaultSuffix(form)
        moment = QDateTime.currentDateTime().toString("yyyyMMdd-HHmmss")
        dialog.selectFile(f"palisade-concentration-{moment}.{form}")
        dialog.fileSelected.connect(self.report_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog
