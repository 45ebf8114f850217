"""The keyboard map (F1): every key, from the registry of actions and what the views say of their own."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from widgets.language import sentence, tr
from widgets.panel import View, label
from widgets.workspace.actions import Commands, Group
from widgets.workspace.finding import key_text

COLUMNS = 3
Line = tuple[str, str]


def group_word(group: Group) -> str:
    """What a group of actions is called on screen."""
    return {
        Group.VIEWS: tr("Go to a view"),
        Group.PERSPECTIVES: tr("Perspectives"),
        Group.DESK: tr("Desk"),
        Group.WINDOW: tr("Window"),
    }[group]


class KeyboardMap(QDialog):
    """A page of keys in columns; Escape or Close ends it."""

    def __init__(self, parent: QWidget, commands: Commands, views: Iterable[View]) -> None:
        super().__init__(parent)
        self.setObjectName("keyboard_map")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard"))
        sections = [*_command_sections(commands), *_view_sections(views)]
        columns = QHBoxLayout()
        columns.setSpacing(34)
        for part in _share_out(sections, COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(14)
            for title, lines in part:
                column.addLayout(_section(title, lines))
            column.addStretch(1)
            columns.addLayout(column)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(20, 16, 20, 14)
        rows.setSpacing(16)
        rows.addLayout(columns)
        rows.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _command_sections(commands: Commands) -> list[tuple[str, list[Line]]]:
    sections = []
    for group in Group:
        lines = [
            (_written(command.keys), sentence(command.title))
            for command in commands
            if command.group is group and command.keys
        ]
        if lines:
            sections.append((group_word(group), lines))
    return sections


def _view_sections(views: Iterable[View]) -> list[tuple[str, list[Line]]]:
    return [
        (view.header.title.text(), [(_written(hint.keys), sentence(hint.title)) for hint in view.hints])
        for view in views
        if view.hints
    ]


def _written(keys: tuple[str, ...]) -> str:
    return "   ".join(key_text(key) for key in keys)


def _share_out(sections: list[tuple[str, list[Line]]], columns: int) -> list[list[tuple[str, list[Line]]]]:
    """The sections in ``columns`` columns of about equal length, in their order."""
    heights = [len(lines) + 2 for _, lines in sections]
    goal, height = sum(heights) / columns, 0
    parts: list[list[tuple[str, list[Line]]]] = [[]]
    for section, own in zip(sections, heights, strict=True):
        if parts[-1] and height + own / 2 > goal and len(parts) < columns:
            parts.append([])
            height = 0
        parts[-1].append(section)
        height += own
    return parts


def _section(title: str, lines: list[Line]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(3)
    grid.addWidget(label(title, strong=True), 0, 0, 1, 2)
    for row, (keys, words) in enumerate(lines, 1):
        key = label(keys, name="key")
        key.setProperty("chip", "key")
        grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(label(words, tone="dim"), row, 1)
    grid.setColumnStretch(1, 1)
    return grid
