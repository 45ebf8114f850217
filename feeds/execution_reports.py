"""What the executor gate tells the authority of what it was given. One thread."""

from __future__ import annotations

from engine.authorisation.instruction import Instruction
from engine.authorisation.proposal import State
from engine.text import Text
from feeds.authority_messages import Report
from feeds.clock import Clock
from feeds.executor_link import ExecutorLink
from feeds.executor_store import Execution
from feeds.lanes import Lanes
from feeds.messages import VERSION
from feeds.sentences import optional_sentence


class ExecutionReports:
    """Says what has become of orders; whoever owns it says so again until the authority has noted it.

    Args:
        link: To the authority.
        lanes: Of everything in hand.
        clock: Time.
    """

    def __init__(self, link: ExecutorLink, lanes: Lanes, clock: Clock) -> None:
        self._link = link
        self._lanes = lanes
        self._clock = clock

    def send(self, execution: Execution) -> None:
        """Say where an execution is; nothing while it is written down and not sent."""
        self._lanes.of(execution).reported = self._clock.monotonic_ns()
        if execution.state is State.RESERVED:
            return
        self._link.send(
            Report(
                VERSION,
                self._link.session,
                execution.number,
                execution.instruction.identity,
                execution.state.value,
                self._lanes.filled(execution),
                optional_sentence(execution.reason),
                tuple(execution.lines.values()),
            )
        )

    def decline(self, instruction: Instruction, state: State, reason: Text | None) -> None:
        """Say that an instruction is not taken in hand."""
        filled, said = (0,) * len(instruction.orders), optional_sentence(reason)
        session, identity = self._link.session, instruction.identity
        self._link.send(Report(VERSION, session, 0, identity, state.value, filled, said, ()))
