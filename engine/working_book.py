"""Orders that the publisher says are working, by account and name, and what of them counts beside reservations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from engine.order import Order
from engine.reservations import Changes, Strategy

Named = Mapping[str, Order]
NONE: Named = MappingProxyType({})


class Held(Protocol):
    """Orders that are held headroom for, and may be working already."""

    @property
    def changes(self) -> Changes:
        """What has begun and ceased to be held."""
        ...

    def everything(self) -> Iterable[tuple[str, Sequence[Strategy]]]:
        """Names of the accounts that have any, and what each has."""
        ...

    def working(self, account: str) -> Sequence[Strategy]:
        """Those of one account."""
        ...

    def combines(self, account: str) -> bool:
        """Whether some of one account's fill together in several contracts."""
        ...

    def holds(self, account: str, order: str) -> bool:
        """Whether the order of this name is among those of an account."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingSnapshot:
    """What works at one moment; never changes.

    Attributes:
        orders: What is left of each order, by account and by the order's name.
    """

    orders: Mapping[str, Named] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, account: str) -> Named:
        """What is left of each order of an account, by name."""
        return self.orders.get(account, NONE)


class WorkingBook:
    """Orders as the publisher tells of them. Kept by one thread."""

    def __init__(self) -> None:
        self._orders: dict[str, Named] = {}
        self._snapshot = WorkingSnapshot()

    def put(self, account: str, name: str, order: Order | None) -> None:
        """Replace what is left of an order; None where nothing is."""
        orders = dict(self._orders.get(account, NONE))
        if order is not None:
            orders[name] = order
        else:
            orders.pop(name, None)
        if orders:
            self._orders[account] = MappingProxyType(orders)
        else:
            self._orders.pop(account, None)
        self._snapshot = WorkingSnapshot(MappingProxyType(self._orders.copy()))

    def snapshot(self) -> WorkingSnapshot:
        """What works now."""
        return self._snapshot


class AllWorking:
    """What the publisher says is working, and what is held beside it; an order that both know counts once.

    An order sent under the name of its reservation, in 32 hexadecimal digits, is known to be the same.

    Args:
        known: What the publisher says.
        held: What is held.

    Attributes:
        known: What the publisher says.
    """

    def __init__(self, known: WorkingSnapshot, held: Held | None = None) -> None:
        self.known = known
        self._held = held

    @property
    def changes(self) -> Changes | None:
        """What has begun and ceased to be held; None where nothing does any more."""
        return self._held.changes if self._held is not None else None

    def combines(self, account: str) -> bool:
        """Whether anything of an account may fill together in several contracts."""
        return self._held is not None and self._held.combines(account)

    def held(self) -> Iterable[tuple[str, Sequence[Strategy]]]:
        """Names of the accounts in which headroom is held, and what is held in each."""
        return self._held.everything() if self._held is not None else ()

    def everything(self) -> Iterable[tuple[str, Sequence[Strategy]]]:
        """Names of the accounts in which anything may still fill, and what `working` says of each."""
        held = self.held()
        if not self.known.orders:
            return held
        names = dict.fromkeys((*(name for name, _ in held), *self.known.orders))
        return [(name, self.working(name)) for name in names]

    def working(self, account: str) -> Sequence[Strategy]:
        """What may still fill in an account, single orders of one contract and side added up."""
        held = tuple(self._held.working(account)) if self._held is not None else ()
        orders = self.known.of(account)
        if not orders:
            return held
        sums: dict[tuple[object, bool, bool], Order] = {}
        single = [strategy[0] for strategy in held if len(strategy) == 1]
        known = [order for name, order in orders.items() if self._held is None or not self._held.holds(account, name)]
        for order in (*single, *known):
            key = (order.contract, order.quantity > 0, order.closes)
            so_far = sums.get(key)
            quantity = order.quantity + (so_far.quantity if so_far is not None else 0)
            sums[key] = Order(order.contract, quantity, order.closes)
        return (*(strategy for strategy in held if len(strategy) > 1), *((order,) for order in sums.values()))


def working_in(account: str, working: Sequence[Strategy] | None, everywhere: AllWorking | None) -> Sequence[Strategy]:
    """What works in an account: as told, or where that is None as ``everywhere`` has it."""
    if working is not None or everywhere is None:
        return working or ()
    return everywhere.working(account)
