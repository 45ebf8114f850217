"""Compiles the engine's kernels into their cache, so that the first use after an installation does not wait.

Run by the set-up: ``python -m terminal.warm_up``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np

from engine.book import Account, PositionBook
from engine.classification import Classification
from engine.concentration_basis import ConcentrationBasis
from engine.concentration_figures import concentration_picture
from engine.concentration_picture import Choice, GridColumns
from engine.covariance import Covariance
from engine.decision import Order, Request, Verdict
from engine.desk_limits import DeskLimits
from engine.detail import account_detail, explain
from engine.freeing import Worth, free
from engine.instruments import Universe
from engine.landscape import landscape
from engine.limit_file import read_limits
from engine.limit_use import LimitUse
from engine.limits import LimitSet
from engine.liquidation.closing import Closing
from engine.liquidation.plan import Execution
from engine.liquidation.search import plans
from engine.liquidation.trading_cost import TradingCost
from engine.market import MarketBook
from engine.numbers import MONEY, PRICE
from engine.owner_tree import OwnerTree
from engine.pre_trade import DeskCheck
from engine.preview import preview
from engine.reference import Reference
from engine.reservations import Reservations, Reserve
from engine.returns import Returns
from engine.scenarios.axes import price_axis, volatility_axis
from engine.scenarios.grids import grid
from engine.scenarios.margins import finished
from engine.scenarios.model import ScenarioModel
from engine.scenarios.results import MarginMode, Scope, Subject
from engine.scenarios.stress import stress
from engine.span.conventions import convention_of
from engine.span.live import LivePricing
from engine.span.parameters import ParameterSet
from engine.span.reading import read_parameters
from engine.state import Calculation, DeskState, MarginStore, value_desk
from engine.surface import Height, SurfaceQuestion
from engine.surface_grids import surface
from engine.working_places import ROOM
from terminal.settings import RiskLines
from terminal.stress_watch import StressSource

LATER: Final = 10**9
WIDE: Final = (
    "currency = 'USD'\n[[limit]]\nid = 'wide'\nmeasure = 'gross exposure'\nof = 'firm'\nhard = '4000000000000'\n"
)
PASSES: Final = Verdict.PASSES


@dataclass(frozen=True, slots=True)
class SmallDesk:
    """Two accounts on the sample market: the first holds some of everything."""

    parameters: ParameterSet
    universe: Universe
    market: MarketBook
    state: DeskState


def warm_up() -> None:
    """Go once through everything that is computed for a desk."""
    desk = _small_desk()
    parameters, universe, state = desk.parameters, desk.universe, desk.state
    pricing = LivePricing(parameters)
    pricing.arrays(parameters.contracts.price, pricing.volatilities(parameters.contracts.price))
    explained = explain(state, state.book.row("A"))
    account_detail(state, universe, state.book.row("A"), explained)
    free("A", state.calculation.table, explained.batch, Worth.on_desk(state, state.book.row("A")))
    load_checks(desk)
    tuple(plans(Closing(state, universe, "A", TradingCost.of(state), Execution(state.lines.call))))
    _warm_up_scenarios(state, universe)
    _draw_concentration(state, desk.market, parameters, universe)


def _small_desk() -> SmallDesk:
    with resources.as_file(resources.files("resources").joinpath("sample", "market.spn")) as sample:
        parameters = read_parameters(sample)
    calculation = Calculation.of(parameters, convention_of(parameters.origin.clearing_organisation))
    universe = Universe(parameters)
    book, market = PositionBook(universe), MarketBook(universe)
    row = book.set_account(Account("A", "G", "USD"))
    book.set_money(row, "USD", MONEY, 0)
    book.set_money(book.set_account(Account("B", "G", "USD")), "USD", 10**6 * MONEY, 0)
    for column in np.flatnonzero(calculation.table.usable)[::7].tolist():
        long, short = (1, 0) if column % 2 else (0, 1)
        book.set_position(row, column, long, short, PRICE, PRICE)
        market.apply(column, PRICE, 1, 1)
    store = MarginStore(calculation)
    snapshot, prices = book.snapshot(), market.snapshot()
    store.update(snapshot, book.take_touched())
    fresh = prices.fresh(2, 2, LATER)
    lines = RiskLines().lines()
    state = value_desk(
        1, calculation, snapshot, store, prices.price, fresh, prices.received, LATER, lines, authoritative=True
    )
    return SmallDesk(parameters, universe, market, state)


def load_checks(desk: SmallDesk | None = None) -> None:
    """What the ticket asks, and what the gate does: an order that passes, and beside it one that does not.

    Kernels that are compiled take a tenth of a second and more to be loaded: a process whose first answer must not
    wait does it before.
    """
    desk = desk or _small_desk()
    parameters, state, universe = desk.parameters, desk.state, desk.universe
    contracts = [parameters.contract(int(column)) for column in np.flatnonzero(state.fresh)]
    # The example's limits on days are of crude.
    first = next(contract for contract in contracts if contract.product == "CL")
    for limits, plainly in ((_limits(), False), (read_limits(WIDE, "limits.toml"), True)):
        in_force = DeskLimits(limits, Reference(), universe, parameters)
        check, held = DeskCheck(state, universe, in_force.on(state, LATER)), Reservations(settling=0)
        preview(check, Request(1, "A", (Order(first, 1),)))
        everywhere = tuple(Order(contract, 1) for contract in contracts[: 2 * ROOM])
        held.hold(Reserve(b"everywhere", "", "A", everywhere, together=False, expiry=LATER))
        for number, quantity in enumerate((1, 2, 100_000_000)):
            working = check.beside(held)
            request = Request(number, "B", (Order(first, quantity),), with_curve=False)
            answer = check.check(request, None, working, briefly=True)
            held.hold(Reserve(bytes([number]) * 16, "", "B", request.orders, together=False, expiry=LATER))
            # Else what every order asks first would be compiled by the first one of the day.
            if plainly and number < 2 and (answer.verdict, answer.limits) != (PASSES, None):
                raise RuntimeError(f"an order within everything does not simply pass: {answer}")
            check = DeskCheck(state, universe, in_force.on(state, LATER))


def _draw_concentration(state: DeskState, market: MarketBook, parameters: ParameterSet, universe: Universe) -> None:
    """A picture with everything in it."""
    classification = Classification.of(universe, parameters, Reference()).extended()
    basis = ConcentrationBasis.of(
        state,
        market.depth(),
        classification,
        "USD",
        OwnerTree.of(state.book, None),
        Covariance.of(Returns.none(), classification),
        LimitUse(_limits(), LATER, state.book, classification),
    )
    concentration_picture(basis, Choice(columns=GridColumns.SECTOR, with_owners=True), LATER)


def _limits() -> LimitSet:
    file = resources.files("resources").joinpath("limits-example.toml")
    return read_limits(file.read_text(encoding="utf-8"), "limits-example.toml")


def _warm_up_scenarios(state: DeskState, universe: Universe) -> None:
    parameters = state.calculation.parameters
    model = ScenarioModel(parameters, Classification.of(universe, parameters, Reference()))
    firm, axes = Subject(Scope.FIRM), (price_axis(steps=3), volatility_axis(steps=3))
    for mode in MarginMode:
        grid(state, model, firm, *axes, mode=mode, greeks=True)
    finished(stress(state, model, StressSource().read(), 1))
    for height in Height:
        landscape(state, model, height, 0)
    request = Request(1, "A", (Order(parameters.contract(len(parameters) - 1), 1),))
    surface(state, model, SurfaceQuestion(Scope.ACCOUNT, "A", what_if=request), 0)


if __name__ == "__main__":
    warm_up()
