"""One registry of everything a person can do by key, menu or palette: no key is given away twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from engine.text import Text
from widgets.language import sentence


class Group(StrEnum):
    """What an action is about; the keyboard map and the palette are ordered by it."""

    VIEWS = "views"
    PERSPECTIVES = "perspectives"
    DESK = "desk"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Attributes:
        name: Stable and English: what is remembered of it.
        title: What it is called on screen.
        group: What it is about.
        keys: Sequences that do it, as Qt writes them; the first is shown.
        action: Does it; disabled while it cannot be done.
        hidden: Whether the palette leaves it out, because it means nothing there.
    """

    name: str
    title: Text
    group: Group
    keys: tuple[str, ...]
    action: QAction
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class KeyHint:
    """Keys that a view sees to itself while the keyboard is in it; the keyboard map tells them."""

    title: Text
    keys: tuple[str, ...]


class Commands:
    """Every command of a window, each with its keys bound there.

    Args:
        window: Where the keys are listened to.
    """

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._commands: dict[str, Command] = {}
        self._owners: dict[str, str] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, name: str) -> Command:
        return self._commands[name]

    def add(
        self, name: str, title: Text, group: Group, do: Callable[[], None], *keys: str, hidden: bool = False
    ) -> Command:
        """Register a command and bind its keys.

        Raises:
            ValueError: The name or a key is taken, which is a fault of the program.
        """
        action = QAction(self._window)
        action.triggered.connect(lambda _checked: do())
        return self.adopt(Command(name, title, group, keys, action, hidden))

    def adopt(self, command: Command) -> Command:
        """Register an action that a widget keeps and enables itself; otherwise as `add`."""
        name, action = command.name, command.action
        if name in self._commands:
            raise ValueError(f"there is an action {name} already")
        sequences = [QKeySequence(key) for key in command.keys]
        for sequence in sequences:
            owner = self._owners.setdefault(sequence.toString(), name)
            if owner != name:
                raise ValueError(f"{sequence.toString()} of {name} belongs to {owner}")
        action.setObjectName(f"action_{name}")
        action.setShortcuts(sequences)
        action.setText(sentence(command.title))
        self._window.addAction(action)
        self._commands[name] = command
        return command

    def retranslate(self) -> None:
        """Write every title in the language in force."""
        for command in self:
            command.action.setText(sentence(command.title))
