"""``palisade audit report``: the review of one forced close from the records of one or several stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.audit import REFERENCE, Record
from engine.audit_events import Proposed, Signed
from engine.authorisation.instruction import Instruction
from engine.close_inputs import RecordedInputs
from engine.close_review import Review, instructions_in, review_of
from engine.close_slippage import slippage_of
from engine.text import BadInputError, Text, text
from terminal.audit_command import Trust, Wanted, read_audit, verify_audit
from terminal.audit_verifier import Problem
from terminal.audit_words import sentence_of
from terminal.close_json import Checked
from terminal.close_signatures import Kept, kept_content, keys_on_record, signature_problem

SHOWN = 5
"""Instructions that an error names."""


def review(instruction: str, sources: Sequence[Path]) -> tuple[Review, list[Checked]]:
    """The review, and whether what it was made from is what was signed.

    Args:
        instruction: Identity in hexadecimal, or the beginning of it.
        sources: Record stores or archives: the authority's, and the executor gate's.

    Raises:
        BadInputError: No such instruction, several that begin so, or nothing that can be read.
    """
    records = [record for path in sources for record in read_audit(path, Wanted())]
    try:
        identity = _identity(instruction.lower(), records)
        found = review_of(identity, records)
    except ValueError as error:
        what, remedy = text("{reason}", reason=error), text("verify the records first: palisade audit verify")
        raise BadInputError(", ".join(map(str, sources)), what, remedy) from None
    if found is None:
        raise _unknown(instruction, records)
    return _proven(found, records, sources), [_checked(path) for path in sources]


def _proven(found: Review, records: Sequence[Record], sources: Sequence[Path]) -> Review:
    """The review with every signature checked anew, and slippage in money by the snapshot that was signed."""
    with kept_content(sources) as kept:
        keys = keys_on_record(records, kept)
        moments = (
            replace(moment, unproven=signature_problem(moment.event, found.proposed, keys, kept))
            if isinstance(moment.event, Signed)
            else moment
            for moment in found.moments
        )
        inputs, problem = _inputs(found.proposed, kept)
        return replace(found, moments=tuple(moments), slippage=slippage_of(found.fills, inputs, problem))


def _inputs(proposed: Proposed, kept: Kept) -> tuple[RecordedInputs | None, Text | None]:
    """The input snapshot that the instruction names, or why it cannot be used."""
    try:
        named = REFERENCE + Instruction.read(kept(proposed.content)).path.inputs.hex()
        if named not in proposed.inputs:
            return None, text("the input snapshot on record is not the one that the instruction names")
        return RecordedInputs.read(kept(named)), None
    except BadInputError as error:
        return None, text("input snapshot: {problem}", problem=error.what)


def write_json(path: Path, document: str) -> None:
    """Write the document. Raises BadInputError where that cannot be done."""
    try:
        path.write_text(document, encoding="utf-8")
    except OSError as error:
        what = text("it cannot be written: {reason}", reason=error.strerror)
        raise BadInputError(str(path), what, text("free some space, or give another place")) from None


def _identity(typed: str, records: Sequence[Record]) -> str:
    known = [event.instruction for event in instructions_in(records)]
    fitting = sorted({each for each in known if typed and each.startswith(typed)})
    if len(fitting) != 1:
        raise _unknown(typed, records)
    return fitting[0]


def _unknown(typed: str, records: Sequence[Record]) -> BadInputError:
    known = [event.instruction for event in instructions_in(records)]
    what = text("it names no instruction, or more than one") if known else text("no instruction is on record")
    newest = ", ".join(known[-SHOWN:])
    remedy = text("the last ones are {known}", known=newest) if known else text("give the authority's record store")
    return BadInputError(typed, what, remedy)


def _checked(path: Path) -> Checked:
    try:
        found = verify_audit(path, Trust())
    except BadInputError as error:
        return Checked(str(path), False, error.what, 0)
    if isinstance(found, Problem):
        return Checked(str(path), False, sentence_of(found), 0)
    return Checked(str(path), True, text("every record is the one that was signed"), found.records)
