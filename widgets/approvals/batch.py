"""The dialog in which a person goes through the accounts of a batch, visits each, and signs them together.

The list tells of every account whether it was visited and what stands against it. One passphrase signs, but only what
was visited: each with its own words over its own bytes. Not to sign is the default, as in `widgets.approvals.signing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
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
from engine.authorisation.batch import Batch, Page, Stage
from engine.authorisation.people import Role
from engine.authorisation.statement import digest_of_shown, statement
from engine.text import Text
from widgets.approvals.batch_list import WIDTHS, BatchModel, Column, state_cell
from widgets.approvals.market import MarketLine, MarketModel
from widgets.approvals.parts import code_words, market_table, statement_area, statement_lines
from widgets.approvals.signing import ARMING
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import label
from widgets.tables import DenseTable, set_widths
from widgets.theme import Theme

SIZE = (1280, 760)
LIST = 480
NEXT_KEY = "F6"


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


class BatchDialog(QDialog):
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
    signed = Signal(object)
    """A `BatchForm`; outcomes follow by `settle`."""
    ended = Signal(object)
    """A `Text`, why the dialog has closed by itself."""

    def __init__(
        self, theme: Theme, batch: Batch, act: Act, roles: Sequence[Role], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("batch")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.act, self.batch = act, batch
        self._lines: dict[bytes, list[tuple[str, str]]] = {}
        self._on_page: bytes | None = None
        self.model, self.market = BatchModel(self), MarketModel(self)
        self.list, self.table = DenseTable(theme), market_table(theme, self.market)
        self.list.setObjectName("batch_list")
        self.list.setModel(self.model)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        set_widths(self.list.horizontalHeader(), WIDTHS, Column.STATE)
        self.heading, self.progress = label(strong=True), label(tone="dim", name="batch_progress")
        self.account, self.standing = label(strong=True), label(name="batch_standing")
        self.code = label(strong=True, name="batch_code")
        self.drill = label(strong=True, tone="warning", name="batch_drill")
        self.statement: QScrollArea = statement_area(statement_lines([]))
        self.code_field, self.passphrase, self.role = QLineEdit(), QLineEdit(), QComboBox()
        self.code_field.setObjectName("batch_code_field")
        self.passphrase.setObjectName("batch_passphrase_field")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        for role in roles:
            self.role.addItem(sentence(role.label), role)
        self.blocks = label(tone="call", name="batch_blocks")
        self.blocks.setWordWrap(True)
        self.code_name = label(tone="dim")
        self.next = QPushButton(autoDefault=False)
        self.leave_out = QPushButton(autoDefault=False)
        self.refuse, self.sign = QPushButton(), QPushButton(autoDefault=False)
        for button, name in ((self.next, "next"), (self.leave_out, "leave_out"), (self.refuse, "refuse")):
            button.setObjectName(f"batch_{name}")
        self.sign.setObjectName("batch_sign")
        self.refuse.setDefault(True)
        self._reading = QTimer(self, singleShot=True, interval=ARMING)
        self._lay_out()
        self._write()
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
        return digest_of_shown(self._lines[fingerprint])

    def show_market(self, lines: tuple[MarketLine, ...]) -> None:
        """Follow the market of the account on screen."""
        self.market.show(lines)

    def end(self, why: Text) -> None:
        """Close by itself: nothing at all may be signed now."""
        self.ended.emit(why)
        self.reject()

    @property
    def obstacles(self) -> list[str]:
        """Why nobody can sign now. There is no way around any of them but to leave an account out."""
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

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list.installEventFilter(self)
        self.code_field.installEventFilter(self)
        self.code_field.textEdited.connect(self._on_typed)
        self.passphrase.textEdited.connect(self._judge)
        self._reading.timeout.connect(self._on_read)
        self.next.clicked.connect(self.go_to_next)
        self.leave_out.clicked.connect(self._on_leave_out)
        self.refuse.clicked.connect(self.reject)
        self.sign.clicked.connect(self._on_sign)

    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_page()

    def _show_page(self) -> None:
        """Draw the account on screen; a page that has only just come up is not read yet."""
        page = self.page
        fingerprint = page.instruction.fingerprint if page.instruction is not None else None
        if fingerprint != self._on_page or (fingerprint is None and self.account.text() != page.account):
            self._on_page = fingerprint
            self._put_up(page)
        cell = state_cell(page)
        self.standing.setText("" if page.stage is Stage.OPEN and page.is_ready else cell.text)
        self._judge()

    def _put_up(self, page: Page) -> None:
        self._reading.stop()
        self.account.setText(page.account)
        self.market.show(())
        instruction = page.instruction
        lines: list[tuple[str, str]] = []
        if instruction is not None:
            lines = [line.translated(tr) for line in statement(instruction)]
            self._lines[instruction.fingerprint] = lines
        self.statement.setWidget(statement_lines(lines))
        self.code.setText(code_words(instruction) if instruction is not None and not page.code_wanted else "")
        self.drill.setVisible(instruction is not None and instruction.drill)
        self.code_field.setText(page.typed)
        for part in (self.code_field, self.code_name):
            part.setVisible(page.code_wanted)
        if instruction is not None:
            self.page_shown.emit(self.place)
            if not page.read:
                self._reading.start()

    def _on_read(self) -> None:
        page = self.page
        if self.isVisible() and page.instruction is not None and page.instruction.fingerprint == self._on_page:
            self.take(self.batch.changed(self.place, read=True))

    def _on_typed(self, typed: str) -> None:
        self.take(self.batch.changed(self.place, typed=typed))

    def _on_leave_out(self) -> None:
        self.take(self.batch.left_out(self.place))

    def _on_sign(self) -> None:
        if self.obstacles or not self.batch.may_submit:
            return
        chosen = [self.batch.pages[place] for place in self.batch.signable]
        pages = tuple(
            VisitedPage(
                page.instruction.fingerprint,
                self.shown(page.instruction.fingerprint),
                page.shown_at,
            )
            for page in chosen
            if page.instruction is not None
        )
        form = BatchForm(self.act, self.role.currentData(), self.passphrase.text(), pages)
        self.passphrase.clear()
        self.take(self.batch.submitted())
        self.signed.emit(form)

    def _judge(self) -> None:
        batch, page = self.batch, self.page
        pages = batch.pages
        under_way = batch.is_under_way
        obstacles = self.obstacles
        self.sign.setEnabled(batch.may_submit and not obstacles)
        self.blocks.setText(tr("Signing…") if under_way else " ".join(obstacles))
        self.leave_out.setText(tr("Put back (Del)") if page.stage is Stage.LEFT_OUT else tr("Leave out (Del)"))
        self.leave_out.setEnabled(page.stage in (Stage.AWAITED, Stage.OPEN, Stage.LEFT_OUT))
        self.next.setEnabled(batch.next_unvisited(self.place) is not None)
        signed = sum(each.stage is Stage.SIGNED for each in pages)
        is_done = bool(signed) and not batch.signable and not batch.waiting and not under_way
        self.refuse.setText(tr("Close") if is_done else tr("Do not sign"))
        self.sign.setText(self._sign_words().format(count=count(len(batch.signable))))
        self.progress.setText(
            tr("{visited} of {all} visited · {ready} can be signed · {signed} signed").format(
                visited=count(sum(each.is_visited for each in pages)),
                all=count(len(pages)),
                ready=count(len(batch.signable)),
                signed=count(signed),
            )
        )
        if is_done:
            self.blocks.setText("")

    def _sign_words(self) -> str:
        return tr("Sign and propose {count}") if self.act is Act.PROPOSE else tr("Sign and approve {count}")

    def _write(self) -> None:
        """Every text. The language stays while the dialog is open: it is part of what is signed."""
        proposing = self.act is Act.PROPOSE
        title = tr("Propose a batch of forced closes") if proposing else tr("Approve a batch of forced closes")
        self.setWindowTitle(title)
        self.heading.setText(title)
        self.drill.setText(tr("DRILL: nothing is traded"))
        self.next.setText(tr("Next unvisited ({key})").format(key=NEXT_KEY))
        self.code_name.setText(tr("Code of the other workstation"))
        self.code_field.setPlaceholderText("XXXX-XXXX")
        self.code_field.setAccessibleName(self.code_name.text())
        self.passphrase.setAccessibleName(tr("Passphrase"))
        self.role.setAccessibleName(tr("Role"))
        self.list.setAccessibleName(tr("Accounts of the batch"))
        self.table.setAccessibleName(tr("Market of the orders"))

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 12)
        rows.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.progress)
        rows.addLayout(head)
        parts = QHBoxLayout()
        parts.setSpacing(12)
        parts.addLayout(self._left())
        parts.addLayout(self._right(), 1)
        rows.addLayout(parts, 1)
        fields = QGridLayout()
        fields.setHorizontalSpacing(14)
        fields.addWidget(label(tr("Role"), tone="dim"), 0, 0)
        fields.addWidget(self.role, 0, 1)
        fields.addWidget(label(tr("Passphrase"), tone="dim"), 0, 2)
        fields.addWidget(self.passphrase, 0, 3)
        fields.setColumnStretch(3, 1)
        rows.addLayout(fields)
        foot = QHBoxLayout()
        foot.addWidget(self.blocks, 1)
        foot.addWidget(self.sign)
        foot.addWidget(self.refuse)
        rows.addLayout(foot)
        self.resize(*SIZE)

    def _left(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(6)
        self.list.setFixedWidth(LIST)
        left.addWidget(self.list, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.next)
        buttons.addWidget(self.leave_out)
        buttons.addStretch(1)
        left.addLayout(buttons)
        return left

    def _right(self) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.account)
        top.addWidget(self.standing, 1)
        top.addWidget(self.code)
        right.addWidget(self.drill)
        right.addLayout(top)
        right.addWidget(self.statement, 3)
        right.addWidget(self.table, 2)
        code = QHBoxLayout()
        code.setSpacing(14)
        code.addWidget(self.code_name)
        code.addWidget(self.code_field, 1)
        right.addLayout(code)
        return right
