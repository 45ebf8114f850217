"""How the market of a drill leaves a signed collar: far enough for the executor gate, and to the account's cost."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.authorisation.instruction import Instruction, InstructionOrder, Side
from engine.instruments import Contract
from engine.numbers import RATIO
from feeds.sample_exercise import Jump
from terminal.planning import Basis

PACE: Final = 60
"""Thousandths of the usual time that prices walk by: they move while people read, and the shortfall stays one."""
BEYOND: Final = 1_000
"""The market goes past the collar by one part in so many, two ticks at least: out of it, and no second shock."""
TICKS: Final = 2


def leaving(instruction: Instruction, basis: Basis) -> Jump:
    """The jump of one contract that takes the market out of what is signed.

    It goes the way that costs the account, so that the breach is still there when the gate looks; where there is a
    choice, the way that is worse for the order too, past its limit.
    """
    orders = [(order, _costly_way(instruction.account, order, basis)) for order in instruction.orders]
    futures = [each for each in orders if not Contract.parse(each[0].contract).right] or orders
    order, down = next(
        ((order, down) for order, down in futures if down is (order.side is Side.SELL)),
        futures[0],
    )
    end = order.lowest if down else order.highest
    tick = int(basis.trading.tick[basis.view.universe.find(Contract.parse(order.contract))])
    beyond = max(TICKS * tick, abs(end) // BEYOND)
    return Jump(order.contract, end - beyond if down else end + beyond)


def outside(instruction: Instruction, contract: str, price: int) -> bool:
    """Whether an order in ``contract`` may not be sent at ``price``."""
    return any(
        order.contract == contract and not order.lowest <= price <= order.highest for order in instruction.orders
    )


def _costly_way(account: str, order: InstructionOrder, basis: Basis) -> bool:
    """Whether falling prices of what moves with the contract cost the account."""
    view = basis.view
    contracts = view.version.parameters.contracts
    arrays = contracts.arrays[view.version.parameters.rate_set]
    own = view.state.book.positions.of(view.state.book.row(account))
    column = view.universe.find(Contract.parse(order.contract))
    listed = own.columns < len(contracts.commodity)
    columns, net = own.columns[listed], own.net[listed]
    alike = contracts.commodity[columns] == contracts.commodity[column]
    columns, net = columns[alike], net[alike]
    # An option gains or loses its delta's part of what a future of its kind does.
    share = np.where(contracts.right[columns] > 0, arrays.delta[columns] / RATIO, 1.0)
    return bool((net * arrays.price_scan[columns] * share).sum() > 0)
