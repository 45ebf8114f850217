"""Orders on the sample exchange: taken once, filled piece by piece at the moving price, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from types import MappingProxyType
from typing import Final

from engine.numbers import divide_half_away
from engine.opened_today import ASKING
from engine.text import Text, text
from feeds.clock import Clock
from feeds.order_messages import OrderLeg, OrderNew, OrderTogether, StateWord
from feeds.sample_books import Holding, SampleAccount
from feeds.sample_trading import Closes, trade

FILLED_A_STEP: Final = 25
"""Contracts of an order that a step of the exchange fills at most, so that larger orders fill in parts."""
REMEMBERED: Final = 100_000
FORGOTTEN: Final = 1_000
_USED: Final = text("the order number was used for another order")
_NOTHING_HELD: Final = text("nothing is held any more that it could close")


@dataclass(slots=True)
class SampleOrder:
    """An order and what has become of it; ``paid`` is price x contracts filled, price scale."""

    order: OrderNew
    state: StateWord = "working"
    filled: int = 0
    paid: int = 0
    reason: str = ""
    time: int = 0
    group: SampleGroup | None = field(default=None, repr=False, compare=False)
    """The order of several legs that it is one of."""

    @property
    def identity(self) -> str:
        """Its name."""
        return self.order.identity

    @property
    def prices(self) -> tuple[int, ...]:
        """Average price of each leg: it has none."""
        return ()

    @property
    def left(self) -> int:
        """Contracts that may still be filled."""
        return self.order.quantity - self.filled if self.state == "working" else 0

    @property
    def average(self) -> int:
        """Average price of the fills, price scale; 0 where there are none."""
        return int(divide_half_away(self.paid, self.filled)) if self.filled else 0


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """An order of several legs, which are in the same state at any time."""

    order: OrderTogether
    legs: tuple[SampleOrder, ...]

    @classmethod
    def of(cls, order: OrderTogether, time: int) -> SampleGroup:
        """As it arrives."""
        made = cls(order, tuple(SampleOrder(_alone(order, leg), time=time) for leg in order.legs))
        for leg in made.legs:
            leg.group = made
        return made

    @property
    def identity(self) -> str:
        """Its name."""
        return self.order.identity

    @property
    def state(self) -> StateWord:
        """Where it stands."""
        return self.legs[0].state

    @property
    def filled(self) -> int:
        """Units that are filled: all or none."""
        return gcd(*(leg.quantity for leg in self.order.legs)) if self.state == "filled" else 0

    @property
    def average(self) -> int:
        """A whole has no price of its own."""
        return 0

    @property
    def reason(self) -> str:
        """Why it was refused or withdrawn."""
        return self.legs[0].reason

    @property
    def time(self) -> int:
        """Wall nanoseconds of its last change."""
        return self.legs[0].time

    @property
    def prices(self) -> tuple[int, ...]:
        """Average price of each leg, price scale; none while nothing is filled."""
        return tuple(leg.average for leg in self.legs) if self.state == "filled" else ()


def _alone(order: OrderTogether, leg: OrderLeg) -> OrderNew:
    names = (leg.identity, order.account, leg.contract)
    return OrderNew(order.version, *names, leg.side, leg.effect, leg.quantity, leg.limit)


@dataclass(frozen=True, slots=True)
class Touch:
    """The touch of a contract, price scale."""

    bid: int
    ask: int


@dataclass(frozen=True, slots=True)
class Rules:
    """How the exchange treats orders.

    Attributes:
        locked: Contracts, as written, that stand still: orders in them are taken and never filled.
        limit_down: Contracts that stand at their lower price limit, price scale: nobody bids, so nothing is sold there.
        refused: Contracts that no order is taken in.
        filled_a_step: Contracts of an order that a step fills at most.
        apart: Exchanges that have today's and earlier positions closed apart. There an order that closes without
            saying which is of earlier ones, and one that opens never closes. Elsewhere the earliest are closed first,
            whatever an order says, and what opens first closes the other side.
        together: Whether orders of several legs are taken: filled in whole by one step, or not at all.
    """

    locked: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    filled_a_step: int = FILLED_A_STEP
    apart: frozenset[str] = ASKING
    together: bool = True
    limit_down: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def closes(self, order: OrderNew) -> Closes:
        """What an order closes."""
        if order.contract.partition(":")[0] not in self.apart:
            return Closes.EARLIEST_FIRST
        if order.effect == "open":
            return Closes.NOTHING
        return Closes.TODAY if order.effect == "close today" else Closes.EARLIER


@dataclass
class SampleOrders:
    """Every order the exchange has met. One thread.

    Args:
        accounts: By name.
        rows: Contract row of each contract that is quoted, as written.
        touch: Of a contract row, now.
        trade: Lets an account buy (positive) or sell at a price, and publishes it.
        clock: Stamps changes.
        rules: How orders are treated.
        tell: Is told of every order that begins to work, of which less is left, or that is over.
    """

    accounts: Mapping[str, SampleAccount]
    rows: Mapping[str, int]
    touch: Callable[[int], Touch]
    trade: Callable[[SampleAccount, int, int, int, Closes], None]
    clock: Clock
    rules: Rules = field(default_factory=Rules)
    tell: Callable[[SampleOrder], None] = lambda _: None

    def __post_init__(self) -> None:
        self._orders: dict[str, SampleOrder] = {}
        self._working: dict[str, SampleOrder] = {}
        self._groups: dict[str, SampleGroup] = {}

    def take(self, order: OrderNew) -> tuple[SampleOrder, bool]:
        """Take an order that may have been taken before; what has become of it, and whether it was new.

        Another order under a name that is used is refused without touching the first.
        """
        known = self._orders.get(order.identity)
        if known is not None and known.order == order:
            return known, False
        if known is not None or order.identity in self._groups:
            return SampleOrder(order, "rejected", reason=str(_USED)), False
        taken = SampleOrder(order, time=self.clock.wall_ns())
        problem = self._problem(order)
        if problem is not None:
            taken.state, taken.reason = "rejected", str(problem)
        else:
            self._working[order.identity] = taken
            self.tell(taken)
        self._remember(taken)
        return taken, True

    def take_together(self, order: OrderTogether) -> SampleGroup:
        """Take an order of several legs that may have been taken before, all of it or nothing; what became of it."""
        known = self._groups.get(order.identity)
        if known is not None and known.order == order:
            return known
        group = SampleGroup.of(order, self.clock.wall_ns())
        names = [order.identity, *(leg.identity for leg in order.legs)]
        if len(set(names)) < len(names) or any(name in self._orders or name in self._groups for name in names):
            self._end_all(group, "rejected", _USED)
            return group
        problem = self._problem_of(group)
        if problem is not None:
            self._end_all(group, "rejected", problem)
        self._groups[order.identity] = group
        for leg in group.legs:
            if problem is None:
                self.tell(leg)
            self._remember(leg)
        return group

    def cancel(self, identity: str) -> SampleOrder | SampleGroup | None:
        """Withdraw what is left of an order, of several legs with all of them; None where it has never been met."""
        order = self.find(identity)
        if order is not None and order.state == "working":
            for leg in order.legs if isinstance(order, SampleGroup) else (order,):
                self._end(leg, "cancelled", str(text("withdrawn by its client")))
        return order

    def find(self, identity: str) -> SampleOrder | SampleGroup | None:
        """An order, by the name of a leg the whole of it; None where it has never been met."""
        order = self._orders.get(identity)
        return self._groups.get(identity, order if order is None or order.group is None else order.group)

    def step(self) -> Sequence[SampleOrder | SampleGroup]:
        """Fill what can be filled now, the oldest first; the orders that have changed."""
        changed: list[SampleOrder | SampleGroup] = []
        for order in list(self._working.values()):
            if order.group is not None:
                # Its first leg stands for all of them.
                if order is order.group.legs[0] and self._fill_together(order.group):
                    changed.append(order.group)
            elif self._fill(order):
                if order.filled == order.order.quantity:
                    self._end(order, "filled", "")
                changed.append(order)
        return changed

    def _problem_of(self, group: SampleGroup) -> Text | None:
        """Why a group is not taken; None where it is, and all its legs work."""
        if not self.rules.together:
            return text("this exchange takes no orders of several legs")
        for leg in group.legs:
            problem = self._problem(leg.order)
            if problem is not None:
                for taken in group.legs:
                    self._working.pop(taken.identity, None)
                return problem
            # What this leg closes is not there for the next one.
            self._working[leg.identity] = leg
        return None

    def _problem(self, order: OrderNew) -> Text | None:
        account = self.accounts.get(order.account)
        if account is None:
            return text("no account is called {name}", name=order.account)
        if order.contract not in self.rows:
            return text("no contract is called {name}", name=order.contract)
        if order.contract in self.rules.refused:
            return text("{contract} is not traded now", contract=order.contract)
        if order.effect == "open":
            return None
        closes = self.rules.closes(order)
        closing = sum(
            other.left
            for other in self._working.values()
            if (other.order.account, other.order.contract, other.order.side)
            == (order.account, order.contract, order.side)
            and other.order.effect != "open"
            and self.rules.closes(other.order) is closes
        )
        left = self._closable(account.holdings.get(self.rows[order.contract], Holding()), order) - closing
        if order.quantity > left:
            return _too_much(closes, order.quantity, left)
        return None

    def _fill(self, order: SampleOrder) -> bool:
        new, price = order.order, self._price(order.order)
        if price is None:
            return False
        held = self.accounts[new.account].holdings.get(self.rows[new.contract], Holding())
        closable = self._closable(held, new)
        quantity = min(order.left, self.rules.filled_a_step, closable)
        if not quantity:
            self._end(order, "cancelled", str(_NOTHING_HELD))
            return True
        self._trade(order, quantity, price)
        return True

    def _fill_together(self, group: SampleGroup) -> bool:
        """Fill every leg in whole, if every one can be now."""
        prices = [self._price(leg.order) for leg in group.legs]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices):
            return False
        if not self._covers(group):
            self._end_all(group, "cancelled", _NOTHING_HELD)
            return True
        for leg, price in zip(group.legs, known, strict=True):
            self._trade(leg, leg.order.quantity, price)
            self._end(leg, "filled", "")
        return True

    def _covers(self, group: SampleGroup) -> bool:
        """Whether every leg that closes still finds enough, one after the other, tried on copies."""
        holdings = self.accounts[group.order.account].holdings
        copies = {
            row: replace(holdings.get(row, Holding())) for row in {self.rows[leg.contract] for leg in group.order.legs}
        }
        for leg in group.legs:
            new = leg.order
            held = copies[self.rows[new.contract]]
            if new.quantity > self._closable(held, new):
                return False
            trade(held, new.quantity if new.side == "buy" else -new.quantity, 0, self.rules.closes(new))
        return True

    def _price(self, order: OrderNew) -> int | None:
        """What an order would trade at now; None where it cannot."""
        if order.contract in self.rules.locked:
            return None
        lowest = self.rules.limit_down.get(order.contract)
        if lowest is not None and order.side == "sell":
            return None
        touch = self.touch(self.rows[order.contract]) if lowest is None else Touch(lowest, lowest)
        price = touch.ask if order.side == "buy" else touch.bid
        if order.limit is not None and (price > order.limit if order.side == "buy" else price < order.limit):
            return None
        return price

    def _trade(self, order: SampleOrder, quantity: int, price: int) -> None:
        new = order.order
        account, row = self.accounts[new.account], self.rows[new.contract]
        self.trade(account, row, quantity if new.side == "buy" else -quantity, price, self.rules.closes(new))
        order.filled += quantity
        order.paid += quantity * price
        order.time = self.clock.wall_ns()
        self.tell(order)

    def _closable(self, held: Holding, order: OrderNew) -> int:
        """Contracts that an order may trade now: one that closes never opens, whatever else has traded meanwhile."""
        if order.effect == "open":
            return order.quantity
        closes = self.rules.closes(order)
        if order.side == "buy":
            return closes.room(held.short, held.short_today)
        return closes.room(held.long, held.long_today)

    def _end_all(self, group: SampleGroup, state: StateWord, reason: Text) -> None:
        for leg in group.legs:
            self._end(leg, state, str(reason))

    def _end(self, order: SampleOrder, state: StateWord, reason: str) -> None:
        order.state, order.reason, order.time = state, reason, self.clock.wall_ns()
        if self._working.pop(order.order.identity, None) is not None and order.filled < order.order.quantity:
            self.tell(order)

    def _remember(self, order: SampleOrder) -> None:
        self._orders[order.order.identity] = order
        if len(self._orders) > REMEMBERED:
            # The oldest go, but never one that still works.
            for identity in [each for each in self._orders if each not in self._working][:FORGOTTEN]:
                group = self._orders.pop(identity).group
                if group is not None:
                    self._groups.pop(group.identity, None)


def _too_much(closes: Closes, count: int, held: int) -> Text:
    if closes is Closes.TODAY:
        return text("closes {count} of today's, {held} held and not yet being closed", count=count, held=held)
    if closes is Closes.EARLIER:
        return text("closes {count} of earlier days, {held} held and not yet being closed", count=count, held=held)
    return text("closes {count}, {held} held and not yet being closed", count=count, held=held)
