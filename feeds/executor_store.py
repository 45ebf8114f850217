"""What the executor gate remembers for ever: which instructions it has taken in hand, and what became of the orders."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from engine.audit_events import Event, told
from engine.authorisation.instruction import Instruction
from engine.authorisation.moments import Moment
from engine.authorisation.proposal import State
from engine.text import BadInputError, Text, text
from feeds.authority_messages import OrderLine
from feeds.boot import Machine
from feeds.clock import Clock
from feeds.decoding import decode
from feeds.faults import BadMessageError
from feeds.record_store import RecordStore
from feeds.sentences import Sentence, optional_sentence, optional_text

ACTOR: Final = "executor"
TABLES: Final = (
    """
    CREATE TABLE executions (
        place INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, fingerprint BLOB NOT NULL UNIQUE,
        open INTEGER NOT NULL, row BLOB NOT NULL) STRICT;
    """,
    "CREATE TABLE cancellations (identity BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;",
)


class Row(msgspec.Struct, array_like=True, frozen=True):
    """An execution as it is kept."""

    content: bytes
    state: str
    reason: Sentence | None
    orders: tuple[OrderLine, ...]
    number: int
    noted: bool
    withdrawn: bool = False


_encode = msgspec.msgpack.Encoder().encode
_ROW = msgspec.msgpack.Decoder(Row)


class Execution:
    """An instruction in hand.

    Attributes:
        instruction: What is sent.
        state: RESERVED, SENT, DONE, PARTIAL or UNKNOWN.
        reason: Why, where that needs saying.
        lines: What the other side last said of each order, by client order id.
        number: Of the last report to the authority.
        noted: Whether the authority has that one.
        withdrawn: Whether what is left is to be withdrawn.
    """

    def __init__(self, instruction: Instruction, state: State = State.RESERVED, reason: Text | None = None) -> None:
        self.instruction = instruction
        self.state = state
        self.reason = reason
        self.lines: dict[str, OrderLine] = {}
        self.number = 0
        self.noted = False
        self.withdrawn = False

    @property
    def is_final(self) -> bool:
        """Whether nothing more can come of it, and the authority knows."""
        return self.state.is_final and self.noted

    @property
    def row(self) -> Row:
        """As it is kept."""
        lines, reason = tuple(self.lines.values()), optional_sentence(self.reason)
        return Row(self.instruction.content, self.state.value, reason, lines, self.number, self.noted, self.withdrawn)

    @classmethod
    def of(cls, row: Row) -> Execution:
        """As it was kept. Raises BadInputError or ValueError where it is damaged."""
        execution = cls(Instruction.read(row.content), State(row.state), optional_text(row.reason))
        execution.lines = {line.identity: line for line in row.orders}
        execution.number, execution.noted, execution.withdrawn = row.number, row.noted, row.withdrawn
        return execution


class ExecutorStore:
    """Owns the record store of an executor gate. One thread.

    Args:
        folder: Where it lives.
        clock: Time.

    Attributes:
        open: Executions that are not over, by identity.

    Raises:
        BadInputError: Another process owns the store, or it is damaged.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._clock = clock
        self._machine = Machine()
        self._folder = folder
        self.records = RecordStore(folder, {"executor": TABLES}, "palisade executor", self._machine)
        with ExitStack() as opened:
            opened.callback(self.records.close)
            self.open = {each.instruction.identity: each for each in self._read("WHERE open")}
            opened.pop_all()

    def now(self) -> Moment:
        """This moment by both clocks."""
        return Moment(self._clock.wall_ns(), self._clock.monotonic_ns(), self._machine.boot.hex())

    def find(self, identity: bytes) -> Execution | None:
        """The execution of an instruction, over or not; None where it was never taken in hand."""
        found = self.open.get(identity)
        return found or next(iter(self._read("WHERE identity = ?", identity)), None)

    def add(self, execution: Execution, *events: Event) -> None:
        """Take an instruction in hand, once for ever: on the disk when this returns.

        Raises:
            sqlite3.IntegrityError: It was before.
            StoreFailedError: It cannot be written.
        """
        instruction = execution.instruction
        with self.records.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            change.execute(
                "INSERT INTO executions (identity, fingerprint, open, row) VALUES (?, ?, 1, ?)",
                (instruction.identity, instruction.fingerprint, _encode(execution.row)),
            )
            for event in events:
                change.record(ACTOR, *told(event))
        self.open[instruction.identity] = execution

    def update(self, execution: Execution, *events: Event) -> None:
        """Keep what has become of it. Raises StoreFailedError where it cannot be written."""
        identity = execution.instruction.identity
        with self.records.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            change.execute(
                "UPDATE executions SET open = ?, row = ? WHERE identity = ?",
                (int(not execution.is_final), _encode(execution.row), identity),
            )
            for event in events:
                change.record(ACTOR, *told(event))
        if execution.is_final:
            self.open.pop(identity, None)

    def has_cancelled(self, identity: bytes) -> bool:
        """Whether a break-glass has been carried out."""
        return bool(self.records.query("SELECT 1 FROM cancellations WHERE identity = ?", (identity,)))

    def note_cancelled(self, identity: bytes) -> None:
        """Keep that a break-glass was carried out. Raises StoreFailedError where it cannot be written."""
        with self.records.transaction(self._clock.wall_ns(), self._clock.monotonic_ns()) as change:
            change.execute("INSERT OR IGNORE INTO cancellations VALUES (?)", (identity,))
            change.record(ACTOR, "all cancelled", {"break_glass": identity.hex()})

    def close(self) -> None:
        """Close it."""
        self.records.close()

    def _read(self, where: str, *arguments: bytes) -> list[Execution]:
        rows = self.records.query(f"SELECT row FROM executions {where} ORDER BY place", arguments)
        try:
            return [Execution.of(decode(_ROW, row)) for (row,) in rows]
        except (BadMessageError, BadInputError, ValueError) as error:
            what = text("a row of the store is damaged: {reason}", reason=error)
            remedy = text("verify the store and restore it from a copy")
            raise BadInputError(str(self._folder), what, remedy) from None
