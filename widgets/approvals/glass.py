"""The dialogs of a break-glass: one officer signs it alone, and somebody else signs after that they have looked at it.

Neither leads to an order. Not to sign is the default, and nobody signs what has only just come up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QButtonGroup, QComboBox, QLayout, QRadioButton, QVBoxLayout, QWidget

from engine.authorisation.break_glass import DURATION, SHORTEST_REASON, BreakGlass, Measure
from engine.authorisation.instruction import LONGEST_REASON
from engine.authorisation.statement import shown_time
from engine.text import Text
from widgets.approvals.glass_banner import where_words
from widgets.approvals.parts import form_grid, statement_lines
from widgets.approvals.passphrase_dialog import PassphraseDialog
from widgets.language import sentence, tr
from widgets.numbers_text import count

MINUTE: Final = 60 * 10**9
WIDTH: Final = 660


@dataclass(frozen=True, slots=True)
class GlassForm:
    """What the officer has filled in; an empty account stands for every account."""

    measure: Measure
    account: str
    reason: str
    passphrase: str


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What the reviewer has filled in."""

    said: BreakGlass
    words: str
    passphrase: str


class GlassStatementDialog(PassphraseDialog):
    """What both have in common: facts, words to type, and a line to the authority that may be lost meanwhile."""

    def __init__(self, name: str, title: str, parent: QWidget | None) -> None:
        super().__init__(name, parent)
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.words = self.field("words", LONGEST_REASON)
        self._obstacle: Text | None = None

    @property
    def obstacles(self) -> list[str]:
        """A lost line as well. The dialog stays, so that it can be signed as soon as the line is back."""
        lost = [f"{sentence(self._obstacle)}."] if self._obstacle is not None else []
        return lost + super().obstacles

    def show_obstacle(self, obstacle: Text | None) -> None:
        """Follow the line to the authority."""
        if obstacle != self._obstacle:
            self._obstacle = obstacle
            self.judge()

    def put_together(self, facts: list[tuple[str, str]], *fields: tuple[str, QWidget | QLayout]) -> None:
        """Facts above what is filled in."""
        told = statement_lines(facts)
        if (inner := told.layout()) is not None:
            inner.setContentsMargins(0, 0, 0, 0)
        rows = self.lay_out(told, form_grid(*fields, (tr("Passphrase"), self.passphrase)))
        self.resize(WIDTH, rows.totalHeightForWidth(WIDTH))


class GlassDialog(GlassStatementDialog):
    """Breaks the glass.

    Args:
        person: Who sits here.
        account: The account that is selected in the window; empty where none is.
        parent: The window.
    """

    def __init__(self, person: str, account: str, parent: QWidget | None = None) -> None:
        super().__init__("glass", tr("Break-glass: one risk officer alone, only to reduce risk"), parent)
        self.measures = {
            Measure.BLOCK_OPENS: QRadioButton(
                tr("Block opening orders: the executor gate sends nothing that opens, not even a lock")
            ),
            Measure.CANCEL_ALL: QRadioButton(
                tr("Cancel all orders: every working order is withdrawn, and nothing that waits is sent")
            ),
        }
        self._group, choice = QButtonGroup(self), QVBoxLayout()
        choice.setSpacing(6)
        for measure, button in self.measures.items():
            button.setObjectName(f"glass_{measure.name.lower()}")
            button.clicked.connect(self.check)
            self._group.addButton(button)
            choice.addWidget(button)
        self.account = QComboBox()
        self.account.setObjectName("glass_account")
        self.account.addItem(tr("every account"), "")
        if account:
            self.account.addItem(tr("account {account}").format(account=account), account)
        self.sign.setText(tr("Sign and break the glass"))
        lasts = tr("{count} min from the signature on, counted down in every window")
        self.put_together(
            [
                (tr("Lasts"), lasts.format(count=count(DURATION // MINUTE))),
                (tr("Does"), tr("holds orders back or withdraws them; it never sends one")),
                (tr("After"), tr("on record, and to be reviewed by somebody else")),
                (tr("Signed by"), person),
            ],
            (tr("What to do"), choice),
            (tr("For"), self.account),
            (tr("Reason"), self.words),
        )

    @property
    def measure(self) -> Measure | None:
        """The one chosen."""
        return next((measure for measure, button in self.measures.items() if button.isChecked()), None)

    def missing(self) -> list[str]:
        """A measure, and a reason that says something."""
        found = [] if self.measure is not None else [tr("Choose what to do.")]
        short = SHORTEST_REASON - len(self.words.text().strip())
        if short > 0:
            found.append(tr("Give a reason: {count} more characters.").format(count=count(short)))
        return found

    def form(self) -> GlassForm:
        """What has been filled in."""
        measure = self.measure
        if measure is None:
            raise ValueError("nothing is signed before a measure is chosen")
        return GlassForm(measure, self.account.currentData(), self.words.text().strip(), self.passphrase.text())


class GlassReviewDialog(GlassStatementDialog):
    """Reviews one.

    Args:
        said: What was signed.
        parent: The window.
    """

    def __init__(self, said: BreakGlass, parent: QWidget | None = None) -> None:
        super().__init__("glass_review", tr("Review the break-glass of {person}").format(person=said.person), parent)
        self._said = said
        self.sign.setText(tr("Sign the review"))
        self.put_together(
            [
                (tr("What was done"), sentence(said.measure.label)),
                (tr("For"), where_words(said)),
                (tr("From"), shown_time(said.begins)),
                (tr("Until"), shown_time(said.ends)),
                (tr("Reason"), said.reason),
                (tr("Signed by"), f"{said.person} · {said.workstation}"),
                (tr("Identity"), said.identity.hex()),
            ],
            (tr("Finding"), self.words),
        )

    def missing(self) -> list[str]:
        """What the reviewer has found."""
        return [] if self.words.text().strip() else [tr("Say what you have found.")]

    def form(self) -> ReviewForm:
        """What has been filled in."""
        return ReviewForm(self._said, self.words.text().strip(), self.passphrase.text())
