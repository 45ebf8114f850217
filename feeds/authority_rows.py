"""Proposals and changes of people between the engine's types and the rows that travel and are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.authorisation.approval import Approval, SignedApproval
from engine.authorisation.expected import Expected
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import PublicKey, decode_signature
from engine.authorisation.moments import Moment
from engine.authorisation.people import People, PeopleChange, SignedChange
from engine.authorisation.proposal import Accepted, Proposal, State
from engine.routing import OrderReport, OrderState
from feeds.authority_messages import Counted, OrderLine, SignedChangeRow, Standing, When, Words
from feeds.faults import BadMessageError
from feeds.sentences import optional_sentence, optional_text

RECENT: Final = 200
"""Ended proposals that are kept at hand, and that terminals are shown."""


def signed_of(words: Words) -> SignedApproval:
    """What somebody signed.

    Raises:
        BadInputError: The bytes are not canonical.
    """
    return SignedApproval(Approval.read(words.content), decode_signature(words.signature))


def words_of(signed: SignedApproval) -> Words:
    """The row of it."""
    return Words(signed.approval.content, signed.signature.encode())


def standing_of(proposal: Proposal, expected: bytes, orders: tuple[OrderLine, ...]) -> Standing:
    """The row of a proposal that is no draft any more."""
    proposed, changed = proposal.proposed, proposal.changed
    if proposed is None or changed is None:
        raise ValueError("a draft stays at its maker's station")
    return Standing(
        proposal.instruction.content,
        proposal.state.value,
        _counted(proposed),
        tuple(map(_counted, proposal.approvals)),
        None if proposal.ending is None else _counted(proposal.ending),
        optional_sentence(proposal.reason),
        proposal.filled,
        when_of(changed),
        expected,
        orders,
    )


def proposal_of(standing: Standing, people: People) -> Proposal:
    """The proposal of a row.

    Raises:
        BadInputError: Bytes that are not canonical.
        BadMessageError: A state that does not exist, or a key that no person ever had.
    """
    if standing.state not in {state.value for state in State}:
        raise BadMessageError("shape", f"a proposal in state {standing.state[:32]}")
    return Proposal(
        Instruction.read(standing.content),
        State(standing.state),
        _accepted(standing.proposed, people),
        tuple(_accepted(each, people) for each in standing.approvals),
        None if standing.ending is None else _accepted(standing.ending, people),
        optional_text(standing.reason),
        standing.filled,
        moment_of(standing.changed),
    )


def expected_of(standing: Standing) -> Expected:
    """The figures that were expected. Raises BadInputError where the bytes are not canonical."""
    return Expected.read(standing.expected)


def ended_first(proposals: Iterable[Proposal], most: int) -> list[Proposal]:
    """The first of those that have ended, all but the newest ``most``: nobody keeps them at hand any longer."""
    ended = [each for each in proposals if each.state.is_final]
    return ended[: max(0, len(ended) - most)]


def when_of(moment: Moment) -> When:
    """The row of a moment."""
    return When(moment.wall, moment.monotonic, moment.boot)


def moment_of(when: When) -> Moment:
    """The moment of a row."""
    return Moment(when.wall, when.monotonic, when.boot)


def change_row(signed: SignedChange) -> SignedChangeRow:
    """The row of a change of people."""
    signatures = tuple((person, key, signature.encode()) for person, key, signature in signed.signatures)
    return SignedChangeRow(signed.change.content, signatures)


def change_of(row: SignedChangeRow) -> SignedChange:
    """The change of a row. Raises BadInputError where the bytes are not canonical."""
    signatures = tuple((person, key, decode_signature(signature)) for person, key, signature in row.signatures)
    return SignedChange(PeopleChange.read(row.content), signatures)


def line_of(report: OrderReport) -> OrderLine:
    """The row of a report."""
    figures = (report.filled, report.average, report.reason[:300], report.time)
    return OrderLine(report.identity, report.state.value, *figures)


def report_of(line: OrderLine) -> OrderReport:
    """The report of a row. Raises BadMessageError for a state that does not exist."""
    if line.state not in {state.value for state in OrderState}:
        raise BadMessageError("shape", f"an order in state {line.state[:32]}")
    return OrderReport(line.identity, OrderState(line.state), line.filled, line.average, line.reason, line.time)


def _counted(accepted: Accepted) -> Counted:
    return Counted(words_of(accepted.signed), when_of(accepted.at))


def _accepted(counted: Counted, people: People) -> Accepted:
    signed = signed_of(counted.words)
    return Accepted(signed, _key(people, signed.approval), moment_of(counted.at))


def _key(people: People, approval: Approval) -> PublicKey:
    """A key that is or was the person's."""
    person = people.persons.get(approval.person)
    for key in person.keys if person is not None else ():
        if key.fingerprint == approval.key:
            return key
    raise BadMessageError("key", f"the key of {approval.person} is in no change of people")
