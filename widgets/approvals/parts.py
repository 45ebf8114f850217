"""Parts of the dialogs about forced closes: forms, lines as they are signed, roles, codes and times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLayout, QWidget

from engine.authorisation.instruction import Instruction
from engine.authorisation.people import Role
from widgets.language import sentence, tr
from widgets.panel import label

SHORT: Final = 20 * 10**9
"""Nanoseconds left from which on a countdown is urgent."""
HALF: Final = 4
CODE_FORM: Final = "XXXX-XXXX"
GAP: Final = 14
"""Pixels between what something is called and what it is."""
LINE: Final = 18
"""Pixels of a line of a statement: Chinese and Latin letters in one row stand on one line."""
DIGITS: Final = re.compile(r"[0-9a-f ]{32,}")
"""Digests and identities are compared character by character: they are set in letters of one width."""


def form_grid(*rows: tuple[str, QWidget | QLayout]) -> QGridLayout:
    """Names on the left, what is filled in on the right; a field is known to screen readers by its name."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(8)
    for row, (name, part) in enumerate(rows):
        grid.addWidget(label(name, tone="dim"), row, 0)
        if isinstance(part, QWidget):
            part.setAccessibleName(name)
            grid.addWidget(part, row, 1)
        else:
            grid.addLayout(part, row, 1)
    grid.setColumnStretch(1, 1)
    return grid


def role_box(roles: Iterable[Role]) -> QComboBox:
    """In which of their roles a person signs."""
    box = QComboBox()
    box.setAccessibleName(tr("Role"))
    for role in roles:
        box.addItem(sentence(role.label), role)
    return box


def statement_lines(lines: list[tuple[str, str]]) -> QWidget:
    """The lines whose digest is signed, as they are: names on the left, values on the right."""
    inner = QWidget()
    grid = QGridLayout(inner)
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(0)
    for row, (name, value) in enumerate(lines):
        grid.addWidget(_line(name, tone="dim"), row, 0, Qt.AlignmentFlag.AlignTop)
        shown = _line(value)
        shown.setWordWrap(True)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if DIGITS.fullmatch(value):
            shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        grid.addWidget(shown, row, 1)
    grid.setColumnStretch(1, 1)
    grid.setRowStretch(len(lines), 1)
    return inner


def _line(words: str, tone: str = "") -> QLabel:
    made = label(words, tone=tone)
    made.setMinimumHeight(LINE)
    return made


def code_words(instruction: Instruction) -> str:
    """The code in two halves, as a person reads it to another."""
    code = instruction.code
    return tr("Code: {code}").format(code=f"{code[:HALF]}-{code[HALF:]}")


def clock_words(nanoseconds: int) -> str:
    """Minutes and seconds that are left, a begun second counted whole."""
    seconds = max(0, -(-nanoseconds // 10**9))
    return f"{seconds // 60}:{seconds % 60:02d}"
