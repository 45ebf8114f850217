"""Orders as they are sent to an exchange or broker, and what comes back. Pure types, for any order gateway.

What leaves is a package: one order, or a group of several that is one order to the other side, with one name, one
state, and no part of it without the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from math import gcd
from typing import TypeAlias

from engine.authorisation.instruction import Effect, Instruction, PriceType, Side, client_order_id, group_order_id


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


@dataclass(frozen=True, slots=True)
class RoutedGroup:
    """Orders on their way as one: the other side takes all of them or none, and fills all of them or none.

    Attributes:
        identity: The client order id of the whole.
        legs: Of one account and one kind of price; their identities name them within the whole.
    """

    identity: str
    legs: tuple[RoutedOrder, ...]

    @property
    def account(self) -> str:
        """Whose."""
        return self.legs[0].account

    @property
    def units(self) -> int:
        """How often the smallest whole-numbered combination of the legs is in it."""
        return gcd(*(leg.quantity for leg in self.legs))


Package: TypeAlias = RoutedOrder | RoutedGroup


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
        identity: Client order id, of an order or of a group.
        state: Where it stands.
        filled: Contracts filled altogether; of a group, units of it.
        average: Price scale: average price of the fills; 0 where there are none, and of a group.
        reason: In the other side's words; may be empty.
        time: Wall nanoseconds at the other side.
        legs: Of a group: average price of each leg, by its identity, where there are fills.
    """

    identity: str
    state: OrderState
    filled: int
    average: int
    reason: str
    time: int
    legs: tuple[tuple[str, int], ...] = ()


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


def packages(instruction: Instruction) -> tuple[Package, ...]:
    """What leaves for an instruction, each by one message, in sequence."""
    made: list[Package] = []
    pairs = zip(instruction.orders, routed(instruction), strict=True)
    for number, several in groupby(pairs, key=lambda pair: pair[0].group):
        legs = tuple(leg for _, leg in several)
        made += [RoutedGroup(group_order_id(instruction.fingerprint, number), legs)] if number else legs
    return tuple(made)


def legs_of(package: Package) -> tuple[RoutedOrder, ...]:
    """The orders in it."""
    return package.legs if isinstance(package, RoutedGroup) else (package,)


def reports_of(package: Package, report: OrderReport) -> Sequence[OrderReport]:
    """What a report on a package says of each order in it."""
    if isinstance(package, RoutedOrder):
        return (report,)
    prices = dict(report.legs)
    return [
        replace(
            report,
            identity=leg.identity,
            filled=report.filled * (leg.quantity // package.units),
            average=prices.get(leg.identity, 0) if report.filled else 0,
            legs=(),
        )
        for leg in package.legs
    ]
