"""What the Audit view shows: records of one store or archive, how far they are signed, and what verification found."""

from __future__ import annotations

from dataclasses import dataclass

from engine.audit import Record
from engine.text import Text


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification found.

    Attributes:
        sound: Whether every record is the one that was signed.
        finding: In words, the first bad record where there is one.
        records: How many were verified.
        at: Wall nanoseconds.
    """

    sound: bool
    finding: Text
    records: int
    at: int


@dataclass(frozen=True, slots=True)
class AuditPicture:
    """Records and their standing.

    Attributes:
        source: Path of the store or archive.
        records: The newest ones, oldest first.
        size: How many there are altogether.
        signed: How many a checkpoint covers.
        signed_at: Wall nanoseconds of the newest checkpoint; 0 where there is none.
        witnessed: How many a witness has signed for.
        doing: What is being done with them now; None for nothing.
        verified: What the last verification found; None before the first.
        problem: Why nothing can be read; None while all is well.
        note: What was done last, such as an export.
    """

    source: str
    records: tuple[Record, ...] = ()
    size: int = 0
    signed: int = 0
    signed_at: int = 0
    witnessed: int = 0
    doing: Text | None = None
    verified: Verified | None = None
    problem: Text | None = None
    note: Text | None = None
