"""The dock around one view."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow

from widgets.dock_buttons import Sign
from widgets.panel import View


class PanelDock(QDockWidget):
    """A dock that holds one view under its own heading."""

    closed = Signal()
    """A person has closed it."""

    def __init__(self, view: View, window: QMainWindow) -> None:
        # A dock that is in no perspective yet goes with its window all the same.
        super().__init__(window)
        self.setObjectName(f"{view.objectName()}_dock")
        self.setTitleBarWidget(view.header)
        self.setWidget(view)
        self._header = view.header
        self._header.floats.clicked.connect(self._on_float_clicked)
        self._header.closes.clicked.connect(self.close)
        self.topLevelChanged.connect(self._on_floated)
        self.visibilityChanged.connect(view.set_in_front)

    def _on_float_clicked(self) -> None:
        self.setFloating(not self.isFloating())

    def _on_floated(self, floating: bool) -> None:
        self._header.floats.show_sign(Sign.DOCK if floating else Sign.FLOAT)
        self._header.retranslate()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tell, once it is closed."""
        super().closeEvent(event)
        self.closed.emit()
