"""Where an instruction in hand is: what has to leave yet, what has been asked of the other side, what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.authorisation.instruction import Instruction
from engine.routing import OrderState, Package, RoutedOrder, legs_of, packages, routed
from engine.text import Text
from feeds.authority_messages import OrderLine

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


def is_over(line: OrderLine | None) -> bool:
    """Whether nothing more will be filled of an order."""
    return line is not None and line.state in OVER
