"""The settings dialog: one row a setting, made from what the settings say of themselves. It writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.text import Text
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import label, set_tone

Value = str | int | bool
FIELD, HEIGHT = 210, 560


class Kind(StrEnum):
    """What a setting is set with."""

    CHOICE = "choice"
    WHOLE = "whole"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        path: Section and name as in the file, parted by a dot; the name alone outside of sections.
        label: What it is called on screen.
        kind: What it is set with.
        value: As it is.
        default: As it is where nobody has set it.
        low, high: Bounds of a whole number, None where there is none.
        pattern: What a text has to match whole; empty where anything may stand.
        choices: Value and name of each choice.
        at_once: Whether a change is in force at once; otherwise it is at the next start.
    """

    path: str
    label: Text
    kind: Kind
    value: Value
    default: Value
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Settings that belong together."""

    title: Text
    settings: tuple[Setting, ...]


class SettingRow:
    """The widgets of one setting, and what is wrong with it."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.editor: QComboBox | QLineEdit = QComboBox() if setting.kind is Kind.CHOICE else QLineEdit()
        self.editor.setObjectName(f"setting_{setting.path}")
        self.editor.setFixedWidth(FIELD)
        self.editor.setAccessibleName(sentence(setting.label))
        if isinstance(self.editor, QComboBox):
            for code, words in setting.choices:
                self.editor.addItem(sentence(words), code)
        self.note = label(tone="dim", small=True)
        self.note.setWordWrap(True)
        self.reset = QPushButton(tr("Default"), autoDefault=False)
        self.reset.setProperty("quiet", "true")
        self.reset.setObjectName(f"default_{setting.path}")
        keeps_room = self.reset.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keeps_room)
        self.reset.clicked.connect(lambda: self.show(setting.default))
        self.show(setting.value)

    def show(self, value: Value) -> None:
        """Put a value into the editor."""
        if isinstance(self.editor, QComboBox):
            self.editor.setCurrentIndex(max(self.editor.findData(value), 0))
        else:
            self.editor.setText(str(value))

    @property
    def value(self) -> Value | None:
        """What is in the editor; None where it is no possible value."""
        setting = self.setting
        if isinstance(self.editor, QComboBox):
            return str(self.editor.currentData())
        typed = self.editor.text().strip()
        if setting.kind is Kind.TEXT:
            return typed if not setting.pattern or re.fullmatch(setting.pattern, typed) else None
        if not re.fullmatch(r"-?\d{1,18}", typed):
            return None
        number = int(typed)
        low, high = setting.low, setting.high
        return number if (low is None or low <= number) and (high is None or number <= high) else None

    def check(self) -> bool:
        """Mark the row where its value is not possible, and say what is, and what the default is."""
        fits = self.value is not None
        set_tone(self.editor, "problem", "false" if fits else "true")
        set_tone(self.note, "tone", "dim" if fits else "warning")
        self.note.setText(" · ".join(part for part in (self._range(), self._default()) if part))
        self.reset.setVisible(self.value != self.setting.default)
        return fits

    def _range(self) -> str:
        setting = self.setting
        if setting.kind is Kind.WHOLE and setting.low is not None and setting.high is not None:
            return tr("{low} to {high}").format(low=count(setting.low), high=count(setting.high))
        return tr("not a possible value") if self.value is None else ""

    def _default(self) -> str:
        default = self.setting.default
        plain = count(default) if isinstance(default, int) and not isinstance(default, bool) else str(default)
        words = next((sentence(name) for code, name in self.setting.choices if code == default), plain)
        return tr("default: {value}").format(value=words) if words else tr("empty by default")


class SettingsDialog(QDialog):
    """All sections one below the other; Save is possible once every value is.

    Args:
        parent: The window.
        sections: What there is to set.
        check: What is wrong with all values together, if anything is.
    """

    saved = Signal(object)
    """A dict of the values that were changed, by path."""

    def __init__(
        self, parent: QWidget, sections: tuple[Section, ...], check: Callable[[Mapping[str, Value]], Text | None]
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self._check = check
        self.rows: dict[str, SettingRow] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for section in sections:
            self._add_section(grid, section)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(18, 12, 18, 12)
        column.addLayout(grid)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self.notice = label(tone="dim", name="settings_notice")
        self.notice.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 12)
        rows.addWidget(area, 1)
        rows.addLayout(self._buttons())
        self.resize(800, HEIGHT)
        self._on_changed()

    def changes(self) -> dict[str, Value]:
        """What differs from what was in force when the dialog was opened, by path."""
        changed: dict[str, Value] = {}
        for path, row in self.rows.items():
            value = row.value
            if value is not None and value != row.setting.value:
                changed[path] = value
        return changed

    def _add_section(self, grid: QGridLayout, section: Section) -> None:
        title = label(sentence(section.title), strong=True)
        title.setContentsMargins(0, 10 if self.rows else 0, 0, 2)
        grid.addWidget(title, grid.rowCount(), 0, 1, 4)
        for setting in section.settings:
            row = self.rows[setting.path] = SettingRow(setting)
            place = grid.rowCount()
            grid.addWidget(label(sentence(setting.label), tone="dim"), place, 0)
            grid.addWidget(row.editor, place, 1)
            grid.addWidget(row.note, place, 2)
            grid.addWidget(row.reset, place, 3)
            if isinstance(row.editor, QComboBox):
                row.editor.currentIndexChanged.connect(self._on_changed)
            else:
                row.editor.textChanged.connect(self._on_changed)

    def _buttons(self) -> QHBoxLayout:
        self.save_button, cancel = QPushButton(tr("Save")), QPushButton(tr("Cancel"), autoDefault=False)
        defaults = QPushButton(tr("All defaults"), autoDefault=False)
        for button, name in ((self.save_button, "save"), (cancel, "cancel"), (defaults, "defaults")):
            button.setObjectName(f"settings_{name}")
        self.save_button.clicked.connect(self._save)
        cancel.clicked.connect(self.reject)
        defaults.clicked.connect(self._show_defaults)
        row = QHBoxLayout()
        row.setContentsMargins(18, 8, 18, 0)
        row.addWidget(defaults)
        row.addWidget(self.notice, 1)
        row.addWidget(self.save_button)
        row.addWidget(cancel)
        return row

    def _show_defaults(self) -> None:
        for row in self.rows.values():
            row.show(row.setting.default)

    def _on_changed(self) -> None:
        fits = [row.check() for row in self.rows.values()]
        values = {path: row.value for path, row in self.rows.items() if row.value is not None}
        wrong = self._check(values) if all(fits) else None
        changed = self.changes()
        later = [path for path in changed if not self.rows[path].setting.at_once]
        if wrong is not None:
            said = sentence(wrong)
        elif later:
            said = tr("{count} of the changes take effect at the next start").format(count=count(len(later)))
        else:
            said = ""
        self.notice.setText(said)
        set_tone(self.notice, "tone", "warning" if wrong is not None else "dim")
        self.save_button.setEnabled(all(fits) and wrong is None and bool(changed))

    def _save(self) -> None:
        self.saved.emit(self.changes())
        self.accept()
