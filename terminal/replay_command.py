"""``palisade replay``: a recorded journal through the feeds' own code, and whether every digest comes out again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from engine.instruments import Contract, ContractList, Universe
from engine.text import Text, Translate, text
from feeds.journal_reading import RECORDS, read_journal
from feeds.record_reading import RecordReader
from feeds.replay import Replayed, replay
from terminal.audit_command import stamp
from terminal.parameter_cache import load_parameters


class _NoContracts:
    """Parameters that list nothing: every contract is met on the feeds."""

    def __len__(self) -> int:
        return 0

    def find(self, contract: Contract) -> int:  # noqa: ARG002  # what every list of contracts is asked
        """Not here."""
        return -1

    def contract(self, row: int) -> Contract:
        """None is here."""
        raise IndexError(row)


def replay_journal(folder: Path, parameters: Path | None) -> Replayed:
    """Replay a journal.

    Args:
        folder: The journal's.
        parameters: Parameter file that was in force; only books of very many contracts need it.

    Raises:
        BadInputError: There is no journal, or it is damaged or was altered.
    """
    contracts: ContractList = load_parameters(parameters) if parameters is not None else _NoContracts()
    with closing(RecordReader(folder / RECORDS)) as store:
        return replay(read_journal(folder, store), Universe(contracts))


def replayed_as_text(done: Replayed, translate: Translate) -> str:
    """What came of it, in a few lines."""
    lines = [
        text(
            "{entries} entries of {starts} runs, {first} to {until} UTC",
            entries=done.entries,
            starts=done.starts,
            first=stamp(done.first),
            until=stamp(done.until),
        ),
        text("{turns} turns, {marks} recorded states came out again bit for bit", turns=done.turns, marks=done.marks),
    ]
    if done.last is not None:
        mark = done.last
        lines.append(
            text(
                "last: {state} at {sequence}, digest {digest}",
                state=mark.state,
                sequence=mark.sequence,
                digest=mark.digest.hex(),
            )
        )
    if done.difference is not None:
        recorded, came_to = done.difference
        lines.append(text("DIFFERENT: recorded was {recorded}; now: {now}", recorded=recorded, now=came_to))
    return "".join(_said(line, translate) for line in lines)


def _said(sentence: Text, translate: Translate) -> str:
    return sentence.translated(translate) + "\n"
