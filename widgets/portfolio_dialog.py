"""Asks for the file of a what-if portfolio."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from widgets.language import tr


def portfolio_dialog(parent: QWidget, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
    """A dialog to open or to save one; it deletes itself."""
    # Qt's own dialog looks like the rest, and opens without a nested event loop on every system.
    dialog = QFileDialog(parent, title, "", tr("What-if portfolio (*.json)"))
    dialog.setObjectName("portfolio_dialog")
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(mode)
    dialog.setDefaultSuffix("json")
    return dialog
