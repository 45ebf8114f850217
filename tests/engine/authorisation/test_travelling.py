"""Proposals and signatures as files: read back, and refused wherever anything in them is not what was signed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from engine.authorisation.approval import Act
from engine.authorisation.people import RefusedError
from engine.authorisation.travelling import (
    PROPOSAL,
    Opened,
    TravellingProposal,
    opened,
    read_signature_file,
    signature_file,
)
from engine.text import BadInputError
from feeds.signing import verify
from terminal.catalogue import translator
from tests.engine.authorisation.cast import (
    START,
    WALL,
    founding,
    instruction,
    later,
    secret,
    signed,
    staff,
    staff_changes,
    words,
)

MADE = instruction()
MAKER, OFFICER, DIRECTOR = (
    signed(words(MADE, act, person))
    for act, person in ((Act.PROPOSE, "maker"), (Act.APPROVE, "officer"), (Act.APPROVE, "director"))
)
WHOLE = TravellingProposal(MADE.content, (MAKER, OFFICER), staff_changes())
FOUNDING = founding().change.digest


def opening(travelling: TravellingProposal, wall: int = WALL, trusted: bytes = FOUNDING) -> Opened:
    return opened(travelling, trusted, verify, translator, wall)


def resealed(file: bytes) -> bytes:
    """With the sum that fits."""
    return file[:-32] + sha256(file[:-32]).digest()


def test_a_file_is_read_back_and_opens_to_what_was_proposed() -> None:
    found = opening(TravellingProposal.read(WHOLE.file))
    assert (found.instruction, found.approvals) == (MADE, (OFFICER,))
    assert found.people == staff()


@pytest.mark.parametrize("kept", [0, 10, 500, -33, -1])
def test_a_file_that_is_cut_off_is_refused(kept: int) -> None:
    with pytest.raises(BadInputError):
        TravellingProposal.read(WHOLE.file[:kept])


def test_every_byte_that_is_changed_is_noticed() -> None:
    file = WHOLE.file
    for place in range(0, len(file), 997):
        with pytest.raises(BadInputError):
            TravellingProposal.read(file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :])


def test_whoever_writes_the_sum_anew_changes_nothing_that_was_signed() -> None:
    file = WHOLE.file
    start = file.index(MADE.content)
    for place in range(start, start + len(MADE.content)):
        changed = resealed(file[:place] + bytes([file[place] ^ 1 << place % 8]) + file[place + 1 :])
        with pytest.raises((BadInputError, RefusedError)):
            opening(TravellingProposal.read(changed))


def test_parts_that_are_missing_or_too_many_are_refused() -> None:
    fewer = replace(WHOLE, changes=WHOLE.changes[:-1])
    count = (len(WHOLE.changes), len(fewer.changes))
    assert fewer.file.count(bytes([count[1]])) > 0
    head = len(PROPOSAL) + 4 + int.from_bytes(WHOLE.file[len(PROPOSAL) :][:4], "big")
    with pytest.raises(BadInputError, match="cut off"):
        TravellingProposal.read(resealed(WHOLE.file[:head] + fewer.file[head:]))
    with pytest.raises(BadInputError):
        TravellingProposal.read(resealed(WHOLE.file[:-32] + b"more" + bytes(32)))


def test_people_of_other_founders_are_not_believed() -> None:
    with pytest.raises(RefusedError, match="founded by another change"):
        opening(WHOLE, trusted=bytes(32))


def test_a_change_of_people_that_nobody_signed_is_refused() -> None:
    forged = replace(WHOLE.changes[1], signatures=WHOLE.changes[2].signatures)
    with pytest.raises(RefusedError, match="does not fit"):
        opening(replace(WHOLE, changes=(WHOLE.changes[0], forged, *WHOLE.changes[2:])))


def test_an_old_proposal_is_not_signed_any_more() -> None:
    with pytest.raises(RefusedError, match="too old"):
        opening(WHOLE, later(136, START).wall)


@pytest.mark.parametrize(
    ("approvals", "why"),
    [
        ((OFFICER, OFFICER), "given before"),
        ((OFFICER, signed(words(MADE, Act.APPROVE, "officer 2"))), "has approved already"),
        ((signed(words(MADE, Act.APPROVE, "officer"), by="director"),), "does not fit"),
        ((signed(words(instruction(2), Act.APPROVE, "officer")),), "another instruction"),
        ((signed(words(MADE, Act.VETO, "officer")),), "not an approval"),
    ],
)
def test_signatures_that_do_not_count_are_refused(approvals: tuple[object, ...], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        opening(replace(WHOLE, words=(MAKER, *approvals)))  # type: ignore[arg-type]


def test_who_signs_as_maker_is_the_maker() -> None:
    forged = signed(words(MADE, Act.PROPOSE, "officer"))
    with pytest.raises(RefusedError, match="signed by its maker"):
        opening(replace(WHOLE, words=(forged, DIRECTOR)))


def test_a_signature_is_read_back_and_a_damaged_one_refused() -> None:
    file = signature_file(OFFICER)
    assert read_signature_file(file) == OFFICER
    assert verify(secret("officer").public, OFFICER.approval.context, OFFICER.approval.content, OFFICER.signature)
    for place in range(0, len(file), 211):
        with pytest.raises(BadInputError):
            read_signature_file(file[:place] + bytes([file[place] ^ 8]) + file[place + 1 :])
    with pytest.raises(BadInputError, match="another format"):
        read_signature_file(WHOLE.file)
