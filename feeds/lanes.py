"""Where instructions in hand are: what has to leave yet, what has been asked of the other side, what was answered."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.authorisation.instruction import Instruction
from engine.routing import OrderReport, OrderState, Package, RoutedOrder, legs_of, packages, routed
from engine.text import Text
from feeds.authority_messages import OrderLine
from feeds.authority_rows import RECENT, line_of
from feeds.clock import Clock
from feeds.executor_store import Execution
from feeds.faults import FaultLog
from feeds.working_orders import WorkingOrders

Against = Callable[[Instruction], Text | None]
"""Why a part of an instruction must not leave now, whatever the desk shows; None where nothing is against it."""

OVER: Final = frozenset(state.value for state in OrderState if state.is_final)


@dataclass(slots=True)
class Lane:
    """The orders of one instruction on their way.

    Attributes:
        orders: By client order id.
        packages: What leaves by one message each; the other side reports of these.
        waiting: Monotonic nanoseconds and client order id of packages whose turn has not come.
        against: Asked before each part that leaves later.
        since: Monotonic nanoseconds from when on an answer of the other side is not older than what was sent.
        unanswered: Client order ids of packages that were sent or asked for, and of which nothing was heard since.
        asked: When they were, likewise.
        withdrawn: When the other side was last told to withdraw what is left, likewise; 0 for never.
        reported: When the authority was last told, likewise.
    """

    orders: dict[str, RoutedOrder]
    packages: dict[str, Package]
    waiting: list[tuple[int, str]] = field(default_factory=list)
    against: Against | None = None
    since: int = 0
    unanswered: set[str] = field(default_factory=set)
    asked: int = 0
    withdrawn: int = 0
    reported: int = 0

    @classmethod
    def of(cls, instruction: Instruction) -> Lane:
        """The lane of an instruction of which nothing has left."""
        return cls(
            {order.identity: order for order in routed(instruction)},
            {package.identity: package for package in packages(instruction)},
        )

    def place_of(self, package: Package) -> list[int]:
        """Where its orders stand in the instruction."""
        names = list(self.orders)
        return [names.index(leg.identity) for leg in legs_of(package)]

    def put_off(self, pairs: Iterable[tuple[Package, int]], now: int) -> None:
        """Let packages wait, each so many nanoseconds from ``now`` on."""
        self.waiting = sorted((now + later, package.identity) for package, later in pairs if later)

    def left(self, lines: Mapping[str, OrderLine]) -> list[Package]:
        """Packages that have left and of which something may still be filled; legs of a group are over together."""
        at_home = {identity for _, identity in self.waiting}
        return [
            package
            for identity, package in self.packages.items()
            if identity not in at_home and not all(is_over(lines.get(leg.identity)) for leg in legs_of(package))
        ]


class Lanes:
    """Those of all that is in hand or has ended lately. One thread.

    Args:
        clock: Time.
        faults: Where what the other side says and cannot be is told.

    Attributes:
        working: What may still change positions.
    """

    def __init__(self, clock: Clock, faults: FaultLog) -> None:
        self._lanes: dict[bytes, Lane] = {}
        self._owners: dict[str, bytes] = {}
        self._faults = faults
        self.working = WorkingOrders(clock)

    def __len__(self) -> int:
        return len(self._lanes)

    def of(self, execution: Execution) -> Lane:
        """That of an execution, made where there is none yet."""
        instruction = execution.instruction
        lane = self._lanes.get(instruction.identity)
        if lane is None:
            lane = self._lanes[instruction.identity] = Lane.of(instruction)
            self._owners |= dict.fromkeys(lane.packages, instruction.identity)
            for order in lane.orders.values():
                line = execution.lines.get(order.identity)
                if not execution.state.is_final:
                    self.working.put(order, line.filled if line else 0, is_over(line))
        return lane

    def owner_of(self, package: str) -> bytes | None:
        """Identity of the instruction that a client order id belongs to; None where nobody knows it."""
        return self._owners.get(package)

    def filled(self, execution: Execution) -> tuple[int, ...]:
        """Contracts of each order that are filled, as far as is known."""
        lines = (execution.lines.get(identity) for identity in self.of(execution).orders)
        return tuple(line.filled if line is not None else 0 for line in lines)

    def note(self, execution: Execution, report: OrderReport) -> bool:
        """Keep what was said of an order; whether it is news. Fills never go back."""
        order = self.of(execution).orders[report.identity]
        earlier, line = execution.lines.get(report.identity), line_of(report)
        if not 0 <= line.filled <= order.quantity or (earlier is not None and line.filled < earlier.filled):
            self._faults.alert("fills", f"{line.identity}: {line.filled} of {order.quantity}")
            return False
        if line == earlier or (is_over(earlier) and line.filled == (earlier.filled if earlier else 0)):
            return False
        execution.lines[report.identity] = line
        self.working.put(order, line.filled, is_over(line))
        return True

    def tell_again(self) -> None:
        """Nothing counts as reported any more."""
        for lane in self._lanes.values():
            lane.reported = 0

    def let_go(self, in_hand: Container[bytes]) -> None:
        """Of what is over the newest stays at hand, for what may be said of it yet; all of it stays on the disk."""
        over = [identity for identity in self._lanes if identity not in in_hand]
        for identity in over[: max(0, len(over) - RECENT)]:
            for name in self._lanes.pop(identity).packages:
                del self._owners[name]


def is_over(line: OrderLine | None) -> bool:
    """Whether nothing more will be filled of an order."""
    return line is not None and line.state in OVER
