"""The review of a forced close from its records: what happened when, who saw and signed what, plan against fills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.audit import Record
from engine.audit_events import (
    Event,
    OrderReported,
    OrderSent,
    OrdersJudged,
    PlannedOrder,
    Proposed,
    Refused,
    Shown,
    Signed,
    StateChanged,
    event_of,
)
from engine.close_fills import Fill
from engine.close_slippage import Slippage, slippage_of
from engine.text import Text

Told = Proposed | Shown | Signed | Refused | StateChanged | OrdersJudged | OrderSent | OrderReported
"""Events that belong to one instruction."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the instruction, and the record that tells of it.

    Attributes:
        record: The record.
        event: What it tells.
        unproven: Why a signature does not hold; None where it does, and for events that are none.
    """

    record: Record
    event: Told
    unproven: Text | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How long it took to a step, by the wall clock.

    Attributes:
        name: ``first signature``, ``second signature``, ``reserved``, ``first order sent``, ``last report``.
        wall: When it came.
        since: Nanoseconds since the proposal.
    """

    name: str
    wall: int
    since: int


@dataclass(frozen=True, slots=True)
class Review:
    """All of it.

    Attributes:
        proposed: The instruction.
        state: Where it stands last.
        moments: In the sequence of their times.
        fills: Of each order.
        steps: Those that were reached.
        slippage: Of the fills, with money where the input snapshot has been looked at.
    """

    proposed: Proposed
    state: str
    moments: tuple[Moment, ...]
    fills: tuple[Fill, ...]
    steps: tuple[Step, ...]
    slippage: Slippage

    @property
    def signed(self) -> list[Moment]:
        """Who signed what."""
        return [moment for moment in self.moments if isinstance(moment.event, Signed)]

    @property
    def shown(self) -> list[Moment]:
        """Who saw what."""
        return [moment for moment in self.moments if isinstance(moment.event, Shown)]


def instructions_in(records: Iterable[Record]) -> list[Proposed]:
    """All instructions that were proposed, in sequence. Raises ValueError where a payload does not fit its kind."""
    events = (event_of(record) for record in records if record.kind == Proposed.kind)
    return [event for event in events if isinstance(event, Proposed)]


def review_of(instruction: str, records: Iterable[Record]) -> Review | None:
    """The review of one instruction.

    Args:
        instruction: Its identity in hexadecimal.
        records: Of the authority, and of the executor gate where it has its own.

    Returns:
        None where it was never proposed.

    Raises:
        ValueError: A payload does not fit its kind.
    """
    moments = [
        Moment(record, event)
        for record in records
        if isinstance(event := event_of(record), Told) and _is_of(event, instruction)
    ]
    moments.sort(key=lambda moment: moment.record.wall)
    proposed = next((moment for moment in moments if isinstance(moment.event, Proposed)), None)
    if proposed is None or not isinstance(proposed.event, Proposed):
        return None
    changes = [moment.event for moment in moments if isinstance(moment.event, StateChanged)]
    fills = tuple(_fill(order, moments) for order in proposed.event.orders)
    steps = tuple(_steps(moments, proposed.record.wall))
    state = changes[-1].after if changes else ""
    return Review(proposed.event, state, tuple(moments), fills, steps, slippage_of(fills, None))


def _is_of(event: Event, instruction: str) -> bool:
    return getattr(event, "instruction", "") == instruction


def _fill(order: PlannedOrder, moments: list[Moment]) -> Fill:
    sent, state, filled, average, ended = None, "", 0, 0, None
    for moment in moments:
        event = moment.event
        if isinstance(event, OrderSent) and event.order == order.order and sent is None:
            sent = moment.record.wall
        elif isinstance(event, OrderReported) and event.order == order.order and event.filled >= filled:
            # Gate and authority both tell; what is known of fills never shrinks.
            state, filled, average, ended = event.state, event.filled, event.average, moment.record.wall
    return Fill(order, sent, state, filled, average, ended)


def _steps(moments: list[Moment], start: int) -> Iterable[Step]:
    approvals = [moment for moment in moments if isinstance(moment.event, Signed) and moment.event.act == "approve"]
    reserved = [
        moment for moment in moments if isinstance(moment.event, StateChanged) and moment.event.after == "reserved"
    ]
    sent = [moment for moment in moments if isinstance(moment.event, OrderSent)]
    reports = [moment for moment in moments if isinstance(moment.event, OrderReported)]
    for name, found in (
        ("first signature", approvals[:1]),
        ("second signature", approvals[1:2]),
        ("reserved", reserved[:1]),
        ("first order sent", sent[:1]),
        ("last report", reports[-1:]),
    ):
        for moment in found:
            yield Step(name, moment.record.wall, moment.record.wall - start)
