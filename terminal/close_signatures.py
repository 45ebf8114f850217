"""Whether what people signed of a forced close holds, checked anew from the bytes that are kept beside the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from engine.audit import REFERENCE, Record
from engine.audit_events import Proposed, Signed
from engine.authorisation.approval import Approval
from engine.authorisation.instruction import fingerprint_of
from engine.authorisation.keys import PublicKey, decode_signature
from engine.authorisation.people import PeopleChange
from engine.text import BadInputError, Text, text
from feeds.record_reading import RecordReader
from feeds.signing import verify
from terminal.audit_verifier import Problem, sections
from terminal.audit_words import sentence_of

Kept = Callable[[str], bytes]
"""Content that a payload refers to. Raises BadInputError where it is not kept."""


@contextmanager
def kept_content(sources: Sequence[Path]) -> Iterator[Kept]:
    """Content kept beside the records of any of these stores and archives."""
    with ExitStack() as opened:
        readers = [RecordReader(path) for path in sources if path.is_dir()]
        for reader in readers:
            opened.callback(reader.close)
        archived: dict[str, bytes] = {}
        for path in sources:
            if not path.is_dir():
                archived |= _archived(path)

        def kept(reference: str) -> bytes:
            content = archived.get(reference.removeprefix(REFERENCE))
            if content is not None:
                return content
            for reader in readers:
                if reader.query("SELECT 1 FROM blobs WHERE sha256 = ?", (_digest(reference),)):
                    return reader.kept(reference)
            raise BadInputError(reference, text("it is not kept"), text("give the authority's record store"))

        yield kept


def _archived(path: Path) -> dict[str, bytes]:
    try:
        with path.open("rb") as file:
            return {sha256(content).hexdigest(): content for content in sections(file, b"B")}
    except Problem as problem:
        raise BadInputError(str(path), sentence_of(problem), text("give a record store or an audit archive")) from None


def keys_on_record(records: Iterable[Record], kept: Kept) -> dict[str, PublicKey]:
    """Every public key that a change of people has brought, by its fingerprint in hexadecimal."""
    keys: dict[str, PublicKey] = {}
    for record in records:
        if record.kind == "people changed":
            content = record.content().get("content")
            if isinstance(content, str):
                cards = PeopleChange.read(kept(content)).cards
                keys |= {card.key.fingerprint.hex(): card.key for card in cards}
    return keys


def signature_problem(signed: Signed, proposed: Proposed, keys: dict[str, PublicKey], kept: Kept) -> Text | None:
    """Why a signature does not hold for the instruction; None where it does.

    Checked are both signatures over the words that were kept, for their purpose and role, by a key that is on record;
    that these words name the instruction, and the person, role and key that the record tells of; and that the
    instruction's own bytes have the fingerprint.
    """
    key = keys.get(signed.key)
    if key is None:
        return text("the key is not on record")
    try:
        content = kept(signed.content)
        approval = Approval.read(content)
        signature = decode_signature(kept(signed.signature))
        instruction = kept(proposed.content)
    except BadInputError as error:
        return error.what
    except ValueError as error:
        return text("{reason}", reason=error)
    said = (approval.person, approval.key.hex(), approval.act.name.lower(), approval.workstation)
    if said != (signed.person, signed.key, signed.act, signed.workstation):
        return text("the words that were signed are not those on record")
    if approval.fingerprint != fingerprint_of(instruction) or approval.fingerprint.hex() != proposed.fingerprint:
        return text("another instruction was signed")
    return None if verify(key, approval.context, content, signature) else text("the signature does not hold")


def _digest(reference: str) -> bytes:
    try:
        return bytes.fromhex(reference.removeprefix(REFERENCE))
    except ValueError:
        raise BadInputError(reference, text("it is not kept"), text("give the authority's record store")) from None
