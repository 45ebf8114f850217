"""The proposals of an authority as a table, the newest first."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QObject

from engine.authorisation.moments import APPROVAL_TIME, EXECUTION_TIME
from engine.authorisation.people import People
from engine.authorisation.picture import AuthorityPicture, ProposalView
from engine.authorisation.proposal import Proposal, State
from widgets.approvals.parts import SHORT, clock_words
from widgets.cells import Cell, Index, Tone
from widgets.flat_model import FlatModel
from widgets.language import sentence, tr
from widgets.numbers_text import count

WIDTHS = (96, 124, 60, 110, 150, 220, 66)
TONES = {
    State.PROPOSED: Tone.WARNING,
    State.SIGNED1: Tone.WARNING,
    State.SIGNED2: Tone.ACCENT,
    State.RESERVED: Tone.ACCENT,
    State.SENT: Tone.ACCENT,
    State.DONE: Tone.OK,
    State.PARTIAL: Tone.CALL,
    State.UNKNOWN: Tone.CLOSE,
}


class Column(IntEnum):
    """Columns of the table, left to right."""

    STATE = 0
    ACCOUNT = 1
    ORDERS = 2
    MAKER = 3
    SIGNED = 4
    MISSING = 5
    LEFT = 6


ALL_COLUMNS = tuple(Column)


def time_left(proposal: Proposal, wall: int) -> int | None:
    """Nanoseconds until it expires in the state it is in; None where no time runs."""
    if proposal.proposed is None or not proposal.state.open_to_signatures:
        return None
    if proposal.state is State.SIGNED2:
        return max(0, proposal.approvals[-1].at.wall + EXECUTION_TIME - wall)
    return max(0, min(proposal.proposed.at.wall + APPROVAL_TIME, proposal.instruction.expiry) - wall)


def missing_words(view: ProposalView, people: People) -> str:
    """Which approvals are not there yet, and who can give them."""
    parts = []
    for missing in view.missing(people):
        names = ", ".join(person.identity for person in missing.persons) or tr("nobody")
        parts.append(tr("{role}: {names}").format(role=sentence(missing.role.label), names=names))
    return " · ".join(parts)


class ProposalsModel(FlatModel):
    """What the authority has said of each proposal."""

    columns, texts = Column, frozenset(Column) - {Column.ORDERS, Column.LEFT}

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.picture: AuthorityPicture | None = None
        self._wall = 0

    def show(self, picture: AuthorityPicture, wall: int) -> None:
        """Take another picture, or the time that has passed since."""
        before, self._wall = self.picture, wall
        if before is None or len(before.proposals) != len(picture.proposals):
            self.beginResetModel()
            self.picture = picture
            self.endResetModel()
            return
        self.picture = picture
        self.changed()

    @property
    def proposals(self) -> tuple[ProposalView, ...]:
        """The newest first."""
        return self.picture.proposals if self.picture is not None else ()

    def rows(self) -> int:
        """One row a proposal."""
        return len(self.proposals)

    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""
        return (
            tr("State"),
            tr("Account"),
            tr("Orders"),
            tr("Proposed by"),
            tr("Signed by"),
            tr("Still missing"),
            tr("Time left"),
        )

    def tip(self, index: Index) -> str:
        """The reason, where there is one."""
        reason = self.proposals[index.row()].proposal.reason
        return sentence(reason) if reason is not None else self.cell(index).text

    def cell(self, index: Index) -> Cell:
        """What a cell shows."""
        view, people = self.proposals[index.row()], self.picture.people if self.picture is not None else People()
        proposal = view.proposal
        instruction = proposal.instruction
        match ALL_COLUMNS[index.column()]:
            case Column.STATE:
                words = sentence(proposal.label)
                drill = f"{tr('DRILL')} · {words}" if instruction.drill else words
                cell = Cell(drill, TONES.get(proposal.state, Tone.DIM), strong=True, right=False, raw=proposal.state)
            case Column.ACCOUNT:
                cell = Cell(instruction.account, right=False)
            case Column.ORDERS:
                filled = sum(proposal.filled)
                whole = sum(order.quantity for order in instruction.orders)
                words = f"{count(filled)}/{count(whole)}" if filled else count(len(instruction.orders))
                cell = Cell(words, raw=(len(instruction.orders), 0))
            case Column.MAKER:
                cell = Cell(instruction.maker, Tone.DIM, right=False)
            case Column.SIGNED:
                names = [accepted.signed.approval.person for accepted in proposal.approvals]
                cell = Cell(
                    " · ".join(f"✓ {name}" for name in names) or "–", Tone.OK if names else Tone.FAINT, right=False
                )
            case Column.MISSING:
                cell = Cell(missing_words(view, people), Tone.WARNING, right=False)
            case Column.LEFT:
                left = time_left(proposal, self._wall)
                cell = Cell()
                if left is not None:
                    tone = Tone.CLOSE if left <= SHORT else Tone.WARNING
                    cell = Cell(clock_words(left), tone, raw=(-(-left // 10**9), 0))
        return cell
