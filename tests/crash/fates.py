"""What became of a forced close of which a process was killed: done, or not sent and nothing arrived; nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from tests.feeds.authority_stage import Stage

PATIENCE: Final = 300.0
"""Seconds of service after which a close hangs: longer than all timers of authority and gate one after the other."""
LATE: Final = frozenset(
    (
        "not approved in time",
        "not sent in time",
        "not sent in time: {reason}",
        "the signature of {person} is too old",
        "a clock has jumped, or the machine was started again",
    )
)
"""Reasons for which timers end a close; two clocks drift apart where a whole machine stands still for a moment."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one close.

    Attributes:
        reached: Whether the process came to the call at which it was to be killed before the close was over.
        end: Where it ended, in a word or two.
        is_late: Whether it was a timer that ended it.
        fault: What was wrong; empty where nothing was.
    """

    reached: bool
    end: str
    is_late: bool = False
    fault: str = ""


def fate_of(stage: Stage, made: Instruction, reached: bool, acknowledged: int = 0) -> Fate:
    """Wait for the end, and until nobody has anything in hand; see that it is what the exchange did.

    Args:
        stage: With authority and gate.
        made: What was proposed.
        reached: See `Fate`.
        acknowledged: How many signatures the authority had said that it accepted, before it was killed.

    Raises:
        AssertionError: It hangs, was sent twice, or lost, or authority and exchange do not agree.
    """
    stage.until(lambda: stage.has_ended(made), "the end")
    stage.until(lambda: stage.is_at_rest, "a gate with nothing in hand")
    view, arrived = stage.view(made), stage.exchange.arrived
    assert view is not None
    proposal = view.proposal
    assert len(arrived) <= 1, f"sent {len(arrived)} times"
    traded = sum(order.filled for order in stage.exchange.orders.values())
    assert proposal.filled == (traded,), f"{traded} traded, {proposal.filled} said"
    signatures = len(proposal.approvals) + 1
    assert signatures >= acknowledged, f"{acknowledged} signatures were acknowledged, {signatures} are there"
    reason = "" if proposal.reason is None else proposal.reason.template
    if arrived:
        assert proposal.state is State.DONE, f"it was sent, and is {proposal.state}: {proposal.reason}"
        return Fate(reached, "done")
    # Given to a gate that was killed before it sent, or to one that was late.
    is_late = reason in LATE
    assert proposal.state is State.PARTIAL or (is_late and proposal.state in (State.EXPIRED, State.REVOKED)), (
        f"nothing was sent, and it is {proposal.state}: {proposal.reason}"
    )
    return Fate(reached, reason if is_late else "not sent", is_late)
