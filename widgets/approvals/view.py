"""The Approvals view: proposals of forced closes, who has signed, who has to, and what became of the orders."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Signal
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QVBoxLayout

from engine.authorisation.approval import Act
from engine.authorisation.people import Role
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import State
from engine.authorisation.rules import APPROVERS
from engine.snapshot import FeedState
from engine.text import Text
from widgets.approvals.proposals import WIDTHS, Column, ProposalsModel
from widgets.flow_row import FlowRow
from widgets.language import sentence, tr
from widgets.numbers_text import count
from widgets.panel import ElidedLabel, View, set_tone
from widgets.status import state_word
from widgets.tables import DenseTable, fit_columns, set_widths
from widgets.theme import Theme


class ApprovalsView(View):
    """Draws an `AuthorityPicture`; asks for the dialog in which a person signs."""

    signing_requested = Signal(object, object)
    """A `ProposalView` and an `Act`."""
    batch_requested = Signal(object)
    """Every `ProposalView` that is to be approved together."""

    glass_requested = Signal()
    """A person wants to break the glass."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("approvals", theme)
        self.model = ProposalsModel(self)
        self.table = DenseTable(theme)
        self.table.setObjectName("approvals_table")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        set_widths(self.table.horizontalHeader(), WIDTHS, Column.MISSING)
        self.message = ElidedLabel()
        self.message.setObjectName("approvals_message")
        self.message.setContentsMargins(10, 4, 10, 0)
        self.buttons = {act: QPushButton(autoDefault=False) for act in (Act.APPROVE, Act.VETO, Act.REVOKE)}
        for act, button in self.buttons.items():
            button.setObjectName(f"approvals_{act.name.lower()}")
            button.setEnabled(False)
        self.batch = QPushButton(autoDefault=False)
        self.batch.setObjectName("approvals_batch")
        self.batch.setEnabled(False)
        self.glass = QPushButton(autoDefault=False)
        self.glass.setObjectName("approvals_glass")
        self.person, self.roles = "", frozenset[Role]()
        self._told: Text | None = None
        self._waiting: Text | None = None
        self._lay_out()
        self._connect()
        self.retranslate()
        self.refresh()

    @property
    def chosen(self) -> ProposalView | None:
        """The proposal that is selected, else the newest."""
        row = max(self.table.currentIndex().row(), 0)
        return self.model.proposals[row] if row < len(self.model.proposals) else None

    @property
    def batch_chosen(self) -> tuple[ProposalView, ...]:
        """Proposals that this person may approve: of those selected where they are several, else of all; oldest first.

        The oldest has the least time left.
        """
        picture = self.model.picture
        if picture is None or picture.state is not FeedState.LIVE or not self.roles & frozenset(APPROVERS):
            return ()
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        views = enumerate(picture.proposals)
        chosen = [view for row, view in views if len(rows) < 2 or row in rows]
        able = [view for view in chosen if not self._is_involved(view) and self._missing(view, picture)]
        return tuple(reversed(able))

    def show_picture(self, picture: AuthorityPicture, person: str, wall: int) -> None:
        """Take in what the authority says, and the time; ``person`` is who sits here."""
        self.person = person
        known = picture.people.persons.get(person)
        self.roles = known.roles if known is not None else frozenset()
        self.model.show(picture, wall)
        self.refresh_when_visible()

    def show_unavailable(self, why: Text) -> None:
        """There is no authority to talk to."""
        self._waiting = why
        self.refresh_when_visible(at_once=True)

    def tell(self, words: Text | None) -> None:
        """Say what came of the last signature."""
        self._told = words
        self.refresh_when_visible(at_once=True)

    def focus_table(self) -> None:
        """Put the keyboard into the proposals."""
        self.refresh()
        self.table.setFocus()

    def refresh(self) -> None:
        """Draw what arrived last."""
        picture = self.model.picture
        if picture is None:
            headline = tr("No authority")
            hint = sentence(self._waiting) if self._waiting is not None else tr("Waiting for the authority.")
            self.show_placeholder(headline, hint)
            return
        if not picture.proposals:
            hint = tr("A plan under Forced close is put before the approvers by Propose.")
            self.show_placeholder(tr("Nothing is proposed"), hint)
        else:
            self.show_body()
        self._describe(picture)
        self._enable(picture)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.header.title.setText(tr("Approvals"))
        self.table.setAccessibleName(tr("Proposals of forced closes"))
        for act, words in (
            (Act.APPROVE, tr("Review and sign…")),
            (Act.VETO, tr("Veto…")),
            (Act.REVOKE, tr("Withdraw…")),
        ):
            self.buttons[act].setText(words)
        self.glass.setText(tr("Break-glass…"))
        self.glass.setToolTip(tr("Cancel all orders or block opening ones at once, by one risk officer (Ctrl+Shift+X)"))
        self.batch.setText(tr("Review several…"))
        self.batch.setToolTip(tr("Visit and sign every proposal that is selected, or all that wait for you"))
        self.model.headerDataChanged.emit(self.table.horizontalHeader().orientation(), 0, len(Column) - 1)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Paint with the tokens of ``theme`` from now on."""
        super().set_theme(theme)
        self.table.set_theme(theme)

    def _describe(self, picture: AuthorityPicture) -> None:
        waiting = sum(view.proposal.state.open_to_signatures for view in picture.proposals)
        parts = [tr("Authority {state}").format(state=state_word(picture.state))]
        parts.append(tr("waiting: {count}").format(count=count(waiting)))
        if not picture.executor:
            parts.append(tr("no executor gate"))
        who = ", ".join(sentence(role.label) for role in sorted(self.roles)) or tr("no role")
        parts.append(f"{self.person} ({who})")
        self.header.subtitle.setText(" · ".join(parts))
        self.glass.setEnabled(picture.state is FeedState.LIVE and Role.RISK_OFFICER in self.roles)
        tone, words = "dim", ""
        if picture.fault is not None:
            tone, words = "close", sentence(picture.fault)
        elif self._told is not None:
            tone, words = "call", sentence(self._told)
        elif (view := self.chosen) is not None and view.proposal.reason is not None:
            words = sentence(view.proposal.reason)
            # Signed and kept back is what somebody may still do something about.
            tone = "call" if view.proposal.state is State.SIGNED2 else "dim"
        self.message.setText(words)
        set_tone(self.message, "tone", tone)

    def _enable(self, picture: AuthorityPicture) -> None:
        """Only what this person may do with the chosen proposal; the authority decides in the end."""
        view = self.chosen
        able = picture.state is FeedState.LIVE and view is not None and view.proposal.state.open_to_signatures
        approver = bool(self.roles & frozenset(APPROVERS))
        involved = view is not None and self._is_involved(view)
        wanted = view is not None and bool(view.missing(picture.people))
        self.buttons[Act.APPROVE].setEnabled(able and approver and not involved and wanted)
        self.buttons[Act.VETO].setEnabled(able and approver)
        self.buttons[Act.REVOKE].setEnabled(able and involved)
        self.batch.setEnabled(len(self.batch_chosen) > 1)

    def _is_involved(self, view: ProposalView) -> bool:
        """Whether this person has proposed or approved it."""
        approvals = view.proposal.approvals
        return self.person in {
            view.proposal.instruction.maker,
            *(accepted.signed.approval.person for accepted in approvals),
        }

    def _missing(self, view: ProposalView, picture: AuthorityPicture) -> bool:
        return any(missing.role in self.roles for missing in view.missing(picture.people))

    def _ask_batch(self) -> None:
        if len(self.batch_chosen) > 1:
            self._told = None
            self.batch_requested.emit(self.batch_chosen)

    def _lay_out(self) -> None:
        self.header.row.addWidget(self.glass)
        # In the next line where the dock is narrow: what it asks for at least is taken from the docks beside it.
        foot = FlowRow(gap=6)
        foot.setContentsMargins(10, 4, 10, 6)
        for button in (*self.buttons.values(), self.batch):
            foot.addWidget(button)
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.message)
        rows.addLayout(foot)

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.table.resized.connect(self._fit_columns)
        self.batch.clicked.connect(self._ask_batch)
        self.glass.clicked.connect(self.glass_requested)
        for act, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, wanted=act: self._ask(wanted))

    def _ask(self, act: Act) -> None:
        if (view := self.chosen) is not None:
            self._told = None
            self.signing_requested.emit(view, act)

    def _fit_columns(self) -> None:
        fit_columns(self.table, WIDTHS, 120, (Column.MAKER, Column.ORDERS, Column.SIGNED))

    def _on_selected(self, selected: QItemSelection, before: QItemSelection) -> None:  # noqa: ARG002
        if (view := self.chosen) is not None:
            self.account_selected.emit(view.proposal.instruction.account)
        self.refresh()
