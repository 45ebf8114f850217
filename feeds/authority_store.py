"""What the authority keeps: proposals, changes of people, what was used and done; each with the records of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from engine.audit_events import Event, told
from engine.authorisation.break_glass import BreakGlass
from engine.authorisation.moments import Moment
from engine.authorisation.people import People, RefusedError, SignedChange
from engine.authorisation.proposal import Proposal
from engine.text import BadInputError, text
from feeds.authority_messages import SIGNED_CHANGE, STANDING, OrderLine, Standing
from feeds.authority_rows import RECENT, change_of, change_row, proposal_of, standing_of
from feeds.boot import Machine
from feeds.clock import Clock
from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.record_store import RecordStore, Transaction
from feeds.signing import verify

ACTOR: Final = "authority"
TABLES: Final = (
    """
    CREATE TABLE proposals (
        place INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, fingerprint BLOB NOT NULL UNIQUE,
        open INTEGER NOT NULL, standing BLOB NOT NULL) STRICT;
    CREATE TABLE nonces (nonce BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE people (sequence INTEGER PRIMARY KEY, change BLOB NOT NULL) STRICT;
    """,
    """
    CREATE TABLE broken_glass (
        place INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, content BLOB NOT NULL, signature BLOB NOT NULL,
        reviewer TEXT NOT NULL) STRICT;
    """,
    "CREATE TABLE done (question BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;",
)

_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True)
class Kept:
    """A proposal and what stands beside it.

    Attributes:
        proposal: Where it stands.
        expected: The bytes of what its maker expected.
        orders: What the other side last said of each order.
    """

    proposal: Proposal
    expected: bytes
    orders: tuple[OrderLine, ...] = ()

    @property
    def standing(self) -> Standing:
        """The row of it."""
        return standing_of(self.proposal, self.expected, self.orders)


@dataclass(frozen=True)
class Broken:
    """A break-glass, its signature, and who has reviewed it; nobody has where that is empty."""

    said: BreakGlass
    signature: bytes
    reviewer: str = ""


class AuthorityStore:
    """Owns the record store of an authority. One thread.

    Args:
        folder: Where it lives.
        clock: Time.

    Attributes:
        people: Everybody, after all changes.
        changes: All changes, each checked again when the store is opened.

    Raises:
        BadInputError: Another process owns the store, or it is damaged.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._clock = clock
        self._machine = Machine()
        self._folder = folder
        self.records = RecordStore(folder, {"authority": TABLES}, "palisade authority", self._machine)
        with ExitStack() as opened:
            opened.callback(self.records.close)
            self.people, self.changes = People(), list[SignedChange]()
            self._read_people()
            self.broken = {broken.said.identity: broken for broken in self._read_broken()}
            self.kept = {kept.proposal.instruction.identity: kept for kept in self._read_proposals()}
            opened.pop_all()

    def now(self) -> Moment:
        """This moment by both clocks."""
        return Moment(self._clock.wall_ns(), self._clock.monotonic_ns(), self._machine.boot.hex())

    @contextmanager
    def change(self) -> Iterator[Transaction]:
        """A transaction of records and state."""
        with self.records.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            yield change

    @contextmanager
    def doing(self, question: bytes) -> Iterator[Transaction]:
        """A transaction of what is done because of a question, named by its digest: it is not done again."""
        with self.change() as change:
            change.execute("INSERT INTO done VALUES (?)", (question,))
            yield change

    def was_done(self, question: bytes) -> bool:
        """Whether what a question asks for has been done, by this start of the authority or an earlier one."""
        return bool(self.records.query("SELECT 1 FROM done WHERE question = ?", (question,)))

    def was_proposed(self, identity: bytes) -> bool:
        """Whether an instruction of this identity has ever been proposed."""
        return bool(self.records.query("SELECT 1 FROM proposals WHERE identity = ?", (identity,)))

    def add(self, change: Transaction, kept: Kept) -> None:
        """Keep a new proposal."""
        instruction = kept.proposal.instruction
        change.execute(
            "INSERT INTO proposals (identity, fingerprint, open, standing) VALUES (?, ?, 1, ?)",
            (instruction.identity, instruction.fingerprint, _encode(kept.standing)),
        )

    def update(self, change: Transaction, kept: Kept) -> None:
        """Keep what has become of a proposal."""
        proposal = kept.proposal
        change.execute(
            "UPDATE proposals SET open = ?, standing = ? WHERE identity = ?",
            (int(not proposal.state.is_final), _encode(kept.standing), proposal.instruction.identity),
        )

    def use_nonce(self, change: Transaction, nonce: bytes) -> None:
        """Let a signature count once.

        Raises:
            RefusedError: It was used before.
        """
        if change.execute("SELECT 1 FROM nonces WHERE nonce = ?", (nonce,)):
            raise RefusedError(text("this signature was used before"))
        change.execute("INSERT INTO nonces VALUES (?)", (nonce,))

    def add_change(self, change: Transaction, signed: SignedChange) -> None:
        """Keep a change of people."""
        change.execute("INSERT INTO people VALUES (?, ?)", (signed.change.sequence, _encode(change_row(signed))))

    def put_broken(self, change: Transaction, broken: Broken) -> None:
        """Keep a break-glass, or who has reviewed it."""
        change.execute(
            "INSERT INTO broken_glass (identity, content, signature, reviewer) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (identity) DO UPDATE SET reviewer = excluded.reviewer",
            (broken.said.identity, broken.said.content, broken.signature, broken.reviewer),
        )

    def tell(self, change: Transaction, events: Iterable[Event], actor: str = ACTOR) -> None:
        """Put events on record."""
        for event in events:
            change.record(actor, *told(event))

    def close(self) -> None:
        """Close it."""
        self.records.close()

    def _read_people(self) -> None:
        for (row,) in self.records.query("SELECT change FROM people ORDER BY sequence"):
            try:
                signed = change_of(decode(SIGNED_CHANGE, row))
                self.people = self.people.applied(signed, verify)
            except (BadMessageError, BadInputError, RefusedError) as error:
                raise self._damaged(error) from None
            self.changes.append(signed)

    def _read_broken(self) -> Iterator[Broken]:
        rows = self.records.query(
            "SELECT content, signature, reviewer FROM broken_glass ORDER BY place DESC LIMIT ?", (RECENT,)
        )
        for content, signature, reviewer in reversed(rows):
            try:
                yield Broken(BreakGlass.read(content), signature, reviewer)
            except BadInputError as error:
                raise self._damaged(error) from None

    def _read_proposals(self) -> Iterator[Kept]:
        rows = self.records.query("SELECT standing FROM proposals WHERE open ORDER BY place")
        ended = "SELECT standing FROM proposals WHERE NOT open ORDER BY place DESC LIMIT ?"
        for (row,) in [*reversed(self.records.query(ended, (RECENT,))), *rows]:
            try:
                standing = decode(STANDING, row)
                yield Kept(proposal_of(standing, self.people), standing.expected, standing.orders)
            except (BadMessageError, BadInputError) as error:
                raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> BadInputError:
        what = text("a row of the store is damaged: {reason}", reason=error)
        return BadInputError(str(self._folder), what, text("verify the store and restore it from a copy"))
