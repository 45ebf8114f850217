"""The dialog in which a person goes through the accounts of a batch, visits each, and signs them together.

The list tells of every account whether it was visited and what stands against it. One passphrase signs, but only what
was visited: each with its own words over its own bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.authorisation.approval import Act
from engine.authorisation.batch import Batch, Page, Stage
from engine.authorisation.people import Role
from engine.text import Text
from widgets.approvals.batch_list import WIDTHS, BatchModel, Column, state_cell
from widgets.approvals.instruction_pane import InstructionPane
from widgets.approvals.market import MarketLine
from widgets.approvals.parts import form_grid, role_box
from widgets.approvals.passphrase_dialog import PassphraseDialog
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import label
from widgets.tables import DenseTable, set_widths
from widgets.theme import Theme

SIZE: Final = (1400, 800)
LIST: Final = 560
NEXT_KEY: Final = "F6"


@dataclass(frozen=True, slots=True)
class VisitedPage:
    """An account that is signed: its instruction, and what was on screen of it since when."""

    fingerprint: bytes
    shown: bytes
    shown_at: int


@dataclass(frozen=True, slots=True)
class BatchForm:
    """What a person has filled in, for every account that is signed with it."""

    act: Act
    role: Role
    passphrase: str
    pages: tuple[VisitedPage, ...]


class BatchDialog(PassphraseDialog):
    """Shows the pages of a batch, and takes one passphrase for all that were visited.

    Args:
        theme: Colours.
        batch: The accounts.
        act: Propose or approve.
        roles: In which the person may do it.
        parent: The window.
    """

    page_shown = Signal(int)
    """The place of the account whose instruction has come on screen."""

    def __init__(
        self, theme: Theme, batch: Batch, act: Act, roles: Sequence[Role], parent: QWidget | None = None
    ) -> None:
        super().__init__("batch", parent)
        self.act, self.batch = act, batch
        self._shown: dict[bytes, bytes] = {}
        self._on_page: bytes | None = None
        self._lost: Text | None = None
        self.model, self.list = BatchModel(self), DenseTable(theme)
        self.list.setObjectName("batch_list")
        self.list.setModel(self.model)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setFixedWidth(LIST)
        set_widths(self.list.horizontalHeader(), WIDTHS, Column.STATE)
        # No time runs before a proposal has been made.
        self.list.setColumnHidden(Column.LEFT, act is Act.PROPOSE)
        self.progress = label(tone="dim", name="batch_progress")
        self.account, self.standing = label(strong=True), label(name="batch_standing")
        self.standing.setWordWrap(True)
        self.role = role_box(roles)
        self.code_field = self.field("code")
        self.pane = InstructionPane(theme, "batch", self.code_field)
        self.code = self.pane.code
        self.next, self.leave_out = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        self.next.setObjectName("batch_next")
        self.leave_out.setObjectName("batch_leave_out")
        self._write()
        self._lay_out()
        self._connect()
        self.model.show(batch)
        self.list.selectRow(0)
        self._show_page()
        self.list.setFocus()

    @property
    def place(self) -> int:
        """The account on screen."""
        return max(self.list.currentIndex().row(), 0)

    @property
    def page(self) -> Page:
        """Likewise, as it stands."""
        return self.batch.pages[self.place]

    def take(self, batch: Batch) -> None:
        """Follow what has become of the accounts; what the person has visited and typed is part of the batch."""
        if batch is not self.batch:
            self.batch = batch
            self.model.show(batch)
            self._show_page()

    def shown(self, fingerprint: bytes) -> bytes:
        """Digest of what really stood on this screen of an instruction."""
        return self._shown[fingerprint]

    def show_market(self, lines: tuple[MarketLine, ...]) -> None:
        """Follow the market of the account on screen."""
        self.pane.table.show_market(lines)

    def show_lost(self, why: Text | None) -> None:
        """Say at once that nothing can be signed because a feed or the line is lost; None once it is back."""
        if why != self._lost:
            self._lost = why
            self.pane.set_outdated(why is not None)
            self.judge()

    @property
    def obstacles(self) -> list[str]:
        """Why nobody can sign now. There is no way around any of them but to leave an account out."""
        if self._lost is not None:
            closes = tr("Nothing can be signed: {why}. The batch closes unless that passes at once.")
            return [closes.format(why=sentence(self._lost))]
        found, batch = [], self.batch
        awaited = sum(page.stage is Stage.AWAITED for page in batch.pages)
        if unvisited := len(batch.waiting) - awaited:
            found.append(tr("Visit every account that can be signed: {count} left.").format(count=count(unvisited)))
        if awaited:
            found.append(tr("Being planned: {count}.").format(count=count(awaited)))
        if not batch.signable and not batch.waiting:
            found.append(tr("There is no account that can be signed."))
        elif not self.passphrase.text():
            found.append(tr("Type your passphrase."))
        return found

    def form(self) -> BatchForm:
        """Every account that can be signed, with the digest of its own lines."""
        chosen = [self.batch.pages[place] for place in self.batch.signable]
        pages = tuple(
            VisitedPage(page.instruction.fingerprint, self.shown(page.instruction.fingerprint), page.shown_at)
            for page in chosen
            if page.instruction is not None
        )
        return BatchForm(self.act, self.role.currentData(), self.passphrase.text(), pages)

    def go_to_next(self) -> None:
        """Show the next account that was not visited; the passphrase where there is none."""
        place = self.batch.next_unvisited(self.place)
        if place is None:
            self.passphrase.setFocus()
            return
        self.list.selectRow(place)
        if self.code_field.isVisibleTo(self):
            self.code_field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """One key leads to the next account that was not visited, wherever the keyboard is."""
        if event.key() == Qt.Key.Key_F6:
            self.go_to_next()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Enter in the code goes on and never presses a button; Delete in the list leaves an account out."""
        if event.type() == QEvent.Type.KeyPress:
            key = cast("QKeyEvent", event).key()
            if watched is self.code_field and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self.page.is_visited:
                    self.go_to_next()
                return True
            if watched is self.list and key == Qt.Key.Key_Delete:
                self._on_leave_out()
                return True
        return super().eventFilter(watched, event)

    def arm(self) -> None:
        """The account on screen has been there for long enough to be read."""
        page = self.page
        if self.isVisible() and page.instruction is not None and page.instruction.fingerprint == self._on_page:
            self.take(self.batch.changed(self.place, read=True))

    def judge(self) -> None:
        """Let it be signed or say why not, and count."""
        batch, page = self.batch, self.page
        obstacles, under_way = self.obstacles, batch.is_under_way
        signed = sum(each.stage is Stage.SIGNED for each in batch.pages)
        is_done = bool(signed) and not batch.signable and not batch.waiting and not under_way
        self.sign.setEnabled(batch.may_submit and not obstacles)
        self.say(tr("Signing…") if under_way else "" if is_done else " ".join(obstacles))
        self.leave_out.setText(tr("Put back (Del)") if page.stage is Stage.LEFT_OUT else tr("Leave out (Del)"))
        self.leave_out.setEnabled(page.stage in (Stage.AWAITED, Stage.OPEN, Stage.LEFT_OUT))
        self.next.setEnabled(batch.next_unvisited(self.place) is not None)
        self.refuse.setText(tr("Close") if is_done else tr("Do not sign"))
        words = tr("Sign and propose {count}") if self.act is Act.PROPOSE else tr("Sign and approve {count}")
        self.sign.setText(words.format(count=count(len(batch.signable))))
        self.progress.setText(
            tr("{visited} of {all} visited · {ready} can be signed · {signed} signed").format(
                visited=count(sum(each.is_visited for each in batch.pages)),
                all=count(len(batch.pages)),
                ready=count(len(batch.signable)),
                signed=count(signed),
            )
        )

    def _on_sign(self) -> None:
        if self.obstacles or not self.batch.may_submit:
            return
        form = self.form()
        self.passphrase.clear()
        self.take(self.batch.submitted())
        self.signed.emit(form)

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list.installEventFilter(self)
        self.code_field.installEventFilter(self)
        self.code_field.textEdited.connect(self._on_typed)
        self.next.clicked.connect(self.go_to_next)
        self.leave_out.clicked.connect(self._on_leave_out)

    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_page()

    def _show_page(self) -> None:
        """Draw the account on screen; a page that has only just come up is not read yet."""
        page = self.page
        fingerprint = page.instruction.fingerprint if page.instruction is not None else None
        if fingerprint != self._on_page or (fingerprint is None and self.account.text() != page.account):
            self._on_page = fingerprint
            self._put_up(page)
        self.standing.setText("" if page.stage is Stage.OPEN and page.is_ready else state_cell(page).text)
        self.judge()

    def _put_up(self, page: Page) -> None:
        self._arming.stop()
        self.account.setText(page.account)
        self.pane.show_instruction(page.instruction, code_wanted=page.code_wanted)
        self.code_field.setText(page.typed)
        if page.instruction is not None:
            self._shown[page.instruction.fingerprint] = self.pane.digest
            self.page_shown.emit(self.place)
            if not page.read:
                self._arming.start()

    def _on_typed(self, typed: str) -> None:
        self.take(self.batch.changed(self.place, typed=typed))

    def _on_leave_out(self) -> None:
        self.take(self.batch.left_out(self.place))

    def _write(self) -> None:
        """What is signed, in words. The language stays while the dialog is open: it is part of what is signed."""
        proposing = self.act is Act.PROPOSE
        title = tr("Propose a batch of forced closes") if proposing else tr("Approve a batch of forced closes")
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.next.setText(tr("Next unvisited ({key})").format(key=NEXT_KEY))
        self.list.setAccessibleName(tr("Accounts of the batch"))

    def _lay_out(self) -> None:
        self.head.addWidget(self.progress)
        left, right, parts, buttons = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.list, 1)
        buttons.addWidget(self.next)
        buttons.addWidget(self.leave_out)
        buttons.addStretch(1)
        left.addLayout(buttons)
        top, code = QHBoxLayout(), QHBoxLayout()
        for row in (top, code):
            row.setSpacing(14)
        top.addWidget(self.account)
        top.addWidget(self.standing, 1)
        top.addWidget(self.code)
        code.addWidget(self.pane.code_name)
        code.addWidget(self.code_field, 1)
        right.setSpacing(8)
        right.addLayout(top)
        right.addWidget(self.pane, 1)
        right.addLayout(code)
        parts.setSpacing(12)
        parts.addLayout(left)
        parts.addLayout(right, 1)
        self.lay_out(parts, form_grid((tr("Role"), self.role), (tr("Passphrase"), self.passphrase)))
        self.fit(*SIZE)
