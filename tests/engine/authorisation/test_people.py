"""People: founded by two, changed by two, one key one person, never fewer than two administrators."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.authorisation.keys import KeyCard, PublicKey
from engine.authorisation.people import (
    ChangeKind,
    People,
    PeopleChange,
    RefusedError,
    Role,
    SignedChange,
)
from engine.text import BadInputError
from feeds.signing import card_of, verify
from tests.engine.authorisation.cast import ROLES, WALL, addition, founding, secret, signed_by, staff

ADMINISTRATORS = ("admin 1", "admin 2")


def founded() -> People:
    return People().applied(founding(), verify)


def change(people: People, kind: ChangeKind, person: str, **fields: object) -> PeopleChange:
    return PeopleChange(people.sequence, people.digest, WALL, kind, person, **fields)  # type: ignore[arg-type]


def refused(people: People, signed: SignedChange, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        people.applied(signed, verify)


def test_everybody_has_the_role_and_key_they_were_given() -> None:
    people = staff()
    assert {name: people.persons[name].roles for name in ROLES} == {
        name: frozenset((role,)) for name, role in ROLES.items()
    }
    assert people.persons["maker"].key(secret("maker").public.fingerprint) == secret("maker").public


def test_the_founding_digest_stays_the_root_of_the_chain() -> None:
    assert staff().founding == founding().change.digest


@pytest.mark.parametrize("signers", [("admin 1",), ("admin 1", "admin 1"), ("admin 1", "maker"), ()])
def test_one_administrator_alone_changes_nothing(signers: tuple[str, ...]) -> None:
    people = founded()
    refused(people, signed_by(addition(people, "maker", Role.MAKER), *signers), r"two different|no administrator")


def test_the_founding_needs_both_signatures() -> None:
    refused(People(), replace(founding(), signatures=founding().signatures[:1]), "two different administrators")


def test_there_is_one_founding() -> None:
    people = founded()
    again = replace(founding().change, sequence=people.sequence, previous=people.digest)
    refused(people, signed_by(again, *ADMINISTRATORS), "no other does")


def test_a_signature_of_another_change_does_not_count() -> None:
    people = founded()
    good = signed_by(addition(people, "maker", Role.MAKER), *ADMINISTRATORS)
    other = addition(people, "maker", Role.RISK_OFFICER)
    refused(people, SignedChange(other, good.signatures), "does not fit")


def test_a_change_follows_the_last_one_and_is_not_replayed() -> None:
    people = founded()
    signed = signed_by(addition(people, "maker", Role.MAKER), *ADMINISTRATORS)
    refused(people.applied(signed, verify), signed, "does not follow")


def test_the_same_key_under_two_names_is_refused() -> None:
    people, key = staff(), secret("officer")
    thief = replace(addition(people, "thief", Role.TRADING_DIRECTOR), cards=(card_of("thief", key),))
    refused(people, signed_by(thief, *ADMINISTRATORS), "as a key of officer")


@pytest.mark.parametrize("half", ["ed25519", "ml_dsa"])
def test_half_a_key_under_two_names_is_refused(half: str) -> None:
    people, mixed = staff(), secret("thief").public
    mixed = replace(mixed, **{half: getattr(secret("officer").public, half)})
    card = KeyCard("thief", mixed, card_of("thief", secret("thief")).proof)
    refused(
        people, signed_by(replace(addition(people, "thief", Role.MAKER), cards=(card,)), *ADMINISTRATORS), "officer"
    )


def test_a_revoked_key_does_not_come_back_under_another_name() -> None:
    people = staff()
    revoked = change(people, ChangeKind.REVOKE_PERSON, "officer", reason="left")
    people = people.applied(signed_by(revoked, *ADMINISTRATORS), verify)
    thief = replace(addition(people, "thief", Role.MAKER), cards=(card_of("thief", secret("officer")),))
    refused(people, signed_by(thief, *ADMINISTRATORS), "as a key of officer")


def test_a_card_needs_the_secret_half_of_its_key() -> None:
    people = founded()
    stolen = KeyCard("maker", secret("maker").public, card_of("maker", secret("other")).proof)
    refused(
        people, signed_by(replace(addition(people, "maker", Role.MAKER), cards=(stolen,)), *ADMINISTRATORS), "own key"
    )


def test_a_card_is_of_the_person_it_names() -> None:
    people = founded()
    other = replace(addition(people, "maker", Role.MAKER), cards=(card_of("other", secret("maker")),))
    refused(people, signed_by(other, *ADMINISTRATORS), "card of their own")


def test_revoked_keys_are_nobodys_keys() -> None:
    people, key = staff(), secret("officer").public.fingerprint
    signed = signed_by(change(people, ChangeKind.REVOKE_KEY, "officer", key=key), *ADMINISTRATORS)
    after = people.applied(signed, verify)
    assert after.persons["officer"].key(key) is None
    assert after.persons["officer"] not in after.with_role(Role.RISK_OFFICER)
    again = change(after, ChangeKind.REVOKE_KEY, "officer", key=key)
    refused(after, signed_by(again, *ADMINISTRATORS), "no such key")


def test_a_lost_key_is_replaced_by_another() -> None:
    people = staff()
    fresh = secret("officer, second key")
    signed = signed_by(
        change(people, ChangeKind.ADD_KEY, "officer", cards=(card_of("officer", fresh),)), *ADMINISTRATORS
    )
    assert people.applied(signed, verify).persons["officer"].key(fresh.public.fingerprint) == fresh.public


@pytest.mark.parametrize("kind", [ChangeKind.REVOKE_PERSON, ChangeKind.ROLES])
def test_two_administrators_remain(kind: ChangeKind) -> None:
    people = staff()
    roles = frozenset((Role.MAKER,)) if kind is ChangeKind.ROLES else frozenset()
    refused(people, signed_by(change(people, kind, "admin 1", roles=roles), *ADMINISTRATORS), "have to remain")


@pytest.mark.parametrize("role", [Role.MAKER, Role.RISK_OFFICER, Role.TRADING_DIRECTOR])
def test_administrators_neither_propose_nor_approve(role: Role) -> None:
    people = staff()
    both = change(people, ChangeKind.ROLES, "officer", roles=frozenset((role, Role.ADMINISTRATOR)))
    refused(people, signed_by(both, *ADMINISTRATORS), "neither proposes nor approves")


def test_unknown_people_have_nothing_to_change() -> None:
    people = staff()
    for kind in (ChangeKind.ROLES, ChangeKind.REVOKE_KEY, ChangeKind.REVOKE_PERSON, ChangeKind.ADD_KEY):
        unknown = change(people, kind, "nobody", roles=frozenset((Role.MAKER,)))
        refused(people, signed_by(unknown, *ADMINISTRATORS), "nobody is not known")


def test_changes_are_read_back_from_their_bytes_and_damaged_ones_are_not() -> None:
    made = addition(founded(), "maker", Role.MAKER, Role.RISK_OFFICER)
    assert PeopleChange.read(made.content) == made
    with pytest.raises(BadInputError, match="change of people"):
        PeopleChange.read(made.content[:-1])


def test_keys_of_wrong_length_do_not_exist() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PublicKey(bytes(31), bytes(1952))
