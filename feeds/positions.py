"""The lossless subscriber: positions and account money, complete as of a sequence number or visibly not LIVE.

Updates are numbered without gaps within a session of the publisher. Whatever casts doubt on that (a gap, a bad
message, a lost tail, another session, silence) leads to a fresh snapshot; until it is applied, the book shows the last
state known and the feed is not LIVE.
"""

from __future__ import annotations

import logging
from collections import deque
from random import Random, SystemRandom
from typing import Final

from engine.book import PositionBook
from engine.snapshot import FeedState, FeedStatus
from feeds.clock import Clock
from feeds.decoding import POSITIONS, decode_published
from feeds.faults import BadMessageError, FaultLog
from feeds.messages import TOPIC_POSITIONS, Heartbeat, StateUpdate
from feeds.replica import Replacement, Replica
from feeds.snapshot_client import SnapshotClient
from feeds.sockets import POSITIONS_LIMIT, Context, Line, Socket
from feeds.tape import Mark, Tap

WINDOW: Final = 16_384
"""How many of the latest message bodies are kept, to tell a harmless repetition from a forged one."""
MOST_WAITING: Final = 100_000
BURST: Final = 1_000
ROWS_A_TURN: Final = 5_000
"""Rows of a snapshot checked in a turn: about 25 ms, so that the owner of the thread keeps moving."""

_logger = logging.getLogger(__name__)


class PositionsFeed:
    """Keeps a `PositionBook` equal to a publisher's. Every method runs in the one thread that owns the book.

    Args:
        context: The owner's ZeroMQ context.
        endpoint: Where updates and heartbeats are published.
        snapshot_endpoint: Where the whole book is answered.
        book: Written by this feed alone.
        clock: Time.
        random: Source of jitter.
        name: For status and log.
        tap: Told of everything that is taken in.

    Raises:
        BadInputError: An endpoint that leaves the machine or cannot be used.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        snapshot_endpoint: str,
        book: PositionBook,
        clock: Clock,
        random: Random | None = None,
        name: str = "positions",
        tap: Tap | None = None,
    ) -> None:
        random = random or SystemRandom()
        snapshots = SnapshotClient(context, snapshot_endpoint, clock, random, tap)
        line = Line(context, endpoint, TOPIC_POSITIONS, POSITIONS_LIMIT, clock, random, tap)
        self._begin(line, snapshots, book, clock, name)

    @classmethod
    def on(cls, line: Line, snapshots: SnapshotClient, book: PositionBook, clock: Clock) -> PositionsFeed:
        """The feed on lines that are there already, such as those that a journal is replayed on."""
        feed = cls.__new__(cls)
        feed._begin(line, snapshots, book, clock, "positions")
        return feed

    def _begin(self, line: Line, snapshots: SnapshotClient, book: PositionBook, clock: Clock, name: str) -> None:
        self.faults = FaultLog(_logger, name, clock)
        self._name = name
        self._snapshots, self._line = snapshots, line
        self._replica = Replica(book)
        self._replacement: Replacement | None = None
        self._session: bytes | None = None
        self._sequence = 0
        self._silent = self._suspect = self._synced = False
        self._begin_stream()

    @property
    def state(self) -> FeedState:
        """How far the book may be relied on now."""
        if self._session is None:
            return FeedState.INIT
        if self._silent:
            return FeedState.STALE
        if self._suspect:
            return FeedState.SUSPECT
        return FeedState.LIVE if self._synced else FeedState.SYNCING

    def mark(self) -> Mark:
        """What the book has come to, for the record."""
        return Mark(self._session or b"", self._sequence, self._replica.digest, self.state.value)

    @property
    def session(self) -> bytes | None:
        """The publisher's session that the sequence number belongs to; None before its first message."""
        return self._session

    def poll_sockets(self) -> list[Socket]:
        """Sockets to poll for input; ask again after each `drain` and `tick`, since they are replaced."""
        return [self._line.socket, *self._snapshots.sockets]

    def drain(self, limit: int) -> int:
        """Take at most ``limit`` waiting messages in, without blocking; how many there were."""
        count = 0
        while count < limit and (frames := self._line.receive()) is not None:
            count += 1
            self._take(frames)
        while count < limit and not self._snapshots.idle and self._take_snapshot():
            count += 1
        return count

    def tick(self) -> None:
        """Watch the clock: replace a silent socket, give up or send snapshot requests. Call at least every 50 ms."""
        # A late owner must not take its own absence for the publisher's: first what has arrived meanwhile.
        if self._line.overdue:
            self.drain(BURST)
        if self._line.overdue:
            self._lose_line()
        if self._snapshots.tick():
            self.faults.note("no answer", "the publisher does not answer the request for a snapshot")
        if self._replacement is not None:
            self._move_on(self._replacement)
        elif self._session is not None and not self._silent and not self._synced:
            self._snapshots.ask()

    def carry_on_in(self, book: PositionBook) -> None:
        """Keep ``book`` up to date from now on: the same content by the columns of another universe.

        Nothing is lost: what waits, and a snapshot on its way, name contracts and not columns.
        """
        self._replica.carry_on_in(book)

    def status(self) -> FeedStatus:
        """State, age and sequence number, for the status bar."""
        return FeedStatus(self._name, self.state, self._line.age, self._sequence, self._line.rate)

    def close(self) -> None:
        """Close all sockets."""
        self._line.close()
        self._snapshots.close()

    @property
    def rebuilds(self) -> int:
        """How often silence has made a new socket necessary."""
        return self._line.rebuilds

    def _begin_stream(self) -> None:
        """Forget what was received: numbering starts anew, or continues after an unknown hole."""
        self._recent: list[tuple[int, bytes] | None] = [None] * WINDOW
        self._replacement = None
        self._highest = -1
        """Highest sequence number on the stream, by an update or a heartbeat."""
        self._waiting: deque[StateUpdate] = deque()

    def _take(self, frames: list[bytes]) -> None:
        try:
            message, body = decode_published(POSITIONS, TOPIC_POSITIONS, frames)
        except BadMessageError as bad:
            self._resync(bad.kind, bad.detail)
            return
        self._line.heard()
        self._silent = False
        if message.session != self._session:
            self._begin_session(message.session)
        if isinstance(message, Heartbeat):
            self._take_heartbeat(message)
        else:
            self._take_update(message, body)

    def _begin_session(self, session: bytes) -> None:
        _logger.info("%s feed: publisher session %s", self._name, session.hex())
        self._session = session
        self._begin_stream()
        self._synced = False
        if not self._snapshots.idle:
            self._snapshots.give_up()

    def _take_heartbeat(self, heartbeat: Heartbeat) -> None:
        if heartbeat.sequence < self._highest:
            self._doubt("order", f"heartbeat of {heartbeat.sequence} after {self._highest}")
        self._highest = max(self._highest, heartbeat.sequence)
        if not self._synced:
            return
        if heartbeat.sequence > self._sequence:
            self._resync("lost tail", f"{heartbeat.sequence - self._sequence} messages after {self._sequence}")
        elif heartbeat.sequence == self._sequence and heartbeat.digest != self._replica.digest:
            self._doubt("digest", f"our book differs from the publisher's at {self._sequence}")

    def _take_update(self, update: StateUpdate, body: bytes) -> None:
        sequence = update.sequence
        seen = self._recent[sequence % WINDOW]
        if seen is not None and seen[0] == sequence:
            if seen[1] == body:
                self.faults.counts["repetition"] += 1
            else:
                self._doubt("conflict", f"sequence {sequence} came again with other content")
            return
        if sequence <= self._highest and seen is not None and seen[0] > sequence:
            self.faults.counts["repetition"] += 1
            return
        self._recent[sequence % WINDOW] = (sequence, body)
        self._highest = max(self._highest, sequence)
        if not self._synced:
            self._wait(update)
        elif sequence > self._sequence + 1:
            self._resync("gap", f"{sequence} after {self._sequence}")
            self._wait(update)
        elif sequence == self._sequence + 1:
            self._apply(update)

    def _wait(self, update: StateUpdate) -> None:
        """Keep an update until the snapshot is there."""
        self._waiting.append(update)
        if len(self._waiting) > MOST_WAITING:
            # What is dropped here shows up as a gap after the snapshot, unless the snapshot includes it.
            self._waiting.popleft()
            self.faults.counts["overflow"] += 1

    def _apply(self, update: StateUpdate) -> bool:
        """Apply the next update; whether the book is still the publisher's."""
        try:
            self._replica.apply(update)
        except BadMessageError as bad:
            self._resync(bad.kind, bad.detail)
            return False
        self._sequence = update.sequence
        return True

    def _take_snapshot(self) -> bool:
        """Take one piece of a snapshot in; False where none waited."""
        if not self._snapshots.waiting:
            return False
        try:
            content = self._snapshots.receive()
            if content is not None:
                if content.session != self._session:
                    raise BadMessageError("snapshot", "the snapshot is of another session than the stream")
                self._replacement = self._replica.replacement(content)
        except BadMessageError as bad:
            self._refuse_snapshot(bad)
        return True

    def _move_on(self, replacement: Replacement) -> None:
        """Check some more of the snapshot; when all of it is in the book, apply what has waited."""
        try:
            if not replacement.step(ROWS_A_TURN):
                return
        except BadMessageError as bad:
            self._refuse_snapshot(bad)
            return
        self._replacement = None
        self.faults.counts["snapshots"] += 1
        self._sequence = replacement.content.sequence
        self._synced, self._suspect = True, False
        self._catch_up()

    def _refuse_snapshot(self, bad: BadMessageError) -> None:
        self.faults.note(bad.kind, bad.detail)
        self._replacement = None
        self._snapshots.give_up()

    def _catch_up(self) -> None:
        """Apply what has waited for the snapshot, as far as it follows on from it."""
        start = self._sequence
        waiting, self._waiting = self._waiting, deque()
        for update in waiting:
            if update.sequence <= self._sequence:
                continue
            if update.sequence > self._sequence + 1 or not self._apply(update):
                break
        if self._synced and self._highest > self._sequence:
            self._resync("gap", f"the snapshot is as of {start}, {self._highest} has been sent")

    def _resync(self, kind: str, detail: str) -> None:
        """The book no longer follows the stream: ask for a snapshot."""
        self.faults.note(kind, detail)
        self._synced = False

    def _doubt(self, kind: str, detail: str) -> None:
        """The stream contradicts itself or us: somebody may be forging it."""
        self.faults.alert(kind, detail)
        self._suspect = True
        self._synced = False

    def _lose_line(self) -> None:
        self._line.rebuild()
        self._silent = True
        self._synced = False
        self._begin_stream()
        self._snapshots.close()
