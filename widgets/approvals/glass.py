"""The dialogs of a break-glass: one officer signs it alone, and somebody else signs after that they have looked at it.

Neither leads to an order. Not to sign is the default, and nobody signs what has only just come up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from engine.authorisation.break_glass import DURATION, SHORTEST_REASON, BreakGlass, Measure
from engine.authorisation.instruction import LONGEST_REASON
from engine.authorisation.statement import shown_time
from engine.text import Text
from widgets.approvals.glass_banner import where_words
from widgets.approvals.parts import clock_words, statement_lines
from widgets.approvals.signing import ARMING
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import label

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


class PassphraseDialog(QDialog):
    """What both have in common: arming, a passphrase, words to type, what is missing, and not to sign by default."""

    signed = Signal(object)
    """The form; the dialog waits for `show_outcome`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._armed = self._waiting = False
        self._refused = ""
        self._obstacle: Text | None = None
        self.heading = label(strong=True)
        self.blocks = label(tone="call", name=f"{name}_blocks")
        self.blocks.setWordWrap(True)
        self.words, self.passphrase = QLineEdit(maxLength=LONGEST_REASON), QLineEdit()
        self.words.setObjectName(f"{name}_words")
        self.passphrase.setObjectName(f"{name}_passphrase")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(tr("Passphrase"))
        for field in (self.words, self.passphrase):
            field.textEdited.connect(self.check)
        self.refuse, self.sign = QPushButton(tr("Do not sign")), QPushButton(autoDefault=False)
        self.refuse.setObjectName(f"{name}_refuse")
        self.sign.setObjectName(f"{name}_sign")
        self.refuse.setDefault(True)
        self.refuse.clicked.connect(self.reject)
        self.sign.clicked.connect(self._on_sign)
        self._arming = QTimer(self, singleShot=True, interval=ARMING)
        self._arming.timeout.connect(self._arm)
        self._arming.start()

    def form(self) -> object:
        """What has been filled in."""
        raise NotImplementedError

    def missing(self) -> list[str]:
        """What has not been filled in yet, but for the passphrase."""
        raise NotImplementedError

    @property
    def obstacles(self) -> list[str]:
        """Why nobody can sign now."""
        found = [] if self._armed else [tr("Read it first.")]
        if self._obstacle is not None:
            found.append(f"{sentence(self._obstacle)}.")
        found += self.missing()
        if not self.passphrase.text():
            found.append(tr("Type your passphrase."))
        return found

    def show_obstacle(self, obstacle: Text | None) -> None:
        """Follow the line to the authority; the dialog stays, so that it can be signed as soon as the line is back."""
        if obstacle != self._obstacle:
            self._obstacle = obstacle
            self._judge()

    def show_outcome(self, reason: Text | None) -> None:
        """It counts, and the dialog is done; or it does not, for a reason that it shows."""
        self._waiting = False
        if reason is None:
            self.accept()
            return
        self.passphrase.clear()
        self._refused = f"✕ {sentence(reason)}"
        self._judge()

    def check(self) -> None:
        """Look again whether it can be signed, after something was filled in."""
        self._refused = ""
        self._judge()

    def _arm(self) -> None:
        self._armed = True
        self._judge()

    def _judge(self) -> None:
        obstacles = self.obstacles
        self.sign.setEnabled(not obstacles and not self._waiting)
        self.blocks.setText(tr("Signing…") if self._waiting else self._refused or " ".join(obstacles))

    def _on_sign(self) -> None:
        if self.obstacles or self._waiting:
            return
        self._waiting = True
        form = self.form()
        self._judge()
        self.signed.emit(form)

    def _lay_out(self, facts: QWidget, fields: QFormLayout) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        rows.addWidget(self.heading)
        rows.addWidget(facts)
        rows.addLayout(fields)
        rows.addWidget(self.blocks)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.sign)
        buttons.addWidget(self.refuse)
        rows.addLayout(buttons)
        if (inner := facts.layout()) is not None:
            inner.setContentsMargins(0, 0, 0, 0)
        self.resize(WIDTH, rows.totalHeightForWidth(WIDTH))
        self.refuse.setFocus()
        self._judge()


class GlassDialog(PassphraseDialog):
    """Breaks the glass.

    Args:
        person: Who sits here.
        account: The account that is selected in the window; empty where none is.
        parent: The window.
    """

    def __init__(self, person: str, account: str, parent: QWidget | None = None) -> None:
        super().__init__("glass", parent)
        self.setWindowTitle(tr("Break-glass"))
        self.heading.setText(tr("Break-glass: one risk officer alone, only to reduce risk"))
        self.measures = {measure: QRadioButton(sentence(measure.label)) for measure in Measure}
        self._group = QButtonGroup(self)
        for measure, button in self.measures.items():
            button.setObjectName(f"glass_{measure.name.lower()}")
            button.clicked.connect(self.check)
            self._group.addButton(button)
        self.measures[Measure.BLOCK_OPENS].setToolTip(
            tr("The executor gate sends nothing that opens, not even a lock.")
        )
        self.measures[Measure.CANCEL_ALL].setToolTip(
            tr("Every working order of the executor gate is withdrawn; nothing that waits is sent.")
        )
        self.account = QComboBox()
        self.account.setObjectName("glass_account")
        self.account.setAccessibleName(tr("For"))
        self.account.addItem(tr("every account"), "")
        if account:
            self.account.addItem(tr("account {account}").format(account=account), account)
        self.words.setAccessibleName(tr("Reason"))
        self.sign.setText(tr("Sign and break the glass"))
        lasts = tr("{time} min from the signature on, counted down in every window").format(time=clock_words(DURATION))
        facts = statement_lines(
            [
                (tr("Lasts"), lasts),
                (tr("Does"), tr("holds orders back or withdraws them; it never sends one")),
                (tr("After"), tr("on record, and to be reviewed by somebody else")),
                (tr("Signed by"), person),
            ]
        )
        self._lay_out(facts, self._fields())

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

    def _fields(self) -> QFormLayout:
        choice = QHBoxLayout()
        choice.setSpacing(18)
        for measure in (Measure.BLOCK_OPENS, Measure.CANCEL_ALL):
            choice.addWidget(self.measures[measure])
        choice.addStretch(1)
        fields = QFormLayout()
        fields.addRow(tr("What to do"), choice)
        fields.addRow(tr("For"), self.account)
        fields.addRow(tr("Reason"), self.words)
        fields.addRow(tr("Passphrase"), self.passphrase)
        return fields


class GlassReviewDialog(PassphraseDialog):
    """Reviews one.

    Args:
        said: What was signed.
        parent: The window.
    """

    def __init__(self, said: BreakGlass, parent: QWidget | None = None) -> None:
        super().__init__("glass_review", parent)
        self._said = said
        title = tr("Review the break-glass of {person}").format(person=said.person)
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.words.setAccessibleName(tr("Finding"))
        self.sign.setText(tr("Sign the review"))
        facts = statement_lines(
            [
                (tr("What was done"), sentence(said.measure.label)),
                (tr("For"), where_words(said)),
                (tr("From"), shown_time(said.begins)),
                (tr("Until"), shown_time(said.ends)),
                (tr("Reason"), said.reason),
                (tr("Signed by"), f"{said.person} · {said.workstation}"),
                (tr("Identity"), said.identity.hex()),
            ]
        )
        fields = QFormLayout()
        fields.addRow(tr("Finding"), self.words)
        fields.addRow(tr("Passphrase"), self.passphrase)
        self._lay_out(facts, fields)

    def missing(self) -> list[str]:
        """What the reviewer has found."""
        return [] if self.words.text().strip() else [tr("Say what you have found.")]

    def form(self) -> ReviewForm:
        """What has been filled in."""
        return ReviewForm(self._said, self.words.text().strip(), self.passphrase.text())
