"""An instruction as it is signed, line by line from its bytes, and the market of its orders against the collars."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from engine.authorisation.instruction import Instruction
from engine.authorisation.statement import digest_of_shown, statement
from widgets.approvals.market_table import MarketTable
from widgets.approvals.parts import CODE_FORM, code_words, statement_lines
from widgets.language import tr
from widgets.panel import label
from widgets.theme import Theme


class InstructionPane(QWidget):
    """Shows one instruction after the other, or none; its code, or the field for it, is for the dialog to place.

    Args:
        theme: Colours.
        name: Of the dialog; the names of the parts begin with it.
        code_field: Where the code of the other workstation is typed.
    """

    def __init__(self, theme: Theme, name: str, code_field: QLineEdit) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []
        self._lines = QWidget()
        self.drill = label(tr("DRILL: nothing is traded"), strong=True, tone="warning", name=f"{name}_drill")
        self.code = label(strong=True, name=f"{name}_code")
        self.code_name, self.code_field = label(tr("Code of the other workstation"), tone="dim"), code_field
        code_field.setPlaceholderText(CODE_FORM)
        code_field.setAccessibleName(self.code_name.text())
        self.statement = QScrollArea()
        self.statement.setObjectName(f"{name}_statement")
        self.statement.setWidgetResizable(True)
        self.table = MarketTable(theme)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        rows.addWidget(self.drill)
        rows.addWidget(self.statement, 1)
        rows.addWidget(self.table)

    @property
    def digest(self) -> bytes:
        """Of what really stands on this screen."""
        return digest_of_shown(self.lines)

    def show_instruction(self, instruction: Instruction | None, *, code_wanted: bool) -> None:
        """Put it up: its statement, and its code or the field for the code of the other workstation."""
        self.lines = [line.translated(tr) for line in statement(instruction)] if instruction is not None else []
        self._lines = statement_lines(self.lines)
        self.statement.setWidget(self._lines)
        self.table.show_orders(instruction.orders if instruction is not None else ())
        self.drill.setVisible(instruction is not None and instruction.drill)
        self.code.setText(code_words(instruction) if instruction is not None and not code_wanted else "")
        self.code.setVisible(not code_wanted)
        for part in (self.code_name, self.code_field):
            part.setVisible(code_wanted)

    def set_outdated(self, outdated: bool) -> None:
        """Hatch a market that may not be true any more."""
        if bool(self.table.property("outdated")) != outdated:
            self.table.setProperty("outdated", outdated)
            self.table.viewport().update()

    def missing_height(self, width: int) -> int:
        """Pixels that the pane lacks, by its own hint, to have the whole statement in sight."""
        frame = 2 * self.statement.frameWidth()
        return self._lines.heightForWidth(width - frame) + frame - self.statement.sizeHint().height()
