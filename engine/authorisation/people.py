"""Who may do what: persons, roles and keys, as a chain of changes each of which two administrators have signed.

The chain begins with a founding change that names two administrators and is signed by both. Its digest is the root of
trust: whoever knows it (the executor gate does) can check every later change without believing the authority.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from engine.authorisation.encoding import Fields, decoded, encoded, refusal
from engine.authorisation.instruction import LARGEST_TIME, LONGEST_NAME
from engine.authorisation.keys import KeyCard, PublicKey, Signature, Verify
from engine.text import Text, UserFacingError, text

CHANGE: Final = b"palisade/people"
FEWEST_ADMINISTRATORS: Final = 2
MOST_CARDS: Final = 8
MOST_KEYS: Final = 16
_FORMAT: Final = 1
_DOMAIN: Final = b"palisade people\x00"


class Role(IntEnum):
    """What a person may do."""

    ADMINISTRATOR = 1
    """Changes people, roles and keys, together with another; neither proposes nor approves."""
    MAKER = 2
    """Proposes."""
    RISK_OFFICER = 3
    """Proposes and approves, though never the same."""
    TRADING_DIRECTOR = 4
    """Likewise."""

    @property
    def label(self) -> Text:
        """The role's name for a person."""
        return _LABELS[self]


_LABELS: Final = {
    Role.ADMINISTRATOR: text("administrator"),
    Role.MAKER: text("maker"),
    Role.RISK_OFFICER: text("risk officer"),
    Role.TRADING_DIRECTOR: text("trading director"),
}
_TRADING: Final = frozenset((Role.MAKER, Role.RISK_OFFICER, Role.TRADING_DIRECTOR))


class RefusedError(UserFacingError):
    """Something is not allowed; nothing has changed. Says why."""


class ChangeKind(IntEnum):
    """What a change does."""

    FOUND = 1
    ADD = 2
    ROLES = 3
    ADD_KEY = 4
    REVOKE_KEY = 5
    REVOKE_PERSON = 6


@dataclass(frozen=True, slots=True)
class Person:
    """A person.

    Attributes:
        identity: Short name, unique for ever.
        name: As others know them.
        roles: What they may do; none once revoked.
        keys: All keys that were ever theirs.
        revoked: Fingerprints of the keys that are theirs no more.
    """

    identity: str
    name: str
    roles: frozenset[Role]
    keys: tuple[PublicKey, ...]
    revoked: frozenset[bytes] = frozenset()

    def key(self, fingerprint: bytes) -> PublicKey | None:
        """The key of this fingerprint, as long as it is theirs."""
        valid = (key for key in self.keys if key.fingerprint == fingerprint and fingerprint not in self.revoked)
        return next(valid, None)


@dataclass(frozen=True)
class PeopleChange:
    """One change, the same bytes for both who sign it.

    Attributes:
        sequence: 0 for the founding, then one more each time.
        previous: Digest of the change before; 32 zero bytes at the founding.
        time: Wall nanoseconds.
        kind: What it does.
        person: Whom it concerns; empty at the founding.
        name: Of a new person, as others know them; else empty.
        roles: Of a new person, or from now on; else none.
        cards: New keys.
        key: Fingerprint of the key that is revoked; else empty.
        reason: Why.
    """

    sequence: int
    previous: bytes
    time: int
    kind: ChangeKind
    person: str = ""
    name: str = ""
    roles: frozenset[Role] = frozenset()
    cards: tuple[KeyCard, ...] = ()
    key: bytes = b""
    reason: str = ""

    @property
    def content(self) -> bytes:
        """The canonical bytes: what is signed."""
        roles, cards = tuple(sorted(int(role) for role in self.roles)), tuple(card.row for card in self.cards)
        head = (_FORMAT, self.sequence, self.previous, self.time, int(self.kind), self.person, self.name)
        return encoded((*head, roles, cards, self.key, self.reason))

    @property
    def digest(self) -> bytes:
        """SHA-256 that the next change names."""
        content = self.content
        return sha256(_DOMAIN + len(content).to_bytes(8, "big") + content).digest()

    @classmethod
    def read(cls, content: bytes) -> PeopleChange:
        """The change whose canonical bytes these are.

        Raises:
            BadInputError: Not canonical, or a field out of range.
        """
        where = "change of people"
        fields = Fields(decoded(content, where), where, 11)
        if fields.integer(0, 2**16) != _FORMAT:
            raise refusal(where, text("it is of another format"))
        sequence, previous, time = fields.integer(0, 2**31), fields.raw(32), fields.integer(0, LARGEST_TIME)
        kind = ChangeKind(fields.integer(1, len(ChangeKind)))
        person, name = fields.words(LONGEST_NAME, 0), fields.words(LONGEST_NAME, 0)
        numbers = fields.rows(len(Role))
        known = {int(role): role for role in Role}
        if list(numbers) != sorted({number for number in numbers if isinstance(number, int) and number in known}):
            raise refusal(where, text("a role is unknown or said twice"))
        roles = frozenset(Role(number) for number in numbers if isinstance(number, int))
        cards = tuple(KeyCard.of(row, where) for row in fields.rows(MOST_CARDS))
        key, reason = fields.raw(0, 32), fields.words(200, 0)
        return cls(sequence, previous, time, kind, person, name, roles, cards, key, reason)


@dataclass(frozen=True)
class SignedChange:
    """A change and who has signed it: (person, fingerprint of the key, signature), in no particular order."""

    change: PeopleChange
    signatures: tuple[tuple[str, bytes, Signature], ...]


@dataclass(frozen=True)
class People:
    """Everybody, after a number of changes. Begin with ``People()`` and apply them one by one.

    Attributes:
        persons: By identity.
        sequence: Of the next change.
        digest: Of the last change.
        founding: Digest of the founding change; empty before it.
    """

    persons: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    sequence: int = 0
    digest: bytes = bytes(32)
    founding: bytes = b""

    def with_role(self, role: Role) -> list[Person]:
        """Everybody who has ``role`` and a key to sign with."""
        return [
            each for each in self.persons.values() if role in each.roles and set(_fingerprints(each)) - each.revoked
        ]

    def applied(self, signed: SignedChange, verify: Verify) -> People:
        """Everybody after one more change.

        Raises:
            RefusedError: It does not follow, lacks a signature, or would leave a state that must not be.
        """
        change = signed.change
        if change.sequence != self.sequence or change.previous != self.digest:
            raise RefusedError(text("the change does not follow the last one: make it again"))
        if (change.kind is ChangeKind.FOUND) != (self.sequence == 0):
            raise RefusedError(text("the first change names the first two administrators, and no other does"))
        for card in change.cards:
            self._check_card(card, verify)
        persons = dict(self.persons)
        _ACTIONS[change.kind](persons, change)
        after = People(MappingProxyType(persons), self.sequence + 1, change.digest, self.founding or change.digest)
        signers = after if change.kind is ChangeKind.FOUND else self
        _check_signatures(signers, signed, verify)
        if len(after.with_role(Role.ADMINISTRATOR)) < FEWEST_ADMINISTRATORS:
            raise RefusedError(text("two administrators with a key have to remain"))
        return after

    def _check_card(self, card: KeyCard, verify: Verify) -> None:
        for person in self.persons.values():
            if any(card.key.shares_with(key) for key in person.keys):
                raise RefusedError(text("this key is known already, as a key of {person}", person=person.identity))
        if not card.holds(verify):
            raise RefusedError(text("the card of {person} is not signed by its own key", person=card.person))


def _fingerprints(person: Person) -> Iterator[bytes]:
    return (key.fingerprint for key in person.keys)


def _check_signatures(people: People, signed: SignedChange, verify: Verify) -> None:
    """Two administrators, counted by person and by key, have signed these bytes."""
    message = signed.change.content
    persons, keys = set(), set()
    for identity, fingerprint, signature in signed.signatures:
        person = people.persons.get(identity)
        key = person.key(fingerprint) if person is not None else None
        if person is None or key is None or Role.ADMINISTRATOR not in person.roles:
            raise RefusedError(text("{person} is no administrator with this key", person=identity))
        if not verify(key, CHANGE, message, signature):
            raise RefusedError(text("the signature of {person} does not fit", person=identity))
        persons.add(identity)
        keys |= {key.ed25519, key.ml_dsa}
    # Keys are unique among people already; counting them too keeps a fault there from counting one secret twice.
    if len(persons) < FEWEST_ADMINISTRATORS or len(keys) < 2 * FEWEST_ADMINISTRATORS:
        raise RefusedError(text("two different administrators have to sign"))


def _found(persons: dict[str, Person], change: PeopleChange) -> None:
    first: list[PublicKey] = []
    for card in change.cards:
        if card.person in persons or any(card.key.shares_with(key) for key in first):
            raise RefusedError(text("the first administrators are two persons with a key each"))
        persons[card.person] = Person(card.person, card.person, frozenset((Role.ADMINISTRATOR,)), (card.key,))
        first.append(card.key)
    if len(persons) != FEWEST_ADMINISTRATORS:
        raise RefusedError(text("the first administrators are two persons with a key each"))


def _add(persons: dict[str, Person], change: PeopleChange) -> None:
    if not change.person or change.person in persons:
        raise RefusedError(text("{person} is known already, or has no name", person=change.person))
    if len(change.cards) != 1 or change.cards[0].person != change.person:
        raise RefusedError(text("a new person comes with one card of their own"))
    _check_roles(change.roles)
    key = change.cards[0].key
    persons[change.person] = Person(change.person, change.name or change.person, change.roles, (key,))


def _set_roles(persons: dict[str, Person], change: PeopleChange) -> None:
    _check_roles(change.roles)
    persons[change.person] = replace(_person(persons, change), roles=change.roles)


def _add_key(persons: dict[str, Person], change: PeopleChange) -> None:
    person = _person(persons, change)
    if len(change.cards) != 1 or change.cards[0].person != change.person or len(person.keys) >= MOST_KEYS:
        raise RefusedError(text("a new key comes on one card of its owner"))
    persons[change.person] = replace(person, keys=(*person.keys, change.cards[0].key))


def _revoke_key(persons: dict[str, Person], change: PeopleChange) -> None:
    person = _person(persons, change)
    if person.key(change.key) is None:
        raise RefusedError(text("{person} has no such key", person=change.person))
    persons[change.person] = replace(person, revoked=person.revoked | {change.key})


def _revoke_person(persons: dict[str, Person], change: PeopleChange) -> None:
    person = _person(persons, change)
    persons[change.person] = replace(person, roles=frozenset(), revoked=frozenset(_fingerprints(person)))


def _person(persons: dict[str, Person], change: PeopleChange) -> Person:
    person = persons.get(change.person)
    if person is None:
        raise RefusedError(text("{person} is not known", person=change.person))
    return person


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise RefusedError(text("a person has a role at least"))
    if Role.ADMINISTRATOR in roles and roles & _TRADING:
        raise RefusedError(text("an administrator neither proposes nor approves"))


_ACTIONS: Final = {
    ChangeKind.FOUND: _found,
    ChangeKind.ADD: _add,
    ChangeKind.ROLES: _set_roles,
    ChangeKind.ADD_KEY: _add_key,
    ChangeKind.REVOKE_KEY: _revoke_key,
    ChangeKind.REVOKE_PERSON: _revoke_person,
}
