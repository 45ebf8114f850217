"""The three charts, each with a line above it that reads off exact figures; the treemap's has the way back as well."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.text import Text, text
from widgets.concentration.heat_map import HeatMap
from widgets.concentration.largest import LargestBars
from widgets.concentration.owners import OwnersTable
from widgets.concentration.time_chart import TimeChart
from widgets.concentration.treemap import Treemap
from widgets.language import sentence, tr
from widgets.panel import ElidedLabel, label, set_tone

LINE = 26
"""Height in pixels of the line above a chart."""


class Reading(ElidedLabel):
    """Exact figures of what is pointed at, or a hint while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self._hint = self._reading = ""

    def set_hint(self, hint: str) -> None:
        """What to show while nothing is pointed at."""
        self._hint = hint
        self.say(self._reading)

    def say(self, reading: str) -> None:
        """Show figures; an empty text brings the hint back."""
        self._reading = reading
        set_tone(self, "tone", "" if reading else "dim")
        self.setText(reading or self._hint)
        self.setToolTip(reading)


class Chart(QWidget):
    """A chart below its line."""

    def __init__(self, body: Treemap | HeatMap | LargestBars | OwnersTable | TimeChart) -> None:
        super().__init__()
        self.reading = Reading()
        self.line = QHBoxLayout()
        self.line.setContentsMargins(10, 0, 10, 0)
        self.line.setSpacing(4)
        self.line.addWidget(self.reading, 1)
        head = QWidget()
        head.setFixedHeight(LINE)
        head.setLayout(self.line)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(head)
        rows.addWidget(body, 1)
        if not isinstance(body, OwnersTable):
            body.pointed.connect(self.reading.say)


class Crumbs(QWidget):
    """Where in the treemap a person is: each step is a button that goes back to it."""

    went_back = Signal(int)
    """To how many steps below the whole desk."""

    def __init__(self, top: Text) -> None:
        super().__init__()
        self._top = top
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 6, 0)
        self._row.setSpacing(0)

    def show_path(self, names: list[str]) -> None:
        """One button a step; the last is where one is and does nothing."""
        words = [sentence(self._top), *map(tr, names)]
        if words == [button.text() for button in self.buttons]:
            return
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        for depth, name in enumerate(words):
            if depth:
                self._row.addWidget(label("›", tone="dim"))
            button = QPushButton(name, autoDefault=False)
            button.setObjectName(f"crumb_{depth}")
            button.setProperty("quiet", "true")
            button.setEnabled(depth < len(names))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, depth=depth: self.went_back.emit(depth))
            self.buttons.append(button)
            self._row.addWidget(button)


class TreemapChart(Chart):
    """The treemap with its crumbs."""

    def __init__(self, treemap: Treemap) -> None:
        super().__init__(treemap)
        self.treemap, self.crumbs = treemap, Crumbs(text("All sectors"))
        self.line.setContentsMargins(4, 0, 10, 0)
        self.line.insertWidget(0, self.crumbs)
        treemap.path_changed.connect(self.show_path)
        self.crumbs.went_back.connect(treemap.go_up)

    def show_path(self) -> None:
        """Write the crumbs anew where they have changed."""
        self.crumbs.show_path(self.treemap.path_names())
