"""Orders on the sample exchange: taken once, filled piece by piece at the moving price, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.numbers import divide_half_away
from engine.opened_today import ASKING
from engine.text import Text, text
from feeds.clock import Clock
from feeds.order_messages import OrderNew, StateWord
from feeds.sample_books import Holding, SampleAccount
from feeds.sample_trading import Closes

FILLED_A_STEP: Final = 25
"""Contracts of an order that a step of the exchange fills at most, so that larger orders fill in parts."""
REMEMBERED: Final = 100_000
FORGOTTEN: Final = 1_000


@dataclass(slots=True)
class SampleOrder:
    """An order and what has become of it; ``paid`` is price x contracts filled, price scale."""

    order: OrderNew
    state: StateWord = "working"
    filled: int = 0
    paid: int = 0
    reason: str = ""
    time: int = 0

    @property
    def left(self) -> int:
        """Contracts that may still be filled."""
        return self.order.quantity - self.filled if self.state == "working" else 0

    @property
    def average(self) -> int:
        """Average price of the fills, price scale; 0 where there are none."""
        return int(divide_half_away(self.paid, self.filled)) if self.filled else 0


@dataclass(frozen=True, slots=True)
class Touch:
    """The touch of a contract, price scale."""

    bid: int
    ask: int


@dataclass(frozen=True, slots=True)
class Rules:
    """How the exchange treats orders.

    Attributes:
        locked: Contracts, as written, that stand at their price limit: orders in them are taken and never filled.
        refused: Contracts that no order is taken in.
        filled_a_step: Contracts of an order that a step fills at most.
        apart: Exchanges that have today's and earlier positions closed apart. There an order that closes without
            saying which is of earlier ones, and one that opens never closes. Elsewhere the earliest are closed first,
            whatever an order says, and what opens first closes the other side.
    """

    locked: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    filled_a_step: int = FILLED_A_STEP
    apart: frozenset[str] = ASKING

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

    def take(self, order: OrderNew) -> tuple[SampleOrder, bool]:
        """Take an order that may have been taken before; what has become of it, and whether it was new.

        Another order under a name that is used is refused without touching the first.
        """
        known = self._orders.get(order.identity)
        if known is not None:
            same = known.order == order
            refused = SampleOrder(order, "rejected", reason=str(text("the order number was used for another order")))
            return (known if same else refused), False
        taken = SampleOrder(order, time=self.clock.wall_ns())
        problem = self._problem(order)
        if problem is not None:
            taken.state, taken.reason = "rejected", str(problem)
        else:
            self._working[order.identity] = taken
            self.tell(taken)
        self._remember(taken)
        return taken, True

    def cancel(self, identity: str) -> SampleOrder | None:
        """Withdraw what is left of an order; None where it has never been met."""
        order = self._orders.get(identity)
        if order is not None and order.state == "working":
            self._end(order, "cancelled", str(text("withdrawn by its client")))
        return order

    def find(self, identity: str) -> SampleOrder | None:
        """An order, or None where it has never been met."""
        return self._orders.get(identity)

    def step(self) -> Sequence[SampleOrder]:
        """Fill what can be filled now, the oldest first; the orders that have changed."""
        changed = [order for order in list(self._working.values()) if self._fill(order)]
        for order in changed:
            if order.filled == order.order.quantity:
                self._end(order, "filled", "")
        return changed

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
        left = self._closable(account, self.rows[order.contract], order) - closing
        if order.quantity > left:
            return _too_much(closes, order.quantity, left)
        return None

    def _fill(self, order: SampleOrder) -> bool:
        new = order.order
        if new.contract in self.rules.locked:
            return False
        row, touch = self.rows[new.contract], self.touch(self.rows[new.contract])
        price = touch.ask if new.side == "buy" else touch.bid
        if new.limit is not None and (price > new.limit if new.side == "buy" else price < new.limit):
            return False
        account = self.accounts[new.account]
        quantity = min(order.left, self.rules.filled_a_step, self._closable(account, row, new))
        if not quantity:
            self._end(order, "cancelled", str(text("nothing is held any more that it could close")))
            return True
        self.trade(account, row, quantity if new.side == "buy" else -quantity, price, self.rules.closes(new))
        order.filled += quantity
        order.paid += quantity * price
        order.time = self.clock.wall_ns()
        self.tell(order)
        return True

    def _closable(self, account: SampleAccount, row: int, order: OrderNew) -> int:
        """Contracts that an order may trade now: one that closes never opens, whatever else has traded meanwhile."""
        if order.effect == "open":
            return order.quantity
        held, closes = account.holdings.get(row, Holding()), self.rules.closes(order)
        if order.side == "buy":
            return closes.room(held.short, held.short_today)
        return closes.room(held.long, held.long_today)

    def _end(self, order: SampleOrder, state: StateWord, reason: str) -> None:
        order.state, order.reason, order.time = state, reason, self.clock.wall_ns()
        if self._working.pop(order.order.identity, None) is not None and order.filled < order.order.quantity:
            self.tell(order)

    def _remember(self, order: SampleOrder) -> None:
        self._orders[order.order.identity] = order
        if len(self._orders) > REMEMBERED:
            # The oldest go, but never one that still works.
            for identity in [each for each in self._orders if each not in self._working][:FORGOTTEN]:
                del self._orders[identity]


def _too_much(closes: Closes, count: int, held: int) -> Text:
    if closes is Closes.TODAY:
        return text("closes {count} of today's, {held} held and not yet being closed", count=count, held=held)
    if closes is Closes.EARLIER:
        return text("closes {count} of earlier days, {held} held and not yet being closed", count=count, held=held)
    return text("closes {count}, {held} held and not yet being closed", count=count, held=held)
