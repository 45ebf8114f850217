"""What the sample exchange keeps of today's and earlier contracts, against a list of lots kept beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from feeds.messages import VERSION
from feeds.order_messages import EffectWord, OrderNew, SideWord
from feeds.sample_books import Holding, SampleAccount
from feeds.sample_orders import Rules, SampleOrders, Touch
from feeds.sample_trading import Closes, trade
from tests.feeds.driving import ManualClock

APART, TOGETHER = "SHFE:CU:FUT:202701", "DCE:M:FUT:202701"
ROWS = {APART: 0, TOGETHER: 1}

orders = st.lists(
    st.tuples(
        st.sampled_from([APART, TOGETHER]),
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["open", "close", "close today", "close yesterday"]),
        st.integers(1, 12),
        st.booleans(),
    ),
    max_size=30,
)


@dataclass
class Lots:
    """The lots of both sides of a contract, the earliest first; True: opened today."""

    long: list[bool] = field(default_factory=lambda: [False] * 8)
    short: list[bool] = field(default_factory=lambda: [False] * 5)

    def fill(self, contract: str, side: str, effect: str, quantity: int) -> None:
        """One contract after the other, as the rules of the exchange have it."""
        own, other = (self.long, self.short) if side == "buy" else (self.short, self.long)
        for _ in range(quantity):
            if contract == APART and effect != "open":
                other.remove(effect == "close today")
            elif contract == TOGETHER and other:
                other.pop(0)
            else:
                own.append(True)

    def closable(self, contract: str, side: str, effect: str) -> int:
        other = self.short if side == "buy" else self.long
        return other.count(effect == "close today") if contract == APART else len(other)


class Exchange:
    """Orders of one account, without sockets."""

    def __init__(self, filled_a_step: int = 5) -> None:
        holdings = {row: Holding(8, 5, 10, 10) for row in ROWS.values()}
        self.account = SampleAccount("A", "G", "CNY", holdings)
        self.lots = {contract: Lots() for contract in ROWS}
        self.orders = SampleOrders(
            {"A": self.account},
            ROWS,
            lambda row: Touch(10, 10),
            self.trade,
            ManualClock(),
            Rules(filled_a_step=filled_a_step),
        )

    def trade(self, account: SampleAccount, row: int, quantity: int, price: int, closes: Closes) -> None:
        trade(account.holdings[row], quantity, price, closes)

    def told(self, contract: str) -> tuple[int, int, int, int]:
        held = self.account.holdings[ROWS[contract]]
        return held.long, held.short, held.long_today, held.short_today

    def kept(self, contract: str) -> tuple[int, int, int, int]:
        lots = self.lots[contract]
        return len(lots.long), len(lots.short), sum(lots.long), sum(lots.short)


def new(identity: str, contract: str, side: SideWord, effect: EffectWord, quantity: int) -> OrderNew:
    return OrderNew(VERSION, identity, "A", contract, side, effect, quantity, None)


@given(orders)
def test_the_exchange_keeps_todays_and_earlier_contracts_as_lots_would(
    given_orders: list[tuple[str, SideWord, EffectWord, int, bool]],
) -> None:
    exchange = Exchange()
    for number, (contract, side, effect, quantity, step) in enumerate(given_orders):
        exchange.orders.take(new(str(number), contract, side, effect, quantity))
        if step:
            settle(exchange, len(given_orders))
    settle(exchange, len(given_orders))


def settle(exchange: Exchange, count: int) -> None:
    """Fill what there is, one step after the other, and the lots beside it."""
    names = [str(number) for number in range(count)]

    def filled() -> dict[str, int]:
        return {name: order.filled for name in names if (order := exchange.orders.find(name)) is not None}

    while True:
        before = filled()
        if not exchange.orders.step():
            break
        for name, done in filled().items():
            order = exchange.orders.find(name)
            assert order is not None
            exchange.lots[order.order.contract].fill(
                order.order.contract, order.order.side, order.order.effect, done - before[name]
            )
        for contract in ROWS:
            assert exchange.told(contract) == exchange.kept(contract)


@given(orders)
def test_no_order_is_taken_that_closes_more_of_a_kind_than_there_is(
    given_orders: list[tuple[str, SideWord, EffectWord, int, bool]],
) -> None:
    exchange = Exchange()
    for number, (contract, side, effect, quantity, _) in enumerate(given_orders):
        closable = exchange.lots[contract].closable(contract, side, effect)
        order, _ = exchange.orders.take(new(str(number), contract, side, effect, quantity))
        if effect != "open" and quantity > closable:
            assert order.state == "rejected"
            assert "held and not yet being closed" in order.reason


def test_an_order_that_opens_beside_the_other_side_leaves_it_where_they_are_told_apart() -> None:
    exchange = Exchange()
    for contract in ROWS:
        exchange.orders.take(new(contract, contract, "sell", "open", 3))
    exchange.orders.step()
    assert exchange.told(APART) == (8, 8, 0, 3)
    assert exchange.told(TOGETHER) == (5, 5, 0, 0)


def test_a_plain_close_is_of_earlier_days_where_they_are_told_apart() -> None:
    exchange = Exchange()
    exchange.orders.take(new("more", APART, "buy", "open", 4))
    exchange.orders.step()
    refused, _ = exchange.orders.take(new("all", APART, "sell", "close", 9))
    assert refused.reason == "closes 9 of earlier days, 8 held and not yet being closed"
    today, _ = exchange.orders.take(new("today", APART, "sell", "close today", 5))
    assert today.reason == "closes 5 of today's, 4 held and not yet being closed"
