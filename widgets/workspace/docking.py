"""Docks of every view, and the perspectives they are arranged in; each perspective keeps its own arrangement."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabWidget

from widgets.layout_file import Arrangement
from widgets.panel import View
from widgets.theme import Theme
from widgets.workspace.panel_dock import PanelDock
from widgets.workspace.perspectives import LAYOUTS, Perspective, Place
from widgets.workspace.views import VIEWS, ViewSpec, ViewType

STATE_VERSION = 4
"""Of what Qt writes about docks; goes up when it would no longer be understood. Docks may come and go without it."""


class Workspace(QObject):
    """The docks of one window. Everything runs in the GUI thread."""

    perspective_changed = Signal(str)
    """A `Perspective`."""

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.views: dict[str, View] = {spec.name: spec.make(theme) for spec in VIEWS}
        self.docks = {name: PanelDock(view, window) for name, view in self.views.items()}
        self.perspective = Perspective.TRADER
        self._kept: dict[Perspective, Arrangement] = {}
        self._keeps_shares = False
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        for dock in self.docks.values():
            # Of this window even where no perspective shows it: it goes when the window goes.
            dock.setParent(window)
            dock.hide()
            dock.topLevelChanged.connect(self._on_dock_moved)
            dock.dockLocationChanged.connect(self._on_dock_moved)
            dock.closed.connect(self._on_dock_moved)

    def view(self, spec: ViewSpec[ViewType]) -> ViewType:
        """The view that ``spec`` has made."""
        return cast("ViewType", self.views[spec.name])

    def show_view(self, spec: ViewSpec[ViewType]) -> None:
        """Bring a view to the front and the keyboard to it; a closed one opens where it belongs."""
        dock = self.docks[spec.name]
        if dock.isHidden():
            self._open(dock, spec)
        dock.raise_()
        if dock.isFloating():
            dock.activateWindow()
        view = self.view(spec)
        spec.focus(view)
        focused = QApplication.focusWidget()
        if focused is None or not view.isAncestorOf(focused):
            # A dock that has just been opened among tabs is laid out on the next turn, and takes no keyboard before.
            QTimer.singleShot(0, view, lambda: spec.focus(view))

    def switch(self, perspective: Perspective) -> None:
        """Arrange the docks for another person's work, as that perspective was left."""
        if perspective is self.perspective:
            return
        self._keep()
        self.perspective = perspective
        self._window.setUpdatesEnabled(False)
        try:
            self._take_up(self._kept.get(perspective))
        finally:
            self._window.setUpdatesEnabled(True)
        self._take_keyboard()
        self.perspective_changed.emit(perspective)

    def arrangements(self) -> dict[str, Arrangement]:
        """How each perspective was left; one that is as by default is not in it."""
        self._keep()
        return {perspective.value: arrangement for perspective, arrangement in self._kept.items()}

    def restore(self, perspective: str, arrangements: dict[str, Arrangement]) -> bool:
        """Take up the perspectives as they were left; False where the docks stand by default because it cannot be."""
        known = {each.value: each for each in Perspective}
        self._kept = {known[name]: arrangement for name, arrangement in arrangements.items() if name in known}
        self.perspective = known.get(perspective, Perspective.TRADER)
        done = self._take_up(self._kept.get(self.perspective))
        self.perspective_changed.emit(self.perspective)
        return done

    def arrange(self) -> None:
        """Put the docks of the perspective in force where they stand by default."""
        self._kept.pop(self.perspective, None)
        for dock in self.docks.values():
            self._take_out(dock)
        columns = self._columns()
        firsts = [rows[0][0] for rows in columns]
        for before, dock in zip([None, *firsts], firsts, strict=False):
            if before is None:
                self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            else:
                self._window.splitDockWidget(before, dock, Qt.Orientation.Horizontal)
        for rows in columns:
            for above, below in pairwise(rows):
                self._window.splitDockWidget(above[0], below[0], Qt.Orientation.Vertical)
        # Tabs last: what is split off a tab would become a tab as well.
        for tabs in (tabs for rows in columns for tabs in rows):
            for front, behind in pairwise(tabs):
                self._window.tabifyDockWidget(front, behind)
            for dock in tabs:
                dock.show()
            tabs[0].raise_()
        self.title_docks()
        self._keeps_shares = True
        self.share_out()
        if self._window.isVisible():
            self._take_keyboard()

    def share_out(self) -> None:
        """Give each dock its share of the window for as long as nobody has moved one."""
        if not self._keeps_shares:
            return
        columns = self._columns()
        firsts: list[QDockWidget] = [rows[0][0] for rows in columns]
        width, height = self._window.width(), self._window.height()
        shares = LAYOUTS[self.perspective].widths
        self._window.resizeDocks(firsts, [width * share // 100 for share in shares], Qt.Orientation.Horizontal)
        for rows in columns:
            places = [[self._place(dock).share for dock in tabs] for tabs in rows]
            total = sum(max(tabs) for tabs in places)
            heads: list[QDockWidget] = [tabs[0] for tabs in rows]
            heights = [height * max(tabs) // total for tabs in places]
            self._window.resizeDocks(heads, heights, Qt.Orientation.Vertical)

    def release_shares(self) -> None:
        """A person has taken hold of a separator: what they set stays."""
        self._keeps_shares = False

    def title_docks(self) -> None:
        """Behind a tab, which says its title, a view need not say it again."""
        for dock in self.docks.values():
            cast("View", dock.widget()).header.title.setVisible(not self._window.tabifiedDockWidgets(dock))

    def front_of_column(self, column: int) -> PanelDock:
        """The dock that by default stands on top of a column of the perspective in force, in front of its tabs."""
        return self._columns()[column][0][0]

    def _columns(self) -> list[list[list[PanelDock]]]:
        """The docks shown by default in the perspective in force: columns of rows of tabs."""
        placed = sorted(
            (
                (spec.places[self.perspective], number, spec.name)
                for number, spec in enumerate(VIEWS)
                if self.perspective in spec.places
            ),
            key=lambda each: (each[0].column, each[0].row, each[1]),
        )
        return [
            [[self.docks[name] for _, _, name in tabs] for _, tabs in groupby(column, key=lambda each: each[0].row)]
            for _, column in groupby(placed, key=lambda each: each[0].column)
        ]

    def _place(self, dock: PanelDock) -> Place:
        name = cast("View", dock.widget()).objectName()
        return next(spec.places[self.perspective] for spec in VIEWS if spec.name == name)

    def _take_keyboard(self) -> None:
        """Where the keyboard was in a dock that is gone now, it begins in the first column."""
        widget = QApplication.focusWidget()
        if widget is None or not any(dock.isVisible() and dock.isAncestorOf(widget) for dock in self.docks.values()):
            view = cast("View", self.front_of_column(0).widget())
            next(spec for spec in VIEWS if spec.name == view.objectName()).focus(view)

    def _keep(self) -> None:
        """Note how the perspective in force is left. The default is not noted: its shares fit any screen."""
        if self._keeps_shares:
            self._kept.pop(self.perspective, None)
        else:
            state = self._window.saveState(STATE_VERSION)
            self._kept[self.perspective] = Arrangement(state, tuple(self.docks))

    def _take_up(self, kept: Arrangement | None) -> bool:
        if kept is None:
            self.arrange()
            return True
        self._keeps_shares = False
        # Docks that the arrangement does not know would stay where they are now.
        newer = [name for name in self.docks if name not in kept.docks]
        for name in newer:
            self._take_out(self.docks[name])
        if not self._window.restoreState(kept.state, STATE_VERSION):
            self.arrange()
            return False
        self._open_newer(newer)
        self.title_docks()
        return True

    def _take_out(self, dock: PanelDock) -> None:
        dock.setFloating(False)
        self._window.removeDockWidget(dock)

    def _open_newer(self, names: Iterable[str]) -> None:
        """Docks that came with another release appear where they belong, behind what stands there."""
        for spec in VIEWS:
            if spec.name in names and self.perspective in spec.places:
                self._open(self.docks[spec.name], spec)

    def _open(self, dock: PanelDock, spec: ViewSpec[ViewType]) -> None:
        """Show a dock: where it last was, else as a tab of what stands in its place by default, else on the right."""
        if self._window.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea and not dock.isFloating():
            place = spec.places.get(self.perspective)
            beside = next((each for each in self._neighbours(place) if not each.isHidden()), None)
            self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            if beside is not None:
                self._window.tabifyDockWidget(beside, dock)
            self._keeps_shares = False
        dock.show()
        self._on_dock_moved()

    def _neighbours(self, place: Place | None) -> list[PanelDock]:
        """Docks of the perspective that a dock at ``place`` may become a tab of, the nearest first."""
        docked = [
            (spec.places[self.perspective], self.docks[spec.name])
            for spec in VIEWS
            if self.perspective in spec.places and not self.docks[spec.name].isFloating()
        ]
        column = place.column if place is not None else len(LAYOUTS[self.perspective].widths) - 1
        row = place.row if place is not None else 0
        docked.sort(key=lambda each: (abs(each[0].column - column), abs(each[0].row - row)))
        return [dock for _, dock in docked]

    def _on_dock_moved(self) -> None:
        self._keeps_shares = False
        # Qt tells of the move before it takes the dock out of its tabs.
        QTimer.singleShot(0, self, self.title_docks)
