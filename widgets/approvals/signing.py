"""The dialog in which a person signs exactly what is shown, or does not; not to sign is the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QWidget

from engine.authorisation.approval import Act
from engine.authorisation.instruction import LONGEST_REASON, Instruction, code_as_typed
from engine.authorisation.people import Role
from engine.text import Text
from widgets.approvals.instruction_pane import InstructionPane
from widgets.approvals.market import MarketLine
from widgets.approvals.parts import SHORT, clock_words, form_grid, role_box
from widgets.approvals.passphrase_dialog import PassphraseDialog
from widgets.language import tr
from widgets.panel import label, set_tone
from widgets.theme import Theme

SIZE: Final = (940, 560)


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


class SigningDialog(PassphraseDialog):
    """Shows an instruction, made from its bytes, and takes a signature for one act.

    Args:
        theme: Colours.
        instruction: What is signed.
        act: Propose, approve, veto or withdraw.
        roles: In which the person may do it.
        code_wanted: Whether the code that the other station shows has to be typed in.
        parent: The window.
    """

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
        super().__init__("signing", parent)
        self.instruction, self.act, self.code_wanted = instruction, act, code_wanted
        self.countdown = label(strong=True, name="signing_countdown")
        self.role = role_box(roles)
        self.code_field, self.reason = self.field("code"), self.field("reason", LONGEST_REASON)
        self.pane = InstructionPane(theme, "signing", self.code_field)
        self.pane.show_instruction(instruction, code_wanted=code_wanted)
        self.table, self.market, self.code = self.pane.table, self.pane.table.market, self.pane.code
        self._write()
        self.head.addWidget(self.code)
        self.head.addWidget(self.countdown)
        fields: list[tuple[str, QWidget]] = [(tr("Role"), self.role)]
        if code_wanted:
            fields.append((self.pane.code_name.text(), self.code_field))
        if self._needs_reason:
            fields.append((tr("Reason"), self.reason))
        rows = self.lay_out(self.pane, form_grid(*fields, (tr("Passphrase"), self.passphrase)))
        width, least = SIZE
        margins = rows.contentsMargins()
        lacking = self.pane.missing_height(width - margins.left() - margins.right())
        self.fit(width, max(least, self.sizeHint().height() + lacking))

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The statement as it stands on this screen."""
        return self.pane.lines

    @property
    def shown(self) -> bytes:
        """Digest of what really stands on this screen."""
        return self.pane.digest

    def show_market(self, lines: tuple[MarketLine, ...], obstacle: Text | None) -> None:
        """Follow the market; ``obstacle`` is why nothing may be signed at all now: then the dialog closes itself."""
        self.table.show_market(lines)
        if obstacle is not None and not self.is_waiting:
            self.end(obstacle)
            return
        self.judge()

    def show_time_left(self, nanoseconds: int | None) -> None:
        """Count down; at 0 the dialog closes itself. None where no time runs yet."""
        if nanoseconds is None:
            self.countdown.setText("")
            return
        self.countdown.setText(tr("{time} left").format(time=clock_words(nanoseconds)))
        set_tone(self.countdown, "tone", "close" if nanoseconds <= SHORT else "warning")

    def missing(self) -> list[str]:
        """A market inside the collars, the code of the other workstation, a reason: whatever the act needs."""
        found = []
        if self.act is Act.APPROVE and any(not line.is_inside for line in self.market.lines):
            found.append(tr("The market is outside what would be signed."))
        if self.code_wanted and code_as_typed(self.code_field.text()) != self.instruction.code:
            found.append(tr("Type the code that the other workstation shows."))
        if self._needs_reason and not self.reason.text().strip():
            found.append(tr("Give a reason."))
        return found

    def form(self) -> SignForm:
        """What has been filled in."""
        return SignForm(
            self.instruction.fingerprint,
            self.act,
            self.role.currentData(),
            self.passphrase.text(),
            self.reason.text().strip(),
            self.shown,
        )

    @property
    def _needs_reason(self) -> bool:
        """A proposal has its reason in the instruction already, and an approval is of that."""
        return self.act in (Act.VETO, Act.REVOKE)

    def _write(self) -> None:
        """What is signed, in words. The language stays while the dialog is open: it is part of what is signed."""
        title, button = {
            Act.PROPOSE: (tr("Propose the forced close of {account}"), tr("Sign and propose")),
            Act.APPROVE: (tr("Approve the forced close of {account}"), tr("Sign and approve")),
            Act.VETO: (tr("Veto the forced close of {account}"), tr("Sign the veto")),
            Act.REVOKE: (tr("Withdraw the forced close of {account}"), tr("Sign the withdrawal")),
        }[self.act]
        self.heading.setText(title.format(account=self.instruction.account))
        self.setWindowTitle(self.heading.text())
        self.sign.setText(button)
