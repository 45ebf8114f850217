"""Instructions whose orders are one, and groups on their way, for tests."""

from __future__ import annotations

from dataclasses import replace

from engine.authorisation.instruction import Effect, GenerationPath, Instruction, InstructionOrder, Side
from engine.numbers import PRICE
from engine.routing import RoutedGroup
from tests.engine.authorisation.cast import EXPECTED, order, path
from tests.feeds.authority_stage import Stage
from tests.feeds.routed import routed

NEAR, OTHER = "SIM:CL:FUT:202701", "SIM:CL:FUT:202706"
LOCK = replace(order(6, Side.SELL, Effect.LOCK), contract=OTHER, covers=NEAR, covered=8, group=1)
PAIR: tuple[InstructionOrder, ...] = (replace(order(4), group=1), LOCK)


def path_of(orders: int) -> GenerationPath:
    """A generation path that promises so many prices."""
    return replace(path(), outputs=replace(EXPECTED, prices=EXPECTED.prices * orders).digest)


def pair_of(stage: Stage, number: int = 1, *more: InstructionOrder) -> Instruction:
    """An instruction to close four and lock six, all or none, and more orders before."""
    orders = (*more, *PAIR)
    return stage.instruction(number, orders=orders, path=path_of(len(orders)))


def routed_pair(identity: str = "whole", account: str = "A", **changes: object) -> RoutedGroup:
    """Buy four, sell six."""
    near = routed(f"{identity} 1", account, 4, side=Side.BUY, limit=70 * PRICE, **changes)
    far = routed(f"{identity} 2", account, 6, contract=OTHER, effect=Effect.LOCK, limit=71 * PRICE)
    return RoutedGroup(identity, (near, far))
