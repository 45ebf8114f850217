"""`palisade people`: who may propose, approve and administer; every change is signed by two administrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.authorisation.encoding import Fields, decoded, encoded
from engine.authorisation.instruction import LONGEST_NAME
from engine.authorisation.keys import Signature
from engine.authorisation.people import CHANGE, ChangeKind, People, PeopleChange, Role, SignedChange
from engine.text import BadInputError, Translate, text
from feeds.clock import SystemClock
from feeds.curve import CurveClient
from feeds.durable_files import replace_file
from feeds.keystore import Keystore, read_card
from terminal.authority_line import authority_line
from terminal.passphrase import ask_passphrase

ROLE_WORDS: Final = {
    "administrator": Role.ADMINISTRATOR,
    "maker": Role.MAKER,
    "risk-officer": Role.RISK_OFFICER,
    "trading-director": Role.TRADING_DIRECTOR,
}
NEEDED: Final = 2
"""Signatures."""


@dataclass(frozen=True, slots=True)
class Signing:
    """How a change is signed and handed in.

    Attributes:
        authority: Where the authority is.
        keystores: Of the administrators who are here, one or two.
        out: Where a change goes that waits for the second signature.
        curve: How the line to the authority is encrypted.
    """

    authority: str
    keystores: Sequence[Path]
    out: Path | None
    curve: CurveClient | None = None


def roles_of(words: str) -> frozenset[Role]:
    """Roles from words between commas.

    Raises:
        BadInputError: A word that is no role.
    """
    found = set()
    for word in words.split(","):
        role = ROLE_WORDS.get(word.strip())
        if role is None:
            known = ", ".join(ROLE_WORDS)
            raise BadInputError(
                "--roles", text("{word} is no role", word=repr(word)), text("roles are {known}", known=known)
            )
        found.add(role)
    return frozenset(found)


def fingerprint_of(typed: str, where: str = "--key") -> bytes:
    """A fingerprint or digest from its hexadecimal digits.

    Raises:
        BadInputError: It is none.
    """
    try:
        fingerprint = bytes.fromhex(typed)
    except ValueError:
        fingerprint = b""
    if len(fingerprint) != 32:
        what = text("{value} is no fingerprint", value=typed)
        raise BadInputError(where, what, text("give its 64 hexadecimal digits"))
    return fingerprint


def found(cards: Sequence[Path], signing: Signing, translate: Translate) -> str:
    """Begin: the first two administrators; what to print. Raises as `change` does."""
    draft = PeopleChange(0, bytes(32), 0, ChangeKind.FOUND, cards=tuple(map(read_card, cards)), reason="founding")
    return change(lambda _: draft, signing, translate)


def change(make: Callable[[People], PeopleChange], signing: Signing, translate: Translate) -> str:
    """Make a change that follows on from the authority's last, have it signed, and hand it in; what to print.

    Args:
        make: The change, but for its place in the chain and its time.
        signing: By whom.
        translate: For questions and answers.

    Raises:
        BadInputError: Files that cannot be used.
        UserFacingError: A wrong passphrase, no answer, or a refusal that says why.
    """
    with authority_line(signing.authority, signing.curve) as line:
        people = line.picture().people
    now = SystemClock().wall_ns()
    draft = replace(make(people), sequence=people.sequence, previous=people.digest, time=now)
    return _signed_on(SignedChange(draft, ()), signing, translate)


def sign_on(path: Path, signing: Signing, translate: Translate) -> str:
    """Sign a change that another administrator has signed; what to print. Raises as `change` does."""
    try:
        content = path.read_bytes()
    except OSError as error:
        what = text("it cannot be read: {reason}", reason=error.strerror)
        raise BadInputError(str(path), what, text("see to the file and its folder")) from None
    return _signed_on(_read(content, str(path)), signing, translate)


def listed(authority: str, curve: CurveClient | None, translate: Translate) -> str:
    """Everybody, and the digest that the executor gate is told to trust; what to print."""
    with authority_line(authority, curve) as line:
        people = line.picture().people
    lines = [(text("founding"), people.founding.hex() or "-")]
    output = "".join(f"{label.translated(translate)}: {value}\n" for label, value in lines)
    for person in sorted(people.persons.values(), key=lambda each: each.identity):
        roles = ", ".join(role.label.translated(translate) for role in sorted(person.roles)) or "-"
        output += f"{person.identity}\t{person.name}\t{roles}\n"
        for key in person.keys:
            state = text("revoked") if key.fingerprint in person.revoked else text("valid")
            output += f"\t{key.fingerprint.hex()}\t{state.translated(translate)}\n"
    return output


def _signed_on(signed: SignedChange, signing: Signing, translate: Translate) -> str:
    """Add signatures; hand in where they suffice, else write the file for the next administrator."""
    for path in signing.keystores:
        signed = _with_signature(signed, Keystore(path), path, translate)
    if len(signed.signatures) >= NEEDED:
        with authority_line(signing.authority, signing.curve) as line:
            line.picture()
            line.answer(line.client.change_people(signed))
        return text("done: change {number}", number=signed.change.sequence).translated(translate) + "\n"
    if signing.out is None:
        what = text("one signature is not enough")
        raise BadInputError("--sign", what, text("give --sign twice, or --out for the other administrator's file"))
    try:
        replace_file(signing.out, _file(signed))
    except OSError as error:
        what = text("it cannot be written: {reason}", reason=error.strerror)
        raise BadInputError(str(signing.out), what, text("see to the file and its folder")) from None
    said = text("signed once; the other administrator runs: palisade people sign {file}", file=signing.out)
    return said.translated(translate) + "\n"


def _with_signature(signed: SignedChange, keystore: Keystore, path: Path, translate: Translate) -> SignedChange:
    card, content = keystore.card, signed.change.content
    prompt = text("Passphrase of {person} ({file})", person=card.person, file=path)
    key = keystore.unlock(ask_passphrase(prompt, translate), SystemClock().wall_ns())
    signature = (card.person, card.key.fingerprint, key.sign(CHANGE, content))
    return SignedChange(signed.change, (*signed.signatures, signature))


def _file(signed: SignedChange) -> bytes:
    signatures = tuple((person, key, signature.row) for person, key, signature in signed.signatures)
    return encoded((signed.change.content, signatures))


def _read(content: bytes, where: str) -> SignedChange:
    fields = Fields(decoded(content, where), where, 2)
    made = PeopleChange.read(fields.raw(1, 2**17))
    signatures = []
    for row in fields.rows(8):
        one = Fields(row, where, 3)
        person, key = one.words(LONGEST_NAME), one.raw(32)
        signatures.append((person, key, Signature.of(one.rows(2, 2), where)))
    return SignedChange(made, tuple(signatures))
