"""When the steps of a drill were reached, as those recorded it whom they happened to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.audit_events import OrderReported, OrderSent, Proposed, Signed, StateChanged
from engine.authorisation.proposal import State
from engine.close_review import Review
from terminal.drill_outcome import DrillStep, Reached, Source


@dataclass(frozen=True, slots=True)
class Round:
    """The steps of one instruction on its way to two signatures."""

    proposed: DrillStep
    first_signature: DrillStep
    second_signature: DrillStep


ONCE = Round(DrillStep.PROPOSED, DrillStep.FIRST_SIGNATURE, DrillStep.SECOND_SIGNATURE)
AGAIN = Round(DrillStep.PROPOSED_AGAIN, DrillStep.FIRST_SIGNATURE_AGAIN, DrillStep.SECOND_SIGNATURE_AGAIN)
"""After the market had left what was signed first."""


def recorded_times(found: Review, steps: Round) -> Iterator[tuple[DrillStep, Reached]]:
    """Those that records of this instruction tell; of a step that is told twice the exchange's own time comes last."""
    records = [(moment.record.wall, moment.event) for moment in found.moments]
    proposed = [wall for wall, event in records if isinstance(event, Proposed)]
    signed = [wall for wall, event in records if isinstance(event, Signed) and event.act == "approve"]
    quoted = [wall for wall, event in records if isinstance(event, StateChanged) and event.after == State.REQUOTE.value]
    sent = [wall for wall, event in records if isinstance(event, OrderSent)]
    reports = [event for _, event in records if isinstance(event, OrderReported) and event.venue_time]
    taken = [event.venue_time for event in reports if not event.filled]
    filled = [event.venue_time for event in reports if event.filled]
    for step, moments, source in (
        (steps.proposed, proposed[:1], Source.RECORD),
        (steps.first_signature, signed[:1], Source.RECORD),
        (steps.second_signature, signed[1:2], Source.RECORD),
        (DrillStep.REQUOTED, quoted[:1], Source.RECORD),
        (DrillStep.AT_EXCHANGE, sent[:1], Source.RECORD),
        (DrillStep.AT_EXCHANGE, sorted(taken)[:1], Source.EXCHANGE),
        (DrillStep.FIRST_FILL, sorted(filled)[:1], Source.EXCHANGE),
        (DrillStep.LAST_FILL, sorted(filled)[-1:], Source.EXCHANGE),
    ):
        for moment in moments:
            yield step, Reached(moment, source)
