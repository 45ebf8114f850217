"""The market of a drill leaves the collar that is signed, never by accident, and to the account's cost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.authorisation.instruction import Instruction, Side
from engine.liquidation.proposal import instruction_of
from engine.liquidation.search import plans
from terminal.drill_market import leaving, outside
from terminal.planning import Basis
from tests.engine.liquidation.books import Trouble, sample_market
from tests.engine.liquidation.test_proposal import PATH, WISH

MARKET = sample_market()
CL, CL2 = "SIM:CL:FUT:202701", "SIM:CL:FUT:202703"
CALL = next(name for name in MARKET.options if ":CL:" in name and ":C:" in name)


def drafted(positions: dict[str, int]) -> tuple[Instruction, Basis]:
    """The first plan of an account in trouble, and what it was found on."""
    trouble = Trouble(MARKET, positions, 1.4)
    closing = trouble.closing()
    version = SimpleNamespace(parameters=MARKET.calculation.parameters)
    view = SimpleNamespace(state=closing.state, universe=trouble.universe, version=version)
    instruction = instruction_of(next(iter(plans(closing))), WISH, PATH)
    return instruction, Basis(view, closing.trading, 0, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "positions", [{CL: 60}, {CL: -60}, {CL: 60, CL2: -90}, {CL: -60, CL2: 90}, {CALL: -40, CL: 10}, {CALL: -40}]
)
def test_the_market_is_outside_what_is_signed_by_little(positions: dict[str, int]) -> None:
    instruction, basis = drafted(positions)
    jump = leaving(instruction, basis)
    assert outside(instruction, jump.contract, jump.price)
    (order, *_) = [each for each in instruction.orders if each.contract == jump.contract]
    end = order.lowest if jump.price < order.lowest else order.highest
    assert not outside(instruction, jump.contract, end)
    tick = int(basis.trading.tick[basis.view.universe.column_of(jump.contract)])
    assert abs(jump.price - end) <= max(2 * tick, abs(end) // 1_000)


@pytest.mark.parametrize(("held", "falls"), [(60, True), (-60, False)])
def test_it_moves_against_the_account_and_past_the_limit(held: int, falls: bool) -> None:
    instruction, basis = drafted({CL: held})
    jump = leaving(instruction, basis)
    (order,) = instruction.orders
    assert (order.side is Side.SELL) is falls
    assert (jump.price < order.limit) is falls


def test_a_hedge_that_outweighs_the_position_decides_which_way_costs() -> None:
    """The account loses by rising prices whichever of its orders is looked at."""
    instruction, basis = drafted({CL: 60, CL2: -90})
    jump = leaving(instruction, basis)
    (order, *_) = [each for each in instruction.orders if each.contract == jump.contract]
    assert jump.price > order.highest
