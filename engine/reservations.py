"""Headroom that passed orders hold until they are filled, withdrawn or expired. Time is an argument."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from enum import StrEnum
from heapq import heapify, heappop, heappush
from math import gcd
from typing import Final, NamedTuple

from engine.order import Order

MOST_HELD: Final = 100_000
MOST_ENDED: Final = 10_000
"""Ended reservations that are still remembered, for whoever asks."""

MOST_CHANGED: Final = 4_096
"""Changes that are remembered at the least, for whoever follows them."""

Strategy = tuple[Order, ...]
"""Orders that fill together or not at all; most are a single order."""


class Hold(StrEnum):
    """What has become of a reservation."""

    HELD = "held"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Reserve(NamedTuple):
    """What is to be held.

    Attributes:
        identity: Names the reservation; never used twice.
        client: Who may say what becomes of it.
        account: Whose headroom it takes.
        orders: What may be filled.
        together: Whether the orders fill together, in proportion, as an exchange's combinations do. Otherwise each
            may fill alone.
        expiry: Nanoseconds, on the clock of the times passed in: from then on the orders must not work any more.
    """

    identity: bytes
    client: str
    account: str
    orders: Strategy
    together: bool
    expiry: int


class Reservation:
    """A reservation and what has become of it.

    Attributes:
        reserve: What was asked for.
        state: What has become of it.
        filled: Contracts of each order that are reported filled, 0 or more.
        counts: What `Reservations` has counted it for.
    """

    def __init__(self, reserve: Reserve) -> None:
        self.reserve = reserve
        self.state = Hold.HELD
        self.filled = self._booked = self._nothing = (0,) * len(reserve.orders)
        self.counts: list[tuple[Strategy, int]] = []

    @property
    def remaining(self) -> tuple[int, ...]:
        """Contracts of each order that may still be filled."""
        if self.state is not Hold.HELD:
            return (0,) * len(self.filled)
        ordered = (abs(order.quantity) for order in self.reserve.orders)
        return tuple(all_of_it - done for all_of_it, done in zip(ordered, self.filled, strict=True))

    def book(self, filled: tuple[int, ...]) -> None:
        """Say that so much of what was filled is sure to be among the account's positions."""
        self._booked = tuple(map(max, self._booked, filled))

    def strategies(self) -> list[tuple[Strategy, int]]:
        """What it still counts for: strategies in their smallest size, and how many times each."""
        if self.filled == self._booked == self._nothing:
            left = self.reserve.orders if self.state is Hold.HELD else ()
        else:
            left = tuple(
                Order(order.contract, (quantity if order.quantity > 0 else -quantity), order.closes)
                for order, quantity in zip(self.reserve.orders, self._counted(), strict=True)
                if quantity
            )
        return [in_smallest_size(left)] if self.reserve.together and left else [_in_ones(order) for order in left]

    def _counted(self) -> list[int]:
        """Contracts of each order that the positions may not show yet."""
        figures = zip(self.filled, self.remaining, self._booked, strict=True)
        return [filled + remaining - booked for filled, remaining, booked in figures]


def in_smallest_size(strategy: Strategy) -> tuple[Strategy, int]:
    """A strategy (quantities other than 0) divided by the largest number that divides it, and that number."""
    times = gcd(*(order.quantity for order in strategy))
    if times == 1:
        return strategy, 1
    return tuple(Order(order.contract, order.quantity // times, order.closes) for order in strategy), times


def _in_ones(order: Order) -> tuple[Strategy, int]:
    """The same of a single order."""
    contract, quantity, closes = order
    return (Order(contract, 1 if quantity > 0 else -1, closes),), abs(quantity)


def _in_size(strategy: Strategy, times: int) -> Strategy:
    return tuple(Order(order.contract, order.quantity * times, order.closes) for order in strategy)


Change = tuple[str, Strategy, int]
"""An account, a strategy in its smallest size, and how many times more it works there; below 0 how many times less."""


class Changes:
    """What begins and ceases to work, one after the other; who follows it looks at nothing else."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._forgotten = 0

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._forgotten + len(self._changes)

    def note(self, change: Change) -> None:
        """Something has changed."""
        self._changes.append(change)
        if len(self._changes) > 2 * MOST_CHANGED:
            del self._changes[:MOST_CHANGED]
            self._forgotten += MOST_CHANGED

    def since(self, count: int) -> list[Change] | None:
        """Those after the first ``count``; None where some of them are forgotten."""
        return self._changes[count - self._forgotten :] if count >= self._forgotten else None


class Reservations:
    """All reservations. Kept by one thread; times are nanoseconds that never go back.

    Args:
        settling: How long filled contracts still count after the fill was reported: positions come on another line
            and may be later than the report. Until they are there for sure they count as working, which at worst
            counts them twice.
        most: Reservations that may count at once.

    Attributes:
        changes: What has begun and ceased to count.
    """

    def __init__(self, settling: int, most: int = MOST_HELD) -> None:
        self.changes = Changes()
        self._settling = settling
        self._most = most
        self._counting: dict[bytes, Reservation] = {}
        self._ended: OrderedDict[bytes, Reservation] = OrderedDict()
        self._sums: dict[str, dict[Strategy, int]] = {}
        self._working: dict[str, tuple[Strategy, ...]] = {}
        self._combined: Counter[str] = Counter()
        """Orders of several contracts that fill together, by account."""
        self._outdated: set[str] = set()
        """Accounts of which `_working` has yet to be written anew."""
        self._due: list[tuple[int, bytes, tuple[int, ...]]] = []
        """When what happens by itself: an expiry (no figures), or fills that the positions show by then."""

    def __len__(self) -> int:
        return len(self._counting)

    @property
    def full(self) -> bool:
        """Whether nothing more can be held."""
        return len(self._counting) >= self._most

    def counting(self) -> Iterable[Reservation]:
        """All that count for something: held, or filled a moment ago."""
        return self._counting.values()

    def find(self, identity: bytes) -> Reservation | None:
        """The reservation with this name, held or ended a while ago."""
        return self._counting.get(identity) or self._ended.get(identity)

    def everything(self) -> Iterable[tuple[str, tuple[Strategy, ...]]]:
        """Names of the accounts in which something may still be filled, and what `working` says of each."""
        for account in self._outdated.copy():
            self._write(account)
        return self._working.items()

    def holds(self, account: str, order: str) -> bool:
        """Whether an order is counted that ``account`` sent under its reservation's name, in hexadecimal digits."""
        try:
            found = self._counting.get(bytes.fromhex(order))
        except ValueError:
            return False
        return found is not None and found.reserve.account == account

    def working(self, account: str) -> tuple[Strategy, ...]:
        """All that may still be filled in ``account``, alike orders added up; the same object until that changes."""
        if account in self._outdated:
            self._write(account)
        return self._working.get(account, ())

    def combines(self, account: str) -> bool:
        """Whether orders of ``account`` are held that fill together in several contracts."""
        return self._combined[account] > 0

    def hold(self, reserve: Reserve) -> None:
        """Hold headroom.

        Raises:
            ValueError: The name is in use, there is nothing to hold, or no room left: what `find` and `full` tell.
        """
        if self.full:
            raise ValueError(f"reservation {reserve.identity.hex()} cannot be held")
        self.restore(reserve)

    def restore(self, reserve: Reserve) -> None:
        """Hold what was held before, also where that is more than may be held.

        Raises:
            ValueError: The name is in use, or there is nothing to hold.
        """
        if self.find(reserve.identity) or not all(order.quantity for order in reserve.orders):
            raise ValueError(f"reservation {reserve.identity.hex()} cannot be held")
        reservation = self._counting[reserve.identity] = Reservation(reserve)
        self._recount(reservation)
        self._plan(reserve.expiry, reserve.identity)

    def fill(self, identity: bytes, filled: tuple[int, ...], now: int) -> bool:
        """Report how much of each order has been filled altogether.

        A report may come late, twice or in the wrong order. Fills of a reservation that has ended count as well:
        the order was filled before it was withdrawn.

        Returns:
            False where it is unknown or the figures do not fit its orders; then nothing changes.
        """
        reservation = self.find(identity)
        if reservation is None or len(filled) != len(reservation.filled):
            return False
        orders = reservation.reserve.orders
        if any(not 0 <= done <= abs(order.quantity) for done, order in zip(filled, orders, strict=True)):
            return False
        reservation.filled = tuple(map(max, reservation.filled, filled))
        if not any(reservation.remaining) and reservation.state is Hold.HELD:
            reservation.state = Hold.FILLED
        self._ended.pop(identity, None)
        self._counting[identity] = reservation
        self._recount(reservation)
        self._plan(now + self._settling, identity, reservation.filled)
        return True

    def cancel(self, identity: bytes) -> bool:
        """The orders have been withdrawn; False where the reservation is unknown."""
        reservation = self.find(identity)
        if reservation is not None and reservation.state is Hold.HELD:
            self._end(reservation, Hold.CANCELLED)
        return reservation is not None

    def forget(self, identity: bytes) -> None:
        """Take back a reservation that nobody has been told of."""
        reservation = self._counting.pop(identity, None)
        if reservation is not None:
            self._add(reservation, -1)

    def advance(self, now: int) -> None:
        """Let time pass: reservations expire, fills settle."""
        while self._due and self._due[0][0] <= now:
            _, identity, booked = heappop(self._due)
            reservation = self._counting.get(identity)
            if reservation is None:
                continue
            if not booked and reservation.state is Hold.HELD:
                self._end(reservation, Hold.EXPIRED)
            elif booked:
                reservation.book(booked)
                self._recount(reservation)
                self._retire(reservation)

    def move(self, later: int) -> None:
        """Have all that is still to come happen so many nanoseconds later, as on a clock that began earlier."""
        for reservation in (*self._counting.values(), *self._ended.values()):
            reserve = reservation.reserve
            reservation.reserve = reserve._replace(expiry=reserve.expiry + later)
        self._due = [(when + later, identity, booked) for when, identity, booked in self._due]

    def _end(self, reservation: Reservation, state: Hold) -> None:
        reservation.state = state
        self._recount(reservation)
        self._retire(reservation)

    def _retire(self, reservation: Reservation) -> None:
        """Set aside a reservation that counts for nothing any more."""
        if reservation.counts:
            return
        identity = reservation.reserve.identity
        self._counting.pop(identity, None)
        self._ended[identity] = reservation
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)

    def _recount(self, reservation: Reservation) -> None:
        """Count it for what it is now."""
        self._add(reservation, -1)
        reservation.counts = reservation.strategies()
        self._add(reservation, 1)

    def _add(self, reservation: Reservation, sign: int) -> None:
        if not reservation.counts:
            return
        account = reservation.reserve.account
        sums = self._sums.setdefault(account, {})
        for strategy, times in reservation.counts:
            total = sums.get(strategy, 0) + sign * times
            if total:
                sums[strategy] = total
            else:
                del sums[strategy]
            self.changes.note((account, strategy, sign * times))
            if len(strategy) > 1:
                self._combined[account] += sign
        self._outdated.add(account)

    def _write(self, account: str) -> None:
        """Write anew what `working` says of an account."""
        self._outdated.discard(account)
        if sums := self._sums[account]:
            self._working[account] = tuple(
                strategy if times == 1 else _in_size(strategy, times) for strategy, times in sums.items()
            )
        else:
            del self._sums[account], self._combined[account]
            self._working.pop(account, None)

    def _plan(self, when: int, identity: bytes, booked: tuple[int, ...] = ()) -> None:
        heappush(self._due, (when, identity, booked))
        if len(self._due) > 4 * len(self._counting) + 1024:
            # Most of it is the expiry of what was withdrawn long before.
            self._due = [each for each in self._due if each[1] in self._counting]
            heapify(self._due)
