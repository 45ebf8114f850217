"""What terminals show of the authority: a frozen picture that a widget receives and draws."""

from __future__ import annotations

from dataclasses import dataclass

from engine.authorisation.break_glass import BreakGlass
from engine.authorisation.expected import Expected
from engine.authorisation.people import People
from engine.authorisation.proposal import Proposal
from engine.authorisation.rules import Missing, missing
from engine.routing import OrderReport
from engine.snapshot import FeedState
from engine.text import Text


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as a window shows it.

    Attributes:
        proposal: Instruction, signatures and state.
        expected: What its maker's station expected.
        orders: What the other side last said of each order that has left.
    """

    proposal: Proposal
    expected: Expected
    orders: tuple[OrderReport, ...]

    def missing(self, people: People) -> tuple[Missing, ...]:
        """Which approvals are not there yet, and who could give them; none where it is too late."""
        if not self.proposal.state.open_to_signatures:
            return ()
        approvals = [accepted.signed for accepted in self.proposal.approvals]
        return missing(people, self.proposal.instruction.maker, approvals)


@dataclass(frozen=True, slots=True)
class GlassView:
    """A break-glass as a window shows it; ``reviewer`` is empty until somebody else has looked at it."""

    said: BreakGlass
    reviewer: str


@dataclass(frozen=True, slots=True)
class AuthorityPicture:
    """Everything the authority has said.

    Attributes:
        state: Whether it may be relied on: only LIVE permits signing.
        sequence: Of the last change; 0 before the first.
        as_of: Wall nanoseconds of the authority's last word.
        executor: Whether an executor gate stands behind it.
        people: Everybody, each change checked by this station itself.
        proposals: The newest first.
        fault: Why it is not believed, where that is so.
        broken: Every break-glass, the newest first.
    """

    state: FeedState
    sequence: int
    as_of: int
    executor: bool
    people: People
    proposals: tuple[ProposalView, ...]
    fault: Text | None = None
    broken: tuple[GlassView, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """What came of a question: 16 bytes that name it, and why not, where it was refused."""

    request: bytes
    accepted: bool
    reason: Text | None
