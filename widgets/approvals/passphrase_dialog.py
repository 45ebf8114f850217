"""What every dialog that takes a signature has in common, so that nobody learns two ways of not signing by accident.

Not to sign is the default button; nobody signs what has only just come up; what stands against a signature is said, and
there is no way around it; a passphrase is typed for each signature and forgotten with it.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.text import Text
from widgets.language import sentence, tr
from widgets.panel import label

ARMING: Final = 1_500
"""Milliseconds before anybody can sign: nobody signs what has only just come up under their finger."""
SCREEN: Final = (9, 10)
"""Share of the screen that a dialog takes at most."""


class PassphraseDialog(QDialog):
    """Asks for a passphrase, says what is missing, and passes the form on.

    A subclass fills in `form` and `missing`, and lays its own parts between heading and foot with `lay_out`.

    Args:
        name: Of the dialog; the names of its parts begin with it.
        parent: The window.
    """

    signed = Signal(object)
    """The form; what came of it follows by `show_outcome`."""
    ended = Signal(object)
    """A `Text`, why the dialog has closed by itself."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_armed = self.is_waiting = False
        self._refused = ""
        self.heading = label(strong=True)
        self.head = QHBoxLayout()
        self.head.setSpacing(14)
        self.head.addWidget(self.heading, 1)
        self.blocks = label(tone="call", name=f"{name}_blocks")
        self.blocks.setWordWrap(True)
        # Two lines from the beginning: buttons that move while somebody types are pressed by mistake.
        self.blocks.setMinimumHeight(2 * self.blocks.fontMetrics().lineSpacing())
        self.passphrase = self.field("passphrase")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(tr("Passphrase"))
        self.refuse, self.sign = QPushButton(tr("Do not sign")), QPushButton(autoDefault=False)
        self.refuse.setObjectName(f"{name}_refuse")
        self.sign.setObjectName(f"{name}_sign")
        self.refuse.setDefault(True)
        self.refuse.clicked.connect(self.reject)
        self.sign.clicked.connect(self._on_sign)
        self._arming = QTimer(self, singleShot=True, interval=ARMING)
        self._arming.timeout.connect(self.arm)

    def form(self) -> object:
        """What has been filled in; nothing is signed before everything is."""
        raise NotImplementedError

    def missing(self) -> list[str]:
        """What stands against a signature, but for the passphrase."""
        raise NotImplementedError

    @property
    def obstacles(self) -> list[str]:
        """Why nobody can sign now. There is no way around any of them."""
        found = [] if self.is_armed else [tr("Read it first.")]
        found += self.missing()
        if not self.passphrase.text():
            found.append(tr("Type your passphrase."))
        return found

    def field(self, name: str, longest: int = 32_767) -> QLineEdit:
        """A field whose content is judged as it is typed."""
        made = QLineEdit(maxLength=longest)
        made.setObjectName(f"{self.objectName()}_{name}_field")
        made.textEdited.connect(self.check)
        return made

    def check(self) -> None:
        """Look again whether it can be signed, after something was filled in."""
        self._refused = ""
        self.judge()

    def judge(self) -> None:
        """Let it be signed or say why not."""
        obstacles = self.obstacles
        self.sign.setEnabled(not obstacles and not self.is_waiting)
        self.say(tr("Signing…") if self.is_waiting else self._refused or " ".join(obstacles))

    def say(self, words: str) -> None:
        """Put words beside the buttons; a screen reader is told of them once."""
        if words != self.blocks.text():
            self.blocks.setText(words)

    def arm(self) -> None:
        """It has been on screen for long enough to be read."""
        self.is_armed = True
        self.judge()

    def show_outcome(self, reason: Text | None) -> None:
        """The signature counts, and the dialog is done; or it does not, for a reason that it shows."""
        self.is_waiting = False
        if reason is None:
            self.accept()
            return
        self.passphrase.clear()
        self._refused = f"✕ {sentence(reason)}"
        self.judge()

    def end(self, why: Text) -> None:
        """Close by itself."""
        self.ended.emit(why)
        self.reject()

    def lay_out(self, *parts: QWidget | QLayout) -> QVBoxLayout:
        """Heading, parts, and a foot with what stands against a signature beside the buttons; the first part grows."""
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.blocks, 1)
        foot.addWidget(self.sign)
        foot.addWidget(self.refuse)
        for number, part in enumerate((self.head, *parts, foot)):
            grows = int(number == 1)
            if isinstance(part, QWidget):
                rows.addWidget(part, grows)
            else:
                rows.addLayout(part, grows)
        self.refuse.setFocus()
        self.judge()
        return rows

    def fit(self, width: int, height: int) -> None:
        """Take a size, as far as the screen goes."""
        room, (part, of) = self.screen().availableGeometry(), SCREEN
        self.resize(min(width, room.width() * part // of), min(height, room.height() * part // of))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """From now on it can be read."""
        super().showEvent(event)
        if not event.spontaneous():
            self._arming.start()

    def _on_sign(self) -> None:
        if self.obstacles or self.is_waiting:
            return
        self.is_waiting = True
        form = self.form()
        self.judge()
        self.signed.emit(form)
