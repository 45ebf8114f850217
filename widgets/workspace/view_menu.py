"""The View menu: every dock with a tick where it is open, and what else concerns the window's arrangement."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from widgets.language import sentence
from widgets.workspace.actions import Commands, Group
from widgets.workspace.docking import Workspace
from widgets.workspace.views import VIEWS


class ViewMenu(QMenu):
    """Filled when it is about to be seen: docks and titles may have changed since."""

    def __init__(self, parent: QWidget, workspace: Workspace, commands: Commands) -> None:
        super().__init__(parent)
        self.setObjectName("view_menu")
        self._workspace, self._commands = workspace, commands
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Write the menu anew."""
        self.clear()
        for spec in VIEWS:
            action = QAction(sentence(spec.title), self, checkable=True)
            action.setObjectName(f"toggle_{spec.name}")
            action.setChecked(not self._workspace.docks[spec.name].isHidden())
            # A second action with the same keys would make both ambiguous: here they are only told.
            action.setText(f"{sentence(spec.title)}\t{spec.keys}")
            action.triggered.connect(lambda wanted, name=spec.name: self._toggle(name, wanted))
            self.addAction(action)
        self.addSeparator()
        for command in self._commands:
            if command.group in (Group.PERSPECTIVES, Group.WINDOW) and command.keys:
                self.addAction(command.action)
        self.addSeparator()
        self.addAction(self._commands["break_glass"].action)

    def _toggle(self, name: str, wanted: bool) -> None:
        if wanted:
            self._commands[f"view_{name}"].action.trigger()
        else:
            self._workspace.docks[name].close()
