"""The dialog in which a person signs exactly what is shown, or does not; not to sign is the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QMargins, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.authorisation.approval import Act
from engine.authorisation.instruction import Instruction, code_as_typed
from engine.authorisation.people import Role
from engine.authorisation.statement import digest_of_shown, statement
from engine.text import Text
from widgets.approvals.market import MarketLine, MarketModel
from widgets.approvals.parts import SHORT, clock_words, code_words, market_table, statement_area, statement_lines
from widgets.language import sentence, tr
from widgets.panel import label, set_tone
from widgets.theme import Theme

ARMING: Final = 1_500
"""Milliseconds before anybody can sign: nobody signs what has only just come up under their finger."""
SIZE = (940, 640)
MOST_ROWS: Final = 8
"""Orders of the market table that are in sight at once."""
SCREEN: Final = (9, 10)
"""Share of the screen's height that the dialog takes at most."""


@dataclass(frozen=True, slots=True)
class SignForm:
    """What a person has filled in.

    Attributes:
        fingerprint: Of the instruction.
        act: What is signed.
        role: In which role.
        passphrase: As typed.
        reason: In the person's words.
        shown: Digest of the lines on screen.
    """

    fingerprint: bytes
    act: Act
    role: Role
    passphrase: str
    reason: str
    shown: bytes


class SigningDialog(QDialog):
    """Shows an instruction, made from its bytes, and takes a signature for one act.

    Args:
        theme: Colours.
        instruction: What is signed.
        act: Propose, approve, veto or withdraw.
        roles: In which the person may do it.
        code_wanted: Whether the code that the other station shows has to be typed in.
        parent: The window.
    """

    signed = Signal(object)
    """A `SignForm`; the dialog waits for `show_outcome`."""
    ended = Signal(object)
    """A `Text`, why the dialog has closed by itself."""

    def __init__(
        self,
        theme: Theme,
        instruction: Instruction,
        act: Act,
        roles: Sequence[Role],
        *,
        code_wanted: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("signing")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.instruction, self.act = instruction, act
        self.code_wanted, self._roles = code_wanted, tuple(roles)
        self._armed = self._waiting = False
        self._refused = ""
        self.lines = [line.translated(tr) for line in statement(instruction)]
        self.heading, self.countdown = label(strong=True), label(name="signing_countdown")
        self.drill = label(strong=True, tone="warning", name="signing_drill")
        self.code = label(strong=True, name="signing_code")
        self.code_field, self.reason, self.passphrase = QLineEdit(), QLineEdit(), QLineEdit()
        for field, name in ((self.code_field, "code"), (self.reason, "reason"), (self.passphrase, "passphrase")):
            field.setObjectName(f"signing_{name}_field")
            field.textEdited.connect(self.check)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.role = QComboBox()
        for role in self._roles:
            self.role.addItem(sentence(role.label), role)
        self.blocks = label(tone="call", name="signing_blocks")
        self.blocks.setWordWrap(True)
        self.market = MarketModel(self)
        self.table = market_table(theme, self.market)
        self.refuse, self.sign = QPushButton(), QPushButton(autoDefault=False)
        self.refuse.setObjectName("signing_refuse")
        self.sign.setObjectName("signing_sign")
        self.refuse.setDefault(True)
        self.refuse.clicked.connect(self.reject)
        self.sign.clicked.connect(self._on_sign)
        self._lay_out()
        self._write()
        self._arming = QTimer(self, singleShot=True, interval=ARMING)
        self._arming.timeout.connect(self._arm)
        self._arming.start()
        self.refuse.setFocus()
        self._judge()

    @property
    def shown(self) -> bytes:
        """Digest of what really stands on this screen."""
        return digest_of_shown(self.lines)

    def show_market(self, lines: tuple[MarketLine, ...], obstacle: Text | None) -> None:
        """Follow the market; ``obstacle`` is why nothing may be signed at all now: then the dialog closes itself."""
        self.market.show(lines)
        if obstacle is not None and not self._waiting:
            self.end(obstacle)
            return
        self._judge()

    def show_time_left(self, nanoseconds: int | None) -> None:
        """Count down; at 0 the dialog closes itself. None where no time runs yet."""
        if nanoseconds is None:
            self.countdown.setText("")
            return
        self.countdown.setText(tr("{time} left").format(time=clock_words(nanoseconds)))
        set_tone(self.countdown, "tone", "close" if nanoseconds <= SHORT else "warning")

    def show_outcome(self, reason: Text | None) -> None:
        """The signature counts, and the dialog is done; or it does not, for a reason that it shows."""
        self._waiting = False
        if reason is None:
            self.accept()
            return
        self.passphrase.clear()
        self._refused = f"✕ {sentence(reason)}"
        self._judge()

    def end(self, why: Text) -> None:
        """Close by itself."""
        self.ended.emit(why)
        self.reject()

    @property
    def obstacles(self) -> list[str]:
        """Why nobody can sign now. There is no way around any of them."""
        found = []
        if not self._armed:
            found.append(tr("Read it first."))
        if self.act is Act.APPROVE and any(not line.is_inside for line in self.market.lines):
            found.append(tr("The market is outside what would be signed."))
        if self.code_wanted and code_as_typed(self.code_field.text()) != self.instruction.code:
            found.append(tr("Type the code that the other workstation shows."))
        if self._needs_reason and not self.reason.text().strip():
            found.append(tr("Give a reason."))
        if not self.passphrase.text():
            found.append(tr("Type your passphrase."))
        return found

    @property
    def _needs_reason(self) -> bool:
        """A proposal has its reason in the instruction already, and an approval is of that."""
        return self.act in (Act.VETO, Act.REVOKE)

    def _arm(self) -> None:
        self._armed = True
        self._judge()

    def _judge(self) -> None:
        obstacles = self.obstacles
        self.sign.setEnabled(not obstacles and not self._waiting)
        words = tr("Signing…") if self._waiting else self._refused or " ".join(obstacles)
        if words != self.blocks.text():
            self.blocks.setText(words)

    def check(self) -> None:
        """Look again whether it can be signed, after something was filled in."""
        self._refused = ""
        self._judge()

    def _on_sign(self) -> None:
        if self.obstacles or self._waiting:
            return
        self._waiting = True
        form = SignForm(
            self.instruction.fingerprint,
            self.act,
            self.role.currentData(),
            self.passphrase.text(),
            self.reason.text().strip(),
            self.shown,
        )
        self._judge()
        self.signed.emit(form)

    def _write(self) -> None:
        """Every text. The language stays while the dialog is open: it is part of what is signed."""
        account = self.instruction.account
        title = {
            Act.PROPOSE: tr("Propose the forced close of {account}"),
            Act.APPROVE: tr("Approve the forced close of {account}"),
            Act.VETO: tr("Veto the forced close of {account}"),
            Act.REVOKE: tr("Withdraw the forced close of {account}"),
        }[self.act].format(account=account)
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.drill.setText(tr("DRILL: nothing is traded"))
        self.drill.setVisible(self.instruction.drill)
        self.code.setText(code_words(self.instruction))
        self.code.setVisible(not self.code_wanted)
        self.refuse.setText(tr("Do not sign"))
        self.sign.setText(
            {
                Act.PROPOSE: tr("Sign and propose"),
                Act.APPROVE: tr("Sign and approve"),
                Act.VETO: tr("Sign the veto"),
                Act.REVOKE: tr("Sign the withdrawal"),
            }[self.act]
        )
        self.code_field.setPlaceholderText("XXXX-XXXX")
        self.table.setAccessibleName(tr("Market of the orders"))

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.code)
        top.addWidget(self.countdown)
        rows.addWidget(self.drill)
        rows.addLayout(top)
        inner = statement_lines(self.lines)
        area = statement_area(inner)
        rows.addWidget(area, 1)
        metrics = self.table.theme.metrics
        orders = min(len(self.instruction.orders), MOST_ROWS)
        self.table.setFixedHeight(metrics.header + orders * metrics.row + 2)
        rows.addWidget(self.table)
        rows.addLayout(self._fields())
        rows.addWidget(self.blocks)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.sign)
        buttons.addWidget(self.refuse)
        rows.addLayout(buttons)
        self._fit(rows.contentsMargins(), inner, area)

    def _fit(self, margins: QMargins, inner: QWidget, area: QScrollArea) -> None:
        """As high as it takes to have everything in sight, as far as the screen goes."""
        width, least = SIZE
        wanted = inner.heightForWidth(width - margins.left() - margins.right() - 2 * area.frameWidth())
        needed = self.sizeHint().height() - area.sizeHint().height() + wanted + 2 * area.frameWidth()
        part, of = SCREEN
        self.resize(width, max(least, min(needed, self.screen().availableGeometry().height() * part // of)))

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        wanted: list[tuple[str, QWidget]] = [(tr("Role"), self.role)]
        if self.code_wanted:
            wanted.append((tr("Code of the other workstation"), self.code_field))
        if self._needs_reason:
            wanted.append((tr("Reason"), self.reason))
        wanted.append((tr("Passphrase"), self.passphrase))
        for row, (name, field) in enumerate(wanted):
            field.setAccessibleName(name)
            grid.addWidget(label(name, tone="dim"), row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        return grid
