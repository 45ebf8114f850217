"""What records of the executor gate tell before orders leave: what it saw, and what it sends."""

from __future__ import annotations

from collections.abc import Iterable

from engine.audit_events import Event, OrderSent, OrdersJudged, SeenContract
from engine.authorisation.execution import Circumstances
from engine.authorisation.instruction import Instruction
from engine.numbers import NOT_COMPUTABLE
from engine.routing import Package, legs_of


def leaving_events(instruction: Instruction, leaving: Iterable[Package], seen: Circumstances) -> list[Event]:
    """On what it was judged that these leave, and that they do.

    Args:
        instruction: Whose orders.
        leaving: What is sent now.
        seen: What held when they were judged.
    """
    name = instruction.identity.hex()
    orders = [leg.identity for package in leaving for leg in legs_of(package)]
    contracts = tuple(
        SeenContract(contract, each.long, each.short, each.selling, each.buying, each.price)
        for contract, each in sorted(seen.standings.items())
        if each.price is not None
    )
    grounds = seen.grounds
    judged = OrdersJudged(
        name,
        tuple(orders),
        grounds.session.hex(),
        grounds.sequence,
        grounds.positions.hex(),
        grounds.parameters,
        None if seen.ratio == NOT_COMPUTABLE else seen.ratio,
        seen.used_up,
        contracts,
    )
    return [judged, *(OrderSent(name, order) for order in orders)]
