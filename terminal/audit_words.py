"""The verifier's findings as sentences that a catalogue translates; the verifier itself stands alone and has none."""

from __future__ import annotations

from typing import Final

from engine.text import Text, text
from terminal.audit_verifier import Problem

_SENTENCES: Final = {
    "magic": text("this is no audit archive"),
    "cut off": text("the archive ends in the middle, after {size} records"),
    "section": text("record {number}: what stands in its place cannot be read"),
    "hash": text("record {number} is not the record that its hash was made of"),
    "number": text("record {number} is missing, or another stands in its place"),
    "form": text("record {number} is not in the form of a record"),
    "checkpoint": text("the checkpoint after record {number} cannot be read"),
    "unknown key": text("the checkpoint after record {number} is signed by a key that is not in the archive"),
    "wrong key": text("the checkpoint after record {number} is signed by key {key}, not by the one given"),
    "signature": text("the signature of the checkpoint after record {number} does not hold"),
    "root": text("record {number} or a later one up to {last} is not what was signed"),
    "order": text("the checkpoint after record {number} is older than the one before it"),
    "witness": text("the witness's signature of the checkpoint after record {number} does not hold"),
    "unsigned": text("no checkpoint covers record {number} and those after it"),
    "reference": text("the content {content}, which record {number} refers to, is not in the archive"),
    "content": text("after record {number} the archive has content that no record refers to"),
    "sum": text("the archive was altered after it was written: its own sum is wrong, though every record is as signed"),
    "newest": text("the file with the newest checkpoint cannot be used: {reason}"),
    "older": text("the archive has {size} records, but {newest} were signed: it was cut off or is an older copy"),
    "other": text("the first {newest} records are not those that the witness signed"),
    "no witness": text("no checkpoint has a signature of the witness {key}"),
}


def sentence_of(problem: Problem) -> Text:
    """What is wrong, for a person."""
    return Text(_SENTENCES[problem.kind].template, problem.details)
