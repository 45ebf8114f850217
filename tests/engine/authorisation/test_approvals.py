"""Whose signature counts: two people, two keys, two roles, neither the maker; for exactly these bytes, in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.authorisation.approval import Act, Approval
from engine.authorisation.instruction import Instruction
from engine.authorisation.keys import Signature
from engine.authorisation.moments import SECOND
from engine.authorisation.people import ChangeKind, People, PeopleChange, RefusedError, Role
from engine.authorisation.proposal import Proposal, State
from engine.authorisation.statement import shown_digest
from engine.text import BadInputError
from feeds.signing import verify
from terminal.catalogue import translator
from tests.engine.authorisation.cast import (
    START,
    WALL,
    approved_by,
    instruction,
    jury,
    later,
    proposed,
    secret,
    signed,
    signed_by,
    signed_twice,
    staff,
    words,
)

MADE = instruction()


def refused(proposal: Proposal, approval: Approval, reason: str, by: str | None = None) -> None:
    with pytest.raises(RefusedError, match=reason):
        proposal.sign(signed(approval, by), jury(), START)


def changed(kind: ChangeKind, person: str, **fields: object) -> People:
    people = staff()
    change = PeopleChange(people.sequence, people.digest, WALL, kind, person, **fields)  # type: ignore[arg-type]
    return people.applied(signed_by(change, "admin 1", "admin 2"), verify)


def test_a_risk_officer_and_a_trading_director_approve_in_either_order() -> None:
    assert signed_twice(MADE).state is State.SIGNED2
    assert approved_by(approved_by(proposed(MADE), "director"), "officer").state is State.SIGNED2


def test_the_same_person_does_not_approve_twice() -> None:
    once = approved_by(proposed(MADE), "officer")
    refused(once, words(MADE, Act.APPROVE, "officer", nonce=bytes(16)), "officer has approved already")


def test_the_same_person_in_two_roles_does_not_approve_twice() -> None:
    both = frozenset((Role.RISK_OFFICER, Role.TRADING_DIRECTOR))
    people = changed(ChangeKind.ROLES, "officer", roles=both)
    once = proposed(MADE).sign(signed(words(MADE, Act.APPROVE, "officer")), jury(people), START)
    second = words(MADE, Act.APPROVE, "officer", role=Role.TRADING_DIRECTOR, nonce=bytes(16))
    with pytest.raises(RefusedError, match="has approved already"):
        once.sign(signed(second), jury(people), START)


def test_the_same_approval_does_not_count_twice() -> None:
    once = approved_by(proposed(MADE), "officer")
    refused(once, words(MADE, Act.APPROVE, "officer"), "given before")


def test_two_of_one_role_do_not_suffice() -> None:
    once = approved_by(proposed(MADE), "officer")
    refused(once, words(MADE, Act.APPROVE, "officer 2"), "a risk officer has approved already")


def test_the_maker_does_not_approve() -> None:
    made = instruction(maker="officer")
    refused(proposed(made), words(made, Act.APPROVE, "officer"), "maker does not approve")


def test_nobody_proposes_in_another_persons_name() -> None:
    with pytest.raises(RefusedError, match="signed by its maker"):
        Proposal(MADE).propose(signed(words(MADE, Act.PROPOSE, "officer")), jury(), START)
    with pytest.raises(RefusedError, match="does not fit"):
        Proposal(MADE).propose(signed(words(MADE, Act.PROPOSE, "maker"), "officer"), jury(), START)


def test_a_role_that_the_person_does_not_have_does_not_count() -> None:
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", role=Role.TRADING_DIRECTOR), "may not do this")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "maker"), "may not do this")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "admin 1"), "may not do this")
    refused(proposed(MADE), words(MADE, Act.VETO, "maker"), "may not do this")


def test_strangers_and_strange_keys_do_not_count() -> None:
    refused(proposed(MADE), replace(words(MADE, Act.APPROVE, "officer"), person="nobody"), "not known", "officer")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", key=bytes(32)), "unknown or revoked")
    director = secret("director").public.fingerprint
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", key=director), "unknown or revoked", "director")


def test_a_revoked_key_does_not_approve() -> None:
    people = changed(ChangeKind.REVOKE_KEY, "officer", key=secret("officer").public.fingerprint)
    with pytest.raises(RefusedError, match="unknown or revoked"):
        proposed(MADE).sign(signed(words(MADE, Act.APPROVE, "officer")), jury(people), START)


def test_a_key_revoked_after_its_signature_keeps_the_orders_back() -> None:
    people = changed(ChangeKind.REVOKE_KEY, "officer", key=secret("officer").public.fingerprint)
    with pytest.raises(RefusedError, match="unknown or revoked"):
        signed_twice(MADE).reserve(jury(people), later(1))
    assert signed_twice(MADE).reserve(jury(), later(1)).state is State.RESERVED


def test_a_signature_of_another_instruction_does_not_count() -> None:
    refused(proposed(MADE), words(instruction(2), Act.APPROVE, "officer"), "of another instruction")


def test_a_signature_for_another_purpose_or_role_does_not_count() -> None:
    approval = words(MADE, Act.APPROVE, "officer")
    for other in (replace(approval, act=Act.VETO), replace(approval, nonce=bytes(16)), replace(approval, expiry=2**62)):
        with pytest.raises(RefusedError, match="does not fit"):
            proposed(MADE).sign(replace(signed(approval), approval=other), jury(), START)


def test_a_screen_that_showed_something_else_is_found_out() -> None:
    other = shown_digest(instruction(account="A-999"), translator("en"))
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", shown=other), "shown something else")
    in_chinese = words(MADE, Act.APPROVE, "officer", language="zh_Hans")
    refused(proposed(MADE), in_chinese, "shown something else")
    true = replace(in_chinese, shown=shown_digest(MADE, translator("zh_Hans")))
    assert proposed(MADE).sign(signed(true), jury(), START).state is State.SIGNED1


def test_old_expired_and_early_signatures_do_not_count() -> None:
    old = WALL - 121 * SECOND
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", shown_at=old, signed_at=old), "too old")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", expiry=WALL), "too old")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", signed_at=WALL + 2 * SECOND), "clock of workstation")
    refused(proposed(MADE), words(MADE, Act.APPROVE, "officer", shown_at=WALL + 1), "clock of workstation")


def test_rules_of_another_version_are_not_guessed_at() -> None:
    made = instruction(policy=2)
    with pytest.raises(RefusedError, match="another version"):
        Proposal(made).propose(signed(words(made, Act.PROPOSE, "maker")), jury(), START)


def test_every_flipped_bit_of_an_approval_is_refused() -> None:
    genuine = signed(words(MADE, Act.APPROVE, "officer"))
    content = genuine.approval.content
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            try:
                other = Approval.read(bytes(flipped))
            except BadInputError:
                continue
            with pytest.raises(RefusedError):
                jury().check(MADE, replace(genuine, approval=other), WALL)


@pytest.mark.parametrize("half", ["ed25519", "ml_dsa"])
def test_flipped_bits_of_a_signature_are_refused(half: str) -> None:
    approval = words(MADE, Act.APPROVE, "officer")
    genuine = signed(approval).signature
    key, context, content = secret("officer").public, approval.context, approval.content
    raw = getattr(genuine, half)
    for place in range(len(raw)):
        # A bit of each of the 3,309 bytes, each in its turn; make crash flips all 26,472.
        for bit in range(8) if half == "ed25519" else (place % 8,):
            flipped = bytearray(raw)
            flipped[place] ^= 1 << bit
            other: Signature = replace(genuine, **{half: bytes(flipped)})
            assert not verify(key, context, content, other)


def test_an_instruction_and_its_signatures_belong_together() -> None:
    made: Instruction = MADE
    other = instruction(2)
    proposal = proposed(made)
    approval = words(other, Act.APPROVE, "officer")
    with pytest.raises(RefusedError, match="does not fit"):
        proposal.sign(
            replace(signed(approval), approval=replace(approval, fingerprint=made.fingerprint)), jury(), START
        )
