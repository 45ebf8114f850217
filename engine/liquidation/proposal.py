"""A plan as the instruction that people sign: each slice an order, each with the market it may be sent in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.authorisation.expected import Expected
from engine.authorisation.instruction import (
    MOST_ORDERS,
    Effect,
    GenerationPath,
    Instruction,
    InstructionOrder,
    PriceType,
    Side,
)
from engine.liquidation.plan import Effect as PlannedEffect
from engine.liquidation.plan import Plan, PlannedOrder
from engine.numbers import NOT_COMPUTABLE
from engine.text import BadInputError, Text, text

EFFECTS: Final = {
    PlannedEffect.CLOSE: Effect.CLOSE,
    PlannedEffect.CLOSE_TODAY: Effect.CLOSE_TODAY,
    PlannedEffect.CLOSE_YESTERDAY: Effect.CLOSE_YESTERDAY,
    PlannedEffect.LOCK: Effect.LOCK,
}
COLLAR: Final = 50
"""The market may be better than the reference by one part in so many, or by three times the way to the limit."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person adds to a plan when proposing it.

    Attributes:
        identity: 16 random bytes.
        maker: Who proposes.
        line: Ratio scale: the line the account is over.
        reason: In the maker's words.
        not_before: Wall nanoseconds.
        expiry: Wall nanoseconds.
        even_if_cured: Whether the orders are sent although the account is under the line again.
        drill: Whether it is an exercise.
    """

    identity: bytes
    maker: str
    line: int
    reason: str
    not_before: int
    expiry: int
    even_if_cured: bool = False
    drill: bool = False


def instruction_of(plan: Plan, wish: Wish, path: GenerationPath) -> Instruction:
    """The instruction that carries out ``plan``; ``path`` says how the plan came about.

    Raises:
        BadInputError: The plan has no orders, more slices than an instruction holds, or a cost that is not computable.
    """
    orders = tuple(_sorted_slices(plan))
    if not orders:
        raise _refusal(plan, text("the plan has no orders"))
    if len(orders) > MOST_ORDERS:
        what = text("the plan has {count} slices, an instruction holds {most}", count=len(orders), most=MOST_ORDERS)
        raise _refusal(plan, what)
    if plan.worst_cost == NOT_COMPUTABLE:
        raise _refusal(plan, text("its cost is not computable"))
    return Instruction(
        wish.identity,
        wish.maker,
        plan.account,
        orders,
        plan.currency,
        max(plan.worst_cost, 0),
        wish.line,
        wish.even_if_cured,
        wish.reason,
        wish.not_before,
        wish.expiry,
        wish.drill,
        path,
    )


def expected_of(plan: Plan) -> Expected:
    """The figures that the plan promises, kept beside the instruction."""
    prices = tuple(order.reference for order, _ in _slices(plan))
    before, after = plan.before, plan.after
    return Expected(before.ratio, after.ratio, before.margin, after.margin, prices)


def _refusal(plan: Plan, what: Text) -> BadInputError:
    return BadInputError(plan.account, what, text("change the plan, or plan again"))


def _slices(plan: Plan) -> list[tuple[PlannedOrder, int]]:
    """Orders and numbers of their slices, in the sequence in which they are sent."""
    every = [(order, number) for order in plan.orders for number in range(len(order.slices))]
    return sorted(every, key=lambda each: each[0].slices[each[1]].after)


def _sorted_slices(plan: Plan) -> Iterator[InstructionOrder]:
    for order, number in _slices(plan):
        part = order.slices[number]
        lowest, highest = collar(order)
        yield InstructionOrder(
            str(order.contract),
            Side.BUY if order.quantity > 0 else Side.SELL,
            EFFECTS[order.effect],
            abs(part.quantity),
            PriceType.LIMIT,
            order.limit,
            lowest,
            highest,
            part.after,
            order.bundle,
            str(order.lock_for) if order.lock_for is not None else "",
            order.covered,
        )


def collar(order: PlannedOrder) -> tuple[int, int]:
    """The market, price scale, that an order may be sent in: as bad as its limit at the most, and not absurdly good.

    Where the touch is better than the reference, the market may still go from the reference as far as the limit allows
    for while people decide; the limit itself holds all the same. A market far better than the one that was planned on
    is no luck but a sign that something else has happened.
    """
    room = max(3 * abs(order.limit - order.reference), abs(order.reference) // COLLAR)
    if order.quantity > 0:
        return order.reference - room, max(order.limit, order.reference + order.allowance)
    return min(order.limit, order.reference - order.allowance), order.reference + room
