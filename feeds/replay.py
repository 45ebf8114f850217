"""Replays a journal through the feeds' own code, turn by turn, and compares what it comes to with what was recorded.

The journal says what each turn took in, when a line was given up and when a snapshot was asked for; nothing is left to
a clock or to chance. So every state, sequence number and digest of the positions has to come out bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

import zmq

from engine.book import PositionBook
from engine.instruments import Universe
from engine.market import MarketBook
from engine.text import BadInputError, text
from feeds.clock import Clock
from feeds.messages import TOPIC_POSITIONS, TOPIC_QUOTES
from feeds.positions import PositionsFeed
from feeds.quotes import QuotesFeed
from feeds.snapshot_client import BookContent, SnapshotClient
from feeds.sockets import CHANNELS, Context, Line
from feeds.tape import Channel, Entry, Mark, decode_mark

NOWHERE: Final = "inproc://replay"
BURST: Final = 10**9
"""A turn is over when the journal says so."""


@dataclass(slots=True)
class Replayed:
    """What a replay came to.

    Attributes:
        starts: How often the program had been started.
        entries: Entries of the journal.
        turns: Turns of the feeds' owner.
        marks: Recorded states that came out again.
        last: The last of them.
        first: Wall nanoseconds of the first entry.
        until: And of the last.
        difference: Where the replay first came to something else: what was recorded and what came out.
    """

    starts: int = 0
    entries: int = 0
    turns: int = 0
    marks: int = 0
    last: Mark | None = None
    first: int = 0
    until: int = 0
    difference: tuple[str, str] | None = None


class Tape:
    """The journal's entries, with the next one in view."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: Iterator[Entry] = iter(entries)
        self.now: Entry | None = None
        """The last one taken: its times are the time."""
        self.next = next(self._entries, None)
        self.taken = 0

    def waits(self, *channels: Channel) -> bool:
        """Whether the next entry is of one of these channels."""
        return self.next is not None and self.next.channel in channels

    def take(self) -> Entry:
        """The next entry. Raises StopIteration behind the last."""
        if self.next is None:
            raise StopIteration
        self.now, self.next = self.next, next(self._entries, None)
        self.taken += 1
        return self.now


class TapeClock:
    """Stands still between entries."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def wall_ns(self) -> int:
        """When the last entry was recorded."""
        return self._tape.now.wall if self._tape.now else 0

    def monotonic_ns(self) -> int:
        """Likewise."""
        return self._tape.now.monotonic if self._tape.now else 0


class TapeLine(Line):
    """A line whose messages, and whose end, are on tape; its socket leads nowhere."""

    def __init__(self, context: Context, topic: bytes, tape: Tape, clock: Clock) -> None:
        super().__init__(context, NOWHERE, topic, 1, clock, Random(0))
        self._tape = tape
        self._message, self._end = CHANNELS[topic]

    @property
    def overdue(self) -> bool:
        """Whether the line was given up here, or had to be looked at once more before that."""
        return self._tape.waits(self._message, self._end)

    def receive(self) -> list[bytes] | None:
        """The next message, if it was taken in here."""
        return list(self._tape.take().frames) if self._tape.waits(self._message) else None

    def rebuild(self) -> None:
        """As it was given up."""
        self._tape.take()
        super().rebuild()


class TapeSnapshots(SnapshotClient):
    """Requests and answers as they are on tape."""

    def __init__(self, context: Context, tape: Tape, clock: Clock) -> None:
        super().__init__(context, NOWHERE, clock, Random(0))
        self._tape = tape
        self._under_way = False

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return not self._under_way

    @property
    def waiting(self) -> bool:
        """Whether a piece of an answer was taken in here."""
        return self._tape.waits(Channel.SNAPSHOT)

    def ask(self) -> bool:
        """Ask, if it was asked here."""
        if not self._tape.waits(Channel.SNAPSHOT_ASKED):
            return False
        (self._request,) = self._tape.take().frames
        self._under_way = True
        return True

    def receive(self) -> BookContent | None:
        """The content where this piece was the last."""
        return self._take(list(self._tape.take().frames))

    def tick(self) -> bool:
        """Give the request up, if it was given up here."""
        if not self._tape.waits(Channel.SNAPSHOT_OVERDUE):
            return False
        self._tape.take()
        self.give_up()
        return True

    def close(self) -> None:
        """Drop the request."""
        super().close()
        self._under_way = False


class _Run:
    """The feeds between one start of the program and the next."""

    def __init__(self, context: Context, tape: Tape, universe: Universe) -> None:
        clock = TapeClock(tape)
        line, snapshots = TapeLine(context, TOPIC_POSITIONS, tape, clock), TapeSnapshots(context, tape, clock)
        self.positions = PositionsFeed.on(line, snapshots, PositionBook(universe), clock)
        self.quotes = QuotesFeed.on(TapeLine(context, TOPIC_QUOTES, tape, clock), MarketBook(universe), clock)

    def turn(self) -> None:
        for feed in (self.positions, self.quotes):
            feed.drain(BURST)
            feed.tick()

    def close(self) -> None:
        self.positions.close()
        self.quotes.close()


def replay(entries: Iterable[Entry], universe: Universe) -> Replayed:
    """Replay a journal.

    Args:
        entries: All of it, from a start of the program on.
        universe: Contracts of the parameters that were in force; one without any takes what it meets.

    Raises:
        BadInputError: The journal does not begin with a start of the program, or holds what no journal can.
    """
    tape, done = Tape(entries), Replayed()
    context: Context = zmq.Context()
    run: _Run | None = None
    try:
        while tape.next is not None and done.difference is None:
            entry = tape.take()
            if entry.channel == Channel.START:
                if run is not None:
                    run.close()
                run, done.starts = _Run(context, tape, universe), done.starts + 1
                done.first = done.first or entry.wall
            elif run is None:
                raise _unusable("it does not begin with a start of the program")
            elif entry.channel == Channel.TURN:
                done.turns += 1
                run.turn()
            elif entry.channel == Channel.MARK:
                _compare(done, entry, run.positions.mark())
            else:
                done.difference = (f"entry {tape.taken}, channel {entry.channel}", "nothing that takes it in here")
        done.entries, done.until = tape.taken, tape.now.wall if tape.now else 0
        return done
    finally:
        if run is not None:
            run.close()
        context.term()


def _compare(done: Replayed, entry: Entry, came_to: Mark) -> None:
    try:
        (frame,) = entry.frames
        recorded = decode_mark(frame)
    except ValueError as error:
        raise _unusable(str(error)) from None
    if recorded == came_to:
        done.marks, done.last = done.marks + 1, recorded
    else:
        done.difference = (_said(recorded), _said(came_to))


def _said(mark: Mark) -> str:
    return f"{mark.state} at {mark.sequence} of {mark.session.hex() or '-'}, digest {mark.digest.hex()}"


def _unusable(reason: str) -> BadInputError:
    what = text("the journal cannot be replayed: {reason}", reason=reason)
    return BadInputError("journal", what, text("give the folder of a whole journal"))
