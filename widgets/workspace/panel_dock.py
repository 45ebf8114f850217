"""The dock around one view."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow

from widgets.approvals.glass_banner import NOTHING, GlassBanner, GlassNews
from widgets.dock_buttons import Sign
from widgets.panel import View


class PanelDock(QDockWidget):
    """A dock that holds one view under its own heading; floated it is a window, and tells what every window must."""

    closed = Signal()
    """A person has closed it."""

    def __init__(self, view: View, window: QMainWindow) -> None:
        # A dock that is in no perspective yet goes with its window all the same.
        super().__init__(window)
        self.setObjectName(f"{view.objectName()}_dock")
        self.setTitleBarWidget(view.header)
        self.setWidget(view)
        self.glass = GlassBanner()
        view.put_on_top(self.glass)
        self._header, self._view = view.header, view
        self._header.floats.clicked.connect(self._on_float_clicked)
        self._header.closes.clicked.connect(self.close)
        self.topLevelChanged.connect(self._on_floated)
        self.visibilityChanged.connect(view.set_in_front)

    def _on_float_clicked(self) -> None:
        self.setFloating(not self.isFloating())

    def _on_floated(self, floating: bool) -> None:
        self._header.floats.show_sign(Sign.DOCK if floating else Sign.FLOAT)
        self._header.retranslate()
        if floating:
            # Floated from behind a tab it is not told of as coming into sight.
            self._view.set_in_front(True)
        else:
            self.glass.show_glass(NOTHING)

    def show_glass(self, news: GlassNews) -> None:
        """Count down a break-glass while this is a window of its own; the main window does it for what is docked."""
        if self.isFloating():
            self.glass.show_glass(news)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tell, once it is closed."""
        super().closeEvent(event)
        self.closed.emit()
