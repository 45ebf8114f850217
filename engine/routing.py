"""Orders as they are sent to an exchange or broker, and what comes back. Pure types, for any order gateway."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.authorisation.instruction import Effect, Instruction, PriceType, Side, client_order_id


@dataclass(frozen=True, slots=True)
class RoutedOrder:
    """An order on its way.

    Attributes:
        identity: The client order id, the same for ever for this order of this instruction.
        account: Whose.
        contract: ``EXCHANGE:PRODUCT:KIND:EXPIRY[:RIGHT:STRIKE]``.
        side: Buy or sell.
        effect: Close or lock.
        quantity: Contracts.
        price_type: Limit or market.
        limit: Price scale; 0 for a market order.
    """

    identity: str
    account: str
    contract: str
    side: Side
    effect: Effect
    quantity: int
    price_type: PriceType
    limit: int


class OrderState(StrEnum):
    """What the other side says of an order."""

    WORKING = "working"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NOT_KNOWN = "not known"
    """Asked, and the other side has never seen it: it was not sent, and will not be."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be filled."""
        return self is not OrderState.WORKING


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What the other side says of an order.

    Attributes:
        identity: Client order id.
        state: Where it stands.
        filled: Contracts filled altogether.
        average: Price scale: average price of the fills; 0 where there are none.
        reason: In the other side's words; may be empty.
        time: Wall nanoseconds at the other side.
    """

    identity: str
    state: OrderState
    filled: int
    average: int
    reason: str
    time: int


def routed(instruction: Instruction) -> tuple[RoutedOrder, ...]:
    """The orders of an instruction as they are sent."""
    return tuple(
        RoutedOrder(
            client_order_id(instruction.fingerprint, place),
            instruction.account,
            order.contract,
            order.side,
            order.effect,
            order.quantity,
            order.price_type,
            order.limit,
        )
        for place, order in enumerate(instruction.orders)
    )
