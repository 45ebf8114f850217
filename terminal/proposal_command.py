"""`palisade proposal`: a proposal goes to another workstation as a file, and its signature comes back as one."""

from __future__ import annotations

import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.authorisation.approval import Act, Approval, SignedApproval
from engine.authorisation.instruction import Instruction, code_as_typed
from engine.authorisation.moments import SIGNATURE_TIME
from engine.authorisation.people import Role
from engine.authorisation.picture import ProposalView
from engine.authorisation.rules import ROLES_OF, missing
from engine.authorisation.statement import digest_of_shown, statement
from engine.authorisation.travelling import (
    LARGEST_FILE,
    Opened,
    TravellingProposal,
    opened,
    read_signature_file,
    signature_file,
)
from engine.text import BadInputError, Translate, UserFacingError, text
from feeds.clock import SystemClock
from feeds.curve import CurveClient
from feeds.durable_files import write_new_file
from feeds.keystore import Keystore
from feeds.signing import verify
from terminal.authority_line import authority_line
from terminal.catalogue import translator
from terminal.output import write_output
from terminal.passphrase import ask_passphrase

ACTS: Final = {"approve": Act.APPROVE, "veto": Act.VETO, "withdraw": Act.REVOKE}
HALF: Final = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to sign, and how.

    Attributes:
        file: The proposal.
        founding: Digest of the founding change that is trusted.
        key: The person's keystore.
        act: Approve, veto or withdraw.
        role: In which role; None for the only one that there is.
        reason: In the person's words; may be empty for an approval.
        out: Where the signature goes.
        language: In which the instruction is shown.
    """

    file: Path
    founding: bytes
    key: Path
    act: Act
    role: Role | None
    reason: str
    out: Path
    language: str


def export(authority: str, curve: CurveClient | None, identity: str, out: Path, translate: Translate) -> str:
    """Write a proposal that waits for signatures to a file; what to print, the code to read out among it.

    Raises:
        BadInputError: A name that names none, or a file that cannot be written.
        UserFacingError: No answer, or it is too late for signatures.
    """
    with authority_line(authority, curve) as line:
        picture = line.picture()
        changes = line.client.changes
    view = _named(picture.proposals, identity)
    proposal = view.proposal
    if proposal.proposed is None or not proposal.state.open_to_signatures:
        raise UserFacingError(text("it is too late: the proposal is {state}", state=proposal.label))
    words = (proposal.proposed.signed, *(each.signed for each in proposal.approvals))
    _write(out, TravellingProposal(proposal.instruction.content, words, changes).file)
    code = _shown_code(proposal.instruction)
    done = text("{file} is written; read this code out to who approves second: {code}", file=out, code=code)
    return done.translated(translate) + "\n"


def show(file: Path, founding: bytes, language: str) -> str:
    """What a file proposes, made from its bytes, and who has signed; what to print. Raises as `sign` does.

    Its code is not printed: who approves second hears it from the other workstation.
    """
    found, translate = _opened(file, founding), translator(language)
    return _statement(found.instruction, translate)[1] + _standing(found, translate)


def sign(wanted: Wanted) -> str:
    """Show what a file proposes, ask for code and passphrase, write the signature; what to print.

    Raises:
        BadInputError: Files that cannot be used, no passphrase, or a reason that is missing.
        UserFacingError: A signature in it does not count, the code is another's, or the passphrase is wrong.
    """
    translate, found = translator(wanted.language), _opened(wanted.file, wanted.founding)
    instruction, clock = found.instruction, SystemClock()
    keystore = Keystore(wanted.key)
    role = _role(found, keystore.card.person, wanted)
    if wanted.act is not Act.APPROVE and not wanted.reason:
        raise BadInputError("--reason", text("a veto and a withdrawal say why"), text("give --reason WORDS"))
    lines, shown = _statement(instruction, translate)
    write_output(shown + _standing(found, translate))
    shown_at = clock.wall_ns()
    if wanted.act is Act.APPROVE and found.approvals and code_as_typed(_code(translate)) != instruction.code:
        raise UserFacingError(text("this is not the code of what is shown: it may be another proposal"))
    prompt = text("Passphrase of {person} ({file})", person=keystore.card.person, file=wanted.key)
    key = keystore.unlock(ask_passphrase(prompt, translate), clock.wall_ns())
    now, card = clock.wall_ns(), keystore.card
    words = Approval(
        instruction.fingerprint,
        wanted.act,
        role,
        card.person,
        card.key.fingerprint,
        socket.gethostname()[:64],
        now + SIGNATURE_TIME,
        secrets.token_bytes(16),
        shown_at,
        now,
        wanted.language,
        digest_of_shown(lines),
        wanted.reason,
    )
    Approval.read(words.content)
    _write(wanted.out, signature_file(SignedApproval(words, key.sign(words.context, words.content))))
    done = text("{file} is written; hand it in with palisade proposal hand-in", file=wanted.out)
    return done.translated(translate) + "\n"


def hand_in(authority: str, curve: CurveClient | None, file: Path, translate: Translate) -> str:
    """Take a signature to the authority; what to print. Raises UserFacingError where it is refused, with why."""
    signed = read_signature_file(_content(file))
    with authority_line(authority, curve) as line:
        line.picture()
        line.answer(line.client.sign(signed))
    return text("{person}: the signature counts", person=signed.approval.person).translated(translate) + "\n"


def _named(proposals: tuple[ProposalView, ...], identity: str) -> ProposalView:
    found = [view for view in proposals if view.proposal.instruction.identity.hex().startswith(identity.lower())]
    if not identity:
        found = [view for view in found if view.proposal.state.open_to_signatures]
    if len(found) != 1:
        what = text("{count} proposals are meant", count=len(found))
        raise BadInputError(identity or "palisade proposal", what, text("give the first digits of the identity of one"))
    return found[0]


def _opened(file: Path, founding: bytes) -> Opened:
    travelling = TravellingProposal.read(_content(file))
    return opened(travelling, founding, verify, translator, SystemClock().wall_ns())


def _statement(instruction: Instruction, translate: Translate) -> tuple[list[tuple[str, str]], str]:
    """The lines whose digest is signed, and as they are printed."""
    lines = [line.translated(translate) for line in statement(instruction)]
    return lines, "".join(f"{label}: {value}\n" for label, value in lines)


def _standing(found: Opened, translate: Translate) -> str:
    """Who has signed, what is missing and who can give it, and how long there is."""
    approvals = found.approvals
    said = [
        text("Approved by {person} as {role}", person=each.approval.person, role=each.approval.role.label)
        for each in approvals
    ]
    for each in missing(found.people, found.instruction.maker, approvals):
        names = ", ".join(person.identity for person in each.persons) or "-"
        said.append(text("Missing: {role} ({names})", role=each.role.label, names=names))
    said.append(text("No prices are shown here: the executor gate holds the orders to the collar"))
    return "".join(words.translated(translate) + "\n" for words in said)


def _role(found: Opened, person: str, wanted: Wanted) -> Role:
    known = found.people.persons.get(person)
    able = [role for role in ROLES_OF[wanted.act] if known is not None and role in known.roles]
    if wanted.act is Act.APPROVE:
        open_roles = {each.role for each in missing(found.people, found.instruction.maker, found.approvals)}
        able = [role for role in able if role in open_roles]
    if wanted.role is not None:
        able = [role for role in able if role is wanted.role]
    if not able:
        raise UserFacingError(text("{person} has no role for that", person=person))
    return able[0]


def _code(translate: Translate) -> str:
    """The code that the other workstation shows, as typed."""
    if sys.stdin.isatty():
        return input(text("Code of the other workstation").translated(translate) + ": ")
    return sys.stdin.readline().strip()


def _shown_code(instruction: Instruction) -> str:
    return f"{instruction.code[:HALF]}-{instruction.code[HALF:]}"


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except OSError as error:
        what = text("it cannot be read: {reason}", reason=error.strerror)
        raise BadInputError(str(file), what, text("give a file that can be read")) from None


def _write(file: Path, content: bytes) -> None:
    try:
        write_new_file(file, content)
    except FileExistsError:
        raise BadInputError(str(file), text("there is a file already"), text("give another name")) from None
    except OSError as error:
        what = text("it cannot be written: {reason}", reason=error.strerror)
        raise BadInputError(str(file), what, text("give a folder that can be written")) from None
