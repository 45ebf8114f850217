"""What the gate's own orders may still change of positions: what works, and fills that positions may not show yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.authorisation.instruction import Effect, Side
from engine.routing import RoutedOrder
from feeds.clock import SECOND, Clock

SHOWN: Final = 5 * SECOND
"""After so long the positions surely show a fill."""


@dataclass(slots=True)
class _Entry:
    order: RoutedOrder
    filled: int
    is_over: bool
    shown: int
    changed: int


class WorkingOrders:
    """Contracts by account, contract and side. One thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def put(self, order: RoutedOrder, filled: int, is_over: bool) -> None:
        """Say where an order stands; ``filled`` is all of it that is filled."""
        now = self._clock.monotonic_ns()
        entry = self._entries.get(order.identity)
        if entry is None:
            self._entries[order.identity] = _Entry(order, filled, is_over, 0, now)
        elif filled != entry.filled or is_over != entry.is_over:
            self._settle(entry, now)
            entry.filled, entry.is_over, entry.changed = filled, is_over, now

    def drop(self, order: RoutedOrder) -> None:
        """Forget an order."""
        self._entries.pop(order.identity, None)

    def of(self, account: str, contract: str, side: Side, effect: Effect | None = None) -> int:
        """Contracts that may still be traded beyond what the positions show; only of one effect where that is said."""
        now, total = self._clock.monotonic_ns(), 0
        for identity, entry in list(self._entries.items()):
            self._settle(entry, now)
            most = entry.filled if entry.is_over else entry.order.quantity
            if entry.is_over and entry.shown >= entry.filled:
                del self._entries[identity]
            elif (entry.order.account, entry.order.contract, entry.order.side) == (
                account,
                contract,
                side,
            ) and effect in (None, entry.order.effect):
                total += most - entry.shown
        return total

    def _settle(self, entry: _Entry, now: int) -> None:
        if now - entry.changed >= SHOWN:
            entry.shown = entry.filled
